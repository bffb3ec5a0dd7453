//! What a module of the stack file is: a typed table that expands into nodes.

use super::address::Address;
use super::diagnostic::Diagnostic;
use super::graph::{Graph, Node};
use super::input::Input;
use super::kind::{self, Kind, to_value};
use super::problem::Problem;
use super::source::Path;
use super::stack::Stack;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A typed table of the stack file, such as `[database.main]`.
pub trait Module: Serialize + DeserializeOwned + JsonSchema + Clone + 'static {
    /// The table's name.
    const SECTION: &'static str;
    /// Whether there are several, each with its name: `[database.NAME]`.
    const NAMED: bool;
    /// What `${database.main.host}` may name, each with one short sentence.
    const OUTPUTS: &'static [(&'static str, &'static str)] = &[];
    /// Those of its outputs that a person looks for first.
    const HEADLINES: &'static [&'static str] = &[];
    /// Which key of the module decides over a field of its nodes, so that a problem with the field is shown at the key.
    const KEYS: &'static [(&'static str, &'static str)] = &[];
    /// What an output stands for, in terms of nodes; `None` if this instance has none of that name.
    fn output(&self, _site: &Site<'_>, _output: &str) -> Option<String> {
        None
    }
    /// What no type can say: ranges, combinations, other modules it needs.
    fn check(&self, _site: &Site<'_>) -> Vec<Diagnostic> {
        Vec::new()
    }
    /// Adds its nodes, every managed field of each with a value.
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

/// One module of a stack.
#[derive(Debug, Clone)]
pub struct Part {
    pub row: &'static ModuleRow,
    /// Empty for a module of which there is one.
    pub name: String,
    pub value: Value,
    /// Where it stands in the file.
    pub path: Path,
    /// Its own tree, each value with its place; `None` when it was built in code.
    pub input: Option<Input>,
}

impl Part {
    /// `database.main`, or `network`.
    pub fn label(&self) -> String {
        if self.name.is_empty() { self.row.section.to_owned() } else { format!("{}.{}", self.row.section, self.name) }
    }
}

/// One module's place in its stack.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    pub stack: &'a Stack,
    pub part: &'a Part,
}

impl<'a> Site<'a> {
    pub fn name(&self) -> &'a str {
        &self.part.name
    }
    /// An output of one of this module's own nodes, whether or not it is there yet: `${service.api.task-role.arn}`.
    pub fn out(&self, node: &str, output: &str) -> String {
        format!("${{{}.{node}.{output}}}", self.part.label())
    }
    /// Whether a module is in the file but off, or has problems of its own.
    pub fn is_absent(&self, section: &str, name: &str) -> bool {
        self.stack.is_absent(section, name)
    }
    /// A problem with one of its keys.
    pub fn wrong(&self, code: &'static str, field: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.part.path.field(field), message)
    }
}

/// Where a module puts its nodes.
pub struct Nodes<'a> {
    pub site: Site<'a>,
    pub(super) graph: &'a mut Graph,
    pub(super) found: &'a mut Vec<Diagnostic>,
}

/// How careful to be with a node.
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
    fn put(&mut self, address: &str, row: &'static kind::Row, spec: Value, keep: Keep) {
        let path = &self.site.part.path;
        let spec = self.site.stack.lower(&self.site.stack.tagged(address, row, spec));
        let origin = path.to_string();
        let made = Address::parse(address)
            .map_err(|bad| Problem::new("", bad.to_string()))
            .and_then(|address| Node::new(address, row, &spec, origin));
        match made {
            Err(problem) => self.found.push(Diagnostic::of("MOD000", path, problem)),
            Ok(mut node) => {
                (node.protect, node.retain) = (keep.protect, keep.retain);
                if self.graph.add(node).is_err() {
                    let message = format!("two nodes would have the address `{address}`");
                    self.found.push(Diagnostic::error("NAME002", path.clone(), message).help("give one of the two another name"));
                }
            }
        }
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
