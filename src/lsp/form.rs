//! The JSON Schema of stack files, asked by the path of a key: what may stand there, and what is said of it.

use crate::core::forms::{branches, resolve, types};
use crate::modules;
use serde_json::{Map, Value};
use std::sync::OnceLock;

/// The text that a file has at a path.
pub type Said<'a> = dyn Fn(&[String]) -> Option<String> + 'a;

/// A key that a table takes.
#[derive(Debug, Clone)]
pub struct Member {
    pub name: &'static str,
    pub slot: &'static Value,
    pub required: bool,
}

/// Returns the schema that editors get.
pub fn root() -> &'static Value {
    static ROOT: OnceLock<Value> = OnceLock::new();
    ROOT.get_or_init(modules::schema)
}

/// Returns a path as it is in the file's own tables: without `env.NAME`.
pub fn own(path: &[String]) -> &[String] {
    match path {
        [env, _, rest @ ..] if env == "env" => rest,
        path => path,
    }
}

/// Returns the forms that a value at a path may have; `kind` says of which kind a node is that `[override]` names.
pub fn at(path: &[String], said: &Said<'_>, kind: &dyn Fn(&str) -> Option<&'static str>) -> Vec<&'static Value> {
    let prefix = path.len() - own(path).len();
    let (mut here, mut slots) = (prefix, vec![root()]);
    if let [section, address, ..] = own(path)
        && section == "override"
    {
        let Some(form) = kind(address).and_then(|kind| root().pointer(&format!("/$defs/{kind}"))) else { return Vec::new() };
        (here, slots) = (prefix + 2, vec![form]);
    }
    for (depth, key) in path.iter().enumerate().skip(here) {
        slots = slots.into_iter().flat_map(|slot| open(slot, &path[..depth], said)).flat_map(|form| child(form, key)).collect();
    }
    slots
}

/// Returns the keys that tables at a path take.
pub fn members(slots: &[&'static Value], path: &[String], said: &Said<'_>) -> Vec<Member> {
    let forms = slots.iter().flat_map(|slot| open(slot, path, said));
    // The keys of a list are those of its items: `[[moved]]`.
    let forms = forms.flat_map(|form| match form.get("items") {
        Some(items) => open(items, path, said),
        None => vec![form],
    });
    let forms = forms.filter_map(|form| form.get("properties").map(|_| form)).collect::<Vec<_>>();
    let mut found: Vec<Member> = Vec::new();
    for form in &forms {
        let required = form.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>();
        for (name, slot) in form.get("properties").and_then(Value::as_object).into_iter().flatten() {
            // As long as it is not said which of many forms a table has, it has what all of them have, and what tells them apart.
            let told = forms.len() < 4 || slot.get("const").is_some() || forms.iter().all(|form| form["properties"].get(name).is_some());
            if told && !found.iter().any(|member| member.name == name) {
                found.push(Member { name, slot, required: required.contains(&name.as_str()) });
            }
        }
    }
    found
}

/// Returns the forms of a slot, each by itself, less those that a constant of theirs rules out.
pub fn open(slot: &'static Value, path: &[String], said: &Said<'_>) -> Vec<&'static Value> {
    let form = resolve(root(), slot);
    let Some(all) = form.as_object().and_then(branches) else { return vec![form] };
    let all = all.iter().map(|branch| resolve(root(), branch)).filter(|branch| branch["type"] != "null");
    let all = all.collect::<Vec<_>>();
    let is_meant = |branch: &&&'static Value| {
        let constants = branch.get("properties").and_then(Value::as_object).into_iter().flatten();
        let mut constants = constants.filter_map(|(name, form)| Some((name, form.get("const")?.as_str()?))).peekable();
        let text = |name: &String| said(&path.iter().cloned().chain([name.clone()]).collect::<Vec<_>>());
        constants.peek().is_some() && constants.all(|(name, wanted)| text(name).as_deref() == Some(wanted))
    };
    // A word that is still being typed rules nothing out.
    let meant = all.iter().filter(is_meant).copied().collect::<Vec<_>>();
    let all = if meant.is_empty() { all } else { meant };
    all.into_iter().flat_map(|branch| open(branch, path, said)).collect()
}

fn child(form: &'static Value, key: &str) -> Vec<&'static Value> {
    if let Some(slot) = form.get("properties").and_then(|properties| properties.get(key)) {
        return vec![slot];
    }
    if let Some(rest) = form.get("additionalProperties").filter(|rest| rest.is_object()) {
        return vec![rest];
    }
    let Some(items) = form.get("items") else { return Vec::new() };
    if let Ok(at) = key.parse::<usize>() {
        return vec![form.get("prefixItems").and_then(|items| items.get(at)).unwrap_or(items)];
    }
    child(resolve(root(), items), key)
}

/// Returns the values of a closed choice, each with its own words.
pub fn choices(slots: &[&'static Value]) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let mut open = slots.to_vec();
    while let Some(slot) = open.pop() {
        let form = resolve(root(), slot);
        let words = form.get("description").and_then(Value::as_str).unwrap_or_default();
        match form.get("const").and_then(Value::as_str) {
            Some(value) => found.push((value, words)),
            None => found.extend(
                form.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(|value| (value, "")),
            ),
        }
        let inner = form.as_object().and_then(branches).into_iter().flatten().collect::<Vec<_>>();
        open.extend(inner.into_iter().rev());
    }
    found
}

/// Returns the words about a key: its own, or those of its type.
pub fn doc(slot: &'static Value) -> &'static str {
    let own = slot.get("description").and_then(Value::as_str);
    own.or_else(|| resolve(root(), slot).get("description")?.as_str()).unwrap_or_default()
}

/// Returns the value that a key has where nothing is said.
pub fn default(slot: &'static Value) -> Option<&'static Value> {
    slot.get("default").or_else(|| resolve(root(), slot).get("default")).filter(|value| !value.is_null())
}

/// The shape of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    Text,
    Whole,
    Number,
    Flag,
    List,
    Table,
}

impl Shape {
    pub fn noun(self) -> &'static str {
        match self {
            Shape::Text => "text",
            Shape::Whole => "whole number",
            Shape::Number => "number",
            Shape::Flag => "true or false",
            Shape::List => "list",
            Shape::Table => "table",
        }
    }
}

/// Returns the shapes that a value may have, the plainest first.
pub fn shapes(slot: &'static Value) -> Vec<Shape> {
    let mut found = Vec::new();
    for form in open(slot, &[], &|_| None) {
        let Some(form) = form.as_object() else { continue };
        found.extend(own_shapes(form));
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn own_shapes(form: &'static Map<String, Value>) -> Vec<Shape> {
    if form.contains_key("enum") || form.contains_key("const") {
        return vec![Shape::Text];
    }
    // A number may also be given by an item of `for_each`; that is no other shape of it.
    let item = form.get("pattern").and_then(Value::as_str).is_some_and(|pattern| pattern.contains("each"));
    let names = types(form).into_iter().filter(|name| !(item && *name == "string"));
    names
        .filter_map(|name| {
            Some(match name {
                "string" => Shape::Text,
                "integer" => Shape::Whole,
                "number" => Shape::Number,
                "boolean" => Shape::Flag,
                "array" => Shape::List,
                "object" => Shape::Table,
                _ => return None,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    fn found(text: &str, kind: Option<&str>) -> Vec<&'static Value> {
        let said = |path: &[String]| path.last().is_some_and(|key| key == "kind").then(|| kind.map(str::to_owned)).flatten();
        at(&path(text), &said, &|_| Some("ecs.service"))
    }

    fn names(text: &str, kind: Option<&str>) -> Vec<&'static str> {
        let said = |path: &[String]| path.last().is_some_and(|key| key == "kind").then(|| kind.map(str::to_owned)).flatten();
        members(&found(text, kind), &path(text), &said).into_iter().map(|member| member.name).collect()
    }

    #[test]
    fn keys_are_found_below_any_path() {
        for (text, has) in [
            ("", "service"),
            ("service/api", "port"),
            ("service/api", "for_each"),
            ("env/production/service/api", "port"),
            ("service/api/health", "path"),
            ("service/api/rollout/smoke/0", "path"),
            ("service/api/rollout/smoke", "path"),
            ("service/api/environment/A", "secret"),
            ("moved/0", "from"),
            ("stack/budget", "monthly"),
            ("usage/service.api", "requests"),
            ("override/service.api.service", "desired_count"),
        ] {
            assert!(names(text, None).contains(&has), "{text}: {:?}", names(text, None));
        }
        assert_eq!(names("nothing/at/all", None), Vec::<&str>::new());
    }

    #[test]
    fn a_resource_has_the_keys_of_its_kind() {
        let open = names("resource/x", None);
        assert!(open.contains(&"kind") && open.contains(&"for_each") && !open.contains(&"cidr"), "{open:?}");
        assert!(names("resource/x", Some("ec2.vpc")).contains(&"cidr"));
        assert!(choices(&found("resource/x/kind", None)).iter().any(|(value, words)| *value == "ec2.vpc" && !words.is_empty()));
    }

    #[test]
    fn a_key_has_words_a_default_and_a_shape() {
        let one = |text: &str| found(text, None)[0];
        assert_eq!(default(one("database/x/backup_days")), Some(&Value::from(7)));
        assert_eq!(doc(one("database/x/class")), "The instance class.");
        assert_eq!(shapes(one("database/x/storage")), [Shape::Whole]);
        assert_eq!(shapes(one("service/x/needs")), [Shape::List]);
        assert_eq!(shapes(one("network/zones")), [Shape::Whole, Shape::List]);
        assert_eq!(
            choices(&found("database/x/engine", None)).iter().map(|(value, _)| *value).collect::<Vec<_>>(),
            ["postgres", "mysql", "mariadb"]
        );
        assert!(choices(&found("monitoring/alarms/0", None)).iter().any(|(value, _)| *value == "latency"));
    }
}
