//! The arguments that name a stack, and what is wrong with it, shown.

use super::exit::{Exit, Failure};
use super::options::today;
use crate::core::diagnostic;
use crate::core::diagnostic::Rejected;
use crate::core::source::Source;
use crate::ops::Error;
use crate::ops::stack::{self, DEFAULT_FILE, Loaded};
use crate::report;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, clap::Args)]
pub struct StackArgs {
    /// The stack file
    #[arg(value_name = "FILE", default_value = DEFAULT_FILE, value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
    #[command(flatten)]
    pub choice: Choice,
}

/// The choice among the stacks that a file describes.
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
    /// Reads, checks and expands the file. Its problems have been shown when this fails.
    pub fn load(&self, json: bool) -> Result<Loaded, Failure> {
        stack::load(&self.file, self.choice(None)).map_err(shown(json))
    }

    /// Does the same with a file of `[usage]` laid over its own, refuses what a rule calls an error, and shows what it
    /// warns of.
    pub fn load_judged(&self, usage: Option<&Path>, json: bool) -> Result<Loaded, Failure> {
        self.shown_warnings(usage, json, |loaded| loaded.judge(&today()))
    }

    /// Does the same for a plan that asks the account for its quotas.
    pub fn load_for_account(&self, usage: Option<&Path>, json: bool) -> Result<Loaded, Failure> {
        self.shown_warnings(usage, json, |loaded| loaded.judge_for_account(&today()))
    }

    fn shown_warnings(
        &self,
        usage: Option<&Path>,
        json: bool,
        judge: impl Fn(&Loaded) -> Result<Rejected, Error>,
    ) -> Result<Loaded, Failure> {
        let loaded = stack::load(&self.file, self.choice(usage)).map_err(shown(json))?;
        let warnings = judge(&loaded).map_err(shown(json))?;
        if !warnings.diagnostics.is_empty() && !json {
            report::talk(&warnings.render(report::colour()));
        }
        Ok(loaded)
    }

    /// Reads the file as it is.
    pub fn source(&self, json: bool) -> Result<Source, Failure> {
        stack::source(&self.file).map_err(shown(json))
    }

    /// Says which of the file's stacks is meant.
    pub fn choice<'a>(&'a self, usage: Option<&'a Path>) -> stack::Choice<'a> {
        stack::Choice { env: self.choice.env.as_deref(), set: &self.choice.set, edits: &[], usage }
    }
}

/// Shows what is wrong with a file; the failure that comes of it has nothing more to say. Other errors stay to be said.
pub fn shown(json: bool) -> impl Fn(Error) -> Failure {
    move |error| match &error {
        Error::Rejected(rejected) | Error::Judged(rejected) => show(rejected, "the stack file", json, error.kind().into()),
        Error::Usage { path, rejected } => show(rejected, &report::path(path), json, error.kind().into()),
        _ => error.into(),
    }
}

/// Shows what is wrong with a file, as it is called.
fn show(rejected: &Rejected, file: &str, json: bool, exit: Exit) -> Failure {
    if json {
        report::json(&json!({ "version": diagnostic::VERSION, "diagnostics": rejected.to_json() }));
    } else {
        let errors = rejected.diagnostics.iter().filter(|one| one.is_error()).count();
        report::talk(&format!("{}\n", rejected.render(report::colour())));
        report::error(&format!("{errors} {} with {file}", if errors == 1 { "problem" } else { "problems" }), None);
    }
    Failure::shown(exit)
}
