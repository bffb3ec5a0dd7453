//! Access control lists of buckets, and of objects as far as they are read.

use super::bucket::owner;
use super::{BUCKETS, bucket, invalid, object};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

const EVERYBODY: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
const LOG_DELIVERY: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";

pub fn get(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (_, row) = bucket(call)?;
    let grants = row.get("_acl").cloned().unwrap_or_else(|| canned(call, "private"));
    Ok(json!({"Owner": owner(call), "Grants": grants}))
}

pub fn get_of_object(call: &mut Call<'_>) -> Result<Value, Fault> {
    object::find(call)?;
    Ok(json!({"Owner": owner(call), "Grants": canned(call, "private")}))
}

/// A bucket whose owner is enforced takes the list alone that it has anyhow.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
pub fn put(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, row) = bucket(call)?;
    let enforced = row["_ownership"]["Rules"][0]["ObjectOwnership"] == "BucketOwnerEnforced";
    let guarded = row["_public_access"]["BlockPublicAcls"] == true;
    let (acl, policy) = (call.text("ACL"), &call.input["AccessControlPolicy"]);
    let grants = match (acl, policy["Grants"].as_array()) {
        ("", None) => return Err(Fault::new("MissingSecurityHeader", "Your request was missing a required header")),
        ("", Some(grants)) => json!(grants),
        (acl, None) => canned(call, acl),
        (_, Some(_)) => return Err(invalid("Specifying both Canned ACLs and Header Grants is not allowed")),
    };
    if enforced && grants != canned(call, "private") {
        return Err(Fault::new("AccessControlListNotSupported", "The bucket does not allow ACLs"));
    }
    let public = |grant: &Value| grant["Grantee"]["URI"] == EVERYBODY || grant["Grantee"]["URI"] == AUTHENTICATED;
    if guarded && grants.as_array().is_some_and(|grants| grants.iter().any(public)) {
        return Err(Fault::new("AccessDenied", "Access Denied").status(403));
    }
    if let Some(row) = call.get_mut(BUCKETS, &name) {
        row["_acl"] = grants;
    }
    Ok(json!({}))
}

/// The grants behind the name of a list.
fn canned(call: &Call<'_>, name: &str) -> Value {
    let group = |uri: &str, permission: &str| json!({"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission});
    let id = owner(call)["ID"].clone();
    let mut grants = vec![json!({"Grantee": {"Type": "CanonicalUser", "ID": id}, "Permission": "FULL_CONTROL"})];
    match name {
        "public-read" => grants.push(group(EVERYBODY, "READ")),
        "public-read-write" => grants.extend([group(EVERYBODY, "READ"), group(EVERYBODY, "WRITE")]),
        "authenticated-read" => grants.push(group(AUTHENTICATED, "READ")),
        "log-delivery-write" => grants.extend([group(LOG_DELIVERY, "WRITE"), group(LOG_DELIVERY, "READ_ACP")]),
        _ => {}
    }
    json!(grants)
}
