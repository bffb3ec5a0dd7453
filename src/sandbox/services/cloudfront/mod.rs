//! CloudFront: distributions, origin access controls, public keys, invalidations, and the policies that AWS manages.

mod check;
mod default;
mod distribution;
mod invalidation;
mod managed_policy;
mod origin_access_control;
mod public_key;
mod tag;

#[cfg(test)]
mod tests;

use super::Handler;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// Private member: `_etag`, which changes with every update.
const DISTRIBUTIONS: &str = "cloudfront.distribution";
const ACCESS_CONTROLS: &str = "cloudfront.origin_access_control";
/// Invalidations by `distribution/invalidation`.
const INVALIDATIONS: &str = "cloudfront.invalidation";

pub fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "CreateDistribution" => distribution::create,
        "CreateDistributionWithTags" => distribution::create_with_tags,
        "GetDistribution" => distribution::get,
        "GetDistributionConfig" => distribution::get_config,
        "UpdateDistribution" => distribution::update,
        "DeleteDistribution" => distribution::delete,
        "ListDistributions" => distribution::list,
        "CreateOriginAccessControl" => origin_access_control::create,
        "GetOriginAccessControl" => origin_access_control::get,
        "GetOriginAccessControlConfig" => origin_access_control::get_config,
        "UpdateOriginAccessControl" => origin_access_control::update,
        "DeleteOriginAccessControl" => origin_access_control::delete,
        "ListOriginAccessControls" => origin_access_control::list,
        "CreatePublicKey" => public_key::create,
        "GetPublicKey" => public_key::get,
        "GetPublicKeyConfig" => public_key::get_config,
        "UpdatePublicKey" => public_key::update,
        "DeletePublicKey" => public_key::delete,
        "ListPublicKeys" => public_key::list,
        "CreateInvalidation" => invalidation::create,
        "GetInvalidation" => invalidation::get,
        "ListCachePolicies" => managed_policy::cache,
        "GetCachePolicy" => managed_policy::get_cache,
        "GetCachePolicyConfig" => managed_policy::get_cache_config,
        "ListOriginRequestPolicies" => managed_policy::origin_request,
        "GetOriginRequestPolicy" => managed_policy::get_origin_request,
        "GetOriginRequestPolicyConfig" => managed_policy::get_origin_request_config,
        "ListResponseHeadersPolicies" => managed_policy::response_headers,
        "GetResponseHeadersPolicy" => managed_policy::get_response_headers,
        "GetResponseHeadersPolicyConfig" => managed_policy::get_response_headers_config,
        "TagResource" => tag::add,
        "UntagResource" => tag::remove,
        "ListTagsForResource" => tag::list,
        _ => return None,
    })
}

/// An id or an ETag: `E` and thirteen letters and digits.
fn fresh_id(call: &mut Call<'_>) -> String {
    format!("E{}", call.hex(13).to_uppercase())
}

/// Refuses a write whose If-Match is missing or no longer the present ETag.
fn check_match(call: &Call<'_>, row: &Value) -> Result<(), Fault> {
    match call.text("IfMatch") {
        "" => Err(Fault::new("InvalidIfMatchVersion", "The If-Match version is missing or not valid for the resource.")),
        given if row["_etag"] == given => Ok(()),
        _ => {
            let message = "The request failed because it didn't meet the preconditions in one or more request-header fields.";
            Err(Fault::new("PreconditionFailed", message).status(412))
        }
    }
}

fn bad_argument(message: impl Into<String>) -> Fault {
    Fault::new("InvalidArgument", message)
}

/// A list as CloudFront answers one: without `Items` when there are none.
fn page(items: Vec<Value>) -> Value {
    let mut list = json!({"Marker": "", "MaxItems": 100, "IsTruncated": false, "Quantity": items.len()});
    if !items.is_empty() {
        list["Items"] = json!(items);
    }
    list
}
