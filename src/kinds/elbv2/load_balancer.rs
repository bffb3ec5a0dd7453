//! `elbv2.load_balancer`: an Application or Network Load Balancer.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, Minutes, Naming, replace, update};
use crate::core::money::{Decimal, Range};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::kinds::elbv2::Protocol;
use crate::kinds::elbv2::listener::Listener;
use crate::kinds::yes;
use crate::kinds::{ec2, elbv2};
use crate::pricing::tariffs::elb::{Flow, Traffic};
use crate::pricing::{Charge, Count, Facts, Given, HOURS, Priced, doubt_parts, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub struct LoadBalancer;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The load balancer's name; left out, it is made from the address.
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
    /// The security groups of the load balancer; an Application Load Balancer needs at least one.
    #[serde(default)]
    pub security_group_ids: Vec<String>,
    /// Nodes that must be there first, such as the attached internet gateway.
    #[serde(default)]
    pub after: Vec<String>,
    /// Makes AWS refuse to delete the load balancer.
    #[serde(default)]
    pub deletion_protection: bool,
    /// Lets the node of each zone serve the targets of all zones: always on for Application, off by default for Network.
    #[serde(default)]
    pub cross_zone: Option<bool>,
    /// The bucket that access logs, a line for every request, are written to; left out, none are.
    #[serde(default)]
    pub access_logs: Option<AccessLogs>,
    /// Application: idle seconds after which a connection is closed.
    #[serde(default = "sixty")]
    pub idle_timeout: i32,
    /// Application: seconds after which a client's connection is closed in any case.
    #[serde(default = "hour")]
    pub client_keep_alive: i32,
    /// Application: removes headers that break the HTTP standard.
    #[serde(default = "yes")]
    pub drop_invalid_header_fields: bool,
    /// Application: lets clients use HTTP/2.
    #[serde(default = "yes")]
    pub http2: bool,
    /// Application: passes the client's own `Host` header on to targets.
    #[serde(default)]
    pub preserve_host_header: bool,
    /// Application: the handling of requests that servers may read in two ways.
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
        minutes: Minutes::new(3.0, 0.0, 0.5),
        console: "https://{region}.console.aws.amazon.com/ec2/home?region={region}#LoadBalancer:loadBalancerArn={arn}",
        ..About::NEW
    };
    // No call changes them: SetSubnets stays within the VPC.
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
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

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "ELB001",
            about: "The name of a load balancer has another form than AWS takes.",
            why: "CreateLoadBalancer refuses it, and a name cannot be changed afterwards.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html",
            wrong: &[r#"{"name": "web_1"}"#, r#"{"name": "-web"}"#, r#"{"name": "internal-web"}"#, r#"{"name": ""}"#],
            right: &[r#"{"name": "web-internal"}"#],
            find: |spec| elbv2::check_name(&spec.name).into_iter().collect(),
        },
        Check {
            id: "ELB002",
            about: "A load balancer names a subnet or a security group by something that is no id of one.",
            why: "CreateLoadBalancer refuses it with SubnetNotFound or InvalidSecurityGroup.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html",
            wrong: &[r#"{"subnet_ids": ["a", "b"]}"#, r#"{"security_group_ids": ["web"]}"#],
            right: &[r#"{"security_group_ids": ["sg-0123456789abcdef0"]}"#],
            find: ids,
        },
        Check {
            id: "ELB003",
            about: "A load balancer has too few subnets.",
            why: "CreateLoadBalancer wants one in each of two zones for an Application Load Balancer, and one for a Network Load Balancer.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
            wrong: &[r#"{"subnet_ids": ["subnet-0123456789abcdef0"]}"#, r#"{"type": "network", "cross_zone": null, "subnet_ids": []}"#],
            right: &[r#"{"type": "network", "cross_zone": null, "subnet_ids": ["subnet-0123456789abcdef0"]}"#],
            find: zones,
        },
        Check {
            id: "ELB004",
            about: "An Application Load Balancer has no security group.",
            why: "AWS gives it the default group of the VPC, which lets in nobody but its own members, so that it answers no client.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
            wrong: &[r#"{"security_group_ids": []}"#],
            right: &[r#"{"type": "network", "cross_zone": null, "security_group_ids": []}"#],
            find: groups,
        },
        Check {
            id: "ELB005",
            about: "An Application Load Balancer is told not to serve all zones.",
            why: "It always does; ModifyLoadBalancerAttributes takes the attribute of Network Load Balancers only.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html",
            wrong: &[r#"{"cross_zone": false}"#],
            right: &[r#"{"cross_zone": null}"#, r#"{"type": "network", "cross_zone": false}"#],
            find: cross_zone,
        },
        Check {
            id: "ELB006",
            about: "The idle timeout of a load balancer is outside what AWS has.",
            why: "ModifyLoadBalancerAttributes takes 1 to 4000 seconds and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html",
            wrong: &[r#"{"idle_timeout": 0}"#, r#"{"idle_timeout": 4001}"#],
            right: &[r#"{"idle_timeout": 4000}"#],
            find: |spec| elbv2::check_span("idle_timeout", spec.idle_timeout, 1, 4000, " seconds").into_iter().collect(),
        },
        Check {
            id: "ELB007",
            about: "The time that a load balancer keeps a client's connection is outside what AWS has.",
            why: "ModifyLoadBalancerAttributes takes 60 to 604800 seconds, which is a week, and refuses anything else.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html",
            wrong: &[r#"{"client_keep_alive": 59}"#, r#"{"client_keep_alive": 604801}"#],
            right: &[r#"{"client_keep_alive": 60}"#],
            find: |spec| elbv2::check_span("client_keep_alive", spec.client_keep_alive, 60, 604_800, " seconds").into_iter().collect(),
        },
        Check {
            id: "ELB008",
            about: "The bucket of a load balancer's access logs is no bucket's name.",
            why: "ModifyLoadBalancerAttributes refuses it, so no request is written down.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html",
            wrong: &[r#"{"access_logs": {"bucket": "arn:aws:s3:::logs"}}"#, r#"{"access_logs": {"bucket": "logs/web"}}"#],
            right: &[r#"{"access_logs": {"bucket": "logs", "prefix": "web"}}"#],
            find: log_bucket,
        },
        Check {
            id: "ELB009",
            about: "The prefix of a load balancer's access logs is one that AWS does not take.",
            why: "ModifyLoadBalancerAttributes refuses it: AWS joins the prefix with slashes and writes AWSLogs behind it by itself.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html",
            wrong: &[
                r#"{"access_logs": {"bucket": "logs", "prefix": "/web"}}"#,
                r#"{"access_logs": {"bucket": "logs", "prefix": "AWSLogs"}}"#,
            ],
            right: &[r#"{"access_logs": {"bucket": "logs", "prefix": "web/prod"}}"#],
            find: log_prefix,
        },
        Check {
            id: "ELB010",
            about: "A Network Load Balancer has a setting that only an Application Load Balancer has.",
            why: "ModifyLoadBalancerAttributes refuses it: a Network Load Balancer passes bytes on and knows nothing of HTTP.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html",
            wrong: &[r#"{"type": "network", "idle_timeout": 30}"#, r#"{"type": "network", "http2": false}"#],
            right: &[r#"{"type": "network"}"#, r#"{"http2": false}"#],
            find: only_application,
        },
        Check {
            id: "ELB011",
            about: "A load balancer names its VPC by something that is no VPC's id.",
            why: "It is in the VPC of its subnets, so what is no id is never true of it, and every plan would make it anew.",
            page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancer.html",
            wrong: &[r#"{"vpc_id": "main"}"#],
            right: &[r#"{"vpc_id": "vpc-0123456789abcdef0"}"#, r#"{"vpc_id": null}"#],
            find: |spec| spec.vpc_id.iter().filter_map(|id| ec2::check_id("vpc_id", id, "vpc-")).collect(),
        },
    ];

    fn normalise(spec: &mut Spec) {
        spec.subnet_ids.sort();
        spec.security_group_ids.sort();
        match spec.balancer_type {
            BalancerType::Application => spec.cross_zone = Some(true),
            // Attributes that a Network Load Balancer does not have stand at their defaults.
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
        Measure::new("answered_gb", "GB", [0, 10, 100], "Data that the load balancer sends in its answers."),
        Measure::derived("received_gb", "GB", "Data that clients send to the load balancer; none if nothing is said."),
        Measure::derived(
            "rule_evaluations",
            "evaluations",
            "Rules that an Application Load Balancer looks at beyond the ten that are free with each request; none if nothing is said.",
        )
        .idle("no Application Load Balancer is there", "say it of one"),
        of(
            TLS,
            "tls_requests",
            "requests",
            "The part of `requests` that is TLS, of a Network Load Balancer with several protocols; if nothing is said, all of it.",
        ),
        of(TLS, "tls_active_connections", "connections", "The part of `active_connections` that is TLS, as `tls_requests`."),
        of(TLS, "tls_gb", "GB", "The part of `answered_gb` and `received_gb` that is TLS, as `tls_requests`."),
        of(
            UDP,
            "udp_requests",
            "requests",
            "The part of `requests` that is UDP, of a Network Load Balancer with several protocols; if nothing is said, all that is not TLS.",
        ),
        of(UDP, "udp_active_connections", "connections", "The part of `active_connections` that is UDP, as `udp_requests`."),
        of(UDP, "udp_gb", "GB", "The part of `answered_gb` and `received_gb` that is UDP, as `udp_requests`."),
        Measure::derived(
            "balancer_cross_zone_gb",
            "GB",
            "Data between a Network Load Balancer that serves all zones and targets in other zones than its node; none if nothing is said.",
        )
        .idle("no Network Load Balancer there serves all zones, and others do it free of charge", "set its `cross_zone`"),
    ];
}

const TLS: &str = "no Network Load Balancer there takes TLS beside other protocols";
const UDP: &str = "no Network Load Balancer there takes UDP beside other protocols";

/// Makes a measure of the part that one protocol has of several; nothing comes of it where there is no such part, as `why` says.
const fn of(why: &'static str, name: &'static str, unit: &'static str, doc: &'static str) -> Measure {
    Measure::derived(name, unit, doc).idle(why, "say it of one that has such listeners")
}

impl Priced for LoadBalancer {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let sent = facts.usage("answered_gb");
        let gb_said = facts.said("answered_gb").is_some();
        let gb = match facts.said("received_gb") {
            Some(received) => sent.join(received, |sent, received| sent + received),
            None => sent,
        };
        let (connections, active) = (facts.usage("requests"), facts.usage("active_connections"));
        let traffic = Traffic { connections, active, gb: gb.clone(), rules: None };
        let mut charges = match spec.balancer_type {
            BalancerType::Application => {
                let seconds = HOURS * Decimal::from(3_600);
                let rules = facts.said("rule_evaluations").map(|all| all.map(|number| number / seconds));
                tariffs::elb::application(Traffic { rules, ..traffic })
            }
            BalancerType::Network => tariffs::elb::network(by_flow(&flows(facts), traffic, facts)),
        };
        if spec.scheme == Scheme::InternetFacing {
            let zones = u32::try_from(spec.subnet_ids.len()).unwrap_or(u32::MAX);
            charges.push(tariffs::vpc::public_addresses(&Count::of(zones), true));
            charges.push(tariffs::transfer::internet(facts.usage("answered_gb")));
        }
        // Application Load Balancers pay nothing for it: <https://aws.amazon.com/elasticloadbalancing/faqs/>
        if spec.balancer_type == BalancerType::Network && spec.cross_zone == Some(true) {
            let whole = gb_said.then_some(&gb);
            charges.extend(facts.said("balancer_cross_zone_gb").map(|part| tariffs::transfer::between_zones(part.part_of(whole))));
        }
        charges
    }
}

/// Returns the protocols of the listeners of a Network Load Balancer.
fn flows(facts: &Facts<'_>) -> BTreeSet<Flow> {
    let listeners = facts.users::<Listener>();
    let flows = listeners.iter().flat_map(|listener| match listener.protocol {
        Protocol::TLS => vec![Flow::Tls],
        Protocol::UDP => vec![Flow::Udp],
        Protocol::TCP_UDP => vec![Flow::Tcp, Flow::Udp],
        Protocol::TCP | Protocol::HTTP | Protocol::HTTPS => vec![Flow::Tcp],
    });
    let flows = flows.collect::<BTreeSet<_>>();
    if flows.is_empty() { BTreeSet::from([Flow::Tcp]) } else { flows }
}

/// Shares traffic out among the protocols: as much as is said of TLS and of UDP, and the rest to the dearest that nothing is said of.
fn by_flow(flows: &BTreeSet<Flow>, all: Traffic, facts: &Facts<'_>) -> Vec<(Flow, Traffic)> {
    let Traffic { connections, active, gb, .. } = all;
    let [mut connections, mut active, mut gb] =
        [(connections, "requests"), (active, "active_connections"), (gb, "gb")].map(|(all, measure)| parts(flows, all, measure, facts));
    let none = |flow: Flow| Given::assumed(Range::default(), format!("none over {}", flow.name()));
    let part = |parts: &mut BTreeMap<Flow, Given>, flow| parts.remove(&flow).unwrap_or_else(|| none(flow));
    let used = |flow: &Flow| connections.contains_key(flow) || active.contains_key(flow) || gb.contains_key(flow);
    let used = flows.iter().copied().filter(used).collect::<Vec<_>>();
    let traffic = used.into_iter().map(|flow| {
        let (connections, active, gb) = (part(&mut connections, flow), part(&mut active, flow), part(&mut gb, flow));
        (flow, Traffic { connections, active, gb, rules: None })
    });
    traffic.collect()
}

fn parts(flows: &BTreeSet<Flow>, all: Given, measure: &str, facts: &Facts<'_>) -> BTreeMap<Flow, Given> {
    let several = flows.len() > 1;
    let said = |flow: Flow| match flow {
        Flow::Udp if several => facts.said(&format!("udp_{measure}")),
        Flow::Tls if several => facts.said(&format!("tls_{measure}")),
        Flow::Tcp | Flow::Udp | Flow::Tls => None,
    };
    let mut parts = flows.iter().filter_map(|flow| Some((*flow, said(*flow)?))).collect::<BTreeMap<_, _>>();
    let mut dearest = flows.iter().rev().copied();
    if all.measures.iter().all(|whole| facts.said(whole.measure).is_some()) {
        doubt_parts(parts.values_mut(), &all);
    }
    let Some(rest) = dearest.clone().find(|flow| !parts.contains_key(flow)).or(dearest.next()) else { return parts };
    let left = parts.values().cloned().fold(all, |left, part| left.join(part, |left, part| (left - part).max(Decimal::ZERO)));
    let left = Given { amount: left.amount.rising(), ..left };
    let left = if several { left.becomes(&format!("the rest over {}", rest.name()), |left| left) } else { left };
    let part = match parts.remove(&rest) {
        Some(part) => part.join(left, |part, left| part + left),
        None => left,
    };
    parts.insert(rest, part);
    parts
}

fn ids(spec: &Spec) -> Vec<Problem> {
    ec2::check_ids("subnet_ids", &spec.subnet_ids, "subnet-")
        .chain(ec2::check_ids("security_group_ids", &spec.security_group_ids, "sg-"))
        .collect()
}

fn is_application(spec: &Spec) -> bool {
    spec.balancer_type == BalancerType::Application
}

fn zones(spec: &Spec) -> Vec<Problem> {
    let (given, wanted) = (spec.subnet_ids.len(), if is_application(spec) { 2 } else { 1 });
    let problem = || {
        Problem::new("subnet_ids", format!("{given} subnets, it needs {wanted}")).help("name one subnet in each of two availability zones")
    };
    (given < wanted).then(problem).into_iter().collect()
}

fn groups(spec: &Spec) -> Vec<Problem> {
    let problem = || {
        Problem::new("security_group_ids", "an Application Load Balancer needs a security group")
            .help("without one AWS takes the VPC's default group, which lets nobody in")
    };
    (is_application(spec) && spec.security_group_ids.is_empty()).then(problem).into_iter().collect()
}

fn cross_zone(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("cross_zone", "an Application Load Balancer always serves all zones").help("leave `cross_zone` out");
    (is_application(spec) && spec.cross_zone == Some(false)).then(problem).into_iter().collect()
}

fn only_application(spec: &Spec) -> Vec<Problem> {
    if is_application(spec) {
        return Vec::new();
    }
    let set = [
        ("idle_timeout", spec.idle_timeout != sixty()),
        ("client_keep_alive", spec.client_keep_alive != hour()),
        ("drop_invalid_header_fields", !spec.drop_invalid_header_fields),
        ("http2", !spec.http2),
        ("preserve_host_header", spec.preserve_host_header),
        ("desync_mitigation_mode", spec.desync_mitigation_mode != DesyncMitigationMode::Defensive),
    ];
    let problem = |field| Problem::new(field, format!("a Network Load Balancer has no `{field}`")).help("leave it out");
    set.into_iter().filter(|(_, set)| *set).map(|(field, _)| problem(field)).collect()
}

fn log_bucket(spec: &Spec) -> Vec<Problem> {
    let names = spec.access_logs.iter().map(|logs| &logs.bucket).filter(|name| !is_symbolic(name));
    let problem = |name: &String| {
        Problem::new("access_logs.bucket", format!("`{name}` is not the name of a bucket"))
            .help("give the bucket's name, not its ARN or a path")
    };
    names.filter(|name| !(3..=63).contains(&name.len()) || name.contains(['/', ':'])).map(problem).collect()
}

fn log_prefix(spec: &Spec) -> Vec<Problem> {
    let given = spec.access_logs.iter().map(|logs| &logs.prefix);
    let problem = |prefix: &String| {
        Problem::new("access_logs.prefix", format!("`{prefix}` cannot be the prefix"))
            .help("no slash at the ends, and not the word AWSLogs, which AWS adds itself")
    };
    given.filter(|prefix| prefix.starts_with('/') || prefix.ends_with('/') || prefix.contains("AWSLogs")).map(problem).collect()
}
