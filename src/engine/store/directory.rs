//! A store in a directory of this machine: a file a blob, closed to other users.

use super::blobs::{Blob, Blobs, Condition, ETag, Error, Held, Holding, Locks, Seen};
use crate::files::{self, Readers};
use async_trait::async_trait;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Held while a condition is judged and acted on. Its name is no key, and is not listed.
const GUARD: &str = ".guard";

const HINT: &str = "check that the directory is writable and its disk is not full; TRUEUP_DIR names another one";

/// A directory as a store. Its file system must know locks, as local ones do.
#[derive(Debug, Clone)]
pub struct Directory {
    root: PathBuf,
}

impl Directory {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Directory { root: root.into() }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }
}

#[async_trait]
impl Blobs for Directory {
    async fn get(&self, key: &str) -> Result<Option<Blob>, Error> {
        let path = self.path(key);
        blocking(move || read(&path)).await
    }

    async fn put(&self, key: &str, bytes: &[u8], condition: Condition) -> Result<ETag, Error> {
        let (guard, path, bytes) = (self.root.join(GUARD), self.path(key), bytes.to_vec());
        blocking(move || {
            make_parent(&path)?;
            let _guard = files::lock(&guard, Readers::Owner).map_err(|source| failed("lock", &guard, source))?;
            let holds = match condition {
                Condition::Always => true,
                Condition::Absent => !path.exists(),
                Condition::Matches(etag) => read(&path)?.is_some_and(|blob| blob.etag == etag),
            };
            if !holds {
                return Err(Error::Conflict { place: path.display().to_string() });
            }
            files::replace(&path, &bytes, Readers::Owner).map_err(|source| failed("write", &path, source))?;
            Ok(etag(&bytes))
        })
        .await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let (root, prefix) = (self.root.clone(), prefix.to_owned());
        blocking(move || {
            let mut keys = Vec::new();
            let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
            walk(&root, &root.join(folder), &mut keys)?;
            keys.retain(|key| key.starts_with(&prefix));
            keys.sort();
            Ok(keys)
        })
        .await
    }

    fn place(&self, key: &str) -> String {
        self.path(key).display().to_string()
    }
}

#[async_trait]
impl Locks for Directory {
    async fn hold(&self, key: &str, holder: &[u8]) -> Result<Holding, Error> {
        let (path, holder) = (self.path(key), holder.to_vec());
        blocking(move || {
            make_parent(&path)?;
            match files::try_lock(&path, Readers::Owner).map_err(|source| failed("lock", &path, source))? {
                Some(mut lock) => {
                    lock.write(&holder).map_err(|source| failed("write", &path, source))?;
                    Ok(Holding::Held(Box::new(File { lock, path })))
                }
                None => Ok(Holding::Others(fs::read(&path).unwrap_or_default())),
            }
        })
        .await
    }

    async fn look(&self, key: &str) -> Result<Option<Seen>, Error> {
        let path = self.path(key);
        blocking(move || {
            let holder = match fs::read(&path) {
                Ok(holder) => holder,
                Err(error) if is_nothing(&error) => return Ok(None),
                Err(source) => return Err(failed("read", &path, source)),
            };
            let free = files::try_lock(&path, Readers::Owner).map_err(|source| failed("lock", &path, source))?.is_some();
            Ok(Some(Seen { held: !free, expired: false, fence: None, age: None, holder }))
        })
        .await
    }

    async fn let_go(&self, _key: &str) -> Result<bool, Error> {
        Ok(false)
    }
}

/// A file that is held. It is small and not waited for on the disk, so it is written where it stands.
struct File {
    lock: files::Lock,
    path: PathBuf,
}

#[async_trait]
impl Held for File {
    async fn write(&mut self, holder: &[u8]) -> Result<(), Error> {
        self.lock.write(holder).map_err(|source| failed("write", &self.path, source))
    }

    async fn release(self: Box<Self>) {}
}

fn read(path: &Path) -> Result<Option<Blob>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(Blob { etag: etag(&bytes), bytes })),
        Err(error) if is_nothing(&error) => Ok(None),
        Err(source) => Err(failed("read", path, source)),
    }
}

/// Gathers the keys below a folder.
fn walk(root: &Path, folder: &Path, keys: &mut Vec<String>) -> Result<(), Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if is_nothing(&error) => return Ok(()),
        Err(source) => return Err(failed("read", folder, source)),
    };
    for entry in entries {
        let path = entry.map_err(|source| failed("read", folder, source))?.path();
        if path.is_dir() {
            walk(root, &path, keys)?;
        } else if !files::is_unfinished(&path)
            && path.file_name() != Some(GUARD.as_ref())
            && let Ok(key) = path.strip_prefix(root)
        {
            keys.push(key.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/"));
        }
    }
    Ok(())
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn make_parent(path: &Path) -> Result<(), Error> {
    let dir = path.parent().unwrap_or(path);
    files::make_dir(dir, Readers::Owner).map_err(|source| failed("make", dir, source))
}

fn etag(bytes: &[u8]) -> ETag {
    ETag(Sha256::digest(bytes).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}")))
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Failed { doing, place: path.display().to_string(), source: source.into(), hint: HINT }
}

/// Works on files where it keeps nobody waiting.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    let given_up =
        |error: tokio::task::JoinError| Error::Failed { doing: "work on", place: "a file".into(), source: error.into(), hint: HINT };
    tokio::task::spawn_blocking(work).await.map_err(given_up)?
}

#[cfg(test)]
mod tests {
    use super::super::blobs::contract;
    use super::*;

    fn directory() -> (tempfile::TempDir, Directory) {
        let dir = tempfile::tempdir().unwrap();
        let store = Directory::new(dir.path().join("not/there/yet"));
        (dir, store)
    }

    #[tokio::test]
    async fn it_is_a_place_for_blobs() {
        let (_dir, store) = directory();
        contract::holds(&store).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn of_two_that_write_at_once_one_is_told_so() {
        let (_dir, store) = directory();
        let puts = (0..16).map(|number: u8| {
            let store = store.clone();
            tokio::spawn(async move { store.put("k", &[number], Condition::Absent).await })
        });
        let ended = futures::future::join_all(puts).await.into_iter().map(Result::unwrap);
        assert_eq!(ended.filter(Result::is_ok).count(), 1);
    }

    #[tokio::test]
    async fn neither_the_guard_nor_what_a_crash_left_is_a_blob() {
        let (dir, store) = directory();
        store.put("a/1", b"", Condition::Always).await.unwrap();
        fs::write(dir.path().join("not/there/yet/a/2.1-1.new"), "left by a crash").unwrap();
        assert_eq!(store.list("").await.unwrap(), ["a/1"]);
    }

    #[tokio::test]
    async fn a_key_is_held_by_one_who_says_who() {
        let (_dir, store) = directory();
        let Holding::Held(mut held) = store.hold("a/lock", b"anna").await.unwrap() else { panic!("it is free") };
        held.write(b"anna, at work").await.unwrap();
        let Holding::Others(holder) = store.hold("a/lock", b"bert").await.unwrap() else { panic!("anna has it") };
        assert_eq!(holder, b"anna, at work");
        drop(held);
        assert!(matches!(store.hold("a/lock", b"bert").await.unwrap(), Holding::Held(_)));
    }
}
