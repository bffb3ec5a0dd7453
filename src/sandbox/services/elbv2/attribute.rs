//! Attributes of load balancers, target groups and listeners: which there are, their defaults, what they may be.

use super::invalid;
use super::kind::{Kind, LISTENER, LOAD_BALANCER, TARGET_GROUP};
use crate::services::members::{items, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// The one attribute whose default depends on the scheme.
pub const DENY_IGW: &str = "ipv6.deny_all_igw_traffic";

struct Attribute(&'static str, &'static str, Allowed);

enum Allowed {
    Flag,
    Range(i64, i64),
    ZeroOr(i64, i64),
    OffOr(i64, i64),
    OneOf(&'static [&'static str]),
    Text,
}
use Allowed::{Flag, OffOr, OneOf, Range, Text, ZeroOr};

const APPLICATION: &[Attribute] = &[
    Attribute("access_logs.s3.enabled", "false", Flag),
    Attribute("access_logs.s3.bucket", "", Text),
    Attribute("access_logs.s3.prefix", "", Text),
    Attribute("client_keep_alive.seconds", "3600", Range(60, 604_800)),
    Attribute("connection_logs.s3.enabled", "false", Flag),
    Attribute("connection_logs.s3.bucket", "", Text),
    Attribute("connection_logs.s3.prefix", "", Text),
    Attribute("deletion_protection.enabled", "false", Flag),
    Attribute("health_check_logs.s3.enabled", "false", Flag),
    Attribute("health_check_logs.s3.bucket", "", Text),
    Attribute("health_check_logs.s3.prefix", "", Text),
    Attribute("idle_timeout.timeout_seconds", "60", Range(1, 4000)),
    Attribute(DENY_IGW, "false", Flag),
    Attribute("load_balancing.cross_zone.enabled", "true", OneOf(&["true"])),
    Attribute("routing.http.desync_mitigation_mode", "defensive", OneOf(&["monitor", "defensive", "strictest"])),
    Attribute("routing.http.drop_invalid_header_fields.enabled", "false", Flag),
    Attribute("routing.http.preserve_host_header.enabled", "false", Flag),
    Attribute("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "false", Flag),
    Attribute("routing.http.xff_client_port.enabled", "false", Flag),
    Attribute("routing.http.xff_header_processing.mode", "append", OneOf(&["append", "preserve", "remove"])),
    Attribute("routing.http2.enabled", "true", Flag),
    Attribute("waf.fail_open.enabled", "false", Flag),
    Attribute("zonal_shift.config.enabled", "false", Flag),
];

const NETWORK: &[Attribute] = &[
    Attribute("access_logs.s3.enabled", "false", Flag),
    Attribute("access_logs.s3.bucket", "", Text),
    Attribute("access_logs.s3.prefix", "", Text),
    Attribute("deletion_protection.enabled", "false", Flag),
    Attribute(
        "dns_record.client_routing_policy",
        "any_availability_zone",
        OneOf(&["availability_zone_affinity", "partial_availability_zone_affinity", "any_availability_zone"]),
    ),
    Attribute(DENY_IGW, "false", Flag),
    Attribute("load_balancing.cross_zone.enabled", "false", Flag),
    Attribute("secondary_ips.auto_assigned.per_subnet", "0", Range(0, 7)),
    Attribute("zonal_shift.config.enabled", "false", Flag),
];

const GATEWAY: &[Attribute] =
    &[Attribute("deletion_protection.enabled", "false", Flag), Attribute("load_balancing.cross_zone.enabled", "false", Flag)];

const CROSS_ZONE: Attribute = Attribute(
    "load_balancing.cross_zone.enabled",
    "use_load_balancer_configuration",
    OneOf(&["true", "false", "use_load_balancer_configuration"]),
);
const DNS_COUNT: Attribute = Attribute("target_group_health.dns_failover.minimum_healthy_targets.count", "1", OffOr(1, 1000));
const DNS_PERCENTAGE: Attribute = Attribute("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off", OffOr(1, 100));
const ROUTING_COUNT: Attribute =
    Attribute("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1", Range(1, 1000));
const ROUTING_PERCENTAGE: Attribute =
    Attribute("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off", OffOr(1, 100));
const DELAY: Attribute = Attribute("deregistration_delay.timeout_seconds", "300", Range(0, 3600));
const STICKY: Attribute = Attribute("stickiness.enabled", "false", Flag);

const HTTP_GROUP: &[Attribute] = &[
    DELAY,
    Attribute("load_balancing.algorithm.anomaly_mitigation", "off", OneOf(&["on", "off"])),
    Attribute("load_balancing.algorithm.type", "round_robin", OneOf(&["round_robin", "least_outstanding_requests", "weighted_random"])),
    CROSS_ZONE,
    Attribute("slow_start.duration_seconds", "0", ZeroOr(30, 900)),
    Attribute("stickiness.app_cookie.cookie_name", "", Text),
    Attribute("stickiness.app_cookie.duration_seconds", "86400", Range(1, 604_800)),
    STICKY,
    Attribute("stickiness.lb_cookie.duration_seconds", "86400", Range(1, 604_800)),
    Attribute("stickiness.type", "lb_cookie", OneOf(&["lb_cookie", "app_cookie"])),
    DNS_COUNT,
    DNS_PERCENTAGE,
    ROUTING_COUNT,
    ROUTING_PERCENTAGE,
];

const TCP_GROUP: &[Attribute] = &[
    Attribute("deregistration_delay.connection_termination.enabled", "false", Flag),
    DELAY,
    CROSS_ZONE,
    Attribute("preserve_client_ip.enabled", "true", Flag),
    Attribute("proxy_protocol_v2.enabled", "false", Flag),
    STICKY,
    Attribute("stickiness.type", "source_ip", OneOf(&["source_ip"])),
    DNS_COUNT,
    DNS_PERCENTAGE,
    ROUTING_COUNT,
    ROUTING_PERCENTAGE,
    Attribute("target_health_state.unhealthy.connection_termination.enabled", "true", Flag),
    Attribute("target_health_state.unhealthy.draining_interval_seconds", "0", Range(0, 360_000)),
];

const GENEVE_GROUP: &[Attribute] = &[
    DELAY,
    STICKY,
    Attribute("stickiness.type", "source_ip_dest_ip_proto", OneOf(&["source_ip_dest_ip", "source_ip_dest_ip_proto"])),
    Attribute("target_failover.on_deregistration", "no_rebalance", OneOf(&["rebalance", "no_rebalance"])),
    Attribute("target_failover.on_unhealthy", "no_rebalance", OneOf(&["rebalance", "no_rebalance"])),
];

const LAMBDA_GROUP: &[Attribute] = &[Attribute("lambda.multi_value_headers.enabled", "false", Flag)];

const HTTP_LISTENER: &[Attribute] = &[
    Attribute("routing.http.response.server.enabled", "true", Flag),
    Attribute("routing.http.response.access_control_allow_credentials.header_value", "", Text),
    Attribute("routing.http.response.access_control_allow_headers.header_value", "", Text),
    Attribute("routing.http.response.access_control_allow_methods.header_value", "", Text),
    Attribute("routing.http.response.access_control_allow_origin.header_value", "", Text),
    Attribute("routing.http.response.access_control_expose_headers.header_value", "", Text),
    Attribute("routing.http.response.access_control_max_age.header_value", "", Text),
    Attribute("routing.http.response.content_security_policy.header_value", "", Text),
    Attribute("routing.http.response.strict_transport_security.header_value", "", Text),
    Attribute("routing.http.response.x_content_type_options.header_value", "", Text),
    Attribute("routing.http.response.x_frame_options.header_value", "", Text),
];
/// Attributes that an HTTPS listener has besides: the names under which it hands TLS on.
const HTTPS_LISTENER: &[Attribute] = &[
    Attribute("routing.http.request.x_amzn_mtls_clientcert.header_name", "X-Amzn-Mtls-Clientcert", Text),
    Attribute("routing.http.request.x_amzn_mtls_clientcert_issuer.header_name", "X-Amzn-Mtls-Clientcert-Issuer", Text),
    Attribute("routing.http.request.x_amzn_mtls_clientcert_leaf.header_name", "X-Amzn-Mtls-Clientcert-Leaf", Text),
    Attribute("routing.http.request.x_amzn_mtls_clientcert_serial_number.header_name", "X-Amzn-Mtls-Clientcert-Serial-Number", Text),
    Attribute("routing.http.request.x_amzn_mtls_clientcert_subject.header_name", "X-Amzn-Mtls-Clientcert-Subject", Text),
    Attribute("routing.http.request.x_amzn_mtls_clientcert_validity.header_name", "X-Amzn-Mtls-Clientcert-Validity", Text),
    Attribute("routing.http.request.x_amzn_tls_cipher_suite.header_name", "X-Amzn-Tls-Cipher-Suite", Text),
    Attribute("routing.http.request.x_amzn_tls_version.header_name", "X-Amzn-Tls-Version", Text),
];
const TCP_LISTENER: &[Attribute] = &[Attribute("tcp.idle_timeout.seconds", "350", Range(60, 6000))];

const BOOKS: [&[Attribute]; 10] =
    [APPLICATION, NETWORK, GATEWAY, HTTP_GROUP, TCP_GROUP, GENEVE_GROUP, LAMBDA_GROUP, HTTP_LISTENER, HTTPS_LISTENER, TCP_LISTENER];

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (kind, arn) = subject(call);
    Ok(json!({"Attributes": all(kind.find(call, &arn)?, kind)}))
}

/// All of the given attributes are set, or none.
pub fn modify(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (kind, arn) = subject(call);
    let row = kind.find(call, &arn)?;
    let mut changed = row.clone();
    for item in items(call.input, "Attributes") {
        let (key, value) = (text(item, "Key"), text(item, "Value"));
        let Some(Attribute(_, _, allowed)) = of(row, kind).find(|Attribute(known, ..)| *known == key) else {
            return Err(match BOOKS.iter().copied().flatten().any(|Attribute(known, ..)| *known == key) {
                true => Fault::new("InvalidConfigurationRequest", format!("The attribute '{key}' is not supported here")),
                false => invalid(format!("The attribute key '{key}' is not recognized")),
            });
        };
        if !allowed.fits(value) {
            let message = format!("'{key}' value '{value}' {}", allowed.spell());
            return Err(if key == "stickiness.type" { Fault::new("InvalidConfigurationRequest", message) } else { invalid(message) });
        }
        changed["_attributes"][key] = json!(value);
    }
    check_logs(call, &changed, kind)?;
    if std::ptr::eq(kind, &TARGET_GROUP) {
        check_group(&changed)?;
    }
    let answer = json!({"Attributes": all(&changed, kind)});
    call.put(kind.table, &arn, changed);
    Ok(answer)
}

/// The value of one attribute, its default if it was never set.
pub fn value<'r>(row: &'r Value, kind: &Kind, key: &str) -> &'r str {
    let default = of(row, kind).find(|Attribute(known, ..)| *known == key).map_or("", |Attribute(_, default, _)| default);
    row["_attributes"].get(key).and_then(Value::as_str).unwrap_or(default)
}

fn subject(call: &Call<'_>) -> (&'static Kind, String) {
    let (kind, member) = if call.operation.contains("LoadBalancer") {
        (&LOAD_BALANCER, "LoadBalancerArn")
    } else if call.operation.contains("TargetGroup") {
        (&TARGET_GROUP, "TargetGroupArn")
    } else {
        (&LISTENER, "ListenerArn")
    };
    (kind, call.text(member).to_owned())
}

fn all(row: &Value, kind: &Kind) -> Vec<Value> {
    of(row, kind).map(|Attribute(key, ..)| json!({"Key": key, "Value": value(row, kind, key)})).collect()
}

/// The attributes that this resource has.
fn of(row: &Value, kind: &Kind) -> impl Iterator<Item = &'static Attribute> {
    let (first, second): (&[Attribute], &[Attribute]) = if std::ptr::eq(kind, &LOAD_BALANCER) {
        match text(row, "Type") {
            "application" => (APPLICATION, &[]),
            "network" => (NETWORK, &[]),
            _ => (GATEWAY, &[]),
        }
    } else if std::ptr::eq(kind, &TARGET_GROUP) {
        match (text(row, "TargetType"), text(row, "Protocol")) {
            ("lambda", _) => (LAMBDA_GROUP, &[]),
            (_, "HTTP" | "HTTPS") => (HTTP_GROUP, &[]),
            (_, "GENEVE") => (GENEVE_GROUP, &[]),
            _ => (TCP_GROUP, &[]),
        }
    } else {
        match text(row, "Protocol") {
            "HTTP" => (HTTP_LISTENER, &[]),
            "HTTPS" => (HTTP_LISTENER, HTTPS_LISTENER),
            "TCP" => (TCP_LISTENER, &[]),
            _ => (&[], &[]),
        }
    };
    first.iter().chain(second)
}

/// Attributes of a target group that do not go together.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html>
fn check_group(row: &Value) -> Result<(), Fault> {
    let value = |key: &str| value(row, &TARGET_GROUP, key);
    let (slow, algorithm) = (value("slow_start.duration_seconds"), value("load_balancing.algorithm.type"));
    if !["", "0"].contains(&slow) && algorithm != "round_robin" {
        let message = format!("You cannot enable slow start mode with the load balancing algorithm '{algorithm}'");
        return Err(Fault::new("InvalidConfigurationRequest", message));
    }
    if value("stickiness.type") != "app_cookie" {
        return Ok(());
    }
    let name = value("stickiness.app_cookie.cookie_name");
    // The signs of a cookie's name are those of a token, and the load balancer has cookies of its own.
    let token = name.chars().all(|sign| sign.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(sign));
    let own = ["AWSALB", "AWSALBAPP", "AWSALBTG"].iter().any(|own| name.eq_ignore_ascii_case(own));
    match name.is_empty() || name.len() > 256 || !token || own {
        true => Err(invalid(format!("'stickiness.app_cookie.cookie_name' value '{name}' must be a cookie name that is not reserved"))),
        false => Ok(()),
    }
}

/// Logs that are switched on need a bucket that exists.
fn check_logs(call: &Call<'_>, row: &Value, kind: &Kind) -> Result<(), Fault> {
    for logs in ["access_logs", "connection_logs", "health_check_logs"] {
        if value(row, kind, &format!("{logs}.s3.enabled")) != "true" {
            continue;
        }
        let bucket = value(row, kind, &format!("{logs}.s3.bucket"));
        if bucket.is_empty() {
            return Err(invalid(format!("The value of '{logs}.s3.bucket' cannot be empty")));
        }
        if call.get("s3.bucket", bucket).is_none() {
            let message = format!("Access Denied for bucket: {bucket}. Please check S3bucket permission");
            return Err(Fault::new("InvalidConfigurationRequest", message));
        }
    }
    Ok(())
}

impl Allowed {
    fn fits(&self, value: &str) -> bool {
        let within = |from: i64, to: i64| value.parse::<i64>().is_ok_and(|number| (from..=to).contains(&number));
        match self {
            Flag => matches!(value, "true" | "false"),
            Range(from, to) => within(*from, *to),
            ZeroOr(from, to) => value == "0" || within(*from, *to),
            OffOr(from, to) => value == "off" || within(*from, *to),
            OneOf(values) => values.contains(&value),
            Text => true,
        }
    }

    fn spell(&self) -> String {
        match self {
            Flag => "must be 'true' or 'false'".into(),
            Range(from, to) => format!("must be between '{from}-{to}' inclusive"),
            ZeroOr(from, to) => format!("must be '0' or between '{from}-{to}' inclusive"),
            OffOr(from, to) => format!("must be 'off' or between '{from}-{to}' inclusive"),
            OneOf(values) => format!("must be one of [{}]", values.join(", ")),
            Text => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::services::ec2::testing::{call, fault, vpc, world};
    use serde_json::json;

    #[test]
    fn defaults_changes_and_refusals() {
        let mut world = world();
        let vpc = vpc(&mut world);
        let input = json!({"Name": "web", "Protocol": "HTTP", "Port": 80, "VpcId": vpc});
        let arn = call(&mut world, "CreateTargetGroup", input)["TargetGroups"][0]["TargetGroupArn"].clone();
        let set = |key: &str, value: &str| json!({"TargetGroupArn": arn, "Attributes": [{"Key": key, "Value": value}]});
        call(&mut world, "ModifyTargetGroupAttributes", set("deregistration_delay.timeout_seconds", "10"));
        let read = call(&mut world, "DescribeTargetGroupAttributes", json!({"TargetGroupArn": arn}))["Attributes"].clone();
        assert_eq!((read.as_array().unwrap().len(), &read[0]["Value"]), (14, &json!("10")));
        for (key, value, code) in [
            ("deregistration_delay.timeout_seconds", "4000", "ValidationError"),
            ("stickiness.type", "source_ip", "InvalidConfigurationRequest"),
            ("proxy_protocol_v2.enabled", "true", "InvalidConfigurationRequest"),
            ("banana", "true", "ValidationError"),
        ] {
            assert_eq!(fault(&mut world, "ModifyTargetGroupAttributes", set(key, value)), code, "{key}");
        }
        let both = |one: (&str, &str), other: (&str, &str)| {
            let pair = |(key, value)| json!({"Key": key, "Value": value});
            json!({"TargetGroupArn": arn, "Attributes": [pair(one), pair(other)]})
        };
        let slow = both(("slow_start.duration_seconds", "30"), ("load_balancing.algorithm.type", "weighted_random"));
        assert_eq!(fault(&mut world, "ModifyTargetGroupAttributes", slow), "InvalidConfigurationRequest");
        let cookie = |name: &str| both(("stickiness.type", "app_cookie"), ("stickiness.app_cookie.cookie_name", name));
        for name in ["", "AWSALB", "my session"] {
            assert_eq!(fault(&mut world, "ModifyTargetGroupAttributes", cookie(name)), "ValidationError", "{name}");
        }
        call(&mut world, "ModifyTargetGroupAttributes", cookie("session"));
    }
}
