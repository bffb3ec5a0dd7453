//! Secrets that another service owns: RDS keeps its master passwords here.

use super::{SECRETS, password, version};
use crate::world::Call;
use serde_json::{Value, json};

/// Makes the secret that holds a master user's password, and gives its ARN.
/// `name` is what the owning service calls it; `owner_tag` its tag with the owner's ARN.
pub fn create_managed(call: &mut Call<'_>, service: &str, name: &str, user: &str, kms_key: &str, owner_tag: (&str, &str)) -> String {
    let (suffix, password, now) = (call.hex(6), password::generate(call, 28), call.now());
    let id = version_id(call);
    let arn = call.arn("secretsmanager", &format!("secret:{name}-{suffix}"));
    let mut row = json!({
        "ARN": arn, "Name": name, "_arn": arn, "CreatedDate": now, "LastChangedDate": now, "_versions": {}, "OwningService": service,
        "Description": format!("Secret associated with primary {} DB instance: {}", service.to_uppercase(), owner_tag.1),
        "KmsKeyId": kms_key, "RotationEnabled": true, "RotationRules": {"AutomaticallyAfterDays": 7}, "NextRotationDate": now + 7.0 * 86_400.0,
    });
    let value = json!({"SecretString": json!({"username": user, "password": password}).to_string()});
    version::add(&mut row, id, value, &["AWSCURRENT"], now);
    call.put(SECRETS, name, row);
    let tags = [("aws:secretsmanager:owningService", service), owner_tag];
    call.set_tags(&arn, tags.map(|(key, value)| (key.to_owned(), value.to_owned())));
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
