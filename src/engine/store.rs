//! The local directory: one writer at a time, journals of applies. It holds no state; losing it loses history only.

use super::journal::{self, Entry, Journal};
use crate::core::identity::Scope;
use crate::core::plan::Plan;
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// `.trueup/{stack}/{env}`.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0} is applying this stack already ({1})")]
    Locked(String, PathBuf),
    #[error("this plan was applied already: its journal is {0}")]
    Applied(PathBuf),
    #[error("{doing} {path}: {source}")]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
}

impl Error {
    pub fn hint(&self) -> &'static str {
        match self {
            Error::Locked(..) => "wait for it to end; the lock goes with its process, so there is nothing to clean up",
            Error::Applied(_) => "plan again: a plan runs only once",
            Error::Io { .. } => "check that the directory is writable and its disk is not full; TRUEUP_DIR names another one",
        }
    }
}

/// Held while a stack is applied; the operating system lets go of it when the process ends, however it ends.
pub struct Lock(#[expect(dead_code, reason = "held, not read")] File);

impl Store {
    /// Names of stacks and environments are plain words (`is_name`), so they are safe as directories.
    pub fn new(root: &Path, scope: &Scope) -> Self {
        Store { dir: root.join(&scope.stack).join(&scope.env) }
    }

    /// Takes the lock of this stack, or says who has it.
    pub fn lock(&self) -> Result<Lock, Error> {
        let path = self.dir.join("lock");
        self.make_dir(&self.dir)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|source| io_error("open", &path, source))?;
        match file.try_lock() {
            Ok(()) => {
                let holder = format!("process {}", std::process::id());
                let written = file.set_len(0).and_then(|()| (&file).write_all(holder.as_bytes()));
                written.map_err(|source| io_error("write", &path, source))?;
                Ok(Lock(file))
            }
            Err(_) => {
                let holder = fs::read_to_string(&path).ok().filter(|holder| !holder.is_empty());
                Err(Error::Locked(holder.unwrap_or_else(|| "another process".into()), path))
            }
        }
    }

    /// Begins the journal of a plan, or says that the plan ran already.
    pub fn begin(&self, plan: &Plan) -> Result<Journal, Error> {
        let dir = self.journals();
        self.make_dir(&dir)?;
        let path = dir.join(format!("{}.jsonl", plan.id));
        let kinds = plan.changes.iter().map(|change| change.kind.clone()).collect();
        let at = jiff::Timestamp::now().to_string();
        let first = Entry::Plan { version: 1, plan: plan.id.clone(), stack: plan.scope.owner(), at, kinds };
        Journal::begin(&path, &first).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => Error::Applied(path),
            _ => io_error("write", &path, source),
        })
    }

    /// Whether a plan of that id has run.
    pub fn applied(&self, plan: &str) -> bool {
        self.journals().join(format!("{plan}.jsonl")).exists()
    }

    /// The kinds that the last apply touched: they are read although the file may no longer name them.
    pub fn kinds_before(&self) -> BTreeSet<String> {
        let newest = fs::read_dir(self.journals())
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .max();
        let entries = newest.and_then(|(_, path)| journal::entries(&path).ok()).unwrap_or_default();
        match entries.into_iter().next() {
            Some(Entry::Plan { kinds, .. }) => kinds,
            Some(Entry::Event { .. }) | None => BTreeSet::new(),
        }
    }

    fn journals(&self) -> PathBuf {
        self.dir.join("journal")
    }
    fn make_dir(&self, dir: &Path) -> Result<(), Error> {
        fs::create_dir_all(dir).map_err(|source| io_error("make", dir, source))
    }
}

fn io_error(doing: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Io { doing, path: path.to_owned(), source }
}
