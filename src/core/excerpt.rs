//! Diagnostics as text for a person: each with its line and a caret. The cost follows from what is shown, however large the file.

use super::code::Level;
use super::diagnostic::{Diagnostic, Rejected};
use super::private::veiled;
use super::source::{Lines, Source, Span};
use super::visible::line;
use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Level as Heading, Origin, Renderer, Snippet, normalize_untrusted_str};
use anstream::adapter::strip_str;
use std::ops::Range;

/// More than these are counted and not shown: nobody reads on, and machines have JSON.
pub const SHOWN: usize = 100;

/// Lines that are longer in bytes, all together, are shown around the place alone.
const WINDOW: usize = 4096;

/// The bytes of a long line that are shown before and after the place.
const AROUND: Range<usize> = 40..80;

/// The letters of a message that are shown.
const MESSAGE: usize = 4000;

impl Rejected {
    /// The text that a person reads.
    pub fn render(&self, colour: bool) -> String {
        render(&self.diagnostics, &self.sources, colour)
    }
}

/// The text that a person reads. Beyond a number of them they are counted; warnings make room for errors.
pub fn render(diagnostics: &[Diagnostic], sources: &[Source], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    // A line that is wrong may hold what nobody is to read.
    // The mark of a Windows line end is none of the line; places stay what they are.
    let shown = |source: &Source| veiled(&source.text).replace("\r\n", " \n");
    let veiled = sources.iter().map(|source| Source::new(source.name.as_str(), shown(source))).collect::<Vec<_>>();
    let sources = veiled.as_slice();
    let lines = sources.iter().map(|source| Lines::new(&source.text)).collect::<Vec<_>>();
    let errors = diagnostics.iter().filter(|one| one.is_error()).count();
    let mut room = [errors.min(SHOWN), SHOWN.saturating_sub(errors)];
    let mut shown = diagnostics.iter().filter(|one| {
        let room = &mut room[usize::from(!one.is_error())];
        let fits = *room > 0;
        *room = room.saturating_sub(1);
        fits
    });
    let mut texts = shown.by_ref().map(|one| tidy(&renderer.render(&[group(one, sources, &lines)]))).collect::<Vec<_>>();
    if diagnostics.len() > texts.len() {
        let more = diagnostics.len() - texts.len();
        let hidden = errors.saturating_sub(SHOWN);
        texts.push(format!("… and {more} more, {hidden} of them errors; --json prints all of them\n"));
    }
    texts.join("\n")
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a [Source], lines: &[Lines]) -> Group<'a> {
    let Diagnostic { code, level, message, path, span, label, also, help, fix: _, guess: _, begins: _, envs } = diagnostic;
    let heading = match level {
        Level::Error => Heading::ERROR,
        Level::Warning => Heading::WARNING,
    };
    let place = if span.is_none() && !path.is_empty() { format!("{path}: ") } else { String::new() };
    let mut elements: Vec<Element<'a>> = Vec::new();
    if let Some(first) = span.filter(|span| span.source < sources.len()) {
        let marks = std::iter::once((first, label, AnnotationKind::Primary));
        let marks = marks.chain(also.iter().map(|(span, label)| (*span, label, AnnotationKind::Context))).collect::<Vec<_>>();
        let mut shown = Vec::new();
        for (Span { source, .. }, _, _) in &marks {
            if *source < sources.len() && !shown.contains(source) {
                shown.push(*source);
                let marks = marks.iter().filter(|(span, _, _)| span.source == *source);
                let marks = marks.map(|(span, label, kind)| Mark { range: span.start..span.end, label, kind: *kind }).collect::<Vec<_>>();
                elements.extend(excerpt(&sources[*source], &lines[*source], &marks));
            }
        }
    }
    if let Some(help) = help {
        elements.push(Heading::HELP.message(shown(help)).into());
    }
    if !envs.is_empty() {
        elements.push(Heading::NOTE.message(shown(&format!("with --env {}", envs.join(", ")))).into());
    }
    heading.primary_title(shown(&format!("{place}{message}"))).id(*code).elements(elements)
}

// Takes out the line that the renderer puts before a part of a line whose place was said already.
fn tidy(text: &str) -> String {
    let lines = text.lines().filter(|line| strip_str(line).to_string().trim() != ":::");
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// A range of bytes of one text, and the words beside it.
struct Mark<'a> {
    range: Range<usize>,
    label: &'a str,
    kind: AnnotationKind,
}

impl Mark<'_> {
    // The mark in a part of the text.
    fn within<'a>(&self, text: &str, part: &Range<usize>) -> Annotation<'a> {
        let at = |offset: usize| floor(text, offset.clamp(part.start, part.end)) - part.start;
        let text = (!self.label.is_empty()).then(|| shown(self.label));
        self.kind.span(at(self.range.start)..at(self.range.end.max(self.range.start))).label(text)
    }
}

// The lines that have marks in them, or what stands around each mark where that would be too much.
fn excerpt<'a>(source: &'a Source, lines: &Lines, marks: &[Mark<'_>]) -> Vec<Element<'a>> {
    let text = source.text.as_str();
    let from = marks.iter().map(|mark| mark.range.start).min().unwrap_or_default();
    let to = marks.iter().map(|mark| mark.range.end.max(mark.range.start)).max().unwrap_or_default();
    let part = lines.whole(text, from..to);
    if part.len() <= WINDOW {
        let snippet =
            Snippet::source(&text[part.clone()]).path(line(&source.name)).fold(true).line_start(lines.position(text, part.start).0);
        return vec![snippet.annotations(marks.iter().map(|mark| mark.within(text, &part))).into()];
    }
    let mut elements: Vec<Element<'a>> = Vec::new();
    for mark in marks {
        let (number, column) = lines.position(text, mark.range.start);
        let own = lines.whole(text, mark.range.start..mark.range.start);
        let start = floor(text, mark.range.start.saturating_sub(AROUND.start).max(own.start));
        let end = floor(text, (mark.range.start + AROUND.end).min(own.end)).max(start);
        let part = start..end;
        elements.push(Origin::path(line(&source.name)).line(number).char_column(column).into());
        elements.push(Snippet::source(&text[part.clone()]).line_start(number).annotation(mark.within(text, &part)).into());
    }
    elements
}

// The offset of the character that an offset is in.
fn floor(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

// Text of one line, in which nothing of a file can begin another, and not without end.
fn shown(text: &str) -> String {
    let cut = text.char_indices().nth(MESSAGE).map(|(at, _)| &text[..at]);
    let mut shown = normalize_untrusted_str(&line(cut.unwrap_or(text)));
    if cut.is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::codes;
    use crate::core::source::Path;
    use expect_test::expect;

    fn wrong(start: usize, end: usize) -> Diagnostic {
        Diagnostic::new(&codes::WRONG_TYPE, Path::default(), "it is wrong").at(Span { source: 0, start, end })
    }

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
    }

    #[test]
    fn of_a_long_line_the_place_is_shown() {
        let text = format!("[a]\nb = \"{}\", wrong = 1, c = \"{}\"\n", "ü".repeat(3000), "y".repeat(3000));
        let at = text.find("wrong").unwrap();
        assert_eq!(Lines::new(&text).position(&text, at), (2, 3009));
        expect![[r#"
            error[TYPE001]: it is wrong
             --> stack.toml:2:3009
              |
            2 | üüüüüüüüüüüüüüüüüüü", wrong = 1, c = "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
              |                       ^^^^^
        "#]]
        .assert_eq(&render(&[wrong(at, at + 5).label("")], &[Source::new("stack.toml", text)], false));
    }

    #[test]
    fn beyond_a_number_they_are_counted_and_warnings_make_room() {
        let source = [Source::new("stack.toml", "a = 1\n")];
        let warning = Diagnostic { level: Level::Warning, ..wrong(0, 1) };
        let many = [vec![warning; 30], vec![wrong(0, 1); SHOWN - 10]].concat();
        let text = render(&many, &source, false);
        assert_eq!((text.matches("error[").count(), text.matches("warning[").count()), (SHOWN - 10, 10));
        assert!(text.ends_with("… and 20 more, 0 of them errors; --json prints all of them\n"), "{text}");
        let text = render(&vec![wrong(0, 1); 10_000], &source, false);
        assert_eq!(text.matches("error[").count(), SHOWN);
        assert!(text.ends_with("… and 9900 more, 9900 of them errors; --json prints all of them\n"), "{text}");
    }

    #[test]
    fn the_line_ends_of_windows_are_not_shown() {
        let text = render(&[wrong(8, 9)], &[Source::new("x", "a = 1\r\nb = 2\r\n")], false);
        assert!(text.contains("2 | b = 2 \n") && !text.contains('␍'), "{text}");
    }

    #[test]
    fn any_place_can_be_shown() {
        let texts = ["", "\n", "ü", "a\r\nb", "a\n\n\nb\n", &"ü\n".repeat(5000), &"日".repeat(5000), &format!("{}\u{0}", "x".repeat(9000))];
        for text in texts {
            let offsets = [0, 1, 2, 3, 5000, 9000, text.len(), text.len() + 1];
            for (start, end) in offsets.iter().flat_map(|start| offsets.iter().map(move |end| (*start, *end))) {
                let shown = render(&[wrong(start, end)], &[Source::new("x", text)], false);
                assert!(shown.starts_with("error[TYPE001]: it is wrong\n"), "{shown}");
                assert!(shown.len() < 3 * WINDOW + 500, "{}", shown.len());
            }
        }
    }

    #[test]
    fn without_a_file_the_path_stands_in_the_message_and_control_characters_never_reach_a_terminal() {
        let one = Diagnostic::new(&codes::UNKNOWN_KEY, Path::new(["service", "api"]), "unknown key `\u{1b}[31mx`");
        let text = render(&[one], &[], false);
        assert!(text.starts_with("error[KEY001]: service.api: unknown key") && !text.contains('\u{1b}'), "{text}");
    }
}
