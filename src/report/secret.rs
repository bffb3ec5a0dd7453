//! The secrets of a stack, as a table: names and whether they hold a value. Values are known to nobody here.

use super::paint;

/// The words about arguments of `secret set` that are none. Any of them may be the value, so none is repeated.
pub const ARGUMENTS: &str = "`secret set` takes the name of a secret and, if it is not stack.toml, the stack file";

/// The way in which a value is given instead.
pub const PIPED: &str = "a value is read from standard input: printf %s \"$VALUE\" | trueup secret set NAME   (or from a file: < FILE)";

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
