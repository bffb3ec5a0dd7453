//! A rollout in words: where it is, in a few, and what was ordered.

use super::closing::{Line, closing};
use super::{paint, text_width};
use crate::core::arn::last_part;
use crate::core::reason::Running;
use crate::core::rollout::decide::{Hold, Order, State};
use crate::core::rollout::judge::Verdict;
use crate::core::rollout::look::{Look, Stays};
use crate::core::rollout::observation::{Migration, Side, Status, Traffic};
use crate::core::rollout::past::Past;
use crate::core::rollout::phases::{Length, Name, Phase as Planned, phases, spoken};
use crate::core::rollout::policy::{Policy, Shift};
use crate::core::rollout::release::{Moment, Phase, Release};
use crate::core::rollout::words::stopped_by_themselves;
use crate::core::visible::line;
use jiff::Timestamp;

/// Says where a rollout is: `step 1 of 2, 10 % of the traffic`.
pub fn state(look: &Look) -> String {
    let tasks = look.green.as_ref().map(|green| format!("{} of {} new tasks running", green.running, green.requested));
    match &look.decision.state {
        State::Expanding => "runs the command before it".into(),
        State::Ready => "begins".into(),
        State::Scaling => tasks.unwrap_or_else(|| "begins".into()),
        State::Testing => "is checked before it gets traffic".into(),
        State::Shifting { step: 0, .. } => "is about to get traffic".into(),
        State::Shifting { step, steps, weight } => format!("step {step} of {steps}, {weight} % of the traffic"),
        State::Baking => "has all of the traffic, the old version still runs".into(),
        State::Finishing => "the old version is taken down".into(),
        State::Contracting => "runs the command after it".into(),
        State::Promoted => "the new version has taken over".into(),
        State::RollingBack => "goes back to the old version".into(),
        State::RolledBack => "the old version has the traffic again".into(),
        State::RollbackFailed if look.unseen().is_some() => "went back, and nobody could see if the old version is well".into(),
        State::RollbackFailed => "went back, and the old version is not well".into(),
        State::Stopped => "was stopped".into(),
        State::MigrationFailed => "the command before it failed, no traffic has moved".into(),
        State::ContractFailed => "the command after it failed, the new version has the traffic".into(),
        State::Superseded => "another deployment has been begun".into(),
        State::Occupied => "not begun: another deployment is under way".into(),
    }
}

/// Says how a version will take over: `rolls out: 10 % for 15 min, 100 % for 30 min; 47 min at least`.
pub fn outline(policy: &Policy) -> String {
    let phases = phases(policy);
    let rolling = (policy.shift == Shift::Rolling).then(|| "task by task".to_owned());
    let told = phases.iter().filter_map(|phase| if phase.name == Name::Start { rolling.clone() } else { in_brief(phase) });
    let told = told.collect::<Vec<_>>().join(", ");
    format!("rolls out: {told}; {} at least", spoken(Length::of(&phases).minutes_at_least))
}

/// Says of a rollout that is under way where it is, and what is left of it: `100 % for 30 min, command after it; 31 min at least`.
pub fn rest(left: &[Planned]) -> String {
    let at = left.first().map(|phase| phase.name.to_string()).unwrap_or_default();
    // A share that was watched for long enough is at its end.
    let is_over = |phase: &&Planned| matches!(phase.name, Name::Share { .. } | Name::Bake) && phase.minutes_at_least == 0;
    let told =
        left.iter().skip(usize::from(left.first().as_ref().is_some_and(is_over))).filter_map(in_brief).collect::<Vec<_>>().join(", ");
    let least = format!("{} at least", spoken(Length::of(left).minutes_at_least));
    format!("is at {at}; left: {}{least}", if told.is_empty() { told } else { told + "; " })
}

/// Says in a few words what users notice of a phase.
fn in_brief(phase: &Planned) -> Option<String> {
    match phase.name {
        Name::Share { .. } | Name::Bake => {
            let share = phase.name.to_string();
            Some(format!("{} for {}", share.strip_suffix(" of the traffic").unwrap_or(&share), spoken(phase.minutes_at_least)))
        }
        Name::Expand | Name::Checks | Name::Contract => Some(phase.name.to_string()),
        Name::Start | Name::Gate | Name::CleanUp => None,
    }
}

/// The same of a first version, which gets all of the traffic at once: there is none beside it.
pub fn outline_of_first(policy: &Policy) -> String {
    let shift = if policy.shift == Shift::Rolling { Shift::Rolling } else { Shift::AllAtOnce };
    outline(&Policy { shift, ..policy.clone() })
}

/// The same with why it waits.
pub fn brief(look: &Look) -> String {
    let holds = look.decision.holds.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if holds.is_empty() { state(look) } else { format!("{}; {holds}", state(look)) }
}

/// Says what was ordered, if that is worth a line.
pub fn order(look: &Look) -> Option<String> {
    match look.decision.order.as_ref()? {
        Order::Continue { .. } => {
            let found = look.decision.evidence.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            let found = if found.is_empty() { String::new() } else { format!(": {found}") };
            Some(format!("{} {}{found}", paint::good("goes on:"), state(look)))
        }
        Order::Rollback { why, .. } => Some(format!("{} {why}", paint::bad("goes back:"))),
        Order::Expand | Order::Start | Order::Smoke { .. } | Order::Contract => None,
    }
}

/// Says where ECS waits next after it was told to go on at a gate.
pub fn promoted(next: Option<Name>) -> String {
    let text = match next {
        None => "ECS goes on: it was the last gate, and the old version is taken down; `trueup rollout status` shows its end".into(),
        Some(Name::Gate) => "ECS goes on, and waits at the gate before the first share; `trueup rollout watch` decides from there".into(),
        Some(next) => format!("ECS goes on, and waits at the gate after {next}; `trueup rollout watch` decides from there"),
    };
    paint::wrap(&text, text_width(), 0)
}

/// A look in a line of a log with its time; further lines stand behind it.
pub fn told(look: &Look) -> String {
    let said = order(look).unwrap_or_else(|| brief(look));
    format!("{}  {}", look.at.strftime("%H:%M:%S"), paint::wrap(&said, text_width(), 10))
}

/// Says what happened in a release, oldest first; true for what is bad.
pub fn happened(release: &Release) -> Vec<(Timestamp, bool, String)> {
    let mut all = Vec::new();
    for phase in &release.phases {
        all.push((phase.began, false, phase.state.as_ref().map_or_else(|| "nobody looked".into(), |state| named(release, state))));
        if phase.state.is_none() {
            all.extend(first_requests(release, phase).map(|at| (at, false, "the new version had its first requests".into())));
        }
        for Moment { at, order, holds } in &phase.moments {
            match order {
                Some(Order::Continue { .. }) => all.push((*at, false, format!("ECS was told to go on at {}", gate(phase)))),
                Some(Order::Rollback { why, .. }) => all.push((*at, true, format!("ECS was told to go back: {why}"))),
                Some(Order::Expand | Order::Contract) => all.push((*at, false, "the command was begun".into())),
                Some(Order::Start) => all.push((*at, false, "ECS was told the new version".into())),
                Some(Order::Smoke { .. }) => {}
                // The phase says that it is watched.
                None => {
                    let holds = holds.iter().filter(|hold| !matches!(hold, Hold::Watching { .. })).map(ToString::to_string);
                    let holds = holds.collect::<Vec<_>>();
                    if !holds.is_empty() {
                        all.push((*at, false, format!("waits: {}", holds.join("; "))));
                    }
                }
            }
        }
        // The last one is told by the result.
        if let (Some(at), Some(reason)) = (phase.ended.filter(|at| release.ended != Some(*at)), &phase.reason) {
            all.push((at, true, format!("the command failed: {reason}")));
        }
    }
    if let (Some(at), Some(state)) = (release.ended, &release.result) {
        all.push((at, *state != State::Promoted, named(release, state)));
    }
    all
}

/// The minute in which the new version had its first requests, if that was in this phase.
fn first_requests(release: &Release, phase: &Phase) -> Option<Timestamp> {
    if release.green.as_ref().is_none_or(|green| green.shared) {
        return None;
    }
    // Before it began its target group was another version's, and of a minute that had begun by then a part is.
    let minutes = release.minutes.iter().filter(|minute| minute.at >= phase.began);
    let first = minutes.into_iter().find(|minute| minute.green.known().is_some_and(|traffic| traffic.requests > 0))?.at;
    phase.ended.is_none_or(|ended| first < ended).then_some(first)
}

/// The same by the name that it has in a release: where there is no version before, nothing goes back to one.
pub fn named(release: &Release, state: &State) -> String {
    match state {
        State::RollingBack if release.is_first() => "taken down".into(),
        State::RollbackFailed | State::Stopped if release.is_first() => {
            "it has not taken over, and there is no version to go back to".into()
        }
        state => phase_name(state),
    }
}

fn gate(phase: &Phase) -> &str {
    phase.gate.as_ref().map_or("the gate", |gate| gate.stage.as_str())
}

/// A state by the name of the phase that it makes: `10 % of the traffic`.
pub fn phase_name(state: &State) -> String {
    match state {
        State::Expanding => "the command before it",
        State::Ready => "ECS is told",
        State::Scaling => "new tasks come up",
        State::Testing => "checks before it gets traffic",
        State::Shifting { step: 0, .. } => "before the first share",
        State::Shifting { weight, .. } => return format!("{:.0} % of the traffic", weight),
        State::Baking => "all of the traffic, watched",
        State::Finishing => "the old version is taken down",
        State::Contracting => "the command after it",
        State::Promoted => "promoted",
        State::RollingBack => "back to the old version",
        State::RolledBack => "rolled back, the old version is well",
        State::RollbackFailed => "went back, and the old version is not well",
        State::Stopped => "stopped",
        State::MigrationFailed => "the command before it failed",
        State::ContractFailed => "the command after it failed",
        State::Superseded => "another deployment was begun",
        State::Occupied => "another deployment is under way",
    }
    .into()
}

/// The whole of one look: both versions side by side, what was found, and what would be decided.
/// `address` is that of the service.
pub fn render(look: &Look, address: &str) -> String {
    let width = text_width();
    let mut text = format!("{}\n", paint::strong(&paint::wrap(&line(&brief(look)), width, 2)));
    if !look.reason.is_empty() {
        text += &format!("  {}\n", paint::wrap(&line(&look.reason), width, 2));
    }
    let crashed = look.seen.as_ref().map(|seen| seen.crashed.as_slice()).unwrap_or_default();
    if !crashed.is_empty() && !look.reason.contains("stopped by themselves") {
        text += &format!("  {}\n", paint::wrap(&line(&stopped_by_themselves(crashed)), width, 2));
    }
    let sides = [("old", look.blue.as_ref(), look.traffic[0]), ("new", look.green.as_ref(), look.traffic[1])];
    let rows = sides.into_iter().filter_map(|(name, side, traffic)| {
        let side = side?;
        let tasks = format!("{} of {} tasks", side.running, side.requested);
        if side.shared {
            return Some([format!("  {name}"), tasks, String::new(), String::new(), String::new()]);
        }
        let traffic = traffic.map(requests).unwrap_or_default();
        Some([format!("  {name}"), format!("{:.0} %", side.weight), tasks, healthy(side), traffic])
    });
    let rows = rows.collect::<Vec<_>>();
    if !rows.is_empty() {
        text += &format!("\n{}", aligned(&rows));
    }
    if let (Some(green), Some(traffic)) = (look.green.as_ref().filter(|green| green.shared), look.traffic[1]) {
        text += &format!("  both in one target group: {}, {}\n", healthy(green), requests(traffic));
    }
    for finding in &look.decision.evidence {
        let mark = match finding.verdict {
            Verdict::Pass => paint::good("pass"),
            Verdict::Inconclusive => paint::change("open"),
            Verdict::Fail => paint::bad("fail"),
        };
        text += &format!("  {mark}  {}\n", paint::wrap(&line(&finding.to_string()), width, 8));
    }
    if let Some(stays) = look.stays {
        text += &format!("\n  {}\n", paint::wrap(&stays.to_string(), text_width(), 2));
    }
    if let Some(gate) = &look.gate {
        let waits = format!("waits at {}; ECS goes back at {} UTC", gate.stage, gate.expires.strftime("%H:%M"));
        text += &format!("\n  {}\n", paint::wrap(&waits, width, 2));
        // The gate may have been opened for hours, and the time alone does not say which day.
        text += &format!("  the hook {}, until {}\n", line(&gate.id), gate.expires.strftime("%Y-%m-%d %H:%M:%S UTC"));
        let next = "`trueup rollout watch` decides from here, `trueup rollout promote` goes on, `trueup rollout rollback` goes back";
        text += &format!("  {}\n", paint::wrap(next, width, 2));
    }
    let command = match look.decision.state {
        State::MigrationFailed => how(&look.expand),
        State::ContractFailed => owing(&look.contract),
        _ => None,
    };
    if let Some(command) = command {
        text += &format!("\n  {}\n", paint::wrap(&command, width, 2));
    }
    let is_bad = matches!(look.decision.state, State::RollbackFailed | State::Stopped | State::MigrationFailed | State::ContractFailed);
    if is_bad {
        for one in closing(look, address) {
            match one {
                Line::Text(one) => text += &format!("\n  {}\n", paint::wrap(&one, width, 2)),
                Line::Command(command) => text += &format!("    {command}\n"),
            }
        }
    }
    if let Some(Order::Rollback { why, .. }) = &look.decision.order {
        let why = line(&why.to_string()).into_owned();
        text += &format!("  {}\n", paint::wrap(&format!("{} {why}", paint::bad("it would go back:")), width, 4));
    }
    text
}

/// Leads over to the rollout before that of a version which was not begun.
pub fn before(look: &Look) -> String {
    let version = look.task_definition.as_deref().map_or("", last_part);
    format!("\n{}\n", paint::wrap(&format!("the rollout before it, of {}:", line(version)), text_width(), 0))
}

fn healthy(side: &Side) -> String {
    side.healthy.known().map_or_else(|| "? healthy".into(), |healthy| format!("{healthy} healthy"))
}

fn requests(traffic: Traffic) -> String {
    format!("{} requests, {} failed", traffic.requests, traffic.errors)
}

/// A version whose command before it has run, and which is not there.
/// `contract` says how far that of it is, where what it did is there.
pub fn apart(version: &str, expand: &Migration, stays: Option<Stays>, contract: Option<&str>) -> String {
    let contract =
        contract.map(|how| format!("its `contract` {how}, and that stays: `trueup rollout undo contract` takes it back, first of all"));
    let all = [how(expand), stays.map(|stays| stays.to_string()), contract].into_iter().flatten().collect::<Vec<_>>();
    if all.is_empty() {
        return String::new();
    }
    format!("\n{}\n", paint::wrap(&format!("{}: {}", line(version), all.join("; ")), text_width(), 2))
}

/// A command that runs.
pub fn running(running: &Running) -> String {
    let Running { version, command, task, cluster: _ } = running;
    let text = format!("`{}` of {} runs, as task {}", line(command), line(version), line(task));
    format!("\n{}\n", paint::strong(&paint::wrap(&text, text_width(), 2)))
}

/// Says why there is no rollout of such a version that could be watched, and what brings it on.
pub fn not_begun(version: &str, expand: &Migration, address: &str) -> Option<(String, String)> {
    let next = match expand {
        Migration::NotRun | Migration::TakenBack | Migration::Succeeded => return None,
        Migration::Running { back: false, .. } => "`trueup apply` waits for its end, and goes on with the version".to_owned(),
        Migration::Running { back: true, .. } => "`trueup rollout undo expand` waits for its end".to_owned(),
        Migration::Failed { .. } | Migration::DryRunFailed { .. } => {
            format!("mend it, and apply another version; or, if what was wrong lay elsewhere: trueup apply --retry '{address}'")
        }
        Migration::Lost { .. } => "look at what it did, and say so: trueup rollout undo expand --ended succeeded, or failed".to_owned(),
    };
    Some((format!("no rollout is under way. {}: {}", line(version), how(expand)?), next))
}

/// Says how a command after a version failed.
pub(super) fn owing(contract: &Migration) -> Option<String> {
    match contract {
        Migration::Failed { reason } => Some(format!("the command after it failed: {}", on_one_line(reason))),
        Migration::Lost { task } => Some(format!("nobody can tell how the command after it ended: task {}", line(task))),
        _ => None,
    }
}

/// The reason of a command, and behind it what it logged last, each line of which stands on its own there.
pub(super) fn on_one_line(reason: &str) -> String {
    line(&reason.replace("\n    ", " | ")).into_owned()
}

/// Says how far a command before a version is.
pub(super) fn how(expand: &Migration) -> Option<String> {
    Some(match expand {
        Migration::NotRun | Migration::TakenBack => return None,
        Migration::Running { task, back: false } => format!("the command before it runs, as task {}", line(task)),
        Migration::Running { task, back: true } => {
            format!("what the command before it did is taken back by task {}, which runs", line(task))
        }
        Migration::Succeeded => "the command before it has run, and the version does not".into(),
        Migration::Failed { reason } => format!("the command before it failed: {}", on_one_line(reason)),
        Migration::Lost { task } => format!("nobody can tell how the command before it ended: task {}", line(task)),
        Migration::DryRunFailed { reason } => format!("the dry run of the command before it failed: {}", on_one_line(reason)),
    })
}

/// The deployments that AWS still knows, newest first, with the images of each version, and below it why it went back.
pub fn history(past: &[Past]) -> String {
    let width = text_width();
    let rows = past.iter().map(|one| {
        let revision = one.task_definition.as_deref().and_then(|arn| arn.rsplit(':').next()).unwrap_or("?");
        let images = one.images.iter().map(|image| short_image(image)).collect::<Vec<_>>().join(", ");
        let live = if one.live { "live, " } else { "" };
        let status = format!("{live}{}", word(one.status));
        [one.created.strftime("%Y-%m-%d %H:%M").to_string(), status, format!("revision {}", line(revision)), images]
    });
    let rows = rows.collect::<Vec<_>>();
    if rows.is_empty() {
        return "no deployment is known\n".into();
    }
    let mut text = String::new();
    for (row, one) in aligned(&rows).lines().zip(past) {
        // Some services have many images, and some images long names.
        text += &format!("{}\n", paint::fit(row, width, 4));
        if !one.reason.is_empty() {
            text += &format!("    {}\n", paint::fit(&line(&one.reason), width, 4));
        }
        if let Some(owes) = owing(&one.contract) {
            text += &format!("    {}\n", paint::fit(&format!("{owes}; it is owed until it succeeds"), width, 4));
        }
    }
    text
}

/// An image without its registry, and with the beginning of its digest.
fn short_image(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    let short = match last.split_once("@sha256:") {
        Some((name, digest)) => format!("{name}@{}", digest.get(..12).unwrap_or(digest)),
        None => last.to_owned(),
    };
    line(&short).into_owned()
}

/// Rows whose cells stand below each other.
fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let widths: [usize; N] = std::array::from_fn(|at| rows.iter().map(|row| paint::width(&row[at])).max().unwrap_or(0));
    let one = |row: &[String; N]| row.iter().zip(widths).map(|(cell, width)| paint::pad(cell, width)).collect::<Vec<_>>().join("  ");
    rows.iter().map(|row| format!("{}\n", one(row).trim_end())).collect()
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::InProgress => "under way",
        Status::StopRequested | Status::Stopped => "stopped",
        Status::RollbackRequested | Status::RollbackInProgress => "goes back",
        Status::RollbackSuccessful => "rolled back",
        Status::RollbackFailed => "rollback failed",
        Status::Successful => "successful",
        Status::Unknown => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::rollout::decide::Decision;
    use crate::core::rollout::observation::Gate;

    #[test]
    fn a_version_whose_command_is_not_through_says_what_brings_it_on() {
        let (task, reason) = ("0f3c".to_owned(), "it ended with exit code 3".to_owned());
        for (expand, says, next) in [
            (Migration::Running { task: task.clone(), back: false }, "the command before it runs, as task 0f3c", "`trueup apply` waits"),
            (Migration::Running { task: task.clone(), back: true }, "is taken back by task 0f3c", "undo expand` waits"),
            (Migration::Failed { reason: reason.clone() }, "exit code 3", "--retry 'service.web.service'"),
            (Migration::DryRunFailed { reason }, "the dry run", "--retry 'service.web.service'"),
            (Migration::Lost { task }, "nobody can tell", "--ended succeeded"),
        ] {
            let (why, hint) = not_begun("web:2", &expand, "service.web.service").unwrap();
            assert!(why.starts_with("no rollout is under way. web:2: ") && why.contains(says), "{why}");
            assert!(hint.contains(next), "{hint}");
        }
        for expand in [Migration::NotRun, Migration::Succeeded, Migration::TakenBack] {
            assert_eq!(not_begun("web:2", &expand, "service.web.service"), None);
        }
    }

    #[test]
    fn a_command_after_a_version_that_failed_is_told_with_its_log_and_what_runs_it_again() {
        let decision = Decision { state: State::ContractFailed, order: None, holds: Vec::new(), evidence: Vec::new(), look: None };
        let contract = Migration::Failed { reason: "it ended with exit code 4, task 0f3c\n    still locked".into() };
        let look = Look { contract: contract.clone(), ..Look::bare(Timestamp::UNIX_EPOCH, decision) };
        let told = |text: String| anstream::adapter::strip_str(&text).to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        let says = told(render(&look, "service.web.service"));
        for part in ["the command after it failed: it ended with exit code 4, task 0f3c | still locked", "--retry 'service.web.service'"] {
            assert!(says.contains(part), "{part}: {says}");
        }
        let past = Past {
            deployment: "arn:x".into(),
            created: Timestamp::UNIX_EPOCH,
            finished: None,
            status: Status::Successful,
            task_definition: Some("arn:web:2".into()),
            images: Vec::new(),
            live: true,
            reason: String::new(),
            contract,
        };
        let says = told(history(&[past]));
        assert!(says.contains("live, successful") && says.contains("exit code 4") && says.contains("owed until it succeeds"), "{says}");
    }

    #[test]
    fn a_gate_says_that_it_waits_for_whom_until_when_and_what_comes_then() {
        let holds = vec![Hold::Watching { until: Timestamp::UNIX_EPOCH }];
        let decision = Decision { state: State::Testing, order: None, holds, evidence: Vec::new(), look: Some(20) };
        let (opened, expires) = (Timestamp::UNIX_EPOCH, "2026-11-30T01:02:03Z".parse().unwrap());
        let gate = Gate { id: "7Xb1kq".into(), stage: "POST_TEST_TRAFFIC_SHIFT".into(), opened, expires };
        let told = render(&Look { gate: Some(gate), ..Look::bare(Timestamp::UNIX_EPOCH, decision) }, "service.web.service");
        let told = anstream::adapter::strip_str(&told).to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        for part in [
            "waits at POST_TEST_TRAFFIC_SHIFT",
            "the hook 7Xb1kq, until 2026-11-30 01:02:03 UTC",
            "ECS goes back at 01:02 UTC",
            "`trueup rollout watch` decides from here, `trueup rollout promote` goes on, `trueup rollout rollback` goes back",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
}
