//! LIM207: a plan makes more than the quotas of its account have room for.

use crate::core::address::Address;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::identity::partition;
use crate::core::kind::{Kind, from_value};
use crate::core::plan::Plan;
use crate::core::problem::Problem;
use crate::core::quota::{Demand, Quota, Share, Use, Uses, demands};
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudfront::distribution::Distribution;
use crate::kinds::ec2::eip::Eip;
use crate::kinds::ec2::internet_gateway::InternetGateway;
use crate::kinds::ec2::nat_gateway::{NatGateway, Spec as Gateway};
use crate::kinds::ec2::security_group::SecurityGroup;
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::ec2::vpc::Vpc;
use crate::kinds::elasticache::replication_group::{ReplicationGroup, Spec as Cache};
use crate::kinds::elbv2::load_balancer::{BalancerType, LoadBalancer, Spec as Balancer};
use crate::kinds::elbv2::target_group::TargetGroup;
use crate::kinds::iam::role::Role;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::DbInstance;
use crate::kinds::rds::parameter_group::DbParameterGroup;
use crate::kinds::rds::subnet_group::DbSubnetGroup;
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "LIM207",
        level: Level::Warning,
        category: Category::Request,
        about: "A plan makes more of a kind than the account has room for: what is in use and what is made are more than its quota.",
        why: "AWS refuses what is beyond the quota in the middle of the apply: VpcLimitExceeded, AddressLimitExceeded, InstanceQuotaExceeded.",
        page: "https://docs.aws.amazon.com/servicequotas/latest/userguide/request-quota-increase.html",
        example: Example::Test("a_plan_has_no_room_in_its_account"),
    },
    look: Look::Quotas(find),
};

/// Says what a spec of a kind counts as, in a stack that wants what the view shows.
pub fn share(view: &View<'_>, kind: &str, spec: &Value) -> Option<Share> {
    let whole = |quota| Some(Share { quota, zone: String::new(), count: 1 });
    match kind {
        Vpc::NAME => whole(Quota::Vpcs),
        Eip::NAME => whole(Quota::Addresses),
        InternetGateway::NAME => whole(Quota::InternetGateways),
        SecurityGroup::NAME => whole(Quota::SecurityGroups),
        TargetGroup::NAME => whole(Quota::TargetGroups),
        DbInstance::NAME => whole(Quota::Databases),
        DbParameterGroup::NAME => whole(Quota::DbParameterGroups),
        DbSubnetGroup::NAME => whole(Quota::DbSubnetGroups),
        OpensearchDomain::NAME => whole(Quota::SearchDomains),
        Distribution::NAME => whole(Quota::Distributions),
        Role::NAME => whole(Quota::Roles),
        LoadBalancer::NAME => whole(match from_value::<Balancer>(spec).ok()?.balancer_type {
            BalancerType::Application => Quota::ApplicationLoadBalancers,
            BalancerType::Network => Quota::NetworkLoadBalancers,
        }),
        ReplicationGroup::NAME => {
            let count = u64::try_from(from_value::<Cache>(spec).ok()?.num_cache_clusters).ok()?;
            Some(Share { quota: Quota::CacheNodes, zone: String::new(), count })
        }
        // One in a subnet of somebody else's is in a zone that nobody knows here.
        NatGateway::NAME => {
            let gateway = from_value::<Gateway>(spec).ok()?;
            let zone = view.target::<Subnet>(&gateway.subnet_id)?.1.availability_zone.clone();
            Some(Share { quota: Quota::NatGateways, zone, count: 1 })
        }
        _ => None,
    }
}

/// Adds up what a plan needs of the quotas.
pub fn needs(plan: &Plan, view: &View<'_>) -> Vec<Demand> {
    demands(plan, &|kind, spec| share(view, kind, spec))
}

/// The lack of room for what a plan makes: where it shows, what is wrong, and what helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    pub at: Address,
    pub says: String,
    pub help: String,
}

/// Returns the lack of room for a part of a plan, if there is one.
pub fn lack(demand: &Demand, own: &Use, region: &str) -> Option<Lack> {
    let at = demand.beyond(own)?.clone();
    let (about, used) = (demand.quota.about(), own.used_in(&demand.zone));
    let (created, many) = (demand.created(), if own.quota == 1 { about.one } else { about.many });
    let place = match demand.zone.as_str() {
        "" => "in the account".to_owned(),
        zone => format!("in {zone}"),
    };
    let verb = if used == 1 { "is" } else { "are" };
    let makes = match demand.freed {
        0 => format!("makes {created} more"),
        freed => format!("makes {created}, and {freed} of them only when as many are gone"),
    };
    let says = format!("{used} of {} {many} {verb} in use {place}, and the plan {makes}", own.quota);
    let (raised, needed) = (demand.quota.raised_by(), used + demand.peak);
    let at_home = if demand.quota.is_global() && partition(region) == "aws" { "us-east-1" } else { region };
    let ask = format!(
        "aws service-quotas request-service-quota-increase --service-code {} --quota-code {} --desired-value {needed} --region {at_home}",
        raised.about().service,
        raised.about().code,
    );
    let help = format!("AWS refuses what is beyond ({}): take out what is not needed, or ask for more first: {ask}", about.page);
    Some(Lack { at, says, help })
}

fn find(plan: &Plan, view: &View<'_>, uses: &Uses) -> Vec<Finding> {
    let lacks = needs(plan, view).into_iter().filter_map(|demand| {
        let own = uses.get(&demand.quota)?.known()?;
        lack(&demand, own, &plan.scope.region)
    });
    lacks.map(|Lack { at, says, help }| Finding::new(at, Problem::new("", says).help(help))).collect()
}
