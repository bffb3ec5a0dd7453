//! One cost on a page: its figures, its bars, and every line.

use super::super::super::flat::flat;
use super::super::{TERMS, View, basis, by_cost, changes, committed, paint, verdict_line};
use super::bars::{self, Bar};
use super::{escape, figures, header, note};
use crate::core::bill::{Basis, Bound, Cost, Item, Line, Rated, Total, Unpriced};
use crate::core::budget::Verdict;
use crate::core::money::{Money, shown};
use std::cmp::Reverse;
use std::collections::BTreeMap;

pub(super) fn section(cost: &Cost, view: &View) -> String {
    let cost = &*flat(cost);
    let total = cost.total();
    let origin = basis(cost.lines().map(|(_, line)| line), &cost.generated, &cost.catalogue, view);
    let mut text = format!("<section>\n{}", header(&view.title, &[&format!("{} · {TERMS}", cost.region), &origin]));
    text += &figures(&amounts(&total, view.year(total), view));
    text += &budget(view);
    text += &bars::services(&[("", cost.by_service())], view);
    text += "<h2>By module</h2>\n";
    let modules = cost.by_module().into_iter().map(|(name, total)| (name.0, total));
    text += &ranges("module", modules, view);
    text += &changes(view).lines().map(note).collect::<String>();
    text += &committed::lines(cost, view).iter().map(|line| note(line)).collect::<String>();
    text += &lines(cost, view);
    text += &unpriced(cost, view);
    text + "</section>\n"
}

/// Returns the figures of a sum, its likely month first.
pub(super) fn amounts(total: &Total, year: Total, view: &View) -> Vec<(String, &'static str)> {
    let of = |total: &Total, amount: Money| view.of(total, amount);
    let mut all = vec![
        (of(total, total.list.likely), "a month, likely"),
        (of(total, total.list.low), "a quiet month"),
        (of(total, total.list.high), "a busy month"),
        (of(&year, year.list.likely), "the year to come"),
    ];
    if !total.free.likely.cents().is_zero() {
        all.push((of(total, total.after_free().likely), "after AWS's free tier"));
    }
    if let (false, Some(most)) = (total.is_known(), total.most()) {
        all.push((view.money(most.likely), "at most, with what has no price"));
    }
    all
}

/// Says how far a month is into its budget, and draws it.
pub(super) fn budget(view: &View) -> String {
    let Some(verdict) = &view.budget else { return String::new() };
    let class = match verdict {
        Verdict::Within { .. } => "within",
        Verdict::Warn { .. } | Verdict::Accepted { .. } => "warn",
        Verdict::Over { .. } | Verdict::Unjudged { .. } => "over",
    };
    let (line, percent) = (paint::plain(&verdict_line(verdict, view)).into_owned(), verdict.used().percent.min(100));
    format!("{}<div class=\"meter {class}\"><i style=\"width:{percent}%\"></i></div>\n", note(&line))
}

/// A bar for each part: an ordinary month, and behind it a busy one.
pub(super) fn ranges<'a>(first: &str, parts: impl Iterator<Item = (&'a str, Total)>, view: &View) -> String {
    let all = by_cost(parts);
    let rows = all.iter().map(|(name, total)| {
        let [likely, high] = [total.list.likely, total.list.high];
        let bar = Bar { class: "now", amount: likely, behind: high, known: total.is_known() };
        (*name, vec![bar], vec![view.of(total, likely), view.of(total, high)])
    });
    bars::rows(first, &["likely", "a busy month"], &rows.collect::<Vec<_>>())
}

/// Every line, folded by module.
fn lines(cost: &Cost, view: &View) -> String {
    let mut modules = BTreeMap::<&str, Vec<&Item>>::new();
    cost.items.iter().filter(|item| !item.lines.is_empty()).for_each(|item| modules.entry(item.address.group()).or_default().push(item));
    let mut text = String::from("<h2>Every line</h2>\n");
    for (module, total) in by_cost(cost.by_module()) {
        let mut rows = modules
            .get(module.0)
            .into_iter()
            .flatten()
            .flat_map(|item| item.lines.iter().map(move |line| (*item, line)))
            .collect::<Vec<_>>();
        rows.sort_by_key(|(_, line)| Reverse((line.total().list.likely, line.total().list.high)));
        text += &format!(
            "<details><summary><span>{}</span> <b>{}</b></summary>\n<div class=\"scroll\"><table class=\"lines\">\n<thead><tr><th>resource<th>for<th>amount<th>likely<th>a busy \
             month<th>rests on</tr></thead>\n",
            escape(module.0),
            escape(&view.of(&total, total.list.likely))
        );
        text += &rows.iter().map(|(item, line)| row(item, line, view)).collect::<String>();
        text += "</table></div>\n</details>\n";
    }
    text
}

fn row(item: &Item, line: &Line, view: &View) -> String {
    let total = line.total();
    let assumes = match &line.basis {
        Basis::Fixed => "the file".to_owned(),
        Basis::Scaled(said) | Basis::Usage(said) => escape(said),
    };
    let source = match &line.price {
        Rated::Priced(priced) => escape(&format!("{}, {}", priced.source, priced.as_of)),
        Rated::Unpriced(Unpriced { reason, .. }) => escape(reason),
    };
    format!(
        "<tr><td>{}<td>{}<td>{} {}<td title=\"{source}\">{}<td>{}<td>{assumes}</tr>\n",
        escape(item.address.as_str()),
        escape(&line.what),
        shown(line.quantity.likely),
        escape(&line.unit),
        escape(&view.of(&total, total.list.likely)),
        escape(&view.of(&total, total.list.high)),
    )
}

/// Says which lines are in no figure, and why.
pub(super) fn unpriced(cost: &Cost, view: &View) -> String {
    let rows = cost.unpriced().filter_map(|(address, line)| {
        let Rated::Unpriced(Unpriced { reason, bound }) = &line.price else { return None };
        let most =
            bound.as_ref().map(|Bound { most, why, .. }| format!(" At most {}: {}.", view.money(most.likely), why)).unwrap_or_default();
        Some(format!("<li><b>{}</b> {}: {}.{}</li>\n", escape(address.as_str()), escape(&line.what), escape(reason), escape(&most)))
    });
    let rows = rows.collect::<String>();
    if rows.is_empty() { rows } else { format!("<h2>Not in the figures, for want of a price</h2>\n<ul>\n{rows}</ul>\n") }
}
