//! Quotas of an account that plans meet in practice: what a plan needs of them, and what the account has.

use super::address::Address;
use super::plan::{Plan, Verb};
use super::rollout::observation::Reading;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One quota of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quota {
    Vpcs,
    Addresses,
    InternetGateways,
    /// Counts by zones.
    NatGateways,
    SecurityGroups,
    ApplicationLoadBalancers,
    NetworkLoadBalancers,
    TargetGroups,
    Databases,
    DbParameterGroups,
    DbSubnetGroups,
    CacheNodes,
    SearchDomains,
    Distributions,
    Roles,
}

/// All that is the same for every account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// The names that Service Quotas has for its service and for itself.
    pub service: &'static str,
    pub code: &'static str,
    /// The most that an account has unless it was raised.
    pub default: u64,
    /// One of what counts, and several, as people call them.
    pub one: &'static str,
    pub many: &'static str,
    /// AWS's page about it.
    pub page: &'static str,
}

const VPC: &str = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html";
const ALB: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html";
const NLB: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html";
const RDS: &str = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html";
const CACHE: &str = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/quota-limits.html";
const SEARCH: &str = "https://docs.aws.amazon.com/general/latest/gr/opensearch-service.html#opensearch-limits";
const CDN: &str = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html";
const IAM: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html";

const fn about([service, code]: [&'static str; 2], default: u64, [one, many]: [&'static str; 2], page: &'static str) -> About {
    About { service, code, default, one, many, page }
}

impl Quota {
    pub const ALL: [Quota; 15] = [
        Quota::Vpcs,
        Quota::Addresses,
        Quota::InternetGateways,
        Quota::NatGateways,
        Quota::SecurityGroups,
        Quota::ApplicationLoadBalancers,
        Quota::NetworkLoadBalancers,
        Quota::TargetGroups,
        Quota::Databases,
        Quota::DbParameterGroups,
        Quota::DbSubnetGroups,
        Quota::CacheNodes,
        Quota::SearchDomains,
        Quota::Distributions,
        Quota::Roles,
    ];

    /// Returns what AWS's pages say, as they were read on 2026-11-30; CloudFront and OpenSearch gave less before. All
    /// of them can be raised.
    #[must_use]
    pub const fn about(self) -> About {
        match self {
            Quota::Vpcs => about(["vpc", "L-F678F1CE"], 5, ["VPC", "VPCs"], VPC),
            Quota::Addresses => about(["ec2", "L-0263D0A3"], 5, ["elastic IP address", "elastic IP addresses"], VPC),
            Quota::InternetGateways => about(["vpc", "L-A4707A72"], 5, ["internet gateway", "internet gateways"], VPC),
            Quota::NatGateways => about(["vpc", "L-FE5A380F"], 5, ["NAT gateway", "NAT gateways"], VPC),
            Quota::SecurityGroups => about(["vpc", "L-E79EC296"], 2500, ["security group", "security groups"], VPC),
            Quota::ApplicationLoadBalancers => {
                about(["elasticloadbalancing", "L-53DA6B97"], 50, ["Application Load Balancer", "Application Load Balancers"], ALB)
            }
            Quota::NetworkLoadBalancers => {
                about(["elasticloadbalancing", "L-69A177A2"], 50, ["Network Load Balancer", "Network Load Balancers"], NLB)
            }
            Quota::TargetGroups => about(["elasticloadbalancing", "L-B22855CB"], 3000, ["target group", "target groups"], ALB),
            Quota::Databases => about(["rds", "L-7B6409FD"], 40, ["database", "databases"], RDS),
            Quota::DbParameterGroups => about(["rds", "L-DE55804A"], 50, ["parameter group", "parameter groups"], RDS),
            Quota::DbSubnetGroups => about(["rds", "L-48C6BF61"], 50, ["subnet group", "subnet groups"], RDS),
            Quota::CacheNodes => about(["elasticache", "L-DFE45DF3"], 300, ["cache node", "cache nodes"], CACHE),
            Quota::SearchDomains => about(["es", "L-076D529E"], 500, ["search domain", "search domains"], SEARCH),
            Quota::Distributions => about(["cloudfront", "L-24B04930"], 500, ["distribution", "distributions"], CDN),
            Quota::Roles => about(["iam", "L-FE177D64"], 1000, ["role", "roles"], IAM),
        }
    }

    /// Returns the quota that has to be raised for this one to be higher: internet gateways follow the VPCs of a region.
    /// <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-gateways>
    #[must_use]
    pub const fn raised_by(self) -> Quota {
        if matches!(self, Quota::InternetGateways) { Quota::Vpcs } else { self }
    }

    /// True for a quota of the whole account, which Service Quotas keeps in us-east-1.
    #[must_use]
    pub const fn is_global(self) -> bool {
        matches!(self, Quota::Distributions | Quota::Roles)
    }
}

/// The quota that a resource counts against, in a zone where it counts by zones, and the number that it counts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub quota: Quota,
    /// Empty where zones do not count.
    pub zone: String,
    pub count: u64,
}

/// The part of a quota that a plan needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    pub quota: Quota,
    pub zone: String,
    /// The resources that it makes, each with the number that it counts as.
    pub made: Vec<(Address, u64)>,
    /// The number of those that are gone before others are made.
    pub freed: u64,
    /// The most that there is meanwhile beyond what was there before.
    pub peak: u64,
}

/// The use that an account makes of a quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    pub quota: u64,
    /// The number in use by zone; under the empty name where zones do not count. A zone without an entry has none.
    pub used: BTreeMap<String, u64>,
}

/// The quotas that were asked about.
pub type Uses = BTreeMap<Quota, Reading<Use>>;

impl Use {
    /// Returns the number in use in a zone.
    #[must_use]
    pub fn used_in(&self, zone: &str) -> u64 {
        self.used.get(zone).copied().unwrap_or_default()
    }
}

impl Demand {
    /// Returns the number that is made, of whatever becomes of others.
    #[must_use]
    pub fn created(&self) -> u64 {
        self.made.iter().map(|(_, count)| count).sum()
    }

    /// Returns the resource at which the quota ends, if there is not room for all.
    #[must_use]
    pub fn beyond(&self, own: &Use) -> Option<&Address> {
        let used = own.used_in(&self.zone);
        if used + self.peak <= own.quota {
            return None;
        }
        let room = (own.quota + self.created() - self.peak).saturating_sub(used);
        let mut sum = 0;
        let at = self.made.iter().find(|(_, count)| {
            sum += count;
            sum > room
        });
        at.or(self.made.last()).map(|(address, _)| address)
    }
}

/// Adds up what a plan needs of each quota. `share` says what a spec of a kind counts as.
pub fn demands(plan: &Plan, share: &dyn Fn(&str, &Value) -> Option<Share>) -> Vec<Demand> {
    let mut found = BTreeMap::<(Quota, String), Taken<'_>>::new();
    let mut grown = BTreeSet::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let change = &plan.changes[step.change];
        let before = || change.live.as_ref().and_then(|live| share(&change.kind, &live.spec));
        match step.verb {
            Verb::Create => {
                if let Some(Share { quota, zone, count }) = share(&change.kind, &change.wanted) {
                    found.entry((quota, zone)).or_default().made.push((at, &change.address, count));
                }
            }
            Verb::Update => {
                // A larger one counts for more, once, however many calls that takes.
                let more = share(&change.kind, &change.wanted).zip(before()).filter(|(after, before)| after.count > before.count);
                if let Some((Share { quota, zone, count }, before)) = more.filter(|_| grown.insert(step.change)) {
                    found.entry((quota, zone)).or_default().made.push((at, &change.address, count - before.count));
                }
            }
            Verb::Delete => {
                if let Some(Share { quota, zone, count }) = before() {
                    found.entry((quota, zone)).or_default().gone.push((at, count));
                }
            }
            Verb::Retag | Verb::Finish | Verb::Release | Verb::Wait => {}
        }
    }
    let needing = found.into_iter().filter(|(_, taken)| !taken.made.is_empty());
    needing.map(|((quota, zone), taken)| taken.demand(plan, quota, zone)).collect()
}

/// The steps of a plan that count against one quota.
#[derive(Default)]
struct Taken<'p> {
    made: Vec<(usize, &'p Address, u64)>,
    gone: Vec<(usize, u64)>,
}

impl Taken<'_> {
    fn demand(self, plan: &Plan, quota: Quota, zone: String) -> Demand {
        let Taken { made, gone } = self;
        let (mut free, mut waiting, mut before) = (0, 0, BTreeSet::new());
        for (at, _, count) in &made {
            let mine = if gone.is_empty() { BTreeSet::new() } else { come_before(plan, *at) };
            let gone = gone.iter().filter(|(step, _)| mine.contains(step)).collect::<Vec<_>>();
            *(if gone.is_empty() { &mut free } else { &mut waiting }) += count;
            before.extend(gone);
        }
        let freed = before.iter().map(|(_, count)| count).sum::<u64>();
        // Those that wait for nothing may all be there before anything is gone.
        let peak = free.max((free + waiting).saturating_sub(freed));
        let made = made.into_iter().map(|(_, address, count)| (address.clone(), count)).collect();
        Demand { quota, zone, made, freed, peak }
    }
}

/// Returns the steps that have succeeded when a step begins.
fn come_before(plan: &Plan, step: usize) -> BTreeSet<usize> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![step]);
    while let Some(at) = open.pop() {
        open.extend(plan.steps[at].after.iter().copied().filter(|before| seen.insert(*before)));
    }
    seen
}
