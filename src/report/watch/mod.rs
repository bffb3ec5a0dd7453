//! The view of a rollout that people look at for an hour: a picture of what is known of it, by the size of the terminal.
//!
//! [`View`] holds all that is drawn, [`draw`] is a function of it and of the room that there is, and [`screen`] is the terminal.

mod curve;
mod lines;
mod measures;
mod press;
pub mod screen;
mod stages;
#[cfg(test)]
mod tests;

pub use press::{Act, Key};

use crate::core::rollout::look::Look;
use crate::core::rollout::release::Release;
use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

/// All that is drawn.
#[derive(Debug, Clone)]
pub struct View {
    pub release: Release,
    /// The newest look; none before the first.
    pub look: Option<Look>,
    /// AWS's time.
    pub now: Timestamp,
    pub asking: Option<Question>,
    pub help: bool,
    /// The answer to the last key, until the next one.
    pub notice: Option<String>,
    /// False with `NO_COLOR`: nothing needs colours to be understood.
    pub colour: bool,
}

/// A question that is answered by a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Go on at the gate? Against what speaks against it, it takes more than a yes.
    Promote {
        against: Option<String>,
    },
    /// Is nothing to go on any more, or is it again?
    Pause(bool),
    Rollback,
}

impl View {
    #[must_use]
    pub fn new(release: Release, now: Timestamp, colour: bool) -> Self {
        View { release, look: None, now, asking: None, help: false, notice: None, colour }
    }

    /// Takes the next look.
    pub fn take(&mut self, look: &Look) {
        self.release.take(look);
        self.look = Some(look.clone());
        self.now = look.at;
        // A question about a gate is none any more once it is closed.
        if matches!(self.asking, Some(Question::Promote { .. })) && look.gate.is_none() {
            self.asking = None;
        }
    }

    fn ink(&self, ink: Ink) -> Style {
        let colour = |colour: Color| if self.colour { Style::new().fg(colour) } else { Style::new() };
        match ink {
            Ink::Plain => Style::new(),
            Ink::Calm => Style::new().add_modifier(Modifier::DIM),
            Ink::Strong => Style::new().add_modifier(Modifier::BOLD),
            Ink::Old => colour(Color::Blue),
            Ink::New => colour(Color::Green),
            Ink::Good => colour(Color::Green),
            Ink::Open => colour(Color::Yellow),
            Ink::Bad => colour(Color::Red).add_modifier(Modifier::BOLD),
            Ink::Key => Style::new().add_modifier(Modifier::REVERSED),
        }
    }
}

/// The few ways in which something is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ink {
    Plain,
    Calm,
    Strong,
    Old,
    New,
    Good,
    Open,
    Bad,
    Key,
}

/// Draws as much of a view as there is room for. The same view in the same room is the same picture.
pub fn draw(view: &View, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    for (row, line) in (area.top()..area.bottom()).zip(lines::lines(view, area.width.into(), area.height.into())) {
        buffer.set_line(area.left(), row, &line, area.width);
    }
}
