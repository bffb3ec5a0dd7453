//! The outcome of a refresh.

use super::{VERSION, paint, per};
use crate::pricing::catalog::refresh::{Merged, PriceChange};
use serde_json::{Value, json};

/// Changes and remarks that are shown one by one; JSON has them all.
const MOST: usize = 20;

/// A refresh, after it.
#[derive(Debug, Clone, Copy)]
pub struct Refresh<'a> {
    pub merged: &'a Merged,
    pub generated: &'a str,
    /// The catalogue is here now.
    pub file: &'a str,
    pub files: &'a [Value],
    pub unchanged: usize,
    pub bytes: u64,
    pub seconds: f64,
    /// Prices that are left as they were, and what AWS's list does not have.
    pub doubts: &'a [String],
    pub absent: &'a [String],
    /// Worked cases that are not within their tolerance any more.
    pub moved: &'a [String],
}

pub fn refreshed(refresh: &Refresh<'_>, columns: usize) -> String {
    let Refresh { merged, generated, file, files, unchanged, bytes, seconds, doubts, absent, moved } = *refresh;
    let Merged { prices, changes, confirmed, added, kept } = merged;
    let mut text = some(&by_size(changes), "price", "changed", |change| line(change), columns);
    text += &some(doubts, "price", "left as it was, because the list is not clear about it", String::clone, columns);
    text += &some(absent, "gap", "in AWS's list", String::clone, columns);
    text += &some(moved, "worked case", "off by the new prices; `trueup prices verify` shows by how much", String::clone, columns);
    let same = if unchanged > 0 { format!(", {unchanged} of them as they were") } else { String::new() };
    let read = format!("{}{same}, {} in {}", paint::count(files.len(), "file"), paint::bytes(bytes), paint::duration(seconds));
    text += &format!("{} {}\n", paint::good(&format!("Refreshed: {}.", paint::count(prices.len(), "price"))), paint::calm(&read));
    let changed = changes.iter().filter(|change| change.old.is_some()).count();
    let counts =
        format!("{changed} changed, {confirmed} confirmed, {added} new; {kept} not in what was fetched, which keep their date and source");
    let now = format!("costs are taken from {file} now: list prices of {generated}");
    text + &[counts, now].map(|line| indented(&line, columns)).concat()
}

/// Returns a refresh as the last of the JSON lines that it prints.
pub fn refreshed_json(refresh: &Refresh<'_>) -> Value {
    let Refresh { merged, generated, file, files, unchanged, bytes, seconds, doubts, absent, moved } = *refresh;
    let Merged { prices, changes, confirmed, added, kept } = merged;
    json!({
        "event": "refreshed", "version": VERSION, "generated": generated, "file": file, "prices": prices.len(), "changes": changes,
        "confirmed": confirmed, "added": added, "kept": kept, "files": files, "unchanged": unchanged, "bytes": bytes,
        "seconds": seconds, "doubts": doubts, "absent": absent, "moved": moved,
    })
}

/// Says why nothing was fetched for a stack: nothing is missing, or no list has it.
pub fn unfetched<'a>(stack: &str, missing: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    match lines(missing) {
        (0, _) => format!("Every line of {stack} has a price: nothing was fetched.\n"),
        (1, line) => format!("Nothing was fetched for {stack}: what has no price is in no list of AWS's\n{line}"),
        (_, lines) => format!("Nothing was fetched for {stack}: what have no price are in no list of AWS's\n{lines}"),
    }
}

/// Says what a stack still has no price for after a refresh.
pub fn filled<'a>(stack: &str, missing: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    match lines(missing) {
        (0, _) => format!("  every line of {stack} has a price now\n"),
        (count, lines) => format!("  {} of {stack} still without a price, as AWS's list has none\n{lines}", paint::count(count, "key")),
    }
}

/// The same as JSON.
pub fn lacking_json<'a>(missing: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    let missing = missing.map(|(region, key)| json!({ "region": region, "key": key })).collect::<Vec<_>>();
    json!({ "event": "unfetched", "version": VERSION, "unpriced": missing })
}

fn lines<'a>(missing: impl Iterator<Item = (&'a str, &'a str)>) -> (usize, String) {
    missing.fold((0, String::new()), |(count, text), (region, key)| (count + 1, text + &format!("    {key} in {region}\n")))
}

/// Changes that look like mistakes.
pub fn jumps(jumps: &[&PriceChange], columns: usize) -> String {
    let mut text = String::new();
    jumps.iter().take(MOST).for_each(|change| text += &indented(&line(change), columns));
    if jumps.len() > MOST {
        text += &format!("  and {} more\n", jumps.len() - MOST);
    }
    text
}

/// The largest first.
fn by_size(changes: &[PriceChange]) -> Vec<&PriceChange> {
    let ratio = |change: &PriceChange| {
        let (old, new) = (change.old.unwrap_or_default().dollars(), change.new.dollars());
        let (low, high) = (old.min(new), old.max(new));
        // Compared as low / high, which is nothing for what became nothing, and cannot overflow.
        low.checked_div(high).unwrap_or_default()
    };
    let mut changes = changes.iter().collect::<Vec<_>>();
    changes.sort_by_key(|change| ratio(change));
    changes
}

fn line(change: &PriceChange) -> String {
    let PriceChange { region, key, unit, old, new, jump: _, notes } = change;
    let was = match old {
        None => "not known there before".to_owned(),
        Some(old) if old == new => "with other tiers".to_owned(),
        Some(old) => format!("was {}", super::usd(*old)),
    };
    let notes = if notes.is_empty() { String::new() } else { paint::calm(&format!("  {notes}")) };
    format!("{key} in {region}: {}, {was}{notes}", per(*new, unit))
}

fn indented(line: &str, columns: usize) -> String {
    format!("  {}\n", paint::wrap(line, columns, 4))
}

fn some<T>(all: &[T], noun: &str, what: &str, line: impl Fn(&T) -> String, columns: usize) -> String {
    if all.is_empty() {
        return String::new();
    }
    let mut text = paint::wrap(&format!("{} {what}", paint::count(all.len(), noun)), columns, 0) + "\n";
    all.iter().take(MOST).for_each(|one| text += &indented(&line(one), columns));
    if all.len() > MOST {
        text += &format!("  {}\n", paint::calm(&format!("and {} more; --json lists them all", all.len() - MOST)));
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::money::{Money, number};
    use expect_test::expect;

    fn change(key: &str, old: &str, new: &str) -> PriceChange {
        let money = |text: &str| Money::new(number(text).unwrap());
        let (old, new) = (Some(money(old)), money(new));
        PriceChange {
            region: "us-east-1".into(),
            key: key.into(),
            unit: "hour (above 20)".into(),
            old,
            new,
            jump: false,
            notes: "SKU X".into(),
        }
    }

    #[test]
    fn a_refresh_says_what_changed_and_what_did_not() {
        let mut changes = vec![change("a", "1", "1.01"), change("b", "2", "0"), change("c", "3", "3")];
        let merged = Merged { prices: Vec::new(), changes: changes.clone(), confirmed: 1900, added: 7, kept: 80 };
        let doubts = ["A.us-east-1: `x`: no dollars".to_owned()];
        let refresh = Refresh {
            merged: &merged,
            generated: "2026-11-21",
            file: "cache/prices.tsv",
            files: &[json!({}), json!({})],
            unchanged: 1,
            bytes: 480_300_000,
            seconds: 61.0,
            doubts: &doubts,
            absent: &[],
            moved: &["case y".to_owned(), "case z".to_owned()],
        };
        expect![[r#"
            3 prices changed
              b in us-east-1: $0.00 per hour, was $2.00  SKU X
              a in us-east-1: $1.01 per hour, was $1.00  SKU X
              c in us-east-1: $3.00 per hour, with other tiers  SKU X

            1 price left as it was, because the list is not clear about it
              A.us-east-1: `x`: no dollars

            2 worked cases off by the new prices; `trueup prices verify` shows by how much
              case y
              case z

            Refreshed: 0 prices. 2 files, 1 of them as they were, 480 MB in 61 s
              3 changed, 1900 confirmed, 7 new; 80 not in what was fetched, which keep
                their date and source
              costs are taken from cache/prices.tsv now: list prices of 2026-11-21
        "#]]
        .assert_eq(&anstream::adapter::strip_str(&refreshed(&refresh, 80)).to_string());
        assert_eq!(refreshed_json(&refresh)["changes"][1]["new"], "0");
        changes.resize(29, change("a", "1", "4"));
        changes.insert(0, PriceChange { old: None, ..change("new", "1", "0") });
        let all = changes.iter().collect::<Vec<_>>();
        let text = jumps(&all, 80);
        assert!(text.lines().count() == 21 && text.ends_with("  and 10 more\n"), "{text}");
        assert!(anstream::adapter::strip_str(&text).to_string().starts_with("  new in us-east-1: $0.00 per hour, not known there before"));
    }
}
