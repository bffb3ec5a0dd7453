//! Makes, reads, changes and deletes `elbv2.listener_rule` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::own_tags;
use crate::core::kind::Kind;
use crate::core::snapshot::{Live, State};
use crate::kinds::batch::batch;
use crate::kinds::elbv2::action::{Action, Weight};
use crate::kinds::elbv2::driver;
use crate::kinds::elbv2::listener_rule::*;
use aws_sdk_elasticloadbalancingv2::types::{self as sdk, RulePriorityPair};
use futures::future::try_join_all;
use std::collections::BTreeMap;

impl Driver for ListenerRule {
    const ABSENT: &'static [&'static str] = &["RuleNotFound"];
    // The priority of a rule that is on its way to another one.
    const PASSING: &'static [&'static str] = &["PriorityInUse"];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let found = match select.ids() {
            None => {
                let mut arns = driver::listeners(aws).await?;
                if arns.is_empty() {
                    arns.extend(driver::listener::under_our_balancers(aws).await?.into_iter().filter_map(|listener| listener.listener_arn));
                }
                try_join_all(arns.into_iter().map(|listener| of_listener(aws, listener))).await?.into_iter().flatten().collect()
            }
            Some(arns) => batch(arns, Self::ABSENT, |arns| by_arn(aws, arns)).await?,
        };
        // The default rule is the listener's own default action.
        let found = found.into_iter().filter(|rule| rule.is_default != Some(true)).collect::<Vec<_>>();
        let arns = found.iter().filter_map(|rule| rule.rule_arn().map(String::from)).collect::<Vec<_>>();
        let tags = driver::tags(aws, select, &arns, |_| true).await?;
        // Others' rules as well: a listener has one a priority.
        Ok(found.into_iter().map(|rule| live(aws, rule, &tags)).collect())
    }

    /// Rules that change places do so in one call: one by one, each would wait for another's place.
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetRulePriorities.html>
    async fn foresee(aws: &Aws, changes: &[Update<Spec>]) {
        for change in changes.iter().filter(|change| change.changes("priority")) {
            aws.together.foresee(&change.live.spec.listener_arn, &change.live.id, change.wanted.priority).await;
        }
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let mut spec = new.spec.clone();
        Self::normalise(&mut spec);
        let answer = aws
            .elbv2
            .create_rule()
            .listener_arn(&spec.listener_arn)
            .priority(spec.priority)
            .set_conditions(Some(spec.conditions.iter().map(condition).collect()))
            .set_actions(Some(actions(&spec, &[])))
            .set_tags(Some(driver::tag_list(&new.tags)))
            .send()
            .await;
        let arn = match answer.during("elbv2.CreateRule") {
            // The API has no client token: a repeat of a call whose answer was lost finds the rule that it made.
            Err(error) if error.is(&["PriorityInUse"]) => match holder(aws, &spec, error).await? {
                (held, error) if held.claim.as_ref() != Some(&new.claim) => return Err(error),
                (held, _) => held.id,
            },
            answer => {
                let made = answer?.rules.unwrap_or_default().into_iter().next().and_then(|rule| rule.rule_arn);
                made.ok_or_else(|| Error::missing("elbv2.CreateRule", "RuleArn"))?
            }
        };
        Ok(Made::new(&arn, [("id", arn.clone()), ("arn", arn.clone())]))
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let (arn, mut wanted) = (&change.live.id, change.wanted.clone());
        Self::normalise(&mut wanted);
        if change.changes("priority") {
            let given = aws.together.give(&change.live.spec.listener_arn, (arn, wanted.priority), |places| prioritise(aws, places)).await;
            match given {
                Err(error) if error.is(Self::PASSING) => return Err(holder(aws, &wanted, error).await?.1),
                given => given?,
            }
        }
        let acts = change.changes("action") || change.changes("weights");
        if acts || change.changes("conditions") {
            let mut call = aws.elbv2.modify_rule().rule_arn(arn);
            if change.changes("conditions") {
                call = call.set_conditions(Some(wanted.conditions.iter().map(condition).collect()));
            }
            if acts {
                let live = match wanted.weights {
                    Some(_) => Vec::new(),
                    // A deployment may have shifted traffic since the plan was made.
                    None => by_arn(aws, vec![arn.clone()])
                        .await?
                        .iter()
                        .filter_map(|one| driver::action::live(one.actions()).1)
                        .flatten()
                        .collect(),
                };
                let rewritten = matches!(change.live.spec.action, Action::Other { .. });
                call = call.set_actions(Some(actions(&wanted, &live))).set_reset_transforms(rewritten.then_some(true));
            }
            call.send().await.during("elbv2.ModifyRule")?;
        }
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        aws.elbv2.delete_rule().rule_arn(&live.id).send().await.during("elbv2.DeleteRule")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.id, tags).await
    }
}

async fn by_arn(aws: &Aws, arns: Vec<String>) -> Result<Vec<sdk::Rule>> {
    Ok(aws.elbv2.describe_rules().set_rule_arns(Some(arns)).send().await.during("elbv2.DescribeRules")?.rules.unwrap_or_default())
}

async fn of_listener(aws: &Aws, listener: String) -> Result<Vec<sdk::Rule>> {
    let mut pages = aws.elbv2.describe_rules().listener_arn(listener).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        match page.during("elbv2.DescribeRules") {
            Err(error) if error.is(&["ListenerNotFound"]) => break,
            page => found.extend(page?.rules.unwrap_or_default()),
        }
    }
    Ok(found)
}

// Returns the rule that holds the wanted priority, if it is of this stack, and the error to answer if it stays there.
async fn holder(aws: &Aws, wanted: &Spec, error: Error) -> Result<(Live<Spec>, Error)> {
    let text = wanted.priority.to_string();
    let rules = of_listener(aws, wanted.listener_arn.clone()).await?;
    let Some(arn) = rules.into_iter().find(|rule| rule.priority() == Some(&text)).and_then(|rule| rule.rule_arn) else {
        return Err(error);
    };
    match ListenerRule::list(aws, &Select::Ids(vec![arn.clone()])).await?.into_iter().next() {
        Some(held) if held.claim.is_some() => Ok((held, error)),
        Some(_) => {
            let text = format!("priority {text} belongs to `{arn}`, which is not of this stack; choose another priority");
            Err(Error::new(error.operation, "ForeignPriority", text))
        }
        None => Err(error),
    }
}

async fn prioritise(aws: &Aws, rules: Vec<(String, i32)>) -> Result<()> {
    let pairs = rules.into_iter().map(|(arn, priority)| RulePriorityPair::builder().rule_arn(arn).priority(priority).build()).collect();
    aws.elbv2.set_rule_priorities().set_rule_priorities(Some(pairs)).send().await.during("elbv2.SetRulePriorities")?;
    Ok(())
}

fn live(aws: &Aws, rule: sdk::Rule, tags: &BTreeMap<String, BTreeMap<String, String>>) -> Live<Spec> {
    let arn = rule.rule_arn.unwrap_or_default();
    let tags = tags.get(&arn).cloned().unwrap_or_default();
    let (mut action, mut weights) = driver::action::live(rule.actions.as_deref().unwrap_or_default());
    let rewrites = rule.transforms.unwrap_or_default();
    if !rewrites.is_empty() {
        let names = rewrites.iter().filter_map(|transform| Some(transform.r#type()?.as_str().to_owned()));
        (action, weights) = (Action::Other { actions: names.collect() }, None);
    }
    let spec = Spec {
        listener_arn: listener_of(&arn),
        priority: rule.priority.and_then(|text| text.parse().ok()).unwrap_or_default(),
        conditions: rule.conditions.unwrap_or_default().into_iter().map(live_condition).collect(),
        action,
        weights,
        initial_target_group_arn: None,
        tags: own_tags(&tags),
    };
    Live {
        id: arn.clone(),
        name: String::new(),
        claim: aws.claim(&tags),
        state: State::Ready,
        outputs: BTreeMap::from([("id".into(), arn.clone()), ("arn".into(), arn.clone())]),
        spec,
        arn,
    }
}

// A rule's ARN is its listener's, with another noun and its own id.
fn listener_of(arn: &str) -> String {
    arn.rsplit_once('/').map_or(arn, |(listener, _)| listener).replacen(":listener-rule/", ":listener/", 1)
}

fn actions(spec: &Spec, live: &[Weight]) -> Vec<sdk::Action> {
    let arns = spec.action.target_group_arns();
    let split = driver::action::split(arns, spec.weights.as_deref(), spec.initial_target_group_arn.as_deref(), live);
    driver::action::sdk(&spec.action, split)
}

fn condition(condition: &Condition) -> sdk::RuleCondition {
    let builder = sdk::RuleCondition::builder().field(condition.field());
    match condition {
        Condition::PathPattern { values } => {
            let config = sdk::PathPatternConditionConfig::builder().set_values(Some(values.clone()));
            builder.path_pattern_config(config.build())
        }
        Condition::HostHeader { values } => {
            let config = sdk::HostHeaderConditionConfig::builder().set_values(Some(values.clone()));
            builder.host_header_config(config.build())
        }
        Condition::HttpHeader { name, values } => {
            let config = sdk::HttpHeaderConditionConfig::builder().http_header_name(name).set_values(Some(values.clone()));
            builder.http_header_config(config.build())
        }
        Condition::HttpRequestMethod { values } => {
            let config = sdk::HttpRequestMethodConditionConfig::builder().set_values(Some(values.clone()));
            builder.http_request_method_config(config.build())
        }
        Condition::QueryString { values } => {
            let pair = |query: &Query| sdk::QueryStringKeyValuePair::builder().set_key(query.key.clone()).value(&query.value).build();
            let config = sdk::QueryStringConditionConfig::builder().set_values(Some(values.iter().map(pair).collect()));
            builder.query_string_config(config.build())
        }
        Condition::SourceIp { values } => {
            let config = sdk::SourceIpConditionConfig::builder().set_values(Some(values.clone()));
            builder.source_ip_config(config.build())
        }
    }
    .build()
}

// Regular expressions are not ours to make; marked as such they are seen as a change.
fn live_condition(live: sdk::RuleCondition) -> Condition {
    let values = |plain: Option<Vec<String>>, regex: Option<Vec<String>>| {
        let plain = plain.or_else(|| live.values.clone()).unwrap_or_default();
        plain.into_iter().chain(regex.unwrap_or_default().into_iter().map(|text| format!("regex:{text}"))).collect()
    };
    match live.field.as_deref() {
        Some("host-header") => {
            let (plain, regex) = live.host_header_config.map(|config| (config.values, config.regex_values)).unwrap_or_default();
            Condition::HostHeader { values: values(plain, regex) }
        }
        Some("http-header") => {
            let config = live.http_header_config;
            let (name, plain, regex) =
                config.map(|config| (config.http_header_name, config.values, config.regex_values)).unwrap_or_default();
            Condition::HttpHeader { name: name.unwrap_or_default(), values: values(plain, regex) }
        }
        Some("http-request-method") => {
            Condition::HttpRequestMethod { values: values(live.http_request_method_config.and_then(|config| config.values), None) }
        }
        Some("query-string") => {
            let pairs = live.query_string_config.and_then(|config| config.values).unwrap_or_default();
            let query = |pair: sdk::QueryStringKeyValuePair| Query { key: pair.key, value: pair.value.unwrap_or_default() };
            Condition::QueryString { values: pairs.into_iter().map(query).collect() }
        }
        Some("source-ip") => Condition::SourceIp { values: values(live.source_ip_config.and_then(|config| config.values), None) },
        _ => {
            let (plain, regex) = live.path_pattern_config.map(|config| (config.values, config.regex_values)).unwrap_or_default();
            Condition::PathPattern { values: values(plain, regex) }
        }
    }
}
