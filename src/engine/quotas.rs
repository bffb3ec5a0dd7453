//! Reads the quotas of an account and the use that it makes of them. Nothing is changed, and only what is asked about is read.
//!
//! Where a service tells its own quotas it is asked itself, which whoever may read the stack may do already. The rest is asked of
//! Service Quotas: a page for all quotas of a service.
//! CloudWatch counts no VPCs, gateways or domains in `AWS/Usage`, and tells the others some minutes late; so all are counted here.

use crate::aws::{Aws, During, Result};
use crate::core::identity::partition;
use crate::core::quota::{Quota, Use, Uses};
use crate::core::rollout::observation::Reading;
use crate::kinds::elbv2::driver::all_balancers;
use aws_sdk_ec2::types::{NatGateway, NatGatewayState};
use aws_sdk_elasticloadbalancingv2::types::LoadBalancerTypeEnum;
use aws_sdk_iam::types::SummaryKeyType;
use aws_sdk_servicequotas::config::{Builder, Region};
use futures::future::{join, join_all};
use std::collections::{BTreeMap, BTreeSet};

/// One answer of AWS's that has quotas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Ec2,
    Elbv2,
    Rds,
    Iam,
    /// Service Quotas, for one service by its code there; in its home region for one of the whole account.
    Applied {
        service: &'static str,
        global: bool,
    },
}

/// The quotas of a source by its own names, and what is in use of each where it tells that, too.
type Figures = BTreeMap<String, (u64, Option<u64>)>;

/// Returns the source of a quota, and the name that it has there.
const fn source(quota: Quota) -> (Source, &'static str) {
    match quota {
        Quota::Addresses => (Source::Ec2, "vpc-max-elastic-ips"),
        Quota::ApplicationLoadBalancers => (Source::Elbv2, "application-load-balancers"),
        Quota::NetworkLoadBalancers => (Source::Elbv2, "network-load-balancers"),
        Quota::TargetGroups => (Source::Elbv2, "target-groups"),
        Quota::Databases => (Source::Rds, "DBInstances"),
        Quota::DbParameterGroups => (Source::Rds, "DBParameterGroups"),
        Quota::DbSubnetGroups => (Source::Rds, "DBSubnetGroups"),
        Quota::Roles => (Source::Iam, "Roles"),
        Quota::Vpcs | Quota::InternetGateways | Quota::NatGateways | Quota::SecurityGroups => applied(quota),
        Quota::CacheNodes | Quota::SearchDomains | Quota::Distributions => applied(quota),
    }
}

const fn applied(quota: Quota) -> (Source, &'static str) {
    (Source::Applied { service: quota.about().service, global: quota.is_global() }, quota.about().code)
}

/// Reads what is asked about, all at once.
pub async fn read(aws: &Aws, asked: &BTreeSet<Quota>) -> Uses {
    let sources = asked.iter().map(|quota| source(*quota).0).collect::<BTreeSet<_>>();
    let figures = join_all(sources.into_iter().map(async |source| (source, figures(aws, source).await)));
    let counts = join_all(asked.iter().map(async |quota| (*quota, count(aws, *quota).await)));
    let (figures, counts) = join(figures, counts).await;
    let figures = figures.into_iter().collect::<BTreeMap<_, _>>();
    counts.into_iter().map(|(quota, count)| (quota, reading(quota, &figures, count))).collect()
}

fn reading(quota: Quota, figures: &BTreeMap<Source, Result<Figures>>, count: Result<Option<BTreeMap<String, u64>>>) -> Reading<Use> {
    let (source, name) = source(quota);
    let untold = || format!("AWS answers no quota `{name}`");
    let figures = match figures.get(&source) {
        Some(Ok(figures)) => figures,
        Some(Err(error)) => return Reading::Unknown(error.unread()),
        None => return Reading::Unknown(untold()),
    };
    match (figures.get(name), count) {
        (_, Err(error)) => Reading::Unknown(error.unread()),
        (Some((quota, _)), Ok(Some(used))) => Reading::Known(Use { quota: *quota, used }),
        (Some((quota, Some(used))), Ok(None)) => Reading::Known(Use { quota: *quota, used: [(String::new(), *used)].into() }),
        (Some((_, None)) | None, Ok(_)) => Reading::Unknown(untold()),
    }
}

async fn figures(aws: &Aws, source: Source) -> Result<Figures> {
    match source {
        Source::Ec2 => of_ec2(aws).await,
        Source::Elbv2 => of_elbv2(aws).await,
        Source::Rds => of_rds(aws).await,
        Source::Iam => of_iam(aws).await,
        Source::Applied { service, global } => of_service(aws, service, global).await,
    }
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAccountAttributes.html>
async fn of_ec2(aws: &Aws) -> Result<Figures> {
    let answer = aws.ec2.describe_account_attributes().send().await.during("ec2.DescribeAccountAttributes")?;
    let all = answer.account_attributes.unwrap_or_default().into_iter().filter_map(|one| {
        let value = one.attribute_values().first()?.attribute_value()?.parse().ok()?;
        Some((one.attribute_name?, (value, None)))
    });
    Ok(all.collect())
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeAccountLimits.html>
async fn of_elbv2(aws: &Aws) -> Result<Figures> {
    let mut pages = aws.elbv2.describe_account_limits().into_paginator().send();
    let mut found = Figures::new();
    while let Some(page) = pages.next().await {
        let limits = page.during("elbv2.DescribeAccountLimits")?.limits.unwrap_or_default();
        found.extend(limits.into_iter().filter_map(|one| Some((one.name?, (one.max?.parse().ok()?, None)))));
    }
    Ok(found)
}

/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeAccountAttributes.html>
async fn of_rds(aws: &Aws) -> Result<Figures> {
    let answer = aws.rds.describe_account_attributes().send().await.during("rds.DescribeAccountAttributes")?;
    let number = |value: Option<i64>| value.and_then(|value| u64::try_from(value).ok());
    let all = answer.account_quotas.unwrap_or_default().into_iter();
    Ok(all.filter_map(|one| Some((one.account_quota_name?, (number(one.max)?, number(one.used))))).collect())
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>
async fn of_iam(aws: &Aws) -> Result<Figures> {
    let answer = aws.iam.get_account_summary().send().await.during("iam.GetAccountSummary")?;
    let all = answer.summary_map.unwrap_or_default();
    let number = |key: SummaryKeyType| all.get(&key).and_then(|value| u64::try_from(*value).ok());
    let roles = number(SummaryKeyType::RolesQuota).map(|quota| ("Roles".to_owned(), (quota, number(SummaryKeyType::Roles))));
    Ok(roles.into_iter().collect())
}

/// <https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html>
async fn of_service(aws: &Aws, service: &str, global: bool) -> Result<Figures> {
    let here = aws.scope.region.as_str();
    // The quotas of the whole account are kept in one region.
    let region = if global && partition(here) == "aws" { "us-east-1" } else { here };
    let (mut found, mut token) = (Figures::new(), None);
    loop {
        let call = aws.servicequotas.list_service_quotas().service_code(service).max_results(100).set_next_token(token);
        let there = Builder::new().region(Region::new(region.to_owned()));
        let answer = call.customize().config_override(there).send().await.during("servicequotas.ListServiceQuotas")?;
        // A whole number in the API's floating point.
        let value = |value: f64| (value >= 0.0).then_some(value as u64);
        let quotas = answer.quotas.unwrap_or_default().into_iter();
        found.extend(quotas.filter_map(|one| Some((one.quota_code?, (value(one.value?)?, None)))));
        token = answer.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(found);
        }
    }
}

/// Counts what is in use of a quota by zones, where its source does not tell that.
async fn count(aws: &Aws, quota: Quota) -> Result<Option<BTreeMap<String, u64>>> {
    let count = match quota {
        Quota::Vpcs => vpcs(aws).await?,
        Quota::Addresses => {
            let answer = aws.ec2.describe_addresses().send().await.during("ec2.DescribeAddresses")?;
            answer.addresses().len()
        }
        Quota::InternetGateways => internet_gateways(aws).await?,
        Quota::NatGateways => return nat_gateways(aws).await.map(Some),
        Quota::SecurityGroups => security_groups(aws).await?,
        Quota::ApplicationLoadBalancers => balancers(aws, &LoadBalancerTypeEnum::Application).await?,
        Quota::NetworkLoadBalancers => balancers(aws, &LoadBalancerTypeEnum::Network).await?,
        Quota::TargetGroups => target_groups(aws).await?,
        Quota::CacheNodes => cache_nodes(aws).await?,
        Quota::SearchDomains => {
            let answer = aws.opensearch.list_domain_names().send().await.during("opensearch.ListDomainNames")?;
            answer.domain_names().len()
        }
        Quota::Distributions => distributions(aws).await?,
        Quota::Databases | Quota::DbParameterGroups | Quota::DbSubnetGroups | Quota::Roles => return Ok(None),
    };
    Ok(Some([(String::new(), count as u64)].into()))
}

async fn vpcs(aws: &Aws) -> Result<usize> {
    let (mut pages, mut count) = (aws.ec2.describe_vpcs().into_paginator().send(), 0);
    while let Some(page) = pages.next().await {
        count += page.during("ec2.DescribeVpcs")?.vpcs().len();
    }
    Ok(count)
}

async fn internet_gateways(aws: &Aws) -> Result<usize> {
    let (mut pages, mut count) = (aws.ec2.describe_internet_gateways().into_paginator().send(), 0);
    while let Some(page) = pages.next().await {
        count += page.during("ec2.DescribeInternetGateways")?.internet_gateways().len();
    }
    Ok(count)
}

/// Counts NAT gateways by the zones of their subnets, in the states that count:
/// <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-gateways>
async fn nat_gateways(aws: &Aws) -> Result<BTreeMap<String, u64>> {
    let mut pages = aws.ec2.describe_nat_gateways().into_paginator().send();
    let mut subnets = Vec::new();
    while let Some(page) = pages.next().await {
        let counts = |one: &NatGateway| !matches!(one.state(), Some(NatGatewayState::Deleted | NatGatewayState::Failed));
        let all = page.during("ec2.DescribeNatGateways")?.nat_gateways.unwrap_or_default().into_iter().filter(counts);
        subnets.extend(all.filter_map(|one| one.subnet_id));
    }
    if subnets.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids = subnets.iter().cloned().collect::<BTreeSet<_>>();
    let call = aws.ec2.describe_subnets().set_subnet_ids(Some(ids.into_iter().collect()));
    let found = call.send().await.during("ec2.DescribeSubnets")?.subnets.unwrap_or_default();
    let zones = found.into_iter().filter_map(|one| Some((one.subnet_id?, one.availability_zone?))).collect::<BTreeMap<_, _>>();
    let mut counts = BTreeMap::new();
    for zone in subnets.iter().filter_map(|subnet| zones.get(subnet)) {
        *counts.entry(zone.clone()).or_default() += 1;
    }
    Ok(counts)
}

async fn security_groups(aws: &Aws) -> Result<usize> {
    let (mut pages, mut count) = (aws.ec2.describe_security_groups().into_paginator().send(), 0);
    while let Some(page) = pages.next().await {
        count += page.during("ec2.DescribeSecurityGroups")?.security_groups().len();
    }
    Ok(count)
}

async fn balancers(aws: &Aws, sort: &LoadBalancerTypeEnum) -> Result<usize> {
    Ok(all_balancers(aws).await?.iter().filter(|one| one.r#type() == Some(sort)).count())
}

async fn target_groups(aws: &Aws) -> Result<usize> {
    let (mut pages, mut count) = (aws.elbv2.describe_target_groups().into_paginator().send(), 0);
    while let Some(page) = pages.next().await {
        count += page.during("elbv2.DescribeTargetGroups")?.target_groups().len();
    }
    Ok(count)
}

async fn cache_nodes(aws: &Aws) -> Result<usize> {
    let (mut pages, mut count) = (aws.elasticache.describe_cache_clusters().into_paginator().send(), 0);
    while let Some(page) = pages.next().await {
        let found = page.during("elasticache.DescribeCacheClusters")?;
        count += found
            .cache_clusters()
            .iter()
            .filter_map(|one| one.num_cache_nodes())
            .filter_map(|nodes| usize::try_from(nodes).ok())
            .sum::<usize>();
    }
    Ok(count)
}

async fn distributions(aws: &Aws) -> Result<usize> {
    let (mut pages, mut count) = (aws.cloudfront.list_distributions().into_paginator().send(), 0);
    while let Some(page) = pages.next().await {
        count += page.during("cloudfront.ListDistributions")?.distribution_list.map_or(0, |list| list.items().len());
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Error;

    #[test]
    fn a_quota_is_known_when_both_of_its_figures_are() {
        let told = |used| BTreeMap::from([(Source::Rds, Ok(Figures::from([("DBInstances".to_owned(), (40, used))])))]);
        let known = Reading::Known(Use { quota: 40, used: [(String::new(), 39)].into() });
        assert_eq!(reading(Quota::Databases, &told(Some(39)), Ok(None)), known);
        let untold = Reading::Unknown("AWS answers no quota `DBInstances`".into());
        assert_eq!(reading(Quota::Databases, &told(None), Ok(None)), untold);
        assert_eq!(reading(Quota::Databases, &BTreeMap::new(), Ok(None)), untold);
        let denied = || Error::new("servicequotas.ListServiceQuotas", "AccessDeniedException", "no");
        let (vpc, _) = source(Quota::Vpcs);
        let reason = Reading::Unknown("servicequotas.ListServiceQuotas: AccessDeniedException: no".into());
        assert_eq!(reading(Quota::Vpcs, &[(vpc, Err(denied()))].into(), Ok(Some(BTreeMap::new()))), reason);
        let five = || BTreeMap::from([(vpc, Ok(Figures::from([("L-F678F1CE".to_owned(), (5, None))])))]);
        assert_eq!(reading(Quota::Vpcs, &five(), Err(denied())), reason);
        assert_eq!(reading(Quota::Vpcs, &five(), Ok(Some(BTreeMap::new()))), Reading::Known(Use { quota: 5, used: BTreeMap::new() }));
    }
}
