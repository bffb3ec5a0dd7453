//! The store keeps of a stack what AWS does not: who is at work on it, and the journals of its applies. It holds no state;
//! losing it loses history only.
//!
//! ```text
//! web/production/lock                           held while the stack is changed, by whom it says
//! web/production/journal/00000007.1a2b3c.jsonl  the seventh apply, of the plan 1a2b3c
//! web/production/plans/1a2b3c.json              the plan, where `plan --keep` put it there
//! web/production/history/00000007.1a2b3c.json   its record: the file that it was for, and how it left each resource
//! web/production/approvals/1a2b3c/9f86.sig      an approval of that plan; `.used` beside it once an apply rests on it
//! ```
//!
//! All of it stands on the three operations of [`Blobs`], in a directory of this machine or in a bucket that several share. There the lock
//! is a lease, which has to be renewed.

mod approvals;
mod blobs;
mod bucket;
mod directory;
mod history;
mod journal;
mod lease;
mod lock;
#[cfg(test)]
mod tests;

pub use blobs::{Blob, Blobs, Condition, ETag, Error as BlobError, Held, Holding, Lapse, Locks, Seen};
pub use bucket::Bucket;
pub use directory::Directory;
pub use history::Begun;
pub use journal::{Head, Journal, Written};
pub use lock::{Holder, Lock, Work};

use super::events::{Events, now};
use crate::core::admission::Admitted;
use crate::core::event::{Envelope, Event};
use crate::core::identity::Scope;
use crate::core::lock::LockSeen;
use crate::core::plan::Verb;
use crate::core::rollout::look::Look;
use crate::core::sealed::{Digest, Sealed};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// The store, for one stack in one environment.
#[derive(Clone)]
pub struct Store {
    blobs: Arc<dyn Blobs>,
    locks: Arc<dyn Locks>,
    /// Its keys begin with this: `web/production/`.
    prefix: String,
    scope: Scope,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}; it holds {place}", locked(holder.as_deref()))]
    Locked { holder: Option<Box<Holder>>, place: String },
    #[error("this plan was applied already: its journal is {0}")]
    Applied(String),
    #[error("an approval of this plan was used already: {0}")]
    Used(String),
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl Error {
    pub fn hint(&self) -> &'static str {
        match self {
            Error::Locked { place, .. } if place.starts_with("s3://") => {
                "wait for it to end; if its runner is gone, the lease runs out within a minute, and `trueup lock show` tells its age"
            }
            Error::Locked { .. } => "wait for it to end; the lock goes with its process, so there is nothing to clean up",
            Error::Applied(_) => "plan again: a plan runs only once",
            Error::Used(_) => "an approval is good for one apply: approve again, or plan again if the plan ran",
            Error::Blob(BlobError::Failed { hint, .. }) => hint,
            Error::Blob(BlobError::Conflict { .. }) => {
                "somebody else is at work on this stack, and the lock did not keep them out; plan again"
            }
        }
    }
}

fn locked(holder: Option<&Holder>) -> String {
    let Some(holder) = holder else { return "another process is at work on this stack already".into() };
    let plan = holder.plan.as_ref().map(|plan| format!(" of plan {plan}")).unwrap_or_default();
    format!("{holder} is at work on this stack already, with {}{plan} since {}", holder.work, holder.since)
}

/// The last apply, as far as its journal tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// The kinds that applies have touched so far: they are read although the file may no longer name them.
    pub kinds: BTreeSet<String>,
    /// Ids of what it made, by kind: they are looked for although the tagging API may not show them yet.
    pub made: BTreeMap<String, BTreeSet<String>>,
    /// It did not come to its end, so it may have made what it did not write down.
    pub cut_off: bool,
}

impl Before {
    fn of(head: Option<Head>, events: &[Envelope]) -> Self {
        // Nobody knows what a journal holds whose first line cannot be read.
        let mut before = Before { kinds: head.map(|head| head.kinds).unwrap_or_default(), cut_off: true, ..Before::default() };
        let mut creating = BTreeMap::new();
        for envelope in events {
            match &envelope.event {
                Event::Began { step, kind, verb: Verb::Create, .. } => drop(creating.insert(*step, kind.clone())),
                Event::Done { step, id, .. } => {
                    if let Some(kind) = creating.remove(step) {
                        before.made.entry(kind).or_default().insert(id.clone());
                    }
                }
                Event::Finished { .. } => before.cut_off = false,
                _ => {}
            }
        }
        before.cut_off |= !creating.is_empty();
        before
    }
}

/// The looks at a deployment that journals have.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Looks {
    /// The caller of the first apply that looked: the ARN by which AWS knows them, or the words of its journal.
    pub by: String,
    /// In their order, whichever apply has looked.
    pub looks: Vec<Look>,
}

/// Journals that are looked into for deployments, the newest ones: AWS lists no more deployments than these.
const MOST: usize = 100;

impl Store {
    /// Opens the store in a directory of this machine.
    pub fn new(root: &Path, scope: &Scope) -> Self {
        let directory = Arc::new(Directory::new(root));
        Store::over(directory.clone(), directory, scope)
    }

    /// Opens the store on any place for blobs. Names of stacks and environments are plain words (`is_name`), so keys may hold them.
    pub fn over(blobs: Arc<dyn Blobs>, locks: Arc<dyn Locks>, scope: &Scope) -> Self {
        Store { blobs, locks, prefix: format!("{}/{}/", scope.stack, scope.env), scope: scope.clone() }
    }

    /// Takes the lock of this stack, or says who has it.
    pub async fn lock(&self, work: Work) -> Result<Lock, Error> {
        let key = self.lock_key();
        Lock::take(&*self.locks, &key, self.blobs.place(&key), work).await
    }

    /// Says who holds the lock, or held it last; None if nobody ever did.
    pub async fn look_at_lock(&self) -> Result<Option<LockSeen>, Error> {
        let Some(seen) = self.locks.look(&self.lock_key()).await? else { return Ok(None) };
        let Seen { held, expired, fence, age, holder } = seen;
        let holder = serde_json::from_slice::<Holder>(&holder).ok();
        let words = |holder: Holder| {
            let plan = holder.plan.as_ref().map(|plan| format!(" of plan {plan}")).unwrap_or_default();
            format!("{holder}, with {}{plan} since {}", holder.work, holder.since)
        };
        Ok(Some(LockSeen { held, expired, fence, age_seconds: age.map(|age| age.as_secs_f64()), holder: holder.map(words) }))
    }

    /// Takes the lock from whoever holds it, and answers whether somebody did.
    pub async fn break_lock(&self) -> Result<bool, Error> {
        Ok(self.locks.let_go(&self.lock_key()).await?)
    }

    fn lock_key(&self) -> String {
        format!("{}lock", self.prefix)
    }

    /// Begins the journal and the record of a plan, or says that the plan ran already. Only who holds the lock may.
    pub async fn begin(&self, lock: &mut Lock, plan: &Admitted, caller: &str, events: &Events<'_>) -> Result<Begun, Error> {
        lock.runs(plan.digest().as_str()).await?;
        let known = self.journals().await?;
        if let Some(run) = known.iter().find(|name| name.plan == plan.digest().as_str()) {
            return Err(Error::Applied(self.blobs.place(&run.key)));
        }
        let mut kinds = plan.changes.iter().map(|change| change.kind.clone()).collect::<BTreeSet<_>>();
        if !plan.destroy {
            // A kind that the tagging API does not know is found again only if it is not forgotten here.
            kinds.extend(self.before_of(known.last()).await?.kinds);
        }
        let number = known.last().map_or(1, |name| name.number + 1);
        let (stack, by) = (plan.scope.owner(), lock.holder().to_string());
        // Nobody can go back to an apply without a record; it is an apply all the same.
        let record = self.begin_record(plan, (number, &by, caller), known.last(), events).await.ok();
        self.use_approvals(plan, events.run()).await?;
        let plan = plan.digest().to_string();
        let key = format!("{}journal/{number:08}.{plan}.jsonl", self.prefix);
        let (version, at, run) = (journal::VERSION, now(), events.run().to_owned());
        let fence = lock.fence();
        let head = Head { version, journal: number, at, run, plan, stack, by, caller: caller.to_owned(), fence, kinds };
        let bytes = journal::line(&head).map_err(|source| self.unwritable(&key, source))?;
        match self.blobs.put(&key, &bytes, Condition::Absent).await {
            Ok(etag) => {
                let journal = Journal::on(self.blobs.clone(), key.clone(), bytes, etag, lock.lapse());
                Ok(self.begun(journal, key, record))
            }
            Err(BlobError::Conflict { place }) => Err(Error::Applied(place)),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps a plan for whoever approves and applies it. Answers where.
    pub async fn keep_plan(&self, plan: &Sealed) -> Result<String, Error> {
        let key = format!("{}plans/{}.json", self.prefix, plan.digest());
        match self.blobs.put(&key, plan.text().as_bytes(), Condition::Absent).await {
            Ok(_) => {}
            // It was kept before.
            Err(BlobError::Conflict { .. }) if self.blobs.get(&key).await?.is_some_and(|blob| blob.bytes == plan.text().as_bytes()) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(self.blobs.place(&key))
    }

    /// True if a run of that plan was begun.
    pub async fn applied(&self, plan: &Digest) -> Result<bool, Error> {
        Ok(self.journals().await?.iter().any(|name| name.plan == plan.as_str()))
    }

    /// Answers what the last apply left behind for the next reading.
    pub async fn before(&self) -> Result<Before, Error> {
        self.before_of(self.journals().await?.last()).await
    }

    /// Answers the looks at each deployment that were written down, by its ARN.
    pub async fn looks(&self) -> Result<BTreeMap<String, Looks>, Error> {
        let mut known = BTreeMap::<String, Looks>::new();
        let names = self.journals().await?;
        for name in names.iter().skip(names.len().saturating_sub(MOST)) {
            let bytes = self.blobs.get(&name.key).await?.map(|blob| blob.bytes).unwrap_or_default();
            let (head, events) = journal::read(&bytes);
            let by = head.map(|head| if head.caller.is_empty() { head.by } else { head.caller }).unwrap_or_default();
            let mut steps = BTreeMap::<usize, Vec<Look>>::new();
            for envelope in events {
                if let Event::RollingOut { step, look, .. } = envelope.event {
                    steps.entry(step).or_default().push(*look);
                }
            }
            for looks in steps.into_values() {
                // The first ones are from before there was a deployment.
                let Some(deployment) = looks.iter().find_map(|look| look.deployment.clone()) else { continue };
                let known = known.entry(deployment.clone()).or_insert_with(|| Looks { by: by.clone(), looks: Vec::new() });
                known.looks.extend(looks.into_iter().filter(|look| look.deployment.as_ref().is_none_or(|arn| *arn == deployment)));
            }
        }
        Ok(known)
    }

    async fn before_of(&self, newest: Option<&Name>) -> Result<Before, Error> {
        let Some(newest) = newest else { return Ok(Before::default()) };
        let bytes = self.blobs.get(&newest.key).await?.map(|blob| blob.bytes).unwrap_or_default();
        let (head, events) = journal::read(&bytes);
        Ok(Before::of(head, &events))
    }

    /// The journals that there are, the newest last.
    async fn journals(&self) -> Result<Vec<Name>, Error> {
        let keys = self.blobs.list(&format!("{}journal/", self.prefix)).await?;
        let mut names = keys.into_iter().filter_map(Name::parse).collect::<Vec<_>>();
        names.sort_by_key(|name| name.number);
        Ok(names)
    }

    fn unwritable(&self, key: &str, source: serde_json::Error) -> BlobError {
        BlobError::Failed {
            doing: "write",
            place: self.blobs.place(key),
            source: source.into(),
            hint: "this is a fault of trueup; please report it",
        }
    }
}

/// A journal, by what its key says.
struct Name {
    number: u64,
    plan: String,
    key: String,
}

impl Name {
    fn parse(key: String) -> Option<Self> {
        let (number, plan) = key.rsplit('/').next()?.strip_suffix(".jsonl")?.split_once('.')?;
        Some(Name { number: number.parse().ok()?, plan: plan.to_owned(), key })
    }
}
