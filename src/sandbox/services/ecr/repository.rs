//! Repositories: settings, policy, tags, and the token that logs in to them.

use crate::services::iam::{Use, check};
use crate::services::members::{are_plain_tags, joined, pick, present, set, text};
use crate::world::{Call, Fault, tag_list, tags_from};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

const SHOWN: [&str; 9] = [
    "repositoryArn",
    "registryId",
    "repositoryName",
    "repositoryUri",
    "createdAt",
    "imageTagMutability",
    "imageTagMutabilityExclusionFilters",
    "imageScanningConfiguration",
    "encryptionConfiguration",
];

pub fn missing(call: &Call<'_>, name: &str) -> Fault {
    let registry = if call.text("registryId").is_empty() { &call.world.account } else { call.text("registryId") };
    Fault::new(
        "RepositoryNotFoundException",
        format!("The repository with name '{name}' does not exist in the registry with id '{registry}'"),
    )
}

pub fn invalid(member: &str, why: &str) -> Fault {
    Fault::new("InvalidParameterException", format!("Invalid parameter at '{member}' failed to satisfy constraint: '{why}'"))
}

/// The repository that the call names, in this account's registry.
pub fn wanted<'c>(call: &'c Call<'_>) -> Result<&'c Value, Fault> {
    let name = call.text("repositoryName");
    let here = call.text("registryId").is_empty() || call.text("registryId") == call.world.account;
    call.get("ecr.repository", name).filter(|_| here).ok_or_else(|| missing(call, name))
}

/// The same, to change.
pub fn changeable<'c>(call: &'c mut Call<'_>) -> Result<&'c mut Value, Fault> {
    wanted(call)?;
    let name = call.text("repositoryName").to_owned();
    let fault = missing(call, &name);
    call.get_mut("ecr.repository", &name).ok_or(fault)
}

/// The members that say which repository an answer is about.
pub fn named(call: &Call<'_>) -> Value {
    json!({"registryId": call.world.account, "repositoryName": call.text("repositoryName")})
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let (name, account) = (call.text("repositoryName").to_owned(), call.account());
    if call.get("ecr.repository", &name).is_some() {
        let message = format!("The repository with name '{name}' already exists in the registry with id '{account}'");
        return Err(Fault::new("RepositoryAlreadyExistsException", message));
    }
    let mutability = call.input.get("imageTagMutability").cloned().unwrap_or(json!("MUTABLE"));
    check_exclusions(call)?;
    let mut encryption = call.input.get("encryptionConfiguration").cloned().unwrap_or(json!({"encryptionType": "AES256"}));
    if text(&encryption, "encryptionType") != "AES256" && encryption.get("kmsKey").is_none() {
        let key = crate::services::members::uuid(call);
        set(&mut encryption, "kmsKey", call.arn("kms", &format!("key/{key}")).into());
    }
    let arn = call.arn("ecr", &format!("repository/{name}"));
    let scanning = call.input.get("imageScanningConfiguration").cloned().unwrap_or(json!({"scanOnPush": false}));
    let row = json!({
        "repositoryArn": arn, "_arn": arn, "registryId": account, "repositoryName": name, "createdAt": call.now(),
        "repositoryUri": format!("{account}.dkr.ecr.{}.amazonaws.com/{name}", call.region), "imageTagMutability": mutability,
        "imageTagMutabilityExclusionFilters": call.input.get("imageTagMutabilityExclusionFilters"), "imageScanningConfiguration": scanning, "encryptionConfiguration": encryption,
    });
    let row = present(row);
    call.put("ecr.repository", &name, row.clone());
    let tags = given_tags(call)?;
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"repository": pick(&row, &SHOWN)}))
}

fn check_exclusions(call: &Call<'_>) -> Result<(), Fault> {
    let excludes = call.text("imageTagMutability").ends_with("_WITH_EXCLUSION");
    if excludes != call.input.get("imageTagMutabilityExclusionFilters").is_some() {
        return Err(invalid(
            "imageTagMutabilityExclusionFilters",
            "Exclusion filters go with a tag mutability setting of IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION",
        ));
    }
    Ok(())
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let row = wanted(call)?.clone();
    let name = text(&row, "repositoryName").to_owned();
    let images: Vec<String> =
        call.all("ecr.image").into_iter().filter(|(_, image)| text(image, "repositoryName") == name).map(|(id, _)| id.clone()).collect();
    if !images.is_empty() && call.input.get("force").and_then(Value::as_bool) != Some(true) {
        let message = format!(
            "The repository with name '{name}' in registry with id '{}' cannot be deleted because it still contains images",
            call.world.account
        );
        return Err(Fault::new("RepositoryNotEmptyException", message));
    }
    for image in images {
        call.remove("ecr.image", &image);
    }
    call.remove("ecr.repository", &name);
    Ok(json!({"repository": pick(&row, &SHOWN)}))
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    let names = call.texts("repositoryNames");
    let here = call.text("registryId").is_empty() || call.text("registryId") == call.world.account;
    if let Some(unknown) = names.iter().find(|name| !here || call.get("ecr.repository", name).is_none()) {
        return Err(missing(call, unknown));
    }
    let rows = call.all("ecr.repository").into_iter().filter(|(name, _)| here && (names.is_empty() || names.contains(*name)));
    Ok(json!({"repositories": rows.map(|(_, row)| pick(row, &SHOWN)).collect::<Vec<_>>()}))
}

pub fn put_scanning(call: &mut Call<'_>) -> Answer {
    let scanning = joined(json!({"scanOnPush": false}), call.input.get("imageScanningConfiguration").cloned().unwrap_or(json!({})));
    set(changeable(call)?, "imageScanningConfiguration", scanning.clone());
    Ok(joined(named(call), json!({"imageScanningConfiguration": scanning})))
}

pub fn put_mutability(call: &mut Call<'_>) -> Answer {
    check_exclusions(call)?;
    let changes = pick(call.input, &["imageTagMutability", "imageTagMutabilityExclusionFilters"]);
    let row = changeable(call)?;
    if let Some(members) = row.as_object_mut() {
        members.remove("imageTagMutabilityExclusionFilters");
    }
    *row = joined(row.take(), changes.clone());
    Ok(joined(named(call), changes))
}

pub fn set_policy(call: &mut Call<'_>) -> Answer {
    wanted(call)?;
    let policy = call.text("policyText").to_owned();
    check(call, &policy, Use::Resource)
        .map_err(|fault| invalid("PolicyText", &format!("Invalid repository policy provided: {}", fault.message)))?;
    set(changeable(call)?, "_policy", policy.clone().into());
    Ok(joined(named(call), json!({"policyText": policy})))
}

pub fn get_policy(call: &mut Call<'_>) -> Answer {
    let row = wanted(call)?;
    let Some(policy) = row.get("_policy") else {
        let message = format!(
            "Repository policy does not exist for the repository with name '{}' in the registry with id '{}'",
            text(row, "repositoryName"),
            call.world.account
        );
        return Err(Fault::new("RepositoryPolicyNotFoundException", message));
    };
    Ok(joined(named(call), json!({"policyText": policy})))
}

pub fn delete_policy(call: &mut Call<'_>) -> Answer {
    let answer = get_policy(call)?;
    if let Some(row) = changeable(call)?.as_object_mut() {
        row.remove("_policy");
    }
    Ok(answer)
}

fn tagged(call: &Call<'_>) -> Result<String, Fault> {
    let arn = call.text("resourceArn");
    let name = arn.split_once(":repository/").map_or("", |(_, name)| name);
    call.get("ecr.repository", name).map(|_| arn.to_owned()).ok_or_else(|| missing(call, name))
}

/// The tags of a call, as ECR takes them. <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html>
fn given_tags(call: &Call<'_>) -> Result<Vec<(String, String)>, Fault> {
    let tags = tags_from(call.input.get("tags"));
    let message = "The tags may contain letters, digits, white space and _ . : / = + - @ only, in keys of 128 and values of 256 at most.";
    if are_plain_tags(&tags) { Ok(tags) } else { Err(Fault::new("InvalidTagParameterException", message)) }
}

pub fn tag(call: &mut Call<'_>) -> Answer {
    let (arn, tags) = (tagged(call)?, given_tags(call)?);
    let mut after = call.tags(&arn);
    after.extend(tags.clone());
    if after.len() > 50 {
        return Err(Fault::new("TooManyTagsException", "The number of tags exceeds the limit of 50"));
    }
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn untag(call: &mut Call<'_>) -> Answer {
    let (arn, keys) = (tagged(call)?, call.texts("tagKeys"));
    call.unset_tags(&arn, &keys);
    Ok(json!({}))
}

pub fn list_tags(call: &mut Call<'_>) -> Answer {
    Ok(json!({"tags": tag_list(&call.tags(&tagged(call)?))}))
}

pub fn authorize(call: &mut Call<'_>) -> Answer {
    let token = STANDARD.encode(format!("AWS:{}", call.hex(64)));
    let endpoint = format!("https://{}.dkr.ecr.{}.amazonaws.com", call.world.account, call.region);
    Ok(json!({"authorizationData": [{"authorizationToken": token, "expiresAt": call.now() + 12.0 * 3600.0, "proxyEndpoint": endpoint}]}))
}
