//! A watch as a page that stands alone: its result, curves of what was measured, each breach, and every sample.

use super::{breach, circumstances, clock, figures as told, result};
use crate::core::arn::last_part;
use crate::core::rollout::judge::Verdict;
use crate::core::rollout::monitor::{Measure, Monitor, Sample};
use crate::core::rollout::policy::Quantile;
use crate::report::flat::flat;
use crate::report::page::chart::{Chart, HEIGHT, Point, Span, draw, unmeasured};
use crate::report::page::{escape, figures, header, page};
use crate::report::release::html::{STYLE, verdict, words};
use std::collections::BTreeSet;

#[must_use]
pub fn html(monitor: &Monitor) -> String {
    let monitor = &*flat(monitor);
    let title = format!("{}: {}", monitor.service, result(monitor));
    let class = match monitor.verdict() {
        Verdict::Pass => "promoted",
        Verdict::Inconclusive => "open",
        Verdict::Fail => "bad",
    };
    let below = circumstances(monitor);
    let mut text = format!("<section class=\"{class}\">\n");
    text += &header(&format!("{}, watched", monitor.service), &below.iter().map(String::as_str).collect::<Vec<_>>());
    let breaches = monitor.breaches();
    text += &figures(&[
        (result(monitor).to_owned(), "result"),
        (monitor.samples.len().to_string(), "samples"),
        (monitor.failed().to_string(), "of them failed"),
        (breaches.len().to_string(), if breaches.len() == 1 { "breach" } else { "breaches" }),
        (monitor.gaps().to_string(), "samples with gaps"),
    ]);
    text += &format!("<p class=\"why\">{}</p>\n", words(&monitor.recommendation()));
    text += &format!("<h2>Measures</h2>\n{}", charts(monitor));
    if !breaches.is_empty() {
        text += "<h2>Breaches</h2>\n<table class=\"happened\">\n";
        for one in &breaches {
            text += &format!("<tr class=\"bad\"><td>{}<td>{}</tr>\n", clock(one.at), words(&breach(monitor, one)));
        }
        text += "</table>\n";
    }
    if let Some(last) = monitor.samples.last() {
        text += "<h2>At the end</h2>\n<table class=\"happened\">\n";
        for finding in &last.findings {
            text += &format!("<tr><td>{}<td>{}</tr>\n", verdict(finding.verdict), words(&finding.to_string()));
        }
        text += "</table>\n";
        for crash in &last.crashed {
            text += &format!("<p><code>{}</code> {}</p>\n", escape(last_part(&crash.task)), words(&crash.reason));
            if !crash.log.is_empty() {
                text += &format!("<pre>{}</pre>\n", escape(&crash.log.join("\n")));
            }
        }
    }
    text += "<h2>Samples</h2>\n<table class=\"happened\">\n";
    for sample in &monitor.samples {
        text += &format!("<tr><td>{}<td>{}<td>{}</tr>\n", clock(sample.at), verdict(sample.verdict), escape(&told(sample)));
    }
    text += "</table>\n</section>\n";
    page(&title, STYLE, &text)
}

/// A curve for each measure that has figures, with its limit, and a line at each sample that failed.
fn charts(monitor: &Monitor) -> String {
    let (Some(first), Some(last)) = (monitor.samples.first(), monitor.samples.last()) else {
        return "<p class=\"note\">Nothing was seen.</p>\n".into();
    };
    let span = Span { from: first.at, to: last.at };
    let curve = |of: &dyn Fn(&Sample) -> Option<f64>| monitor.samples.iter().map(|one| (one.at, of(one))).collect::<Vec<Point>>();
    let mut all = Vec::new();
    if monitor.has_traffic {
        all.push(Chart {
            title: "Requests since the sample before".into(),
            curves: vec![("new", curve(&|one| Some(one.traffic?.requests as f64)))],
            limit: Vec::new(),
            least: 1.0,
            show: |value| format!("{value:.0}"),
        });
        let errors = |one: &Sample| one.traffic.filter(|one| one.requests > 0).map(|one| one.errors as f64 * 100.0 / one.requests as f64);
        // Fewer requests before are not compared with.
        let before = limit(monitor, &|measure| match measure {
            Measure::Errors { before, least, .. } if before.requests >= *least => {
                Some(before.errors as f64 * 100.0 / before.requests.max(1) as f64)
            }
            _ => None,
        });
        let mut curves = vec![("new", curve(&errors))];
        curves.extend((!before.is_empty()).then_some(("old", before)));
        all.push(Chart {
            title: "Answers of 500 and above".into(),
            curves,
            limit: limit(monitor, &|measure| if let Measure::Errors { most, .. } = measure { Some(most * 100.0) } else { None }),
            least: 1.0,
            show: |value| format!("{value:.1} %"),
        });
        for quantile in [Quantile::P50, Quantile::P95, Quantile::P99] {
            let of = move |one: &Sample| match quantile {
                Quantile::P50 => one.traffic?.p50,
                Quantile::P95 => one.traffic?.p95,
                Quantile::P99 => one.traffic?.p99,
            };
            let before = limit(monitor, &|measure| match measure {
                Measure::Latency { quantile: which, before, .. } if *which == quantile => *before,
                _ => None,
            });
            let mut curves = vec![("new", curve(&of))];
            curves.extend((!before.is_empty()).then_some(("old", before)));
            all.push(Chart {
                title: format!("Time to answer, {}", quantile.word()),
                curves,
                limit: Vec::new(),
                least: 0.001,
                show: |value| format!("{:.0} ms", value * 1000.0),
            });
        }
    }
    all.push(Chart {
        title: "Healthy".into(),
        curves: vec![("new", curve(&|one| one.health.known().map(|health| f64::from(health.healthy))))],
        limit: curve(&|one| one.health.known().map(|health| f64::from(health.desired))),
        least: 1.0,
        show: |value| format!("{value:.0}"),
    });
    let metrics = monitor.samples.iter().flat_map(|sample| &sample.findings).filter_map(|one| match &one.measure {
        Measure::Metric { name, above, .. } => Some((name.as_str(), *above)),
        _ => None,
    });
    for (name, above) in metrics.collect::<BTreeSet<_>>() {
        let is_it = |measure: &Measure| matches!(measure, Measure::Metric { name: one, above: way, .. } if one == name && *way == above);
        let value = |one: &Sample| match &one.findings.iter().find(|one| is_it(&one.measure))?.measure {
            Measure::Metric { value, .. } => *value,
            _ => None,
        };
        let bound = |measure: &Measure| match measure {
            Measure::Metric { limit, .. } if is_it(measure) => Some(*limit),
            _ => None,
        };
        all.push(Chart {
            title: name.to_owned(),
            curves: vec![("new", curve(&value))],
            limit: limit(monitor, &bound),
            least: f64::MIN_POSITIVE,
            show: |value| format!("{}", (value * 1000.0).round() / 1000.0),
        });
    }
    let failed = monitor.samples.iter().filter(|sample| sample.verdict == Verdict::Fail);
    let mark = |one: &Sample| {
        let x = span.x(one.at);
        format!("<path class=\"back\" d=\"M{x:.1} 0V{HEIGHT}\"><title>{} failed</title></path>", clock(one.at))
    };
    let marks = failed.map(mark).collect::<String>();
    let legend = "<ul class=\"legend\"><li><i class=\"new\"></i>now<li><i class=\"old\"></i>half an hour before\
                  <li><i class=\"limit\"></i>its limit, or as many as are wanted<li><i class=\"back\"></i>a sample that failed</ul>\n";
    let (drawn, empty) = all.iter().partition::<Vec<_>, _>(|chart| chart.has_points());
    let mut text = String::new();
    if !drawn.is_empty() {
        text +=
            &format!("{legend}<div class=\"charts\">\n{}</div>\n", drawn.iter().map(|one| draw(one, &span, &marks)).collect::<String>());
    }
    text + &unmeasured(&empty)
}

/// A value of the newest finding that has one, as a line over all of the time.
fn limit(monitor: &Monitor, of: &dyn Fn(&Measure) -> Option<f64>) -> Vec<Point> {
    let findings = monitor.samples.iter().rev().flat_map(|sample| &sample.findings);
    let Some(value) = findings.filter_map(|one| of(&one.measure)).next() else { return Vec::new() };
    let ends = [monitor.samples.first(), monitor.samples.last()].into_iter().flatten();
    ends.map(|sample| (sample.at, Some(value))).collect()
}
