//! The records of applies in the store, beside their journals.

use super::blobs::{Condition, ETag};
use super::journal::{self, Journal};
use super::{Error, Name, Store};
use crate::core::address::Address;
use crate::core::admission::Admitted;
use crate::core::approval::judge::Counted;
use crate::core::history::{Fate, Made, Record, Run, VERSION};
use crate::core::origin::Since;
use crate::engine::events::Events;
use crate::kinds;
use futures::StreamExt;
use std::collections::BTreeMap;

/// Records that are fetched at once.
const AT_ONCE: usize = 8;

/// An apply that has begun: its journal, and its record, which is whole only at its end.
pub struct Begun {
    pub journal: Journal,
    key: String,
    /// None where it could not be written: it is history, and no apply needs it.
    record: Option<(Record, ETag)>,
}

impl Begun {
    /// The newest apply before it that did all that it was to do, and that has a file to go back to.
    pub fn good(&self) -> Option<Since> {
        self.record.as_ref().and_then(|(record, _)| record.good)
    }
}

impl Store {
    /// Answers how the last apply left the stack: its record, settled. None where there is none, where it is of a newer trueup, or where an
    /// older one has applied since without a record, so that nobody knows.
    pub async fn last_record(&self) -> Result<Option<Record>, Error> {
        self.last_of(self.journals().await?.last()).await
    }

    pub(super) async fn last_of(&self, newest: Option<&Name>) -> Result<Option<Record>, Error> {
        match newest {
            Some(newest) => self.record_of(newest).await,
            None => Ok(None),
        }
    }

    /// Answers the record of a journal, settled by what that tells.
    pub(super) async fn record_of(&self, journal: &Name) -> Result<Option<Record>, Error> {
        let Some(blob) = self.blobs.get(&self.record_key(journal.number, &journal.plan)).await? else { return Ok(None) };
        let Some(record) = read(&blob.bytes) else { return Ok(None) };
        if record.is_settled() {
            return Ok(Some(record));
        }
        let bytes = self.blobs.get(&journal.key).await?.map(|blob| blob.bytes).unwrap_or_default();
        Ok(Some(record.settled(&Fate::of(&journal::read(&bytes).1))))
    }

    /// Answers the number of each apply that there was and the digest of its plan, the newest first.
    pub async fn applies(&self) -> Result<Vec<(u64, String)>, Error> {
        Ok(self.journals().await?.into_iter().rev().map(|name| (name.number, name.plan)).collect())
    }

    /// Answers the records of applies by their numbers, in the order in which they are asked for, a few at once. Of one that has none there
    /// is what its journal tells; a number that no apply has is left out.
    pub async fn records(&self, numbers: &[u64]) -> Result<Vec<Record>, Error> {
        let names = self.journals().await?;
        let wanted = numbers.iter().filter_map(|number| names.iter().find(|name| name.number == *number));
        let mut asked = futures::stream::iter(wanted.map(|name| self.told(name))).buffered(AT_ONCE);
        let mut found = Vec::new();
        while let Some(record) = asked.next().await {
            found.extend(record?);
        }
        Ok(found)
    }

    async fn told(&self, journal: &Name) -> Result<Option<Record>, Error> {
        if let Some(record) = self.record_of(journal).await? {
            return Ok(Some(record));
        }
        let bytes = self.blobs.get(&journal.key).await?.map(|blob| blob.bytes).unwrap_or_default();
        let (head, events) = journal::read(&bytes);
        let Some(head) = head else { return Ok(None) };
        let (by, caller) = (head.by.as_str(), head.caller.as_str());
        let run = Run { apply: journal.number, run: &head.run, plan: &journal.plan, at: head.at, by, caller, approvals: Vec::new() };
        Ok(Some(Record::of_journal(run, self.scope.clone(), &events)))
    }

    /// Writes the record of an apply that is about to begin.
    pub(super) async fn begin_record(
        &self,
        plan: &Admitted,
        (number, by, caller): (u64, &str, &str),
        newest: Option<&Name>,
        events: &Events<'_>,
    ) -> Result<(Record, ETag), Error> {
        let last = self.last_of(newest).await?;
        let mut approvals = plan.approvals().iter().map(|Counted { principal, .. }| principal.clone()).collect::<Vec<_>>();
        approvals.sort_unstable();
        approvals.dedup();
        let run = Run { apply: number, run: events.run(), plan: plan.digest().as_str(), at: super::now(), by, caller, approvals };
        let find = |kind: &str| kinds::find(kind).map(|entry| &entry.row);
        let record = Record::begin(plan, run, last.as_ref(), &find);
        let key = self.record_key(number, &record.plan);
        let bytes = serde_json::to_vec(&record).map_err(|source| self.unwritable(&key, source))?;
        // Only one holds the lock. What may stand there is of a run that ended before it had a journal, and so did nothing.
        let etag = self.blobs.put(&key, &bytes, Condition::Always).await?;
        Ok((record, etag))
    }

    pub(super) fn begun(&self, journal: Journal, key: String, record: Option<(Record, ETag)>) -> Begun {
        Begun { journal, key, record }
    }

    /// Writes how an apply ended into its record, if it has one. `made` are the resources that it has made or changed.
    pub async fn end(&self, begun: Begun, made: BTreeMap<Address, Made>) -> Result<(), Error> {
        let Begun { journal, key, record } = begun;
        drop(journal);
        let Some((record, etag)) = record else { return Ok(()) };
        let bytes = self.blobs.get(&key).await?.map(|blob| blob.bytes).unwrap_or_default();
        let mut fate = Fate::of(&journal::read(&bytes).1);
        fate.made.extend(made);
        let record = record.settled(&fate);
        let key = self.record_key(record.apply, &record.plan);
        let bytes = serde_json::to_vec(&record).map_err(|source| self.unwritable(&key, source))?;
        self.blobs.put(&key, &bytes, Condition::Matches(etag)).await?;
        Ok(())
    }

    fn record_key(&self, number: u64, plan: &str) -> String {
        format!("{}history/{number:08}.{plan}.json", self.prefix)
    }
}

/// Reads a record; None for one of another form, which is as good as none.
fn read(bytes: &[u8]) -> Option<Record> {
    serde_json::from_slice::<Record>(bytes).ok().filter(|record| record.version == VERSION)
}
