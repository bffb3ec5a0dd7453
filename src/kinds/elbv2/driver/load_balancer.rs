//! Makes, reads, changes and deletes `elbv2.load_balancer` in AWS.

use crate::aws::{Again, Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::kind::Kind;
use crate::core::snapshot::{Live, State};
use crate::kinds::after_create::after_create;
use crate::kinds::batch::batch;
use crate::kinds::elbv2::driver;
use crate::kinds::elbv2::load_balancer::*;
use aws_sdk_elasticloadbalancingv2::types::{
    self as sdk, LoadBalancerAttribute, LoadBalancerSchemeEnum, LoadBalancerStateEnum, LoadBalancerTypeEnum,
};
use futures::future::try_join_all;
use std::collections::BTreeMap;

type Attributes = BTreeMap<String, String>;

impl Driver for LoadBalancer {
    const ABSENT: &'static [&'static str] = &["LoadBalancerNotFound"];
    const TAKEN: &'static [&'static str] = &["DuplicateLoadBalancerName"];
    const PASSING: &'static [&'static str] = &["ResourceInUse", "SubnetNotFound", "InvalidSecurityGroup"];
    const AGAIN: Again<Spec> = Again::Answered;

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let found = match select.ids() {
            None => driver::all_balancers(aws).await?,
            Some(arns) => batch(arns, Self::ABSENT, |arns| by_arn(aws, arns)).await?,
        };
        let arn = |balancer: &sdk::LoadBalancer| balancer.load_balancer_arn().unwrap_or_default().to_owned();
        let ours = found.iter().filter(|balancer| aws.looks_ours(balancer.load_balancer_name().unwrap_or_default())).map(arn);
        let ours = ours.collect::<Vec<_>>();
        // Whoever waits for one by its id asks only for its state.
        let waited = |balancer: &&sdk::LoadBalancer| select.ids().is_some() && state(balancer) != State::Ready;
        let arns = found.iter().filter(|balancer| !waited(balancer)).map(arn).collect::<Vec<_>>();
        let tags = driver::tags(aws, select, &arns, |arn| ours.iter().any(|own| own == arn)).await?;
        let of = |balancer: &sdk::LoadBalancer| tags.get(balancer.load_balancer_arn().unwrap_or_default()).cloned().unwrap_or_default();
        // A foreign one matters only if it has a name that the graph wants.
        let asked = |balancer: &sdk::LoadBalancer| match select {
            Select::Ids(_) => true,
            Select::Owned { names, .. } => {
                aws.claim(&of(balancer)).is_some() || names.iter().any(|name| Some(name.as_str()) == balancer.load_balancer_name())
            }
        };
        try_join_all(found.iter().filter(|balancer| asked(balancer)).map(|balancer| live(aws, balancer, of(balancer)))).await
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let spec = &new.spec;
        let answer = aws
            .elbv2
            .create_load_balancer()
            .name(&new.name)
            .r#type(match spec.balancer_type {
                BalancerType::Application => LoadBalancerTypeEnum::Application,
                BalancerType::Network => LoadBalancerTypeEnum::Network,
            })
            .scheme(match spec.scheme {
                Scheme::InternetFacing => LoadBalancerSchemeEnum::InternetFacing,
                Scheme::Internal => LoadBalancerSchemeEnum::Internal,
            })
            .ip_address_type(ip_address_type(spec))
            .set_subnets(Some(spec.subnet_ids.clone()))
            .set_security_groups(Some(spec.security_group_ids.clone()).filter(|ids| !ids.is_empty()))
            .set_tags(Some(driver::tag_list(&new.tags)))
            .send()
            .await
            .during("elbv2.CreateLoadBalancer")?;
        let made = answer.load_balancers().first().ok_or_else(|| Error::missing("elbv2.CreateLoadBalancer", "LoadBalancers"))?;
        let arn = made.load_balancer_arn().ok_or_else(|| Error::missing("elbv2.CreateLoadBalancer", "LoadBalancerArn"))?;
        let fresh = of_new(spec.balancer_type);
        let differing =
            attributes(spec).into_iter().filter(|(_, key, value)| fresh.iter().all(|(known, default)| known != key || default != value));
        let differing = differing.map(|(_, key, value)| (key, value)).collect::<Vec<_>>();
        after_create(aws, || set(aws, arn, &differing)).await?;
        Ok(Made { id: arn.to_owned(), outputs: outputs(made) })
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let (arn, new) = (&change.live.id, &change.wanted);
        if change.changes("subnet_ids") {
            let call = aws.elbv2.set_subnets().load_balancer_arn(arn).set_subnets(Some(new.subnet_ids.clone()));
            call.send().await.during("elbv2.SetSubnets")?;
        }
        if change.changes("ip_address_type") {
            let call = aws.elbv2.set_ip_address_type().load_balancer_arn(arn).ip_address_type(ip_address_type(new));
            call.send().await.during("elbv2.SetIpAddressType")?;
        }
        if change.changes("security_group_ids") {
            let call = aws.elbv2.set_security_groups().load_balancer_arn(arn).set_security_groups(Some(new.security_group_ids.clone()));
            call.send().await.during("elbv2.SetSecurityGroups")?;
        }
        let changed = attributes(new).into_iter().filter(|(field, ..)| change.changes(field)).map(|(_, key, value)| (key, value));
        set(aws, arn, &changed.collect::<Vec<_>>()).await?;
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        if live.spec.deletion_protection {
            let off = sdk::LoadBalancerAttribute::builder().key("deletion_protection.enabled").value("false").build();
            let off = aws.elbv2.modify_load_balancer_attributes().load_balancer_arn(&live.id).attributes(off);
            off.send().await.during("elbv2.ModifyLoadBalancerAttributes")?;
        }
        aws.elbv2.delete_load_balancer().load_balancer_arn(&live.id).send().await.during("elbv2.DeleteLoadBalancer")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.id, tags).await
    }
}

async fn by_arn(aws: &Aws, arns: Vec<String>) -> Result<Vec<sdk::LoadBalancer>> {
    let call = aws.elbv2.describe_load_balancers().set_load_balancer_arns(Some(arns));
    Ok(call.send().await.during("elbv2.DescribeLoadBalancers")?.load_balancers.unwrap_or_default())
}

fn ip_address_type(spec: &Spec) -> sdk::IpAddressType {
    match spec.ip_address_type {
        IpAddressType::Ipv4 => sdk::IpAddressType::Ipv4,
        IpAddressType::Dualstack => sdk::IpAddressType::Dualstack,
    }
}

fn outputs(balancer: &sdk::LoadBalancer) -> BTreeMap<String, String> {
    let arn = balancer.load_balancer_arn().unwrap_or_default();
    [
        ("id", Some(arn)),
        ("arn", Some(arn)),
        ("name", balancer.load_balancer_name()),
        ("arn_suffix", Some(driver::arn_suffix(arn))),
        ("dns_name", balancer.dns_name()),
        ("hosted_zone_id", balancer.canonical_hosted_zone_id()),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())))
    .collect()
}

fn state(balancer: &sdk::LoadBalancer) -> State {
    let reason = balancer.state().and_then(|state| state.reason()).unwrap_or_default();
    match balancer.state().and_then(|state| state.code()) {
        Some(LoadBalancerStateEnum::Provisioning) => State::Changing("provisioning".into()),
        Some(LoadBalancerStateEnum::Failed) => State::Failed(reason.to_owned()),
        _ => State::Ready,
    }
}

async fn live(aws: &Aws, balancer: &sdk::LoadBalancer, tags: BTreeMap<String, String>) -> Result<Live<Spec>> {
    let arn = balancer.load_balancer_arn().unwrap_or_default().to_owned();
    let name = balancer.load_balancer_name().unwrap_or_default().to_owned();
    let balancer_type = match balancer.r#type() {
        Some(LoadBalancerTypeEnum::Network) => BalancerType::Network,
        Some(LoadBalancerTypeEnum::Application) | None => BalancerType::Application,
        Some(other) => {
            let text = format!("`{arn}` is a {} load balancer, which Trueup does not manage", other.as_str());
            return Err(Error::new("elbv2.DescribeLoadBalancers", "UnsupportedType", text));
        }
    };
    let state = state(balancer);
    let mut known = of_new(balancer_type);
    if state == State::Ready {
        let call = aws.elbv2.describe_load_balancer_attributes().load_balancer_arn(&arn);
        match call.send().await.during("elbv2.DescribeLoadBalancerAttributes") {
            Err(error) if error.is(LoadBalancer::ABSENT) => {}
            answer => known.extend(pairs(answer?.attributes.unwrap_or_default())),
        }
    }
    let zones = balancer.availability_zones().iter().filter_map(|zone| zone.subnet_id().map(String::from));
    let mut spec = Spec {
        name: Some(name.clone()),
        balancer_type,
        scheme: if balancer.scheme() == Some(&LoadBalancerSchemeEnum::Internal) { Scheme::Internal } else { Scheme::InternetFacing },
        ip_address_type: match balancer.ip_address_type() {
            None | Some(sdk::IpAddressType::Ipv4) => IpAddressType::Ipv4,
            Some(_) => IpAddressType::Dualstack,
        },
        subnet_ids: zones.collect(),
        vpc_id: balancer.vpc_id().map(String::from),
        security_group_ids: balancer.security_groups().to_vec(),
        after: Vec::new(),
        ..LoadBalancer::example()
    };
    read(&mut spec, &known);
    spec.tags = own_tags(&tags);
    Ok(Live { id: arn.clone(), name, claim: aws.claim(&tags), state, spec, outputs: outputs(balancer), arn })
}

fn pairs(attributes: Vec<LoadBalancerAttribute>) -> impl Iterator<Item = (String, String)> {
    attributes.into_iter().filter_map(|attribute| Some((attribute.key?, attribute.value?)))
}

/// Every attribute that the spec stands for: its field, AWS's key, the value.
fn attributes(spec: &Spec) -> Vec<(&'static str, &'static str, String)> {
    let mut found = vec![("deletion_protection", "deletion_protection.enabled", spec.deletion_protection.to_string())];
    match &spec.access_logs {
        None => found.push(("access_logs", "access_logs.s3.enabled", "false".into())),
        Some(logs) => found.extend([
            ("access_logs", "access_logs.s3.enabled", "true".into()),
            ("access_logs", "access_logs.s3.bucket", logs.bucket.clone()),
            ("access_logs", "access_logs.s3.prefix", logs.prefix.clone()),
        ]),
    }
    match spec.balancer_type {
        BalancerType::Network => {
            found.push(("cross_zone", "load_balancing.cross_zone.enabled", spec.cross_zone.unwrap_or(false).to_string()));
        }
        BalancerType::Application => {
            let mode = match spec.desync_mitigation_mode {
                DesyncMitigationMode::Monitor => "monitor",
                DesyncMitigationMode::Defensive => "defensive",
                DesyncMitigationMode::Strictest => "strictest",
            };
            found.extend([
                ("idle_timeout", "idle_timeout.timeout_seconds", spec.idle_timeout.to_string()),
                ("client_keep_alive", "client_keep_alive.seconds", spec.client_keep_alive.to_string()),
                (
                    "drop_invalid_header_fields",
                    "routing.http.drop_invalid_header_fields.enabled",
                    spec.drop_invalid_header_fields.to_string(),
                ),
                ("http2", "routing.http2.enabled", spec.http2.to_string()),
                ("preserve_host_header", "routing.http.preserve_host_header.enabled", spec.preserve_host_header.to_string()),
                ("desync_mitigation_mode", "routing.http.desync_mitigation_mode", mode.into()),
            ]);
        }
    }
    found
}

/// Returns the attributes that a new load balancer has, as AWS documents them.
fn of_new(balancer_type: BalancerType) -> Attributes {
    [
        ("deletion_protection.enabled", "false"),
        ("access_logs.s3.enabled", "false"),
        ("access_logs.s3.prefix", ""),
        ("load_balancing.cross_zone.enabled", if balancer_type == BalancerType::Application { "true" } else { "false" }),
        ("idle_timeout.timeout_seconds", "60"),
        ("client_keep_alive.seconds", "3600"),
        ("routing.http.drop_invalid_header_fields.enabled", "false"),
        ("routing.http2.enabled", "true"),
        ("routing.http.preserve_host_header.enabled", "false"),
        ("routing.http.desync_mitigation_mode", "defensive"),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect()
}

fn read(spec: &mut Spec, known: &Attributes) {
    let text = |key: &str| known.get(key).cloned().unwrap_or_default();
    let on = |key: &str| text(key) == "true";
    let number = |key: &str| text(key).parse().unwrap_or_default();
    spec.deletion_protection = on("deletion_protection.enabled");
    spec.cross_zone = Some(on("load_balancing.cross_zone.enabled"));
    spec.access_logs =
        on("access_logs.s3.enabled").then(|| AccessLogs { bucket: text("access_logs.s3.bucket"), prefix: text("access_logs.s3.prefix") });
    spec.idle_timeout = number("idle_timeout.timeout_seconds");
    spec.client_keep_alive = number("client_keep_alive.seconds");
    spec.drop_invalid_header_fields = on("routing.http.drop_invalid_header_fields.enabled");
    spec.http2 = on("routing.http2.enabled");
    spec.preserve_host_header = on("routing.http.preserve_host_header.enabled");
    spec.desync_mitigation_mode = match text("routing.http.desync_mitigation_mode").as_str() {
        "monitor" => DesyncMitigationMode::Monitor,
        "strictest" => DesyncMitigationMode::Strictest,
        _ => DesyncMitigationMode::Defensive,
    };
}

async fn set(aws: &Aws, arn: &str, attributes: &[(&str, String)]) -> Result<()> {
    if attributes.is_empty() {
        return Ok(());
    }
    let list = attributes.iter().map(|(key, value)| LoadBalancerAttribute::builder().key(*key).value(value).build()).collect();
    let call = aws.elbv2.modify_load_balancer_attributes().load_balancer_arn(arn).set_attributes(Some(list));
    call.send().await.during("elbv2.ModifyLoadBalancerAttributes")?;
    Ok(())
}
