//! The bill: what a stack costs a month, line by line, and what a plan adds to it. Data alone; `pricing` fills it in.

use super::address::Address;
use super::budget::{Claimed, Verdict, judge};
use super::money::{Decimal, Money, Range};
use super::natural::Natural;
use super::settings::Budget;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use super::total::{Difference, Sense, Total, Unknown};

/// The bill of a stack for a month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    pub version: u32,
    pub region: String,
    /// The day it was made for: `2026-11-21`.
    pub today: String,
    /// The catalogue that prices come from: `embedded`, or a file.
    pub catalogue: String,
    /// The catalogue's own day.
    pub generated: String,
    /// The resources, in order of address, and then what the account is committed to.
    pub items: Vec<Item>,
    /// The reservations and Savings Plans of the account, with the part of each that is used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commitments: Vec<Pledge>,
}

/// A reservation or a Savings Plan beside the part of it that a month uses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pledge {
    pub address: Address,
    /// `2 reserved db.t4g.medium, 1 year, no upfront`.
    pub what: String,
    /// The unit of the next two: `hour` of what is reserved, or `USD` of a Savings Plan.
    pub unit: String,
    pub committed: Decimal,
    /// The part that something uses; None where rates are not known.
    pub used: Option<Range<Decimal>>,
    /// The amount that is paid on the day that it begins, of which each month has its part; None where that has no price.
    pub upfront: Option<Money>,
    /// The months that it lasts.
    pub months: u32,
}

/// The lines of one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    pub address: Address,
    pub kind: String,
    /// The tags that it carries, those of the stack among them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    pub lines: Vec<Line>,
}

/// One amount, and everything it is made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub what: String,
    pub key: String,
    /// The region of the price: the stack's own, or `global`.
    pub region: String,
    /// AWS's own code of the service; empty where nothing is known of the key.
    pub service: String,
    pub unit: String,
    pub quantity: Range<Decimal>,
    pub basis: Basis,
    /// The commitment that pays for it, so that it costs nothing more here: `commitment.database`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covered_by: Option<String>,
    pub price: Rated,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "of")]
pub enum Rated {
    Priced(Box<Priced>),
    Unpriced(Unpriced),
}

/// The lack of a price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unpriced {
    /// Why there is none, and what is near.
    pub reason: String,
    /// The most that the line may cost, where that is sure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
}

/// The most that a line without a price may cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    pub most: Range<Money>,
    /// The most that one unit costs, where each costs the same however many there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Money>,
    /// Why it is no more: `a standby costs no more than its primary`.
    pub why: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Priced {
    /// List price.
    pub cost: Range<Money>,
    /// AWS gives this part of it away each month, if nothing else in the account uses that up.
    pub free: Range<Money>,
    /// The tiers that the likely quantity falls into; a price without tiers has one.
    pub bands: Vec<Band>,
    pub as_of: String,
    pub source: String,
    pub mark: Mark,
    /// Its newest source is more than a year old.
    pub old: bool,
}

/// A part of a quantity at one price.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// The amount of the month from which on the price holds.
    pub from: Decimal,
    pub usd: Money,
    pub quantity: Decimal,
}

/// The version of the JSON of costs, which is raised when a reader of the old form could misread the new one.
pub const VERSION: u32 = 3;

/// A quantity rests on one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "assumes")]
pub enum Basis {
    /// The spec alone.
    Fixed,
    /// The number of them that run: a range that autoscaling moves in.
    Scaled(String),
    /// The amount that goes through it or is kept in it: the file's `[usage]`, or a default.
    Usage(String),
}

/// A price is attested by one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// AWS's own price list says so.
    PriceList,
    TwoSources,
    /// One source that copied AWS twice, months apart, and found the same.
    TwoSnapshots,
    SingleSource,
    /// Sources differ; the newest one counts.
    Conflict,
}

/// The cost of a plan. `delta` is the sum of the resources' deltas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanCost {
    pub before: Total,
    pub after: Total,
    pub delta: Difference,
    /// The year to come before and after, with what begins or rises in the course of it; None in a plan of an older version, whose
    /// year has twelve months that are all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<Share>,
    /// The share of each module that costs something, before or after, by `service.api`, `network`.
    pub modules: BTreeMap<String, Share>,
    /// Every resource whose cost differs, in order of address, whether or not the plan touches it: autoscaling changes the cost of
    /// a service. Resources with lines without a price stand here as well, so that they are never lost.
    pub resources: Vec<Delta>,
    /// The cost of what runs twice while resources are replaced or tasks roll.
    pub overlap: Once,
    /// The verdict of `[stack.budget]`, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Verdict>,
    /// The day it was made for: `2026-11-21`.
    pub today: String,
    /// The catalogue that prices come from: `embedded`, or a file.
    pub catalogue: String,
    /// The catalogue's own day.
    pub generated: String,
}

/// A part of a stack, or a year of it, before a plan and after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Share {
    pub before: Total,
    pub after: Total,
    pub delta: Difference,
}

/// An amount that is billed once, and in no month's total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Once {
    pub usd: Money,
    /// Lines without a price that are a part of it: with any, it is at least so much.
    pub unpriced: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    pub address: Address,
    pub before: Total,
    pub after: Total,
    pub delta: Difference,
    /// The cost of what runs twice while it is replaced or rolls.
    pub overlap: Once,
    /// The lines that stay on the bill although it goes, each month until somebody deletes it: the last snapshot of a database. They
    /// are in no total. What is only forgotten goes on as it was, and is in all of them.
    pub left: Vec<Line>,
    /// Its lines after the plan.
    pub lines: Vec<Line>,
}

impl Cost {
    pub fn total(&self) -> Total {
        self.items.iter().map(Item::total).sum()
    }
    /// Returns every line with the address of what it is for.
    pub fn lines(&self) -> impl Iterator<Item = (&Address, &Line)> {
        self.items.iter().flat_map(|item| item.lines.iter().map(move |line| (&item.address, line)))
    }
    /// Returns the lines without a price.
    pub fn unpriced(&self) -> impl Iterator<Item = (&Address, &Line)> {
        self.lines().filter(|(_, line)| matches!(line.price, Rated::Unpriced(_)))
    }
    /// Sums up by module: `service.api`, `network`.
    pub fn by_module(&self) -> BTreeMap<Natural<'_>, Total> {
        let mut totals = BTreeMap::<_, Total>::new();
        for item in self.items.iter().filter(|item| !item.lines.is_empty()) {
            let total = totals.entry(Natural(item.address.group())).or_default();
            *total = total.plus(item.total());
        }
        totals
    }
    /// Sums up by the value of a tag; empty for what does not carry it.
    pub fn by_tag(&self, tag: &str) -> BTreeMap<&str, Total> {
        let mut totals = BTreeMap::<_, Total>::new();
        for item in self.items.iter().filter(|item| !item.lines.is_empty()) {
            let total = totals.entry(item.tags.get(tag).map(String::as_str).unwrap_or_default()).or_default();
            *total = total.plus(item.total());
        }
        totals
    }
    /// Sums up by AWS's own code of the service.
    pub fn by_service(&self) -> BTreeMap<&str, Total> {
        let mut totals = BTreeMap::<_, Total>::new();
        for (_, line) in self.lines() {
            let total = totals.entry(line.service.as_str()).or_default();
            *total = total.plus(line.total());
        }
        totals
    }
}

impl Item {
    pub fn total(&self) -> Total {
        self.lines.iter().map(Line::total).sum()
    }
}

impl Line {
    pub fn total(&self) -> Total {
        match &self.price {
            Rated::Priced(priced) => Total { list: priced.cost, free: priced.free, unknown: Unknown::default() },
            Rated::Unpriced(Unpriced { bound, .. }) => {
                let bounds = bound.as_ref().map(|bound| bound.most).unwrap_or_default();
                Total { unknown: Unknown { lines: 1, unbounded: usize::from(bound.is_none()), bounds }, ..Total::default() }
            }
        }
    }
}

impl Difference {
    /// Compares two whole bills, each resource's lines with its own.
    pub fn of(before: &Cost, after: &Cost) -> Difference {
        let mut lines = BTreeMap::<_, [Vec<&Line>; 2]>::new();
        for (at, cost) in [before, after].into_iter().enumerate() {
            cost.lines().for_each(|(address, line)| lines.entry(address).or_default()[at].push(line));
        }
        lines.values().map(|[before, after]| Difference::between(before, after)).sum()
    }
    /// Compares the lines of one thing before and after. A line without a price that is the same in both costs the same in both.
    pub fn between<'a>(before: &[&'a Line], after: &[&'a Line]) -> Difference {
        let [was, will] = [before, after].map(|lines| lines.iter().map(|line| line.total()).sum::<Total>());
        let same = |one: &&Line, other: &Line| (&one.key, &one.region, one.quantity) == (&other.key, &other.region, other.quantity);
        let unknown = |lines: &[&'a Line]| lines.iter().copied().filter(|line| !line.total().is_known()).collect::<Vec<_>>();
        let (mut gone, mut come) = (unknown(before), unknown(after));
        come.retain(|line| match gone.iter().position(|gone| same(gone, line)) {
            Some(at) => {
                gone.swap_remove(at);
                false
            }
            None => true,
        });
        let (mut comes, mut goes) = (Unknown::default(), Unknown::default());
        for line in come {
            let grown = gone.iter().enumerate().find_map(|(at, gone)| Some((at, grown(gone, line)?)));
            match grown {
                Some((at, (more, less))) => {
                    gone.swap_remove(at);
                    (comes, goes) = (comes.plus(more), goes.plus(less));
                }
                None => comes = comes.plus(line.total().unknown),
            }
        }
        Difference { list: will.list - was.list, comes, goes: goes.plus(gone.iter().map(|line| line.total().unknown).sum()) }
    }
}

/// Returns what a line without a price costs more and less than it did, where only its quantity is another one in one direction: a
/// unit of it has one price before and after, which nobody knows, and which is no more than the bound of a unit.
///
/// Of another key it is not known what either costs: a standby may be twice its primary before and no more than it after, so that all
/// of the one comes and all of the other goes. Nor is it where tiers are shared, since a line's share of them depends on others.
fn grown(before: &Line, after: &Line) -> Option<(Unknown, Unknown)> {
    let each = |line: &Line| match &line.price {
        Rated::Unpriced(Unpriced { bound: Some(Bound { each, .. }), .. }) => *each,
        Rated::Unpriced(Unpriced { bound: None, .. }) | Rated::Priced(_) => None,
    };
    let each = each(before).filter(|one| each(after) == Some(*one) && (&before.key, &before.region) == (&after.key, &after.region))?;
    let more = after.quantity - before.quantity;
    let bounds = |more: Range<Decimal>| {
        let all = [more.low, more.likely, more.high];
        let bounds = more.map(|more| (each * more).fixed());
        all.iter().all(|more| *more >= Decimal::ZERO).then_some(Unknown { lines: 1, unbounded: 0, bounds })
    };
    let nothing = Unknown::default();
    bounds(more).map(|more| (more, nothing)).or_else(|| Some((nothing, bounds(more.map(|more| -more))?)))
}

impl std::iter::Sum for Once {
    fn sum<I: Iterator<Item = Once>>(all: I) -> Once {
        all.fold(Once::default(), |one, other| Once { usd: one.usd + other.usd, unpriced: one.unpriced + other.unpriced })
    }
}

impl Mark {
    /// Returns what a person should know of it; empty for a price that is well attested.
    pub fn remark(self) -> &'static str {
        match self {
            Mark::PriceList | Mark::TwoSources => "",
            Mark::TwoSnapshots => "one source, at two times",
            Mark::SingleSource => "one source",
            Mark::Conflict => "sources differ",
        }
    }
}

impl PlanCost {
    /// Adds what a budget says of it; `accepted` is the figure that a person has accepted.
    pub fn judged(self, budget: Option<&Budget>, accepted: Option<Money>) -> Self {
        let claimed = Claimed { month: self.after, increase: Some(self.delta), accepted };
        PlanCost { budget: budget.map(|budget| judge(budget, claimed)), ..self }
    }
    /// Returns the year to come.
    pub fn year(&self) -> Share {
        let PlanCost { before, after, delta, year, .. } = self;
        year.unwrap_or_else(|| Share { before: before.times(12), after: after.times(12), delta: delta.times(12) })
    }
    /// Returns what happens to one resource's cost; `None` where it stays the same.
    pub fn of(&self, address: &Address) -> Option<&Delta> {
        self.resources.binary_search_by(|one| one.address.cmp(address)).ok().map(|at| &self.resources[at])
    }
}
