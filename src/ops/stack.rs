//! Loading a stack: a file, one environment of it, what is set over it; and what the rules find in it.

use super::{Error, Kind};
use crate::core::code::Level;
use crate::core::codes::ACCEPTED_UNTIL;
use crate::core::diagnostic::{Diagnostic, Rejected};
use crate::core::expand::{expand_beside, judge};
use crate::core::file::{Terms, Verdict};
use crate::core::graph::Graph;
use crate::core::identity::Scope;
use crate::core::input::MAX_BYTES;
use crate::core::rule::Look;
use crate::core::source::Source;
use crate::core::stack::Stack;
use crate::files::{self, Readers};
use crate::modules;
use crate::rules::RULES;
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// The file that a stack is looked for in when none is named.
pub const DEFAULT_FILE: &str = "stack.toml";

/// The choice among the stacks that a file describes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Choice<'a> {
    /// The overlay `[env.NAME]`.
    pub env: Option<&'a str>,
    /// Values set over the file's, as `path=value`.
    pub set: &'a [String],
    /// The same for a question what it would be like: these may add to the file.
    pub edits: &'a [String],
    /// A file of `[usage]` to lay over its own.
    pub usage: Option<&'a Path>,
}

/// A stack, and every resource that it wants.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub stack: Stack,
    pub graph: Graph,
}

/// Reads, checks and expands a stack file.
pub fn load(file: &Path, choice: Choice<'_>) -> Result<Loaded, Error> {
    parse(source(file)?, choice)
}

/// Does the same with a file that was read already.
pub fn parse(source: Source, choice: Choice<'_>) -> Result<Loaded, Error> {
    let mut stack = modules::parse_edited(source, choice.env, choice.set, choice.edits).map_err(Error::Rejected)?;
    if let Some(file) = choice.usage {
        let bytes = read(file).map_err(|source| {
            let hint = Some("--usage names a TOML file with [usage] tables; `trueup cost --usage-from 30d` writes one".into());
            Error::File { doing: "read", path: file.to_owned(), source, hint }
        })?;
        let usage = modules::decode(&file.display().to_string(), bytes).and_then(|usage| modules::add_usage(stack, usage));
        stack = usage.map_err(|rejected| Error::Usage { path: file.to_owned(), rejected })?;
    }
    Loaded::of(stack)
}

/// Checks a file for the environment that is chosen, or else for each that it has, and says all that is wrong with it on a day.
pub fn validate(source: Source, choice: Choice<'_>, terms: Terms<'_>) -> Verdict {
    modules::validate_on(source, choice.env, choice.set, terms)
}

/// Says how a verdict ends for whoever runs it: as a plan of the same file would. None means that nothing is wrong.
pub fn end_of(verdict: &Verdict) -> Option<Kind> {
    // A warning of any code may have been denied, and it is for a person to say that it is fine after all.
    let warns = |one: &Diagnostic| modules::CATALOG.all_codes().any(|code| code.id == one.code && code.level == Level::Warning);
    let by_rule = |one: &Diagnostic| RULES.iter().any(|rule| rule.code.id == one.code) || one.code == ACCEPTED_UNTIL.id || warns(one);
    let mut errors = verdict.diagnostics.iter().filter(|one| one.is_error()).peekable();
    errors.peek()?;
    Some(if errors.all(by_rule) { Kind::Refused } else { Kind::Failed })
}

/// Reads a stack file, and leaves its text as it is.
pub fn source(file: &Path) -> Result<Source, Error> {
    let bytes = read(file).map_err(|source| {
        let hint = match source.kind() {
            ErrorKind::NotFound => Some("name the stack file, or write a first one with `trueup init`".into()),
            ErrorKind::IsADirectory => Some(format!("name the file in it, such as {}", file.join(DEFAULT_FILE).display())),
            _ => None,
        };
        Error::File { doing: "read", path: file.to_owned(), source, hint }
    })?;
    decode(file, bytes)
}

/// Puts a text in the place of a stack file whose text was another. It is replaced as a whole and keeps its mode; a link stays
/// one. A file that somebody has changed meanwhile is left as it is.
pub fn rewrite(file: &Path, before: &str, text: &str) -> Result<(), Error> {
    let failed = |source: io::Error| Error::File { doing: "write", path: file.to_owned(), source, hint: None };
    let target = fs::canonicalize(file).map_err(failed)?;
    let mode = fs::metadata(&target).map_err(failed)?.permissions();
    if mode.readonly() {
        return Err(failed(io::Error::new(ErrorKind::PermissionDenied, "it is closed to writing")));
    }
    if source(file)?.text != before {
        return Err(failed(io::Error::new(ErrorKind::ResourceBusy, "it has changed meanwhile")));
    }
    files::replace(&target, text.as_bytes(), Readers::Any).and_then(|()| fs::set_permissions(&target, mode)).map_err(failed)
}

impl Loaded {
    /// Expands a stack that was parsed already, or built in code.
    pub fn of(stack: Stack) -> Result<Self, Error> {
        let graph = expand_beside(&stack, RULES).map_err(Error::Rejected)?;
        Ok(Loaded { stack, graph })
    }

    /// Answers the warnings that the rules have on a day. An error of theirs refuses the stack.
    pub fn judge(&self, today: &str) -> Result<Rejected, Error> {
        self.judged(|one| one.is_due(today))
    }

    /// Does the same for a plan that asks the account for its quotas, which says by itself what their defaults stand in for.
    pub fn judge_for_account(&self, today: &str) -> Result<Rejected, Error> {
        let of_defaults = |one: &Diagnostic| RULES.iter().any(|rule| rule.code.id == one.code && matches!(rule.look, Look::Defaults(_)));
        self.judged(|one| one.is_due(today) && !of_defaults(one))
    }

    fn judged(&self, counts: impl Fn(&Diagnostic) -> bool) -> Result<Rejected, Error> {
        let diagnostics = judge(&self.stack, &self.graph, RULES).into_iter().filter(counts).collect();
        let found = Rejected { sources: self.stack.sources.clone(), diagnostics };
        if found.diagnostics.iter().any(Diagnostic::is_error) { Err(Error::Judged(found)) } else { Ok(found) }
    }

    /// Answers the warnings that are about `[usage]`, and about what is committed to.
    pub fn remarks(&self, today: &str) -> Rejected {
        let usage = &self.stack.usage;
        let all = if usage.tables.is_empty() && usage.committed.is_empty() { Vec::new() } else { judge(&self.stack, &self.graph, RULES) };
        Rejected {
            sources: self.stack.sources.clone(),
            diagnostics: all.into_iter().filter(|one| is_of_usage(one) && one.is_due(today)).collect(),
        }
    }

    /// Answers the stack's scope; `account` stands in where the file names none.
    pub fn scope(&self, account: &str) -> Scope {
        self.stack.scope(account)
    }
}

/// True for a warning that is about `[usage]`, or about what is committed to.
pub(super) fn is_of_usage(one: &Diagnostic) -> bool {
    RULES.iter().any(|rule| rule.code.id == one.code && matches!(rule.look, Look::Usage(_) | Look::Commitments(_)))
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more than is allowed tells a file that is too large from one that just fits.
    files::open(path)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn decode(path: &Path, bytes: Vec<u8>) -> Result<Source, Error> {
    modules::decode(&path.display().to_string(), bytes).map_err(Error::Rejected)
}
