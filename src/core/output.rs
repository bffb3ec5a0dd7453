//! The outputs of a stack once it is there: hosts, URLs, names, ARNs, by module.

use super::graph::{Graph, Outputs};
use super::reference::{Piece, Reference, is_symbolic, pieces, resolve};
use super::snapshot::{Live, Snapshot, State};
use serde_json::Value;
use std::collections::BTreeMap;

/// The version of the JSON that `trueup show --outputs` prints.
pub const VERSION: u32 = 1;

/// The outputs with every reference filled in that `lookup` answers.
pub fn fill(outputs: &Outputs, lookup: &impl Fn(&Reference) -> Option<String>) -> Outputs {
    let text = |value: &String| match resolve(&Value::String(value.clone()), lookup) {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let module = |values: &BTreeMap<String, String>| values.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    outputs.iter().map(|(label, values)| (label.clone(), module(values))).collect()
}

/// Returns only those outputs that are known altogether.
pub fn known(mut outputs: Outputs) -> Outputs {
    outputs.values_mut().for_each(|values| values.retain(|_, value| !is_symbolic(value)));
    outputs.retain(|_, values| !values.is_empty());
    outputs
}

/// Returns a graph's outputs as far as they are live.
pub fn live(graph: &Graph, snapshot: &Snapshot) -> Outputs {
    let Ok(links) = graph.links() else { return Outputs::new() };
    let generations = links.generations();
    let find = |reference: &Reference| -> Option<&Live> {
        let at = links.at(&reference.address)?;
        let here =
            |live: &&Live| live.state != State::Deleting && live.claim.as_ref().is_some_and(|claim| claim.address == reference.address);
        let of_generation = |live: &&Live| live.claim.as_ref().is_some_and(|claim| claim.made() == generations[at]);
        let found = snapshot.resources.get(links.nodes[at].kind.name)?.iter().filter(here).collect::<Vec<_>>();
        // If there are two, the older one was superseded.
        found.iter().copied().find(|live| of_generation(live)).or(found.last().copied())
    };
    known(fill(&graph.outputs, &|reference| find(reference)?.outputs.get(&reference.output).cloned()))
}

/// True when everything that a value names is in the graph.
pub(super) fn is_whole(graph: &Graph, value: &str) -> bool {
    pieces(value).iter().all(|piece| match piece {
        Piece::Text(_) => true,
        Piece::Reference(reference) => graph.get(&reference.address).is_some(),
    })
}
