//! `[usage]` tables of what was measured, ready to be pasted or used with `--usage`.

use super::paint;
use crate::core::bill::VERSION;
use crate::core::money::Range;
use crate::core::visible::line;
use crate::pricing::measured::{Amount, Measured, Table, by_week};
use jiff::ToSpan;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Comments are broken to lines of this.
const WIDTH: usize = 80;

/// Returns the tables as TOML. What nobody knows stands in comments.
pub fn usage_toml(owner: &str, measured: &Measured) -> String {
    let Measured { from, to, tables } = measured;
    let (days, last) = (days(measured), to.saturating_sub(1.day()));
    let parts = if by_week(days) { paint::count(days / 7, "week") } else { paint::count(days, "day") };
    let head = format!(
        "Usage of {owner} as CloudWatch knows it, from {from} to {last} (UTC), for a month of 730 hours. low, likely and high are the quietest, the median and the busiest of {parts}. A gigabyte has 2^30 bytes."
    );
    let mut text = comment(&head);
    if tables.is_empty() {
        text += &comment("Nothing that is live depends on use.");
    }
    for (module, table) in tables {
        text += &format!("\n{}", table_toml(module, table));
    }
    text
}

fn table_toml(module: &str, table: &Table) -> String {
    let Table { amounts, silent, unknown } = table;
    let mut text = if amounts.is_empty() { comment(&format!("{module}:")) } else { format!("[usage.\"{}\"]\n", line(module)) };
    for (measure, Amount { month: Range { low, likely, high }, note }) in amounts {
        let amount = match low == likely && likely == high {
            true => format!("{measure} = {likely}"),
            false => format!("{measure} = {{ low = {low}, likely = {likely}, high = {high} }}"),
        };
        text += &match *note {
            "" => amount + "\n",
            note if amount.len() + 3 + note.len() <= WIDTH => format!("{amount} # {note}\n"),
            note => comment(&format!("{measure}: {note}.")) + &amount + "\n",
        };
    }
    for (measure, addresses) in silent {
        let (of, whole) = (listed(addresses), amounts.contains_key(measure));
        let without = if whole { "so the figure is without it" } else { "so nothing is said of it" };
        text += &comment(&format!("{measure}: CloudWatch has no data of {of}, {without}."));
    }
    if !unknown.is_empty() {
        let names = unknown.iter().map(|name| (*name).to_owned()).collect();
        text += &comment(&format!("Not in CloudWatch, so what is assumed stays: {}.", listed(&names)));
    }
    text
}

fn listed(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// A comment, whose text cannot end it.
fn comment(text: &str) -> String {
    let text = line(text);
    paint::fit(&text, WIDTH - 2, 0).lines().map(|line| format!("# {line}\n")).collect()
}

/// Returns the same for other programs.
pub fn usage_json(owner: &str, measured: &Measured) -> Value {
    let Measured { from, to, tables } = measured;
    let amounts = |table: &Table| table.amounts.iter().map(|(measure, amount)| (*measure, json!(amount.month))).collect::<BTreeMap<_, _>>();
    let usage = tables.iter().map(|(module, table)| (module, amounts(table))).filter(|(_, table)| !table.is_empty());
    let rest = tables.iter().map(|(module, table)| (module, json!({ "no_data": table.silent, "not_in_cloudwatch": table.unknown })));
    json!({
        "version": VERSION,
        "stack": owner,
        "from": from,
        "to": to,
        "by": if by_week(days(measured)) { "week" } else { "day" },
        "usage": usage.collect::<BTreeMap<_, _>>(),
        "unknown": rest.collect::<BTreeMap<_, _>>(),
    })
}

fn days(measured: &Measured) -> usize {
    usize::try_from((measured.to - measured.from).get_days()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_says_what_it_is_without() {
        let month = Range { low: 1.0, likely: 1.5, high: 2000.0 };
        let table = Table {
            amounts: BTreeMap::from([
                ("nat_gb", Amount { month, note: "" }),
                ("nat_sent_gb", Amount { month: Range::only(0.25), note: "so to say" }),
            ]),
            silent: BTreeMap::from([("nat_gb", BTreeSet::from(["network.nat.b".to_owned()]))]),
            unknown: BTreeSet::from(["endpoint_gb"]),
        };
        let from = "2026-11-01".parse().unwrap();
        let measured = Measured { from, to: "2026-11-08".parse().unwrap(), tables: BTreeMap::from([("network".to_owned(), table)]) };
        let text = usage_toml("shop/live\nx = 1", &measured);
        let (head, tables) = text.split_once("\n\n").unwrap();
        assert!(head.lines().all(|line| line.starts_with("# ")) && head.contains("of 7 days"), "{head}");
        assert_eq!(
            tables,
            "[usage.\"network\"]\nnat_gb = { low = 1, likely = 1.5, high = 2000 }\nnat_sent_gb = 0.25 # so to say\n\
             # nat_gb: CloudWatch has no data of network.nat.b, so the figure is without it.\n\
             # Not in CloudWatch, so what is assumed stays: endpoint_gb.\n"
        );
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
        assert_eq!(usage_json("shop/live", &measured)["usage"]["network"]["nat_gb"]["high"], json!(2000.0));
    }
}
