//! Diagnostics of a stack file, each with its place: values that are gathered, sorted and shown together.

use super::code::{Code, Level};
use super::fix::Edit;
use super::problem::Problem;
use super::source::{Path, Source, Span};
use super::visible::line;
use annotate_snippets::{AnnotationKind, Element, Group, Level as Heading, Renderer, Snippet, normalize_untrusted_str};
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
}

impl Diagnostic {
    /// A finding of a code, at its level.
    pub fn new(code: &Code, path: Path, message: impl Into<String>) -> Self {
        let (message, label) = (message.into(), String::new());
        Diagnostic { code: code.id, level: code.level, message, path, span: None, label, also: Vec::new(), help: None, fix: None }
    }
    /// A problem that a check found, below `path`. A code that the problem has already is replaced.
    pub fn of(code: &Code, path: &Path, problem: Problem) -> Self {
        let Problem { code: _, field, message, help, fix: _ } = problem;
        Diagnostic { help, ..Self::new(code, path.field(&field), message) }
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
    /// The text that a person reads.
    pub fn render(&self, colour: bool) -> String {
        render(&self.diagnostics, &self.sources, colour)
    }
    pub fn to_json(&self) -> Value {
        to_json(&self.diagnostics, &self.sources)
    }
}

/// Puts diagnostics in order of place, each once.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| (a.span, &a.path, a.code, &a.message).cmp(&(b.span, &b.path, b.code, &b.message)));
    diagnostics.dedup();
}

/// The text that a person reads, each with its line and a caret.
pub fn render(diagnostics: &[Diagnostic], sources: &[Source], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    diagnostics.iter().map(|one| renderer.render(&[group(one, sources)]) + "\n").collect::<Vec<_>>().join("\n")
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a [Source]) -> Group<'a> {
    let Diagnostic { code, level, message, path, span, label, also, help, fix: _ } = diagnostic;
    let heading = match level {
        Level::Error => Heading::ERROR,
        Level::Warning => Heading::WARNING,
    };
    let place = if span.is_none() && !path.is_empty() { format!("{path}: ") } else { String::new() };
    let mut elements: Vec<Element<'a>> = Vec::new();
    if let Some(first) = span.filter(|span| span.source < sources.len()) {
        let annotate = |span: &Span, label: &str, kind: AnnotationKind| {
            let text = (!label.is_empty()).then(|| shown(label));
            kind.span(span.start..span.end.max(span.start)).label(text)
        };
        let in_source = |source: usize| also.iter().filter(move |(span, _)| span.source == source);
        let mut shown = vec![first.source];
        let home = snippet(&sources[first.source])
            .annotation(annotate(&first, label, AnnotationKind::Primary))
            .annotations(in_source(first.source).map(|(span, label)| annotate(span, label, AnnotationKind::Context)));
        elements.push(home.into());
        for (other, _) in also {
            if other.source < sources.len() && !shown.contains(&other.source) {
                shown.push(other.source);
                let marks = in_source(other.source).map(|(span, label)| annotate(span, label, AnnotationKind::Context));
                elements.push(snippet(&sources[other.source]).annotations(marks).into());
            }
        }
    }
    if let Some(help) = help {
        elements.push(Heading::HELP.message(shown(help)).into());
    }
    heading.primary_title(shown(&format!("{place}{message}"))).id(*code).elements(elements)
}

fn snippet(source: &Source) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    Snippet::source(source.text.as_str()).path(line(&source.name)).fold(true)
}

// Text of one line, in which nothing of a file can begin another.
fn shown(text: &str) -> String {
    normalize_untrusted_str(&line(text))
}

/// The same for machines: an array, versioned by what holds it.
pub fn to_json(diagnostics: &[Diagnostic], sources: &[Source]) -> Value {
    let place = |span: &Span| {
        let source = sources.get(span.source)?;
        let ((line, column), (end_line, end_column)) = (source.position(span.start), source.position(span.end));
        Some(json!({ "file": source.name, "line": line, "column": column, "end_line": end_line, "end_column": end_column }))
    };
    let one = |diagnostic: &Diagnostic| {
        let Diagnostic { code, level, message, path, span, label, also, help, fix } = diagnostic;
        json!({
            "code": code,
            "severity": level.name(),
            "message": message,
            "path": path.parts(),
            "place": span.as_ref().and_then(place),
            "label": label,
            "also": also.iter().map(|(span, label)| json!({ "place": place(span), "label": label })).collect::<Vec<_>>(),
            "help": help,
            "fix": fix.as_deref().map(|Edit { path, value, at }| json!({ "path": path.parts(), "value": value, "place": at.as_ref().and_then(place) })),
        })
    };
    diagnostics.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::codes;
    use expect_test::expect;

    #[test]
    fn a_diagnostic_shows_its_line_and_its_help() {
        let source = Source::new("stacks/prod.toml", "[a]\ncidr = \"10.0.1.0/24\"\n[b]\ncidr = \"10.0.0.0/22\"\n");
        let one = Diagnostic::new(&codes::WRONG_TYPE, Path::new(["a", "cidr"]), "subnet `app-a` overlaps subnet `db-a`")
            .at(Span { source: 0, start: 11, end: 24 })
            .label("lies inside 10.0.0.0/22")
            .also(Span { source: 0, start: 36, end: 49 }, "this one")
            .help("the next free range is 10.0.4.0/24");
        expect![[r#"
            error[TYPE001]: subnet `app-a` overlaps subnet `db-a`
             --> stacks/prod.toml:2:8
              |
            2 | cidr = "10.0.1.0/24"
              |        ^^^^^^^^^^^^^ lies inside 10.0.0.0/22
            3 | [b]
            4 | cidr = "10.0.0.0/22"
              |        ------------- this one
              |
              = help: the next free range is 10.0.4.0/24
        "#]]
        .assert_eq(&render(std::slice::from_ref(&one), std::slice::from_ref(&source), false));
        let json = to_json(&[one], &[source]);
        assert_eq!(json[0]["place"]["line"], 2);
        assert_eq!(json[0]["place"]["column"], 8);
    }

    #[test]
    fn without_a_file_the_path_stands_in_the_message_and_control_characters_never_reach_a_terminal() {
        let one = Diagnostic::new(&codes::UNKNOWN_KEY, Path::new(["service", "api"]), "unknown key `\u{1b}[31mx`");
        let text = render(&[one], &[], false);
        assert!(text.starts_with("error[KEY001]: service.api: unknown key") && !text.contains('\u{1b}'), "{text}");
    }
}
