//! The summary of a run, told at its end: what was done, what failed, what was left.

use super::{Sort, paint, reason};
use crate::core::address::Address;
use crate::core::event::{Event, Outcome};
use crate::core::plan::Verb;
use crate::core::rollout::decide::State;
use crate::core::rollout::look::Look;
use crate::report::closing::{Line, closing};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(super) struct Summary {
    sort: Sort,
    /// The verbs that were done to each address.
    done: BTreeMap<Address, Vec<Verb>>,
    failed: Vec<Failed>,
    /// The addresses to which something was not done, by the reason.
    skipped: BTreeMap<String, Vec<Address>>,
    /// The newest look at each rollout.
    looks: BTreeMap<Address, Look>,
    /// The rollouts that this run has found under way or begun, and those of which it has seen the command after the version run.
    carried: BTreeSet<Address>,
    cleaned: BTreeSet<Address>,
}

struct Failed {
    address: Address,
    verb: Verb,
    error: String,
    request: Option<String>,
    details: Vec<String>,
    hint: Option<String>,
}

impl Summary {
    pub fn of_run(sort: Sort) -> Self {
        Summary { sort, ..Summary::default() }
    }

    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Applying { .. } => *self = Summary::of_run(self.sort),
            Event::RollingOut { address, look, .. } => {
                let seen = match look.decision.state {
                    State::Contracting => Some(&mut self.cleaned),
                    State::Promoted => None,
                    _ => Some(&mut self.carried),
                };
                seen.map(|seen| seen.insert(address.clone()));
                self.looks.insert(address.clone(), look.as_ref().clone());
            }
            Event::Done { address, verb, .. } => self.done.entry(address.clone()).or_default().push(*verb),
            Event::Failed { address, verb, error, request, details, hint, .. } => self.failed.push(Failed {
                address: address.clone(),
                verb: *verb,
                error: error.clone(),
                request: request.clone(),
                details: details.clone(),
                hint: hint.clone(),
            }),
            Event::Skipped { address, because, .. } => {
                let list = self.skipped.entry(reason::because(because)).or_default();
                if !list.contains(address) {
                    list.push(address.clone());
                }
            }
            _ => {}
        }
    }

    /// Returns the summary, in lines of so many columns: the work done, its time, the failures, and what to do now.
    pub fn sum_up(&self, finished: &Event, columns: usize) -> String {
        let Event::Finished { outcome, failed, skipped, partial, seconds, .. } = finished else { return String::new() };
        let time = paint::duration(*seconds);
        let head = match outcome {
            Outcome::Complete => paint::good(&format!("Done in {time}:")),
            Outcome::Partial => paint::bad(&format!("Stopped part-way after {time}:")),
            Outcome::RolledBack => paint::bad(&format!("Rolled back after {time}:")),
            Outcome::Interrupted if self.sort == Sort::Detached => paint::good(&format!("Begun and left after {time}:")),
            Outcome::Interrupted => paint::bad(&format!("Interrupted after {time}:")),
        };
        let wrong = [(failed, "failed"), (skipped, "not done"), (partial, "not as sent")];
        let wrong = wrong.iter().filter(|(count, _)| **count > 0).map(|(count, word)| paint::bad(&format!("{count} {word}")));
        let parts = self.verbs().into_iter().chain(wrong).collect::<Vec<_>>();
        let mut text = format!("\n{head} {}.\n", if parts.is_empty() { "nothing was done".into() } else { parts.join(", ") });
        for (Failed { verb, error, request, details, hint, .. }, addresses) in self.failures() {
            let what = format!("{} to {} {}: {error}{}", paint::bad("failed"), verb.as_str(), list(&addresses), of(request.as_deref()));
            text += &format!("\n  {}\n", paint::wrap(&what, columns, 2));
            for detail in details {
                let indent = 2 + detail.len() - detail.trim_start().len();
                text += &format!("{:indent$}{}\n", "", paint::wrap(detail.trim_start(), columns, indent));
            }
            text += &hint
                .as_ref()
                .map(|hint| format!("    {}\n", paint::wrap(&format!("{}: {hint}", paint::strong("hint")), columns, 4)))
                .unwrap_or_default();
        }
        for (because, addresses) in &self.skipped {
            let reason = format!("{} because {because}:", paint::change("not done"));
            text += &format!("\n  {}\n    {}\n", paint::wrap(&reason, columns, 2), paint::wrap(&list(addresses), columns, 4));
        }
        match outcome {
            Outcome::Complete => {}
            Outcome::RolledBack => {
                text += "\nThe old version runs. This one is not deployed again without --retry: mend it, and apply another one.\n"
            }
            Outcome::Partial | Outcome::Interrupted => {
                let (told, others) = self.closings();
                for line in told {
                    match line {
                        Line::Text(line) => text += &format!("\n{}", paint::wrap(&line, columns, 0)),
                        Line::Command(command) => text += &format!("\n    {command}"),
                    }
                }
                text += if text.ends_with('\n') { "" } else { "\n" };
                if others || self.sort == Sort::Detached {
                    text += &format!("\n{}\n", next(self.sort));
                }
            }
        }
        text
    }

    /// Says what is to be done now for rollouts that were left or did not end well; and true where anything else was not done.
    fn closings(&self) -> (Vec<Line>, bool) {
        let failed = self.failed.iter().map(|failed| &failed.address);
        let left = failed.chain(self.skipped.values().flatten()).collect::<BTreeSet<_>>();
        let told = |address: &&Address| self.looks.get(*address).map(|look| closing(look, address.as_str())).unwrap_or_default();
        let lines = left.iter().filter(|_| self.sort == Sort::Apply).flat_map(told).collect::<Vec<_>>();
        let others = left.iter().any(|address| told(address).is_empty()) || left.is_empty();
        (lines, others)
    }

    /// Returns failures with their addresses; those of the same verb and error once.
    fn failures(&self) -> Vec<(&Failed, Vec<Address>)> {
        let mut told = Vec::<(&Failed, Vec<Address>)>::new();
        for failed in &self.failed {
            let what = |failed: &Failed| (failed.verb, failed.error.clone(), failed.details.clone());
            let same = |(other, _): &&mut (&Failed, _)| what(other) == what(failed);
            match told.iter_mut().find(same) {
                Some((_, addresses)) => addresses.push(failed.address.clone()),
                None => told.push((failed, vec![failed.address.clone()])),
            }
        }
        told
    }

    fn verbs(&self) -> Vec<String> {
        let mut counts = [(0, "created"), (0, "replaced"), (0, "updated"), (0, "retagged"), (0, "deleted")];
        for verbs in self.done.values().filter(|verbs| verbs.iter().any(|verb| *verb != Verb::Wait)) {
            let has = |verb| verbs.contains(&verb);
            let which = match (has(Verb::Create), has(Verb::Delete)) {
                (true, false) => 0,
                (true, true) => 1,
                (false, true) => 4,
                (false, false) if has(Verb::Update) || has(Verb::Finish) || has(Verb::Release) => 2,
                (false, false) => 3,
            };
            counts[which].0 += 1;
        }
        // A service that was only waited for may have been a rollout that was left, or a command that was owed.
        let waited = self.done.iter().filter(|(_, verbs)| verbs.iter().all(|verb| *verb == Verb::Wait)).map(|(address, _)| address);
        let waited = waited.filter(|address| self.looks.get(*address).is_some_and(|look| look.decision.state == State::Promoted));
        let (mut rollouts, mut commands) = (0, 0);
        for address in waited {
            rollouts += usize::from(self.carried.contains(address));
            commands += usize::from(self.cleaned.contains(address));
        }
        let told = [(rollouts, "rollout brought to its end"), (commands, "command run")];
        let several = [(rollouts, "rollouts brought to their ends"), (commands, "commands run")];
        let told = told.into_iter().zip(several).map(|(one, several)| if one.0 == 1 { one } else { several });
        counts.into_iter().chain(told).filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect()
    }
}

/// Returns what to do after a run that ended early.
pub(super) fn next(sort: Sort) -> &'static str {
    match sort {
        Sort::Apply => "Nothing is lost: plan and apply again, and it goes on from what is live.",
        Sort::Detached => {
            "ECS goes on by itself to the next gate, and back when nobody comes there or its tasks fail: `trueup rollout status`, `trueup rollout watch`."
        }
        Sort::Destroy => "What is left is known by its tags: destroy again, and it goes on with that.",
    }
}

/// Returns what names the request of a failure.
pub(super) fn of(request: Option<&str>) -> String {
    request.map(|id| format!(" (request {id})")).unwrap_or_default()
}

fn list(addresses: &[Address]) -> String {
    const MOST: usize = 12;
    let shown = addresses.iter().take(MOST).map(Address::as_str).collect::<Vec<_>>().join(", ");
    if addresses.len() > MOST { format!("{shown} and {} more", addresses.len() - MOST) } else { shown }
}
