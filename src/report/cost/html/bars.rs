//! Bars: services in one, a row of them by name, and hatched what nobody knows.

use super::super::{View, by_cost, service, unpriced_lines};
use super::escape;
use crate::core::bill::Total;
use crate::core::money::{Decimal, Money};
use std::collections::BTreeMap;

/// The percentage of a bar that stands for what has no price: nobody knows how long it would be, and it must be seen.
const UNKNOWN: u32 = 8;

/// A bar of services for each of some costs, all to one scale, and what each colour is. A cost goes without a name where it is the
/// only one.
pub(super) fn services(costs: &[(&str, BTreeMap<&str, Total>)], view: &View) -> String {
    let mut all = BTreeMap::<&str, Total>::new();
    for (code, total) in costs.iter().flat_map(|(_, services)| services) {
        let sum = all.entry(code).or_default();
        *sum = sum.plus(*total);
    }
    let order = by_cost(all).into_iter().map(|(code, _)| code).collect::<Vec<_>>();
    let sums = || costs.iter().map(|(_, services)| services.values().copied().sum::<Total>());
    let whole = sums().map(|sum| sum.list.likely).max().unwrap_or_default();
    let room = Decimal::ONE_HUNDRED - Decimal::from(if sums().all(|sum| sum.is_known()) { 0 } else { UNKNOWN });
    let mut text = String::from("<h2>By service</h2>\n");
    for ((name, services), sum) in costs.iter().zip(sums()) {
        if !name.is_empty() {
            text += &format!("<p class=\"name\">{} <b>{}</b></p>\n", escape(name), escape(&view.of(&sum, sum.list.likely)));
        }
        text += "<div class=\"stack\" aria-hidden=\"true\">";
        for (at, code) in order.iter().enumerate() {
            let likely = services.get(code).map(|total| total.list.likely).unwrap_or_default();
            if !likely.cents().is_zero() {
                let width = percent(likely, whole, room);
                text += &format!("<i class=\"{}\" style=\"width:{width}%\" title=\"{}\"></i>", colour(at), escape(service(code)));
            }
        }
        if !sum.is_known() {
            let said = unpriced_lines(sum.unpriced());
            text += &format!("<i class=\"unknown\" style=\"width:{UNKNOWN}%\" title=\"{said}\"><b>?</b></i>");
        }
        text += "</div>\n";
    }
    text + &legend(&order, costs, view)
}

/// Says what each colour is, with its amount in each cost.
fn legend(order: &[&str], costs: &[(&str, BTreeMap<&str, Total>)], view: &View) -> String {
    let mut text = String::from("<ul class=\"legend\">");
    for (at, code) in order.iter().enumerate() {
        let totals = costs.iter().map(|(_, services)| services.get(code).copied().unwrap_or_default()).collect::<Vec<_>>();
        let nothing = totals.iter().all(|total| total.list.likely.cents().is_zero() && !total.is_known());
        let class = if nothing { "unknown" } else { colour(at) };
        let mut amounts = totals.iter().map(|total| view.of(total, total.list.likely)).collect::<Vec<_>>();
        amounts.dedup();
        let amounts = amounts.join(" → ");
        text += &format!("<li><i class=\"{class}\"></i>{} <b>{}</b></li>", escape(service(code)), escape(&amounts));
    }
    let unpriced = costs.iter().map(|(_, services)| services.values().map(Total::unpriced).sum::<usize>()).collect::<Vec<_>>();
    if unpriced.iter().any(|lines| *lines > 0) {
        let lines = unpriced.iter().map(|lines| lines.to_string()).collect::<Vec<_>>().join(" → ");
        text += &format!("<li><i class=\"unknown\"></i>lines without a price <b>{lines}</b></li>");
    }
    text + "</ul>\n"
}

/// The first services have a colour of their own; the rest share the last one.
fn colour(at: usize) -> &'static str {
    ["c0", "c1", "c2", "c3", "c4", "c5", "c6"].get(at).copied().unwrap_or("c7")
}

/// One bar of a row: how long it is, whose it is, and if a part of it is not known.
pub(super) struct Bar {
    pub class: &'static str,
    pub amount: Money,
    /// A longer one, behind it.
    pub behind: Money,
    pub known: bool,
}

/// A table with a row of bars for each name, and its amounts beside them. Where a page is narrow, they stand below each other.
pub(super) fn rows(first: &str, heads: &[&str], rows: &[(&str, Vec<Bar>, Vec<String>)]) -> String {
    let longest = rows.iter().flat_map(|(_, bars, _)| bars).map(|bar| bar.amount.max(bar.behind)).max().unwrap_or_default();
    let titles = heads.iter().map(|head| format!("<th>{}", escape(head))).collect::<String>();
    let mut text = format!("<table class=\"bars\">\n<thead><tr><th>{}<th>{titles}</tr></thead>\n", escape(first));
    for (name, bars, amounts) in rows {
        text += &format!("<tr><th scope=\"row\">{}<td>", escape(name));
        for Bar { class, amount, behind, known } in bars {
            let [width, high] = [amount, behind].map(|amount| percent(*amount, longest, Decimal::ONE_HUNDRED));
            let high = if behind > amount { format!("<i class=\"high\" style=\"width:{high}%\"></i>") } else { String::new() };
            let unknown = format!("<i class=\"unknown\" style=\"left:{width}%\" title=\"and what has no price\"><b>?</b></i>");
            let unknown = if *known { "" } else { &unknown };
            text += &format!("<div class=\"bar\">{high}<i class=\"{class}\" style=\"width:{width}%\"></i>{unknown}</div>");
        }
        let cell = |(head, amount): (&&str, &String)| format!("<td data-head=\"{}\">{}", escape(head), escape(amount));
        text += &format!("{}</tr>\n", heads.iter().zip(amounts).map(cell).collect::<String>());
    }
    text + "</table>\n"
}

/// The share of a part, where the whole takes so many percent.
fn percent(part: Money, whole: Money, room: Decimal) -> String {
    let (part, whole) = (part.dollars(), whole.dollars());
    let share = if whole <= Decimal::ZERO { Decimal::ZERO } else { part.max(Decimal::ZERO) / whole * room };
    share.round_dp(2).normalize().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_no_longer_than_its_room() {
        let money = |cents: i64| Money::new(Decimal::new(cents, 2));
        assert_eq!(percent(money(1), money(3), Decimal::ONE_HUNDRED), "33.33");
        assert_eq!((percent(money(-5), money(10), Decimal::TEN), percent(money(5), Money::ZERO, Decimal::TEN)), ("0".into(), "0".into()));
    }
}
