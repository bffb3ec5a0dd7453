//! The steps of one apply share a context: the connection, the journal, who listens, and whether to stop.

use super::events::Events;
use super::store::{Journal, Written};
use crate::aws::Aws;
use crate::core::event::Event;
use crate::core::sealed::Sealed;
use std::time::Duration;
use tokio::sync::watch;

/// All that steps share while they run.
pub(super) struct Context<'a> {
    pub aws: &'a Aws,
    pub plan: &'a Sealed,
    pub events: &'a Events<'a>,
    pub journal: &'a Journal,
    pub cancel: watch::Receiver<bool>,
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
    /// Says it and has it written down. The answer resolves once it is.
    pub fn record(&self, event: Event) -> Written {
        let envelope = self.events.seal(event);
        let written = self.journal.write(&envelope);
        self.events.hear(&envelope);
        written
    }
}
