//! The append-only record of one apply: what was begun, what was done, under which request.

use crate::core::event::Event;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

/// A journal being written: one JSON line per entry, on disk before the call it announces is sent.
pub struct Journal {
    write: Box<Sink>,
}

/// Takes a line and brings it to where it is safe.
type Sink = dyn FnMut(&[u8]) -> io::Result<()> + Send;

/// One line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "entry")]
pub enum Entry {
    /// The first line.
    Plan { version: u32, plan: String, stack: String, at: String, kinds: BTreeSet<String> },
    Event {
        at: String,
        #[serde(flatten)]
        event: Event,
    },
}

impl Journal {
    /// Starts the journal of a plan. Fails if there is one already: a plan runs once.
    pub fn begin(path: &Path, first: &Entry) -> io::Result<Self> {
        let mut file = OpenOptions::new().append(true).create_new(true).open(path)?;
        let mut journal = Journal::over(move |line| {
            file.write_all(line)?;
            file.sync_data()
        });
        if let Err(error) = journal.write(first) {
            // Nothing has run: a journal without its head must not say that the plan did.
            let _ = std::fs::remove_file(path);
            return Err(error);
        }
        Ok(journal)
    }
    /// A journal on anything that keeps lines.
    pub fn over(write: impl FnMut(&[u8]) -> io::Result<()> + Send + 'static) -> Self {
        Journal { write: Box::new(write) }
    }
    /// Writes one entry through to where it is kept.
    pub fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry).map_err(io::Error::other)?;
        line.push(b'\n');
        (self.write)(&line)
    }
}

/// The entries of a journal. A last line that was cut off by a crash is left out.
pub fn entries(path: &Path) -> io::Result<Vec<Entry>> {
    let lines = BufReader::new(File::open(path)?).lines().collect::<io::Result<Vec<_>>>()?;
    Ok(lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect())
}
