//! Curves of the guard over the time of a release: both versions, the limits, and the moments when something was decided.

use super::{name, time};
use crate::core::rollout::decide::Order;
use crate::core::rollout::observation::{Reading, Traffic};
use crate::core::rollout::policy::{Latency, Quantile};
use crate::core::rollout::release::Release;
use crate::report::page::chart::{Chart, HEIGHT, Span, draw, unmeasured};
use crate::report::page::{escape, note};

/// From some minutes before it began to its end. None where nothing is known of its times.
fn all_of(release: &Release) -> Option<Span> {
    let began = release.began()?;
    let to = release.ended.or(release.at)?.max(began);
    let first = release.minutes.first().filter(|_| super::unmeasured(release).is_none()).map_or(began, |minute| minute.at);
    let from = first.max(began.saturating_sub(jiff::SignedDuration::from_mins(10)).unwrap_or(began)).min(began);
    Some(Span { from, to })
}

/// The same without what was before it began.
pub(super) fn itself(release: &Release) -> Option<Span> {
    let from = release.phases.first()?.began;
    Some(Span { from, to: release.ended.or(release.at)?.max(from) })
}

/// Returns all charts that have a curve, and says why others have none; nothing where no time is known.
pub(super) fn charts(release: &Release) -> String {
    let Some(span) = all_of(release) else { return String::new() };
    let minutes = release.minutes.iter().filter(|minute| minute.at >= span.from && minute.at <= span.to).collect::<Vec<_>>();
    let shared = release.green.as_ref().is_some_and(|green| green.shared);
    let alone = shared || release.is_first();
    let side = |of: &dyn Fn(&Traffic) -> Option<f64>| {
        let one = |reading: &Reading<Traffic>| reading.known().and_then(of);
        let blue = minutes.iter().map(|minute| (minute.at, one(&minute.blue))).collect::<Vec<_>>();
        // Before it began its target group was another version's.
        let began = release.began().unwrap_or(span.from).as_second();
        let green = minutes.iter().map(|minute| (minute.at, one(&minute.green).filter(|_| shared || minute.at.as_second() + 60 > began)));
        let green = green.collect::<Vec<_>>();
        // One target group has one curve, and so has a version without one before it.
        if alone { vec![("new", green)] } else { vec![("old", blue), ("new", green)] }
    };
    let guard = &release.policy.guard;
    let mut all = Vec::new();
    let missing = super::unmeasured(release);
    if missing.is_none() {
        all.push(Chart {
            title: "Requests a minute".into(),
            curves: side(&|traffic| Some(traffic.requests as f64)),
            limit: Vec::new(),
            least: 1.0,
            show: |value| format!("{value:.0}"),
        });
        // Nothing is judged by its requests that has nothing to be compared with.
        let most = guard.errors.filter(|_| !release.is_first()).map(|errors| errors.most * 100.0);
        all.push(Chart {
            title: "Answers of 500 and above".into(),
            curves: side(&|traffic| (traffic.requests > 0).then(|| traffic.errors as f64 * 100.0 / traffic.requests as f64)),
            limit: most.iter().flat_map(|most| [(span.from, Some(*most)), (span.to, Some(*most))]).collect(),
            least: 1.0,
            show: |value| format!("{value:.1} %"),
        });
        for quantile in [Quantile::P50, Quantile::P95, Quantile::P99] {
            let of = move |traffic: &Traffic| match quantile {
                Quantile::P50 => traffic.p50,
                Quantile::P95 => traffic.p95,
                Quantile::P99 => traffic.p99,
            };
            let curves = side(&of);
            let slowest = |latency: &Latency, value: f64| (value * (1.0 + latency.tolerance)).max(value + latency.floor);
            let guarded = guard.latency.iter().find(|latency| latency.quantile == quantile && !alone);
            let limit = guarded.map(|latency| curves[0].1.iter().map(|(at, value)| (*at, value.map(|value| slowest(latency, value)))));
            all.push(Chart {
                title: format!("Time to answer, {}", quantile.word()),
                limit: limit.into_iter().flatten().collect(),
                curves,
                least: 0.001,
                show: |value| format!("{:.0} ms", value * 1000.0),
            });
        }
    }
    for series in release.metrics.iter().filter(|series| !series.points.is_empty()) {
        all.push(Chart {
            title: series.name.clone(),
            curves: vec![("new", series.points.iter().map(|(at, value)| (*at, Some(*value))).collect())],
            limit: vec![(span.from, Some(series.limit)), (span.to, Some(series.limit))],
            least: f64::MIN_POSITIVE,
            show: |value| format!("{}", (value * 1000.0).round() / 1000.0),
        });
    }
    let (drawn, empty) = all.iter().partition::<Vec<_>, _>(|chart| chart.has_points());
    let left_out = missing.as_deref().map(note).unwrap_or_default() + &unmeasured(&empty);
    if drawn.is_empty() {
        return left_out;
    }
    let versions = match (shared, alone) {
        (true, _) => "<li><i class=\"new\"></i>both versions",
        (false, true) => "<li><i class=\"new\"></i>new version",
        (false, false) => "<li><i class=\"old\"></i>old version<li><i class=\"new\"></i>new version",
    };
    let legend = "<li><i class=\"limit\"></i>as much as it may be\
                  <li><i class=\"on\"></i>told to go on<li><i class=\"back\"></i>told to go back</ul>\n";
    let marks = marks(release, &span);
    format!(
        "<ul class=\"legend\">{versions}{legend}<div class=\"charts\">\n{}</div>\n{left_out}",
        drawn.iter().map(|chart| draw(chart, &span, &marks)).collect::<String>()
    )
}

/// Every other phase has a shade, so that steps can be told apart, and a line stands where something was decided.
fn marks(release: &Release, span: &Span) -> String {
    let mut text = String::new();
    for (at, phase) in release.phases.iter().enumerate() {
        let (from, to) = (span.x(phase.began), span.x(phase.ended.or(release.at).unwrap_or(span.to)));
        if at % 2 == 1 && to > from {
            let title = escape(&name(release, phase));
            text += &format!(
                "<rect class=\"phase\" x=\"{from:.1}\" y=\"0\" width=\"{:.1}\" height=\"{HEIGHT}\"><title>{title}</title></rect>",
                to - from
            );
        }
    }
    for moment in release.phases.iter().flat_map(|phase| &phase.moments) {
        let (class, word) = match &moment.order {
            Some(Order::Continue { .. }) => ("on", "told to go on"),
            Some(Order::Rollback { .. }) => ("back", "told to go back"),
            _ => continue,
        };
        let x = span.x(moment.at);
        text += &format!("<path class=\"{class}\" d=\"M{x:.1} 0V{HEIGHT}\"><title>{} {word}</title></path>", time(moment.at));
    }
    text
}
