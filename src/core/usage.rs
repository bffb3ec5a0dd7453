//! `[usage]`: what no spec says and the bill depends on: requests, gigabytes.

use super::address::Address;
use super::codes;
use super::commitment::Commitments;
use super::money::{Decimal, LARGEST, Range, from_float};
use super::problem::Problem;
use super::schema::written;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Something that a kind's bill depends on and its spec does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// The key in `[usage]`: `nat_gb`.
    pub name: &'static str,
    /// The unit that it counts, each month: `GB`, `requests`.
    pub unit: &'static str,
    pub doc: &'static str,
    /// The amounts where the file says nothing: low, likely, high. None where something else decides, as `doc` says.
    pub default: Option<[u32; 3]>,
    /// The reason why a resource that has the measure may not be billed by it; None where each is.
    pub idle: Option<Idle>,
}

/// The reason why nothing comes of an amount, as resources are set, and the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idle {
    /// A fragment about the resources of a label: `no lifecycle rule moves objects to STANDARD_IA`.
    pub why: &'static str,
    /// The change after which something comes of it, as a request: `set infrequent_days`.
    pub help: &'static str,
}

/// A remark about an amount of `[usage]`, by its label and its measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub label: String,
    pub measure: String,
    pub message: String,
    pub help: String,
    /// The day before which it says nothing.
    pub begins: Option<String>,
}

/// An amount as a file gives it: one number, or a range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Amount {
    Number(f64),
    Range(Bounds),
}

/// A range around what is likely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// The amount in a quiet month; left out, the likely one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The amount in an ordinary month.
    pub likely: f64,
    /// The amount in a busy month; left out, the likely one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

impl Measure {
    pub const fn new(name: &'static str, unit: &'static str, default: [u32; 3], doc: &'static str) -> Self {
        Measure { name, unit, doc, default: Some(default), idle: None }
    }
    /// Makes a measure that something else decides where the file says nothing.
    pub const fn derived(name: &'static str, unit: &'static str, doc: &'static str) -> Self {
        Measure { name, unit, doc, default: None, idle: None }
    }
    /// Says why a resource of its kind may not be billed by it, and what would change that.
    pub const fn idle(self, why: &'static str, help: &'static str) -> Self {
        Measure { idle: Some(Idle { why, help }), ..self }
    }
}

/// Amounts by measure, by module or address.
pub type Tables = BTreeMap<String, BTreeMap<String, Amount>>;

/// All that is said of use, whether defaults fill the rest, and what is paid for it whether or not it is used.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Usage {
    pub tables: Tables,
    /// The reservations and Savings Plans of the account: `[stack.commitment]`.
    pub committed: Commitments,
    /// True when a measure that nothing is said of counts as nothing, instead of its default: for worked cases.
    pub bare: bool,
}

impl Usage {
    /// Returns what the most specific table says of a measure of a node: that of its address, or of what it lies below.
    pub fn said<'a>(&'a self, address: &str, measure: &str) -> Option<(&'a str, Range<Decimal>)> {
        self.all_said(address, measure).next()
    }
    /// Returns what every table says of a measure of a node, the most specific first.
    pub fn all_said<'a>(&'a self, address: &str, measure: &str) -> impl Iterator<Item = (&'a str, Range<Decimal>)> {
        let amounts = self.labels(address).filter_map(|label| Some((label, self.tables.get(label)?.get(measure)?.range()?)));
        amounts.collect::<Vec<_>>().into_iter()
    }
    /// Returns the labels that speak of an address, the most specific first.
    pub fn labels<'a>(&'a self, address: &str) -> impl Iterator<Item = &'a str> {
        let known = labels(address).filter_map(|label| Some(self.tables.get_key_value(label)?.0.as_str()));
        known.collect::<Vec<_>>().into_iter()
    }
    /// True when some label speaks of an address.
    pub fn speaks_of(&self, address: &str) -> bool {
        labels(address).any(|label| self.tables.contains_key(label))
    }
    /// Returns every amount with its label and its measure.
    pub fn amounts(&self) -> impl Iterator<Item = (&str, &str, Range<Decimal>)> {
        let all = self.tables.iter().flat_map(|(label, table)| table.iter().map(move |(measure, amount)| (label, measure, amount)));
        all.filter_map(|(label, measure, amount)| Some((label.as_str(), measure.as_str(), amount.range()?)))
    }
    /// Returns everything wrong with the numbers, as a path below `[usage]` and a problem.
    pub fn check(&self) -> Vec<(Vec<String>, Problem)> {
        let amounts = self.tables.iter().flat_map(|(label, table)| table.iter().map(move |(measure, amount)| (label, measure, amount)));
        let wrong = amounts.filter_map(|(label, measure, amount)| Some((vec![label.clone(), measure.clone()], amount.problem()?)));
        wrong.collect()
    }
}

/// Returns the labels of `[usage]` that speak of an address: the address itself, and the modules that it lies in, from inside out.
fn labels(address: &str) -> impl Iterator<Item = &str> {
    std::iter::once(address).chain(address.rmatch_indices('.').map(|(at, _)| &address[..at]))
}

/// Returns the label under which `[usage]` best says what is known of an address: its module's, or its own where it is in none.
pub fn label(address: &Address) -> &str {
    if address.module() == "resource" { address.as_str() } else { address.group() }
}

impl Amount {
    fn bounds(&self) -> [f64; 3] {
        match self {
            Amount::Number(number) => [*number; 3],
            Amount::Range(Bounds { low, likely, high }) => [low.unwrap_or(*likely), *likely, high.unwrap_or(*likely)],
        }
    }
    fn range(&self) -> Option<Range<Decimal>> {
        let [low, likely, high] = self.bounds().map(from_float);
        Some(Range { low: low?, likely: likely?, high: high? })
    }
    fn problem(&self) -> Option<Problem> {
        let [low, likely, high] = self.bounds();
        if let Some(wrong) = [low, likely, high].into_iter().find(|number| !(0.0..=LARGEST).contains(number)) {
            let message = format!("{} is {}", written(wrong), if wrong < 0.0 { "less than nothing" } else { "more than a month can hold" });
            return Some(
                Problem::new("", message).help("an amount is a number from 0 to 1000000000000, for a month").of(codes::OUT_OF_RANGE.id),
            );
        }
        (low > likely || likely > high).then(|| {
            let problem = Problem::new("", format!("{low}, {likely}, {high} do not rise"));
            problem.help("`low` is at most `likely`, and that at most `high`").of(codes::FALLING_RANGE.id)
        })
    }
}

/// Returns the JSON Schema of `[usage]`, which takes every measure that some kind has.
pub fn schema(known: impl Iterator<Item = &'static Measure>) -> Value {
    let amount = schemars::schema_for!(Amount).to_value();
    let mut measures = Map::new();
    for measure in known {
        let Measure { name, unit, doc, default, idle: _ } = measure;
        let mut form = amount.clone();
        if let Some(object) = form.as_object_mut() {
            object.retain(|key, _| key == "anyOf");
        }
        let default = default.map_or_else(String::new, |[low, likely, high]| format!("; {likely} ({low} to {high}) where nothing is said"));
        form["description"] = format!("{doc} In {unit} a month{default}.").into();
        measures.insert((*name).to_owned(), form);
    }
    json!({
        "description": "Amounts that go through a module or are kept in it each month, by the module's label or an address.",
        "type": "object",
        "additionalProperties": { "type": "object", "properties": measures, "additionalProperties": false },
        "$defs": amount["$defs"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(text: &str) -> Usage {
        Usage { tables: toml::from_str(text).unwrap(), ..Usage::default() }
    }

    #[test]
    fn the_most_specific_table_counts() {
        let usage =
            usage("[\"service.api\"]\nlog_gb = 5\n[\"service.api.log-group\"]\nlog_gb = { likely = 7, high = 9.5 }\n[network]\nnat_gb = 1");
        let said = |address: &str, measure: &str| usage.said(address, measure).map(|(label, amount)| (label, amount.likely, amount.high));
        let number = |text: &str| crate::core::money::number(text).unwrap();
        assert_eq!(said("service.api.log-group", "log_gb"), Some(("service.api.log-group", number("7"), number("9.5"))));
        assert_eq!(said("service.api.other", "log_gb"), Some(("service.api", number("5"), number("5"))));
        assert_eq!(said("service.api-two.log-group", "log_gb"), None);
        assert_eq!(said("network.nat.a", "nat_gb"), Some(("network", number("1"), number("1"))));
    }

    #[test]
    fn absurd_amounts_are_refused() {
        let wrong = |text: &str| {
            usage(text).check().into_iter().map(|(path, problem)| format!("{} {}", path.join("."), problem.message)).collect::<Vec<_>>()
        };
        assert_eq!(wrong("[a]\nx = 1\ny = { low = 0, likely = 0.5, high = 1e9 }"), Vec::<String>::new());
        assert_eq!(wrong("[a]\nx = -1"), ["a.x -1 is less than nothing"]);
        assert_eq!(wrong("[a]\nx = 1e13"), ["a.x 10000000000000 is more than a month can hold"]);
        assert_eq!(wrong("[a]\nx = { low = 5, likely = 1 }"), ["a.x 5, 1, 1 do not rise"]);
        assert_eq!(wrong("[a]\nx = { likely = 5, high = 1 }"), ["a.x 5, 5, 1 do not rise"]);
    }
}
