//! The keys, and what they come to.

use super::{Question, View};
use crate::core::rollout::decide::{Hold, Order};
use crate::core::rollout::judge::{Verdict, worst};

/// A key, as far as the view knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Letter(char),
    Escape,
    /// Ctrl-C, which a terminal does not turn into an interrupt while the view is shown.
    Interrupt,
    /// The terminal has another size, or something else has written to it.
    Redraw,
}

/// An answer to a key, for whoever can give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Promote { force: bool },
    Pause(bool),
    Rollback,
    Leave,
    Redraw,
}

impl View {
    /// Takes a key. Nothing but leaving is done without a question.
    pub fn press(&mut self, key: Key) -> Option<Act> {
        self.notice = None;
        match key {
            Key::Interrupt => Some(Act::Leave),
            Key::Redraw => Some(Act::Redraw),
            Key::Escape => {
                (self.asking, self.help) = (None, false);
                None
            }
            Key::Letter(letter) => match self.asking.take() {
                Some(question) => self.answer(question, letter),
                None => self.ask(letter),
            },
        }
    }

    fn answer(&mut self, question: Question, letter: char) -> Option<Act> {
        match (question, letter) {
            (Question::Promote { against: None }, 'y' | 'Y') => Some(Act::Promote { force: false }),
            (Question::Promote { against: Some(_) }, 'f' | 'F') => Some(Act::Promote { force: true }),
            (Question::Pause(paused), 'y' | 'Y') => Some(Act::Pause(paused)),
            (Question::Rollback, 'y' | 'Y') => Some(Act::Rollback),
            (Question::Promote { .. } | Question::Pause(_) | Question::Rollback, _) => {
                self.notice = Some("nothing was done".into());
                None
            }
        }
    }

    fn ask(&mut self, letter: char) -> Option<Act> {
        let look = self.look.as_ref();
        let open = self.release.result.is_none() && look.is_some_and(|look| look.deployment.is_some());
        match letter {
            'q' => return Some(Act::Leave),
            '?' | 'h' => self.help = !self.help,
            'p' | 'r' | 'z' | ' ' if !open => self.notice = Some("no rollout is under way".into()),
            'p' => match look.filter(|look| look.gate.is_some()) {
                None => self.notice = Some("ECS waits at no gate: there is nothing to promote".into()),
                Some(look) => {
                    let decision = &look.decision;
                    // The findings come with their figures.
                    let brief = |hold: &Hold| match hold {
                        Hold::Inconclusive { .. } => Hold::Inconclusive { findings: Vec::new() }.to_string(),
                        hold => hold.to_string(),
                    };
                    let mut against = decision.holds.iter().map(brief).collect::<Vec<_>>();
                    if worst(&decision.evidence) != Verdict::Pass {
                        let bad = decision.evidence.iter().filter(|finding| finding.verdict != Verdict::Pass);
                        against.extend(bad.map(ToString::to_string));
                    }
                    if let Some(Order::Rollback { why, .. }) = &decision.order {
                        against = vec![why.to_string()];
                    }
                    let against = Some(against.join("; ")).filter(|against| !against.is_empty());
                    self.asking = Some(Question::Promote { against });
                }
            },
            'z' | ' ' => {
                let paused = look.and_then(|look| look.seen.as_ref()).is_some_and(|seen| seen.paused);
                self.asking = Some(Question::Pause(!paused));
            }
            'r' => self.asking = Some(Question::Rollback),
            _ => {}
        }
        None
    }
}
