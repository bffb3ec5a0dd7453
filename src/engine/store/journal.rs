//! The append-only record of one apply: what was begun, what was done, under which of AWS's requests.
//!
//! It is a blob of JSON lines that grows: each write puts the whole of it in the place of the state before. So it is whole at
//! any time, and a second writer is noticed. A task of its own writes, and takes as many lines at once as have come meanwhile.

use super::blobs::{Blobs, Condition, ETag, Lapse};
use crate::core::event::Envelope;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::spawn_blocking;

/// The form of the lines.
pub const VERSION: u32 = 2;

/// A journal that is being written. Lines keep their order.
pub struct Journal {
    lines: mpsc::UnboundedSender<Line>,
    /// The reason why it cannot be written any more.
    broken: watch::Receiver<Option<String>>,
    lapse: Lapse,
}

/// The first line, which names the apply of a journal. All others are events in their envelopes, as they were said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub version: u32,
    /// Counts the journals of a stack; the newest has the highest.
    pub journal: u64,
    pub at: Timestamp,
    pub run: String,
    pub plan: String,
    pub stack: String,
    /// The holder of the lock: `anna on build-7 (process 4242)`.
    pub by: String,
    /// The ARN by which AWS knows who ran it; journals of before have none.
    #[serde(default)]
    pub caller: String,
    /// The number under which the lock was held, where the store counts its holders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<u64>,
    /// The kinds that this apply and those before it touched.
    pub kinds: BTreeSet<String>,
}

/// A line under way to where it is kept.
#[must_use = "a step may only begin once its line is written"]
pub struct Written(oneshot::Receiver<Result<(), String>>);

struct Line {
    bytes: Vec<u8>,
    done: oneshot::Sender<Result<(), String>>,
}

/// The place that lines are kept in.
enum Sink {
    Blob { blobs: Arc<dyn Blobs>, key: String, bytes: Vec<u8>, etag: ETag, lapse: Lapse },
    Lines(Box<Keep>),
}

/// Takes a line and brings it to where it is safe.
type Keep = dyn FnMut(&[u8]) -> io::Result<()> + Send;

impl Journal {
    /// Goes on with a blob that holds a journal's first lines.
    /// It is broken once the lock is lost, so that nothing is begun which it could not announce.
    pub(super) fn on(blobs: Arc<dyn Blobs>, key: String, bytes: Vec<u8>, etag: ETag, lapse: Lapse) -> Self {
        let lost = lapse.clone();
        Journal { lapse: lost, ..Journal::into(Sink::Blob { blobs, key, bytes, etag, lapse }) }
    }

    /// A journal on anything that keeps lines.
    pub fn over(write: impl FnMut(&[u8]) -> io::Result<()> + Send + 'static) -> Self {
        Journal::into(Sink::Lines(Box::new(write)))
    }

    fn into(sink: Sink) -> Self {
        let (lines, queue) = mpsc::unbounded_channel();
        let (break_off, broken) = watch::channel(None);
        tokio::spawn(write(queue, sink, break_off));
        Journal { lines, broken, lapse: Lapse::never() }
    }

    /// Sends a line on its way, behind those before it.
    pub fn write(&self, envelope: &Envelope) -> Written {
        let (done, written) = oneshot::channel();
        match line(envelope) {
            // A writer that is gone drops the line, and `Written` says so.
            Ok(bytes) => drop(self.lines.send(Line { bytes, done })),
            Err(error) => drop(done.send(Err(error.to_string()))),
        }
        Written(written)
    }

    /// Resolves once the journal cannot be written any more, with why; never while it can.
    pub async fn broken(&self) -> String {
        let mut broken = self.broken.clone();
        let why = tokio::select! {
            why = broken.wait_for(Option::is_some) => why.ok().and_then(|why| why.clone()),
            why = self.lapse.lost() => Some(why),
        };
        match why {
            Some(why) => why,
            // Its writer is gone and has nothing more to say.
            None => std::future::pending().await,
        }
    }

    /// Waits until every line so far is written, and answers why one could not be.
    pub async fn flush(&self) -> Result<(), String> {
        let (done, written) = oneshot::channel();
        let _ = self.lines.send(Line { bytes: Vec::new(), done });
        Written(written).on_disk().await
    }
}

impl Written {
    /// Resolves when the line is where a crash cannot reach it; the error says why it is not.
    pub async fn on_disk(self) -> Result<(), String> {
        self.0.await.unwrap_or_else(|_| Err("its writer is gone".into()))
    }
}

/// One line, as it is kept.
pub(super) fn line(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

/// A journal's head and events. A line that this version cannot read is left out.
pub(super) fn read(bytes: &[u8]) -> (Option<Head>, Vec<Envelope>) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let head = lines.next().and_then(|line| serde_json::from_slice(line).ok());
    (head, lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
}

/// Writes what comes until nobody sends any more. After a failure nothing is written: a gap would tell a false story.
async fn write(mut queue: mpsc::UnboundedReceiver<Line>, mut sink: Sink, break_off: watch::Sender<Option<String>>) {
    const AT_ONCE: usize = 256;
    let mut batch = Vec::new();
    let mut failure = None::<String>;
    while queue.recv_many(&mut batch, AT_ONCE).await > 0 {
        for part in sink.parts(std::mem::take(&mut batch)) {
            if failure.is_none() {
                let bytes = part.iter().flat_map(|line| &line.bytes).copied().collect::<Vec<_>>();
                let (back, answer) = if bytes.is_empty() { (sink, Ok(())) } else { sink.take(bytes).await };
                sink = back;
                failure = answer.err();
                if failure.is_some() {
                    break_off.send_replace(failure.clone());
                }
            }
            for line in part {
                // Most lines announce nothing, so nobody waits for them.
                let _ = line.done.send(failure.clone().map_or(Ok(()), Err));
            }
        }
    }
}

impl Sink {
    /// Divides lines into those that are written together: all at once for a blob, one by one for a sink that knows only lines.
    fn parts(&self, batch: Vec<Line>) -> Vec<Vec<Line>> {
        match self {
            Sink::Blob { .. } => vec![batch],
            Sink::Lines(_) => batch.into_iter().map(|line| vec![line]).collect(),
        }
    }

    async fn take(self, more: Vec<u8>) -> (Self, Result<(), String>) {
        match self {
            Sink::Blob { blobs, key, mut bytes, etag, lapse } => {
                bytes.extend(more);
                let put = match lapse.check() {
                    Ok(()) => blobs.put(&key, &bytes, Condition::Matches(etag.clone())).await.map_err(|error| error.to_string()),
                    Err(why) => Err(why),
                };
                let (etag, answer) = match put {
                    Ok(etag) => (etag, Ok(())),
                    Err(why) => (etag, Err(why)),
                };
                (Sink::Blob { blobs, key, bytes, etag, lapse }, answer)
            }
            Sink::Lines(mut write) => {
                let writing = spawn_blocking(move || {
                    let answer = write(&more).map_err(|error| error.to_string());
                    (Sink::Lines(write), answer)
                });
                let gone = || Sink::Lines(Box::new(|_| Err(io::Error::other("its writer is gone"))));
                writing.await.unwrap_or_else(|error| (gone(), Err(error.to_string())))
            }
        }
    }
}
