//! The binary, as a person or a pipeline runs it: each test a directory of its own, an empty environment, the embedded AWS.

mod actual;
mod advise;
mod approvals;
mod bad_files;
mod bad_places;
mod budgets;
mod costs;
mod drift;
mod files;
mod help;
mod history;
mod hostile;
mod pipelines;
mod plans;
mod planted;
mod preflight;
mod reach;
mod readiness;
mod rehearse;
mod releases;
mod run;
mod runs;
mod secret;
pub mod served;
mod stores;
pub mod traces;
mod watch;
mod widths;

use serde_json::Value;
use std::fs;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A directory to run `trueup` in.
pub struct Desk {
    dir: TempDir,
    vars: Vec<(String, String)>,
}

/// The end of a command.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Desk {
    pub fn new() -> Self {
        Desk { dir: tempfile::tempdir().unwrap(), vars: Vec::new() }
    }

    /// Makes a desk with a stack file.
    pub fn with(stack: &str) -> Self {
        let desk = Desk::new();
        desk.write("stack.toml", stack);
        desk
    }

    /// Sets an environment variable from here on.
    pub fn var(mut self, name: &str, value: impl Into<String>) -> Self {
        self.vars.push((name.into(), value.into()));
        self
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.dir.path().join(file)
    }
    pub fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    pub fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    /// Nothing of the tester's own environment reaches the command, accounts least of all.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
        command.args(args).current_dir(self.dir.path()).env_clear().stdin(Stdio::null());
        command.env("HOME", self.dir.path()).env("AWS_EC2_METADATA_DISABLED", "true").env("RUST_BACKTRACE", "0");
        command.envs(self.vars.iter().map(|(name, value)| (name, value)));
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        self.tidy(self.command(args).output().unwrap())
    }

    /// Runs a command on the embedded AWS, in a hurry.
    pub fn sandbox(&self, args: &[&str]) -> Ran {
        self.run(&[args, &["--sandbox", "--sandbox-speed", "2000"]].concat())
    }

    /// Runs a command on the embedded AWS that reads `input`.
    pub fn fed(&self, args: &[&str], input: &str) -> Ran {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(input.as_bytes()).and_then(|()| file.rewind()).unwrap();
        let mut command = self.command(&[args, &["--sandbox", "--sandbox-speed", "2000"]].concat());
        self.tidy(command.stdin(file).output().unwrap())
    }

    /// Started, and left to run.
    pub fn spawn(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Its text, the directory's name taken out. No run may panic.
    pub fn tidy(&self, output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&self.dir.path().display().to_string(), "DIR");
        let ran = Ran { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) };
        assert!(!ran.err.contains("panicked") && ran.code != 101, "{}", ran.err);
        ran
    }
}

impl Ran {
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }
    /// stdout, one JSON value.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
    /// stdout, a JSON value a line.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
    }
    /// Everything it printed, as a person sees it.
    pub fn all(&self) -> String {
        format!("exit {}\n--- stdout\n{}--- stderr\n{}", self.code, self.out, self.err)
    }
}

/// The text without the digests that physical names end in.
pub fn undigested(text: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_end_matches(['\n', ' ']);
        let ours = bare.contains("small-default") || bare.contains("small_default");
        let stem = bare.rsplit_once('-').filter(|(_, digest)| ours && digest.len() == 6).map(|(stem, _)| stem);
        stem.map_or_else(|| word.to_owned(), |stem| format!("{stem}-DIGEST{}", &word[bare.len()..]))
    };
    text.split_inclusive([' ', '\n']).map(word).collect()
}

/// A file of this repository.
pub fn shipped(file: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file).display().to_string()
}

/// A stack of a few kinds that take no time.
pub const SMALL: &str = r#"
[stack]
name = "small"
region = "us-east-1"

[storage.files]
protect = false
force_destroy = true

[resource.news]
kind = "sns.topic"
display_name = "News"
"#;
