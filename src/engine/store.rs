//! The local directory: one writer at a time, journals of applies. It holds no state; losing it loses history only.

use super::journal::{self, Entry, Journal};
use crate::core::event::Event;
use crate::core::identity::Scope;
use crate::core::plan::{Plan, Verb};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// `.trueup/{stack}/{env}`.
#[derive(Debug, Clone)]
pub struct Store {
    dir: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{holder} is at work on this stack already; it holds {}", path.display())]
    Locked { holder: String, path: PathBuf },
    #[error("this plan was applied already: its journal is {}", .0.display())]
    Applied(PathBuf),
    #[error("failed to {doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
}

impl Error {
    pub fn hint(&self) -> &'static str {
        match self {
            Error::Locked { .. } => "wait for it to end; the lock goes with its process, so there is nothing to clean up",
            Error::Applied(_) => "plan again: a plan runs only once",
            Error::Io { .. } => "check that the directory is writable and its disk is not full; TRUEUP_DIR names another one",
        }
    }
}

/// What is known of an earlier apply from its journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Before {
    /// The kinds that applies have touched so far: they are read although the file may no longer name them.
    pub kinds: BTreeSet<String>,
    /// Ids of what it made, by kind: they are looked for although the tagging API may not show them yet.
    pub made: BTreeMap<String, BTreeSet<String>>,
    /// It did not come to its end, so it may have made what it did not write down.
    pub cut_off: bool,
}

impl Before {
    fn of(entries: &[Entry]) -> Self {
        let mut before = Before::default();
        let mut creating = BTreeMap::new();
        for entry in entries {
            match entry {
                Entry::Plan { kinds, .. } => {
                    before.kinds.clone_from(kinds);
                    before.cut_off = true;
                }
                Entry::Event { event: Event::Began { step, kind, verb: Verb::Create, .. }, .. } => {
                    creating.insert(*step, kind.clone());
                }
                Entry::Event { event: Event::Done { step, id, .. }, .. } => {
                    if let Some(kind) = creating.remove(step) {
                        before.made.entry(kind).or_default().insert(id.clone());
                    }
                }
                Entry::Event { event: Event::Finished { .. }, .. } => before.cut_off = false,
                Entry::Event { .. } => {}
            }
        }
        before.cut_off |= !creating.is_empty();
        before
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
            Err(TryLockError::Error(source)) => Err(io_error("lock", &path, source)),
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(&path).ok().filter(|holder| !holder.is_empty());
                Err(Error::Locked { holder: holder.unwrap_or_else(|| "another process".into()), path })
            }
        }
    }

    /// Begins the journal of a plan, or says that the plan ran already.
    pub fn begin(&self, plan: &Plan) -> Result<Journal, Error> {
        let dir = self.journals();
        self.make_dir(&dir)?;
        let path = dir.join(format!("{}.jsonl", plan.id));
        let mut kinds = plan.changes.iter().map(|change| change.kind.clone()).collect::<BTreeSet<_>>();
        if !plan.destroy {
            // A kind that the tagging API does not know is found again only if it is not forgotten here.
            kinds.extend(self.before().kinds);
        }
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

    /// What the last apply left behind for the next reading.
    pub fn before(&self) -> Before {
        let newest = fs::read_dir(self.journals())
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .max();
        let entries = newest.and_then(|(_, path)| journal::entries(&path).ok()).unwrap_or_default();
        Before::of(&entries)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::address::Address;
    use crate::core::graph::Outputs;

    fn entries(events: Vec<Event>) -> Vec<Entry> {
        let kinds = BTreeSet::from(["ec2.vpc".to_owned(), "sns.topic".to_owned()]);
        let first = Entry::Plan { version: 1, plan: "p".into(), stack: "web/prod".into(), at: String::new(), kinds };
        std::iter::once(first).chain(events.into_iter().map(|event| Entry::Event { at: String::new(), event })).collect()
    }
    fn began(step: usize, kind: &str, verb: Verb) -> Event {
        Event::Began { step, address: Address::parse("a.b").unwrap(), kind: kind.into(), verb, minutes: 0.0, left: 0.0 }
    }
    fn done(step: usize, verb: Verb, id: &str) -> Event {
        Event::Done { step, address: Address::parse("a.b").unwrap(), verb, id: id.into(), seconds: 0.0 }
    }

    #[test]
    fn a_journal_tells_what_was_made_and_whether_it_is_whole() {
        let whole = vec![
            began(0, "ec2.vpc", Verb::Create),
            began(1, "sns.topic", Verb::Update),
            done(1, Verb::Update, "topic"),
            done(0, Verb::Create, "vpc-1"),
            Event::nothing_to_do(Outputs::new()),
        ];
        let before = Before::of(&entries(whole.clone()));
        assert_eq!(before.kinds.len(), 2);
        assert_eq!(before.made, BTreeMap::from([("ec2.vpc".to_owned(), BTreeSet::from(["vpc-1".to_owned()]))]));
        assert!(!before.cut_off);
        assert!(Before::of(&entries(whole[..4].to_vec())).cut_off, "no end");
        assert!(Before::of(&entries(vec![whole[0].clone(), whole[4].clone()])).cut_off, "a create without its answer");
        assert_eq!(Before::of(&[]), Before::default());
    }
}
