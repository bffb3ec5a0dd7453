//! JUnit's XML: a test for each finding, which fails if it is an error, and one that passes for each good environment.
//! <https://github.com/testmoapp/junitxml> has the elements and attributes that its readers agree on.

use super::{Findings, told};
use crate::core::visible::line;

pub fn junit(findings: &Findings<'_>) -> String {
    let file = escaped(findings.file);
    let failures = findings.diagnostics.iter().filter(|one| one.is_error()).count();
    let tests = findings.diagnostics.len() + findings.good.len();
    let numbers = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\" time=\"0\"");
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"trueup validate\" {numbers}>\n  <testsuite name=\"{file}\" {numbers}>\n"
    );
    for (env, nodes) in findings.good {
        let name = format!("{env}: {nodes} resources");
        text += &format!("    <testcase classname=\"{file}\" name=\"{}\" file=\"{file}\" time=\"0\"/>\n", escaped(&name));
    }
    for (one, place) in findings.diagnostics.iter().zip(findings.places()) {
        let at = if one.path.is_empty() { String::new() } else { format!(" {}", one.path) };
        let name = escaped(&format!("{}{at}, line {}", one.code, place.line));
        let (kind, message) = (escaped(one.code), escaped(&told(one, findings.sources)));
        text += &format!("    <testcase classname=\"{file}\" name=\"{name}\" file=\"{file}\" line=\"{}\" time=\"0\">\n", place.line);
        text += &if one.is_error() {
            let whole = format!("{file}:{}:{}: {message}", place.line, place.column);
            format!("      <failure type=\"{kind}\" message=\"{message}\">{whole}</failure>\n")
        } else {
            format!("      <system-out>warning: {file}:{}:{}: {message}</system-out>\n", place.line, place.column)
        };
        text += "    </testcase>\n";
    }
    text + "  </testsuite>\n</testsuites>\n"
}

/// Text of an element or an attribute, of one line. XML has no way to write control characters, nor these two:
/// <https://www.w3.org/TR/xml/#charsets>
fn escaped(text: &str) -> String {
    let text = line(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&apos;")
}
