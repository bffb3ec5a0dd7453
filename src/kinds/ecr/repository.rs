//! `ecr.repository`: where container images are kept.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub struct Repository;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The repository's name, slashes allowed; left out, one is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether a tag, once pushed, stays with its image.
    #[serde(default)]
    pub image_tag_mutability: Mutability,
    /// Whether images are scanned for known vulnerabilities when they are pushed.
    #[serde(default = "yes")]
    pub scan_on_push: bool,
    /// AWS's own key, or one of KMS.
    #[serde(default)]
    pub encryption_type: Encryption,
    /// The KMS key; left out, with encryption type KMS, AWS's key for ECR.
    #[serde(default)]
    pub kms_key_arn: Option<String>,
    /// The lifecycle policy: which images are removed by themselves. Left out, none are.
    #[serde(default)]
    pub lifecycle_policy: Option<Value>,
    /// Whether the repository may be deleted together with the images in it.
    #[serde(default)]
    pub force_destroy: bool,
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

fn yes() -> bool {
    true
}

impl Kind for Repository {
    type Spec = Spec;
    const NAME: &'static str = "ecr.repository";
    const ABOUT: About = About {
        doc: "Where container images are kept.",
        outputs: &["name", "arn", "uri"],
        naming: Naming::Hyphens { max: 256 },
        arn: "ecr:repository/",
        stateful: true,
        console: "https://{region}.console.aws.amazon.com/ecr/repositories/private/{account}/{name}?region={region}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        update("image_tag_mutability"),
        update("scan_on_push"),
        replace("encryption_type"),
        replace("kms_key_arn").unmanaged(),
        update("lifecycle_policy").document(),
        update("force_destroy"),
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
            force_destroy: false,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(name) = spec.name.as_deref().filter(|name| !is_symbolic(name))
            && !is_repository_name(name)
        {
            problems.push(
                Problem::new("name", format!("`{name}` cannot be the name of a repository"))
                    .help("2 to 256 of a-z and 0-9, words joined by one of . _ - /"),
            );
        }
        if matches!(spec.image_tag_mutability, Mutability::ImmutableWithExclusion | Mutability::MutableWithExclusion) {
            problems.push(
                Problem::new("image_tag_mutability", "exclusion filters are not part of this kind").help("write IMMUTABLE or MUTABLE"),
            );
        }
        if spec.kms_key_arn.is_some() && spec.encryption_type == Encryption::Aes256 {
            problems.push(Problem::new("kms_key_arn", "a KMS key needs encryption type KMS").help("encryption_type = \"KMS\""));
        }
        if let Some(policy) = &spec.lifecycle_policy {
            problems.extend(lifecycle_problems(policy));
        }
        problems
    }

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

    const USAGE: &'static [Measure] = &[Measure::new("image_gb", "GB", [0, 1, 5], "Container images that are kept.")];
}

impl Priced for Repository {
    fn price(_spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        vec![tariffs::registry::images(facts.usage("image_gb"))]
    }
}

fn is_repository_name(name: &str) -> bool {
    (2..=256).contains(&name.len())
        && name.split(['.', '_', '-', '/']).all(|word| !word.is_empty())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-/".contains(&byte))
}

fn lifecycle_problems(policy: &Value) -> Vec<Problem> {
    let Some(rules) = policy.get("rules").and_then(Value::as_array).filter(|rules| !rules.is_empty()) else {
        return match policy {
            Value::String(_) => Vec::new(),
            _ => vec![Problem::new("lifecycle_policy", "the lifecycle policy has no rules").help("give `rules` at least one entry")],
        };
    };
    let mut problems = Vec::new();
    let mut priorities = std::collections::BTreeSet::new();
    for (index, rule) in rules.iter().enumerate() {
        let at = |part: &str| format!("lifecycle_policy.rules.{index}.{part}");
        match rule.get("rulePriority").and_then(Value::as_i64) {
            Some(priority) if priority > 0 => {
                if !priorities.insert(priority) {
                    problems.push(Problem::new(at("rulePriority"), format!("two rules have the priority {priority}")));
                }
            }
            _ => problems.push(Problem::new(at("rulePriority"), "a rule needs a priority from 1 up")),
        }
        let selection = |key: &str| rule.get("selection").and_then(|selection| selection.get(key));
        match selection("tagStatus").and_then(Value::as_str) {
            Some("tagged") if selection("tagPrefixList").is_none() && selection("tagPatternList").is_none() => problems.push(
                Problem::new(at("selection"), "a rule for tagged images says which tags").help("add tagPrefixList or tagPatternList"),
            ),
            Some("tagged" | "untagged" | "any") => {}
            _ => problems.push(Problem::new(at("selection.tagStatus"), "tagStatus is tagged, untagged or any")),
        }
        match selection("countType").and_then(Value::as_str) {
            Some("imageCountMoreThan") => {}
            Some(_) if selection("countUnit").is_none() => {
                problems.push(Problem::new(at("selection.countUnit"), "a rule by age needs its unit").help("countUnit = \"days\""))
            }
            Some(_) => {}
            None => problems
                .push(Problem::new(at("selection.countType"), "a rule says what it counts").help("imageCountMoreThan or sinceImagePushed")),
        }
        if selection("countNumber").and_then(Value::as_i64).is_none_or(|count| count <= 0) {
            problems.push(Problem::new(at("selection.countNumber"), "countNumber is 1 or more"));
        }
        if rule.get("action").and_then(|action| action.get("type")).is_none() {
            problems.push(Problem::new(at("action"), "a rule says what it does").help("action = { type = \"expire\" }"));
        }
    }
    problems
}
