//! Diagnostics of a stack file, each with its place: values that are gathered, sorted and shown together.

use super::code::{Code, Level};
use super::codes;
use super::fix::Edit;
use super::problem::Problem;
use super::source::{Lines, Path, Source, Span};
use serde_json::{Value, json};

/// The version of the JSON that diagnostics are printed as.
pub const VERSION: u32 = 1;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The id of a code of the registry (`Catalog::all_codes`).
    pub code: &'static str,
    pub level: Level,
    /// A lowercase fragment.
    pub message: String,
    /// The value it is about; empty for the whole file.
    pub path: Path,
    /// The place of that value; `None` for a stack that was built in code.
    pub span: Option<Span>,
    /// The text beside the caret.
    pub label: String,
    /// Other places that belong to it.
    pub also: Vec<(Span, String)>,
    pub help: Option<String>,
    /// The edit that mends it, where that is certain.
    pub fix: Option<Box<Edit>>,
    /// The name that was most likely meant, where a wrong one is all that is wrong.
    pub guess: Option<Box<Guess>>,
    /// The day before which it says nothing, such as `2026-12-01`.
    pub begins: Option<String>,
    /// The environments that it is found in, where there are others that it is not found in.
    pub envs: Vec<String>,
}

/// A wrong name, as it stands in the text of a finding's place, and the one that was most likely meant. It is an offer and no fix: only
/// whoever wrote it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    pub wrong: String,
    pub meant: String,
}

impl Diagnostic {
    /// A finding of a code, at its level.
    pub fn new(code: &Code, path: Path, message: impl Into<String>) -> Self {
        let (message, label) = (message.into(), String::new());
        Diagnostic {
            code: code.id,
            level: code.level,
            message,
            path,
            span: None,
            label,
            also: Vec::new(),
            help: None,
            fix: None,
            guess: None,
            begins: None,
            envs: Vec::new(),
        }
    }
    /// A problem that a check found, below `path`. A code that the problem has already is replaced.
    pub fn of(code: &Code, path: &Path, problem: Problem) -> Self {
        let Problem { code: _, field, or: _, message, help, fix: _ } = problem;
        Diagnostic { help, ..Self::new(code, path.field(&field), message) }
    }
    /// A problem that has its code already, below `path`.
    pub fn coded(path: &Path, problem: Problem) -> Self {
        let code = Code { id: problem.code, ..Code::NEW };
        Self::of(&code, path, problem)
    }
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.also.push((span, label.into()));
        self
    }
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
    pub fn guess(mut self, wrong: &str, meant: &str) -> Self {
        self.guess = Some(Box::new(Guess { wrong: wrong.to_owned(), meant: meant.to_owned() }));
        self
    }
    /// True on a day on which it says something.
    pub fn is_due(&self, today: &str) -> bool {
        // Days of the same form are in order as text.
        self.begins.as_deref().is_none_or(|begins| begins <= today)
    }
    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }
}

/// A stack that cannot be used, and everything that is wrong with it.
#[derive(Debug, Clone)]
pub struct Rejected {
    pub sources: Vec<Source>,
    pub diagnostics: Vec<Diagnostic>,
}

impl Rejected {
    pub fn to_json(&self) -> Value {
        to_json(&self.diagnostics, &self.sources)
    }
}

/// Puts diagnostics in order of place, each once, with all the environments that it is found in. What stands in for a text that names nothing is of no type.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    let nothing = diagnostics.iter().filter(|one| one.code == codes::NO_SUCH_ITEM.id).map(|one| one.span).collect::<Vec<_>>();
    diagnostics.retain(|one| one.code != codes::WRONG_TYPE.id || !nothing.contains(&one.span));
    diagnostics.sort_by(|a, b| (a.span, &a.path, a.code, &a.message).cmp(&(b.span, &b.path, b.code, &b.message)));
    diagnostics.dedup_by(|one, before| {
        let (envs, known) = (std::mem::take(&mut one.envs), std::mem::take(&mut before.envs));
        let is_same = one == before;
        before.envs = known;
        if is_same {
            before.envs.extend(envs)
        } else {
            one.envs = envs
        }
        is_same
    });
}

/// They as machines read them: an array, versioned by what holds it.
pub fn to_json(diagnostics: &[Diagnostic], sources: &[Source]) -> Value {
    let lines = sources.iter().map(|source| Lines::new(&source.text)).collect::<Vec<_>>();
    let place = |span: &Span| {
        let (source, lines) = (sources.get(span.source)?, lines.get(span.source)?);
        let ((line, column), (end_line, end_column)) = (lines.position(&source.text, span.start), lines.position(&source.text, span.end));
        Some(json!({ "file": source.name, "line": line, "column": column, "end_line": end_line, "end_column": end_column }))
    };
    let one = |diagnostic: &Diagnostic| {
        let Diagnostic { code, level, message, path, span, label, also, help, fix, guess: _, begins: _, envs } = diagnostic;
        json!({
            "code": code,
            "severity": level.name(),
            "message": message,
            "path": path.parts(),
            "place": span.as_ref().and_then(place),
            "label": label,
            "also": also.iter().map(|(span, label)| json!({ "place": place(span), "label": label })).collect::<Vec<_>>(),
            "help": help,
            "environments": envs,
            "fix": fix.as_deref().map(|Edit { path, value, at }| json!({ "path": path.parts(), "value": value, "place": at.as_ref().and_then(place) })),
        })
    };
    diagnostics.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_read_lines_and_columns_from_one() {
        let source = Source::new("stack.toml", "[a]\nb = \"x\"\n");
        let one = Diagnostic::new(&codes::WRONG_TYPE, Path::new(["a", "b"]), "wrong").at(Span { source: 0, start: 8, end: 11 });
        let json = to_json(&[one], &[source]);
        assert_eq!(json[0]["place"], json!({ "file": "stack.toml", "line": 2, "column": 5, "end_line": 2, "end_column": 8 }));
    }
}
