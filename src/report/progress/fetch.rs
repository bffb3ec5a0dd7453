//! The part of the board that tells of files: a line for each that is arriving, and how much has come.

use super::super::paint;
use super::board::{Ink, clock, fit};
use crate::core::event::Event;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The bytes from which on a file's begin is told in a pipe.
const LARGE: u64 = 50_000_000;

#[derive(Default)]
pub(super) struct Files {
    /// Bytes that have come over the network, of all files.
    pub received: u64,
    /// The files that are arriving, by name.
    arriving: BTreeMap<String, Arriving>,
}

struct Arriving {
    began: Instant,
    /// Bytes that were there when it began.
    first: u64,
    have: u64,
    bytes: Option<u64>,
    reading: bool,
}

/// Returns the line that an event of a file leaves behind on the screen or in the log; `count` is how far the whole is.
pub(super) fn line(event: &Event, count: &str, plain: bool) -> Option<String> {
    match event {
        Event::Fetching { files } if plain => Some(format!("fetching {} of AWS's price list", paint::count(*files, "file"))),
        Event::Arriving { file, have, bytes: Some(bytes) } if plain && *bytes >= LARGE => {
            let have = if *have > 0 { format!(", {} of it here already", paint::bytes(*have)) } else { String::new() };
            Some(format!("  … {file}  {}{have}", paint::bytes(*bytes)))
        }
        Event::Refetching { file, reason, seconds } => {
            let when = if *seconds < 0.1 { "again".into() } else { format!("again in {}", paint::duration(*seconds)) };
            Some(format!("  ↻ {file}  {when}: {reason}"))
        }
        Event::Fetched { file, prices, unchanged } => {
            let what = if *unchanged { "unchanged" } else { "read" };
            let prices = paint::calm(&format!("  {}", paint::count(*prices, "price")));
            Some(format!("{} {} {file}{prices}", paint::calm(count), paint::good(&format!("{what:9}"))))
        }
        _ => None,
    }
}

impl Files {
    pub fn take(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Arriving { file, have, bytes } => {
                let arriving = Arriving { began: now, first: *have, have: *have, bytes: *bytes, reading: false };
                self.arriving.insert(file.clone(), arriving);
            }
            Event::Received { file, have } => {
                if let Some(arriving) = self.arriving.get_mut(file) {
                    self.received += have.saturating_sub(arriving.have);
                    arriving.have = *have;
                }
            }
            Event::Parsing { file, bytes } => {
                let whole = || Arriving { began: now, first: *bytes, have: *bytes, bytes: Some(*bytes), reading: true };
                self.arriving.entry(file.clone()).or_insert_with(whole).reading = true;
            }
            Event::Refetching { file, .. } | Event::Fetched { file, .. } => drop(self.arriving.remove(file)),
            _ => {}
        }
    }

    /// Returns at most `most` lines, none wider than `columns`.
    pub fn lines(&self, now: Instant, columns: usize, most: usize, spinner: char) -> Vec<String> {
        let widest = self.arriving.keys().map(|file| paint::width(file)).max().unwrap_or(0);
        let line = |(file, arriving): (&String, &Arriving)| {
            let name = paint::pad(file, widest);
            fit(columns, [(Ink::Good, format!("  {spinner} ")), (Ink::Plain, format!("{name}  ")), (Ink::Calm, arriving.progress(now))])
        };
        self.arriving.iter().take(most).map(line).collect()
    }
}

impl Arriving {
    /// Returns the part that has arrived, `112 MB of 480 MB`, with the time that the rest takes at the speed so far.
    fn progress(&self, now: Instant) -> String {
        let Some(bytes) = self.bytes else { return paint::bytes(self.have) };
        if self.reading {
            return format!("reading {}", paint::bytes(bytes));
        }
        let left = seconds_left(self.have - self.first, bytes.saturating_sub(self.have), now.saturating_duration_since(self.began));
        format!("{} of {}{left}", paint::bytes(self.have), paint::bytes(bytes))
    }
}

/// Says how much time is left at the speed so far; nothing while that is not known.
fn seconds_left(done: u64, left: u64, elapsed: Duration) -> String {
    if done == 0 || elapsed < Duration::from_secs(1) {
        return String::new();
    }
    let seconds = left as f64 / done as f64 * elapsed.as_secs_f64();
    // A file of half a gigabyte whose first bytes came slowly may seem to take years.
    let left = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    format!("  about {} left", clock(left))
}

#[cfg(test)]
mod tests {
    use super::super::board::Board;
    use super::super::screen::Scene;
    use super::*;
    use expect_test::{Expect, expect};

    fn check(board: &mut Board, now: Instant, (columns, rows): (usize, usize), want: Expect) {
        let lines = board.lines(now, columns, rows);
        let plain = lines.iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect::<Vec<_>>();
        assert!(plain.len() < rows && plain.iter().all(|line| paint::width(line) < columns), "{plain:#?}");
        // Spaces that all lines begin with would be taken off.
        want.assert_eq(&format!("{columns} columns\n{}\n", plain.join("\n")));
    }

    #[test]
    fn each_file_says_how_much_is_left_of_it() {
        let start = Instant::now();
        let mut board = Board::new(1.0, start);
        board.take(&Event::Refetching { file: "index.json".into(), reason: "x".into(), seconds: 1.0 }, start);
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
        board.take(&Event::Fetching { files: 12 }, start);
        for (name, have, bytes) in [("AmazonEC2", 100_000_000, Some(500_000_000)), ("AWSELB", 0, None), ("AmazonRDS", 0, Some(90_000_000))]
        {
            board.take(&Event::Arriving { file: file(name), have, bytes }, start);
        }
        board.take(&Event::Received { file: file("AmazonEC2"), have: 200_000_000 }, start);
        board.take(&Event::Received { file: file("AWSELB"), have: 12_345 }, start);
        board.take(&Event::Parsing { file: file("AmazonRDS"), bytes: 90_000_000 }, start);
        board.take(&Event::Fetched { file: file("AmazonECR"), prices: 1, unchanged: false }, start);
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
        board.take(&Event::Refetching { file: file("AmazonEC2"), reason: "x".into(), seconds: 1.0 }, start);
        board.take(&Event::Arriving { file: file("AmazonEC2"), have: 0, bytes: Some(u64::MAX) }, start);
        board.take(&Event::Received { file: file("AmazonEC2"), have: 1 }, start);
        board.lines(start + Duration::from_secs(20), 1, 1);
    }

    #[test]
    fn a_log_has_a_line_a_file() {
        let line = |event: Event| {
            let line = line(&event, "[ 3/12]", true).unwrap_or_default();
            anstream::adapter::strip_str(&line).to_string()
        };
        let file = || "AmazonEC2.us-east-1".to_owned();
        assert_eq!(line(Event::Fetching { files: 12 }), "fetching 12 files of AWS's price list");
        assert_eq!(line(Event::Arriving { file: file(), have: 0, bytes: Some(480_000_000) }), "  … AmazonEC2.us-east-1  480 MB");
        assert_eq!(line(Event::Arriving { file: file(), have: 0, bytes: Some(480_000) }), "");
        assert_eq!(line(Event::Received { file: file(), have: 1 }), "");
        assert_eq!(
            line(Event::Refetching { file: file(), reason: "it broke off".into(), seconds: 2.0 }),
            "  ↻ AmazonEC2.us-east-1  again in 2.0 s: it broke off"
        );
        assert_eq!(
            line(Event::Fetched { file: file(), prices: 312, unchanged: false }),
            "[ 3/12] read      AmazonEC2.us-east-1  312 prices"
        );
        assert_eq!(line(Event::Fetched { file: file(), prices: 1, unchanged: true }), "[ 3/12] unchanged AmazonEC2.us-east-1  1 price");
    }
}
