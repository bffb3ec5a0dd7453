//! Expands a stack into its graph, and gathers everything that is wrong on the way.

use super::address::Address;
use super::check_references::{Names, check_text};
use super::code::{Code, Level};
use super::codes;
use super::diagnostic::{self, Diagnostic, Rejected};
use super::fix::Edit;
use super::graph::{Adopt, Graph, Moved, Node};
use super::ignored;
use super::input::{Input, Shape};
use super::lower::{answers, lower, tagged};
use super::module::{Draft, Keep, Nodes, Part};
use super::output;
use super::place::{at_fault, place};
use super::readiness::area::FAMILY;
use super::reference::{self, Piece, is_symbolic};
use super::remedy;
use super::rule::{Accept, Look, Rule};
use super::schema;
use super::settings::{check_name, check_tags, nearest_name};
use super::source::{FILE, Path};
use super::stack::{Override, Resource, Stack};
use super::suggest::{self, nearest, some_of};
use super::usage::Remark;
use super::view::View;
use serde_json::Value;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Makes every node that a stack wants, or says everything that is wrong with it.
pub fn expand(stack: &Stack) -> Result<Graph, Rejected> {
    let (graph, found) = survey(stack);
    if found.iter().any(Diagnostic::is_error) { Err(rejected(stack, found)) } else { Ok(graph) }
}

/// Does the same, and says beside errors what rules find in what could be made.
pub fn expand_beside(stack: &Stack, rules: &[Rule]) -> Result<Graph, Rejected> {
    let (graph, mut found) = survey(stack);
    if found.iter().any(Diagnostic::is_error) {
        found.extend(verdicts(stack, &graph, rules, &Beside::new(&found, false)));
        return Err(rejected(stack, found));
    }
    Ok(graph)
}

/// Returns what is found in both of two stacks, which have other stand-ins for what a file has wrong.
pub(super) fn found_in_both(stacks: [&Stack; 2], rules: &[Rule]) -> Vec<Diagnostic> {
    let [first, second] = stacks.map(|stack| {
        let (graph, mut found) = survey(stack);
        found.extend(verdicts(stack, &graph, rules, &Beside::new(&found, false)));
        found
    });
    let key = |one: &Diagnostic| (one.code, one.path.clone(), one.message.clone());
    let second = second.iter().map(key).collect::<BTreeSet<_>>();
    let mended = &stacks[0].mended;
    let stands_in = |path: &Path| (1..=path.parts().len()).any(|depth| mended.contains(&Path::new(&path.parts()[..depth])));
    first.into_iter().filter(|one| second.contains(&key(one)) && (mended.is_empty() || !stands_in(&one.path))).collect()
}

/// Returns everything there is to say about a stack by itself: errors and warnings.
pub fn check(stack: &Stack) -> Vec<Diagnostic> {
    rejected(stack, survey(stack).1).diagnostics
}

/// Returns what rules over the whole graph find, less the warnings that are accepted.
pub fn judge(stack: &Stack, graph: &Graph, rules: &[Rule]) -> Vec<Diagnostic> {
    rejected(stack, verdicts(stack, graph, rules, &Beside::new(&[], true))).diagnostics
}

/// Gives every diagnostic its place in the stack's texts, and puts them in that order.
pub(super) fn rejected(stack: &Stack, mut diagnostics: Vec<Diagnostic>) -> Rejected {
    if let Some(input) = &stack.input {
        for one in diagnostics.iter_mut().filter(|one| one.span.is_none() && !one.path.is_empty()) {
            one.span = Some(input.locate(&one.path));
        }
        remedy::explain(stack, &mut diagnostics);
        for one in &mut diagnostics {
            one.fix = one.fix.take().and_then(|edit| written(stack, input, *edit)).map(Box::new);
        }
    }
    diagnostic::sort(&mut diagnostics);
    Rejected { sources: stack.sources.clone(), diagnostics }
}

/// Adds to an edit the place of the value that it replaces. A value that `--set` gives cannot be mended in the file.
fn written(stack: &Stack, input: &Input, edit: Edit) -> Option<Edit> {
    let Some(found) = input.below(edit.path.parts()) else { return Some(edit) };
    let text = stack.sources.get(found.span.source).and_then(|source| source.text.get(found.span.start..found.span.end));
    let lines = matches!(found.shape, Shape::Table(_)) && !text.is_some_and(|text| text.starts_with('{'));
    match (found.span.source, lines) {
        (FILE, true) => Some(edit),
        (FILE, false) => Some(Edit { at: Some(found.span), ..edit }),
        (_, _) => None,
    }
}

/// Returns the graph as far as it can be made, whatever is wrong with it: for looking at, not for planning.
pub fn sketch(stack: &Stack) -> Graph {
    survey(stack).0
}

/// Returns the graph as far as it could be made, and every diagnostic.
pub fn survey(stack: &Stack) -> (Graph, Vec<Diagnostic>) {
    let faulty = stack.broken.iter().map(|(path, _)| path.to_string()).collect();
    let mut survey = Survey { stack, graph: Graph::default(), found: Vec::new(), faulty };
    survey.settings();
    survey.modules();
    survey.resources();
    survey.overrides();
    survey.tags();
    survey.moved_and_adopted();
    survey.retained();
    survey.references();
    survey.watched();
    survey.nodes();
    survey.outputs();
    survey.usage();
    (survey.graph, survey.found)
}

/// All that was found already. A rule need not say again what follows from it.
pub(super) struct Beside {
    /// True when nothing is wrong, so that the stack is as it is meant.
    whole: bool,
    said: HashSet<Path>,
    faulty: HashSet<String>,
}

impl Beside {
    pub fn new(found: &[Diagnostic], whole: bool) -> Self {
        let errors = || found.iter().filter(|one| one.is_error()).map(|one| &one.path);
        let tables = errors().flat_map(|path| [1, 2].map(|depth| Path::new(path.parts().iter().take(depth)).to_string()));
        Beside { whole: whole && errors().next().is_none(), said: errors().cloned().collect(), faulty: tables.collect() }
    }
    // A table that has problems already makes news only where other keys are wrong.
    pub fn is_news(&self, stack: &Stack, node: &Node, one: &Diagnostic) -> bool {
        let written = || stack.input.as_ref().is_none_or(|input| input.below(one.path.parts()).is_some());
        !self.faulty.contains(&node.origin) || one.path.to_string() != node.origin && !self.said.contains(&one.path) && written()
    }
    // A module that has problems is not what it is meant to be, and so may not use what it will.
    pub fn is_sound(&self, label: &str) -> bool {
        let (section, name) = label.split_once('.').unwrap_or((label, ""));
        let module = format!("{section}.{}", name.split('.').next().unwrap_or_default());
        ![section, module.as_str()].iter().any(|table| self.faulty.contains(*table))
    }
}

/// Returns what the rules find beside what was found already. An `[[accept]]` silences warnings only, and is itself remarked on when
/// there is nothing to silence in a stack that is whole.
pub(super) fn verdicts(stack: &Stack, graph: &Graph, rules: &[Rule], beside: &Beside) -> Vec<Diagnostic> {
    let mut accepted = HashMap::<_, usize>::new();
    for (at, accept) in stack.accepted.iter().enumerate() {
        accepted.entry((accept.rule.as_str(), accept.address.as_str())).or_insert(at);
    }
    let covering = |rule: &str, address: &str| {
        let above = address.match_indices('.').map(|(at, _)| &address[..at]).chain(["", address]);
        above.filter_map(|prefix| accepted.get(&(rule, prefix))).min().copied()
    };
    let mut used = vec![false; stack.accepted.len()];
    let mut found = Vec::new();
    // The later one of the file is at fault, where two do not go together.
    let begin = |node: &Node| stack.input.as_ref().map(|input| input.locate(&Path::new(node.origin.split('.'))));
    let view = View::in_order(graph, stack.scope(""), begin);
    for rule in rules {
        let Code { id, level, .. } = rule.code;
        for finding in rule.find(&view) {
            let Some((node, finding)) = at_fault(stack, graph, finding) else { continue };
            match (level, covering(id, node.address.as_str())) {
                (Level::Warning, Some(at)) => used[at] = true,
                _ => found.extend(Some(place(stack, node, level, finding.problem)).filter(|one| beside.is_news(stack, node, one))),
            }
        }
        for Remark { label, measure, message, help, begins } in rule.find_in_usage(&stack.usage, &view) {
            // A stack that is not whole may lack what uses a commitment.
            let (path, sound) = match rule.look {
                Look::Commitments(_) => (label.split('.').fold(Path::new(["stack"]), |path, key| path.key(key)), beside.whole),
                Look::Usage(_) | Look::Resources(_) | Look::Live(_) | Look::Plan(_) | Look::Defaults(_) | Look::Quotas(_) => {
                    (Path::new(["usage"]).key(&label).key(&measure), beside.is_sound(&label))
                }
            };
            match covering(id, &label) {
                Some(at) => used[at] = true,
                None if sound => found.push(Diagnostic { begins, ..Diagnostic::new(&rule.code, path, message).help(help) }),
                None => {}
            }
        }
    }
    // Only a reading, a plan or an assessment can tell that there is nothing left to accept of what looks at them.
    let of_files = |accept: &Accept| {
        let rule = rules.iter().find(|rule| rule.code.id == accept.rule);
        !accept.rule.starts_with(FAMILY)
            && rule.is_none_or(|rule| matches!(rule.look, Look::Resources(_) | Look::Defaults(_) | Look::Usage(_) | Look::Commitments(_)))
    };
    for (at, accept) in stack.accepted.iter().enumerate().filter(|(at, accept)| beside.whole && !used[*at] && of_files(accept)) {
        let where_to = if accept.address.is_empty() { String::new() } else { format!(" at `{}`", accept.address) };
        let message = format!("{} finds nothing{where_to}, so there is nothing to accept", accept.rule);
        found.push(Diagnostic::new(&codes::ACCEPTED_IN_VAIN, Path::new(["accept"]).index(at), message).help("take this entry out"));
    }
    // Nobody knows here which day it is: each of them begins to be said on its own.
    for (at, accept) in stack.accepted.iter().enumerate().filter(|_| beside.whole) {
        let (Some(until), Some(ends)) = (&accept.until, accept.ends()) else { continue };
        let message = format!("{} was accepted until {until}", accept.rule);
        let one = Diagnostic::new(&codes::ACCEPTED_UNTIL, Path::new(["accept"]).index(at).key("until"), message);
        let help = "mend what it finds and take this entry out, or look at it again and write another day";
        found.push(Diagnostic { begins: Some(ends), ..one.help(help) });
    }
    stack.checks.apply(found)
}

/// The most letters that the name of a module has.
const LONGEST_NAME: usize = 40;

struct Survey<'a> {
    stack: &'a Stack,
    graph: Graph,
    found: Vec<Diagnostic>,
    /// Origins that have a problem of their own, so that what follows from it is not said again.
    faulty: BTreeSet<String>,
}

impl Survey<'_> {
    fn report(&mut self, one: Diagnostic) {
        if one.is_error() {
            let origin = match one.path.parts() {
                [section, name, ..] => Path::new([section, name]),
                parts => Path::new(parts),
            };
            self.faulty.extend([origin.to_string(), one.path.parts().first().cloned().unwrap_or_default()]);
        }
        self.found.push(one);
    }

    fn settings(&mut self) {
        let path = Path::new(["stack"]);
        let wrong = self.stack.settings.check();
        self.found.extend(wrong.into_iter().map(|problem| Diagnostic::coded(&path, problem)));
        // A file's environments were looked at where they stand.
        if let Some(problem) = check_name("", &self.stack.env, 24).filter(|_| self.stack.input.is_none()) {
            self.found.push(Diagnostic::of(&codes::BAD_NAME, &Path::default(), problem));
        }
    }

    fn modules(&mut self) {
        let stack = self.stack;
        let mut seen = BTreeSet::new();
        for part in &stack.parts {
            let renamed;
            let part = match check_name("", &part.name, LONGEST_NAME).filter(|_| part.row.named) {
                None => part,
                Some(problem) => {
                    self.report(Diagnostic::of(&codes::BAD_NAME, &part.path, problem));
                    // All else of it is as good or bad under a name that can be one.
                    let free =
                        |name: &String| !stack.parts.iter().any(|other| other.row.section == part.row.section && other.name == *name);
                    let Some(name) = nearest_name(&part.name, LONGEST_NAME).filter(free) else { continue };
                    renamed = Part { name, ..part.clone() };
                    &renamed
                }
            };
            if !seen.insert(part.label()) {
                let message = format!("there are two modules `{}`", part.label());
                self.report(Diagnostic::new(&codes::NAMED_TWICE, part.path.clone(), message).help("give one of the two another name"));
                continue;
            }
            if let Err(problem) = (part.row.read)(&part.value) {
                self.report(Diagnostic::of(&codes::UNREADABLE, &part.path, problem));
                continue;
            }
            let site = stack.site(part);
            let wrong = (part.row.check)(&part.value, &site);
            let mut nodes = Nodes { site, made: Vec::new() };
            (part.row.expand)(&part.value, &mut nodes);
            let made = nodes.made.iter().map(|draft| draft.address.clone()).collect::<Vec<_>>();
            let found = nodes.made.into_iter().filter_map(|draft| self.add(draft, &part.path, [&codes::UNFIT_NODE; 2]).err());
            let found = found.map(|wrong| *wrong).collect::<Vec<_>>();
            // The module's own check comes first; what then goes wrong in its nodes follows from that.
            let clean = !wrong.iter().any(Diagnostic::is_error);
            wrong.into_iter().chain(found.into_iter().filter(|_| clean)).for_each(|one| self.report(one));
            self.ignore(&part.ignore, part.row.keys, &made, &part.path).into_iter().for_each(|one| self.report(one));
        }
    }

    fn resources(&mut self) {
        for resource in &self.stack.resources {
            let Resource { address, kind, spec, protect, retain, ignore, path, input: _ } = resource;
            let keep = Keep { protect: *protect, retain: *retain };
            let draft = Draft { address: address.clone(), kind, spec: spec.clone(), keep, only_for_new: Vec::new(), rollout: None };
            match self.add(draft, path, [&codes::BAD_NAME, &codes::UNREADABLE]) {
                Err(wrong) => self.report(*wrong),
                Ok(()) => self.ignore(ignore, &[], std::slice::from_ref(address), path).into_iter().for_each(|one| self.report(one)),
            }
        }
    }

    /// Adds a node to the graph. The codes are those of an address that cannot be one, and of a spec that does not fit its kind.
    fn add(&mut self, draft: Draft, path: &Path, [bad_address, bad_spec]: [&Code; 2]) -> Result<(), Box<Diagnostic>> {
        let Draft { address, kind, spec, keep: Keep { protect, retain }, only_for_new, rollout } = draft;
        let spec = lower(self.stack, &tagged(self.stack, &address, kind, spec));
        let parsed = Address::parse(&address).map_err(|bad| Diagnostic::new(bad_address, path.clone(), bad.to_string()))?;
        let mut node = Node::new(parsed, kind, &spec, path.to_string()).map_err(|problem| Diagnostic::of(bad_spec, path, problem))?;
        (node.protect, node.retain, node.only_for_new) = (protect, retain, only_for_new);
        node.ignore_tags.clone_from(&self.stack.settings.ignore_tags);
        let lowered = |text: &str| lower(self.stack, &text.into()).as_str().unwrap_or(text).to_owned();
        node.rollout = rollout.map(|policy| Box::new(policy.renamed(lowered)));
        self.graph.add(node).map_err(|_| {
            let message = format!("two resources would have the address `{address}`");
            Diagnostic::new(&codes::NAMED_TWICE, path.clone(), message).help("give one of the two another name").into()
        })
    }

    /// Tells nodes which of their members others set. Keys of a module stand for the fields that they decide over.
    fn ignore(&mut self, names: &[String], keys: &[(&str, &str)], made: &[String], path: &Path) -> Vec<Diagnostic> {
        let mut wrong = Vec::new();
        for (at, name) in names.iter().enumerate() {
            // A table stands for all that is in it: `health` for `health.path`.
            let within = |key: &str| key.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            let of_key = keys.iter().filter(|(_, key)| within(key)).map(|(field, _)| field.trim_end_matches('='));
            let members = of_key.chain([name.as_str()]).collect::<Vec<_>>();
            let mut used = false;
            for address in made.iter().filter_map(|address| Address::parse(address).ok()) {
                let Some(node) = self.graph.get_mut(&address) else { continue };
                for member in members.iter().filter(|member| ignored::has(&node.spec, member)) {
                    node.ignore.push((*member).to_owned());
                    used = true;
                }
            }
            if !used {
                let message = format!("nothing here has a `{name}` that could be ignored");
                let one = Diagnostic::new(&codes::IGNORES_NOTHING, path.key("ignore").index(at), message);
                let nodes = made.iter().filter_map(|address| self.graph.get(&Address::parse(address).ok()?));
                let fields = nodes.flat_map(|node| node.spec.as_object().into_iter().flat_map(|spec| spec.keys().map(String::as_str)));
                wrong.push(one.help(match nearest(name, keys.iter().map(|(_, key)| *key).chain(fields)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "name a field of its resources, a key that decides over one, or a tag as \"tags.NAME\"".to_owned(),
                }));
            }
        }
        wrong
    }

    fn overrides(&mut self) {
        for one in &self.stack.overrides {
            if let Err(wrong) = self.apply(one) {
                wrong.into_iter().for_each(|one| self.report(one));
            }
        }
    }

    // The rules of tags are the same everywhere, so no kind and no module has to say them.
    fn tags(&mut self) {
        let parts = self.stack.parts.iter().map(|part| (&part.path, part.value.get("tags")));
        let resources = self.stack.resources.iter().map(|resource| (&resource.path, resource.spec.get("tags")));
        let overrides = self.stack.overrides.iter().map(|over| (&over.path, over.fields.get("tags")));
        let mut wrong = Vec::new();
        for (path, tags) in parts.chain(resources).chain(overrides) {
            let Some(Value::Object(tags)) = tags else { continue };
            let text = |value: &Value| value.as_str().filter(|text| !is_symbolic(text)).unwrap_or_default().to_owned();
            let own = tags.iter().map(|(key, value)| (key.clone(), text(value))).collect();
            wrong.extend(check_tags("tags", &own).into_iter().map(|problem| Diagnostic::coded(path, problem)));
        }
        wrong.into_iter().for_each(|one| self.report(one));
    }

    fn apply(&mut self, over: &Override) -> Result<(), Vec<Diagnostic>> {
        let Override { address, fields, path, input } = over;
        let node = Address::parse(address).ok().and_then(|address| self.graph.get_mut(&address));
        let Some(node) = node else {
            let module = address.rsplit_once('.').map_or(address.as_str(), |(module, _)| module);
            if self.faulty.contains(module) {
                return Ok(());
            }
            return Err(vec![self.no_node(&codes::OVERRIDES_NOTHING, path, address)]);
        };
        let mut fields = fields.clone();
        let mut flags = [("protect", &mut node.protect), ("retain", &mut node.retain)];
        let mut wrong = Vec::new();
        for (name, flag) in &mut flags {
            match fields.remove(*name) {
                None => {}
                Some(Value::Bool(value)) => **flag = value,
                Some(_) => wrong.push(Diagnostic::new(&codes::WRONG_TYPE, path.key(*name), format!("`{name}` must be true or false"))),
            }
        }
        let ignore = match fields.remove("ignore").map(serde_json::from_value::<Vec<String>>) {
            None => Vec::new(),
            Some(Ok(names)) => names,
            Some(Err(_)) => {
                let one = Diagnostic::new(&codes::WRONG_TYPE, path.key("ignore"), "`ignore` must be a list of names");
                wrong.push(one.help("such as ignore = [\"desired_count\"], or [\"tags.Owner\"]"));
                Vec::new()
            }
        };
        if let Some(mut input) = input.clone() {
            if let Shape::Table(table) = &mut input.shape {
                table.retain(|name, _| name != "protect" && name != "retain" && name != "ignore");
            }
            wrong.extend(schema::check(&(node.kind.schema)().to_value(), &mut input, path, true, &self.stack.sources));
            if let Value::Object(checked) = input.to_json() {
                fields = checked;
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let said = |field: &&str| !fields.contains_key(*field);
        let only_for_new = node.only_for_new.iter().copied().filter(said).collect();
        let mut spec = node.written().clone();
        merge(&mut spec, &Value::Object(fields));
        let changed = Node::new(node.address.clone(), node.kind, &lower(self.stack, &spec), node.origin.clone());
        let mut changed = changed.map_err(|problem| vec![Diagnostic::of(&codes::UNREADABLE, path, problem)])?;
        (changed.protect, changed.retain, changed.only_for_new) = (node.protect, node.retain, only_for_new);
        changed.ignore = node.ignore.clone();
        changed.ignore_tags = node.ignore_tags.clone();
        (changed.rollout, changed.watched) = (node.rollout.clone(), node.watched.clone());
        *node = changed;
        let wrong = self.ignore(&ignore, &[], std::slice::from_ref(address), path);
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    fn moved_and_adopted(&mut self) {
        for (at, (from, to)) in self.stack.moved.iter().enumerate() {
            let path = Path::new(["moved"]).index(at);
            let below = |prefix: &str| self.graph.below(prefix).next().is_some();
            if from == to {
                self.report(
                    Diagnostic::new(&codes::MOVED_NOWHERE, path.key("to"), "`from` and `to` are the same").help("take this entry out"),
                );
            } else if below(from) {
                let message = format!("`{from}` is still in the file, so nothing has moved from there");
                self.report(
                    Diagnostic::new(&codes::MOVED_AND_STILL_THERE, path.key("from"), message)
                        .help("take this entry out, or rename the module"),
                );
            } else if !below(to) && !self.faulty.contains(to.as_str()) {
                let wrong = self.no_node(&codes::MOVED_TO_NOTHING, &path.key("to"), to);
                self.report(wrong);
            } else {
                self.graph.moved.push(Moved { from: from.clone(), to: to.clone() });
            }
        }
        let mut seen = BTreeSet::new();
        for (at, (address, id)) in self.stack.adopt.iter().enumerate() {
            let path = Path::new(["adopt"]).index(at);
            match Address::parse(address).ok().filter(|address| self.graph.get(address).is_some()) {
                None => {
                    let wrong = self.no_node(&codes::ADOPTS_NOTHING, &path.key("address"), address);
                    self.report(wrong);
                }
                Some(_) if !seen.insert(address.as_str()) => {
                    let message = format!("`{address}` is adopted twice");
                    self.report(
                        Diagnostic::new(&codes::ADOPTED_TWICE, path.key("address"), message).help("one address takes over one resource"),
                    );
                }
                Some(_) if id.trim().is_empty() => self.report(Diagnostic::new(&codes::ADOPTS_NO_ID, path.key("id"), "the id is empty")),
                Some(address) if self.graph.get(&address).is_some_and(|node| node.kind.about.marked_by_name) => {
                    let message = format!("`{address}` cannot be adopted: its name alone says whose it is");
                    let help = "take the entry out: it is made anew, and the other one can be deleted by hand";
                    self.report(Diagnostic::new(&codes::MARKED_BY_NAME, path.key("address"), message).help(help));
                }
                Some(address) => self.graph.adopt.push(Adopt { address, id: id.clone() }),
            }
        }
    }

    fn retained(&mut self) {
        let marked = self.graph.nodes().filter(|node| node.retain && node.kind.about.marked_by_name);
        let wrong = marked.map(|node| {
            let over = self.stack.overrides.named(node.address.as_str()).filter(|over| over.fields.contains_key("retain"));
            let path = over.map_or_else(|| Path::new(node.origin.split('.')), |over| over.path.clone()).key("retain");
            let message = format!("`{}` cannot be let go: its name alone says whose it is", node.address);
            Diagnostic::new(&codes::MARKED_BY_NAME, path, message).help("take `retain` out; a copy under another name can be made by hand")
        });
        let wrong = wrong.collect::<Vec<_>>();
        wrong.into_iter().for_each(|one| self.report(one));
    }

    fn no_node(&self, code: &Code, path: &Path, address: &str) -> Diagnostic {
        let wrong = Diagnostic::new(code, path.clone(), format!("`{address}` is no resource of this stack"));
        match nearest(address, self.graph.nodes().map(|node| node.address.as_str())) {
            Some(near) => wrong.help(format!("did you mean `{near}`?")).guess(address, near),
            None => {
                let first = address.split('.').take(2).collect::<Vec<_>>().join(".");
                let near = some_of(self.graph.below(&first).map(|node| node.address.as_str()));
                wrong.help(if near.is_empty() { "`trueup synth` lists every address".to_owned() } else { format!("there are {near}") })
            }
        }
    }

    fn references(&mut self) {
        let names = Names { stack: self.stack, graph: &self.graph, labels: OnceCell::new() };
        let mut wrong = Vec::new();
        for part in &self.stack.parts {
            check_text(&names, &part.path, part.input.as_ref(), &part.value, &mut wrong);
        }
        for resource in &self.stack.resources {
            check_text(&names, &resource.path, resource.input.as_ref(), &resource.spec, &mut wrong);
        }
        for (path, input) in &self.stack.broken {
            check_text(&names, path, Some(input), &Value::Null, &mut wrong);
        }
        for over in &self.stack.overrides {
            check_text(&names, &over.path, over.input.as_ref(), &Value::Object(over.fields.clone()), &mut wrong);
        }
        wrong.into_iter().for_each(|one| self.report(one));
    }

    /// The rules of a rollout are no resource, and what they name may not be there when they are read: a name has to be known before.
    fn watched(&mut self) {
        let (mut wrong, mut known) = (Vec::new(), Vec::new());
        for node in self.graph.nodes() {
            let names = node.rollout.iter().flat_map(|policy| policy.names());
            let links = names.flat_map(|(key, text)| {
                let pieces = reference::pieces(text).into_iter();
                pieces.filter_map(move |piece| if let Piece::Reference(link) = piece { Some((key.clone(), link)) } else { None })
            });
            for (key, link) in links {
                // A name of nothing has been reported where it stands.
                let Some(target) = self.graph.get(&link.address) else { continue };
                let about = &target.kind.about;
                if about.foretold.contains(&link.output.as_str()) {
                    known.push((node.address.clone(), link.address, target.kind));
                } else if about.outputs.contains(&link.output.as_str()) {
                    let path = Path::new(node.origin.split('.')).field(&format!("rollout.{key}"));
                    let message = format!("AWS alone says what `{}.{}` is, once it is made", link.address, link.output);
                    wrong.push(Diagnostic::new(&codes::NAME_NOT_KNOWN, path, message).help(match about.foretold {
                        [] => "write it as AWS has it: `trueup show` lists it".to_owned(),
                        known => format!("`{}` can be named by {}", link.address, some_of(known)),
                    }));
                }
            }
        }
        for (address, target, kind) in known {
            if let Some(node) = self.graph.get_mut(&address) {
                node.watched.insert(target, kind);
            }
        }
        wrong.into_iter().for_each(|one| self.report(one));
    }

    fn nodes(&mut self) {
        let mut wrong = Vec::new();
        let said = self.found.iter().map(|found| &found.path).collect::<HashSet<_>>();
        for node in self.graph.nodes() {
            // A table that has problems already makes news only where other keys are wrong.
            let faulty = self.faulty.contains(&node.origin);
            let whole = Path::new(node.origin.split('.'));
            let written = |path: &Path| self.stack.input.as_ref().is_none_or(|input| input.below(path.parts()).is_some());
            let news = |one: &Diagnostic| one.path != whole && !said.contains(&one.path) && written(&one.path);
            let problems = node.problems().into_iter().map(|problem| place(self.stack, node, Level::Error, problem));
            wrong.extend(problems.filter(|one| !faulty || news(one)));
            if faulty {
                continue;
            }
            for (field, link) in node.links() {
                let known = self.graph.get(&link.address).is_some_and(|target| target.kind.about.outputs.contains(&link.output.as_str()));
                let (section, name) = (link.address.module(), link.address.segments().nth(1).unwrap_or_default());
                let follows = self.faulty.contains(section) || self.faulty.contains(&format!("{section}.{name}"));
                if !known && !follows && !self.stack.is_absent(section, name) {
                    let message =
                        format!("`{}` refers in `{}` to `{}.{}`, which is not there", node.address, field.name, link.address, link.output);
                    wrong.push(Diagnostic::new(&codes::REFERS_TO_NOTHING, Path::new(node.origin.split('.')), message));
                }
            }
        }
        if let Err(cycle) = self.graph.links() {
            let text = cycle.iter().map(Address::as_str).collect::<Vec<_>>().join(" → ");
            if cycle.iter().filter_map(|address| self.graph.get(address)).any(|node| self.faulty.contains(&node.origin)) {
                return self.found.extend(wrong);
            }
            let origin = cycle.iter().find_map(|address| self.graph.get(address)).map(|node| Path::new(node.origin.split('.')));
            let one = Diagnostic::new(
                &codes::REFERENCE_CIRCLE,
                origin.unwrap_or_default(),
                format!("these refer to each other in a circle: {text}"),
            );
            wrong.push(one.help("break the circle: one of them must not name the next"));
        }
        self.found.extend(wrong);
    }

    fn outputs(&mut self) {
        for part in self.stack.parts.iter().filter(|part| part.row.named) {
            let values = answers(self.stack, part).iter().filter(|(_, value)| output::is_whole(&self.graph, value));
            let values = values.map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<BTreeMap<_, _>>();
            if !values.is_empty() {
                self.graph.outputs.insert(part.label(), values);
            }
        }
    }

    // Usage must be said of something that is used so.
    fn usage(&mut self) {
        let mut wrong = Vec::new();
        let usage = Path::new(["usage"]);
        for (path, problem) in self.stack.usage.check() {
            wrong.push(Diagnostic::coded(&path.iter().fold(usage.clone(), |path, part| path.key(part)), problem));
        }
        for label in self.stack.usage.tables.keys() {
            let path = usage.key(label);
            let (section, name) = label.split_once('.').unwrap_or((label, ""));
            let name = name.split('.').next().unwrap_or_default();
            let faulty = [section, label, &format!("{section}.{name}")].into_iter().any(|one| self.faulty.contains(one));
            if self.graph.below(label).next().is_none() && !faulty && !self.stack.is_absent(section, name) {
                wrong.push(self.no_label(&path, label));
            }
        }
        self.found.extend(wrong);
    }

    fn no_label(&self, path: &Path, label: &str) -> Diagnostic {
        let one = Diagnostic::new(&codes::USED_BY_NOTHING, path.clone(), format!("there is no `{label}` in this stack"));
        let labels = self.stack.parts.iter().take(suggest::MOST).map(Part::label).collect::<Vec<_>>();
        let known = labels.iter().map(String::as_str).chain(self.graph.nodes().map(|node| node.address.as_str()));
        match nearest(label, known) {
            Some(near) => one.help(format!("did you mean `{near}`?")).guess(label, near),
            None if labels.is_empty() => one,
            None => one.help(format!("there is {}", some_of(&labels))),
        }
    }
}

/// Tables merge, everything else replaces, as overlays do.
fn merge(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                merge(below.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above.clone(),
    }
}
