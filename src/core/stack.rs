//! A stack for one environment, as data: its settings, its modules, and what it declares directly.
//!
//! It comes from a file (`file::parse`), or is built in code; `expand` makes its graph:
//!
//! ```
//! use trueup::core::expand::expand;
//! use trueup::core::stack::Stack;
//! use trueup::modules::{network::Network, service::Service};
//!
//! let stack = Stack::new("hello", "production", "us-east-1")
//!     .add(Network::default())
//!     .add_named("api", Service { image: Some("nginx:1.29".into()), port: Some(80), ..Service::default() });
//! let graph = expand(&stack).expect("a valid stack");
//! assert!(graph.len() > 10);
//! ```

use super::applied::Back;
use super::checks::Checks;
use super::identity::Scope;
use super::input::Input;
use super::kind::{self, Kind, to_value};
use super::module::{Absent, Module, ModuleRow, Part, Site, label, users};
use super::named::Named;
use super::rule::Accept;
use super::settings::Settings;
use super::source::{Path, Source};
use super::usage::Usage;
use foldhash::HashMap;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Everything that one environment wants, as it was written.
#[derive(Debug, Clone)]
pub struct Stack {
    pub settings: Settings,
    pub env: String,
    /// Its modules.
    pub parts: Named<Part>,
    pub resources: Vec<Resource>,
    pub overrides: Named<Override>,
    /// Renamed nodes or modules: the old address, or the start of several, and the new one.
    pub moved: Vec<(String, String)>,
    /// Existing resources to take over: the node's address, and the id that AWS knows the resource by.
    pub adopt: Vec<(String, String)>,
    /// Warnings that somebody has looked at and means to live with.
    pub accepted: Vec<Accept>,
    /// The weight of its warnings.
    pub checks: Checks,
    /// The usage that costs depend on: how much goes through its modules and is kept in them.
    pub usage: Usage,
    /// The texts it comes from, and the tree they make; empty for a stack that was built in code.
    pub sources: Vec<Source>,
    /// The apply whose file it is, where it is not the file of today.
    pub back: Option<Back>,
    pub(super) input: Option<Input>,
    /// The modules that its file could have; none for a stack that was built in code.
    pub(super) modules: &'static [ModuleRow],
    /// Modules and resources that the file names but that are off or did not pass: references to them are not reported twice.
    pub(super) absent: BTreeMap<String, Absent>,
    /// By label of a module, the places of its users, once they were asked for.
    pub(super) users: OnceLock<HashMap<String, Vec<usize>>>,
    /// Tables that did not pass: what they refer to is still checked.
    pub(super) broken: Vec<(Path, Input)>,
    /// The places in them at which a stand-in is: nothing more is said of these.
    pub(super) mended: BTreeSet<Path>,
}

/// A resource that the file declares by its own kind.
#[derive(Debug, Clone)]
pub struct Resource {
    pub address: String,
    pub kind: &'static kind::Row,
    pub spec: Value,
    pub protect: bool,
    pub retain: bool,
    /// Members of its spec that others set.
    pub ignore: Vec<String>,
    pub(super) path: Path,
    pub(super) input: Option<Input>,
}

/// Fields of a node that a module made, set from outside.
#[derive(Debug, Clone)]
pub struct Override {
    pub address: String,
    pub fields: Map<String, Value>,
    pub(super) path: Path,
    pub(super) input: Option<Input>,
}

impl Stack {
    pub fn new(name: impl Into<String>, env: impl Into<String>, region: impl Into<String>) -> Self {
        Stack {
            settings: Settings { name: name.into(), region: region.into(), ..Settings::default() },
            env: env.into(),
            parts: Named::default(),
            resources: Vec::new(),
            overrides: Named::default(),
            moved: Vec::new(),
            adopt: Vec::new(),
            accepted: Vec::new(),
            checks: Checks::default(),
            usage: Usage::default(),
            sources: Vec::new(),
            back: None,
            input: None,
            modules: &[],
            absent: BTreeMap::new(),
            users: OnceLock::new(),
            broken: Vec::new(),
            mended: BTreeSet::new(),
        }
    }
    /// Adds a module of which there is one.
    #[allow(clippy::should_implement_trait)]
    pub fn add<M: Module>(self, module: M) -> Self {
        self.add_named("", module)
    }
    /// Adds a module by its name: `[database.main]`.
    pub fn add_named<M: Module>(mut self, name: impl Into<String>, module: M) -> Self {
        let row = const { &ModuleRow::of::<M>() };
        let name = name.into();
        let path = Path::new([row.section.to_owned(), name.clone()].into_iter().filter(|part| !part.is_empty()));
        self.add_part(Part::new(row, name, to_value(&module), path));
        self
    }
    /// Adds a resource by its kind: `[resource.NAME]`.
    pub fn add_resource<K: Kind>(mut self, name: &str, spec: K::Spec) -> Self {
        let (kind, path) = (const { &kind::Row::of::<K>() }, Path::new(["resource", name]));
        let (address, spec) = (format!("resource.{name}"), to_value(&spec));
        self.resources.push(Resource {
            address,
            kind,
            spec,
            protect: kind.about.stateful,
            retain: false,
            ignore: Vec::new(),
            path,
            input: None,
        });
        self
    }
    /// Sets fields of a node that a module makes.
    pub fn override_fields(mut self, address: &str, fields: Map<String, Value>) -> Self {
        let path = Path::new(["override", address]);
        self.add_override(Override { address: address.to_owned(), fields, path, input: None });
        self
    }

    /// Returns whose the stack is; `account` stands in where the file names none.
    pub fn scope(&self, account: &str) -> Scope {
        let Settings { name, region, account: own, .. } = &self.settings;
        let account = own.as_deref().unwrap_or(account).to_owned();
        Scope { stack: name.clone(), env: self.env.clone(), account, region: region.clone() }
    }
    /// Returns one of its modules in its place.
    pub(super) fn site<'a>(&'a self, part: &'a Part) -> Site<'a> {
        let Stack { settings, env, parts, absent, .. } = self;
        Site { settings, env, parts, absent, users: self.users.get_or_init(|| users(parts)), part }
    }
    pub(super) fn add_part(&mut self, part: Part) {
        self.users = OnceLock::new();
        self.parts.push(part.label(), part);
    }
    pub(super) fn add_override(&mut self, over: Override) {
        self.overrides.push(over.address.clone(), over);
    }
    /// Returns the labels of its named modules, which are what most references mean.
    pub(super) fn labels(&self) -> impl Iterator<Item = String> {
        self.parts.iter().filter(|part| part.row.named).map(Part::label)
    }
    /// True when the file names a module or resource that is off or has problems of its own.
    pub(super) fn is_absent(&self, section: &str, name: &str) -> bool {
        self.absent.contains_key(&label(section, name))
    }
}
