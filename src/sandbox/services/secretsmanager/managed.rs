//! Secrets that another service owns: RDS keeps its master passwords here, and EventBridge what its connections are authorized with.

use super::{SECRETS, password, version};
use crate::services::members::joined;
use crate::world::Call;
use serde_json::{Value, json};

/// Keeps a secret that a service owns, with more members of its row, and gives its ARN.
pub fn keep_owned(call: &mut Call<'_>, service: &str, name: &str, value: &Value, more: Value) -> String {
    let (suffix, now, id) = (call.hex(6), call.now(), version_id(call));
    let arn = call.arn("secretsmanager", &format!("secret:{name}-{suffix}"));
    let own = json!({
        "ARN": arn, "Name": name, "_arn": arn, "CreatedDate": now, "LastChangedDate": now, "_versions": {}, "OwningService": service,
    });
    let mut row = joined(own, more);
    version::add(&mut row, id, json!({"SecretString": value.to_string()}), &["AWSCURRENT"], now);
    call.put(SECRETS, name, row);
    call.set_tags(&arn, [("aws:secretsmanager:owningService".to_owned(), service.to_owned())]);
    arn
}

/// Gives a secret that a service owns another value.
pub fn update_owned(call: &mut Call<'_>, arn: &str, value: &Value) {
    let (now, id) = (call.now(), version_id(call));
    let Some(name) = name_of(call, arn) else { return };
    if let Some(row) = call.get_mut(SECRETS, &name) {
        version::add(row, id, json!({"SecretString": value.to_string()}), &["AWSCURRENT"], now);
        row["LastChangedDate"] = json!(now);
    }
}

/// Makes the secret that holds a master user's password, and gives its ARN.
/// `name` is what the owning service calls it; `owner_tag` its tag with the owner's ARN.
pub fn create_managed(call: &mut Call<'_>, service: &str, name: &str, user: &str, kms_key: &str, owner_tag: (&str, &str)) -> String {
    let (password, now) = (password::generate(call, 28), call.now());
    let more = json!({
        "Description": format!("Secret associated with primary {} DB instance: {}", service.to_uppercase(), owner_tag.1),
        "KmsKeyId": kms_key, "RotationEnabled": true, "RotationRules": {"AutomaticallyAfterDays": 7}, "NextRotationDate": now + 7.0 * 86_400.0,
    });
    let arn = keep_owned(call, service, name, &json!({"username": user, "password": password}), more);
    call.set_tags(&arn, [(owner_tag.0.to_owned(), owner_tag.1.to_owned())]);
    arn
}

/// Gives the secret a new password.
pub fn rotate_managed(call: &mut Call<'_>, arn: &str) {
    let (password, now, id) = (password::generate(call, 28), call.now(), version_id(call));
    let Some(name) = name_of(call, arn) else { return };
    if let Some(row) = call.get_mut(SECRETS, &name) {
        let value = with_password(row, &password);
        version::add(row, id, value, &["AWSCURRENT"], now);
        row["LastChangedDate"] = json!(now);
        row["LastRotatedDate"] = json!(now);
    }
}

/// The secret goes with what it belongs to.
pub fn delete_managed_later(call: &mut Call<'_>, arn: &str, seconds: f64) {
    if let Some(name) = name_of(call, arn) {
        call.remove_later(SECRETS, &name, seconds);
    }
}

/// The current value with another password in it.
pub fn with_password(row: &Value, password: &str) -> Value {
    let current = row["_versions"].as_object().into_iter().flatten().map(|(_, body)| body);
    let text = current.filter_map(|body| body["value"]["SecretString"].as_str()).next().unwrap_or("{}");
    let mut value: Value = serde_json::from_str(text).unwrap_or_else(|_| json!({}));
    value["password"] = json!(password);
    json!({"SecretString": value.to_string()})
}

fn name_of(call: &Call<'_>, arn: &str) -> Option<String> {
    call.all(SECRETS).into_iter().find(|(_, row)| row["ARN"] == arn).map(|(name, _)| name.clone())
}

fn version_id(call: &mut Call<'_>) -> String {
    let digits = call.hex(32);
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}
