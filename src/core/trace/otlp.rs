//! Spans as a collector takes them: OTLP over HTTP, as JSON.
//!
//! It is written here: `opentelemetry-otlp` over HTTP without tonic and reqwest brings eighteen crates, for one message of
//! six levels that is documented to the letter.
//! <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>,
//! <https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto>

use super::settings::Parent;
use super::{Moment, Span, TraceId, Value};
use serde_json::{Value as Json, json};

/// The conventions that names of attributes follow.
const SCHEMA: &str = "https://opentelemetry.io/schemas/1.30.0";

/// Returns the body of one request.
pub fn request(trace: TraceId, parent: Option<&Parent>, resource: &[(String, String)], spans: &[Span]) -> String {
    let state = parent.map_or("", |parent| parent.state.as_str());
    let resource = resource.iter().map(|(key, value)| json!({ "key": key, "value": { "stringValue": value } })).collect::<Vec<_>>();
    let spans = spans.iter().map(|span| written(trace, state, span)).collect::<Vec<_>>();
    json!({
        "resourceSpans": [{
            "resource": { "attributes": resource },
            "scopeSpans": [{ "scope": { "name": "trueup", "version": env!("CARGO_PKG_VERSION") }, "spans": spans }],
            "schemaUrl": SCHEMA,
        }],
    })
    .to_string()
}

// Ids are hexadecimal here, unlike any other bytes in the JSON of protobuf; numbers of 64 bits are texts.
fn written(trace: TraceId, state: &str, span: &Span) -> Json {
    let Span { id, parent, name, calls, began, ended, attributes: pairs, moments, failed } = span;
    let mut json = json!({
        "traceId": trace.to_string(),
        "spanId": id.to_string(),
        "name": name,
        // SPAN_KIND_CLIENT and SPAN_KIND_INTERNAL.
        "kind": if *calls { 3 } else { 1 },
        "startTimeUnixNano": began.as_nanosecond().to_string(),
        "endTimeUnixNano": ended.max(began).as_nanosecond().to_string(),
        "attributes": attributes(pairs),
        "events": moments.iter().map(moment).collect::<Vec<_>>(),
    });
    if let Some(parent) = parent {
        json["parentSpanId"] = json!(parent.to_string());
    }
    if !state.is_empty() {
        json["traceState"] = json!(state);
    }
    // STATUS_CODE_ERROR. One that is not set says neither well nor ill, which is what conventions ask of work that went well.
    if let Some(word) = failed {
        json["status"] = json!({ "code": 2, "message": word });
    }
    json
}

fn moment(moment: &Moment) -> Json {
    let Moment { at, name, attributes: pairs } = moment;
    json!({ "timeUnixNano": at.as_nanosecond().to_string(), "name": name, "attributes": attributes(pairs) })
}

fn attributes(pairs: &[(&'static str, Value)]) -> Vec<Json> {
    let written = |value: &Value| match value {
        Value::Text(text) => json!({ "stringValue": text }),
        Value::Number(number) => json!({ "intValue": number.to_string() }),
    };
    pairs.iter().map(|(key, value)| json!({ "key": key, "value": written(value) })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::trace::SpanId;

    #[test]
    fn a_span_is_written_as_the_protocol_says() {
        let id = |byte| SpanId::new([byte; 8]).unwrap();
        let (trace, at) = (TraceId::new([0xab; 16]).unwrap(), |text: &str| text.parse::<jiff::Timestamp>().unwrap());
        let span = Span {
            id: id(1),
            parent: Some(id(2)),
            name: "EC2.CreateVpc".into(),
            calls: true,
            began: at("2026-01-01T00:00:00.000000001Z"),
            ended: at("2026-01-01T00:00:01Z"),
            attributes: vec![("rpc.system", "aws-api".into()), ("http.response.status_code", 400_u16.into())],
            moments: vec![Moment { at: at("2026-01-01T00:00:00.5Z"), name: "retry", attributes: vec![("attempt", 1_u32.into())] }],
            failed: Some("VpcLimitExceeded".into()),
        };
        let text = request(trace, None, &[("service.name".into(), "trueup".into())], &[span]);
        let json: Json = serde_json::from_str(&text).unwrap();
        let whole = &json["resourceSpans"][0];
        assert_eq!(whole["resource"]["attributes"], json!([{ "key": "service.name", "value": { "stringValue": "trueup" } }]));
        assert_eq!(
            whole["scopeSpans"][0]["spans"],
            json!([{
                "traceId": "ab".repeat(16),
                "spanId": "0101010101010101",
                "parentSpanId": "0202020202020202",
                "name": "EC2.CreateVpc",
                "kind": 3,
                "startTimeUnixNano": "1767225600000000001",
                "endTimeUnixNano": "1767225601000000000",
                "attributes": [
                    { "key": "rpc.system", "value": { "stringValue": "aws-api" } },
                    { "key": "http.response.status_code", "value": { "intValue": "400" } },
                ],
                "events": [{
                    "timeUnixNano": "1767225600500000000",
                    "name": "retry",
                    "attributes": [{ "key": "attempt", "value": { "intValue": "1" } }],
                }],
                "status": { "code": 2, "message": "VpcLimitExceeded" },
            }])
        );
    }
}
