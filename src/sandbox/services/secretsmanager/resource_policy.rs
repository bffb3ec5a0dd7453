//! The resource policy of a secret, which is kept and lets nobody in.

use super::{SECRETS, identity, resolve, usable};
use crate::services::iam;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// The policy of a secret; a secret without one answers none.
pub fn get(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = resolve(call)?;
    let mut answer = identity(call, &name);
    if let Some(policy) = call.get(SECRETS, &name).and_then(|row| row.get("_policy")) {
        answer["ResourcePolicy"] = policy.clone();
    }
    Ok(answer)
}

/// A policy that lets everybody in is refused if the request asks for that.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html>
pub fn put(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = usable(call)?;
    let document = call.text("ResourcePolicy").to_owned();
    let statements = statements(call, &document)?;
    let open = |statement: &Value| {
        let principal = &statement["Principal"];
        statement["Effect"] == "Allow"
            && statement.get("Condition").is_none()
            && (*principal == "*" || principal["AWS"] == "*" || principal["AWS"] == json!(["*"]))
    };
    if call.input["BlockPublicPolicy"] == true && statements.iter().any(open) {
        return Err(Fault::new("PublicPolicyException", "You attached a policy that grants broad access to the secret."));
    }
    if let Some(row) = call.get_mut(SECRETS, &name) {
        row["_policy"] = json!(document);
    }
    Ok(identity(call, &name))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = usable(call)?;
    if let Some(row) = call.get_mut(SECRETS, &name).and_then(Value::as_object_mut) {
        row.remove("_policy");
    }
    Ok(identity(call, &name))
}

pub fn validate(call: &mut Call<'_>) -> Result<Value, Fault> {
    if !call.text("SecretId").is_empty() {
        usable(call)?;
    }
    match statements(call, call.text("ResourcePolicy")) {
        Ok(_) => Ok(json!({"PolicyValidationPassed": true, "ValidationErrors": []})),
        Err(fault) => {
            Ok(json!({"PolicyValidationPassed": false, "ValidationErrors": [{"CheckName": "policy", "ErrorMessage": fault.message}]}))
        }
    }
}

fn statements(call: &Call<'_>, document: &str) -> Result<Vec<Value>, Fault> {
    iam::check(call, document, iam::Use::Resource).map_err(|fault| Fault::new("MalformedPolicyDocumentException", fault.message))?;
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    Ok(iam::statements(&document).into_iter().cloned().collect())
}
