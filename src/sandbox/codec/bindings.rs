//! REST: members that travel in the path, the query string, the headers, and the payload.

use super::path::{Path, Problem};
use super::{HttpRequest, HttpResponse, Target, Wire, event_stream, json, note, query, respond, scalar, set_header, xml};
use crate::model::{Kind, Ref, Shape};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

pub fn decode(target: &Target, shape: &'static Shape, request: &HttpRequest, body: &[u8], problems: &mut Vec<Problem>) -> Value {
    let mut members = match decode_body(target, shape, body, problems) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    let pairs: Vec<_> = query::pairs(request.uri().query().unwrap_or("")).collect();
    for (name, used) in &shape.members {
        let wire_name = used.location_name.as_deref().unwrap_or(name);
        let texts: Vec<String> = match used.location.as_deref() {
            Some("uri") => target.labels.iter().filter(|(label, _)| label == wire_name).map(|(_, value)| value.clone()).collect(),
            Some("querystring") => pairs.iter().filter(|(key, _)| key == wire_name).map(|(_, value)| value.clone()).collect(),
            Some("header") => header(request, wire_name).into_iter().collect(),
            Some("headers") => {
                let prefixed = request.headers().iter().filter_map(|(key, value)| {
                    let key = key.as_str().strip_prefix(&wire_name.to_ascii_lowercase())?;
                    Some((key.to_owned(), Value::String(String::from_utf8_lossy(value.as_bytes()).into_owned())))
                });
                let map: Map<String, Value> = prefixed.collect();
                if !map.is_empty() {
                    members.insert(name.clone(), Value::Object(map));
                }
                continue;
            }
            _ => continue,
        };
        if let Some(value) = text_member(target, used, texts, &Path::Member(&Path::Root, name), problems) {
            members.insert(name.clone(), value);
        }
    }
    Value::Object(members)
}

fn text_member(target: &Target, used: &Ref, texts: Vec<String>, path: &Path<'_>, problems: &mut Vec<Problem>) -> Option<Value> {
    let shape = target.model.shape(&used.shape);
    let mut scalar = |shape: &Shape, text: &str| {
        scalar::parse(shape, text).map_err(|expected| note(problems, Problem::Type { path: path.to_string(), expected })).ok()
    };
    if let (Kind::List, Some(member)) = (shape.kind, &shape.member) {
        let member = target.model.shape(&member.shape);
        let items: Vec<_> = texts.iter().filter_map(|text| scalar(member, text)).collect();
        return (!items.is_empty()).then_some(Value::Array(items));
    }
    // A flag such as `?tagKeys` without a value says nothing.
    let text = texts.first().filter(|text| shape.kind == Kind::String || !text.is_empty())?;
    scalar(shape, text)
}

fn decode_body(target: &Target, shape: &'static Shape, body: &[u8], problems: &mut Vec<Problem>) -> Value {
    let model = target.model;
    let xml = target.wire == Wire::RestXml;
    let Some(payload) = &shape.payload else {
        if !shape.members.values().any(|used| used.location.is_none()) || body.is_empty() {
            return Value::Object(Map::new());
        }
        if !xml {
            let bound: Vec<_> = shape.members.iter().filter(|(_, used)| used.location.is_some()).map(|(name, _)| name).collect();
            let value = json::decode_body(model, shape, body, problems);
            for name in bound.into_iter().filter(|name| value.get(*name).is_some()) {
                note(problems, Problem::Unknown { path: Path::Member(&Path::Root, name).to_string() });
            }
            return value;
        }
        return match xml::parse(body) {
            Ok(root) => xml::decode(model, shape, &root, &Path::Root, problems),
            Err(text) => {
                note(problems, Problem::Malformed(text));
                Value::Null
            }
        };
    };
    let Some(used) = shape.members.get(payload) else { return Value::Null };
    let inner = model.shape(&used.shape);
    let content = match inner.kind {
        Kind::Blob => Value::String(STANDARD.encode(body)),
        Kind::String => Value::String(String::from_utf8_lossy(body).into_owned()),
        _ if body.is_empty() => return Value::Object(Map::new()),
        _ if xml => {
            let wanted = used.location_name.as_deref().unwrap_or(payload);
            match xml::parse(body) {
                Ok(root) if root.name == wanted => xml::decode(model, inner, &root, &Path::Member(&Path::Root, payload), problems),
                Ok(root) => {
                    note(problems, Problem::Malformed(format!("the body is <{}>, not <{wanted}>", root.name)));
                    Value::Null
                }
                Err(text) => {
                    note(problems, Problem::Malformed(text));
                    Value::Null
                }
            }
        }
        _ => json::decode_body(model, inner, body, problems),
    };
    Value::Object(Map::from_iter([(payload.clone(), content)]))
}

pub fn response(target: &Target, shape: Option<&'static Shape>, output: &Value) -> Result<HttpResponse, String> {
    let private = output.get("_status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let status = private.or(target.operation.http.response_code).unwrap_or(200);
    let Some(shape) = shape else { return Ok(respond(status, "text/plain", "")) };
    let mut response = match &shape.payload {
        Some(payload) => payload_response(target, shape, payload, output, status)?,
        None => body_response(target, shape, output, status),
    };
    for (name, used) in &shape.members {
        let Some(value) = output.get(name).filter(|value| !value.is_null()) else { continue };
        let wire_name = used.location_name.as_deref().unwrap_or(name);
        match used.location.as_deref() {
            Some("header") => set_header(&mut response, wire_name, &scalar::print(target.model.shape(&used.shape), used, value, "rfc822")),
            Some("headers") => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    set_header(&mut response, &format!("{wire_name}{key}"), value.as_str().unwrap_or(""));
                }
            }
            _ => {}
        }
    }
    Ok(response)
}

fn payload_response(target: &Target, shape: &'static Shape, payload: &str, output: &Value, status: u16) -> Result<HttpResponse, String> {
    let Some(used) = shape.members.get(payload) else { return Err(format!("the model has no payload `{payload}`")) };
    let inner = target.model.shape(&used.shape);
    let Some(value) = output.get(payload).filter(|value| !value.is_null()) else { return Ok(respond(status, "application/xml", "")) };
    if inner.eventstream {
        return Ok(respond(status, "application/octet-stream", event_stream::encode(target.model, inner, value)));
    }
    Ok(match (inner.kind, value) {
        (Kind::Blob, Value::String(encoded)) => {
            let bytes = STANDARD.decode(encoded).map_err(|_| format!("`{payload}`: not base64"))?;
            respond(status, "binary/octet-stream", bytes)
        }
        (Kind::String, Value::String(text)) => respond(status, "application/json", text.clone()),
        _ if target.wire == Wire::RestXml => {
            let root = used.location_name.as_deref().or(inner.location_name.as_deref()).unwrap_or(&used.shape);
            respond(status, "application/xml", xml::document(target.model, inner, root, value))
        }
        _ => respond(status, "application/json", json::encode(target.model, inner, value).to_string()),
    })
}

fn body_response(target: &Target, shape: &'static Shape, output: &Value, status: u16) -> HttpResponse {
    if target.wire == Wire::RestJson {
        return respond(status, "application/json", json::encode(target.model, shape, output).to_string());
    }
    if !shape.members.values().any(|used| used.location.is_none()) {
        // S3 says what nothing is of, but for what was put.
        return respond(status, if target.operation.http.method == "PUT" { "" } else { "application/xml" }, "");
    }
    let name = &target.operation.name;
    // The one answer of S3 whose root is its only member.
    if target.model.name == "s3" && name == "GetBucketLocation" {
        let region = quick_xml::escape::escape(output.get("LocationConstraint").and_then(Value::as_str).unwrap_or(""));
        let namespace = xml::namespace(target.model);
        return respond(status, "application/xml", format!("<LocationConstraint{namespace}>{region}</LocationConstraint>"));
    }
    let shape_name = target.operation.output.as_ref().map_or("", |output| output.shape.as_str());
    let root = shape.location_name.as_deref().or_else(|| s3_root(name).filter(|_| target.model.name == "s3")).unwrap_or(shape_name);
    respond(status, "application/xml", xml::document(target.model, shape, root, output))
}

/// The root elements of S3's answers; botocore's model does not name them, and the Rust SDK insists on them.
fn s3_root(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "CompleteMultipartUpload" => "CompleteMultipartUploadResult",
        "CreateMultipartUpload" => "InitiateMultipartUploadResult",
        "DeleteObjects" => "DeleteResult",
        "GetBucketAccelerateConfiguration" => "AccelerateConfiguration",
        "GetBucketAcl" | "GetObjectAcl" => "AccessControlPolicy",
        "GetBucketCors" => "CORSConfiguration",
        "GetBucketLifecycleConfiguration" => "LifecycleConfiguration",
        "GetBucketLogging" => "BucketLoggingStatus",
        "GetBucketNotificationConfiguration" => "NotificationConfiguration",
        "GetBucketRequestPayment" => "RequestPaymentConfiguration",
        "GetBucketTagging" | "GetObjectTagging" => "Tagging",
        "GetBucketVersioning" => "VersioningConfiguration",
        "GetBucketWebsite" => "WebsiteConfiguration",
        "GetObjectAttributes" => "GetObjectAttributesResponse",
        "ListBuckets" => "ListAllMyBucketsResult",
        "ListObjectVersions" => "ListVersionsResult",
        "ListMultipartUploads" => "ListMultipartUploadsResult",
        "ListObjects" | "ListObjectsV2" => "ListBucketResult",
        "ListParts" => "ListPartsResult",
        _ => return None,
    })
}

fn header(request: &HttpRequest, name: &str) -> Option<String> {
    request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}
