//! Makes, reads, changes and deletes `ec2.security_group` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::backoff::Backoff;
use crate::core::identity::own_tags;
use crate::core::snapshot::{Live, State};
use crate::kinds::after_create::after_create;
use crate::kinds::ec2::driver;
use crate::kinds::ec2::security_group::*;
use aws_sdk_ec2::types::{Filter, IpPermission, IpRange, Ipv6Range, PrefixListId, ResourceType, UserIdGroupPair, VpcCidrBlockStateCode};
use std::collections::BTreeMap;

/// The most values of a filter.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html>
const VALUES: usize = 200;

impl Driver for SecurityGroup {
    const ABSENT: &'static [&'static str] = &["InvalidGroup.NotFound", "InvalidSecurityGroupID.NotFound"];
    const TAKEN: &'static [&'static str] = &["InvalidGroup.Duplicate"];
    // Network interfaces linger for minutes after what used them is gone.
    const PASSING: &'static [&'static str] = &["DependencyViolation", "InvalidVpcID.NotFound"];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let mut found = describe(aws, driver::filters(aws, select, "group-id")).await?;
        if let Select::Owned { names, .. } = select {
            // One in our way has no tag of ours. A filter reads `*` as whatever comes, so it may answer more.
            let missing = names.iter().filter(|name| !found.iter().any(|live| live.name == **name)).cloned().collect::<Vec<_>>();
            for names in missing.chunks(VALUES) {
                let others = describe(aws, vec![Filter::builder().name("group-name").set_values(Some(names.to_vec())).build()]).await?;
                found.extend(others.into_iter().filter(|live| names.contains(&live.name)));
            }
        }
        Ok(found)
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let answer = aws
            .ec2
            .create_security_group()
            .group_name(&new.name)
            .description(&new.spec.description)
            .vpc_id(&new.spec.vpc_id)
            .tag_specifications(driver::tag_specification(ResourceType::SecurityGroup, &new.tags))
            .send()
            .await
            .during("ec2.CreateSecurityGroup")?;
        let id = answer.group_id.ok_or_else(|| Error::missing("ec2.CreateSecurityGroup", "GroupId"))?;
        let egress = async || {
            let open = open(aws, &new.spec.vpc_id).await?;
            set(aws, &id, Side::Egress, &open, &new.spec.egress).await
        };
        after_create(aws, || async { tokio::try_join!(set(aws, &id, Side::Ingress, &[], &new.spec.ingress), egress()) }).await?;
        Ok(made(aws, &id, &new.name))
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let (old, new) = (&change.live.spec, &change.wanted);
        for (field, side, old, new) in
            [("ingress", Side::Ingress, &old.ingress, &new.ingress), ("egress", Side::Egress, &old.egress, &new.egress)]
        {
            if change.changes(field) {
                set(aws, &change.live.id, side, old, new).await?;
            }
        }
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        disentangle(aws, live, |rule| rule.security_group_id.is_some()).await?;
        let answer = aws.ec2.delete_security_group().group_id(&live.id).send().await.during("ec2.DeleteSecurityGroup");
        match answer {
            // Another group of ours names it, whose own turn comes after this one's, or which is to stay in AWS.
            Err(error) if error.is(&["DependencyViolation"]) => {
                for other in naming(aws, &live.id).await? {
                    disentangle(aws, &other, |rule| rule.security_group_id.as_deref() == Some(&live.id)).await?;
                }
                Err(error)
            }
            answer => answer.map(|_| ()),
        }
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.id, tags).await
    }
}

/// Returns the egress that AWS gives a new group: to everywhere, by IPv6 too where the VPC has a range of it.
/// <https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>
async fn open(aws: &Aws, vpc_id: &str) -> Result<Vec<Rule>> {
    let answer = aws.ec2.describe_vpcs().vpc_ids(vpc_id).send().await.during("ec2.DescribeVpcs")?;
    let mut open = Rule::everywhere();
    let ranges = answer.vpcs().iter().flat_map(|vpc| vpc.ipv6_cidr_block_association_set());
    if ranges.filter_map(|range| range.ipv6_cidr_block_state()?.state()).any(|state| *state == VpcCidrBlockStateCode::Associated) {
        open.push(Rule::everywhere_by_ipv6());
    }
    Ok(open)
}

#[derive(Clone, Copy)]
enum Side {
    Ingress,
    Egress,
}

async fn describe(aws: &Aws, filters: Vec<Filter>) -> Result<Vec<Live<Spec>>> {
    let mut pages = aws.ec2.describe_security_groups().set_filters(Some(filters)).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        for group in page.during("ec2.DescribeSecurityGroups")?.security_groups.unwrap_or_default() {
            let (id, tags) = (group.group_id.unwrap_or_default(), driver::tags(group.tags));
            let name = group.group_name.unwrap_or_default();
            found.push(Live {
                arn: aws.ec2_arn("security-group", &id),
                claim: aws.claim(&tags),
                state: State::Ready,
                outputs: made(aws, &id, &name).outputs,
                spec: Spec {
                    name: Some(name.clone()),
                    description: group.description.unwrap_or_default(),
                    vpc_id: group.vpc_id.unwrap_or_default(),
                    ingress: rules(&id, group.ip_permissions.unwrap_or_default()),
                    egress: rules(&id, group.ip_permissions_egress.unwrap_or_default()),
                    tags: own_tags(&tags),
                },
                id,
                name,
            });
        }
    }
    Ok(found)
}

fn made(aws: &Aws, id: &str, name: &str) -> Made {
    Made::new(id, [("id", id.to_owned()), ("arn", aws.ec2_arn("security-group", id)), ("name", name.to_owned())])
}

// Groups of this stack whose rules name this one.
async fn naming(aws: &Aws, id: &str) -> Result<Vec<Live<Spec>>> {
    let ask = async |name: &str| {
        let mut filters = driver::filters(aws, &Select::Owned { names: Vec::new(), count: None }, "");
        filters.push(Filter::builder().name(name).values(id).build());
        describe(aws, filters).await
    };
    let (ingress, egress) = tokio::try_join!(ask("ip-permission.group-id"), ask("egress.ip-permission.group-id"))?;
    let others = ingress.into_iter().chain(egress).filter(|group| group.id != id && group.claim.is_some());
    Ok(others.map(|group| (group.id.clone(), group)).collect::<BTreeMap<_, _>>().into_values().collect())
}

// Takes the rules away that name certain other groups.
async fn disentangle(aws: &Aws, group: &Live<Spec>, named: impl Fn(&Rule) -> bool) -> Result<()> {
    const GONE: &[&str] = &["InvalidPermission.NotFound", "InvalidGroup.NotFound"];
    match revoke_named(aws, group, &named).await {
        // Some went since they were read, perhaps with the group that they named.
        Err(error) if error.is(GONE) => {
            for fresh in SecurityGroup::list(aws, &Select::Ids(vec![group.id.clone()])).await? {
                match revoke_named(aws, &fresh, &named).await {
                    // The delete itself judges those that stay: this code must not pass for its answer.
                    Err(error) if error.is(GONE) => {}
                    answer => answer?,
                }
            }
            Ok(())
        }
        answer => answer,
    }
}

async fn revoke_named(aws: &Aws, group: &Live<Spec>, named: impl Fn(&Rule) -> bool) -> Result<()> {
    for (side, rules) in [(Side::Ingress, &group.spec.ingress), (Side::Egress, &group.spec.egress)] {
        revoke(aws, &group.id, side, &rules.iter().filter(|rule| named(rule)).collect::<Vec<_>>()).await?;
    }
    Ok(())
}

// AWS folds rules of one protocol and span into a permission; here each peer is a rule of its own.
fn rules(own: &str, permissions: Vec<IpPermission>) -> Vec<Rule> {
    let mut found = Vec::new();
    for permission in permissions {
        let base =
            Rule { from_port: permission.from_port, to_port: permission.to_port, ..Rule::all(permission.ip_protocol.unwrap_or_default()) };
        let with = |description: Option<String>| Rule { description: description.unwrap_or_default(), ..base.clone() };
        found
            .extend(permission.ip_ranges.unwrap_or_default().into_iter().map(|peer| Rule { cidr: peer.cidr_ip, ..with(peer.description) }));
        found.extend(
            permission.ipv6_ranges.unwrap_or_default().into_iter().map(|peer| Rule { ipv6_cidr: peer.cidr_ipv6, ..with(peer.description) }),
        );
        found.extend(
            permission
                .prefix_list_ids
                .unwrap_or_default()
                .into_iter()
                .map(|peer| Rule { prefix_list_id: peer.prefix_list_id, ..with(peer.description) }),
        );
        found.extend(permission.user_id_group_pairs.unwrap_or_default().into_iter().map(|peer| match peer.group_id {
            Some(id) if id == own => Rule { own: true, ..with(peer.description) },
            other => Rule { security_group_id: other, ..with(peer.description) },
        }));
    }
    found.iter_mut().for_each(Rule::normalise);
    found
}

fn permissions(own: &str, rules: &[&Rule]) -> Vec<IpPermission> {
    rules.iter().map(|rule| permission(own, rule)).collect()
}

fn permission(own: &str, rule: &Rule) -> IpPermission {
    let description = Some(rule.description.clone()).filter(|text| !text.is_empty());
    let protocol = if rule.protocol == "all" { "-1" } else { &rule.protocol };
    let mut permission = IpPermission::builder().ip_protocol(protocol).set_from_port(rule.from_port).set_to_port(rule.to_port);
    if let Some(range) = &rule.cidr {
        permission = permission.ip_ranges(IpRange::builder().cidr_ip(range).set_description(description.clone()).build());
    }
    if let Some(range) = &rule.ipv6_cidr {
        permission = permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(range).set_description(description.clone()).build());
    }
    if let Some(list) = &rule.prefix_list_id {
        permission = permission.prefix_list_ids(PrefixListId::builder().prefix_list_id(list).set_description(description.clone()).build());
    }
    if let Some(group) = rule.security_group_id.as_deref().or(rule.own.then_some(own)) {
        permission = permission.user_id_group_pairs(UserIdGroupPair::builder().group_id(group).set_description(description).build());
    }
    permission.build()
}

// Brings one side of a group from the rules it has to the rules it shall have.
async fn set(aws: &Aws, id: &str, side: Side, old: &[Rule], new: &[Rule]) -> Result<()> {
    let mut old = old.to_vec();
    // Somebody was faster, or the answer to a first try was lost: look again, once for each call that this may happen to.
    for pause in Backoff::seconds(1, 4).take(3) {
        match step(aws, id, side, &old, new).await {
            Err(error) if error.is(&["InvalidPermission.Duplicate", "InvalidPermission.NotFound"]) => {
                aws.clock.sleep(pause).await;
                let live = SecurityGroup::list(aws, &Select::Ids(vec![id.to_owned()])).await?;
                let Some(live) = live.into_iter().next() else { return Err(error) };
                old = match side {
                    Side::Ingress => live.spec.ingress,
                    Side::Egress => live.spec.egress,
                };
            }
            answer => return answer,
        }
    }
    step(aws, id, side, &old, new).await
}

async fn step(aws: &Aws, id: &str, side: Side, old: &[Rule], new: &[Rule]) -> Result<()> {
    let plain = |rules: &[Rule]| {
        let mut rules = rules.to_vec();
        rules.iter_mut().for_each(Rule::normalise);
        rules
    };
    let (old, new) = (plain(old), plain(new));
    let has = |rules: &[Rule], wanted: &Rule| rules.iter().any(|rule| rule.key() == wanted.key());
    let added = new.iter().filter(|rule| !has(&old, rule)).collect::<Vec<_>>();
    let gone = old.iter().filter(|rule| !has(&new, rule)).collect::<Vec<_>>();
    let described = new.iter().filter(|rule| has(&old, rule) && !old.contains(rule)).collect::<Vec<_>>();
    // New rules first, so that nobody who keeps a way in or out loses it for a moment.
    authorize(aws, id, side, &added).await?;
    revoke(aws, id, side, &gone).await?;
    describe_rules(aws, id, side, &described).await
}

async fn authorize(aws: &Aws, id: &str, side: Side, rules: &[&Rule]) -> Result<()> {
    if rules.is_empty() {
        return Ok(());
    }
    let permissions = Some(permissions(id, rules));
    match side {
        Side::Ingress => {
            let call = aws.ec2.authorize_security_group_ingress().group_id(id).set_ip_permissions(permissions);
            call.send().await.during("ec2.AuthorizeSecurityGroupIngress").map(|_| ())
        }
        Side::Egress => {
            let call = aws.ec2.authorize_security_group_egress().group_id(id).set_ip_permissions(permissions);
            call.send().await.during("ec2.AuthorizeSecurityGroupEgress").map(|_| ())
        }
    }
}

async fn revoke(aws: &Aws, id: &str, side: Side, rules: &[&Rule]) -> Result<()> {
    if rules.is_empty() {
        return Ok(());
    }
    let permissions = Some(permissions(id, rules));
    match side {
        Side::Ingress => {
            let call = aws.ec2.revoke_security_group_ingress().group_id(id).set_ip_permissions(permissions);
            call.send().await.during("ec2.RevokeSecurityGroupIngress").map(|_| ())
        }
        Side::Egress => {
            let call = aws.ec2.revoke_security_group_egress().group_id(id).set_ip_permissions(permissions);
            call.send().await.during("ec2.RevokeSecurityGroupEgress").map(|_| ())
        }
    }
}

async fn describe_rules(aws: &Aws, id: &str, side: Side, rules: &[&Rule]) -> Result<()> {
    if rules.is_empty() {
        return Ok(());
    }
    let permissions = Some(permissions(id, rules));
    match side {
        Side::Ingress => {
            let call = aws.ec2.update_security_group_rule_descriptions_ingress().group_id(id).set_ip_permissions(permissions);
            call.send().await.during("ec2.UpdateSecurityGroupRuleDescriptionsIngress").map(|_| ())
        }
        Side::Egress => {
            let call = aws.ec2.update_security_group_rule_descriptions_egress().group_id(id).set_ip_permissions(permissions);
            call.send().await.during("ec2.UpdateSecurityGroupRuleDescriptionsEgress").map(|_| ())
        }
    }
}
