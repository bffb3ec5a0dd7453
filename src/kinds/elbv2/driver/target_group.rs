//! Makes, reads, changes and deletes `elbv2.target_group` in AWS.

use crate::aws::{Again, Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::kind::Kind;
use crate::core::snapshot::{Live, State};
use crate::kinds::after_create::after_create;
use crate::kinds::batch::batch;
use crate::kinds::elbv2::target_group::*;
use crate::kinds::elbv2::{Protocol, driver};
use aws_sdk_elasticloadbalancingv2::types::{self as sdk, Matcher, TargetGroupAttribute, TargetTypeEnum};
use futures::future::try_join_all;
use std::collections::BTreeMap;

impl Driver for TargetGroup {
    const ABSENT: &'static [&'static str] = &["TargetGroupNotFound"];
    const TAKEN: &'static [&'static str] = &["DuplicateTargetGroupName"];
    // A listener or rule that has just let go of it.
    const PASSING: &'static [&'static str] = &["ResourceInUse"];
    const AGAIN: Again<Spec> = Again::Answered;

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let found = match select.ids() {
            None => all(aws).await?,
            Some(arns) => batch(arns, Self::ABSENT, |arns| by_arn(aws, arns)).await?,
        };
        let arn = |group: &sdk::TargetGroup| group.target_group_arn().unwrap_or_default().to_owned();
        let ours = found.iter().filter(|group| aws.looks_ours(group.target_group_name().unwrap_or_default())).map(arn);
        let ours = ours.collect::<Vec<_>>();
        let arns = found.iter().map(arn).collect::<Vec<_>>();
        let tags = driver::tags(aws, select, &arns, |arn| ours.iter().any(|own| own == arn)).await?;
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
            .set_tags(Some(driver::tag_list(&new.tags)))
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
        driver::retag(aws, &live.id, tags).await
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
    let suffix = driver::arn_suffix(arn);
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
