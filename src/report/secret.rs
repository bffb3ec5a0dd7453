//! The secrets of a stack, as a table: names and whether they hold a value. Values are known to nobody here.

use super::paint;

/// A line per secret: its name, and a word for what it holds.
pub fn render(secrets: &[(&str, &str, bool)]) -> String {
    let width = secrets.iter().map(|(name, _, _)| paint::width(name)).max().unwrap_or(0);
    let line = |(name, word, set): &(&str, &str, bool)| {
        let word = if *set { paint::good(word) } else { paint::change(word) };
        format!("  {}  {word}\n", paint::pad(name, width))
    };
    let lines = secrets.iter().map(line).collect::<String>();
    format!("{}\n{lines}", paint::strong("Secrets"))
}
