//! S3: buckets with everything that hangs on them, and objects with their versions.

mod access;
mod action;
mod blob;
mod bucket;
mod checksum;
mod condition;
mod copy;
mod extra;
mod lifecycle;
mod listing;
mod lock;
mod object;
mod policy;
mod range;
mod select;
mod setting;
mod tagging;
mod upload;

#[cfg(test)]
mod tests;

use super::Handler;
use crate::world::{Call, Fault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Buckets by name, over all regions. Private members: one for each sub-configuration, as it is answered.
const BUCKETS: &str = "s3.bucket";
/// Objects by `bucket/key`. Private member: `_versions`, newest first, each with the name of its content (`_blob`), its tags (`_tags`), and the
/// sizes of its parts (`_parts`) where it was put together.
const OBJECTS: &str = "s3.object";

pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateBucket" => bucket::create,
        "DeleteBucket" => bucket::delete,
        "HeadBucket" => bucket::head,
        "ListBuckets" => bucket::list,
        "GetBucketLocation" => bucket::location,
        "GetBucketVersioning" => setting::get_versioning,
        "PutBucketVersioning" => setting::put_versioning,
        "GetBucketEncryption" => setting::get_encryption,
        "PutBucketEncryption" => setting::put_encryption,
        "DeleteBucketEncryption" => setting::delete_encryption,
        "GetPublicAccessBlock" => setting::get_public_access,
        "PutPublicAccessBlock" => setting::put_public_access,
        "DeletePublicAccessBlock" => setting::delete_public_access,
        "GetBucketOwnershipControls" => setting::get_ownership,
        "PutBucketOwnershipControls" => setting::put_ownership,
        "DeleteBucketOwnershipControls" => setting::delete_ownership,
        "GetBucketCors" => setting::get_cors,
        "PutBucketCors" => setting::put_cors,
        "DeleteBucketCors" => setting::delete_cors,
        "GetBucketLogging" => setting::get_logging,
        "PutBucketLogging" => setting::put_logging,
        "GetBucketNotificationConfiguration" => setting::get_notification,
        "PutBucketNotificationConfiguration" => setting::put_notification,
        "GetBucketAcl" => access::get,
        "PutBucketAcl" => access::put,
        "GetObjectAcl" => access::get_of_object,
        "GetBucketWebsite" => extra::get_website,
        "PutBucketWebsite" => extra::put_website,
        "DeleteBucketWebsite" => extra::delete_website,
        "GetBucketAccelerateConfiguration" => extra::get_acceleration,
        "PutBucketAccelerateConfiguration" => extra::put_acceleration,
        "GetBucketRequestPayment" => extra::get_payer,
        "PutBucketRequestPayment" => extra::put_payer,
        "GetBucketReplication" => extra::get_replication,
        "PutBucketReplication" => extra::put_replication,
        "DeleteBucketReplication" => extra::delete_replication,
        "GetObjectLockConfiguration" => extra::get_object_lock,
        "PutObjectLockConfiguration" => extra::put_object_lock,
        "GetBucketLifecycleConfiguration" => lifecycle::get,
        "PutBucketLifecycleConfiguration" => lifecycle::put,
        "DeleteBucketLifecycle" => lifecycle::delete,
        "GetBucketPolicy" => policy::get,
        "PutBucketPolicy" => policy::put,
        "DeleteBucketPolicy" => policy::delete,
        "GetBucketPolicyStatus" => policy::status,
        "GetBucketTagging" => tagging::get,
        "PutBucketTagging" => tagging::put,
        "DeleteBucketTagging" => tagging::delete,
        "PutObject" => object::put,
        "GetObject" => object::get,
        "HeadObject" => object::head,
        "DeleteObject" => object::delete,
        "DeleteObjects" => object::delete_many,
        "CopyObject" => copy::copy,
        "GetObjectAttributes" => object::attributes,
        "GetObjectRetention" => lock::get_retention,
        "PutObjectRetention" => lock::put_retention,
        "GetObjectLegalHold" => lock::get_legal_hold,
        "PutObjectLegalHold" => lock::put_legal_hold,
        "GetObjectTagging" => tagging::get_object,
        "PutObjectTagging" => tagging::put_object,
        "DeleteObjectTagging" => tagging::delete_object,
        "CreateMultipartUpload" => upload::create,
        "UploadPart" => upload::put_part,
        "UploadPartCopy" => upload::copy_part,
        "CompleteMultipartUpload" => upload::complete,
        "AbortMultipartUpload" => upload::abort,
        "ListParts" => upload::list_parts,
        "ListMultipartUploads" => upload::list,
        "SelectObjectContent" => select::select,
        "ListObjects" => listing::objects_by_marker,
        "ListObjectsV2" => listing::objects,
        "ListObjectVersions" => listing::versions,
        _ => return None,
    })
}

/// The policy of a bucket of the caller's region, `None` if there is no such bucket; empty if it has no policy.
pub fn bucket_policy(call: &Call<'_>, name: &str) -> Option<Value> {
    let row = call.get(BUCKETS, name).filter(|row| row["BucketRegion"] == call.region)?;
    Some(serde_json::from_str(row["_policy"].as_str().unwrap_or_default()).unwrap_or_default())
}

/// Puts an object for another service.
pub fn deposit(call: &mut Call<'_>, bucket: &str, key: &str, content: &[u8]) -> Result<(), Fault> {
    let (input, region) = (serde_json::json!({"Bucket": bucket, "Key": key, "Body": STANDARD.encode(content)}), call.region);
    object::put(&mut Call::new(&mut call.world, &input, "s3", "PutObject", region)).map(drop)
}

/// The fault with the elements that S3 gives its errors: what it is that there is not.
pub fn explained(fault: Fault, input: &Value) -> Fault {
    let text = |member: &str| input[member].as_str().unwrap_or_default().to_owned();
    match fault.code.as_str() {
        "NoSuchKey" if fault.details.iter().all(|(name, _)| *name != "Key") => fault.detail("Key", text("Key")),
        "NoSuchVersion" => fault.detail("Key", text("Key")).detail("VersionId", text("VersionId")),
        "NoSuchUpload" => fault.detail("UploadId", text("UploadId")),
        "NoSuchBucket"
        | "BucketNotEmpty"
        | "BucketAlreadyOwnedByYou"
        | "NoSuchTagSet"
        | "NoSuchCORSConfiguration"
        | "NoSuchBucketPolicy"
        | "NoSuchLifecycleConfiguration"
        | "NoSuchWebsiteConfiguration" => fault.detail("BucketName", text("Bucket")),
        _ => fault,
    }
}

/// The most bytes of a key. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
const LONGEST_KEY: usize = 1024;

/// The bucket in the input, which has to be in the region that the call went to; a key with it has a length that keys have.
fn bucket<'c>(call: &'c Call<'_>) -> Result<(String, &'c Value), Fault> {
    let key = call.text("Key").len();
    if key > LONGEST_KEY {
        let fault = Fault::new("KeyTooLongError", "Your key is too long");
        return Err(fault.detail("Size", key.to_string()).detail("MaxSizeAllowed", LONGEST_KEY.to_string()));
    }
    let name = call.text("Bucket");
    let row = call.get(BUCKETS, name).ok_or_else(|| Fault::new("NoSuchBucket", "The specified bucket does not exist").status(404))?;
    let owner = call.text("ExpectedBucketOwner");
    if !owner.is_empty() && owner != call.world.account {
        return Err(Fault::new("AccessDenied", "Access Denied").status(403));
    }
    if row["BucketRegion"] != call.region {
        let message = "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests \
                       to this endpoint.";
        let region = row["BucketRegion"].as_str().unwrap_or_default();
        let endpoint = format!("{name}.s3.{region}.amazonaws.com");
        return Err(Fault::new("PermanentRedirect", message)
            .status(301)
            .detail("Endpoint", endpoint)
            .detail("x-amz-bucket-region", region));
    }
    Ok((name.to_owned(), row))
}

/// A sub-configuration of the bucket, or the fault for one that is not there.
fn part(call: &Call<'_>, member: &str, absent: (&str, &str)) -> Result<Value, Fault> {
    let (_, row) = bucket(call)?;
    row.get(member).filter(|value| !value.is_null()).cloned().ok_or_else(|| Fault::new(absent.0, absent.1).status(404))
}

/// Sets a sub-configuration of the bucket, or with null removes it.
fn set_part(call: &mut Call<'_>, member: &str, value: Value) -> Result<Value, Fault> {
    let (name, _) = bucket(call)?;
    if let Some(row) = call.get_mut(BUCKETS, &name) {
        row[member] = value;
    }
    Ok(serde_json::json!({}))
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidRequest", message)
}

fn bad_argument(message: impl Into<String>) -> Fault {
    Fault::new("InvalidArgument", message)
}

fn malformed() -> Fault {
    Fault::new("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema")
}
