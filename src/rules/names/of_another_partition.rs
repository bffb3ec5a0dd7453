//! NAME203: an ARN is of another part of AWS.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use serde_json::Value;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NAME203",
        level: Level::Warning,
        category: Category::Request,
        about: "An ARN is of another part of AWS than the region: aws, aws-cn or aws-us-gov.",
        why: "The parts of AWS know nothing of each other. A policy with such an ARN is refused as malformed, and anything else is not found.",
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html",
        example: Example::Stack {
            wrong: &[r#"
        [stack]
        name = "shop"
        region = "cn-north-1"
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "sqs", endpoint = "arn:aws:sqs:cn-north-1:123456789012:jobs" }]
    "#],
            right: &[r#"
        [stack]
        name = "shop"
        region = "cn-north-1"
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "sqs", endpoint = "arn:aws-cn:sqs:cn-north-1:123456789012:jobs" }]
    "#],
        },
    },
    look: Look::Resources(find),
};

const PARTITIONS: [&str; 3] = ["aws", "aws-cn", "aws-us-gov"];

fn find(view: &View<'_>) -> Vec<Finding> {
    let own = view.scope.partition();
    let mut found = Vec::new();
    for seen in view.resources() {
        visit(seen.spec, &mut String::new(), &mut |path, text| {
            let Some((partition, rest)) = text.strip_prefix("arn:").and_then(|rest| rest.split_once(':')) else { return };
            if PARTITIONS.contains(&partition) && partition != own {
                let finding = seen.finding(path, format!("`{text}` is of the part `{partition}`, and the region is of `{own}`"));
                found.push(finding.help(format!("write \"arn:{own}:{rest}\"")));
            }
        });
    }
    found
}

/// Calls back for each text of a spec, with its path.
pub(super) fn visit(value: &Value, path: &mut String, each: &mut impl FnMut(&str, &str)) {
    let long = path.len();
    let mut below = |key: &str, value: &Value| {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
        visit(value, path, each);
        path.truncate(long);
    };
    match value {
        Value::Object(table) => table.iter().for_each(|(key, value)| below(key, value)),
        Value::Array(items) => items.iter().enumerate().for_each(|(at, value)| below(&at.to_string(), value)),
        Value::String(text) => each(path, text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
