//! Files over HTTP, which go on where they broke off.

use super::cache::{self, Origin, Part};
use crate::core::backoff::Backoff;
use crate::core::event::Event;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Connector, proxy::ProxyConfig};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::byte_stream::ByteStream;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Duration;

/// The limits on waiting, on tries, and on what is taken.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Tries in a row without a new byte.
    pub tries: u32,
    /// The pause before the second try; it is twice as long before each one after it.
    pub pause: Duration,
    /// The longest that a server may say nothing.
    pub silence: Duration,
    /// The largest that one file may be, in bytes.
    pub largest: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { tries: 6, pause: Duration::from_secs(1), silence: Duration::from_secs(60), largest: LARGEST }
    }
}

/// The longest of pauses, whatever a server asks for.
const LONGEST: Duration = Duration::from_secs(60);

/// Ten times what AWS's largest file of one region has.
const LARGEST: u64 = 5 << 30;

/// The largest that an index may be; the largest there is has some hundred kilobytes.
const LARGEST_TEXT: u64 = 32 << 20;

/// The bytes between two tellings of how much has arrived.
const STEP: u64 = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("`{url}` is not an address: {why}")]
    Address { url: String, why: String },
    #[error("the server answers {status} for {url}")]
    Status { url: String, status: u16 },
    #[error("the server sends {url} on to {to}, and that is not followed")]
    Elsewhere { url: String, to: String },
    #[error("{url} could not be fetched in {tries} tries: {reason}")]
    GaveUp { url: String, tries: u32, reason: String },
    #[error("{url} has more than {most} bytes, which no such file of AWS's has")]
    Large { url: String, most: u64 },
    #[error(transparent)]
    Cache(#[from] cache::Error),
}

/// A file to fetch.
pub(super) struct Target<'a> {
    pub url: &'a str,
    /// The name that events give it.
    pub name: &'a str,
    pub part: &'a Part,
    /// The tag of the state that is known already.
    pub known: Option<&'a str>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrived {
    /// The file is in the state that is known.
    Unchanged,
    /// All of the file is in its part.
    Whole(Origin),
}

/// Fetches files, with patience.
#[derive(Debug)]
pub struct Client {
    http: Connector,
    patience: Patience,
}

/// One try came to nothing, and why.
enum Broken {
    Final(Error),
    /// `after` is what the server asked for.
    Again {
        reason: String,
        after: Option<Duration>,
    },
}

impl From<cache::Error> for Broken {
    fn from(error: cache::Error) -> Self {
        Broken::Final(error.into())
    }
}

type Events<'a> = &'a (dyn Fn(Event) + Sync);

impl Client {
    /// Makes a client for HTTPS and HTTP, by way of the proxy that the environment names, with the system's certificates.
    pub fn new(patience: Patience) -> Self {
        let http = Connector::builder().proxy_config(ProxyConfig::from_env()).tls_provider(Provider::Rustls(CryptoMode::Ring)).build();
        Client { http, patience }
    }

    /// A small file.
    pub(super) async fn text(&self, url: &str, events: Events<'_>) -> Result<String, Error> {
        let name = url.rsplit_once("/aws/").map_or(url, |(_, name)| name);
        self.patiently(
            url,
            name,
            events,
            || 0,
            async || {
                let response = self.send(request(url)?).await?;
                if response.status().as_u16() != 200 {
                    return Err(refused(url, &response));
                }
                let mut body = ByteStream::new(response.into_body());
                let mut text = Vec::new();
                while let Some(bytes) = self.next(&mut body).await? {
                    text.extend_from_slice(&bytes);
                    if text.len() as u64 > LARGEST_TEXT {
                        return Err(Broken::Final(Error::Large { url: url.into(), most: LARGEST_TEXT }));
                    }
                }
                String::from_utf8(text).map_err(|_| again(format!("{name} is not text")))
            },
        )
        .await
    }

    /// Fetches a file of any size into its part. Bytes that are there already are not fetched again.
    pub(super) async fn download(&self, target: &Target<'_>, events: Events<'_>) -> Result<Arrived, Error> {
        self.patiently(target.url, target.name, events, || target.part.have(), async || self.attempt(target, events).await).await
    }

    /// Tries until it works, until it cannot, or until too many tries in a row have brought nothing new.
    async fn patiently<T>(
        &self,
        url: &str,
        name: &str,
        events: Events<'_>,
        have: impl Fn() -> u64,
        mut attempt: impl AsyncFnMut() -> Result<T, Broken>,
    ) -> Result<T, Error> {
        let pauses = Backoff::new(self.patience.pause, LONGEST);
        let (mut tries, mut furthest, mut backoff) = (0, have(), pauses.clone());
        loop {
            let (reason, after) = match attempt().await {
                Ok(done) => return Ok(done),
                Err(Broken::Final(error)) => return Err(error),
                Err(Broken::Again { reason, after }) => (reason, after),
            };
            if have() > furthest {
                (tries, furthest, backoff) = (0, have(), pauses.clone());
            }
            tries += 1;
            if tries >= self.patience.tries {
                return Err(Error::GaveUp { url: url.into(), tries, reason });
            }
            let pause = backoff.pause();
            let wait = after.unwrap_or(pause).min(LONGEST);
            events(Event::Refetching { file: name.into(), reason, seconds: wait.as_secs_f64() });
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, target: &Target<'_>, events: Events<'_>) -> Result<Arrived, Broken> {
        let Target { url, name, part, known } = *target;
        let begun = part.origin(url);
        let have = part.have();
        if let Some(origin) = begun.clone().filter(|origin| origin.bytes == Some(have)) {
            return Ok(Arrived::Whole(origin));
        }
        let validator = begun.as_ref().and_then(|origin| origin.tag.clone().or(origin.modified.clone()));
        let mut request = request(url)?;
        // A server may have gone on to another state meanwhile: it is asked for the rest of this one, or else for all.
        if let Some(validator) = &validator {
            header(&mut request, url, "range", format!("bytes={have}-"))?;
            header(&mut request, url, "if-range", validator.clone())?;
        } else if let Some(known) = known {
            header(&mut request, url, "if-none-match", known.to_owned())?;
        }
        let response = self.send(request).await?;
        let state = origin(url, &response);
        if state.bytes.is_some_and(|bytes| bytes > self.patience.largest) {
            return Err(self.too_large(target));
        }
        let (origin, have, file) = match (response.status().as_u16(), begun) {
            (304, _) if known.is_some() && validator.is_none() => return Ok(Arrived::Unchanged),
            (200, _) => (state.clone(), 0, part.begin(&state)?),
            (206, Some(begun)) if follows(&begun, have, &state, &response) => (begun, have, part.go_on()?),
            (206 | 416, Some(_)) => {
                part.discard();
                return Err(again("the server has another file than before"));
            }
            _ => return Err(refused(url, &response)),
        };
        events(Event::Arriving { file: name.into(), have, bytes: origin.bytes });
        let have = self.receive(target, response, file, have, events).await?;
        match origin.bytes {
            Some(bytes) if bytes > have => Err(again(format!("it broke off after {have} of {bytes} bytes"))),
            Some(bytes) if bytes < have => {
                part.discard();
                Err(again(format!("it has {have} bytes, and {bytes} were announced")))
            }
            _ => Ok(Arrived::Whole(origin)),
        }
    }

    async fn receive(
        &self,
        target: &Target<'_>,
        response: HttpResponse,
        file: File,
        mut have: u64,
        events: Events<'_>,
    ) -> Result<u64, Broken> {
        // The buffer of a try that ends is written on its way out, and counts as received the next time.
        let mut out = BufWriter::with_capacity(1 << 18, file);
        let mut said = have;
        let mut body = ByteStream::new(response.into_body());
        while let Some(bytes) = self.next(&mut body).await? {
            out.write_all(&bytes).map_err(|error| target.part.unwritable(error))?;
            have += bytes.len() as u64;
            if have > self.patience.largest {
                return Err(self.too_large(target));
            }
            if have - said >= STEP {
                said = have;
                events(Event::Received { file: target.name.into(), have });
            }
        }
        out.flush().map_err(|error| target.part.unwritable(error))?;
        events(Event::Received { file: target.name.into(), have });
        Ok(have)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Broken> {
        let answer = tokio::time::timeout(self.patience.silence, self.http.call(request)).await;
        answer.map_err(|_| self.silent())?.map_err(|error| again(innermost(&error)))
    }

    async fn next(&self, body: &mut ByteStream) -> Result<Option<bytes::Bytes>, Broken> {
        match tokio::time::timeout(self.patience.silence, body.next()).await {
            Err(_) => Err(self.silent()),
            Ok(None) => Ok(None),
            Ok(Some(Ok(bytes))) => Ok(Some(bytes)),
            Ok(Some(Err(error))) => Err(again(format!("it broke off: {}", innermost(&error)))),
        }
    }

    fn too_large(&self, target: &Target<'_>) -> Broken {
        target.part.discard();
        Broken::Final(Error::Large { url: target.url.into(), most: self.patience.largest })
    }

    fn silent(&self) -> Broken {
        again(format!("nothing came for {} s", self.patience.silence.as_secs_f64()))
    }
}

fn request(url: &str) -> Result<HttpRequest, Broken> {
    let mut request = HttpRequest::get(url).map_err(|error| bad_address(url, &error))?;
    // No part of a compressed file could be gone on with.
    header(&mut request, url, "accept-encoding", "identity".into())?;
    header(&mut request, url, "user-agent", concat!("trueup/", env!("CARGO_PKG_VERSION")).into())?;
    Ok(request)
}

fn header(request: &mut HttpRequest, url: &str, name: &'static str, value: String) -> Result<(), Broken> {
    request.headers_mut().try_insert(name, value).map(drop).map_err(|error| bad_address(url, &error))
}

fn bad_address(url: &str, error: &(dyn std::error::Error + 'static)) -> Broken {
    Broken::Final(Error::Address { url: url.into(), why: innermost(error) })
}

/// Reads which state of the file an answer is of.
fn origin(url: &str, response: &HttpResponse) -> Origin {
    let text = |name: &str| response.headers().get(name).map(str::to_owned);
    let number = |name: &str| text(name).and_then(|text| text.trim().parse().ok());
    // A checksum of checksums, of a file that was stored in pieces, ends with their count; so does none in base64.
    let stored = text("x-amz-checksum-sha256").filter(|sum| !sum.contains('-'));
    let digest = |name: &str| {
        text(name).and_then(|text| text.split(',').find_map(|one| Some(one.trim().strip_prefix("sha-256=")?.trim_matches(':').to_owned())))
    };
    Origin {
        url: url.into(),
        // A weak tag says that two states mean the same, not that they are the same bytes.
        tag: text("etag").filter(|tag| !tag.starts_with("W/")),
        modified: text("last-modified"),
        bytes: range(response).map(|(_, total)| total).or_else(|| number("content-length")),
        sha256: stored.or_else(|| digest("repr-digest")).or_else(|| digest("digest")),
    }
}

/// True when the rest of a file that was begun is in an answer.
fn follows(begun: &Origin, have: u64, state: &Origin, response: &HttpResponse) -> bool {
    let same_tag = state.tag.is_none() || state.tag == begun.tag;
    let same_length = begun.bytes.is_none() || state.bytes == begun.bytes;
    same_tag && same_length && range(response).is_some_and(|(start, _)| start == have)
}

/// The first byte and the whole length, from `bytes 100-199/200`.
fn range(response: &HttpResponse) -> Option<(u64, u64)> {
    let (span, total) = response.headers().get("content-range")?.strip_prefix("bytes ")?.split_once('/')?;
    Some((span.split_once('-')?.0.trim().parse().ok()?, total.trim().parse().ok()?))
}

fn refused(url: &str, response: &HttpResponse) -> Broken {
    let status = response.status().as_u16();
    if let (300..400, Some(to)) = (status, response.headers().get("location")) {
        return Broken::Final(Error::Elsewhere { url: url.into(), to: to.chars().take(200).collect() });
    }
    if !(matches!(status, 408 | 429) || (500..600).contains(&status)) {
        return Broken::Final(Error::Status { url: url.into(), status });
    }
    let after = response.headers().get("retry-after").and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
    Broken::Again { reason: format!("the server answers {status}"), after }
}

fn again(reason: impl Into<String>) -> Broken {
    Broken::Again { reason: reason.into(), after: None }
}

/// Returns what lies at the bottom of an error: the layers above it say only that there is one.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}
