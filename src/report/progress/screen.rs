//! The lower end of a terminal that is drawn anew while a run goes on; what is printed goes above it.
//!
//! Each drawing is one write, and leaves the cursor on the line below: what the terminal itself writes there, such
//! as the `^C` of an interrupt, is written over by the next one.

use super::super::clean::clean;
use super::super::paint;
use std::fmt::Write as _;
use std::io::{Write, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use terminal_size::{Height, Width, terminal_size_of};

/// How often it is drawn.
const BEAT: Duration = Duration::from_millis(100);

/// What is drawn: its lines at a moment, for so many columns and rows.
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
        let lines = self.scene.lines(Instant::now(), columns, rows);
        let mut text = self.back(columns);
        for line in above.lines().chain(lines.iter().map(String::as_str)) {
            let _ = writeln!(text, "{}\u{1b}[K", dress(line));
        }
        self.drawn = lines.iter().map(|line| paint::width(line)).collect();
        // Lines are written over one by one, and only what is left below them is taken away: nothing blinks.
        write(&(text + "\u{1b}[J"));
    }

    // Up to the first line that was drawn. A terminal that has become narrower has broken lines in two.
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
    let line = clean(line);
    if super::super::colour() { line.into_owned() } else { anstream::adapter::strip_str(&line).to_string() }
}

// A terminal that went away is no reason to stop.
fn write(text: &str) {
    let mut out = stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
