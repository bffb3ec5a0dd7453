//! Findings as an editor shows them, and the fixes that it offers for them.

use super::document::Checked;
use super::position::Lines;
use super::server::Client;
use crate::core::diagnostic::Diagnostic;
use crate::core::fix::Edit;
use crate::core::private::is_private_key;
use crate::core::source::FILE;
use crate::core::visible::line;
use crate::modules::CATALOG;
use lsp_types::{CodeDescription, DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Uri};
use std::collections::BTreeMap;
use std::ops::Range;
use std::str::FromStr;
use std::sync::OnceLock;

/// The most findings that an editor is told of at once: errors first, where there are more.
const MOST: usize = 1000;

/// The most fixes that are offered at one place: each is tried before.
const MOST_FIXES: usize = 10;

/// The most places beside its own that one finding names.
const MOST_RELATED: usize = 20;

/// Returns the findings of a text in the protocol's form, as far as they are shown.
pub fn diagnostics(checked: &Checked, lines: &Lines, client: Client) -> Vec<lsp_types::Diagnostic> {
    shown(&checked.diagnostics).into_iter().map(|at| diagnostic(checked, at, lines, client)).collect()
}

/// Returns one of the findings by its number in the verdict.
pub fn diagnostic(checked: &Checked, number: usize, lines: &Lines, client: Client) -> lsp_types::Diagnostic {
    let one = &checked.diagnostics[number];
    let uri = Uri::from_str(&checked.uri).ok();
    let range = |span: &Range<usize>| lines.range(&checked.source.text, span, client.encoding);
    let label = if one.label.is_empty() { String::new() } else { format!(" ({})", line(&one.label)) };
    let help = one.help.as_ref().map_or_else(String::new, |help| format!("\nhelp: {}", line(help)));
    let related = one.also.iter().filter(|(span, _)| span.source == FILE).take(MOST_RELATED);
    let related = related.filter_map(|(span, words)| {
        let location = Location { uri: uri.clone()?, range: range(&(span.start..span.end)) };
        Some(DiagnosticRelatedInformation { location, message: line(words).into_owned() })
    });
    let related = related.collect::<Vec<_>>();
    let page = pages().get(one.code).filter(|page| !page.is_empty()).and_then(|page| Uri::from_str(page).ok());
    lsp_types::Diagnostic {
        range: range(&place(one)),
        severity: Some(if one.is_error() { DiagnosticSeverity::ERROR } else { DiagnosticSeverity::WARNING }),
        code: Some(NumberOrString::String(one.code.to_owned())),
        code_description: page.map(|href| CodeDescription { href }),
        source: Some("trueup".to_owned()),
        message: format!("{}{label}{help}", line(&one.message)),
        related_information: (client.related && !related.is_empty()).then_some(related),
        tags: None,
        data: None,
    }
}

/// The numbers of those that are shown.
fn shown(all: &[Diagnostic]) -> Vec<usize> {
    let (errors, warnings) = (0..all.len()).partition::<Vec<_>, _>(|at| all[*at].is_error());
    if all.len() <= MOST { (0..all.len()).collect() } else { errors.into_iter().chain(warnings).take(MOST).collect() }
}

fn place(one: &Diagnostic) -> Range<usize> {
    one.span.filter(|span| span.source == FILE).map_or(0..0, |span| span.start..span.end)
}

/// AWS's page of each code.
fn pages() -> &'static BTreeMap<&'static str, &'static str> {
    static PAGES: OnceLock<BTreeMap<&str, &str>> = OnceLock::new();
    PAGES.get_or_init(|| CATALOG.all_codes().map(|code| (code.id, code.page)).collect())
}

/// Returns the numbers of the findings in a range that have a fix, or a name that was most likely meant, and what each is called.
pub fn fixable(checked: &Checked, range: &Range<usize>) -> Vec<(usize, String)> {
    let touches = |one: &Diagnostic| {
        let own = place(one);
        own.start <= range.end && range.start <= own.end
    };
    let all = checked.diagnostics.iter().enumerate().filter(|(_, one)| touches(one));
    let named = |one: &Diagnostic| match (&one.fix, &one.guess) {
        (Some(edit), _) => Some(title(one.code, edit)),
        (None, Some(guess)) => Some(format!("Change `{}` to `{}` ({})", line(&guess.wrong), line(&guess.meant), one.code)),
        (None, None) => None,
    };
    all.filter_map(|(number, one)| Some((number, named(one)?))).take(MOST_FIXES).collect()
}

fn title(code: &str, edit: &Edit) -> String {
    let key = edit.path.parts().last().map(|key| line(key).into_owned()).unwrap_or_default();
    match &edit.value {
        Some(_) if is_private_key(&key) => format!("Set `{key}` ({code})"),
        Some(value) => {
            let value = super::complete::toml_value(value);
            let short = value.chars().take(60).collect::<String>();
            format!("Set `{key}` to {}{} ({code})", line(&short), if short.len() < value.len() { "…" } else { "" })
        }
        None => format!("Take `{key}` out ({code})"),
    }
}
