//! The measures of the guard: a curve of each version, the newest figures, and the verdict.

use super::curve::curve;
use super::lines::{plain, said, span};
use super::{Ink, View};
use crate::core::rollout::decide::State;
use crate::core::rollout::judge::{Finding, Measure, Verdict};
use crate::core::rollout::observation::{AlarmState, Minute, Reading, Traffic};
use crate::core::rollout::policy::Quantile;
use crate::report::paint;
use ratatui::text::Line;

/// One measure of both versions.
struct Row {
    name: String,
    /// Old and new, minute by minute.
    values: [Vec<Option<f64>>; 2],
    /// A height that counts as full even if no value comes up to it, so that noise does not look like a mountain.
    least: f64,
    show: fn(f64) -> String,
    verdict: Option<Verdict>,
    guarded: bool,
}

/// Returns a line for each measure, below a head.
pub(super) fn measures(view: &View, width: usize) -> Vec<Line<'static>> {
    let rows = rows(view);
    let mut lines = Vec::new();
    // The name, a figure and a curve for each side, the verdict.
    const NAME: usize = 10;
    const FIGURE: usize = 9;
    const VERDICT: usize = 9;
    let room = width.saturating_sub(NAME + 2 * FIGURE + VERDICT + 4);
    let columns = (room / 2).min(60);
    let columns = if columns < 4 { 0 } else { columns };
    let cell = |text: &str, ink| span(view, ink, paint::pad(&paint::cut(text, NAME), NAME));
    if rows.iter().any(|row| row.values.iter().any(|side| !side.is_empty())) {
        let head = |text: &str| format!("{text:<width$}", width = columns + FIGURE + 2);
        lines.push(Line::from(span(view, Ink::Calm, format!("{:NAME$}{}{}verdict", "", head("old"), head("new")))));
    }
    for row in rows {
        let mut spans = vec![cell(&row.name, Ink::Plain)];
        let most = row.values.iter().flatten().flatten().copied().fold(row.least, f64::max);
        for (side, ink) in row.values.iter().zip([Ink::Old, Ink::New]) {
            let newest = side.iter().rev().take(3).flatten().next();
            let figure = newest.map_or_else(|| "–".into(), |value| (row.show)(*value));
            spans.push(span(view, ink, curve(side, most, columns)));
            spans.push(plain(format!("{figure:>FIGURE$}  ")));
        }
        spans.push(verdict(view, row.verdict, row.guarded));
        lines.push(Line::from(spans));
    }
    lines.extend(others(view, NAME));
    lines
}

fn verdict(view: &View, verdict: Option<Verdict>, guarded: bool) -> ratatui::text::Span<'static> {
    match verdict {
        Some(Verdict::Pass) => span(view, Ink::Good, "pass"),
        Some(Verdict::Inconclusive) => span(view, Ink::Open, "open"),
        Some(Verdict::Fail) => span(view, Ink::Bad, "FAIL"),
        None if guarded => span(view, Ink::Calm, "not yet"),
        None => span(view, Ink::Calm, ""),
    }
}

fn rows(view: &View) -> Vec<Row> {
    let guard = &view.release.policy.guard;
    let found = |is: &dyn Fn(&Measure) -> bool| evidence(view).iter().find(|one| is(&one.measure)).map(|one| one.verdict);
    let values = |of: &dyn Fn(&Traffic) -> Option<f64>| {
        let minutes = &view.release.minutes;
        let one = |reading: &Reading<Traffic>| reading.known().and_then(of);
        // One target group has one curve.
        let shared = view.release.green.as_ref().is_some_and(|green| green.shared);
        let old = |minute: &Minute| if shared { None } else { one(&minute.blue) };
        [minutes.iter().map(old).collect(), minutes.iter().map(|minute| one(&minute.green)).collect()]
    };
    let asked = |traffic: &Traffic| (traffic.requests > 0).then_some(traffic.requests as f64);
    let errors = |traffic: &Traffic| (traffic.requests > 0).then(|| traffic.errors as f64 * 100.0 / traffic.requests as f64);
    let mut rows = vec![
        Row {
            name: "requests".into(),
            values: values(&asked),
            least: 1.0,
            show: |value| format!("{value:.0}/min"),
            verdict: None,
            guarded: false,
        },
        Row {
            name: "5xx".into(),
            values: values(&errors),
            least: 1.0,
            show: |value| format!("{value:.1} %"),
            verdict: found(&|measure| matches!(measure, Measure::Errors { .. })),
            guarded: guard.errors.is_some(),
        },
    ];
    for quantile in [Quantile::P50, Quantile::P95, Quantile::P99] {
        let of = move |traffic: &Traffic| match quantile {
            Quantile::P50 => traffic.p50,
            Quantile::P95 => traffic.p95,
            Quantile::P99 => traffic.p99,
        };
        rows.push(Row {
            name: quantile.word().into(),
            values: values(&of),
            least: 0.0,
            show: |value| format!("{:.0} ms", value * 1000.0),
            verdict: found(&|measure| matches!(measure, Measure::Latency { quantile: other, .. } if *other == quantile)),
            guarded: guard.latency.iter().any(|latency| latency.quantile == quantile),
        });
    }
    rows
}

/// Alarms and metrics with a limit, which are no side's.
fn others(view: &View, name: usize) -> Vec<Line<'static>> {
    let release = &view.release;
    let alarms = view.look.as_ref().and_then(|look| look.seen.as_ref()).map(|seen| &seen.alarms);
    let mut lines = Vec::new();
    for (at, alarm) in release.policy.guard.alarms.iter().enumerate() {
        let state = alarms.and_then(Reading::known).and_then(|all| all.get(at)).map(|alarm| alarm.state);
        let (text, ink) = match state {
            Some(AlarmState::Ok) => ("OK", Ink::Good),
            Some(AlarmState::Alarm) => ("ALARM", Ink::Bad),
            Some(AlarmState::InsufficientData) => ("without data", Ink::Open),
            Some(AlarmState::Missing) => ("not there", Ink::Open),
            None => ("not known", Ink::Open),
        };
        lines.push(Line::from(vec![plain(paint::pad("alarm", name)), plain(format!("{} ", said(alarm))), span(view, ink, text)]));
    }
    for series in &release.metrics {
        let is_it = |one: &&Finding| matches!(&one.measure, Measure::Metric { name, .. } if *name == series.name);
        let judged = evidence(view).iter().find(is_it).map(|one| one.verdict);
        let values = series.points.iter().map(|(_, value)| Some(*value)).collect::<Vec<_>>();
        let most = values.iter().flatten().copied().fold(series.limit.max(0.0), f64::max);
        let newest = values.last().copied().flatten().map_or_else(|| "–".into(), |value| format!("{value}"));
        let limit = if series.above { "at most" } else { "at least" };
        lines.push(Line::from(vec![
            plain(paint::pad(&paint::cut(&said(&series.name), name - 1), name)),
            span(view, Ink::New, curve(&values, most, values.len().min(12))),
            plain(format!(" {newest}, {limit} {}  ", series.limit)),
            verdict(view, judged, true),
        ]));
    }
    lines
}

/// Returns what was found in this step; once it is over, what was found last.
fn evidence(view: &View) -> &[Finding] {
    let phases = view.release.phases.iter().rev().map(|phase| phase.evidence.as_slice());
    let over = view.release.result.is_some() || matches!(view.release.state(), Some(State::RollingBack | State::Finishing));
    let mut found = phases.take(if over { usize::MAX } else { 1 });
    found.find(|found| !found.is_empty()).unwrap_or_default()
}
