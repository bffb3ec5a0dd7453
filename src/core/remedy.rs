//! A remedy for what has none of its own: the meaning of the key that is wrong.

use super::diagnostic::Diagnostic;
use super::forms::{branches, resolve};
use super::kind::Row;
use super::module::ModuleRow;
use super::settings::Settings;
use super::stack::Stack;
use serde_json::Value;
use std::collections::BTreeMap;

/// Gives each error below a table that has no remedy what the documentation of its key says.
pub(super) fn explain(stack: &Stack, diagnostics: &mut [Diagnostic]) {
    let mut schemas = Schemas { modules: BTreeMap::new(), kinds: BTreeMap::new(), made: BTreeMap::new() };
    for part in &stack.parts {
        schemas.modules.entry(part.row.section).or_insert(part.row);
    }
    for resource in &stack.resources {
        let name = resource.path.parts().get(1).map(String::as_str).unwrap_or_default();
        schemas.kinds.entry(name).or_insert(resource.kind);
    }
    for one in diagnostics.iter_mut().filter(|one| one.help.is_none() && one.is_error()) {
        one.help = schemas.help(one.path.parts());
    }
}

struct Schemas<'a> {
    modules: BTreeMap<&'a str, &'static ModuleRow>,
    kinds: BTreeMap<&'a str, &'static Row>,
    /// Those that were asked for, by module or kind.
    made: BTreeMap<&'static str, Value>,
}

impl Schemas<'_> {
    fn help(&mut self, path: &[String]) -> Option<String> {
        let (section, below) = path.split_first()?;
        let (schema, keys) = match (self.modules.get(section.as_str()), section.as_str()) {
            (Some(row), _) => {
                let schema = self.made.entry(row.section).or_insert_with(row.schema);
                (schema, if row.named { below.get(1..)? } else { below })
            }
            (None, "stack") => (self.made.entry("stack").or_insert_with(|| schemars::schema_for!(Settings).to_value()), below),
            (None, "resource") => {
                let row = self.kinds.get(below.first()?.as_str())?;
                (self.made.entry(row.name).or_insert_with(|| (row.schema)().to_value()), below.get(1..)?)
            }
            (None, _) => return None,
        };
        meaning(schema, schema, keys)
    }
}

// The documentation of the deepest key of a path that has some: `port: The port.`
fn meaning(root: &Value, schema: &Value, keys: &[String]) -> Option<String> {
    let (key, rest) = keys.split_first()?;
    forms(root, schema).into_iter().find_map(|form| {
        let property = form.get("properties").and_then(|all| all.get(key)).or_else(|| form.get("items"));
        let property = property.or_else(|| form.get("additionalProperties")).filter(|property| property.is_object())?;
        let own = || {
            let doc = property.get("description").or_else(|| resolve(root, property).get("description"))?.as_str()?;
            Some(format!("{key}: {}", doc.split("\n\n").next().unwrap_or(doc)))
        };
        meaning(root, property, rest).or_else(own)
    })
}

fn forms<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = resolve(root, schema);
    let more = schema.as_object().and_then(branches).unwrap_or_default();
    std::iter::once(schema).chain(more.iter().map(|form| resolve(root, form))).collect()
}
