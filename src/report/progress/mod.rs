//! Progress of whatever goes on, from its events: a board on a terminal, plain lines in a pipe, JSON lines for machines.

mod board;
mod fetch;
mod screen;
mod summary;

use super::flat::flat;
use super::{log, paint, reason, rollout};
use crate::core::event::{Envelope, Event};
use crate::core::plan::Verb;
use crate::core::visible;
use board::Board;
pub(super) use board::clock;
use screen::{Screen, size};
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use summary::{Summary, of};

/// The way progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A line per running step and a bar, redrawn in place.
    Terminal,
    /// A line per event that matters.
    Plain,
    /// Every event as one JSON line on stdout.
    Json,
    Quiet,
}

impl Style {
    /// JSON if asked for, else what stderr is.
    pub fn choose(json: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        match (json, std::io::stderr().is_terminal() && !dumb && !log::is_json()) {
            (true, _) => Style::Json,
            (false, true) => Style::Terminal,
            (false, false) => Style::Plain,
        }
    }
}

/// The sort of a run: its last words are about what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    #[default]
    Apply,
    /// It only begins a rollout, and leaves it.
    Detached,
    /// It takes the whole stack down.
    Destroy,
}

/// Takes events and shows them.
pub struct Progress {
    style: Style,
    account: Mutex<Summary>,
    screen: Arc<Mutex<Screen<Board>>>,
}

impl Progress {
    /// `speed` is how much faster than real time AWS runs: 1 unless it is the embedded one.
    pub fn new(style: Style, speed: f64) -> Self {
        Progress::of_run(style, speed, Sort::Apply)
    }

    /// The progress of a run of this sort.
    pub fn of_run(style: Style, speed: f64, sort: Sort) -> Self {
        let account = Mutex::new(Summary::of_run(sort));
        Progress { style, account, screen: Screen::new(Board::new(speed, Instant::now())) }
    }

    pub fn show(&self, envelope: &Envelope) {
        if log::is_json() {
            self.log(envelope);
            if self.style != Style::Json {
                return;
            }
        }
        match self.style {
            Style::Json => return super::json(envelope),
            Style::Quiet => return,
            Style::Plain | Style::Terminal => {}
        }
        let event = &*flat(&envelope.event);
        let mut account = lock(&self.account);
        account.take(event);
        let begins = matches!(event, Event::Reading { .. } | Event::Applying { .. } | Event::Fetching { .. } | Event::Refetching { .. });
        if self.style == Style::Terminal && begins {
            Screen::start(&self.screen);
        }
        let mut screen = lock(&self.screen);
        screen.scene.take(event, Instant::now());
        if matches!(event, Event::Finished { .. }) {
            screen.clear();
        }
        if let Some(line) = line(event, &screen.scene, &account, self.style == Style::Plain) {
            screen.print(&line);
        }
    }

    /// Writes an event into the log of machines, with the words that a pipe would get.
    fn log(&self, envelope: &Envelope) {
        let event = &*flat(&envelope.event);
        let (mut account, mut screen) = (lock(&self.account), lock(&self.screen));
        account.take(event);
        screen.scene.take(event, Instant::now());
        log::event(envelope, line(event, &screen.scene, &account, true).as_deref());
    }

    /// Takes an event that was shown elsewhere, for the last words.
    pub fn hear(&self, envelope: &Envelope) {
        lock(&self.account).take(&flat(&envelope.event));
    }

    /// Takes away what is drawn.
    pub fn end(&self) {
        lock(&self.screen).clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

/// Returns the last words about a run that was stopped at once.
pub fn stopped(sort: Sort) -> String {
    format!("stopped at once. {}", summary::next(sort))
}

/// Returns what a pipe gets to see of a run, line by line.
pub fn plain(events: &[Event], speed: f64, sort: Sort) -> Vec<String> {
    let (mut account, mut board) = (Summary::of_run(sort), Board::new(speed, Instant::now()));
    let lines = events.iter().filter_map(|event| {
        let event = &*flat(event);
        account.take(event);
        board.take(event, Instant::now());
        line(event, &board, &account, true)
    });
    lines.collect()
}

/// Returns what an event leaves behind on the screen or in the log.
fn line(event: &Event, board: &Board, account: &Summary, plain: bool) -> Option<String> {
    match event {
        Event::Applying { steps, minutes, .. } if plain => {
            Some(format!("applying {}{}", paint::count(*steps, "step"), about(board.wall(*minutes))))
        }
        Event::Began { address, verb, minutes, .. } if plain && *minutes >= 1.0 => {
            Some(format!("  … {} {address}{}", doing(*verb), about(board.wall(*minutes))))
        }
        Event::Waiting { step, .. } if plain => board.reminder(*step),
        Event::RollingOut { step, address, look } => match rollout::order(look) {
            Some(order) => Some(wrapped(&format!("  ▸ {address} {order}"), plain)),
            None if plain => board.reminder(*step),
            None => None,
        },
        Event::Noted { address, note, .. } => Some(wrapped(&format!("  ▸ {address} {}", visible::line(note)), plain)),
        Event::Retrying { step, address, reason, seconds } if plain => {
            board.is_due(*step).then(|| format!("  ↻ {address}  again in {}: {reason}", paint::duration(seconds / board.speed())))
        }
        Event::Done { address, verb, id, seconds, .. } => {
            let text = format!("{address}  {}", paint::duration(*seconds));
            let room = if plain { usize::MAX } else { size().0.saturating_sub(paint::width(&text) + board.count().len() + 14) };
            let id = if room < 12 { String::new() } else { paint::calm(&format!("  {}", paint::cut(id, room))) };
            Some(format!("{} {} {text}{id}", paint::calm(&board.count()), paint::good(&format!("{:8}", done(*verb)))))
        }
        Event::Failed { address, verb, error, request, .. } => {
            let request = of(request.as_deref());
            let text = format!("{} {} to {} {address}: {error}{request}", paint::calm(&board.count()), paint::bad("failed"), verb.as_str());
            // The end of a rollout says much, and the log lines of a task have lines of their own.
            Some(if error.starts_with("rollout: ") {
                text.split('\n').map(|line| wrapped(line, plain)).collect::<Vec<_>>().join("\n")
            } else {
                text
            })
        }
        Event::Partial { address, fields } => {
            Some(format!("{} {address}: AWS took the change and still holds another {}", paint::bad("partial"), fields.join(", ")))
        }
        Event::Interrupted { running } => {
            let calls = paint::count(*running, "running call");
            Some(format!("{} waiting for {calls}; press again to stop at once", paint::change("interrupted:")))
        }
        Event::Unverified { kind, error } => Some(format!("{} {kind}: {error}", paint::change("could not read back"))),
        Event::Stopping { because, hint, running } => {
            let waiting = if *running > 0 { format!("; waiting for {}", paint::count(*running, "running call")) } else { String::new() };
            let hint = hint.as_ref().map(|hint| format!("\n    {}: {hint}", paint::strong("hint"))).unwrap_or_default();
            Some(format!("{} {}{waiting}{hint}", paint::bad("stopping:"), reason::because(because)))
        }
        Event::Finished { .. } => Some(account.sum_up(event, if plain { usize::MAX } else { size().0 })),
        Event::Read { kind, error: Some(error), .. } => Some(format!("  {} {kind}: {error}", paint::bad("unread"))),
        Event::Fetching { .. }
        | Event::Arriving { .. }
        | Event::Received { .. }
        | Event::Refetching { .. }
        | Event::Parsing { .. }
        | Event::Fetched { .. } => fetch::line(event, &board.count(), plain),
        Event::Reading { .. }
        | Event::Read { .. }
        | Event::Applying { .. }
        | Event::Began { .. }
        | Event::Waiting { .. }
        // The failure of its step says it all.
        | Event::Foreign { .. }
        | Event::Retrying { .. }
        | Event::Skipped { .. }
        | Event::Verifying { .. } => None,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A line of a rollout, which says more than one line of a terminal or of a log holds.
fn wrapped(text: &str, plain: bool) -> String {
    paint::wrap(text, if plain { super::TEXT } else { size().0 }, 6)
}

fn about(seconds: f64) -> String {
    if seconds < 1.0 { String::new() } else { format!(", about {}", paint::duration(seconds)) }
}

fn doing(verb: Verb) -> &'static str {
    match verb {
        Verb::Retag => "tagging",
        Verb::Create => "creating",
        Verb::Update => "updating",
        Verb::Finish => "finishing",
        Verb::Release => "releasing",
        Verb::Delete => "deleting",
        Verb::Wait => "waiting for",
    }
}

fn done(verb: Verb) -> &'static str {
    match verb {
        Verb::Retag => "tagged",
        Verb::Create => "created",
        Verb::Update => "updated",
        Verb::Finish => "finished",
        Verb::Release => "released",
        Verb::Delete => "deleted",
        Verb::Wait => "awaited",
    }
}
