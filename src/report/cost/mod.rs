//! A month's cost as a person reads it: by module and by service, list price first.

mod amount;
mod compare;
mod csv;
mod detail;
mod json;
mod markdown;
mod plan;
#[cfg(test)]
mod tests;

pub use compare::{Side, compare, compare_json, compare_markdown};
pub use csv::csv;
pub use json::json;
pub use markdown::markdown;
pub use plan::{plan_amount, plan_csv, plan_json, plan_markdown, plan_summary, planned};

use super::flat::flat;
use super::paint;
use super::table::{Table, cell};
use crate::core::address::Address;
use crate::core::bill::Basis;
use crate::core::bill::{Bound, Cost, Line, Rated, Total, Unknown, Unpriced};
use crate::core::budget::Verdict;
use crate::core::money::{Decimal, Money, Range};
use crate::core::natural::Natural;
use crate::core::visible::line;
use crate::pricing::year::{Change, Year};
use serde::Serialize;

/// Choices of how a cost is shown.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// The stack and environment whose cost it is: `registry/production`.
    pub title: String,
    /// Every line with its price, its source and what it assumes.
    pub detail: bool,
    pub currency: Option<Currency>,
    pub budget: Option<Verdict>,
    /// The year that begins with it; without one, twelve months like it.
    pub year: Option<Year>,
}

/// Another currency than the US dollar, at the rate of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Currency {
    /// Its code: `EUR`.
    pub code: String,
    /// A dollar is so much of it.
    pub rate: Decimal,
    /// The day of the rate, or who gave it.
    pub date: String,
}

impl View {
    /// Returns an amount as it is printed.
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
    /// Returns a year's total where that of a month is given.
    fn year(&self, month: Total) -> Total {
        self.year.as_ref().map_or_else(|| times(month, 12), |year| year.total)
    }
    fn row(&self, name: &str, total: Total) -> [String; 6] {
        let Range { low, likely, high } = total.list.map(|amount| self.of(&total, amount));
        let free = if total.free.likely.cents().is_zero() { String::new() } else { self.money(-total.free.likely) };
        [name.to_owned(), low, likely, high, free, self.missing(&total)]
    }
}

/// Returns the whole cost as text.
pub fn render(cost: &Cost, view: &View) -> String {
    let cost = &*flat(cost);
    let mut text = head(cost, view);
    let total = cost.total();
    let rows = cost.by_module().into_iter().map(|(Natural(module), total)| view.row(module, total)).collect();
    text += &table("module", rows, vec![view.row("a month", total), view.row("a year", view.year(total))]);
    let mut services = cost.by_service().into_iter().collect::<Vec<_>>();
    services.sort_by_key(|(_, total)| std::cmp::Reverse(total.list.likely));
    text += &table("service", services.into_iter().map(|(code, total)| view.row(service(code), total)).collect(), Vec::new());
    if view.detail {
        text += &detail::lines(cost.items.iter(), view);
    }
    text += &changes(view);
    text += &remarks(cost, view);
    match &view.budget {
        Some(verdict) => text + &format!("\n{}\n", verdict_line(verdict, view)),
        None => text,
    }
}

fn times(total: Total, months: u32) -> Total {
    let times = |range: Range<Money>| range.map(|amount| amount * Decimal::from(months));
    let unknown = Unknown { bounds: times(total.unknown.bounds), ..total.unknown };
    Total { list: times(total.list), free: times(total.free), unknown }
}

fn head(cost: &Cost, view: &View) -> String {
    let basis = basis(&cost.generated, &cost.catalogue, view);
    format!("{} {}\n{}\n\n", paint::strong(&view.title), paint::calm(&format!("in {}", cost.region)), paint::calm(&basis))
}

/// Says where the figures come from.
fn basis(generated: &str, catalogue: &str, view: &View) -> String {
    let mut text = format!("list prices of {generated} ({catalogue})");
    if let Some(Currency { code, rate, date }) = &view.currency {
        text += &format!(", 1 USD = {} {code} ({date})", rate.normalize());
    }
    text
}

/// Says what begins or rises in the course of the year.
fn changes(view: &View) -> String {
    let changes = view.year.iter().flat_map(|year| &year.changes);
    let change = |Change { day, address, what, before, after }: &Change| {
        let more = after.list.likely - before.list.likely;
        let more = match (more.cents().is_zero(), after.unpriced() > before.unpriced()) {
            (true, true) => "?".to_owned(),
            (false, true) => format!("{} + ?", amount::signed(view, more)),
            (_, false) => amount::signed(view, more),
        };
        format!("From {day}: {what} ({address}), {more} a month.")
    };
    changes.map(change).map(|text| line(&text).into_owned() + "\n").collect()
}

/// The remarks below the tables: what is fixed, what is assumed, what is missing, what is old.
fn remarks(cost: &Cost, view: &View) -> String {
    let total = cost.total();
    let fixed = cost.lines().filter(|(_, line)| line.basis == Basis::Fixed).map(|(_, line)| line.total().list.likely).sum::<Money>();
    let rest = total.list.likely - fixed;
    let mut text = match total.list.is_one() && rest == Money::ZERO {
        true => "All of it is fixed.\n".to_owned(),
        false => format!("{} of it is fixed, {} depends on use and on how much runs.\n", view.money(fixed), view.money(rest)),
    };
    if !total.free.likely.cents().is_zero() {
        let off = view.money(total.after_free().likely);
        text += &format!("AWS's free tier takes it down to {off}, if nothing else in the account uses that up.\n");
    }
    let details = if view.detail { "" } else { "; --detail shows which" };
    let defaults = cost.lines().filter(|(_, line)| matches!(&line.basis, Basis::Usage(said) if said.ends_with("the default"))).count();
    if defaults > 0 {
        let verb = if defaults == 1 { "assumes" } else { "assume" };
        text += &format!("{} {verb} what [usage] does not say{details}.\n", paint::count(defaults, "line"));
    }
    let priced = cost.lines().filter_map(|(_, line)| if let Rated::Priced(priced) = &line.price { Some(priced) } else { None });
    let old = priced.filter(|priced| priced.old).count();
    if old > 0 {
        let verb = if old == 1 { "rests" } else { "rest" };
        text += &format!("{} {verb} on prices more than a year old{details}.\n", paint::count(old, "line"));
    }
    let unpriced = unpriced(cost.unpriced());
    if unpriced.is_empty() { text } else { format!("{text}\n{unpriced}") }
}

/// Says what is in no figure, and why; nothing where everything has a price. A reason that many lines share is said once.
fn unpriced<'a>(lines: impl Iterator<Item = (&'a Address, &'a Line)>) -> String {
    let mut reasons = Vec::<(&str, Vec<(&Address, String)>)>::new();
    let mut count = 0;
    for (address, line) in lines {
        let Rated::Unpriced(Unpriced { reason, bound }) = &line.price else { continue };
        count += 1;
        let what = match bound {
            None => line.what.clone(),
            Some(Bound { most, .. }) => format!("{} (at most {})", line.what, most.likely),
        };
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, places)) => places.push((address, what)),
            None => reasons.push((reason, vec![(address, what)])),
        }
    }
    if count == 0 {
        return String::new();
    }
    let mut text = format!("{}: {} not in the figures\n", paint::bad("unpriced"), paint::count(count, "line"));
    for (reason, places) in reasons {
        text += &match places.as_slice() {
            [(address, what)] => format!("  {address}  {what}: {reason}\n"),
            several => format!("  {reason}\n{}", several.chunk_by(|one, next| one.0 == next.0).map(place).collect::<String>()),
        };
    }
    text
}

/// The lines of one resource.
fn place(lines: &[(&Address, String)]) -> String {
    let what = lines.iter().map(|(_, what)| what.as_str()).collect::<Vec<_>>().join(", ");
    lines.first().map(|(address, _)| format!("    {address}  {what}\n")).unwrap_or_default()
}

/// Says how far a cost is into its budget.
fn verdict_line(verdict: &Verdict, view: &View) -> String {
    let used = verdict.used();
    let lines = unpriced_lines(used.unpriced);
    let (from, missing) = match (used.unpriced, used.at_most) {
        (0, _) => (view.money(used.monthly), String::new()),
        (_, None) => (format!("at least {}", view.money(used.monthly)), format!(", without {lines}")),
        (_, Some(most)) => (format!("at most {}", view.money(most)), format!(" with {lines}")),
    };
    let share = format!("{from} of {} a month, {} %{missing}", view.money(used.limit), used.percent);
    match verdict {
        Verdict::Within { .. } => format!("{} {share}", paint::strong("Budget:")),
        Verdict::Warn { .. } if used.monthly > used.limit => {
            format!("{} {share}; the plan adds nothing to it, so it is not refused", paint::change("Over budget:"))
        }
        Verdict::Warn { .. } => format!("{} {share}", paint::change("Budget warning:")),
        Verdict::Over { reasons, .. } => format!("{} {}", paint::bad("Over budget:"), super::reason::excess(reasons)),
        Verdict::Unjudged { reasons, .. } => format!("{} {}", paint::bad("Budget not judged:"), super::reason::excess(reasons)),
        Verdict::Accepted { reasons, .. } => format!("{} {}; accepted", paint::change("Over budget:"), super::reason::excess(reasons)),
    }
}

fn unpriced_lines(count: usize) -> String {
    paint::count(count, "unpriced line")
}

/// A table of totals; of no rows only its head.
fn table(first: &str, rows: Vec<[String; 6]>, sums: Vec<[String; 6]>) -> String {
    let head = [first, "low", "likely", "high", "free tier", ""].map(str::to_owned);
    Table { head, rows, sums, right: &[1, 2, 3, 4] }.text(paint::strong, paint::strong) + "\n"
}

/// Returns a service as people call it, for AWS's code of it.
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
