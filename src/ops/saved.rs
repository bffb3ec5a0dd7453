//! Plans in files, to be approved and applied later.

use super::Error;
#[cfg(feature = "aws")]
use crate::aws::Connection;
use crate::core::address::Address;
#[cfg(feature = "aws")]
use crate::core::identity::Scope;
use crate::core::plan::{Change, Plan};
use crate::core::sealed::{Sealed, seal};
#[cfg(feature = "aws")]
use crate::core::settings::StorePlace;
#[cfg(feature = "aws")]
use crate::engine::store::{Blobs, Bucket, Error as StoreError};
use crate::files::{self, Readers};
use crate::kinds;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The most bytes that a saved plan or reading has: some ten thousand resources.
pub(super) const MOST: u64 = 64 << 20;

/// Saves a plan, whole or not at all. Nothing but a plan is ever overwritten.
pub fn write(plan: &Sealed, file: &Path) -> Result<(), Error> {
    may_write(file)?;
    if plan.text().len() as u64 > MOST {
        let why = format!("would be larger than {} MiB, which no plan is read from", MOST >> 20);
        return Err(Error::Unfit { path: file.to_owned(), why, hint: Some("apply it without saving it, or part the stack".to_owned()) });
    }
    files::replace(file, plan.text().as_bytes(), Readers::Owner).map_err(|error| Error::file("write", file, error))
}

/// Returns the addresses whose changes hold a secret, such as the password of an endpoint or the address of a webhook. An apply sends
/// it, so a plan that is saved has it in plain text; what is shown of it is masked.
pub fn secrets(plan: &Plan) -> Vec<&Address> {
    plan.changes.iter().filter(|change| shown(change).is_some()).map(|change| &change.address).collect()
}

/// Returns a plan as it may be printed. One that holds a secret is another plan then, which says so and is never applied.
pub fn public(plan: &Sealed) -> Sealed {
    if secrets(plan).is_empty() {
        return plan.clone();
    }
    let changes = plan.changes.iter().map(|change| shown(change).unwrap_or_else(|| change.clone())).collect();
    seal(Plan { masked: true, changes, ..Plan::clone(plan) })
}

/// Returns a change as it may be shown, if it holds a secret.
fn shown(change: &Change) -> Option<Change> {
    let kind = kinds::find(&change.kind).filter(|_| !change.wanted.is_null());
    let wanted = kind.map(|entry| entry.row.shown(&change.wanted)).filter(|shown| *shown != change.wanted);
    let notify = change.rollout.as_ref().and_then(|policy| policy.notify.as_ref()).filter(|notify| notify.shown() != **notify);
    if wanted.is_none() && notify.is_none() {
        return None;
    }
    let mut masked = change.clone();
    if let Some(wanted) = wanted {
        masked.wanted = wanted;
    }
    if let (Some(policy), Some(notify)) = (&mut masked.rollout, notify) {
        policy.notify = Some(notify.shown());
    }
    Some(masked)
}

/// Refuses a file that is there already, unless it is empty or a saved plan.
pub fn may_write(file: &Path) -> Result<(), Error> {
    let refused = |why: &str| {
        let hint = Some("name a file that is not there yet, such as plan.json".to_owned());
        Err(Error::Unfit { path: file.to_owned(), why: why.to_owned(), hint })
    };
    if file == Path::new("-") {
        return refused("stands for standard output, where --json prints a plan");
    }
    match std::fs::symlink_metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::file("write", file, error)),
        Ok(found) if !found.is_file() => refused("is no file that a plan could be written over"),
        Ok(found) if found.len() == 0 => Ok(()),
        Ok(_) => match files::read_text(file, MOST) {
            Ok(text) if Sealed::is_one(&text) => Ok(()),
            Ok(_) | Err(_) => refused("is there already, and is no plan"),
        },
    }
}

/// Reads a saved plan. One that is damaged, altered, or of another version is barred.
pub fn read(file: &Path) -> Result<Sealed, Error> {
    let text = files::read_text(file, MOST).map_err(|error| Error::file("read", file, error))?;
    Sealed::read(text).map_err(|bar| Error::barred(file.display(), bar))
}

/// Reads a plan from the place in a bucket where a store has it.
#[cfg(feature = "aws")]
pub async fn fetch(connection: &Connection, place: &str) -> Result<Sealed, Error> {
    let unfit = |why: &str, hint: &str| Error::Unfit { path: place.into(), why: why.to_owned(), hint: Some(hint.to_owned()) };
    let parts = place.rsplit_once('/').and_then(|(folder, name)| Some((StorePlace::parse(folder)?, name)));
    let Some((folder, name)) = parts else {
        return Err(unfit("is no place of a plan", "name it as `trueup plan --keep` did: s3://BUCKET/…/plans/DIGEST.json"));
    };
    let aws = connection.clients(Scope { stack: String::new(), env: String::new(), account: String::new(), region: String::new() });
    let bucket = Bucket::new(connection.bucket(&folder.bucket).await?, &aws, folder);
    let blob = bucket.get(name).await.map_err(StoreError::from)?;
    let blob = blob.ok_or_else(|| unfit("is not there", "plan again with --keep, which says where it puts the plan"))?;
    let no_text = |_| unfit("holds no text", "plan again with --keep");
    let text = String::from_utf8(blob.bytes).map_err(no_text)?;
    Sealed::read(text).map_err(|bar| Error::barred(place, bar))
}

/// True for a file that holds JSON, as plans do and stack files do not.
pub fn is_plan(file: &Path) -> bool {
    let mut first = [0];
    let is_file = file.metadata().is_ok_and(|meta| meta.is_file());
    is_file && std::fs::File::open(file).and_then(|mut file| file.read_exact(&mut first)).is_ok() && first == *b"{"
}
