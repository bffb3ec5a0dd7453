//! Secrets Manager: secrets with their versions, the recovery window of deleted ones, and random passwords.

mod filter;
mod managed;
mod password;
mod resource_policy;
mod secret;
mod version;

use super::Handler;
use crate::world::{Call, Fault};
use serde_json::Value;

pub use managed::{create_managed, delete_managed_later, keep_owned, rotate_managed, update_owned};

/// Secrets by name. Private members: `_versions` (by id: value, stages, date), `_policy`.
const SECRETS: &str = "secretsmanager.secret";

pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateSecret" => secret::create,
        "DescribeSecret" => secret::describe,
        "UpdateSecret" => secret::update,
        "DeleteSecret" => secret::delete,
        "RestoreSecret" => secret::restore,
        "ListSecrets" => filter::list,
        "RotateSecret" => secret::rotate,
        "GetResourcePolicy" => resource_policy::get,
        "PutResourcePolicy" => resource_policy::put,
        "DeleteResourcePolicy" => resource_policy::delete,
        "ValidateResourcePolicy" => resource_policy::validate,
        "TagResource" => secret::tag,
        "UntagResource" => secret::untag,
        "GetSecretValue" => version::get,
        "UpdateSecretVersionStage" => version::move_stage,
        "PutSecretValue" => version::put,
        "ListSecretVersionIds" => version::list,
        "GetRandomPassword" => password::random,
        _ => return None,
    })
}

/// The name of the secret that `SecretId` means: a name, an ARN, or an ARN without its six random characters.
fn resolve(call: &Call<'_>) -> Result<String, Fault> {
    let id = call.text("SecretId");
    let found = match id.starts_with("arn:") {
        false => call.get(SECRETS, id).is_some().then(|| id.to_owned()),
        true => call.all(SECRETS).into_iter().find_map(|(name, row)| {
            let arn = row["ARN"].as_str().unwrap_or_default();
            (arn == id || arn.rsplit_once('-').is_some_and(|(stem, _)| stem == id)).then(|| name.clone())
        }),
    };
    found.ok_or_else(|| Fault::new("ResourceNotFoundException", "Secrets Manager can't find the specified secret."))
}

/// Returns the same as `resolve`, and refuses a secret that waits for its deletion.
fn usable(call: &Call<'_>) -> Result<String, Fault> {
    let name = resolve(call)?;
    match call.get(SECRETS, &name).is_some_and(|row| !row["DeletedDate"].is_null()) {
        true => Err(invalid("You can't perform this operation on the secret because it was marked for deletion.")),
        false => Ok(name),
    }
}

fn invalid(message: &str) -> Fault {
    Fault::new("InvalidRequestException", message)
}

/// A secret's ARN and name, which every answer begins with.
fn identity(call: &Call<'_>, name: &str) -> Value {
    serde_json::json!({"ARN": call.get(SECRETS, name).map(|row| &row["ARN"]), "Name": name})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::testing::fitting;
    use crate::world::World;
    use serde_json::json;

    fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, String> {
        let mut call = Call::new(world, &input, "secretsmanager", operation, "us-east-1");
        let answer = handler(operation).unwrap()(&mut call).map_err(|fault| fault.code);
        answer.map(|answer| fitting("secretsmanager", operation, answer))
    }

    #[test]
    fn versions_move_their_stages() {
        let world = &mut World::new("123456789012", 1, 0);
        let made = call(world, "CreateSecret", json!({"Name": "app/db", "SecretString": "one"})).unwrap();
        let put = call(world, "PutSecretValue", json!({"SecretId": made["ARN"], "SecretString": "two"})).unwrap();
        assert_eq!(put["VersionStages"], json!(["AWSCURRENT"]));
        assert_eq!(call(world, "GetSecretValue", json!({"SecretId": "app/db"})).unwrap()["SecretString"], json!("two"));
        let previous = call(world, "GetSecretValue", json!({"SecretId": "app/db", "VersionStage": "AWSPREVIOUS"})).unwrap();
        assert_eq!((previous["SecretString"].clone(), &previous["VersionId"]), (json!("one"), &made["VersionId"]));
        let described = call(world, "DescribeSecret", json!({"SecretId": "app/db"})).unwrap();
        assert_eq!(described["VersionIdsToStages"].as_object().unwrap().len(), 2);
    }

    #[test]
    fn a_deleted_name_stays_taken_until_its_window_is_over() {
        let world = &mut World::new("123456789012", 1, 0);
        let first = call(world, "CreateSecret", json!({"Name": "s", "SecretString": "x", "Tags": [{"Key": "k", "Value": "v"}]})).unwrap();
        assert_eq!(call(world, "CreateSecret", json!({"Name": "s", "SecretString": "y"})), Err("ResourceExistsException".into()));
        call(world, "DeleteSecret", json!({"SecretId": "s", "RecoveryWindowInDays": 7})).unwrap();
        assert_eq!(call(world, "CreateSecret", json!({"Name": "s"})), Err("InvalidRequestException".into()));
        assert_eq!(call(world, "GetSecretValue", json!({"SecretId": "s"})), Err("InvalidRequestException".into()));
        assert_eq!(call(world, "ListSecrets", json!({})).unwrap()["SecretList"], json!([]));
        assert_eq!(call(world, "ListSecrets", json!({"IncludePlannedDeletion": true})).unwrap()["SecretList"].as_array().unwrap().len(), 1);
        call(world, "RestoreSecret", json!({"SecretId": "s"})).unwrap();
        world.advance_to(8 * 86_400_000);
        call(world, "DescribeSecret", json!({"SecretId": "s"})).unwrap();
        call(world, "DeleteSecret", json!({"SecretId": "s", "RecoveryWindowInDays": 7})).unwrap();
        world.advance_to(16 * 86_400_000);
        assert_eq!(call(world, "DescribeSecret", json!({"SecretId": "s"})), Err("ResourceNotFoundException".into()));
        assert_ne!(call(world, "CreateSecret", json!({"Name": "s"})).unwrap()["ARN"], first["ARN"]);
        assert!(world.tags.is_empty());
    }

    #[test]
    fn a_repeated_create_with_the_same_token_is_the_same_secret() {
        let world = &mut World::new("123456789012", 1, 0);
        let input = json!({"Name": "s", "SecretString": "x", "ClientRequestToken": "0123456789abcdef0123456789abcdef"});
        let first = call(world, "CreateSecret", input.clone()).unwrap();
        assert_eq!(call(world, "CreateSecret", input).unwrap(), first);
    }

    #[test]
    fn lists_are_filtered() {
        let world = &mut World::new("123456789012", 1, 0);
        call(world, "CreateSecret", json!({"Name": "app/db", "Tags": [{"Key": "proj", "Value": "demo"}]})).unwrap();
        call(world, "CreateSecret", json!({"Name": "web/db", "Description": "the web's"})).unwrap();
        let mut names = |filters: Value| -> Vec<Value> {
            let list = call(world, "ListSecrets", json!({"Filters": filters, "SortBy": "name", "SortOrder": "asc"})).unwrap();
            list["SecretList"].as_array().unwrap().iter().map(|secret| secret["Name"].clone()).collect()
        };
        assert_eq!(names(json!([{"Key": "name", "Values": ["app/"]}])), vec![json!("app/db")]);
        assert_eq!(names(json!([{"Key": "name", "Values": ["!app/"]}])), vec![json!("web/db")]);
        assert_eq!(names(json!([{"Key": "tag-key", "Values": ["proj"]}, {"Key": "tag-value", "Values": ["demo"]}])), vec![json!("app/db")]);
        assert_eq!(names(json!([{"Key": "tag-key", "Values": ["zzz"]}])), Vec::<Value>::new());
        assert_eq!(names(json!([{"Key": "all", "Values": ["DB"]}])).len(), 2);
    }

    #[test]
    fn random_passwords_honour_their_options() {
        let world = &mut World::new("123456789012", 1, 0);
        let mut password =
            |input: Value| call(world, "GetRandomPassword", input).map(|answer| answer["RandomPassword"].as_str().unwrap().to_owned());
        assert_eq!(password(json!({})).unwrap().len(), 32);
        let plain = password(json!({"PasswordLength": 40, "ExcludePunctuation": true, "ExcludeNumbers": true, "ExcludeCharacters": "abc"}))
            .unwrap();
        assert!(plain.len() == 40 && plain.chars().all(|c| c.is_ascii_alphabetic() && !"abc".contains(c)));
        let four = password(json!({"PasswordLength": 4})).unwrap();
        assert!(four.chars().any(|c| c.is_ascii_lowercase()) && four.chars().any(|c| c.is_ascii_punctuation()));
        assert_eq!(password(json!({"PasswordLength": 3})), Err("InvalidParameterException".into()));
    }

    #[test]
    fn a_stage_moves_from_version_to_version() {
        let world = &mut World::new("123456789012", 1, 0);
        let one = "11111111-1111-1111-1111-111111111111";
        let two = "22222222-2222-2222-2222-222222222222";
        call(world, "CreateSecret", json!({"Name": "s", "SecretString": "a", "ClientRequestToken": one})).unwrap();
        call(world, "PutSecretValue", json!({"SecretId": "s", "SecretString": "b", "ClientRequestToken": two})).unwrap();
        let back = |from: &str| json!({"SecretId": "s", "VersionStage": "AWSCURRENT", "MoveToVersionId": one, "RemoveFromVersionId": from});
        assert_eq!(call(world, "UpdateSecretVersionStage", back(one)), Err("InvalidParameterException".into()));
        call(world, "UpdateSecretVersionStage", back(two)).unwrap();
        assert_eq!(call(world, "GetSecretValue", json!({"SecretId": "s"})).unwrap()["SecretString"], "a");
        let previous = call(world, "GetSecretValue", json!({"SecretId": "s", "VersionStage": "AWSPREVIOUS"})).unwrap();
        assert_eq!(previous["SecretString"], "b");
    }

    #[test]
    fn a_policy_is_kept_until_it_is_deleted() {
        let world = &mut World::new("123456789012", 1, 0);
        call(world, "CreateSecret", json!({"Name": "s"})).unwrap();
        let of = |principal: &str| {
            json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]}).to_string()
        };
        let put = |policy: &str| json!({"SecretId": "s", "ResourcePolicy": policy, "BlockPublicPolicy": true});
        assert_eq!(call(world, "PutResourcePolicy", put("{}")), Err("MalformedPolicyDocumentException".into()));
        assert_eq!(call(world, "PutResourcePolicy", put(&of("*"))), Err("PublicPolicyException".into()));
        call(world, "PutResourcePolicy", put(&of("123456789012"))).unwrap();
        assert_eq!(call(world, "GetResourcePolicy", json!({"SecretId": "s"})).unwrap()["ResourcePolicy"], of("123456789012"));
        let judged = |world: &mut World, policy: &str| {
            call(world, "ValidateResourcePolicy", json!({"ResourcePolicy": policy})).unwrap()["PolicyValidationPassed"].clone()
        };
        assert_eq!((judged(world, &of("123456789012")), judged(world, "{}")), (json!(true), json!(false)));
        call(world, "DeleteResourcePolicy", json!({"SecretId": "s"})).unwrap();
        assert!(call(world, "GetResourcePolicy", json!({"SecretId": "s"})).unwrap().get("ResourcePolicy").is_none());
    }
}
