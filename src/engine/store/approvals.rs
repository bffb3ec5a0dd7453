//! The approvals of a plan in the store, and which of them were used.

use super::blobs::{Condition, Error as BlobError};
use super::{Error, Store};
use crate::core::admission::Admitted;
use crate::core::approval::judge::Counted;
use crate::core::sealed::Digest;
use std::collections::BTreeSet;

/// The approvals of one plan.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Each by its place, as it was put there; whoever can write to the store can put anything.
    pub files: Vec<(String, Vec<u8>)>,
    /// The ids of those that an apply rested on.
    pub used: BTreeSet<String>,
}

/// The most approvals of a plan that are read. More than that were not put there by people.
const MOST: usize = 100;

impl Store {
    /// Keeps an approval, for whoever applies its plan with this store. Answers where.
    pub async fn keep_approval(&self, plan: &Digest, id: &str, bytes: &[u8]) -> Result<String, Error> {
        let key = self.approval(plan.as_str(), id, SIGNED);
        self.blobs.put(&key, bytes, Condition::Absent).await?;
        Ok(self.blobs.place(&key))
    }

    /// Answers the approvals of a plan.
    pub async fn approvals(&self, plan: &Digest) -> Result<Kept, Error> {
        let prefix = self.approval(plan.as_str(), "", "");
        let mut kept = Kept::default();
        for key in self.blobs.list(&prefix).await? {
            let name = key.strip_prefix(&prefix).unwrap_or_default();
            if let Some(id) = name.strip_suffix(USED) {
                kept.used.insert(id.to_owned());
            } else if name.ends_with(SIGNED) && kept.files.len() < MOST {
                let bytes = self.blobs.get(&key).await?.map(|blob| blob.bytes).unwrap_or_default();
                kept.files.push((self.blobs.place(&key), bytes));
            }
        }
        Ok(kept)
    }

    /// Writes down that an apply rests on these approvals. Of two that try, one succeeds.
    pub(super) async fn use_approvals(&self, plan: &Admitted, run: &str) -> Result<(), Error> {
        let mut written = BTreeSet::new();
        for Counted { id, principal, key, .. } in plan.approvals().iter().filter(|approval| written.insert(approval.id.as_str())) {
            let blob = self.approval(plan.digest().as_str(), id, USED);
            // No other run writes the same, so an answer that was lost is told from somebody else's.
            match self.blobs.put(&blob, format!("{run} {principal} {key}\n").as_bytes(), Condition::Absent).await {
                Ok(_) => {}
                Err(BlobError::Conflict { place }) => return Err(Error::Used(place)),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Digests and ids are hexadecimal, so keys may hold them.
    fn approval(&self, plan: &str, id: &str, ending: &str) -> String {
        format!("{}approvals/{plan}/{id}{ending}", self.prefix)
    }
}

const SIGNED: &str = ".sig";
const USED: &str = ".used";
