//! Two costs side by side: what differs by module and by resource, and by how much.

use super::amount::signed;
use super::json::{json, total_json};
use super::{TERMS, Table, View, basis, cell, detail, markdown, paint, remarks_on, unpriced_lines};
use crate::core::address::Address;
use crate::core::bill::{Cost, Difference, Line, Total};
use crate::core::money::{Money, Range};
use crate::core::natural::Natural;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// One of two costs.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The name of its column.
    pub name: &'a str,
    pub cost: &'a Cost,
    pub view: &'a View,
}

/// Both as text, below a heading.
pub fn compare(heading: &str, one: Side<'_>, other: Side<'_>) -> String {
    let view = other.view;
    let heads = [one.name, other.name];
    let lines = || both(one, other);
    let origin = basis(lines(), &one.cost.generated, &one.cost.catalogue, view);
    let [heading, origin] = [heading, &origin].map(|line| paint::fit(line, view.width, 2));
    let mut text = format!("{}\n{}\n{}\n\n", paint::strong(&heading), paint::calm(TERMS), paint::calm(&origin));
    let Compared { modules, resources, total } = Compared::of(one.cost, other.cost);
    text += &table("module", heads, &modules, Some(&total.with_year(one.view, other.view)), view);
    text += &table("resource", heads, &resources, None, view);
    if view.detail {
        let changed = resources.iter().map(|pair| pair.name.as_str()).collect::<BTreeSet<_>>();
        text += &detail::lines(other.cost.items.iter().filter(|item| changed.contains(item.address.as_str())), view);
    }
    for side in [one, other] {
        text += &remarks_on(side.name, side.cost, side.view, view);
    }
    text
}

/// Both as Markdown, for a comment on a pull request.
pub fn compare_markdown(heading: &str, one: Side<'_>, other: Side<'_>) -> String {
    let view = other.view;
    let lines = || both(one, other);
    let Compared { modules, resources, total } = Compared::of(one.cost, other.cost);
    let difference = match view.likely_change(&total.difference) {
        none if none.is_empty() => "no difference".to_owned(),
        some => format!("{some} a month"),
    };
    let mut text = format!("### {}: {difference}\n\n", cell(heading));
    let heads = [one.name, other.name];
    text += &markdown_table("module", heads, &modules, Some(&total.with_year(one.view, other.view)), view);
    if !resources.is_empty() {
        text += "\n<details><summary>By resource</summary>\n\n";
        text += &markdown_table("resource", heads, &resources, None, view);
        text += "\n</details>\n";
    }
    for side in [one, other] {
        let said = markdown::committed(side.cost, view)
            + &markdown::unpriced(side.cost.unpriced())
            + &markdown::budget(side.view.budget.as_ref(), view);
        if !said.is_empty() {
            text += &format!("\n**{}**\n{said}", cell(side.name));
        }
    }
    text + &markdown::foot(lines(), &one.cost.generated, &one.cost.catalogue, view)
}

/// Both for other programs.
pub fn compare_json(one: Side<'_>, other: Side<'_>) -> Value {
    let Compared { resources, total, .. } = Compared::of(one.cost, other.cost);
    let resources = resources.into_iter().map(|pair| {
        let Pair { name, one, other, difference } = pair;
        json!({ "address": name, "before": total_json(one), "after": total_json(other), "delta": difference })
    });
    json!({
        "version": other.cost.version,
        "before": json(one.cost, one.view),
        "after": json(other.cost, other.view),
        "delta": total.difference,
        "resources": resources.collect::<Vec<_>>(),
    })
}

pub(super) fn both<'a>(one: Side<'a>, other: Side<'a>) -> impl Iterator<Item = &'a Line> {
    one.cost.lines().chain(other.cost.lines()).map(|(_, line)| line)
}

/// One row of a comparison.
#[derive(Debug, Clone, Default)]
pub(super) struct Pair {
    pub name: String,
    pub one: Total,
    pub other: Total,
    pub difference: Difference,
}

/// A month and a year of both.
pub(super) struct Sums {
    pub month: Pair,
    pub year: Pair,
}

/// Two costs, row by row, with nothing where one does not have what the other has.
pub(super) struct Compared {
    pub modules: Vec<Pair>,
    /// Those that differ, or may.
    pub resources: Vec<Pair>,
    pub total: Pair,
}

impl Compared {
    pub fn of(one: &Cost, other: &Cost) -> Self {
        let [before, after] = [by_resource(one), by_resource(other)];
        let addresses = before.keys().chain(after.keys()).copied().collect::<BTreeSet<_>>();
        let (mut modules, mut resources, mut total) = (BTreeMap::<_, Pair>::new(), Vec::new(), Pair::default());
        for address in addresses {
            let [one, other] = [&before, &after].map(|side| side.get(address).map(Vec::as_slice).unwrap_or_default());
            let [sum, other_sum] = [one, other].map(|lines| lines.iter().map(|line| line.total()).sum::<Total>());
            let pair = Pair { name: address.to_string(), one: sum, other: other_sum, difference: Difference::between(one, other) };
            if !(one.is_empty() && other.is_empty()) {
                modules.entry(Natural(address.group())).or_default().add(&pair);
            }
            total.add(&pair);
            if !pair.difference.is_nothing() {
                resources.push(pair);
            }
        }
        let modules = modules.into_iter().map(|(name, pair)| Pair { name: name.to_string(), ..pair }).collect();
        Compared { modules: dearest_first(modules), resources, total }
    }
}

impl Pair {
    fn add(&mut self, part: &Pair) {
        self.one = self.one.plus(part.one);
        self.other = self.other.plus(part.other);
        self.difference = self.difference.plus(part.difference);
    }
    /// Returns a month with a year, which has what begins in it on either side.
    pub fn with_year(self, one: &View, other: &View) -> Sums {
        let years = [one.year(self.one), other.year(self.other)];
        let difference = self.difference.over_years([self.one, self.other], years);
        self.beside(years, difference)
    }
    /// Returns a month with a year.
    pub(super) fn beside(self, [one, other]: [Total; 2], difference: Difference) -> Sums {
        Sums { year: Pair { name: String::new(), one, other, difference }, month: self }
    }
}

/// Sorts pairs by what the dearer side of each is likely to cost.
pub(super) fn dearest_first(mut pairs: Vec<Pair>) -> Vec<Pair> {
    pairs.sort_by_key(|pair| Reverse(pair.one.list.likely.max(pair.other.list.likely)));
    pairs
}

fn by_resource(cost: &Cost) -> BTreeMap<&Address, Vec<&Line>> {
    let mut lines = BTreeMap::<_, Vec<_>>::new();
    for item in &cost.items {
        lines.entry(&item.address).or_default().extend(&item.lines);
    }
    lines
}

/// Lays out likely amounts and their difference; below, where sums are given, a month and a year, and the range of a month.
pub(super) fn table(first: &str, heads: [&str; 2], pairs: &[Pair], sums: Option<&Sums>, view: &View) -> String {
    if pairs.is_empty() && sums.is_none() {
        return String::new();
    }
    let likely = |pair: &Pair| cells(&pair.name, pair, |list| list.likely, view);
    let rows = pairs.iter().map(likely).collect::<Vec<_>>();
    let sums = sums.map_or_else(Vec::new, |Sums { month, year }| {
        let bare = |name: &str, pair: &Pair, pick: fn(Range<Money>) -> Money| {
            let [name, one, other, difference, _] = cells(name, pair, pick, view);
            [name, one, other, difference, String::new()]
        };
        let mut sums = vec![cells("a month", month, |list| list.likely, view)];
        if !month.one.list.is_one() || !month.other.list.is_one() {
            sums.extend([bare("a quiet month", month, |list| list.low), bare("a busy month", month, |list| list.high)]);
        }
        sums.push(bare("a year", year, |list| list.likely));
        sums
    });
    let head = [first, heads[0], heads[1], "difference", ""].map(str::to_owned);
    Table { head, rows, sums, right: &[1, 2, 3] }.text(view.room, paint::strong, paint::strong) + "\n"
}

/// Lays out the pairs in Markdown.
pub(super) fn markdown_table(first: &str, heads: [&str; 2], pairs: &[Pair], sums: Option<&Sums>, view: &View) -> String {
    let row = |name: &str, pair: &Pair| {
        let [name, one, other, difference, note] = cells(name, pair, |list| list.likely, view);
        let difference = [difference, note].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        [cell(&name), one, other, difference]
    };
    let rows = pairs.iter().map(|pair| row(&pair.name, pair)).collect();
    let totals = |Sums { month, year }: &Sums| vec![row("**a month**", month), row("**a year**", year)];
    let head = [first, heads[0], heads[1], "difference"].map(cell);
    let text = Table { head, rows, sums: sums.map(totals).unwrap_or_default(), right: &[1, 2, 3] }.markdown();
    anstream::adapter::strip_str(&text).to_string()
}

fn cells(name: &str, pair: &Pair, pick: fn(Range<Money>) -> Money, view: &View) -> [String; 5] {
    let Pair { one, other, difference, .. } = pair;
    let amount = pick(difference.list);
    let busy = difference.list.high;
    let bound = difference.most().map_or_else(String::new, |most| format!(", at most {}", signed(view, pick(most))));
    let note = match (one.unpriced(), other.unpriced()) {
        (0, 0) if amount.cents().is_zero() && !busy.cents().is_zero() => format!("{} in a busy month", signed(view, busy)),
        (0, 0) => String::new(),
        (old, new) if old == new || old == 0 => unpriced_lines(new),
        (old, new) => format!("{old} → {}", unpriced_lines(new)),
    };
    let note = if difference.comes.lines > 0 { note + &bound } else { note };
    [name.to_owned(), view.of(one, pick(one.list)), view.of(other, pick(other.list)), view.change(difference, pick), note]
}
