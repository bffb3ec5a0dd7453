//! The arguments that name a stack, and reading it.

use super::exit::{Exit, Failure};
use crate::core::diagnostic::{self, Diagnostic};
use crate::core::graph::Graph;
use crate::core::input::MAX_BYTES;
use crate::core::source::Source;
use crate::core::stack::{Rejected, Stack};
use crate::modules;
use crate::report;
use crate::rules::RULES;
use serde_json::json;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Where a stack is looked for when no file is named.
pub const DEFAULT_FILE: &str = "stack.toml";

#[derive(Debug, Clone, clap::Args)]
pub struct StackArgs {
    /// The stack file
    #[arg(value_name = "FILE", default_value = DEFAULT_FILE, value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
    #[command(flatten)]
    pub choice: Choice,
}

/// Which of the stacks that a file describes.
#[derive(Debug, Clone, clap::Args)]
pub struct Choice {
    /// The environment: chooses the overlay [env.NAME]
    #[arg(long, env = "TRUEUP_ENV", value_name = "NAME")]
    pub env: Option<String>,
    /// Set a value of the file, such as service.api.image=repo@sha256:…; repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
}

impl StackArgs {
    /// Reads, checks and expands the file. What is wrong with it has been shown when this fails.
    pub fn load(&self, json: bool) -> Result<(Stack, Graph), Failure> {
        self.load_with(None, json)
    }

    /// The same, with a file of `[usage]` laid over its own.
    pub fn load_with(&self, usage: Option<&Path>, json: bool) -> Result<(Stack, Graph), Failure> {
        self.parse(self.source(json)?, self.choice.env.as_deref(), &self.choice.set, usage, json)
    }

    /// The same for any environment and values of a file that was read already.
    pub fn parse(
        &self,
        source: Source,
        env: Option<&str>,
        sets: &[String],
        usage: Option<&Path>,
        json: bool,
    ) -> Result<(Stack, Graph), Failure> {
        let reject = |rejected: Rejected| show(&rejected, json, Exit::Failed);
        let mut stack = modules::parse(source, env, sets).map_err(reject)?;
        if let Some(file) = usage {
            let source = read(file, json, |error| Failure::file("read", file, error))?;
            stack = modules::add_usage(stack, source).map_err(reject)?;
        }
        let graph = stack.expand().map_err(reject)?;
        Ok((stack, graph))
    }

    /// Refuses what a rule calls an error, and shows what it warns of.
    pub fn judge(&self, stack: &Stack, graph: &Graph, json: bool) -> Result<(), Failure> {
        let found = Rejected { sources: stack.sources.clone(), diagnostics: stack.judge(graph, RULES) };
        if found.diagnostics.iter().any(Diagnostic::is_error) {
            return Err(show(&found, json, Exit::Refused));
        }
        if !found.diagnostics.is_empty() && !json {
            report::talk(&found.render(report::colour()));
        }
        Ok(())
    }

    /// The file as it is.
    pub fn source(&self, json: bool) -> Result<Source, Failure> {
        read(&self.file, json, |error| unreadable(&self.file, error))
    }
}

fn read(path: &Path, json: bool, failed: impl FnOnce(&std::io::Error) -> Failure) -> Result<Source, Failure> {
    let mut bytes = Vec::new();
    // One byte more than is allowed tells a file that is too large from one that just fits.
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| failed(&error))?;
    modules::decode(&path.display().to_string(), bytes).map_err(|rejected| show(&rejected, json, Exit::Failed))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    let failure = Failure::file("read", path, error);
    match error.kind() {
        ErrorKind::NotFound => failure.hint("name the stack file, or write a first one with `trueup init`"),
        ErrorKind::IsADirectory => failure.hint(format!("name the file in it, such as {}", path.join(DEFAULT_FILE).display())),
        _ => failure,
    }
}

/// Shows what is wrong with a file; the failure that comes of it has nothing more to say.
fn show(rejected: &Rejected, json: bool, exit: Exit) -> Failure {
    if json {
        report::json(&json!({ "version": diagnostic::VERSION, "diagnostics": rejected.to_json() }));
    } else {
        let errors = rejected.diagnostics.iter().filter(|one| one.is_error()).count();
        report::talk(&format!("{}\n", rejected.render(report::colour())));
        report::error(&format!("{errors} {} with the stack file", if errors == 1 { "problem" } else { "problems" }), None);
    }
    Failure::shown(exit)
}
