//! The arguments that name a stack, and reading it.

use super::exit::{Exit, Failure};
use crate::core::diagnostic::Diagnostic;
use crate::core::graph::Graph;
use crate::core::input::MAX_BYTES;
use crate::core::source::Source;
use crate::core::stack::{Rejected, Stack};
use crate::modules;
use crate::report;
use crate::rules::RULES;
use std::io::Read;
use std::path::PathBuf;

#[derive(Debug, Clone, clap::Args)]
pub struct StackArgs {
    /// The stack file
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub file: PathBuf,
    /// The environment: chooses the overlay [env.NAME]
    #[arg(long, env = "TRUEUP_ENV", value_name = "NAME")]
    pub env: Option<String>,
    /// Set a value of the file, such as service.api.image="repo@sha256:…"; repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
}

impl StackArgs {
    /// Reads, checks and expands the file. What is wrong with it has been shown when this fails.
    pub fn load(&self, json: bool) -> Result<(Stack, Graph), Failure> {
        let reject = |rejected: Rejected| show(&rejected, json);
        let stack = modules::parse(self.source(json)?, self.env.as_deref(), &self.set).map_err(reject)?;
        let graph = stack.expand().map_err(reject)?;
        Ok((stack, graph))
    }

    /// Refuses what a rule calls an error, and shows what it warns of.
    pub fn judge(&self, stack: &Stack, graph: &Graph, json: bool) -> Result<(), Failure> {
        let found = Rejected { sources: stack.sources.clone(), diagnostics: stack.judge(graph, RULES) };
        if found.diagnostics.iter().any(Diagnostic::is_error) {
            return Err(show(&found, json));
        }
        if !found.diagnostics.is_empty() && !json {
            report::talk(&found.render(report::colour()));
        }
        Ok(())
    }

    /// The file as it is.
    pub fn source(&self, json: bool) -> Result<Source, Failure> {
        let mut bytes = Vec::new();
        // One byte more than is allowed tells a file that is too large from one that just fits.
        let read = std::fs::File::open(&self.file).and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes));
        read.map_err(|error| Failure::file("read", &self.file, &error).hint("`trueup init` writes a starter stack"))?;
        modules::decode(&self.file.display().to_string(), bytes).map_err(|rejected| show(&rejected, json))
    }
}

/// Shows what is wrong with a file; the failure that comes of it has nothing more to say.
fn show(rejected: &Rejected, json: bool) -> Failure {
    if json {
        report::data(&rejected.to_json().to_string());
    } else {
        report::talk(&rejected.render(report::colour()));
        let errors = rejected.diagnostics.iter().filter(|one| one.is_error()).count();
        report::error(&format!("{errors} {} in the stack file", if errors == 1 { "problem" } else { "problems" }), None);
    }
    Failure::shown(Exit::Failed)
}
