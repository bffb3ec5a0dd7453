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
pub(super) const MARGIN: Duration = Duration::from_secs(10);

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
    pub(super) shared: Arc<Shared>,
    pub(super) fence: u64,
    pub(super) lapse: Lapse,
    beat: JoinHandle<()>,
}

pub(super) struct Shared {
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
    pub(super) async fn beat(&self, now: impl Fn() -> Instant) -> bool {
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
