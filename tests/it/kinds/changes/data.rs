//! Databases, caches, buckets, CDN, search and secrets.

use super::{Change, to};
use serde_json::{Value, json};

pub fn of(kind: &str) -> Option<Vec<(&'static str, Change)>> {
    let key = |last: u32| format!("arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-12345678901{last}");
    let keyed = || json!({ "kms_key_id": key(1) });
    let subnet_group = || {
        let there = json!({ "subnet_ids": ["${example.subnet-d.id}", "${example.subnet-e.id}"] });
        vec![
            ("description", to("Other words")),
            ("subnet_ids", to(json!(["${example.subnet-b.id}", "${example.subnet-c.id}"]))),
            ("vpc_id", to("${example.vpc-b.id}").along(there)),
        ]
    };
    let group_b = || to(json!(["${example.security-group-b.id}"]));
    Some(match kind {
        "rds.instance" => db_instance(key(1), key(2)),
        "rds.parameter_group" => vec![
            ("family", to("postgres15")),
            ("description", to("Other words")),
            ("parameters", to(json!({ "log_min_duration_statement": "250", "max_connections": "200" }))),
        ],
        "rds.subnet_group" | "elasticache.subnet_group" => subnet_group(),
        "elasticache.parameter_group" => {
            vec![("family", to("valkey8")), ("description", to("Other words")), ("parameters", to(json!({ "timeout": "300" })))]
        }
        "elasticache.replication_group" => replication_group(key(1), key(2)),
        "s3.bucket" => bucket(&key(1)),
        "cloudfront.distribution" => distribution(),
        "cloudfront.origin_access_control" => vec![("origin_type", to("lambda")), ("signing_behavior", to("no-override"))],
        "opensearch.domain" => vec![
            ("engine_version", to("OpenSearch_3.1").one_way()),
            ("instance_type", to("m6g.large.search")),
            ("instance_count", to(2)),
            (
                "availability_zone_count",
                to(2).from(json!({ "vpc_id": null, "subnet_ids": [], "security_group_ids": [], "instance_count": 2 })),
            ),
            ("dedicated_master", to(json!({ "instance_type": "m6g.large.search", "instance_count": 3 }))),
            ("volume_type", to("gp2")),
            ("volume_size", to(20)),
            ("iops", to(5000).from(json!({ "iops": 4000 }))),
            ("throughput", to(250).from(json!({ "throughput": 200 }))),
            ("vpc_id", {
                let there = json!({ "subnet_ids": ["${example.subnet-d.id}"], "security_group_ids": ["${example.security-group-d.id}"] });
                to("${example.vpc-b.id}").along(there)
            }),
            ("subnet_ids", to(json!(["${example.subnet-b.id}"]))),
            ("security_group_ids", group_b()),
            ("encrypt_at_rest", to(false)),
            ("kms_key_id", to(key(2)).from(keyed())),
            ("node_to_node_encryption", to(false)),
            ("enforce_https", to(false)),
            ("tls_security_policy", to("Policy-Min-TLS-1-2-PFS-2023-10")),
            ("access_policies", {
                let principal = json!({ "AWS": "arn:aws:iam::123456789012:root" });
                to(
                    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": principal, "Action": "es:ESHttpGet", "Resource": "*" }] }),
                )
            }),
        ],
        "secretsmanager.secret" => {
            vec![("description", to("Other words")), ("kms_key_id", to(key(2)).from(keyed())), ("recovery_window_in_days", to(30))]
        }
        _ => return None,
    })
}

fn db_instance(key: String, other_key: String) -> Vec<(&'static str, Change)> {
    let large = || json!({ "allocated_storage": 400, "max_allocated_storage": 1000, "iops": 12_000, "storage_throughput": 500 });
    let monitored = || json!({ "monitoring_interval": 60, "monitoring_role_arn": "${example.role.arn}" });
    vec![
        ("engine", to("mysql").from(json!({ "enabled_cloudwatch_logs_exports": [] })).along(json!({ "engine_version": "8.4" }))),
        ("engine_version", to("17").one_way()),
        ("auto_minor_version_upgrade", to(false).along(json!({ "engine_version": "16.4" }))),
        ("instance_class", to("db.t4g.small")),
        ("allocated_storage", to(30).one_way()),
        ("max_allocated_storage", to(200)),
        // AWS takes no second change of the storage for six hours.
        ("storage_type", to("gp2").one_way()),
        ("iops", to(13_000).from(large()).one_way()),
        ("storage_throughput", to(600).from(large()).one_way()),
        ("storage_encrypted", to(false)),
        ("kms_key_id", to(other_key).from(json!({ "kms_key_id": key }))),
        ("db_name", to("other")),
        ("master_username", to("somebody")),
        ("port", to(5433)),
        ("db_subnet_group_name", {
            let there = json!({ "vpc_security_group_ids": ["${example.security-group-d.id}"] });
            to("${example.db-subnet-group-d.name}").along(there)
        }),
        ("vpc_security_group_ids", to(json!(["${example.security-group-b.id}"]))),
        ("db_parameter_group_name", {
            to("${example.db-parameter-group-b.name}").from(json!({ "db_parameter_group_name": "${example.db-parameter-group.name}" }))
        }),
        ("multi_az", to(true)),
        ("publicly_accessible", to(true).beside("internet-gateway")),
        ("backup_retention_period", to(3)),
        ("preferred_backup_window", to("06:00-07:00")),
        ("preferred_maintenance_window", to("mon:07:00-mon:08:00")),
        ("copy_tags_to_snapshot", to(false)),
        ("deletion_protection", to(true)),
        ("skip_final_snapshot", to(false)),
        ("enabled_cloudwatch_logs_exports", to(json!(["upgrade"]))),
        ("performance_insights_enabled", to(true)),
        ("monitoring_interval", to(30).from(monitored())),
        ("monitoring_role_arn", to("${example.role-b.arn}").from(monitored())),
        ("iam_database_authentication_enabled", to(true)),
    ]
}

fn replication_group(key: String, other_key: String) -> Vec<(&'static str, Change)> {
    vec![
        ("description", to("Other words")),
        ("engine", to("valkey")),
        ("engine_version", to("8").from(json!({ "engine": "valkey" })).one_way()),
        ("auto_minor_version_upgrade", to(false).along(json!({ "engine_version": "7.1" }))),
        ("cache_node_type", to("cache.t4g.small")),
        ("num_cache_clusters", to(3)),
        ("automatic_failover_enabled", to(true).from(json!({ "num_cache_clusters": 2 }))),
        ("multi_az_enabled", to(true).from(json!({ "num_cache_clusters": 2, "automatic_failover_enabled": true }))),
        ("port", to(6380)),
        ("cache_subnet_group_name", to("${example.cache-subnet-group-b.name}")),
        ("security_group_ids", to(json!(["${example.security-group-b.id}"]))),
        ("cache_parameter_group_name", {
            let first = json!({ "cache_parameter_group_name": "${example.cache-parameter-group.name}" });
            to("${example.cache-parameter-group-b.name}").from(first)
        }),
        ("at_rest_encryption_enabled", to(false)),
        ("kms_key_id", to(other_key).from(json!({ "kms_key_id": key }))),
        ("transit_encryption_enabled", to(false).along(json!({ "transit_encryption_mode": null }))),
        ("transit_encryption_mode", to("preferred")),
        ("auth_token_secret_arn", to("${example.secret.arn}")),
        ("snapshot_retention_limit", to(5)),
        ("snapshot_window", to("06:00-07:00")),
        ("preferred_maintenance_window", to("mon:07:00-mon:08:00")),
    ]
}

fn bucket(key: &str) -> Vec<(&'static str, Change)> {
    let rule = json!({
        "id": "archive", "enabled": true, "prefix": "a/", "tags": { "x": "y" }, "object_size_greater_than": 10, "object_size_less_than": null,
        "expiration_days": 400, "expired_object_delete_marker": false, "noncurrent_version_expiration_days": 90, "newer_noncurrent_versions": 2,
        "abort_incomplete_multipart_upload_days": null,
        "transitions": [{ "days": 30, "storage_class": "STANDARD_IA" }, { "days": 90, "storage_class": "GLACIER" }],
        "noncurrent_version_transitions": [{ "days": 30, "storage_class": "GLACIER_IR" }],
    });
    let cors = json!({
        "id": "other", "allowed_methods": ["GET", "PUT"], "allowed_origins": ["*"], "allowed_headers": [], "expose_headers": ["ETag"], "max_age_seconds": null,
    });
    let read = json!({
        "Sid": "Read", "Effect": "Allow", "Principal": { "AWS": "123456789012" }, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::law-bucket/*",
    });
    let logging = |prefix: &str| json!({ "target_bucket": "${example.bucket-b.name}", "target_prefix": prefix });
    vec![
        ("force_destroy", to(false)),
        ("versioning", to(false)),
        ("encryption", to(json!({ "sse_algorithm": "aws:kms", "kms_key_id": key, "bucket_key_enabled": true }))),
        ("public_access_block", {
            to(
                json!({ "block_public_acls": true, "ignore_public_acls": true, "block_public_policy": false, "restrict_public_buckets": true }),
            )
        }),
        ("object_ownership", to("BucketOwnerPreferred")),
        ("lifecycle_rules", to(json!([rule]))),
        ("cors_rules", to(json!([cors]))),
        ("policy", to(json!({ "Version": "2012-10-17", "Statement": [read] })).from(json!({ "name": "law-bucket" }))),
        ("logging", to(logging("b/")).from(json!({ "logging": logging("a/") }))),
    ]
}

fn distribution() -> Vec<(&'static str, Change)> {
    let certificate = |last: u32| format!("arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-12345678901{last}");
    let certified = || json!({ "acm_certificate_arn": certificate(1) });
    let behavior = |more: Value| {
        let mut behavior = json!({
            "target_origin_id": "bucket", "viewer_protocol_policy": "redirect-to-https", "allowed_methods": ["GET", "HEAD"], "cached_methods": ["GET", "HEAD"],
            "compress": true, "cache_policy": "CachingOptimized", "origin_request_policy": null, "response_headers_policy": null,
        });
        behavior.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        behavior
    };
    let origin = |more: Value| {
        let mut origin = json!({
            "id": "bucket", "domain_name": "${example.bucket.regional_domain_name}", "origin_path": "",
            "origin_access_control_id": "${example.origin-access-control.id}", "custom": null, "connection_attempts": 3, "connection_timeout": 10,
        });
        origin.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        origin
    };
    let every = json!(["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]);
    vec![
        ("comment", to("Other words")),
        ("enabled", to(false)),
        ("aliases", to(json!(["a.example.com", "b.example.com"])).from(certified())),
        ("origins", {
            let web = origin(json!({ "id": "web", "domain_name": "web.example.com", "origin_access_control_id": null, "custom": {} }));
            to(json!([origin(json!({ "origin_path": "/site", "connection_attempts": 2 })), web]))
        }),
        ("default_cache_behavior", to(behavior(json!({ "viewer_protocol_policy": "https-only", "compress": false })))),
        ("ordered_cache_behaviors", {
            let api = behavior(json!({
                "allowed_methods": every, "cache_policy": "CachingDisabled", "origin_request_policy": "AllViewerExceptHostHeader",
                "response_headers_policy": "SecurityHeadersPolicy",
            }));
            to(json!([{ "path_pattern": "/api/*", "behavior": api }]))
        }),
        ("default_root_object", to("home.html")),
        ("custom_error_responses", to(json!([{ "error_code": 404, "error_caching_min_ttl": 60 }]))),
        ("price_class", to("PriceClass_All")),
        ("http_version", to("http2")),
        ("is_ipv6_enabled", to(false)),
        ("acm_certificate_arn", to(certificate(2)).from(certified())),
        ("minimum_protocol_version", to("TLSv1.2_2019").from(certified())),
        ("web_acl_id", to("arn:aws:wafv2:us-east-1:123456789012:global/webacl/acl/12345678-1234-1234-1234-123456789012")),
        ("geo_restriction", to(json!({ "restriction_type": "whitelist", "locations": ["DE", "US"] }))),
        ("logging", to(json!({ "bucket": "logs.s3.amazonaws.com", "prefix": "cdn/", "include_cookies": true }))),
    ]
}
