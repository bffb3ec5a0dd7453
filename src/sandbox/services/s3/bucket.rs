//! Buckets themselves.

use super::{BUCKETS, OBJECTS, bucket, tagging, upload};
use crate::caller::REGIONS;
use crate::world::{Call, Fault, tags_from};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::net::Ipv4Addr;

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = call.text("Bucket").to_owned();
    check_name(&name)?;
    let region = location_of(call)?;
    let answer = json!({"Location": format!("/{name}"), "BucketArn": format!("arn:aws:s3:::{name}")});
    if let Some(row) = call.get(BUCKETS, &name) {
        // For old times' sake, us-east-1 lets an owner create a bucket again.
        if call.region == "us-east-1" && row["BucketRegion"] == "us-east-1" {
            return Ok(answer);
        }
        let message = "Your previous request to create the named bucket succeeded and you already own it.";
        return Err(Fault::new("BucketAlreadyOwnedByYou", message).status(409));
    }
    let ownership = call.input["ObjectOwnership"].as_str().unwrap_or("BucketOwnerEnforced");
    if !["", "private"].contains(&call.text("ACL")) && ownership == "BucketOwnerEnforced" {
        let message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
        return Err(Fault::new("InvalidBucketAclWithObjectOwnership", message));
    }
    let tags = tags_from(call.input["CreateBucketConfiguration"].get("Tags"));
    tagging::check(&tags)?;
    let arn = format!("arn:aws:s3:::{name}");
    let mut row = json!({
        "Name": name, "BucketArn": arn, "_arn": arn, "BucketRegion": region, "CreationDate": call.now(),
        "_encryption": default_encryption(),
        "_public_access": {"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true},
        "_ownership": {"Rules": [{"ObjectOwnership": ownership}]},
    });
    if !["", "private"].contains(&call.text("ACL")) {
        return Err(Fault::new("NotInSandbox", "a bucket made with an ACL is not in the sandbox; PutBucketAcl is").status(501));
    }
    if call.input["ObjectLockEnabledForBucket"] == true {
        row["_versioning"] = json!({"Status": "Enabled"});
        row["_object_lock"] = json!(true);
    }
    call.put(BUCKETS, &name, row);
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(answer)
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, row) = bucket(call)?;
    let prefix = format!("{name}/");
    if call.all(OBJECTS).into_iter().any(|(id, _)| id.starts_with(&prefix)) {
        let versions = if row["_versioning"].is_object() { ". You must delete all versions in the bucket." } else { "" };
        return Err(Fault::new("BucketNotEmpty", format!("The bucket you tried to delete is not empty{versions}")).status(409));
    }
    upload::discard_all(call, &name);
    call.remove(BUCKETS, &name);
    Ok(json!({}))
}

pub fn head(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (_, row) = bucket(call)?;
    Ok(json!({"BucketRegion": row["BucketRegion"], "BucketArn": row["BucketArn"], "AccessPointAlias": false}))
}

pub fn list(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (prefix, region) = (call.text("Prefix"), call.text("BucketRegion"));
    let own = call
        .all(BUCKETS)
        .into_iter()
        .filter(|(name, row)| name.starts_with(prefix) && (region.is_empty() || row["BucketRegion"] == region));
    let buckets: Vec<&Value> = own.map(|(_, row)| row).collect();
    let mut answer = json!({"Buckets": buckets, "Owner": owner(call)});
    if !prefix.is_empty() {
        answer["Prefix"] = json!(prefix);
    }
    Ok(answer)
}

pub fn location(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (_, row) = bucket(call)?;
    // The first region has no name here.
    let region = row["BucketRegion"].as_str().filter(|region| *region != "us-east-1");
    Ok(json!({"LocationConstraint": region}))
}

/// The encryption of a bucket that was told nothing.
pub fn default_encryption() -> Value {
    json!({"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": false}]})
}

/// The account's canonical user.
pub fn owner(call: &Call<'_>) -> Value {
    let digest = Sha256::digest(format!("canonical user {}", call.world.account));
    json!({"ID": digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()})
}

fn check_name(name: &str) -> Result<(), Fault> {
    let alphanumeric = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let plain = (3..=63).contains(&name.len()) && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c));
    let ends = alphanumeric(name.chars().next()) && alphanumeric(name.chars().next_back());
    let reserved = ["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|prefix| name.starts_with(prefix))
        || ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].iter().any(|suffix| name.ends_with(suffix));
    match plain && ends && !name.contains("..") && name.parse::<Ipv4Addr>().is_err() && !reserved {
        true => Ok(()),
        false => Err(Fault::new("InvalidBucketName", "The specified bucket is not valid.")),
    }
}

/// The region of a new bucket: where the request goes, and the request must say so everywhere but in us-east-1.
fn location_of(call: &Call<'_>) -> Result<String, Fault> {
    let given = call.input["CreateBucketConfiguration"]["LocationConstraint"].as_str().unwrap_or_default();
    let region = if given == "EU" { "eu-west-1" } else { given };
    match (region, call.region) {
        ("", "us-east-1") => Ok("us-east-1".to_owned()),
        // The first region has no name here, and its endpoint makes buckets in all of them.
        (region, "us-east-1") if region != "us-east-1" && REGIONS.contains(&region) => Ok(region.to_owned()),
        (_, "us-east-1") => Err(Fault::new("InvalidLocationConstraint", "The specified location-constraint is not valid")),
        (region, own) if region == own => Ok(own.to_owned()),
        (region, _) => {
            let region = if region.is_empty() { "unspecified" } else { region };
            let message =
                format!("The {region} location constraint is incompatible for the region specific endpoint this request was sent to.");
            Err(Fault::new("IllegalLocationConstraintException", message))
        }
    }
}
