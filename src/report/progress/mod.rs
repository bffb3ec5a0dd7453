//! Progress of reading and applying, from events: bars on a terminal, plain lines in a pipe, JSON lines for machines.

use super::paint;
use crate::core::address::Address;
use crate::core::event::{Event, Outcome};
use crate::core::plan::Verb;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How progress is shown.
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
        match (json, std::io::stderr().is_terminal()) {
            (true, _) => Style::Json,
            (false, true) => Style::Terminal,
            (false, false) => Style::Plain,
        }
    }
}

/// Takes events and shows them.
pub struct Progress {
    style: Style,
    screen: Mutex<Screen>,
}

struct Screen {
    bars: MultiProgress,
    total: Option<ProgressBar>,
    running: HashMap<usize, ProgressBar>,
    began: Instant,
    /// When it should be done, by the typical durations of its longest chain.
    expected: Duration,
    /// How much faster than real time waiting passes.
    speed: f64,
    steps: usize,
    done: usize,
}

impl Progress {
    /// `speed` is how much faster than real time AWS runs: 1 unless it is the embedded one.
    pub fn new(style: Style, speed: f64) -> Self {
        let bars = MultiProgress::with_draw_target(if style == Style::Terminal {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        });
        let screen = Screen {
            bars,
            total: None,
            running: HashMap::new(),
            began: Instant::now(),
            expected: Duration::ZERO,
            speed,
            steps: 0,
            done: 0,
        };
        Progress { style, screen: Mutex::new(screen) }
    }

    /// Takes away what is drawn.
    pub fn end(&self) {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub fn show(&self, event: &Event) {
        let mut screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        match self.style {
            Style::Json => super::data(&serde_json::to_string(event).unwrap_or_default()),
            Style::Quiet => {}
            Style::Plain => {
                screen.count(event);
                if let Some(line) = screen.line(event) {
                    super::talk(&line);
                }
            }
            Style::Terminal => {
                screen.count(event);
                screen.draw(event);
            }
        }
    }
}

impl Screen {
    fn count(&mut self, event: &Event) {
        match event {
            Event::Applying { steps, minutes, .. } => {
                self.began = Instant::now();
                self.steps = *steps;
                self.expected = Duration::from_secs_f64((f64::from(*minutes) * 60.0 / self.speed).max(0.0));
            }
            Event::Done { .. } => self.done += 1,
            _ => {}
        }
    }

    /// What a pipe gets to see of an event.
    fn line(&self, event: &Event) -> Option<String> {
        match event {
            Event::Applying { steps, minutes, .. } => {
                let about = if *minutes >= 1.0 {
                    format!(", about {}", paint::duration(f64::from(*minutes) * 60.0 / self.speed))
                } else {
                    String::new()
                };
                Some(format!("applying {}{about}", paint::count(*steps, "step")))
            }
            Event::Began { address, verb, minutes, .. } if *minutes >= 1.0 => {
                Some(format!("  … {address}  {} (about {})", doing(*verb), paint::duration(f64::from(*minutes) * 60.0 / self.speed)))
            }
            Event::Retrying { address, reason, seconds, .. } => {
                Some(format!("  ↻ {address}  again in {}: {reason}", paint::duration(*seconds / self.speed)))
            }
            Event::Done { address, verb, id, seconds, .. } => Some(self.done_line(address, *verb, id, *seconds)),
            Event::Failed { .. } | Event::Skipped { .. } | Event::Partial { .. } | Event::Interrupted { .. } | Event::Finished { .. } => {
                Some(closing(event))
            }
            Event::Read { kind, error: Some(error), .. } => Some(format!("  {} {kind}: {error}", paint::bad("unread"))),
            Event::Reading { .. } | Event::Read { .. } | Event::Began { .. } | Event::Waiting { .. } | Event::Verifying { .. } => None,
        }
    }

    fn done_line(&self, address: &Address, verb: Verb, id: &str, seconds: f64) -> String {
        let count = format!("[{:>width$}/{}]", self.done, self.steps, width = self.steps.to_string().len());
        format!(
            "{} {} {address}  {}",
            paint::calm(&count),
            paint::good(done(verb)),
            paint::calm(&format!("{id}  {}", paint::duration(seconds)))
        )
    }

    fn draw(&mut self, event: &Event) {
        match event {
            Event::Reading { kinds } => {
                let bar =
                    self.bars.add(ProgressBar::new(*kinds as u64).with_style(style("{spinner} reading AWS  {pos}/{len} kinds  {elapsed}")));
                bar.enable_steady_tick(Duration::from_millis(100));
                self.total = Some(bar);
            }
            Event::Read { error, kind, .. } => {
                if let Some(bar) = &self.total {
                    bar.inc(1);
                    if let Some(error) = error {
                        bar.suspend(|| super::talk(&format!("  {} {kind}: {error}", paint::bad("unread"))));
                    }
                }
            }
            Event::Applying { steps, .. } => {
                self.clear();
                let bar = self
                    .bars
                    .add(ProgressBar::new(*steps as u64).with_style(style("{bar:30.green/dim} {pos}/{len} steps  {elapsed}{msg}")));
                bar.enable_steady_tick(Duration::from_millis(200));
                self.total = Some(bar);
                self.left();
            }
            Event::Began { step, address, verb, minutes, .. } => {
                let bar = ProgressBar::new_spinner()
                    .with_style(style("  {spinner} {prefix}  {elapsed}  {msg}"))
                    .with_prefix(format!("{} {address}", doing(*verb)));
                let bar = match &self.total {
                    Some(total) => self.bars.insert_before(total, bar),
                    None => self.bars.add(bar),
                };
                if *minutes >= 1.0 {
                    bar.set_message(format!("about {}", paint::duration(f64::from(*minutes) * 60.0 / self.speed)));
                }
                bar.enable_steady_tick(Duration::from_millis(120));
                self.running.insert(*step, bar);
            }
            Event::Waiting { step, state, .. } => self.message(*step, state),
            Event::Retrying { step, reason, .. } => self.message(*step, &format!("trying again: {}", paint::cut(reason, 60))),
            Event::Done { step, address, verb, id, seconds } => {
                self.end(*step);
                let line = self.done_line(address, *verb, id, *seconds);
                self.say(&line);
                if let Some(bar) = &self.total {
                    bar.inc(1);
                }
                self.left();
            }
            Event::Failed { step, .. } | Event::Skipped { step, .. } => {
                self.end(*step);
                self.say(&closing(event));
            }
            Event::Verifying { .. } => {
                if let Some(bar) = &self.total {
                    bar.set_message("  reading back what was written");
                }
            }
            Event::Partial { .. } | Event::Interrupted { .. } => self.say(&closing(event)),
            Event::Finished { .. } => {
                self.clear();
                super::talk(&closing(event));
            }
        }
    }

    fn say(&self, line: &str) {
        self.bars.suspend(|| super::talk(line));
    }
    fn message(&self, step: usize, text: &str) {
        if let Some(bar) = self.running.get(&step) {
            bar.set_message(text.to_owned());
        }
    }
    fn end(&mut self, step: usize) {
        if let Some(bar) = self.running.remove(&step) {
            bar.finish_and_clear();
        }
    }
    fn clear(&mut self) {
        self.running.drain().for_each(|(_, bar)| bar.finish_and_clear());
        if let Some(bar) = self.total.take() {
            bar.finish_and_clear();
        }
    }
    /// The time left: what the longest chain of typical durations says, minus what has passed.
    fn left(&self) {
        let left = self.expected.saturating_sub(self.began.elapsed());
        if let Some(bar) = self.total.as_ref().filter(|_| left > Duration::from_secs(1)) {
            bar.set_message(format!("  about {} left", paint::duration(left.as_secs_f64())));
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn doing(verb: Verb) -> &'static str {
    match verb {
        Verb::Retag => "tagging",
        Verb::Create => "creating",
        Verb::Update => "updating",
        Verb::Finish => "finishing",
        Verb::Delete => "deleting",
    }
}

fn done(verb: Verb) -> &'static str {
    match verb {
        Verb::Retag => "tagged",
        Verb::Create => "created",
        Verb::Update => "updated",
        Verb::Finish => "finished",
        Verb::Delete => "deleted",
    }
}

/// What is worth a line wherever progress goes.
fn closing(event: &Event) -> String {
    match event {
        Event::Failed { address, verb, error, hint, .. } => {
            let hint = hint.as_ref().map(|hint| format!("\n    {}: {hint}", paint::strong("hint"))).unwrap_or_default();
            format!("  {} to {} {address}: {error}{hint}", paint::bad("failed"), verb.as_str())
        }
        Event::Skipped { address, verb, because, .. } => format!("  {} {} {address}: {because}", paint::change("skipped"), verb.as_str()),
        Event::Partial { address, fields } => {
            format!("  {} {address}: AWS took the change and still holds another {}", paint::bad("partial"), fields.join(", "))
        }
        Event::Interrupted { running } => {
            format!("interrupted: nothing new begins, waiting for {}; press again to stop at once", paint::count(*running, "running call"))
        }
        Event::Finished { outcome, done, failed, skipped, partial, seconds } => {
            let word = match outcome {
                Outcome::Complete => paint::good("Applied:"),
                Outcome::Partial => paint::bad("Stopped part-way:"),
                Outcome::Interrupted => paint::bad("Interrupted:"),
            };
            let rest = [(failed, "failed"), (skipped, "skipped"), (partial, "not taken over by AWS")];
            let rest = rest.iter().filter(|(count, _)| **count > 0).map(|(count, word)| format!(", {count} {word}")).collect::<String>();
            let more = if *outcome == Outcome::Complete { "" } else { " Run it again: it goes on from what is live." };
            format!("{word} {}{rest} in {}.{more}", paint::count(*done, "step"), paint::duration(*seconds))
        }
        _ => String::new(),
    }
}
