//! `s3.bucket`: an object store, with all its settings.

use super::usage;
use crate::core::code::Check;
use crate::core::iam_document::{self, Place};
use crate::core::identity::Scope;
use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::kinds::{kms, yes};
use crate::pricing::tariffs::s3::Class;
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

pub struct Bucket;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The bucket's name, unique in all of AWS; left out, it is made from stack, environment, address and account.
    #[serde(default)]
    pub name: Option<String>,
    /// Deletes every object, every version of it included, when the bucket is deleted; otherwise AWS refuses to delete
    /// a bucket that holds any. Kept in a tag, so that it still counts when the bucket is gone from the file.
    #[serde(default)]
    pub force_destroy: bool,
    /// Keeps older versions of objects.
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
    /// The bucket policy: the principals that may use the bucket, and their actions.
    #[serde(default)]
    pub policy: Option<Value>,
    /// The bucket that server access logs are written to. Left out, none; logging that somebody else turned on stays, since no plan
    /// spends a call on asking.
    #[serde(default)]
    pub logging: Option<Logging>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// The default encryption of new objects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Encryption {
    #[serde(default)]
    pub sse_algorithm: SseAlgorithm,
    /// The KMS key of `aws:kms`; left out, AWS's own key for S3.
    #[serde(default)]
    pub kms_key_id: Option<String>,
    /// Uses a bucket key: fewer calls to KMS, at a lower price.
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

/// The settings that block public access, whatever policies and access control lists say.
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

/// A lifecycle rule: transitions and deletions of objects as they age.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LifecycleRule {
    pub id: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The beginning of the keys of objects that the rule is for; empty means all.
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
    /// Removes delete markers that hide nothing any more.
    #[serde(default)]
    pub expired_object_delete_marker: bool,
    /// Days until older versions are deleted.
    #[serde(default)]
    pub noncurrent_version_expiration_days: Option<i32>,
    /// The number of older versions that are kept all the same.
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

/// A transition to a cheaper storage class, after so many days.
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
    pub(super) fn tariff(self) -> Class {
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

/// The requests that scripts of other origins may send (CORS).
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

/// The bucket that server access logs are written to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Logging {
    pub target_bucket: String,
    #[serde(default)]
    pub target_prefix: String,
}

// Pages of AWS that several checks rest on.
const NAMES: &str = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html";
const LIFECYCLE: &str = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html";

/// A bucket with one statement: an action, and what it is about.
macro_rules! statement {
    ($action:literal, $resource:literal) => {
        concat!(
            r#"{"policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": ""#,
            $action,
            r#"", "Resource": ""#,
            $resource,
            r#""}]}}"#
        )
    };
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
    // A bucket cannot be renamed.
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
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
        update("logging"),
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

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "S3B001",
            about: "The name of a bucket has another form than AWS takes.",
            why: "CreateBucket refuses it; the name is part of a host name.",
            page: NAMES,
            wrong: &[r#"{"name": "My_Bucket"}"#, r#"{"name": "a..b"}"#, r#"{"name": "ab"}"#, r#"{"name": "files-"}"#],
            right: &[r#"{"name": "my-bucket"}"#],
            find: name,
        },
        Check {
            id: "S3B002",
            about: "The name of a bucket is an IP address.",
            why: "CreateBucket refuses it, since a host of that name could not be told from the address.",
            page: NAMES,
            wrong: &[r#"{"name": "10.0.0.1"}"#],
            right: &[r#"{"name": "10.0.0.files"}"#],
            find: address,
        },
        Check {
            id: "S3B003",
            about: "The name of a bucket begins or ends as only names of AWS's own do.",
            why: "CreateBucket refuses it: such names belong to access points, table buckets and the like.",
            page: NAMES,
            wrong: &[r#"{"name": "xn--bucket"}"#, r#"{"name": "files-s3alias"}"#],
            right: &[r#"{"name": "files-alias"}"#],
            find: reserved_name,
        },
        Check {
            id: "S3B004",
            about: "A KMS key is named for encryption that uses none.",
            why: "S3 refuses a key together with AES256, whose keys are S3's own.",
            page: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html",
            wrong: &[r#"{"encryption": {"kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d"}}"#],
            right: &[r#"{"encryption": {"sse_algorithm": "aws:kms", "kms_key_id": "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d"}}"#],
            find: key_without_kms,
        },
        Check {
            id: "S3B005",
            about: "The KMS key is not named by its ARN.",
            why: "S3 answers what it was given, so one key under several names would look like a change, and a bare id is sought in the account of whoever writes.",
            page: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html",
            wrong: &[r#"{"encryption": {"sse_algorithm": "aws:kms", "kms_key_id": "alias/mine"}}"#],
            right: &[r#"{"encryption": {"sse_algorithm": "aws:kms"}}"#],
            find: |spec| kms::key_problem("encryption.kms_key_id", spec.encryption.kms_key_id.as_deref()).into_iter().collect(),
        },
        Check {
            id: "S3B006",
            about: "A lifecycle rule has no id, or one that is too long.",
            why: "S3 refuses ids of more than 255 characters, and makes one up where there is none, which would look like a change.",
            page: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html",
            wrong: &[r#"{"lifecycle_rules": [{"id": "", "expiration_days": 1}]}"#],
            right: &[r#"{"lifecycle_rules": [{"id": "old", "expiration_days": 1}]}"#],
            find: rule_id,
        },
        Check {
            id: "S3B007",
            about: "Two lifecycle rules have the same id.",
            why: "S3 refuses the whole configuration.",
            page: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html",
            wrong: &[r#"{"lifecycle_rules": [{"id": "a", "expiration_days": 1}, {"id": "a", "expiration_days": 2}]}"#],
            right: &[r#"{"lifecycle_rules": [{"id": "a", "expiration_days": 1}, {"id": "b", "expiration_days": 2}]}"#],
            find: rule_twice,
        },
        Check {
            id: "S3B008",
            about: "A lifecycle rule counts days from zero or below.",
            why: "S3 refuses it: the first day on which a rule acts is the first after it was made.",
            page: LIFECYCLE,
            wrong: &[
                r#"{"lifecycle_rules": [{"id": "r", "expiration_days": 0}]}"#,
                r#"{"lifecycle_rules": [{"id": "r", "abort_incomplete_multipart_upload_days": -1}]}"#,
            ],
            right: &[r#"{"lifecycle_rules": [{"id": "r", "expiration_days": 1}]}"#],
            find: days,
        },
        Check {
            id: "S3B009",
            about: "A lifecycle rule does nothing.",
            why: "S3 refuses a rule without any action.",
            page: LIFECYCLE,
            wrong: &[r#"{"lifecycle_rules": [{"id": "r"}]}"#],
            right: &[r#"{"lifecycle_rules": [{"id": "r", "noncurrent_version_expiration_days": 30}]}"#],
            find: idle,
        },
        Check {
            id: "S3B010",
            about: "Some older versions are kept, and none are ever deleted.",
            why: "S3 takes a number of versions to keep only together with the days after which the others go.",
            page: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_NoncurrentVersionExpiration.html",
            wrong: &[r#"{"lifecycle_rules": [{"id": "r", "expiration_days": 5, "newer_noncurrent_versions": 2}]}"#],
            right: &[r#"{"lifecycle_rules": [{"id": "r", "noncurrent_version_expiration_days": 5, "newer_noncurrent_versions": 2}]}"#],
            find: kept_versions,
        },
        Check {
            id: "S3B011",
            about: "A lifecycle rule for tagged objects is about what has no tags.",
            why: "S3 refuses it: delete markers and uploads that were never completed carry none.",
            page: LIFECYCLE,
            wrong: &[r#"{"lifecycle_rules": [{"id": "r", "abort_incomplete_multipart_upload_days": 7, "tags": {"a": "b"}}]}"#],
            right: &[r#"{"lifecycle_rules": [{"id": "r", "expiration_days": 7, "tags": {"a": "b"}}]}"#],
            find: tagged,
        },
        Check {
            id: "S3B012",
            about: "A lifecycle rule removes delete markers and deletes objects after some days.",
            why: "S3 refuses both in one rule: an expiration is either by days or of delete markers.",
            page: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleExpiration.html",
            wrong: &[r#"{"lifecycle_rules": [{"id": "r", "expiration_days": 5, "expired_object_delete_marker": true}]}"#],
            right: &[r#"{"lifecycle_rules": [{"id": "r", "expired_object_delete_marker": true}]}"#],
            find: either,
        },
        Check {
            id: "S3B013",
            about: "Objects are to move to another storage class earlier than S3 moves them.",
            why: "S3 refuses it: STANDARD_IA and ONEZONE_IA take objects after 30 days only.",
            page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html",
            wrong: &[
                r#"{"lifecycle_rules": [{"id": "r", "transitions": [{"days": 7, "storage_class": "STANDARD_IA"}]}]}"#,
                r#"{"lifecycle_rules": [{"id": "r", "noncurrent_version_transitions": [{"days": 29, "storage_class": "ONEZONE_IA"}]}]}"#,
                r#"{"lifecycle_rules": [{"id": "r", "transitions": [{"days": -1, "storage_class": "GLACIER"}]}]}"#,
            ],
            right: &[
                r#"{"lifecycle_rules": [{"id": "r", "transitions": [{"days": 30, "storage_class": "STANDARD_IA"}]}, {"id": "s", "prefix": "s/", "transitions": [{"days": 0, "storage_class": "GLACIER_IR"}]}]}"#,
            ],
            find: early,
        },
        Check {
            id: "S3B014",
            about: "Objects are deleted before they would move to another storage class.",
            why: "S3 refuses a rule whose days for deletion are not above those of each transition.",
            page: LIFECYCLE,
            wrong: &[
                r#"{"lifecycle_rules": [{"id": "r", "expiration_days": 60, "transitions": [{"days": 90, "storage_class": "GLACIER"}]}]}"#,
            ],
            right: &[
                r#"{"lifecycle_rules": [{"id": "r", "expiration_days": 91, "transitions": [{"days": 90, "storage_class": "GLACIER"}]}]}"#,
            ],
            find: late,
        },
        Check {
            id: "S3B015",
            about: "A CORS rule allows no method, or no origin.",
            why: "S3 refuses the whole configuration: the rule could never apply.",
            page: "https://docs.aws.amazon.com/AmazonS3/latest/API/API_CORSRule.html",
            wrong: &[
                r#"{"cors_rules": [{"allowed_methods": [], "allowed_origins": ["*"]}]}"#,
                r#"{"cors_rules": [{"allowed_methods": ["GET"], "allowed_origins": []}]}"#,
            ],
            right: &[r#"{"cors_rules": [{"allowed_methods": ["GET"], "allowed_origins": ["*"]}]}"#],
            find: cors,
        },
        Check {
            id: "S3B016",
            about: "An origin of a CORS rule has more than one `*`.",
            why: "S3 refuses the whole configuration.",
            page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html",
            wrong: &[r#"{"cors_rules": [{"allowed_methods": ["GET"], "allowed_origins": ["https://*.*.com"]}]}"#],
            right: &[r#"{"cors_rules": [{"allowed_methods": ["GET"], "allowed_origins": ["https://*.example.com"]}]}"#],
            find: stars,
        },
        Check {
            id: "S3B017",
            about: "The policy of a bucket is no policy document.",
            why: "S3 refuses it as malformed, and until then nobody could read whom it was meant for.",
            page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html",
            wrong: &[r#"{"policy": {"Version": "2012-10-17", "Statement": []}}"#],
            right: &[
                r#"{"policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::files/*"}]}}"#,
            ],
            find: policy,
        },
        Check {
            id: "S3B018",
            about: "A statement of a bucket's policy has an action of another service, or one that is not about its resources.",
            why: "PutBucketPolicy refuses it: \"Action does not apply to any resource(s) in statement\". Objects have `/*` behind the bucket's ARN, the bucket itself has not.",
            page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html",
            wrong: &[
                statement!("s3:GetObject", "arn:aws:s3:::files"),
                statement!("s3:ListBucket", "arn:aws:s3:::files/*"),
                statement!("kms:Decrypt", "arn:aws:s3:::files/*"),
            ],
            right: &[
                statement!("s3:GetObject", "arn:aws:s3:::files/*"),
                statement!("s3:ListBucket", "arn:aws:s3:::files"),
                statement!("s3:*", "arn:aws:s3:::files"),
                statement!("s3:GetObject", "arn:aws:s3:::files*"),
            ],
            find: actions_of_others,
        },
        Check {
            id: "S3B019",
            about: "A lifecycle rule is for objects above a size and below a smaller one, or for unfinished uploads of a size.",
            why: "S3 refuses it: the sizes leave no object, and an unfinished upload has no size yet.",
            page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-filters.html",
            wrong: &[
                r#"{"lifecycle_rules": [{"id": "r", "object_size_greater_than": 1000, "object_size_less_than": 1000, "expiration_days": 1}]}"#,
                r#"{"lifecycle_rules": [{"id": "r", "object_size_greater_than": 1000, "abort_incomplete_multipart_upload_days": 7}]}"#,
            ],
            right: &[
                r#"{"lifecycle_rules": [{"id": "r", "object_size_greater_than": 1000, "object_size_less_than": 2000, "expiration_days": 1}]}"#,
            ],
            find: sizes,
        },
        Check {
            id: "S3B020",
            about: "Objects are to move back from a class that is further away from everyday use.",
            why: "S3 moves objects down its classes and never up, so it refuses the rule.",
            page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html",
            wrong: &[
                r#"{"lifecycle_rules": [{"id": "r", "transitions": [{"days": 30, "storage_class": "GLACIER"}, {"days": 90, "storage_class": "STANDARD_IA"}]}]}"#,
            ],
            right: &[
                r#"{"lifecycle_rules": [{"id": "r", "transitions": [{"days": 90, "storage_class": "GLACIER"}, {"days": 30, "storage_class": "STANDARD_IA"}]}]}"#,
            ],
            find: upwards,
        },
        Check {
            id: "S3B021",
            about: "A statement of a bucket's policy is about something else than the bucket.",
            why: "PutBucketPolicy refuses it: \"Policy has invalid resource\". A policy of IAM may say `*`, that of a bucket names the bucket.",
            page: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html",
            wrong: &[
                statement!("s3:GetObject", "*"),
                statement!("s3:GetObject", "arn:aws:sqs:us-east-1:123456789012:jobs"),
                r#"{"name": "files", "policy": {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::other/*"}]}}"#,
            ],
            right: &[
                statement!("s3:GetObject", "${example.bucket.arn}/*"),
                r#"{"name": "files", "policy": {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::files/*"}]}}"#,
            ],
            find: resources_of_others,
        },
    ];

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

    const USAGE: &'static [Measure] = usage::USAGE;
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
        charges.extend(usage::classes(&moves.map(|transition| transition.storage_class).collect(), facts));
        charges.extend(facts.said("bucket_sent_gb").map(tariffs::transfer::internet));
        charges.extend(facts.said("bucket_other_region_gb").map(tariffs::transfer::other_region));
        let encryption = &spec.encryption;
        if encryption.sse_algorithm != SseAlgorithm::AES256 {
            let each = || facts.usage("object_writes").join(facts.usage("object_reads"), |writes, reads| writes + reads);
            // A bucket key asks KMS so seldom that nothing is assumed of it.
            let requests = facts.said(kms::REQUESTS.name).or_else(|| (!encryption.bucket_key_enabled).then(each));
            charges.extend(requests.map(tariffs::kms::requests));
        }
        charges
    }
}

/// Returns the name, as far as it is known and has the form of one.
fn well_formed(spec: &Spec) -> Option<&str> {
    let edge = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit());
    let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte));
    let ends = |name: &str| edge(name.chars().next()) && edge(name.chars().last());
    let good = |name: &&str| plain(name) && ends(name) && (3..=63).contains(&name.len()) && !name.contains("..");
    spec.name.as_deref().filter(|name| !is_symbolic(name)).filter(good)
}

fn is_address(name: &str) -> bool {
    name.parse::<std::net::Ipv4Addr>().is_ok()
}

fn name(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.name.as_deref().filter(|name| !is_symbolic(name) && well_formed(spec).is_none());
    let problem = |name| {
        Problem::new("name", format!("`{name}` cannot be the name of a bucket"))
            .help("3 to 63 of a-z, 0-9, `-` and `.`, a letter or digit at both ends")
    };
    wrong.map(problem).into_iter().collect()
}

fn address(spec: &Spec) -> Vec<Problem> {
    let wrong = well_formed(spec).filter(|name| is_address(name));
    wrong.map(|name| Problem::new("name", format!("`{name}` is an IP address; a bucket cannot be called so"))).into_iter().collect()
}

fn reserved_name(spec: &Spec) -> Vec<Problem> {
    const STARTS: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
    const ENDS: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
    let reserved = |name: &&str| STARTS.iter().any(|start| name.starts_with(start)) || ENDS.iter().any(|end| name.ends_with(end));
    let problem = |name| {
        let message = format!("`{name}` begins or ends as names do that AWS keeps for itself");
        Problem::new("name", message).help(format!("not {}, and not with {} at its end", STARTS.join(", "), ENDS.join(", ")))
    };
    well_formed(spec).filter(reserved).map(problem).into_iter().collect()
}

fn key_without_kms(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.encryption.sse_algorithm == SseAlgorithm::AES256 && spec.encryption.kms_key_id.is_some();
    let problem =
        || Problem::new("encryption.kms_key_id", "AES256 uses no KMS key").help("set sse_algorithm = \"aws:kms\", or leave the key out");
    wrong.then(problem).into_iter().collect()
}

/// Finds something wrong with lifecycle rules, each looked at by itself; fields are named from the rule.
fn in_rules(spec: &Spec, find: impl Fn(&LifecycleRule) -> Option<Problem>) -> Vec<Problem> {
    let rules = spec.lifecycle_rules.iter().enumerate();
    rules.filter_map(|(index, rule)| Some(find(rule)?.below(&format!("lifecycle_rules.{index}")))).collect()
}

fn refused_id(rule: &LifecycleRule) -> Problem {
    Problem::new("id", format!("the id `{}` is empty, too long, or used twice", rule.id)).help("up to 255 characters, one each")
}

fn rule_id(spec: &Spec) -> Vec<Problem> {
    in_rules(spec, |rule| (rule.id.is_empty() || rule.id.len() > 255).then(|| refused_id(rule)))
}

fn rule_twice(spec: &Spec) -> Vec<Problem> {
    // Only the second of the two is accused.
    let first = |rule: &LifecycleRule| spec.lifecycle_rules.iter().find(|other| other.id == rule.id);
    let again = |rule: &LifecycleRule| first(rule).is_some_and(|first| !std::ptr::eq(first, rule));
    in_rules(spec, |rule| (!rule.id.is_empty() && again(rule)).then(|| refused_id(rule)))
}

fn all_days(rule: &LifecycleRule) -> [Option<i32>; 3] {
    [rule.expiration_days, rule.noncurrent_version_expiration_days, rule.abort_incomplete_multipart_upload_days]
}

fn days(spec: &Spec) -> Vec<Problem> {
    let wrong = |rule: &LifecycleRule| all_days(rule).into_iter().flatten().any(|days| days < 1);
    in_rules(spec, |rule| wrong(rule).then(|| Problem::new("expiration_days", "days are counted from 1")))
}

fn idle(spec: &Spec) -> Vec<Problem> {
    let idle = |rule: &LifecycleRule| {
        all_days(rule).iter().all(Option::is_none)
            && !rule.expired_object_delete_marker
            && rule.transitions.is_empty()
            && rule.noncurrent_version_transitions.is_empty()
    };
    let problem = |rule: &LifecycleRule| {
        Problem::new("id", format!("the rule `{}` does nothing", rule.id)).help("give it an expiration or a transition")
    };
    in_rules(spec, |rule| idle(rule).then(|| problem(rule)))
}

fn kept_versions(spec: &Spec) -> Vec<Problem> {
    let problem = || {
        Problem::new("newer_noncurrent_versions", "older versions are kept but never deleted")
            .help("set noncurrent_version_expiration_days with it")
    };
    let wrong = |rule: &LifecycleRule| rule.newer_noncurrent_versions.is_some() && rule.noncurrent_version_expiration_days.is_none();
    in_rules(spec, |rule| wrong(rule).then(problem))
}

fn tagged(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("tags", "delete markers and unfinished uploads have no tags").help("put them into a rule without `tags`");
    let tagless = |rule: &LifecycleRule| rule.expired_object_delete_marker || rule.abort_incomplete_multipart_upload_days.is_some();
    in_rules(spec, |rule| (!rule.tags.is_empty() && tagless(rule)).then(problem))
}

fn either(spec: &Spec) -> Vec<Problem> {
    let problem = || {
        Problem::new("expired_object_delete_marker", "AWS takes either this or `expiration_days`")
            .help("put one of them into a rule of its own")
    };
    in_rules(spec, |rule| (rule.expired_object_delete_marker && rule.expiration_days.is_some()).then(problem))
}

fn early(spec: &Spec) -> Vec<Problem> {
    let least = |class: StorageClass| match class {
        StorageClass::StandardIa | StorageClass::OnezoneIa => 30,
        StorageClass::IntelligentTiering | StorageClass::GlacierIr | StorageClass::Glacier | StorageClass::DeepArchive => 0,
    };
    let problem = |days: i32| {
        Problem::new("transitions", format!("objects cannot move after {days} days"))
            .help("to STANDARD_IA and ONEZONE_IA after 30 at the earliest")
    };
    let wrong = |rule: &LifecycleRule| {
        let moves = rule.transitions.iter().chain(&rule.noncurrent_version_transitions);
        let early = moves.filter(|one| one.days < least(one.storage_class));
        early.map(|one| problem(one.days)).collect::<Vec<_>>()
    };
    let rules = spec.lifecycle_rules.iter().enumerate();
    rules.flat_map(|(index, rule)| wrong(rule).into_iter().map(move |one| one.below(&format!("lifecycle_rules.{index}")))).collect()
}

fn late(spec: &Spec) -> Vec<Problem> {
    let late = |rule: &LifecycleRule| {
        let deleted = rule.expiration_days?;
        rule.transitions.iter().any(|one| deleted <= one.days).then_some(())
    };
    let problem = |()| {
        Problem::new("expiration_days", "objects are deleted before they move to another storage class")
            .help("delete them later, or leave the transition out")
    };
    in_rules(spec, |rule| late(rule).map(problem))
}

fn sizes(spec: &Spec) -> Vec<Problem> {
    in_rules(spec, |rule| {
        let (least, most) = (rule.object_size_greater_than, rule.object_size_less_than);
        if least.zip(most).is_some_and(|(least, most)| least >= most) {
            let problem = Problem::new("object_size_less_than", "no object is above the one size and below the other");
            return Some(problem.help("let it be above `object_size_greater_than`"));
        }
        let sized = least.is_some() || most.is_some();
        let problem = || {
            Problem::new("abort_incomplete_multipart_upload_days", "an unfinished upload has no size yet")
                .help("put it into a rule of its own, without sizes")
        };
        (sized && rule.abort_incomplete_multipart_upload_days.is_some()).then(problem)
    })
}

/// The classes by how far they are from everyday use.
fn depth(class: StorageClass) -> u8 {
    match class {
        StorageClass::StandardIa => 1,
        StorageClass::IntelligentTiering => 2,
        StorageClass::OnezoneIa => 3,
        StorageClass::GlacierIr => 4,
        StorageClass::Glacier => 5,
        StorageClass::DeepArchive => 6,
    }
}

fn upwards(spec: &Spec) -> Vec<Problem> {
    in_rules(spec, |rule| {
        let moves = [("transitions", &rule.transitions), ("noncurrent_version_transitions", &rule.noncurrent_version_transitions)];
        let back = |list: &[Transition]| {
            let earlier =
                |one: &Transition| list.iter().any(|other| other.days < one.days && depth(other.storage_class) > depth(one.storage_class));
            list.iter().position(earlier)
        };
        let (field, at) = moves.into_iter().find_map(|(field, list)| Some((field, back(list)?)))?;
        let problem = Problem::new(format!("{field}.{at}.storage_class"), "objects do not move back from where they are by then");
        Some(problem.help("order the classes by their days, the cheapest to keep last"))
    })
}

fn actions_of_others(spec: &Spec) -> Vec<Problem> {
    let statements = spec.policy.as_ref().and_then(|policy| policy.get("Statement")).and_then(Value::as_array);
    let wrong = statements.into_iter().flatten().enumerate().filter_map(|(index, statement)| {
        let names = |key: &str| {
            let value = statement.get(key)?;
            Some(match value {
                Value::String(one) => vec![one.as_str()],
                other => other.as_array()?.iter().filter_map(Value::as_str).collect(),
            })
        };
        let (actions, resources) = (names("Action")?, names("Resource")?);
        let at = format!("policy.Statement.{index}");
        if let Some(strange) =
            actions.iter().find(|action| **action != "*" && action.contains(':') && !action.to_ascii_lowercase().starts_with("s3"))
        {
            let problem = Problem::new(format!("{at}.Action"), format!("`{strange}` is no action of S3"));
            return Some(problem.help("a bucket's policy says what is done with the bucket; leave it out, or allow it to the role"));
        }
        let lost = lost(&actions, &resources)?;
        let what = if about(lost) == Some(Sort::Object) {
            "objects, and the resource is the bucket"
        } else {
            "the bucket, and the resources are its objects"
        };
        let problem = Problem::new(format!("{at}.Resource"), format!("`{lost}` is about {what}"));
        Some(problem.help("objects have `/*` behind the bucket's ARN; a statement may name both"))
    });
    wrong.collect()
}

/// Returns the first action of S3 that is about none of the resources of its statement.
pub fn lost<'s>(actions: &[&'s str], resources: &[&str]) -> Option<&'s str> {
    // A reference has no slash in it, so that one stands between a bucket and its objects; a star may be either.
    let star = |resource: &&str| resource.ends_with('*') && !resource.contains('/');
    let plain = |resource: &&str| !resource.contains('/') && (resource.ends_with(".arn}") || resource.starts_with("arn:"));
    let objects = resources.iter().any(|one| star(one) || !plain(one));
    let bucket = resources.iter().any(|one| star(one) || !one.contains('/'));
    let lost = actions.iter().find(|action| match about(action) {
        Some(Sort::Object) => !objects,
        Some(Sort::Bucket) => !bucket,
        None => false,
    });
    lost.copied()
}

fn resources_of_others(spec: &Spec) -> Vec<Problem> {
    let statements = spec.policy.as_ref().and_then(|policy| policy.get("Statement")).and_then(Value::as_array);
    let name = spec.name.as_deref().filter(|name| !is_symbolic(name));
    let strange = |resource: &&str| {
        if iam_document::no_arn(resource).is_some() {
            // It is said as such.
            return false;
        }
        let Some(path) = resource.strip_prefix("arn:").and_then(|rest| rest.split_once(":s3:::")).map(|(_, path)| path) else {
            return !is_symbolic(resource);
        };
        let bucket = path.split('/').next().unwrap_or_default();
        let plain = !is_symbolic(bucket) && !bucket.contains(['*', '?']);
        plain && name.is_some_and(|name| name != bucket)
    };
    let wrong = statements.into_iter().flatten().enumerate().filter_map(|(index, statement)| {
        let all = match statement.get("Resource")? {
            Value::String(one) => vec![one.as_str()],
            other => other.as_array()?.iter().filter_map(Value::as_str).collect(),
        };
        let resource = all.into_iter().find(strange)?;
        let problem = Problem::new(format!("policy.Statement.{index}.Resource"), format!("`{resource}` is not this bucket"));
        Some(problem.help("name the bucket by its ARN, and its objects with `/*` behind it"))
    });
    wrong.collect()
}

/// The sort of resource that an action is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Bucket,
    Object,
}

/// The sort of an action of which nobody can be in doubt; none for patterns and the rest.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>, read in November 2026.
pub fn about(action: &str) -> Option<Sort> {
    match action.strip_prefix("s3:")? {
        "GetObject"
        | "PutObject"
        | "DeleteObject"
        | "GetObjectVersion"
        | "DeleteObjectVersion"
        | "GetObjectTagging"
        | "PutObjectTagging"
        | "GetObjectAcl"
        | "PutObjectAcl"
        | "AbortMultipartUpload"
        | "ListMultipartUploadParts"
        | "RestoreObject" => Some(Sort::Object),
        "ListBucket"
        | "ListBucketVersions"
        | "ListBucketMultipartUploads"
        | "GetBucketLocation"
        | "GetBucketAcl"
        | "PutBucketAcl"
        | "GetBucketPolicy"
        | "PutBucketPolicy"
        | "DeleteBucket"
        | "GetBucketVersioning"
        | "PutLifecycleConfiguration"
        | "GetLifecycleConfiguration"
        | "GetEncryptionConfiguration" => Some(Sort::Bucket),
        _ => None,
    }
}

fn cors(spec: &Spec) -> Vec<Problem> {
    let rules = spec.cors_rules.iter().enumerate();
    let empty = rules.filter(|(_, rule)| rule.allowed_methods.is_empty() || rule.allowed_origins.is_empty());
    let problem = |index: usize| {
        Problem::new(format!("cors_rules.{index}"), "a CORS rule allows at least one method and one origin")
            .help("name `allowed_methods` and `allowed_origins`")
    };
    empty.map(|(index, _)| problem(index)).collect()
}

fn stars(spec: &Spec) -> Vec<Problem> {
    let origins = spec.cors_rules.iter().enumerate().flat_map(|(index, rule)| rule.allowed_origins.iter().map(move |one| (index, one)));
    let wrong = origins.filter(|(_, origin)| origin.matches('*').count() > 1);
    let problem = |(index, origin): (usize, &String)| {
        Problem::new(format!("cors_rules.{index}.allowed_origins"), format!("`{origin}` has more than one `*`"))
            .help("name each origin, or write `*` alone for all")
    };
    wrong.map(problem).collect()
}

fn policy(spec: &Spec) -> Vec<Problem> {
    spec.policy.iter().flat_map(|document| iam_document::problems("policy", document, Place::Resource)).collect()
}
