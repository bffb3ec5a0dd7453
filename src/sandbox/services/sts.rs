//! STS: who is calling, and sessions of roles.

use super::Handler;
use super::iam::{statements, strings};
use super::members::matches;
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
    let caller = format!("arn:aws:iam::{}:user/sandbox", call.world.account);
    let (credentials, user) = session(call, &[caller])?;
    Ok(json!({"Credentials": credentials, "AssumedRoleUser": user, "SourceIdentity": call.input.get("SourceIdentity")}))
}

fn assume_role_with_web_identity(call: &mut Call<'_>) -> Result<Value, Fault> {
    let claims = claims(call.text("WebIdentityToken")).ok_or_else(|| {
        Fault::new("InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
    })?;
    let issuer = claims["iss"].as_str().unwrap_or_default().trim_start_matches("https://").to_owned();
    let provider = format!("arn:aws:iam::{}:oidc-provider/{issuer}", call.world.account);
    if call.get("iam.provider", &provider).is_none() {
        let text = format!("No OpenIDConnect provider found in your account for https://{issuer}");
        return Err(Fault::new("InvalidIdentityToken", text));
    }
    let (credentials, user) = session(call, &[provider])?;
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    Ok(json!({
        "Credentials": credentials,
        "AssumedRoleUser": user,
        "SubjectFromWebIdentityToken": claim("sub"),
        "Audience": claim("aud"),
        "Provider": claim("iss").trim_start_matches("https://"),
    }))
}

/// Looks a role of this account up, which must exist and trust the caller; one of another account is taken on its word.
fn session(call: &mut Call<'_>, callers: &[String]) -> Result<(Value, Value), Fault> {
    let (arn, name) = (call.text("RoleArn").to_owned(), call.text("RoleSessionName").to_owned());
    let mut parts = arn.splitn(6, ':').skip(4);
    let (account, resource) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let Some(role) = resource.strip_prefix("role/").and_then(|path| path.rsplit('/').next()) else {
        return Err(Fault::new("ValidationError", format!("{arn} is invalid")));
    };
    let row = call.get("iam.role", role).filter(|row| row["Arn"] == arn.as_str()).cloned().unwrap_or_default();
    if account == call.world.account && !trusts(call, &row, callers) {
        let action = format!("sts:{}", call.operation);
        let text = format!("User: arn:aws:iam::{account}:user/sandbox is not authorized to perform: {action} on resource: {arn}");
        return Err(Fault::new("AccessDenied", text).status(403));
    }
    let seconds = call.input.get("DurationSeconds").and_then(Value::as_f64).unwrap_or(3600.0);
    if seconds > row["MaxSessionDuration"].as_f64().unwrap_or(3600.0) {
        let text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(Fault::new("ValidationError", text));
    }
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

/// True when the trust policy of a role lets one of the callers in, and nothing in it keeps them out. Of conditions only the external id is
/// looked at: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html>
fn trusts(call: &Call<'_>, role: &Value, callers: &[String]) -> bool {
    let document = role["AssumeRolePolicyDocument"].as_str().unwrap_or_default();
    let policy: Value = serde_json::from_str(document).unwrap_or_default();
    let account = &call.world.account;
    let action = format!("sts:{}", call.operation);
    let means = |statement: &&Value| {
        let named: Vec<String> = ["AWS", "Federated"].iter().flat_map(|kind| strings(statement["Principal"].get(*kind))).collect();
        let whole = [account.clone(), format!("arn:aws:iam::{account}:root")];
        let everybody = statement["Principal"] == "*" || named.iter().any(|name| name == "*");
        let federated = call.operation == "AssumeRoleWithWebIdentity";
        let principal = everybody || named.iter().any(|name| callers.contains(name) || (!federated && whole.contains(name)));
        let external = ["StringEquals", "StringLike"].iter().flat_map(|test| strings(statement["Condition"][*test].get("sts:ExternalId")));
        let external: Vec<String> = external.collect();
        let id = external.is_empty() || external.iter().any(|pattern| matches(pattern, call.text("ExternalId")));
        principal && id && strings(statement.get("Action")).iter().any(|own| matches(&own.to_lowercase(), &action.to_lowercase()))
    };
    let meant: Vec<&Value> = statements(&policy).into_iter().filter(means).collect();
    meant.iter().any(|statement| statement["Effect"] == "Allow") && !meant.iter().any(|statement| statement["Effect"] == "Deny")
}

fn claims(token: &str) -> Option<Value> {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    fn call(world: &mut World, service: &str, operation: &str, input: Value) -> Result<Value, Fault> {
        let handler = crate::services::handler(service, operation).unwrap();
        handler(&mut Call::new(world, &input, service, operation, "us-east-1"))
            .map(|answer| crate::services::testing::fitting(service, operation, answer))
    }

    #[test]
    fn a_role_is_assumed_by_whom_it_trusts_for_as_long_as_it_says() {
        let mut world = World::new("123456789012", 1, 0);
        let trust = |principal: Value, condition: Value| {
            let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition});
            json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
        };
        let account = json!({"AWS": "arn:aws:iam::123456789012:root"});
        for (role, principal, condition) in [
            ("tasks", json!({"Service": "ecs-tasks.amazonaws.com"}), json!({})),
            ("people", account.clone(), json!({})),
            ("partner", account, json!({"StringEquals": {"sts:ExternalId": "secret"}})),
        ] {
            call(&mut world, "iam", "CreateRole", json!({"RoleName": role, "AssumeRolePolicyDocument": trust(principal, condition)}))
                .unwrap();
        }
        let mut assume = |role: &str, more: Value| {
            let mut input = json!({"RoleArn": format!("arn:aws:iam::123456789012:role/{role}"), "RoleSessionName": "me"});
            crate::world::merge(&mut input, &more);
            call(&mut world, "sts", "AssumeRole", input).map(drop).map_err(|fault| fault.code)
        };
        assert_eq!(assume("people", json!({"DurationSeconds": 3600})), Ok(()));
        assert_eq!(assume("people", json!({"DurationSeconds": 3601})), Err("ValidationError".into()));
        assert_eq!(assume("tasks", json!({})), Err("AccessDenied".into()));
        assert_eq!(assume("none", json!({})), Err("AccessDenied".into()));
        assert_eq!(assume("partner", json!({"ExternalId": "guess"})), Err("AccessDenied".into()));
        assert_eq!(assume("partner", json!({"ExternalId": "secret"})), Ok(()));
    }

    #[test]
    fn a_token_is_good_for_roles_that_trust_its_issuer() {
        use base64::Engine;
        let mut world = World::new("123456789012", 1, 0);
        let claims =
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(r#"{"iss":"https://ci.example.com","sub":"repo","aud":"sts"}"#);
        let input =
            json!({"RoleArn": "arn:aws:iam::123456789012:role/ci", "RoleSessionName": "run", "WebIdentityToken": format!("h.{claims}.s")});
        let assume = |world: &mut World| call(world, "sts", "AssumeRoleWithWebIdentity", input.clone());
        assert_eq!(assume(&mut world).unwrap_err().code, "InvalidIdentityToken");
        let provider = json!({"Url": "https://ci.example.com", "ClientIDList": ["sts"]});
        let arn = call(&mut world, "iam", "CreateOpenIDConnectProvider", provider).unwrap()["OpenIDConnectProviderArn"].clone();
        let statement = json!({"Effect": "Allow", "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithWebIdentity"});
        let trust = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        assert_eq!(assume(&mut world).unwrap_err().code, "AccessDenied");
        call(&mut world, "iam", "CreateRole", json!({"RoleName": "ci", "AssumeRolePolicyDocument": trust})).unwrap();
        assert_eq!(assume(&mut world).unwrap()["SubjectFromWebIdentityToken"], "repo");
    }
}
