//! The result of an assessment: each check with its answer, what blocks, and the score that comes of it.

use super::area::Area;
use super::check::Check;

/// No stack with a blocker scores more than this.
pub const CAP: u32 = 65;

/// Room for what a division of floating numbers leaves out.
const DUST: f64 = 1e-9;

/// One environment of a stack, assessed.
#[derive(Debug, Clone)]
pub struct Report {
    /// The stack and its environment: `shop/production`.
    pub owner: String,
    pub region: String,
    /// The account, where somebody has looked into it.
    pub account: Option<String>,
    /// The day on which it was assessed.
    pub day: String,
    /// True where what is live was looked at.
    pub live: bool,
    /// Every check of the table, in its order.
    pub answers: Vec<Answered>,
    /// Errors of the file by itself, which no check asks about.
    pub errors: Vec<Found>,
    /// Findings of rules that are of no area: what AWS would refuse, whatever it is about.
    pub refused: Vec<Found>,
    /// Codes of readiness that the file accepts and that find nothing.
    pub vain: Vec<String>,
}

/// A check with its answer.
#[derive(Debug, Clone)]
pub struct Answered {
    pub check: &'static Check,
    pub state: State,
    /// The things that were asked about, and those of them that are well or accepted.
    pub asked: usize,
    pub good: usize,
    pub unknown: usize,
    /// Everything there is to say: failures, what is unknown, what is accepted.
    pub found: Vec<Found>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Passed,
    /// It failed at one thing at least.
    Failed,
    /// Nothing failed, and of something nobody can tell.
    Unknown,
    /// The stack has nothing that it asks about.
    NotApplicable,
    /// It is about what is live, and nobody has looked.
    NotLooked,
}

impl State {
    /// Returns the word that machines read.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            State::Passed => "passed",
            State::Failed => "failed",
            State::Unknown => "unknown",
            State::NotApplicable => "not_applicable",
            State::NotLooked => "not_looked",
        }
    }

    /// True where the check counts.
    #[must_use]
    pub const fn counts(self) -> bool {
        matches!(self, State::Passed | State::Failed | State::Unknown)
    }
}

/// One thing that is not well, that nobody can tell, or that somebody lives with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The code of the rule or the check that found it.
    pub code: &'static str,
    pub is: Is,
    /// The node that it is about; empty for the stack.
    pub address: String,
    pub says: String,
    pub help: Option<String>,
    pub place: Option<Place>,
    pub blocks: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Is {
    Bad,
    Unknown,
    /// It is lived with, for this reason.
    Accepted {
        because: String,
    },
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: usize,
}

/// Points of a hundred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// The points, under the cap where something blocks.
    pub points: u32,
    /// The points without a cap.
    pub uncapped: u32,
    /// The points that it would be if everything unknown were well.
    pub at_most: u32,
    pub blockers: usize,
    pub unknown: usize,
}

impl Score {
    #[must_use]
    pub const fn is_capped(&self) -> bool {
        self.points < self.uncapped
    }
}

/// The part of a score that one area has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    pub area: Area,
    /// Per cent of its points; none where nothing of it applies.
    pub per_cent: Option<u32>,
    pub passed: usize,
    /// Checks that count.
    pub counted: usize,
    pub unknown: usize,
    /// Checks that do not apply.
    pub apart: usize,
    /// Checks of what is live at which nobody has looked.
    pub not_looked: usize,
}

/// The reason why a gate refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shut {
    Under {
        points: u32,
        least: u32,
    },
    /// Nobody can tell so many things.
    Unknown(usize),
}

impl Report {
    /// Returns everything that blocks, in the order of checks; errors of the file come first.
    pub fn blockers(&self) -> impl Iterator<Item = &Found> {
        let of_checks = self.answers.iter().flat_map(|one| &one.found);
        self.errors.iter().chain(&self.refused).chain(of_checks.filter(|found| found.blocks && found.is == Is::Bad))
    }

    /// Returns the checks in a state.
    pub fn of(&self, state: State) -> impl Iterator<Item = &Answered> {
        self.answers.iter().filter(move |one| one.state == state)
    }

    /// Returns what somebody lives with.
    pub fn accepted(&self) -> impl Iterator<Item = &Found> {
        self.answers.iter().flat_map(|one| &one.found).filter(|found| matches!(found.is, Is::Accepted { .. }))
    }

    /// Returns what nobody can tell, with its check.
    pub fn unknown(&self) -> impl Iterator<Item = (&Answered, &Found)> {
        self.answers.iter().flat_map(|one| one.found.iter().map(move |found| (one, found))).filter(|(_, found)| found.is == Is::Unknown)
    }

    /// Returns the failures of a check that block nothing, the most valuable check first.
    #[must_use]
    pub fn to_mend(&self) -> Vec<(&Answered, f64)> {
        let failed = self.of(State::Failed).map(|one| (one, self.lost(one)));
        let mut failed = failed.filter(|(one, _)| one.found.iter().any(|found| found.is == Is::Bad && !found.blocks)).collect::<Vec<_>>();
        failed.sort_by(|one, other| other.1.total_cmp(&one.1));
        failed
    }

    /// Returns the points of a hundred that a check costs as it is.
    #[must_use]
    pub fn lost(&self, one: &Answered) -> f64 {
        let area = one.check.area;
        let within = self.within(area).map(|other| f64::from(other.check.weight)).sum::<f64>();
        if within == 0.0 || !one.state.counts() {
            return 0.0;
        }
        let part = f64::from(area.weight()) / self.applicable() * 100.0;
        part * f64::from(one.check.weight) / within * (1.0 - one.share(one.good))
    }

    #[must_use]
    pub fn score(&self) -> Score {
        let blockers = self.blockers().count();
        let uncapped = whole(self.sum(|one| one.share(one.good)));
        let at_most = whole(self.sum(|one| one.share(one.good + one.unknown)));
        let capped = |points: u32| if blockers > 0 { points.min(CAP) } else { points };
        // Errors of the file may hide what else there is to find.
        let unknown = self.unknown().count() + usize::from(!self.errors.is_empty());
        Score { points: capped(uncapped), uncapped, at_most: capped(at_most), blockers, unknown }
    }

    #[must_use]
    pub fn shares(&self) -> Vec<Share> {
        let share = |area: Area| {
            let all = || self.answers.iter().filter(move |one| one.check.area == area);
            let count = |state: State| all().filter(|one| one.state == state).count();
            let counted = self.within(area).count();
            Share {
                area,
                per_cent: (counted > 0).then(|| whole(self.fraction(area, &|one| one.share(one.good)) * 100.0)),
                passed: count(State::Passed),
                counted,
                unknown: all().filter(|one| one.unknown > 0).count(),
                apart: count(State::NotApplicable),
                not_looked: count(State::NotLooked),
            }
        };
        Area::ALL.into_iter().map(share).collect()
    }

    /// Says why a gate at so many points refuses; none where it lets the stack pass.
    #[must_use]
    pub fn shut(&self, least: u32) -> Option<Shut> {
        let Score { points, unknown, .. } = self.score();
        match unknown {
            _ if points < least => Some(Shut::Under { points, least }),
            0 => None,
            unknown => Some(Shut::Unknown(unknown)),
        }
    }

    fn within(&self, area: Area) -> impl Iterator<Item = &Answered> {
        self.answers.iter().filter(move |one| one.check.area == area && one.state.counts())
    }

    /// The weights of the areas of which something applies.
    fn applicable(&self) -> f64 {
        Area::ALL.into_iter().filter(|area| self.within(*area).next().is_some()).map(|area| f64::from(area.weight())).sum()
    }

    /// The part of an area's points that it has: 0 to 1.
    fn fraction(&self, area: Area, share: &dyn Fn(&Answered) -> f64) -> f64 {
        let weights = self.within(area).map(|one| f64::from(one.check.weight)).sum::<f64>();
        let points = self.within(area).map(|one| f64::from(one.check.weight) * share(one)).sum::<f64>();
        if weights > 0.0 { points / weights } else { 0.0 }
    }

    fn sum(&self, share: impl Fn(&Answered) -> f64) -> f64 {
        let of_areas = Area::ALL.into_iter().map(|area| f64::from(area.weight()) * self.fraction(area, &share)).sum::<f64>();
        let applicable = self.applicable();
        if applicable > 0.0 { of_areas / applicable * 100.0 } else { 0.0 }
    }
}

impl Answered {
    /// True where somebody lives with a part of it.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.found.iter().any(|found| matches!(found.is, Is::Accepted { .. }))
    }

    /// The part of its points for so many things that are well.
    fn share(&self, good: usize) -> f64 {
        if self.asked == 0 { 0.0 } else { good as f64 / self.asked as f64 }
    }
}

/// Returns whole points. What lacks a part of one is no point, so that a hundred means that everything is well.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
fn whole(points: f64) -> u32 {
    (points + DUST).floor().clamp(0.0, 100.0) as u32
}
