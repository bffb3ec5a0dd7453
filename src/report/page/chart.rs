//! A chart of a page: curves over time, with a limit and marks. It is an image of paths, without letters.

use super::{escape, note};
use jiff::Timestamp;

/// The room of a chart. It is stretched to the page's; letters stand beside it, where they are not.
const WIDTH: f64 = 600.0;
pub const HEIGHT: f64 = 140.0;

/// A time and what was measured then; none is a gap.
pub type Point = (Timestamp, Option<f64>);

pub struct Chart<'a> {
    pub title: String,
    /// The class of each curve, and its points.
    pub curves: Vec<(&'a str, Vec<Point>)>,
    /// A limit that is a curve, or a value at which nothing moves.
    pub limit: Vec<Point>,
    /// A height that counts as full even if no value comes up to it.
    pub least: f64,
    pub show: fn(f64) -> String,
}

impl Chart<'_> {
    /// False where nothing was measured.
    pub fn has_points(&self) -> bool {
        self.curves.iter().flat_map(|(_, points)| points).any(|(_, value)| value.is_some_and(f64::is_finite))
    }
}

/// The times that all charts show.
pub struct Span {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Span {
    /// The share of the span that is over at a time: 0 to 1.
    pub fn share(&self, at: Timestamp) -> f64 {
        let whole = self.to.duration_since(self.from).as_secs_f64().max(1.0);
        (at.duration_since(self.from).as_secs_f64() / whole).clamp(0.0, 1.0)
    }

    /// The place of a time in a chart.
    pub fn x(&self, at: Timestamp) -> f64 {
        self.share(at) * WIDTH
    }
}

/// Draws it, with marks of one's own below the curves.
pub fn draw(chart: &Chart<'_>, span: &Span, marks: &str) -> String {
    let values = || chart.curves.iter().flat_map(|(_, points)| points).filter_map(|(_, value)| *value);
    let highest = values().filter(|value| value.is_finite()).fold(chart.least, f64::max);
    // A limit far above is not worth flattening the curves for.
    let limits = chart.limit.iter().filter_map(|(_, value)| *value).filter(|value| value.is_finite() && *value < highest * 4.0);
    let top = limits.fold(highest, f64::max) * 1.08;
    let is_far = chart.limit.iter().filter_map(|(_, value)| *value).any(|value| value > top);
    let x = |at: Timestamp| span.x(at);
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
    text += marks;
    if !is_far {
        text += &format!("<path class=\"limit\" d=\"{}\"/>", path(&chart.limit, x, y));
    }
    for (class, points) in &chart.curves {
        text += &format!("<path class=\"{class}\" d=\"{}\"/>", path(points, x, y));
    }
    text += "</svg></div>\n";
    let clock = |at: Timestamp| at.strftime("%H:%M:%S");
    text + &format!("<div class=\"times\"><span>{}</span><span>{}</span></div></figure>\n", clock(span.from), clock(span.to))
}

/// Names the charts that are left out since nothing was measured.
pub fn unmeasured(empty: &[&Chart<'_>]) -> String {
    let titles = empty.iter().map(|chart| chart.title.as_str()).collect::<Vec<_>>();
    if titles.is_empty() { String::new() } else { note(&format!("Nothing was measured of: {}.", titles.join("; "))) }
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
