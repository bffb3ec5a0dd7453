//! All that a file makes and what it costs, where it can be expanded: addresses, outputs, months.

use super::outline::Outline;
use crate::core::address::Address;
use crate::core::bill::{Item, Total};
use crate::core::expand::sketch;
use crate::core::file::environments;
use crate::core::graph::Node;
use crate::core::input;
use crate::core::source::{FILE, Source};
use crate::modules;
use crate::ops::cost::{Basis, month};
use crate::ops::stack::Loaded;
use crate::pricing::catalog::Catalog;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The prices of a day.
#[derive(Debug, Clone, Copy)]
pub struct Prices<'a> {
    pub catalog: &'a Catalog,
    pub today: &'a str,
}

/// Finds the facts, once somebody asks for them.
pub type Ahead<'a> = dyn Fn() -> Option<Rc<Facts>> + 'a;

/// A file, expanded for each environment that it has.
#[derive(Debug)]
pub struct Facts {
    pub all: Vec<Loaded>,
}

impl Facts {
    /// None if the keys and values of the file are not what they must be. What is wrong beyond that is no reason to know nothing.
    pub fn of(text: &str) -> Option<Self> {
        let source = Source::new("", text);
        let envs = environments(&source);
        let one = |env: Option<&str>| {
            let stack = modules::parse(source.clone(), env, &[]).ok()?;
            Some(Loaded { graph: sketch(&stack), stack })
        };
        let all = if envs.is_empty() { vec![one(None)?] } else { envs.iter().map(|env| one(Some(env))).collect::<Option<_>>()? };
        Some(Facts { all })
    }

    /// The same of a text that is being typed: lines that are in the way are left out, and else an older text stands in.
    pub fn about(text: &str, older: Option<&str>) -> Option<Self> {
        let mut text = text.to_owned();
        for _ in 0..ROUNDS {
            if let Some(facts) = Facts::of(&text) {
                return Some(facts);
            }
            match without_errors(&text) {
                Some(less) => text = less,
                None => break,
            }
        }
        Facts::of(older?)
    }

    pub fn node(&self, address: &str) -> Option<&Node> {
        let address = Address::parse(address).ok()?;
        self.all.iter().find_map(|loaded| loaded.graph.get(&address))
    }

    /// Returns every node of any environment, once each.
    pub fn nodes(&self) -> Vec<&Node> {
        let mut seen = BTreeMap::new();
        for node in self.all.iter().flat_map(|loaded| loaded.graph.nodes()) {
            seen.entry(node.address.as_str()).or_insert(node);
        }
        seen.into_values().collect()
    }

    /// Returns the addresses of one environment after the other.
    pub fn addresses(&self) -> Vec<(&str, BTreeSet<&str>)> {
        self.all
            .iter()
            .map(|loaded| (loaded.stack.env.as_str(), loaded.graph.nodes().map(|node| node.address.as_str()).collect()))
            .collect()
    }

    /// Returns by environment what a table costs a month.
    pub fn months(&self, section: &str, name: &str, prices: Prices<'_>) -> Vec<(&str, Total)> {
        let basis = Basis { catalog: prices.catalog, today: prices.today, accepted: None };
        let months = self.all.iter().map(|loaded| {
            let labels = labels(loaded, section, name);
            let cost = month(loaded, basis);
            let own = cost.items.iter().filter(|item| labels.iter().any(|label| lies_in(&item.address, label)));
            (loaded.stack.env.as_str(), own.map(Item::total).sum::<Total>())
        });
        months.collect()
    }
}

/// Returns the labels of all that a table makes: one, or one for each item of `for_each`.
pub fn labels(loaded: &Loaded, section: &str, name: &str) -> Vec<String> {
    let table = [section, name];
    let own = loaded
        .stack
        .parts
        .iter()
        .filter(|part| part.path.parts().iter().map(String::as_str).eq(table.into_iter().filter(|part| !part.is_empty())));
    let mut labels = own.map(|part| part.label()).collect::<Vec<_>>();
    if section == "resource" {
        labels.push(format!("resource.{name}"));
    }
    labels
}

fn lies_in(address: &Address, label: &str) -> bool {
    address.as_str().strip_prefix(label).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A line that is left out may bring others down; more than this is another file.
const ROUNDS: usize = 4;

/// Returns a text with spaces in place of every line that has an error, so that every other place stays. None if there is no such
/// line, or none that can go: without a header, its keys would be another's.
fn without_errors(text: &str) -> Option<String> {
    let source = Source::new("", text);
    let (_, broken) = input::parse(&source, FILE);
    let syntax = !broken.is_empty();
    let wrong = if syntax { broken } else { modules::validate(source, None, &[]).diagnostics };
    let mut bytes = text.as_bytes().to_vec();
    for span in wrong.iter().filter(|one| one.is_error()).filter_map(|one| one.span).filter(|span| span.source == FILE) {
        let start = text.get(..span.start)?.rfind('\n').map_or(0, |before| before + 1);
        let end = text.get(span.start..)?.find('\n').map_or(text.len(), |after| span.start + after);
        if syntax || !text[start..end].trim_start().starts_with('[') {
            bytes[start..end].fill(b' ');
        }
    }
    String::from_utf8(bytes).ok().filter(|less| less != text)
}

/// Returns the region of a file.
pub fn region(outline: &Outline) -> Option<&str> {
    outline.said(&["stack".to_owned(), "region".to_owned()])
}
