//! Makes, reads, changes and deletes `secretsmanager.secret` in AWS.

use crate::aws::{Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update};
use crate::core::identity::{TAG_STACK, own_tags};
use crate::core::snapshot::{Live, State};
use crate::kinds::secretsmanager::secret::*;
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, SecretListEntry, Tag};
use futures::future::try_join_all;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The tag that keeps `recovery_window_in_days`: AWS asks for it only at the delete, when the file may say nothing of the
/// secret any more.
const RECOVERY_WINDOW: &str = "trueup:recovery-window";

/// The most values of a filter. Each is the beginning of a name.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html>
const VALUES: usize = 10;

impl Driver for Secret {
    const ABSENT: &'static [&'static str] = &["ResourceNotFoundException"];
    const TAKEN: &'static [&'static str] = &["ResourceExistsException"];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        match select {
            Select::Owned { names, .. } => {
                let filter = |key: FilterNameStringType, value: String| Filter::builder().key(key).values(value).build();
                let key = filter(FilterNameStringType::TagKey, TAG_STACK.to_owned());
                let mut found = listed(aws, vec![key, filter(FilterNameStringType::TagValue, aws.scope.owner())]).await?;
                // One in our way has no tag of ours.
                let known = |name: &&String| found.iter().any(|entry| entry.name() == Some(name));
                let missing = names.iter().filter(|name| !known(name)).cloned().collect::<Vec<_>>();
                let others = missing.chunks(VALUES).map(async |names| {
                    let filter = Filter::builder().key(FilterNameStringType::Name).set_values(Some(names.to_vec())).build();
                    listed(aws, vec![filter]).await
                });
                let others = try_join_all(others).await?.into_iter().flatten();
                found.extend(others.filter(|entry| entry.name().is_some_and(|name| missing.iter().any(|wanted| wanted == name))));
                Ok(found.into_iter().filter(|entry| entry.deleted_date.is_none()).map(|entry| live(aws, None, entry)).collect())
            }
            Select::Ids(ids) => {
                let found = try_join_all(ids.iter().map(|id| describe(aws, id))).await?.into_iter().zip(ids);
                Ok(found.filter_map(|(entry, id)| Some(live(aws, Some(id), entry.filter(|entry| entry.deleted_date.is_none())?))).collect())
            }
        }
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let mut tags = new.tags.clone();
        tags.extend(marks(&new.spec));
        let value = match &new.spec.generate {
            Some(generate) => Some(value(aws, generate).await?),
            None => None,
        };
        // With its value in the same call, so that no crash leaves a generated secret empty.
        let created = aws
            .secretsmanager
            .create_secret()
            .name(&new.name)
            .client_request_token(format!("{:0<32}", new.token))
            .set_description(Some(new.spec.description.clone()).filter(|text| !text.is_empty()))
            .set_kms_key_id(new.spec.kms_key_id.clone())
            .set_secret_string(value.clone())
            .set_tags(Some(tag_list(&tags)))
            .send()
            .await
            .during("secretsmanager.CreateSecret")
            .map_err(|error| error.without(value.as_deref().unwrap_or_default()));
        let arn = match created {
            Ok(answer) => answer.arn.ok_or_else(|| Error::missing("secretsmanager.CreateSecret", "ARN"))?,
            Err(error) if error.is(&["InvalidRequestException"]) && error.message.contains("deletion") => {
                restore(aws, new, &tags, error).await?
            }
            Err(error) => return Err(error),
        };
        Ok(Made { outputs: outputs(&arn, &new.name), id: arn })
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let Update { live, wanted, .. } = change;
        if change.changes("recovery_window_in_days") {
            retag(aws, &live.arn, &Retag { set: marks(wanted), ..Retag::default() }).await?;
        }
        if change.changes("description") || change.changes("kms_key_id") {
            aws.secretsmanager
                .update_secret()
                .secret_id(&live.arn)
                .set_description(change.changes("description").then(|| wanted.description.clone()))
                // An empty one is AWS's own key.
                .set_kms_key_id(change.changes("kms_key_id").then(|| wanted.kms_key_id.clone().unwrap_or_default()))
                .send()
                .await
                .during("secretsmanager.UpdateSecret")?;
        }
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        let call = aws.secretsmanager.delete_secret().secret_id(&live.arn);
        let days = live.spec.recovery_window_in_days;
        let call = if days == 0 { call.force_delete_without_recovery(true) } else { call.recovery_window_in_days(days) };
        match call.send().await.during("secretsmanager.DeleteSecret") {
            // It was deleted before, and waits out its recovery window.
            Err(error) if error.is(&["InvalidRequestException"]) && error.message.contains("deletion") => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        let mut tags = tags.clone();
        if tags.claim.is_some() {
            tags.set.extend(marks(&live.spec));
        }
        retag(aws, &live.arn, &tags).await
    }
}

fn marks(spec: &Spec) -> BTreeMap<String, String> {
    BTreeMap::from([(RECOVERY_WINDOW.to_owned(), spec.recovery_window_in_days.to_string())])
}

async fn listed(aws: &Aws, filters: Vec<Filter>) -> Result<Vec<SecretListEntry>> {
    let mut pages = aws.secretsmanager.list_secrets().set_filters(Some(filters)).into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        found.extend(page.during("secretsmanager.ListSecrets")?.secret_list.unwrap_or_default());
    }
    Ok(found)
}

/// `DescribeSecret` answers what `ListSecrets` does, in a type of its own. Neither answers values.
async fn describe(aws: &Aws, id: &str) -> Result<Option<SecretListEntry>> {
    match aws.secretsmanager.describe_secret().secret_id(id).send().await.during("secretsmanager.DescribeSecret") {
        Ok(answer) => Ok(Some(
            SecretListEntry::builder()
                .set_arn(answer.arn)
                .set_name(answer.name)
                .set_description(answer.description)
                .set_kms_key_id(answer.kms_key_id)
                .set_deleted_date(answer.deleted_date)
                .set_tags(answer.tags)
                .build(),
        )),
        Err(error) if error.is(Secret::ABSENT) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns a listed secret, known by its ARN, or by the `id` that an `[[adopt]]` entry gives.
fn live(aws: &Aws, id: Option<&String>, entry: SecretListEntry) -> Live<Spec> {
    let (arn, name) = (entry.arn.unwrap_or_default(), entry.name.unwrap_or_default());
    let tags = entry.tags.unwrap_or_default();
    let tags = tags.into_iter().map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())).collect::<BTreeMap<_, _>>();
    Live {
        id: id.unwrap_or(&arn).clone(),
        claim: aws.claim(&tags),
        state: State::Ready,
        outputs: outputs(&arn, &name),
        spec: Spec {
            name: Some(name.clone()),
            description: entry.description.unwrap_or_default(),
            kms_key_id: entry.kms_key_id,
            recovery_window_in_days: tags.get(RECOVERY_WINDOW).and_then(|days| days.parse().ok()).unwrap_or_else(month),
            generate: None,
            tags: own_tags(&tags),
        },
        name,
        arn,
    }
}

fn outputs(arn: &str, name: &str) -> BTreeMap<String, String> {
    [("id", arn), ("name", name), ("arn", arn)].map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

/// A value made up by AWS. It goes into the next call and nowhere else.
async fn value(aws: &Aws, generate: &Generate) -> Result<String> {
    let answer = aws
        .secretsmanager
        .get_random_password()
        .password_length(generate.password_length)
        .exclude_punctuation(generate.exclude_punctuation)
        .exclude_numbers(generate.exclude_numbers)
        .exclude_uppercase(generate.exclude_uppercase)
        .exclude_lowercase(generate.exclude_lowercase)
        .include_space(generate.include_space)
        .require_each_included_type(generate.require_each_included_type)
        .set_exclude_characters(Some(generate.exclude_characters.clone()).filter(|some| !some.is_empty()))
        .send()
        .await
        .during("secretsmanager.GetRandomPassword")?;
    let password = answer.random_password.ok_or_else(|| Error::missing("secretsmanager.GetRandomPassword", "RandomPassword"))?;
    let (Some(template), Some(key)) = (&generate.secret_string_template, &generate.generate_string_key) else { return Ok(password) };
    let mut object = serde_json::from_str::<Map<String, Value>>(template)
        .map_err(|_| Error::new("secretsmanager.CreateSecret", "InvalidTemplate", "the template is not a JSON object"))?;
    object.insert(key.clone(), Value::String(password));
    Ok(Value::Object(object).to_string())
}

/// A secret of this very node that was deleted and can still be restored: it comes back with its last value.
async fn restore(aws: &Aws, new: &Create<Spec>, tags: &BTreeMap<String, String>, refused: Error) -> Result<String> {
    let Some(entry) = describe(aws, &new.name).await? else { return Err(refused) };
    let before = live(aws, None, entry);
    if before.claim.is_none_or(|claim| claim.address != new.claim.address) {
        let message = format!("{}; it is not of this stack, so it is not restored: give this one another name", refused.message);
        return Err(Error { message, ..refused });
    }
    let call = aws.secretsmanager.restore_secret().secret_id(&before.arn);
    call.send().await.during("secretsmanager.RestoreSecret")?;
    let stale = before.spec.tags.keys().filter(|key| !tags.contains_key(*key)).cloned().collect();
    retag(aws, &before.arn, &Retag { set: tags.clone(), unset: stale, claim: None }).await?;
    let call = aws.secretsmanager.update_secret().secret_id(&before.arn).description(&new.spec.description);
    call.set_kms_key_id(new.spec.kms_key_id.clone()).send().await.during("secretsmanager.UpdateSecret")?;
    Ok(before.arn)
}

async fn retag(aws: &Aws, arn: &str, tags: &Retag) -> Result<()> {
    if !tags.set.is_empty() {
        let call = aws.secretsmanager.tag_resource().secret_id(arn).set_tags(Some(tag_list(&tags.set)));
        call.send().await.during("secretsmanager.TagResource")?;
    }
    if !tags.unset.is_empty() {
        let call = aws.secretsmanager.untag_resource().secret_id(arn).set_tag_keys(Some(tags.unset.clone()));
        call.send().await.during("secretsmanager.UntagResource")?;
    }
    Ok(())
}

fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}
