//! Everything a stack wants, by address. Edges come only from references inside specs.

use super::address::Address;
use super::codes;
use super::dotted::{at, at_mut, keys_in};
use super::fix::Fix;
use super::identity::digest;
use super::ignored;
use super::kind::{Compare, Field, Row};
use super::problem::Problem;
use super::reference::{self, Reference};
use super::rollout::policy::Policy;
use super::suggest::nearest;
use foldhash::HashMap;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Bound;

/// One AWS resource wanted.
#[derive(Debug, Clone)]
pub struct Node {
    pub address: Address,
    pub kind: &'static Row,
    /// The spec in normal form; strings may hold references.
    pub spec: Value,
    /// True to refuse deletes and replacements that lose data.
    pub protect: bool,
    /// True to leave it in AWS, no longer managed, when it goes from the file.
    pub retain: bool,
    /// The dotted path of the table in the file that it comes from: `database.main`.
    pub origin: String,
    /// Fields that are fixed at creation and whose values a module made from its own name: a live resource keeps what it has.
    pub only_for_new: Vec<&'static str>,
    /// Members of the spec that others set, such as the image that a pipeline deploys: a live resource keeps what it has. A field
    /// (`desired_count`), an entry of a map (`tags.Owner`), or a member of each item of a list (`image`).
    pub ignore: Vec<String>,
    /// Keys of tags that others set on any resource, as patterns.
    pub ignore_tags: Vec<String>,
    /// The rules by which a new version of a service takes over; none where ECS alone decides.
    pub rollout: Option<Box<Policy>>,
    /// The kinds of the nodes that those rules name. They are looked at and not waited for, so they are no edges.
    pub watched: BTreeMap<Address, &'static Row>,
    /// The spec as it is written, with its defaults, where its normal form is another.
    written: Option<Value>,
    links: Vec<(&'static Field, Reference)>,
}

/// An item of a longer list is not looked for by what it holds: each finding would be as much work as the whole list.
const MOST_ITEMS: usize = 100;

impl Node {
    /// Normalises the spec; the error says which field does not fit its kind.
    pub fn new(address: Address, kind: &'static Row, spec: &Value, origin: impl Into<String>) -> Result<Self, Problem> {
        let [written, spec] = (kind.read)(spec)?;
        let written = (written != spec).then_some(written);
        let mut links = Vec::new();
        for field in kind.fields {
            if let Some(value) = spec.get(field.name) {
                reference::visit(value, &mut |reference| links.push((field, reference)));
            }
        }
        Ok(Node {
            address,
            kind,
            spec,
            protect: false,
            retain: false,
            origin: origin.into(),
            only_for_new: Vec::new(),
            rollout: None,
            watched: BTreeMap::new(),
            ignore: Vec::new(),
            ignore_tags: Vec::new(),
            written,
            links,
        })
    }
    /// Returns the spec as it is written, with its defaults filled in.
    pub fn written(&self) -> &Value {
        self.written.as_ref().unwrap_or(&self.spec)
    }
    /// Finds everything that AWS would refuse. It is looked for in what is written, since the normal form may hide it and has
    /// lists in another order; then in the normal form, which is what is sent.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = (self.kind.validate)(self.written());
        if self.written.is_some() {
            let known = found.iter().map(|problem| problem.code).collect::<Vec<_>>();
            let more = (self.kind.validate)(&self.spec).into_iter().filter(|problem| !known.contains(&problem.code));
            found.extend(more.map(|problem| Problem { field: self.numbered(&problem.field), ..problem }));
        }
        found
    }
    /// Returns a field of the normal form by the numbers that the items of its lists have where they are written: lists may be in another
    /// order there. One whose item nobody wrote stays as it is.
    pub fn numbered(&self, field: &str) -> String {
        let Some(written) = &self.written else { return field.to_owned() };
        let keys = keys_in(&self.spec, field);
        // The spec as it is written, with each list on the way cut down to the item that is meant.
        let mut alone = written.clone();
        let (mut way, mut numbered) = (Vec::<String>::new(), Vec::new());
        for (depth, key) in keys.iter().enumerate() {
            let number = key.parse::<usize>().ok();
            let items = number.and_then(|_| at(&alone, &way)?.as_array().cloned());
            if items.as_ref().is_some_and(|items| items.len() > MOST_ITEMS) {
                return field.to_owned();
            }
            let (Some(number), Some(items)) = (number, items) else {
                way.push(key.clone());
                numbered.push(key.clone());
                continue;
            };
            let wanted = at(&self.spec, &keys[..=depth]);
            let mut is_it = |place: &usize| {
                let (Some(item), Some(list)) = (items.get(*place), at_mut(&mut alone, &way)) else { return false };
                *list = Value::Array(vec![item.clone()]);
                let normal = (self.kind.normalise)(&alone).ok();
                let normal = normal.as_ref().and_then(|normal| at(normal, &way)?.as_array());
                normal.is_some_and(|normal| normal.iter().any(|item| Some(item) == wanted))
            };
            let Some(place) = std::iter::once(number).chain(0..items.len()).find(|place| is_it(place)) else { return field.to_owned() };
            way.push("0".into());
            numbered.push(place.to_string());
        }
        numbered.join(".")
    }
    /// Every reference it makes, with the field it stands in.
    pub fn links(&self) -> &[(&'static Field, Reference)] {
        &self.links
    }
    /// Returns the spec as it is wanted of a live resource, which keeps what is only for a new one and what others set.
    pub fn beside(&self, live: &Value) -> Cow<'_, Value> {
        if self.only_for_new.is_empty() && self.ignore.is_empty() && self.ignore_tags.is_empty() {
            return Cow::Borrowed(&self.spec);
        }
        let mut spec = self.spec.clone();
        for field in &self.only_for_new {
            spec[*field] = live[*field].clone();
        }
        self.spare(&mut spec, live);
        Cow::Owned(spec)
    }
    /// Gives a spec what is live of all that others set.
    pub fn spare(&self, spec: &mut Value, live: &Value) {
        for name in &self.ignore {
            ignored::keep(spec, live, name);
        }
        ignored::keep_tags(spec, live, &self.ignore_tags);
    }
    /// True when a reference is to an output of its own that follows from its name.
    pub fn foretells(&self, reference: &Reference) -> bool {
        reference.address == self.address && self.kind.about.foretold.contains(&reference.output.as_str())
    }
}

/// A node was renamed in the file: whatever has the address `from`, or lies below it, keeps its resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub from: String,
    pub to: String,
}

impl Moved {
    /// Returns where an address stands after the rename; None for one that it does not touch.
    pub fn carries(&self, address: &Address) -> Option<Address> {
        let text = address.as_str();
        // The alarms of a service have its address in theirs: `monitoring.service.api.errors`.
        let (before, rest) = match text.strip_prefix(&self.from) {
            Some(rest) => ("", rest),
            None => text.split_once('.').and_then(|(head, tail)| Some((&text[..=head.len()], tail.strip_prefix(&self.from)?)))?,
        };
        (rest.is_empty() || rest.starts_with('.')).then(|| Address::parse(&format!("{before}{}{rest}", self.to)).ok())?
    }
    /// Returns the address that a resource bore before the rename which has this one now.
    pub fn back(&self, address: &Address) -> Option<Address> {
        Moved { from: self.to.clone(), to: self.from.clone() }.carries(address)
    }
}

/// An existing resource that a node takes over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopt {
    pub address: Address,
    pub id: String,
}

/// A problem and the node that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub address: Address,
    pub problem: Problem,
    /// A field of another node that is at fault as much, and is shown where the file says that one alone.
    pub or: Option<Box<(Address, String)>>,
}

impl Finding {
    pub fn new(address: Address, problem: Problem) -> Self {
        Finding { address, problem, or: None }
    }
    /// Names a field of another node that is at fault as much as the first one.
    pub fn or(mut self, other: &Address, field: impl Into<String>) -> Self {
        self.or = Some(Box::new((other.clone(), field.into())));
        self
    }
    /// Adds a remedy, for a person.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.problem = self.problem.help(help);
        self
    }
    /// Adds a fix that mends it for certain: this value in that field.
    pub fn set(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.problem = self.problem.fix(Fix::Set { field: field.into(), value: value.into() });
        self
    }
    /// Adds a fix that mends it for certain: that field taken out.
    pub fn remove(mut self, field: impl Into<String>) -> Self {
        self.problem = self.problem.fix(Fix::Remove { field: field.into() });
        self
    }
}

/// The outputs of modules, by module (`service.api`) and name (`url`). In a graph or plan a value may still hold references
/// to outputs of nodes.
pub type Outputs = BTreeMap<String, BTreeMap<String, String>>;

#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: BTreeMap<Address, Node>,
    /// The addresses in the plain order of their texts, in which all that lie below one stand together.
    by_text: BTreeMap<String, Address>,
    pub moved: Vec<Moved>,
    pub adopt: Vec<Adopt>,
    /// The answers of its modules, in terms of nodes.
    pub outputs: Outputs,
}

impl Graph {
    /// Adds a node; hands it back if the address is taken.
    pub fn add(&mut self, node: Node) -> Result<(), Box<Node>> {
        match self.nodes.entry(node.address.clone()) {
            std::collections::btree_map::Entry::Occupied(_) => Err(Box::new(node)),
            std::collections::btree_map::Entry::Vacant(place) => {
                self.by_text.insert(node.address.to_string(), node.address.clone());
                place.insert(node);
                Ok(())
            }
        }
    }
    pub fn get(&self, address: &Address) -> Option<&Node> {
        self.nodes.get(address)
    }
    pub fn get_mut(&mut self, address: &Address) -> Option<&mut Node> {
        self.nodes.get_mut(address)
    }
    /// Returns its nodes, in order of address.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = &Node> {
        self.nodes.values()
    }
    /// Returns the node of an address, and all whose addresses lie below it.
    pub fn below(&self, address: &str) -> impl Iterator<Item = &Node> {
        let prefix = format!("{address}.");
        let from = (Bound::Included(prefix.as_str()), Bound::Unbounded);
        let deeper = self.by_text.range::<str, _>(from).take_while(move |(text, _)| text.starts_with(&prefix));
        self.by_text.get_key_value(address).into_iter().chain(deeper).filter_map(|(_, address)| self.nodes.get(address))
    }
    pub fn len(&self) -> usize {
        self.nodes.len()
    }
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }
    /// Everything wrong with it as a whole: references to nothing, cycles, and what each kind's `validate` finds.
    pub fn check(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for node in self.nodes.values() {
            for (field, reference) in &node.links {
                if let Some(problem) = self.check_reference(field, reference) {
                    findings.push(Finding::new(node.address.clone(), problem));
                }
            }
            findings.extend(node.problems().into_iter().map(|problem| Finding::new(node.address.clone(), problem)));
        }
        if let Err(cycle) = self.links() {
            let path = cycle.iter().map(Address::as_str).collect::<Vec<_>>().join(" → ");
            let problem =
                Problem::new("", format!("refers to itself: {path}")).help("break the circle: one of these must not name the next");
            let problem = problem.of(codes::REFERENCE_CIRCLE.id);
            findings.extend(cycle.first().map(|first| Finding::new(first.clone(), problem)));
        }
        findings
    }
    fn check_reference(&self, field: &Field, reference: &Reference) -> Option<Problem> {
        let Some(target) = self.nodes.get(&reference.address) else {
            let problem = Problem::new(field.name, format!("`{}` names no resource of this stack", reference.address));
            let problem = problem.of(codes::REFERS_TO_NOTHING.id);
            let near = nearest(reference.address.as_str(), self.nodes.keys().map(Address::as_str));
            return Some(match near {
                Some(near) => problem.help(format!("there is `{near}`")),
                None => problem.help("`trueup synth` lists every address"),
            });
        };
        let outputs = target.kind.about.outputs;
        (!outputs.contains(&reference.output.as_str())).then(|| {
            Problem::new(field.name, format!("`{}` has no output `{}`", reference.address, reference.output))
                .help(format!("it has {}", outputs.join(", ")))
                .of(codes::NO_OUTPUT.id)
        })
    }
    /// The graph by index, or the addresses of one cycle.
    pub fn links(&self) -> Result<Links<'_>, Vec<Address>> {
        Links::new(self)
    }
}

/// The graph in numbers: nodes in order of address, what each needs, and an order that respects it.
///
/// A reference in a late field is an ordinary edge unless it closes a circle; only then is it left to a second step.
pub struct Links<'a> {
    pub nodes: Vec<&'a Node>,
    /// Needed before it can be made or changed, without duplicates.
    pub needs: Vec<Vec<usize>>,
    /// Needed by late fields that close a circle.
    pub late: Vec<Vec<usize>>,
    /// Every index once, needed ones first.
    pub order: Vec<usize>,
    index: HashMap<&'a Address, usize>,
}

impl<'a> Links<'a> {
    fn new(graph: &'a Graph) -> Result<Self, Vec<Address>> {
        let nodes = graph.nodes.values().collect::<Vec<_>>();
        let index = nodes.iter().enumerate().map(|(at, node)| (&node.address, at)).collect::<HashMap<_, _>>();
        let (mut needs, mut soft) = (vec![Vec::new(); nodes.len()], vec![Vec::new(); nodes.len()]);
        for (at, node) in nodes.iter().enumerate() {
            for (field, link) in &node.links {
                if let Some(target) = index.get(&link.address).filter(|_| !node.foretells(link)) {
                    if field.late { &mut soft[at] } else { &mut needs[at] }.push(*target);
                }
            }
        }
        let all = needs.iter().zip(&soft).map(|(hard, soft)| hard.iter().chain(soft).copied().collect::<Vec<_>>()).collect::<Vec<_>>();
        let circle = super::order::components(&all);
        let mut late = vec![Vec::new(); nodes.len()];
        for (at, targets) in soft.into_iter().enumerate() {
            for target in targets {
                if circle[at] == circle[target] { &mut late[at] } else { &mut needs[at] }.push(target);
            }
        }
        for list in needs.iter_mut().chain(&mut late) {
            list.sort_unstable();
            list.dedup();
        }
        // The late fields that close a circle are set apart by now, so one that is left is of other fields.
        let order =
            super::order::sort(&needs).map_err(|cycle| cycle.into_iter().map(|at| nodes[at].address.clone()).collect::<Vec<_>>())?;
        Ok(Links { nodes, needs, late, order, index })
    }
    /// The index of an address.
    pub fn at(&self, address: &Address) -> Option<usize> {
        self.index.get(address).copied()
    }
    /// Returns for each node the digest of all that is create-only in it, and in what it refers to: another digest, another resource.
    pub fn generations(&self) -> Vec<String> {
        let mut generations = vec![String::new(); self.nodes.len()];
        let mut fixed = String::new();
        for &at in &self.order {
            let node = self.nodes[at];
            let lookup = |reference: &Reference| {
                let target = self.at(&reference.address)?;
                Some(format!("{}@{}.{}", reference.address, generations[target], reference.output))
            };
            fixed.clear();
            for field in node.kind.fields.iter().filter(|field| field.fixes()) {
                let unsaid = |value: &Value| field.compare == Compare::IfSaid && value.is_null();
                let Some(value) = node.spec.get(field.name).filter(|value| !unsaid(value)) else { continue };
                let linked = node.links.iter().any(|(own, _)| own.name == field.name);
                let value = if linked { Cow::Owned(reference::resolve(value, &lookup)) } else { Cow::Borrowed(value) };
                // Writing into a string cannot fail.
                let _ = writeln!(fixed, "{}={value}", field.name);
            }
            generations[at] = digest(&[node.kind.name, &fixed], 10);
        }
        generations
    }
}
