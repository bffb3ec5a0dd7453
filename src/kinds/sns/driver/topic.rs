//! Makes, reads, changes and deletes `sns.topic` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update, principal};
use crate::core::iam_document;
use crate::core::identity::own_tags;
use crate::core::kind::Kind;
use crate::core::snapshot::{Live, State};
use crate::kinds::sns::topic::*;
use crate::kinds::spelling::{built, choice, word};
use aws_sdk_sns::types::{Subscription as AwsSubscription, Tag};
use futures::future::try_join_all;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

impl Driver for Topic {
    const ABSENT: &'static [&'static str] = &["NotFound", "NotFoundException"];
    const TAKEN: &'static [&'static str] = &["TopicExists"];
    const PASSING: &'static [&'static str] = &["ConcurrentAccess", "ConcurrentAccessException", principal::UNKNOWN];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let arns = match select {
            Select::Ids(ids) => ids.clone(),
            Select::Owned { names, .. } => candidates(aws, names).await?.into_iter().collect(),
        };
        Ok(try_join_all(arns.into_iter().map(|arn| read(aws, arn))).await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let spec = &new.spec;
        let full = if spec.fifo { format!("{}.fifo", new.name) } else { new.name.clone() };
        let arn = aws.scope.arn("sns", &full);
        let mut attributes = HashMap::new();
        if spec.fifo {
            attributes.insert("FifoTopic".to_owned(), "true".to_owned());
        }
        if !spec.display_name.is_empty() {
            attributes.insert("DisplayName".into(), spec.display_name.clone());
        }
        if let Some(key) = &spec.kms_key_id {
            attributes.insert("KmsMasterKeyId".into(), key.clone());
        }
        if let Some(policy) = &spec.policy {
            attributes.insert("Policy".into(), about(&arn, policy).to_string());
        }
        let call = aws.sns.create_topic().name(full).set_attributes(Some(attributes)).set_tags(Some(tag_list(&new.tags)?));
        let answer = call.send().await.during("sns.CreateTopic").map_err(exists)?;
        let arn = answer.topic_arn.ok_or_else(|| Error::missing("sns.CreateTopic", "TopicArn"))?;
        try_join_all(spec.subscriptions.iter().map(|subscription| subscribe(aws, &arn, subscription))).await?;
        Ok(Made::new(&arn, [("name", new.name.clone()), ("arn", arn.clone())]))
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let (arn, wanted) = (&change.live.id, &change.wanted);
        if change.changes("display_name") {
            set(aws, arn, "DisplayName", &wanted.display_name).await?;
        }
        if change.changes("kms_key_id") {
            set(aws, arn, "KmsMasterKeyId", wanted.kms_key_id.as_deref().unwrap_or_default()).await?;
        }
        if change.changes("policy") {
            let policy = wanted.policy.as_ref().map_or_else(|| own_account(aws, arn), |policy| about(arn, policy));
            set(aws, arn, "Policy", &policy.to_string()).await?;
        }
        if change.changes("subscriptions") {
            let live = subscriptions(aws, arn).await?;
            let known = live.iter().map(from_aws).collect::<Result<Vec<_>>>()?;
            let new = wanted.subscriptions.iter().filter(|one| !known.contains(&one.shown()));
            try_join_all(new.map(|one| subscribe(aws, arn, one))).await?;
            let kept = wanted.subscriptions.iter().map(Subscription::shown).collect::<Vec<_>>();
            let gone = live.iter().zip(&known).filter(|(_, one)| !kept.contains(&one.shown()));
            try_join_all(gone.map(|(live, _)| unsubscribe(aws, live))).await?;
        }
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        // Its subscriptions go with it.
        aws.sns.delete_topic().topic_arn(&live.id).send().await.during("sns.DeleteTopic")?;
        Ok(())
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        if !tags.set.is_empty() {
            let set = tag_list(&tags.set)?;
            aws.sns.tag_resource().resource_arn(&live.arn).set_tags(Some(set)).send().await.during("sns.TagResource")?;
        }
        if !tags.unset.is_empty() {
            let keys = Some(tags.unset.clone());
            aws.sns.untag_resource().resource_arn(&live.arn).set_tag_keys(keys).send().await.during("sns.UntagResource")?;
        }
        Ok(())
    }
}

/// Returns the ARNs that carry our tag; and where a wanted name is not among them, those that bear one of ours.
async fn candidates(aws: &Aws, names: &[String]) -> Result<BTreeSet<String>> {
    let mut arns = aws.tagged.arns(aws, Topic::ABOUT.arn).await?.into_iter().collect::<BTreeSet<_>>();
    let known = |name: &String| arns.iter().any(|arn| plain_name(arn) == name);
    if arns.is_empty() || !names.iter().all(known) {
        let mut pages = aws.sns.list_topics().into_paginator().send();
        while let Some(page) = pages.next().await {
            let found = page.during("sns.ListTopics")?.topics.unwrap_or_default().into_iter().filter_map(|topic| topic.topic_arn);
            arns.extend(found.filter(|arn| aws.looks_ours(plain_name(arn)) || names.iter().any(|name| name == plain_name(arn))));
        }
    }
    Ok(arns)
}

fn plain_name(arn: &str) -> &str {
    let name = arn.rsplit(':').next().unwrap_or(arn);
    name.strip_suffix(".fifo").unwrap_or(name)
}

/// Reads a topic and its subscriptions, which AWS answers one topic at a time.
async fn read(aws: &Aws, arn: String) -> Result<Option<Live<Spec>>> {
    let attributes = async {
        let answer = aws.sns.get_topic_attributes().topic_arn(&arn).send().await.during("sns.GetTopicAttributes")?;
        Ok(answer.attributes.unwrap_or_default())
    };
    let tags = aws.tagged.tags(aws, &arn, true, || tags(aws, &arn));
    let (attributes, subscriptions, tags) = match tokio::try_join!(attributes, subscriptions(aws, &arn), tags) {
        Ok(found) => found,
        Err(error) if error.is(Topic::ABSENT) => return Ok(None),
        Err(error) => return Err(error),
    };
    let text = |key: &str| attributes.get(key).filter(|text| !text.is_empty());
    let name = plain_name(&arn).to_owned();
    let spec = Spec {
        name: Some(name.clone()),
        display_name: text("DisplayName").cloned().unwrap_or_default(),
        fifo: text("FifoTopic").is_some_and(|text| text == "true"),
        kms_key_id: text("KmsMasterKeyId").cloned(),
        policy: text("Policy").map(|text| from_policy(aws, &arn, text)).transpose()?.flatten(),
        subscriptions: subscriptions.iter().map(from_aws).collect::<Result<_>>()?,
        tags: own_tags(&tags),
    };
    Ok(Some(Live {
        id: arn.clone(),
        claim: aws.claim(&tags),
        state: State::Ready,
        outputs: BTreeMap::from([("name".into(), name.clone()), ("arn".into(), arn.clone())]),
        spec,
        name,
        arn,
    }))
}

async fn tags(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
    let answer = aws.sns.list_tags_for_resource().resource_arn(arn).send().await;
    let answer =
        answer.during("sns.ListTagsForResource").map_err(|error| match error.is(&["ResourceNotFound", "ResourceNotFoundException"]) {
            true => Error { sense: Some("NotFound"), ..error },
            false => error,
        })?;
    Ok(answer.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect())
}

/// Returns the subscriptions of a topic as AWS has them. One that nobody has confirmed has no ARN yet.
pub(crate) async fn subscriptions(aws: &Aws, arn: &str) -> Result<Vec<AwsSubscription>> {
    let mut found = Vec::new();
    let mut pages = aws.sns.list_subscriptions_by_topic().topic_arn(arn).into_paginator().send();
    while let Some(page) = pages.next().await {
        found.extend(page.during("sns.ListSubscriptionsByTopic")?.subscriptions.unwrap_or_default());
    }
    // An unsubscribed endpoint stays listed for a while.
    found.retain(|one| one.subscription_arn.as_deref() != Some("Deleted"));
    Ok(found)
}

fn from_aws(subscription: &AwsSubscription) -> Result<Subscription> {
    let protocol = choice("sns.ListSubscriptionsByTopic", subscription.protocol.as_deref().unwrap_or_default())?;
    Ok(Subscription { protocol, endpoint: subscription.endpoint.clone().unwrap_or_default() })
}

async fn subscribe(aws: &Aws, topic: &str, subscription: &Subscription) -> Result<()> {
    let call = aws.sns.subscribe().topic_arn(topic).protocol(word(&subscription.protocol)).endpoint(&subscription.endpoint);
    call.send().await.during("sns.Subscribe").map_err(|error| error.without(subscription.password()))?;
    Ok(())
}

async fn unsubscribe(aws: &Aws, subscription: &AwsSubscription) -> Result<()> {
    // Until it is confirmed it has no ARN and cannot be removed; AWS drops it after two days.
    let Some(arn) = subscription.subscription_arn.as_deref().filter(|arn| arn.starts_with("arn:")) else { return Ok(()) };
    match aws.sns.unsubscribe().subscription_arn(arn).send().await.during("sns.Unsubscribe") {
        Err(error) if !error.is(Topic::ABSENT) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

async fn set(aws: &Aws, arn: &str, name: &str, value: &str) -> Result<()> {
    let call = aws.sns.set_topic_attributes().topic_arn(arn).attribute_name(name).attribute_value(value);
    call.send().await.during("sns.SetTopicAttributes")?;
    Ok(())
}

/// Returns the policy with the topic's ARN wherever a statement names no resource.
fn about(arn: &str, policy: &Value) -> Value {
    let mut policy = policy.clone();
    for statement in policy.get_mut("Statement").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(parts) = statement
            && !parts.contains_key("Resource")
            && !parts.contains_key("NotResource")
        {
            parts.insert("Resource".into(), arn.into());
        }
    }
    policy
}

/// Returns the policy as a spec has it: without the topic's own ARN; none at all if it is what AWS gives every topic.
fn from_policy(aws: &Aws, arn: &str, text: &str) -> Result<Option<Value>> {
    let mut document = serde_json::from_str::<Value>(text)
        .map_err(|error| Error::new("sns.GetTopicAttributes", "UnreadableAnswer", format!("the policy is not JSON: {error}")))?;
    iam_document::normalise(&mut document);
    if is_default(aws, arn, &document) {
        return Ok(None);
    }
    for statement in document.get_mut("Statement").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(parts) = statement
            && parts.get("Resource").and_then(Value::as_str) == Some(arn)
        {
            parts.remove("Resource");
        }
    }
    Ok(Some(document))
}

/// Returns the policy that AWS gives every topic: principals of the owner's account may do everything with it.
fn own_account(aws: &Aws, arn: &str) -> Value {
    let actions = [
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    ];
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": { "AWS": "*" },
            "Action": actions.map(|action| format!("SNS:{action}")),
            "Resource": arn,
            "Condition": { "StringEquals": { "AWS:SourceOwner": aws.scope.account } },
        }],
    })
}

// AWS has added actions over the years, so they are not compared; that only the own account gets them is.
fn is_default(aws: &Aws, arn: &str, document: &Value) -> bool {
    let mut wanted = own_account(aws, arn);
    iam_document::normalise(&mut wanted);
    let mut document = document.clone();
    for one in [&mut wanted, &mut document] {
        if let Some(parts) = one.pointer_mut("/Statement/0").and_then(Value::as_object_mut) {
            parts.remove("Action");
        }
    }
    document == wanted
}

fn exists(error: Error) -> Error {
    match error.is(&["InvalidParameter", "InvalidParameterException"]) && error.message.contains("already exists") {
        true => Error { sense: Some("TopicExists"), ..error },
        false => error,
    }
}

fn tag_list(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>> {
    tags.iter().map(|(key, value)| built("sns.TagResource", Tag::builder().key(key).value(value).build())).collect()
}
