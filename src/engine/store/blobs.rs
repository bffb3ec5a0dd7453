//! A store keeps blobs by key, written on a condition. This is all that a place must know to be one.

use async_trait::async_trait;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// A place for blobs, such as a directory or a bucket, that several processes may use at once.
///
/// A key is a path of plain words, as `web/production/journal/00000007.1a2b.jsonl`: parts of letters, digits and
/// `-_.`, parted by `/`, none of them empty or made of dots alone.
///
/// An implementer holds to this:
/// - **A blob is whole.** Whoever reads one gets the bytes of one put, never a part or a mixture.
/// - **A put that returned is there**: for the next get and list of any process, and after a loss of power.
/// - **Conditions are judged and acted on in one step.** Of two puts on the same condition at most one succeeds; the other
///   gets `Error::Conflict`. S3 answers 412 where a condition does not hold, 404 where there is nothing to match, and 409
///   where two wrote at once; the first two are a conflict, the last is tried again.
/// - **A lost answer is not a conflict.** If a put is repeated because its answer was lost, and its own bytes are found
///   there, it has succeeded.
/// - **Nothing is waited for without end**: what hangs becomes `Error::Failed`.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Answers what stands under a key; None if nothing does.
    async fn get(&self, key: &str) -> Result<Option<Blob>, Error>;

    /// Writes a blob if the condition holds, and answers with the ETag of what stands there now.
    async fn put(&self, key: &str, bytes: &[u8], condition: Condition) -> Result<ETag, Error>;

    /// Answers every key that begins with these letters, in ascending order of their bytes. There are none of a
    /// prefix that nothing was put under.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error>;

    /// Names where a key's bytes are, for a person to find them: a path, `s3://bucket/key`.
    fn place(&self, key: &str) -> String;
}

/// Holds keys for one process at a time. No key is both a blob and held.
#[async_trait]
pub trait Locks: Send + Sync {
    /// Holds a key and writes into it who does, or answers with what its holder wrote there. It is let go of when the
    /// answer is dropped, and when the process ends in whatever way; where only time can tell that it did, the
    /// implementer renews what it holds, and others take it over after some time without that.
    async fn hold(&self, key: &str, holder: &[u8]) -> Result<Holding, Error>;

    /// Answers who holds a key, or held it last; None if nobody ever did.
    async fn look(&self, key: &str) -> Result<Option<Seen>, Error>;

    /// Takes a key from whoever holds it, and answers whether somebody did. Where a lock goes with its process nothing is done.
    async fn let_go(&self, key: &str) -> Result<bool, Error>;
}

/// The state of a key that is held, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub held: bool,
    /// True where its holder has not let go of it, and has not renewed it for so long that it counts for nothing.
    pub expired: bool,
    /// The number of its holder, where they are counted.
    pub fence: Option<u64>,
    /// The time since it was renewed, where it has to be.
    pub age: Option<Duration>,
    /// The words that its holder wrote there.
    pub holder: Vec<u8>,
}

/// The answer to an attempt to hold a key.
pub enum Holding {
    Held(Box<dyn Held>),
    /// Another process has it, and wrote this; nothing if it has not come to that yet.
    Others(Vec<u8>),
}

/// A key that is held.
#[async_trait]
pub trait Held: Send + Sync {
    /// Writes anew who holds it.
    async fn write(&mut self, holder: &[u8]) -> Result<(), Error>;

    /// Tells whether it is held still.
    fn lapse(&self) -> Lapse {
        Lapse::never()
    }

    /// The number of this holder, where they are counted: it is higher than that of each before.
    fn fence(&self) -> Option<u64> {
        None
    }

    /// Lets go of it, so that nobody has to wait until it runs out.
    async fn release(self: Box<Self>);
}

/// Tells whoever writes whether a key is held still. Copies tell the same.
#[derive(Debug, Clone)]
pub struct Lapse(Option<watch::Receiver<Validity>>);

/// The time until which a key is held at least, and the reason why it is not held any more.
#[derive(Debug, Clone)]
pub struct Validity {
    pub until: Instant,
    pub lost: Option<String>,
}

impl Lapse {
    /// A key that is held until its process ends has this one.
    #[must_use]
    pub fn never() -> Self {
        Lapse(None)
    }

    #[must_use]
    pub fn of(validity: watch::Receiver<Validity>) -> Self {
        Lapse(Some(validity))
    }

    /// Says why it is not held any more, or not for certain.
    pub fn check(&self) -> Result<(), String> {
        let Some(validity) = &self.0 else { return Ok(()) };
        let Validity { until, lost } = &*validity.borrow();
        match lost {
            Some(why) => Err(why.clone()),
            None if Instant::now() < *until => Ok(()),
            None => Err("the lease on the stack has run out, as it could not be renewed in time".into()),
        }
    }

    /// Resolves once it is lost, with why; never while it is held.
    pub async fn lost(&self) -> String {
        let Some(validity) = &self.0 else { return std::future::pending().await };
        let mut validity = validity.clone();
        let lost = validity.wait_for(|validity| validity.lost.is_some()).await.ok().and_then(|validity| validity.lost.clone());
        match lost {
            Some(why) => why,
            // Whoever renewed it has let go of it.
            None => std::future::pending().await,
        }
    }
}

/// Bytes, and which state of the key they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub bytes: Vec<u8>,
    pub etag: ETag,
}

/// Tells two states of a key apart, and nothing else: it is compared, never read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(pub String);

/// The condition on which a put writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It writes only where nothing stands (`If-None-Match: *`).
    Absent,
    /// It writes only in the place of this state (`If-Match`).
    Matches(ETag),
    /// It writes in any case, which is only right where the last word counts, whoever has it.
    Always,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The condition of a put does not hold.
    #[error("{place} was written by somebody else")]
    Conflict { place: String },
    #[error("failed to {doing} {place}: {source}")]
    Failed {
        doing: &'static str,
        place: String,
        source: Box<dyn std::error::Error + Send + Sync>,
        /// Tells a person what to do about it.
        hint: &'static str,
    },
}

/// The contract as a test, which every implementation passes on an empty place.
#[cfg(test)]
pub(super) mod contract {
    use super::*;

    pub async fn holds(store: &dyn Blobs) {
        a_put_writes_only_while_its_condition_holds(store).await;
        keys_are_listed_in_order_by_what_they_begin_with(store).await;
    }

    async fn a_put_writes_only_while_its_condition_holds(store: &dyn Blobs) {
        assert_eq!(store.get("a/b").await.unwrap(), None);
        assert!(conflicts(store.put("a/b", b"x", Condition::Matches(ETag("none".into()))).await), "nothing matches what is not there");
        let one = store.put("a/b", b"one", Condition::Absent).await.unwrap();
        assert!(conflicts(store.put("a/b", b"x", Condition::Absent).await));
        let two = store.put("a/b", b"two", Condition::Matches(one.clone())).await.unwrap();
        assert!(conflicts(store.put("a/b", b"x", Condition::Matches(one)).await));
        assert_eq!(store.get("a/b").await.unwrap(), Some(Blob { bytes: b"two".into(), etag: two }));
        store.put("a/b", b"three", Condition::Always).await.unwrap();
        assert_eq!(store.get("a/b").await.unwrap().unwrap().bytes, b"three");
    }

    async fn keys_are_listed_in_order_by_what_they_begin_with(store: &dyn Blobs) {
        assert_eq!(store.list("c/").await.unwrap(), Vec::<String>::new());
        for key in ["c/journal/2", "c/journal/10", "c/journal/1", "c/other", "cd/journal/1"] {
            store.put(key, b"", Condition::Always).await.unwrap();
        }
        assert_eq!(store.list("c/journal/").await.unwrap(), ["c/journal/1", "c/journal/10", "c/journal/2"]);
        assert_eq!(store.list("c/journal/1").await.unwrap(), ["c/journal/1", "c/journal/10"]);
        assert_eq!(store.list("c").await.unwrap().len(), 5);
    }

    fn conflicts<T>(answer: Result<T, Error>) -> bool {
        matches!(answer, Err(Error::Conflict { .. }))
    }
}
