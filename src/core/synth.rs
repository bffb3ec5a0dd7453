//! A stack's graph as JSON, for people and for other tools.

use super::graph::Graph;
use super::stack::Stack;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Raised when a reader of the old form could misread the new one.
pub const VERSION: u32 = 1;

/// Every node by address: its kind, its whole spec, and what it refers to.
pub fn synth(stack: &Stack, graph: &Graph) -> Value {
    let nodes = graph.nodes().map(|node| {
        let needs = node.links().iter().map(|(_, link)| link.address.as_str()).collect::<BTreeSet<_>>();
        let value = json!({
            "kind": node.kind.name,
            "from": node.origin,
            "protect": node.protect,
            "retain": node.retain,
            "needs": needs,
            "spec": node.kind.shown(&node.spec),
        });
        (node.address.to_string(), value)
    });
    json!({
        "version": VERSION,
        "stack": stack.settings.name,
        "env": stack.env,
        "region": stack.settings.region,
        "account": stack.settings.account,
        "nodes": nodes.collect::<Map<_, _>>(),
        "moved": graph.moved.iter().map(|moved| json!({ "from": moved.from, "to": moved.to })).collect::<Vec<_>>(),
        "adopt": graph.adopt.iter().map(|adopt| json!({ "address": adopt.address, "id": adopt.id })).collect::<Vec<_>>(),
    })
}
