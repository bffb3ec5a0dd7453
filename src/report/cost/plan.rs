//! A plan's cost, what it adds to a month or saves: in its summary, behind each change, and as a report of its own.

use super::super::flat::flat;
use super::compare::{Pair, markdown_table, signed, table, unknown};
use super::csv::{dollars, records};
use super::json::total_json;
use super::{View, basis, cell, detail, markdown, paint, unpriced, unpriced_lines, verdict_line};
use crate::core::address::Address;
use crate::core::bill::{Delta, Item, Line, PlanCost, Rated, Share, VERSION};
use crate::core::budget::Verdict;
use crate::core::money::{Decimal, Money, Range};
use crate::core::plan::Plan;
use crate::core::sealed::Sealed;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Says before, after and the difference, what is billed once or stays behind, and how far the budget is; a line each.
/// `accepted`: a cost that was accepted after the plan was made.
pub fn plan_summary(plan: &Plan, cost: &PlanCost, whole: bool, accepted: Option<Money>) -> String {
    let PlanCost { before, after, delta, budget, catalogue, generated, .. } = cost;
    let same = *delta == Range::default() && before.unpriced == after.unpriced;
    let mut text = format!("{} {} a month", paint::strong("Cost:"), before.list.likely);
    if same {
        text += ", unchanged";
    } else {
        let difference = unknown(delta.likely, before.unpriced, after.unpriced, change);
        text += &format!(" now, {} after: {}", after.list.likely, if difference.is_empty() { change(delta.likely) } else { difference });
    }
    if !after.list.is_one() {
        text += &paint::calm(&format!(" ({} to {})", after.list.low, after.list.high));
    }
    for line in remarks(plan, cost) {
        text += &format!("\n      {line}");
    }
    if whole || catalogue != "embedded" {
        text += &paint::calm(&format!("\n      list prices of {generated} ({catalogue})"));
    }
    let budget = budget.clone().map(|verdict| verdict.accept(accepted));
    match budget {
        // A plan that changes nothing is quiet about a budget that is kept, and a refusal says its own reasons.
        Some(Verdict::Within { .. }) if same => {}
        Some(Verdict::Over { .. }) | None => {}
        Some(verdict) => text += &format!("\n{}", verdict_line(&verdict, &View::default())),
    }
    text + "\n"
}

/// Says what a change adds to a month, to stand beside it; empty where its cost stays.
pub fn plan_amount(cost: &PlanCost, address: &Address) -> String {
    let Some(Delta { delta, unpriced: (old, new), .. }) = cost.of(address) else { return String::new() };
    if delta.likely.cents().is_zero() && new > old { paint::bad("unpriced") } else { unknown(delta.likely, *old, *new, change) }
}

/// Returns the cost of a saved plan as text.
pub fn planned(plan: &Plan, cost: &PlanCost, view: &View) -> String {
    let (plan, cost) = (&*flat(plan), &*flat(cost));
    let basis = basis(&cost.generated, &cost.catalogue, view);
    let when = format!("in {}, planned at {}", plan.scope.region, paint::moment(&plan.created));
    let mut text = format!("{} {}\n{}\n\n", paint::strong(&view.title), paint::calm(&when), paint::calm(&basis));
    text += &table("module", HEADS, &modules(cost), Some((cost.before, cost.after)), view);
    text += &table("resource", HEADS, &resources(cost), None, view);
    if view.detail {
        let items = cost.resources.iter().filter(|one| !one.lines.is_empty());
        let items = items.map(|one| Item { address: one.address.clone(), kind: kind(plan, &one.address), lines: one.lines.clone() });
        text += &detail::lines(items.collect::<Vec<_>>().iter(), view);
    }
    for line in unread(plan).into_iter().chain(once(cost, view)) {
        text += &format!("{line}\n");
    }
    let budget = cost.budget.as_ref().map(|verdict| verdict_line(verdict, view) + "\n").unwrap_or_default();
    for block in [unpriced(lines(cost)), budget].iter().filter(|block| !block.is_empty()) {
        text = format!("{}\n\n{block}", text.trim_end());
    }
    text.trim_end().to_owned() + "\n"
}

/// Returns the cost of a saved plan as Markdown, for a comment on a pull request.
pub fn plan_markdown(plan: &Plan, cost: &PlanCost, view: &View) -> String {
    let (plan, cost) = (&*flat(plan), &*flat(cost));
    let (added, after) = (signed(view, cost.delta.likely), view.money(cost.after.list.likely));
    let mut text = format!("### {}: {added} a month, {after} after the plan\n\n", cell(&view.title));
    text += &markdown_table("module", HEADS, &modules(cost), Some((cost.before, cost.after)), view);
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
    text + &markdown::foot(&cost.generated, &cost.catalogue, view)
}

/// Returns the cost of a saved plan for other programs; `delta` is `after - before`.
pub fn plan_json(plan: &Sealed, cost: &PlanCost, view: &View) -> Value {
    let PlanCost { before, after, delta, modules, resources, overlap, budget, today, catalogue, generated } = cost;
    let share = |share: &Share| json!({ "before": total_json(share.before), "after": total_json(share.after) });
    json!({
        "version": VERSION,
        "stack": view.title,
        "region": plan.scope.region,
        "plan": plan.digest(),
        "day": today,
        "currency": "USD",
        "shown_in": view.currency,
        "prices": { "from": catalogue, "generated": generated },
        "before": total_json(*before),
        "after": total_json(*after),
        "delta": *delta,
        "by_module": modules.iter().map(|(name, one)| (name.clone(), share(one))).collect::<Map<_, _>>(),
        "resources": resources,
        "overlap": overlap,
        "budget": budget,
    })
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
        "overlap_usd",
        "unpriced",
    ];
    let row = |one: &Delta| {
        let (before, after, delta) = (dollars(one.before.likely), dollars(one.after.likely), one.delta.map(dollars));
        let (address, overlap, unpriced) = (one.address.to_string(), dollars(one.overlap), one.unpriced.1.to_string());
        [address, before, after, delta.low, delta.likely, delta.high, overlap, unpriced]
    };
    records(head, cost.resources.iter().map(row))
}

const HEADS: [&str; 2] = ["before", "after"];

fn modules(cost: &PlanCost) -> Vec<Pair> {
    cost.modules.iter().map(|(name, share)| Pair { name: name.clone(), one: share.before, other: share.after }).collect()
}

fn resources(cost: &PlanCost) -> Vec<Pair> {
    let differs = |one: &&Delta| one.delta != Range::default() || one.unpriced.0 != one.unpriced.1;
    let total = |list, unpriced| crate::core::bill::Total { list, unpriced, ..Default::default() };
    let pair = |one: &Delta| Pair {
        name: one.address.to_string(),
        one: total(one.before, one.unpriced.0),
        other: total(one.after, one.unpriced.1),
    };
    cost.resources.iter().filter(differs).map(pair).collect()
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
        for one in elsewhere.filter(|one| !one.delta.likely.cents().is_zero()) {
            text.push(format!("{} of it at {}, which changes with what the plan touches", change(one.delta.likely), one.address));
        }
    }
    if cost.after.unpriced > 0 {
        let places = lines(cost).filter(|(_, line)| matches!(line.price, Rated::Unpriced(_)));
        let places = places.map(|(address, _)| address.as_str()).collect::<BTreeSet<_>>();
        let more = if places.len() > 3 { format!(" and {} more", places.len() - 3) } else { String::new() };
        let places = places.into_iter().take(3).collect::<Vec<_>>().join(", ");
        text.push(paint::bad(&format!("{} not in it: {places}{more}", unpriced_lines(cost.after.unpriced))));
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
    if cost.overlap.cents() > Decimal::ZERO {
        text.push(format!("{} once, for what runs twice meanwhile", view.money(cost.overlap)));
    }
    for one in cost.resources.iter().filter(|one| !one.left.is_empty()) {
        let amount = one.left.iter().map(|line| line.total().list.likely).sum::<Money>();
        let what = one.left.iter().map(|line| line.what.as_str()).collect::<Vec<_>>().join(", ");
        text.push(format!("{} a month stay behind at {}: {what}", view.money(amount), one.address));
    }
    text
}

fn kind(plan: &Plan, address: &Address) -> String {
    plan.changes.iter().find(|change| &change.address == address).map(|change| change.kind.clone()).unwrap_or_default()
}

fn change(amount: Money) -> String {
    match amount {
        more if more > Money::ZERO => paint::change(&more.signed()),
        less if less < Money::ZERO => paint::good(&less.signed()),
        same => same.signed(),
    }
}
