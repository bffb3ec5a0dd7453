//! Pictures of the view at all sizes.

use super::{Act, Key, Question, View, draw};
use crate::core::rollout::observation::{Crash, Reading};
use crate::core::rollout::policy::Shift;
use crate::core::rollout::release::Release;
use crate::report::release::tests::{at, looks, of, policy, seen};
use expect_test::expect_file;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use ratatui::{Terminal, TerminalOptions, Viewport};
use std::fmt::Write;
use std::sync::Arc;

fn view(minute: i64, bad: bool) -> View {
    let mut view = View::new(Release::new(of(), policy()), at(0), true);
    looks(minute, bad).iter().for_each(|look| view.take(look));
    view.now = at(minute).saturating_add(jiff::SignedDuration::from_secs(12)).unwrap();
    view
}

fn picture(view: &View, width: u16, height: u16) -> Buffer {
    let options = TerminalOptions { viewport: Viewport::Fullscreen };
    let mut terminal = Terminal::with_options(TestBackend::new(width, height), options).unwrap();
    terminal.draw(|frame| draw(view, frame.area(), frame.buffer_mut())).unwrap();
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> String {
    let row = |row: u16| (0..buffer.area.width).map(|column| buffer[(column, row)].symbol()).collect::<String>();
    (0..buffer.area.height).map(|number| format!("{}\n", row(number).trim_end())).collect()
}

#[test]
fn it_looks_as_it_does() {
    let mut all = String::new();
    let mut add = |title: &str, view: &View, (width, height): (u16, u16)| {
        let _ = write!(all, "=== {title}, {width}x{height}\n{}", text(&picture(view, width, height)));
    };
    add("the first share is watched", &view(7, false), (80, 24));
    add("the same", &view(7, false), (120, 30));
    add("the same", &view(7, false), (50, 16));
    add("the same", &view(7, false), (30, 10));
    add("it goes back", &view(10, true), (80, 24));
    add("it went back", &view(12, true), (80, 24));
    add("promoted", &view(24, false), (80, 24));
    add("new tasks come up", &view(1, false), (80, 24));
    add("nothing is known yet", &View::new(Release::new(of(), policy()), at(0), true), (80, 24));
    let mut asked = view(7, false);
    asked.press(Key::Letter('p'));
    add("promote before its time?", &asked, (80, 24));
    let mut helped = view(7, false);
    helped.press(Key::Letter('?'));
    add("help", &helped, (80, 24));
    expect_file!["goldens.txt"].assert_eq(&all);
}

/// The picture in the guide is the drawing itself.
#[test]
fn the_guide_shows_it_as_it_is() {
    let picture = picture(&view(9, false), 80, 26);
    expect_file!["../../../docs/rollout-watch.svg"].assert_eq(&svg(&picture));
}

#[test]
fn it_fits_every_terminal() {
    let mut views = vec![View::new(Release::new(of(), policy()), at(0), false)];
    views.extend([1, 4, 7, 10, 12].map(|minute| view(minute, true)));
    views.extend([15, 23, 24].map(|minute| view(minute, false)));
    // Texts that steer terminals, take two columns a letter, or are endless.
    let mut hostile = view(9, true);
    let evil = format!("\u{1b}[2J\r\n\u{202e}日本語{}", "x".repeat(500));
    hostile.release.of.service = evil.clone();
    hostile.release.stage = evil.clone();
    hostile.release.crashes = vec![Crash { task: evil.clone(), reason: evil.clone(), log: Vec::new() }];
    hostile.notice = Some(evil.clone());
    if let Some(green) = &mut hostile.release.green {
        green.task_definition = evil.clone();
        green.weight = f64::NAN;
        green.healthy = Reading::Unknown(evil);
    }
    hostile.release.policy.shift = Shift::Linear { percent: 3.0 };
    views.push(hostile);
    let mut asking = view(7, false);
    asking.asking = Some(Question::Promote { against: Some("because ".repeat(80)) });
    let mut helping = view(7, false);
    helping.help = true;
    views.extend([asking, helping]);
    for view in &views {
        for (width, height) in
            (1..=20).chain([30, 40, 60, 79, 80, 120, 200]).flat_map(|width| [1, 2, 3, 5, 8, 24, 60].map(|height| (width, height)))
        {
            let buffer = picture(view, width, height);
            let shown = text(&buffer);
            assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}') && !shown.contains('\r'), "{shown}");
        }
    }
}

#[test]
fn without_colours_the_words_are_the_same() {
    let (mut plain, coloured) = (view(8, true), view(8, true));
    plain.colour = false;
    let (plain, coloured) = (picture(&plain, 80, 24), picture(&coloured, 80, 24));
    assert_eq!(text(&plain), text(&coloured));
    let colours = |buffer: &Buffer| buffer.content().iter().filter(|cell| cell.fg != Color::Reset).count();
    assert!(colours(&plain) == 0 && colours(&coloured) > 0);
}

#[test]
fn nothing_is_done_without_a_question() {
    let mut view = view(7, false);
    assert_eq!((view.press(Key::Letter('r')), view.asking.clone()), (None, Some(Question::Rollback)));
    assert_eq!((view.press(Key::Letter('n')), view.asking.clone()), (None, None));
    view.press(Key::Letter('r'));
    assert_eq!(view.press(Key::Letter('y')), Some(Act::Rollback));

    // It is still watched: a yes is not enough.
    view.press(Key::Letter('p'));
    assert!(matches!(&view.asking, Some(Question::Promote { against: Some(why) }) if why.contains("watched")), "{:?}", view.asking);
    assert_eq!(view.press(Key::Letter('y')), None);
    view.press(Key::Letter('p'));
    assert_eq!(view.press(Key::Letter('f')), Some(Act::Promote { force: true }));

    view.press(Key::Letter(' '));
    assert_eq!(view.press(Key::Letter('y')), Some(Act::Pause(true)));
    let mut paused = seen(7, false);
    paused.paused = true;
    if let Some(look) = &mut view.look {
        look.seen = Some(Arc::new(paused));
    }
    view.press(Key::Letter('z'));
    assert_eq!(view.press(Key::Letter('y')), Some(Act::Pause(false)));
    assert_eq!(view.press(Key::Letter('q')), Some(Act::Leave));
    assert_eq!(view.press(Key::Interrupt), Some(Act::Leave));
}

#[test]
fn what_is_over_cannot_be_steered() {
    let mut view = view(24, false);
    for letter in ['p', 'r', ' ', 'z'] {
        assert_eq!((view.press(Key::Letter(letter)), view.asking.clone()), (None, None));
    }
    assert_eq!(view.press(Key::Letter('q')), Some(Act::Leave));
    // At no gate there is nothing to promote.
    let mut view = self::view(1, false);
    assert_eq!((view.press(Key::Letter('p')), view.asking.clone()), (None, None));
}

/// A picture as SVG: each stretch of one style is a text of exactly its columns, whatever font there is.
fn svg(buffer: &Buffer) -> String {
    const COLUMN: f64 = 8.4;
    const ROW: f64 = 18.0;
    const MARGIN: f64 = 14.0;
    let (width, height) = (buffer.area.width, buffer.area.height);
    let (wide, high) = (f64::from(width) * COLUMN + 2.0 * MARGIN, f64::from(height) * ROW + 2.0 * MARGIN);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide:.0} {high:.0}\" width=\"{wide:.0}\" height=\"{high:.0}\" \
         font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#14181c\"/>\n"
    );
    for row in 0..height {
        let mut column = 0;
        while column < width {
            let first = &buffer[(column, row)];
            let same = |cell: &ratatui::buffer::Cell| (cell.fg, cell.modifier) == (first.fg, first.modifier);
            let run =
                (column..width).map(|at| &buffer[(at, row)]).take_while(|cell| same(cell)).map(|cell| cell.symbol()).collect::<Vec<_>>();
            let (letters, columns) = (run.concat(), u16::try_from(run.len()).unwrap());
            let (x, y) = (MARGIN + f64::from(column) * COLUMN, MARGIN + f64::from(row) * ROW);
            column += columns;
            let reversed = first.modifier.contains(Modifier::REVERSED);
            if letters.trim().is_empty() && !reversed {
                continue;
            }
            let colour = match first.fg {
                _ if reversed => "#14181c",
                Color::Blue => "#6aa5e3",
                Color::Green => "#63b887",
                Color::Yellow => "#e0a040",
                Color::Red => "#ef7a70",
                _ if first.modifier.contains(Modifier::DIM) => "#8a949e",
                _ => "#e6e9ec",
            };
            let long = f64::from(columns) * COLUMN;
            if reversed {
                let _ = writeln!(text, "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{long:.1}\" height=\"{ROW}\" fill=\"#c3cad1\"/>");
            }
            let bold = if first.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
            let letters = letters.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let _ = writeln!(
                text,
                "<text x=\"{x:.1}\" y=\"{:.1}\" fill=\"{colour}\"{bold} textLength=\"{long:.1}\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\">{letters}</text>",
                y + 13.5
            );
        }
    }
    text + "</svg>\n"
}
