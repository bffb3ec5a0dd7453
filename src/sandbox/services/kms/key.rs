//! KMS keys.

use super::{ALIASES, KEYS, named, resolve, usable};
use crate::services::iam::{is_unknown, statements as statements_of, strings};
use crate::services::members::are_plain_tags;
use crate::world::{Call, Fault, tags_from};
use serde_json::{Value, json};

const DAY: f64 = 86_400.0;

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let spec = match (call.text("KeySpec"), call.text("CustomerMasterKeySpec")) {
        ("", "") => "SYMMETRIC_DEFAULT",
        ("", spec) | (spec, "") => spec,
        _ => return Err(Fault::new("ValidationException", "You cannot specify KeySpec and CustomerMasterKeySpec in the same request.")),
    };
    let (usage, algorithms) = usage(spec, call.text("KeyUsage"))?;
    let tags = tags_from(call.input.get("Tags"));
    check_tags(&tags)?;
    let policy = match call.text("Policy") {
        "" => default_policy(call),
        policy => check_policy(call, policy)?,
    };
    let origin = if call.text("Origin").is_empty() { "AWS_KMS" } else { call.text("Origin") };
    let multi_region = call.input["MultiRegion"] == true;
    let (mut metadata, input) = (json!({"KeySpec": spec, "KeyUsage": usage, "Origin": origin, "MultiRegion": multi_region}), call.input);
    metadata["Description"] = json!(input["Description"].as_str().unwrap_or_default());
    metadata["_policy"] = json!(policy);
    if let Some((member, names)) = algorithms {
        metadata[member] = json!(names);
    }
    let id = add(call, metadata, if origin == "EXTERNAL" { "PendingImport" } else { "Enabled" }, multi_region);
    if !tags.is_empty() {
        let arn = call.arn("kms", &format!("key/{id}"));
        call.set_tags(&arn, tags);
    }
    Ok(json!({"KeyMetadata": call.get(KEYS, &id)}))
}

/// The ARN of the key that AWS manages for a service (`alias/aws/rds`), made when first asked for.
pub fn managed_key(call: &mut Call<'_>, service: &str) -> String {
    let alias = format!("alias/aws/{service}");
    if let Some(id) = call.get(ALIASES, &alias).and_then(|row| row["TargetKeyId"].as_str()) {
        return call.arn("kms", &format!("key/{id}"));
    }
    let metadata = json!({
        "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "Origin": "AWS_KMS",
        "MultiRegion": false, "KeyManager": "AWS", "_policy": default_policy(call), "_rotation": 365,
        "Description": format!("Default key that protects my {service} data when no other key is defined"),
    });
    let id = add(call, metadata, "Enabled", false);
    let (alias_arn, now) = (call.arn("kms", &alias), call.now());
    let row = json!({"AliasName": alias, "AliasArn": alias_arn, "TargetKeyId": id, "CreationDate": now, "LastUpdatedDate": now});
    call.put(ALIASES, &alias, row);
    call.arn("kms", &format!("key/{id}"))
}

/// The ARN of the enabled key that another service was told to use, by id, alias or ARN.
pub fn key_arn(call: &mut Call<'_>, name: &str) -> Option<String> {
    let id = resolve(call, name, true).ok()?;
    let key = call.get(KEYS, &id).filter(|key| key["KeyState"] == "Enabled")?;
    key["Arn"].as_str().map(String::from)
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = named(call, "KeyId", true)?;
    Ok(json!({"KeyMetadata": call.get(KEYS, &id)}))
}

pub fn list(call: &mut Call<'_>) -> Result<Value, Fault> {
    let keys: Vec<Value> = call.all(KEYS).into_iter().map(|(id, row)| json!({"KeyId": id, "KeyArn": row["Arn"]})).collect();
    Ok(json!({"Keys": keys, "Truncated": false}))
}

pub fn schedule_deletion(call: &mut Call<'_>) -> Result<Value, Fault> {
    let days = call.input["PendingWindowInDays"].as_i64().unwrap_or(30);
    if !(7..=30).contains(&days) {
        return Err(Fault::new("ValidationException", "PendingWindowInDays must be between 7 and 30 (inclusive)."));
    }
    let id = usable(call, "KeyId")?;
    customer_managed(call, &id)?;
    let date = call.now() + days as f64 * DAY;
    if let Some(key) = call.get_mut(KEYS, &id) {
        key["KeyState"] = json!("PendingDeletion");
        key["Enabled"] = json!(false);
        key["DeletionDate"] = json!(date);
    }
    call.remove_later(KEYS, &id, days as f64 * DAY);
    let arn = call.arn("kms", &format!("key/{id}"));
    Ok(json!({"KeyId": arn, "DeletionDate": date, "KeyState": "PendingDeletion", "PendingWindowInDays": days}))
}

pub fn cancel_deletion(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = named(call, "KeyId", false)?;
    let arn = call.arn("kms", &format!("key/{id}"));
    call.world.due.retain(|due| due.id != id);
    let Some(key) = call.get_mut(KEYS, &id).and_then(Value::as_object_mut).filter(|key| key["KeyState"] == "PendingDeletion") else {
        return Err(Fault::new("KMSInvalidStateException", format!("{arn} is not pending deletion.")));
    };
    key.remove("DeletionDate");
    key.insert("KeyState".into(), json!("Disabled"));
    Ok(json!({"KeyId": arn}))
}

pub fn enable_rotation(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = rotatable(call)?;
    let days = call.input["RotationPeriodInDays"].as_i64().unwrap_or(365);
    let next = call.now() + days as f64 * DAY;
    if let Some(key) = call.get_mut(KEYS, &id) {
        key["_rotation"] = json!(days);
        key["_next_rotation"] = json!(next);
    }
    Ok(json!({}))
}

pub fn disable_rotation(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = rotatable(call)?;
    if let Some(key) = call.get_mut(KEYS, &id).and_then(Value::as_object_mut) {
        key.remove("_rotation");
        key.remove("_next_rotation");
    }
    Ok(json!({}))
}

pub fn rotation_status(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = named(call, "KeyId", false)?;
    let key = call.get(KEYS, &id).unwrap_or(&Value::Null);
    let mut status = json!({"KeyId": id, "KeyRotationEnabled": key["_rotation"].is_i64()});
    if let Some(days) = key["_rotation"].as_i64() {
        status["RotationPeriodInDays"] = json!(days);
        status["NextRotationDate"] =
            json!(key["_next_rotation"].as_f64().unwrap_or(key["CreationDate"].as_f64().unwrap_or(0.0) + 365.0 * DAY));
    }
    Ok(status)
}

pub fn get_policy(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = named(call, "KeyId", false)?;
    check_policy_name(call)?;
    Ok(json!({"Policy": call.get(KEYS, &id).map(|key| &key["_policy"]), "PolicyName": "default"}))
}

pub fn put_policy(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = usable(call, "KeyId")?;
    check_policy_name(call)?;
    customer_managed(call, &id)?;
    let policy = check_policy(call, call.text("Policy"))?;
    if let Some(key) = call.get_mut(KEYS, &id) {
        key["_policy"] = json!(policy);
    }
    Ok(json!({}))
}

pub fn tag(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = usable(call, "KeyId")?;
    let tags = tags_from(call.input.get("Tags"));
    check_tags(&tags)?;
    customer_managed(call, &id)?;
    let arn = call.arn("kms", &format!("key/{id}"));
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn untag(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = usable(call, "KeyId")?;
    let arn = call.arn("kms", &format!("key/{id}"));
    call.unset_tags(&arn, &call.texts("TagKeys"));
    Ok(json!({}))
}

pub fn list_tags(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = named(call, "KeyId", false)?;
    let tags = call.tags(&call.arn("kms", &format!("key/{id}")));
    let tags: Vec<Value> = tags.iter().map(|(key, value)| json!({"TagKey": key, "TagValue": value})).collect();
    Ok(json!({"Tags": tags, "Truncated": false}))
}

/// Puts a key with its identity filled in, and gives its id.
fn add(call: &mut Call<'_>, mut metadata: Value, state: &str, multi_region: bool) -> String {
    let digits = call.hex(32);
    let id = match multi_region {
        true => format!("mrk-{digits}"),
        false => format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]),
    };
    let arn = call.arn("kms", &format!("key/{id}"));
    if multi_region {
        metadata["MultiRegionConfiguration"] =
            json!({"MultiRegionKeyType": "PRIMARY", "PrimaryKey": {"Arn": arn, "Region": call.region}, "ReplicaKeys": []});
    }
    if metadata["KeyManager"].is_null() {
        metadata["KeyManager"] = json!("CUSTOMER");
    }
    metadata["CustomerMasterKeySpec"] = metadata["KeySpec"].clone();
    metadata["AWSAccountId"] = json!(call.account());
    metadata["KeyId"] = json!(id);
    metadata["Arn"] = json!(arn);
    metadata["_arn"] = json!(arn);
    metadata["CreationDate"] = json!(call.now());
    metadata["KeyState"] = json!(state);
    metadata["Enabled"] = json!(state == "Enabled");
    call.put(KEYS, &id, metadata);
    id
}

/// The member of the metadata that lists algorithms, and the list.
type Algorithms = (&'static str, Vec<String>);

/// Returns the uses of a key of this spec, and their algorithms.
fn usage(spec: &str, usage: &str) -> Result<(String, Option<Algorithms>), Fault> {
    let usage = match (spec, usage) {
        ("SYMMETRIC_DEFAULT", "" | "ENCRYPT_DECRYPT") => "ENCRYPT_DECRYPT",
        ("SYMMETRIC_DEFAULT", other) => {
            return Err(Fault::new("ValidationException", format!("KeyUsage {other} is not compatible with KeySpec SYMMETRIC_DEFAULT")));
        }
        (_, "") => {
            return Err(Fault::new(
                "ValidationException",
                "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
            ));
        }
        (hmac, usage) if hmac.starts_with("HMAC") != (usage == "GENERATE_VERIFY_MAC") => {
            return Err(Fault::new("ValidationException", format!("KeyUsage {usage} is not compatible with KeySpec {hmac}")));
        }
        (_, usage) => usage,
    };
    let algorithms = match (spec, usage) {
        ("SYMMETRIC_DEFAULT", _) => Some(("EncryptionAlgorithms", vec!["SYMMETRIC_DEFAULT".into()])),
        (_, "ENCRYPT_DECRYPT") => Some(("EncryptionAlgorithms", vec!["RSAES_OAEP_SHA_1".into(), "RSAES_OAEP_SHA_256".into()])),
        (hmac, "GENERATE_VERIFY_MAC") => Some(("MacAlgorithms", vec![hmac.replace("HMAC_", "HMAC_SHA_")])),
        (rsa, "SIGN_VERIFY") if rsa.starts_with("RSA") => {
            let each = |kind: &str| [256, 384, 512].map(|bits| format!("RSASSA_{kind}_SHA_{bits}"));
            Some(("SigningAlgorithms", each("PKCS1_V1_5").into_iter().chain(each("PSS")).collect()))
        }
        ("ECC_NIST_P384", "SIGN_VERIFY") => Some(("SigningAlgorithms", vec!["ECDSA_SHA_384".into()])),
        ("ECC_NIST_P521", "SIGN_VERIFY") => Some(("SigningAlgorithms", vec!["ECDSA_SHA_512".into()])),
        (ecc, "SIGN_VERIFY") if ecc.starts_with("ECC_NIST") || ecc.starts_with("ECC_SECG") => {
            Some(("SigningAlgorithms", vec!["ECDSA_SHA_256".into()]))
        }
        (_, "KEY_AGREEMENT") => Some(("KeyAgreementAlgorithms", vec!["ECDH".into()])),
        _ => None,
    };
    Ok((usage.to_owned(), algorithms))
}

fn rotatable(call: &mut Call<'_>) -> Result<String, Fault> {
    let id = usable(call, "KeyId")?;
    customer_managed(call, &id)?;
    let key = call.get(KEYS, &id).unwrap_or(&Value::Null);
    if key["KeySpec"] != "SYMMETRIC_DEFAULT" || key["Origin"] != "AWS_KMS" {
        return Err(Fault::new("UnsupportedOperationException", "You cannot perform this operation on an asymmetric or imported key."));
    }
    if key["KeyState"] == "Disabled" {
        return Err(Fault::new("DisabledException", format!("{} is disabled.", key["Arn"].as_str().unwrap_or_default())));
    }
    Ok(id)
}

fn customer_managed(call: &Call<'_>, id: &str) -> Result<(), Fault> {
    match call.get(KEYS, id).is_some_and(|key| key["KeyManager"] == "AWS") {
        true => Err(Fault::new("AccessDeniedException", "This key is managed by AWS; its settings are not yours to change.")),
        false => Ok(()),
    }
}

fn check_policy_name(call: &Call<'_>) -> Result<(), Fault> {
    match call.text("PolicyName") {
        "" | "default" => Ok(()),
        other => Err(Fault::new("NotFoundException", format!("No such policy exists: {other}"))),
    }
}

fn check_policy(call: &Call<'_>, policy: &str) -> Result<String, Fault> {
    let parsed: Option<Value> = serde_json::from_str(policy).ok();
    let statements = parsed.as_ref().map(|policy| &policy["Statement"]);
    let malformed = |text: &str| Err(Fault::new("MalformedPolicyDocumentException", text));
    if !statements.is_some_and(|list| list.is_object() || list.as_array().is_some_and(|list| !list.is_empty())) {
        return malformed("The new key policy is not a valid policy document.");
    }
    let unknown = |statement: &&Value| strings(statement["Principal"].get("AWS")).iter().any(|name| is_unknown(call, name));
    match parsed.iter().flat_map(statements_of).any(|statement| unknown(&statement)) {
        true => malformed("Policy contains a statement with one or more invalid principals."),
        false => Ok(policy.to_owned()),
    }
}

fn check_tags(tags: &[(String, String)]) -> Result<(), Fault> {
    match tags.iter().find(|(key, _)| key.to_lowercase().starts_with("aws:")) {
        Some((key, _)) => Err(Fault::new("TagException", format!("Tag key {key} is reserved: keys may not begin with aws:"))),
        // <https://github.com/crossplane-contrib/provider-upjet-aws/issues/922>
        None if !are_plain_tags(tags) => Err(Fault::new("TagException", "Invalid tag: ")),
        None => Ok(()),
    }
}

fn default_policy(call: &Call<'_>) -> String {
    let root = format!("arn:aws:iam::{}:root", call.world.account);
    let statement =
        json!({"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"});
    json!({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]}).to_string()
}
