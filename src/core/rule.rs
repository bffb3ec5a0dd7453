//! A check over a whole graph: what only shows when nodes are seen together, and what AWS accepts but a careful
//! person would not.

use super::diagnostic::Severity;
use super::graph::{Finding, Graph, Node};
use super::kind::{Kind, from_value};
use super::reference::{Piece, pieces};

/// One check. Its text is its documentation, its example what it is tested with.
#[derive(Debug)]
pub struct Rule {
    pub code: &'static str,
    /// Errors keep a stack from being planned; warnings are shown until they are accepted.
    pub severity: Severity,
    /// What it finds, in one sentence.
    pub about: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// The least stack file in which it finds something, without `[stack]`.
    pub example: &'static str,
    pub check: fn(&Graph) -> Vec<Finding>,
}

/// `[[accept]]`: a warning that somebody has looked at and means to live with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accept {
    pub rule: String,
    /// A node, or the start of the addresses of several; empty for all.
    pub address: String,
}

impl Accept {
    pub fn covers(&self, code: &str, address: &str) -> bool {
        let within = address.strip_prefix(self.address.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.rule == code && (self.address.is_empty() || within)
    }
}

/// The nodes of one kind, with their specs.
pub fn of_kind<K: Kind>(graph: &Graph) -> impl Iterator<Item = (&Node, K::Spec)> {
    let nodes = graph.nodes().filter(|node| node.kind.name == K::NAME);
    nodes.filter_map(|node| Some((node, from_value(&node.spec).ok()?)))
}

/// The node that a whole text refers to, if it does and the node is of kind `K`.
pub fn target<'a, K: Kind>(graph: &'a Graph, text: &str) -> Option<(&'a Node, K::Spec)> {
    let pieces = pieces(text);
    let [Piece::Reference(reference)] = pieces.as_slice() else { return None };
    let node = graph.get(&reference.address).filter(|node| node.kind.name == K::NAME)?;
    Some((node, from_value(&node.spec).ok()?))
}
