//! S3 as a caller sees it.

use super::*;
use crate::services::testing::fitting;
use crate::world::World;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

fn call_in(world: &mut World, region: &str, operation: &str, input: Value) -> Result<Value, String> {
    let mut call = Call::new(world, &input, "s3", operation, region);
    let answer = handler(operation).unwrap()(&mut call).map_err(|fault| fault.code);
    answer.map(|answer| fitting("s3", operation, answer))
}

fn call(world: &mut World, operation: &str, mut input: Value) -> Result<Value, String> {
    if input["Bucket"].is_null() {
        input["Bucket"] = json!("bkt");
    }
    call_in(world, "us-east-1", operation, input)
}

fn world() -> World {
    let mut world = World::new("123456789012", 1, 0);
    call(&mut world, "CreateBucket", json!({})).unwrap();
    world
}

#[test]
fn buckets_are_made_where_the_request_goes() {
    let world = &mut world();
    assert!(call(world, "CreateBucket", json!({})).is_ok());
    assert_eq!(call(world, "CreateBucket", json!({"Bucket": "Bad_Name"})), Err("InvalidBucketName".into()));
    let located = |region: &str| json!({"Bucket": "bkt-eu", "CreateBucketConfiguration": {"LocationConstraint": region}});
    assert_eq!(call(world, "CreateBucket", located("eu-west-1")), Err("IllegalLocationConstraintException".into()));
    assert_eq!(call_in(world, "eu-west-1", "CreateBucket", json!({"Bucket": "bkt-eu"})), Err("IllegalLocationConstraintException".into()));
    call_in(world, "eu-west-1", "CreateBucket", located("eu-west-1")).unwrap();
    assert_eq!(call_in(world, "eu-west-1", "CreateBucket", located("eu-west-1")), Err("BucketAlreadyOwnedByYou".into()));
    assert_eq!(call(world, "HeadBucket", json!({"Bucket": "bkt-eu"})), Err("PermanentRedirect".into()));
    assert_eq!(call(world, "ListBuckets", json!({})).unwrap()["Buckets"].as_array().unwrap().len(), 2);
    assert_eq!(call(world, "HeadBucket", json!({"Bucket": "none"})), Err("NoSuchBucket".into()));
}

#[test]
fn a_new_bucket_has_the_defaults_of_today() {
    let world = &mut world();
    let encryption = call(world, "GetBucketEncryption", json!({})).unwrap();
    let rule = &encryption["ServerSideEncryptionConfiguration"]["Rules"][0];
    assert_eq!(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256");
    assert_eq!(call(world, "GetPublicAccessBlock", json!({})).unwrap()["PublicAccessBlockConfiguration"]["BlockPublicPolicy"], true);
    let ownership = call(world, "GetBucketOwnershipControls", json!({})).unwrap();
    assert_eq!(ownership["OwnershipControls"]["Rules"][0]["ObjectOwnership"], "BucketOwnerEnforced");
    assert_eq!(call(world, "GetBucketVersioning", json!({})).unwrap(), json!({}));
    for (operation, code) in [
        ("GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration"),
        ("GetBucketCors", "NoSuchCORSConfiguration"),
        ("GetBucketPolicy", "NoSuchBucketPolicy"),
        ("GetBucketTagging", "NoSuchTagSet"),
    ] {
        assert_eq!(call(world, operation, json!({})), Err(code.into()));
    }
    call(world, "DeletePublicAccessBlock", json!({})).unwrap();
    assert_eq!(call(world, "GetPublicAccessBlock", json!({})), Err("NoSuchPublicAccessBlockConfiguration".into()));
    call(world, "DeleteBucketOwnershipControls", json!({})).unwrap();
    assert_eq!(call(world, "GetBucketOwnershipControls", json!({})), Err("OwnershipControlsNotFoundError".into()));
}

#[test]
fn policies_are_checked() {
    let world = &mut world();
    let policy = |statement: Value| json!({"Policy": json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()});
    let statement = |effect: &str, principal: Value, resource: &str| json!({"Effect": effect, "Principal": principal, "Action": "s3:GetObject", "Resource": resource});
    for (input, code) in [
        (json!({"Policy": "not json"}), "MalformedPolicy"),
        (policy(json!({})), "MalformedPolicy"),
        (policy(statement("Deny", json!("*"), "arn:aws:s3:::other/*")), "MalformedPolicy"),
        (policy(statement("Allow", json!({"AWS": "arn:aws:iam::123456789012:role/none"}), "arn:aws:s3:::bkt/*")), "MalformedPolicy"),
        (policy(statement("Allow", json!("*"), "arn:aws:s3:::bkt/*")), "AccessDenied"),
    ] {
        assert_eq!(call(world, "PutBucketPolicy", input), Err(code.into()));
    }
    call(world, "PutBucketPolicy", policy(statement("Deny", json!("*"), "arn:aws:s3:::bkt/*"))).unwrap();
    assert_eq!(call(world, "GetBucketPolicyStatus", json!({})).unwrap()["PolicyStatus"]["IsPublic"], false);
    call(world, "DeletePublicAccessBlock", json!({})).unwrap();
    call(world, "PutBucketPolicy", policy(statement("Allow", json!("*"), "arn:aws:s3:::bkt/*"))).unwrap();
    assert_eq!(call(world, "GetBucketPolicyStatus", json!({})).unwrap()["PolicyStatus"]["IsPublic"], true);
}

#[test]
fn lifecycle_rules_are_checked() {
    let world = &mut world();
    let rules = |rule: Value| json!({"LifecycleConfiguration": {"Rules": [rule]}});
    for (rule, code) in [
        (json!({"Status": "Enabled", "Expiration": {"Days": 1}}), "MalformedXML"),
        (json!({"Status": "Enabled", "Filter": {}}), "InvalidRequest"),
        (json!({"Status": "Enabled", "Filter": {}, "Expiration": {"Days": 0}}), "InvalidArgument"),
        (json!({"Status": "Enabled", "Filter": {}, "Transitions": [{"Days": 3, "StorageClass": "STANDARD_IA"}]}), "InvalidArgument"),
    ] {
        assert_eq!(call(world, "PutBucketLifecycleConfiguration", rules(rule)), Err(code.into()));
    }
    let good = json!({"Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 30}});
    call(world, "PutBucketLifecycleConfiguration", rules(good)).unwrap();
    let got = call(world, "GetBucketLifecycleConfiguration", json!({})).unwrap();
    assert!(got["Rules"][0]["ID"].is_string());
    assert_eq!(got["TransitionDefaultMinimumObjectSize"], "all_storage_classes_128K");
    call(world, "DeleteBucketLifecycle", json!({})).unwrap();
    assert!(call(world, "GetBucketLifecycleConfiguration", json!({})).is_err());
}

#[test]
fn tags_are_replaced_as_a_whole() {
    let world = &mut world();
    let tags = |key: &str| json!({"Tagging": {"TagSet": [{"Key": key, "Value": "v"}]}});
    call(world, "PutBucketTagging", tags("a")).unwrap();
    call(world, "PutBucketTagging", tags("b")).unwrap();
    assert_eq!(call(world, "GetBucketTagging", json!({})).unwrap()["TagSet"], json!([{"Key": "b", "Value": "v"}]));
    call(world, "DeleteBucketTagging", json!({})).unwrap();
    assert_eq!(call(world, "GetBucketTagging", json!({})), Err("NoSuchTagSet".into()));
}

#[test]
fn objects_have_versions() {
    let world = &mut world();
    let put = |body: &str| json!({"Key": "a/k", "Body": STANDARD.encode(body)});
    assert!(call(world, "PutObject", put("zero")).unwrap()["VersionId"].is_null());
    call(world, "PutBucketVersioning", json!({"VersioningConfiguration": {"Status": "Enabled"}})).unwrap();
    let first = call(world, "PutObject", put("one")).unwrap()["VersionId"].clone();
    call(world, "PutObject", put("two")).unwrap();
    assert_eq!(call(world, "GetObject", json!({"Key": "a/k"})).unwrap()["Body"], STANDARD.encode("two"));
    assert_eq!(call(world, "GetObject", json!({"Key": "a/k", "VersionId": first})).unwrap()["Body"], STANDARD.encode("one"));
    assert_eq!(call(world, "DeleteObject", json!({"Key": "a/k"})).unwrap()["DeleteMarker"], true);
    assert_eq!(call(world, "HeadObject", json!({"Key": "a/k"})), Err("NoSuchKey".into()));
    assert_eq!(call(world, "ListObjectsV2", json!({})).unwrap()["KeyCount"], 0);
    assert_eq!(call(world, "DeleteBucket", json!({})), Err("BucketNotEmpty".into()));

    let mut seen = 0;
    let mut input = json!({"MaxKeys": 2});
    loop {
        let page = call(world, "ListObjectVersions", input.clone()).unwrap();
        seen += page["Versions"].as_array().unwrap().len() + page["DeleteMarkers"].as_array().unwrap().len();
        if page["IsTruncated"] == false {
            break;
        }
        input["KeyMarker"] = page["NextKeyMarker"].clone();
        input["VersionIdMarker"] = page["NextVersionIdMarker"].clone();
    }
    assert_eq!(seen, 4);
    let all = call(world, "ListObjectVersions", json!({})).unwrap();
    let ids = |list: &str| {
        all[list].as_array().unwrap().iter().map(|entry| json!({"Key": entry["Key"], "VersionId": entry["VersionId"]})).collect::<Vec<_>>()
    };
    let objects = [ids("Versions"), ids("DeleteMarkers")].concat();
    assert_eq!(call(world, "DeleteObjects", json!({"Delete": {"Objects": objects}})).unwrap()["Deleted"].as_array().unwrap().len(), 4);
    call(world, "DeleteBucket", json!({})).unwrap();
}

#[test]
fn listings_roll_up_folders() {
    let world = &mut world();
    for key in ["a/1", "a/2", "b", "c/1"] {
        call(world, "PutObject", json!({"Key": key, "Body": ""})).unwrap();
    }
    let listed = call(world, "ListObjectsV2", json!({"Delimiter": "/"})).unwrap();
    assert_eq!(listed["CommonPrefixes"], json!([{"Prefix": "a/"}, {"Prefix": "c/"}]));
    assert_eq!((listed["Contents"][0]["Key"].as_str(), listed["KeyCount"].as_u64()), (Some("b"), Some(3)));
}
