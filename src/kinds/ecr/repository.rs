//! `ecr.repository`: stores container images.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::kinds::{kms, yes};
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub struct Repository;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The repository's name, slashes allowed; left out, one is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// With IMMUTABLE a tag, once pushed, stays with its image; with MUTABLE it can move to another one.
    #[serde(default)]
    pub image_tag_mutability: Mutability,
    /// Scans images for known vulnerabilities when they are pushed.
    #[serde(default = "yes")]
    pub scan_on_push: bool,
    /// The encryption at rest: by AWS's own key, or by one of KMS.
    #[serde(default)]
    pub encryption_type: Encryption,
    /// The KMS key; left out, with encryption type KMS, AWS's key for ECR, or the one that it has.
    #[serde(default)]
    pub kms_key_arn: Option<String>,
    /// The lifecycle policy, by which images expire. Left out, none do.
    #[serde(default)]
    pub lifecycle_policy: Option<Value>,
    /// Lets the repository be deleted together with the images in it.
    #[serde(default)]
    pub force_delete: bool,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Mutability {
    #[default]
    #[serde(rename = "IMMUTABLE")]
    Immutable,
    #[serde(rename = "MUTABLE")]
    Mutable,
    #[serde(rename = "IMMUTABLE_WITH_EXCLUSION")]
    ImmutableWithExclusion,
    #[serde(rename = "MUTABLE_WITH_EXCLUSION")]
    MutableWithExclusion,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Encryption {
    #[default]
    #[serde(rename = "AES256")]
    Aes256,
    #[serde(rename = "KMS")]
    Kms,
    #[serde(rename = "KMS_DSSE")]
    KmsDsse,
}

impl Kind for Repository {
    type Spec = Spec;
    const NAME: &'static str = "ecr.repository";
    const ABOUT: About = About {
        doc: "Stores container images.",
        outputs: &["name", "arn", "uri"],
        naming: Naming::Hyphens { max: 256 },
        arn: "ecr:repository/",
        stateful: true,
        console: "https://{region}.console.aws.amazon.com/ecr/repositories/private/{account}/{name}?region={region}",
        ..About::NEW
    };
    // Encryption is chosen when the repository is made.
    // https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        update("image_tag_mutability"),
        update("scan_on_push"),
        replace("encryption_type"),
        replace("kms_key_arn").unmanaged(),
        update("lifecycle_policy").document(),
        update("force_delete"),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            name: None,
            image_tag_mutability: Mutability::Immutable,
            scan_on_push: true,
            encryption_type: Encryption::Aes256,
            kms_key_arn: None,
            lifecycle_policy: Some(json!({
                "rules": [{
                    "rulePriority": 1,
                    "description": "Keep the last 30 images",
                    "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30 },
                    "action": { "type": "expire" },
                }],
            })),
            force_delete: false,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "ECR001",
            about: "The name of a repository has another form than AWS takes.",
            why: "CreateRepository refuses it, and a name cannot be changed afterwards.",
            page: "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html",
            wrong: &[r#"{"name": "Web"}"#, r#"{"name": "team//web"}"#, r#"{"name": "w"}"#],
            right: &[r#"{"name": "team/web_1"}"#],
            find: name,
        },
        Check {
            id: "ECR002",
            about: "A repository excludes some tags from its mutability.",
            why: "The filters that say which tags are a list of their own, which this kind does not have; AWS would refuse it without.",
            page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
            wrong: &[r#"{"image_tag_mutability": "IMMUTABLE_WITH_EXCLUSION"}"#, r#"{"image_tag_mutability": "MUTABLE_WITH_EXCLUSION"}"#],
            right: &[r#"{"image_tag_mutability": "MUTABLE"}"#],
            find: mutability,
        },
        Check {
            id: "ECR003",
            about: "A repository that AWS's own key encrypts names a KMS key.",
            why: "CreateRepository takes a key only with an encryption type of KMS, and neither can be changed afterwards.",
            page: "https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_EncryptionConfiguration.html",
            wrong: &[r#"{"kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/1"}"#],
            right: &[r#"{"encryption_type": "KMS", "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/1"}"#],
            find: key,
        },
        Check {
            id: "ECR004",
            about: "A lifecycle policy has no rules.",
            why: "PutLifecyclePolicy refuses it as invalid; without any policy images are kept for ever.",
            page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html",
            wrong: &[
                r#"{"lifecycle_policy": {"rules": []}}"#,
                r#"{"lifecycle_policy": {"rules": null}}"#,
                r#"{"lifecycle_policy": "keep the last 30"}"#,
            ],
            right: &[r#"{"lifecycle_policy": null}"#],
            find: some_rule,
        },
        Check {
            id: "ECR005",
            about: "A rule of a lifecycle policy has no priority.",
            why: "PutLifecyclePolicy refuses it, since priorities say which rule comes first.",
            page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html",
            wrong: &[
                r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#,
                r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 0,
                                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#,
            ],
            right: &[r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 10,
                                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#],
            find: priorities,
        },
        Check {
            id: "ECR006",
            about: "Two rules of a lifecycle policy have the same priority.",
            why: "PutLifecyclePolicy refuses it, since nobody could say which of them comes first.",
            page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html",
            wrong: &[r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1,
                                "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1},
                                "action": {"type": "expire"}
                            },
                            {
                                "rulePriority": 1,
                                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#],
            right: &[r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1,
                                "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1},
                                "action": {"type": "expire"}
                            },
                            {
                                "rulePriority": 2,
                                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#],
            find: same_priority,
        },
        Check {
            id: "ECR007",
            about: "A rule for tagged images does not say which tags.",
            why: "PutLifecyclePolicy refuses it without a list of prefixes or patterns.",
            page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html",
            wrong: &[r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1,
                                "selection": {"tagStatus": "tagged", "countType": "imageCountMoreThan", "countNumber": 30},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#],
            right: &[r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1,
                                "selection": {
                                    "tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "imageCountMoreThan",
                                    "countNumber": 30
                                },
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#],
            find: which_tags,
        },
        Check {
            id: "ECR008",
            about: "A rule of a lifecycle policy does not say which images it is about.",
            why: "PutLifecyclePolicy wants tagged, untagged or any, and refuses anything else.",
            page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html",
            wrong: &[
                r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1,
                                "selection": {"tagStatus": "all", "countType": "imageCountMoreThan", "countNumber": 30},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#,
                r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1, "selection": {"countType": "imageCountMoreThan", "countNumber": 30},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#,
            ],
            right: &[r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1,
                                "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 30},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#],
            find: tag_status,
        },
        Check {
            id: "ECR009",
            about: "A rule by age has no unit.",
            why: "PutLifecyclePolicy refuses it; AWS counts in days.",
            page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html",
            wrong: &[r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1,
                                "selection": {"tagStatus": "any", "countType": "sinceImagePushed", "countNumber": 30},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#],
            right: &[r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1,
                                "selection": {"tagStatus": "any", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 30},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#],
            find: count_unit,
        },
        Check {
            id: "ECR010",
            about: "A rule of a lifecycle policy does not say what it counts.",
            why: "PutLifecyclePolicy refuses it: a rule counts images, or days since something happened to them.",
            page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html",
            wrong: &[r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {"rulePriority": 1, "selection": {"tagStatus": "any", "countNumber": 30}, "action": {"type": "expire"}}
                        ]
                    }
                }"#],
            right: &[r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1,
                                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#],
            find: count_type,
        },
        Check {
            id: "ECR011",
            about: "A rule of a lifecycle policy does not count up to anything.",
            why: "PutLifecyclePolicy wants a whole number of 1 or more.",
            page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html",
            wrong: &[
                r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1,
                                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 0},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#,
                r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan"},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#,
            ],
            right: &[r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1,
                                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#],
            find: count_number,
        },
        Check {
            id: "ECR012",
            about: "A rule of a lifecycle policy does not say what it does.",
            why: "PutLifecyclePolicy refuses it: a rule expires images, or moves them to the archive.",
            page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html",
            wrong: &[r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1,
                                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30}
                            }
                        ]
                    }
                }"#],
            right: &[r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1,
                                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#],
            find: actions,
        },
        Check {
            id: "ECR013",
            about: "The rule of a lifecycle policy for any image comes before another one.",
            why: "PutLifecyclePolicy refuses it: a rule with `any` takes every image, and so has the highest number of all.",
            page: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html",
            wrong: &[r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 1,
                                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
                                "action": {"type": "expire"}
                            },
                            {
                                "rulePriority": 2,
                                "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 5},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#],
            right: &[r#"{
                    "lifecycle_policy": {
                        "rules": [
                            {
                                "rulePriority": 2,
                                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
                                "action": {"type": "expire"}
                            },
                            {
                                "rulePriority": 1,
                                "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 5},
                                "action": {"type": "expire"}
                            }
                        ]
                    }
                }"#],
            find: any_first,
        },
    ];

    fn normalise(spec: &mut Spec) {
        let Some(policy) = &mut spec.lifecycle_policy else { return };
        if let Value::String(text) = policy
            && let Ok(parsed) = serde_json::from_str(text)
        {
            *policy = parsed;
        }
        // Their priorities order the rules, not where they stand.
        if let Some(Value::Array(rules)) = policy.get_mut("rules") {
            rules.sort_by_key(|rule| rule.get("rulePriority").and_then(Value::as_i64));
        }
    }

    const USAGE: &'static [Measure] = &[
        Measure::new("image_gb", "GB", [0, 1, 5], "Container images that are kept."),
        Measure::derived("image_sent_gb", "GB", "Images that are pulled over the internet; none if nothing is said."),
        kms::REQUESTS,
    ];
}

impl Priced for Repository {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let mut charges = vec![tariffs::registry::images(facts.usage("image_gb"))];
        charges.extend(facts.said("image_sent_gb").map(tariffs::transfer::internet));
        charges.extend(kms::requests(spec.encryption_type != Encryption::Aes256, facts));
        charges
    }
}

fn name(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.name.iter().filter(|name| !is_symbolic(name) && !is_repository_name(name));
    let problem = |name: &String| {
        Problem::new("name", format!("`{name}` cannot be the name of a repository"))
            .help("2 to 256 of a-z and 0-9, words joined by one of . _ - /")
    };
    wrong.map(problem).collect()
}

fn is_repository_name(name: &str) -> bool {
    (2..=256).contains(&name.len())
        && name.split(['.', '_', '-', '/']).all(|word| !word.is_empty())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-/".contains(&byte))
}

fn mutability(spec: &Spec) -> Vec<Problem> {
    let excluding = matches!(spec.image_tag_mutability, Mutability::ImmutableWithExclusion | Mutability::MutableWithExclusion);
    let problem = || Problem::new("image_tag_mutability", "exclusion filters are not part of this kind").help("write IMMUTABLE or MUTABLE");
    excluding.then(problem).into_iter().collect()
}

fn key(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("kms_key_arn", "a KMS key needs encryption type KMS").help("encryption_type = \"KMS\"");
    (spec.kms_key_arn.is_some() && spec.encryption_type == Encryption::Aes256).then(problem).into_iter().collect()
}

/// Returns the rules of the lifecycle policy; none where there is no policy, or it is given as text that nobody can read.
fn rules(spec: &Spec) -> &[Value] {
    let rules = spec.lifecycle_policy.as_ref().and_then(|policy| policy.get("rules")).and_then(Value::as_array);
    rules.map(Vec::as_slice).unwrap_or_default()
}

fn some_rule(spec: &Spec) -> Vec<Problem> {
    // A text may be a document that is read later on, or a reference to one.
    let readable = |text: &str| is_symbolic(text) || serde_json::from_str::<Value>(text).is_ok_and(|policy| policy.get("rules").is_some());
    let given = spec.lifecycle_policy.as_ref().is_some_and(|policy| policy.as_str().is_none_or(|text| !readable(text)));
    let problem = || Problem::new("lifecycle_policy", "the lifecycle policy has no rules").help("give `rules` at least one entry");
    (given && rules(spec).is_empty()).then(problem).into_iter().collect()
}

/// Refuses the rules that `refused` is about; it accuses a part of the rule.
fn wrong_rules(spec: &Spec, refused: impl Fn(&Value) -> Option<Problem>) -> Vec<Problem> {
    let wrong = rules(spec).iter().enumerate().filter_map(|(index, rule)| Some((index, refused(rule)?)));
    wrong.map(|(index, problem)| Problem { field: format!("lifecycle_policy.rules.{index}.{}", problem.field), ..problem }).collect()
}

fn any_first(spec: &Spec) -> Vec<Problem> {
    let last = rules(spec).iter().filter_map(priority).max();
    wrong_rules(spec, |rule| {
        let any = selection(rule, "tagStatus").and_then(Value::as_str) == Some("any");
        let problem = || {
            Problem::new("selection", "this rule is for any image, and another one comes behind it")
                .help("give it the highest `rulePriority` of all")
        };
        (any && priority(rule) < last).then(problem)
    })
}

fn selection<'a>(rule: &'a Value, key: &str) -> Option<&'a Value> {
    rule.get("selection").and_then(|selection| selection.get(key))
}

fn priority(rule: &Value) -> Option<i64> {
    rule.get("rulePriority").and_then(Value::as_i64).filter(|priority| *priority > 0)
}

fn priorities(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("rulePriority", "a rule needs a priority from 1 up");
    wrong_rules(spec, |rule| priority(rule).is_none().then(problem))
}

fn same_priority(spec: &Spec) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let known = rules(spec).iter().enumerate().filter_map(|(index, rule)| Some((index, priority(rule)?)));
    let again = known.filter(|(_, priority)| !seen.insert(*priority));
    let problem = |(index, priority)| {
        Problem::new(format!("lifecycle_policy.rules.{index}.rulePriority"), format!("two rules have the priority {priority}"))
    };
    again.map(problem).collect()
}

fn which_tags(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("selection", "a rule for tagged images says which tags").help("add tagPrefixList or tagPatternList");
    wrong_rules(spec, |rule| {
        let tagged = selection(rule, "tagStatus").and_then(Value::as_str) == Some("tagged");
        (tagged && selection(rule, "tagPrefixList").is_none() && selection(rule, "tagPatternList").is_none()).then(problem)
    })
}

fn tag_status(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("selection.tagStatus", "tagStatus is tagged, untagged or any");
    wrong_rules(spec, |rule| {
        let status = selection(rule, "tagStatus").and_then(Value::as_str);
        (!matches!(status, Some("tagged" | "untagged" | "any"))).then(problem)
    })
}

fn count_unit(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("selection.countUnit", "a rule by age needs its unit").help("countUnit = \"days\"");
    wrong_rules(spec, |rule| {
        let by_age = selection(rule, "countType").and_then(Value::as_str).is_some_and(|counted| counted != "imageCountMoreThan");
        (by_age && selection(rule, "countUnit").is_none()).then(problem)
    })
}

fn count_type(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("selection.countType", "a rule says what it counts").help("imageCountMoreThan or sinceImagePushed");
    wrong_rules(spec, |rule| selection(rule, "countType").and_then(Value::as_str).is_none().then(problem))
}

fn count_number(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("selection.countNumber", "countNumber is 1 or more");
    wrong_rules(spec, |rule| selection(rule, "countNumber").and_then(Value::as_i64).is_none_or(|count| count <= 0).then(problem))
}

fn actions(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("action", "a rule lets images expire, or moves them").help("action = { type = \"expire\" }");
    wrong_rules(spec, |rule| {
        let action = rule.get("action").and_then(|action| action.get("type"));
        let known =
            |action: &Value| action.as_str().is_some_and(|action| ["expire", "transition"].contains(&action) || is_symbolic(action));
        (!action.is_some_and(known)).then(problem)
    })
}
