//! Makes, reads, changes and deletes `autoscaling.target` in AWS.

use crate::aws::{Again, Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::snapshot::{Live, State};
use crate::kinds::autoscaling::scalable_target::*;
use crate::kinds::spelling::{built, choice, number, word};
use aws_sdk_applicationautoscaling::types::{
    PolicyType, PredefinedMetricSpecification, ScalableDimension, ScalableTarget as AwsTarget, ScalingPolicy, ServiceNamespace,
    TargetTrackingScalingPolicyConfiguration,
};
use futures::future::try_join_all;
use std::collections::BTreeMap;

const NAMESPACE: ServiceNamespace = ServiceNamespace::Ecs;
const DIMENSION: ScalableDimension = ScalableDimension::EcsServiceDesiredCount;

impl Driver for ScalableTarget {
    const ABSENT: &'static [&'static str] = &["ObjectNotFoundException", "ResourceNotFoundException"];
    /// A service that was just made, and the role that scales it, are not known everywhere at once.
    const PASSING: &'static [&'static str] = &["ConcurrentUpdateException", "FailedResourceAccessException"];
    const AGAIN: Again<Spec> = Again::Overwritten(|new| new.spec.resource_id.clone());

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let (found, tagged) = tokio::try_join!(targets(aws, select), aws.tagged.all(aws))?;
        // The tagging API may not know targets, but it knows their services.
        let of_ours = |target: &AwsTarget| {
            let service = format!(":{}", target.resource_id);
            target.resource_id.split('/').any(|part| aws.looks_ours(part)) || tagged.keys().any(|arn| arn.ends_with(&service))
        };
        let mut claimed = try_join_all(found.into_iter().map(async |target| {
            let arn = target.scalable_target_arn.clone().unwrap_or_default();
            let likely = !arn.is_empty() && (select.ids().is_some() || of_ours(&target));
            let tags = aws.tagged.tags(aws, &arn, likely, || tags(aws, &arn)).await?;
            Ok::<_, Error>((target, tags, likely))
        }))
        .await?;
        // Others' targets of services of ours as well: AWS has one a service.
        claimed.retain(|(_, tags, likely)| *likely || aws.claim(tags).is_some());
        let ids = claimed.iter().map(|(target, ..)| target.resource_id.clone()).collect::<Vec<_>>();
        let policies = policies(aws, &ids).await?;
        claimed.into_iter().map(|(target, tags, _)| live(aws, target, &tags, &policies)).collect()
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let id = new.spec.resource_id.clone();
        let arn = register(aws, &id, &new.spec, Some(&new.tags)).await?;
        try_join_all(new.spec.policies.iter().map(|(name, policy)| put(aws, &id, name, policy))).await?;
        Ok(Made::new(&id, [("id", id.clone()), ("arn", arn)]))
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let (id, wanted, live) = (&change.live.id, &change.wanted, &change.live.spec);
        if change.changes("min_capacity") || change.changes("max_capacity") {
            register(aws, id, wanted, None).await?;
        }
        if change.changes("policies") {
            let removed = live.policies.keys().filter(|name| !wanted.policies.contains_key(*name));
            try_join_all(removed.map(|name| remove(aws, id, name))).await?;
            let changed = wanted.policies.iter().filter(|(name, policy)| live.policies.get(*name) != Some(policy));
            try_join_all(changed.map(|(name, policy)| put(aws, id, name, policy))).await?;
        }
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        // Its policies go with it.
        aws.autoscaling
            .deregister_scalable_target()
            .service_namespace(NAMESPACE)
            .resource_id(&live.id)
            .scalable_dimension(DIMENSION)
            .send()
            .await
            .during("application-autoscaling.DeregisterScalableTarget")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        if !tags.set.is_empty() {
            let set = Some(tags.set.clone().into_iter().collect());
            let call = aws.autoscaling.tag_resource().resource_arn(&live.arn).set_tags(set);
            call.send().await.during("application-autoscaling.TagResource")?;
        }
        if !tags.unset.is_empty() {
            let call = aws.autoscaling.untag_resource().resource_arn(&live.arn).set_tag_keys(Some(tags.unset.clone()));
            call.send().await.during("application-autoscaling.UntagResource")?;
        }
        Ok(())
    }
}

async fn targets(aws: &Aws, select: &Select) -> Result<Vec<AwsTarget>> {
    let mut call = aws.autoscaling.describe_scalable_targets().service_namespace(NAMESPACE);
    if let Some(ids) = select.ids() {
        call = call.set_resource_ids(Some(ids)).scalable_dimension(DIMENSION);
    }
    let mut found = Vec::new();
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        found.extend(page.during("application-autoscaling.DescribeScalableTargets")?.scalable_targets.unwrap_or_default());
    }
    found.retain(|target| target.scalable_dimension == DIMENSION);
    Ok(found)
}

/// All policies in one paged call, or those of one target.
async fn policies(aws: &Aws, ids: &[String]) -> Result<Vec<ScalingPolicy>> {
    let mut call = aws.autoscaling.describe_scaling_policies().service_namespace(NAMESPACE);
    match ids {
        [] => return Ok(Vec::new()),
        [one] => call = call.resource_id(one).scalable_dimension(DIMENSION),
        _ => {}
    }
    let mut found = Vec::new();
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        found.extend(page.during("application-autoscaling.DescribeScalingPolicies")?.scaling_policies.unwrap_or_default());
    }
    Ok(found)
}

async fn tags(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
    const CALL: &str = "application-autoscaling.ListTagsForResource";
    match aws.autoscaling.list_tags_for_resource().resource_arn(arn).send().await.during(CALL) {
        Ok(answer) => Ok(answer.tags.unwrap_or_default().into_iter().collect()),
        Err(error) if error.is(ScalableTarget::ABSENT) => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}

fn live(aws: &Aws, target: AwsTarget, tags: &BTreeMap<String, String>, policies: &[ScalingPolicy]) -> Result<Live<Spec>> {
    let id = target.resource_id;
    let arn = target.scalable_target_arn.unwrap_or_default();
    let own = policies.iter().filter(|policy| policy.resource_id == id && policy.scalable_dimension == DIMENSION);
    Ok(Live {
        name: String::new(),
        claim: aws.claim(tags),
        state: State::Ready,
        outputs: BTreeMap::from([("id".into(), id.clone()), ("arn".into(), arn.clone())]),
        spec: Spec {
            resource_id: id.clone(),
            min_capacity: number("application-autoscaling.DescribeScalableTargets", "MinCapacity", target.min_capacity)?,
            max_capacity: number("application-autoscaling.DescribeScalableTargets", "MaxCapacity", target.max_capacity)?,
            policies: own.map(|policy| Ok((policy.policy_name.clone(), from_policy(policy)?))).collect::<Result<_>>()?,
            tags: own_tags(tags),
        },
        id,
        arn,
    })
}

fn from_policy(policy: &ScalingPolicy) -> Result<Policy> {
    const CALL: &str = "application-autoscaling.DescribeScalingPolicies";
    let tracking = policy.target_tracking_scaling_policy_configuration.as_ref();
    let known = tracking.and_then(|tracking| Some((tracking, tracking.predefined_metric_specification.as_ref()?)));
    let Some((tracking, metric)) = known else {
        return Ok(Policy {
            metric: Metric::Other,
            target_value: 0.0,
            resource_label: None,
            scale_in_cooldown: 0,
            scale_out_cooldown: 0,
            disable_scale_in: false,
        });
    };
    Ok(Policy {
        metric: choice(CALL, metric.predefined_metric_type.as_str()).unwrap_or(Metric::Other),
        target_value: tracking.target_value,
        resource_label: metric.resource_label.clone(),
        // AWS waits five minutes for ECS where neither is set.
        scale_in_cooldown: tracking.scale_in_cooldown.map_or(Ok(300), |seconds| number(CALL, "ScaleInCooldown", seconds))?,
        scale_out_cooldown: tracking.scale_out_cooldown.map_or(Ok(300), |seconds| number(CALL, "ScaleOutCooldown", seconds))?,
        disable_scale_in: tracking.disable_scale_in.unwrap_or(false),
    })
}

async fn register(aws: &Aws, id: &str, spec: &Spec, tags: Option<&BTreeMap<String, String>>) -> Result<String> {
    const CALL: &str = "application-autoscaling.RegisterScalableTarget";
    let answer = aws
        .autoscaling
        .register_scalable_target()
        .service_namespace(NAMESPACE)
        .resource_id(id)
        .scalable_dimension(DIMENSION)
        .min_capacity(number(CALL, "min_capacity", spec.min_capacity)?)
        .max_capacity(number(CALL, "max_capacity", spec.max_capacity)?)
        .set_tags(tags.map(|tags| tags.clone().into_iter().collect()))
        .send()
        .await
        .during(CALL)?;
    Ok(answer.scalable_target_arn.unwrap_or_default())
}

async fn put(aws: &Aws, id: &str, name: &str, policy: &Policy) -> Result<()> {
    const CALL: &str = "application-autoscaling.PutScalingPolicy";
    let metric = PredefinedMetricSpecification::builder()
        .predefined_metric_type(word(&policy.metric).as_str().into())
        .set_resource_label(policy.resource_label.clone())
        .build();
    let tracking = TargetTrackingScalingPolicyConfiguration::builder()
        .target_value(policy.target_value)
        .predefined_metric_specification(built(CALL, metric)?)
        .scale_in_cooldown(number(CALL, "scale_in_cooldown", policy.scale_in_cooldown)?)
        .scale_out_cooldown(number(CALL, "scale_out_cooldown", policy.scale_out_cooldown)?)
        .disable_scale_in(policy.disable_scale_in)
        .build();
    aws.autoscaling
        .put_scaling_policy()
        .service_namespace(NAMESPACE)
        .resource_id(id)
        .scalable_dimension(DIMENSION)
        .policy_name(name)
        .policy_type(PolicyType::TargetTrackingScaling)
        .target_tracking_scaling_policy_configuration(built(CALL, tracking)?)
        .send()
        .await
        .during(CALL)?;
    Ok(())
}

async fn remove(aws: &Aws, id: &str, name: &str) -> Result<()> {
    let call = aws.autoscaling.delete_scaling_policy().service_namespace(NAMESPACE).resource_id(id).scalable_dimension(DIMENSION);
    match call.policy_name(name).send().await.during("application-autoscaling.DeleteScalingPolicy") {
        Err(error) if !error.is(ScalableTarget::ABSENT) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}
