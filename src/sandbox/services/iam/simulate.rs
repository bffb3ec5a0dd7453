//! Would a principal be allowed to do something, by the documents attached to it.

use super::document::{Use, check, statements, strings};
use super::entity::{GROUP, ROLE, USER};
use super::entity_policy::inline;
use super::{group, policy};
use crate::services::members::{items, matches, text};
use crate::world::{Call, Fault};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A document and where it comes from.
struct Source {
    id: String,
    kind: &'static str,
    document: Value,
}

impl From<policy::Known> for Source {
    fn from(policy: policy::Known) -> Self {
        Source { id: policy.name, kind: if policy.aws { "aws-managed" } else { "user-managed" }, document: policy.document }
    }
}

pub fn principal(call: &mut Call<'_>) -> Result<Value, Fault> {
    let sources = sources(call)?;
    let boundary = boundary(call);
    let context: BTreeMap<String, Vec<String>> = items(call.input, "ContextEntries")
        .iter()
        .map(|entry| (text(entry, "ContextKeyName").to_lowercase(), strings(entry.get("ContextKeyValues"))))
        .collect();
    let resources = if call.texts("ResourceArns").is_empty() { vec!["*".to_owned()] } else { call.texts("ResourceArns") };
    let mut results = Vec::new();
    for action in call.texts("ActionNames") {
        if !action.contains(':') {
            return Err(Fault::new("InvalidInput", format!("Invalid Action Name: {action}")));
        }
        for resource in &resources {
            let mut verdict = judge(&sources, &action, resource, &context);
            let bounded =
                boundary.as_ref().map(|boundary| judge(std::slice::from_ref(boundary), &action, resource, &context).decision == "allowed");
            if bounded == Some(false) && verdict.decision == "allowed" {
                verdict.decision = "implicitDeny";
            }
            let mut result = Map::from_iter([
                ("EvalActionName".to_owned(), json!(action)),
                ("EvalResourceName".to_owned(), json!(resource)),
                ("EvalDecision".to_owned(), json!(verdict.decision)),
                ("MatchedStatements".to_owned(), json!(verdict.matched)),
                ("MissingContextValues".to_owned(), json!(verdict.absent)),
            ]);
            if let Some(allowed) = bounded {
                result.insert("PermissionsBoundaryDecisionDetail".into(), json!({"AllowedByPermissionsBoundary": allowed}));
            }
            results.push(Value::Object(result));
        }
    }
    Ok(json!({"EvaluationResults": results, "IsTruncated": false}))
}

/// True when the policies of a role let it do something with a resource; `None` if there is no such role.
pub fn role_may(call: &Call<'_>, role: &str, action: &str, resource: &str) -> Option<bool> {
    let (_, row) = call.all(ROLE.table).into_iter().find(|(_, row)| text(row, "Arn") == role)?;
    Some(judge(&of_entity(call, ROLE.noun, row), action, resource, &BTreeMap::new()).decision == "allowed")
}

fn sources(call: &Call<'_>) -> Result<Vec<Source>, Fault> {
    let arn = call.text("PolicySourceArn");
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let mut sources = Vec::new();
    match parts[..] {
        // Whoever calls here may do everything, and so may the account itself.
        [_, _, "iam", _, account, "root" | "user/sandbox"] if account == call.world.account => {
            sources.extend(policy::find(call, "arn:aws:iam::aws:policy/AdministratorAccess").map(Source::from));
        }
        [_, _, "iam", _, account, resource]
            if account == call.world.account && ["role/", "user/", "group/"].iter().any(|kind| resource.starts_with(kind)) =>
        {
            let (kind, row) =
                source(call).ok_or_else(|| Fault::new("NoSuchEntity", format!("Entity {arn} does not exist.")).status(404))?;
            sources.extend(of_entity(call, kind, row));
            // A user may do what its groups may.
            for group in group::of_user(call, text(row, "UserName")).into_iter().filter(|_| kind == "user") {
                sources.extend(of_entity(call, "group", group));
            }
        }
        _ => return Err(Fault::new("InvalidInput", format!("Invalid Entity Arn: {arn} does not clearly define entity type and name."))),
    }
    for (at, document) in call.texts("PolicyInputList").iter().enumerate() {
        check(call, document, Use::Identity).map_err(|fault| Fault::new("InvalidInput", fault.message))?;
        sources.push(Source {
            id: format!("PolicyInputList.{}", at + 1),
            kind: "none",
            document: serde_json::from_str(document).unwrap_or_default(),
        });
    }
    Ok(sources)
}

fn of_entity(call: &Call<'_>, kind: &'static str, row: &Value) -> Vec<Source> {
    let own =
        inline(row).map(|(name, document)| Source { id: name.clone(), kind, document: serde_json::from_str(document).unwrap_or_default() });
    own.chain(policy::attached(call, row).into_iter().map(Source::from)).collect()
}

/// The principal of the call, and what its inline policies are said to be of.
fn source<'c>(call: &'c Call<'_>) -> Option<(&'static str, &'c Value)> {
    let arn = call.text("PolicySourceArn");
    let rows = [&ROLE, &USER, &GROUP].into_iter().flat_map(|entity| call.all(entity.table).into_iter().map(|(_, row)| (entity.noun, row)));
    rows.into_iter().find(|(_, row)| text(row, "Arn") == arn)
}

fn boundary(call: &Call<'_>) -> Option<Source> {
    let arn = text(source(call)?.1.get("PermissionsBoundary")?, "PermissionsBoundaryArn").to_owned();
    policy::find(call, &arn).map(Source::from)
}

struct Verdict {
    decision: &'static str,
    matched: Vec<Value>,
    absent: BTreeSet<String>,
}

fn judge(sources: &[Source], action: &str, resource: &str, context: &BTreeMap<String, Vec<String>>) -> Verdict {
    let mut verdict = Verdict { decision: "implicitDeny", matched: Vec::new(), absent: BTreeSet::new() };
    for source in sources {
        for statement in statements(&source.document) {
            if !covers(statement, action, resource) || !holds(statement, context, &mut verdict.absent) {
                continue;
            }
            verdict.matched.push(json!({"SourcePolicyId": source.id, "SourcePolicyType": source.kind}));
            if text(statement, "Effect") == "Deny" {
                verdict.decision = "explicitDeny";
            } else if verdict.decision == "implicitDeny" {
                verdict.decision = "allowed";
            }
        }
    }
    verdict
}

fn covers(statement: &Value, action: &str, resource: &str) -> bool {
    let action = action.to_lowercase();
    let any_action = |name: &str| strings(statement.get(name)).iter().any(|pattern| matches(&pattern.to_lowercase(), &action));
    let any_resource = |name: &str| strings(statement.get(name)).iter().any(|pattern| matches(pattern, resource));
    let acts = if statement.get("NotAction").is_some() { !any_action("NotAction") } else { any_action("Action") };
    acts && if statement.get("NotResource").is_some() { !any_resource("NotResource") } else { any_resource("Resource") }
}

/// True when every condition holds; keys that the caller did not give are noted, and make a positive test fail.
fn holds(statement: &Value, context: &BTreeMap<String, Vec<String>>, absent: &mut BTreeSet<String>) -> bool {
    let Some(operators) = statement.get("Condition").and_then(Value::as_object) else { return true };
    operators.iter().all(|(operator, keys)| {
        keys.as_object().into_iter().flatten().all(|(key, wanted)| {
            let wanted = match wanted {
                Value::Bool(flag) => vec![flag.to_string()],
                Value::Number(number) => vec![number.to_string()],
                other => strings(Some(other)),
            };
            match context.get(&key.to_lowercase()) {
                Some(given) => compare(operator, given, &wanted),
                None => {
                    absent.insert(key.clone());
                    operator.ends_with("IfExists") || operator.contains("Not") || (operator == "Null" && wanted == ["true"])
                }
            }
        })
    })
}

fn compare(operator: &str, given: &[String], wanted: &[String]) -> bool {
    let name = operator.trim_start_matches("ForAnyValue:").trim_start_matches("ForAllValues:").trim_end_matches("IfExists");
    let test = |have: &String, want: &String| match name.replace("Not", "").as_str() {
        "StringEqualsIgnoreCase" | "Bool" => have.eq_ignore_ascii_case(want),
        "StringLike" | "ArnLike" | "ArnEquals" => matches(want, have),
        "NumericLessThan" => have.parse::<f64>().ok() < want.parse::<f64>().ok(),
        "NumericLessThanEquals" => have.parse::<f64>().ok() <= want.parse::<f64>().ok(),
        "NumericGreaterThan" => have.parse::<f64>().ok() > want.parse::<f64>().ok(),
        "NumericGreaterThanEquals" => have.parse::<f64>().ok() >= want.parse::<f64>().ok(),
        "Null" => want == "false",
        _ => have == want,
    };
    let any = |have: &String| wanted.iter().any(|want| test(have, want));
    let found = if operator.starts_with("ForAllValues:") { given.iter().all(any) } else { given.iter().any(any) };
    found != name.contains("Not")
}
