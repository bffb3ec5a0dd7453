//! The things of others in the account that would keep a plan from deleting: groups whose rules name its groups, network interfaces in its
//! subnets, whatever else lives in its VPCs. No plan needs them, so they are asked for by a rehearsal alone, which only reads.

use crate::aws::{Aws, During, Result, Select};
use crate::core::plan::{Plan, Verb};
use crate::core::rehearse::texts;
use crate::core::snapshot::{Live, Snapshot};
use crate::kinds;
use aws_sdk_ec2::types::{Filter, NetworkInterface, NetworkInterfaceStatus, NetworkInterfaceType};
use std::collections::{BTreeMap, BTreeSet};

const VPC: &str = "ec2.vpc";
const SUBNET: &str = "ec2.subnet";
const GROUP: &str = "ec2.security_group";
const TABLE: &str = "ec2.route_table";
const ENDPOINT: &str = "ec2.vpc_endpoint";
const GATEWAY: &str = "ec2.internet_gateway";

/// The beginnings of ids, and the kinds that they are of.
const IDS: &[(&str, &str)] = &[
    ("vpc-", VPC),
    ("subnet-", SUBNET),
    ("sg-", GROUP),
    ("rtb-", TABLE),
    ("vpce-", ENDPOINT),
    ("igw-", GATEWAY),
    ("nat-", "ec2.nat_gateway"),
    ("eipalloc-", "ec2.eip"),
];

/// A subnet names its VPC, which names nothing; a group names others in between.
const DEEP: usize = 4;

/// The things of others beside a stack.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Neighbours {
    /// By kind.
    pub live: BTreeMap<String, Vec<Live>>,
    pub interfaces: Vec<Interface>,
}

/// A network interface of something that no stack has: an instance, a function, a mount target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    pub id: String,
    pub subnet: String,
    pub groups: Vec<String>,
    pub description: String,
}

/// Asks for what others have that uses something which the plan deletes.
pub async fn neighbours(aws: &Aws, plan: &Plan, snapshot: &Snapshot) -> Result<Neighbours> {
    let deletes = plan.steps.iter().filter(|step| step.verb == Verb::Delete).map(|step| &plan.changes[step.change]);
    let mut going = BTreeMap::<&str, Vec<String>>::new();
    for change in deletes {
        going.entry(change.kind.as_str()).or_default().extend(change.live.as_ref().map(|live| live.id.clone()));
    }
    let of = |kind: &str| going.get(kind).cloned().unwrap_or_default();
    let known = snapshot.resources.values().flatten().map(|live| live.id.as_str()).collect::<BTreeSet<_>>();
    let (groups, subnets, vpcs) = (of(GROUP), of(SUBNET), of(VPC));
    let (naming, interfaces, within) =
        futures::try_join!(naming(aws, &groups), interfaces(aws, &groups, &subnets), within(aws, &vpcs, &known))?;
    let mut ids = within;
    ids.entry(GROUP).or_default().extend(naming);
    let mut found = Neighbours::default();
    for (kind, ids) in ids {
        let ids = ids.into_iter().filter(|id| !known.contains(id.as_str())).collect::<Vec<_>>();
        if let Some(entry) = kinds::find(kind).filter(|_| !ids.is_empty()) {
            found.live.insert(kind.to_owned(), (entry.effects.list)(aws, &Select::Ids(ids)).await?);
        }
    }
    for _ in 0..DEEP {
        let named = named(plan, snapshot, &found);
        if named.is_empty() {
            break;
        }
        for (kind, ids) in named {
            let Some(entry) = kinds::find(kind) else { continue };
            let live = (entry.effects.list)(aws, &Select::Ids(ids.into_iter().collect())).await?;
            found.live.entry(kind.to_owned()).or_default().extend(live);
        }
    }
    found.interfaces = interfaces.into_iter().filter(|one| is_of_others(one, snapshot)).filter_map(interface).collect();
    Ok(found)
}

/// The ids of EC2 by which specs name what is not of the stack, by kind.
fn named(plan: &Plan, snapshot: &Snapshot, found: &Neighbours) -> BTreeMap<&'static str, BTreeSet<String>> {
    let live = || snapshot.resources.values().chain(found.live.values()).flatten();
    let known = live().map(|live| live.id.as_str()).collect::<BTreeSet<_>>();
    let mut named = BTreeMap::<_, BTreeSet<String>>::new();
    let mut note = |text: &str| {
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
        for word in words.filter(|word| !known.contains(word)) {
            let is_id = |prefix: &str| word.strip_prefix(prefix).is_some_and(|rest| rest.len() >= 8 && rest.bytes().all(is_digit));
            if let Some((_, kind)) = IDS.iter().find(|(prefix, _)| is_id(prefix)) {
                named.entry(*kind).or_default().insert(word.to_owned());
            }
        }
    };
    live().for_each(|live| texts(&live.spec, &mut note));
    plan.changes.iter().for_each(|change| texts(&change.wanted, &mut note));
    named
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

/// The ids of groups whose rules name one of these.
async fn naming(aws: &Aws, groups: &[String]) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for filter in ["ip-permission.group-id", "egress.ip-permission.group-id"] {
        if groups.is_empty() {
            continue;
        }
        let mut pages = aws.ec2.describe_security_groups().filters(values(filter, groups)).into_paginator().send();
        while let Some(page) = pages.next().await {
            let groups = page.during("ec2.DescribeSecurityGroups")?.security_groups.unwrap_or_default();
            found.extend(groups.into_iter().filter_map(|group| group.group_id));
        }
    }
    Ok(found)
}

/// The interfaces that wear one of these groups, or stand in one of these subnets.
async fn interfaces(aws: &Aws, groups: &[String], subnets: &[String]) -> Result<Vec<NetworkInterface>> {
    let mut found = BTreeMap::new();
    for (filter, ids) in [("group-id", groups), ("subnet-id", subnets)] {
        if ids.is_empty() {
            continue;
        }
        let mut pages = aws.ec2.describe_network_interfaces().filters(values(filter, ids)).into_paginator().send();
        while let Some(page) = pages.next().await {
            let interfaces = page.during("ec2.DescribeNetworkInterfaces")?.network_interfaces.unwrap_or_default();
            found.extend(interfaces.into_iter().filter_map(|one| Some((one.network_interface_id.clone()?, one))));
        }
    }
    Ok(found.into_values().collect())
}

/// The ids of what lives in these VPCs, by kind, but for what AWS makes and deletes with them.
async fn within(aws: &Aws, vpcs: &[String], known: &BTreeSet<&str>) -> Result<BTreeMap<&'static str, BTreeSet<String>>> {
    let mut found = BTreeMap::<_, BTreeSet<String>>::new();
    if vpcs.is_empty() {
        return Ok(found);
    }
    let of = || values("vpc-id", vpcs);
    let subnets = aws.ec2.describe_subnets().filters(of()).send();
    let groups = aws.ec2.describe_security_groups().filters(of()).send();
    let tables = aws.ec2.describe_route_tables().filters(of()).send();
    let endpoints = aws.ec2.describe_vpc_endpoints().filters(of()).send();
    let gateways = aws.ec2.describe_internet_gateways().filters(values("attachment.vpc-id", vpcs)).send();
    let (subnets, groups, tables, endpoints, gateways) = futures::join!(subnets, groups, tables, endpoints, gateways);
    let subnets = subnets.during("ec2.DescribeSubnets")?.subnets.unwrap_or_default();
    found.insert(SUBNET, subnets.into_iter().filter_map(|subnet| subnet.subnet_id).collect());
    let groups = groups.during("ec2.DescribeSecurityGroups")?.security_groups.unwrap_or_default().into_iter();
    found.insert(GROUP, groups.filter(|group| group.group_name() != Some("default")).filter_map(|group| group.group_id).collect());
    let tables = tables.during("ec2.DescribeRouteTables")?.route_tables.unwrap_or_default().into_iter();
    let tables = tables.filter(|table| !table.associations().iter().any(|one| one.main() == Some(true)));
    found.insert(TABLE, tables.filter_map(|table| table.route_table_id).collect());
    let endpoints = endpoints.during("ec2.DescribeVpcEndpoints")?.vpc_endpoints.unwrap_or_default();
    found.insert(ENDPOINT, endpoints.into_iter().filter_map(|endpoint| endpoint.vpc_endpoint_id).collect());
    let gateways = gateways.during("ec2.DescribeInternetGateways")?.internet_gateways.unwrap_or_default();
    found.insert(GATEWAY, gateways.into_iter().filter_map(|gateway| gateway.internet_gateway_id).collect());
    for ids in found.values_mut() {
        ids.retain(|id| !known.contains(id.as_str()));
    }
    Ok(found)
}

/// True for an interface that surely is of something which no stack has. Those of services go with what they are of.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html>
fn is_of_others(interface: &NetworkInterface, snapshot: &Snapshot) -> bool {
    let description = interface.description().unwrap_or_default();
    let ours = |part: &str| snapshot.resources.values().flatten().any(|live| live.id == part || live.arn.ends_with(part));
    if interface.attachment().and_then(|attachment| attachment.instance_id()).is_some() {
        return true;
    }
    let of_service = ["ELB ", "Interface for NAT Gateway ", "VPC Endpoint Interface "];
    if let Some(part) = of_service.iter().find_map(|start| description.strip_prefix(start)) {
        return !ours(part);
    }
    let is_function = interface.interface_type() == Some(&NetworkInterfaceType::Lambda) || description.starts_with("AWS Lambda VPC ENI");
    let is_idle = interface.status() == Some(&NetworkInterfaceStatus::Available) && interface.requester_managed() != Some(true);
    is_function || is_idle || description.starts_with("EFS mount target")
}

fn interface(of: NetworkInterface) -> Option<Interface> {
    let groups = of.groups.unwrap_or_default().into_iter().filter_map(|group| group.group_id).collect();
    Some(Interface { id: of.network_interface_id?, subnet: of.subnet_id?, groups, description: of.description.unwrap_or_default() })
}

fn values(filter: &str, values: &[String]) -> Filter {
    Filter::builder().name(filter).set_values(Some(values.to_vec())).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::identity::Scope;
    use crate::core::snapshot::State;
    use aws_sdk_ec2::types::NetworkInterfaceAttachment;
    use serde_json::Value;

    #[test]
    fn an_interface_is_of_others_where_that_is_sure() {
        let scope = Scope { stack: "shop".into(), env: "prod".into(), account: "123456789012".into(), region: "us-east-1".into() };
        let mut snapshot = Snapshot::empty(scope);
        let arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/web/1a2b".to_owned();
        let (claim, state, spec, outputs) = (None, State::Ready, Value::Null, BTreeMap::new());
        let balancer = Live { id: "nat-1".into(), name: String::new(), arn, claim, state, spec, outputs };
        snapshot.resources.insert("elbv2.load_balancer".into(), vec![balancer]);
        let of = |description: &str| NetworkInterface::builder().description(description).status(NetworkInterfaceStatus::InUse);
        let is = |interface: aws_sdk_ec2::types::builders::NetworkInterfaceBuilder| is_of_others(&interface.build(), &snapshot);
        for ours in [
            "ELB app/web/1a2b",
            "Interface for NAT Gateway nat-1",
            "arn:aws:ecs:us-east-1:123456789012:attachment/1",
            "RDSNetworkInterface",
        ] {
            assert!(!is(of(ours)), "{ours}");
        }
        for theirs in
            ["ELB app/other/9f", "Interface for NAT Gateway nat-2", "EFS mount target for fs-1 (fsmt-1)", "AWS Lambda VPC ENI-f-1"]
        {
            assert!(is(of(theirs)), "{theirs}");
        }
        assert!(is(of("").attachment(NetworkInterfaceAttachment::builder().instance_id("i-1").build())));
        assert!(is(of("").interface_type(NetworkInterfaceType::Lambda)));
        assert!(is(of("").status(NetworkInterfaceStatus::Available)));
        assert!(!is(of("").status(NetworkInterfaceStatus::Available).requester_managed(true)));
    }

    #[test]
    fn ids_of_others_are_those_of_nothing_that_is_known() {
        let scope = Scope { stack: "shop".into(), env: "prod".into(), account: "123456789012".into(), region: "us-east-1".into() };
        let mut snapshot = Snapshot::empty(scope.clone());
        let live = |id: &str, spec: Value| {
            let (name, arn, claim, state, outputs) = (String::new(), String::new(), None, State::Ready, BTreeMap::new());
            Live { id: id.into(), name, arn, claim, state, spec, outputs }
        };
        let spec = serde_json::json!(["vpc-0123456789abcdef0", "see sg-01234567, sg-89abcdef", "subnet-of-us", "vpc-01234567x"]);
        snapshot.resources.insert("a.b".into(), vec![live("sg-89abcdef", spec)]);
        let plan = crate::core::planner::plan(&Default::default(), &Snapshot::empty(scope), &Default::default(), &|_| None);
        let mut found = Neighbours::default();
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
        let wanted = BTreeMap::from([(VPC, ids(&["vpc-0123456789abcdef0"])), (GROUP, ids(&["sg-01234567"]))]);
        assert_eq!(named(&plan, &snapshot, &found), wanted);
        found.live.insert(VPC.into(), vec![live("vpc-0123456789abcdef0", Value::Null)]);
        assert_eq!(named(&plan, &snapshot, &found), BTreeMap::from([(GROUP, ids(&["sg-01234567"]))]));
    }
}
