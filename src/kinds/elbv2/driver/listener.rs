//! Makes, reads, changes and deletes `elbv2.listener` in AWS.

use crate::aws::{Again, Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::kind::Kind;
use crate::core::snapshot::{Live, State};
use crate::kinds::batch::batch;
use crate::kinds::elbv2::action::Weight;
use crate::kinds::elbv2::listener::*;
use crate::kinds::elbv2::{Protocol, driver};
use aws_sdk_elasticloadbalancingv2::types::{self as sdk, Certificate};
use futures::future::try_join_all;
use std::collections::BTreeMap;

impl Driver for Listener {
    const ABSENT: &'static [&'static str] = &["ListenerNotFound"];
    const TAKEN: &'static [&'static str] = &["DuplicateListener"];
    const PASSING: &'static [&'static str] = &["ResourceInUse"];
    const AGAIN: Again<Spec> = Again::Answered;

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let found = match select.ids() {
            None => under_our_balancers(aws).await?,
            Some(arns) => batch(arns, Self::ABSENT, |arns| by_arn(aws, arns)).await?,
        };
        let arns = found.iter().filter_map(|listener| listener.listener_arn().map(String::from)).collect::<Vec<_>>();
        let tags = driver::tags(aws, select, &arns, |_| true).await?;
        // Others' listeners as well: AWS has one a port.
        found.into_iter().map(|listener| live(aws, listener, &tags)).collect()
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let mut spec = new.spec.clone();
        Self::normalise(&mut spec);
        let answer = aws
            .elbv2
            .create_listener()
            .load_balancer_arn(&spec.load_balancer_arn)
            .port(spec.port)
            .protocol(spec.protocol.sdk())
            .set_ssl_policy(spec.ssl_policy.clone())
            .set_certificates(certificates(&spec))
            .set_default_actions(Some(actions(&spec, &[])))
            .set_tags(Some(driver::tag_list(&new.tags)))
            .send()
            .await;
        let arn = match answer.during("elbv2.CreateListener") {
            // A repeat of a call whose answer was lost finds the listener that it made.
            Err(error) if error.is(Self::TAKEN) => match holder(aws, &spec).await? {
                Some(held) if held.claim.as_ref() == Some(&new.claim) => held.id,
                Some(_) | None => return Err(error),
            },
            answer => {
                let made = answer?.listeners.unwrap_or_default().into_iter().next().and_then(|listener| listener.listener_arn);
                made.ok_or_else(|| Error::missing("elbv2.CreateListener", "ListenerArn"))?
            }
        };
        Ok(Made::new(&arn, [("id", arn.clone()), ("arn", arn.clone())]))
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let (arn, mut wanted) = (&change.live.id, change.wanted.clone());
        Self::normalise(&mut wanted);
        let mut call = aws.elbv2.modify_listener().listener_arn(arn);
        if change.changes("port") {
            call = call.port(wanted.port);
        }
        // A protocol comes with what it needs.
        let protocol = change.changes("protocol");
        if protocol {
            call = call.protocol(wanted.protocol.sdk());
        }
        if protocol || change.changes("certificate_arn") {
            call = call.set_certificates(certificates(&wanted));
        }
        if protocol || change.changes("ssl_policy") {
            call = call.set_ssl_policy(wanted.ssl_policy.clone());
        }
        if change.changes("default_action") || change.changes("weights") {
            let live = match wanted.weights {
                Some(_) => Vec::new(),
                // A deployment may have shifted traffic since the plan was made.
                None => by_arn(aws, vec![arn.clone()])
                    .await?
                    .iter()
                    .filter_map(|one| driver::action::live(one.default_actions()).1)
                    .flatten()
                    .collect(),
            };
            call = call.set_default_actions(Some(actions(&wanted, &live)));
        }
        call.send().await.during("elbv2.ModifyListener")?;
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        aws.elbv2.delete_listener().listener_arn(&live.id).send().await.during("elbv2.DeleteListener")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.id, tags).await
    }
}

async fn by_arn(aws: &Aws, arns: Vec<String>) -> Result<Vec<sdk::Listener>> {
    let call = aws.elbv2.describe_listeners().set_listener_arns(Some(arns));
    Ok(call.send().await.during("elbv2.DescribeListeners")?.listeners.unwrap_or_default())
}

/// The listeners of every load balancer that may be ours; AWS lists them one load balancer at a time.
pub(crate) async fn under_our_balancers(aws: &Aws) -> Result<Vec<sdk::Listener>> {
    let found = try_join_all(driver::balancers(aws).await?.into_iter().map(|balancer| of_balancer(aws, balancer))).await?;
    Ok(found.into_iter().flatten().collect())
}

async fn of_balancer(aws: &Aws, balancer: String) -> Result<Vec<sdk::Listener>> {
    let mut pages = aws.elbv2.describe_listeners().load_balancer_arn(balancer).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        match page.during("elbv2.DescribeListeners") {
            Err(error) if error.is(&["LoadBalancerNotFound"]) => break,
            page => found.extend(page?.listeners.unwrap_or_default()),
        }
    }
    Ok(found)
}

// The listener that holds the wanted port.
async fn holder(aws: &Aws, wanted: &Spec) -> Result<Option<Live<Spec>>> {
    let listeners = of_balancer(aws, wanted.load_balancer_arn.clone()).await?;
    let held = listeners.into_iter().find(|listener| listener.port() == Some(wanted.port)).and_then(|listener| listener.listener_arn);
    let Some(arn) = held else { return Ok(None) };
    Ok(Listener::list(aws, &Select::Ids(vec![arn])).await?.into_iter().next())
}

fn live(aws: &Aws, listener: sdk::Listener, tags: &BTreeMap<String, BTreeMap<String, String>>) -> Result<Live<Spec>> {
    let arn = listener.listener_arn.unwrap_or_default();
    let tags = tags.get(&arn).cloned().unwrap_or_default();
    let (default_action, weights) = driver::action::live(listener.default_actions.as_deref().unwrap_or_default());
    let protocol = Protocol::live(listener.protocol, "elbv2.DescribeListeners", &arn)?;
    let first = listener.certificates.unwrap_or_default().into_iter().next();
    let spec = Spec {
        load_balancer_arn: listener.load_balancer_arn.unwrap_or_default(),
        port: listener.port.unwrap_or_default(),
        protocol,
        certificate_arn: first.and_then(|certificate| certificate.certificate_arn),
        ssl_policy: listener.ssl_policy.filter(|_| protocol.is_encrypted()),
        default_action,
        weights,
        initial_target_group_arn: None,
        tags: own_tags(&tags),
    };
    Ok(Live {
        id: arn.clone(),
        name: String::new(),
        claim: aws.claim(&tags),
        state: State::Ready,
        outputs: BTreeMap::from([("id".into(), arn.clone()), ("arn".into(), arn.clone())]),
        spec,
        arn,
    })
}

fn certificates(spec: &Spec) -> Option<Vec<Certificate>> {
    spec.certificate_arn.as_ref().map(|arn| vec![Certificate::builder().certificate_arn(arn).build()])
}

fn actions(spec: &Spec, live: &[Weight]) -> Vec<sdk::Action> {
    let arns = spec.default_action.target_group_arns();
    let split = driver::action::split(arns, spec.weights.as_deref(), spec.initial_target_group_arn.as_deref(), live);
    driver::action::sdk(&spec.default_action, split)
}
