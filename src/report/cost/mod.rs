//! A month's cost as a person reads it: by module and by service, list price first.

mod actual;
mod advise;
mod amount;
mod committed;
mod compare;
mod csv;
mod detail;
mod environments;
mod html;
mod json;
mod markdown;
mod matters;
mod plan;
#[cfg(test)]
mod tests;
mod usage;

pub use actual::{actual, actual_json, actual_markdown};
pub use advise::{Advising, advise, advise_json, advise_markdown};
pub(super) use amount::painted;
pub use compare::{Side, compare, compare_json, compare_markdown};
pub use csv::csv;
pub(super) use csv::records;
pub use environments::Together;
pub use html::{compare_html, html};
pub use json::json;
pub use markdown::markdown;
pub use plan::{plan_amount, plan_csv, plan_json, plan_markdown, plan_summary, planned};
pub use usage::{usage_json, usage_toml};

use super::flat::flat;
use super::paint;
use super::table::{Table, cell};
use crate::core::address::Address;
use crate::core::bill::Basis;
use crate::core::bill::{Bound, Cost, Line, Rated, Total, Unpriced};
use crate::core::budget::{Excess, Verdict};
use crate::core::money::{Decimal, Money, Range};
use crate::core::visible::line;
use crate::pricing::year::{Change, Year};
use serde::Serialize;
use std::collections::BTreeSet;

/// Choices of how a cost is shown.
#[derive(Debug, Clone)]
pub struct View {
    /// The stack and environment whose cost it is: `registry/production`.
    pub title: String,
    /// The columns of a line of text.
    pub width: usize,
    /// The columns of a table, which may be wider than text that is read.
    pub room: usize,
    /// Every line with its price, its source and what it assumes.
    pub detail: bool,
    pub currency: Option<Currency>,
    pub budget: Option<Verdict>,
    /// The tag by whose values the cost is summed up as well.
    pub by_tag: Option<String>,
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

impl Default for View {
    fn default() -> Self {
        View { title: String::new(), width: 80, room: 80, detail: false, currency: None, budget: None, by_tag: None, year: None }
    }
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
        self.year.as_ref().map_or_else(|| month.times(12), |year| year.total)
    }
    fn row(&self, name: &str, total: Total) -> [String; 5] {
        let Range { low, likely, high } = total.list.map(|amount| self.of(&total, amount));
        let free = if total.free.likely.cents().is_zero() { String::new() } else { self.money(-total.free.likely) };
        [name.to_owned(), low, likely, high, free]
    }
}

/// Returns the whole cost as text: what matters first, and what the figures rest on before what they leave out.
pub fn render(cost: &Cost, view: &View) -> String {
    let cost = &*flat(cost);
    let mut text = head(cost, view);
    let total = cost.total();
    let sums = vec![view.row("a month", total), view.row("a year", view.year(total))];
    text += &table("module", by_cost(cost.by_module()).into_iter().map(|(name, total)| view.row(name.0, total)).collect(), sums, view);
    text += &matters::largest(cost, view);
    let services = by_cost(cost.by_service()).into_iter().map(|(code, total)| view.row(service(code), total));
    text += &table("service", services.collect(), Vec::new(), view);
    text += &tagged(cost, view);
    if view.detail {
        text += &detail::lines(cost.items.iter(), view);
    }
    text += &changes(view).lines().map(|change| paint::wrap(change, view.width, 2) + "\n").collect::<String>();
    text += &matters::assumed(cost, view);
    text += &committed::lines(cost, view).iter().map(|line| paint::wrap(line, view.width, 2) + "\n").collect::<String>();
    text += &remarks(cost, view);
    match &view.budget {
        Some(verdict) => text + &format!("\n{}\n", paint::wrap(&verdict_line(verdict, view), view.width, 2)),
        None => text,
    }
}

/// Sorts totals by what they are likely to cost, then by what they cost in a busy month, the largest first.
fn by_cost<K>(totals: impl IntoIterator<Item = (K, Total)>) -> Vec<(K, Total)> {
    let mut sorted = totals.into_iter().collect::<Vec<_>>();
    sorted.sort_by_key(|(_, total)| std::cmp::Reverse((total.list.likely, total.list.high)));
    sorted
}

/// The totals by the values of a tag, where one is asked for.
fn tagged(cost: &Cost, view: &View) -> String {
    let Some(tag) = &view.by_tag else { return String::new() };
    let rows = by_cost(cost.by_tag(tag)).into_iter().map(|(value, total)| view.row(tag_value(value), total));
    table(&format!("tag {tag}"), rows.collect(), Vec::new(), view)
}

/// Returns the value of a tag as it is shown.
fn tag_value(value: &str) -> &str {
    if value.is_empty() { "(without it)" } else { value }
}

fn head(cost: &Cost, view: &View) -> String {
    head_of(&view.title, &cost.region, &basis(cost.lines().map(|(_, line)| line), &cost.generated, &cost.catalogue, view), view)
}

fn head_of(title: &str, region: &str, basis: &str, view: &View) -> String {
    let title = paint::wrap(&format!("{} {}", paint::strong(title), paint::calm(&format!("in {region}"))), view.width, 2);
    format!("{title}\n{}\n{}\n\n", paint::calm(TERMS), paint::calm(&paint::wrap(basis, view.width, 2)))
}

/// The remarks on one of several costs, below its name: what begins in its year, its budget, and what is in no figure.
fn remarks_on(name: &str, cost: &Cost, own: &View, view: &View) -> String {
    let narrow = View { width: view.width.saturating_sub(2), ..view.clone() };
    let budget = own.budget.as_ref().map(|verdict| verdict_line(verdict, view));
    let committed = committed::lines(cost, view).iter().map(|line| format!("{line}\n")).collect::<String>();
    let said = changes(own) + &committed + &budget.unwrap_or_default();
    let said = said.lines().map(|line| paint::wrap(line, narrow.width, 2) + "\n").collect::<String>();
    let said = said + &unpriced(cost.unpriced(), cost.total().most(), &narrow);
    let said = said.lines().map(|line| format!("  {line}\n")).collect::<String>();
    if said.is_empty() { said } else { format!("{}\n{said}", paint::strong(name)) }
}

/// The terms that all figures are for.
const TERMS: &str = "730 hours a month, on demand, before tax, no support plan";

/// Says where the figures come from, and how old they are.
fn basis<'a>(lines: impl Iterator<Item = &'a Line>, generated: &str, catalogue: &str, view: &View) -> String {
    let days = lines.filter_map(|line| if let Rated::Priced(priced) = &line.price { Some(priced.as_of.as_str()) } else { None });
    let days = days.collect::<BTreeSet<_>>();
    let mut text = match (days.first(), days.last()) {
        (Some(first), Some(last)) if first == last => format!("list prices of {first}, catalogue of {generated} ({catalogue})"),
        (Some(first), Some(last)) => format!("list prices of {first} to {last}, catalogue of {generated} ({catalogue})"),
        _ => format!("catalogue of {generated} ({catalogue})"),
    };
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
    // A line that a commitment covers from some day on may cost as much before and after.
    let differs = |one: &&Change| {
        !(one.after.list.likely - one.before.list.likely).cents().is_zero() || one.after.unpriced() != one.before.unpriced()
    };
    changes.filter(differs).map(change).map(|text| line(&text).into_owned() + "\n").collect()
}

/// The remarks below the tables: what is fixed, what is missing, what is old.
fn remarks(cost: &Cost, view: &View) -> String {
    let total = cost.total();
    let fixed = cost.lines().filter(|(_, line)| line.basis == Basis::Fixed).map(|(_, line)| line.total().list.likely).sum::<Money>();
    let rest = total.list.likely - fixed;
    let mut said = Vec::new();
    said.push(match total.list.is_one() && rest == Money::ZERO {
        true => "All of it is fixed.".to_owned(),
        false => {
            let (fixed, rest) = (view.money(fixed), view.money(rest));
            let fixed = if total.is_known() { format!("{fixed} of it is") } else { format!("Of what has a price, {fixed} is") };
            format!("{fixed} fixed, {rest} depends on use and on how much runs.")
        }
    });
    if !total.free.likely.cents().is_zero() {
        let off = view.said(&Total { list: total.after_free(), ..total });
        said.push(format!("AWS's free tier takes it down to {off}, if nothing else in the account uses that up."));
    }
    let details = if view.detail { "" } else { "; --detail shows which" };
    let priced = cost.lines().filter_map(|(_, line)| if let Rated::Priced(priced) = &line.price { Some(priced) } else { None });
    let old = priced.filter(|priced| priced.old).count();
    if old > 0 {
        let verb = if old == 1 { "rests" } else { "rest" };
        said.push(format!("{} {verb} on prices more than a year old{details}.", paint::count(old, "line")));
    }
    let text = said.iter().map(|line| paint::wrap(line, view.width, 0) + "\n").collect::<String>();
    let unpriced = unpriced(cost.unpriced(), total.most(), view);
    if unpriced.is_empty() { text } else { format!("{text}\n{unpriced}") }
}

/// Says what is in no figure, and why; nothing where everything has a price. A reason that many lines share is said once.
/// `most`: the whole month with these lines, where that is sure.
fn unpriced<'a>(lines: impl Iterator<Item = (&'a Address, &'a Line)>, most: Option<Range<Money>>, view: &View) -> String {
    let mut reasons = Vec::<(&str, Vec<(&Address, String)>)>::new();
    let mut count = 0;
    for (address, line) in lines {
        let Rated::Unpriced(Unpriced { reason, bound }) = &line.price else { continue };
        count += 1;
        let what = match bound {
            None => line.what.clone(),
            Some(Bound { most, .. }) => format!("{} (at most {})", line.what, view.money(most.likely)),
        };
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, places)) => places.push((address, what)),
            None => reasons.push((reason, vec![(address, what)])),
        }
    }
    if count == 0 {
        return String::new();
    }
    let them = if count == 1 { "it" } else { "them" };
    let most = most.map_or_else(String::new, |most| format!("; a month is at most {} with {them}", view.money(most.likely)));
    let head = format!("{}: {} not in the figures{most}", paint::bad("unpriced"), paint::count(count, "line"));
    let mut text = paint::wrap(&head, view.width, 2) + "\n";
    let wrap = |indent: usize, line: &str| format!("{}{}\n", " ".repeat(indent), paint::wrap(line, view.width, indent + 2));
    for (reason, places) in reasons {
        text += &match places.as_slice() {
            [(address, what)] => wrap(2, &format!("{address}  {what}: {reason}")),
            several => {
                let places = several.chunk_by(|one, next| one.0 == next.0).map(|lines| wrap(4, &place(lines)));
                wrap(2, reason) + &places.collect::<String>()
            }
        };
    }
    text
}

/// The lines of one resource.
fn place(lines: &[(&Address, String)]) -> String {
    let what = lines.iter().map(|(_, what)| what.as_str()).collect::<Vec<_>>().join(", ");
    lines.first().map(|(address, _)| format!("{address}  {what}")).unwrap_or_default()
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
    // A limit is in dollars, and so is the figure that somebody accepts.
    let other = view.currency.as_ref().map_or_else(String::new, |_| format!("; that is {share}"));
    match verdict {
        Verdict::Within { .. } => format!("{} {share}", paint::strong("Budget:")),
        Verdict::Warn { .. } if used.monthly > used.limit => {
            format!("{} {share}; the plan adds nothing to it, so it is not refused", paint::change("Over budget:"))
        }
        Verdict::Warn { .. } => format!("{} {share}", paint::change("Budget warning:")),
        Verdict::Over { reasons, .. } => format!("{} {}{other}", paint::bad("Over budget:"), super::reason::excess(reasons)),
        Verdict::Unjudged { reasons, .. } => format!("{} {}{other}", paint::bad("Budget not judged:"), super::reason::excess(reasons)),
        Verdict::Accepted { reasons, .. } => {
            let sure = reasons.iter().any(|reason| matches!(reason, Excess::Limit { .. } | Excess::Increase { .. }));
            let head = if sure { "Over budget:" } else { "Budget not judged:" };
            format!("{} {}; accepted{other}", paint::change(head), super::reason::excess(reasons))
        }
    }
}

fn unpriced_lines(count: usize) -> String {
    paint::count(count, "unpriced line")
}

/// A table of totals; of no rows only its head.
fn table(first: &str, rows: Vec<[String; 5]>, sums: Vec<[String; 5]>, view: &View) -> String {
    let head = [first, "low", "likely", "high", "free tier"].map(str::to_owned);
    Table { head, rows, sums, right: &[1, 2, 3, 4] }.text(view.room, paint::strong, paint::strong) + "\n"
}

/// Returns a service as people call it, for AWS's code of it.
fn service(code: &str) -> &str {
    match code {
        "AmazonEC2" => "EC2 and NAT",
        "AmazonVPC" => "VPC",
        "ComputeSavingsPlans" | "DatabaseSavingsPlans" => "Savings Plans",
        "AmazonES" => "OpenSearch",
        "AWSDataTransfer" => "data transfer",
        "AWSELB" => "load balancing",
        "AWSSecretsManager" => "Secrets Manager",
        "awskms" => "KMS",
        "" => "unknown",
        other => other.strip_prefix("Amazon").unwrap_or(other),
    }
}
