//! Markdown for comments on pull requests. Text that is not ours can begin no markup, call nobody, and end no cell or block.

use super::escape::escape;
use crate::core::visible;

/// Text as Markdown shows it, letter for letter. What stands between backticks becomes code, and so does what Markdown would make
/// more of than text even behind a backslash: the name of a person, an address of the web.
pub fn text(text: &str) -> String {
    let text = line(text);
    let pieces = text.split('`').collect::<Vec<_>>();
    // The first letter of a line could make it a heading or an item of a list.
    let start = if text.starts_with(['#', '+', '-', '=']) { "\\" } else { "" };
    // A backtick without a partner opens nothing.
    let paired = pieces.len() % 2 == 1;
    let shown = pieces.iter().enumerate().map(|(at, piece)| match at % 2 == 1 && paired {
        true => code(piece),
        false => words(piece),
    });
    start.to_owned() + &shown.collect::<Vec<_>>().join(if paired { "" } else { "\\`" })
}

/// Text as code in a line, whatever stands in it.
pub fn code(text: &str) -> String {
    let text = line(text).replace('|', "\\|");
    if text.trim().is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    let room = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{room}{text}{room}{fence}")
}

/// Text of several lines as a block of code.
pub fn block(text: &str) -> String {
    let text = escape(text);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", text.trim_matches('\n'))
}

/// Cuts a text of Markdown to so many bytes, whole line by whole line: what is open there is closed, and a note says what is missing.
pub fn fit(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let total = text.lines().count();
    let note =
        |shown: usize| format!("\n> **Cut here:** {} more lines do not fit. The plan that was saved has all of them.\n", total - shown);
    let (mut open, mut length) = (Open::default(), 0);
    let mut best = (0, 0, String::new());
    for (at, line) in text.split_inclusive('\n').enumerate() {
        open.read(line);
        length += line.len();
        let end = open.end(line.ends_with('\n'));
        if length + end.len() + note(0).len() > most {
            break;
        }
        best = (length, at + 1, end);
    }
    let (length, shown, end) = best;
    format!("{}{end}{}", &text[..length], note(shown))
}

/// The elements that are open at the end of a line, of those that we write.
#[derive(Debug, Default)]
struct Open {
    fence: Option<String>,
    details: usize,
}

impl Open {
    fn read(&mut self, line: &str) {
        let line = line.trim();
        let run = line.chars().take_while(|letter| *letter == '`').count();
        match &self.fence {
            Some(fence) if line == fence => self.fence = None,
            Some(_) => {}
            None if run >= 3 => self.fence = Some("`".repeat(run)),
            None => {
                self.details += line.matches("<details>").count();
                self.details = self.details.saturating_sub(line.matches("</details>").count());
            }
        }
    }

    fn end(&self, breaks: bool) -> String {
        let mut end = String::new();
        if !breaks && (self.fence.is_some() || self.details > 0) {
            end += "\n";
        }
        end += &self.fence.as_ref().map(|fence| format!("{fence}\n")).unwrap_or_default();
        end + &"\n</details>\n".repeat(self.details)
    }
}

fn words(text: &str) -> String {
    let special = |word: &str| word.contains('@') || word.contains("://") || word.starts_with("www.") || is_issue(word);
    let plain = |word: &str| {
        let marked = |letter: char| "\\`*_[]<>|~$&".contains(letter).then_some('\\');
        word.chars().flat_map(|letter| marked(letter).into_iter().chain([letter])).collect::<String>()
    };
    let word = |word: &str| if special(word) { code(word) } else { plain(word) };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

// `#12` would become a link, and leave a mark there.
fn is_issue(word: &str) -> bool {
    word.split_once('#').is_some_and(|(_, rest)| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}

fn line(text: &str) -> String {
    visible::line(&text.replace(['\n', '\t'], " ")).into_owned()
}

fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_between_two_lines_and_closed() {
        let text = "# a\n\n<details><summary>all</summary>\n\n```text\none\ntwo </details>\nthree\n```\n\n</details>\nend\n";
        assert_eq!(fit(text, text.len()), text);
        for most in 120..text.len() + 60 {
            let cut = fit(text, most);
            assert!(cut.len() <= most.max(text.len().min(most)), "{most}: {}", cut.len());
            let fences = cut.lines().filter(|line| line.starts_with("```")).count();
            let (opened, closed) = (cut.matches("<details>").count(), cut.lines().filter(|line| *line == "</details>").count());
            assert!(fences % 2 == 0 && opened == closed, "{most}:\n{cut}");
            assert!(text.starts_with(
                cut.split("\n```\n\n</details>").next().unwrap().split("\n</details>").next().unwrap().split("\n> **Cut").next().unwrap()
            ));
        }
        let long = "line\n".repeat(1000);
        let cut = fit(&long, 1000);
        assert!(cut.len() <= 1000 && cut.len() > 900 && cut.contains("more lines do not fit"), "{cut}");
    }

    #[test]
    fn text_can_begin_no_markup_and_call_nobody() {
        for (plain, shown) in [
            ("a *b* [c](d) <i>", "a \\*b\\* \\[c\\](d) \\<i\\>"),
            ("`x.y` is there", "`x.y` is there"),
            ("an open ` stays", "an open \\` stays"),
            ("ask @team, see https://evil.example and #12", "ask `@team,` see `https://evil.example` and `#12`"),
            ("two\nlines | cells", "two lines \\| cells"),
            ("# no heading", "\\# no heading"),
            ("\u{202e}turned", "\\\\u{202e}turned"),
        ] {
            assert_eq!(text(plain), shown);
        }
        assert_eq!(
            (code("a|b"), code("a`b"), code("`a"), code(" ")),
            ("`a\\|b`".into(), "``a`b``".into(), "`` `a ``".into(), String::new())
        );
        assert_eq!(block("a\n```\nb\n"), "````text\na\n```\nb\n````\n");
    }
}
