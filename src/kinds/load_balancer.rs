//! `elbv2.load_balancer`: an Application or Network Load Balancer.

use crate::core::kind::{About, Field, Kind, Minutes, Naming, replace, update};
use crate::core::price::charge::{Charge, Count};
use crate::core::price::estate::Facts;
use crate::core::price::usage::Measure;
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::kinds::{ec2, elbv2};
use crate::tariffs;
use crate::tariffs::elb::Traffic;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct LoadBalancer;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Made from the address if not given.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default, rename = "type")]
    pub balancer_type: BalancerType,
    #[serde(default)]
    pub scheme: Scheme,
    #[serde(default)]
    pub ip_address_type: IpAddressType,
    /// One subnet a zone; an Application Load Balancer needs two zones.
    pub subnet_ids: Vec<String>,
    /// The VPC of those subnets. Another one means another load balancer. Left out, nothing is compared.
    #[serde(default)]
    pub vpc_id: Option<String>,
    /// Who may connect; an Application Load Balancer needs at least one.
    #[serde(default)]
    pub security_group_ids: Vec<String>,
    /// Nodes that must be there first, such as the attached internet gateway.
    #[serde(default)]
    pub after: Vec<String>,
    /// AWS refuses to delete it while this is on.
    #[serde(default)]
    pub deletion_protection: bool,
    /// Whether each zone's part serves the targets of all zones: always so for Application, off by default for Network.
    #[serde(default)]
    pub cross_zone: Option<bool>,
    /// Where a line for every request is written; none writes nothing.
    #[serde(default)]
    pub access_logs: Option<AccessLogs>,
    /// Application: after how many idle seconds a connection is closed.
    #[serde(default = "sixty")]
    pub idle_timeout: i32,
    /// Application: after how many seconds a client's connection is closed in any case.
    #[serde(default = "hour")]
    pub client_keep_alive: i32,
    /// Application: whether headers that break the HTTP standard are removed.
    #[serde(default = "yes")]
    pub drop_invalid_header_fields: bool,
    /// Application: whether clients may use HTTP/2.
    #[serde(default = "yes")]
    pub http2: bool,
    /// Application: whether targets see the client's own `Host` header.
    #[serde(default)]
    pub preserve_host_header: bool,
    /// Application: what happens to requests that servers may read in two ways.
    #[serde(default)]
    pub desync_mitigation_mode: DesyncMitigationMode,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BalancerType {
    #[default]
    Application,
    Network,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    InternetFacing,
    #[default]
    Internal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum IpAddressType {
    #[default]
    Ipv4,
    /// IPv4 and IPv6; the subnets need IPv6 ranges.
    Dualstack,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DesyncMitigationMode {
    Monitor,
    #[default]
    Defensive,
    Strictest,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessLogs {
    /// The bucket by name; its policy must let Elastic Load Balancing write.
    pub bucket: String,
    #[serde(default)]
    pub prefix: String,
}

fn yes() -> bool {
    true
}
fn sixty() -> i32 {
    60
}
fn hour() -> i32 {
    3600
}

impl Kind for LoadBalancer {
    type Spec = Spec;
    const NAME: &'static str = "elbv2.load_balancer";
    const ABOUT: About = About {
        doc: "An Application or Network Load Balancer.",
        outputs: &["id", "arn", "name", "arn_suffix", "dns_name", "hosted_zone_id"],
        naming: Naming::Hyphens { max: 32 },
        arn: "elasticloadbalancing:loadbalancer/",
        minutes: Minutes { create: 3.0, update: 0.0, delete: 0.5 },
        console: "https://{region}.console.aws.amazon.com/ec2/home?region={region}#LoadBalancer:loadBalancerArn={arn}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        replace("type"),
        replace("scheme"),
        update("ip_address_type"),
        update("subnet_ids").set(),
        replace("vpc_id").unmanaged(),
        update("security_group_ids").set(),
        update("after").order_only(),
        update("deletion_protection"),
        update("cross_zone"),
        update("access_logs"),
        update("idle_timeout"),
        update("client_keep_alive"),
        update("drop_invalid_header_fields"),
        update("http2"),
        update("preserve_host_header"),
        update("desync_mitigation_mode"),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            name: None,
            balancer_type: BalancerType::Application,
            scheme: Scheme::InternetFacing,
            ip_address_type: IpAddressType::Ipv4,
            subnet_ids: vec!["${example.subnet-a.id}".into(), "${example.subnet-b.id}".into()],
            vpc_id: Some("${example.vpc.id}".into()),
            security_group_ids: vec!["${example.security-group.id}".into()],
            after: vec!["${example.internet-gateway.id}".into()],
            deletion_protection: false,
            cross_zone: Some(true),
            access_logs: None,
            idle_timeout: 60,
            client_keep_alive: 3600,
            drop_invalid_header_fields: true,
            http2: true,
            preserve_host_header: false,
            desync_mitigation_mode: DesyncMitigationMode::Defensive,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(elbv2::check_name(&spec.name));
        for (field, ids, prefix) in [("subnet_ids", &spec.subnet_ids, "subnet-"), ("security_group_ids", &spec.security_group_ids, "sg-")] {
            problems.extend(ids.iter().enumerate().filter_map(|(at, id)| ec2::check_id(&format!("{field}.{at}"), id, prefix)));
        }
        let application = spec.balancer_type == BalancerType::Application;
        let zones = if application { 2 } else { 1 };
        if spec.subnet_ids.len() < zones {
            problems.push(
                Problem::new("subnet_ids", format!("{} subnets, it needs {zones}", spec.subnet_ids.len()))
                    .help("name one subnet in each of two availability zones"),
            );
        }
        if application && spec.security_group_ids.is_empty() {
            problems.push(
                Problem::new("security_group_ids", "an Application Load Balancer needs a security group")
                    .help("without one AWS takes the VPC's default group, which lets nobody in"),
            );
        }
        if application && spec.cross_zone == Some(false) {
            problems
                .push(Problem::new("cross_zone", "an Application Load Balancer always serves all zones").help("leave `cross_zone` out"));
        }
        problems.extend(elbv2::check_span("idle_timeout", spec.idle_timeout, 1, 4000, " seconds"));
        problems.extend(elbv2::check_span("client_keep_alive", spec.client_keep_alive, 60, 604_800, " seconds"));
        if let Some(logs) = &spec.access_logs {
            let name = &logs.bucket;
            if !is_symbolic(name) && (!(3..=63).contains(&name.len()) || name.contains(['/', ':'])) {
                problems.push(
                    Problem::new("access_logs.bucket", format!("`{name}` is not the name of a bucket"))
                        .help("give the bucket's name, not its ARN or a path"),
                );
            }
            if logs.prefix.starts_with('/') || logs.prefix.ends_with('/') || logs.prefix.contains("AWSLogs") {
                problems.push(
                    Problem::new("access_logs.prefix", format!("`{}` cannot be the prefix", logs.prefix))
                        .help("no slash at the ends, and not the word AWSLogs, which AWS adds itself"),
                );
            }
        }
        problems
    }

    fn normalise(spec: &mut Spec) {
        spec.subnet_ids.sort();
        spec.security_group_ids.sort();
        match spec.balancer_type {
            BalancerType::Application => spec.cross_zone = Some(true),
            // What a Network Load Balancer does not have stands at its default.
            BalancerType::Network => {
                spec.cross_zone = spec.cross_zone.or(Some(false));
                (spec.idle_timeout, spec.client_keep_alive) = (sixty(), hour());
                (spec.drop_invalid_header_fields, spec.http2, spec.preserve_host_header) = (true, true, false);
                spec.desync_mitigation_mode = DesyncMitigationMode::Defensive;
            }
        }
    }

    const USAGE: &'static [Measure] = &[
        Measure::new("requests", "requests", [0, 1_000_000, 10_000_000], "Requests to the load balancer, each taken to open a connection."),
        Measure::new("active_connections", "connections", [0, 10, 100], "Connections that are open at once, on average."),
        Measure::new("answered_gb", "GB", [0, 10, 100], "What the load balancer answers."),
    ];

    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let answered = || facts.usage("answered_gb");
        let traffic = Traffic {
            connections: facts.usage("requests"),
            active: facts.usage("active_connections"),
            gb: answered(),
            // Ten rules a request are free, and few have more.
            rules: None,
        };
        let mut charges = match spec.balancer_type {
            BalancerType::Application => tariffs::elb::application(traffic),
            BalancerType::Network => tariffs::elb::network(traffic),
        };
        if spec.scheme == Scheme::InternetFacing {
            let zones = u32::try_from(spec.subnet_ids.len()).unwrap_or(u32::MAX);
            charges.push(tariffs::vpc::public_addresses(&Count::of(zones), true));
            charges.push(tariffs::transfer::internet(answered()));
        }
        charges
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
    use aws_sdk_elasticloadbalancingv2::types::{
        self as sdk, LoadBalancerAttribute, LoadBalancerSchemeEnum, LoadBalancerStateEnum, LoadBalancerTypeEnum,
    };
    use futures::future::try_join_all;

    type Attributes = BTreeMap<String, String>;

    impl Driver for LoadBalancer {
        const ABSENT: &'static [&'static str] = &["LoadBalancerNotFound"];
        const TAKEN: &'static [&'static str] = &["DuplicateLoadBalancerName"];
        const PASSING: &'static [&'static str] = &["ResourceInUse", "SubnetNotFound", "InvalidSecurityGroup"];

        async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
            let found = match select.ids() {
                None => elbv2::all_balancers(aws).await?,
                Some(arns) => batch(arns, Self::ABSENT, |arns| by_arn(aws, arns)).await?,
            };
            let arn = |balancer: &sdk::LoadBalancer| balancer.load_balancer_arn().unwrap_or_default().to_owned();
            let ours = found.iter().filter(|balancer| aws.looks_ours(balancer.load_balancer_name().unwrap_or_default())).map(arn);
            let ours = ours.collect::<Vec<_>>();
            // Whoever waits for one by its id asks only for its state.
            let waited = |balancer: &&sdk::LoadBalancer| select.ids().is_some() && state(balancer) != State::Ready;
            let arns = found.iter().filter(|balancer| !waited(balancer)).map(arn).collect::<Vec<_>>();
            let tags = elbv2::tags(aws, select, &arns, |arn| ours.iter().any(|own| own == arn)).await?;
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
                .set_tags(Some(elbv2::tag_list(&new.tags)))
                .send()
                .await
                .during("elbv2.CreateLoadBalancer")?;
            let made = answer.load_balancers().first().ok_or_else(|| Error::missing("elbv2.CreateLoadBalancer", "LoadBalancers"))?;
            let arn = made.load_balancer_arn().ok_or_else(|| Error::missing("elbv2.CreateLoadBalancer", "LoadBalancerArn"))?;
            let fresh = of_new(spec.balancer_type);
            let differing = attributes(spec)
                .into_iter()
                .filter(|(_, key, value)| fresh.iter().all(|(known, default)| known != key || default != value));
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
            aws.elbv2.delete_load_balancer().load_balancer_arn(&live.id).send().await.during("elbv2.DeleteLoadBalancer")?;
            Ok(())
        }

        async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
            elbv2::retag(aws, &live.id, tags).await
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
            ("arn_suffix", Some(elbv2::arn_suffix(arn))),
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

    /// What a new load balancer has, as AWS documents it.
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
        spec.access_logs = on("access_logs.s3.enabled")
            .then(|| AccessLogs { bucket: text("access_logs.s3.bucket"), prefix: text("access_logs.s3.prefix") });
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
}
