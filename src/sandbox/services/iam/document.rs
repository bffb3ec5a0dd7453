//! The checks that IAM makes of a policy document.

use crate::services::members::text;
use crate::world::{Call, Fault};
use serde_json::Value;
use std::collections::BTreeSet;

/// The use of a document, which decides the elements that it needs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Use {
    /// Attached to an identity: names resources, no principal.
    Identity,
    /// The trust policy of a role: names a principal, no resource.
    Trust,
    /// On a resource such as a topic: names a principal; the resource may be left out.
    Resource,
}

/// The texts of a member that may be one string or a list.
pub fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).map(String::from).collect(),
        _ => Vec::new(),
    }
}

/// The statements of a document; a single one needs no list.
pub fn statements(document: &Value) -> Vec<&Value> {
    match document.get("Statement") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => Vec::new(),
    }
}

/// Refuses what IAM refuses, in its words.
pub fn check(call: &Call<'_>, document: &str, usage: Use) -> Result<(), Fault> {
    problem(call, document, usage).map_or(Ok(()), |message| Err(Fault::new("MalformedPolicyDocument", message)))
}

fn problem(call: &Call<'_>, document: &str, usage: Use) -> Option<String> {
    let syntax = || Some("Syntax errors in policy.".to_owned());
    let Ok(document) = serde_json::from_str::<Value>(document) else {
        return if usage == Use::Trust { Some("This policy contains invalid Json".into()) } else { syntax() };
    };
    let members = document.as_object()?.keys().all(|key| ["Version", "Id", "Statement"].contains(&key.as_str()));
    if !members || !matches!(document.get("Statement"), Some(Value::Array(_) | Value::Object(_))) {
        return syntax();
    }
    if !["2012-10-17", "2008-10-17", ""].contains(&text(&document, "Version")) {
        return syntax();
    }
    let statements = statements(&document);
    if statements.is_empty() {
        return syntax();
    }
    let mut ids = BTreeSet::new();
    for statement in statements {
        let id = text(statement, "Sid");
        if usage != Use::Resource && !id.chars().all(|sign| sign.is_ascii_alphanumeric()) {
            return Some(
                "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*".into(),
            );
        }
        if !id.is_empty() && !ids.insert(id.to_owned()) {
            return Some("Statement IDs (SID) in a single policy must be unique.".into());
        }
        if let Some(problem) = statement_problem(call, statement, usage) {
            return Some(problem);
        }
    }
    None
}

const ELEMENTS: [&str; 9] = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

fn statement_problem(call: &Call<'_>, statement: &Value, usage: Use) -> Option<String> {
    let known = statement.as_object().is_some_and(|members| members.keys().all(|key| ELEMENTS.contains(&key.as_str())));
    if !known || !["Allow", "Deny"].contains(&text(statement, "Effect")) {
        return Some("Syntax errors in policy.".into());
    }
    let both = |plain: &str, negated: &str| statement.get(plain).is_some() && statement.get(negated).is_some();
    if both("Action", "NotAction") || both("Resource", "NotResource") || both("Principal", "NotPrincipal") {
        return Some("Syntax errors in policy.".into());
    }
    let actions = [strings(statement.get("Action")), strings(statement.get("NotAction"))].concat();
    if actions.is_empty() {
        return Some("Policy statement must contain actions.".into());
    }
    if actions
        .iter()
        .any(|action| action != "*" && !action.split_once(':').is_some_and(|(vendor, name)| !vendor.is_empty() && !name.is_empty()))
    {
        return Some("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".into());
    }
    if statement.get("Condition").is_some_and(|condition| !condition.is_object()) {
        return Some("Syntax errors in policy.".into());
    }
    let resources = [strings(statement.get("Resource")), strings(statement.get("NotResource"))].concat();
    let principal = statement.get("Principal").or(statement.get("NotPrincipal"));
    match usage {
        Use::Identity => {
            if principal.is_some() {
                return Some("Policy document should not specify a principal.".into());
            }
            if resources.is_empty() {
                return Some("Policy statement must contain resources.".into());
            }
            let strange = resources.iter().find(|resource| *resource != "*" && resource.splitn(6, ':').count() < 6)?;
            Some(format!("Resource {strange} must be in ARN format or \"*\"."))
        }
        Use::Trust => {
            if !resources.is_empty() {
                return Some("Has prohibited field Resource".into());
            }
            if actions.iter().any(|action| action != "*" && !action.to_lowercase().starts_with("sts:")) {
                return Some("AssumeRole policy may only specify STS AssumeRole actions.".into());
            }
            principal_problem(call, principal)
        }
        Use::Resource => principal_problem(call, principal),
    }
}

fn principal_problem(call: &Call<'_>, principal: Option<&Value>) -> Option<String> {
    let Some(principal) = principal else { return Some("Missing required field Principal".into()) };
    let Value::Object(kinds) = principal else {
        return (principal.as_str() != Some("*")).then(|| "Invalid principal in policy".into());
    };
    for (kind, value) in kinds {
        let named = strings(Some(value));
        let bad = |name: &String| match kind.as_str() {
            "Service" => !(name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn") || name.ends_with(".aws.internal")),
            "AWS" => !principal_exists(call, name),
            "Federated" | "CanonicalUser" => name.is_empty(),
            _ => true,
        };
        if named.is_empty() {
            return Some("Invalid principal in policy".into());
        }
        if let Some(bad) = named.iter().find(|name| bad(name)) {
            return Some(format!("Invalid principal in policy: \"{}\":\"{bad}\"", kind.to_uppercase()));
        }
    }
    None
}

/// An account, anyone, or a principal; IAM looks up those of the own account.
fn principal_exists(call: &Call<'_>, name: &str) -> bool {
    if name == "*" || (name.len() == 12 && name.chars().all(|digit| digit.is_ascii_digit())) {
        return true;
    }
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    let [_, _, service, _, account, resource] = parts[..] else { return false };
    if !["iam", "sts"].contains(&service) {
        return false;
    }
    if account != call.world.account || !resource.starts_with("role/") {
        return true;
    }
    super::is_known(call, name)
}
