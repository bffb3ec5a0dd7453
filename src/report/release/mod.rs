//! Releases as a report: Markdown, JSON, or a page that stands alone.

mod charts;
pub(super) mod html;
pub(super) mod markdown;
#[cfg(test)]
pub(super) mod tests;

pub use html::html;
pub(super) use html::words;
pub use markdown::markdown;

use super::flat::flat;
use super::paint;
use super::rollout::{how, named, on_one_line, owing};
use crate::core::arn::last_part;
use crate::core::rollout::decide::State;
use crate::core::rollout::observation::{Gate, Migration, Reading, Smoke};
use crate::core::rollout::release::{End, Phase, Release};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// The version of the JSON.
pub const VERSION: u32 = 1;

/// Returns releases as JSON.
#[must_use]
pub fn json(releases: &[Release]) -> Value {
    json!({ "version": VERSION, "releases": releases })
}

/// The same release with texts of one line each; the lines that a command logged last stand beside its reason.
fn shown(release: &Release) -> Release {
    let mut release = release.clone();
    for command in [&mut release.expand, &mut release.contract] {
        if let Migration::Failed { reason } | Migration::DryRunFailed { reason } = command {
            *reason = on_one_line(reason);
        }
    }
    for reason in release.phases.iter_mut().filter_map(|phase| phase.reason.as_mut()) {
        *reason = on_one_line(reason);
    }
    flat(&release).into_owned()
}

/// The result in a word or two.
fn result(release: &Release) -> &'static str {
    match &release.result {
        None => "under way",
        Some(State::Promoted) => "promoted",
        Some(State::RolledBack) => "rolled back",
        Some(State::RollbackFailed | State::Stopped) if release.is_first() => "never took over",
        Some(State::RollbackFailed) => "rollback failed",
        Some(State::MigrationFailed) => "command failed",
        Some(State::ContractFailed) => "promoted, command after it failed",
        Some(State::Superseded) => "superseded",
        Some(_) => "stopped",
    }
}

/// The name of a version: its task definition without the ARN.
fn version(task_definition: Option<&str>) -> &str {
    let name = task_definition.map(last_part);
    name.filter(|name| !name.is_empty()).unwrap_or("none")
}

fn name(release: &Release, phase: &Phase) -> String {
    phase.state.as_ref().map_or_else(|| "before anybody looked".into(), |state| named(release, state))
}

/// The way in which a phase ended, where it is not that the next one began.
fn end(phase: &Phase) -> Option<&'static str> {
    match phase.end {
        Some(End::Through) => None,
        Some(End::Back) => Some("went back"),
        Some(End::Failed) => Some("failed"),
        Some(End::Interrupted) => Some("interrupted"),
        None => Some("under way"),
    }
}

/// Whoever released it, as far as that is known.
fn by(release: &Release) -> String {
    match (release.of.caller.as_str(), &release.registered_by) {
        ("", None) => "unknown".into(),
        ("", Some(arn)) => format!("unknown; its task definition was registered by {arn}"),
        (caller, _) => caller.to_owned(),
    }
}

/// Says why there is no curve of the traffic, where there is none.
fn unmeasured(release: &Release) -> Option<String> {
    let sides = release.minutes.iter().flat_map(|minute| [&minute.blue, &minute.green]);
    if sides.filter_map(Reading::known).any(|traffic| traffic.requests > 0) {
        return None;
    }
    let last = release.minutes.last().map(|last| last.at.saturating_add(SignedDuration::from_mins(1)).unwrap_or(last.at));
    let why = match (&release.unread, release.began(), last) {
        (Some(reason), _, _) => format!("AWS did not say: {reason}"),
        (None, Some(began), Some(last)) if began < last => format!("no request came from {} to {}", time(began), time(last)),
        (None, Some(_), Some(_)) => "no minute of it is over".into(),
        (None, _, _) => "AWS counts no requests of it".into(),
    };
    Some(format!("No traffic was measured: {why}."))
}

/// The greatest share of the traffic that the new version has had, and the worst verdict on it.
fn most(release: &Release) -> [(String, &'static str); 2] {
    let share = release.phases.iter().filter_map(|phase| match &phase.state {
        Some(State::Shifting { weight, .. }) => Some(*weight),
        Some(State::Baking | State::Finishing | State::Contracting) => Some(100.0),
        _ => None,
    });
    let verdict = release.phases.iter().flat_map(|phase| &phase.evidence).map(|finding| finding.verdict).max();
    let share = share.reduce(f64::max);
    let unseen = release.phases.iter().any(|phase| phase.state.is_none());
    let share = match (share, &release.result) {
        (_, Some(State::Promoted | State::ContractFailed)) => "100 %".into(),
        (None, _) if unseen => "unknown".into(),
        (share, _) => format!("{:.0} %", share.unwrap_or_default()),
    };
    [(share, "of the traffic, at most"), (verdict.map_or("none", markdown::word).to_owned(), "worst verdict")]
}

/// Says where ECS waited, and until when.
fn waited(gate: &Gate) -> String {
    format!("waited at {}; ECS would have gone back at {}", gate.stage, time(gate.expires))
}

/// The time that something took; up to the last look if it has not ended.
fn took(release: &Release, began: Timestamp, ended: Option<Timestamp>) -> String {
    let ended = ended.or(release.at).unwrap_or(began);
    paint::duration(ended.duration_since(began).as_secs_f64().max(0.0))
}

fn time(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// The reason why it went back, in our words or in AWS's.
fn because(release: &Release) -> Option<String> {
    let owed = release.result.as_ref().is_some_and(|state| *state != State::Promoted) || release.why.is_some();
    let ours = release.why.as_ref().map(ToString::to_string);
    let command = match &release.result {
        Some(State::MigrationFailed) => how(&release.expand),
        Some(State::ContractFailed) => owing(&release.contract),
        _ => None,
    };
    command.or(ours).or_else(|| Some(release.reason.clone())).filter(|reason| owed && !reason.is_empty())
}

/// Checks and commands, each with how it went; true for what is bad.
fn outcomes(release: &Release) -> Vec<(&'static str, bool, String)> {
    let mut all = Vec::new();
    match &release.smoke {
        None => {}
        Some(Smoke::Passed { checks: 0 }) => {}
        Some(Smoke::Passed { checks }) => all.push(("checks", false, format!("{} passed", paint::count(*checks, "check")))),
        Some(Smoke::Failed { check, reason }) => all.push(("checks", true, format!("`{check}` failed: {reason}"))),
        Some(Smoke::Unanswered { check, reason }) => all.push(("checks", true, format!("`{check}` was not answered: {reason}"))),
    }
    let ran = |during: State| release.phases.iter().any(|phase| phase.state.as_ref() == Some(&during));
    let commands = [("command before", &release.expand, State::Expanding), ("command after", &release.contract, State::Contracting)];
    for (name, state, during) in commands {
        match state {
            Migration::NotRun => {}
            Migration::Running { task, back: false } => all.push((name, false, format!("still runs as task {task}"))),
            Migration::Running { task, back: true } => all.push((name, false, format!("is taken back by task {task}, which still runs"))),
            // A version that comes again has had its commands run.
            Migration::Succeeded if release.again && !ran(during) => {
                all.push((name, false, "ended well when this version was deployed before".into()));
            }
            Migration::Succeeded => all.push((name, false, "ended well".into())),
            Migration::Failed { reason } => all.push((name, true, format!("failed: {reason}"))),
            Migration::Lost { task } => all.push((name, true, format!("nobody knows how it ended: task {task}"))),
            Migration::DryRunFailed { reason } => all.push((name, true, format!("was not run, its dry run failed: {reason}"))),
            Migration::TakenBack => all.push((name, false, "was taken back".into())),
        }
    }
    all
}

/// The place of a release, in one line.
fn place(release: &Release) -> String {
    let of = &release.of;
    format!("{} in {} · account {} · {}", of.stack, of.env, of.account, of.region)
}
