//! The cache directory: the catalogue that is in use, and what makes the next refresh a short one.
//!
//! ```text
//! prices.tsv                        the catalogue
//! refresh.lock                      held by the one refresh that is running
//! offers/AmazonRDS.us-east-1.tsv    what one file of the price list came to
//! offers/AmazonRDS.us-east-1.json   which file that was
//! offers/AmazonRDS.us-east-1.part   a download that is not at its end, and beside it which one
//! ```

use crate::files::{self, Lock, Readers};
use crate::pricing::catalog::{Catalog, Price, REFRESHED, seal, write};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// The form of the files below `offers`.
const VERSION: u32 = 2;

/// The directory that refreshed prices are kept in.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("another refresh is running; it holds {}", .0.display())]
    Locked(PathBuf),
    #[error("failed to {doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
}

impl Error {
    pub fn hint(&self) -> &'static str {
        match self {
            Error::Locked(_) => "wait for it to end; the lock goes with its process, so there is nothing to clean up",
            Error::Io { .. } => "check that the directory is writable and its disk is not full; TRUEUP_CACHE_DIR names another one",
        }
    }
}

/// A file of the price list that was read, and what of it could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub version: u32,
    /// The version that read it: another one may read more.
    pub trueup: String,
    pub file: String,
    pub url: String,
    /// The server's name for this state of it.
    pub tag: Option<String>,
    pub bytes: u64,
    pub sha256: String,
    pub published: String,
    /// The regions that it was read for; none for a file of one region.
    pub regions: Vec<String>,
    pub doubts: Vec<String>,
}

/// The prices that a file of the price list came to.
#[derive(Debug, Clone)]
pub struct Kept {
    pub record: Record,
    pub prices: Vec<Price>,
}

impl Cache {
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Cache { dir: dir.into() }
    }

    /// Returns where the catalogue is.
    pub fn catalogue(&self) -> PathBuf {
        self.dir.join(REFRESHED)
    }

    /// Keeps every other refresh out.
    pub fn lock(&self) -> Result<Lock, Error> {
        let path = self.dir.join("refresh.lock");
        make_dir(&self.dir)?;
        files::try_lock(&path, Readers::Any).map_err(|source| io_error("lock", &path, source))?.ok_or(Error::Locked(path))
    }

    /// Puts a catalogue in the place of the one in use: whoever reads it sees the old one or the new one.
    pub fn replace(&self, text: &str) -> Result<(), Error> {
        make_dir(&self.dir)?;
        replace(&self.catalogue(), text.as_bytes())
    }

    /// Returns what a file came to the last time, if this version would read the same from it.
    pub(super) fn kept(&self, file: &str, regions: &[String]) -> Option<Kept> {
        let record = serde_json::from_slice::<Record>(&fs::read(self.offer(file, "json")).ok()?).ok()?;
        let same =
            record.version == VERSION && record.trueup == env!("CARGO_PKG_VERSION") && record.file == file && record.regions == regions;
        let prices = Catalog::parse(&fs::read_to_string(self.offer(file, "tsv")).ok()?, file).ok().filter(|_| same)?;
        (prices.generated == record.published).then(|| Kept { prices: prices.prices().collect(), record })
    }

    /// Writes down what a file came to.
    pub(super) fn keep(&self, kept: &Kept) -> Result<(), Error> {
        let Kept { record, prices } = kept;
        make_dir(&self.dir.join("offers"))?;
        let (note, table) = (self.offer(&record.file, "json"), self.offer(&record.file, "tsv"));
        // Without its record the old table is nothing, so that the two never tell of different files.
        match fs::remove_file(&note) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(io_error("remove", &note, source)),
            _ => {}
        }
        replace(&table, seal(&write(&record.published, prices)).as_bytes())?;
        replace(&note, &json(record))
    }

    /// A download that may have begun.
    pub(super) fn part(&self, file: &str) -> Result<Part, Error> {
        make_dir(&self.dir.join("offers"))?;
        Ok(Part { path: self.offer(file, "part"), note: self.offer(file, "part.json") })
    }

    fn offer(&self, file: &str, ending: &str) -> PathBuf {
        self.dir.join("offers").join(format!("{file}.{ending}"))
    }
}

impl Record {
    pub(super) fn new(file: &str, url: &str, origin: &Origin) -> Self {
        Record {
            version: VERSION,
            trueup: env!("CARGO_PKG_VERSION").into(),
            file: file.into(),
            url: url.into(),
            tag: origin.tag.clone(),
            bytes: 0,
            sha256: String::new(),
            published: String::new(),
            regions: Vec::new(),
            doubts: Vec::new(),
        }
    }
}

/// The beginning of a file, or all of it, until it is read.
#[derive(Debug, Clone)]
pub(super) struct Part {
    path: PathBuf,
    note: PathBuf,
}

/// The state of the file that a part belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    pub url: String,
    pub tag: Option<String>,
    pub modified: Option<String>,
    pub bytes: Option<u64>,
    /// The checksum that the server states, in base64.
    pub sha256: Option<String>,
}

impl Part {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns how much of it is there.
    pub fn have(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |file| file.len())
    }

    /// Returns where it is from; None if nothing is there that can be gone on with.
    pub fn origin(&self, url: &str) -> Option<Origin> {
        let origin = serde_json::from_slice::<Origin>(&fs::read(&self.note).ok()?).ok()?;
        (origin.url == url && self.have() > 0 && origin.bytes.is_none_or(|bytes| self.have() <= bytes)).then_some(origin)
    }

    /// Opens the part for writing, from the first byte on.
    pub fn begin(&self, origin: &Origin) -> Result<File, Error> {
        self.discard();
        let file = File::create(&self.path).map_err(|source| io_error("write", &self.path, source))?;
        fs::write(&self.note, json(origin)).map_err(|source| io_error("write", &self.note, source))?;
        Ok(file)
    }

    /// Opens the part for writing, from where it broke off.
    pub fn go_on(&self) -> Result<File, Error> {
        OpenOptions::new().append(true).open(&self.path).map_err(|source| self.unwritable(source))
    }

    pub fn unwritable(&self, source: io::Error) -> Error {
        io_error("write", &self.path, source)
    }

    /// A part that cannot be removed is written over the next time.
    pub fn discard(&self) {
        let _ = fs::remove_file(&self.note);
        let _ = fs::remove_file(&self.path);
    }
}

// Plain records with string keys, so they serialise.
fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec_pretty(value).unwrap_or_default()
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    files::replace(path, bytes, Readers::Any).map_err(|source| io_error("write", path, source))
}

fn make_dir(dir: &Path) -> Result<(), Error> {
    files::make_dir(dir, Readers::Any).map_err(|source| io_error("make", dir, source))
}

fn io_error(doing: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Io { doing, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn cache() -> (tempfile::TempDir, Cache) {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path().join("not/there/yet"));
        (dir, cache)
    }

    fn kept(file: &str) -> Kept {
        let origin = Origin { tag: Some("\"t\"".into()), ..Origin::default() };
        let mut record = Record::new(file, "http://x/y", &origin);
        record.published = "2026-11-18".into();
        Kept { record, prices: Catalog::embedded().prices().take(3).collect() }
    }

    #[test]
    fn one_refresh_at_a_time() {
        let (_dir, cache) = cache();
        let lock = cache.lock().unwrap();
        assert!(matches!(cache.lock(), Err(Error::Locked(_))));
        drop(lock);
        cache.lock().unwrap();
    }

    #[test]
    fn what_a_file_came_to_is_kept_until_it_would_be_read_otherwise() {
        let (_dir, cache) = cache();
        assert!(cache.kept("A", &[]).is_none());
        let mut one = kept("A");
        cache.keep(&one).unwrap();
        let back = cache.kept("A", &[]).unwrap();
        assert_eq!((&back.record, &back.prices), (&one.record, &one.prices));
        assert!(cache.kept("A", &["us-east-1".into()]).is_none() && cache.kept("B", &[]).is_none());

        one.record.trueup = "0.0.0".into();
        cache.keep(&one).unwrap();
        assert!(cache.kept("A", &[]).is_none(), "another version reads otherwise");

        cache.keep(&kept("A")).unwrap();
        let table = cache.offer("A", "tsv");
        let cut = fs::read_to_string(&table).unwrap().replace("\tsingle\t", "\ttwo\t").replace("\tconflict\t", "\ttwo\t");
        fs::write(&table, cut + " ").unwrap();
        assert!(cache.kept("A", &[]).is_none(), "somebody has edited it");
    }

    #[test]
    fn a_part_belongs_to_one_address_and_is_never_longer_than_its_file() {
        let (_dir, cache) = cache();
        let part = cache.part("A").unwrap();
        assert_eq!((part.origin("u"), part.have()), (None, 0));
        let origin = Origin { url: "u".into(), bytes: Some(6), ..Origin::default() };
        part.begin(&origin).unwrap().write_all(b"abc").unwrap();
        part.go_on().unwrap().write_all(b"de").unwrap();
        assert_eq!((part.origin("u"), part.have()), (Some(origin.clone()), 5));
        assert_eq!(part.origin("v"), None);
        part.go_on().unwrap().write_all(b"fg").unwrap();
        assert_eq!(part.origin("u"), None, "longer than the file");
        drop(part.begin(&origin).unwrap());
        assert_eq!((part.origin("u"), part.have()), (None, 0));
        part.discard();
        assert!(!part.path().exists() && !part.note.exists());
    }

    #[test]
    fn a_catalogue_is_replaced_as_a_whole_and_leaves_nothing_beside_it() {
        let (_dir, cache) = cache();
        cache.replace("one").unwrap();
        cache.replace("two").unwrap();
        assert_eq!(fs::read_to_string(cache.catalogue()).unwrap(), "two");
        assert_eq!(fs::read_dir(&cache.dir).unwrap().count(), 1);
        fs::remove_file(cache.catalogue()).unwrap();
        fs::create_dir(cache.catalogue()).unwrap();
        fs::write(cache.catalogue().join("x"), "").unwrap();
        let error = cache.replace("three").unwrap_err();
        assert!(error.to_string().starts_with("failed to write ") && error.hint().contains("TRUEUP_CACHE_DIR"));
        assert_eq!(fs::read_dir(&cache.dir).unwrap().count(), 1);
    }
}
