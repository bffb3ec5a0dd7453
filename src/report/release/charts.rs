//! Curves of the guard over the time of a release: both versions, the limits, and the moments when something was decided.

use super::{name, time};
use crate::core::rollout::decide::Order;
use crate::core::rollout::observation::{Reading, Traffic};
use crate::core::rollout::policy::{Latency, Quantile};
use crate::core::rollout::release::Release;
use crate::report::page::escape;
use jiff::Timestamp;

/// The room of a chart. It is stretched to the page's; letters stand beside it, where they are not.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 140.0;

/// A time and what was measured then; none is a gap.
type Point = (Timestamp, Option<f64>);

struct Chart<'a> {
    title: String,
    /// The class of each curve, and its points.
    curves: Vec<(&'a str, Vec<Point>)>,
    /// A limit that is a curve, or a value at which nothing moves.
    limit: Vec<Point>,
    /// A height that counts as full even if no value comes up to it.
    least: f64,
    show: fn(f64) -> String,
}

/// The times that all charts show.
pub(super) struct Span {
    from: Timestamp,
    pub to: Timestamp,
}

impl Span {
    /// From some minutes before it began to its end. None where nothing is known of its times.
    pub(super) fn of(release: &Release) -> Option<Self> {
        let began = release.started.or_else(|| release.phases.first().map(|phase| phase.began))?;
        let to = release.ended.or(release.at)?.max(began);
        let first = release.minutes.first().map_or(began, |minute| minute.at);
        let from = first.max(began.saturating_sub(jiff::SignedDuration::from_mins(10)).unwrap_or(began)).min(began);
        Some(Span { from, to })
    }

    /// The same without what was before it began.
    pub(super) fn itself(release: &Release) -> Option<Self> {
        let from = release.phases.first()?.began;
        Some(Span { from, to: release.ended.or(release.at)?.max(from) })
    }

    /// The share of the span that is over at a time: 0 to 1.
    pub(super) fn share(&self, at: Timestamp) -> f64 {
        let whole = self.to.duration_since(self.from).as_secs_f64().max(1.0);
        (at.duration_since(self.from).as_secs_f64() / whole).clamp(0.0, 1.0)
    }
}

/// Returns all charts; nothing where no minute is known.
pub(super) fn charts(release: &Release) -> String {
    let Some(span) = Span::of(release) else { return String::new() };
    let minutes = release.minutes.iter().filter(|minute| minute.at >= span.from && minute.at <= span.to).collect::<Vec<_>>();
    let side = |of: &dyn Fn(&Traffic) -> Option<f64>| {
        let one = |reading: &Reading<Traffic>| reading.known().and_then(of);
        let blue = minutes.iter().map(|minute| (minute.at, one(&minute.blue))).collect::<Vec<_>>();
        let green = minutes.iter().map(|minute| (minute.at, one(&minute.green))).collect::<Vec<_>>();
        vec![("old", blue), ("new", green)]
    };
    let guard = &release.policy.guard;
    let mut all = Vec::new();
    if !minutes.is_empty() {
        all.push(Chart {
            title: "Requests a minute".into(),
            curves: side(&|traffic| Some(traffic.requests as f64)),
            limit: Vec::new(),
            least: 1.0,
            show: |value| format!("{value:.0}"),
        });
        let most = guard.errors.map(|errors| errors.most * 100.0);
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
            let guarded = guard.latency.iter().find(|latency| latency.quantile == quantile);
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
    if all.is_empty() {
        return "<p class=\"note\">AWS knows no traffic of it.</p>\n".into();
    }
    let legend = "<ul class=\"legend\"><li><i class=\"old\"></i>old version<li><i class=\"new\"></i>new version<li><i class=\"limit\"></i>as much as it may be\
                  <li><i class=\"on\"></i>told to go on<li><i class=\"back\"></i>told to go back</ul>\n";
    format!("{legend}<div class=\"charts\">\n{}</div>\n", all.iter().map(|chart| draw(chart, release, &span)).collect::<String>())
}

fn draw(chart: &Chart<'_>, release: &Release, span: &Span) -> String {
    let values = || chart.curves.iter().flat_map(|(_, points)| points).filter_map(|(_, value)| *value);
    let highest = values().filter(|value| value.is_finite()).fold(chart.least, f64::max);
    // A limit far above is not worth flattening the curves for.
    let limits = chart.limit.iter().filter_map(|(_, value)| *value).filter(|value| value.is_finite() && *value < highest * 4.0);
    let top = limits.fold(highest, f64::max) * 1.08;
    let is_far = chart.limit.iter().filter_map(|(_, value)| *value).any(|value| value > top);
    let x = |at: Timestamp| span.share(at) * WIDTH;
    let y = |value: f64| HEIGHT - (value / top).clamp(0.0, 1.0) * HEIGHT;
    let mut scale = format!("up to {}", (chart.show)(highest));
    if let Some(limit) = chart.limit.first().and_then(|(_, value)| *value).filter(|_| is_far) {
        scale += &format!(", may be {}", (chart.show)(limit));
    }
    let mut text =
        format!("<figure><figcaption>{} <span>{}</span></figcaption>\n<div class=\"chart\">", escape(&chart.title), escape(&scale));
    text +=
        &format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" preserveAspectRatio=\"none\" role=\"img\"><title>{}</title>", escape(&said(chart)));
    text += &format!("<path class=\"grid\" d=\"M0 {0:.1}H{WIDTH}M0 {1:.1}H{WIDTH}\"/>", HEIGHT * 0.08 / 1.08, HEIGHT * 0.54);
    // Every other phase has a shade, so that steps can be told apart.
    for (at, phase) in release.phases.iter().enumerate() {
        let (from, to) = (x(phase.began), x(phase.ended.or(release.at).unwrap_or(span.to)));
        if at % 2 == 1 && to > from {
            let title = escape(&name(phase));
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
        text += &format!("<path class=\"{class}\" d=\"M{:.1} 0V{HEIGHT}\"><title>{} {word}</title></path>", x(moment.at), time(moment.at));
    }
    if !is_far {
        text += &format!("<path class=\"limit\" d=\"{}\"/>", path(&chart.limit, x, y));
    }
    for (class, points) in &chart.curves {
        text += &format!("<path class=\"{class}\" d=\"{}\"/>", path(points, x, y));
    }
    text += "</svg></div>\n";
    text + &format!("<div class=\"times\"><span>{}</span><span>{}</span></div></figure>\n", time(span.from), time(span.to))
}

/// The newest figures in words, for whoever does not see curves.
fn said(chart: &Chart<'_>) -> String {
    let newest =
        |points: &[Point]| points.iter().rev().find_map(|(_, value)| *value).map_or_else(|| "nothing".into(), |value| (chart.show)(value));
    let curves = chart.curves.iter().map(|(which, points)| format!("{which} {}", newest(points)));
    format!("{}: {}", chart.title, curves.collect::<Vec<_>>().join(", "))
}

/// A line through points, broken at gaps. A point between two gaps is a dot: a line of no length with round ends.
fn path(points: &[Point], x: impl Fn(Timestamp) -> f64, y: impl Fn(f64) -> f64) -> String {
    let mut text = String::new();
    let mut before: Option<()> = None;
    for (at, value) in points {
        let Some(value) = value.filter(|value| value.is_finite()) else {
            before = None;
            continue;
        };
        let (x, y) = (x(*at), y(value));
        text += &match before.replace(()) {
            None => format!("M{x:.1} {y:.1}h0"),
            Some(()) => format!("L{x:.1} {y:.1}"),
        };
    }
    text
}
