//! `elbv2.target_group`: where a load balancer sends requests, and how it knows who is healthy.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::ec2;
use crate::kinds::elbv2::{self, Protocol, check_span};
use crate::pricing::Priced;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct TargetGroup;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Made from the address if not given.
    #[serde(default)]
    pub name: Option<String>,
    pub vpc_id: String,
    /// The port of targets that are registered without one.
    pub port: i32,
    #[serde(default = "http")]
    pub protocol: Protocol,
    /// For HTTP and HTTPS: what is spoken to the targets.
    #[serde(default)]
    pub protocol_version: Option<ProtocolVersion>,
    #[serde(default)]
    pub target_type: TargetType,
    #[serde(default)]
    pub health_check: HealthCheck,
    /// For how many seconds a target that leaves may finish its requests.
    #[serde(default = "three_hundred")]
    pub deregistration_delay: i32,
    /// HTTP: over how many seconds a new target's share grows; 0 gives it its full share at once.
    #[serde(default)]
    pub slow_start: i32,
    /// HTTP: how the next target is chosen.
    #[serde(default)]
    pub load_balancing_algorithm: Algorithm,
    /// Whether a client stays with its target; none: it does not.
    #[serde(default)]
    pub stickiness: Option<Stickiness>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ProtocolVersion {
    HTTP1,
    HTTP2,
    GRPC,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TargetType {
    /// Addresses, as Fargate tasks have them.
    #[default]
    Ip,
    Instance,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    #[default]
    RoundRobin,
    LeastOutstandingRequests,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HealthCheck {
    /// HTTP for an HTTP or HTTPS target group and TCP for the others, if not given.
    pub protocol: Option<Protocol>,
    /// A port, or `traffic-port` for the target's own.
    pub port: String,
    /// HTTP: the path that is asked for; `/` if not given.
    pub path: Option<String>,
    /// HTTP: the status codes of a healthy target, such as `200-299`; `200` if not given. For gRPC its codes, `12` if not given.
    pub matcher: Option<String>,
    /// Seconds between two checks of a target.
    pub interval: i32,
    /// Seconds after which no answer means unhealthy.
    pub timeout: i32,
    /// So many good answers in a row make a target healthy.
    pub healthy_threshold: i32,
    /// So many failures in a row make it unhealthy.
    pub unhealthy_threshold: i32,
}

impl Default for HealthCheck {
    fn default() -> Self {
        HealthCheck {
            protocol: None,
            port: "traffic-port".into(),
            path: None,
            matcher: None,
            interval: 30,
            timeout: 5,
            healthy_threshold: 5,
            unhealthy_threshold: 2,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Stickiness {
    /// By a cookie that the load balancer sets, for so many seconds.
    LbCookie {
        #[serde(default = "day")]
        duration: i32,
    },
    /// By a cookie of the application, for so many seconds.
    AppCookie {
        cookie_name: String,
        #[serde(default = "day")]
        duration: i32,
    },
    /// By the client's address (Network Load Balancers).
    SourceIp,
}

fn http() -> Protocol {
    Protocol::HTTP
}
fn three_hundred() -> i32 {
    300
}
pub(super) fn day() -> i32 {
    86_400
}

impl Kind for TargetGroup {
    type Spec = Spec;
    const NAME: &'static str = "elbv2.target_group";
    const ABOUT: About = About {
        doc: "Where a load balancer sends requests, and how it knows who is healthy.",
        outputs: &["id", "arn", "name", "arn_suffix"],
        naming: Naming::Hyphens { max: 32 },
        arn: "elasticloadbalancing:targetgroup/",
        console: "https://{region}.console.aws.amazon.com/ec2/home?region={region}#TargetGroup:targetGroupArn={arn}",
        free: "part of the load balancer",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        replace("vpc_id"),
        replace("port"),
        replace("protocol"),
        replace("protocol_version"),
        replace("target_type"),
        update("health_check"),
        update("deregistration_delay"),
        update("slow_start"),
        update("load_balancing_algorithm"),
        update("stickiness"),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            name: None,
            vpc_id: "${example.vpc.id}".into(),
            port: 8080,
            protocol: Protocol::HTTP,
            protocol_version: Some(ProtocolVersion::HTTP1),
            target_type: TargetType::Ip,
            health_check: HealthCheck {
                protocol: Some(Protocol::HTTP),
                path: Some("/health".into()),
                matcher: Some("200".into()),
                interval: 15,
                ..HealthCheck::default()
            },
            deregistration_delay: 30,
            slow_start: 0,
            load_balancing_algorithm: Algorithm::RoundRobin,
            stickiness: None,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(elbv2::check_name(&spec.name));
        problems.extend(ec2::check_id("vpc_id", &spec.vpc_id, "vpc-"));
        problems.extend(check_span("port", spec.port, 1, 65535, ""));
        problems.extend(check_span("deregistration_delay", spec.deregistration_delay, 0, 3600, " seconds"));
        let http = spec.protocol.is_http();
        if spec.protocol_version.is_some() && !http {
            problems.push(
                Problem::new("protocol_version", format!("{} has no versions", spec.protocol.as_str()))
                    .help("leave `protocol_version` out"),
            );
        }
        if spec.slow_start != 0 {
            problems.extend(check_span("slow_start", spec.slow_start, 30, 900, " seconds"));
            if !http || spec.load_balancing_algorithm != Algorithm::RoundRobin {
                problems
                    .push(Problem::new("slow_start", "it needs HTTP or HTTPS and the round-robin algorithm").help("set slow_start = 0"));
            }
        }
        if !http && spec.load_balancing_algorithm != Algorithm::RoundRobin {
            problems.push(Problem::new("load_balancing_algorithm", "only HTTP and HTTPS target groups have a choice"));
        }
        check_stickiness(spec, &mut problems);
        check_health(spec, &mut problems);
        problems
    }

    fn normalise(spec: &mut Spec) {
        let http = spec.protocol.is_http();
        spec.protocol_version = spec.protocol_version.or(http.then_some(ProtocolVersion::HTTP1));
        let grpc = spec.protocol_version == Some(ProtocolVersion::GRPC);
        let check = &mut spec.health_check;
        let by = *check.protocol.get_or_insert(if http { Protocol::HTTP } else { Protocol::TCP });
        if by.is_http() {
            check.path.get_or_insert_with(|| if grpc { "/AWS.ALB/healthcheck" } else { "/" }.into());
            // A Network Load Balancer takes 200 to 399 for healthy unless told.
            check.matcher.get_or_insert_with(|| if grpc { "12" } else { "200" }.into());
        } else {
            (check.path, check.matcher) = (None, None);
        }
    }
}

impl Priced for TargetGroup {}

fn check_stickiness(spec: &Spec, problems: &mut Vec<Problem>) {
    let http = spec.protocol.is_http();
    match &spec.stickiness {
        Some(Stickiness::SourceIp) if http => problems
            .push(Problem::new("stickiness.type", "an HTTP target group has no source_ip stickiness").help("use lb_cookie or app_cookie")),
        Some(Stickiness::LbCookie { .. } | Stickiness::AppCookie { .. }) if !http => {
            problems.push(Problem::new("stickiness.type", "cookies need HTTP or HTTPS").help("use source_ip"));
        }
        Some(Stickiness::LbCookie { duration }) => problems.extend(check_span("stickiness.duration", *duration, 1, 604_800, " seconds")),
        Some(Stickiness::AppCookie { cookie_name, duration }) => {
            problems.extend(check_span("stickiness.duration", *duration, 1, 604_800, " seconds"));
            let reserved = ["AWSALB", "AWSALBAPP", "AWSALBTG"].contains(&cookie_name.as_str());
            if cookie_name.is_empty()
                || cookie_name.len() > 256
                || reserved
                || cookie_name.contains([' ', '\t', '(', ')', '<', '>', '@', ',', ';', ':', '"', '/', '[', ']', '?', '=', '{', '}'])
            {
                problems.push(Problem::new("stickiness.cookie_name", format!("`{cookie_name}` cannot be the name of the cookie")));
            }
        }
        Some(Stickiness::SourceIp) | None => {}
    }
}

fn check_health(spec: &Spec, problems: &mut Vec<Problem>) {
    let check = &spec.health_check;
    problems.extend(check_span("health_check.interval", check.interval, 5, 300, " seconds"));
    problems.extend(check_span("health_check.timeout", check.timeout, 2, 120, " seconds"));
    problems.extend(check_span("health_check.healthy_threshold", check.healthy_threshold, 2, 10, ""));
    problems.extend(check_span("health_check.unhealthy_threshold", check.unhealthy_threshold, 2, 10, ""));
    if check.timeout >= check.interval {
        problems.push(
            Problem::new("health_check.timeout", format!("{} seconds is not less than the interval of {}", check.timeout, check.interval))
                .help("a check must end before the next one starts"),
        );
    }
    if !is_symbolic(&check.port) && check.port != "traffic-port" && !check.port.parse::<u16>().is_ok_and(|port| port > 0) {
        problems.push(Problem::new("health_check.port", format!("`{}` is neither a port nor traffic-port", check.port)));
    }
    if let Some(path) = check.path.as_ref().filter(|path| !is_symbolic(path) && (!path.starts_with('/') || path.len() > 1024)) {
        problems.push(Problem::new("health_check.path", format!("`{path}` is not a path")).help("it begins with a slash"));
    }
    let by = check.protocol.unwrap_or(if spec.protocol.is_http() { Protocol::HTTP } else { Protocol::TCP });
    if !by.is_http() && (check.path.is_some() || check.matcher.is_some()) {
        problems.push(Problem::new("health_check.path", format!("a {} check has no path and no matcher", by.as_str())));
    }
    if !matches!(by, Protocol::HTTP | Protocol::HTTPS | Protocol::TCP) || spec.protocol.is_http() && !by.is_http() {
        problems.push(
            Problem::new("health_check.protocol", format!("{} is not allowed here", by.as_str()))
                .help("HTTP or HTTPS; TCP also for target groups that are not HTTP"),
        );
    }
    if let Some(matcher) = check.matcher.as_ref().filter(|matcher| !is_symbolic(matcher)) {
        let most = if spec.protocol_version == Some(ProtocolVersion::GRPC) { 0..=99 } else { 200..=599 };
        let code = |text: &str| text.parse::<u16>().is_ok_and(|code| most.contains(&code));
        let fits = matcher.split(',').all(|part| part.split_once('-').map_or_else(|| code(part), |(from, to)| code(from) && code(to)));
        if !fits {
            problems.push(
                Problem::new("health_check.matcher", format!("`{matcher}` is not a list of codes from {} to {}", most.start(), most.end()))
                    .help("write it as 200, 200,202 or 200-299"),
            );
        }
    }
}
