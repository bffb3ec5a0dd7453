//! Sums of a bill, and differences between two, with what is not known of them: a line without a price costs something, and
//! never nothing.

use super::money::{Decimal, Money, Range};
use serde::{Deserialize, Serialize};

/// The sum of some lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Total {
    /// List price of all that has one: where something is unknown, it is at least that.
    pub list: Range<Money>,
    pub free: Range<Money>,
    pub unknown: Unknown,
}

/// Lines without a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Unknown {
    pub lines: usize,
    /// The number of them that nothing bounds.
    pub unbounded: usize,
    /// The most that the others may cost together.
    pub bounds: Range<Money>,
}

/// The difference that two sums make. What is unknown and the same in both is in neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "Said", from = "Said")]
pub struct Difference {
    /// The difference of what has a price, after less before.
    pub list: Range<Money>,
    /// Lines without a price that are after alone: it may be more by them.
    pub comes: Unknown,
    /// Lines without a price that were before alone: it may be less by them.
    pub goes: Unknown,
}

/// A difference as it is written, with how much of it is known.
#[derive(Serialize, Deserialize)]
struct Said {
    list: Range<Money>,
    comes: Unknown,
    goes: Unknown,
    is: Sense,
    at_most: Option<Range<Money>>,
}

impl From<Difference> for Said {
    fn from(difference: Difference) -> Said {
        let Difference { list, comes, goes } = difference;
        Said { list, comes, goes, is: difference.likely().0, at_most: difference.most() }
    }
}

impl From<Said> for Difference {
    fn from(Said { list, comes, goes, .. }: Said) -> Difference {
        Difference { list, comes, goes }
    }
}

/// The extent to which a difference is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sense {
    Exact,
    /// It is so much or more, and that is more than nothing.
    AtLeast,
    /// It is so much or less, and that is less than nothing: a saving, which what has no price does not undo.
    AtMost,
    /// It may be more or less.
    Unknown,
}

impl Total {
    pub fn plus(self, other: Total) -> Total {
        Total { list: self.list + other.list, free: self.free + other.free, unknown: self.unknown.plus(other.unknown) }
    }
    /// Returns what so many months that are all the same cost.
    pub fn times(self, months: u32) -> Total {
        Total { list: times(self.list, months), free: times(self.free, months), unknown: self.unknown.times(months) }
    }
    /// Returns what remains of the list price once AWS's monthly allowances are off.
    pub fn after_free(&self) -> Range<Money> {
        self.list - self.free
    }
    /// Returns the number of lines without a price.
    pub fn unpriced(&self) -> usize {
        self.unknown.lines
    }
    pub fn is_known(&self) -> bool {
        self.unknown.lines == 0
    }
    /// Returns the most that it may be, where that is sure.
    pub fn most(&self) -> Option<Range<Money>> {
        self.unknown.most().map(|most| self.list + most)
    }
}

impl Unknown {
    /// Returns what the same lines cost in so many months.
    pub fn times(self, months: u32) -> Unknown {
        Unknown { bounds: times(self.bounds, months), ..self }
    }
    pub fn plus(self, other: Unknown) -> Unknown {
        Unknown { lines: self.lines + other.lines, unbounded: self.unbounded + other.unbounded, bounds: self.bounds + other.bounds }
    }
    /// Returns the most that all of them cost, where that is sure.
    pub fn most(&self) -> Option<Range<Money>> {
        (self.unbounded == 0).then_some(self.bounds)
    }
}

impl Difference {
    /// Returns the difference of so many months that are all the same.
    pub fn times(self, months: u32) -> Difference {
        Difference { list: times(self.list, months), comes: self.comes.times(months), goes: self.goes.times(months) }
    }
    pub fn plus(self, other: Difference) -> Difference {
        Difference { list: self.list + other.list, comes: self.comes.plus(other.comes), goes: self.goes.plus(other.goes) }
    }
    /// Returns the difference of two years of which it is that of the first month: what begins without a price in the course of
    /// one of them is in no month yet. `months` and `years` are those before and after.
    pub fn over_years(self, months: [Total; 2], years: [Total; 2]) -> Difference {
        // Nothing says how many months they are there for, and so what they are at most.
        let begun = |at: usize| {
            let lines = years[at].unknown.lines.saturating_sub(months[at].unknown.lines);
            Unknown { lines, unbounded: lines, bounds: Range::default() }
        };
        let twelve = self.times(12);
        Difference { list: years[1].list - years[0].list, comes: twelve.comes.plus(begun(1)), goes: twelve.goes.plus(begun(0)) }
    }
    /// Returns how much is known of one of its amounts, and the figure that this is said of: the least that is added, or the least
    /// that is saved.
    pub fn known(&self, pick: fn(Range<Money>) -> Money) -> (Sense, Money) {
        let amount = pick(self.list);
        match (self.comes.lines, self.goes.lines) {
            (0, 0) => (Sense::Exact, amount),
            (_, 0) if amount.cents() > Decimal::ZERO => (Sense::AtLeast, amount),
            _ => match self.most().map(pick).filter(|most| most.cents() < Decimal::ZERO) {
                Some(most) => (Sense::AtMost, most),
                None => (Sense::Unknown, amount),
            },
        }
    }
    /// Does the same with the likely amount.
    pub fn likely(&self) -> (Sense, Money) {
        self.known(|list| list.likely)
    }
    /// Returns the most that it may be, where that is sure.
    pub fn most(&self) -> Option<Range<Money>> {
        self.comes.most().map(|most| self.list + most)
    }
    /// True when nothing differs, as far as anything is known.
    pub fn is_nothing(&self) -> bool {
        *self == Difference::default()
    }
}

fn times(amounts: Range<Money>, months: u32) -> Range<Money> {
    amounts.map(|amount| amount * Decimal::from(months))
}

impl std::iter::Sum for Total {
    fn sum<I: Iterator<Item = Total>>(all: I) -> Total {
        all.fold(Total::default(), Total::plus)
    }
}
impl std::iter::Sum for Unknown {
    fn sum<I: Iterator<Item = Unknown>>(all: I) -> Unknown {
        all.fold(Unknown::default(), Unknown::plus)
    }
}
impl std::iter::Sum for Difference {
    fn sum<I: Iterator<Item = Difference>>(all: I) -> Difference {
        all.fold(Difference::default(), Difference::plus)
    }
}
