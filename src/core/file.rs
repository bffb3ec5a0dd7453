//! A stack file, an environment and `--set` arguments as a `Stack`, or everything that is wrong with them.

use super::checks::{self, Checks};
use super::code::{Code, Level};
use super::codes::{self, CODES};
use super::diagnostic::{Diagnostic, Rejected};
use super::expand;
use super::for_each::{Instance, ROOM, instances};
use super::input::{self, Entry, Input, Shape, Table};
use super::kind;
use super::kind_names;
use super::mend::{self, Way};
use super::module::{self, Absent, ModuleRow, Part};
use super::readiness::check::Check;
use super::rule::{self, Accept, Rule};
use super::schema;
use super::set::{self, Own};
use super::settings::{Settings, check_name};
use super::source::{Path, Source, Span};
use super::stack::{Override, Resource, Stack};
use super::suggest::nearest;
use super::usage;
use super::words;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// The names that a file may use: the modules, the kinds and the rules.
#[derive(Debug, Clone, Copy)]
pub struct Catalog {
    pub modules: &'static [ModuleRow],
    pub kind: fn(&str) -> Option<&'static kind::Row>,
    pub kinds: fn() -> Vec<&'static str>,
    pub rules: &'static [Rule],
    /// The checks that an assessment of readiness asks.
    pub readiness: &'static [Check],
    /// The codes of what modules find.
    pub codes: &'static [&'static Code],
}

impl Catalog {
    /// The registry: every code there is, each once, by who finds it: the core, the modules, the kinds, the rules, readiness.
    pub fn all_codes(&self) -> impl Iterator<Item = Code> {
        let own = CODES.iter().chain(self.codes).map(|code| **code);
        let kinds = (self.kinds)().into_iter().filter_map(self.kind).flat_map(|row| (row.codes)());
        own.chain(kinds).chain(self.rules.iter().map(|rule| rule.code)).chain(self.readiness.iter().map(|check| check.code))
    }
}

/// The environment of a file that has no `[env.NAME]` and of a command that names none.
pub const DEFAULT_ENV: &str = "default";

/// `[[moved]]`: a node, or all nodes below a module, renamed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MovedEntry {
    /// The old address, or the start of several.
    pub from: String,
    /// The new one.
    pub to: String,
}

/// `[[adopt]]`: a resource that exists already, taken over by a node.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AdoptEntry {
    /// The node's address.
    pub address: String,
    /// The id that AWS knows the resource by.
    pub id: String,
}

/// `[[accept]]`: a warning that somebody has looked at and means to live with.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptEntry {
    /// The rule's code.
    pub rule: String,
    /// A node's address, or the start of several; left out, all of them.
    #[serde(default)]
    pub address: String,
    /// The last day on which it is accepted, such as "2027-01-31"; left out, for good. From the next day on it is an error.
    #[serde(default)]
    pub until: Option<String>,
    /// The reason why that is right, for whoever reads the file next.
    pub because: String,
}

/// The bytes of a file as a source, if they can be a stack file at all.
pub fn decode(name: &str, bytes: Vec<u8>) -> Result<Source, Rejected> {
    input::decode(name, bytes).map_err(|wrong| Rejected { sources: Vec::new(), diagnostics: vec![*wrong] })
}

/// The environments that a file has overlays for, in its own order.
pub fn environments(file: &Source) -> Vec<String> {
    let (input, _) = input::parse(file, 0);
    let mut overlays = input.get("env").and_then(Input::table).map(|table| table.iter().collect::<Vec<_>>()).unwrap_or_default();
    overlays.sort_by_key(|(_, entry)| entry.key);
    let overlays = overlays.into_iter().filter(|(_, entry)| entry.input.table().is_some());
    overlays.take(MOST_ENVIRONMENTS).map(|(name, _)| name.clone()).collect()
}

/// Parses a file for one environment. The error holds all diagnostics at once, also those that only its expansion shows.
///
/// `sets` reach only what the file has; `edits`, of a question what it would be like, may add to it.
pub fn parse(catalog: &Catalog, file: Source, env: Option<&str>, sets: &[String], edits: &[String]) -> Result<Stack, Rejected> {
    parse_beside(catalog, file, env, sets, edits, true)
}

/// Does the same, and looks through the other environments as well, if `others` says so.
fn parse_beside(
    catalog: &Catalog,
    file: Source,
    env: Option<&str>,
    sets: &[String],
    edits: &[String],
    others: bool,
) -> Result<Stack, Rejected> {
    let named = |option: &'static str, texts: &[String]| {
        let source = |(at, text): (usize, &String)| Source::new(format!("{option} argument {}", at + 1), text.as_str());
        texts.iter().enumerate().map(source).collect::<Vec<_>>()
    };
    let sources = [vec![file], named("--set", sets), named("--what-if", edits)].concat();
    let first_edit = sets.len() + 1;
    let mut stack = Stack::new("", env.unwrap_or(DEFAULT_ENV), "");
    stack.sources = sources;
    let (mut base, mut found) = input::parse(&stack.sources[0], 0);
    let mut overrides = Vec::new();
    for (id, source) in stack.sources.iter().enumerate().skip(1) {
        match input::parse_set(source, id) {
            Ok(set) => overrides.push((set, id >= first_edit)),
            Err(wrong) => found.push(*wrong),
        }
    }
    let in_the_way = [codes::SYNTAX.id, codes::BAD_SET.id];
    if found.iter().any(|one| in_the_way.contains(&one.code)) {
        return Err(expand::rejected(&stack, found));
    }
    // They were said: what a value is not is not said again.
    let unfit = found.iter().filter_map(|one| one.span).collect::<BTreeSet<_>>();
    let overlays = take_overlays(&mut base, &mut found);
    if let Some(wrong) = choose(&overlays, env) {
        found.push(wrong);
    }
    found.extend(misnamed(&overlays, env));
    // Every resource would have it in its name.
    if env.is_some_and(|env| env.len() > LONGEST_NAME) {
        return Err(expand::rejected(&stack, found));
    }
    // The other environments are looked through as well; what they leave out may come from elsewhere.
    for (name, entry) in overlays.iter().filter(|(name, _)| others && Some(name.as_str()) != env) {
        let mut other = base.clone();
        other.merge(entry.input.clone());
        let other_stack = Stack { sources: stack.sources.clone(), ..Stack::new("", name.as_str(), "") };
        let mut reader = Reader::new(catalog, true, Vec::new(), other_stack);
        reader.file(&other);
        found.extend(reader.found.into_iter().filter(|one| one.span.is_some()));
    }
    if let Some(entry) = env.and_then(|env| overlays.get(env)) {
        base.merge(entry.input.clone());
    }
    // Without an environment it is not known what the file has.
    let chosen = found.is_empty() || overlays.is_empty();
    let mut own = Vec::new();
    for (set, may_add) in overrides {
        let (instances, wrong) = set::lay_over(catalog.modules, &mut base, set, may_add);
        own.extend(instances);
        found.extend(wrong.into_iter().filter(|_| chosen));
    }
    let read = |way| {
        let mut reader = Reader { own: own.clone(), way, ..Reader::new(catalog, false, Vec::new(), stack.clone()) };
        reader.file(&base);
        (Stack { input: Some(base.clone()), ..reader.stack }, reader.found)
    };
    let (stack, wrong) = read(Way::Low);
    found.extend(wrong);
    if found.is_empty() {
        return Ok(stack);
    }
    found.extend(expand::found_in_both([&stack, &read(Way::High).0], catalog.rules));
    let said = |one: &Diagnostic| [codes::NO_SUCH_NUMBER.id, codes::DATE.id].contains(&one.code);
    let mut rejected = expand::rejected(&stack, found);
    rejected.diagnostics.retain(|one| said(one) || !one.span.is_some_and(|span| unfit.contains(&span)));
    Err(rejected)
}

/// The most environments of a file: each is made whole.
const MOST_ENVIRONMENTS: usize = 100;

/// The most names that `ignore` takes: no table has as many members.
const MOST_IGNORED: usize = 100;

/// No name of anything is longer in bytes, whatever else is wrong with it.
const LONGEST_NAME: usize = 200;

/// Lays a file of `[usage]` over what a stack's own says. A file that the stack cannot have is rejected as a whole.
pub fn add_usage(catalog: &Catalog, mut stack: Stack, file: Source) -> Result<Stack, Rejected> {
    let id = stack.sources.len();
    let (input, mut found) = input::parse(&file, id);
    stack.sources.push(file);
    for (section, entry) in input.table().into_iter().flatten().filter(|(section, _)| *section != "usage") {
        let one = Diagnostic::new(&codes::NOT_USAGE, Path::new([section]), format!("`{section}` does not belong in a file of usage"))
            .at(entry.key);
        found.push(one.help("write `[usage.\"service.api\"]`, as in a stack file"));
    }
    let mut whole = stack.input.take().unwrap_or(Input { span: Span::default(), shape: Shape::Table(Table::new()) });
    whole.merge(input);
    let mut reader = Reader::new(catalog, false, found, stack);
    if let Some(entry) = whole.table().and_then(|table| table.get("usage")) {
        reader.usage(entry, &Path::new(["usage"]));
    }
    let Reader { found, mut stack, .. } = reader;
    stack.input = Some(whole);
    if found.is_empty() { Ok(stack) } else { Err(expand::rejected(&stack, found)) }
}

/// Returns the settings that a file has for one environment, and looks at nothing else of it; none where neither the file nor any of
/// its environments has something of that key. So it can be asked of a file whose values are still to be set.
pub fn settings_with(key: &str, catalog: &Catalog, file: Source, env: &str) -> Result<Option<Settings>, Rejected> {
    let mut stack = Stack { sources: vec![file], ..Stack::new("", env, "") };
    let (mut base, mut found) = input::parse(&stack.sources[0], 0);
    found.retain(|one| one.code == codes::SYNTAX.id);
    if !found.is_empty() {
        return Err(expand::rejected(&stack, found));
    }
    let overlays = take_overlays(&mut base, &mut found);
    let has = |input: &Input| input.get("stack").is_some_and(|settings| settings.get(key).is_some());
    if !has(&base) && !overlays.values().any(|overlay| has(&overlay.input)) {
        return Ok(None);
    }
    found.extend(choose(&overlays, Some(env)));
    if let Some(overlay) = overlays.get(env) {
        base.merge(overlay.input.clone());
    }
    let mut reader = Reader::new(catalog, false, found, stack.clone());
    if let Some(entry) = base.table().and_then(|table| table.get("stack")) {
        reader.settings(entry);
    }
    let Reader { mut found, stack: read, .. } = reader;
    let path = Path::new(["stack"]);
    found.extend(read.settings.check().into_iter().map(|problem| Diagnostic::coded(&path, problem)));
    stack.input = Some(base);
    if found.is_empty() { Ok(Some(read.settings)) } else { Err(expand::rejected(&stack, found)) }
}

/// The verdict on a file: how many nodes each environment makes, and everything there is to say about it.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Environments without an error, and their numbers of nodes.
    pub good: Vec<(String, usize)>,
    pub sources: Vec<Source>,
    pub diagnostics: Vec<Diagnostic>,
}

/// The terms that a file is checked on, beside its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms<'a> {
    /// The day on which it is checked, such as `2027-01-31`; empty for none: then nothing that is accepted is over.
    pub today: &'a str,
    /// Warnings that are denied, whatever the file says of them by the same names.
    pub deny: &'a [String],
}

/// Parses and expands a file for one environment, or for each that it has.
pub fn validate(catalog: &Catalog, file: Source, env: Option<&str>, sets: &[String], terms: Terms<'_>) -> Verdict {
    let all = environments(&file);
    // Then no other has to be looked through: each has its turn.
    let each = env.is_none();
    let envs = match env {
        None if !all.is_empty() => all.iter().map(|env| Some(env.as_str())).collect(),
        env => vec![env],
    };
    // Without a day nothing can be over.
    let due = |one: &Diagnostic| if terms.today.is_empty() { one.begins.is_none() || !one.is_error() } else { one.is_due(terms.today) };
    let mut verdict = Verdict { good: Vec::new(), sources: vec![file.clone()], diagnostics: Vec::new() };
    for env in envs {
        let wrong = match parse_beside(catalog, file.clone(), env, sets, &[], !each) {
            Err(mut wrong) => {
                wrong.diagnostics.retain(due);
                wrong
            }
            Ok(stack) => {
                let stack = Stack { checks: stack.checks.denying(terms.deny), ..stack };
                let (graph, mut found) = expand::survey(&stack);
                found.extend(expand::verdicts(&stack, &graph, catalog.rules, &expand::Beside::new(&found, true)));
                let mut found = stack.checks.apply(found);
                found.retain(due);
                if !found.iter().any(Diagnostic::is_error) {
                    verdict.good.push((stack.env.clone(), graph.len()));
                }
                expand::rejected(&stack, found)
            }
        };
        verdict.sources = wrong.sources;
        let found = wrong.diagnostics.into_iter().map(|one| Diagnostic { envs: env.map(str::to_owned).into_iter().collect(), ..one });
        verdict.diagnostics.extend(found);
        super::diagnostic::sort(&mut verdict.diagnostics);
    }
    // A finding of all of them, or of the one that was asked about, needs no name.
    verdict.diagnostics.iter_mut().filter(|one| !each || one.envs.len() == all.len()).for_each(|one| one.envs.clear());
    verdict
}

fn take_overlays(base: &mut Input, found: &mut Vec<Diagnostic>) -> Table {
    let Shape::Table(root) = &mut base.shape else { return Table::new() };
    let Some(entry) = root.remove("env") else { return Table::new() };
    let path = Path::new(["env"]);
    let Shape::Table(mut overlays) = entry.input.shape else {
        found.push(Diagnostic::new(&codes::WRONG_TYPE, path, "`env` is a table of overlays: `[env.production]`").at(entry.key));
        return Table::new();
    };
    if overlays.len() > MOST_ENVIRONMENTS {
        let message = format!("a file has {MOST_ENVIRONMENTS} environments at most, and this one {}", overlays.len());
        let one = Diagnostic::new(&codes::WRONG_LENGTH, path.clone(), message).at(entry.key);
        found.push(one.help("each is looked through whole; what differs by tenant alone is `for_each`"));
        overlays = overlays.into_iter().take(MOST_ENVIRONMENTS).collect();
    }
    overlays.retain(|name, overlay| {
        let nested = overlay.input.table().and_then(|table| table.get("env"));
        if let Some(inner) = nested {
            // The inner overlay itself, where it has a name.
            let at = inner.input.table().and_then(|table| table.values().next()).map_or(inner.key, |first| first.key);
            found.push(Diagnostic::new(&codes::OVERLAY_IN_OVERLAY, path.key(name), "an overlay cannot have overlays of its own").at(at));
        }
        let nested = nested.is_some();
        let is_table = overlay.input.table().is_some();
        if !is_table {
            found.push(Diagnostic::new(&codes::WRONG_TYPE, path.key(name), format!("`env.{name}` must be a table")).at(overlay.key));
        }
        is_table && !nested
    });
    overlays
}

// Environments whose names cannot be one: those of the file, and the one that a command names for a file that has none.
fn misnamed(overlays: &Table, env: Option<&str>) -> Vec<Diagnostic> {
    let own = overlays.iter().map(|(name, entry)| (name.as_str(), Path::new(["env", name]), Some(entry.key)));
    let named = env.filter(|env| !overlays.contains_key(*env)).map(|env| (env, Path::default(), None));
    let wrong = own.chain(named).filter_map(|(name, path, span)| {
        let one = Diagnostic::of(&codes::BAD_NAME, &path, check_name("", name, 24)?);
        Some(Diagnostic { span, ..one })
    });
    wrong.collect()
}

fn choose(overlays: &Table, env: Option<&str>) -> Option<Diagnostic> {
    let names = overlays.keys().map(String::as_str);
    let list = names.clone().collect::<Vec<_>>().join(", ");
    let place = overlays.values().next().map(|entry| entry.key).unwrap_or_default();
    let wrong = |code: &Code, message: String, help: String| Some(Diagnostic::new(code, Path::default(), message).at(place).help(help));
    match env {
        _ if overlays.is_empty() => None,
        Some(env) if overlays.contains_key(env) => None,
        Some(env) => {
            let help = nearest(env, names).map_or(format!("it has {list}"), |near| format!("did you mean `{near}`? It has {list}"));
            wrong(&codes::NO_SUCH_ENVIRONMENT, format!("this file has no environment `{env}`"), help)
        }
        None => {
            let message = format!("this file has the environments {list}, and none is chosen");
            wrong(&codes::NO_ENVIRONMENT_CHOSEN, message, "choose one with --env NAME".into())
        }
    }
}

struct Reader<'a> {
    catalog: &'a Catalog,
    /// True when required keys may be left out.
    partial: bool,
    /// The stand-ins for what does not fit.
    way: Way,
    found: Vec<Diagnostic>,
    stack: Stack,
    /// Each made once, however many tables are checked with it.
    schemas: BTreeMap<&'static str, Rc<Value>>,
    /// Values that are set for single instances.
    own: Vec<Own>,
    /// The bytes that instances of tables may still make.
    room: usize,
}

impl<'a> Reader<'a> {
    fn new(catalog: &'a Catalog, partial: bool, found: Vec<Diagnostic>, stack: Stack) -> Self {
        let stack = Stack { modules: catalog.modules, ..stack };
        Reader { catalog, partial, way: Way::Low, found, stack, schemas: BTreeMap::new(), own: Vec::new(), room: ROOM }
    }

    fn schema(&mut self, name: &'static str, make: impl FnOnce() -> Value) -> Rc<Value> {
        Rc::clone(self.schemas.entry(name).or_insert_with(|| Rc::new(make())))
    }

    fn file(&mut self, root: &Input) {
        let Some(table) = root.table() else { return };
        match table.get("stack") {
            Some(entry) => self.settings(entry),
            None if self.partial => {}
            None => {
                self.stack.settings = Settings { name: "stack".into(), region: "us-east-1".into(), ..Settings::default() };
                let missing = Diagnostic::new(&codes::NO_STACK, Path::default(), "the file needs `[stack]`, with `name` and `region`");
                self.found.push(missing.at(Span { source: 0, start: 0, end: 0 }));
            }
        }
        for (section, entry) in table {
            let path = Path::new([section.as_str()]);
            match section.as_str() {
                "stack" => {}
                "resource" => self.each_named(entry, &path, &mut |reader, name, path, entry| reader.resource(name, path, entry)),
                "override" => self.each_named(entry, &path, &mut |reader, name, path, entry| reader.override_fields(name, path, entry)),
                "moved" => self.list::<MovedEntry>(entry, &path, |stack, one| stack.moved.push((one.from, one.to))),
                "adopt" => self.list::<AdoptEntry>(entry, &path, |stack, one| stack.adopt.push((one.address, one.id))),
                "accept" => self.accepted(entry, &path),
                "checks" => self.checks(entry, &path),
                "usage" => self.usage(entry, &path),
                _ => match self.catalog.modules.iter().find(|row| row.section == section) {
                    Some(row) => self.section(row, path, entry),
                    None => {
                        let meant = self.unknown_section(section, entry);
                        let row = self.catalog.modules.iter().find(|row| Some(row.section) == meant && !table.contains_key(row.section));
                        // Others may miss it only if it is not the one that was meant.
                        if let Some(row) = row.filter(|_| self.way == Way::High) {
                            self.section(row, path, entry);
                        }
                    }
                },
            }
        }
    }

    fn section(&mut self, row: &'static ModuleRow, path: Path, entry: &Entry) {
        if row.named {
            self.each_named(entry, &path, &mut |reader, name, path, entry| reader.module(row, name, path, entry));
        } else {
            self.module(row, "", path, entry);
        }
    }

    fn accepted(&mut self, entry: &Entry, path: &Path) {
        self.list::<AcceptEntry>(entry, path, |stack, one| {
            stack.accepted.push(Accept { rule: one.rule, address: one.address, until: one.until, because: one.because });
        });
        let of_rules = || self.catalog.rules.iter().map(|rule| rule.code).filter(|code| code.level == Level::Warning);
        let warnings = || of_rules().chain(self.catalog.readiness.iter().map(|check| check.code)).map(|code| code.id);
        for (at, accept) in self.stack.accepted.iter().enumerate().filter(|(_, accept)| !warnings().any(|code| code == accept.rule)) {
            let message = format!("there is no warning `{}` to accept", accept.rule);
            let help = format!("there are {}", warnings().collect::<Vec<_>>().join(", "));
            self.found.push(Diagnostic::new(&codes::NO_WARNING_TO_ACCEPT, path.index(at).key("rule"), message).help(help));
        }
        for (at, _) in self.stack.accepted.iter().enumerate().filter(|(_, accept)| accept.because.trim().is_empty()) {
            let one = Diagnostic::new(&codes::NO_REASON, path.index(at).key("because"), "an empty reason is none");
            self.found.push(one.help("say why it is right here, for whoever reads the file next"));
        }
        for (at, accept) in self.stack.accepted.iter().enumerate() {
            let Some(until) = accept.until.as_ref().filter(|until| rule::day(until).is_none()) else { continue };
            let one = Diagnostic::new(&codes::NO_LAST_DAY, path.index(at).key("until"), format!("`{until}` is no day"));
            self.found.push(one.help("write it as \"2027-01-31\""));
        }
    }

    fn checks(&mut self, entry: &Entry, path: &Path) {
        let schema = schemars::schema_for!(Checks).to_value();
        let mut input = entry.input.clone();
        if self.walk(&schema, &mut input, path, entry.key) {
            return;
        }
        let Ok(checks) = Checks::deserialize(input.to_json()) else { return };
        let mut seen = BTreeSet::new();
        for (list, names) in checks.lists() {
            for (at, name) in names.iter().enumerate() {
                let error = || self.catalog.all_codes().any(|code| code.id == name && code.level == Level::Error);
                let (message, help) = if !checks::is_known(name, self.catalog.all_codes()) {
                    let families = self.catalog.all_codes().map(|code| code.family()).collect::<BTreeSet<_>>();
                    let near = nearest(name, families.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                    let help = near.unwrap_or_else(|| "`trueup rules` lists all codes; \"warnings\" means all warnings".to_owned());
                    (format!("there is no code or family `{name}`"), help)
                } else if list != "deny" && error() {
                    (format!("`{name}` is an error, which stays one"), "take it out, and mend what it finds".to_owned())
                } else if !seen.insert(name.clone()) {
                    (format!("`{name}` stands here twice"), "leave it in one of the lists".to_owned())
                } else {
                    continue;
                };
                self.found.push(Diagnostic::new(&codes::NO_SUCH_CHECK, path.key(list).index(at), message).help(help));
            }
        }
        self.stack.checks = checks;
    }

    fn usage(&mut self, entry: &Entry, path: &Path) {
        let rows = (self.catalog.kinds)().into_iter().filter_map(self.catalog.kind).collect::<Vec<_>>();
        let schema = self.schema("usage", || usage::schema(rows.iter().flat_map(|row| row.usage)));
        let mut input = entry.input.clone();
        self.walk(&schema, &mut input, path, entry.key);
        // Amounts that fit are kept whatever stands beside them, so that more can be said about each.
        let known = |measure: &str| rows.iter().any(|row| row.usage.iter().any(|known| known.name == measure));
        for (label, table) in input.table().into_iter().flatten() {
            for (measure, amount) in table.input.table().into_iter().flatten().filter(|(measure, _)| known(measure)) {
                if let Ok(amount) = usage::Amount::deserialize(amount.input.to_json()) {
                    self.stack.usage.tables.entry(label.clone()).or_default().insert(measure.clone(), amount);
                }
            }
        }
    }

    // Says that there is no such module, and answers the one that was most likely meant.
    fn unknown_section(&mut self, section: &str, entry: &Entry) -> Option<&'static str> {
        let others = ["stack", "env", "resource", "override", "moved", "adopt", "accept", "checks", "usage"];
        let known = self.catalog.modules.iter().map(|row| row.section).chain(others);
        let one = Diagnostic::new(&codes::UNKNOWN_SECTION, Path::new([section]), format!("unknown module `{section}`")).at(entry.key);
        let meant = words::section(section, known.clone()).or_else(|| nearest(section, known.clone()));
        self.found.push(match meant {
            Some(near) => one.help(format!("did you mean `{near}`?")).guess(section, near),
            None => one.help(format!("a file has {}", known.collect::<Vec<_>>().join(", "))),
        });
        meant
    }

    fn settings(&mut self, entry: &Entry) {
        let path = Path::new(["stack"]);
        let mut input = entry.input.clone();
        self.fit(&schemars::schema_for!(Settings).to_value(), &mut input, &path, entry.key);
        // A missing key is said once; with something in its place the rest of the file can still be checked.
        let text = |key: &str, other: &str| entry.input.get(key).and_then(Input::text).unwrap_or(other).to_owned();
        let (name, region) = (text("name", "stack"), text("region", "us-east-1"));
        let settings = Settings::deserialize(input.to_json()).unwrap_or_default();
        let settings = Settings { name, region, ..settings };
        if settings.is_outsized() {
            let wrong = settings.check().into_iter().map(|problem| Diagnostic::coded(&path, problem));
            self.found.extend(wrong);
            self.stack.settings = Settings { name: "stack".into(), region: "us-east-1".into(), ..Settings::default() };
        } else {
            self.stack.usage.committed.clone_from(&settings.commitment);
            self.stack.settings = settings;
        }
    }

    // The tables of a section by name; a key that is no table is most likely one whose name was forgotten.
    fn each_named(&mut self, entry: &Entry, path: &Path, each: &mut dyn FnMut(&mut Self, &str, Path, &Entry)) {
        let Some(table) = entry.input.table() else {
            let message = format!("`{path}` is a table of tables: write `[{path}.main]`");
            return self.found.push(Diagnostic::new(&codes::WRONG_TYPE, path.clone(), message).at(entry.key));
        };
        for (name, entry) in table {
            if entry.input.table().is_some() {
                each(self, name, path.key(name), entry);
            } else {
                let message = format!("`{name}` must stand in a table with a name");
                let one = Diagnostic::new(&codes::NAMELESS_TABLE, path.key(name), message).at(entry.key);
                self.found.push(one.help(format!("write `[{path}.main]`, and `{name}` below it")));
            }
        }
    }

    fn module(&mut self, row: &'static ModuleRow, name: &str, path: Path, entry: &Entry) {
        let mut input = entry.input.clone();
        let label = module::label(row.section, name);
        if !self.enabled(&mut input, &path) {
            self.stack.absent.insert(label, Absent::Off);
            return;
        }
        let schema = self.schema(row.section, row.schema);
        let before = self.found.len();
        let mut broken = row.named && check_name("", name, 40).is_some();
        let ignore = self.ignored(&mut input, &path);
        let made = if row.named { instances(input, &path, &mut self.room, &mut self.found) } else { vec![Instance { key: None, input }] };
        self.unfilled(before);
        for Instance { key, mut input } in made {
            self.lay_own(&path, key.as_deref(), &mut input);
            let name = key.as_ref().map_or_else(|| name.to_owned(), |key| format!("{name}-{key}"));
            if key.is_some() && !self.enabled(&mut input, &path) {
                self.stack.absent.insert(module::label(row.section, &name), Absent::Off);
                continue;
            }
            let said = self.found.len();
            let fits = self.fit(&schema, &mut input, &path, entry.key);
            if self.found.len() > said {
                self.stack.absent.insert(module::label(row.section, &name), Absent::Broken);
            }
            if fits {
                let part = Part { ignore: ignore.clone(), ..Part::new(row, name, input.to_json(), path.clone()) };
                self.stack.add_part(Part { input: Some(input), ..part });
            }
        }
        broken |= self.found.len() > before;
        if broken {
            self.stack.absent.insert(label, Absent::Broken);
        }
    }

    fn resource(&mut self, name: &str, path: Path, entry: &Entry) {
        let mut input = entry.input.clone();
        let label = format!("resource.{name}");
        if !self.enabled(&mut input, &path) {
            self.stack.absent.insert(label, Absent::Off);
            return;
        }
        let before = self.found.len();
        if let Some(kind) = self.kind(&mut input, &path, entry.key) {
            let schema = self.schema(kind.name, || (kind.schema)().to_value());
            let protect = self.flag(&mut input, "protect", &path).unwrap_or(kind.about.stateful);
            let retain = self.flag(&mut input, "retain", &path).unwrap_or(false);
            let ignore = self.ignored(&mut input, &path);
            let made = instances(input, &path, &mut self.room, &mut self.found);
            self.unfilled(before);
            for Instance { key, mut input } in made {
                self.lay_own(&path, key.as_deref(), &mut input);
                let address = key.as_ref().map_or_else(|| label.clone(), |key| format!("{label}.{key}"));
                if key.is_some() && !self.enabled(&mut input, &path) {
                    self.stack.absent.insert(address, Absent::Off);
                    continue;
                }
                let protect = self.flag(&mut input, "protect", &path).unwrap_or(protect);
                let retain = self.flag(&mut input, "retain", &path).unwrap_or(retain);
                if self.fit(&schema, &mut input, &path, entry.key) {
                    let (spec, path, ignore) = (input.to_json(), path.clone(), ignore.clone());
                    self.stack.resources.push(Resource { address, kind, spec, protect, retain, ignore, path, input: Some(input) });
                }
            }
        }
        if self.found.len() > before {
            self.stack.absent.insert(label, Absent::Broken);
        }
    }

    // Notes the places whose values are not known, since they name an item that is not there.
    fn unfilled(&mut self, from: usize) {
        let unknown = self.found[from..].iter().filter(|one| one.code == codes::NO_SUCH_ITEM.id);
        self.stack.mended.extend(unknown.map(|one| one.path.clone()));
    }

    // Lays what is set for one instance over it.
    fn lay_own(&self, path: &Path, key: Option<&str>, input: &mut Input) {
        for own in self.own.iter().filter(|own| own.path == *path && Some(own.key.as_str()) == key) {
            input.merge(own.input.clone());
        }
    }

    fn kind(&mut self, input: &mut Input, path: &Path, at: Span) -> Option<&'static kind::Row> {
        let Shape::Table(table) = &mut input.shape else { return None };
        let Some(entry) = table.remove("kind") else {
            if !self.partial {
                let one = Diagnostic::new(&codes::MISSING_KEY, path.clone(), format!("{} needs `kind`", schema::named(path))).at(at);
                self.found.push(one.help("such as kind = \"ec2.security_group\"; `trueup schema` lists them"));
            }
            return None;
        };
        let name = entry.input.text().unwrap_or_default();
        let found = (self.catalog.kind)(name);
        if found.is_none() {
            let known = (self.catalog.kinds)();
            let one = Diagnostic::new(&codes::UNKNOWN_KIND, path.key("kind"), format!("there is no kind `{name}`")).at(entry.input.span);
            self.found.push(one.help(kind_names::help(name, &known)));
        }
        found
    }

    fn override_fields(&mut self, address: &str, path: Path, entry: &Entry) {
        let Value::Object(fields) = entry.input.to_json() else { return };
        self.stack.add_override(Override { address: address.to_owned(), fields, path, input: Some(entry.input.clone()) });
    }

    fn list<T: JsonSchema + for<'de> Deserialize<'de>>(&mut self, entry: &Entry, path: &Path, keep: impl Fn(&mut Stack, T)) {
        let schema = schemars::schema_for!(Vec<T>).to_value();
        let mut input = entry.input.clone();
        if !self.walk(&schema, &mut input, path, entry.key)
            && let Ok(items) = Vec::<T>::deserialize(input.to_json())
        {
            items.into_iter().for_each(|item| keep(&mut self.stack, item));
        }
    }

    fn enabled(&mut self, input: &mut Input, path: &Path) -> bool {
        self.flag(input, "enabled", path).unwrap_or(true)
    }

    // Takes a key that every table may have, so that its own schema need not know it.
    fn flag(&mut self, input: &mut Input, name: &str, path: &Path) -> Option<bool> {
        let Shape::Table(table) = &mut input.shape else { return None };
        let entry = table.remove(name)?;
        if let Shape::Boolean(value) = entry.input.shape {
            return Some(value);
        }
        let one = Diagnostic::new(&codes::WRONG_TYPE, path.key(name), format!("`{name}` must be true or false")).at(entry.input.span);
        self.found.push(one);
        None
    }

    // Takes the names of what others set.
    fn ignored(&mut self, input: &mut Input, path: &Path) -> Vec<String> {
        let Shape::Table(table) = &mut input.shape else { return Vec::new() };
        let Some(entry) = table.remove("ignore") else { return Vec::new() };
        let names = Vec::<String>::deserialize(entry.input.to_json());
        if let Ok(names) = &names
            && names.len() > MOST_IGNORED
        {
            let message = format!("`ignore` takes {MOST_IGNORED} names at most, and has {}", names.len());
            let one = Diagnostic::new(&codes::WRONG_LENGTH, path.key("ignore"), message).at(entry.input.span);
            self.found.push(one.help("what others set altogether needs no place in the file"));
            return Vec::new();
        }
        names.unwrap_or_else(|_| {
            let one = Diagnostic::new(&codes::WRONG_TYPE, path.key("ignore"), "`ignore` must be a list of names").at(entry.input.span);
            self.found.push(one.help("such as ignore = [\"image\"], or [\"tags.Owner\"]"));
            Vec::new()
        })
    }

    // Checks a table, and puts stand-ins in place of what does not fit. Answers false if it still does not.
    fn fit(&mut self, schema: &Value, input: &mut Input, path: &Path, header: Span) -> bool {
        let (wrong, mends) = schema::survey(schema, input, path, self.partial, &self.stack.sources);
        if wrong.is_empty() {
            return true;
        }
        self.found.extend(wrong.into_iter().map(|one| if one.path == *path { one.at(header) } else { one }));
        if self.partial {
            return false;
        }
        self.stack.broken.push((path.clone(), input.clone()));
        mend::apply(input, path, &mends, self.way);
        self.stack.mended.extend(mends.into_iter().map(|mend| mend.path));
        schema::check(schema, input, path, false, &self.stack.sources).is_empty()
    }

    // Checks a table, and answers whether anything does not fit. Places at the root of a table become its header.
    fn walk(&mut self, schema: &Value, input: &mut Input, path: &Path, header: Span) -> bool {
        let wrong = schema::check(schema, input, path, self.partial, &self.stack.sources);
        let any = !wrong.is_empty();
        self.found.extend(wrong.into_iter().map(|one| if one.path == *path { one.at(header) } else { one }));
        any
    }
}
