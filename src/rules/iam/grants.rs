//! The permissions of a role, as far as its policies can be read. In doubt it has them: a false alarm costs more than a missed one.

use crate::kinds::iam::role::Spec;
use serde_json::Value;

/// The managed policy that lets ECS start tasks, and all that it allows.
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonECSTaskExecutionRolePolicy.html>
const EXECUTION: (&str, [&str; 6]) = (
    ":policy/service-role/AmazonECSTaskExecutionRolePolicy",
    [
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    ],
);

/// Returns the statements of a policy document.
pub fn statements(policy: &Value) -> impl Iterator<Item = &Value> {
    members(&policy["Statement"])
}

/// Returns what a document may say once or as a list.
pub fn members(value: &Value) -> impl Iterator<Item = &Value> {
    let (list, one) = match value {
        Value::Array(list) => (list.as_slice(), None),
        Value::Null => (&[][..], None),
        one => (&[][..], Some(one)),
    };
    list.iter().chain(one)
}

/// True unless the role's policies are all known and none of them allows the action on the resource, or one denies it for certain.
pub fn may(role: &Spec, action: &str, resource: &str) -> bool {
    if role.inline_policies.values().flat_map(statements).any(|statement| denies(statement, action, resource)) {
        return false;
    }
    let inline = role.inline_policies.values().flat_map(statements).any(|statement| allows(statement, action, resource));
    let unread = |arn: &String| !arn.ends_with(EXECUTION.0) || EXECUTION.1.contains(&action);
    inline || role.managed_policy_arns.iter().any(unread)
}

/// The field of a role in which what it may do stands.
pub fn field(role: &Spec) -> String {
    match role.inline_policies.keys().collect::<Vec<_>>().as_slice() {
        [] => String::new(),
        [name] => format!("inline_policies.{name}"),
        _ => "inline_policies".into(),
    }
}

/// True where a statement denies an action on a resource, whatever else allows it: an explicit deny wins.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
pub fn denies(statement: &Value, action: &str, resource: &str) -> bool {
    let any = |key: &str, fits: &dyn Fn(&str) -> bool| members(&statement[key]).filter_map(Value::as_str).any(fits);
    let named = any("Action", &|pattern| is_like(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase()));
    let bare = statement.get("Condition").is_none();
    statement["Effect"] == "Deny" && bare && named && any("Resource", &|pattern| is_like(pattern, resource))
}

/// True where a statement allows an action on a resource, whatever its conditions are.
pub fn allows(statement: &Value, action: &str, resource: &str) -> bool {
    let texts = |key: &str| members(&statement[key]).filter_map(Value::as_str).collect::<Vec<_>>();
    let has = |key: &str| statement.get(key).is_some();
    let named = |pattern: &&str| is_like(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase());
    let acts = if has("NotAction") { !texts("NotAction").iter().any(named) } else { texts("Action").iter().any(named) };
    let on = has("NotResource") || texts("Resource").iter().any(|pattern| covers(pattern, resource));
    statement["Effect"] == "Allow" && acts && on
}

/// True where a pattern of resources covers a resource, or may: nobody knows what a reference stands for beside an ARN. An action
/// that knows no resources is allowed on `*` alone.
pub fn covers(pattern: &str, resource: &str) -> bool {
    if resource == "*" {
        return pattern.bytes().all(|byte| byte == b'*');
    }
    pattern.starts_with("${") != resource.starts_with("${") && pattern != "*" || is_like(pattern, resource)
}

/// True where a pattern with `*` and `?` fits a text.
pub fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut here, mut back) = (0, 0, None);
    while here < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                back = Some((at, here));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[here] => (at, here) = (at + 1, here + 1),
            _ => {
                let Some((star, from)) = back else { return false };
                back = Some((star, from + 1));
                (at, here) = (star + 1, from + 1);
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patterns_fit_as_iam_has_them() {
        for (pattern, text, fits) in [
            ("*", "", true),
            ("s3:Get*", "s3:GetObject", true),
            ("s3:*Object", "s3:GetObject", true),
            ("s3:*Object", "s3:GetObjects", false),
            ("s3:Get?bject", "s3:GetObject", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b", "a-c", false),
        ] {
            assert_eq!(is_like(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn a_statement_allows_what_it_names() {
        let log = "${resource.log.arn}:log-stream:a";
        for (statement, allowed) in [
            (json!({ "Effect": "Allow", "Action": "logs:*", "Resource": "*" }), true),
            (json!({ "Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": ["${resource.log.arn}:*"] }), true),
            (json!({ "Effect": "Allow", "Action": ["LOGS:putlogevents"], "Resource": ["${resource.log.arn}:*"] }), true),
            (json!({ "Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "${resource.other.arn}:*" }), false),
            (json!({ "Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "${resource.log.arn}" }), false),
            (json!({ "Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "arn:aws:logs:*:*:log-group:/ecs/*" }), true),
            (json!({ "Effect": "Allow", "Action": "logs:CreateLogStream", "Resource": "*" }), false),
            (json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }), true),
            (json!({ "Effect": "Deny", "Action": "*", "Resource": "*" }), false),
        ] {
            assert_eq!(allows(&statement, "logs:PutLogEvents", log), allowed, "{statement}");
        }
    }

    #[test]
    fn a_deny_wins_where_it_is_certain() {
        for (statement, denied) in [
            (json!({ "Effect": "Deny", "Action": "logs:*", "Resource": "*" }), true),
            (json!({ "Effect": "Deny", "Action": "LOGS:PutLogEvents", "Resource": "arn:a:*" }), true),
            (json!({ "Effect": "Deny", "Action": "logs:Put*", "Resource": "arn:b" }), false),
            (
                json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "Bool": { "aws:SecureTransport": "false" } } }),
                false,
            ),
            (json!({ "Effect": "Deny", "NotAction": "iam:*", "Resource": "*" }), false),
        ] {
            assert_eq!(denies(&statement, "logs:PutLogEvents", "arn:a:b"), denied, "{statement}");
        }
    }

    #[test]
    fn an_action_without_resources_is_allowed_on_all() {
        let on = |resource: &str| json!({ "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": resource });
        assert!(allows(&on("*"), "ecr:GetAuthorizationToken", "*"));
        assert!(!allows(&on("${resource.repo.arn}"), "ecr:GetAuthorizationToken", "*"));
    }
}
