//! Refreshing prices: AWS's public offer files, which need no credentials, into the cache directory.
//!
//! Each file is downloaded, read into the few prices that count, and thrown away; what was read stays, with the file's size,
//! checksum and tag, so that the next refresh asks only whether it has changed. Whatever breaks off goes on where it was.

mod cache;
mod download;

pub use cache::{Cache, Error as CacheError, Record};
pub use download::{Client, Error as DownloadError, Patience};

use super::list::{self, Files, OfferFile, Place, Service};
use crate::core::event::Event;
use crate::pricing::catalog::Price;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cache::{Kept, Origin, Part};
use download::{Arrived, Target};
use futures::stream::{self, StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};

/// AWS publishes its price list here, for everybody.
pub const AWS: &str = "https://pricing.us-east-1.amazonaws.com";

/// An order of what to fetch.
#[derive(Debug, Clone)]
pub struct Order {
    /// The address that the price list lies at: AWS's, or a mirror's.
    pub from: String,
    pub services: Vec<&'static Service>,
    pub regions: Vec<String>,
    /// Files that are fetched at once.
    pub parallel: usize,
}

/// The outcome of an order.
#[derive(Debug, Clone, Default)]
pub struct Harvest {
    /// The prices, by region and key.
    pub prices: Vec<Price>,
    pub files: Vec<Fetched>,
    /// The gaps of the price list, in words.
    pub absent: Vec<String>,
}

/// One file of the price list.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub record: Record,
    pub prices: usize,
    /// True for the file that was read last time.
    pub unchanged: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Download(#[from] DownloadError),
    #[error(transparent)]
    Cache(#[from] CacheError),
    #[error("{url} is no index of AWS's price list: {source}")]
    Index { url: String, source: serde_json::Error },
    #[error("{url} cannot be used: {why}")]
    Offer { url: String, why: String },
}

impl Error {
    pub fn hint(&self) -> &'static str {
        match self {
            Error::Download(DownloadError::Cache(error)) | Error::Cache(error) => error.hint(),
            Error::Download(DownloadError::GaveUp { .. }) => "run it again: what has arrived is kept, and it goes on from there",
            Error::Download(DownloadError::Elsewhere { .. }) => "if the price list has moved there, name its new address with --from",
            Error::Download(_) | Error::Index { .. } => "--from names where the price list lies; without it that is AWS's own",
            Error::Offer { .. } => "run it again later; until then the prices that there are stay in use",
        }
    }
}

type Events<'a> = &'a (dyn Fn(Event) + Sync);

/// Fetches the files of an order and reads what counts. The catalogue in use stays as it is.
pub async fn fetch(cache: &Cache, client: &Client, order: &Order, events: Events<'_>) -> Result<Harvest, Error> {
    let mut order = order.clone();
    order.regions.sort();
    order.regions.dedup();
    let (files, absent) = plan(client, &order, events).await?;
    events(Event::Fetching { files: files.len() });
    let run = Run { cache, client, order: &order, events };
    let work = stream::iter(&files).map(|file| run.file(file)).buffer_unordered(order.parallel.max(1));
    let mut harvest = Harvest { absent, ..Harvest::default() };
    for (Kept { prices, record }, unchanged) in work.try_collect::<Vec<_>>().await? {
        harvest.files.push(Fetched { record, prices: prices.len(), unchanged });
        harvest.prices.extend(prices);
    }
    harvest.prices.sort_by(|one, other| (&one.region, &one.key).cmp(&(&other.region, &other.key)));
    harvest.files.sort_by(|one, other| one.record.file.cmp(&other.record.file));
    Ok(harvest)
}

/// Finds the files that an order needs in AWS's indexes, and what these do not have.
async fn plan(client: &Client, order: &Order, events: Events<'_>) -> Result<(Vec<OfferFile>, Vec<String>), Error> {
    let url = order.url(list::INDEX);
    let wrong = |source| Error::Index { url: url.clone(), source };
    let index = client.text(&url, events).await?;
    let links = list::region_indexes(&index, &order.services).map_err(wrong)?;
    let texts =
        stream::iter(links).map(|(offer, path)| async move { Ok::<_, Error>((offer, client.text(&order.url(&path), events).await?)) });
    let indexes = texts.buffer_unordered(8).try_collect::<BTreeMap<_, _>>().await?;
    list::files(&index, &indexes, &order.services, &order.regions).map_err(wrong)
}

impl Order {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.from.trim_end_matches('/'))
    }
}

struct Run<'a> {
    cache: &'a Cache,
    client: &'a Client,
    order: &'a Order,
    events: Events<'a>,
}

impl Run<'_> {
    /// One file: unchanged, or downloaded and read. One that turns out damaged is fetched once more from its beginning.
    async fn file(&self, file: &OfferFile) -> Result<(Kept, bool), Error> {
        let name = file.name();
        let url = self.order.url(&file.path);
        let regions = if file.service.files == Files::One { self.order.regions.as_slice() } else { &[] };
        let kept = self.cache.kept(&name, regions).filter(|kept| kept.record.url == url);
        let known = kept.as_ref().and_then(|kept| kept.record.tag.as_deref());
        let part = self.cache.part(&name)?;
        let target = Target { url: &url, name: &name, part: &part, known };
        let mut first = true;
        loop {
            let origin = match (self.client.download(&target, self.events).await?, &kept) {
                (Arrived::Whole(origin), _) => origin,
                (Arrived::Unchanged, Some(kept)) => {
                    (self.events)(Event::Fetched { file: name, prices: kept.prices.len(), unchanged: true });
                    return Ok((kept.clone(), true));
                }
                (Arrived::Unchanged, None) => return Err(Error::Offer { url, why: "the server takes it for known".into() }),
            };
            (self.events)(Event::Parsing { file: name.clone(), bytes: part.have() });
            let why = match read(file, regions, &url, &part, &origin).await {
                Ok(kept) => {
                    self.cache.keep(&kept)?;
                    part.discard();
                    (self.events)(Event::Fetched { file: name, prices: kept.prices.len(), unchanged: false });
                    return Ok((kept, false));
                }
                Err(why) => why,
            };
            part.discard();
            if !std::mem::take(&mut first) {
                return Err(Error::Offer { url, why });
            }
            (self.events)(Event::Refetching { file: name.clone(), reason: why, seconds: 0.0 });
        }
    }
}

/// Reads a file that has arrived, and checks it against what the server says of it.
async fn read(file: &OfferFile, regions: &[String], url: &str, part: &Part, origin: &Origin) -> Result<Kept, String> {
    let mut record = Record { regions: regions.to_vec(), ..Record::new(&file.name(), url, origin) };
    let (service, region, regions) = (file.service, file.region.clone(), regions.to_vec());
    let (path, url, stated) = (part.path().to_owned(), url.to_owned(), origin.sha256.clone());
    let reading = move || {
        let mut counted = Counted { from: File::open(&path).map_err(|error| error.to_string())?, sha256: Sha256::new(), bytes: 0 };
        let place = region.as_deref().map_or(Place::Among(&regions), Place::Region);
        let offer = list::read(&mut counted, service, place, &url);
        // A damaged file is not read to its end, and then there is nothing to compare.
        let offer = offer.map_err(|damaged| damaged.to_string())?;
        let sum = counted.sha256.finalize();
        if stated.is_some_and(|stated| stated != BASE64_STANDARD.encode(sum)) {
            return Err("its checksum is not the one that the server states".into());
        }
        (record.bytes, record.sha256) = (counted.bytes, sum.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")));
        record.published.clone_from(&offer.published);
        record.doubts = offer.doubts.iter().map(ToString::to_string).collect();
        Ok(Kept { record, prices: offer.prices })
    };
    tokio::task::spawn_blocking(reading).await.map_err(|error| format!("reading it was given up: {error}"))?
}

/// Counts and sums up what is read through it.
struct Counted {
    from: File,
    sha256: Sha256,
    bytes: u64,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        self.sha256.update(into.get(..count).unwrap_or_default());
        self.bytes += count as u64;
        Ok(count)
    }
}
