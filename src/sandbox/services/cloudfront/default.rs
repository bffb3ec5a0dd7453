//! The defaults that AWS fills into a distribution's configuration, and answers from then on.

use serde_json::{Value, json};

/// The configuration as it is kept and answered: everything given, and a default for everything else.
pub fn fill(config: &Value) -> Value {
    let mut config = config.clone();
    for list in ["Aliases", "CacheBehaviors", "CustomErrorResponses", "OriginGroups"] {
        or(&mut config, list, json!({"Quantity": 0}));
    }
    for (member, value) in [
        ("DefaultRootObject", json!("")),
        ("PriceClass", json!("PriceClass_All")),
        ("WebACLId", json!("")),
        ("HttpVersion", json!("http2")),
        ("IsIPV6Enabled", json!(false)),
        ("ContinuousDeploymentPolicyId", json!("")),
        ("Staging", json!(false)),
        ("Restrictions", json!({"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}})),
    ] {
        or(&mut config, member, value);
    }
    or(&mut config, "Logging", json!({}));
    for (member, value) in [("Enabled", json!(false)), ("IncludeCookies", json!(false)), ("Bucket", json!("")), ("Prefix", json!(""))] {
        or(&mut config["Logging"], member, value);
    }
    certificate(&mut config);
    for origin in items(&mut config["Origins"]) {
        fill_origin(origin);
    }
    fill_behavior(&mut config["DefaultCacheBehavior"]);
    for behavior in items(&mut config["CacheBehaviors"]) {
        fill_behavior(behavior);
    }
    for response in items(&mut config["CustomErrorResponses"]) {
        for (member, value) in [("ResponsePagePath", json!("")), ("ResponseCode", json!("")), ("ErrorCachingMinTTL", json!(10))] {
            or(response, member, value);
        }
    }
    config
}

fn fill_origin(origin: &mut Value) {
    for (member, value) in [
        ("OriginPath", json!("")),
        ("CustomHeaders", json!({"Quantity": 0})),
        ("ConnectionAttempts", json!(3)),
        ("ConnectionTimeout", json!(10)),
        ("OriginShield", json!({"Enabled": false})),
        ("OriginAccessControlId", json!("")),
    ] {
        or(origin, member, value);
    }
    if let Some(custom) = origin.get_mut("CustomOriginConfig").filter(|custom| custom.is_object()) {
        for (member, value) in [
            ("OriginSslProtocols", json!({"Quantity": 2, "Items": ["TLSv1", "SSLv3"]})),
            ("OriginReadTimeout", json!(30)),
            ("OriginKeepaliveTimeout", json!(5)),
        ] {
            or(custom, member, value);
        }
    }
    if let Some(s3) = origin.get_mut("S3OriginConfig").filter(|s3| s3.is_object()) {
        or(s3, "OriginReadTimeout", json!(30));
    }
}

fn fill_behavior(behavior: &mut Value) {
    let read = json!({"Quantity": 2, "Items": ["HEAD", "GET"]});
    for (member, value) in [
        ("TrustedSigners", json!({"Enabled": false, "Quantity": 0})),
        ("TrustedKeyGroups", json!({"Enabled": false, "Quantity": 0})),
        ("AllowedMethods", read.clone()),
        ("SmoothStreaming", json!(false)),
        ("Compress", json!(false)),
        ("LambdaFunctionAssociations", json!({"Quantity": 0})),
        ("FunctionAssociations", json!({"Quantity": 0})),
        ("FieldLevelEncryptionId", json!("")),
        ("GrpcConfig", json!({"Enabled": false})),
    ] {
        or(behavior, member, value);
    }
    or(&mut behavior["AllowedMethods"], "CachedMethods", read);
    // The old way of saying what is cached has defaults of its own.
    if behavior["ForwardedValues"].is_object() {
        for (member, value) in [("MinTTL", 0), ("DefaultTTL", 86_400), ("MaxTTL", 31_536_000)] {
            or(behavior, member, json!(value));
        }
        for list in ["Headers", "QueryStringCacheKeys"] {
            or(&mut behavior["ForwardedValues"], list, json!({"Quantity": 0}));
        }
    }
}

fn certificate(config: &mut Value) {
    or(config, "ViewerCertificate", json!({"CloudFrontDefaultCertificate": true}));
    let viewer = &mut config["ViewerCertificate"];
    let (acm, iam) = (viewer["ACMCertificateArn"].clone(), viewer["IAMCertificateId"].clone());
    let (source, certificate) = match (acm.is_string(), iam.is_string()) {
        (true, _) => ("acm", acm),
        (_, true) => ("iam", iam),
        _ => ("cloudfront", Value::Null),
    };
    if source == "cloudfront" {
        // However little can be chosen with the default certificate, AWS states it.
        *viewer = json!({"CloudFrontDefaultCertificate": true, "SSLSupportMethod": "vip", "MinimumProtocolVersion": "TLSv1"});
    } else {
        viewer["Certificate"] = certificate;
        or(viewer, "CloudFrontDefaultCertificate", json!(false));
        or(viewer, "MinimumProtocolVersion", json!("TLSv1"));
    }
    viewer["CertificateSource"] = json!(source);
}

fn or(value: &mut Value, member: &str, default: Value) {
    if value[member].is_null() {
        value[member] = default;
    }
}

fn items(list: &mut Value) -> impl Iterator<Item = &mut Value> {
    list.get_mut("Items").and_then(Value::as_array_mut).into_iter().flatten()
}
