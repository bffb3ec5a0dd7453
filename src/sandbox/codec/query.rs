//! Requests in the ec2 and query protocols: flat form parameters with dotted names.

use super::path::{Path, Problem};
use super::{HttpRequest, Target, Wire, note, scalar};
use crate::model::{Kind, Model, Ref, Shape};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Parameters as a tree along the dots of their names.
#[derive(Debug, Default)]
pub struct Param {
    value: Option<String>,
    parts: BTreeMap<String, Param>,
}

/// Name and value of each parameter of a query string or a form.
pub fn pairs(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let clean = |part: &str| percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
    text.split('&').filter(|pair| !pair.is_empty()).map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (clean(name), clean(value))
    })
}

/// All parameters of a request, of its query string and of its form.
pub fn params(request: &HttpRequest, body: &[u8]) -> Param {
    let mut root = Param::default();
    let form = String::from_utf8_lossy(body);
    for (name, value) in pairs(request.uri().query().unwrap_or("")).chain(pairs(&form)) {
        if matches!(name.as_str(), "Action" | "Version") || name.starts_with("X-Amz-") {
            continue;
        }
        let mut place = &mut root;
        // AWS's own names are at most a dozen parts deep.
        for part in name.splitn(32, '.') {
            place = place.parts.entry(part.to_owned()).or_default();
        }
        place.value = Some(value);
    }
    root
}

pub fn decode(target: &Target, shape: &Shape, params: &Param, problems: &mut Vec<Problem>) -> Value {
    let mut input = Decoder { model: target.model, ec2: target.wire == Wire::Ec2, problems }.structure(shape, params, &Path::Root);
    // These two take an empty parameter for one that is not there; some clients send every one they know.
    if let (Value::Object(members), "rds" | "elasticache") = (&mut input, target.model.name) {
        members.retain(|_, value| value != "");
    }
    input
}

struct Decoder<'a> {
    model: &'static Model,
    ec2: bool,
    problems: &'a mut Vec<Problem>,
}

impl Decoder<'_> {
    fn structure(&mut self, shape: &Shape, params: &Param, path: &Path<'_>) -> Value {
        let mut members = Map::new();
        let mut known = Vec::with_capacity(params.parts.len());
        for (name, used) in &shape.members {
            let wire_name = self.wire_name(name, used);
            if let Some(param) = params.parts.get(&wire_name) {
                if let Some(value) = self.value(used, param, &Path::Member(path, name)) {
                    members.insert(name.clone(), value);
                }
                known.push(wire_name);
            }
        }
        for name in params.parts.keys().filter(|name| !known.contains(name)) {
            note(self.problems, Problem::Unknown { path: Path::Member(path, name).to_string() });
        }
        Value::Object(members)
    }

    /// The parameter's name at its level.
    fn wire_name(&self, name: &str, used: &Ref) -> String {
        if self.ec2 {
            return used.query_name.clone().or_else(|| used.location_name.as_deref().map(capitalised)).unwrap_or_else(|| name.to_owned());
        }
        let shape = self.model.shape(&used.shape);
        let flat_item =
            (shape.flattened || used.flattened).then(|| shape.member.as_ref().and_then(|member| member.location_name.clone())).flatten();
        flat_item.or_else(|| used.location_name.clone()).unwrap_or_else(|| name.to_owned())
    }

    fn value(&mut self, used: &Ref, param: &Param, path: &Path<'_>) -> Option<Value> {
        let shape = self.model.shape(&used.shape);
        match shape.kind {
            Kind::Structure => Some(self.structure(shape, param, path)),
            Kind::List => Some(self.list(shape, used, param, path)),
            Kind::Map => Some(self.map(shape, used, param, path)),
            _ => {
                if let Some(extra) = param.parts.keys().next() {
                    note(self.problems, Problem::Unknown { path: Path::Member(path, extra).to_string() });
                }
                match scalar::parse(shape, param.value.as_deref()?) {
                    Ok(value) => Some(value),
                    Err(expected) => {
                        note(self.problems, Problem::Type { path: path.to_string(), expected });
                        None
                    }
                }
            }
        }
    }

    fn list(&mut self, shape: &Shape, used: &Ref, param: &Param, path: &Path<'_>) -> Value {
        let Some(member) = &shape.member else { return Value::Array(Vec::new()) };
        let flat = self.ec2 || shape.flattened || used.flattened;
        let items =
            if flat { Some(param) } else { self.nested(param, member.location_name.as_deref().unwrap_or("member"), "member", path) };
        let numbered = items.map(|items| self.numbered(items, path)).unwrap_or_default();
        numbered.into_iter().enumerate().filter_map(|(index, item)| self.value(member, item, &Path::Item(path, index))).collect()
    }

    fn map(&mut self, shape: &Shape, used: &Ref, param: &Param, path: &Path<'_>) -> Value {
        let (Some(key), Some(value)) = (&shape.key, &shape.value) else { return Value::Object(Map::new()) };
        let entries = if shape.flattened || used.flattened { Some(param) } else { self.nested(param, "entry", "entry", path) };
        let mut map = Map::new();
        for entry in entries.map(|entries| self.numbered(entries, path)).unwrap_or_default() {
            let name = entry.parts.get(key.location_name.as_deref().unwrap_or("key")).and_then(|key| key.value.clone()).unwrap_or_default();
            if let Some(content) = entry.parts.get(value.location_name.as_deref().unwrap_or("value"))
                && let Some(content) = self.value(value, content, &Path::Key(path, &name))
            {
                map.insert(name, content);
            }
        }
        Value::Object(map)
    }

    /// The level `Name.member` of a list; AWS takes the model's item name and plain `member` alike.
    fn nested<'p>(&mut self, param: &'p Param, name: &str, other: &str, path: &Path<'_>) -> Option<&'p Param> {
        for extra in param.parts.keys().filter(|part| *part != name && *part != other) {
            note(self.problems, Problem::Unknown { path: Path::Member(path, extra).to_string() });
        }
        param.parts.get(name).or_else(|| param.parts.get(other))
    }

    fn numbered<'p>(&mut self, param: &'p Param, path: &Path<'_>) -> Vec<&'p Param> {
        let mut items: Vec<(u32, &Param)> = Vec::with_capacity(param.parts.len());
        for (name, item) in &param.parts {
            match name.parse() {
                Ok(number) => items.push((number, item)),
                Err(_) => note(self.problems, Problem::Unknown { path: Path::Member(path, name).to_string() }),
            }
        }
        items.sort_by_key(|(number, _)| *number);
        items.into_iter().map(|(_, item)| item).collect()
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
