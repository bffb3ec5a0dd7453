//! Traces on their way to a collector: from a thread of their own, so that nothing waits for it and nothing fails with it.

use crate::aws::exchange::{System, body, request, send};
use crate::core::private::host_alone;
use crate::core::trace::settings::Settings;
use crate::core::trace::{Span, TraceId, otlp};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most spans that wait to be sent. Those beyond are lost, and counted.
const ROOM: usize = 16_384;
/// The most spans of one request.
const BATCH: usize = 512;
/// The longest that a span waits for others to be sent with.
const BEAT: Duration = Duration::from_secs(1);
/// The most bytes that are read of an answer.
const ANSWER: usize = 64 * 1024;

/// Sends spans to a collector.
#[derive(Debug)]
pub struct Exporter {
    /// None once it is at its end.
    spans: Mutex<Option<SyncSender<Span>>>,
    over: Mutex<Receiver<()>>,
    count: Arc<Count>,
    /// The host of the collector, without what else its address may hold.
    at: String,
}

#[derive(Debug, Default)]
struct Count {
    taken: AtomicUsize,
    sent: AtomicUsize,
    /// The last reason why some could not be sent.
    why: Mutex<Option<String>>,
}

/// Spans that no collector took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    pub spans: usize,
    pub of: usize,
    pub at: String,
    pub why: String,
}

impl Exporter {
    /// Starts to send. The error says why no thread could be had.
    pub fn start(settings: Settings, trace: TraceId) -> Result<Self, String> {
        let (spans, taken) = sync_channel(ROOM);
        let (ends, over) = sync_channel(1);
        let (count, at) = (Arc::<Count>::default(), host_alone(&settings.endpoint).trim_end_matches("/****").to_owned());
        let sender = Sender { settings, trace, count: count.clone() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        let thread = std::thread::Builder::new().name("traces".into()).spawn(move || {
            runtime.block_on(async { sender.run(&taken).await });
            let _ = ends.send(());
            // A look-up of a name that hangs is left behind with the process.
            runtime.shutdown_background();
        });
        thread.map_err(|error| error.to_string())?;
        Ok(Exporter { spans: Mutex::new(Some(spans)), over: Mutex::new(over), count, at })
    }

    /// Takes a span, at once.
    pub fn take(&self, span: Span) {
        self.count.taken.fetch_add(1, Ordering::Relaxed);
        if let Some(spans) = &*lock(&self.spans)
            && spans.try_send(span).is_err()
        {
            *lock(&self.count.why) = Some("more came than could be sent".into());
        }
    }

    /// Sends what is left, for so long at most, and answers what is lost.
    pub fn end(&self, patience: Duration) -> Option<Lost> {
        lock(&self.spans).take();
        let hangs = lock(&self.over).recv_timeout(patience).is_err();
        let (of, sent) = (self.count.taken.load(Ordering::Relaxed), self.count.sent.load(Ordering::Relaxed));
        let spans = of.saturating_sub(sent);
        let why = lock(&self.count.why).clone().filter(|_| !hangs).unwrap_or_else(|| "no answer in time".into());
        (spans > 0).then(|| Lost { spans, of, at: self.at.clone(), why })
    }
}

struct Sender {
    settings: Settings,
    trace: TraceId,
    count: Arc<Count>,
}

impl Sender {
    async fn run(&self, taken: &Receiver<Span>) {
        // Proxies are those of the environment, as for AWS.
        let builder = Connector::builder().proxy_config(ProxyConfig::from_env());
        let http = builder.tls_provider(Provider::Rustls(CryptoMode::Ring)).build_with_resolver(System);
        let mut waiting = Vec::new();
        let mut ended = false;
        while !ended {
            let until = Instant::now() + BEAT;
            while waiting.len() < BATCH && !ended {
                match taken.recv_timeout(until.saturating_duration_since(Instant::now())) {
                    Ok(span) => waiting.push(span),
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => ended = true,
                }
            }
            if waiting.is_empty() {
                continue;
            }
            match self.send(&http, &waiting).await {
                Ok(()) => {
                    self.count.sent.fetch_add(waiting.len(), Ordering::Relaxed);
                    waiting.clear();
                }
                Err(Refusal { again, why }) => {
                    *lock(&self.count.why) = Some(why);
                    if !again {
                        waiting.clear();
                    } else if !ended {
                        tokio::time::sleep(BEAT).await;
                    }
                }
            }
        }
    }

    /// Sends some spans in one request.
    /// <https://opentelemetry.io/docs/specs/otlp/#otlphttp-response>
    async fn send(&self, http: &Connector, spans: &[Span]) -> Result<(), Refusal> {
        let Settings { endpoint, headers, timeout, resource, parent } = &self.settings;
        let text = otlp::request(self.trace, parent.as_ref(), resource, spans);
        let json = [("content-type", "application/json")];
        let headers = json.into_iter().chain(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let request = request("POST", endpoint, headers, Some(text)).map_err(|why| Refusal { again: false, why })?;
        let asked = async {
            let answer = send(http, request).await?;
            let status = answer.status().as_u16();
            // A connection is used again once its answer was read.
            body(answer, ANSWER).await.map(|_| status)
        };
        let status = match tokio::time::timeout(*timeout, asked).await {
            Err(_) => return Err(Refusal { again: true, why: "no answer in time".into() }),
            Ok(Err(why)) => return Err(Refusal { again: true, why }),
            Ok(Ok(status)) => status,
        };
        match status {
            200..=299 => Ok(()),
            status => Err(Refusal { again: matches!(status, 429 | 502 | 503 | 504), why: format!("it answers {status}") }),
        }
    }
}

/// A request that did not arrive.
struct Refusal {
    /// True where the same may be taken later.
    again: bool,
    why: String,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
