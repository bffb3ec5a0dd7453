//! Fixes of a stack file: what was mended, and how the file would differ.

use super::paint;
use crate::core::diagnostic::Diagnostic;
use crate::core::private::veiled;
use crate::core::visible::line;
use similar::TextDiff;

/// The lines in which two texts of a file differ, in the form that patches have. Secrets are blanked, as everywhere.
pub fn diff(file: &str, before: &str, after: &str) -> String {
    let (before, after) = (veiled(before), veiled(after));
    let name = line(file);
    let diff = TextDiff::from_lines(&*before, &*after);
    let text = diff.unified_diff().context_radius(3).header(&name, &name).to_string();
    let coloured = |line: &str| match line.as_bytes().first() {
        Some(b'-') => paint::minus(line),
        Some(b'+') => paint::good(line),
        _ => line.to_owned(),
    };
    text.lines().map(|line| coloured(line) + "\n").collect()
}

/// A line for each finding that was mended, or that would be.
pub fn told(mended: &[Diagnostic], written: bool) -> String {
    let word = if written { "fixed" } else { "would fix" };
    let one = |one: &Diagnostic| format!("{word} {} at {}: {}\n", one.code, one.path, line(&one.message));
    mended.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_what_changes_and_no_secret() {
        let before = "[a]\nwebhook = \"https://hooks.example/T0/PLANTED\"\nx = 1\n";
        let shown = paint::plain(&diff("a\nb.toml", before, &before.replace("x = 1", "x = 2"))).into_owned();
        assert!(shown.starts_with("--- a\\nb.toml\n+++ a\\nb.toml\n@@ ") && shown.ends_with("-x = 1\n+x = 2\n"), "{shown}");
        assert!(!shown.contains("PLANTED"), "{shown}");
        assert_eq!(diff("a", before, before), "");
    }
}
