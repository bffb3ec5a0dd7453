//! A stack as advices look at it: its modules and resources, and how an edit of the file reaches them.

use super::Candidate;
use crate::core::graph::{Graph, Node};
use crate::core::kind::{Kind, from_value};
use crate::core::module::Module;
use crate::core::stack::Stack;
use crate::pricing::catalog::Catalog;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy)]
pub struct Sight<'a> {
    pub stack: &'a Stack,
    pub graph: &'a Graph,
    /// The day that it is priced for: `2026-11-21`.
    pub today: &'a str,
    pub catalog: &'a Catalog,
}

impl<'a> Sight<'a> {
    /// Returns every instance of a module with its table: `service.api`.
    pub fn modules<M: Module>(&self) -> Vec<(String, M)> {
        let parts = self.stack.parts.iter().filter(|part| part.row.section == M::SECTION);
        parts.filter_map(|part| Some((part.label(), from_value(&part.value).ok()?))).collect()
    }

    /// Returns every resource of a kind, whether a module made it or the file says it itself.
    pub fn nodes<K: Kind>(&self) -> Vec<(&'a Node, K::Spec)> {
        let nodes = self.graph.nodes().filter(|node| node.kind.name == K::NAME);
        nodes.filter_map(|node| Some((node, from_value(&node.spec).ok()?))).collect()
    }

    /// Returns the edit that sets a field of a resource: by its own table, by the key of its module, or by an override, as
    /// whichever of them decides now.
    pub fn set(&self, node: &Node, field: &str, value: &str) -> String {
        let address = node.address.as_str();
        let top = field.split('.').next().unwrap_or_default();
        let over = || format!("override.\"{address}\".{field}={value}");
        if self.stack.overrides.named(address).is_some_and(|over| over.fields.contains_key(top)) {
            return over();
        }
        if is_own(node) {
            return format!("{address}.{field}={value}");
        }
        let place = self.place(node);
        let Some(part) = self.stack.parts.named(&place) else { return over() };
        let named = part.row.keys.iter().find(|(of, _)| *of == field).map(|(_, key)| *key);
        // A key with the field's own name needs no entry among a module's pairs.
        let key = named.or_else(|| (part.row.schema)()["properties"].get(top).map(|_| field));
        key.map_or_else(over, |key| format!("{place}.{key}={value}"))
    }

    /// Returns the table that a resource comes from, as `--set` names it.
    pub fn place(&self, node: &Node) -> String {
        if is_own(node) { node.address.to_string() } else { node.address.group().to_owned() }
    }

    /// Makes one of those candidates that say the same of each table that a table with `for_each` stands for.
    pub fn merged(&self, candidates: Vec<Candidate>) -> Vec<Candidate> {
        let own = self.graph.nodes().filter(|node| is_own(node)).map(|node| (node.address.to_string(), node.origin.clone()));
        let parts = self.stack.parts.iter().map(|part| (part.label(), part.path.to_string()));
        let tables = own.chain(parts).collect::<BTreeMap<_, _>>();
        let mut instances = BTreeMap::<&str, BTreeSet<&str>>::new();
        for (place, table) in &tables {
            instances.entry(table).or_default().insert(place);
        }
        let general = |one: &Candidate| {
            let table = tables.get(&one.place).filter(|table| **table != one.place)?;
            let edit = |edit: &String| Some(format!("{table}{}", edit.strip_prefix(one.place.as_str())?));
            let edits = one.edits.iter().map(edit).collect::<Option<Vec<_>>>()?;
            Some(Candidate { place: table.clone(), edits, ..one.clone() })
        };
        let mut groups = Vec::<(Candidate, Vec<Candidate>)>::new();
        for one in candidates {
            let whole = general(&one).unwrap_or_else(|| one.clone());
            match groups.iter_mut().find(|(other, _)| *other == whole) {
                Some((_, members)) => members.push(one),
                None => groups.push((whole, vec![one])),
            }
        }
        let all =
            |whole: &Candidate, members: &[Candidate]| instances.get(whole.place.as_str()).is_some_and(|of| of.len() == members.len());
        groups.into_iter().flat_map(|(whole, members)| if all(&whole, &members) { vec![whole] } else { members }).collect()
    }
}

/// True for a resource that the file declares by its own kind.
pub fn is_own(node: &Node) -> bool {
    node.address.module() == "resource"
}
