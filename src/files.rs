//! Files on a disk: replaced as a whole, closed to others where they must be, and held by one process at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The readers of a file or a directory that is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// The owner alone: mode 0600, in directories of mode 0700.
    Owner,
    /// Everybody whom the user's own settings allow.
    Any,
}

/// A file that this process holds, until it is dropped or the process ends, however it ends: the operating system lets go.
#[derive(Debug)]
pub struct Lock(File);

/// The extension of a replacement until it takes its place.
const UNFINISHED: &str = "new";

/// Makes a directory and those above it. Those that are there keep their modes.
pub fn make_dir(dir: &Path, readers: Readers) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    }
    builder.recursive(true).create(dir)
}

/// Opens a file that somebody named, to be read. A device or a pipe is refused before it is opened: it may never end, or never
/// begin.
pub fn open(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return Err(io::Error::new(ErrorKind::IsADirectory, "it is a directory"));
    }
    if !kind.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is a device or a pipe, and not a file"));
    }
    File::open(path)
}

/// Reads a file of at most so many bytes in the same way.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let too_large = || io::Error::new(ErrorKind::FileTooLarge, format!("it is larger than {} MiB", most >> 20));
    if file.metadata()?.len() > most {
        return Err(too_large());
    }
    // It may grow meanwhile.
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large()) } else { Ok(bytes) }
}

/// Reads a text file in the same way.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is no UTF-8 text"))
}

/// Puts bytes in the place of a file, or where there was none. Whoever reads it, also after a crash, finds the old content
/// or the new; once this returns, the new is on the disk.
pub fn replace(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let new = beside(path);
    let written = options(readers).write(true).create(true).truncate(true).open(&new);
    let written = written.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.and_then(|()| fs::rename(&new, path)).inspect_err(|_| drop(fs::remove_file(&new)))?;
    // A rename is on the disk when its directory is. Not every file system knows how to do that.
    let _ = path.parent().map(|dir| File::open(dir).and_then(|dir| dir.sync_all()));
    Ok(())
}

/// Finds out whether `replace` could put something there, as far as that can be known before: nothing stays behind.
pub fn try_replace(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::Error::new(ErrorKind::IsADirectory, "it is a directory"));
    }
    let new = beside(path);
    options(Readers::Owner).write(true).create_new(true).open(&new)?;
    fs::remove_file(&new)
}

/// True for a name that `replace` gives to what is not yet in its place; a crash may leave one.
pub fn is_unfinished(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == UNFINISHED)
}

/// Holds a file, made if it is not there; None while another process holds it.
pub fn try_lock(path: &Path, readers: Readers) -> io::Result<Option<Lock>> {
    let file = options(readers).read(true).write(true).create(true).truncate(false).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Holds a file as soon as nobody else does. Blocks until then.
pub fn lock(path: &Path, readers: Readers) -> io::Result<Lock> {
    let file = options(readers).read(true).write(true).create(true).truncate(false).open(path)?;
    file.lock()?;
    Ok(Lock(file))
}

impl Lock {
    /// Writes into the file that is held, in place of what stood there; others may read it.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.set_len(0)?;
        self.0.rewind()?;
        self.0.write_all(bytes)
    }
}

/// A name of its own for each: two may be under way at once.
fn beside(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{number}.{UNFINISHED}", std::process::id()));
    path.with_file_name(name)
}

fn options(readers: Readers) -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    if readers == Readers::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        replace(&path, b"one", Readers::Any).unwrap();
        replace(&path, b"two", Readers::Any).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        fs::remove_file(&path).unwrap();
        fs::create_dir_all(path.join("in the way")).unwrap();
        replace(&path, b"three", Readers::Any).unwrap_err();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(is_unfinished(&beside(&path)) && !is_unfinished(&path) && beside(&path) != beside(&path));
    }

    #[test]
    fn a_place_where_nothing_can_be_written_is_known_before() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.md");
        try_replace(&path).unwrap();
        replace(&path, b"one", Readers::Any).unwrap();
        try_replace(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing stays beside it");
        assert_eq!(try_replace(dir.path()).unwrap_err().kind(), ErrorKind::IsADirectory);
        assert_eq!(try_replace(&dir.path().join("none/a.md")).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(try_replace(&path.join("a.md")).unwrap_err().kind(), ErrorKind::NotADirectory);
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plan.json");
        // It has no content on the disk, so that whoever reads it would find a tebibyte of zeros.
        File::create(&path).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(read(&path, 64 << 20).unwrap_err().kind(), ErrorKind::FileTooLarge);
        File::create(&path).unwrap().set_len(1 << 20).unwrap();
        assert_eq!(read(&path, 1 << 20).unwrap().len(), 1 << 20);
    }

    #[test]
    fn one_holds_a_file_at_a_time_and_may_say_who() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let mut held = try_lock(&path, Readers::Any).unwrap().unwrap();
        assert!(try_lock(&path, Readers::Any).unwrap().is_none());
        held.write(b"anna, at length").unwrap();
        held.write(b"bert").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"bert");
        drop(held);
        drop(lock(&path, Readers::Any).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_the_owners_is_closed_to_others() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let inner = dir.path().join("a/b");
        make_dir(&inner, Readers::Owner).unwrap();
        replace(&inner.join("c"), b"x", Readers::Owner).unwrap();
        drop(try_lock(&inner.join("lock"), Readers::Owner).unwrap());
        assert_eq!((mode(&dir.path().join("a")), mode(&inner)), (0o700, 0o700));
        assert_eq!((mode(&inner.join("c")), mode(&inner.join("lock"))), (0o600, 0o600));
    }
}
