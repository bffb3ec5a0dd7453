//! IAM-style policy documents: one form for what means the same, and what AWS would refuse.
//!
//! The grammar: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use super::problem::Problem;
use super::reference::{Piece, is_symbolic, pieces};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The use of a document, which decides what its statements must and must not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A policy of a role: what it may do.
    Identity,
    /// A role's trust policy: who may assume it.
    Trust,
    /// A policy of a bucket, topic, queue or key: who may do what with it.
    Resource,
}

/// Brings a document to its normal form. The order of statements stays; what AWS treats as a set is sorted,
/// a list of one is its only member, and the ARN of an account's root is written as the account's id, which is the
/// same in every partition.
pub fn normalise(document: &mut Value) {
    // A document given as text is the same document.
    if let Value::String(text) = document
        && let Ok(parsed @ Value::Object(_)) = serde_json::from_str::<Value>(text)
    {
        *document = parsed;
    }
    let Value::Object(policy) = document else { return };
    policy.retain(|key, value| !(matches!(key.as_str(), "Id" | "Version") && is_blank(value)));
    let Some(statements) = policy.get_mut("Statement") else { return };
    if statements.is_object() {
        *statements = Value::Array(vec![statements.take()]);
    }
    for statement in statements.as_array_mut().into_iter().flatten() {
        if let Value::Object(statement) = statement {
            normalise_statement(statement);
        }
    }
}

fn normalise_statement(statement: &mut Map<String, Value>) {
    statement.retain(|key, value| !(key == "Sid" && is_blank(value) || key == "Condition" && is_empty(value)));
    for key in ["Action", "NotAction", "Resource", "NotResource"] {
        if let Some(value) = statement.get_mut(key) {
            set(value);
        }
    }
    for key in ["Principal", "NotPrincipal"] {
        if let Some(value) = statement.get_mut(key) {
            principal(value);
        }
    }
    if let Some(Value::Object(operators)) = statement.get_mut("Condition") {
        for keys in operators.values_mut() {
            if let Value::Object(keys) = keys {
                condition(keys);
            }
        }
    }
}

// `{ AWS = "*" }` and `*` are the same principal to every service but for how they read.
fn principal(value: &mut Value) {
    let Value::Object(kinds) = value else { return };
    for (kind, members) in kinds.iter_mut() {
        if kind == "AWS" {
            match members {
                Value::String(text) => root(text),
                Value::Array(list) => list.iter_mut().for_each(|item| {
                    if let Value::String(text) = item {
                        root(text);
                    }
                }),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
            }
        }
        set(members);
    }
    if kinds.len() == 1 && kinds.get("AWS").and_then(Value::as_str) == Some("*") {
        *value = Value::String("*".into());
    }
}

fn root(text: &mut String) {
    let account = |id: &&str| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
    if let ["arn", _, "iam", "", id, "root"] = text.split(':').collect::<Vec<_>>().as_slice()
        && let Some(id) = Some(*id).filter(account)
    {
        *text = id.to_owned();
    }
}

// Keys are the same whatever their case; values are text, and a list of them is a set.
fn condition(keys: &mut Map<String, Value>) {
    for (key, mut value) in std::mem::take(keys) {
        let key = match key.split_once(':') {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("aws") => format!("aws:{rest}"),
            _ => key,
        };
        match &mut value {
            Value::Array(list) => list.iter_mut().for_each(text),
            other => text(other),
        }
        set(&mut value);
        keys.insert(key, value);
    }
}

fn text(value: &mut Value) {
    if let Value::Bool(_) | Value::Number(_) = value {
        *value = Value::String(value.to_string());
    }
}

/// A list of strings as a set: sorted, each once, and one alone stands without its list.
fn set(value: &mut Value) {
    let Value::Array(list) = value else { return };
    if !list.iter().all(Value::is_string) {
        return;
    }
    list.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    list.dedup();
    if list.len() == 1 {
        *value = list.remove(0);
    }
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(|map| map.values().all(is_empty))
}

/// Returns everything that AWS would refuse in a document. `field` is its field in its spec.
pub fn problems(field: &str, document: &Value, place: Place) -> Vec<Problem> {
    let mut document = document.clone();
    if let Value::String(text) = &document
        && is_symbolic(text)
    {
        return Vec::new();
    }
    normalise(&mut document);
    let Value::Object(policy) = &document else {
        return vec![Problem::new(field, "the policy is not a document").help("write { Version = \"2012-10-17\", Statement = [ … ] }")];
    };
    let mut found = Vec::new();
    for key in policy.keys().filter(|key| !["Version", "Id", "Statement"].contains(&key.as_str())) {
        found
            .push(Problem::new(format!("{field}.{key}"), format!("`{key}` is not part of a policy")).help("Version, Id and Statement are"));
    }
    match policy.get("Version") {
        None => {}
        Some(version) if matches!(version.as_str(), Some("2012-10-17" | "2008-10-17")) => {}
        Some(version) => {
            found.push(Problem::new(format!("{field}.Version"), format!("there is no policy version {version}")).help("write 2012-10-17"))
        }
    }
    let statements = policy.get("Statement").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if statements.is_empty() {
        found.push(Problem::new(field, "the policy has no statement").help("give `Statement` at least one entry"));
    }
    let mut sids = BTreeSet::new();
    for (index, statement) in statements.iter().enumerate() {
        let at = format!("{field}.Statement.{index}");
        match statement {
            Value::Object(statement) => {
                if let Some(sid) = statement.get("Sid").and_then(Value::as_str)
                    && !sids.insert(sid)
                {
                    let problem = Problem::new(format!("{at}.Sid"), format!("two statements have the Sid `{sid}`"));
                    found.push(problem.help("give each its own, or none"));
                }
                statement_problems(&at, statement, place, &mut found);
            }
            _ => found.push(Problem::new(at, "a statement is a table").help("write { Effect = \"Allow\", Action = …, Resource = … }")),
        }
    }
    found
}

const PARTS: &[&str] = &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

fn statement_problems(at: &str, statement: &Map<String, Value>, place: Place, found: &mut Vec<Problem>) {
    for key in statement.keys().filter(|key| !PARTS.contains(&key.as_str())) {
        let known = PARTS.iter().find(|part| part.eq_ignore_ascii_case(key));
        let problem = Problem::new(format!("{at}.{key}"), format!("`{key}` is not part of a statement"));
        found.push(match known {
            Some(part) => problem.help(format!("write `{part}`")),
            None => problem.help(format!("the parts of a statement are {}", PARTS.join(", "))),
        });
    }
    if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        found.push(Problem::new(format!("{at}.Effect"), "a statement either allows or denies").help("write Allow or Deny"));
    }
    if place == Place::Identity
        && let Some(sid) = statement.get("Sid").and_then(Value::as_str)
        && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric())
    {
        let problem = Problem::new(format!("{at}.Sid"), format!("the Sid `{sid}` holds more than letters and digits"));
        found.push(problem.help("IAM takes A-Z a-z 0-9; leave it out if nobody reads it"));
    }
    let has = |key: &str| statement.contains_key(key);
    let mut either = |one: &str, other: &str, wanted: bool, why: &str| match (has(one) || has(other), has(one) && has(other)) {
        (_, true) => found.push(Problem::new(at, format!("the statement has both `{one}` and `{other}`")).help("keep one of them")),
        (false, _) if wanted => found.push(Problem::new(at, format!("the statement has no `{one}`")).help(why)),
        (true, _) if !wanted => found.push(Problem::new(at, format!("the statement has a `{one}`")).help(why)),
        _ => {}
    };
    either("Action", "NotAction", true, "say which actions it is about");
    match place {
        Place::Identity => {
            either("Resource", "NotResource", true, "say which resources it is about, or \"*\"");
            either("Principal", "NotPrincipal", false, "a policy on a role is about that role; leave it out");
        }
        Place::Trust => {
            either("Resource", "NotResource", false, "a trust policy is about its role; leave it out");
            either("Principal", "NotPrincipal", true, "say who may assume the role");
        }
        Place::Resource => either("Principal", "NotPrincipal", true, "say whom it is about, or \"*\""),
    }
    for key in ["Principal", "NotPrincipal"] {
        let services = statement.get(key).and_then(|principal| principal.get("Service"));
        for service in services.into_iter().flat_map(members).filter(|service| !is_symbolic(service) && !is_service(service)) {
            let problem = Problem::new(format!("{at}.{key}.Service"), format!("`{service}` is not the name of a service of AWS's"));
            found.push(problem.help("write it whole, as in ecs-tasks.amazonaws.com"));
        }
        let principals = statement.get(key).and_then(|principal| principal.get("AWS"));
        for one in principals.into_iter().flat_map(members).filter(|one| begins_with_a_name(one)) {
            let problem = Problem::new(format!("{at}.{key}.AWS"), format!("`{one}` is the name of a principal, not its ARN"));
            found.push(problem.help("refer to its `arn`"));
        }
        let principals = statement.get(key).and_then(|principal| principal.get("AWS"));
        for one in principals.into_iter().flat_map(members).filter(|one| !is_symbolic(one) && !is_principal(one)) {
            let problem = Problem::new(format!("{at}.{key}.AWS"), format!("`{one}` is neither an account nor the ARN of a principal"));
            found.push(problem.help("write its ARN, such as arn:aws:iam::123456789012:role/deploy, the account's twelve digits, or \"*\""));
        }
        if let Some(text) = statement.get(key).and_then(Value::as_str).filter(|text| *text != "*" && !is_symbolic(text)) {
            let problem = Problem::new(format!("{at}.{key}"), format!("`{text}` does not say of what sort it is"));
            found.push(problem.help("write { Service = \"ecs-tasks.amazonaws.com\" }, { AWS = \"arn:…\" }, or \"*\""));
        }
    }
    for (key, value) in statement.iter().filter(|(key, _)| ["Action", "NotAction"].contains(&key.as_str())) {
        for action in members(value).filter(|action| !is_symbolic(action)) {
            let (service, name) = action.split_once(':').unwrap_or(("", ""));
            if action != "*" && (service.is_empty() || name.is_empty()) {
                found.push(
                    Problem::new(format!("{at}.{key}"), format!("`{action}` is not an action")).help("write service:Action, s3:GetObject"),
                );
            }
        }
    }
    if let Some(Value::Object(operators)) = statement.get("Condition") {
        for operator in operators.keys().filter(|operator| !is_operator(operator)) {
            let near = OPERATORS.iter().min_by_key(|known| strsim::damerau_levenshtein(known, operator));
            let problem = Problem::new(format!("{at}.Condition"), format!("IAM has no condition operator `{operator}`"));
            found.push(problem.help(format!("did you mean `{}`?", near.copied().unwrap_or_default())));
        }
    }
    if place == Place::Trust {
        for (key, value) in statement.iter().filter(|(key, _)| ["Action", "NotAction"].contains(&key.as_str())) {
            let others = members(value).filter(|action| !is_symbolic(action) && action.contains(':'));
            for action in others.filter(|action| !action.to_ascii_lowercase().starts_with("sts:")) {
                let problem = Problem::new(format!("{at}.{key}"), format!("a trust policy has actions of STS alone, not `{action}`"));
                found.push(problem.help("write sts:AssumeRole; what the role may do stands in its own policies"));
            }
        }
    }
    for (key, value) in statement.iter().filter(|(key, _)| ["Resource", "NotResource"].contains(&key.as_str())) {
        for (resource, help) in members(value).filter_map(|resource| Some((resource, no_arn(resource)?))) {
            found.push(Problem::new(format!("{at}.{key}"), format!("`{resource}` is not an ARN")).help(help));
        }
    }
}

/// Returns what to write instead of a resource that is certainly neither an ARN nor a star.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>
pub fn no_arn(resource: &str) -> Option<&'static str> {
    if begins_with_a_name(resource) {
        return Some("begin with the `arn` of what is referred to, in place of its name");
    }
    let text = !is_symbolic(resource) && !resource.starts_with("${");
    if text && !resource.starts_with("arn:") && !resource.starts_with('*') {
        return Some("write an ARN, or \"*\"");
    }
    // A star may stand for several parts, and so may a variable.
    let short = text && !resource.contains(['*', '?', '$']) && resource.split(':').count() < 6;
    short.then_some("an ARN has six parts: arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE; a part that is empty keeps its colon")
}

/// True for a text that begins with an output which is certainly no ARN, whatever it is of.
fn begins_with_a_name(text: &str) -> bool {
    const NAMES: [&str; 8] = ["name", "uri", "host", "endpoint", "dns_name", "domain_name", "regional_domain_name", "arn_suffix"];
    let symbolic = text.starts_with("${") && is_symbolic(text);
    symbolic && matches!(pieces(text).first(), Some(Piece::Reference(reference)) if NAMES.contains(&reference.output.as_str()))
}

/// True for a text that has the form of a service's name in policies.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services>
fn is_service(text: &str) -> bool {
    let ends = [".amazonaws.com", ".amazonaws.com.cn", ".amazon.com", ".amazonaws.eu", ".aws.internal", ".ic.gov", ".sgov.gov"];
    let plain = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte))
    };
    ends.iter().filter_map(|end| text.strip_suffix(end)).any(plain)
}

/// True for a text that has the form of a principal of IAM: everyone, an account, an ARN, or the id of one that is gone.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
fn is_principal(text: &str) -> bool {
    let account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let unique = |text: &str| {
        text.len() >= 16 && text.starts_with('A') && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    let arn = |text: &str| {
        let parts = text.splitn(6, ':').collect::<Vec<_>>();
        let [first, partition, service, _, owner, name] = parts.as_slice() else { return false };
        let known = matches!(*service, "iam" | "sts") && (account(owner) || is_symbolic(owner));
        // CloudFront's old identities belong to an account that is called so.
        let cloudfront = *service == "iam" && *owner == "cloudfront";
        *first == "arn" && partition.starts_with("aws") && (known || cloudfront) && !name.is_empty()
    };
    text == "*" || account(text) || unique(text) || arn(text)
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>, read in November 2026.
const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
    "Null",
];

// IAM reads operators whatever their case, with a word for sets before them and one for what is missing behind.
fn is_operator(operator: &str) -> bool {
    let plain = operator.split_once(':').map_or(operator, |(set, rest)| {
        if ["ForAllValues", "ForAnyValue"].iter().any(|known| known.eq_ignore_ascii_case(set)) { rest } else { operator }
    });
    let plain = plain.strip_suffix("IfExists").unwrap_or(plain);
    OPERATORS.iter().any(|known| known.eq_ignore_ascii_case(plain))
}

fn members(value: &Value) -> impl Iterator<Item = &str> {
    let one = value.as_str();
    one.into_iter().chain(value.as_array().into_iter().flatten().filter_map(Value::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn normal(mut document: Value) -> Value {
        normalise(&mut document);
        document
    }

    #[test]
    fn what_means_the_same_is_the_same() {
        for (a, b) in [
            (json!({"Statement": {"Effect": "Allow"}}), json!({"Statement": [{"Effect": "Allow"}]})),
            (json!({"Statement": [{"Action": ["s3:GetObject"]}]}), json!({"Statement": [{"Action": "s3:GetObject"}]})),
            (json!({"Statement": [{"Resource": ["b", "a", "b"]}]}), json!({"Statement": [{"Resource": ["a", "b"]}]})),
            (json!({"Statement": [{"Sid": "", "Condition": {}}], "Id": ""}), json!({"Statement": [{}]})),
            (json!({"Statement": [{"Principal": {"AWS": ["*"]}}]}), json!({"Statement": [{"Principal": "*"}]})),
            (
                json!({"Statement": [{"Principal": {"AWS": "123456789012", "Service": ["ecs.amazonaws.com"]}}]}),
                json!({"Statement": [{"Principal": {"Service": "ecs.amazonaws.com", "AWS": ["arn:aws:iam::123456789012:root"]}}]}),
            ),
            (
                json!({"Statement": [{"Principal": {"AWS": "123456789012"}}]}),
                json!({"Statement": [{"Principal": {"AWS": ["arn:aws-cn:iam::123456789012:root"]}}]}),
            ),
            (
                json!({"Statement": [{"Condition": {"Bool": {"AWS:SecureTransport": false}}}]}),
                json!({"Statement": [{"Condition": {"Bool": {"aws:SecureTransport": ["false"]}}}]}),
            ),
            (json!("{\"Statement\": [{\"Effect\": \"Deny\"}]}"), json!({"Statement": [{"Effect": "Deny"}]})),
        ] {
            assert_eq!(normal(a.clone()), normal(b), "{a}");
            assert_eq!(normal(normal(a.clone())), normal(a));
        }
    }

    #[test]
    fn what_means_something_else_stays_apart() {
        for (a, b) in [
            (json!({"Statement": [{"Sid": "a"}, {"Sid": "b"}]}), json!({"Statement": [{"Sid": "b"}, {"Sid": "a"}]})),
            (json!({"Statement": [{"Principal": {"AWS": "*", "Service": "x"}}]}), json!({"Statement": [{"Principal": "*"}]})),
            (json!({"Version": "2008-10-17", "Statement": []}), json!({"Version": "2012-10-17", "Statement": []})),
            (json!({"Statement": [{"Action": "s3:*"}]}), json!({"Statement": [{"NotAction": "s3:*"}]})),
        ] {
            assert_ne!(normal(a), normal(b));
        }
    }

    #[test]
    fn what_aws_would_refuse_is_said() {
        let allow = |more: Value| {
            let mut statement = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
            for (key, value) in more.as_object().unwrap() {
                match value {
                    Value::Null => statement.as_object_mut().unwrap().remove(key),
                    value => statement.as_object_mut().unwrap().insert(key.clone(), value.clone()),
                };
            }
            json!({"Version": "2012-10-17", "Statement": [statement]})
        };
        for (document, place, want) in [
            (allow(json!({})), Place::Identity, None),
            (allow(json!({"Resource": "${storage.bucket.arn}/*"})), Place::Identity, None),
            (allow(json!({"Resource": "${storage.files.bucket.name}/*"})), Place::Identity, Some("not an ARN")),
            (allow(json!({"Resource": "${resource.files.id}/*"})), Place::Identity, None),
            (allow(json!({"Resource": "arn:aws:s3:::${storage.files.bucket.name}/*"})), Place::Identity, None),
            (allow(json!({"Resource": "arn:aws:sqs:us-east-1:123456789012/jobs"})), Place::Identity, Some("not an ARN")),
            (allow(json!({"Resource": ["arn:aws:sqs:*/jobs", "arn:aws:s3:::home/${aws:username}"]})), Place::Identity, None),
            (allow(json!({"Principal": {"AWS": "${resource.role.name}"}})), Place::Resource, Some("name of a principal")),
            (allow(json!({"Principal": {"AWS": "${resource.role.arn}"}})), Place::Resource, None),
            (
                allow(json!({"Resource": null, "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}})),
                Place::Trust,
                None,
            ),
            (allow(json!({"Principal": "*"})), Place::Resource, None),
            (allow(json!({"Principal": {"AWS": ["123456789012", "arn:aws:iam::123456789012:role/deploy"]}})), Place::Resource, None),
            (
                allow(json!({"Principal": {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}})),
                Place::Resource,
                None,
            ),
            (allow(json!({"Principal": {"Service": "logs.us-east-1.amazonaws.com"}})), Place::Resource, None),
            (allow(json!({"Principal": {"Service": "ecs-tasks.amazonaws"}})), Place::Resource, Some("not the name of a service")),
            (
                allow(json!({"Principal": {"Service": ["ecs.amazonaws.com", "ECS.amazonaws.com"]}})),
                Place::Resource,
                Some("not the name of a service"),
            ),
            (allow(json!({"Principal": {"AWS": "arn:aws:s3:::bucket"}})), Place::Resource, Some("neither an account")),
            (allow(json!({"Principal": {"AWS": "deploy"}})), Place::Resource, Some("neither an account")),
            (allow(json!({"Principal": "ecs-tasks.amazonaws.com"})), Place::Resource, Some("of what sort")),
            (json!("${secrets.x.policy}"), Place::Resource, None),
            (json!({"Version": "2012-10-17"}), Place::Identity, Some("no statement")),
            (
                json!({"Version": "2013", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}),
                Place::Identity,
                Some("version"),
            ),
            (json!([]), Place::Identity, Some("not a document")),
            (allow(json!({"Effect": "allow"})), Place::Identity, Some("allows or denies")),
            (allow(json!({"action": "x"})), Place::Identity, Some("not part of a statement")),
            (allow(json!({"Action": null})), Place::Identity, Some("no `Action`")),
            (allow(json!({"NotAction": "s3:*"})), Place::Identity, Some("both `Action` and `NotAction`")),
            (allow(json!({"Action": "GetObject"})), Place::Identity, Some("not an action")),
            (allow(json!({"Resource": "my-bucket"})), Place::Identity, Some("not an ARN")),
            (allow(json!({"Principal": "*"})), Place::Identity, Some("has a `Principal`")),
            (allow(json!({"Sid": "two words"})), Place::Identity, Some("letters and digits")),
            (allow(json!({"Principal": "*"})), Place::Trust, Some("has a `Resource`")),
            (allow(json!({})), Place::Resource, Some("no `Principal`")),
            (allow(json!({"Condition": {"StringEqual": {"aws:SourceAccount": "1"}}})), Place::Identity, Some("no condition operator")),
            (allow(json!({"Condition": {"ForAnyValue:stringlikeIfExists": {"aws:SourceAccount": "1"}}})), Place::Identity, None),
            (
                allow(json!({"Resource": null, "Principal": {"Service": ["ec2"]}, "Action": "sts:AssumeRole"})),
                Place::Trust,
                Some("name of a service"),
            ),
            (allow(json!({"Resource": null, "Principal": {"Service": "ecs.amazonaws.com"}})), Place::Trust, Some("STS alone")),
            (allow(json!({"Resource": null, "Principal": {"AWS": "123456789012"}, "Action": "sts:TagSession"})), Place::Trust, None),
        ] {
            let found = problems("policy", &document, place).into_iter().map(|problem| problem.message).collect::<Vec<_>>();
            match want {
                None => assert_eq!(found, Vec::<String>::new(), "{document}"),
                Some(want) => assert!(found.iter().any(|message| message.contains(want)), "{document}: {found:?}"),
            }
        }
    }
}
