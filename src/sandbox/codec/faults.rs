//! Errors, in the shape that each protocol gives them.

use super::{HttpResponse, Target, Wire, cbor, respond, set_header, xml};
use crate::model::Model;
use crate::world::Fault;
use ciborium::Value as Cbor;
use quick_xml::escape::escape;
use serde_json::json;

/// The fault on the wire of its request. Codes may be given by shape or by wire name; the model knows both.
pub fn encode(target: &Target, fault: &Fault, request_id: &str) -> HttpResponse {
    let known = target.model.error(target.operation, &fault.code);
    let (shape, code) = known.as_ref().map_or((fault.code.as_str(), fault.code.as_str()), |error| (error.shape, error.code));
    let json = matches!(target.wire, Wire::Json);
    // The awsJson protocols answer every client error with 400.
    let status = if fault.status == 400 && !json { known.as_ref().and_then(|error| error.status).unwrap_or(400) } else { fault.status };
    let mut response = bare(target.model, target.wire, shape, code, fault, status, request_id);
    for (name, value) in fault.details.iter().filter(|(name, _)| is_header(name)) {
        set_header(&mut response, name, value);
    }
    if target.wire != Wire::Query && target.model.metadata.aws_query_compatible.is_some() {
        let side = if status < 500 { "Sender" } else { "Receiver" };
        let code = query_code(target.model.name, shape).unwrap_or(code);
        set_header(&mut response, "x-amzn-query-error", &format!("{code};{side}"));
    }
    if target.operation.http.method == "HEAD" {
        *response.body_mut() = bytes::Bytes::new();
    }
    identify(&mut response, target, request_id);
    response
}

/// The codes that errors of SQS have on its old protocol; its model does not say them.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html#API_SendMessageBatch_Errors>
fn query_code(service: &str, shape: &str) -> Option<&'static str> {
    const SQS: [(&str, &str); 11] = [
        ("BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        ("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong"),
        ("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest"),
        ("InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId"),
        ("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight"),
        ("PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress"),
        ("QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently"),
        ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
        ("QueueNameExists", "QueueAlreadyExists"),
        ("TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
        ("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"),
    ];
    SQS.iter().find(|(own, _)| service == "sqs" && *own == shape).map(|(_, code)| *code)
}

/// An error before any operation was found, on a wire that is only guessed.
pub fn encode_early(model: &'static Model, wire: Wire, fault: &Fault, request_id: &str) -> HttpResponse {
    let mut response = bare(model, wire, &fault.code, &fault.code, fault, fault.status, request_id);
    set_header(&mut response, "x-amzn-requestid", request_id);
    response
}

fn bare(model: &'static Model, wire: Wire, shape: &str, code: &str, fault: &Fault, status: u16, request_id: &str) -> HttpResponse {
    let message = fault.message.as_str();
    let (code_text, message_text) = (escape(code), escape(message));
    let side = if status < 500 { "Sender" } else { "Receiver" };
    let xml = |body: String| respond(status, "text/xml;charset=UTF-8", format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}"));
    match wire {
        Wire::Ec2 => xml(format!(
            "<Response><Errors><Error><Code>{code_text}</Code><Message>{message_text}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>"
        )),
        Wire::RestXml if model.name == "s3" => xml(format!(
            "<Error><Code>{code_text}</Code><Message>{message_text}</Message>{}<RequestId>{request_id}</RequestId><HostId>sandbox</HostId></Error>",
            elements(fault)
        )),
        Wire::Query | Wire::RestXml => xml(format!(
            "<ErrorResponse{}><Error><Type>{side}</Type><Code>{code_text}</Code><Message>{message_text}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
            xml::namespace(model)
        )),
        Wire::Json => {
            let version = model.metadata.json_version.as_deref().unwrap_or("1.1");
            respond(status, &format!("application/x-amz-json-{version}"), json!({"__type": shape, "message": message}).to_string())
        }
        Wire::RestJson => {
            let mut response = respond(status, "application/json", json!({"message": message}).to_string());
            set_header(&mut response, "x-amzn-errortype", shape);
            response
        }
        Wire::Cbor => {
            let text = |text: &str| Cbor::Text(text.to_owned());
            cbor::respond_with(status, &Cbor::Map(vec![(text("__type"), text(shape)), (text("message"), text(message))]))
        }
    }
}

fn is_header(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
}

/// The details of an error of S3, as elements.
fn elements(fault: &Fault) -> String {
    let own = fault.details.iter().filter(|(name, _)| !is_header(name));
    own.map(|(name, value)| format!("<{name}>{}</{name}>", escape(value.as_str()))).collect()
}

/// The request id, where clients look for it.
pub fn identify(response: &mut HttpResponse, target: &Target, request_id: &str) {
    if target.model.name == "s3" {
        set_header(response, "x-amz-request-id", request_id);
        set_header(response, "x-amz-id-2", "sandbox");
    } else {
        set_header(response, "x-amzn-requestid", request_id);
    }
}
