//! A stack for one environment: its settings, its modules, and what it declares directly.
//!
//! It comes from a file (`file::parse`), or is built in code:
//!
//! ```
//! use trueup::core::stack::Stack;
//! use trueup::modules::{network::Network, service::Service};
//!
//! let stack = Stack::new("hello", "production", "us-east-1")
//!     .add(Network::default())
//!     .add_named("api", Service { image: Some("nginx:1.29".into()), port: Some(80), ..Service::default() });
//! let graph = stack.expand().expect("a valid stack");
//! assert!(graph.len() > 10);
//! ```

use super::diagnostic::{self, Diagnostic};
use super::expand;
use super::graph::Graph;
use super::input::Input;
use super::kind::{self, Kind, to_value};
use super::module::{Module, ModuleRow, Part, Site};
use super::reference::{self, Piece};
use super::rule::{Accept, Rule};
use super::settings::Settings;
use super::source::{Path, Source};
use super::usage::{Amount, Usage};
use serde_json::{Map, Value};

#[derive(Debug, Clone)]
pub struct Stack {
    pub settings: Settings,
    pub env: String,
    pub(super) parts: Vec<Part>,
    pub(super) resources: Vec<Resource>,
    pub(super) overrides: Vec<Override>,
    pub(super) moved: Vec<(String, String)>,
    pub(super) adopt: Vec<(String, String)>,
    pub(super) accepted: Vec<Accept>,
    /// What goes through its modules and is kept in them.
    pub usage: Usage,
    /// The texts it comes from, and the tree they make; empty for a stack that was built in code.
    pub sources: Vec<Source>,
    pub(super) input: Option<Input>,
    /// Modules that the file names but that are off or did not pass: references to them are not reported twice.
    pub(super) absent: Vec<Absent>,
    /// Tables that did not pass: what they refer to is still checked.
    pub(super) broken: Vec<(Path, Input)>,
}

/// A resource that the file declares by its own kind.
#[derive(Debug, Clone)]
pub struct Resource {
    pub address: String,
    pub kind: &'static kind::Row,
    pub spec: Value,
    pub protect: bool,
    pub retain: bool,
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Absent {
    /// `enabled = false`.
    Off(String),
    /// It has problems of its own.
    Broken(String),
}

/// A stack that cannot be used, and everything that is wrong with it.
#[derive(Debug, Clone)]
pub struct Rejected {
    pub sources: Vec<Source>,
    pub diagnostics: Vec<Diagnostic>,
}

impl Rejected {
    /// The text that a person reads.
    pub fn render(&self, colour: bool) -> String {
        diagnostic::render(&self.diagnostics, &self.sources, colour)
    }
    pub fn to_json(&self) -> Value {
        diagnostic::to_json(&self.diagnostics, &self.sources)
    }
}

impl Stack {
    pub fn new(name: impl Into<String>, env: impl Into<String>, region: impl Into<String>) -> Self {
        Stack {
            settings: Settings { name: name.into(), region: region.into(), ..Settings::default() },
            env: env.into(),
            parts: Vec::new(),
            resources: Vec::new(),
            overrides: Vec::new(),
            moved: Vec::new(),
            adopt: Vec::new(),
            accepted: Vec::new(),
            usage: Usage::default(),
            sources: Vec::new(),
            input: None,
            absent: Vec::new(),
            broken: Vec::new(),
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
        self.parts.push(Part { row, name, value: to_value(&module), path, input: None });
        self
    }
    /// Adds a resource by its kind: `[resource.NAME]`.
    pub fn add_resource<K: Kind>(mut self, name: &str, spec: K::Spec) -> Self {
        let (kind, path) = (const { &kind::Row::of::<K>() }, Path::new(["resource", name]));
        let (address, spec) = (format!("resource.{name}"), to_value(&spec));
        self.resources.push(Resource { address, kind, spec, protect: kind.about.stateful, retain: false, path, input: None });
        self
    }
    /// Sets fields of a node that a module makes.
    pub fn override_fields(mut self, address: &str, fields: Map<String, Value>) -> Self {
        let path = Path::new(["override", address]);
        self.overrides.push(Override { address: address.to_owned(), fields, path, input: None });
        self
    }

    /// Says how much of something a module or node uses in a month: `("service.api", "log_gb", Amount::Number(5.0))`.
    pub fn uses(mut self, label: &str, measure: &str, amount: Amount) -> Self {
        self.usage.tables.entry(label.to_owned()).or_default().insert(measure.to_owned(), amount);
        self
    }

    /// Every node that it wants.
    pub fn expand(&self) -> Result<Graph, Rejected> {
        let (graph, diagnostics) = expand::survey(self);
        if diagnostics.iter().any(Diagnostic::is_error) { Err(self.rejected(diagnostics)) } else { Ok(graph) }
    }
    /// Everything to say about it: errors and warnings.
    pub fn check(&self) -> Vec<Diagnostic> {
        let (_, diagnostics) = expand::survey(self);
        self.rejected(diagnostics).diagnostics
    }

    /// What rules over the whole graph find, less the warnings that are accepted.
    pub fn judge(&self, graph: &Graph, rules: &[Rule]) -> Vec<Diagnostic> {
        self.rejected(expand::judge(self, graph, rules)).diagnostics
    }
    /// Accepts the warnings of a rule, at one node or all below an address; everywhere if that is empty.
    pub fn accept(mut self, rule: &str, address: &str) -> Self {
        self.accepted.push(Accept { rule: rule.to_owned(), address: address.to_owned() });
        self
    }

    /// Every instance of a module, by name.
    pub fn all<M: Module>(&self) -> Vec<(&str, M)> {
        let found = self.parts.iter().filter(|part| part.row.section == M::SECTION);
        found.filter_map(|part| Some((part.name.as_str(), kind::from_value::<M>(&part.value).ok()?))).collect()
    }
    pub fn get<M: Module>(&self, name: &str) -> Option<M> {
        let part = self.part(M::SECTION, name)?;
        kind::from_value(&part.value).ok()
    }
    pub fn part(&self, section: &str, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.row.section == section && part.name == name)
    }
    /// Whether a module is in the file but off, or has problems of its own.
    pub(super) fn is_absent(&self, section: &str, name: &str) -> bool {
        self.absent.iter().any(|absent| match absent {
            Absent::Off(label) | Absent::Broken(label) => label.split_once('.').unwrap_or((label, "")) == (section, name),
        })
    }
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }
    /// The names in `section` of whatever mentions an output of the module `label`, or says that it needs it.
    pub fn users(&self, section: &str, label: &str) -> Vec<&str> {
        let mentions = |part: &&Part| {
            let mut found = false;
            reference::visit(&part.value, &mut |link| {
                let address = link.address.as_str();
                found |= address.strip_prefix(label).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            });
            let needs = part.value.get("needs").and_then(Value::as_array);
            found || needs.is_some_and(|needs| needs.iter().any(|need| need == label))
        };
        self.parts.iter().filter(|part| part.row.section == section).filter(mentions).map(|part| part.name.as_str()).collect()
    }

    pub(super) fn rejected(&self, mut diagnostics: Vec<Diagnostic>) -> Rejected {
        if let Some(input) = &self.input {
            for one in diagnostics.iter_mut().filter(|one| one.span.is_none() && !one.path.is_empty()) {
                one.span = Some(input.locate(&one.path));
            }
        }
        diagnostic::sort(&mut diagnostics);
        Rejected { sources: self.sources.clone(), diagnostics }
    }
    /// Outputs of modules (`${database.main.host}`) replaced by outputs of the nodes behind them.
    pub(super) fn lower(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if text.contains("${") => self.lower_text(text).map_or_else(|| value.clone(), Value::String),
            Value::Array(items) => items.iter().map(|item| self.lower(item)).collect(),
            Value::Object(map) => Value::Object(map.iter().map(|(key, item)| (key.clone(), self.lower(item))).collect()),
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }
    fn lower_text(&self, text: &str) -> Option<String> {
        let pieces = reference::pieces(text);
        let answer = |piece: &Piece<'_>| match piece {
            Piece::Reference(link) => self.module_output(link.address.as_str(), &link.output),
            Piece::Text(_) => None,
        };
        pieces.iter().any(|piece| answer(piece).is_some()).then(|| {
            let text = |piece: &Piece<'_>| match piece {
                Piece::Text(text) => text.replace("${", "$${"),
                Piece::Reference(link) => answer(piece).unwrap_or_else(|| link.address.output(&link.output)),
            };
            pieces.iter().map(text).collect()
        })
    }
    /// What an output of a module stands for, if there is such a module and output.
    pub fn module_output(&self, label: &str, output: &str) -> Option<String> {
        let part = self.parts.iter().find(|part| part.row.named && part.label() == label)?;
        (part.row.output)(&part.value, &Site { stack: self, part }, output)
    }
    /// The stack's own tags, below those that the spec brings; EC2's things have no name but a tag.
    pub(super) fn tagged(&self, address: &str, row: &kind::Row, mut spec: Value) -> Value {
        if row.field("tags").is_none() {
            return spec;
        }
        let own = spec.get("tags").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut tags = self.settings.tags.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect::<Map<_, _>>();
        if row.name.starts_with("ec2.") {
            tags.insert("Name".into(), format!("{}-{}-{}", self.settings.name, self.env, address.replace('.', "-")).into());
        }
        tags.extend(own);
        if let Some(spec) = spec.as_object_mut() {
            spec.insert("tags".into(), tags.into());
        }
        spec
    }
}
