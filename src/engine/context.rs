//! What the steps of one apply share: the connection, the journal, who listens, and whether to stop.

use super::journal::{Entry, Journal};
use crate::aws::Aws;
use crate::core::event::Event;
use crate::core::plan::Plan;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::watch;

/// What steps share while they run.
pub(super) struct Context<'a> {
    pub aws: &'a Aws,
    pub plan: &'a Plan,
    pub say: &'a (dyn Fn(Event) + Sync),
    pub journal: &'a Mutex<Journal>,
    pub cancel: watch::Receiver<bool>,
}

impl Context<'_> {
    pub fn say(&self, event: Event) {
        (self.say)(event);
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
    /// Says it and writes it down. The error is what kept it from being written.
    pub fn record(&self, event: Event) -> std::io::Result<()> {
        let at = jiff::Timestamp::now().to_string();
        let written = match self.journal.lock() {
            Ok(mut journal) => journal.write(&Entry::Event { at, event: event.clone() }),
            Err(_) => Err(std::io::Error::other("the journal is unusable")),
        };
        (self.say)(event);
        written
    }
}
