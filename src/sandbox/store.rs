//! The sandbox directory: a snapshot of the world, and a log of what changed since.
//!
//! Every call that changes something appends one line before it is answered, so a process killed at any moment
//! loses no answered call. A last line without its end was never answered, and is dropped. The log is folded into
//! a new snapshot when it has grown. One process at a time holds the lock file.

use super::world::{Due, Lagging, TAGS, World};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

const VERSION: u32 = 1;
const SNAPSHOT: &str = "world.json";
const LOG: &str = "changes.log";
const LOCK: &str = "lock";
pub const REQUESTS: &str = "requests.jsonl";

/// Beyond this the log is folded into the snapshot.
const FOLD_AT: u64 = 256 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("failed to {doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: std::io::Error },
    #[error("the sandbox in {} is in use by {holder}; wait for it to end, or name another directory", path.display())]
    Locked { path: PathBuf, holder: String },
    #[error("the sandbox in {} is damaged: {what}; `trueup sandbox reset` starts anew", path.display())]
    Damaged { path: PathBuf, what: String },
}

#[derive(Debug)]
pub struct Store {
    directory: PathBuf,
    log: File,
    sequence: u64,
    written: Written,
    // Held for its lock, which ends when the file is closed.
    _lock: File,
}

/// The part of the world beside its rows that was last written.
#[derive(Debug, PartialEq)]
struct Written {
    counter: u64,
    due: Vec<Due>,
}

#[derive(Serialize, Deserialize)]
struct Snapshot {
    version: u32,
    sequence: u64,
    world: World,
}

/// One line of the log: absolute values, so that it can be applied twice.
#[derive(Serialize, Deserialize)]
struct Change {
    sequence: u64,
    now: i64,
    counter: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rows: Vec<(String, String, Option<Value>)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<(String, Option<BTreeMap<String, String>>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    due: Option<Vec<Due>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    lagging: BTreeMap<String, Lagging>,
}

impl Store {
    /// Takes the directory for this process and reads the world in it, or begins with `fresh`.
    pub fn open(directory: &Path, fresh: World) -> Result<(Self, World), StoreError> {
        fs::create_dir_all(directory).map_err(|source| StoreError::Io { doing: "create", path: directory.into(), source })?;
        let lock = lock(directory)?;
        let Kept { world, sequence, whole, length } = read_all(directory, fresh)?;
        let mut world = world;
        let path = directory.join(LOG);
        let log = OpenOptions::new().create(true).append(true).open(&path).map_err(|source| StoreError::Io {
            doing: "open",
            path: path.clone(),
            source,
        })?;
        if whole < length {
            log.set_len(whole as u64).map_err(|source| StoreError::Io { doing: "repair", path: path.clone(), source })?;
        }
        world.touched.clear();
        let written = Written { counter: world.counter, due: world.due.clone() };
        let mut store = Store { directory: directory.into(), log, sequence, written, _lock: lock };
        if whole as u64 > FOLD_AT || !directory.join(SNAPSHOT).exists() {
            store.fold(&world)?;
        }
        Ok((store, world))
    }

    /// Appends what changed since the last call; nothing if nothing did.
    pub fn save(&mut self, world: &mut World) -> Result<(), StoreError> {
        let due_changed = self.written.due != world.due;
        if world.touched.is_empty() && !due_changed && self.written.counter == world.counter {
            return Ok(());
        }
        self.append(world, due_changed)?;
        if self.log.metadata().is_ok_and(|data| data.len() > 16 * FOLD_AT) {
            self.fold(world)?;
        }
        Ok(())
    }

    /// Writes the clock, too, when the sandbox is closed.
    pub fn close(&mut self, world: &mut World) -> Result<(), StoreError> {
        let due_changed = self.written.due != world.due;
        self.append(world, due_changed)
    }

    fn append(&mut self, world: &mut World, due_changed: bool) -> Result<(), StoreError> {
        let (mut rows, mut tags) = (Vec::new(), Vec::new());
        for (table, id) in std::mem::take(&mut world.touched) {
            if table == TAGS {
                let value = world.tags.get(&id).cloned();
                tags.push((id, value));
            } else {
                let value = world.tables.get(&table).and_then(|rows| rows.get(&id)).cloned();
                rows.push((table, id, value));
            }
        }
        self.sequence += 1;
        let due = due_changed.then(|| world.due.clone());
        let change =
            Change { sequence: self.sequence, now: world.now, counter: world.counter, rows, tags, due, lagging: world.lagging.clone() };
        let text = serde_json::to_string(&change).unwrap_or_default();
        let line = format!("{} {text}\n", checksum(text.as_bytes()));
        self.log.write_all(line.as_bytes()).map_err(|source| StoreError::Io { doing: "write", path: self.directory.join(LOG), source })?;
        if due_changed {
            self.written.due.clone_from(&world.due);
        }
        self.written.counter = world.counter;
        Ok(())
    }

    /// Writes a whole snapshot beside the old one, puts it in its place, and empties the log.
    fn fold(&mut self, world: &World) -> Result<(), StoreError> {
        let (path, new) = (self.directory.join(SNAPSHOT), self.directory.join(format!("{SNAPSHOT}.new")));
        let io = |source| StoreError::Io { doing: "write", path: path.clone(), source };
        let snapshot = Snapshot { version: VERSION, sequence: self.sequence, world: world.clone() };
        let text = serde_json::to_vec(&snapshot).map_err(|error| io(error.into()))?;
        let mut file = File::create(&new).map_err(io)?;
        file.write_all(&text).map_err(io)?;
        file.sync_all().map_err(io)?;
        fs::rename(&new, &path).map_err(io)?;
        // Killed here, the log's lines are older than the snapshot, and are passed over by their numbers.
        self.log.set_len(0).map_err(io)
    }
}

/// The world in a sandbox directory as it was last written, whoever uses it; `None` if there is none.
pub fn peek(directory: &Path) -> Result<Option<World>, StoreError> {
    if !directory.join(SNAPSHOT).exists() {
        return Ok(None);
    }
    read_all(directory, World::new("", 0, 0)).map(|kept| Some(kept.world))
}

struct Kept {
    world: World,
    sequence: u64,
    /// Bytes of the log that are whole lines, and all its bytes.
    whole: usize,
    length: usize,
}

fn read_all(directory: &Path, fresh: World) -> Result<Kept, StoreError> {
    let (mut world, mut sequence) = match read(directory, SNAPSHOT)? {
        Some(bytes) => snapshot(directory, &bytes)?,
        None => (fresh, 0),
    };
    let bytes = read(directory, LOG)?.unwrap_or_default();
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    for (number, line) in bytes[..whole].split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty()) {
        let damaged = || StoreError::Damaged { path: directory.into(), what: format!("line {} of {LOG} cannot be read", number + 1) };
        let change = parse_line(line).ok_or_else(damaged)?;
        if change.sequence > sequence {
            sequence = change.sequence;
            apply(&mut world, change);
        }
    }
    Ok(Kept { world, sequence, whole, length: bytes.len() })
}

/// Forgets everything in a sandbox directory. Fails while another process uses it.
pub fn reset(directory: &Path) -> Result<(), StoreError> {
    if !directory.exists() {
        return Ok(());
    }
    let _lock = lock(directory)?;
    for name in [SNAPSHOT, LOG, REQUESTS] {
        let path = directory.join(name);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => return Err(StoreError::Io { doing: "remove", path, source }),
            _ => {}
        }
    }
    Ok(())
}

fn lock(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join(LOCK);
    let io = |source| StoreError::Io { doing: "lock", path: path.clone(), source };
    let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => {
            let command = std::env::args().take(3).collect::<Vec<_>>().join(" ");
            file.set_len(0).and_then(|()| write!(file, "process {} ({command})", std::process::id())).map_err(io)?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Said for the reader's sake only; an unreadable name is no worse than none.
            let _ = file.read_to_string(&mut holder);
            let holder = if holder.is_empty() { "another process".into() } else { holder };
            Err(StoreError::Locked { path: directory.into(), holder })
        }
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}

fn read(directory: &Path, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let path = directory.join(name);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Io { doing: "read", path, source }),
    }
}

fn snapshot(directory: &Path, bytes: &[u8]) -> Result<(World, u64), StoreError> {
    let damaged = |what: String| StoreError::Damaged { path: directory.into(), what };
    let value: Value = serde_json::from_slice(bytes).map_err(|error| damaged(format!("{SNAPSHOT} cannot be read ({error})")))?;
    match value.get("version").and_then(Value::as_u64) {
        Some(version) if version == u64::from(VERSION) => {}
        version => return Err(damaged(format!("{SNAPSHOT} is of version {version:?}, not {VERSION}"))),
    }
    let snapshot: Snapshot = serde_json::from_value(value).map_err(|error| damaged(format!("{SNAPSHOT} cannot be read ({error})")))?;
    Ok((snapshot.world, snapshot.sequence))
}

fn parse_line(line: &[u8]) -> Option<Change> {
    let (sum, text) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    (checksum(text.as_bytes()) == sum).then(|| serde_json::from_str(text).ok())?
}

fn apply(world: &mut World, change: Change) {
    let Change { sequence: _, now, counter, rows, tags, due, lagging } = change;
    (world.now, world.counter, world.lagging) = (now, counter, lagging);
    for (table, id, value) in rows {
        match value {
            Some(value) => drop(world.tables.entry(table).or_default().insert(id, value)),
            None => drop(world.tables.get_mut(&table).map(|rows| rows.remove(&id))),
        }
    }
    for (arn, value) in tags {
        match value {
            Some(value) => drop(world.tags.insert(arn, value)),
            None => drop(world.tags.remove(&arn)),
        }
    }
    if let Some(due) = due {
        world.due = due;
    }
}

fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fresh() -> World {
        World::new("123456789012", 7, 1000)
    }

    fn put(world: &mut World, id: &str) {
        world.tables.entry("t".into()).or_default().insert(id.into(), json!({"a": id}));
        world.touched.insert(("t".into(), id.into()));
        world.tags.insert(id.into(), BTreeMap::from([("k".into(), "v".into())]));
        world.touched.insert((TAGS.into(), id.into()));
    }

    #[test]
    fn what_was_saved_is_there_again() {
        let home = tempfile::tempdir().unwrap();
        let (mut store, mut world) = Store::open(home.path(), fresh()).unwrap();
        put(&mut world, "one");
        put(&mut world, "two");
        world.counter = 3;
        world.due.push(Due { at: 5, table: "t".into(), id: "one".into(), patch: None });
        store.save(&mut world).unwrap();
        world.tables.get_mut("t").unwrap().remove("two");
        world.touched.insert(("t".into(), "two".into()));
        store.save(&mut world).unwrap();
        drop(store);
        let (_, again) = Store::open(home.path(), fresh()).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), serde_json::to_value(&world).unwrap());
    }

    #[test]
    fn a_torn_last_line_is_dropped_and_a_damaged_one_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        let (mut store, mut world) = Store::open(home.path(), fresh()).unwrap();
        put(&mut world, "one");
        store.save(&mut world).unwrap();
        drop(store);
        let path = home.path().join(LOG);
        let good = fs::read(&path).unwrap();
        fs::write(&path, [&good[..], b"0123abcd {\"sequ"].concat()).unwrap();
        let (store, world) = Store::open(home.path(), fresh()).unwrap();
        assert!(world.tables["t"].contains_key("one"));
        drop(store);
        assert_eq!(fs::read(&path).unwrap(), good);
        let mut bad = good.clone();
        bad[20] ^= 1;
        fs::write(&path, &bad).unwrap();
        let error = Store::open(home.path(), fresh()).unwrap_err().to_string();
        assert!(error.contains("line 1 of changes.log") && error.contains("trueup sandbox reset"), "{error}");
        reset(home.path()).unwrap();
        assert!(Store::open(home.path(), fresh()).unwrap().1.tables.is_empty());
    }

    #[test]
    fn a_second_user_is_told_of_the_first() {
        let home = tempfile::tempdir().unwrap();
        let held = Store::open(home.path(), fresh()).unwrap();
        let error = Store::open(home.path(), fresh()).unwrap_err().to_string();
        assert!(error.contains(&format!("process {}", std::process::id())), "{error}");
        drop(held);
        Store::open(home.path(), fresh()).unwrap();
    }
}
