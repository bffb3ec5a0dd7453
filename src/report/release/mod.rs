//! Releases as a report: Markdown, JSON, or a page that stands alone.

mod charts;
pub(super) mod html;
pub(super) mod markdown;
#[cfg(test)]
pub(super) mod tests;

pub use html::html;
pub use markdown::markdown;

use super::flat::flat;
use super::paint;
use super::rollout::{how, on_one_line, owing, phase_name};
use crate::core::arn::last_part;
use crate::core::rollout::decide::State;
use crate::core::rollout::observation::{Migration, Smoke};
use crate::core::rollout::release::{Phase, Release};
use jiff::Timestamp;
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
    flat(&release).into_owned()
}

/// The result in a word or two.
fn result(release: &Release) -> &'static str {
    match &release.result {
        None => "under way",
        Some(State::Promoted) => "promoted",
        Some(State::RolledBack) => "rolled back",
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

fn name(phase: &Phase) -> String {
    phase.state.as_ref().map_or_else(|| "before anybody looked".into(), phase_name)
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
    for (name, state) in [("command before", &release.expand), ("command after", &release.contract)] {
        match state {
            Migration::NotRun => {}
            Migration::Running { task, back: false } => all.push((name, false, format!("still runs as task {task}"))),
            Migration::Running { task, back: true } => all.push((name, false, format!("is taken back by task {task}, which still runs"))),
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
