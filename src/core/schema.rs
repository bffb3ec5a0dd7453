//! Checks an input tree against the JSON Schema of a typed struct, so that every misfit of a file is found at once
//! and at its place. A tree that passes also deserialises.

use super::codes;
use super::diagnostic::Diagnostic;
use super::forms::{branches, choices, resolve, types};
use super::input::{Input, Shape, Table};
use super::mend::Mend;
use super::private::is_private_key;
use super::source::{FILE, Path, Source, Span};
use super::suggest::{alike, nearest};
use super::words;
use serde_json::{Map, Value};

/// Everything in `input` that does not fit `schema`. An overlay (`partial`) may leave required keys out.
///
/// A number or flag of a `--set` that should be text becomes text, as it was written: a shell has eaten its quotes.
pub fn check(schema: &Value, input: &mut Input, path: &Path, partial: bool, sources: &[Source]) -> Vec<Diagnostic> {
    survey(schema, input, path, partial, sources).0
}

/// Does the same, and says how each misfit is taken out for the rest to be checked.
pub(super) fn survey(schema: &Value, input: &mut Input, path: &Path, partial: bool, sources: &[Source]) -> (Vec<Diagnostic>, Vec<Mend>) {
    let mut walk = Walk { root: schema, sources, partial, found: Vec::new(), mends: Vec::new(), texts: Vec::new() };
    walk.value(schema, input, path, input.span);
    let Walk { found, mends, texts, .. } = walk;
    for (place, text) in texts {
        if let Some(value) = input.below_mut(&place.parts()[path.parts().len()..]) {
            value.shape = Shape::Text(text);
        }
    }
    (found, mends)
}

struct Walk<'a> {
    root: &'a Value,
    sources: &'a [Source],
    partial: bool,
    found: Vec<Diagnostic>,
    mends: Vec<Mend>,
    /// The values that are to become text, each with that text.
    texts: Vec<(Path, String)>,
}

/// Returns where a module's way to name a secret is to be written in a container of a resource.
fn elsewhere(input: &Input, path: &Path) -> Option<(Option<Shape>, String)> {
    let Shape::Table(table) = &input.shape else { return None };
    let among = path.parts().iter().rev().nth(1).is_some_and(|part| part == "environment");
    let help = || format!("a resource names a secret by its ARN, beside `environment`: secrets = {{ {} = \"arn:…\" }}", last(path));
    (among && table.iter().any(|(name, _)| name == "secret")).then(|| (None, help()))
}

impl<'a> Walk<'a> {
    fn value(&mut self, form: &'a Value, input: &Input, path: &Path, at: Span) {
        let Some(schema) = self.resolve(form).as_object() else { return };
        if let Some(choices) = choices(self.root, schema) {
            return self.choice(form, &choices, input, path, at);
        }
        if let Some(branches) = branches(schema) {
            return self.branch(form, branches, input, path, at);
        }
        let types = types(schema);
        if !types.is_empty() && !types.iter().any(|name| fits(name, &input.shape)) {
            let wanted = types.iter().filter(|name| **name != "null").map(|name| noun(name)).collect::<Vec<_>>().join(" or ");
            let message = format!("`{}` must be {wanted}, not {}", last(path), describe(&input.shape));
            let wrong =
                Diagnostic::new(&codes::WRONG_TYPE, path.clone(), message).at(at).label(format!("this is {}", describe(&input.shape)));
            let meant = self.plainly(schema, input).or_else(|| self.rewritten(schema, input, path)).or_else(|| elsewhere(input, path));
            let (wrong, meant) = match meant {
                Some((shape, help)) => (wrong.help(help), shape),
                None => (wrong, None),
            };
            return self.misfit(wrong, types.contains(&"string"), meant, form, input, path);
        }
        match &input.shape {
            Shape::Table(table) => self.table(schema, table, path, at),
            Shape::List(items) => self.list(form, schema, items, path, at),
            Shape::Integer(number) => self.range(form, schema, (*number as f64, number.to_string()), path, at),
            Shape::Float(number) => self.range(form, schema, (*number, written(*number)), path, at),
            Shape::Text(_) | Shape::Boolean(_) => {}
        }
    }

    fn table(&mut self, schema: &'a Map<String, Value>, table: &Table, path: &Path, at: Span) {
        let empty = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        let rest = schema.get("additionalProperties");
        for (name, entry) in table {
            let place = if matches!(entry.input.shape, Shape::Table(_)) { entry.key } else { entry.input.span };
            if let Some(property) = properties.and_then(|properties| properties.get(name)) {
                self.value(property, &entry.input, &path.key(name), place);
            } else if rest == Some(&Value::Bool(false)) {
                let known = properties.unwrap_or(&empty).keys().map(String::as_str);
                self.found.push(unknown_key(name, known.clone(), path).at(entry.key));
                self.mends.push(Mend::unknown(path.key(name), meant(name, known)));
            } else if let Some(rest) = rest {
                self.value(rest, &entry.input, &path.key(name), place);
            }
        }
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !self.partial && !table.contains_key(name) {
                let doc = properties.and_then(|properties| self.resolve(properties.get(name)?).get("description")?.as_str());
                let doc = doc.or_else(|| properties?.get(name)?.get("description")?.as_str());
                let missing = Diagnostic::new(&codes::MISSING_KEY, path.clone(), format!("{} needs `{name}`", named(path))).at(at);
                self.found.push(match doc {
                    Some(doc) => missing.help(format!("{name}: {}", first_line(doc))),
                    None => missing,
                });
                if let Some(property) = properties.and_then(|properties| properties.get(name)) {
                    self.mends.push(Mend::missing(self.root, property, path.key(name)));
                }
            }
        }
    }

    fn list(&mut self, form: &'a Value, schema: &'a Map<String, Value>, items: &[Input], path: &Path, at: Span) {
        let limit = |key: &str| schema.get(key).and_then(Value::as_u64).map(|limit| limit as usize);
        if let Some(least) = limit("minItems").filter(|least| items.len() < *least) {
            let message = format!("`{}` needs {least} items or more, and has {}", last(path), items.len());
            self.mends.push(Mend::value(self.root, form, path.clone()));
            self.found.push(Diagnostic::new(&codes::WRONG_LENGTH, path.clone(), message).at(at));
        }
        if let Some(most) = limit("maxItems").filter(|most| items.len() > *most) {
            let message = format!("`{}` takes {most} items at most, and has {}", last(path), items.len());
            self.mends.push(Mend::value(self.root, form, path.clone()));
            self.found.push(Diagnostic::new(&codes::WRONG_LENGTH, path.clone(), message).at(at));
        }
        let prefix = schema.get("prefixItems").and_then(Value::as_array);
        for (index, item) in items.iter().enumerate() {
            if let Some(schema) = prefix.and_then(|prefix| prefix.get(index)).or(schema.get("items")) {
                self.value(schema, item, &path.index(index), item.span);
            }
        }
    }

    fn range(&mut self, form: &'a Value, schema: &Map<String, Value>, (number, written): (f64, String), path: &Path, at: Span) {
        let bits = schema.get("format").and_then(Value::as_str).and_then(|format| {
            Some(match format {
                "int8" => (f64::from(i8::MIN), f64::from(i8::MAX)),
                "int16" => (f64::from(i16::MIN), f64::from(i16::MAX)),
                "int32" => (f64::from(i32::MIN), f64::from(i32::MAX)),
                "uint8" => (0.0, f64::from(u8::MAX)),
                "uint16" => (0.0, f64::from(u16::MAX)),
                // AWS's own numbers have a sign, so that half of these could never be sent.
                "uint32" => (0.0, f64::from(i32::MAX)),
                "uint64" | "uint" => (0.0, f64::INFINITY),
                _ => return None,
            })
        });
        let (low, high) = bits.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        let low = bound("minimum").map_or(low, |bound| bound.max(low));
        let high = bound("maximum").map_or(high, |bound| bound.min(high));
        if number < low || number > high {
            let wanted = match (low.is_finite(), high.is_finite()) {
                (true, true) => format!("from {low} to {high}"),
                (true, false) => format!("{low} or more"),
                (false, _) => format!("{high} or less"),
            };
            let message = format!("`{}` must be {wanted}, not {written}", last(path));
            self.mends.push(Mend::value(self.root, form, path.clone()));
            self.found.push(Diagnostic::new(&codes::OUT_OF_RANGE, path.clone(), message).at(at));
        }
    }

    fn choice(&mut self, form: &'a Value, choices: &[&str], input: &Input, path: &Path, at: Span) {
        if input.text().is_none_or(|text| !choices.contains(&text)) {
            self.mends.push(Mend::value(self.root, form, path.clone()));
        }
        let list = || choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", ");
        let Some(text) = input.text() else {
            let message = format!("`{}` must be one of {}, not {}", last(path), list(), describe(&input.shape));
            return self.found.push(Diagnostic::new(&codes::NO_CHOICE, path.clone(), message).at(at));
        };
        if !choices.contains(&text) {
            let wrong = Diagnostic::new(&codes::NO_CHOICE, path.clone(), format!("`{}` cannot be `{text}`", last(path))).at(at);
            self.found.push(match nearest(text, choices.iter().copied()) {
                Some(near) => wrong.help(format!("did you mean `{near}`? It is one of {}", list())).guess(text, near),
                None => wrong.help(format!("it is one of {}", list())),
            });
        }
    }

    // If a value may have several forms, the one that it was most likely meant to have says what is wrong with it.
    fn branch(&mut self, form: &'a Value, branches: &'a [Value], input: &Input, path: &Path, at: Span) {
        let branches = branches.iter().filter(|branch| self.resolve(branch).get("type").and_then(Value::as_str) != Some("null"));
        let branches = branches.collect::<Vec<_>>();
        if let Some(discriminator) = self.discriminator(&branches) {
            return self.tagged(form, discriminator, &branches, input, path, at);
        }
        let other_form = [codes::WRONG_TYPE.id, codes::NO_CHOICE.id];
        let tries = branches.iter().map(|branch| {
            let mut walk = Walk { found: Vec::new(), mends: Vec::new(), texts: Vec::new(), ..*self };
            walk.value(branch, input, path, at);
            let misfit = walk.found.iter().any(|found| found.path == *path && other_form.contains(&found.code));
            (misfit, walk)
        });
        let tries = tries.collect::<Vec<_>>();
        if tries.len() > 1 && tries.iter().all(|(misfit, _)| *misfit) {
            let forms = branches.iter().flat_map(|branch| self.forms(branch)).collect::<Vec<_>>();
            let message = format!("`{}` must be {}, not {}", last(path), any_of(&forms), describe(&input.shape));
            let wrong = Diagnostic::new(&codes::WRONG_TYPE, path.clone(), message).at(at);
            return self.misfit(wrong, forms.iter().any(|form| form == noun("string")), None, form, input, path);
        }
        // One that takes the value as it is comes before one that takes it as text.
        if let Some((_, best)) = tries.into_iter().min_by_key(|(misfit, walk)| (*misfit, walk.found.len(), walk.texts.len())) {
            self.found.extend(best.found);
            self.mends.extend(best.mends);
            self.texts.extend(best.texts);
        }
    }

    // A value of the wrong type; `text` says whether text would do, `meant` which number it holds.
    fn misfit(&mut self, wrong: Diagnostic, text: bool, meant: Option<Shape>, form: &'a Value, input: &Input, path: &Path) {
        let Span { source, start, end } = input.span;
        let plain = matches!(input.shape, Shape::Integer(_) | Shape::Float(_) | Shape::Boolean(_));
        let written = self.sources.get(source).and_then(|source| source.text.get(start..end));
        // A value that took the place of `${each.value}` is written elsewhere.
        let written = written.filter(|written| text && plain && !written.starts_with(['"', '\'']));
        match written {
            Some(written) if source != FILE => self.texts.push((path.clone(), written.to_owned())),
            Some(written) => {
                self.mends.push(Mend::meant(path.clone(), Shape::Text(written.to_owned())));
                self.found.push(wrong.help(format!("write it as \"{written}\"")));
            }
            None => {
                self.mends.push(match meant {
                    Some(shape) => Mend::meant(path.clone(), shape),
                    None => Mend::value(self.root, form, path.clone()),
                });
                self.found.push(wrong);
            }
        }
    }

    // Says how an amount is written that stands in quotes, with its unit, or as a fraction of a larger one, where a plain number is
    // wanted.
    fn plainly(&self, schema: &Map<String, Value>, input: &Input) -> Option<(Option<Shape>, String)> {
        if !types(schema).iter().any(|name| ["integer", "number"].contains(name)) {
            return None;
        }
        let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let amount = |number: f64| {
            let shape = Shape::Integer(number.to_string().parse().ok()?);
            Some((Some(shape), format!("write it as {number}: {}", first_line(description))))
        };
        if let Shape::Float(number) = &input.shape {
            return amount(words::fraction(*number, description)?);
        }
        let text = input.text()?;
        match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => {
                let whole = text.trim().parse().map(Shape::Integer);
                Some((Some(whole.unwrap_or(Shape::Float(number))), format!("write it as {}, without quotes", text.trim())))
            }
            Ok(_) => None,
            Err(_) => amount(words::amount(text, description)?),
        }
    }

    // Says how a list or a table is written, where the other, or a value by itself, stands in its place.
    fn rewritten(&self, schema: &Map<String, Value>, input: &Input, path: &Path) -> Option<(Option<Shape>, String)> {
        let types = types(schema);
        let item = schema.get("items").and_then(|items| self.resolve(items).as_object());
        let takes = |name: &str| item.is_none_or(|item| self::types(item).contains(&name));
        match &input.shape {
            Shape::Table(_) if types.contains(&"array") && takes("object") => Some((None, format!("write `[[{path}]]` for each of them"))),
            Shape::Text(text) if types.contains(&"array") && takes("string") => {
                let text = if path.parts().last().is_some_and(|key| is_private_key(key)) { "…" } else { text };
                let text = serde_json::to_string(text).unwrap_or_default();
                Some((Some(Shape::List(vec![input.clone()])), format!("write it as [{text}]")))
            }
            Shape::List(_) if types.contains(&"object") => Some((None, format!("write `[{path}]`, once"))),
            Shape::Table(_) | Shape::Text(_) | Shape::List(_) | Shape::Integer(_) | Shape::Float(_) | Shape::Boolean(_) => None,
        }
    }

    fn forms(&self, branch: &'a Value) -> Vec<String> {
        let Some(schema) = self.resolve(branch).as_object() else { return Vec::new() };
        match choices(self.root, schema) {
            Some(choices) => choices.iter().map(|choice| format!("`{choice}`")).collect(),
            None => types(schema).iter().map(|name| noun(name).to_owned()).collect(),
        }
    }

    // The key whose constant tells the forms of a table apart, if there is one.
    fn discriminator(&self, branches: &[&'a Value]) -> Option<&'a str> {
        let constants = |branch: &'a Value| {
            let properties = self.resolve(branch).get("properties")?.as_object()?;
            Some(properties.iter().filter(|(_, schema)| schema.get("const").is_some()).map(|(name, _)| name.as_str()).collect::<Vec<_>>())
        };
        let first = constants(branches.first()?)?;
        first.into_iter().find(|name| branches.iter().all(|branch| constants(branch).is_some_and(|names| names.contains(name))))
    }

    fn tagged(&mut self, form: &'a Value, key: &str, branches: &[&'a Value], input: &Input, path: &Path, at: Span) {
        let constant = |branch: &'a Value| self.resolve(branch).get("properties")?.get(key)?.get("const")?.as_str();
        let names = branches.iter().filter_map(|branch| constant(branch)).collect::<Vec<_>>();
        let Some(table) = input.table() else {
            let message = format!("`{}` must be a table, not {}", last(path), describe(&input.shape));
            self.mends.push(Mend::value(self.root, form, path.clone()));
            return self.found.push(Diagnostic::new(&codes::WRONG_TYPE, path.clone(), message).at(at));
        };
        let Some(entry) = table.get(key) else {
            if !self.partial {
                let missing = Diagnostic::new(&codes::MISSING_KEY, path.clone(), format!("{} needs `{key}`", named(path))).at(at);
                self.found.push(missing.help(format!("it is one of {}", names.join(", "))));
                self.mends.push(Mend::value(self.root, form, path.clone()));
            }
            return;
        };
        match branches.iter().find(|branch| constant(branch).is_some() && constant(branch) == entry.input.text()) {
            Some(branch) => self.value(branch, input, path, at),
            None => {
                self.choice(form, &names, &entry.input, &path.key(key), entry.input.span);
                self.mends.pop();
                self.mends.push(Mend::value(self.root, form, path.clone()));
            }
        }
    }

    fn resolve(&self, schema: &'a Value) -> &'a Value {
        resolve(self.root, schema)
    }
}

// The key that was most likely meant.
fn meant<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    words::key(name, known.clone()).or_else(|| nearest(name, known))
}

/// An unknown key of the table at `path`, with the nearest known one.
pub fn unknown_key<'n>(name: &str, known: impl Iterator<Item = &'n str> + Clone, path: &Path) -> Diagnostic {
    let wrong = Diagnostic::new(&codes::UNKNOWN_KEY, path.key(name), format!("unknown key `{name}` in {}", named(path)));
    match meant(name, known.clone()) {
        Some(near) => wrong.help(format!("did you mean `{near}`?")).guess(name, near),
        None => wrong.help(format!("it takes {}", listed(name, known.collect()))),
    }
}

/// Returns the names that may stand in the place of a wrong one: all of them, or of very many those that have most in common with it.
fn listed(name: &str, known: Vec<&str>) -> String {
    const MANY: usize = 60;
    const FEW: usize = 5;
    if known.len() <= MANY {
        return known.join(", ");
    }
    format!("{} keys; the nearest are {}", known.len(), alike(name, known.iter().copied(), FEW).join(", "))
}

/// Returns a fraction as people write it, and what is very large or small with its exponent.
pub(super) fn written(number: f64) -> String {
    if number == 0.0 || (1e-6..1e15).contains(&number.abs()) { number.to_string() } else { format!("{number:e}") }
}

fn fits(name: &str, shape: &Shape) -> bool {
    match shape {
        Shape::Text(_) => name == "string",
        Shape::Integer(_) => name == "integer" || name == "number",
        Shape::Float(_) => name == "number",
        Shape::Boolean(_) => name == "boolean",
        Shape::List(_) => name == "array",
        Shape::Table(_) => name == "object",
    }
}

fn noun(name: &str) -> &str {
    match name {
        "string" => "a string",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a table",
        other => other,
    }
}

fn describe(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text(_) => "a string",
        Shape::Integer(_) => "a whole number",
        Shape::Float(_) => "a number with a fraction",
        Shape::Boolean(_) => "true or false",
        Shape::List(_) => "a list",
        Shape::Table(_) => "a table",
    }
}

// The key; for an item of a list, the list's key as well.
fn last(path: &Path) -> String {
    match path.parts() {
        [.., list, item] if item.bytes().all(|byte| byte.is_ascii_digit()) => format!("{list}.{item}"),
        [.., key] => key.clone(),
        [] => "the file".to_owned(),
    }
}

fn any_of(forms: &[String]) -> String {
    match forms {
        [many @ .., one] if !many.is_empty() => format!("{} or {one}", many.join(", ")),
        _ => forms.concat(),
    }
}

/// Returns the name of a table in messages: `[service.api]`, or the file.
pub fn named(path: &Path) -> String {
    if path.is_empty() { "the file".to_owned() } else { format!("`[{path}]`") }
}

fn first_line(doc: &str) -> &str {
    doc.split("\n\n").next().unwrap_or(doc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::input::{parse, parse_set};
    use schemars::{JsonSchema, schema_for};
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Service {
        /// The image to run.
        image: String,
        port: Option<u16>,
        #[serde(default)]
        engine: Engine,
        #[serde(default)]
        environment: BTreeMap<String, Setting>,
        #[serde(default)]
        scale: Option<Scale>,
        #[serde(default)]
        origins: Vec<String>,
        #[serde(default)]
        share: f64,
        #[serde(default)]
        rule: Option<Rule>,
    }

    #[derive(Debug, Default, Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    enum Engine {
        /// The first.
        #[default]
        Postgres,
        /// The other.
        Mysql,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(untagged)]
    #[allow(dead_code)]
    enum Setting {
        Plain(String),
        Secret(Secret),
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Secret {
        secret: String,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Scale {
        min: u32,
        max: u32,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
    #[allow(dead_code)]
    enum Rule {
        Path { path: String },
        Host { host: String },
    }

    fn messages(text: &str) -> Vec<String> {
        let source = Source::new("x", text);
        let (mut input, errors) = parse(&source, 0);
        assert_eq!(errors, []);
        let schema = schema_for!(Service).to_value();
        let found = check(&schema, &mut input, &Path::new(["service", "api"]), false, &[source]);
        let clean = found.is_empty();
        assert_eq!(clean, Service::deserialize(input.to_json()).is_ok(), "the walk and serde disagree on {text}");
        found
            .into_iter()
            .map(|one| format!("{} {}{}", one.code, one.message, one.help.map(|help| format!(" | {help}")).unwrap_or_default()))
            .collect()
    }

    #[test]
    fn each_misfit_says_what_is_wanted() {
        for (text, want) in [
            ("image = 'x'", &[][..]),
            ("", &["KEY002 `[service.api]` needs `image` | image: The image to run."]),
            ("image = 'x'\nprot = 1", &["KEY001 unknown key `prot` in `[service.api]` | did you mean `port`?"]),
            (
                "image = 1\nport = 'x'",
                &[
                    "TYPE001 `image` must be a string, not a whole number | write it as \"1\"",
                    "TYPE001 `port` must be a whole number, not a string",
                ],
            ),
            ("image = 'x'\nport = 70000", &["TYPE003 `port` must be from 0 to 65535, not 70000"]),
            ("image = 'x'\nport = 80.5", &["TYPE001 `port` must be a whole number, not a number with a fraction"]),
            ("image = 'x'\nshare = 1", &[]),
            (
                "image = 'x'\nengine = 'postgras'",
                &["TYPE002 `engine` cannot be `postgras` | did you mean `postgres`? It is one of `postgres`, `mysql`"],
            ),
            ("image = 'x'\nengine = 5", &["TYPE002 `engine` must be one of `postgres`, `mysql`, not a whole number"]),
            ("image = 'x'\nenvironment = { A = 'x', B = { secret = 'jwt' } }", &[]),
            ("image = 'x'\nenvironment = { A = 5 }", &["TYPE001 `A` must be a string or a table, not a whole number | write it as \"5\""]),
            (
                "image = 'x'\nenvironment.A = { secrt = 'x' }",
                &[
                    "KEY001 unknown key `secrt` in `[service.api.environment.A]` | did you mean `secret`?",
                    "KEY002 `[service.api.environment.A]` needs `secret`",
                ],
            ),
            ("image = 'x'\nscale = { min = 1 }", &["KEY002 `[service.api.scale]` needs `max`"]),
            (
                "image = 'x'\nscale = { min = -1, max = 5000000000 }",
                &["TYPE003 `max` must be from 0 to 2147483647, not 5000000000", "TYPE003 `min` must be from 0 to 2147483647, not -1"],
            ),
            ("image = 'x'\norigins = ['a', 5]", &["TYPE001 `origins.1` must be a string, not a whole number | write it as \"5\""]),
            ("image = 'x'\nrule = { kind = 'path', path = '/' }", &[]),
            (
                "image = 'x'\nrule = { kind = 'pth', path = '/' }",
                &["TYPE002 `kind` cannot be `pth` | did you mean `path`? It is one of `path`, `host`"],
            ),
            ("image = 'x'\nrule = { path = '/' }", &["KEY002 `[service.api.rule]` needs `kind` | it is one of path, host"]),
            (
                "image = 'x'\nrule = { kind = 'host', path = '/' }",
                &["KEY001 unknown key `path` in `[service.api.rule]` | it takes host, kind", "KEY002 `[service.api.rule]` needs `host`"],
            ),
        ] {
            assert_eq!(messages(text), want, "{text}");
        }
    }

    #[test]
    fn a_set_takes_numbers_and_flags_as_text_where_text_is_wanted() {
        let schema = schema_for!(Service).to_value();
        let path = Path::new(["service", "api"]);
        for (set, want) in [
            ("service.api.image=7.0", serde_json::json!({ "image": "7.0" })),
            ("service.api.image=0x1F", serde_json::json!({ "image": "0x1F" })),
            ("service.api.image = true", serde_json::json!({ "image": "true" })),
            ("service.api.environment.A=15", serde_json::json!({ "environment": { "A": "15" } })),
            ("service.api.port=80", serde_json::json!({ "port": 80 })),
            ("service.api.share=1", serde_json::json!({ "share": 1 })),
        ] {
            let sources = [Source::new("x", ""), Source::new("--set argument 1", set)];
            let mut input = parse_set(&sources[1], 1).unwrap();
            let mut own = input.below_mut(&["service".into(), "api".into()]).unwrap().clone();
            assert_eq!(check(&schema, &mut own, &path, true, &sources), [], "{set}");
            assert_eq!(own.to_json(), want, "{set}");
        }
        let sources = [Source::new("x", ""), Source::new("--set argument 1", "engine=5")];
        let mut input = parse_set(&sources[1], 1).unwrap();
        assert_eq!(check(&schema, &mut input, &path, true, &sources).len(), 1, "no choice is a number");
    }
}
