//! A cost as Markdown, for a comment on a pull request.

use super::{Currency, View, service, times};
use crate::core::money::{Money, Range};
use crate::core::price::cost::{Cost, Rated, Total};

pub fn markdown(cost: &Cost, view: &View) -> String {
    let total = cost.total();
    let mut text = format!("### {} in {}: {} a month\n\n", cell(&view.title), cost.region, view.money(total.list.likely));
    text += &rows("module", cost.by_module().into_iter().collect(), view, &[("**a month**", total), ("**a year**", times(total, 12))]);
    text += "\n<details><summary>By service</summary>\n\n";
    text += &rows("service", cost.by_service().into_iter().map(|(code, total)| (service(code), total)).collect(), view, &[]);
    text += "\n</details>\n";
    let unpriced = cost.unpriced().collect::<Vec<_>>();
    if !unpriced.is_empty() {
        text += &format!("\n**Not in the figures, as {} no price:**\n\n", if unpriced.len() == 1 { "it has" } else { "they have" });
        for (address, line) in unpriced {
            if let Rated::Unpriced(reason) = &line.price {
                text += &format!("- `{address}` {}: {}\n", cell(&line.what), cell(reason));
            }
        }
    }
    if let Some(verdict) = &view.budget {
        let used = verdict.used();
        text += &format!("\nBudget: {} of {}, {} %\n", view.money(used.monthly), view.money(used.limit), used.percent);
        verdict.reasons().iter().for_each(|reason| text += &format!("- {}\n", cell(reason)));
    }
    text + &format!("\n<sub>{}</sub>\n", foot(cost, view))
}

fn foot(cost: &Cost, view: &View) -> String {
    let rate = match &view.currency {
        Some(Currency { code, rate, date }) => format!(", 1 USD = {} {code} ({})", rate.normalize(), cell(date)),
        None => String::new(),
    };
    format!("List prices of {} ({}){rate}.", cost.generated, cell(&cost.catalogue))
}

fn rows(first: &str, totals: Vec<(&str, Total)>, view: &View, sums: &[(&str, Total)]) -> String {
    let mut text = format!("| {first} | low | likely | high | free tier |\n|---|--:|--:|--:|--:|\n");
    for (name, total) in totals.iter().chain(sums) {
        let Range { low, likely, high } = total.list.map(|amount| view.money(amount));
        let free = if total.free.likely == Money::ZERO { String::new() } else { view.money(-total.free.likely) };
        text += &format!("| {} | {low} | {likely} | {high} | {free} |\n", cell(name));
    }
    text
}

/// Text that cannot end a cell or begin markup of its own.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}
