//! Finds the operation of a service that a request names, and the protocol that it speaks.

use super::{HttpRequest, Target, Wire, query};
use crate::model::{Model, Operation};
use crate::world::Fault;
use percent_encoding::percent_decode_str;

/// Subresources of S3: where one stands in a query, an operation that does not name it is not meant.
const S3_SUBRESOURCES: &[&str] = &[
    "abac",
    "accelerate",
    "acl",
    "analytics",
    "annotation",
    "attributes",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metadataConfiguration",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "renameObject",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "session",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versioning",
    "versions",
    "website",
];

/// Labels of a path template with what stood in their place.
type Labels = Vec<(String, String)>;

/// The wire that the request speaks, as far as its outside tells.
pub fn wire(model: &Model, request: &HttpRequest) -> Wire {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    if header("smithy-protocol") == "rpc-v2-cbor" {
        Wire::Cbor
    } else if !header("x-amz-target").is_empty() {
        Wire::Json
    } else {
        match model.metadata.protocol.as_str() {
            "ec2" => Wire::Ec2,
            "rest-xml" => Wire::RestXml,
            "rest-json" => Wire::RestJson,
            "json" => Wire::Json,
            _ => Wire::Query,
        }
    }
}

/// `path` is the request's path, with S3's bucket in front where it came in the host name.
pub fn find(model: &'static Model, request: &HttpRequest, path: &str, body: &[u8]) -> Result<Target, Fault> {
    let wire = wire(model, request);
    let target = |operation, labels| Target { model, operation, wire, labels };
    let named = |name: &str| match model.operations.get(name) {
        Some(operation) => Ok(target(operation, Vec::new())),
        None => Err(absent(model, name)),
    };
    match wire {
        Wire::Cbor => named(path.rsplit('/').next().unwrap_or("")),
        Wire::Json => {
            let name = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or("");
            let (prefix, name) = name.rsplit_once('.').unwrap_or(("", name));
            // Some SDKs name the service without what stands before it: `CloudTrail_20131101`.
            let known = model.metadata.target_prefix.as_deref().unwrap_or_default();
            if known != prefix && known.rsplit('.').next() != Some(prefix) {
                return Err(Fault::new("UnknownOperationException", format!("{} has no target `{prefix}`", model.name)));
            }
            named(name)
        }
        Wire::Ec2 | Wire::Query => {
            let form = String::from_utf8_lossy(body);
            let mut pairs = query::pairs(request.uri().query().unwrap_or("")).chain(query::pairs(&form));
            match pairs.find(|(name, _)| name == "Action") {
                Some((_, name)) => named(&name),
                None => Err(Fault::new("MissingAction", "the request names no Action")),
            }
        }
        Wire::RestXml | Wire::RestJson => {
            let pairs: Vec<_> = query::pairs(request.uri().query().unwrap_or("")).collect();
            let method = request.method().as_str();
            let mut best: Option<(usize, &Operation, Labels)> = None;
            for operation in model.operations.values().filter(|operation| operation.http.method == method) {
                if let Some((weight, labels)) = matched(model, operation, path, &pairs, request)
                    && best.as_ref().is_none_or(|(heaviest, ..)| weight > *heaviest)
                {
                    best = Some((weight, operation, labels));
                }
            }
            match best {
                Some((_, operation, labels)) => Ok(target(operation, labels)),
                None => Err(absent(
                    model,
                    &format!("{method} {path}{}", request.uri().query().map(|query| format!("?{query}")).unwrap_or_default()),
                )),
            }
        }
    }
}

/// The answer to an operation that the sandbox lacks. No SDK tries again on 501 with a code it does not know.
pub fn absent(model: &Model, operation: &str) -> Fault {
    let text = format!("{} {operation} is not in the sandbox; docs/sandbox.md lists what is", model.name);
    Fault::new("NotInSandbox", text).status(501)
}

/// The members of the query and the headers without which a request cannot mean the operation, by location and name on the wire.
fn required(model: &'static Model, operation: &Operation) -> Vec<(&'static str, &'static str)> {
    let Some(shape) = operation.input.as_ref().map(|input| model.shape(&input.shape)) else { return Vec::new() };
    let used = shape.required.iter().filter_map(|name| shape.members.get_key_value(name));
    used.filter_map(|(name, used)| match used.location.as_deref() {
        Some(location @ ("querystring" | "header")) => Some((location, used.location_name.as_deref().unwrap_or(name))),
        _ => None,
    })
    .collect()
}

/// Weight of a matching template, and its labels. More fixed parts weigh more.
fn matched(
    model: &'static Model,
    operation: &Operation,
    path: &str,
    pairs: &[(String, String)],
    request: &HttpRequest,
) -> Option<(usize, Labels)> {
    let (template, constants) = operation.http.request_uri.split_once('?').unwrap_or((&operation.http.request_uri, ""));
    let mut weight = 0;
    for constant in constants.split('&').filter(|constant| !constant.is_empty()) {
        let (name, value) = constant.split_once('=').unwrap_or((constant, ""));
        if !pairs.iter().any(|(key, content)| key == name && (value.is_empty() || content == value)) {
            return None;
        }
        weight += 10;
    }
    if model.name == "s3" {
        // Operations on one path are told apart by what they require: the number of a part, the source of a copy.
        let required = required(model, operation);
        let given = |(location, name): &(&str, &str)| match *location {
            "header" => request.headers().contains_key(*name),
            _ => pairs.iter().any(|(key, _)| key == name),
        };
        if !required.iter().all(given) {
            return None;
        }
        weight += 10 * required.len();
        let means = |key: &str| constants.split('&').any(|part| part == key) || required.contains(&("querystring", key));
        if pairs.iter().any(|(key, _)| S3_SUBRESOURCES.contains(&key.as_str()) && !means(key)) {
            return None;
        }
    }
    let mut labels = Vec::new();
    let mut rest = path.trim_start_matches('/');
    let mut parts = template.trim_matches('/').split('/').filter(|part| !part.is_empty()).peekable();
    while let Some(part) = parts.next() {
        let label = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        let greedy = label.and_then(|label| label.strip_suffix('+'));
        let (own, after) = if greedy.is_some() && parts.peek().is_none() { (rest, "") } else { rest.split_once('/').unwrap_or((rest, "")) };
        match label {
            Some(_) if own.is_empty() => return None,
            Some(label) => labels.push((greedy.unwrap_or(label).to_owned(), percent_decode_str(own).decode_utf8_lossy().into_owned())),
            None if own == part => weight += 1,
            None => return None,
        }
        rest = after;
    }
    rest.trim_matches('/').is_empty().then_some((weight, labels))
}
