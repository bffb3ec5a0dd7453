//! The steps of one apply share a context: the connection, the journal, who listens, and whether to stop.

use super::events::Events;
use super::look::Looks;
use super::step::Job;
use super::store::{Journal, Written};
use super::trail::Trail;
use crate::aws::{Aws, Result};
use crate::core::admission::Admitted;
use crate::core::event::Event;
use crate::core::plan::Verb;
use crate::core::rollout::smoke::via::Via;
use crate::core::snapshot::Live;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OnceCell, watch};
use tokio::time::Instant;

/// An answer about a kind serves the creates that begin so soon after it was asked for.
const FRESH: Duration = Duration::from_secs(1);

/// All that steps share while they run.
pub(super) struct Context<'a> {
    pub aws: &'a Aws,
    pub plan: &'a Admitted,
    pub events: &'a Events<'a>,
    pub journal: &'a Journal,
    pub cancel: watch::Receiver<bool>,
    pub via: &'a [Via],
    /// True to leave rollouts once they have begun.
    pub detach: bool,
    pub siblings: Siblings,
    pub looks: Looks,
    pub trail: Trail,
}

/// Answers about kinds, each asked for once by all creates that begin together.
#[derive(Default)]
pub(super) struct Siblings(Mutex<HashMap<String, Asked>>);

#[derive(Clone)]
struct Asked {
    at: Instant,
    answer: Arc<OnceCell<Arc<[Live]>>>,
}

impl Context<'_> {
    /// Says what is worth no line in the journal.
    pub fn say(&self, event: Event) {
        self.events.say(event);
    }
    pub fn cancelled(&self) -> bool {
        *self.cancel.borrow()
    }
    /// Resolves at the first interrupt.
    pub async fn interrupted(&self) {
        let mut cancel = self.cancel.clone();
        if cancel.wait_for(|cancelled| *cancelled).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
    /// Waits for so much of AWS's time; false if the run was interrupted meanwhile.
    pub async fn sleep(&self, time: Duration) -> bool {
        tokio::select! {
            () = self.aws.clock.sleep(time) => true,
            () = self.interrupted() => false,
        }
    }
    /// Returns all that is there of a step's kind: of the stack, or by a name that the plan gives to one of the kind.
    pub async fn siblings(&self, job: &Job<'_>) -> Result<Arc<[Live]>> {
        let kind = &job.change.kind;
        let asked = {
            let mut known = self.siblings.0.lock().unwrap_or_else(PoisonError::into_inner);
            let anew = || Asked { at: Instant::now(), answer: Arc::default() };
            let entry = known.entry(kind.clone()).or_insert_with(anew);
            if entry.at.elapsed() > FRESH {
                *entry = anew();
            }
            entry.clone()
        };
        let made = self.plan.steps.iter().filter(|step| step.verb == Verb::Create).map(|step| &self.plan.changes[step.change]);
        let names = made.filter(|change| change.kind == *kind && !change.name.is_empty()).map(|change| change.name.clone());
        let ask = async || job.named(self, names.collect()).await.map(Arc::from);
        asked.answer.get_or_try_init(ask).await.cloned()
    }
    /// Says it and has it written down. The answer resolves once it is.
    pub fn record(&self, event: Event) -> Written {
        let envelope = self.events.seal(event);
        let written = self.journal.write(&envelope);
        self.events.hear(&envelope);
        written
    }
}
