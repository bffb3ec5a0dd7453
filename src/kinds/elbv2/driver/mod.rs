//! The drivers of Elastic Load Balancing, one file per kind; what they share: tags and candidates.

pub(crate) mod action;
pub(crate) mod listener;
pub(crate) mod listener_rule;
pub(crate) mod load_balancer;
pub(crate) mod target_group;

use crate::aws::{Aws, During, Error, Result, Retag, Select};
use crate::kinds::batch::batch;
use aws_sdk_elasticloadbalancingv2::types::{LoadBalancer, Tag};
use std::collections::{BTreeMap, BTreeSet};

type Tags = BTreeMap<String, String>;

/// The tags of some ARNs. For all of a stack the one tagging call knows them; what it does not know and may
/// be ours is asked for, twenty a call. For named ids all are asked for: they may be newer than that call.
pub(crate) async fn tags(aws: &Aws, select: &Select, arns: &[String], likely: impl Fn(&str) -> bool) -> Result<BTreeMap<String, Tags>> {
    let mut known = match select {
        Select::Ids(_) => BTreeMap::new(),
        Select::Owned { .. } => {
            let all = aws.tagged.all(aws).await?;
            arns.iter().filter_map(|arn| Some((arn.clone(), all.get(arn)?.clone()))).collect()
        }
    };
    let open = select.ids().is_some();
    let unknown = arns.iter().filter(|arn| !known.contains_key(*arn) && (open || likely(arn))).cloned().collect::<Vec<_>>();
    // One that has gone since it was listed makes the call for all twenty fail.
    const GONE: &[&str] = &["LoadBalancerNotFound", "TargetGroupNotFound", "ListenerNotFound", "RuleNotFound"];
    for (arn, tags) in batch(unknown, GONE, |some| describe_tags(aws, some)).await? {
        known.insert(arn, tags);
    }
    Ok(known)
}

async fn describe_tags(aws: &Aws, arns: Vec<String>) -> Result<Vec<(String, Tags)>> {
    let answer = aws.elbv2.describe_tags().set_resource_arns(Some(arns)).send().await.during("elbv2.DescribeTags")?;
    let plain = |tags: Option<Vec<Tag>>| {
        let pairs = tags.unwrap_or_default().into_iter().map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()));
        pairs.collect()
    };
    Ok(answer.tag_descriptions.unwrap_or_default().into_iter().map(|one| (one.resource_arn.unwrap_or_default(), plain(one.tags))).collect())
}

/// The last part of a load balancer's or target group's ARN, which CloudWatch knows it by.
pub(crate) fn arn_suffix(arn: &str) -> &str {
    let rest = arn.splitn(6, ':').last().unwrap_or_default();
    rest.strip_prefix("loadbalancer/").unwrap_or(rest)
}

pub(crate) async fn all_balancers(aws: &Aws) -> Result<Vec<LoadBalancer>> {
    Ok(aws.balancers.get(|| list_balancers(aws)).await?.to_vec())
}

async fn list_balancers(aws: &Aws) -> Result<Vec<LoadBalancer>> {
    let mut pages = aws.elbv2.describe_load_balancers().into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        found.extend(page.during("elbv2.DescribeLoadBalancers")?.load_balancers.unwrap_or_default());
    }
    Ok(found)
}

/// The load balancers under which listeners of this stack may be found: those that the tagging call names, or that
/// carry something it names. Where it names none yet, those with a name that we would give.
pub(crate) async fn balancers(aws: &Aws) -> Result<Vec<String>> {
    let known = aws.tagged.arns(aws, "elasticloadbalancing:").await?;
    let found = known.iter().filter_map(|arn| above(arn, "loadbalancer", 3)).collect::<BTreeSet<_>>();
    if !found.is_empty() {
        return Ok(found.into_iter().collect());
    }
    let ours = |balancer: &LoadBalancer| aws.looks_ours(balancer.load_balancer_name().unwrap_or_default());
    Ok(all_balancers(aws).await?.into_iter().filter(ours).filter_map(|balancer| balancer.load_balancer_arn).collect())
}

/// The listeners under which rules of this stack may be found, as far as the tagging call names them or their rules.
pub(crate) async fn listeners(aws: &Aws) -> Result<BTreeSet<String>> {
    let known = aws.tagged.arns(aws, "elasticloadbalancing:listener").await?;
    Ok(known.iter().filter_map(|arn| above(arn, "listener", 4)).collect())
}

// A rule's ARN begins with its listener's own parts, and that one's with its load balancer's: type, name, id.
fn above(arn: &str, noun: &str, length: usize) -> Option<String> {
    let (head, rest) = arn.rsplit_once(':')?;
    let (kind, path) = rest.split_once('/')?;
    let parts = path.split('/').collect::<Vec<_>>();
    let fits = ["loadbalancer", "listener", "listener-rule"].contains(&kind) && parts.len() >= length;
    fits.then(|| format!("{head}:{noun}/{}", parts[..length].join("/")))
}

pub(crate) async fn retag(aws: &Aws, arn: &str, tags: &Retag) -> Result<()> {
    if !tags.set.is_empty() {
        aws.elbv2.add_tags().resource_arns(arn).set_tags(Some(tag_list(&tags.set))).send().await.during("elbv2.AddTags")?;
    }
    if !tags.unset.is_empty() {
        let call = aws.elbv2.remove_tags().resource_arns(arn).set_tag_keys(Some(tags.unset.clone()));
        call.send().await.during("elbv2.RemoveTags")?;
    }
    Ok(())
}

pub(crate) fn tag_list(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

impl super::Protocol {
    pub(crate) fn sdk(self) -> aws_sdk_elasticloadbalancingv2::types::ProtocolEnum {
        self.as_str().into()
    }
    /// Returns our word for AWS's protocol; an error for those that no kind of ours makes.
    pub(crate) fn live(
        protocol: Option<aws_sdk_elasticloadbalancingv2::types::ProtocolEnum>,
        during: &'static str,
        arn: &str,
    ) -> Result<Self> {
        let text = protocol.as_ref().map(|protocol| protocol.as_str()).unwrap_or("none");
        Self::parse(text)
            .ok_or_else(|| Error::new(during, "UnsupportedProtocol", format!("`{arn}` speaks {text}, which Trueup does not manage")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_balancer_is_known_from_what_belongs_to_it() {
        let head = "arn:aws:elasticloadbalancing:us-east-1:123456789012";
        let of = |rest: &str, noun, length| above(&format!("{head}:{rest}"), noun, length);
        for rest in ["loadbalancer/app/web/0a", "listener/app/web/0a/1b", "listener-rule/app/web/0a/1b/2c"] {
            assert_eq!(of(rest, "loadbalancer", 3), Some(format!("{head}:loadbalancer/app/web/0a")));
        }
        assert_eq!(of("listener-rule/app/web/0a/1b/2c", "listener", 4), Some(format!("{head}:listener/app/web/0a/1b")));
        assert_eq!(of("loadbalancer/app/web/0a", "listener", 4), None);
        assert_eq!(of("targetgroup/web/0a", "loadbalancer", 3), None);
        assert_eq!(arn_suffix(&format!("{head}:loadbalancer/app/web/0a")), "app/web/0a");
        assert_eq!(arn_suffix(&format!("{head}:targetgroup/web/0a")), "targetgroup/web/0a");
    }
}
