//! `iam.role`: the permissions of an AWS service or a workload.

use crate::core::code::Check;
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
    /// The description of the role.
    #[serde(default)]
    pub description: String,
    /// The trust policy, which names the principals that may assume the role.
    pub assume_role_policy: Value,
    /// All policies written into the role, by name. One added elsewhere is drift.
    #[serde(default)]
    pub inline_policies: BTreeMap<String, Value>,
    /// The ARNs of all managed policies attached to the role. One attached elsewhere is drift.
    #[serde(default)]
    pub managed_policy_arns: Vec<String>,
    /// The maximum duration of a session, in seconds: 3600 to 43200.
    #[serde(default = "hour")]
    pub max_session_duration: u32,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

fn hour() -> u32 {
    3600
}

impl Kind for Role {
    type Spec = Spec;
    const NAME: &'static str = "iam.role";
    const ABOUT: About = About {
        doc: "An identity with permissions, which an AWS service or a workload assumes.",
        outputs: &["name", "arn"],
        naming: Naming::Hyphens { max: 64 },
        // https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
        caseless: true,
        console: "https://console.aws.amazon.com/iam/home#/roles/details/{name}",
        free: "IAM is free",
        ..About::NEW
    };
    // UpdateRole knows a role by its name.
    // https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        update("description"),
        update("assume_role_policy").document().loose(),
        update("inline_policies").document().loose().lent(),
        update("managed_policy_arns").set().lent(),
        update("max_session_duration"),
        update("tags"),
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
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "IAM001",
            about: "The name of a role has another form than AWS takes.",
            why: "CreateRole refuses it, and a name cannot be changed afterwards.",
            page: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html",
            wrong: &[r#"{"name": "the tasks"}"#, r#"{"name": ""}"#],
            right: &[r#"{"name": "the-tasks_1"}"#],
            find: name,
        },
        Check {
            id: "IAM002",
            about: "The trust policy of a role is no policy that says who may assume it.",
            why: "CreateRole refuses it as malformed.",
            page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
            wrong: &[
                r#"{"assume_role_policy": {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}}"#,
                r#"{"assume_role_policy": {"Statement": []}}"#,
            ],
            right: &[r#"{"assume_role_policy": {"Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ]}}"#],
            find: |spec| iam_document::problems("assume_role_policy", &spec.assume_role_policy, Place::Trust),
        },
        Check {
            id: "IAM003",
            about: "The description of a role is too long.",
            why: "IAM takes 1000 characters, and the mark that proves whose the role is stands in front of it.",
            page: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html",
            wrong: &[concat!(r#"{"description": ""#, ten_times!(ten_times!("0123456789")), r#""}"#)],
            right: &[r#"{"description": "What the web servers may do"}"#],
            find: description_length,
        },
        Check {
            id: "IAM004",
            about: "The description of a role has signs that IAM does not take, or more than one line.",
            why: "CreateRole takes Latin letters and signs only; on one line the mark in front of the text reads back the same.",
            page: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html",
            wrong: &[r#"{"description": "what tasks may do → S3"}"#, r#"{"description": "one\ntwo"}"#],
            right: &[r#"{"description": "Was die Köche dürfen"}"#],
            find: description_letters,
        },
        Check {
            id: "IAM005",
            about: "The longest session of a role is outside what AWS has.",
            why: "CreateRole takes 3600 to 43200 seconds, an hour to twelve, and refuses anything else.",
            page: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html",
            wrong: &[r#"{"max_session_duration": 900}"#, r#"{"max_session_duration": 43201}"#],
            right: &[r#"{"max_session_duration": 43200}"#],
            find: session,
        },
        Check {
            id: "IAM006",
            about: "The name of a policy in a role has another form than AWS takes.",
            why: "PutRolePolicy refuses it, and the role lacks what the policy would allow.",
            page: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html",
            wrong: &[
                r#"{"inline_policies": {"read files": {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}}}"#,
            ],
            right: &[
                r#"{"inline_policies": {"read-files": {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}}}"#,
            ],
            find: policy_names,
        },
        Check {
            id: "IAM007",
            about: "A policy in a role is no policy that says what it may do.",
            why: "PutRolePolicy refuses it as malformed, and the role lacks what the policy would allow.",
            page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
            wrong: &[
                r#"{"inline_policies": {"read": {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject"}]}}}"#,
                r#"{"inline_policies": {"read": {"Statement": [{"Effect": "Maybe", "Action": "s3:GetObject", "Resource": "*"}]}}}"#,
            ],
            right: &[r#"{"inline_policies": {"read": {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}}}"#],
            find: documents,
        },
        Check {
            id: "IAM008",
            about: "The policies in a role are longer together than IAM takes.",
            why: "PutRolePolicy refuses the one that goes beyond 10240 characters with LimitExceeded, and the limit cannot be raised.",
            page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
            wrong: &[concat!(
                r#"{"inline_policies": {"long": {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::"#,
                ten_times!(ten_times!(ten_times!("01234567890"))),
                r#""}]}}}"#
            )],
            right: &[r#"{"inline_policies": {}}"#],
            find: size,
        },
        Check {
            id: "IAM009",
            about: "More managed policies are attached to a role than IAM attaches.",
            why: "AttachRolePolicy refuses the rest with LimitExceeded: ten are usual, and 20 is the most that a raised limit allows.",
            page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
            wrong: &[r#"{
                    "managed_policy_arns": [
                        "${p1.policy.arn}", "${p2.policy.arn}", "${p3.policy.arn}", "${p4.policy.arn}", "${p5.policy.arn}",
                        "${p6.policy.arn}", "${p7.policy.arn}", "${p8.policy.arn}", "${p9.policy.arn}", "${p10.policy.arn}",
                        "${p11.policy.arn}", "${p12.policy.arn}", "${p13.policy.arn}", "${p14.policy.arn}", "${p15.policy.arn}",
                        "${p16.policy.arn}", "${p17.policy.arn}", "${p18.policy.arn}", "${p19.policy.arn}", "${p20.policy.arn}",
                        "${p21.policy.arn}"
                    ]
                }"#],
            right: &[r#"{
                    "managed_policy_arns": [
                        "${p1.policy.arn}", "${p2.policy.arn}", "${p3.policy.arn}", "${p4.policy.arn}", "${p5.policy.arn}",
                        "${p6.policy.arn}", "${p7.policy.arn}", "${p8.policy.arn}", "${p9.policy.arn}", "${p10.policy.arn}",
                        "${p11.policy.arn}", "${p12.policy.arn}", "${p13.policy.arn}", "${p14.policy.arn}", "${p15.policy.arn}",
                        "${p16.policy.arn}", "${p17.policy.arn}", "${p18.policy.arn}", "${p19.policy.arn}", "${p20.policy.arn}"
                    ]
                }"#],
            find: attached,
        },
        Check {
            id: "IAM010",
            about: "A role names a managed policy by something that is no ARN of one.",
            why: "AttachRolePolicy refuses it, and the role lacks what the policy would allow.",
            page: "https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html",
            wrong: &[r#"{"managed_policy_arns": ["AmazonECSTaskExecutionRolePolicy"]}"#],
            right: &[r#"{"managed_policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}"#],
            find: arns,
        },
        Check {
            id: "IAM011",
            about: "Two tags of a role differ in upper and lower case alone.",
            why: "IAM takes them for one key, and CreateRole and TagRole refuse a key that comes twice.",
            page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules",
            wrong: &[r#"{"tags": {"Team": "core", "team": "core"}}"#],
            right: &[r#"{"tags": {"Team": "core", "teams": "core"}}"#],
            find: tag_keys,
        },
    ];

    fn normalise(spec: &mut Spec) {
        iam_document::normalise(&mut spec.assume_role_policy);
        spec.inline_policies.values_mut().for_each(iam_document::normalise);
        spec.managed_policy_arns.sort();
        spec.managed_policy_arns.dedup();
        spec.description = spec.description.trim().to_owned();
    }
}

impl Priced for Role {}

fn name(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.name.iter().filter(|name| !is_symbolic(name) && !is_iam_name(name, 64));
    let problem = |name: &String| {
        Problem::new("name", format!("`{name}` cannot be the name of a role")).help("up to 64 of A-Z a-z 0-9 + = , . @ _ -")
    };
    wrong.map(problem).collect()
}

/// Trueup keeps its own mark in front of the text; together they must fit into IAM's 1000.
fn description_length(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("description", "the description is longer than 700 characters");
    (spec.description.chars().count() > 700).then(problem).into_iter().collect()
}

fn description_letters(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.description.chars().any(|letter| letter.is_control() || letter > '\u{ff}');
    wrong.then(|| Problem::new("description", "IAM takes Latin letters and signs on one line only")).into_iter().collect()
}

fn session(spec: &Spec) -> Vec<Problem> {
    let seconds = spec.max_session_duration;
    let problem = || {
        Problem::new("max_session_duration", format!("a session of {seconds} seconds is not possible"))
            .help("3600 (an hour) to 43200 (twelve)")
    };
    (!(3600..=43200).contains(&seconds)).then(problem).into_iter().collect()
}

fn policy_names(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.inline_policies.keys().filter(|name| !is_iam_name(name, 128));
    wrong.map(|name| Problem::new(format!("inline_policies.{name}"), format!("`{name}` cannot be the name of a policy"))).collect()
}

fn documents(spec: &Spec) -> Vec<Problem> {
    let of = |(name, document)| iam_document::problems(&format!("inline_policies.{name}"), document, Place::Identity);
    spec.inline_policies.iter().flat_map(of).collect()
}

fn size(spec: &Spec) -> Vec<Problem> {
    let size = spec.inline_policies.values().map(|document| document.to_string().len()).sum::<usize>();
    let problem = || {
        Problem::new("inline_policies", format!("the policies have {size} characters together, and IAM allows 10240"))
            .help("use managed policies for a part of them")
    };
    (size > 10_240).then(problem).into_iter().collect()
}

fn attached(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("managed_policy_arns", "IAM attaches at most 20 policies to a role");
    (spec.managed_policy_arns.len() > 20).then(problem).into_iter().collect()
}

fn arns(spec: &Spec) -> Vec<Problem> {
    let given = spec.managed_policy_arns.iter().filter(|arn| !is_symbolic(arn));
    let problem = |arn: &String| {
        Problem::new("managed_policy_arns", format!("`{arn}` is not the ARN of a policy"))
            .help("arn:aws:iam::aws:policy/… for AWS's own, arn:aws:iam::ACCOUNT:policy/… for yours")
    };
    given.filter(|arn| !(arn.starts_with("arn:") && arn.contains(":policy/"))).map(problem).collect()
}

fn tag_keys(spec: &Spec) -> Vec<Problem> {
    let mut known = BTreeMap::new();
    let first = |key: &String| known.insert(key.to_lowercase(), key.clone());
    let twice = spec.tags.keys().map(first).zip(spec.tags.keys()).filter_map(|(first, key)| Some((first?, key)));
    let problem = |(first, key): (String, &String)| {
        Problem::new("tags", format!("to IAM the tag `{key}` is the same as `{first}`")).help("keep one of the two")
    };
    twice.map(problem).collect()
}

fn is_iam_name(name: &str, max: usize) -> bool {
    (1..=max).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte))
}
