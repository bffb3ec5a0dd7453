//! Modules of the stack file: each is a typed table that expands into nodes.

use super::code::Code;
use super::diagnostic::Diagnostic;
use super::input::Input;
use super::kind::{self, Kind, OnChange, to_value};
use super::named::Named;
use super::problem::Problem;
use super::reference;
use super::rollout::policy::Policy;
use super::settings::Settings;
use super::source::Path;
use foldhash::HashMap;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A typed table of the stack file, such as `[database.main]`. Its fields are its keys; serde and schemars give each its
/// type, its default and its documentation.
///
/// A module decides from its own keys and from its [`Site`] alone, and the same ones give the same nodes. It never looks at
/// nodes: what it needs of another module it reads from that module's keys, or names by a reference, which is also all the
/// ordering there is.
pub trait Module: Serialize + DeserializeOwned + JsonSchema + Clone + 'static {
    /// The table's name.
    const SECTION: &'static str;
    /// True when there are several, each with its name: `[database.NAME]`.
    const NAMED: bool;
    /// The outputs that `${database.main.host}` may name, each with one short sentence for the guide.
    const OUTPUTS: &'static [(&'static str, &'static str)] = &[];
    /// Those of its outputs that a person looks for first.
    const HEADLINES: &'static [&'static str] = &[];
    /// Pairs of a field of its nodes and the key that decides over it, so that a problem with the field is shown at the key. A
    /// field with `=` behind it is meant as a whole: what lies in it is another key's business as well.
    const KEYS: &'static [(&'static str, &'static str)] = &[];
    /// Keys whose references only say what Trueup looks at: whatever they name is not used by the module.
    const WATCHES: &'static [&'static str] = &[];
    /// Returns what an output stands for, in terms of nodes: a text, mostly with references. `None` if this instance has none
    /// of that name, which is an error for whoever refers to it.
    fn output(&self, _site: &Site<'_>, _output: &str) -> Option<String> {
        None
    }
    /// Finds what no type can say: ranges, combinations, other modules it needs. It gathers all of it, and is silent about a
    /// module that is absent with problems of its own.
    fn check(&self, _site: &Site<'_>) -> Vec<Diagnostic> {
        Vec::new()
    }
    /// Adds its nodes, every managed field of each with a value. It runs even if `check` has found errors, and then adds what
    /// it can.
    fn expand(&self, nodes: &mut Nodes<'_>);
}

/// A module with its type erased into plain function pointers.
#[derive(Debug)]
pub struct ModuleRow {
    pub section: &'static str,
    pub named: bool,
    pub outputs: &'static [(&'static str, &'static str)],
    pub headlines: &'static [&'static str],
    pub keys: &'static [(&'static str, &'static str)],
    pub watches: &'static [&'static str],
    pub schema: fn() -> Value,
    pub read: fn(&Value) -> Result<(), Problem>,
    pub output: fn(&Value, &Site<'_>, &str) -> Option<String>,
    pub check: fn(&Value, &Site<'_>) -> Vec<Diagnostic>,
    pub expand: fn(&Value, &mut Nodes<'_>),
}

impl ModuleRow {
    pub const fn of<M: Module>() -> ModuleRow {
        ModuleRow {
            section: M::SECTION,
            named: M::NAMED,
            outputs: M::OUTPUTS,
            headlines: M::HEADLINES,
            keys: M::KEYS,
            watches: M::WATCHES,
            schema: || schemars::schema_for!(M).to_value(),
            read: |value| kind::from_value::<M>(value).map(|_| ()),
            output: |value, site, output| kind::from_value::<M>(value).ok()?.output(site, output),
            check: |value, site| kind::from_value::<M>(value).map(|module| module.check(site)).unwrap_or_default(),
            expand: |value, nodes| {
                if let Ok(module) = kind::from_value::<M>(value) {
                    module.expand(nodes);
                }
            },
        }
    }
}

/// One module of a stack. It is made once and not changed.
#[derive(Debug, Clone)]
pub struct Part {
    pub row: &'static ModuleRow,
    /// Empty for a module of which there is one.
    pub name: String,
    pub value: Value,
    /// Keys, or members of its nodes' specs, that others set.
    pub ignore: Vec<String>,
    /// Its place in the file.
    pub path: Path,
    /// Its own tree, each value with its place; `None` when it was built in code.
    pub input: Option<Input>,
    /// The answers to all of its outputs, once they were asked for.
    pub(super) answers: OnceLock<BTreeMap<&'static str, String>>,
}

impl Part {
    /// A module without anything that others set, and that has no text.
    pub fn new(row: &'static ModuleRow, name: String, value: Value, path: Path) -> Self {
        Part { row, name, value, ignore: Vec::new(), path, input: None, answers: OnceLock::new() }
    }
    /// `database.main`, or `network`.
    pub fn label(&self) -> String {
        label(self.row.section, &self.name)
    }
}

/// The reason why a module or resource that the file names is not there to refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// `enabled = false`.
    Off,
    /// It has problems of its own.
    Broken,
}

/// Returns the label of a module: `database.main`, or `network`.
pub fn label(section: &str, name: &str) -> String {
    if name.is_empty() { section.to_owned() } else { format!("{section}.{name}") }
}

/// By label of a module, the places of those that mention an output of it, or say that they need it.
pub(super) fn users(parts: &[Part]) -> HashMap<String, Vec<usize>> {
    let mut users = HashMap::<String, Vec<usize>>::default();
    for (at, part) in parts.iter().enumerate() {
        let mut note = |label: &str| {
            let places = users.entry(label.to_owned()).or_default();
            if places.last() != Some(&at) {
                places.push(at);
            }
        };
        let used = part.value.as_object().into_iter().flatten().filter(|(key, _)| !part.row.watches.contains(&key.as_str()));
        used.for_each(|(_, value)| {
            reference::visit(value, &mut |link| {
                let address = link.address.as_str();
                address.match_indices('.').map(|(at, _)| &address[..at]).chain([address]).for_each(&mut note);
            })
        });
        let needs = part.value.get("needs").and_then(Value::as_array);
        needs.into_iter().flatten().filter_map(Value::as_str).for_each(&mut note);
    }
    users
}

/// One module in its place: all that it may know of the stack that it belongs to.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    pub settings: &'a Settings,
    pub env: &'a str,
    /// Every module of the stack, this one included.
    pub parts: &'a Named<Part>,
    pub(super) absent: &'a BTreeMap<String, Absent>,
    pub(super) users: &'a HashMap<String, Vec<usize>>,
    pub part: &'a Part,
}

impl<'a> Site<'a> {
    pub fn name(&self) -> &'a str {
        &self.part.name
    }
    /// Returns every instance of a module, by name.
    pub fn all<M: Module>(&self) -> Vec<(&'a str, M)> {
        let found = self.parts.iter().filter(|part| part.row.section == M::SECTION);
        found.filter_map(|part| Some((part.name.as_str(), kind::from_value::<M>(&part.value).ok()?))).collect()
    }
    /// Returns a module by its name, which is empty for one of which there is one.
    pub fn get<M: Module>(&self, name: &str) -> Option<M> {
        kind::from_value(&self.parts.named(&label(M::SECTION, name))?.value).ok()
    }
    /// Returns the names of all instances of a section.
    pub fn names(&self, section: &str) -> impl Iterator<Item = &'a str> {
        self.parts.iter().filter(move |part| part.row.section == section).map(|part| part.name.as_str())
    }
    /// True when there is a module of that label.
    pub fn has(&self, label: &str) -> bool {
        self.parts.named(label).is_some()
    }
    /// Returns the names in `section` of whatever mentions an output of the module `label`, or says that it needs it.
    pub fn users(&self, section: &str, label: &str) -> Vec<&'a str> {
        let users = self.users.get(label).into_iter().flatten().filter_map(|at| self.parts.get(*at));
        users.filter(|part| part.row.section == section).map(|part| part.name.as_str()).collect()
    }
    /// An output of one of this module's own nodes, whether or not it is there yet: `${service.api.task-role.arn}`.
    pub fn out(&self, node: &str, output: &str) -> String {
        format!("${{{}.{node}.{output}}}", self.part.label())
    }
    /// True when a module is in the file but off, or has problems of its own.
    pub fn is_absent(&self, section: &str, name: &str) -> bool {
        self.absent.contains_key(&label(section, name))
    }
    /// A problem with one of its keys.
    pub fn wrong(&self, code: &Code, field: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, self.part.path.field(field), message)
    }
}

/// Takes the nodes of a module.
pub struct Nodes<'a> {
    pub site: Site<'a>,
    pub(super) made: Vec<Draft>,
}

/// A node as its module wants it, with outputs of modules in it and the stack's own tags not in it yet.
pub(super) struct Draft {
    pub address: String,
    pub kind: &'static kind::Row,
    pub spec: Value,
    pub keep: Keep,
    /// Fields whose values are for a new resource only.
    pub only_for_new: Vec<&'static str>,
    /// The rules by which a new version of it takes over.
    pub rollout: Option<Box<Policy>>,
}

/// The care that is taken of a node.
#[derive(Debug, Clone, Copy, Default)]
pub struct Keep {
    pub protect: bool,
    pub retain: bool,
}

impl Nodes<'_> {
    /// Adds a node `database.main.instance`; answers its address, for references to its outputs.
    pub fn add<K: Kind>(&mut self, node: &str, spec: K::Spec) -> Made {
        self.add_kept::<K>(node, spec, Keep::default())
    }
    /// The same for what holds data.
    pub fn add_kept<K: Kind>(&mut self, node: &str, spec: K::Spec, keep: Keep) -> Made {
        let address = format!("{}.{node}", self.site.part.label());
        let row = const { &kind::Row::of::<K>() };
        self.put(&address, row, to_value(&spec), keep);
        Made(address)
    }
    /// Adds a node that several modules of a section share, by its whole address.
    pub fn add_shared<K: Kind>(&mut self, address: &str, spec: K::Spec) -> Made {
        self.put(address, const { &kind::Row::of::<K>() }, to_value(&spec), Keep::default());
        Made(address.to_owned())
    }
    /// Says that the value of a field of a node is for a new resource only, since it was made from the module's name, which may
    /// change: one that is live keeps what it has.
    pub fn only_for_new(&mut self, made: &Made, field: &'static str) {
        if let Some(draft) = self.made.iter_mut().find(|draft| draft.address == made.0) {
            draft.only_for_new.push(field);
        }
    }
    /// Says by which rules a new version of a node takes over.
    pub fn rolls_out(&mut self, made: &Made, policy: Policy) {
        if let Some(draft) = self.made.iter_mut().find(|draft| draft.address == made.0) {
            draft.rollout = Some(Box::new(policy));
        }
    }
    fn put(&mut self, address: &str, kind: &'static kind::Row, spec: Value, keep: Keep) {
        // The words with which a module describes a node are no reason to replace the resource.
        let described = kind.fields.iter().filter(|field| field.name == "description" && matches!(field.on_change, OnChange::Replace));
        let only_for_new = described.map(|field| field.name).collect();
        self.made.push(Draft { address: address.to_owned(), kind, spec, keep, only_for_new, rollout: None });
    }
}

/// The address of a node just added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made(String);

impl Made {
    /// A reference to one of its outputs.
    pub fn out(&self, output: &str) -> String {
        format!("${{{}.{output}}}", self.0)
    }
}
