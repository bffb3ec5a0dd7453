//! `elbv2.target_group`: where a load balancer sends requests, and how it knows who is healthy.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::ec2;
use crate::kinds::elbv2::{self, Protocol, check_span};
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
fn day() -> i32 {
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

#[cfg(feature = "aws")]
mod driver {
    use super::*;
    use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
    use crate::core::identity::own_tags;
    use crate::core::snapshot::{Live, State};
    use crate::kinds::after_create::after_create;
    use crate::kinds::batch::batch;
    use aws_sdk_elasticloadbalancingv2::types::{self as sdk, Matcher, TargetGroupAttribute, TargetTypeEnum};
    use futures::future::try_join_all;

    impl Driver for TargetGroup {
        const ABSENT: &'static [&'static str] = &["TargetGroupNotFound"];
        const TAKEN: &'static [&'static str] = &["DuplicateTargetGroupName"];
        // A listener or rule that has just let go of it.
        const PASSING: &'static [&'static str] = &["ResourceInUse"];

        async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
            let found = match select.ids() {
                None => all(aws).await?,
                Some(arns) => batch(arns, Self::ABSENT, |arns| by_arn(aws, arns)).await?,
            };
            let arn = |group: &sdk::TargetGroup| group.target_group_arn().unwrap_or_default().to_owned();
            let ours = found.iter().filter(|group| aws.looks_ours(group.target_group_name().unwrap_or_default())).map(arn);
            let ours = ours.collect::<Vec<_>>();
            let arns = found.iter().map(arn).collect::<Vec<_>>();
            let tags = elbv2::tags(aws, select, &arns, |arn| ours.iter().any(|own| own == arn)).await?;
            let of = |group: &sdk::TargetGroup| tags.get(group.target_group_arn().unwrap_or_default()).cloned().unwrap_or_default();
            // A foreign one matters only if it has a name that the graph wants.
            let asked = |group: &sdk::TargetGroup| match select {
                Select::Ids(_) => true,
                Select::Owned { names, .. } => {
                    aws.claim(&of(group)).is_some() || names.iter().any(|name| Some(name.as_str()) == group.target_group_name())
                }
            };
            let live = try_join_all(found.iter().filter(|group| asked(group)).map(|group| live(aws, group, of(group)))).await?;
            Ok(live.into_iter().flatten().collect())
        }

        async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
            let mut spec = new.spec.clone();
            Self::normalise(&mut spec);
            let check = &spec.health_check;
            let answer = aws
                .elbv2
                .create_target_group()
                .name(&new.name)
                .vpc_id(&spec.vpc_id)
                .port(spec.port)
                .protocol(spec.protocol.sdk())
                .set_protocol_version(spec.protocol_version.map(|version| version.as_str().to_owned()))
                .target_type(match spec.target_type {
                    TargetType::Ip => TargetTypeEnum::Ip,
                    TargetType::Instance => TargetTypeEnum::Instance,
                })
                .set_health_check_protocol(check.protocol.map(Protocol::sdk))
                .health_check_port(&check.port)
                .set_health_check_path(check.path.clone())
                .set_matcher(matcher(&spec))
                .health_check_interval_seconds(check.interval)
                .health_check_timeout_seconds(check.timeout)
                .healthy_threshold_count(check.healthy_threshold)
                .unhealthy_threshold_count(check.unhealthy_threshold)
                .set_tags(Some(elbv2::tag_list(&new.tags)))
                .send()
                .await
                .during("elbv2.CreateTargetGroup")?;
            let made = answer.target_groups().first().ok_or_else(|| Error::missing("elbv2.CreateTargetGroup", "TargetGroups"))?;
            let arn = made.target_group_arn().ok_or_else(|| Error::missing("elbv2.CreateTargetGroup", "TargetGroupArn"))?;
            // A new one waits 300 seconds, has no slow start, takes turns, and lets no client stick.
            let differing = attributes(&spec).into_iter().filter(|(_, key, value)| {
                let default = match *key {
                    "deregistration_delay.timeout_seconds" => "300",
                    "slow_start.duration_seconds" => "0",
                    "load_balancing.algorithm.type" => "round_robin",
                    "stickiness.enabled" => "false",
                    _ => "",
                };
                value != default
            });
            let differing = differing.map(|(_, key, value)| (key, value)).collect::<Vec<_>>();
            after_create(aws, || set(aws, arn, &differing)).await?;
            Ok(Made { id: arn.to_owned(), outputs: outputs(arn, &new.name) })
        }

        async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
            let (arn, mut wanted) = (&change.live.id, change.wanted.clone());
            Self::normalise(&mut wanted);
            if change.changes("health_check") {
                let check = &wanted.health_check;
                aws.elbv2
                    .modify_target_group()
                    .target_group_arn(arn)
                    .set_health_check_protocol(check.protocol.map(Protocol::sdk))
                    .health_check_port(&check.port)
                    .set_health_check_path(check.path.clone())
                    .set_matcher(matcher(&wanted))
                    .health_check_interval_seconds(check.interval)
                    .health_check_timeout_seconds(check.timeout)
                    .healthy_threshold_count(check.healthy_threshold)
                    .unhealthy_threshold_count(check.unhealthy_threshold)
                    .send()
                    .await
                    .during("elbv2.ModifyTargetGroup")?;
            }
            let changed = attributes(&wanted).into_iter().filter(|(field, ..)| change.changes(field)).map(|(_, key, value)| (key, value));
            set(aws, arn, &changed.collect::<Vec<_>>()).await?;
            Ok(BTreeMap::new())
        }

        async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
            aws.elbv2.delete_target_group().target_group_arn(&live.id).send().await.during("elbv2.DeleteTargetGroup")?;
            Ok(())
        }

        async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
            elbv2::retag(aws, &live.id, tags).await
        }
    }

    impl ProtocolVersion {
        fn as_str(self) -> &'static str {
            match self {
                ProtocolVersion::HTTP1 => "HTTP1",
                ProtocolVersion::HTTP2 => "HTTP2",
                ProtocolVersion::GRPC => "GRPC",
            }
        }
        fn live(text: &str) -> Option<Self> {
            [ProtocolVersion::HTTP1, ProtocolVersion::HTTP2, ProtocolVersion::GRPC].into_iter().find(|version| version.as_str() == text)
        }
    }

    async fn all(aws: &Aws) -> Result<Vec<sdk::TargetGroup>> {
        let mut pages = aws.elbv2.describe_target_groups().into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            found.extend(page.during("elbv2.DescribeTargetGroups")?.target_groups.unwrap_or_default());
        }
        Ok(found)
    }

    async fn by_arn(aws: &Aws, arns: Vec<String>) -> Result<Vec<sdk::TargetGroup>> {
        let call = aws.elbv2.describe_target_groups().set_target_group_arns(Some(arns));
        Ok(call.send().await.during("elbv2.DescribeTargetGroups")?.target_groups.unwrap_or_default())
    }

    fn outputs(arn: &str, name: &str) -> BTreeMap<String, String> {
        let suffix = elbv2::arn_suffix(arn);
        [("id", arn), ("arn", arn), ("name", name), ("arn_suffix", suffix)].map(|(key, value)| (key.to_owned(), value.to_owned())).into()
    }

    // None if it went while it was read.
    async fn live(aws: &Aws, group: &sdk::TargetGroup, tags: BTreeMap<String, String>) -> Result<Option<Live<Spec>>> {
        const LIST: &str = "elbv2.DescribeTargetGroups";
        let arn = group.target_group_arn().unwrap_or_default().to_owned();
        let name = group.target_group_name().unwrap_or_default().to_owned();
        let target_type = match group.target_type() {
            Some(TargetTypeEnum::Ip) => TargetType::Ip,
            Some(TargetTypeEnum::Instance) | None => TargetType::Instance,
            Some(other) => {
                let text = format!("`{arn}` has targets of type {}, which Trueup does not manage", other.as_str());
                return Err(Error::new(LIST, "UnsupportedTargetType", text));
            }
        };
        let call = aws.elbv2.describe_target_group_attributes().target_group_arn(&arn);
        let known = match call.send().await.during("elbv2.DescribeTargetGroupAttributes") {
            Err(error) if error.is(TargetGroup::ABSENT) => return Ok(None),
            answer => answer?.attributes.unwrap_or_default(),
        };
        let known = known.into_iter().filter_map(|attribute| Some((attribute.key?, attribute.value?))).collect::<BTreeMap<_, _>>();
        let text = |key: &str| known.get(key).map(String::as_str).unwrap_or_default();
        let number = |key: &str, default: i32| text(key).parse().unwrap_or(default);
        let matcher = group.matcher().and_then(|matcher| matcher.http_code().or(matcher.grpc_code()));
        let spec = Spec {
            name: Some(name.clone()),
            vpc_id: group.vpc_id().unwrap_or_default().to_owned(),
            port: group.port().unwrap_or_default(),
            protocol: Protocol::live(group.protocol().cloned(), LIST, &arn)?,
            protocol_version: group.protocol_version().and_then(ProtocolVersion::live),
            target_type,
            health_check: HealthCheck {
                protocol: Some(Protocol::live(group.health_check_protocol().cloned(), LIST, &arn)?),
                port: group.health_check_port().unwrap_or("traffic-port").to_owned(),
                path: group.health_check_path().map(String::from),
                matcher: matcher.map(String::from),
                interval: group.health_check_interval_seconds().unwrap_or(30),
                timeout: group.health_check_timeout_seconds().unwrap_or(5),
                healthy_threshold: group.healthy_threshold_count().unwrap_or(5),
                unhealthy_threshold: group.unhealthy_threshold_count().unwrap_or(2),
            },
            deregistration_delay: number("deregistration_delay.timeout_seconds", 300),
            slow_start: number("slow_start.duration_seconds", 0),
            load_balancing_algorithm: match text("load_balancing.algorithm.type") {
                "least_outstanding_requests" => Algorithm::LeastOutstandingRequests,
                _ => Algorithm::RoundRobin,
            },
            stickiness: match (text("stickiness.enabled"), text("stickiness.type")) {
                ("true", "lb_cookie") => Some(Stickiness::LbCookie { duration: number("stickiness.lb_cookie.duration_seconds", day()) }),
                ("true", "app_cookie") => Some(Stickiness::AppCookie {
                    cookie_name: text("stickiness.app_cookie.cookie_name").to_owned(),
                    duration: number("stickiness.app_cookie.duration_seconds", day()),
                }),
                ("true", _) => Some(Stickiness::SourceIp),
                _ => None,
            },
            tags: own_tags(&tags),
        };
        let outputs = outputs(&arn, &name);
        Ok(Some(Live { id: arn.clone(), name, claim: aws.claim(&tags), state: State::Ready, spec, outputs, arn }))
    }

    fn matcher(spec: &Spec) -> Option<Matcher> {
        let codes = spec.health_check.matcher.as_ref()?;
        let builder = Matcher::builder();
        Some(if spec.protocol_version == Some(ProtocolVersion::GRPC) { builder.grpc_code(codes) } else { builder.http_code(codes) }.build())
    }

    /// Every attribute that the spec stands for: its field, AWS's key, the value.
    fn attributes(spec: &Spec) -> Vec<(&'static str, &'static str, String)> {
        let mut found = vec![("deregistration_delay", "deregistration_delay.timeout_seconds", spec.deregistration_delay.to_string())];
        if spec.protocol.is_http() {
            let algorithm = match spec.load_balancing_algorithm {
                Algorithm::RoundRobin => "round_robin",
                Algorithm::LeastOutstandingRequests => "least_outstanding_requests",
            };
            found.push(("slow_start", "slow_start.duration_seconds", spec.slow_start.to_string()));
            found.push(("load_balancing_algorithm", "load_balancing.algorithm.type", algorithm.into()));
        }
        let field = "stickiness";
        found.push((field, "stickiness.enabled", spec.stickiness.is_some().to_string()));
        match &spec.stickiness {
            None => {}
            Some(Stickiness::SourceIp) => found.push((field, "stickiness.type", "source_ip".into())),
            Some(Stickiness::LbCookie { duration }) => found.extend([
                (field, "stickiness.type", "lb_cookie".to_owned()),
                (field, "stickiness.lb_cookie.duration_seconds", duration.to_string()),
            ]),
            Some(Stickiness::AppCookie { cookie_name, duration }) => found.extend([
                (field, "stickiness.type", "app_cookie".to_owned()),
                (field, "stickiness.app_cookie.cookie_name", cookie_name.clone()),
                (field, "stickiness.app_cookie.duration_seconds", duration.to_string()),
            ]),
        }
        found
    }

    async fn set(aws: &Aws, arn: &str, attributes: &[(&str, String)]) -> Result<()> {
        if attributes.is_empty() {
            return Ok(());
        }
        let list = attributes.iter().map(|(key, value)| TargetGroupAttribute::builder().key(*key).value(value).build()).collect();
        let call = aws.elbv2.modify_target_group_attributes().target_group_arn(arn).set_attributes(Some(list));
        call.send().await.during("elbv2.ModifyTargetGroupAttributes")?;
        Ok(())
    }
}
