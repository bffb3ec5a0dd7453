//! CloudFront as a caller sees it.

use super::*;
use crate::services::testing::fitting;
use crate::world::{World, merge};

fn call(world: &mut World, operation: &str, input: Value) -> Result<Value, String> {
    let mut call = Call::new(world, &input, "cloudfront", operation, "us-east-1");
    let answer = handler(operation).unwrap()(&mut call).map_err(|fault| fault.code);
    answer.map(|answer| fitting("cloudfront", operation, answer))
}

fn control(world: &mut World) -> String {
    let config = json!({"Name": "oac", "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3"});
    let made = call(world, "CreateOriginAccessControl", json!({"OriginAccessControlConfig": config})).unwrap();
    made["OriginAccessControl"]["Id"].as_str().unwrap().to_owned()
}

fn config(control: &str, more: Value) -> Value {
    let s3 = json!({"OriginAccessIdentity": ""});
    let origin = json!({"Id": "o", "DomainName": "b.s3.us-east-1.amazonaws.com", "OriginAccessControlId": control, "S3OriginConfig": s3});
    let mut config = json!({
        "CallerReference": "cr1", "Comment": "c", "Enabled": true, "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "o", "ViewerProtocolPolicy": "redirect-to-https", "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
        },
    });
    merge(&mut config, &more);
    config
}

#[test]
fn a_distribution_is_disabled_before_it_is_deleted() {
    let world = &mut World::new("123456789012", 1, 0);
    let control = control(world);
    let tags = json!({"Items": [{"Key": "proj", "Value": "demo"}]});
    let input = json!({"DistributionConfigWithTags": {"DistributionConfig": config(&control, json!({})), "Tags": tags}});
    let made = call(world, "CreateDistributionWithTags", input.clone()).unwrap();
    let id = made["Distribution"]["Id"].clone();
    assert_eq!(call(world, "CreateDistributionWithTags", input), Err("DistributionAlreadyExists".into()));
    let other = json!({"DistributionConfig": config(&control, json!({"Comment": "other"}))});
    assert_eq!(call(world, "CreateDistribution", other), Err("DistributionAlreadyExists".into()));
    assert_eq!(made["Distribution"]["Status"], "InProgress");
    assert_eq!(made["Distribution"]["DistributionConfig"]["ViewerCertificate"]["MinimumProtocolVersion"], "TLSv1");
    let tags = call(world, "ListTagsForResource", json!({"Resource": made["Distribution"]["ARN"]})).unwrap();
    assert_eq!(tags["Tags"]["Items"][0]["Key"], "proj");
    world.advance_to(300_000);
    let got = call(world, "GetDistributionConfig", json!({"Id": id})).unwrap();
    assert_eq!(call(world, "DeleteDistribution", json!({"Id": id, "IfMatch": got["ETag"]})), Err("DistributionNotDisabled".into()));
    let mut wanted = got["DistributionConfig"].clone();
    wanted["Enabled"] = json!(false);
    let update = |etag: &Value, config: &Value| json!({"Id": id, "IfMatch": etag, "DistributionConfig": config});
    assert_eq!(call(world, "UpdateDistribution", update(&json!("E0"), &wanted)), Err("PreconditionFailed".into()));
    assert_eq!(call(world, "UpdateDistribution", update(&Value::Null, &wanted)), Err("InvalidIfMatchVersion".into()));
    let partial = config(&control, json!({}));
    assert_eq!(call(world, "UpdateDistribution", update(&got["ETag"], &partial)), Err("IllegalUpdate".into()));
    let updated = call(world, "UpdateDistribution", update(&got["ETag"], &wanted)).unwrap();
    assert_ne!(updated["ETag"], got["ETag"]);
    let delete = json!({"Id": id, "IfMatch": updated["ETag"]});
    assert_eq!(call(world, "DeleteDistribution", delete.clone()), Err("DistributionNotDisabled".into()));
    world.advance_to(600_000);
    let etag = call(world, "GetOriginAccessControl", json!({"Id": control})).unwrap()["ETag"].clone();
    let forget = json!({"Id": control, "IfMatch": etag});
    assert_eq!(call(world, "DeleteOriginAccessControl", forget.clone()), Err("OriginAccessControlInUse".into()));
    call(world, "DeleteDistribution", delete.clone()).unwrap();
    assert_eq!(call(world, "DeleteDistribution", delete), Err("NoSuchDistribution".into()));
    call(world, "DeleteOriginAccessControl", forget).unwrap();
    assert!(world.tags.is_empty());
}

#[test]
fn bad_configurations_are_refused() {
    let world = &mut World::new("123456789012", 1, 0);
    let control = control(world);
    let behavior = |more: Value| json!({"DefaultCacheBehavior": more});
    let restricted = |kind: &str, countries: &[&str]| json!({"GeoRestriction": {"RestrictionType": kind, "Quantity": countries.len(), "Items": countries}});
    let custom = |domain: &str, more: Value| {
        let mut custom = json!({"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"});
        merge(&mut custom, &more);
        json!({"Id": "o", "DomainName": domain, "CustomOriginConfig": custom})
    };
    let cases = [
        (json!({"Origins": {"Quantity": 2}}), "InconsistentQuantities"),
        (behavior(json!({"TargetOriginId": "x"})), "NoSuchOrigin"),
        (behavior(json!({"CachePolicyId": "x"})), "NoSuchCachePolicy"),
        (behavior(json!({"CachePolicyId": null})), "InvalidArgument"),
        (behavior(json!({"AllowedMethods": {"Quantity": 1, "Items": ["GET"]}})), "InvalidArgument"),
        (json!({"Aliases": {"Quantity": 1, "Items": ["x.example.com"]}}), "InvalidViewerCertificate"),
        (json!({"DefaultRootObject": "/index.html"}), "InvalidDefaultRootObject"),
        (json!({"CustomErrorResponses": {"Quantity": 1, "Items": [{"ErrorCode": 418}]}}), "InvalidErrorCode"),
        (json!({"CustomErrorResponses": {"Quantity": 2, "Items": [{"ErrorCode": 404}, {"ErrorCode": 404}]}}), "InvalidArgument"),
        (json!({"Aliases": {"Quantity": 1, "Items": ["https://x.example.com"]}}), "InvalidArgument"),
        (json!({"Aliases": {"Quantity": 1, "Items": ["*.*.example.com"]}}), "InvalidArgument"),
        (json!({"Restrictions": restricted("whitelist", &[])}), "InvalidGeoRestrictionParameter"),
        (json!({"Restrictions": restricted("none", &["DE"])}), "InvalidGeoRestrictionParameter"),
        (json!({"Restrictions": restricted("blacklist", &["Germany"])}), "InvalidGeoRestrictionParameter"),
        (json!({"Restrictions": restricted("whitelist", &["DE", "UK"])}), "InvalidGeoRestrictionParameter"),
        (json!({"WebACLId": "front"}), "InvalidWebACLId"),
        (json!({"WebACLId": "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/front/1"}), "InvalidWebACLId"),
        (json!({"Origins": {"Items": [custom("localhost", json!({}))]}}), "InvalidArgument"),
        (json!({"Origins": {"Items": [custom("example.com:8080", json!({}))]}}), "InvalidArgument"),
        (json!({"Origins": {"Items": [custom("example.com", json!({"HTTPPort": 22}))]}}), "InvalidArgument"),
        (
            json!({"Origins": {"Items": [custom("example.com", json!({"OriginSslProtocols": {"Quantity": 0, "Items": []}}))]}}),
            "InvalidArgument",
        ),
        (json!({"Logging": {"Enabled": true, "IncludeCookies": false, "Bucket": "logs", "Prefix": ""}}), "InvalidArgument"),
    ];
    for (more, code) in cases {
        assert_eq!(
            call(world, "CreateDistribution", json!({"DistributionConfig": config(&control, more.clone())})),
            Err(code.into()),
            "{more}"
        );
    }
    assert_eq!(
        call(world, "CreateDistribution", json!({"DistributionConfig": config("E0", json!({}))})),
        Err("InvalidOriginAccessControl".into())
    );
}

#[test]
fn restrictions_firewalls_and_logs_that_cloudfront_takes() {
    let world = &mut World::new("123456789012", 1, 0);
    let control = control(world);
    let input = Value::Null;
    let mut seed = Call::new(world, &input, "s3", "", "us-east-1");
    for (name, ownership) in [("logs", "BucketOwnerPreferred"), ("closed", "BucketOwnerEnforced")] {
        seed.put("s3.bucket", name, json!({"Name": name, "_ownership": {"Rules": [{"ObjectOwnership": ownership}]}}));
    }
    let mut create = |reference: &str, bucket: &str| {
        let more = json!({
            "CallerReference": reference,
            "Restrictions": {"GeoRestriction": {"RestrictionType": "whitelist", "Quantity": 1, "Items": ["DE"]}},
            "WebACLId": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/front/1",
            "Logging": {"Enabled": true, "IncludeCookies": false, "Bucket": bucket, "Prefix": ""},
        });
        call(world, "CreateDistribution", json!({"DistributionConfig": config(&control, more)})).map(|_| ())
    };
    assert_eq!(create("1", "logs.s3.amazonaws.com"), Ok(()));
    assert_eq!(create("2", "of-somebody-else.s3.eu-west-1.amazonaws.com"), Ok(()));
    assert_eq!(create("3", "closed.s3.amazonaws.com"), Err("InvalidArgument".into()));
}

#[test]
fn names_need_a_certificate_that_covers_them() {
    let world = &mut World::new("123456789012", 1, 0);
    let control = control(world);
    let arn = "arn:aws:acm:us-east-1:123456789012:certificate/1";
    let input = Value::Null;
    let mut seed = Call::new(world, &input, "acm", "", "us-east-1");
    let names = json!(["example.com", "*.example.com"]);
    seed.put(
        "acm.certificate",
        arn,
        json!({"CertificateArn": arn, "Status": "ISSUED", "DomainName": "example.com", "SubjectAlternativeNames": names}),
    );
    let mut create = |reference: &str, name: &str, arn: &str| {
        let viewer = json!({"ACMCertificateArn": arn, "SSLSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"});
        let more = json!({"CallerReference": reference, "Aliases": {"Quantity": 1, "Items": [name]}, "ViewerCertificate": viewer});
        call(world, "CreateDistribution", json!({"DistributionConfig": config(&control, more)})).map(|_| ())
    };
    assert_eq!(create("1", "a.b.example.com", arn), Err("InvalidViewerCertificate".into()));
    assert_eq!(create("1", "www.example.com", "arn:aws:acm:us-east-1:123456789012:certificate/2"), Err("InvalidViewerCertificate".into()));
    assert_eq!(create("1", "www.example.com", arn), Ok(()));
    assert_eq!(create("2", "www.example.com", arn), Err("CNAMEAlreadyExists".into()));
}

#[test]
fn invalidations_complete_and_policies_are_listed() {
    let world = &mut World::new("123456789012", 1, 0);
    let control = control(world);
    let made = call(world, "CreateDistribution", json!({"DistributionConfig": config(&control, json!({}))})).unwrap();
    let id = made["Distribution"]["Id"].clone();
    let batch = json!({"CallerReference": "1", "Paths": {"Quantity": 1, "Items": ["/*"]}});
    let invalidation = call(world, "CreateInvalidation", json!({"DistributionId": id, "InvalidationBatch": batch})).unwrap();
    assert_eq!(call(world, "GetDistribution", json!({"Id": id})).unwrap()["Distribution"]["InProgressInvalidationBatches"], 1);
    world.advance_to(61_000);
    let done = call(world, "GetInvalidation", json!({"DistributionId": id, "Id": invalidation["Invalidation"]["Id"]})).unwrap();
    assert_eq!(done["Invalidation"]["Status"], "Completed");
    assert_eq!(call(world, "ListCachePolicies", json!({})).unwrap()["CachePolicyList"]["Quantity"], 7);
    assert_eq!(call(world, "ListDistributions", json!({})).unwrap()["DistributionList"]["Quantity"], 1);
}

#[test]
fn a_public_key_changes_nothing_but_its_comment() {
    let world = &mut World::new("123456789012", 1, 0);
    let pem = "-----BEGIN PUBLIC KEY-----\nMAMCAQE=\n-----END PUBLIC KEY-----\n";
    let config = json!({"CallerReference": "r", "Name": "k", "EncodedKey": pem});
    let made = call(world, "CreatePublicKey", json!({"PublicKeyConfig": config})).unwrap();
    assert_eq!(call(world, "CreatePublicKey", json!({"PublicKeyConfig": config})), Err("PublicKeyAlreadyExists".into()));
    let id = made["PublicKey"]["Id"].clone();
    assert_eq!(made["Location"], format!("https://cloudfront.amazonaws.com/2020-05-31/public-key/{}", id.as_str().unwrap()));
    let other = |member: &str, value: &str| {
        let mut config = config.clone();
        config[member] = json!(value);
        config
    };
    assert!(call(world, "CreatePublicKey", json!({"PublicKeyConfig": other("EncodedKey", "key")})).is_err());
    assert!(call(world, "CreatePublicKey", json!({"PublicKeyConfig": other("Name", "other")})).is_err());
    assert!(call(world, "CreatePublicKey", json!({"PublicKeyConfig": other("CallerReference", "other")})).is_err());
    let update = |config: Value, etag: &Value| json!({"Id": id, "IfMatch": etag, "PublicKeyConfig": config});
    assert!(call(world, "UpdatePublicKey", update(other("Name", "other"), &made["ETag"])).is_err());
    let updated = call(world, "UpdatePublicKey", update(other("Comment", "mine"), &made["ETag"])).unwrap();
    let listed = call(world, "ListPublicKeys", json!({})).unwrap()["PublicKeyList"].clone();
    assert_eq!((&listed["Quantity"], &listed["Items"][0]["Comment"]), (&json!(1), &json!("mine")));
    assert!(call(world, "DeletePublicKey", json!({"Id": id, "IfMatch": made["ETag"]})).is_err());
    call(world, "DeletePublicKey", json!({"Id": id, "IfMatch": updated["ETag"]})).unwrap();
    assert!(call(world, "GetPublicKey", json!({"Id": id})).is_err());
}

#[test]
fn policies_that_aws_manages_are_found_by_id() {
    let world = &mut World::new("123456789012", 1, 0);
    for (kind, list) in [
        ("CachePolicy", "CachePolicies"),
        ("OriginRequestPolicy", "OriginRequestPolicies"),
        ("ResponseHeadersPolicy", "ResponseHeadersPolicies"),
    ] {
        let listed = call(world, &format!("List{list}"), json!({})).unwrap()[format!("{kind}List")]["Items"][0][kind].clone();
        let got = call(world, &format!("Get{kind}"), json!({"Id": listed["Id"]})).unwrap();
        assert_eq!((&got[kind], got["ETag"].is_string()), (&listed, true));
        let config = format!("{kind}Config");
        assert_eq!(call(world, &format!("Get{config}"), json!({"Id": listed["Id"]})).unwrap()[&config], listed[&config]);
        assert_eq!(call(world, &format!("Get{kind}"), json!({"Id": "none"})), Err(format!("NoSuch{kind}")));
    }
}
