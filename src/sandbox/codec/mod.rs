//! The generic codec: AWS's models turn HTTP into JSON values and back, on every wire protocol AWS speaks.
//!
//! `route` finds the operation, `query`/`xml`/`json`/`cbor`/`bindings` decode and encode one part each,
//! `validate` refuses what AWS's front door would, `conform` refuses answers that do not fit their model.

pub mod bindings;
pub mod cbor;
pub mod conform;
pub mod event_stream;
pub mod faults;
pub mod json;
pub mod path;
pub mod pattern;
pub mod query;
pub mod refusal;
pub mod route;
pub mod scalar;
#[cfg(test)]
mod tests;
pub mod validate;
pub mod xml;

use super::model::{Model, Operation, Shape};
use super::world::Fault;
use bytes::Bytes;
use hyper::http::{Request, Response};
use path::{Path, Problem};
use serde_json::{Map, Value};

pub type HttpRequest = Request<Bytes>;
pub type HttpResponse = Response<Bytes>;

/// The protocol of a request, and of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    Ec2,
    Query,
    RestXml,
    RestJson,
    Json,
    Cbor,
}

/// An operation that a request names, and what the request line says about its input.
#[derive(Debug)]
pub struct Target {
    pub model: &'static Model,
    pub operation: &'static Operation,
    pub wire: Wire,
    /// Labels of a REST path, decoded.
    pub labels: Vec<(String, String)>,
}

impl Target {
    fn input(&self) -> Option<&'static Shape> {
        self.operation.input.as_ref().map(|input| self.model.shape(&input.shape))
    }
}

/// The input by model member names, valid by the model; absent members are absent, but for idempotency tokens:
/// there `token` stands in.
pub fn decode(target: &Target, request: &HttpRequest, body: &[u8], token: &str) -> Result<Value, Fault> {
    let mut problems = Vec::new();
    let Some(shape) = target.input() else { return Ok(Value::Object(Map::new())) };
    let mut input = match target.wire {
        Wire::Ec2 | Wire::Query => query::decode(target, shape, &query::params(request, body), &mut problems),
        Wire::Json => json::decode_body(target.model, shape, body, &mut problems),
        Wire::Cbor => cbor::decode(target.model, shape, body, &mut problems),
        Wire::RestXml | Wire::RestJson => bindings::decode(target, shape, request, body, &mut problems),
    };
    if problems.is_empty() {
        validate::structure(target, shape, &input, &Path::Root, &mut problems);
    }
    if !problems.is_empty() {
        return Err(refusal::fault(target, &problems));
    }
    if let Value::Object(members) = &mut input {
        for (name, _) in shape.members.iter().filter(|(_, used)| used.idempotency_token) {
            members.entry(name.clone()).or_insert_with(|| token.into());
        }
    }
    Ok(input)
}

/// The answer on the wire; `Err` tells what does not fit the model.
pub fn encode(target: &Target, output: &Value, request_id: &str) -> Result<HttpResponse, String> {
    let shape = target.operation.output.as_ref().map(|output| target.model.shape(&output.shape));
    if let Some(shape) = shape {
        conform::check(target.model, shape, output, &Path::Root)?;
    } else if let Some(Value::Object(members)) = Some(output)
        && let Some(extra) = members.keys().find(|name| !name.starts_with('_'))
    {
        return Err(format!("`{extra}`: the operation answers nothing"));
    }
    let mut response = match target.wire {
        Wire::Ec2 | Wire::Query => xml::response(target, shape, output, request_id),
        Wire::Json => json::response(target, shape, output),
        Wire::Cbor => cbor::response(target, shape, output),
        Wire::RestXml | Wire::RestJson => bindings::response(target, shape, output)?,
    };
    faults::identify(&mut response, target, request_id);
    Ok(response)
}

/// A response of this status, content type and body.
pub(super) fn respond(status: u16, content_type: &str, body: impl Into<Bytes>) -> HttpResponse {
    let mut response = Response::new(body.into());
    *response.status_mut() = hyper::http::StatusCode::from_u16(status).unwrap_or(hyper::http::StatusCode::INTERNAL_SERVER_ERROR);
    if !content_type.is_empty() {
        set_header(&mut response, "content-type", content_type);
    }
    response
}

/// Sets a header; a value that no header can carry is left out.
/// Says when it was answered, in milliseconds, as HTTP does.
pub fn date(response: &mut HttpResponse, now: i64) {
    if let Some(text) = jiff::Timestamp::from_millisecond(now).ok().and_then(|now| scalar::http_date(&now)) {
        set_header(response, "date", &text);
    }
}

pub(super) fn set_header(response: &mut HttpResponse, name: &str, value: &str) {
    let name = hyper::http::HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, hyper::http::HeaderValue::from_bytes(value.as_bytes())) {
        response.headers_mut().insert(name, value);
    }
}

fn note(problems: &mut Vec<Problem>, problem: Problem) {
    // A hostile body must not make an endless answer.
    if problems.len() < 10 {
        problems.push(problem);
    }
}
