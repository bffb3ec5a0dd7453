//! A cost as Markdown, for a comment on a pull request.

use super::super::flat::flat;
use super::{TERMS, Table, View, basis, by_cost, cell, service, tag_value};
use crate::core::address::Address;
use crate::core::bill::{Cost, Line, Rated, Total, Unpriced};
use crate::core::budget::Verdict;
use crate::core::money::{Money, Range};
use crate::core::natural::Natural;

pub fn markdown(cost: &Cost, view: &View) -> String {
    let cost = &*flat(cost);
    let total = cost.total();
    let mut text = format!("### {} in {}: {} a month\n\n", cell(&view.title), cost.region, view.said(&total));
    text += &rows(
        "module",
        by_cost(cost.by_module()).into_iter().map(|(Natural(module), total)| (module, total)).collect(),
        view,
        &[("**a month**", total), ("**a year**", view.year(total))],
    );
    text += "\n<details><summary>By service</summary>\n\n";
    text += &rows("service", by_cost(cost.by_service()).into_iter().map(|(code, total)| (service(code), total)).collect(), view, &[]);
    text += "\n</details>\n";
    if let Some(tag) = &view.by_tag {
        let values = by_cost(cost.by_tag(tag)).into_iter().map(|(value, total)| (tag_value(value), total));
        text += &format!("\n{}", rows(&format!("tag {}", cell(tag)), values.collect(), view, &[]));
    }
    let changes = super::changes(view);
    text += &changes.lines().map(|change| format!("\n{}\n", cell(change))).collect::<String>();
    text += &committed(cost, view);
    text += &unpriced(cost.unpriced());
    text += &budget(view.budget.as_ref(), view);
    text + &foot(cost.lines().map(|(_, line)| line), &cost.generated, &cost.catalogue, view)
}

pub(super) fn foot<'a>(lines: impl Iterator<Item = &'a Line>, generated: &str, catalogue: &str, view: &View) -> String {
    format!("\n<sub>{TERMS}; {}.</sub>\n", cell(&basis(lines, generated, catalogue, view)))
}

/// The commitments of the account, a line each.
pub(super) fn committed(cost: &Cost, view: &View) -> String {
    super::committed::lines(cost, view).iter().map(|line| format!("\n{}\n", cell(line))).collect()
}

pub(super) fn unpriced<'a>(lines: impl Iterator<Item = (&'a Address, &'a Line)>) -> String {
    let reasons = lines.filter_map(|(address, line)| match &line.price {
        Rated::Unpriced(Unpriced { reason, bound }) => {
            let most = bound.as_ref().map(|bound| format!(" At most {}: {}.", bound.most.likely, cell(&bound.why))).unwrap_or_default();
            Some(format!("- `{address}` {}: {}{most}\n", cell(&line.what), cell(reason)))
        }
        Rated::Priced(_) => None,
    });
    let reasons = reasons.collect::<Vec<_>>();
    if reasons.is_empty() {
        return String::new();
    }
    let they = if reasons.len() == 1 { "it has" } else { "they have" };
    format!("\n**Not in the figures, as {they} no price:**\n\n{}", reasons.concat())
}

pub(super) fn budget(verdict: Option<&Verdict>, view: &View) -> String {
    let Some(verdict) = verdict else { return String::new() };
    let line = anstream::adapter::strip_str(&super::verdict_line(verdict, view)).to_string();
    format!("\n{}\n", cell(&line))
}

fn rows(first: &str, totals: Vec<(&str, Total)>, view: &View, sums: &[(&str, Total)]) -> String {
    let row = |(name, total): &(&str, Total)| {
        let Range { low, likely, high } = total.list.map(|amount| view.of(total, amount));
        let free = if total.free.likely == Money::ZERO { String::new() } else { view.money(-total.free.likely) };
        [cell(name), low, likely, high, free]
    };
    let head = [first, "low", "likely", "high", "free tier"].map(str::to_owned);
    Table { head, rows: totals.iter().map(row).collect(), sums: sums.iter().map(row).collect(), right: &[1, 2, 3, 4] }.markdown()
}
