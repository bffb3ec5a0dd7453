//! IAM209: a service may use a resource on behalf of anybody.

use super::documents::{Use, documents};
use super::grants::members;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use serde_json::Value;

/// Services that act for whoever asks them, and say for whom.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
const DEPUTIES: &[&str] = &[
    "cloudfront.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "cloudwatch.amazonaws.com",
    "config.amazonaws.com",
    "delivery.logs.amazonaws.com",
    "events.amazonaws.com",
    "s3.amazonaws.com",
    "sns.amazonaws.com",
];

/// The keys by which a policy says for whom a service may act.
const KEYS: &[&str] = &["aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner"];

pub const RULE: Rule = Rule {
    code: Code {
        id: "IAM209",
        level: Level::Warning,
        category: Category::Security,
        about: "A policy lets a service use a bucket or topic, and does not say on whose behalf.",
        why: "The same service works for every account: somebody else's trail, rule or distribution may then write here, or read.",
        page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.people]
        kind = "sns.topic"
        [resource.people.policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = "sns:Publish", Resource = "*" }]
    "#],
            right: &[r#"
        [resource.people]
        kind = "sns.topic"
        [resource.people.policy]
        Version = "2012-10-17"
        Statement = [{ Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = "sns:Publish", Resource = "*", Condition = { StringEquals = { "aws:SourceAccount" = "123456789012" } } }]
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let documents = documents(view);
    for document in documents.iter().filter(|document| document.of == Use::Resource) {
        for (field, statement) in document.statements().filter(|(_, statement)| statement["Effect"] == "Allow") {
            let mut services = members(&statement["Principal"]["Service"]).filter_map(Value::as_str);
            let Some(service) = services.find(|service| DEPUTIES.contains(service)) else { continue };
            let conditions = statement["Condition"].as_object().into_iter().flat_map(|operators| operators.values());
            let mut keys = conditions.filter_map(Value::as_object).flat_map(|keys| keys.keys());
            if keys.any(|key| KEYS.contains(&key.to_ascii_lowercase().as_str())) {
                continue;
            }
            let finding = document.seen.finding(field, format!("{service} may use it for every account of AWS"));
            found.push(finding.help("add a condition on aws:SourceArn or aws:SourceAccount"));
        }
    }
    found
}
