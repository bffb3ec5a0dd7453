//! The sandbox directory: a snapshot of the world, and a log of what changed since.
//!
//! Every call that changes something appends one line before it is answered, so a process killed at any moment
//! loses no answered call. A last line without its end was never answered, and is dropped. The log is folded into
//! a new snapshot when it has grown. It begins with a line that repeats the snapshot's number, so one that is empty
//! has lost something. One process at a time holds the lock file. Nobody but its user can read any of it.

use super::world::{Due, Lagging, TAGS, World};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

const VERSION: u32 = 2;
/// Its logs had no first line of their own.
const BEFORE_FIRST_LINES: u32 = 1;
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
        private_directory(directory).map_err(|source| StoreError::Io { doing: "create", path: directory.into(), source })?;
        let lock = lock(directory)?;
        let Kept { world, sequence, whole, length } = read_all(directory, fresh)?;
        let mut world = world;
        let path = directory.join(LOG);
        if !path.exists() {
            begin_log(directory, sequence, &world)?;
        }
        let log = appending(&path)?;
        if whole < length {
            log.set_len(whole as u64).map_err(|source| StoreError::Io { doing: "repair", path: path.clone(), source })?;
        }
        world.touched.clear();
        let written = Written { counter: world.counter, due: world.due.clone() };
        let mut store = Store { directory: directory.into(), log, sequence, written, _lock: lock };
        // A log of an older version gets its first line, too.
        if whole == 0 || whole as u64 > FOLD_AT || !directory.join(SNAPSHOT).exists() {
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
        self.log.write_all(line(&change).as_bytes()).map_err(|source| StoreError::Io {
            doing: "write",
            path: self.directory.join(LOG),
            source,
        })?;
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
        let mut file = private_file().write(true).create(true).truncate(true).open(&new).map_err(io)?;
        file.write_all(&text).map_err(io)?;
        file.sync_all().map_err(io)?;
        fs::rename(&new, &path).map_err(io)?;
        // Killed here, the log's lines are older than the snapshot, and are passed over by their numbers.
        begin_log(&self.directory, self.sequence, world)?;
        self.log = appending(&self.directory.join(LOG))?;
        Ok(())
    }
}

/// Puts a log with nothing but its first line in the place of the old one.
fn begin_log(directory: &Path, sequence: u64, world: &World) -> Result<(), StoreError> {
    let (path, new) = (directory.join(LOG), directory.join(format!("{LOG}.new")));
    let first = Change {
        sequence,
        now: world.now,
        counter: world.counter,
        rows: Vec::new(),
        tags: Vec::new(),
        due: None,
        lagging: BTreeMap::new(),
    };
    let write = || {
        private_file().write(true).create(true).truncate(true).open(&new)?.write_all(line(&first).as_bytes())?;
        fs::rename(&new, &path)
    };
    write().map_err(|source| StoreError::Io { doing: "write", path: path.clone(), source })
}

fn line(change: &Change) -> String {
    let text = serde_json::to_string(change).unwrap_or_default();
    format!("{} {text}\n", checksum(text.as_bytes()))
}

fn appending(path: &Path) -> Result<File, StoreError> {
    let open = private_file().create(true).append(true).open(path);
    open.map_err(|source| StoreError::Io { doing: "open", path: path.into(), source })
}

/// The passwords of databases that were never real are still nobody else's business.
pub fn private_file() -> OpenOptions {
    #[allow(unused_mut)]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn private_directory(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
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
    let (version, mut world, mut sequence) = match read(directory, SNAPSHOT)? {
        Some(bytes) => snapshot(directory, &bytes)?,
        None => (BEFORE_FIRST_LINES, fresh, 0),
    };
    let bytes = read(directory, LOG)?.unwrap_or_default();
    let damaged = |what: String| StoreError::Damaged { path: directory.into(), what };
    if bytes.is_empty() && version > BEFORE_FIRST_LINES {
        return Err(damaged(format!("{LOG} has lost its content")));
    }
    // A write that was cut short leaves the beginning of a line; only a disk leaves zeros.
    if bytes.contains(&0) {
        return Err(damaged(format!("{LOG} has zeros in it")));
    }
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    for (number, line) in bytes[..whole].split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty()) {
        let change = parse_line(line).ok_or_else(|| damaged(format!("line {} of {LOG} cannot be read", number + 1)))?;
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
    for name in [SNAPSHOT, LOG, REQUESTS, &format!("{SNAPSHOT}.new"), &format!("{LOG}.new")] {
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
    let mut file = private_file().create(true).truncate(false).read(true).write(true).open(&path).map_err(io)?;
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

/// The snapshot's version, its world, and its number.
fn snapshot(directory: &Path, bytes: &[u8]) -> Result<(u32, World, u64), StoreError> {
    let damaged = |what: String| StoreError::Damaged { path: directory.into(), what };
    let value: Value = serde_json::from_slice(bytes).map_err(|error| damaged(format!("{SNAPSHOT} cannot be read ({error})")))?;
    match value.get("version").and_then(Value::as_u64) {
        Some(version) if (u64::from(BEFORE_FIRST_LINES)..=u64::from(VERSION)).contains(&version) => {}
        version => return Err(damaged(format!("{SNAPSHOT} is of version {version:?}, not {VERSION}"))),
    }
    let snapshot: Snapshot = serde_json::from_value(value).map_err(|error| damaged(format!("{SNAPSHOT} cannot be read ({error})")))?;
    Ok((snapshot.version, snapshot.world, snapshot.sequence))
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
    use crate::world::Comes;
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
        world.due.push(Due { at: 5, table: "t".into(), id: "one".into(), patch: None, comes: Comes::Settling });
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
        for (bytes, want) in [
            (Vec::new(), "has lost its content"),
            (vec![0; good.len()], "has zeros in it"),
            ([&good[..], &[0; 100]].concat(), "has zeros in it"),
        ] {
            fs::write(&path, bytes).unwrap();
            let error = Store::open(home.path(), fresh()).unwrap_err().to_string();
            assert!(error.contains(want) && error.contains("trueup sandbox reset"), "{error}");
        }
        fs::remove_file(&path).unwrap();
        assert!(Store::open(home.path(), fresh()).unwrap_err().to_string().contains("has lost its content"));
        reset(home.path()).unwrap();
        assert!(Store::open(home.path(), fresh()).unwrap().1.tables.is_empty());
    }

    #[test]
    fn a_directory_of_the_version_before_is_taken_over() {
        let home = tempfile::tempdir().unwrap();
        let (mut store, mut world) = Store::open(home.path(), fresh()).unwrap();
        put(&mut world, "one");
        store.save(&mut world).unwrap();
        store.fold(&world).unwrap();
        drop(store);
        let path = home.path().join(SNAPSHOT);
        let old = fs::read_to_string(&path).unwrap().replacen("\"version\":2", "\"version\":1", 1);
        fs::write(&path, old).unwrap();
        fs::write(home.path().join(LOG), "").unwrap();
        assert!(Store::open(home.path(), fresh()).unwrap().1.tables["t"].contains_key("one"));
        assert!(fs::metadata(home.path().join(LOG)).unwrap().len() > 0);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("sandbox");
        let (mut store, mut world) = Store::open(&place, fresh()).unwrap();
        put(&mut world, "one");
        store.save(&mut world).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&place), 0o700);
        assert!([SNAPSHOT, LOG, LOCK].iter().all(|name| mode(&place.join(name)) == 0o600));
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
