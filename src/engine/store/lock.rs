//! The lock of a stack, which says who is at work on it.

use super::Error;
use super::blobs::{Held, Holding, Lapse, Locks};
use crate::engine::events::now;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Held while a stack is changed. Whoever is refused meanwhile reads in it who holds it.
pub struct Lock {
    held: Box<dyn Held>,
    holder: Holder,
}

/// The holder of a lock: who it is, where, since when, and for what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub user: String,
    pub host: String,
    pub process: u32,
    pub since: Timestamp,
    pub work: Work,
    /// The plan that is being run; None before there is one.
    pub plan: Option<String>,
}

/// The work that a stack is locked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    Apply,
    Destroy,
}

impl Lock {
    pub(super) async fn take(locks: &dyn Locks, key: &str, place: String, work: Work) -> Result<Self, Error> {
        let holder = Holder::this(work);
        match locks.hold(key, &json(&holder)).await? {
            Holding::Held(held) => Ok(Lock { held, holder }),
            Holding::Others(text) => Err(Error::Locked { holder: serde_json::from_slice(&text).ok().map(Box::new), place }),
        }
    }

    /// This process, as it stands in the lock.
    pub fn holder(&self) -> &Holder {
        &self.holder
    }

    /// Tells whether it is held still.
    pub(super) fn lapse(&self) -> Lapse {
        self.held.lapse()
    }

    /// The number of this holder, where the place counts them.
    pub fn fence(&self) -> Option<u64> {
        self.held.fence()
    }

    /// Does some work and lets go of it, whatever came of the work. One that is only dropped is let go of as well, but where only time
    /// tells, not at once.
    pub async fn during<T>(mut self, work: impl AsyncFnOnce(&mut Lock) -> T) -> T {
        let answer = work(&mut self).await;
        self.held.release().await;
        answer
    }

    /// Says which plan is run from now on.
    pub(super) async fn runs(&mut self, plan: &str) -> Result<(), Error> {
        self.holder.plan = Some(plan.to_owned());
        Ok(self.held.write(&json(&self.holder)).await?)
    }
}

impl Holder {
    /// This process, from now on.
    fn this(work: Work) -> Self {
        Holder {
            user: whoami::username().unwrap_or_else(|_| "somebody".into()),
            host: whoami::hostname().unwrap_or_else(|_| "an unnamed host".into()),
            process: std::process::id(),
            since: now(),
            work,
            plan: None,
        }
    }
}

/// Writes who it is: `anna on build-7 (process 4242)`.
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Holder { user, host, process, since: _, work: _, plan: _ } = self;
        write!(f, "{user} on {host} (process {process})")
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Work::Apply => "an apply",
            Work::Destroy => "a destroy",
        })
    }
}

// A plain record with string keys, so it serialises.
fn json(holder: &Holder) -> Vec<u8> {
    serde_json::to_vec(holder).unwrap_or_default()
}
