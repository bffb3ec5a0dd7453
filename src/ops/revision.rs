//! A stack file as it stands in git at some revision. Git is run as a program, with arguments and never through a shell.

use super::Error;
use super::stack::{self, DEFAULT_FILE};
use crate::core::input::MAX_BYTES;
use crate::core::source::Source;
use crate::modules;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file, at a revision or as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    pub file: PathBuf,
    /// `main`, `HEAD~1`, `v1.2`; None for the file as it is.
    pub revision: Option<String>,
}

impl Versioned {
    /// Reads `FILE`, `FILE@REVISION` or `@REVISION` of `own`; None for a word that is no file's name, such as an environment's.
    pub fn parse(word: &str, own: &Path) -> Option<Self> {
        match word.rsplit_once('@') {
            Some((file, revision)) => {
                let file = if file.is_empty() { own.to_owned() } else { file.into() };
                Some(Versioned { file, revision: Some(revision.to_owned()) })
            }
            None if word.contains(['/', '.']) => Some(Versioned { file: word.into(), revision: None }),
            None => None,
        }
    }

    /// Reads its text.
    pub fn source(&self) -> Result<Source, Error> {
        match &self.revision {
            None => stack::source(&self.file),
            Some(revision) => at(&self.file, revision),
        }
    }
}

impl std::fmt::Display for Versioned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = self.revision.iter().map(|revision| format!("@{revision}")).collect::<String>();
        write!(f, "{}{at}", self.file.display())
    }
}

fn at(file: &Path, revision: &str) -> Result<Source, Error> {
    let label = format!("{}@{revision}", file.display());
    let failed = |why: &str, hint: &str| {
        let source = io::Error::other(why.to_owned());
        Error::File { doing: "read", path: label.clone().into(), source, hint: Some(hint.to_owned()) }
    };
    let odd = |letter: char| letter.is_control() || letter.is_whitespace() || letter == ':';
    if revision.is_empty() || revision.starts_with('-') || revision.contains(odd) {
        return Err(failed("that is no revision of git", "write a branch, a tag or a commit: stack.toml@main"));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut blob = OsString::from(format!("{revision}:./"));
    blob.push(file.file_name().unwrap_or(DEFAULT_FILE.as_ref()));
    // `cat-file` gives the bytes that were committed, and runs none of the filters that a repository may name.
    let git = |form: &str| {
        let ran = Command::new("git").arg("-C").arg(folder).args(["cat-file", form]).arg(&blob).output();
        let ran = ran.map_err(|error| failed(&format!("git could not be run: {error}"), "install git, or name a file without `@`"))?;
        if ran.status.success() {
            return Ok(ran.stdout);
        }
        let said = String::from_utf8_lossy(&ran.stderr);
        let said = said.lines().next().unwrap_or_default().trim_start_matches("fatal: ");
        Err(failed(&format!("git has no such file: {said}"), "name a revision that has it; `git log -- FILE` lists them"))
    };
    let size = String::from_utf8_lossy(&git("-s")?).trim().parse::<usize>();
    if size.is_ok_and(|size| size <= MAX_BYTES) {
        return modules::decode(&label, git("blob")?).map_err(Error::Rejected);
    }
    Err(failed("it is too large for a stack file", "name a revision whose file is smaller"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_a_file_a_revision_of_one_or_neither() {
        let own = Path::new("stack.toml");
        let parsed = |word: &str| Versioned::parse(word, own).map(|versioned| versioned.to_string());
        for (word, wanted) in [
            ("staging", None),
            ("other.toml", Some("other.toml")),
            ("stacks/other", Some("stacks/other")),
            ("@main", Some("stack.toml@main")),
            ("other.toml@HEAD~1", Some("other.toml@HEAD~1")),
        ] {
            assert_eq!(parsed(word).as_deref(), wanted, "{word}");
        }
    }

    #[test]
    fn what_could_be_an_option_or_another_path_is_no_revision() {
        for revision in ["", "--help", "-c", "main:/etc/passwd", "a b", "a\nb"] {
            let error = at(Path::new("stack.toml"), revision).unwrap_err();
            assert!(format!("{error}").contains("no revision of git"), "{revision}: {error}");
        }
    }
}
