//! XML: payloads of rest-xml in both directions, answers of the ec2 and query protocols.

use super::path::{Path, Problem};
use super::{HttpResponse, Target, Wire, note, respond, scalar};
use crate::model::{Kind, Model, Ref, Shape};
use quick_xml::escape::escape;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use serde_json::{Map, Value};

/// Nothing that AWS takes nests deeper.
const MAX_DEPTH: usize = 64;

/// An element by its local name; attributes come first among its children.
#[derive(Debug, Default)]
pub struct Element {
    pub name: String,
    pub text: String,
    pub children: Vec<Element>,
}

pub fn parse(body: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        let event = reader.read_event().map_err(|error| format!("the body is not XML: {error}"))?;
        let inner = open.len();
        match event {
            Event::Start(start) if inner <= MAX_DEPTH => open.push(element(&start)),
            Event::Start(_) => return Err("the XML nests too deeply".into()),
            Event::Empty(start) => open[inner - 1].children.push(element(&start)),
            Event::End(_) => {
                let Some(done) = open.pop() else { break };
                let Some(parent) = open.last_mut() else { return Err("the XML does not balance".into()) };
                parent.children.push(done);
            }
            Event::Text(content) => open[inner - 1].text.push_str(&content.xml_content(quick_xml::XmlVersion::Explicit1_0)),
            Event::CData(content) => open[inner - 1].text.push_str(&content.into_inner()),
            Event::GeneralRef(name) => match name.resolve_char_ref() {
                Ok(Some(letter)) => open[inner - 1].text.push(letter),
                _ => match quick_xml::escape::resolve_predefined_entity(&name.into_inner()) {
                    Some(text) => open[inner - 1].text.push_str(text),
                    None => return Err("the XML names an unknown entity".into()),
                },
            },
            Event::Eof => break,
            _ => {}
        }
    }
    match (open.len(), open.pop().and_then(|mut root| root.children.pop())) {
        (1, Some(root)) => Ok(root),
        _ => Err("the XML is not complete".into()),
    }
}

fn element(start: &BytesStart<'_>) -> Element {
    let attributes = start.attributes().flatten().filter(|attribute| !attribute.key.as_ref().starts_with("xmlns"));
    let children = attributes.map(|attribute| Element {
        name: attribute.key.local_name().as_ref().to_owned(),
        text: quick_xml::escape::unescape(&attribute.value).map(|value| value.into_owned()).unwrap_or_default(),
        children: Vec::new(),
    });
    Element { name: start.local_name().as_ref().to_owned(), text: String::new(), children: children.collect() }
}

/// A structure out of an element whose name was already checked, or does not matter.
pub fn decode(model: &'static Model, shape: &Shape, element: &Element, path: &Path<'_>, problems: &mut Vec<Problem>) -> Value {
    let mut members = Map::new();
    let mut known: Vec<&str> = Vec::with_capacity(element.children.len());
    for (name, used) in shape.members.iter().filter(|(_, used)| used.location.is_none()) {
        let inner = model.shape(&used.shape);
        let wire_name = local(used.location_name.as_deref().unwrap_or(name));
        let mut found = element.children.iter().filter(|child| child.name == wire_name).peekable();
        let Some(first) = found.peek() else { continue };
        known.push(wire_name);
        let path = Path::Member(path, name);
        if inner.kind == Kind::List && (inner.flattened || used.flattened) {
            let Some(member) = &inner.member else { continue };
            let items = found.enumerate().filter_map(|(index, item)| any(model, member, item, &Path::Item(&path, index), problems));
            members.insert(name.clone(), items.collect());
        } else if let Some(value) = any(model, used, first, &path, problems) {
            members.insert(name.clone(), value);
        }
    }
    for child in element.children.iter().filter(|child| !known.contains(&child.name.as_str())) {
        note(problems, Problem::Unknown { path: Path::Member(path, &child.name).to_string() });
    }
    Value::Object(members)
}

fn any(model: &'static Model, used: &Ref, element: &Element, path: &Path<'_>, problems: &mut Vec<Problem>) -> Option<Value> {
    let shape = model.shape(&used.shape);
    match shape.kind {
        Kind::Structure => Some(decode(model, shape, element, path, problems)),
        Kind::List => {
            let member = shape.member.as_ref()?;
            let items = element.children.iter().enumerate();
            Some(items.filter_map(|(index, item)| any(model, member, item, &Path::Item(path, index), problems)).collect())
        }
        Kind::Map => {
            let content = shape.value.as_ref()?;
            let mut map = Map::new();
            for entry in &element.children {
                let part = |name: &str| entry.children.iter().find(|child| child.name == name);
                if let (Some(key), Some(value)) = (part("key"), part("value"))
                    && let Some(value) = any(model, content, value, &Path::Key(path, &key.text), problems)
                {
                    map.insert(key.text.clone(), value);
                }
            }
            Some(Value::Object(map))
        }
        _ => match scalar::parse(shape, if shape.kind == Kind::String { &element.text } else { element.text.trim() }) {
            Ok(value) => Some(value),
            Err(expected) => {
                note(problems, Problem::Type { path: path.to_string(), expected });
                None
            }
        },
    }
}

/// An answer of the ec2 or the query protocol.
pub fn response(target: &Target, shape: Option<&Shape>, output: &Value, request_id: &str) -> HttpResponse {
    let operation = &target.operation.name;
    let mut inner = String::new();
    if let Some(shape) = shape {
        members(&mut inner, target.model, shape, output);
    }
    let namespace = namespace(target.model);
    let request_id = escape(request_id);
    let body = if target.wire == Wire::Ec2 {
        format!("<{operation}Response{namespace}><requestId>{request_id}</requestId>{inner}</{operation}Response>")
    } else {
        let wrapper = target.operation.output.as_ref().and_then(|output| output.result_wrapper.clone());
        let result = match wrapper.or_else(|| shape.map(|_| format!("{operation}Result"))) {
            Some(wrapper) => format!("<{wrapper}>{inner}</{wrapper}>"),
            None => inner,
        };
        format!(
            "<{operation}Response{namespace}>{result}<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
        )
    };
    respond(200, "text/xml;charset=UTF-8", format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}"))
}

/// A whole rest-xml body: the root element, its namespace, its content.
pub fn document(model: &'static Model, shape: &Shape, root: &str, value: &Value) -> String {
    let mut inner = String::new();
    members(&mut inner, model, shape, value);
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root}{}>{inner}</{root}>", namespace(model))
}

/// ` xmlns="…"` of a service's answers.
pub(super) fn namespace(model: &Model) -> String {
    let stated = match &model.metadata.xml_namespace {
        Some(Value::String(uri)) => Some(uri.clone()),
        Some(other) => other.get("uri").and_then(Value::as_str).map(String::from),
        None => None,
    };
    let known = match model.name {
        "s3" => Some("http://s3.amazonaws.com/doc/2006-03-01/".to_owned()),
        "cloudfront" => Some(format!("http://cloudfront.amazonaws.com/doc/{}/", model.metadata.api_version)),
        "route53" => Some(format!("https://route53.amazonaws.com/doc/{}/", model.metadata.api_version)),
        _ => None,
    };
    stated.or(known).map(|uri| format!(" xmlns=\"{}\"", escape(uri))).unwrap_or_default()
}

fn members(out: &mut String, model: &'static Model, shape: &Shape, value: &Value) {
    for (name, used) in shape.members.iter().filter(|(_, used)| used.location.is_none() && !used.xml_attribute) {
        if let Some(value) = value.get(name).filter(|value| !value.is_null()) {
            write(out, model, used, used.location_name.as_deref().unwrap_or(name), value);
        }
    }
}

fn write(out: &mut String, model: &'static Model, used: &Ref, name: &str, value: &Value) {
    let shape = model.shape(&used.shape);
    match (shape.kind, value) {
        (Kind::List, Value::Array(items)) => {
            let Some(member) = &shape.member else { return };
            if shape.flattened || used.flattened {
                items.iter().for_each(|item| write(out, model, member, member.location_name.as_deref().unwrap_or(name), item));
            } else {
                let item_name = member.location_name.as_deref().unwrap_or("member");
                wrapped(out, name, "", |out| items.iter().for_each(|item| write(out, model, member, item_name, item)));
            }
        }
        (Kind::Map, Value::Object(entries)) => {
            let (Some(key), Some(content)) = (&shape.key, &shape.value) else { return };
            let flat = shape.flattened || used.flattened;
            let all = |out: &mut String| {
                for (entry, value) in entries {
                    wrapped(out, if flat { name } else { "entry" }, "", |out| {
                        write(out, model, key, key.location_name.as_deref().unwrap_or("key"), &Value::String(entry.clone()));
                        write(out, model, content, content.location_name.as_deref().unwrap_or("value"), value);
                    });
                }
            };
            if flat { all(out) } else { wrapped(out, name, "", all) }
        }
        (Kind::Structure, value) => {
            let attributes = shape.members.iter().filter(|(_, used)| used.xml_attribute).filter_map(|(name, used)| {
                let text = value.get(name)?.as_str()?;
                let schema = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
                Some(format!("{schema} {}=\"{}\"", used.location_name.as_deref().unwrap_or(name), escape(text)))
            });
            wrapped(out, name, &attributes.collect::<String>(), |out| members(out, model, shape, value));
        }
        (_, value) => wrapped(out, name, "", |out| out.push_str(&escape(scalar::print(shape, used, value, "iso8601")))),
    }
}

fn wrapped(out: &mut String, name: &str, attributes: &str, inner: impl FnOnce(&mut String)) {
    out.push_str(&format!("<{name}{attributes}>"));
    inner(out);
    out.push_str(&format!("</{name}>"));
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}
