//! The nodes of a bucket, and of the distribution before it.

use super::{Cdn, PriceClass, Storage};
use crate::core::module::{Keep, Nodes};
use crate::kinds::cloudfront::distribution::{self, Behavior, ErrorResponse, GeoRestriction, HttpVersion, MinimumProtocolVersion, Origin};
use crate::kinds::cloudfront::origin_access_control::{self, OriginType, SigningBehavior};
use crate::kinds::s3::bucket::{self, CorsRule, Encryption, LifecycleRule, ObjectOwnership, PublicAccessBlock, SseAlgorithm, Transition};
use serde_json::{Value, json};

impl Storage {
    pub(super) fn expand_nodes(&self, nodes: &mut Nodes<'_>) {
        let spec = bucket::Spec {
            name: None,
            force_destroy: self.force_destroy,
            versioning: self.versioning,
            encryption: match &self.kms_key {
                None => Encryption::default(),
                Some(key) => Encryption { sse_algorithm: SseAlgorithm::AwsKms, kms_key_id: Some(key.clone()), bucket_key_enabled: true },
            },
            public_access_block: PublicAccessBlock::default(),
            object_ownership: ObjectOwnership::BucketOwnerEnforced,
            lifecycle_rules: self.lifecycle(),
            cors_rules: self.cors_rules(),
            policy: Some(self.policy(nodes)),
            logging: None,
            tags: self.tags.clone(),
        };
        nodes.add_kept::<bucket::Bucket>("bucket", spec, Keep { protect: self.protect, retain: self.retain });
        if let Some(cdn) = &self.cdn {
            self.expand_distribution(nodes, cdn);
        }
    }

    fn expand_distribution(&self, nodes: &mut Nodes<'_>, cdn: &Cdn) {
        let spec = origin_access_control::Spec { name: None, origin_type: OriginType::S3, signing_behavior: SigningBehavior::Always };
        let access = nodes.add::<origin_access_control::OriginAccessControl>("origin-access-control", spec);
        let settings = &nodes.site.settings;
        let spec = distribution::Spec {
            comment: format!("{} {}: {}", settings.name, nodes.site.env, nodes.site.name()),
            enabled: true,
            aliases: cdn.aliases.clone(),
            origins: vec![Origin {
                id: "bucket".into(),
                domain_name: nodes.site.out("bucket", "regional_domain_name"),
                origin_path: String::new(),
                origin_access_control_id: Some(access.out("id")),
                custom: None,
                connection_attempts: 3,
                connection_timeout: 10,
            }],
            default_cache_behavior: Behavior {
                // Without the Origin header S3 would answer no CORS headers.
                origin_request_policy: (!self.cors.is_empty()).then(|| "CORS-S3Origin".to_owned()),
                ..Behavior::to("bucket")
            },
            ordered_cache_behaviors: Vec::new(),
            default_root_object: cdn.index.clone(),
            custom_error_responses: cdn.errors(),
            price_class: match cdn.price_class {
                PriceClass::AmericaEurope => distribution::PriceClass::Class100,
                PriceClass::MostRegions => distribution::PriceClass::Class200,
                PriceClass::Everywhere => distribution::PriceClass::All,
            },
            http_version: HttpVersion::Http2and3,
            is_ipv6_enabled: true,
            acm_certificate_arn: cdn.certificate.clone(),
            minimum_protocol_version: MinimumProtocolVersion::Tls12In2021,
            web_acl_id: None,
            geo_restriction: GeoRestriction::default(),
            logging: None,
            tags: self.tags.clone(),
        };
        let made = nodes.add::<distribution::Distribution>("distribution", spec);
        nodes.only_for_new(&made, "comment");
    }

    // TLS for everybody, and reading for the one distribution.
    fn policy(&self, nodes: &Nodes<'_>) -> Value {
        let arn = nodes.site.out("bucket", "arn");
        let objects = format!("{arn}/*");
        let mut statements = vec![json!({
            "Sid": "OnlyEncrypted", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, objects],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } },
        })];
        if self.cdn.is_some() {
            statements.push(json!({
                "Sid": "Distribution", "Effect": "Allow", "Principal": { "Service": "cloudfront.amazonaws.com" },
                "Action": "s3:GetObject", "Resource": objects,
                "Condition": { "StringEquals": { "AWS:SourceArn": nodes.site.out("distribution", "arn") } },
            }));
        }
        crate::modules::policy::document(statements)
    }

    fn lifecycle(&self) -> Vec<LifecycleRule> {
        let days = |number: u32| (number > 0).then(|| i32::try_from(number).unwrap_or(i32::MAX));
        let rule = LifecycleRule::named;
        let mut rules = vec![LifecycleRule { abort_incomplete_multipart_upload_days: Some(7), ..rule("unfinished-uploads") }];
        if let Some(days) = days(self.old_versions_days).filter(|_| self.versioning) {
            rules.push(LifecycleRule { noncurrent_version_expiration_days: Some(days), ..rule("old-versions") });
        }
        if let Some(days) = days(self.infrequent_days) {
            let transitions = vec![Transition { days, storage_class: bucket::StorageClass::StandardIa }];
            rules.push(LifecycleRule { transitions, ..rule("rarely-read") });
        }
        if let Some(days) = days(self.expire_days) {
            rules.push(LifecycleRule { expiration_days: Some(days), ..rule("expire") });
        }
        rules
    }

    fn cors_rules(&self) -> Vec<CorsRule> {
        let rule = |cors: &super::Cors| CorsRule {
            id: None,
            allowed_methods: cors.methods.clone(),
            allowed_origins: cors.origins.clone(),
            allowed_headers: cors.headers.clone(),
            expose_headers: cors.expose.clone(),
            max_age_seconds: i32::try_from(cors.max_age).ok(),
        };
        self.cors.iter().map(rule).collect()
    }
}

impl Cdn {
    // A bucket that may not be listed answers 403 for what is not there.
    fn errors(&self) -> Vec<ErrorResponse> {
        let page = if self.single_page { self.not_found.as_ref().or(self.index.as_ref()) } else { self.not_found.as_ref() };
        let page = page.map(|page| format!("/{}", page.trim_start_matches('/')));
        let answer = |error_code| {
            page.clone().map(|page| ErrorResponse {
                error_code,
                response_code: Some(if self.single_page { 200 } else { 404 }),
                response_page_path: Some(page),
                error_caching_min_ttl: 10,
            })
        };
        [403, 404].into_iter().filter_map(answer).collect()
    }
}
