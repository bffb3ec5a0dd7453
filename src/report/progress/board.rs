//! The lower end of a terminal while something goes on: a line per running step or arriving file, and below them how far
//! the whole is.

use super::super::{paint, rollout};
use super::doing;
use super::fetch::Files;
use super::screen::Scene;
use crate::core::event::Event;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Steps that are over sooner never show: they would only flicker.
const NOTICED: Duration = Duration::from_millis(300);

pub(super) struct Board {
    /// The factor by which waiting passes faster than real time.
    speed: f64,
    began: Instant,
    phase: Phase,
    /// The number of steps or files in all, and of those that are done.
    total: usize,
    done: usize,
    failed: usize,
    /// The running steps, by their numbers.
    running: BTreeMap<usize, Running>,
    /// Seconds that the whole run should take.
    expected: f64,
    /// The widest step so far, so that columns do not jump back.
    widest: usize,
    files: Files,
}

enum Phase {
    Idle,
    Reading { kinds: usize, read: usize },
    Applying,
    Verifying,
    Fetching,
}

struct Running {
    what: String,
    began: Instant,
    /// Seconds that it typically takes, and from its begin to the end of the run.
    typical: f64,
    left: f64,
    state: String,
    /// The last time that a log was told of it, and whether it is to be told again.
    told: Instant,
    due: bool,
}

/// A log hears of a wait so often.
const REMINDER: Duration = Duration::from_secs(60);

impl Board {
    pub fn new(speed: f64, now: Instant) -> Self {
        let (running, files) = (BTreeMap::new(), Files::default());
        Board { speed, began: now, phase: Phase::Idle, total: 0, done: 0, failed: 0, running, expected: 0.0, widest: 0, files }
    }

    /// Minutes of AWS's time as seconds on the wall.
    pub fn wall(&self, minutes: f32) -> f64 {
        f64::from(minutes) * 60.0 / self.speed.max(f64::MIN_POSITIVE)
    }
    pub fn speed(&self) -> f64 {
        self.speed
    }
    /// Returns the number of steps done, of all: `[ 3/61]`.
    pub fn count(&self) -> String {
        format!("[{:>width$}/{}]", self.done, self.total, width = self.total.to_string().len())
    }

    pub fn take(&mut self, event: &Event, now: Instant) {
        match event {
            Event::Reading { kinds } => (self.began, self.phase) = (now, Phase::Reading { kinds: *kinds, read: 0 }),
            Event::Read { .. } => {
                if let Phase::Reading { read, .. } = &mut self.phase {
                    *read += 1;
                }
            }
            Event::Applying { steps, minutes, .. } => {
                *self = Board { phase: Phase::Applying, total: *steps, expected: self.wall(*minutes), ..Board::new(self.speed, now) };
            }
            Event::Began { step, address, verb, minutes, left, .. } => {
                let what = format!("{} {address}", doing(*verb));
                let (typical, left) = (self.wall(*minutes), self.wall(*left));
                let (state, told, due) = (String::new(), now, false);
                self.running.insert(*step, Running { what, began: now, typical, left, state, told, due });
            }
            Event::Waiting { step, state, .. } => {
                self.say(*step, state.clone());
                if let Some(running) = self.running.get_mut(step) {
                    running.due = now.saturating_duration_since(running.told) >= REMINDER;
                    if running.due {
                        running.told = now;
                    }
                }
            }
            Event::RollingOut { step, look, .. } => {
                let text = rollout::brief(look);
                if let Some(running) = self.running.get_mut(step) {
                    let (state, before) = (rollout::state(look), running.state.as_str());
                    running.due = !before.starts_with(&state) || now.saturating_duration_since(running.told) >= REMINDER;
                    (running.state, running.told) = (text, if running.due { now } else { running.told });
                }
            }
            Event::Retrying { step, reason, .. } => {
                // Each try has a request of its own.
                let reason = reason.split_once(" (request ").map_or(&**reason, |(reason, _)| reason);
                let state = format!("trying again: {reason}");
                if let Some(running) = self.running.get_mut(step) {
                    running.due = running.state != state || now.saturating_duration_since(running.told) >= REMINDER;
                    if running.due {
                        (running.state, running.told) = (state, now);
                    }
                }
            }
            Event::Done { step, .. } => {
                self.done += 1;
                self.running.remove(step);
            }
            Event::Failed { step, .. } => {
                self.failed += 1;
                self.running.remove(step);
            }
            Event::Skipped { step, .. } => drop(self.running.remove(step)),
            Event::Verifying { .. } => self.phase = Phase::Verifying,
            Event::Noted { .. }
            | Event::Foreign { .. }
            | Event::Partial { .. }
            | Event::Unverified { .. }
            | Event::Stopping { .. }
            | Event::Interrupted { .. } => {}
            Event::Finished { .. } => self.phase = Phase::Idle,
            Event::Fetching { files } => (self.phase, self.total) = (Phase::Fetching, *files),
            // The index, before it is known how many files there are.
            Event::Refetching { .. } if self.total == 0 => self.phase = Phase::Fetching,
            Event::Arriving { .. } | Event::Received { .. } | Event::Refetching { .. } | Event::Parsing { .. } => {
                self.files.take(event, now)
            }
            Event::Fetched { .. } => {
                self.done += 1;
                self.files.take(event, now);
            }
        }
    }

    /// Says of a step that has been waited for another minute what it waits for: for logs, which have no board.
    pub fn reminder(&self, step: usize) -> Option<String> {
        let Running { what, state, began, told, .. } = self.running.get(&step).filter(|running| running.due)?;
        let waited = paint::duration(told.saturating_duration_since(*began).as_secs_f64());
        Some(format!("  … {what}: {state}, {waited} so far"))
    }

    /// True where a step has something new to say, or has been silent for a minute.
    pub fn is_due(&self, step: usize) -> bool {
        self.running.get(&step).is_none_or(|running| running.due)
    }

    fn say(&mut self, step: usize, text: String) {
        if let Some(running) = self.running.get_mut(&step) {
            running.state = text;
        }
    }
}

impl Scene for Board {
    /// None is wider than the terminal, and there are not more than fit.
    fn lines(&mut self, now: Instant, columns: usize, rows: usize) -> Vec<String> {
        let elapsed = now.saturating_duration_since(self.began);
        let columns = columns.saturating_sub(1).max(20);
        let spinner = spinner(elapsed);
        let mut lines = Vec::new();
        match &self.phase {
            Phase::Idle => {}
            Phase::Reading { kinds, read } => {
                lines.push(fit(
                    columns,
                    [
                        (Ink::Good, format!("{spinner} ")),
                        (Ink::Plain, format!("reading AWS  {read}/{kinds} kinds  ")),
                        (Ink::Calm, clock(elapsed)),
                    ],
                ));
            }
            Phase::Applying => {
                lines = self.steps(now, columns, rows.saturating_sub(4).max(1), spinner);
                lines.push(self.sum(now, elapsed, columns));
            }
            Phase::Verifying => {
                lines.push(fit(columns, [(Ink::Good, format!("{spinner} ")), (Ink::Plain, "reading back what was written".into())]));
            }
            Phase::Fetching if self.total == 0 => {
                let what = format!("reading the index of AWS's price list  {}", clock(elapsed));
                lines.push(fit(columns, [(Ink::Good, format!("{spinner} ")), (Ink::Plain, what)]));
            }
            Phase::Fetching => {
                lines = self.files.lines(now, columns, rows.saturating_sub(4).max(1), spinner);
                let text = format!("  {}/{} files  {}  {}", self.done, self.total, paint::bytes(self.files.received), clock(elapsed));
                lines.push(self.bar(text, columns));
            }
        }
        lines
    }
}

impl Board {
    fn steps(&mut self, now: Instant, columns: usize, most: usize, spinner: char) -> Vec<String> {
        let mut shown = self.running.values().filter(|step| now.saturating_duration_since(step.began) >= NOTICED).collect::<Vec<_>>();
        shown.sort_by_key(|step| step.began);
        let hidden = shown.len().saturating_sub(most);
        shown.truncate(if hidden > 0 { most - 1 } else { most });
        let room = columns.saturating_sub(26).max(columns / 2);
        self.widest = shown.iter().map(|step| paint::width(&step.what)).max().unwrap_or(0).max(self.widest).min(room);
        let mut lines = shown
            .iter()
            .map(|step| {
                let elapsed = now.saturating_duration_since(step.began);
                let time = if step.typical >= 1.0 {
                    format!("{} of about {}", clock(elapsed), clock(Duration::from_secs_f64(step.typical)))
                } else {
                    clock(elapsed)
                };
                fit(
                    columns,
                    [
                        (Ink::Good, format!("  {spinner} ")),
                        (Ink::Plain, format!("{}  ", paint::pad(&paint::cut(&step.what, room), self.widest))),
                        (Ink::Plain, time),
                        (Ink::Calm, if step.state.is_empty() { String::new() } else { format!("  {}", step.state) }),
                    ],
                )
            })
            .collect::<Vec<_>>();
        if hidden > 0 {
            lines.push(fit(columns, [(Ink::Calm, format!("    and {} more", hidden + 1))]));
        }
        lines
    }

    fn sum(&self, now: Instant, elapsed: Duration, columns: usize) -> String {
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        let text = format!("  {}/{} steps{failed}  {}{}", self.done, self.total, clock(elapsed), self.left(now));
        self.bar(text, columns)
    }

    /// Returns a bar of the part that is done, and the text behind it.
    fn bar(&self, text: String, columns: usize) -> String {
        let width = columns.saturating_sub(paint::width(&text) + 2).min(30);
        let full = (width * self.done.min(self.total)).checked_div(self.total).unwrap_or(width);
        let bar = |letter: &str, count: usize| letter.repeat(if width < 6 { 0 } else { count });
        fit(columns, [(Ink::Good, format!("  {}", bar("━", full))), (Ink::Calm, bar("─", width - full)), (Ink::Plain, text)])
    }

    // The longest chain that is still to come: from each running step, less the time it has been running.
    fn left(&self, now: Instant) -> String {
        let passed = |step: &Running| now.saturating_duration_since(step.began).as_secs_f64();
        let after = |step: &Running| (step.left - passed(step)).max(step.left - step.typical);
        let left = self.running.values().map(after).fold(f64::NEG_INFINITY, f64::max);
        let left = if left.is_finite() { left } else { self.expected - now.saturating_duration_since(self.began).as_secs_f64() };
        let late = self.running.values().any(|step| step.typical >= 1.0 && passed(step) > 1.5 * step.typical);
        match left {
            _ if late => "  longer than usual".into(),
            left if left >= 1.0 => format!("  about {} left", clock(Duration::from_secs_f64(left))),
            _ => String::new(),
        }
    }
}

#[derive(Clone, Copy)]
pub(super) enum Ink {
    Plain,
    Calm,
    Good,
}

/// Pieces in a row, cut at the terminal's edge before they are coloured.
pub(super) fn fit<const N: usize>(columns: usize, pieces: [(Ink, String); N]) -> String {
    let mut room = columns;
    let mut line = String::new();
    for (ink, text) in pieces {
        let text = paint::cut(&text, room);
        room -= paint::width(&text).min(room);
        line += &match ink {
            _ if text.is_empty() => text,
            Ink::Plain => text,
            Ink::Calm => paint::calm(&text),
            Ink::Good => paint::good(&text),
        };
    }
    line
}

/// Returns a running time, `12 s`, `3 min 05 s`, `1 h 02 min`: it moves every second, and never shrinks.
pub(in crate::report) fn clock(time: Duration) -> String {
    let seconds = time.as_secs_f64().round() as u64;
    match seconds {
        0..90 => format!("{seconds} s"),
        90..5400 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

pub(super) fn spinner(elapsed: Duration) -> char {
    const TURN: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
    TURN[(elapsed.as_millis() / 100 % 10) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::address::Address;
    use crate::core::plan::Verb;
    use expect_test::{Expect, expect};

    fn began(step: usize, address: &str, minutes: f32, left: f32) -> Event {
        let address = Address::parse(address).unwrap();
        Event::Began { step, address, kind: "k".into(), verb: Verb::Create, minutes, left }
    }

    fn check(board: &mut Board, now: Instant, (columns, rows): (usize, usize), want: Expect) {
        let lines = board.lines(now, columns, rows);
        let plain = lines.iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect::<Vec<_>>();
        assert!(plain.len() < rows && plain.iter().all(|line| paint::width(line) < columns), "{plain:#?}");
        // The bar keeps the indentation from being taken for the test's own.
        want.assert_eq(&plain.iter().map(|line| format!("|{line}\n")).collect::<String>());
    }

    /// Two long steps, one quick one, at ten times real time.
    fn board(start: Instant) -> Board {
        let mut board = Board::new(10.0, start);
        board.take(&Event::Applying { plan: "p".into(), steps: 9, minutes: 12.0 }, start);
        board.take(&began(0, "cache.main.replication-group", 8.0, 8.0), start);
        board.take(&began(1, "database.main.instance", 10.0, 12.0), start);
        board.take(&began(2, "network.vpc", 0.0, 10.0), start + Duration::from_secs(12));
        board.take(
            &Event::Waiting { step: 1, address: Address::parse("database.main.instance").unwrap(), state: "backing-up".into() },
            start,
        );
        board
    }

    #[test]
    fn each_running_step_has_a_line_and_the_whole_has_a_bar() {
        let start = Instant::now();
        let mut board = board(start);
        check(
            &mut board,
            start + Duration::from_millis(12_100),
            (80, 24),
            expect![[r#"
                |  ⠙ creating cache.main.replication-group  12 s of about 48 s
                |  ⠙ creating database.main.instance        12 s of about 60 s  backing-up
                |  ──────────────────────────────  0/9 steps  12 s  about 60 s left
            "#]],
        );
        check(
            &mut board,
            start + Duration::from_secs(130),
            (80, 24),
            expect![[r#"
                |  ⠋ creating cache.main.replication-group  2 min 10 s of about 48 s
                |  ⠋ creating database.main.instance        2 min 10 s of about 60 s  backing-up
                |  ⠋ creating network.vpc                   1 min 58 s
                |  ──────────────────────────────  0/9 steps  2 min 10 s  longer than usual
            "#]],
        );
    }

    #[test]
    fn a_narrow_or_low_terminal_is_never_overrun() {
        let start = Instant::now();
        let mut board = board(start);
        check(
            &mut board,
            start + Duration::from_secs(13),
            (40, 24),
            expect![[r#"
                |  ⠋ creating cache.mai…  13 s of about…
                |  ⠋ creating database.…  13 s of about…
                |  ⠋ creating network.v…  1 s
                |    0/9 steps  13 s  about 60 s left
            "#]],
        );
        let address = Address::parse("network.vpc").unwrap();
        board.take(&Event::Done { step: 2, address, verb: Verb::Create, id: "vpc-1".into(), seconds: 1.0, requests: Vec::new() }, start);
        for step in 3..9 {
            board.take(&began(step, &format!("service.api.part-{step}"), 1.0, 1.0), start);
        }
        check(
            &mut board,
            start + Duration::from_secs(13),
            (80, 8),
            expect![[r#"
                |  ⠋ creating cache.main.replication-group  13 s of about 48 s
                |  ⠋ creating database.main.instance        13 s of about 60 s  backing-up
                |  ⠋ creating service.api.part-3            13 s of about 6 s
                |    and 5 more
                |  ━━━───────────────────────────  1/9 steps  13 s  longer than usual
            "#]],
        );
        board.lines(start, 1, 1);
    }

    #[test]
    fn reading_and_reading_back_say_how_far_they_are() {
        let start = Instant::now();
        let mut board = Board::new(1.0, start);
        board.take(&Event::Reading { kinds: 34 }, start);
        board.take(&Event::Read { kind: "ec2.vpc".into(), found: 1, error: None }, start);
        check(
            &mut board,
            start + Duration::from_secs(2),
            (80, 24),
            expect![[r#"
                |⠋ reading AWS  1/34 kinds  2 s
            "#]],
        );
        board.take(&Event::Verifying { kinds: 3 }, start);
        check(
            &mut board,
            start + Duration::from_secs(2),
            (80, 24),
            expect![[r#"
                |⠋ reading back what was written
            "#]],
        );
    }

    #[test]
    fn clocks_move_every_second() {
        for (seconds, want) in [(0, "0 s"), (89, "89 s"), (90, "1 min 30 s"), (3599, "59 min 59 s"), (5400, "1 h 30 min")] {
            assert_eq!(clock(Duration::from_secs(seconds)), want);
        }
    }
}
