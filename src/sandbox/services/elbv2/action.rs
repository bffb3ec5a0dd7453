//! Actions of listeners and rules, in the form in which AWS answers them.

use super::invalid;
use super::kind::TARGET_GROUP;
use super::load_balancer;
use crate::services::members::{flag, items, number, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const CONTENT_TYPES: [&str; 5] = ["text/plain", "text/css", "text/html", "application/javascript", "application/json"];

/// The actions of a request for this load balancer, checked and completed.
pub fn normalise(call: &Call<'_>, balancer: &Value, actions: &[Value]) -> Result<Vec<Value>, Fault> {
    if actions.is_empty() {
        return Err(invalid("At least one action must be specified"));
    }
    let mut sorted: Vec<Value> = actions.to_vec();
    sorted.sort_by_key(|action| number(action, "Order").unwrap_or(i64::MAX));
    let ends = |action: &Value| matches!(text(action, "Type"), "forward" | "redirect" | "fixed-response");
    let last = sorted.len() - 1;
    if sorted.iter().position(ends) != Some(last) {
        let message =
            "There must be exactly one forward, redirect or fixed-response action, and it must be the last action to be performed";
        return Err(Fault::new("InvalidLoadBalancerAction", message));
    }
    let several = sorted.len() > 1;
    let mut complete = Vec::new();
    for (at, action) in sorted.iter().enumerate() {
        let mut action = match text(action, "Type") {
            "forward" => forward(call, balancer, action)?,
            "redirect" => redirect(action)?,
            "fixed-response" => fixed_response(action)?,
            _ => authenticate(action),
        };
        if text(balancer, "Type") != "application" && text(&action, "Type") != "forward" {
            let message = format!("The action type '{}' is not valid with network load balancers", text(&action, "Type"));
            return Err(Fault::new("InvalidLoadBalancerAction", message));
        }
        if several && action.get("Order").is_none() {
            action["Order"] = json!(at + 1);
        }
        complete.push(action);
    }
    Ok(complete)
}

/// HTTP/2 and gRPC are spoken over TLS alone.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#target-group-protocol-version>
/// The words: <https://github.com/aws/copilot-cli/issues/4551>
pub fn check_versions(call: &Call<'_>, protocol: &str, actions: &[Value]) -> Result<(), Fault> {
    let groups = actions.iter().flat_map(|action| items(&action["ForwardConfig"], "TargetGroups"));
    for group in groups.filter(|_| protocol == "HTTP") {
        let version = text(TARGET_GROUP.find(call, text(group, "TargetGroupArn"))?, "ProtocolVersion");
        if ["GRPC", "HTTP2"].contains(&version) {
            let message =
                format!("Listener protocol '{protocol}' is not supported with a target group with the protocol-version '{version}'");
            return Err(Fault::new("InvalidLoadBalancerAction", message));
        }
    }
    Ok(())
}

/// True when a stored action forwards to the target group.
pub fn leads_to(action: &Value, target_group: &str) -> bool {
    items(&action["ForwardConfig"], "TargetGroups").iter().any(|group| text(group, "TargetGroupArn") == target_group)
}

/// One group stands both as TargetGroupArn and in ForwardConfig; several only in ForwardConfig.
fn forward(call: &Call<'_>, balancer: &Value, action: &Value) -> Result<Value, Fault> {
    let plain = text(action, "TargetGroupArn");
    let config = action.get("ForwardConfig").cloned().unwrap_or_default();
    let mut groups: Vec<(String, i64)> = items(&config, "TargetGroups")
        .iter()
        .map(|group| (text(group, "TargetGroupArn").to_owned(), number(group, "Weight").unwrap_or(1)))
        .collect();
    if groups.is_empty() && !plain.is_empty() {
        groups.push((plain.to_owned(), 1));
    }
    if !plain.is_empty() && (groups.len() != 1 || groups[0].0 != plain) {
        return Err(invalid("You cannot specify both a target group ARN and a forward config that names other target groups"));
    }
    if groups.is_empty() {
        return Err(invalid("A target group ARN must be specified"));
    }
    if groups.len() > 5 {
        return Err(Fault::new("TooManyTargetGroups", "A forward action cannot have more than 5 target groups"));
    }
    for (at, (arn, weight)) in groups.iter().enumerate() {
        check_group(call, balancer, arn)?;
        if !(0..=999).contains(weight) {
            return Err(invalid(format!("Target group weight '{weight}' must be between '0-999' inclusive")));
        }
        if groups[..at].iter().any(|(earlier, _)| earlier == arn) {
            return Err(invalid(format!("The target group '{arn}' is specified more than once")));
        }
    }
    let mut complete = action.clone();
    let asked = config.get("TargetGroupStickinessConfig").cloned().unwrap_or_default();
    let mut stickiness = json!({"Enabled": flag(&asked, "Enabled")});
    if let Some(duration) = number(&asked, "DurationSeconds") {
        if !(1..=604_800).contains(&duration) {
            return Err(invalid(format!("Target group stickiness duration '{duration}' must be between '1-604800' inclusive")));
        }
        stickiness["DurationSeconds"] = json!(duration);
    } else if flag(&asked, "Enabled") {
        return Err(invalid("Target group stickiness duration must be specified when it is enabled"));
    }
    if let [(arn, _)] = groups.as_slice() {
        complete["TargetGroupArn"] = json!(arn);
    }
    let listed: Vec<Value> = groups.iter().map(|(arn, weight)| json!({"TargetGroupArn": arn, "Weight": weight})).collect();
    complete["ForwardConfig"] = json!({"TargetGroups": listed, "TargetGroupStickinessConfig": stickiness});
    Ok(complete)
}

fn check_group(call: &Call<'_>, balancer: &Value, arn: &str) -> Result<(), Fault> {
    let group = TARGET_GROUP.find(call, arn)?;
    if !text(group, "VpcId").is_empty() && group["VpcId"] != balancer["VpcId"] {
        let message = format!("The following target groups are not in the VPC of the load balancer: {arn}");
        return Err(Fault::new("InvalidConfigurationRequest", message));
    }
    let http = text(group, "TargetType") == "lambda" || matches!(text(group, "Protocol"), "HTTP" | "HTTPS");
    if http != (text(balancer, "Type") == "application") {
        let message = format!(
            "The protocol '{}' of a target group does not fit a load balancer of type '{}'",
            text(group, "Protocol"),
            text(balancer, "Type")
        );
        return Err(Fault::new("IncompatibleProtocols", message));
    }
    let elsewhere = load_balancer::that_use(call, arn).into_iter().any(|user| user != text(balancer, "LoadBalancerArn"));
    if elsewhere {
        let message = format!("The following target groups cannot be associated with more than one load balancer: {arn}");
        return Err(Fault::new("TargetGroupAssociationLimit", message));
    }
    Ok(())
}

/// Completes a redirect: parts that it does not name stay as they were in the request.
fn redirect(action: &Value) -> Result<Value, Fault> {
    let mut complete = action.clone();
    let config = &mut complete["RedirectConfig"];
    if text(config, "StatusCode").is_empty() {
        return Err(invalid("A redirect action must have a RedirectConfig with a status code"));
    }
    let same = [("Protocol", "#{protocol}"), ("Port", "#{port}"), ("Host", "#{host}"), ("Path", "/#{path}")];
    if same.iter().all(|(member, same)| matches!(text(config, member), value if value.is_empty() || value == *same)) {
        let message = "A redirect must change at least one of protocol, port, host and path, or it would loop";
        return Err(Fault::new("InvalidLoadBalancerAction", message));
    }
    for (member, default) in same.into_iter().chain([("Query", "#{query}")]) {
        if config.get(member).is_none() {
            config[member] = json!(default);
        }
    }
    let path = text(config, "Path");
    if !path.starts_with('/') {
        return Err(invalid(format!("The redirect path '{path}' must begin with a '/' character")));
    }
    let port = text(config, "Port");
    if port != "#{port}" && !port.parse::<u32>().is_ok_and(|port| (1..=65535).contains(&port)) {
        return Err(invalid(format!("The redirect port '{port}' must be '#{{port}}' or a number between '1-65535'")));
    }
    Ok(complete)
}

fn fixed_response(action: &Value) -> Result<Value, Fault> {
    let config = &action["FixedResponseConfig"];
    if text(config, "StatusCode").is_empty() {
        return Err(invalid("A fixed-response action must have a FixedResponseConfig with a status code"));
    }
    let content = text(config, "ContentType");
    if !content.is_empty() && !CONTENT_TYPES.contains(&content) {
        return Err(invalid(format!("The ContentType '{content}' must be one of [{}]", CONTENT_TYPES.join(", "))));
    }
    Ok(action.clone())
}

/// AWS fills in its defaults, and never answers the client secret.
fn authenticate(action: &Value) -> Value {
    let mut complete = action.clone();
    for config in ["AuthenticateOidcConfig", "AuthenticateCognitoConfig"] {
        let Some(Value::Object(members)) = complete.get_mut(config) else { continue };
        members.remove("ClientSecret");
        let defaults = [
            ("OnUnauthenticatedRequest", json!("authenticate")),
            ("Scope", json!("openid")),
            ("SessionCookieName", json!("AWSELBAuthSessionCookie")),
            ("SessionTimeout", json!(604_800)),
        ];
        for (member, default) in defaults {
            members.entry(member).or_insert(default);
        }
    }
    complete
}
