//! Annotations of GitHub Actions: workflow commands, a line each.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use super::{Findings, told};
use crate::core::visible::line;

/// A line for each finding. Nothing else may stand on standard output beside them: the runner reads every line.
pub fn annotations(findings: &Findings<'_>) -> String {
    let file = property(&line(findings.file).replace('\\', "/"));
    let places = findings.places();
    let one = |(one, place): (&crate::core::diagnostic::Diagnostic, super::Place)| {
        let super::Place { line, column, end_line, end_column } = place;
        let at = format!("file={file},line={line},endLine={end_line},col={column},endColumn={end_column},title={}", property(one.code));
        format!("::{} {at}::{}\n", one.level.name(), data(&told(one, findings.sources)))
    };
    findings.diagnostics.iter().zip(places).map(one).collect()
}

/// As `escapeData` of the toolkit: <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As `escapeProperty` of the toolkit.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
