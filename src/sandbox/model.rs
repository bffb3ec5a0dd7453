//! AWS's own service models: what each operation takes and answers, on which wire, within which limits.

use super::services::{SERVICES, Service};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, OnceLock};

/// One service's model, parsed once and kept for the life of the process.
#[derive(Debug, Deserialize)]
pub struct Model {
    #[serde(skip)]
    pub name: &'static str,
    pub metadata: Metadata,
    pub operations: BTreeMap<String, Operation>,
    shapes: HashMap<String, Shape>,
    #[serde(default)]
    pub pagination: HashMap<String, Pagination>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    pub api_version: String,
    pub protocol: String,
    pub endpoint_prefix: String,
    pub signing_name: Option<String>,
    pub target_prefix: Option<String>,
    pub json_version: Option<String>,
    pub xml_namespace: Option<Value>,
    pub aws_query_compatible: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub struct Operation {
    pub name: String,
    pub http: Http,
    pub input: Option<Ref>,
    pub output: Option<Ref>,
    #[serde(default)]
    pub errors: Vec<Ref>,
    #[serde(default)]
    pub authtype: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Http {
    pub method: String,
    pub request_uri: String,
    pub response_code: Option<u16>,
}

/// A use of a shape, with the traits of that use.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ref {
    pub shape: String,
    pub location: Option<String>,
    pub location_name: Option<String>,
    pub query_name: Option<String>,
    pub result_wrapper: Option<String>,
    pub timestamp_format: Option<String>,
    #[serde(default)]
    pub flattened: bool,
    #[serde(default)]
    pub xml_attribute: bool,
    #[serde(default)]
    pub idempotency_token: bool,
    /// The content of an event of a stream.
    #[serde(default)]
    pub eventpayload: bool,
}

#[derive(Debug, Default, Deserialize)]
pub struct Shape {
    #[serde(rename = "type", default)]
    pub kind: Kind,
    #[serde(default)]
    pub members: BTreeMap<String, Ref>,
    pub member: Option<Ref>,
    pub key: Option<Ref>,
    pub value: Option<Ref>,
    #[serde(default)]
    pub required: Vec<String>,
    #[serde(rename = "enum", default)]
    pub values: Vec<String>,
    pub pattern: Option<String>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub payload: Option<String>,
    #[serde(rename = "locationName")]
    pub location_name: Option<String>,
    #[serde(rename = "timestampFormat")]
    pub timestamp_format: Option<String>,
    #[serde(default)]
    pub flattened: bool,
    #[serde(default)]
    pub sensitive: bool,
    #[serde(default)]
    pub document: bool,
    /// An answer that is a stream of events; its members are their kinds.
    #[serde(default)]
    pub eventstream: bool,
    #[serde(default)]
    pub fault: bool,
    #[serde(default)]
    exception: bool,
    #[serde(default)]
    error: Option<ErrorTraits>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Structure,
    List,
    Map,
    #[default]
    String,
    Integer,
    Long,
    Float,
    Double,
    Boolean,
    Timestamp,
    Blob,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorTraits {
    code: Option<String>,
    http_status_code: Option<u16>,
}

#[derive(Debug, Deserialize)]
pub struct Pagination {
    pub input_token: OneOrMore,
    pub output_token: OneOrMore,
    pub result_key: OneOrMore,
    pub limit_key: Option<String>,
    pub more_results: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub fn names(&self) -> &[String] {
        match self {
            OneOrMore::One(name) => std::slice::from_ref(name),
            OneOrMore::More(names) => names,
        }
    }
}

/// An error of the model as it looks on the wire.
pub struct ErrorShape<'a> {
    pub shape: &'a str,
    pub code: &'a str,
    pub status: Option<u16>,
}

impl Model {
    pub fn shape(&self, name: &str) -> &Shape {
        static TEXT: LazyLock<Shape> = LazyLock::new(Shape::default);
        self.shapes.get(name).unwrap_or(&TEXT)
    }
    #[cfg(test)]
    pub fn shapes(&self) -> impl Iterator<Item = (&String, &Shape)> {
        self.shapes.iter()
    }
    /// The error of this operation (else of this service) whose shape or wire code is `code`.
    pub fn error(&self, operation: &Operation, code: &str) -> Option<ErrorShape<'_>> {
        let of = |name: &str| -> Option<ErrorShape<'_>> {
            let (shape, found) = self.shapes.get_key_value(name)?;
            let traits = found.error.as_ref();
            let wire = traits.and_then(|traits| traits.code.as_deref()).unwrap_or(shape);
            (shape == code || wire == code).then(|| ErrorShape {
                shape,
                code: wire,
                status: traits.and_then(|traits| traits.http_status_code).or(found.fault.then_some(500)),
            })
        };
        operation.errors.iter().find_map(|error| of(&error.shape)).or_else(|| {
            let mut names: Vec<_> = self.shapes.iter().filter(|(_, shape)| shape.exception).map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            names.into_iter().find_map(of)
        })
    }
    /// The name that requests to this service are signed with.
    pub fn signing_name(&self) -> &str {
        self.metadata.signing_name.as_deref().unwrap_or(&self.metadata.endpoint_prefix)
    }
}

/// The model by its file name, such as `elbv2`; `None` if the sandbox does not have that service.
pub fn model(name: &str) -> Option<&'static Model> {
    loaded(|service| service.name == name)
}

/// The model by the service name in a request's signature, such as `elasticloadbalancing`.
pub fn signed_as(signing_name: &str) -> Option<&'static Model> {
    loaded(|service| service.signing_name == signing_name)
}

/// The names of all models.
pub fn names() -> impl Iterator<Item = &'static str> {
    SERVICES.iter().map(|service| service.name)
}

/// Each model is parsed when it is first asked for, and kept.
fn loaded(wanted: impl Fn(&Service) -> bool) -> Option<&'static Model> {
    static MODELS: [OnceLock<Result<Model, String>>; SERVICES.len()] = [const { OnceLock::new() }; SERVICES.len()];
    let (service, model) = SERVICES.iter().zip(&MODELS).find(|(service, _)| wanted(service))?;
    model.get_or_init(|| parse(service)).as_ref().ok()
}

/// Values that AWS answers although its own model does not list them: service, shape, values.
const UNLISTED: [(&str, &str, &[&str]); 4] = [
    ("ec2", "AttachmentStatus", &["available"]),
    ("ec2", "NetworkInterfaceType", &["nat_gateway"]),
    ("ec2", "State", &["pending", "available", "deleting", "deleted"]),
    // <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html>
    ("ecs", "ServiceDeploymentLifecycleStage", &["PRE_PRODUCTION_TRAFFIC_SHIFT"]),
];

fn parse(service: &Service) -> Result<Model, String> {
    let text = std::io::BufReader::new(GzDecoder::new(service.model));
    let mut model: Model = serde_json::from_reader(text).map_err(|error| error.to_string())?;
    model.name = service.name;
    // CloudFront's operations carry the API version in their own name; everybody calls them by their key.
    for (name, operation) in &mut model.operations {
        operation.name.clone_from(name);
    }
    for (_, shape, values) in UNLISTED.iter().filter(|(of, ..)| *of == service.name) {
        if let Some(shape) = model.shapes.get_mut(*shape) {
            shape.values.extend(values.iter().map(|value| (*value).to_owned()));
        }
    }
    // S3 tells itself which regions there are, in words of its own.
    if let Some(shape) = model.shapes.get_mut("BucketLocationConstraint") {
        shape.values.clear();
    }
    Ok(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_parses_and_is_whole() {
        for service in &SERVICES {
            let model: &'static Model = Box::leak(Box::new(parse(service).unwrap_or_else(|why| panic!("{}: {why}", service.name))));
            assert_eq!(model.signing_name(), service.signing_name, "{}", service.name);
            let refs = |shape: &'static Shape| shape.members.values().chain(&shape.member).chain(&shape.key).chain(&shape.value);
            for (name, shape) in model.shapes() {
                for used in refs(shape) {
                    assert!(model.shapes.contains_key(&used.shape), "{}: {name} uses {}", service.name, used.shape);
                }
            }
            for operation in model.operations.values() {
                for used in operation.input.iter().chain(&operation.output).chain(&operation.errors) {
                    assert!(model.shapes.contains_key(&used.shape), "{}: {} uses {}", service.name, operation.name, used.shape);
                }
            }
        }
    }
}
