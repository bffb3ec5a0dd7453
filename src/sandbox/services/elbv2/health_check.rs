//! Health checks of target groups: AWS's defaults by protocol, and what it refuses.

use super::invalid;
use crate::services::members::{number, text};
use crate::world::Fault;
use serde_json::{Value, json};

const MEMBERS: [&str; 8] = [
    "HealthCheckEnabled",
    "HealthCheckIntervalSeconds",
    "HealthCheckPath",
    "HealthCheckPort",
    "HealthCheckProtocol",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "UnhealthyThresholdCount",
];

/// The health check of a new target group: the defaults for its protocol and type, with what the request says.
pub fn of_new(group: &mut Value, input: &Value) -> Result<(), Fault> {
    let lambda = text(group, "TargetType") == "lambda";
    let http_group = lambda || matches!(text(group, "Protocol"), "HTTP" | "HTTPS");
    let default = if http_group { "HTTP" } else { "TCP" };
    let asked = text(input, "HealthCheckProtocol");
    let protocol = if asked.is_empty() { default } else { asked };
    let over_http = matches!(protocol, "HTTP" | "HTTPS");
    group["HealthCheckEnabled"] = json!(!lambda);
    group["HealthCheckIntervalSeconds"] = json!(if lambda {
        35
    } else if text(group, "Protocol") == "GENEVE" {
        10
    } else {
        30
    });
    group["HealthyThresholdCount"] = json!(5);
    group["UnhealthyThresholdCount"] = json!(2);
    // <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html>
    let quick = http_group || text(group, "Protocol") == "GENEVE";
    group["HealthCheckTimeoutSeconds"] = json!(match (lambda, quick, over_http) {
        (true, ..) => 30,
        (_, true, _) => 5,
        (_, false, true) => 6,
        (_, false, false) => 10,
    });
    if !lambda {
        group["HealthCheckPort"] = json!("traffic-port");
        group["HealthCheckProtocol"] = json!(protocol);
    }
    if text(group, "ProtocolVersion") == "GRPC" {
        group["HealthCheckPath"] = json!("/AWS.ALB/healthcheck");
        group["Matcher"] = json!({"GrpcCode": "12"});
    } else if over_http || lambda {
        group["HealthCheckPath"] = json!("/");
        group["Matcher"] = json!({"HttpCode": if http_group { "200" } else { "200-399" }});
    }
    apply(group, input)
}

/// Takes over what a request says, and checks the whole.
pub fn apply(group: &mut Value, input: &Value) -> Result<(), Fault> {
    for member in MEMBERS {
        if let Some(value) = input.get(member) {
            group[member] = value.clone();
        }
    }
    if let Some(matcher) = input.get("Matcher") {
        group["Matcher"] = matcher.clone();
    }
    check(group)
}

fn check(group: &Value) -> Result<(), Fault> {
    let http_group = matches!(text(group, "Protocol"), "HTTP" | "HTTPS");
    let protocol = text(group, "HealthCheckProtocol");
    if http_group && !matches!(protocol, "HTTP" | "HTTPS") {
        return Err(invalid(format!("Health check protocol '{protocol}' must be one of [HTTP, HTTPS]")));
    }
    // <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html>
    if !matches!(protocol, "" | "HTTP" | "HTTPS" | "TCP") {
        return Err(invalid(format!("Health check protocol '{protocol}' must be one of [HTTP, HTTPS, TCP]")));
    }
    let (timeout, interval) =
        (number(group, "HealthCheckTimeoutSeconds").unwrap_or(0), number(group, "HealthCheckIntervalSeconds").unwrap_or(0));
    // A network load balancer may wait for as long as the interval is, as it did when both were 10 seconds and fixed.
    // <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html>
    let in_turn = http_group || text(group, "TargetType") == "lambda";
    if timeout > interval || (in_turn && timeout == interval) {
        return Err(invalid(format!("Health check timeout '{timeout}' must be smaller than the interval '{interval}'")));
    }
    let port = text(group, "HealthCheckPort");
    if !port.is_empty() && port != "traffic-port" && !port.parse::<u32>().is_ok_and(|port| (1..=65535).contains(&port)) {
        return Err(invalid(format!("Health check port '{port}' must be 'traffic-port' or a number between '1-65535'")));
    }
    let path = text(group, "HealthCheckPath");
    let over_http = matches!(protocol, "HTTP" | "HTTPS") || text(group, "TargetType") == "lambda";
    if !path.is_empty() && !over_http {
        return Err(Fault::new(
            "InvalidConfigurationRequest",
            format!("You cannot specify a health check path for health check protocol '{protocol}'"),
        ));
    }
    if !path.is_empty() && !path.starts_with('/') {
        return Err(invalid(format!("Health check path '{path}' must begin with a '/' character")));
    }
    if let Some(codes) = group["Matcher"].get("HttpCode").and_then(Value::as_str) {
        if !over_http {
            return Err(Fault::new(
                "InvalidConfigurationRequest",
                format!("You cannot specify health check codes for health check protocol '{protocol}'"),
            ));
        }
        check_codes(codes, 200, if http_group { 499 } else { 599 })?;
    }
    if let Some(codes) = group["Matcher"].get("GrpcCode").and_then(Value::as_str) {
        check_codes(codes, 0, 99)?;
    }
    Ok(())
}

/// Codes as in `200`, `200,302` or `200-399`.
fn check_codes(codes: &str, least: u32, most: u32) -> Result<(), Fault> {
    let code = |text: &str| text.trim().parse::<u32>().ok().filter(|code| (least..=most).contains(code));
    let part = |part: &str| match part.split_once('-') {
        Some((from, to)) => code(from).zip(code(to)).is_some_and(|(from, to)| from <= to),
        None => code(part).is_some(),
    };
    if codes.split(',').all(part) {
        return Ok(());
    }
    Err(invalid(format!("Health check matcher '{codes}' must be codes between {least} and {most}, such as '200', '200,202' or '200-299'")))
}
