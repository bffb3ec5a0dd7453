//! A plan's cost, what it adds to a month or saves: in its summary, behind each change, and as a report of its own.

use super::super::flat::flat;
use super::amount::painted;
use super::compare::{Pair, Sums, dearest_first, markdown_table, table};
use super::csv::{dollars, records};
use super::json::{Prices, document, total_json};
use super::{TERMS, View, basis, cell, detail, markdown, paint, unpriced, unpriced_lines, verdict_line};
use crate::core::address::Address;
use crate::core::bill::{Delta, Difference, Item, Line, Once, PlanCost, Rated, Sense, Share, Total, Unknown};
use crate::core::budget::Verdict;
use crate::core::money::{Decimal, Money, Range};
use crate::core::plan::Plan;
use crate::core::reason::Refusal;
use crate::core::sealed::Sealed;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Says before, after and the difference, what is billed once or stays behind, and how far the budget is; a line each.
/// `accepted`: a cost that was accepted after the plan was made.
pub fn plan_summary(plan: &Plan, cost: &PlanCost, whole: bool, accepted: Option<Money>) -> String {
    let PlanCost { before, after, delta, budget, catalogue, generated, .. } = cost;
    let (same, view) = (delta.is_nothing(), View::default());
    let mut text = format!("{} {} a month", paint::strong("Cost:"), view.said(before));
    if same {
        text += ", unchanged";
    } else {
        text += &format!(" now, {} after: {}", view.said(after), painted(delta));
        // Nothing of a plan that is refused comes, a saving no more than anything else. A budget says so itself.
        let of_budget = |refusal: &Refusal| matches!(refusal, Refusal::OverBudget { .. } | Refusal::Unjudged { .. });
        if plan.refusals.iter().any(|refusal| !of_budget(refusal)) {
            text += ", if it were not refused";
        }
    }
    if !after.list.is_one() && after.is_known() {
        text += &paint::calm(&format!(" ({} to {})", after.list.low, after.list.high));
    }
    for line in remarks(plan, cost) {
        text += &format!("\n      {line}");
    }
    if whole || catalogue != "embedded" {
        text += &paint::calm(&format!("\n      {}", basis(lines(cost).map(|(_, line)| line), generated, catalogue, &view)));
    }
    let budget = budget.clone().map(|verdict| verdict.accept(accepted));
    match budget {
        // A plan that changes nothing is quiet about a budget that is kept, and a refusal says its own reasons.
        Some(Verdict::Within { .. }) if same => {}
        Some(Verdict::Over { .. } | Verdict::Unjudged { .. }) | None => {}
        Some(verdict) => text += &format!("\n{}", verdict_line(&verdict, &View::default())),
    }
    text + "\n"
}

/// Says what a change adds to a month, to stand beside it; empty where its cost stays.
pub fn plan_amount(cost: &PlanCost, address: &Address) -> String {
    let Some(Delta { before, after, delta, .. }) = cost.of(address) else { return String::new() };
    let nothing = |total: &Total| total.list.likely.cents().is_zero();
    match delta.likely().0 {
        Sense::Exact if delta.list.likely.cents().is_zero() => String::new(),
        Sense::Unknown if nothing(before) && nothing(after) && delta.goes.lines == 0 => paint::bad("unpriced"),
        _ => painted(delta),
    }
}

/// Returns the cost of a saved plan as text.
pub fn planned(plan: &Plan, cost: &PlanCost, view: &View) -> String {
    let (plan, cost) = (&*flat(plan), &*flat(cost));
    let basis = basis(lines(cost).map(|(_, line)| line), &cost.generated, &cost.catalogue, view);
    let when = format!("in {}, planned at {}", plan.scope.region, paint::moment(&plan.created));
    let title = format!("{} {}", paint::strong(&view.title), paint::calm(&when));
    let [title, basis] = [&title, &basis].map(|line| paint::wrap(line, view.width, 2));
    let mut text = format!("{title}\n{}\n{}\n\n", paint::calm(TERMS), paint::calm(&basis));
    text += &table("module", HEADS, &modules(cost), Some(&total(cost)), view);
    text += &table("resource", HEADS, &resources(cost), None, view);
    if view.detail {
        let items = cost.resources.iter().filter(|one| !one.lines.is_empty());
        let items = items.map(|one| Item {
            address: one.address.clone(),
            kind: kind(plan, &one.address),
            tags: BTreeMap::new(),
            lines: one.lines.clone(),
        });
        text += &detail::lines(items.collect::<Vec<_>>().iter(), view);
    }
    for line in unread(plan).into_iter().chain(once(cost, view)) {
        text += &format!("{}\n", paint::wrap(&line, view.width, 2));
    }
    let budget = cost.budget.as_ref().map(|verdict| paint::wrap(&verdict_line(verdict, view), view.width, 2) + "\n").unwrap_or_default();
    for block in [unpriced(lines(cost), cost.after.most(), view), budget].iter().filter(|block| !block.is_empty()) {
        text = format!("{}\n\n{block}", text.trim_end());
    }
    text.trim_end().to_owned() + "\n"
}

/// Returns the cost of a saved plan as Markdown, for a comment on a pull request.
pub fn plan_markdown(plan: &Plan, cost: &PlanCost, view: &View) -> String {
    let (plan, cost) = (&*flat(plan), &*flat(cost));
    let added = match view.likely_change(&cost.delta) {
        none if none.is_empty() => view.money(Money::ZERO),
        some => some,
    };
    let mut text = format!("### {}: {added} a month, {} after the plan\n\n", cell(&view.title), view.said(&cost.after));
    text += &markdown_table("module", HEADS, &modules(cost), Some(&total(cost)), view);
    let resources = resources(cost);
    if !resources.is_empty() {
        text += "\n<details><summary>By resource</summary>\n\n";
        text += &markdown_table("resource", HEADS, &resources, None, view);
        text += "\n</details>\n";
    }
    let once =
        unread(plan).into_iter().chain(once(cost, view)).map(|line| anstream::adapter::strip_str(&line).to_string()).collect::<Vec<_>>();
    if !once.is_empty() {
        text += "\n";
        once.iter().for_each(|line| text += &format!("- {}\n", cell(line)));
    }
    text += &markdown::unpriced(lines(cost));
    text += &markdown::budget(cost.budget.as_ref(), view);
    text + &markdown::foot(lines(cost).map(|(_, line)| line), &cost.generated, &cost.catalogue, view)
}

/// Returns the cost of a saved plan for other programs; `delta` is `after - before`.
pub fn plan_json(plan: &Sealed, cost: &PlanCost, view: &View) -> Value {
    let PlanCost { before, after, delta, year: _, modules, resources, overlap, budget, today, catalogue, generated } = cost;
    let year = cost.year();
    let both = |before, after, delta: &Difference| json!({ "before": total_json(before), "after": total_json(after), "delta": delta });
    let resource = |one: &Delta| {
        let mut value = both(one.before, one.after, &one.delta);
        value["address"] = json!(one.address);
        value["overlap"] = json!(one.overlap);
        value["left"] = json!(one.left);
        value["lines"] = json!(one.lines);
        value
    };
    let rest = json!({
        "plan": plan.digest(),
        "before": total_json(*before),
        "after": total_json(*after),
        "delta": delta,
        "year": both(year.before, year.after, &year.delta),
        "by_module": modules.iter().map(|(name, one)| (name.clone(), both(one.before, one.after, &one.delta))).collect::<Map<_, _>>(),
        "resources": resources.iter().map(resource).collect::<Vec<_>>(),
        "overlap": overlap,
        "budget": budget,
    });
    document(&plan.scope.region, today, Prices { from: catalogue, generated }, view, rest)
}

/// Returns a row for each resource whose cost changes, in US dollars and unrounded.
pub fn plan_csv(cost: &PlanCost) -> String {
    let head = [
        "address",
        "before_likely_usd",
        "after_likely_usd",
        "delta_low_usd",
        "delta_likely_usd",
        "delta_high_usd",
        "delta_is",
        "delta_at_most_usd",
        "overlap_usd",
        "unpriced_before",
        "unpriced_after",
        "left_behind_usd",
    ];
    let row = |one: &Delta| {
        let Delta { address, before, after, delta, overlap, .. } = one;
        let sense = delta.likely().0;
        // A cell that is not sure stays empty: a spreadsheet would add it up.
        let sure = delta.list.map(|amount| if sense == Sense::Exact { dollars(amount) } else { String::new() });
        let most = delta.most().map(|most| dollars(most.likely)).unwrap_or_default();
        let known = |total: &Total| if total.is_known() { dollars(total.list.likely) } else { String::new() };
        let once = if overlap.unpriced == 0 { dollars(overlap.usd) } else { String::new() };
        let [low, likely, high] = [sure.low, sure.likely, sure.high];
        let is = match sense {
            Sense::Exact => "exact",
            Sense::AtLeast => "at_least",
            Sense::AtMost => "at_most",
            Sense::Unknown => "unknown",
        };
        let counts = [before, after].map(|total| total.unpriced().to_string());
        let [was, will] = counts;
        let left = one.left.iter().map(Line::total).sum::<Total>();
        let left = if left.is_known() { known(&left) } else { "unknown".to_owned() };
        [address.to_string(), known(before), known(after), low, likely, high, is.to_owned(), most, once, was, will, left]
    };
    records(head, cost.resources.iter().map(row))
}

const HEADS: [&str; 2] = ["before", "after"];

fn modules(cost: &PlanCost) -> Vec<Pair> {
    let pair =
        |(name, share): (&String, &Share)| Pair { name: name.clone(), one: share.before, other: share.after, difference: share.delta };
    dearest_first(cost.modules.iter().map(pair).collect())
}

fn total(cost: &PlanCost) -> Sums {
    let Share { before, after, delta } = cost.year();
    let month = Pair { name: String::new(), one: cost.before, other: cost.after, difference: cost.delta };
    month.beside([before, after], delta)
}

fn resources(cost: &PlanCost) -> Vec<Pair> {
    let pair = |one: &Delta| Pair { name: one.address.to_string(), one: one.before, other: one.after, difference: one.delta };
    cost.resources.iter().filter(|one| !one.delta.is_nothing()).map(pair).collect()
}

fn lines(cost: &PlanCost) -> impl Iterator<Item = (&Address, &Line)> {
    cost.resources.iter().flat_map(|one| one.lines.iter().map(move |line| (&one.address, line)))
}

/// Says what belongs to the difference and stands beside no change, and what no month shows.
fn remarks(plan: &Plan, cost: &PlanCost) -> Vec<String> {
    let mut text = unread(plan);
    if plan.is_complete() {
        let touched = plan.changes.iter().map(|change| &change.address).collect::<BTreeSet<_>>();
        let refused = plan.refusals.iter().filter_map(|refusal| refusal.address()).collect::<BTreeSet<_>>();
        let elsewhere = cost.resources.iter().filter(|one| !touched.contains(&one.address) && !refused.contains(&one.address));
        for one in elsewhere.filter(|one| !View::default().likely_change(&one.delta).is_empty()) {
            text.push(format!("{} of it at {}, which changes with what the plan touches", painted(&one.delta), one.address));
        }
    }
    if !cost.after.is_known() {
        let places = lines(cost).filter(|(_, line)| matches!(line.price, Rated::Unpriced(_)));
        let places = places.map(|(address, _)| address.as_str()).collect::<BTreeSet<_>>();
        let more = if places.len() > 3 { format!(" and {} more", places.len() - 3) } else { String::new() };
        let places = places.into_iter().take(3).collect::<Vec<_>>().join(", ");
        text.push(paint::bad(&format!("{} not in it: {places}{more}", unpriced_lines(cost.after.unpriced()))));
        if let Some(most) = cost.after.most() {
            text.push(format!("at most {} a month with {}", most.likely, if cost.after.unpriced() == 1 { "it" } else { "them" }));
        }
    }
    text.extend(once(cost, &View::default()));
    text
}

fn unread(plan: &Plan) -> Vec<String> {
    if plan.is_complete() { Vec::new() } else { vec![paint::bad("resources that could not be read count as new")] }
}

/// Says what is billed once, and what stays on the bill although it goes.
fn once(cost: &PlanCost, view: &View) -> Vec<String> {
    let mut text = Vec::new();
    let Once { usd, unpriced } = cost.overlap;
    let once = Total { list: Range::only(usd), unknown: Unknown { lines: unpriced, ..Unknown::default() }, ..Total::default() };
    if usd.cents() > Decimal::ZERO || unpriced > 0 {
        text.push(format!("{} once, for what runs twice meanwhile", view.said(&once)));
    }
    for one in cost.resources.iter().filter(|one| !one.left.is_empty()) {
        let amount = one.left.iter().map(Line::total).sum::<Total>();
        let what = one.left.iter().map(|line| line.what.as_str()).collect::<Vec<_>>().join(", ");
        text.push(format!("{} a month stays behind at {}: {what}", view.said(&amount), one.address));
    }
    text
}

fn kind(plan: &Plan, address: &Address) -> String {
    plan.changes.iter().find(|change| &change.address == address).map(|change| change.kind.clone()).unwrap_or_default()
}
