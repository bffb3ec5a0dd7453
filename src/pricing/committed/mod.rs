//! The reservations and Savings Plans of an account, laid over the lines of its month.
//!
//! A reservation or a Savings Plan is paid whether it is used or not, so it is an item of its own. A line that it covers falls into two:
//! what is covered costs nothing more, and the rest costs what it did. AWS matches both hour by hour; here what runs is the same in
//! each hour of a quiet, an ordinary and a busy month. All stacks of one account share what it is committed to.

mod plans;
mod reserved;
mod spend;

use super::catalog::Catalog;
use super::charge::{Charge, HOURS};
use super::cost::rate;
use crate::core::address::Address;
use crate::core::bill::{Band, Basis, Bound, Item, Line, Mark, Pledge, Priced, Rated, Unpriced};
use crate::core::commitment::{Commitment, Commitments, Committed, Payment};
use crate::core::money::{Decimal, Money, Range, from_float, shown};
use reserved::Reserved;
use spend::{Offer, Spent, share, spend};
use std::collections::BTreeMap;

/// A stack of an account, as it is billed on demand.
pub(super) struct Billed<'a> {
    pub region: &'a str,
    pub committed: &'a Commitments,
    /// The lines of each resource.
    pub lines: Vec<Vec<Line>>,
}

/// A stack with what covers it.
#[derive(Default)]
pub(super) struct Settled {
    pub lines: Vec<Vec<Line>>,
    /// The commitments themselves.
    pub items: Vec<Item>,
    pub pledges: Vec<Pledge>,
}

/// The three months that every figure is for: a quiet, an ordinary and a busy one.
type Months = [Decimal; 3];

/// The places of those months.
const MONTHS: [usize; 3] = [0, 1, 2];

/// A commitment of the account. Stacks that say the same by the same name have it once, and the first of them pays.
struct Held<'a> {
    name: &'a str,
    of: &'a Commitment,
    region: &'a str,
    stacks: Vec<usize>,
}

/// A line, and how much of it is still on demand.
struct Open {
    stack: usize,
    line: Line,
    rest: Months,
    /// The parts that are covered, by the place of the commitment.
    covered: Vec<(usize, Months)>,
    /// A Savings Plan covers it, at a rate that is not known.
    unknown: Option<usize>,
}

/// The part of a commitment that is used: hours of what is reserved, or dollars; None where that is not known.
type Used = Option<Months>;

/// Lays commitments over the stacks of an account.
pub(super) fn settle(stacks: Vec<Billed<'_>>, catalog: &Catalog, today: &str) -> Vec<Settled> {
    let held = held(&stacks, today);
    if held.is_empty() {
        return stacks.into_iter().map(|Billed { lines, .. }| Settled { lines, items: Vec::new(), pledges: Vec::new() }).collect();
    }
    let shape = stacks.iter().map(|stack| stack.lines.iter().map(Vec::len).collect::<Vec<_>>()).collect::<Vec<_>>();
    let lines =
        stacks.into_iter().enumerate().flat_map(|(stack, billed)| billed.lines.into_iter().flatten().map(move |line| (stack, line)));
    let mut open = lines.map(|(stack, line)| Open { stack, rest: months(line.quantity), line, covered: Vec::new(), unknown: None });
    let mut open = open.by_ref().collect::<Vec<_>>();
    let mut used = reserve(&held, &mut open);
    used.extend(save(&held, &mut open, catalog));
    let mut lines = open.into_iter().map(|one| one.lines(&held, catalog));
    let whole = |counts: Vec<usize>| counts.into_iter().map(|count| lines.by_ref().take(count).flatten().collect()).collect();
    let mut settled = shape.into_iter().map(whole).map(|lines| Settled { lines, items: Vec::new(), pledges: Vec::new() });
    let mut settled = settled.by_ref().collect::<Vec<_>>();
    for (at, one) in held.iter().enumerate() {
        let Some((payer, address)) = one.stacks.first().zip(one.address()) else { continue };
        let (item, pledge) = one.bill(address, used.get(&at).copied().flatten(), catalog, today);
        settled[*payer].items.push(item);
        settled[*payer].pledges.push(pledge);
    }
    settled
}

/// Returns after how many months of a reservation all that it costs is less than as many on demand; None where a price is not known,
/// or where it never is.
pub fn pays_off(one: &Commitment, region: &str, catalog: &Catalog) -> Option<Decimal> {
    let reserved = Reserved::of(one)?;
    let price = |part: &str| catalog.price(region, &reserved.price_key(part, one)).map(|price| price.first().dollars());
    let month = catalog.price(region, &reserved.key)?.first().dollars() * HOURS;
    let hourly = if one.payment == Payment::AllUpfront { Decimal::ZERO } else { price("hour")? };
    let upfront = if one.payment == Payment::NoUpfront { Decimal::ZERO } else { price(UPFRONT)? };
    let months = Decimal::from(one.months());
    let all = hourly * HOURS * months + upfront;
    all.checked_div(month).filter(|needed| *needed < months)
}

fn held<'a>(stacks: &[Billed<'a>], today: &str) -> Vec<Held<'a>> {
    let mut held = Vec::<Held<'a>>::new();
    for (at, Billed { region, committed, .. }) in stacks.iter().enumerate() {
        for (name, of) in committed.iter().filter(|(_, one)| one.lasts(today)) {
            // Reservations are a region's, plans an account's.
            let same = |one: &&mut Held<'_>| one.name == name && one.of == of && (of.service.is_plan() || one.region == *region);
            match held.iter_mut().find(same) {
                Some(one) => one.stacks.push(at),
                None => held.push(Held { name, of, region, stacks: vec![at] }),
            }
        }
    }
    held
}

/// Uses reservations: those for the fewest lines first, and of each the lines of its own engine.
fn reserve(held: &[Held<'_>], open: &mut [Open]) -> BTreeMap<usize, Used> {
    let all = held.iter().enumerate().filter_map(|(at, one)| Some((at, one, Reserved::of(one.of)?)));
    let mut all = all.collect::<Vec<_>>();
    all.sort_by_key(|(_, one, _)| one.of.engine.as_deref() == Some("redis"));
    let mut used = BTreeMap::new();
    for (at, one, reserved) in all {
        let mut left = [one.hours() * reserved.units; 3];
        for own in [true, false] {
            let fits =
                |line: &Open| one.stacks.contains(&line.stack) && line.line.region == one.region && reserved.is_own(&line.line) == own;
            let lines = open.iter_mut().filter(|line| fits(line)).filter_map(|line| Some((reserved.covers(&line.line)?, line)));
            let mut lines = lines.collect::<Vec<_>>();
            for month in MONTHS {
                let wanted = lines.iter().map(|(units, line)| line.rest[month].saturating_mul(*units)).collect::<Vec<_>>();
                let parts = share(left[month], &wanted);
                for (((units, line), part), all) in lines.iter_mut().zip(parts).zip(wanted) {
                    let quantity = if part == all { line.rest[month] } else { (part / *units).min(line.rest[month]) };
                    line.cover(at, month, quantity);
                    left[month] = (left[month] - part).max(Decimal::ZERO);
                }
            }
        }
        used.insert(at, Some(left.map(|left| one.hours() - left / reserved.units)));
    }
    used
}

/// Uses Savings Plans, after reservations.
fn save(held: &[Held<'_>], open: &mut [Open], catalog: &Catalog) -> BTreeMap<usize, Used> {
    let plans = held.iter().enumerate().filter(|(_, one)| one.of.service.is_plan()).collect::<Vec<_>>();
    let mut offers = Vec::new();
    let mut unknown = vec![false; plans.len()];
    for (plan, (at, one)) in plans.iter().enumerate() {
        for (line, open) in open.iter_mut().enumerate() {
            let fits = one.stacks.contains(&open.stack) && plans::covers(one.of.service, &open.line);
            if !fits || open.rest.iter().all(Decimal::is_zero) {
                continue;
            }
            match plans::price(&open.line).zip(plans::rate(one.of, &open.line, catalog)) {
                Some((price, rate)) => offers.push(Offer { plan, line, rate, price }),
                None => {
                    unknown[plan] = true;
                    open.unknown = Some(*at);
                }
            }
        }
    }
    // Nobody knows what a plan takes of the lines with a known rate, where it has others without one.
    for offer in offers.iter().filter(|offer| unknown[offer.plan]) {
        open[offer.line].unknown = Some(plans[offer.plan].0);
    }
    offers.retain(|offer| !unknown[offer.plan] && open[offer.line].unknown.is_none());
    let mut used = vec![[Decimal::ZERO; 3]; plans.len()];
    for month in MONTHS {
        let dollars = plans.iter().map(|(_, one)| one.hours() * one.of.hourly().unwrap_or_default()).collect::<Vec<_>>();
        let quantities = open.iter().map(|line| line.rest[month]).collect::<Vec<_>>();
        for Spent { plan, line, quantity } in spend(&dollars, &quantities, &offers) {
            let rate = offers.iter().find(|offer| (offer.plan, offer.line) == (plan, line)).map(|offer| offer.rate).unwrap_or_default();
            used[plan][month] += quantity * rate;
            open[line].cover(plans[plan].0, month, quantity);
        }
    }
    plans.iter().zip(used).zip(unknown).map(|(((at, _), used), unknown)| (*at, Some(used).filter(|_| !unknown))).collect()
}

impl Open {
    fn cover(&mut self, by: usize, month: usize, quantity: Decimal) {
        if quantity.is_zero() {
            return;
        }
        self.rest[month] -= quantity;
        match self.covered.iter_mut().find(|(other, _)| *other == by) {
            Some((_, months)) => months[month] += quantity,
            None => {
                let mut months = [Decimal::ZERO; 3];
                months[month] = quantity;
                self.covered.push((by, months));
            }
        }
    }

    /// Returns what is covered of it, and what is not.
    fn lines(self, held: &[Held<'_>], catalog: &Catalog) -> Vec<Line> {
        let Open { line, rest, covered, unknown, .. } = self;
        let part = |(by, quantity): &(usize, Months)| {
            let name = format!("commitment.{}", held[*by].name);
            let quantity = range(*quantity);
            let bands = vec![Band { from: Decimal::ZERO, usd: Money::ZERO, quantity: quantity.likely }];
            let (what, source) = (format!("{}, paid by {name}", line.what), format!("the stack file: {name}"));
            let paid = Priced { bands, ..said(&catalog.generated, source) };
            Line { what, quantity, covered_by: Some(name), price: Rated::Priced(Box::new(paid)), ..line.clone() }
        };
        let mut lines = covered.iter().map(part).collect::<Vec<_>>();
        if rest.iter().any(|rest| !rest.is_zero()) {
            let mut open = if covered.is_empty() { line } else { remaining(line, range(rest)) };
            if let Some(by) = unknown {
                let why = format!("`commitment.{}` covers it at a rate that is not known", held[by].name);
                open.price = Rated::Unpriced(without_rate(&open, held[by].of, why));
            }
            lines.push(open);
        }
        lines
    }
}

/// Returns a line without its price, which its price on demand bounds where that is known.
fn without_rate(line: &Line, plan: &Commitment, why: String) -> Unpriced {
    let reason =
        format!("{why}: the catalogue has no price of `{}` in {}; say its `discount`", plans::rate_key(plan, &line.key), line.region);
    match &line.price {
        Rated::Priced(priced) => {
            let most = priced.cost;
            Unpriced { reason, bound: Some(Bound { most, each: None, why: "a Savings Plan costs no more than on demand".into() }) }
        }
        Rated::Unpriced(unpriced) => Unpriced { reason, bound: unpriced.bound.clone() },
    }
}

/// Returns what is left of a line that is covered in part.
fn remaining(line: Line, quantity: Range<Decimal>) -> Line {
    let price = match line.price {
        Rated::Priced(priced) => {
            let each = priced.bands.first().map(|band| band.usd).unwrap_or_default();
            let cost = quantity.map(|quantity| (each * quantity).fixed());
            let bands = vec![Band { from: Decimal::ZERO, usd: each, quantity: quantity.likely }];
            Rated::Priced(Box::new(Priced { cost, free: priced.free.with(cost, Money::min), bands, ..*priced }))
        }
        Rated::Unpriced(Unpriced { reason, bound }) => {
            let less = |bound: Bound| match bound.each {
                Some(each) => Bound { most: quantity.map(|quantity| (each * quantity).fixed()), ..bound },
                None => bound,
            };
            Rated::Unpriced(Unpriced { reason, bound: bound.map(less) })
        }
    };
    Line { quantity, price, ..line }
}

/// A price that costs nothing yet and that the file itself attests.
fn said(day: &str, source: String) -> Priced {
    let nothing = Range::only(Money::ZERO);
    Priced { cost: nothing, free: nothing, bands: Vec::new(), as_of: day.to_owned(), source, mark: Mark::PriceList, old: false }
}

impl Held<'_> {
    fn address(&self) -> Option<Address> {
        Address::parse(&format!("commitment.{}", self.name)).ok()
    }

    /// Returns the hours of a month, of all that are reserved.
    fn hours(&self) -> Decimal {
        HOURS * Decimal::from(if self.of.service.is_plan() { 1 } else { self.of.number() })
    }

    /// Returns what it is in words: `2 reserved db.t4g.medium, 1 year, no upfront`.
    fn what(&self) -> String {
        let Commitment { service, years, payment, class, count, .. } = self.of;
        let what = match service {
            Committed::ComputeSavingsPlan => format!("Compute Savings Plan of ${} an hour", shown(self.of.hourly().unwrap_or_default())),
            Committed::DatabaseSavingsPlan => format!("Database Savings Plan of ${} an hour", shown(self.of.hourly().unwrap_or_default())),
            Committed::Rds | Committed::Elasticache | Committed::Opensearch | Committed::Ec2 => {
                let number = count.filter(|count| *count != 1).map(|count| format!("{count} ")).unwrap_or_default();
                let standby = if self.of.multi_az == Some(true) { ", Multi-AZ" } else { "" };
                format!("{number}reserved {}{standby}", class.as_deref().unwrap_or_default())
            }
        };
        format!("{what}, {years} year{}, {}", if *years == 1 { "" } else { "s" }, payment.words())
    }

    /// Returns its lines, which are the same in every month, and how much of it is used.
    fn bill(&self, address: Address, used: Used, catalog: &Catalog, today: &str) -> (Item, Pledge) {
        let lines = match Reserved::of(self.of) {
            Some(reserved) => self.reservation(&reserved, catalog, today),
            None => vec![self.plan(catalog)],
        };
        let plan = self.of.service.is_plan();
        let each = |line: &Line| match &line.price {
            Rated::Priced(priced) => Some(priced.cost.likely * Decimal::from(self.of.months())),
            Rated::Unpriced(_) => None,
        };
        let upfront = match self.of.payment {
            Payment::NoUpfront => Some(Money::ZERO),
            // https://docs.aws.amazon.com/savingsplans/latest/userguide/sp-purchase.html
            Payment::PartialUpfront if plan => lines.first().and_then(each).map(|all| all * Decimal::new(5, 1)),
            Payment::PartialUpfront | Payment::AllUpfront => {
                lines.iter().find(|line| plan || line.unit == UPFRONT).map_or(Some(Money::ZERO), each)
            }
        };
        let committed = if plan { self.hours() * self.of.hourly().unwrap_or_default() } else { self.hours() };
        let pledge = Pledge {
            address: address.clone(),
            what: self.what(),
            unit: if plan { "USD" } else { "hour" }.into(),
            committed,
            used: used.map(|used| range(used).map(|amount| amount.normalize())),
            upfront: upfront.map(|upfront| upfront.fixed()),
            months: self.of.months(),
        };
        (Item { address, kind: "commitment".into(), tags: BTreeMap::new(), lines }, pledge)
    }

    fn plan(&self, catalog: &Catalog) -> Line {
        let name = if self.of.service == Committed::DatabaseSavingsPlan { "database" } else { "compute" };
        let each = Money::new(self.of.hourly().unwrap_or_default());
        let service = if name == "database" { "DatabaseSavingsPlans" } else { "ComputeSavingsPlans" };
        self.own_line(self.what(), format!("savings_plan.{name}"), service, ("hour", self.hours()), each, catalog)
    }

    fn reservation(&self, reserved: &Reserved<'_>, catalog: &Catalog, today: &str) -> Vec<Line> {
        let number = Decimal::from(self.of.number());
        let months = Decimal::from(self.of.months());
        let parts = [
            ("hour", self.of.payment != Payment::AllUpfront, self.of.hourly, self.what(), self.hours()),
            (
                UPFRONT,
                self.of.payment != Payment::NoUpfront,
                self.of.upfront,
                format!("a month's part of what is paid at once: {}", self.what()),
                number / months,
            ),
        ];
        // One that says a price of its own says all of it.
        let own = self.of.hourly.is_some() || self.of.upfront.is_some();
        let lines = parts.into_iter().filter(|(_, has, ..)| *has).flat_map(|(part, _, price, what, quantity)| {
            let key = reserved.price_key(part, self.of);
            match price.and_then(from_float) {
                Some(price) => {
                    let service = catalog.service(&reserved.key).unwrap_or_default().to_owned();
                    vec![self.own_line(what, key, &service, (part, quantity), Money::new(price), catalog)]
                }
                None if own => Vec::new(),
                None => {
                    let unit = if part == UPFRONT { UPFRONT } else { "hour" };
                    let charge = Charge::fixed(what, key.clone(), unit, quantity).choice(key.trim_end_matches(reserved.class));
                    rate(vec![charge], self.region, catalog, today).into_iter().map(to_be_said).collect()
                }
            }
        });
        lines.collect()
    }

    /// Makes a line whose price the file says.
    fn own_line(
        &self,
        what: String,
        key: String,
        service: &str,
        (unit, quantity): (&str, Decimal),
        each: Money,
        catalog: &Catalog,
    ) -> Line {
        let cost = Range::only((each * quantity).fixed());
        let bands = vec![Band { from: Decimal::ZERO, usd: each, quantity }];
        let source = format!("the stack file: commitment.{}", self.name);
        let priced = Priced { cost, bands, ..said(&catalog.generated, source) };
        Line {
            what,
            key,
            region: self.region.to_owned(),
            service: service.to_owned(),
            unit: unit.to_owned(),
            quantity: Range::only(quantity),
            basis: Basis::Fixed,
            covered_by: None,
            price: Rated::Priced(Box::new(priced)),
        }
    }
}

/// Says how to give a price that is missing: the account's own contract has it.
fn to_be_said(line: Line) -> Line {
    let price = match line.price {
        Rated::Unpriced(Unpriced { reason, bound }) => Rated::Unpriced(Unpriced {
            reason: format!("{reason}; the console shows its `hourly` and `upfront`, which the file may say"),
            bound,
        }),
        priced @ Rated::Priced(_) => priced,
    };
    Line { price, ..line }
}

/// The unit of what is paid at once.
const UPFRONT: &str = "upfront";

fn months(range: Range<Decimal>) -> Months {
    [range.low, range.likely, range.high]
}

fn range([low, likely, high]: Months) -> Range<Decimal> {
    Range { low, likely, high }
}
