//! KMS aliases: the caller's own, and the ones AWS reserves for its services.

use super::{ALIASES, KEYS, named, usable};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// The services whose alias exists in every account. A key stands behind it only once it has been used.
const RESERVED: &[&str] = &[
    "acm",
    "backup",
    "codecommit",
    "dynamodb",
    "ebs",
    "elasticache",
    "elasticfilesystem",
    "es",
    "fsx",
    "glue",
    "kinesis",
    "kinesisvideo",
    "lambda",
    "lightsail",
    "rds",
    "redshift",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "workspaces",
    "xray",
];

/// The service that an `alias/aws/…` name belongs to.
pub fn reserved(name: &str) -> Option<&'static str> {
    let service = name.strip_prefix("alias/aws/")?;
    RESERVED.iter().copied().find(|known| *known == service)
}

pub fn not_found(call: &Call<'_>, name: &str) -> Fault {
    Fault::new("NotFoundException", format!("Alias {} is not found.", call.arn("kms", name)))
}

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = call.text("AliasName").to_owned();
    check_name(&name)?;
    let target = usable(call, "TargetKeyId")?;
    if call.get(ALIASES, &name).is_some_and(|row| call.get(KEYS, row["TargetKeyId"].as_str().unwrap_or_default()).is_some()) {
        let message = format!("An alias with the name {} already exists", call.arn("kms", &name));
        return Err(Fault::new("AlreadyExistsException", message));
    }
    let (arn, now) = (call.arn("kms", &name), call.now());
    let row = json!({"AliasName": name, "AliasArn": arn, "TargetKeyId": target, "CreationDate": now, "LastUpdatedDate": now});
    call.put(ALIASES, &name, row);
    Ok(json!({}))
}

pub fn update(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = call.text("AliasName").to_owned();
    check_name(&name)?;
    named(call, "AliasName", true)?;
    let (target, now) = (usable(call, "TargetKeyId")?, call.now());
    if let Some(row) = call.get_mut(ALIASES, &name) {
        row["TargetKeyId"] = json!(target);
        row["LastUpdatedDate"] = json!(now);
    }
    Ok(json!({}))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = call.text("AliasName").to_owned();
    check_name(&name)?;
    named(call, "AliasName", true)?;
    call.remove(ALIASES, &name);
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Result<Value, Fault> {
    let wanted = match call.text("KeyId") {
        "" => None,
        _ => Some(named(call, "KeyId", false)?),
    };
    let unused = RESERVED.iter().filter(|service| call.get(ALIASES, &format!("alias/aws/{service}")).is_none());
    let mut aliases: Vec<Value> = unused
        .map(|service| json!({"AliasName": format!("alias/aws/{service}"), "AliasArn": call.arn("kms", &format!("alias/aws/{service}"))}))
        .collect();
    let live = call.all(ALIASES).into_iter().filter(|(_, row)| call.get(KEYS, row["TargetKeyId"].as_str().unwrap_or_default()).is_some());
    aliases.extend(live.map(|(_, row)| row.clone()));
    aliases.retain(|alias| wanted.as_ref().is_none_or(|id| alias["TargetKeyId"] == id.as_str()));
    aliases.sort_by_key(|alias| alias["AliasName"].as_str().map(String::from));
    Ok(json!({"Aliases": aliases, "Truncated": false}))
}

fn check_name(name: &str) -> Result<(), Fault> {
    if !name.starts_with("alias/") {
        return Err(Fault::new(
            "ValidationException",
            "Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms",
        ));
    }
    if name.starts_with("alias/aws/") {
        return Err(Fault::new("NotAuthorizedException", "Alias names that begin with alias/aws/ are reserved"));
    }
    Ok(())
}
