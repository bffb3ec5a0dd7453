//! A cost as one page that stands alone: bars by service and by module, and every line below them. It loads nothing and runs nothing.

use super::super::flat::flat;
use super::{TERMS, View, basis, by_cost, changes, service, verdict_line};
use crate::core::bill::{Basis, Bound, Cost, Item, Line, Rated, Total, Unpriced};
use crate::core::budget::Verdict;
use crate::core::money::{Decimal, Money, shown};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Services with a colour of their own; the rest share the last one.
const COLOURS: usize = 8;

/// Returns a page with a section for each cost.
pub fn html(costs: &[(&Cost, &View)]) -> String {
    let title = costs.iter().map(|(_, view)| escape(&view.title)).collect::<Vec<_>>().join(", ");
    let sections = costs.iter().map(|(cost, view)| section(&flat(*cost), view)).collect::<String>();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}: cost a month</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{sections}</main>\n</body>\n</html>\n"
    )
}

/// Text as HTML shows it, in an element or in a quoted attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            other => escaped.push(other),
        }
    }
    escaped
}

fn plain(text: &str) -> String {
    escape(&anstream::adapter::strip_str(text).to_string())
}

fn section(cost: &Cost, view: &View) -> String {
    let total = cost.total();
    let origin = basis(cost.lines().map(|(_, line)| line), &cost.generated, &cost.catalogue, view);
    let mut text = format!(
        "<section>\n<header><h1>{}</h1><p>{} · {TERMS}<br>{}</p></header>\n",
        escape(&view.title),
        escape(&cost.region),
        escape(&origin)
    );
    text += &figures(&total, view);
    text += &view.budget.as_ref().map(|verdict| budget(verdict, view)).unwrap_or_default();
    text += &services(cost, view);
    text += &modules(cost, view);
    for change in changes(view).lines() {
        text += &format!("<p class=\"note\">{}</p>\n", escape(change));
    }
    text += &lines(cost, view);
    text += &unpriced(cost, view);
    text + "</section>\n"
}

fn figures(total: &Total, view: &View) -> String {
    let figure = |class: &str, amount: Money, label: &str| {
        format!("<div class=\"{class}\"><b>{}</b><span>{label}</span></div>", escape(&view.of(total, amount)))
    };
    let year = view.year(*total);
    let mut text = figure("likely", total.list.likely, "a month, likely");
    text += &figure("", total.list.low, "a quiet month");
    text += &figure("", total.list.high, "a busy month");
    text += &format!("<div><b>{}</b><span>the year to come</span></div>", escape(&view.of(&year, year.list.likely)));
    if !total.free.likely.cents().is_zero() {
        let off = Total { list: total.after_free(), ..*total };
        text += &figure("", off.list.likely, "after AWS's free tier");
    }
    format!("<div class=\"figures\">{text}</div>\n")
}

fn budget(verdict: &Verdict, view: &View) -> String {
    let used = verdict.used();
    let class = match verdict {
        Verdict::Within { .. } => "within",
        Verdict::Warn { .. } | Verdict::Accepted { .. } => "warn",
        Verdict::Over { .. } | Verdict::Unjudged { .. } => "over",
    };
    let line = plain(&verdict_line(verdict, view));
    format!("<p class=\"note\">{line}</p>\n<div class=\"meter {class}\"><i style=\"width:{}%\"></i></div>\n", used.percent.min(100))
}

/// One bar of all services, and what each of them is.
fn services(cost: &Cost, view: &View) -> String {
    let all = by_cost(cost.by_service());
    let whole = cost.total().list.likely;
    let mut text = String::from("<h2>By service</h2>\n<div class=\"stack\" aria-hidden=\"true\">");
    for (at, (code, total)) in all.iter().enumerate().filter(|(_, (_, total))| !total.list.likely.cents().is_zero()) {
        let (name, width) = (escape(service(code)), percent(total.list.likely, whole));
        text += &format!("<i class=\"c{}\" style=\"width:{width}%\" title=\"{name}\"></i>", at.min(COLOURS - 1));
    }
    text += "</div>\n<ul class=\"legend\">";
    for (at, (code, total)) in all.iter().enumerate() {
        let amount = escape(&view.of(total, total.list.likely));
        text += &format!("<li><i class=\"c{}\"></i>{} <b>{amount}</b></li>", at.min(COLOURS - 1), escape(service(code)));
    }
    text + "</ul>\n"
}

/// A bar for each module: an ordinary month, and behind it a busy one.
fn modules(cost: &Cost, view: &View) -> String {
    let all = by_cost(cost.by_module());
    let longest = all.iter().map(|(_, total)| total.list.high).max().unwrap_or_default();
    let mut text =
        String::from("<h2>By module</h2>\n<table class=\"bars\">\n<thead><tr><th>module<th><th>likely<th>a busy month</tr></thead>\n");
    for (name, total) in &all {
        let [likely, high] = [total.list.likely, total.list.high].map(|amount| percent(amount, longest));
        let unknown = if total.is_known() { "" } else { "<span class=\"unknown\" title=\"without a price\">?</span>" };
        text += &format!(
            "<tr><th scope=\"row\">{}<td><div class=\"bar\"><i class=\"high\" style=\"width:{high}%\"></i><i class=\"now\" \
             style=\"width:{likely}%\"></i>{unknown}</div><td>{}<td>{}</tr>\n",
            escape(name.0),
            escape(&view.of(total, total.list.likely)),
            escape(&view.of(total, total.list.high)),
        );
    }
    text + "</table>\n"
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
            "<details><summary>{} <b>{}</b></summary>\n<div class=\"scroll\"><table>\n<thead><tr><th>resource<th>for<th>amount<th>likely<th>a busy \
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

fn unpriced(cost: &Cost, view: &View) -> String {
    let rows = cost.unpriced().filter_map(|(address, line)| {
        let Rated::Unpriced(Unpriced { reason, bound }) = &line.price else { return None };
        let most = bound.as_ref().map(|Bound { most, why }| format!(" At most {}: {}.", view.money(most.likely), why)).unwrap_or_default();
        Some(format!("<li><b>{}</b> {}: {}{}</li>\n", escape(address.as_str()), escape(&line.what), escape(reason), escape(&most)))
    });
    let rows = rows.collect::<String>();
    if rows.is_empty() { rows } else { format!("<h2>Not in the figures, for want of a price</h2>\n<ul>\n{rows}</ul>\n") }
}

fn percent(part: Money, whole: Money) -> String {
    let (part, whole) = (part.dollars(), whole.dollars());
    let share = if whole <= Decimal::ZERO { Decimal::ZERO } else { part.max(Decimal::ZERO) / whole * Decimal::ONE_HUNDRED };
    share.round_dp(2).normalize().to_string()
}

const STYLE: &str = "\
:root{--paper:#fff;--ink:#1c2024;--calm:#5f6872;--line:#d9dee3;--now:#2f6fb5;--high:#c9dcf0;--good:#2e7d4f;--warn:#b26a00;--bad:#b3261e;
--c0:#2f6fb5;--c1:#d1762a;--c2:#3d8f5f;--c3:#8a5cb4;--c4:#b0453f;--c5:#3a8f97;--c6:#a08a2c;--c7:#8a929a}
@media(prefers-color-scheme:dark){:root{--paper:#15181b;--ink:#e6e9ec;--calm:#9aa4ae;--line:#31373d;--now:#6aa5e3;--high:#27425f;--good:#63b887;
--warn:#e0a040;--bad:#ef7a70;--c0:#6aa5e3;--c1:#e39a5c;--c2:#6cbf8d;--c3:#b38fdb;--c4:#df7f79;--c5:#69bcc4;--c6:#cdb759;--c7:#7e8790}}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem}
section+section{margin-top:3rem;border-top:1px solid var(--line);padding-top:2rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .6rem}
header p,.note,.figures span,th{color:var(--calm)}header p{margin:.2rem 0 1.2rem}.note{margin:1.2rem 0 .3rem}
.figures{display:flex;flex-wrap:wrap;gap:.8rem 2rem;align-items:end}.figures b{display:block;font-size:1.2rem;font-variant-numeric:tabular-nums}
.figures .likely b{font-size:2.2rem;line-height:1.1}.figures span{font-size:.85rem}
.meter{height:.5rem;background:var(--line);border-radius:.25rem;overflow:hidden}.meter i{display:block;height:100%;background:var(--good)}
.meter.warn i{background:var(--warn)}.meter.over i{background:var(--bad)}
.stack{display:flex;height:1.8rem;border-radius:.3rem;overflow:hidden;background:var(--line)}.stack i{border-right:2px solid var(--paper);box-sizing:border-box}
.legend{list-style:none;padding:0;margin:.6rem 0 0;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem}
.legend i{display:inline-block;width:.7rem;height:.7rem;border-radius:.15rem;margin-right:.4rem}
.c0{background:var(--c0)}.c1{background:var(--c1)}.c2{background:var(--c2)}.c3{background:var(--c3)}.c4{background:var(--c4)}.c5{background:var(--c5)}
.c6{background:var(--c6)}.c7{background:var(--c7)}
table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:normal;font-size:.85rem}tbody th{font-size:1rem;color:var(--ink);white-space:nowrap}
td,th{padding:.25rem .8rem .25rem 0;vertical-align:top}td{font-variant-numeric:tabular-nums}
.bars td:nth-child(n+3),.bars thead th:nth-child(n+3){text-align:right;white-space:nowrap}.bars td:nth-child(2){width:55%;vertical-align:middle}
.bar{position:relative;height:1rem;margin-right:1.6rem}.bar i{position:absolute;left:0;top:0;height:100%;border-radius:.15rem}.bar .high{background:var(--high)}.bar .now{background:var(--now)}
.unknown{position:absolute;right:-1.1rem;color:var(--bad);font-weight:bold;line-height:1rem}
details{border-top:1px solid var(--line);padding:.4rem 0}summary{cursor:pointer}summary b{float:right;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto;font-size:.85rem;margin-top:.4rem}
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_file_becomes_markup() {
        let evil = "<script>\"'&";
        assert_eq!(escape(evil), "&lt;script&gt;&quot;&#39;&amp;");
        let cost = Cost {
            version: 1,
            region: evil.into(),
            today: "2026-11-21".into(),
            catalogue: evil.into(),
            generated: evil.into(),
            items: Vec::new(),
        };
        let page = html(&[(&cost, &View { title: evil.into(), ..View::default() })]);
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
    }

    #[test]
    fn a_bar_is_no_longer_than_its_room() {
        let money = |cents: i64| Money::new(Decimal::new(cents, 2));
        assert_eq!(percent(money(1), money(3)), "33.33");
        assert_eq!((percent(money(-5), money(10)), percent(money(5), Money::ZERO)), ("0".into(), "0".into()));
    }
}
