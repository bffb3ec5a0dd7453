//! Distributions.

use super::{DISTRIBUTIONS, INVALIDATIONS, check, check_match, default, fresh_id, invalidation, page, tag};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const DEPLOYING: f64 = 240.0;
/// Members that an update may not leave out, though a create may.
const NEEDED_BY_UPDATE: &[&str] = &[
    "Aliases",
    "CacheBehaviors",
    "CustomErrorResponses",
    "DefaultRootObject",
    "HttpVersion",
    "Logging",
    "PriceClass",
    "Restrictions",
    "ViewerCertificate",
    "WebACLId",
];

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    add(call, &call.input["DistributionConfig"], Vec::new())
}

pub fn create_with_tags(call: &mut Call<'_>) -> Result<Value, Fault> {
    let given = &call.input["DistributionConfigWithTags"];
    let tags = tag::given(&given["Tags"])?;
    add(call, &given["DistributionConfig"], tags)
}

pub fn get(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = find(call)?;
    Ok(answer(call, &id))
}

pub fn get_config(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = find(call)?;
    let row = call.get(DISTRIBUTIONS, &id).unwrap_or(&Value::Null);
    Ok(json!({"DistributionConfig": row["DistributionConfig"], "ETag": row["_etag"]}))
}

pub fn update(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = find(call)?;
    let row = call.get(DISTRIBUTIONS, &id).unwrap_or(&Value::Null);
    check_match(call, row)?;
    let given = &call.input["DistributionConfig"];
    if let Some(member) = NEEDED_BY_UPDATE.iter().find(|member| given.get(**member).is_none()) {
        return Err(Fault::new("IllegalUpdate", format!("{member} is required for updates.")));
    }
    let config = default::fill(given);
    if config["CallerReference"] != row["DistributionConfig"]["CallerReference"]
        || config["Staging"] != row["DistributionConfig"]["Staging"]
    {
        return Err(Fault::new("IllegalUpdate", "The CallerReference and Staging of a distribution cannot be changed."));
    }
    check::check(call, &config, &id)?;
    deploy(call, &id, config);
    Ok(answer(call, &id))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = find(call)?;
    let row = call.get(DISTRIBUTIONS, &id).unwrap_or(&Value::Null);
    check_match(call, row)?;
    // Disabled means that every edge knows it.
    if row["DistributionConfig"]["Enabled"] == true || row["Status"] != "Deployed" {
        return Err(Fault::new("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.").status(409));
    }
    let prefix = format!("{id}/");
    let invalidations: Vec<String> =
        call.all(INVALIDATIONS).into_iter().map(|(name, _)| name.clone()).filter(|name| name.starts_with(&prefix)).collect();
    for name in invalidations {
        call.remove(INVALIDATIONS, &name);
    }
    call.remove(DISTRIBUTIONS, &id);
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Result<Value, Fault> {
    let items = call.all(DISTRIBUTIONS).into_iter().map(|(_, row)| summary(row)).collect();
    Ok(json!({"DistributionList": page(items)}))
}

/// The distribution that `Id` names.
fn find(call: &Call<'_>) -> Result<String, Fault> {
    let id = call.text("Id");
    match call.get(DISTRIBUTIONS, id) {
        Some(_) => Ok(id.to_owned()),
        None => Err(Fault::new("NoSuchDistribution", "The specified distribution does not exist.").status(404)),
    }
}

/// A caller reference that was sent before is refused, whatever the configuration.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html>
fn add(call: &mut Call<'_>, given: &Value, tags: Vec<(String, String)>) -> Result<Value, Fault> {
    let config = default::fill(given);
    let same = |row: &Value| row["DistributionConfig"]["CallerReference"] == config["CallerReference"];
    if let Some((id, _)) = call.all(DISTRIBUTIONS).into_iter().find(|(_, row)| same(row)) {
        let message = format!(
            "The caller reference that you are using to create a distribution is associated with another distribution. Already exists: {id}"
        );
        return Err(Fault::new("DistributionAlreadyExists", message).status(409));
    }
    check::check(call, &config, "")?;
    let (id, host) = (fresh_id(call), call.hex(13));
    let arn = format!("arn:aws:cloudfront::{}:distribution/{id}", call.world.account);
    let none = json!({"Enabled": false, "Quantity": 0});
    let row = json!({
        "Id": id, "ARN": arn, "_arn": arn, "DomainName": format!("d{host}.cloudfront.net"), "ActiveTrustedSigners": none,
        "ActiveTrustedKeyGroups": none,
    });
    call.put(DISTRIBUTIONS, &id, row);
    deploy(call, &id, config);
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(located(answer(call, &id)))
}

/// Takes a configuration, which reaches the edges a while later.
fn deploy(call: &mut Call<'_>, id: &str, config: Value) {
    let (etag, now) = (fresh_id(call), call.now());
    call.world.due.retain(|due| due.id != id);
    if let Some(row) = call.get_mut(DISTRIBUTIONS, id) {
        row["DistributionConfig"] = config;
        row["Status"] = json!("InProgress");
        row["LastModifiedTime"] = json!(now);
        row["_etag"] = json!(etag);
    }
    call.later(DISTRIBUTIONS, id, DEPLOYING, json!({"Status": "Deployed"}));
}

fn answer(call: &Call<'_>, id: &str) -> Value {
    let mut row = call.get(DISTRIBUTIONS, id).cloned().unwrap_or_default();
    row["InProgressInvalidationBatches"] = json!(invalidation::in_progress(call, id));
    json!({"ETag": row["_etag"], "Distribution": row})
}

fn located(mut answer: Value) -> Value {
    let id = answer["Distribution"]["Id"].as_str().unwrap_or_default();
    answer["Location"] = json!(format!("https://cloudfront.amazonaws.com/2020-05-31/distribution/{id}"));
    answer
}

/// Makes the summary of a distribution that ListDistributions answers.
fn summary(row: &Value) -> Value {
    let config = &row["DistributionConfig"];
    let mut summary = json!({"ETag": row["_etag"]});
    for member in ["Id", "ARN", "Status", "LastModifiedTime", "DomainName"] {
        summary[member] = row[member].clone();
    }
    for member in [
        "Aliases",
        "CacheBehaviors",
        "Comment",
        "CustomErrorResponses",
        "DefaultCacheBehavior",
        "Enabled",
        "HttpVersion",
        "IsIPV6Enabled",
        "OriginGroups",
        "Origins",
        "PriceClass",
        "Restrictions",
        "Staging",
        "ViewerCertificate",
        "WebACLId",
    ] {
        summary[member] = config[member].clone();
    }
    summary
}
