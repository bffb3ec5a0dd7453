//! `elbv2.target_group`: the targets that a load balancer sends requests to, and their health checks.

use crate::core::code::Check;
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
    /// The target group's name; left out, it is made from the address.
    #[serde(default)]
    pub name: Option<String>,
    pub vpc_id: String,
    /// The port of targets that are registered without one.
    pub port: i32,
    #[serde(default = "http")]
    pub protocol: Protocol,
    /// HTTP and HTTPS: the protocol version of requests to the targets.
    #[serde(default)]
    pub protocol_version: Option<ProtocolVersion>,
    #[serde(default)]
    pub target_type: TargetType,
    #[serde(default)]
    pub health_check: HealthCheck,
    /// Seconds in which a target that leaves may finish its requests.
    #[serde(default = "three_hundred")]
    pub deregistration_delay: i32,
    /// HTTP: seconds over which a new target's share grows; 0 gives it its full share at once.
    #[serde(default)]
    pub slow_start: i32,
    /// HTTP: the algorithm that chooses the next target.
    #[serde(default)]
    pub load_balancing_algorithm: Algorithm,
    /// Binds a client to the target it got; left out, it is not bound.
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
    /// Seconds without an answer that count as a failure.
    pub timeout: i32,
    /// The number of good answers in a row that make a target healthy.
    pub healthy_threshold: i32,
    /// The number of failures in a row that make it unhealthy.
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
    /// Binds by a cookie that the load balancer sets, for `duration` seconds.
    LbCookie {
        #[serde(default = "day")]
        duration: i32,
    },
    /// Binds by a cookie of the application, for `duration` seconds.
    AppCookie {
        cookie_name: String,
        #[serde(default = "day")]
        duration: i32,
    },
    /// Binds by the client's address (Network Load Balancers).
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
        doc: "The targets that a load balancer sends requests to, and their health checks.",
        outputs: &["id", "arn", "name", "arn_suffix"],
        naming: Naming::Hyphens { max: 32 },
        arn: "elasticloadbalancing:targetgroup/",
        held: true,
        console: "https://{region}.console.aws.amazon.com/ec2/home?region={region}#TargetGroup:targetGroupArn={arn}",
        free: "part of the load balancer",
        ..About::NEW
    };
    // ModifyTargetGroup takes the health check alone.
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html
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

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "ELB031",
            about: "The name of a target group has another form than AWS takes.",
            why: "CreateTargetGroup refuses it, and a name cannot be changed afterwards.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html",
            wrong: &[r#"{"name": "web_1"}"#, r#"{"name": "web-"}"#],
            right: &[r#"{"name": "web-1"}"#],
            find: |spec| elbv2::check_name(&spec.name).into_iter().collect(),
        },
        Check {
            id: "ELB032",
            about: "A target group names its VPC by something that is no VPC's id.",
            why: "CreateTargetGroup refuses it as a validation error.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html",
            wrong: &[r#"{"vpc_id": "main"}"#],
            right: &[r#"{"vpc_id": "vpc-0123456789abcdef0"}"#],
            find: |spec| ec2::check_id("vpc_id", &spec.vpc_id, "vpc-").into_iter().collect(),
        },
        Check {
            id: "ELB033",
            about: "The port of a target group, or of its health check, is no port.",
            why: "CreateTargetGroup takes 1 to 65535, and for the health check also the target's own, and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html",
            wrong: &[r#"{"port": 0}"#, r#"{"port": 65536}"#, r#"{"health_check": {"port": "http"}}"#, r#"{"health_check": {"port": "0"}}"#],
            right: &[r#"{"port": 443, "health_check": {"port": "8081"}}"#],
            find: ports,
        },
        Check {
            id: "ELB034",
            about: "The time that a leaving target has for its requests is outside what AWS has.",
            why: "ModifyTargetGroupAttributes takes 0 to 3600 seconds and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html",
            wrong: &[r#"{"deregistration_delay": -1}"#, r#"{"deregistration_delay": 3601}"#],
            right: &[r#"{"deregistration_delay": 0}"#],
            find: |spec| check_span("deregistration_delay", spec.deregistration_delay, 0, 3600, " seconds").into_iter().collect(),
        },
        Check {
            id: "ELB035",
            about: "A target group that does not speak HTTP has a version of HTTP.",
            why: "CreateTargetGroup takes one for HTTP and HTTPS only.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html",
            wrong: &[r#"{"protocol": "TCP"}"#],
            right: &[r#"{"protocol": "TCP", "protocol_version": null}"#, r#"{"protocol_version": "HTTP2"}"#],
            find: version,
        },
        Check {
            id: "ELB036",
            about: "The slow start of a target group is outside what AWS has.",
            why: "ModifyTargetGroupAttributes takes 30 to 900 seconds, or 0 for none, and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html",
            wrong: &[r#"{"slow_start": 10}"#, r#"{"slow_start": 901}"#],
            right: &[r#"{"slow_start": 30}"#],
            find: |spec| {
                let wrong = check_span("slow_start", spec.slow_start, 30, 900, " seconds").filter(|_| spec.slow_start != 0);
                wrong.map(|problem| problem.help("30 to 900 seconds, or 0 for none")).into_iter().collect()
            },
        },
        Check {
            id: "ELB037",
            about: "A target group starts slowly that cannot.",
            why: "ModifyTargetGroupAttributes takes slow start only where an Application Load Balancer takes its targets in turn.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html",
            wrong: &[
                r#"{"slow_start": 30, "load_balancing_algorithm": "least_outstanding_requests"}"#,
                r#"{"slow_start": 30, "protocol": "TCP", "protocol_version": null}"#,
            ],
            right: &[r#"{"slow_start": 30, "load_balancing_algorithm": "round_robin"}"#],
            find: slow_start,
        },
        Check {
            id: "ELB038",
            about: "A target group of a Network Load Balancer chooses how the next target is found.",
            why: "ModifyTargetGroupAttributes takes the choice for HTTP and HTTPS only; others follow the flow's own hash.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html",
            wrong: &[r#"{"protocol": "TCP", "protocol_version": null, "load_balancing_algorithm": "least_outstanding_requests"}"#],
            right: &[r#"{"load_balancing_algorithm": "least_outstanding_requests"}"#],
            find: algorithm,
        },
        Check {
            id: "ELB039",
            about: "The stickiness of a target group does not fit its protocol.",
            why: "Cookies need HTTP, and the client's address is for the rest; ModifyTargetGroupAttributes refuses the other way round.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html",
            wrong: &[
                r#"{"stickiness": {"type": "source_ip"}}"#,
                r#"{"protocol": "TCP", "protocol_version": null, "stickiness": {"type": "lb_cookie"}}"#,
            ],
            right: &[
                r#"{"stickiness": {"type": "lb_cookie"}}"#,
                r#"{"protocol": "TCP", "protocol_version": null, "stickiness": {"type": "source_ip"}}"#,
            ],
            find: stickiness_type,
        },
        Check {
            id: "ELB040",
            about: "The time that a client stays with its target is outside what AWS has.",
            why: "ModifyTargetGroupAttributes takes 1 to 604800 seconds, which is a week, and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html",
            wrong: &[
                r#"{"stickiness": {"type": "lb_cookie", "duration": 0}}"#,
                r#"{"stickiness": {"type": "app_cookie", "cookie_name": "session", "duration": 604801}}"#,
            ],
            right: &[r#"{"stickiness": {"type": "lb_cookie", "duration": 604800}}"#],
            find: stickiness_duration,
        },
        Check {
            id: "ELB041",
            about: "The cookie of the application has a name that it cannot have.",
            why: "ModifyTargetGroupAttributes refuses signs that end a cookie's name, and the names of the load balancer's own cookies.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html",
            wrong: &[
                r#"{"stickiness": {"type": "app_cookie", "cookie_name": "AWSALB"}}"#,
                r#"{"stickiness": {"type": "app_cookie", "cookie_name": "my session"}}"#,
                r#"{"stickiness": {"type": "app_cookie", "cookie_name": ""}}"#,
            ],
            right: &[r#"{"stickiness": {"type": "app_cookie", "cookie_name": "session"}}"#],
            find: cookie_name,
        },
        Check {
            id: "ELB042",
            about: "The interval of a health check is outside what AWS has.",
            why: "CreateTargetGroup takes 5 to 300 seconds and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
            wrong: &[r#"{"health_check": {"interval": 4, "timeout": 2}}"#, r#"{"health_check": {"interval": 301}}"#],
            right: &[r#"{"health_check": {"interval": 300}}"#],
            find: |spec| check_span("health_check.interval", spec.health_check.interval, 5, 300, " seconds").into_iter().collect(),
        },
        Check {
            id: "ELB043",
            about: "The timeout of a health check is outside what AWS has.",
            why: "CreateTargetGroup takes 2 to 120 seconds and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
            wrong: &[r#"{"health_check": {"timeout": 1}}"#, r#"{"health_check": {"interval": 300, "timeout": 121}}"#],
            right: &[r#"{"health_check": {"interval": 300, "timeout": 120}}"#],
            find: |spec| check_span("health_check.timeout", spec.health_check.timeout, 2, 120, " seconds").into_iter().collect(),
        },
        Check {
            id: "ELB044",
            about: "A threshold of a health check is outside what AWS has.",
            why: "CreateTargetGroup takes 2 to 10 answers in a row and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
            wrong: &[r#"{"health_check": {"healthy_threshold": 1}}"#, r#"{"health_check": {"unhealthy_threshold": 11}}"#],
            right: &[r#"{"health_check": {"healthy_threshold": 10, "unhealthy_threshold": 2}}"#],
            find: thresholds,
        },
        Check {
            id: "ELB045",
            about: "A health check may take longer than the time until the next one.",
            why: "CreateTargetGroup refuses a timeout that is not smaller than the interval.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html",
            wrong: &[r#"{"health_check": {"interval": 10, "timeout": 10}}"#],
            right: &[r#"{"health_check": {"interval": 10, "timeout": 9}}"#],
            find: timeout,
        },
        Check {
            id: "ELB046",
            about: "The path of a health check is no path.",
            why: "CreateTargetGroup refuses what does not begin with a slash or has more than 1024 characters.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html",
            wrong: &[r#"{"health_check": {"path": "health"}}"#],
            right: &[r#"{"health_check": {"path": "/health?deep=1"}}"#],
            find: path,
        },
        Check {
            id: "ELB047",
            about: "A health check over TCP has a path or status codes.",
            why: "Nothing is asked over TCP but whether the port opens, so CreateTargetGroup refuses them.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html",
            wrong: &[
                r#"{"protocol": "TCP", "protocol_version": null, "health_check": {"protocol": "TCP", "matcher": null}}"#,
                r#"{"protocol": "TCP", "protocol_version": null, "health_check": {"protocol": null, "path": null}}"#,
            ],
            right: &[
                r#"{"protocol": "TCP", "protocol_version": null, "health_check": {"protocol": "TCP", "path": null, "matcher": null}}"#,
            ],
            find: no_request,
        },
        Check {
            id: "ELB048",
            about: "A health check has a protocol that it cannot have.",
            why: "CreateTargetGroup takes HTTP and HTTPS, and TCP where the target group is a Network Load Balancer's.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html",
            wrong: &[
                r#"{"health_check": {"protocol": "TCP", "path": null, "matcher": null}}"#,
                r#"{"protocol": "UDP", "protocol_version": null, "health_check": {"protocol": "UDP", "path": null, "matcher": null}}"#,
            ],
            right: &[
                r#"{"protocol": "UDP", "protocol_version": null, "health_check": {"protocol": "TCP", "path": null, "matcher": null}}"#,
            ],
            find: check_protocol,
        },
        Check {
            id: "ELB049",
            about: "The status codes of a healthy target are no list of codes.",
            why: "CreateTargetGroup takes 200 to 499, up to 599 for a Network Load Balancer, and 0 to 99 for gRPC; it refuses the rest.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html",
            wrong: &[
                r#"{"health_check": {"matcher": "2xx"}}"#,
                r#"{"health_check": {"matcher": "100-299"}}"#,
                r#"{"health_check": {"matcher": "200-599"}}"#,
                r#"{"protocol_version": "GRPC", "health_check": {"matcher": "200"}}"#,
            ],
            right: &[
                r#"{"health_check": {"matcher": "200-299,301"}}"#,
                r#"{"protocol": "TCP", "protocol_version": null, "health_check": {"matcher": "200-599"}}"#,
                r#"{"protocol_version": "GRPC", "health_check": {"matcher": "0-99"}}"#,
            ],
            find: matcher,
        },
    ];

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

fn ports(spec: &Spec) -> Vec<Problem> {
    let port = &spec.health_check.port;
    let fits = is_symbolic(port) || port == "traffic-port" || port.parse::<u16>().is_ok_and(|port| port > 0);
    let problem = || Problem::new("health_check.port", format!("`{port}` is neither a port nor traffic-port"));
    check_span("port", spec.port, 1, 65535, "").into_iter().chain((!fits).then(problem)).collect()
}

fn version(spec: &Spec) -> Vec<Problem> {
    let problem =
        || Problem::new("protocol_version", format!("{} has no versions", spec.protocol.as_str())).help("leave `protocol_version` out");
    (spec.protocol_version.is_some() && !spec.protocol.is_http()).then(problem).into_iter().collect()
}

fn slow_start(spec: &Spec) -> Vec<Problem> {
    let able = spec.protocol.is_http() && spec.load_balancing_algorithm == Algorithm::RoundRobin;
    let problem = || Problem::new("slow_start", "it needs HTTP or HTTPS and the round-robin algorithm").help("set slow_start = 0");
    (spec.slow_start != 0 && !able).then(problem).into_iter().collect()
}

fn algorithm(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("load_balancing_algorithm", "only HTTP and HTTPS target groups have a choice");
    (!spec.protocol.is_http() && spec.load_balancing_algorithm != Algorithm::RoundRobin).then(problem).into_iter().collect()
}

fn stickiness_type(spec: &Spec) -> Vec<Problem> {
    let (message, help) = match (&spec.stickiness, spec.protocol.is_http()) {
        (Some(Stickiness::SourceIp), true) => ("an HTTP target group has no source_ip stickiness", "use lb_cookie or app_cookie"),
        (Some(Stickiness::LbCookie { .. } | Stickiness::AppCookie { .. }), false) => ("cookies need HTTP or HTTPS", "use source_ip"),
        (Some(Stickiness::SourceIp), false) | (Some(Stickiness::LbCookie { .. } | Stickiness::AppCookie { .. }), true) | (None, _) => {
            return Vec::new();
        }
    };
    vec![Problem::new("stickiness.type", message).help(help)]
}

fn stickiness_duration(spec: &Spec) -> Vec<Problem> {
    let duration = match spec.stickiness.as_ref().filter(|_| spec.protocol.is_http()) {
        Some(Stickiness::LbCookie { duration } | Stickiness::AppCookie { duration, .. }) => *duration,
        Some(Stickiness::SourceIp) | None => return Vec::new(),
    };
    check_span("stickiness.duration", duration, 1, 604_800, " seconds").into_iter().collect()
}

fn cookie_name(spec: &Spec) -> Vec<Problem> {
    let Some(Stickiness::AppCookie { cookie_name, .. }) = spec.stickiness.as_ref().filter(|_| spec.protocol.is_http()) else {
        return Vec::new();
    };
    let reserved = ["AWSALB", "AWSALBAPP", "AWSALBTG"].contains(&cookie_name.as_str());
    let plain = !cookie_name.contains([' ', '\t', '(', ')', '<', '>', '@', ',', ';', ':', '"', '/', '[', ']', '?', '=', '{', '}']);
    if (1..=256).contains(&cookie_name.len()) && plain && !reserved {
        return Vec::new();
    }
    vec![Problem::new("stickiness.cookie_name", format!("`{cookie_name}` cannot be the name of the cookie"))]
}

fn thresholds(spec: &Spec) -> Vec<Problem> {
    let HealthCheck { healthy_threshold, unhealthy_threshold, .. } = spec.health_check;
    let healthy = check_span("health_check.healthy_threshold", healthy_threshold, 2, 10, "");
    healthy.into_iter().chain(check_span("health_check.unhealthy_threshold", unhealthy_threshold, 2, 10, "")).collect()
}

fn timeout(spec: &Spec) -> Vec<Problem> {
    let HealthCheck { timeout, interval, .. } = spec.health_check;
    let problem = || {
        Problem::new("health_check.timeout", format!("{timeout} seconds is not less than the interval of {interval}"))
            .help("a check must end before the next one starts")
    };
    (timeout >= interval).then(problem).into_iter().collect()
}

fn path(spec: &Spec) -> Vec<Problem> {
    let given = spec.health_check.path.iter().filter(|path| !is_symbolic(path));
    let wrong = given.filter(|path| !path.starts_with('/') || path.len() > 1024);
    wrong.map(|path| Problem::new("health_check.path", format!("`{path}` is not a path")).help("it begins with a slash")).collect()
}

/// Returns how targets are asked: what the file says, or what AWS takes for the target group's protocol.
fn asked_by(spec: &Spec) -> Protocol {
    spec.health_check.protocol.unwrap_or(if spec.protocol.is_http() { Protocol::HTTP } else { Protocol::TCP })
}

fn no_request(spec: &Spec) -> Vec<Problem> {
    let by = asked_by(spec);
    let given = spec.health_check.path.is_some() || spec.health_check.matcher.is_some();
    let problem = || Problem::new("health_check.path", format!("a {} check has no path and no matcher", by.as_str()));
    // A protocol that it cannot have is said by itself.
    (!by.is_http() && given && check_protocol(spec).is_empty()).then(problem).into_iter().collect()
}

fn check_protocol(spec: &Spec) -> Vec<Problem> {
    let by = asked_by(spec);
    let fits = by.is_http() || by == Protocol::TCP && !spec.protocol.is_http();
    let problem = || {
        Problem::new("health_check.protocol", format!("{} is not allowed here", by.as_str()))
            .help("HTTP or HTTPS; TCP also for target groups that are not HTTP")
    };
    (!fits).then(problem).into_iter().collect()
}

fn matcher(spec: &Spec) -> Vec<Problem> {
    let most = match (spec.protocol_version, spec.protocol.is_http()) {
        (Some(ProtocolVersion::GRPC), _) => 0..=99,
        (Some(ProtocolVersion::HTTP1 | ProtocolVersion::HTTP2) | None, true) => 200..=499,
        (Some(ProtocolVersion::HTTP1 | ProtocolVersion::HTTP2) | None, false) => 200..=599,
    };
    let code = |text: &str| text.parse::<u16>().is_ok_and(|code| most.contains(&code));
    let part = |part: &str| part.split_once('-').map_or_else(|| code(part), |(from, to)| code(from) && code(to));
    let given = spec.health_check.matcher.iter().filter(|matcher| !is_symbolic(matcher));
    let problem = |matcher: &String| {
        Problem::new("health_check.matcher", format!("`{matcher}` is not a list of codes from {} to {}", most.start(), most.end()))
            .help("write it as 200, 200,202 or 200-299")
    };
    given.filter(|matcher| !matcher.split(',').all(part)).map(problem).collect()
}
