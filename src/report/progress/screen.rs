//! The lower end of a terminal that is drawn anew while a run goes on; what is printed goes above it.
//!
//! Each drawing is one write, and leaves the cursor on the line below: what the terminal itself writes there, such
//! as the `^C` of an interrupt, is written over by the next one.

use super::super::escape::escape;
use super::super::paint;
use std::fmt::Write as _;
use std::io::{Write, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use terminal_size::{Height, Width, terminal_size_of};

/// The time between two drawings.
const BEAT: Duration = Duration::from_millis(100);

/// Something that can be drawn: its lines at a moment, for so many columns and rows.
pub(super) trait Scene: Send + 'static {
    fn lines(&mut self, now: Instant, columns: usize, rows: usize) -> Vec<String>;
}

pub(super) struct Screen<S> {
    pub scene: S,
    /// The widths of the lines that stand there now.
    drawn: Vec<usize>,
    live: bool,
}

impl<S: Scene> Screen<S> {
    pub fn new(scene: S) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Screen { scene, drawn: Vec::new(), live: false }))
    }

    /// Draws it from now on, until `clear`, or until nobody holds it any more.
    pub fn start(shared: &Arc<Mutex<Self>>) {
        let weak = Arc::downgrade(shared);
        {
            let mut screen = shared.lock().unwrap_or_else(PoisonError::into_inner);
            if std::mem::replace(&mut screen.live, true) {
                return;
            }
        }
        std::thread::spawn(move || {
            while let Some(shared) = weak.upgrade() {
                let mut screen = shared.lock().unwrap_or_else(PoisonError::into_inner);
                if !screen.live {
                    break;
                }
                screen.draw("");
                drop(screen);
                drop(shared);
                std::thread::sleep(BEAT);
            }
        });
    }

    /// Prints lines above it.
    pub fn print(&mut self, text: &str) {
        if self.live { self.draw(text) } else { super::super::talk(text) }
    }

    /// Takes it away.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.live) {
            write(&(self.back(size().0) + "\u{1b}[J"));
        }
    }

    fn draw(&mut self, above: &str) {
        let (columns, rows) = size();
        write(&self.frame(above, Instant::now(), columns, rows));
    }

    fn frame(&mut self, above: &str, now: Instant, columns: usize, rows: usize) -> String {
        let lines = self.scene.lines(now, columns, rows);
        let mut text = self.back(columns);
        for line in above.lines().chain(lines.iter().map(String::as_str)) {
            let _ = writeln!(text, "{}\u{1b}[K", dress(line));
        }
        self.drawn = lines.iter().map(|line| paint::width(line)).collect();
        // Lines are written over one by one, and only what is left below them is taken away: nothing blinks.
        text + "\u{1b}[J"
    }

    // Returns the escape codes that lead up to the first line that was drawn. A terminal that has become narrower has broken lines
    // in two.
    fn back(&mut self, columns: usize) -> String {
        let rows = std::mem::take(&mut self.drawn).into_iter().map(|width| width.div_ceil(columns.max(1)).max(1)).sum::<usize>();
        if rows == 0 { "\r".into() } else { format!("\r\u{1b}[{rows}A") }
    }
}

/// Columns and rows of the terminal that talk goes to.
pub(super) fn size() -> (usize, usize) {
    terminal_size_of(stderr()).map_or((80, 24), |(Width(columns), Height(rows))| (columns.into(), rows.into()))
}

fn dress(line: &str) -> String {
    let line = escape(line);
    if super::super::colour() { line.into_owned() } else { anstream::adapter::strip_str(&line).to_string() }
}

// A terminal that went away is no reason to stop.
fn write(text: &str) {
    let mut out = stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Script(Vec<&'static str>);

    impl Scene for Script {
        fn lines(&mut self, _: Instant, _: usize, _: usize) -> Vec<String> {
            self.0.iter().map(|line| (*line).to_owned()).collect()
        }
    }

    /// A terminal, as much of it as a frame needs.
    #[derive(Default)]
    struct Glass {
        lines: Vec<String>,
        row: usize,
        column: usize,
    }

    impl Glass {
        fn show(&mut self, text: &str) {
            let mut rest = text;
            while let Some(letter) = rest.chars().next() {
                let mut length = letter.len_utf8();
                self.lines.resize(self.lines.len().max(self.row + 1), String::new());
                match letter {
                    '\r' => self.column = 0,
                    '\n' => (self.row, self.column) = (self.row + 1, 0),
                    '\u{1b}' => {
                        let end = rest.find(|letter: char| letter.is_ascii_alphabetic()).unwrap();
                        let number = rest[2..end].parse::<usize>().unwrap_or(0);
                        let line = &mut self.lines[self.row];
                        match &rest[end..=end] {
                            "A" => self.row -= number,
                            "K" => *line = line.chars().take(self.column).collect(),
                            "J" => {
                                *line = line.chars().take(self.column).collect();
                                self.lines.truncate(self.row + 1);
                            }
                            "m" => {}
                            other => panic!("a frame has no {other}"),
                        }
                        length = end + 1;
                    }
                    _ => {
                        let line = &mut self.lines[self.row];
                        let mut letters = line.chars().collect::<Vec<_>>();
                        letters.resize(letters.len().max(self.column + 1), ' ');
                        letters[self.column] = letter;
                        *line = letters.into_iter().collect();
                        self.column += 1;
                    }
                }
                rest = &rest[length..];
            }
        }
    }

    fn draw(screen: &Arc<Mutex<Screen<Script>>>, glass: &mut Glass, above: &str, lines: &[&'static str]) -> Vec<String> {
        let mut screen = screen.lock().unwrap();
        screen.scene.0 = lines.to_vec();
        glass.show(&screen.frame(above, Instant::now(), 80, 24));
        glass.lines.clone()
    }

    #[test]
    fn each_frame_takes_the_place_of_the_last_and_what_is_printed_stays_above() {
        let (screen, mut glass) = (Screen::new(Script(Vec::new())), Glass::default());
        assert_eq!(draw(&screen, &mut glass, "", &["one", "a longer line", "total"]), ["one", "a longer line", "total", ""]);
        assert_eq!(
            draw(&screen, &mut glass, "", &["one", "line", "total"]),
            ["one", "line", "total", ""],
            "nothing is left of what was longer"
        );
        assert_eq!(draw(&screen, &mut glass, "done\nwell", &["total"]), ["done", "well", "total", ""], "nor of lines that went");
        glass.show("^C");
        assert_eq!(
            draw(&screen, &mut glass, "interrupted", &["total"]),
            ["done", "well", "interrupted", "total", ""],
            "nor of the terminal's own"
        );
        assert_eq!(draw(&screen, &mut glass, "", &[]), ["done", "well", "interrupted", ""]);
    }

    #[test]
    fn lines_that_a_narrower_terminal_broke_are_counted_as_it_shows_them() {
        let screen = Screen::new(Script(vec!["123456789", "12"]));
        let mut screen = screen.lock().unwrap();
        assert!(screen.frame("", Instant::now(), 80, 24).starts_with("\r1234"));
        assert!(screen.frame("", Instant::now(), 4, 24).starts_with("\r\u{1b}[4A1234"), "three rows and one");
    }

    #[test]
    fn no_line_steers_the_terminal() {
        let screen = Screen::new(Script(vec!["state \u{1b}[2J"]));
        let frame = screen.lock().unwrap().frame("id \u{1b}[H\r", Instant::now(), 80, 24);
        assert!(!frame.contains("\u{1b}[2J") && !frame.contains("\u{1b}[H") && frame.contains("\\u{1b}[2J"), "{frame:?}");
    }
}
