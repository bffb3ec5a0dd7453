//! Two costs side by side: what differs by module and by resource, and by how much.

use super::json::{json, total_json};
use super::{Table, View, basis, cell, detail, markdown, paint, times, unpriced, unpriced_lines, verdict_line};
use crate::core::address::Address;
use crate::core::bill::{Cost, Item, Total};
use crate::core::money::{Decimal, Money, Range};
use serde_json::{Value, json};
use std::cmp::Ordering;
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
    let mut text = format!("{}\n{}\n\n", paint::strong(heading), paint::calm(&basis(&one.cost.generated, &one.cost.catalogue, view)));
    let modules = pairs(one.cost.by_module(), other.cost.by_module());
    text += &table("module", heads, &modules, Some((one.cost.total(), other.cost.total())), view);
    let resources = differing(one.cost, other.cost);
    text += &table("resource", heads, &resources, None, view);
    if view.detail {
        let changed = resources.iter().map(|pair| pair.name.as_str()).collect::<BTreeSet<_>>();
        text += &detail::lines(other.cost.items.iter().filter(|item| changed.contains(item.address.as_str())), view);
    }
    for side in [one, other] {
        let budget = side.view.budget.as_ref().map(|verdict| verdict_line(verdict, view) + "\n").unwrap_or_default();
        let said = budget + &unpriced(side.cost.unpriced());
        if !said.is_empty() {
            text += &format!("{}\n{}", paint::strong(side.name), said.lines().map(|line| format!("  {line}\n")).collect::<String>());
        }
    }
    text
}

/// Both as Markdown, for a comment on a pull request.
pub fn compare_markdown(heading: &str, one: Side<'_>, other: Side<'_>) -> String {
    let view = other.view;
    let totals = (one.cost.total(), other.cost.total());
    let mut text = format!("### {}: {} a month\n\n", cell(heading), signed(view, totals.1.list.likely - totals.0.list.likely));
    let heads = [one.name, other.name];
    text += &markdown_table("module", heads, &pairs(one.cost.by_module(), other.cost.by_module()), Some(totals), view);
    let resources = differing(one.cost, other.cost);
    if !resources.is_empty() {
        text += "\n<details><summary>By resource</summary>\n\n";
        text += &markdown_table("resource", heads, &resources, None, view);
        text += "\n</details>\n";
    }
    for side in [one, other] {
        let said = markdown::unpriced(side.cost.unpriced()) + &markdown::budget(side.view.budget.as_ref(), view);
        if !said.is_empty() {
            text += &format!("\n**{}**\n{said}", cell(side.name));
        }
    }
    text + &markdown::foot(&one.cost.generated, &one.cost.catalogue, view)
}

/// Both for other programs. `delta` is `after - before`.
pub fn compare_json(one: Side<'_>, other: Side<'_>) -> Value {
    let delta = other.cost.total().list - one.cost.total().list;
    let resources = differing(one.cost, other.cost).into_iter().map(|pair| {
        let Pair { name, one, other } = pair;
        json!({ "address": name, "before": total_json(one), "after": total_json(other), "delta": other.list - one.list })
    });
    json!({
        "version": other.cost.version,
        "before": json(one.cost, one.view),
        "after": json(other.cost, other.view),
        "delta": delta,
        "resources": resources.collect::<Vec<_>>(),
    })
}

/// One row of a comparison.
pub(super) struct Pair {
    pub name: String,
    pub one: Total,
    pub other: Total,
}

/// Pairs what stands in either, with nothing where one does not have it.
pub(super) fn pairs<K: Ord + ToString>(one: BTreeMap<K, Total>, other: BTreeMap<K, Total>) -> Vec<Pair> {
    let names = one.keys().chain(other.keys()).collect::<BTreeSet<_>>();
    let of = |totals: &BTreeMap<K, Total>, name: &K| totals.get(name).copied().unwrap_or_default();
    names.into_iter().map(|name| Pair { name: name.to_string(), one: of(&one, name), other: of(&other, name) }).collect()
}

fn differing(one: &Cost, other: &Cost) -> Vec<Pair> {
    let mut pairs = pairs(by_resource(one), by_resource(other));
    pairs.retain(|pair| (pair.one.list, pair.one.unpriced) != (pair.other.list, pair.other.unpriced));
    pairs
}

fn by_resource(cost: &Cost) -> BTreeMap<&Address, Total> {
    let mut totals = BTreeMap::<_, Total>::new();
    for Item { address, lines, .. } in &cost.items {
        let total = totals.entry(address).or_default();
        *total = lines.iter().map(|line| line.total()).fold(*total, Total::plus);
    }
    totals
}

/// Lays out likely amounts and their difference; below, where sums are given, a month and a year, and the range of each.
pub(super) fn table(first: &str, heads: [&str; 2], pairs: &[Pair], sums: Option<(Total, Total)>, view: &View) -> String {
    if pairs.is_empty() && sums.is_none() {
        return String::new();
    }
    let rows = pairs.iter().map(|pair| cells(&pair.name, pair.one, pair.other, view)).collect::<Vec<_>>();
    let sums = sums.map_or_else(Vec::new, |(one, other)| {
        let only = |total: Total, pick: fn(Range<Money>) -> Money| Total { list: Range::only(pick(total.list)), ..total };
        let range = |name: &str, pick| {
            let [name, one, other, difference, _] = cells(name, only(one, pick), only(other, pick), view);
            [name, one, other, difference, String::new()]
        };
        let mut sums = vec![cells("a month", one, other, view)];
        if !one.list.is_one() || !other.list.is_one() {
            sums.extend([range("a quiet month", |list| list.low), range("a busy month", |list| list.high)]);
        }
        sums.push(cells("a year", times(one, 12), times(other, 12), view));
        sums
    });
    let head = [first, heads[0], heads[1], "difference", ""].map(str::to_owned);
    Table { head, rows, sums, right: &[1, 2, 3] }.text(paint::strong, paint::strong) + "\n"
}

/// Lays out the pairs in Markdown.
pub(super) fn markdown_table(first: &str, heads: [&str; 2], pairs: &[Pair], sums: Option<(Total, Total)>, view: &View) -> String {
    let row = |name: &str, one: Total, other: Total| {
        let [name, one, other, difference, note] = cells(name, one, other, view);
        let difference = [difference, note].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        [cell(&name), one, other, difference]
    };
    let rows = pairs.iter().map(|pair| row(&pair.name, pair.one, pair.other)).collect();
    let totals = |(one, other)| vec![row("**a month**", one, other), row("**a year**", times(one, 12), times(other, 12))];
    let head = [first, heads[0], heads[1], "difference"].map(cell);
    let text = Table { head, rows, sums: sums.map(totals).unwrap_or_default(), right: &[1, 2, 3] }.markdown();
    anstream::adapter::strip_str(&text).to_string()
}

/// An amount with its sign, for what is added or saved.
pub(super) fn signed(view: &View, amount: Money) -> String {
    let plus = if amount.cents() > Decimal::ZERO { "+" } else { "" };
    format!("{plus}{}", view.money(amount))
}

fn cells(name: &str, one: Total, other: Total, view: &View) -> [String; 5] {
    let (likely, busy) = (other.list.likely - one.list.likely, other.list.high - one.list.high);
    let note = match (one.unpriced, other.unpriced) {
        (0, 0) if likely.cents().is_zero() && !busy.cents().is_zero() => format!("{} in a busy month", signed(view, busy)),
        (0, 0) => String::new(),
        (old, new) if old == new || old == 0 => unpriced_lines(new),
        (old, new) => format!("{old} → {}", unpriced_lines(new)),
    };
    let difference = unknown(likely, one.unpriced, other.unpriced, |amount| signed(view, amount));
    [name.to_owned(), view.money(one.list.likely), view.money(other.list.likely), difference, note]
}

/// A difference, and that it is not all of it where lines without a price come or go; empty where nothing differs.
pub(super) fn unknown(amount: Money, old: usize, new: usize, say: impl Fn(Money) -> String) -> String {
    let said = if amount.cents().is_zero() && old != new { String::new() } else { say(amount) };
    match old.cmp(&new) {
        Ordering::Less => format!("{said} + ?").trim_start().to_owned(),
        Ordering::Greater => format!("{said} - ?").trim_start().to_owned(),
        Ordering::Equal if amount.cents().is_zero() => String::new(),
        Ordering::Equal => said,
    }
}
