//! Stand-ins for what a table has wrong, so that the rest of it is checked as well.
//!
//! Nobody knows what a wrong value was meant to be. So the table is checked twice, each time with other stand-ins, and only what
//! is found both times holds whatever was meant.

use super::forms::{branches, choices, resolve, types};
use super::input::{Entry, Input, Shape};
use super::source::{Path, Span};
use serde_json::Value;

/// One of the two sets of stand-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The value that would be there if nothing had been written, or the least that fits.
    Low,
    /// Another value that fits.
    High,
}

/// One change to a table that takes something wrong out of it, by way.
#[derive(Debug, Clone, PartialEq)]
pub struct Mend {
    pub path: Path,
    low: Change,
    high: Change,
}

#[derive(Debug, Clone, PartialEq)]
enum Change {
    Remove,
    /// The name that was most likely meant.
    Rename(String),
    Put(Shape),
    /// Put there if nothing else is by then.
    Fill(Shape),
}

impl Mend {
    /// A key that the table does not take, and the one that was most likely meant.
    pub fn unknown(path: Path, meant: Option<&str>) -> Self {
        Mend { path, low: Change::Remove, high: meant.map_or(Change::Remove, |meant| Change::Rename(meant.to_owned())) }
    }
    /// A value that is known to be meant.
    pub fn meant(path: Path, shape: Shape) -> Self {
        Mend { path, low: Change::Put(shape.clone()), high: Change::Put(shape) }
    }
    /// A value that is missing.
    pub fn missing(root: &Value, schema: &Value, path: Path) -> Self {
        let fill = |way| stand_in(root, schema, way, 0).map_or(Change::Remove, Change::Fill);
        Mend { path, low: fill(Way::Low), high: fill(Way::High) }
    }
    /// A value that does not fit its schema.
    pub fn value(root: &Value, schema: &Value, path: Path) -> Self {
        let item = path.parts().last().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        let optional = !item && (schema.get("default").is_some_and(Value::is_null) || may_be_null(root, schema));
        let put = |way| stand_in(root, schema, way, 0).map_or(Change::Remove, Change::Put);
        Mend { path, low: if optional { Change::Remove } else { put(Way::Low) }, high: put(Way::High) }
    }
}

/// Changes a table as its mends say. Keys that were there keep their places.
pub fn apply(input: &mut Input, below: &Path, mends: &[Mend], way: Way) {
    for mend in mends {
        let change = if way == Way::Low { &mend.low } else { &mend.high };
        let Some([path @ .., key]) = mend.path.parts().get(below.parts().len()..) else { continue };
        let Some(parent) = input.below_mut(path) else { continue };
        let at = parent.span;
        match (&mut parent.shape, change) {
            (Shape::Table(table), Change::Remove) => drop(table.remove(key)),
            (Shape::Table(table), Change::Rename(meant)) => {
                if let Some(entry) = table.remove(key) {
                    table.entry(meant.clone()).or_insert(entry);
                }
            }
            (Shape::Table(table), Change::Put(shape)) => {
                let entry = table.entry(key.clone()).or_insert_with(|| Entry { key: at, input: Input { span: at, shape: shape.clone() } });
                entry.input.shape = shape.clone();
            }
            (Shape::Table(table), Change::Fill(shape)) => {
                table.entry(key.clone()).or_insert_with(|| Entry { key: at, input: Input { span: at, shape: shape.clone() } });
            }
            (Shape::List(items), Change::Put(shape)) => {
                if let Some(item) = key.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
                    item.shape = shape.clone();
                }
            }
            (_, _) => {}
        }
    }
}

fn may_be_null(root: &Value, schema: &Value) -> bool {
    let Some(schema) = resolve(root, schema).as_object() else { return false };
    types(schema).contains(&"null") || branches(schema).is_some_and(|branches| branches.iter().any(|branch| branch["type"] == "null"))
}

// A value that fits a schema. Texts are left alone by checks in the second way, as what is not known yet.
fn stand_in(root: &Value, schema: &Value, way: Way, depth: usize) -> Option<Shape> {
    if depth > 8 {
        return None;
    }
    if let Some(default) = schema.get("default").filter(|default| way == Way::Low && !default.is_null()) {
        return shape_of(default);
    }
    let schema = resolve(root, schema).as_object()?;
    let end = |count: usize| if way == Way::Low { 0 } else { count.saturating_sub(1) };
    if let Some(choices) = choices(root, schema) {
        return Some(Shape::Text((*choices.get(end(choices.len()))?).to_owned()));
    }
    if let Some(branches) = branches(schema) {
        let forms = branches.iter().filter(|branch| branch["type"] != "null").collect::<Vec<_>>();
        return stand_in(root, forms.get(end(forms.len()))?, way, depth + 1);
    }
    let bound = |key: &str| schema.get(key).and_then(Value::as_i64);
    match types(schema).into_iter().find(|name| *name != "null")? {
        "string" if way == Way::Low => Some(Shape::Text("x".into())),
        "string" => Some(Shape::Text("${unknown.value.id}".into())),
        "integer" => {
            let (low, high) = (bound("minimum").unwrap_or(1).max(1), bound("maximum").unwrap_or(200));
            Some(Shape::Integer(if way == Way::Low { low } else { high.min(200) }))
        }
        "number" => Some(Shape::Float(if way == Way::Low { 0.5 } else { 1.0 })),
        "boolean" => Some(Shape::Boolean(way == Way::High)),
        "array" => {
            let least = usize::try_from(bound("minItems").unwrap_or_default()).unwrap_or_default().min(100);
            let least = if way == Way::Low { least } else { least.max(1) };
            let item = schema.get("items").filter(|_| least > 0).and_then(|items| stand_in(root, items, way, depth + 1));
            let item = item.map(|shape| Input { span: Span::default(), shape });
            Some(Shape::List(item.into_iter().flat_map(|item| std::iter::repeat_n(item, least)).collect()))
        }
        "object" => {
            let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            let constants = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
            let constants = constants.filter(|(_, property)| property.get("const").is_some()).map(|(name, _)| name.as_str());
            let entries = required.chain(constants).map(|name| {
                let shape = stand_in(root, schema.get("properties")?.get(name)?, way, depth + 1)?;
                Some((name.to_owned(), Entry { key: Span::default(), input: Input { span: Span::default(), shape } }))
            });
            Some(Shape::Table(entries.collect::<Option<_>>()?))
        }
        _ => None,
    }
}

fn shape_of(value: &Value) -> Option<Shape> {
    let input = |value: &Value| Some(Input { span: Span::default(), shape: shape_of(value)? });
    Some(match value {
        Value::Null => return None,
        Value::Bool(boolean) => Shape::Boolean(*boolean),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| number.as_f64().map(Shape::Float), |number| Some(Shape::Integer(number)))?
        }
        Value::String(text) => Shape::Text(text.clone()),
        Value::Array(items) => Shape::List(items.iter().map(input).collect::<Option<_>>()?),
        Value::Object(map) => {
            let entries = map.iter().filter(|(_, value)| !value.is_null());
            let entry = |(name, value): (&String, &Value)| Some((name.clone(), Entry { key: Span::default(), input: input(value)? }));
            Shape::Table(entries.map(entry).collect::<Option<_>>()?)
        }
    })
}
