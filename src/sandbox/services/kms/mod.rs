//! KMS: keys, their policies, rotation and tags, aliases, the keys that AWS manages for other services, and encrypting under them.

mod alias;
mod cipher;
mod key;

use super::Handler;
use crate::world::{Call, Fault};
use serde_json::Value;

pub use key::{key_arn, managed_key};

const KEYS: &str = "kms.key";
const ALIASES: &str = "kms.alias";

pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateKey" => key::create,
        "DescribeKey" => key::describe,
        "ListKeys" => key::list,
        "ScheduleKeyDeletion" => key::schedule_deletion,
        "CancelKeyDeletion" => key::cancel_deletion,
        "EnableKeyRotation" => key::enable_rotation,
        "DisableKeyRotation" => key::disable_rotation,
        "GetKeyRotationStatus" => key::rotation_status,
        "GetKeyPolicy" => key::get_policy,
        "PutKeyPolicy" => key::put_policy,
        "TagResource" => key::tag,
        "UntagResource" => key::untag,
        "ListResourceTags" => key::list_tags,
        "CreateAlias" => alias::create,
        "UpdateAlias" => alias::update,
        "DeleteAlias" => alias::delete,
        "ListAliases" => alias::list,
        "Encrypt" => cipher::encrypt,
        "Decrypt" => cipher::decrypt,
        "GenerateDataKey" => cipher::data_key,
        _ => return None,
    })
}

/// The key id that `KeyId` names: an id or a key ARN, and where `aliases` says so, an alias or its ARN too.
fn resolve(call: &mut Call<'_>, name: &str, aliases: bool) -> Result<String, Fault> {
    let prefix = call.arn("kms", "");
    let local = name.strip_prefix(&prefix).unwrap_or(name).to_owned();
    if local.starts_with("arn:") {
        let code = if local.contains(":key/") || local.contains(":alias/") { "NotFoundException" } else { "InvalidArnException" };
        return Err(Fault::new(code, format!("Invalid arn {name}")));
    }
    if local.starts_with("alias/") {
        if !aliases {
            return Err(Fault::new("NotFoundException", format!("Invalid keyId {name}")));
        }
        if let Some(service) = alias::reserved(&local) {
            return Ok(managed_key(call, service).rsplit('/').next().unwrap_or_default().to_owned());
        }
        let target = call.get(ALIASES, &local).and_then(|row| row["TargetKeyId"].as_str()).map(String::from);
        return target.filter(|id| call.get(KEYS, id).is_some()).ok_or_else(|| alias::not_found(call, &local));
    }
    let id = local.strip_prefix("key/").unwrap_or(&local).to_owned();
    if call.get(KEYS, &id).is_none() {
        return Err(Fault::new("NotFoundException", format!("Key '{}' does not exist", call.arn("kms", &format!("key/{id}")))));
    }
    Ok(id)
}

/// The key id that a member of the input names.
fn named(call: &mut Call<'_>, member: &str, aliases: bool) -> Result<String, Fault> {
    resolve(call, call.input[member].as_str().unwrap_or_default(), aliases)
}

/// Returns the same as `named`, for operations that a key awaiting deletion refuses.
fn usable(call: &mut Call<'_>, member: &str) -> Result<String, Fault> {
    let id = named(call, member, false)?;
    let key = call.get(KEYS, &id).unwrap_or(&Value::Null);
    if key["KeyState"] == "PendingDeletion" {
        return Err(Fault::new("KMSInvalidStateException", format!("{} is pending deletion.", key["Arn"].as_str().unwrap_or_default())));
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::testing::fitting;
    use crate::world::World;
    use serde_json::json;

    fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, String> {
        let mut call = Call::new(world, &input, "kms", operation, "us-east-1");
        let answer = handler(operation).unwrap()(&mut call).map_err(|fault| fault.code);
        answer.map(|answer| fitting("kms", operation, answer))
    }

    #[test]
    fn a_key_lives_and_is_scheduled_for_deletion() {
        let world = &mut World::new("123456789012", 1, 1_000);
        let made = call(world, "CreateKey", json!({"Description": "d", "Tags": [{"TagKey": "a", "TagValue": "b"}]})).unwrap();
        let id = made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
        let strange = json!({"KeyId": id, "Tags": [{"TagKey": "owner", "TagValue": "My & My Team"}]});
        assert_eq!(call(world, "TagResource", strange), Err("TagException".into()));
        call(world, "CreateAlias", json!({"AliasName": "alias/app", "TargetKeyId": id})).unwrap();
        assert_eq!(call(world, "CreateAlias", json!({"AliasName": "alias/app", "TargetKeyId": id})), Err("AlreadyExistsException".into()));
        assert_eq!(call(world, "DescribeKey", json!({"KeyId": "alias/app"})).unwrap()["KeyMetadata"]["KeyId"], json!(id));
        assert_eq!(call(world, "ListResourceTags", json!({"KeyId": id})).unwrap()["Tags"], json!([{"TagKey": "a", "TagValue": "b"}]));
        call(world, "EnableKeyRotation", json!({"KeyId": id})).unwrap();
        assert_eq!(call(world, "GetKeyRotationStatus", json!({"KeyId": id})).unwrap()["KeyRotationEnabled"], json!(true));
        call(world, "ScheduleKeyDeletion", json!({"KeyId": id, "PendingWindowInDays": 7})).unwrap();
        assert_eq!(call(world, "EnableKeyRotation", json!({"KeyId": id})), Err("KMSInvalidStateException".into()));
        call(world, "CancelKeyDeletion", json!({"KeyId": id})).unwrap();
        world.advance_to(8 * 86_400_000);
        assert_eq!(call(world, "DescribeKey", json!({"KeyId": id})).unwrap()["KeyMetadata"]["KeyState"], json!("Disabled"));
        call(world, "ScheduleKeyDeletion", json!({"KeyId": id})).unwrap();
        world.advance_to(39 * 86_400_000);
        assert_eq!(call(world, "DescribeKey", json!({"KeyId": id})), Err("NotFoundException".into()));
        assert_eq!(call(world, "DescribeKey", json!({"KeyId": "alias/app"})), Err("NotFoundException".into()));
    }

    #[test]
    fn an_aws_alias_makes_its_key_when_first_used() {
        let world = &mut World::new("123456789012", 1, 1_000);
        let listed = call(world, "ListAliases", json!({})).unwrap();
        assert!(listed["Aliases"].as_array().unwrap().iter().all(|alias| alias["TargetKeyId"].is_null()));
        let first = call(world, "DescribeKey", json!({"KeyId": "alias/aws/rds"})).unwrap();
        assert_eq!(first["KeyMetadata"]["KeyManager"], json!("AWS"));
        assert_eq!(call(world, "DescribeKey", json!({"KeyId": "alias/aws/rds"})).unwrap(), first);
        assert_eq!(
            call(world, "CreateAlias", json!({"AliasName": "alias/aws/mine", "TargetKeyId": "x"})),
            Err("NotAuthorizedException".into())
        );
    }
}
