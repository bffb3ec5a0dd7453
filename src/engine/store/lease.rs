//! A lease on a key: held while it is renewed, and lost to others some time after that ends.
//!
//! It stands under its key as JSON, and is never deleted, so that its number only grows. Age is told by the place's own clock. The holder
//! counts from before it asked, so it gives up before anybody else may take over.

use super::blobs::{self, Blobs, Condition, ETag, Error, Lapse};
use super::bucket::Bucket;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// The time for which a lease holds that nobody renews.
pub const TERM: Duration = Duration::from_secs(60);
/// The time between two renewals.
const BEAT: Duration = Duration::from_secs(15);
/// The holder believes in its lease for so much less than others do: an answer may take long, and a place's clock shows whole seconds.
const MARGIN: Duration = Duration::from_secs(10);

pub const HINT: &str = "a newer trueup may have written it: use that one, or wait for its end";

const VERSION: u32 = 1;

/// The lease as it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lease {
    version: u32,
    /// Counts the holders; the newest has the highest.
    pub fence: u64,
    /// Tells this write from all others, so that whoever lost an answer knows its own.
    token: String,
    pub held: bool,
    holder: Value,
}

impl Lease {
    pub fn new(fence: u64, holder: &[u8]) -> Self {
        Lease { version: VERSION, fence, token: token(), held: true, holder: value(holder) }
    }

    /// Reads it; the error says why it cannot be.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let lease = serde_json::from_slice::<Lease>(bytes).map_err(|error| format!("no lease: {error}"))?;
        if lease.version == VERSION { Ok(lease) } else { Err(format!("a lease of version {}", lease.version)) }
    }

    /// The same, written anew.
    fn again(&self) -> Self {
        Lease { token: token(), ..self.clone() }
    }

    pub fn released(&self) -> Self {
        Lease { held: false, ..self.again() }
    }

    pub fn holder(&self) -> Vec<u8> {
        self.holder.to_string().into_bytes()
    }

    pub fn bytes(&self) -> Vec<u8> {
        // Numbers, texts and JSON: it serialises.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

fn value(holder: &[u8]) -> Value {
    serde_json::from_slice(holder).unwrap_or_else(|_| String::from_utf8_lossy(holder).into())
}

/// A word that no other write of any machine has.
fn token() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed).to_string();
    let host = whoami::hostname().unwrap_or_default();
    let (now, process) = (jiff::Timestamp::now().to_string(), std::process::id().to_string());
    crate::core::identity::digest(&[&host, &process, &now, &count], 20)
}

/// A lease that is kept: a task of its own renews it.
pub struct Held {
    shared: Arc<Shared>,
    fence: u64,
    lapse: Lapse,
    beat: JoinHandle<()>,
}

struct Shared {
    bucket: Bucket,
    key: String,
    state: Mutex<(Lease, ETag)>,
    told: watch::Sender<blobs::Validity>,
}

impl Held {
    /// Keeps a lease that was got by a request that began at that time.
    pub fn keep(bucket: Bucket, key: String, lease: Lease, etag: ETag, began: Instant) -> Self {
        let (told, heard) = watch::channel(blobs::Validity { until: began + (TERM - MARGIN), lost: None });
        let fence = lease.fence;
        let shared = Arc::new(Shared { bucket, key, state: Mutex::new((lease, etag)), told });
        let beat = tokio::spawn(renew(Arc::clone(&shared)));
        Held { shared, fence, lapse: Lapse::of(heard), beat }
    }
}

async fn renew(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(BEAT).await;
        if !shared.beat(Instant::now).await {
            return;
        }
    }
}

impl Shared {
    /// Renews it once, and answers whether it is held still, for all that is known.
    async fn beat(&self, now: impl Fn() -> Instant) -> bool {
        let why = match tokio::time::timeout(BEAT, self.write(Lease::again)).await {
            Ok(Ok(())) => return true,
            Ok(Err(Error::Conflict { .. })) => "somebody else has taken it over".to_owned(),
            Ok(Err(_)) | Err(_) if now() < self.told.borrow().until => return true,
            Ok(Err(error)) => format!("it could not be renewed: {error}"),
            Err(_) => "it could not be renewed: the bucket did not answer".to_owned(),
        };
        self.lose(&why);
        false
    }

    async fn write(&self, change: impl FnOnce(&Lease) -> Lease) -> Result<(), Error> {
        let mut state = self.state.lock().await;
        let (lease, mut began) = (change(&state.0), Instant::now());
        let mut put = self.bucket.put(&self.key, &lease.bytes(), Condition::Matches(state.1.clone())).await;
        // A write of our own that was given up may have come through: nobody else writes under our number.
        if matches!(put, Err(Error::Conflict { .. }))
            && let Some((found, etag, _)) = self.bucket.lease(&self.key).await?
            && found.held
            && found.fence == lease.fence
        {
            began = Instant::now();
            put = self.bucket.put(&self.key, &lease.bytes(), Condition::Matches(etag)).await;
        }
        *state = (lease, put?);
        self.told.send_modify(|validity| validity.until = began + (TERM - MARGIN));
        Ok(())
    }

    fn lose(&self, why: &str) {
        self.told.send_modify(|validity| validity.lost = Some(format!("the lease {} is lost: {why}", self.bucket.place(&self.key))));
    }
}

#[async_trait]
impl blobs::Held for Held {
    async fn write(&mut self, holder: &[u8]) -> Result<(), Error> {
        let holder = value(holder);
        self.shared.write(|lease| Lease { holder, ..lease.again() }).await
    }

    fn lapse(&self) -> Lapse {
        self.lapse.clone()
    }

    fn fence(&self) -> Option<u64> {
        Some(self.fence)
    }

    async fn release(self: Box<Self>) {
        self.beat.abort();
        // Where this fails it runs out by itself.
        drop(tokio::time::timeout(BEAT, self.shared.write(Lease::released)).await);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.beat.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::super::bucket::tests::{bucket, sandbox, store};
    use super::super::{Error as StoreError, Journal, Work};
    use super::*;
    use crate::core::event::Event;
    use crate::core::graph::Outputs;
    use crate::engine::events::Events;

    const KEY: &str = "web/prod/lock";

    async fn taken(bucket: &Bucket) -> Held {
        bucket.take(KEY, b"\"anna\"").await.unwrap().unwrap_or_else(|holder| panic!("held by {holder:?}"))
    }

    #[tokio::test]
    async fn it_holds_while_it_is_renewed_and_is_taken_over_after_its_holder_is_gone() {
        let sandbox = sandbox();
        let (one, other) = (bucket(&sandbox).await, bucket(&sandbox).await);
        let held = taken(&one).await;
        for _ in 0..3 {
            sandbox.advance(TERM - MARGIN).unwrap();
            assert_eq!(other.take(KEY, b"").await.unwrap().err(), Some(b"\"anna\"".to_vec()));
            assert!(held.shared.beat(Instant::now).await);
        }
        // As where its process is killed.
        drop(held);
        sandbox.advance(TERM - MARGIN).unwrap();
        assert!(other.take(KEY, b"").await.unwrap().is_err());
        sandbox.advance(MARGIN).unwrap();
        let seen = store(&other).look_at_lock().await.unwrap().unwrap();
        assert!(seen.expired && !seen.held, "{seen:?}");
        assert_eq!(taken(&other).await.fence, 2);
    }

    #[tokio::test]
    async fn one_that_cannot_be_renewed_is_lost_to_its_holder_before_others_may_take_it() {
        let sandbox = sandbox();
        let bucket = bucket(&sandbox).await;
        let held = taken(&bucket).await;
        sandbox.set_faults(vec!["deny:s3.PutObject".parse().unwrap()]);
        assert!(held.shared.beat(Instant::now).await, "it may be possible the next time");
        let later = || Instant::now() + (TERM - MARGIN);
        assert!(!held.shared.beat(later).await);
        let why = held.lapse.lost().await;
        assert!(why.contains("s3://the-store/team/web/prod/lock") && why.contains("could not be renewed"), "{why}");
        assert_eq!(held.lapse.check(), Err(why));
    }

    #[tokio::test]
    async fn whoever_lost_it_writes_no_line_more() {
        let sandbox = sandbox();
        let bucket = bucket(&sandbox).await;
        let held = taken(&bucket).await;
        let key = "web/prod/journal/1.jsonl";
        let etag = bucket.put(key, b"", Condition::Absent).await.unwrap();
        let journal = Journal::on(Arc::new(bucket.clone()), key.into(), Vec::new(), etag, held.lapse.clone());
        assert!(store(&bucket).break_lock().await.unwrap());
        let next = store(&bucket).lock(Work::Apply).await.unwrap();
        assert!(!held.shared.beat(Instant::now).await);
        assert!(journal.broken().await.contains("somebody else"));
        let line = Events::silent().seal(Event::nothing_to_do(Outputs::new()));
        assert!(journal.write(&line).on_disk().await.is_err());
        assert_eq!(bucket.get(key).await.unwrap().unwrap().bytes, b"");
        // Nor does it take the lock from whoever has it now.
        blobs::Held::release(Box::new(held)).await;
        assert!(matches!(store(&bucket).lock(Work::Apply).await, Err(StoreError::Locked { .. })));
        drop(next);
    }
}
