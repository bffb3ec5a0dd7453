//! `iam.role`: what an AWS service or a workload may do.

use crate::core::iam_document::{self, Place};
use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::pricing::Priced;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub struct Role;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The role's name; left out, one is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// What the role is for, in words.
    #[serde(default)]
    pub description: String,
    /// The trust policy: who may assume the role.
    pub assume_role_policy: Value,
    /// All policies written into the role, by name. One added elsewhere is drift.
    #[serde(default)]
    pub inline_policies: BTreeMap<String, Value>,
    /// The ARNs of all managed policies attached to the role. One attached elsewhere is drift.
    #[serde(default)]
    pub managed_policy_arns: Vec<String>,
    /// How long a session may last, in seconds: 3600 to 43200.
    #[serde(default = "hour")]
    pub max_session_duration: u32,
}

fn hour() -> u32 {
    3600
}

impl Kind for Role {
    type Spec = Spec;
    const NAME: &'static str = "iam.role";
    const ABOUT: About = About {
        doc: "What an AWS service or a workload may do.",
        outputs: &["name", "arn"],
        naming: Naming::Hyphens { max: 64 },
        console: "https://console.aws.amazon.com/iam/home#/roles/details/{name}",
        free: "IAM is free",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        update("description"),
        update("assume_role_policy").document(),
        update("inline_policies").document(),
        update("managed_policy_arns").set(),
        update("max_session_duration"),
    ];

    fn example() -> Spec {
        let read = json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-bucket/*" }],
        });
        Spec {
            name: None,
            description: "What the tasks of the example may do".into(),
            assume_role_policy: json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": { "Service": ["ecs-tasks.amazonaws.com", "ecs.amazonaws.com"] },
                    "Action": "sts:AssumeRole",
                }],
            }),
            inline_policies: BTreeMap::from([("read".into(), read)]),
            managed_policy_arns: vec!["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy".into()],
            max_session_duration: 3600,
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = iam_document::problems("assume_role_policy", &spec.assume_role_policy, Place::Trust);
        if let Some(name) = spec.name.as_deref().filter(|name| !is_symbolic(name))
            && !is_iam_name(name, 64)
        {
            problems
                .push(Problem::new("name", format!("`{name}` cannot be the name of a role")).help("up to 64 of A-Z a-z 0-9 + = , . @ _ -"));
        }
        // Trueup keeps its own mark in front of the text; together they must fit into IAM's 1000.
        if spec.description.chars().count() > 700 {
            problems.push(Problem::new("description", "the description is longer than 700 characters"));
        }
        if spec.description.chars().any(|letter| letter.is_control() || letter > '\u{ff}') {
            problems.push(Problem::new("description", "IAM takes Latin letters and signs on one line only"));
        }
        if !(3600..=43200).contains(&spec.max_session_duration) {
            problems.push(
                Problem::new("max_session_duration", format!("a session of {} seconds is not possible", spec.max_session_duration))
                    .help("3600 (an hour) to 43200 (twelve)"),
            );
        }
        let mut size = 0;
        for (name, document) in &spec.inline_policies {
            let field = format!("inline_policies.{name}");
            if !is_iam_name(name, 128) {
                problems.push(Problem::new(&*field, format!("`{name}` cannot be the name of a policy")));
            }
            problems.extend(iam_document::problems(&field, document, Place::Identity));
            size += document.to_string().len();
        }
        if size > 10_240 {
            problems.push(
                Problem::new("inline_policies", format!("the policies have {size} characters together, and IAM allows 10240"))
                    .help("use managed policies for a part of them"),
            );
        }
        if spec.managed_policy_arns.len() > 20 {
            problems.push(Problem::new("managed_policy_arns", "IAM attaches at most 20 policies to a role"));
        }
        for arn in spec.managed_policy_arns.iter().filter(|arn| !is_symbolic(arn)) {
            if !(arn.starts_with("arn:") && arn.contains(":policy/")) {
                problems.push(
                    Problem::new("managed_policy_arns", format!("`{arn}` is not the ARN of a policy"))
                        .help("arn:aws:iam::aws:policy/… for AWS's own, arn:aws:iam::ACCOUNT:policy/… for yours"),
                );
            }
        }
        problems
    }

    fn normalise(spec: &mut Spec) {
        iam_document::normalise(&mut spec.assume_role_policy);
        spec.inline_policies.values_mut().for_each(iam_document::normalise);
        spec.managed_policy_arns.sort();
        spec.managed_policy_arns.dedup();
        spec.description = spec.description.trim().to_owned();
    }
}

impl Priced for Role {}

fn is_iam_name(name: &str, max: usize) -> bool {
    (1..=max).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte))
}
