//! The resources that a choice changes in a stack that runs as its file says: in place, or by another one.

use crate::core::address::Address;
use crate::core::advice::{Change, How};
use crate::core::diff::diff;
use crate::core::graph::{Graph, Node};
use crate::core::kind::OnChange;
use std::collections::BTreeSet;

pub fn between(before: &Graph, after: &Graph) -> Vec<Change> {
    let mut replaced = BTreeSet::new();
    // Whoever names something that is replaced, in a field that cannot change in place, is replaced as well.
    loop {
        let more = after.nodes().filter(|node| !replaced.contains(&node.address) && is_replaced(before, node, &replaced));
        let more = more.map(|node| node.address.clone()).collect::<Vec<_>>();
        if more.is_empty() {
            break;
        }
        replaced.extend(more);
    }
    let there = after.nodes().filter_map(|node| Some(Change { address: node.address.clone(), how: how(before, node, &replaced)? }));
    let gone = before.nodes().filter(|node| after.get(&node.address).is_none());
    let gone = gone.map(|node| Change { address: node.address.clone(), how: How::Delete });
    there.chain(gone).collect()
}

fn how(before: &Graph, node: &Node, replaced: &BTreeSet<Address>) -> Option<How> {
    let Some(live) = before.get(&node.address) else { return Some(How::Create) };
    if replaced.contains(&node.address) {
        return Some(How::Replace { loses_data: node.kind.about.stateful });
    }
    let fields = diff(node.kind, &node.spec, &live.spec);
    let downtime = fields.iter().filter_map(|change| node.kind.field(&change.field)).map(|field| field.downtime);
    let downtime = downtime.filter(|downtime| !downtime.is_empty()).collect::<BTreeSet<_>>().into_iter().collect();
    (!fields.is_empty()).then_some(How::Update { downtime })
}

fn is_replaced(before: &Graph, node: &Node, replaced: &BTreeSet<Address>) -> bool {
    let Some(live) = before.get(&node.address) else { return false };
    let fixed = node.links().iter().filter(|(field, _)| matches!(field.on_change, OnChange::Replace));
    diff(node.kind, &node.spec, &live.spec).iter().any(|change| change.replaces)
        || fixed.into_iter().any(|(_, link)| replaced.contains(&link.address))
}
