//! Finds live resources that hold on to others: their specs have the id, ARN, name or an output of another in them.

use super::kind::{Compare, Field, Hold, Row};
use super::snapshot::{Live, Snapshot};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Shorter outputs (ports) would be found everywhere.
pub(super) const SHORTEST: usize = 8;

/// All that live specs may call what goes, and the steps that delete it.
pub(super) struct Mentions<'a> {
    going: HashMap<&'a str, Vec<usize>>,
    longest: usize,
    /// The ids, ARNs and names of all live resources: an output that is another's name says nothing of its own resource.
    known: HashSet<&'a str>,
}

impl<'a> Mentions<'a> {
    pub fn new(snapshot: &'a Snapshot) -> Self {
        let known = snapshot.resources.values().flatten().flat_map(|live| [live.id.as_str(), &live.arn, &live.name]).collect();
        Mentions { going: HashMap::new(), longest: 0, known }
    }

    /// `delete` is the step that deletes it.
    pub fn add(&mut self, live: &'a Live, delete: usize) {
        let outputs = live.outputs.iter().filter(|(output, value)| {
            matches!(output.as_str(), "id" | "arn" | "name")
                || value.len() >= SHORTEST && !self.known.contains(value.as_str()) && !has(&live.spec, value)
        });
        let outputs = outputs.map(|(_, value)| value.as_str()).collect::<Vec<_>>();
        self.note(outputs.into_iter().chain([live.id.as_str(), &live.arn, &live.name]), delete);
    }

    /// The same by what nothing else can be called: two security groups may have one name.
    pub fn add_ids(&mut self, live: &'a Live, number: usize) {
        self.note([live.id.as_str(), &live.arn].into_iter(), number);
    }

    fn note(&mut self, names: impl Iterator<Item = &'a str>, delete: usize) {
        for name in names.filter(|name| !name.is_empty()) {
            let list = self.going.entry(name).or_default();
            if !list.contains(&delete) {
                list.push(delete);
                self.longest = self.longest.max(name.len());
            }
        }
    }

    /// The deletes of whatever a live resource holds on to, once each, and whether a late field alone does so.
    pub fn held_by(&self, row: Option<&Row>, live: &Live) -> HashMap<usize, bool> {
        let mut held = HashMap::new();
        for (name, value) in live.spec.as_object().into_iter().flatten() {
            let late = row.and_then(|row| row.field(name)).is_some_and(|field| field.late);
            self.search(value, &mut |delete| {
                held.entry(delete).and_modify(|before| *before &= late).or_insert(late);
            });
        }
        held
    }

    /// The numbers of whatever a live resource mentions, and whether in a field that is fixed at creation.
    pub fn fixed_by(&self, row: Option<&Row>, live: &Live) -> HashMap<usize, bool> {
        let mut held = HashMap::new();
        for (name, value) in live.spec.as_object().into_iter().flatten() {
            let fixed = row.and_then(|row| row.field(name)).is_some_and(Field::fixes);
            self.search(value, &mut |number| *held.entry(number).or_insert(fixed) |= fixed);
        }
        held
    }

    /// The numbers of whatever the fields of a live resource name that have such a hold on it. Late fields are none of those: what
    /// they name comes and goes.
    pub fn used_by(&self, row: &Row, live: &Live, holds: &[Hold]) -> BTreeSet<usize> {
        let counts = |field: &Field| !field.late && field.compare != Compare::Never && holds.contains(&field.hold);
        let mut used = BTreeSet::new();
        for (name, value) in live.spec.as_object().into_iter().flatten() {
            if name != "tags" && row.field(name).is_none_or(counts) {
                self.search(value, &mut |number| used.extend([number]));
            }
        }
        used
    }

    /// The numbers of whatever the late fields of a live resource name.
    pub fn named_late(&self, row: &Row, live: &Live) -> BTreeSet<usize> {
        let mut named = BTreeSet::new();
        for field in row.fields.iter().filter(|field| field.late) {
            self.search(&live.spec[field.name], &mut |number| named.extend([number]));
        }
        named
    }

    fn search(&self, value: &Value, found: &mut impl FnMut(usize)) {
        match value {
            Value::String(text) => {
                let lists = spans(text, self.longest).filter_map(|span| self.going.get(span));
                lists.flatten().for_each(|delete| found(*delete));
            }
            Value::Array(list) => list.iter().for_each(|item| self.search(item, found)),
            Value::Object(map) => map.values().for_each(|item| self.search(item, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn has(value: &Value, wanted: &str) -> bool {
    match value {
        Value::String(text) => text == wanted,
        Value::Array(list) => list.iter().any(|item| has(item, wanted)),
        Value::Object(map) => map.values().any(|item| has(item, wanted)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Every part of a text that could be a name: it begins and ends where words do. `redis://host:6379/0` has `host` in it,
/// and an ARN stands at the start of `arn:aws:s3:::bucket/*`.
fn spans(text: &str, longest: usize) -> impl Iterator<Item = &str> {
    let part_of_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let mut starts = Vec::new();
    let mut ends = Vec::new();
    let mut inside = false;
    for (at, letter) in text.char_indices() {
        // Names by path begin with a slash.
        if letter == '/' && !inside {
            starts.push(at);
        }
        if part_of_word(letter) != inside {
            if inside { &mut ends } else { &mut starts }.push(at);
            inside = !inside;
        }
    }
    if inside {
        ends.push(text.len());
    }
    starts.into_iter().flat_map(move |start| {
        let first = ends.partition_point(|end| *end <= start);
        let within = ends[first..].iter().take_while(|end| **end - start <= longest);
        within.map(|end| &text[start..*end]).collect::<Vec<_>>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_words_begin_and_end() {
        for (text, name, found) in [
            ("vpc-1", "vpc-1", true),
            ("vpc-12", "vpc-1", false),
            ("rediss://main.cache.example:6379/0", "main.cache.example", true),
            ("arn:aws:s3:::files/*", "arn:aws:s3:::files", true),
            ("arn:aws:s3:::files-old/*", "arn:aws:s3:::files", false),
            ("logs in /trueup/web/prod/logs-1", "/trueup/web/prod/logs-1", true),
            ("service/one/two", "service/one/two", true),
            ("", "x", false),
            ("ü:vpc-1:ü", "vpc-1", true),
        ] {
            assert_eq!(spans(text, 64).any(|span| span == name), found, "{name} in {text}");
        }
    }
}
