//! `s3.bucket`: an object store, with all its settings.

use crate::core::iam_document::{self, Place};
use crate::core::identity::Scope;
use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::kinds::kms;
use crate::pricing::tariffs::s3::Class;
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub struct Bucket;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The bucket's name, unique in all of AWS; left out, it is made from stack, environment, address and account.
    #[serde(default)]
    pub name: Option<String>,
    /// Delete every object, every version of it included, when the bucket is deleted; otherwise AWS refuses to delete
    /// a bucket that holds any. Kept in a tag, so that it still counts when the bucket is gone from the file.
    #[serde(default)]
    pub force_destroy: bool,
    /// Keep older versions of objects.
    #[serde(default = "yes")]
    pub versioning: bool,
    #[serde(default)]
    pub encryption: Encryption,
    #[serde(default)]
    pub public_access_block: PublicAccessBlock,
    #[serde(default)]
    pub object_ownership: ObjectOwnership,
    #[serde(default)]
    pub lifecycle_rules: Vec<LifecycleRule>,
    #[serde(default)]
    pub cors_rules: Vec<CorsRule>,
    /// Who may do what with the bucket.
    #[serde(default)]
    pub policy: Option<Value>,
    /// Where access logs are written. Left out, it is not ours to say, and no plan spends a call on asking.
    #[serde(default)]
    pub logging: Option<Logging>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// How objects are encrypted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    #[serde(default)]
    pub sse_algorithm: SseAlgorithm,
    /// For `aws:kms`; left out, AWS's own key for S3.
    #[serde(default)]
    pub kms_key_id: Option<String>,
    /// Fewer calls to KMS, at a lower price.
    #[serde(default)]
    pub bucket_key_enabled: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum SseAlgorithm {
    #[default]
    AES256,
    #[serde(rename = "aws:kms")]
    AwsKms,
    #[serde(rename = "aws:kms:dsse")]
    AwsKmsDsse,
}

/// What keeps a bucket from being public by mistake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicAccessBlock {
    #[serde(default = "yes")]
    pub block_public_acls: bool,
    #[serde(default = "yes")]
    pub ignore_public_acls: bool,
    #[serde(default = "yes")]
    pub block_public_policy: bool,
    #[serde(default = "yes")]
    pub restrict_public_buckets: bool,
}

impl Default for PublicAccessBlock {
    fn default() -> Self {
        PublicAccessBlock { block_public_acls: true, ignore_public_acls: true, block_public_policy: true, restrict_public_buckets: true }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum ObjectOwnership {
    /// Access control lists are off.
    #[default]
    BucketOwnerEnforced,
    BucketOwnerPreferred,
    ObjectWriter,
}

/// What becomes of objects as they age.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LifecycleRule {
    pub id: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Objects whose keys begin so; empty means all.
    #[serde(default)]
    pub prefix: String,
    /// Only objects with all of these tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// Only objects of more bytes than this.
    #[serde(default)]
    pub object_size_greater_than: Option<i64>,
    /// Only objects of fewer bytes than this.
    #[serde(default)]
    pub object_size_less_than: Option<i64>,
    /// Days until objects are deleted.
    #[serde(default)]
    pub expiration_days: Option<i32>,
    /// Remove delete markers that hide nothing any more.
    #[serde(default)]
    pub expired_object_delete_marker: bool,
    /// Days until older versions are deleted.
    #[serde(default)]
    pub noncurrent_version_expiration_days: Option<i32>,
    /// How many older versions are kept all the same.
    #[serde(default)]
    pub newer_noncurrent_versions: Option<i32>,
    /// Days until uploads that were never completed are dropped.
    #[serde(default)]
    pub abort_incomplete_multipart_upload_days: Option<i32>,
    #[serde(default)]
    pub transitions: Vec<Transition>,
    #[serde(default)]
    pub noncurrent_version_transitions: Vec<Transition>,
}

impl LifecycleRule {
    /// A rule for all objects that does nothing yet.
    pub fn named(id: &str) -> LifecycleRule {
        LifecycleRule {
            id: id.to_owned(),
            enabled: true,
            prefix: String::new(),
            tags: BTreeMap::new(),
            object_size_greater_than: None,
            object_size_less_than: None,
            expiration_days: None,
            expired_object_delete_marker: false,
            noncurrent_version_expiration_days: None,
            newer_noncurrent_versions: None,
            abort_incomplete_multipart_upload_days: None,
            transitions: Vec::new(),
            noncurrent_version_transitions: Vec::new(),
        }
    }
}

/// After so many days, to a cheaper storage class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    pub days: i32,
    pub storage_class: StorageClass,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StorageClass {
    StandardIa,
    #[serde(rename = "ONEZONE_IA")]
    OnezoneIa,
    IntelligentTiering,
    GlacierIr,
    Glacier,
    DeepArchive,
}

impl StorageClass {
    fn tariff(self) -> Class {
        match self {
            StorageClass::StandardIa => Class::StandardIa,
            StorageClass::OnezoneIa => Class::OnezoneIa,
            StorageClass::IntelligentTiering => Class::IntelligentTiering,
            StorageClass::GlacierIr => Class::GlacierInstant,
            StorageClass::Glacier => Class::GlacierFlexible,
            StorageClass::DeepArchive => Class::GlacierDeep,
        }
    }
}

/// What scripts of other sites may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CorsRule {
    #[serde(default)]
    pub id: Option<String>,
    pub allowed_methods: Vec<Method>,
    pub allowed_origins: Vec<String>,
    #[serde(default)]
    pub allowed_headers: Vec<String>,
    #[serde(default)]
    pub expose_headers: Vec<String>,
    #[serde(default)]
    pub max_age_seconds: Option<i32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Head,
    Put,
    Post,
    Delete,
}

impl Method {
    const ALL: [Method; 5] = [Method::Get, Method::Head, Method::Put, Method::Post, Method::Delete];

    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Put => "PUT",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        }
    }
    pub fn parse(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// Where access logs are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Logging {
    pub target_bucket: String,
    #[serde(default)]
    pub target_prefix: String,
}

fn yes() -> bool {
    true
}

impl Kind for Bucket {
    type Spec = Spec;
    const NAME: &'static str = "s3.bucket";
    const ABOUT: About = About {
        doc: "An object store.",
        outputs: &["id", "name", "arn", "domain_name", "regional_domain_name"],
        foretold: &["id", "name", "arn", "domain_name", "regional_domain_name"],
        naming: Naming::Global { max: 63 },
        arn: "s3:",
        stateful: true,
        console: "https://{region}.console.aws.amazon.com/s3/buckets/{name}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        update("force_destroy"),
        update("versioning"),
        update("encryption"),
        update("public_access_block"),
        update("object_ownership"),
        update("lifecycle_rules").set(),
        update("cors_rules"),
        update("policy").document().late(),
        update("logging").unmanaged(),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            name: None,
            force_destroy: true,
            versioning: true,
            encryption: Encryption::default(),
            public_access_block: PublicAccessBlock::default(),
            object_ownership: ObjectOwnership::BucketOwnerEnforced,
            lifecycle_rules: vec![LifecycleRule {
                noncurrent_version_expiration_days: Some(30),
                abort_incomplete_multipart_upload_days: Some(7),
                ..LifecycleRule::named("old-versions")
            }],
            cors_rules: vec![CorsRule {
                id: None,
                allowed_methods: vec![Method::Get],
                allowed_origins: vec!["https://example.com".into()],
                allowed_headers: vec!["*".into()],
                expose_headers: Vec::new(),
                max_age_seconds: Some(3600),
            }],
            policy: None,
            logging: None,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn normalise(spec: &mut Spec) {
        if spec.policy.as_ref().is_some_and(Value::is_null) {
            spec.policy = None;
        }
        if let Some(document) = &mut spec.policy {
            iam_document::normalise(document);
        }
        for rule in &mut spec.lifecycle_rules {
            rule.transitions.sort();
            rule.noncurrent_version_transitions.sort();
        }
        spec.lifecycle_rules.sort();
        for rule in &mut spec.cors_rules {
            rule.allowed_methods.sort();
            rule.allowed_methods.dedup();
            for list in [&mut rule.allowed_origins, &mut rule.allowed_headers, &mut rule.expose_headers] {
                list.sort();
            }
        }
        if spec.encryption.sse_algorithm == SseAlgorithm::AES256 {
            spec.encryption = Encryption::default();
        }
    }

    fn foretell(scope: &Scope, name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("id".into(), name.to_owned()),
            ("name".into(), name.to_owned()),
            ("arn".into(), scope.bucket_arn(name)),
            ("domain_name".into(), format!("{name}.s3.amazonaws.com")),
            ("regional_domain_name".into(), format!("{name}.s3.{}.amazonaws.com", scope.region)),
        ])
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(name) = spec.name.as_deref().filter(|name| !is_symbolic(name)) {
            bucket_name(name, &mut problems);
        }
        let encryption = &spec.encryption;
        if encryption.sse_algorithm == SseAlgorithm::AES256 && encryption.kms_key_id.is_some() {
            problems.push(
                Problem::new("encryption.kms_key_id", "AES256 uses no KMS key")
                    .help("set sse_algorithm = \"aws:kms\", or leave the key out"),
            );
        }
        problems.extend(kms::key_problem("encryption.kms_key_id", encryption.kms_key_id.as_deref()));
        lifecycle(spec, &mut problems);
        for (index, rule) in spec.cors_rules.iter().enumerate() {
            if rule.allowed_methods.is_empty() || rule.allowed_origins.is_empty() {
                problems.push(
                    Problem::new(format!("cors_rules.{index}"), "a CORS rule allows at least one method and one origin")
                        .help("name `allowed_methods` and `allowed_origins`"),
                );
            }
            for origin in rule.allowed_origins.iter().filter(|origin| origin.matches('*').count() > 1) {
                problems.push(Problem::new(format!("cors_rules.{index}.allowed_origins"), format!("`{origin}` has more than one `*`")));
            }
        }
        if let Some(document) = &spec.policy {
            problems.extend(iam_document::problems("policy", document, Place::Resource));
        }
        problems
    }

    const USAGE: &'static [Measure] = &[
        Measure::new("stored_gb", "GB", [0, 1, 50], "Objects in the class for everyday use, old versions included."),
        Measure::new("object_writes", "requests", [0, 1_000, 100_000], "PUT, COPY, POST and LIST requests."),
        Measure::new("object_reads", "requests", [0, 10_000, 1_000_000], "GET and all other requests."),
        Measure::derived("standard_ia_gb", "GB", "Objects that a lifecycle rule has moved to STANDARD_IA; none if nothing is said."),
        Measure::derived("onezone_ia_gb", "GB", "The same of ONEZONE_IA."),
        Measure::derived("intelligent_tiering_gb", "GB", "The same of INTELLIGENT_TIERING, all read often."),
        Measure::derived("glacier_ir_gb", "GB", "The same of GLACIER_IR."),
        Measure::derived("glacier_flexible_gb", "GB", "The same of GLACIER."),
        Measure::derived("glacier_deep_gb", "GB", "The same of DEEP_ARCHIVE."),
        Measure::derived("moved_objects", "objects", "Objects that lifecycle rules move to another class; none if nothing is said."),
        Measure::derived("retrieved_gb", "GB", "What is read of objects in classes for what is rarely read; none if nothing is said."),
    ];
}

impl Priced for Bucket {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let mut charges = vec![
            tariffs::s3::storage(Class::Standard, facts.usage("stored_gb")),
            tariffs::s3::writes(Class::Standard, facts.usage("object_writes")),
            tariffs::s3::reads(Class::Standard, facts.usage("object_reads")),
        ];
        let rules = spec.lifecycle_rules.iter().filter(|rule| rule.enabled);
        let moves = rules.flat_map(|rule| rule.transitions.iter().chain(&rule.noncurrent_version_transitions));
        let classes = moves.map(|transition| transition.storage_class).collect::<BTreeSet<_>>();
        for (at, class) in classes.into_iter().map(StorageClass::tariff).enumerate() {
            charges.extend(facts.said(&format!("{}_gb", class.name())).map(|gb| tariffs::s3::storage(class, gb)));
            // What is said of all classes together is taken to be about the first.
            if at == 0 {
                charges.extend(facts.said("moved_objects").map(|objects| tariffs::s3::transitions(class, objects)));
                charges.extend(facts.said("retrieved_gb").map(|gb| tariffs::s3::retrieval(class, gb)));
            }
        }
        let encryption = &spec.encryption;
        if encryption.sse_algorithm != SseAlgorithm::AES256 && !encryption.bucket_key_enabled {
            let requests = facts.usage("object_writes").join(facts.usage("object_reads"), |writes, reads| writes + reads);
            charges.push(tariffs::kms::requests(requests));
        }
        charges
    }
}

fn bucket_name(name: &str, problems: &mut Vec<Problem>) {
    let edge = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit());
    let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte));
    if !plain || !edge(name.chars().next()) || !edge(name.chars().last()) || !(3..=63).contains(&name.len()) || name.contains("..") {
        problems.push(
            Problem::new("name", format!("`{name}` cannot be the name of a bucket"))
                .help("3 to 63 of a-z, 0-9, `-` and `.`, a letter or digit at both ends"),
        );
    } else if name.parse::<std::net::Ipv4Addr>().is_ok() {
        problems.push(Problem::new("name", format!("`{name}` is an IP address; a bucket cannot be called so")));
    } else if ["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|start| name.starts_with(start))
        || ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].iter().any(|end| name.ends_with(end))
    {
        problems.push(Problem::new("name", format!("`{name}` begins or ends as names do that AWS keeps for itself")));
    }
}

fn lifecycle(spec: &Spec, problems: &mut Vec<Problem>) {
    let mut ids = BTreeSet::new();
    for (index, rule) in spec.lifecycle_rules.iter().enumerate() {
        let at = |field: &str| format!("lifecycle_rules.{index}.{field}");
        if rule.id.is_empty() || rule.id.len() > 255 || !ids.insert(&rule.id) {
            problems.push(
                Problem::new(at("id"), format!("the id `{}` is empty, too long, or used twice", rule.id))
                    .help("up to 255 characters, one each"),
            );
        }
        let days = [rule.expiration_days, rule.noncurrent_version_expiration_days, rule.abort_incomplete_multipart_upload_days];
        if days.iter().flatten().any(|days| *days < 1) {
            problems.push(Problem::new(at("expiration_days"), "days are counted from 1"));
        }
        if days.iter().all(Option::is_none)
            && !rule.expired_object_delete_marker
            && rule.transitions.is_empty()
            && rule.noncurrent_version_transitions.is_empty()
        {
            problems
                .push(Problem::new(at("id"), format!("the rule `{}` does nothing", rule.id)).help("give it an expiration or a transition"));
        }
        if rule.newer_noncurrent_versions.is_some() && rule.noncurrent_version_expiration_days.is_none() {
            problems.push(
                Problem::new(at("newer_noncurrent_versions"), "older versions are kept but never deleted")
                    .help("set noncurrent_version_expiration_days with it"),
            );
        }
        if !rule.tags.is_empty() && (rule.expired_object_delete_marker || rule.abort_incomplete_multipart_upload_days.is_some()) {
            problems.push(
                Problem::new(at("tags"), "delete markers and unfinished uploads have no tags").help("put them into a rule without `tags`"),
            );
        }
        if rule.expired_object_delete_marker && rule.expiration_days.is_some() {
            problems.push(
                Problem::new(at("expired_object_delete_marker"), "AWS takes either this or `expiration_days`")
                    .help("put one of them into a rule of its own"),
            );
        }
        for transition in rule.transitions.iter().chain(&rule.noncurrent_version_transitions) {
            let infrequent = matches!(transition.storage_class, StorageClass::StandardIa | StorageClass::OnezoneIa);
            if transition.days < if infrequent { 30 } else { 0 } {
                problems.push(
                    Problem::new(at("transitions"), format!("objects cannot move after {} days", transition.days))
                        .help("to STANDARD_IA and ONEZONE_IA after 30 at the earliest"),
                );
            }
            if rule.expiration_days.is_some_and(|expiration| rule.transitions.contains(transition) && expiration <= transition.days) {
                problems.push(Problem::new(at("expiration_days"), "objects are deleted before they move to another storage class"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::trial::holds;
    use serde_json::json;

    #[test]
    fn what_s3_would_refuse_is_said() {
        let rule = |more: Value| {
            let mut rule = json!({"id": "r"});
            rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "lifecycle_rules": [rule] })
        };
        holds::<Bucket>(&[
            (json!({"name": "my-bucket"}), ""),
            (json!({"name": "My_Bucket"}), "cannot be the name"),
            (json!({"name": "10.0.0.1"}), "IP address"),
            (json!({"name": "xn--bucket"}), "keeps for itself"),
            (json!({"encryption": {"kms_key_id": "arn:aws:kms:us-east-1:1:key/1"}}), "uses no KMS key"),
            (json!({"encryption": {"sse_algorithm": "aws:kms", "kms_key_id": "alias/mine"}}), "not the ARN"),
            (rule(json!({})), "does nothing"),
            (rule(json!({"expiration_days": 0})), "counted from 1"),
            (rule(json!({"expiration_days": 5, "expired_object_delete_marker": true})), "either this"),
            (rule(json!({"transitions": [{"days": 7, "storage_class": "STANDARD_IA"}]})), "cannot move after 7"),
            (rule(json!({"expiration_days": 60, "transitions": [{"days": 90, "storage_class": "GLACIER"}]})), "deleted before they move"),
            (rule(json!({"abort_incomplete_multipart_upload_days": 7, "tags": {"a": "b"}})), "have no tags"),
            (rule(json!({"expiration_days": 5, "newer_noncurrent_versions": 2})), "never deleted"),
            (json!({"lifecycle_rules": [{"id": "a", "expiration_days": 1}, {"id": "a", "expiration_days": 2}]}), "used twice"),
            (json!({"cors_rules": [{"allowed_methods": [], "allowed_origins": ["*"]}]}), "at least one method"),
            (json!({"cors_rules": [{"allowed_methods": ["GET"], "allowed_origins": ["https://*.*.com"]}]}), "more than one `*`"),
            (json!({"policy": {"Version": "2012-10-17", "Statement": []}}), "no statement"),
        ]);
    }
}
