//! STS: who is calling, and sessions of roles.

use super::Handler;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "AssumeRole" => assume_role,
        "AssumeRoleWithWebIdentity" => assume_role_with_web_identity,
        "GetCallerIdentity" => get_caller_identity,
        _ => return None,
    })
}

/// The sandbox has one caller; it does not tell keys apart.
fn get_caller_identity(call: &mut Call<'_>) -> Result<Value, Fault> {
    let account = call.account();
    Ok(json!({"Account": account, "Arn": format!("arn:aws:iam::{account}:user/sandbox"), "UserId": "AIDASANDBOXSANDBOX000"}))
}

fn assume_role(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (credentials, user) = session(call)?;
    Ok(json!({"Credentials": credentials, "AssumedRoleUser": user, "SourceIdentity": call.input.get("SourceIdentity")}))
}

fn assume_role_with_web_identity(call: &mut Call<'_>) -> Result<Value, Fault> {
    let claims = claims(call.text("WebIdentityToken")).ok_or_else(|| {
        Fault::new("InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
    })?;
    let (credentials, user) = session(call)?;
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    Ok(json!({
        "Credentials": credentials,
        "AssumedRoleUser": user,
        "SubjectFromWebIdentityToken": claim("sub"),
        "Audience": claim("aud"),
        "Provider": claim("iss").trim_start_matches("https://"),
    }))
}

/// Looks a role of this account up, which must exist; one of another account is taken on trust.
fn session(call: &mut Call<'_>) -> Result<(Value, Value), Fault> {
    let (arn, name) = (call.text("RoleArn").to_owned(), call.text("RoleSessionName").to_owned());
    let mut parts = arn.splitn(6, ':').skip(4);
    let (account, resource) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let Some(role) = resource.strip_prefix("role/").and_then(|path| path.rsplit('/').next()) else {
        return Err(Fault::new("ValidationError", format!("{arn} is invalid")));
    };
    let known = call.get("iam.role", role).is_some_and(|row| row.get("Arn").and_then(Value::as_str) == Some(&arn));
    if account == call.world.account && !known {
        let action = format!("sts:{}", call.operation);
        let text = format!("User: arn:aws:iam::{account}:user/sandbox is not authorized to perform: {action} on resource: {arn}");
        return Err(Fault::new("AccessDenied", text).status(403));
    }
    let seconds = call.input.get("DurationSeconds").and_then(Value::as_f64).unwrap_or(3600.0);
    let (key, id) = (call.hex(16).to_uppercase(), call.hex(17).to_uppercase());
    let credentials = json!({
        "AccessKeyId": format!("ASIA{key}"),
        "SecretAccessKey": call.hex(40),
        "SessionToken": call.hex(64),
        "Expiration": call.now() + seconds,
    });
    let user = json!({"AssumedRoleId": format!("AROA{id}:{name}"), "Arn": format!("arn:aws:sts::{account}:assumed-role/{role}/{name}")});
    Ok((credentials, user))
}

fn claims(token: &str) -> Option<Value> {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}
