//! Bucket policies: what S3 accepts, and what it calls public.

use super::{action, bucket, part, set_part};
use crate::services::iam;
use crate::services::members::matches;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const ABSENT: (&str, &str) = ("NoSuchBucketPolicy", "The bucket policy does not exist");

/// Conditions on these narrow "everybody" down.
const NARROWING: &[&str] = &[
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:userid",
    "aws:sourceip",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

pub fn get(call: &mut Call<'_>) -> Result<Value, Fault> {
    Ok(json!({"Policy": part(call, "_policy", ABSENT)?}))
}

pub fn put(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, row) = bucket(call)?;
    let text = call.text("Policy");
    let policy: Value = serde_json::from_str(text).map_err(|_| malformed("Policies must be valid JSON and the first byte must be '{'"))?;
    check(call, &name, &policy)?;
    if row["_public_access"]["BlockPublicPolicy"] == true && is_public(&policy) {
        let message = format!(
            "User is not authorized to perform: s3:PutBucketPolicy on resource: \"arn:aws:s3:::{name}\" because public policies are prevented by \
             the BlockPublicPolicy setting in S3 Block Public Access."
        );
        return Err(Fault::new("AccessDenied", message).status(403));
    }
    set_part(call, "_policy", json!(compact(text)))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    set_part(call, "_policy", Value::Null)
}

pub fn status(call: &mut Call<'_>) -> Result<Value, Fault> {
    let policy = part(call, "_policy", ABSENT)?;
    let policy: Value = serde_json::from_str(policy.as_str().unwrap_or_default()).unwrap_or_default();
    Ok(json!({"PolicyStatus": {"IsPublic": is_public(&policy)}}))
}

fn malformed(message: &str) -> Fault {
    Fault::new("MalformedPolicy", message)
}

fn check(call: &Call<'_>, bucket: &str, policy: &Value) -> Result<(), Fault> {
    let Some(members) = policy.as_object() else {
        return Err(malformed("Policies must be valid JSON and the first byte must be '{'"));
    };
    if let Some(strange) = members.keys().find(|key| !["Version", "Id", "Statement"].contains(&key.as_str())) {
        return Err(malformed(&format!("Unknown field {strange}")));
    }
    if members.get("Version").is_some_and(|version| version != "2012-10-17" && version != "2008-10-17") {
        return Err(malformed("The policy must contain a valid version string"));
    }
    let statements = many(&policy["Statement"]);
    if statements.is_empty() {
        return Err(malformed("Missing required field Statement"));
    }
    for statement in statements {
        if !statement.is_object() {
            return Err(malformed("Statement is not well formed"));
        }
        if statement["Effect"] != "Allow" && statement["Effect"] != "Deny" {
            return Err(malformed("Invalid effect"));
        }
        for (member, not, missing) in [
            ("Principal", "NotPrincipal", "Missing required field Principal"),
            ("Action", "NotAction", "Missing required field Action"),
            ("Resource", "NotResource", "Missing required field Resource"),
        ] {
            if statement[member].is_null() == statement[not].is_null() {
                return Err(malformed(missing));
            }
        }
        let principal = if statement["Principal"].is_null() { &statement["NotPrincipal"] } else { &statement["Principal"] };
        check_principal(call, principal)?;
        let texts = |member: &str, not: &str| many(if statement[member].is_null() { &statement[not] } else { &statement[member] });
        if !texts("Action", "NotAction")
            .iter()
            .all(|action| action.as_str().is_some_and(|action| action == "*" || action.to_lowercase().starts_with("s3:")))
        {
            return Err(malformed("Policy has invalid action"));
        }
        // A resource is an ARN, and what it says before the slash fits the bucket: a star alone is refused.
        // <https://github.com/noobaa/noobaa-core/issues/10058>
        let of_bucket = |resource: &Value| {
            let path = resource.as_str().and_then(|text| text.strip_prefix("arn:aws:s3:::"));
            path.is_some_and(|path| matches(path.split('/').next().unwrap_or_default(), bucket))
        };
        if !texts("Resource", "NotResource").iter().all(|resource| of_bucket(resource)) {
            return Err(malformed("Policy has invalid resource"));
        }
        let (actions, resources) = (many(&statement["Action"]), many(&statement["Resource"]));
        let resources: Vec<&str> = resources.into_iter().filter_map(Value::as_str).collect();
        let stray = |action: &&Value| action.as_str().is_some_and(|action| !action::applies(action, &resources));
        if !resources.is_empty() && actions.iter().any(stray) {
            return Err(malformed("Action does not apply to any resource(s) in statement"));
        }
    }
    Ok(())
}

/// `*`, or a map to accounts, ARNs, services. A role of this account that does not exist is refused.
fn check_principal(call: &Call<'_>, principal: &Value) -> Result<(), Fault> {
    if principal == "*" {
        return Ok(());
    }
    let Some(kinds) = principal.as_object() else { return Err(malformed("Invalid principal in policy")) };
    for (kind, names) in kinds {
        let known = ["AWS", "Service", "Federated", "CanonicalUser"].contains(&kind.as_str());
        for name in many(names) {
            let name = name.as_str().unwrap_or_default();
            let missing = kind == "AWS" && iam::is_unknown(call, name);
            let account = name.len() == 12 && name.chars().all(|c| c.is_ascii_digit());
            let shaped = kind != "AWS" || name == "*" || account || name.starts_with("arn:aws:iam::") || name.starts_with("arn:aws:sts::");
            let service = kind != "Service" || name.ends_with(".amazonaws.com");
            if !known || missing || !shaped || !service {
                return Err(malformed("Invalid principal in policy"));
            }
        }
    }
    Ok(())
}

/// True when some statement allows everybody without a condition that says who.
fn is_public(policy: &Value) -> bool {
    many(&policy["Statement"]).into_iter().filter(|statement| statement["Effect"] == "Allow").any(|statement| {
        let everybody = !statement["NotPrincipal"].is_null()
            || statement["Principal"] == "*"
            || many(&statement["Principal"]["AWS"]).into_iter().any(|name| name == "*");
        let keys = statement["Condition"].as_object().into_iter().flatten().filter(|(operator, _)| !operator.contains("Not"));
        let mut tests = keys.flat_map(|(_, tests)| tests.as_object().into_iter().flatten());
        let narrowed = tests.any(|(key, values)| {
            let open = many(values).into_iter().any(|value| value == "*" || value == "0.0.0.0/0" || value == "::/0");
            NARROWING.contains(&key.to_lowercase().as_str()) && !open
        });
        everybody && !narrowed
    })
}

/// One or a list of them.
fn many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    }
}

/// S3 answers a policy without the white space between its tokens.
fn compact(text: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    text.chars()
        .filter(|c| {
            let keep = quoted || !c.is_whitespace();
            (quoted, escaped) = match (quoted, escaped, *c) {
                (true, true, _) => (true, false),
                (true, false, '\\') => (true, true),
                (quoted, _, '"') => (!quoted, false),
                (quoted, ..) => (quoted, false),
            };
            keep
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_is_what_everybody_may_do() {
        let policy = |statement: Value| json!({"Statement": [statement]});
        assert!(is_public(&policy(json!({"Effect": "Allow", "Principal": "*"}))));
        assert!(is_public(&policy(json!({"Effect": "Allow", "Principal": {"AWS": ["*"]}}))));
        assert!(!is_public(&policy(json!({"Effect": "Deny", "Principal": "*"}))));
        assert!(!is_public(&policy(json!({"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}}))));
        let sourced = |ip: &str| json!({"Effect": "Allow", "Principal": "*", "Condition": {"IpAddress": {"aws:SourceIp": ip}}});
        assert!(is_public(&policy(sourced("0.0.0.0/0"))) && !is_public(&policy(sourced("10.0.0.0/8"))));
        assert_eq!(compact("{ \"a b\" :\n \"c \\\" d\" }"), "{\"a b\":\"c \\\" d\"}");
    }
}
