//! Makes, reads, changes and deletes `iam.role` in AWS.

use crate::aws::{Aws, Class, Create, Driver, During, Error, Made, Result, Retag, Select, Update, principal};
use crate::core::address::Address;
use crate::core::identity::{Claim, Scope, TAG_RETAIN, TAG_STACK, TAG_USED, own_tags};
use crate::core::snapshot::{Live, State};
use crate::kinds::iam::role::*;
use crate::kinds::spelling::{built, number};
use aws_sdk_iam::types::{EntityType, Role as AwsRole, RoleDetail, Tag};
use futures::future::try_join_all;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const DETAILS: &str = "iam.GetAccountAuthorizationDetails";

impl Driver for Role {
    const ABSENT: &'static [&'static str] = &["NoSuchEntity"];
    const TAKEN: &'static [&'static str] = &["EntityAlreadyExists"];
    const PASSING: &'static [&'static str] =
        &["ConcurrentModification", "EntityTemporarilyUnmodifiable", "DeleteConflict", principal::UNKNOWN];

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let roles = match select {
            Select::Ids(ids) => by_name(aws, ids.iter()).await?,
            Select::Owned { names, .. } => {
                let mut found = Vec::new();
                let mut pages = aws.iam.list_roles().path_prefix(aws.scope.path()).into_paginator().send();
                while let Some(page) = pages.next().await {
                    found.extend(page.during("iam.ListRoles")?.roles);
                }
                // A role is unique by its name, whatever its path: one in our way, or adopted, stands elsewhere.
                let elsewhere = names.iter().filter(|name| !found.iter().any(|role| role.role_name == **name)).collect::<Vec<_>>();
                found.extend(by_name(aws, existing(aws, elsewhere).await?.into_iter()).await?);
                found
            }
        };
        // One role is read in four calls or so; for more of them a listing of all roles takes fewer.
        let mut known = if roles.len() > 1 { listed(aws, &roles).await? } else { BTreeMap::new() };
        let live = try_join_all(roles.into_iter().map(|role| {
            let details = known.remove(&role.role_name);
            read(aws, role, details)
        }));
        Ok(live.await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let spec = &new.spec;
        let answer = aws
            .iam
            .create_role()
            .path(aws.scope.path())
            .role_name(&new.name)
            .description(with_mark(&aws.scope, Some(&new.claim), &spec.description))
            .assume_role_policy_document(spec.assume_role_policy.to_string())
            .max_session_duration(number("iam.CreateRole", "max_session_duration", spec.max_session_duration)?)
            .set_tags(Some(tag_list(&new.tags)?))
            .send()
            .await
            .during("iam.CreateRole")?;
        try_join_all(spec.inline_policies.iter().map(|(policy, document)| put(aws, &new.name, policy, document))).await?;
        try_join_all(spec.managed_policy_arns.iter().map(|arn| attach(aws, &new.name, arn))).await?;
        let arn = answer.role.map(|role| role.arn).ok_or_else(|| Error::missing("iam.CreateRole", "Role"))?;
        Ok(Made::new(&new.name, [("name", new.name.clone()), ("arn", arn)]))
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let (name, wanted, live) = (&change.live.id, &change.wanted, &change.live.spec);
        if change.changes("description") || change.changes("max_session_duration") {
            describe(aws, name, change.live.claim.as_ref(), wanted).await?;
        }
        if change.changes("assume_role_policy") {
            let document = wanted.assume_role_policy.to_string();
            aws.iam
                .update_assume_role_policy()
                .role_name(name)
                .policy_document(document)
                .send()
                .await
                .during("iam.UpdateAssumeRolePolicy")?;
        }
        // Policies are added before others are taken away, so that nothing is briefly forbidden.
        let put_policies = wanted.inline_policies.iter().filter(|(policy, document)| live.inline_policies.get(*policy) != Some(document));
        let attached = wanted.managed_policy_arns.iter().filter(|arn| !live.managed_policy_arns.contains(arn));
        if change.changes("inline_policies") {
            try_join_all(put_policies.map(|(policy, document)| put(aws, name, policy, document))).await?;
        }
        if change.changes("managed_policy_arns") {
            try_join_all(attached.map(|arn| attach(aws, name, arn))).await?;
            let detached = live.managed_policy_arns.iter().filter(|arn| !wanted.managed_policy_arns.contains(arn));
            try_join_all(detached.map(|arn| detach(aws, name, arn))).await?;
        }
        if change.changes("inline_policies") {
            let removed = live.inline_policies.keys().filter(|policy| !wanted.inline_policies.contains_key(*policy));
            try_join_all(removed.map(|policy| remove(aws, name, policy))).await?;
        }
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        try_join_all(live.spec.managed_policy_arns.iter().map(|arn| detach(aws, &live.id, arn))).await?;
        try_join_all(live.spec.inline_policies.keys().map(|policy| remove(aws, &live.id, policy))).await?;
        aws.iam.delete_role().role_name(&live.id).send().await.during("iam.DeleteRole")?;
        Ok(())
    }

    /// The mark comes last: it is what the next run goes by, should this one end between the calls.
    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        if !tags.set.is_empty() {
            let set = tag_list(&tags.set)?;
            aws.iam.tag_role().role_name(&live.id).set_tags(Some(set)).send().await.during("iam.TagRole")?;
        }
        if !tags.unset.is_empty() {
            let keys = Some(tags.unset.clone());
            aws.iam.untag_role().role_name(&live.id).set_tag_keys(keys).send().await.during("iam.UntagRole")?;
        }
        if tags.claim.is_some() || tags.unset.iter().any(|key| key == TAG_STACK) {
            describe(aws, &live.id, tags.claim.as_ref(), &live.spec).await?;
        }
        Ok(())
    }
}

async fn by_name(aws: &Aws, names: impl Iterator<Item = &String>) -> Result<Vec<AwsRole>> {
    let found = try_join_all(names.map(async |name| match aws.iam.get_role().role_name(name).send().await.during("iam.GetRole") {
        Ok(answer) => Ok(answer.role),
        Err(error) if error.is(Role::ABSENT) => Ok(None),
        Err(error) => Err(error),
    }));
    Ok(found.await?.into_iter().flatten().collect())
}

/// The parts of a role that `ListRoles` leaves out.
struct Details {
    inline_policies: BTreeMap<String, Value>,
    managed_policy_arns: Vec<String>,
    tags: BTreeMap<String, String>,
}

/// Returns the policies and tags of some roles, out of the account's listing of all roles. It answers no description and cannot be asked
/// for a path, so it comes after `ListRoles` and may have to pass over hundreds of foreign roles: for no more than two
/// calls a role, which is the least that asking for each costs. Whoever it has not found by then is asked for alone.
async fn listed(aws: &Aws, roles: &[AwsRole]) -> Result<BTreeMap<String, Details>> {
    let wanted = roles.iter().map(|role| role.role_name.as_str()).collect();
    let (found, _) = search(aws, wanted, 2 * roles.len()).await?;
    found.into_iter().map(|role| Ok((role.role_name.clone().unwrap_or_default(), detailed(role)?))).collect()
}

/// Returns which of some names are those of roles, as far as a listing tells in fewer calls than asking for each.
async fn existing<'a>(aws: &Aws, names: Vec<&'a String>) -> Result<Vec<&'a String>> {
    if names.len() < 2 {
        return Ok(names);
    }
    let (found, whole) = search(aws, names.iter().map(|name| name.as_str()).collect(), names.len() - 1).await?;
    let found = |name: &str| found.iter().any(|role| role.role_name.as_deref() == Some(name));
    Ok(names.into_iter().filter(|name| !whole || found(name)).collect())
}

/// Looks for roles in the account's listing of all roles with their policies, a thousand a page, until all are found or
/// `most` pages are read; and whether that was the whole listing, as far as it matters. A caller without the right to
/// read the account finds none.
async fn search(aws: &Aws, mut wanted: BTreeSet<&str>, most: usize) -> Result<(Vec<RoleDetail>, bool)> {
    let mut pages = aws.iam.get_account_authorization_details().filter(EntityType::Role).max_items(1000).into_paginator().send();
    let mut found = Vec::new();
    for _ in 0..most {
        if wanted.is_empty() {
            return Ok((found, true));
        }
        let page = match pages.next().await.map(|page| page.during(DETAILS)) {
            Some(Ok(page)) => page,
            None => return Ok((found, true)),
            Some(Err(Error { class: Class::Denied, .. })) => return Ok((found, false)),
            Some(Err(error)) => return Err(error),
        };
        let more = page.is_truncated;
        let roles = page.role_detail_list.unwrap_or_default().into_iter();
        found.extend(roles.filter(|role| role.role_name.as_deref().is_some_and(|name| wanted.remove(name))));
        if !more {
            return Ok((found, true));
        }
    }
    Ok((found, wanted.is_empty()))
}

fn detailed(role: RoleDetail) -> Result<Details> {
    let inline = role.role_policy_list.unwrap_or_default().into_iter().map(|policy| {
        let text = policy.policy_document.unwrap_or_default();
        Ok((policy.policy_name.unwrap_or_default(), document(DETAILS, &text)?))
    });
    let attached = role.attached_managed_policies.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_arn);
    Ok(Details {
        inline_policies: inline.collect::<Result<_>>()?,
        managed_policy_arns: attached.collect(),
        tags: from_tags(role.tags.unwrap_or_default()),
    })
}

/// A role with all its policies and tags, asked for where they are not known. One that is deleted meanwhile is left out.
async fn read(aws: &Aws, role: AwsRole, details: Option<Details>) -> Result<Option<Live<Spec>>> {
    let name = role.role_name;
    let Details { inline_policies, managed_policy_arns, tags } = match details {
        Some(details) => details,
        None => match tokio::try_join!(inline(aws, &name), managed(aws, &name), tags(aws, &name, role.tags)) {
            Ok((inline_policies, managed_policy_arns, tags)) => Details { inline_policies, managed_policy_arns, tags },
            Err(error) if error.is(Role::ABSENT) => return Ok(None),
            Err(error) => return Err(error),
        },
    };
    let (claim, description) = without_mark(&aws.scope, role.description.as_deref().unwrap_or_default());
    // The mark has no place for it.
    let retain = tags.get(TAG_RETAIN).is_some_and(|retain| retain == "true");
    let used = tags.get(TAG_USED).and_then(|user| Address::parse(user).ok());
    let trust = role.assume_role_policy_document.unwrap_or_default();
    Ok(Some(Live {
        id: name.clone(),
        arn: role.arn.clone(),
        claim: claim.map(|claim| Claim { retain, used, ..claim }),
        state: State::Ready,
        outputs: BTreeMap::from([("name".into(), name.clone()), ("arn".into(), role.arn)]),
        spec: Spec {
            name: Some(name.clone()),
            description,
            assume_role_policy: document("iam.ListRoles", &trust)?,
            inline_policies,
            managed_policy_arns,
            max_session_duration: role
                .max_session_duration
                .map_or(Ok(3600), |seconds| number("iam.ListRoles", "MaxSessionDuration", seconds))?,
            tags: own_tags(&tags),
        },
        name,
    }))
}

async fn inline(aws: &Aws, role: &str) -> Result<BTreeMap<String, Value>> {
    let mut names = Vec::new();
    let mut pages = aws.iam.list_role_policies().role_name(role).into_paginator().send();
    while let Some(page) = pages.next().await {
        names.extend(page.during("iam.ListRolePolicies")?.policy_names);
    }
    let policies = try_join_all(names.into_iter().map(async |policy| {
        let answer = aws.iam.get_role_policy().role_name(role).policy_name(&policy).send().await.during("iam.GetRolePolicy")?;
        Ok::<_, Error>((policy, document("iam.GetRolePolicy", &answer.policy_document)?))
    }));
    Ok(policies.await?.into_iter().collect())
}

async fn managed(aws: &Aws, role: &str) -> Result<Vec<String>> {
    let mut arns = Vec::new();
    let mut pages = aws.iam.list_attached_role_policies().role_name(role).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.during("iam.ListAttachedRolePolicies")?;
        arns.extend(page.attached_policies.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_arn));
    }
    Ok(arns)
}

/// The tags of a role: `GetRole` answers them, `ListRoles` does not.
async fn tags(aws: &Aws, role: &str, known: Option<Vec<Tag>>) -> Result<BTreeMap<String, String>> {
    if let Some(tags) = known {
        return Ok(from_tags(tags));
    }
    let mut tags = Vec::new();
    let mut pages = aws.iam.list_role_tags().role_name(role).into_paginator().send();
    while let Some(page) = pages.next().await {
        tags.extend(page.during("iam.ListRoleTags")?.tags);
    }
    Ok(from_tags(tags))
}

fn from_tags(tags: Vec<Tag>) -> BTreeMap<String, String> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

// IAM answers documents URL-encoded.
fn document(operation: &'static str, text: &str) -> Result<Value> {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    serde_json::from_str(&decoded).map_err(|error| Error::new(operation, "UnreadableAnswer", format!("a policy is not JSON: {error}")))
}

/// Sets description and session length: IAM resets to an hour what is not sent.
async fn describe(aws: &Aws, name: &str, claim: Option<&Claim>, spec: &Spec) -> Result<()> {
    aws.iam
        .update_role()
        .role_name(name)
        .description(with_mark(&aws.scope, claim, &spec.description))
        .max_session_duration(number("iam.UpdateRole", "max_session_duration", spec.max_session_duration)?)
        .send()
        .await
        .during("iam.UpdateRole")?;
    Ok(())
}

async fn put(aws: &Aws, role: &str, policy: &str, document: &Value) -> Result<()> {
    let document = document.to_string();
    aws.iam.put_role_policy().role_name(role).policy_name(policy).policy_document(document).send().await.during("iam.PutRolePolicy")?;
    Ok(())
}

async fn remove(aws: &Aws, role: &str, policy: &str) -> Result<()> {
    absent_is_done(aws.iam.delete_role_policy().role_name(role).policy_name(policy).send().await.during("iam.DeleteRolePolicy"))
}

async fn attach(aws: &Aws, role: &str, arn: &str) -> Result<()> {
    aws.iam.attach_role_policy().role_name(role).policy_arn(arn).send().await.during("iam.AttachRolePolicy")?;
    Ok(())
}

async fn detach(aws: &Aws, role: &str, arn: &str) -> Result<()> {
    absent_is_done(aws.iam.detach_role_policy().role_name(role).policy_arn(arn).send().await.during("iam.DetachRolePolicy"))
}

fn absent_is_done<T>(answer: Result<T>) -> Result<()> {
    match answer {
        Err(error) if !error.is(Role::ABSENT) => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn tag_list(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>> {
    tags.iter().map(|(key, value)| built("iam.TagRole", Tag::builder().key(key).value(value).build())).collect()
}

/// IAM lists roles without their tags, so the proof of ownership stands in the description:
/// `trueup web/prod service.api.role g1k2 What people read`.
fn with_mark(scope: &Scope, claim: Option<&Claim>, description: &str) -> String {
    match claim {
        Some(claim) => format!("trueup {} {} {} {description}", scope.owner(), claim.address, claim.generation).trim_end().to_owned(),
        None => description.to_owned(),
    }
}

fn without_mark(scope: &Scope, text: &str) -> (Option<Claim>, String) {
    let mut words = text.splitn(5, ' ');
    let claim = match (words.next(), words.next(), words.next(), words.next()) {
        (Some("trueup"), Some(owner), Some(address), Some(generation)) if owner == scope.owner() => {
            Address::parse(address).ok().map(|address| Claim::new(address, generation))
        }
        _ => None,
    };
    match claim {
        Some(claim) => (Some(claim), words.next().unwrap_or_default().to_owned()),
        None => (None, text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_reads_back_and_is_ours_alone() {
        let scope = |stack: &str, env: &str| Scope { stack: stack.into(), env: env.into(), account: String::new(), region: String::new() };
        let claim = Claim::new(Address::parse("service.api.role").unwrap(), "g1");
        for text in ["", "What the API may do"] {
            let marked = with_mark(&scope("web", "prod-eu"), Some(&claim), text);
            assert_eq!(without_mark(&scope("web", "prod-eu"), &marked), (Some(claim.clone()), text.to_owned()));
            assert_eq!(without_mark(&scope("web-prod", "eu"), &marked), (None, marked));
        }
        assert_eq!(without_mark(&scope("a", "b"), "trueup is nice"), (None, "trueup is nice".to_owned()));
    }
}
