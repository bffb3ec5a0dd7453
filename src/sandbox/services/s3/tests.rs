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
fn a_key_has_a_thousand_and_twenty_four_bytes_at_most() {
    let world = &mut world();
    let key = |letters: usize| json!({"Key": "ä".repeat(letters), "Body": ""});
    call(world, "PutObject", key(512)).unwrap();
    for operation in ["PutObject", "GetObject", "CreateMultipartUpload"] {
        assert_eq!(call(world, operation, key(513)), Err("KeyTooLongError".into()), "{operation}");
    }
}

#[test]
fn buckets_are_made_where_the_request_goes() {
    let world = &mut world();
    assert!(call(world, "CreateBucket", json!({})).is_ok());
    assert_eq!(call(world, "CreateBucket", json!({"Bucket": "Bad_Name"})), Err("InvalidBucketName".into()));
    let located = |region: &str| json!({"Bucket": "bkt-eu", "CreateBucketConfiguration": {"LocationConstraint": region}});
    assert_eq!(call_in(world, "us-west-2", "CreateBucket", located("eu-west-1")), Err("IllegalLocationConstraintException".into()));
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
        (policy(statement("Deny", json!("*"), "arn:aws:s3:::bkt")), "MalformedPolicy"),
        (policy(statement("Deny", json!("*"), "*")), "MalformedPolicy"),
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
    let sizes = |above: u32, below: u32| json!({"And": {"ObjectSizeGreaterThan": above, "ObjectSizeLessThan": below}});
    for (rule, code) in [
        (json!({"Status": "Enabled", "Expiration": {"Days": 1}}), "MalformedXML"),
        (json!({"Status": "Enabled", "Filter": {}}), "InvalidRequest"),
        (json!({"Status": "Enabled", "Filter": {}, "Expiration": {"Days": 0}}), "InvalidArgument"),
        (json!({"Status": "Enabled", "Filter": {}, "Transitions": [{"Days": 3, "StorageClass": "STANDARD_IA"}]}), "InvalidArgument"),
        (json!({"Status": "Enabled", "Filter": sizes(1000, 1000), "Expiration": {"Days": 1}}), "InvalidRequest"),
        (
            json!({"Status": "Enabled", "Filter": sizes(1000, 2000), "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}),
            "InvalidRequest",
        ),
        (
            json!({"Status": "Enabled", "Filter": {"Tag": {"Key": "a", "Value": "b"}}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}),
            "InvalidRequest",
        ),
        (
            json!({"Status": "Enabled", "Filter": {"Tag": {"Key": "a", "Value": "b"}}, "Expiration": {"ExpiredObjectDeleteMarker": true}}),
            "InvalidRequest",
        ),
    ] {
        assert_eq!(call(world, "PutBucketLifecycleConfiguration", rules(rule)), Err(code.into()));
    }
    let good = json!({"Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 30}});
    call(world, "PutBucketLifecycleConfiguration", rules(good)).unwrap();
    let got = call(world, "GetBucketLifecycleConfiguration", json!({})).unwrap();
    assert!(got["Rules"][0]["ID"].is_string());
    assert_eq!(got["TransitionDefaultMinimumObjectSize"], "all_storage_classes_128K");
    let sized = json!({"Status": "Enabled", "Filter": sizes(1000, 2000), "Expiration": {"Days": 1}});
    call(world, "PutBucketLifecycleConfiguration", rules(sized)).unwrap();
    call(world, "DeleteBucketLifecycle", json!({})).unwrap();
    assert!(call(world, "GetBucketLifecycleConfiguration", json!({})).is_err());
}

#[test]
fn tags_are_replaced_as_a_whole() {
    let world = &mut world();
    let tags = |key: &str| json!({"Tagging": {"TagSet": [{"Key": key, "Value": "v"}]}});
    call(world, "PutBucketTagging", tags("a")).unwrap();
    call(world, "PutBucketTagging", tags("b")).unwrap();
    assert_eq!(call(world, "PutBucketTagging", tags("web & mail")), Err("InvalidTag".into()));
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

#[test]
fn a_copy_has_the_content_and_a_part_of_it_can_be_read() {
    let world = &mut world();
    let body = STANDARD.encode("hello world");
    call(world, "PutObject", json!({"Key": "a b", "Body": body, "ContentType": "text/plain", "Tagging": "k=v"})).unwrap();
    call(world, "CreateBucket", json!({"Bucket": "other"})).unwrap();
    let to = |more: Value| {
        let mut input = json!({"Bucket": "other", "Key": "c", "CopySource": "/bkt/a%20b"});
        crate::world::merge(&mut input, &more);
        input
    };
    let made = call(world, "CopyObject", to(json!({}))).unwrap();
    assert_eq!(made["CopyObjectResult"]["ETag"], "\"5eb63bbbe01eeed093cb22bb8f5acdc3\"");
    let got = call(world, "GetObject", json!({"Bucket": "other", "Key": "c"})).unwrap();
    assert_eq!((&got["Body"], &got["ContentType"], &got["TagCount"]), (&json!(body), &json!("text/plain"), &json!(1)));
    call(world, "CopyObject", to(json!({"MetadataDirective": "REPLACE", "TaggingDirective": "REPLACE", "ContentType": "a/b"}))).unwrap();
    let got = call(world, "HeadObject", json!({"Bucket": "other", "Key": "c"})).unwrap();
    assert_eq!((&got["ContentType"], &got["TagCount"]), (&json!("a/b"), &Value::Null));
    for (more, code) in [
        (json!({"CopySource": "bkt/none"}), "NoSuchKey"),
        (json!({"CopySource": "none/a"}), "NoSuchBucket"),
        (json!({"CopySource": "bkt"}), "InvalidArgument"),
        (json!({"CopySourceIfMatch": "\"0\""}), "PreconditionFailed"),
        (json!({"IfNoneMatch": "*"}), "PreconditionFailed"),
        (json!({"CopySource": "other/c"}), "InvalidRequest"),
    ] {
        assert_eq!(call(world, "CopyObject", to(more.clone())), Err(code.into()), "{more}");
    }

    let part = call(world, "GetObject", json!({"Key": "a b", "Range": "bytes=6-"})).unwrap();
    assert_eq!(
        (&part["Body"], &part["ContentRange"], &part["_status"]),
        (&json!(STANDARD.encode("world")), &json!("bytes 6-10/11"), &json!(206))
    );
    assert_eq!(call(world, "HeadObject", json!({"Key": "a b", "Range": "bytes=11-"})), Err("InvalidRange".into()));
}

#[test]
fn conditions_hold_or_nothing_happens() {
    let world = &mut world();
    let etag = call(world, "PutObject", json!({"Key": "k", "Body": ""})).unwrap()["ETag"].clone();
    let wrong = json!("\"0\"");
    for (operation, member, value, code) in [
        ("PutObject", "IfNoneMatch", json!("*"), "PreconditionFailed"),
        ("PutObject", "IfMatch", wrong.clone(), "PreconditionFailed"),
        ("DeleteObject", "IfMatch", wrong.clone(), "PreconditionFailed"),
        ("GetObject", "IfMatch", wrong.clone(), "PreconditionFailed"),
        ("GetObject", "IfNoneMatch", etag.clone(), "NotModified"),
        ("GetObject", "IfModifiedSince", json!(1), "NotModified"),
        ("GetObject", "IfUnmodifiedSince", json!(-1), "PreconditionFailed"),
        ("PutObject", "ContentMD5", json!("AAAAAAAAAAAAAAAAAAAAAA=="), "BadDigest"),
        ("PutObject", "ChecksumCRC32", json!("AAAAAQ=="), "BadDigest"),
    ] {
        assert_eq!(call(world, operation, json!({"Key": "k", member: value})), Err(code.into()), "{operation} {member}");
    }
    let many = json!({"Delete": {"Objects": [{"Key": "k", "ETag": wrong}]}});
    assert_eq!(call(world, "DeleteObjects", many).unwrap()["Errors"][0]["Code"], "PreconditionFailed");
    call(world, "GetObject", json!({"Key": "k", "IfMatch": etag})).unwrap();
    call(world, "DeleteObject", json!({"Key": "k", "IfMatch": etag})).unwrap();
    assert_eq!(call(world, "DeleteObject", json!({"Key": "k", "IfMatch": "*"})), Err("NoSuchKey".into()));
    assert!(world.tables["global/s3.blob"].is_empty());
}

#[test]
fn parts_are_put_together_in_order() {
    let world = &mut world();
    let large = "x".repeat(5 * 1024 * 1024);
    let id = call(world, "CreateMultipartUpload", json!({"Key": "k", "ChecksumAlgorithm": "CRC32"})).unwrap()["UploadId"].clone();
    let of = |more: Value| {
        let mut input = json!({"Key": "k", "UploadId": id});
        crate::world::merge(&mut input, &more);
        input
    };
    let put = |world: &mut World, number: u64, body: &str| {
        call(world, "UploadPart", of(json!({"PartNumber": number, "Body": STANDARD.encode(body)}))).unwrap()["ETag"].clone()
    };
    let (second, first) = (put(world, 2, "end"), put(world, 1, &large));
    let listed = call(world, "ListParts", of(json!({"MaxParts": 1}))).unwrap();
    assert_eq!((&listed["Parts"][0]["PartNumber"], &listed["IsTruncated"]), (&json!(1), &json!(true)));
    assert_eq!(call(world, "ListMultipartUploads", json!({})).unwrap()["Uploads"][0]["UploadId"], id);
    let complete = |parts: Value| of(json!({"MultipartUpload": {"Parts": parts}}));
    let (one, two) = (json!({"PartNumber": 1, "ETag": first}), json!({"PartNumber": 2, "ETag": second}));
    for (parts, code) in
        [(json!([two, one]), "InvalidPartOrder"), (json!([{"PartNumber": 1, "ETag": "\"0\""}]), "InvalidPart"), (json!([]), "MalformedXML")]
    {
        assert_eq!(call(world, "CompleteMultipartUpload", complete(parts)), Err(code.into()));
    }
    let done = call(world, "CompleteMultipartUpload", complete(json!([one, two]))).unwrap();
    assert!(done["ETag"].as_str().unwrap().ends_with("-2\"") && done["ChecksumCRC32"].as_str().unwrap().ends_with("-2"), "{done}");
    let got = call(world, "GetObject", json!({"Key": "k", "PartNumber": 2})).unwrap();
    assert_eq!((&got["Body"], &got["PartsCount"]), (&json!(STANDARD.encode("end")), &json!(2)));
    assert_eq!(call(world, "HeadObject", json!({"Key": "k"})).unwrap()["ContentLength"], 5 * 1024 * 1024 + 3);
    assert_eq!(call(world, "ListParts", of(json!({}))), Err("NoSuchUpload".into()));

    let small = call(world, "CreateMultipartUpload", json!({"Key": "s"})).unwrap()["UploadId"].clone();
    let tags: Vec<Value> = (1..3)
        .map(|number| {
            let copied =
                json!({"Key": "s", "UploadId": small, "PartNumber": number, "CopySource": "bkt/k", "CopySourceRange": "bytes=0-9"});
            json!({"PartNumber": number, "ETag": call(world, "UploadPartCopy", copied).unwrap()["CopyPartResult"]["ETag"]})
        })
        .collect();
    let complete = json!({"Key": "s", "UploadId": small, "MultipartUpload": {"Parts": tags}});
    assert_eq!(call(world, "CompleteMultipartUpload", complete), Err("EntityTooSmall".into()));
    call(world, "AbortMultipartUpload", json!({"Key": "s", "UploadId": small})).unwrap();
    let open = call(world, "CreateMultipartUpload", json!({"Key": "o"})).unwrap()["UploadId"].clone();
    call(world, "UploadPart", json!({"Key": "o", "UploadId": open, "PartNumber": 1, "Body": STANDARD.encode("x")})).unwrap();
    call(world, "DeleteObject", json!({"Key": "k"})).unwrap();
    call(world, "DeleteBucket", json!({})).unwrap();
    assert!(world.tables["global/s3.blob"].is_empty(), "no content is left behind");
}

#[test]
fn tools_read_of_every_bucket_what_few_buckets_have() {
    let world = &mut world();
    for (operation, answer) in [
        ("GetBucketWebsite", "NoSuchWebsiteConfiguration"),
        ("GetBucketReplication", "ReplicationConfigurationNotFoundError"),
        ("GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"),
    ] {
        assert_eq!(call(world, operation, json!({})), Err(answer.into()));
    }
    assert_eq!(call(world, "GetBucketAccelerateConfiguration", json!({})).unwrap(), json!({}));
    assert_eq!(call(world, "GetBucketRequestPayment", json!({})).unwrap()["Payer"], "BucketOwner");
    let acl = call(world, "GetBucketAcl", json!({})).unwrap();
    assert_eq!(acl["Grants"][0]["Grantee"]["ID"], acl["Owner"]["ID"]);
    assert_eq!(call(world, "PutBucketAcl", json!({"ACL": "public-read"})), Err("AccessControlListNotSupported".into()));
    let preferred = json!({"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}});
    call(world, "PutBucketOwnershipControls", preferred).unwrap();
    assert_eq!(call(world, "PutBucketAcl", json!({"ACL": "public-read"})), Err("AccessDenied".into()));
    call(world, "DeletePublicAccessBlock", json!({})).unwrap();
    call(world, "PutBucketAcl", json!({"ACL": "public-read"})).unwrap();
    assert_eq!(call(world, "GetBucketAcl", json!({})).unwrap()["Grants"].as_array().unwrap().len(), 2);
    let website = json!({"WebsiteConfiguration": {"IndexDocument": {"Suffix": "index.html"}}});
    call(world, "PutBucketWebsite", website).unwrap();
    assert_eq!(call(world, "GetBucketWebsite", json!({})).unwrap()["IndexDocument"]["Suffix"], "index.html");
    let locked = json!({"Bucket": "locked", "ObjectLockEnabledForBucket": true});
    call(world, "CreateBucket", locked).unwrap();
    let lock = call(world, "GetObjectLockConfiguration", json!({"Bucket": "locked"})).unwrap();
    assert_eq!(lock["ObjectLockConfiguration"], json!({"ObjectLockEnabled": "Enabled"}));
}

#[test]
fn a_listing_by_marker_goes_on_behind_a_key_or_a_folder() {
    let world = &mut world();
    for key in ["a/1", "a/2", "b +", "c/1", "d"] {
        call(world, "PutObject", json!({"Key": key, "Body": ""})).unwrap();
    }
    let (mut input, mut seen) = (json!({"Delimiter": "/", "MaxKeys": 2, "EncodingType": "url"}), Vec::new());
    loop {
        let page = call(world, "ListObjects", input.clone()).unwrap();
        let names = |list: &str, member: &str| {
            page[list].as_array().into_iter().flatten().map(|one| one[member].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        seen.extend([names("Contents", "Key"), names("CommonPrefixes", "Prefix")].concat());
        if page["IsTruncated"] == false {
            break;
        }
        input["Marker"] = page["NextMarker"].clone();
    }
    seen.sort_unstable();
    assert_eq!(seen, ["a/", "b%20%2B", "c/", "d"]);
}

#[test]
fn a_locked_version_stays() {
    let world = &mut world();
    let in_bucket = |more: Value| {
        let mut input = json!({"Bucket": "locked", "Key": "k"});
        crate::world::merge(&mut input, &more);
        input
    };
    let lock = json!({"Key": "k", "Body": "", "ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": 100});
    assert_eq!(call(world, "PutObject", lock.clone()), Err("InvalidRequest".into()));
    call(world, "CreateBucket", json!({"Bucket": "locked", "ObjectLockEnabledForBucket": true})).unwrap();
    let version = call(world, "PutObject", in_bucket(lock)).unwrap()["VersionId"].clone();
    let delete = |more: Value| {
        let mut input = in_bucket(json!({"VersionId": version}));
        crate::world::merge(&mut input, &more);
        input
    };
    assert_eq!(call(world, "DeleteObject", delete(json!({}))), Err("AccessDenied".into()));
    assert_eq!(call(world, "DeleteObject", in_bucket(json!({}))).unwrap()["DeleteMarker"], true, "a marker is always put");
    let hold = |status: &str| in_bucket(json!({"VersionId": version, "LegalHold": {"Status": status}}));
    call(world, "PutObjectLegalHold", hold("ON")).unwrap();
    assert_eq!(call(world, "DeleteObject", delete(json!({"BypassGovernanceRetention": true}))), Err("AccessDenied".into()));
    call(world, "PutObjectLegalHold", hold("OFF")).unwrap();
    let longer = json!({"VersionId": version, "Retention": {"Mode": "COMPLIANCE", "RetainUntilDate": 200}});
    assert_eq!(call(world, "PutObjectRetention", in_bucket(longer.clone())), Err("AccessDenied".into()));
    let mut bypassing = longer;
    bypassing["BypassGovernanceRetention"] = json!(true);
    call(world, "PutObjectRetention", in_bucket(bypassing)).unwrap();
    assert_eq!(call(world, "DeleteObject", delete(json!({"BypassGovernanceRetention": true}))), Err("AccessDenied".into()));
    world.advance_to(200_001);
    call(world, "DeleteObject", delete(json!({}))).unwrap();
}
