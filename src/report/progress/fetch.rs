//! Progress of a refresh of prices: a line a file that is arriving, and below them how far it is.

use super::super::paint;
use super::board::{Ink, clock, fit, spinner};
use super::screen::{Scene, Screen};
use super::{Style, lock};
use crate::core::event::Fetch;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// In a pipe it is said of these that they begin.
const LARGE: u64 = 50_000_000;

/// Takes events of a refresh and shows them.
pub struct Fetching {
    style: Style,
    screen: Arc<Mutex<Screen<Board>>>,
}

impl Fetching {
    pub fn new(style: Style) -> Self {
        Fetching { style, screen: Screen::new(Board::new(Instant::now())) }
    }

    pub fn show(&self, event: &Fetch) {
        match self.style {
            Style::Json => return crate::report::json(event),
            Style::Quiet => return,
            Style::Plain => {}
            Style::Terminal => Screen::start(&self.screen),
        }
        let mut screen = lock(&self.screen);
        screen.scene.take(event, Instant::now());
        if let Some(line) = self.line(event, &screen.scene) {
            screen.print(&line);
        }
    }

    /// Takes away what is drawn.
    pub fn end(&self) {
        lock(&self.screen).clear();
    }

    /// What an event leaves behind on the screen or in the log.
    fn line(&self, event: &Fetch, board: &Board) -> Option<String> {
        let plain = self.style == Style::Plain;
        match event {
            Fetch::Fetching { files } if plain => Some(format!("fetching {} of AWS's price list", paint::count(*files, "file"))),
            Fetch::Arriving { file, have, bytes: Some(bytes) } if plain && *bytes >= LARGE => {
                let have = if *have > 0 { format!(", {} of it here already", paint::bytes(*have)) } else { String::new() };
                Some(format!("  … {file}  {}{have}", paint::bytes(*bytes)))
            }
            Fetch::Retrying { file, reason, seconds } => {
                let when = if *seconds < 0.1 { "again".into() } else { format!("again in {}", paint::duration(*seconds)) };
                Some(format!("  ↻ {file}  {when}: {reason}"))
            }
            Fetch::Fetched { file, prices, unchanged } => {
                let what = if *unchanged { "unchanged" } else { "read" };
                let prices = paint::calm(&format!("  {}", paint::count(*prices, "price")));
                Some(format!("{} {} {file}{prices}", paint::calm(&board.count()), paint::good(&format!("{what:9}"))))
            }
            Fetch::Fetching { .. } | Fetch::Arriving { .. } | Fetch::Received { .. } | Fetch::Reading { .. } => None,
        }
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        self.end();
    }
}

struct Board {
    began: Instant,
    files: usize,
    done: usize,
    /// What has come over the network, of all files.
    received: u64,
    /// By file.
    arriving: BTreeMap<String, Arriving>,
}

struct Arriving {
    began: Instant,
    /// What was there when it began.
    first: u64,
    have: u64,
    bytes: Option<u64>,
    reading: bool,
}

impl Board {
    fn new(now: Instant) -> Self {
        Board { began: now, files: 0, done: 0, received: 0, arriving: BTreeMap::new() }
    }

    /// `[ 3/25]`
    fn count(&self) -> String {
        format!("[{:>width$}/{}]", self.done, self.files, width = self.files.to_string().len())
    }

    fn take(&mut self, event: &Fetch, now: Instant) {
        match event {
            Fetch::Fetching { files } => self.files = *files,
            Fetch::Arriving { file, have, bytes } => {
                let arriving = Arriving { began: now, first: *have, have: *have, bytes: *bytes, reading: false };
                self.arriving.insert(file.clone(), arriving);
            }
            Fetch::Received { file, have } => {
                if let Some(arriving) = self.arriving.get_mut(file) {
                    self.received += have.saturating_sub(arriving.have);
                    arriving.have = *have;
                }
            }
            Fetch::Reading { file, bytes } => {
                let whole = || Arriving { began: now, first: *bytes, have: *bytes, bytes: Some(*bytes), reading: true };
                self.arriving.entry(file.clone()).or_insert_with(whole).reading = true;
            }
            Fetch::Retrying { file, .. } => drop(self.arriving.remove(file)),
            Fetch::Fetched { file, .. } => {
                self.arriving.remove(file);
                self.done += 1;
            }
        }
    }
}

impl Arriving {
    /// `112 MB of 480 MB`, with the time that the rest takes at the speed so far.
    fn progress(&self, now: Instant) -> String {
        let Some(bytes) = self.bytes else { return paint::bytes(self.have) };
        if self.reading {
            return format!("reading {}", paint::bytes(bytes));
        }
        let left = seconds_left(self.have - self.first, bytes.saturating_sub(self.have), now.saturating_duration_since(self.began));
        format!("{} of {}{left}", paint::bytes(self.have), paint::bytes(bytes))
    }
}

/// What is left at the speed so far; nothing while that is not known.
fn seconds_left(done: u64, left: u64, elapsed: Duration) -> String {
    if done == 0 || elapsed < Duration::from_secs(1) {
        return String::new();
    }
    let seconds = left as f64 / done as f64 * elapsed.as_secs_f64();
    // A file of half a gigabyte whose first bytes came slowly may seem to take years.
    let left = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    format!("  about {} left", clock(left))
}

impl Scene for Board {
    /// None is wider than the terminal, and there are not more than fit.
    fn lines(&mut self, now: Instant, columns: usize, rows: usize) -> Vec<String> {
        let elapsed = now.saturating_duration_since(self.began);
        let columns = columns.saturating_sub(1).max(20);
        let spinner = spinner(elapsed);
        if self.files == 0 {
            let what = format!("reading the index of AWS's price list  {}", clock(elapsed));
            return vec![fit(columns, [(Ink::Good, format!("{spinner} ")), (Ink::Plain, what)])];
        }
        let widest = self.arriving.keys().map(String::len).max().unwrap_or(0);
        let line = |(file, arriving): (&String, &Arriving)| {
            let name = paint::pad(file, widest);
            fit(columns, [(Ink::Good, format!("  {spinner} ")), (Ink::Plain, format!("{name}  ")), (Ink::Calm, arriving.progress(now))])
        };
        let mut lines = self.arriving.iter().take(rows.saturating_sub(4).max(1)).map(line).collect::<Vec<_>>();
        let text = format!("  {}/{} files  {}  {}", self.done, self.files, paint::bytes(self.received), clock(elapsed));
        let width = columns.saturating_sub(text.chars().count() + 2).min(30);
        let full = width * self.done.min(self.files) / self.files;
        let bar = |letter: &str, count: usize| letter.repeat(if width < 6 { 0 } else { count });
        lines.push(fit(columns, [(Ink::Good, format!("  {}", bar("━", full))), (Ink::Calm, bar("─", width - full)), (Ink::Plain, text)]));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(board: &mut Board, now: Instant, (columns, rows): (usize, usize), want: Expect) {
        let lines = board.lines(now, columns, rows);
        let plain = lines.iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect::<Vec<_>>();
        assert!(plain.len() < rows && plain.iter().all(|line| line.chars().count() < columns), "{plain:#?}");
        // What all lines begin with would be taken off.
        want.assert_eq(&format!("{columns} columns\n{}\n", plain.join("\n")));
    }

    #[test]
    fn each_file_says_how_much_is_left_of_it() {
        let start = Instant::now();
        let mut board = Board::new(start);
        check(
            &mut board,
            start,
            (80, 24),
            expect![[r#"
                80 columns
                ⠋ reading the index of AWS's price list  0 s
            "#]],
        );
        let file = |name: &str| format!("{name}.us-east-1");
        board.take(&Fetch::Fetching { files: 12 }, start);
        for (name, have, bytes) in [("AmazonEC2", 100_000_000, Some(500_000_000)), ("AWSELB", 0, None), ("AmazonRDS", 0, Some(90_000_000))]
        {
            board.take(&Fetch::Arriving { file: file(name), have, bytes }, start);
        }
        board.take(&Fetch::Received { file: file("AmazonEC2"), have: 200_000_000 }, start);
        board.take(&Fetch::Received { file: file("AWSELB"), have: 12_345 }, start);
        board.take(&Fetch::Reading { file: file("AmazonRDS"), bytes: 90_000_000 }, start);
        board.take(&Fetch::Fetched { file: file("AmazonECR"), prices: 1, unchanged: false }, start);
        check(
            &mut board,
            start + Duration::from_secs(20),
            (80, 24),
            expect![[r#"
                80 columns
                  ⠋ AWSELB.us-east-1     12 kB
                  ⠋ AmazonEC2.us-east-1  200 MB of 500 MB  about 60 s left
                  ⠋ AmazonRDS.us-east-1  reading 90.0 MB
                  ━━────────────────────────────  1/12 files  100 MB  20 s
            "#]],
        );
        check(
            &mut board,
            start + Duration::from_secs(20),
            (36, 6),
            expect![[r#"
                36 columns
                  ⠋ AWSELB.us-east-1     12 kB
                  ⠋ AmazonEC2.us-east-1  200 MB of…
                  ───────  1/12 files  100 MB  20 s
            "#]],
        );
        board.take(&Fetch::Retrying { file: file("AmazonEC2"), reason: "x".into(), seconds: 1.0 }, start);
        board.take(&Fetch::Arriving { file: file("AmazonEC2"), have: 0, bytes: Some(u64::MAX) }, start);
        board.take(&Fetch::Received { file: file("AmazonEC2"), have: 1 }, start);
        board.lines(start + Duration::from_secs(20), 1, 1);
    }

    #[test]
    fn a_log_has_a_line_a_file() {
        let fetching = Fetching::new(Style::Plain);
        let board = Board { files: 12, done: 3, ..Board::new(Instant::now()) };
        let line = |event: Fetch| {
            let line = fetching.line(&event, &board).unwrap_or_default();
            anstream::adapter::strip_str(&line).to_string()
        };
        let file = || "AmazonEC2.us-east-1".to_owned();
        assert_eq!(line(Fetch::Fetching { files: 12 }), "fetching 12 files of AWS's price list");
        assert_eq!(line(Fetch::Arriving { file: file(), have: 0, bytes: Some(480_000_000) }), "  … AmazonEC2.us-east-1  480 MB");
        assert_eq!(line(Fetch::Arriving { file: file(), have: 0, bytes: Some(480_000) }), "");
        assert_eq!(line(Fetch::Received { file: file(), have: 1 }), "");
        assert_eq!(
            line(Fetch::Retrying { file: file(), reason: "it broke off".into(), seconds: 2.0 }),
            "  ↻ AmazonEC2.us-east-1  again in 2.0 s: it broke off"
        );
        assert_eq!(
            line(Fetch::Fetched { file: file(), prices: 312, unchanged: false }),
            "[ 3/12] read      AmazonEC2.us-east-1  312 prices"
        );
        assert_eq!(line(Fetch::Fetched { file: file(), prices: 1, unchanged: true }), "[ 3/12] unchanged AmazonEC2.us-east-1  1 price");
    }
}
