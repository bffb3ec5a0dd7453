//! Words of a file within Markdown: whatever they hold, they stay words.

use crate::core::visible::line;

/// Returns a text as code: on one line, and closed by more backticks than it holds in a row.
pub fn code(text: &str) -> String {
    let text = line(text);
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // A space keeps its own backticks off the fence, and goes as it is shown.
    let space = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_file_is_markdown() {
        for (text, want) in [
            ("main", "`main`"),
            ("a`b", "``a`b``"),
            ("`", "`` ` ``"),
            ("```x", "```` ```x ````"),
            ("", "`  `"),
            ("a\nb\u{202e}", "`a\\nb\\u{202e}`"),
        ] {
            assert_eq!(code(text), want);
        }
    }
}
