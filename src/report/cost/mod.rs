//! What a month costs, as a person reads it: by module and by service, list price first.

mod csv;
mod detail;
mod json;
mod markdown;
#[cfg(test)]
mod tests;

pub use csv::csv;
pub use json::json;
pub use markdown::markdown;

use super::paint;
use crate::core::address::Address;
use crate::core::money::{Decimal, Money, Range};
use crate::core::price::budget::Verdict;
use crate::core::price::change::PlanCost;
use crate::core::price::charge::Basis;
use crate::core::price::cost::{Cost, Rated, Total};
use std::collections::{BTreeMap, BTreeSet};

/// How a cost is shown.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Whose cost it is: `registry/production`.
    pub title: String,
    /// Every line with its price, its source and what it assumes.
    pub detail: bool,
    pub currency: Option<Currency>,
    pub budget: Option<Verdict>,
}

/// Another currency than the US dollar, at the rate of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Currency {
    /// `EUR`.
    pub code: String,
    /// How much of it a dollar is.
    pub rate: Decimal,
    /// The day of the rate, or who gave it.
    pub date: String,
}

impl View {
    /// An amount as it is printed.
    fn money(&self, amount: Money) -> String {
        match &self.currency {
            None => amount.to_string(),
            Some(Currency { code, rate, .. }) => {
                let other = amount * *rate;
                let sign = if other < Money::ZERO && !other.cents().is_zero() { "-" } else { "" };
                format!("{sign}{} {code}", other.grouped())
            }
        }
    }
    fn row(&self, name: &str, total: Total) -> [String; 6] {
        let Total { list: Range { low, likely, high }, free, unpriced } = total;
        let free = if free.likely == Money::ZERO { String::new() } else { self.money(-free.likely) };
        let unpriced = if unpriced == 0 { String::new() } else { format!("+ {}", paint::count(unpriced, "unpriced line")) };
        [name.to_owned(), self.money(low), self.money(likely), self.money(high), free, unpriced]
    }
}

/// The whole cost as text.
pub fn render(cost: &Cost, view: &View) -> String {
    let mut text = head(cost, view);
    let total = cost.total();
    let rows = cost.by_module().into_iter().map(|(module, total)| view.row(module, total)).collect();
    text += &table("module", rows, &[view.row("a month", total), view.row("a year", times(total, 12))]);
    let mut services = cost.by_service().into_iter().collect::<Vec<_>>();
    services.sort_by_key(|(_, total)| std::cmp::Reverse(total.list.likely));
    text += &table("service", services.into_iter().map(|(code, total)| view.row(service(code), total)).collect(), &[]);
    if view.detail {
        text += &detail::lines(cost, view);
    }
    text += &remarks(cost, view);
    text + &budget(view)
}

/// Two costs side by side, by module.
pub fn compare(one: (&str, &Cost), other: (&str, &Cost), view: &View) -> String {
    let (left, right) = (one.1.by_module(), other.1.by_module());
    let modules = left.keys().chain(right.keys()).collect::<BTreeSet<_>>();
    let row = |name: &str, left: Total, right: Total| {
        let difference = right.list.likely - left.list.likely;
        let unpriced = match (left.unpriced, right.unpriced) {
            (0, 0) => String::new(),
            (left, right) => format!("{left} and {right} lines unpriced"),
        };
        [name.to_owned(), view.money(left.list.likely), view.money(right.list.likely), signed(view, difference), unpriced]
    };
    let of = |totals: &BTreeMap<&str, Total>, module: &str| totals.get(module).copied().unwrap_or_default();
    let rows = modules.into_iter().map(|module| row(module, of(&left, module), of(&right, module))).collect::<Vec<_>>();
    let sum = [row("a month", one.1.total(), other.1.total())];
    let heads = ["module", one.0, other.0, "difference", ""].map(head_cell);
    format!("{}\n{}\n", columns(&heads, &rows, &sum), paint::calm(&basis(one.1, view)))
}

/// What a plan adds to a month or saves, in a line or two.
pub fn plan_summary(cost: &PlanCost) -> String {
    let PlanCost { before, after, delta, overlap, .. } = cost;
    let mut text = format!("{} {} a month now, {} after: ", paint::strong("Cost:"), before.list.likely, after.list.likely);
    text += &change(delta.likely);
    if !after.list.is_one() {
        text += &paint::calm(&format!(" ({} to {})", after.list.low, after.list.high));
    }
    if after.unpriced > 0 {
        text += &paint::bad(&format!(", and {} not in it", paint::count(after.unpriced, "unpriced line")));
    }
    if overlap.cents() > Decimal::ZERO {
        text += &format!("\n      {overlap} once, for what runs twice meanwhile");
    }
    let left = cost.resources.iter().flat_map(|one| one.left.iter().map(move |line| (&one.address, line)));
    for (address, line) in left {
        text += &format!("\n      {} a month stay behind: {} of {address}", line.total().list.likely, line.what);
    }
    text + "\n"
}

/// What a change adds to a month, to stand behind its line; empty where its cost stays.
pub fn plan_change(cost: &PlanCost, address: &Address) -> String {
    let Some(delta) = cost.of(address) else { return String::new() };
    match (delta.delta.likely, delta.unpriced) {
        (none, (old, new)) if none == Money::ZERO && old == new => String::new(),
        (none, (_, 1..)) if none == Money::ZERO => "unpriced".into(),
        (amount, _) => format!("{} a month", change(amount)),
    }
}

fn change(amount: Money) -> String {
    match amount {
        more if more > Money::ZERO => paint::change(&more.signed()),
        less if less < Money::ZERO => paint::good(&less.signed()),
        same => same.signed(),
    }
}

fn signed(view: &View, amount: Money) -> String {
    let plus = if amount.cents() > Decimal::ZERO { "+" } else { "" };
    format!("{plus}{}", view.money(amount))
}

fn times(total: Total, months: u32) -> Total {
    let times = |range: Range<Money>| range.map(|amount| amount * Decimal::from(months));
    Total { list: times(total.list), free: times(total.free), unpriced: total.unpriced }
}

fn head(cost: &Cost, view: &View) -> String {
    format!("{} {}\n{}\n\n", paint::strong(&view.title), paint::calm(&format!("in {}", cost.region)), paint::calm(&basis(cost, view)))
}

/// Where the figures come from.
fn basis(cost: &Cost, view: &View) -> String {
    let mut text = format!("list prices of {} ({})", cost.generated, cost.catalogue);
    if let Some(Currency { code, rate, date }) = &view.currency {
        text += &format!(", 1 USD = {} {code} ({date})", rate.normalize());
    }
    text
}

/// The remarks below the tables: what is fixed, what is assumed, what is missing, what is old.
fn remarks(cost: &Cost, view: &View) -> String {
    let mut text = String::new();
    let fixed = cost.lines().filter(|(_, line)| line.basis == Basis::Fixed).map(|(_, line)| line.total().list.likely).sum::<Money>();
    let total = cost.total();
    let rest = view.money(total.list.likely - fixed);
    text += &format!("{} of it is fixed, {rest} depends on use and on how much runs", view.money(fixed));
    let defaults = cost.lines().filter(|(_, line)| matches!(&line.basis, Basis::Usage(said) if said.ends_with("the default"))).count();
    if defaults > 0 {
        text +=
            &format!(": {} what [usage] does not say", paint::count(defaults, "line") + if defaults == 1 { " assumes" } else { " assume" });
    }
    text += ".\n";
    if total.free.likely > Money::ZERO {
        let off = view.money(total.after_free().likely);
        text += &format!("AWS gives every account part of it each month: {off} if nothing else there uses that up.\n");
    }
    let unpriced = cost.unpriced().collect::<Vec<_>>();
    if !unpriced.is_empty() {
        text += &format!("\n{}: {} not in the figures\n", paint::bad("unpriced"), paint::count(unpriced.len(), "line"));
        for (address, line) in unpriced {
            if let Rated::Unpriced(reason) = &line.price {
                text += &format!("  {address}  {}: {reason}\n", line.what);
            }
        }
    }
    let priced = cost.lines().filter_map(|(_, line)| if let Rated::Priced(priced) = &line.price { Some(priced) } else { None });
    let old = priced.filter(|priced| priced.old).count();
    if old > 0 && !view.detail {
        text += &format!("{}: {} by a price more than a year old; --detail marks them\n", paint::strong("note"), paint::count(old, "line"));
    }
    text
}

fn budget(view: &View) -> String {
    let Some(verdict) = &view.budget else { return String::new() };
    let used = verdict.used();
    let share = format!("{} of {} a month, {} %", view.money(used.monthly), view.money(used.limit), used.percent);
    let line = match verdict {
        Verdict::Within { .. } => format!("{} {share}", paint::strong("Budget:")),
        Verdict::Warn { .. } => format!("{} {share}", paint::change("Budget:")),
        Verdict::Over { .. } => format!("{} {share}", paint::bad("Over budget:")),
        Verdict::Accepted { .. } => format!("{} {share}, accepted", paint::change("Over budget:")),
    };
    verdict.reasons().iter().fold(format!("\n{line}\n"), |text, reason| text + &format!("  {reason}\n"))
}

/// A table of totals; what has no name and no amount is left away.
fn table(first: &str, rows: Vec<[String; 6]>, sums: &[[String; 6]]) -> String {
    let heads = [first, "low", "likely", "high", "free tier", ""].map(head_cell);
    columns(&heads, &rows, sums) + "\n"
}

fn head_cell(text: &str) -> String {
    if text.is_empty() { String::new() } else { paint::strong(text) }
}

/// Rows below heads, sums below rows; the first column to the left, the others to the right.
fn columns<const N: usize>(heads: &[String; N], rows: &[[String; N]], sums: &[[String; N]]) -> String {
    let all = || std::iter::once(heads).chain(rows).chain(sums);
    let widths = std::array::from_fn::<usize, N, _>(|at| all().map(|row| paint::width(&row[at])).max().unwrap_or(0));
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).enumerate().map(|(at, (cell, width))| match at {
            0 => paint::pad(cell, width),
            _ if at == N - 1 && heads[at].is_empty() => cell.clone(),
            _ => format!("{}{cell}", " ".repeat(width.saturating_sub(paint::width(cell)))),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    let mut text = line(heads);
    rows.iter().for_each(|row| text += &line(row));
    sums.iter().for_each(|row| text += &paint::strong(&line(row)));
    text
}

/// A service as people call it, for AWS's code of it.
fn service(code: &str) -> &str {
    match code {
        "AmazonEC2" => "EC2 and NAT",
        "AmazonVPC" => "VPC",
        "AmazonES" => "OpenSearch",
        "AWSDataTransfer" => "data transfer",
        "AWSELB" => "load balancing",
        "AWSSecretsManager" => "Secrets Manager",
        "awskms" => "KMS",
        "" => "unknown",
        other => other.strip_prefix("Amazon").unwrap_or(other),
    }
}
