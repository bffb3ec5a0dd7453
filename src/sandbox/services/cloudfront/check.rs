//! The checks that CloudFront makes of a distribution's configuration.

use super::{ACCESS_CONTROLS, DISTRIBUTIONS, bad_argument, managed_policy};
use crate::world::{Call, Fault};
use serde_json::Value;
use std::collections::BTreeSet;

const ERROR_CODES: &[i64] = &[400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];
const METHODS: [&[&str]; 3] =
    [&["GET", "HEAD"], &["GET", "HEAD", "OPTIONS"], &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]];

/// Checks a configuration that the defaults have been filled into; `id` is the distribution it is for, if there is one.
pub fn check(call: &Call<'_>, config: &Value, id: &str) -> Result<(), Fault> {
    quantities(config)?;
    let text = |member: &str| config[member].as_str().unwrap_or_default();
    if text("Comment").chars().count() > 128 {
        return Err(bad_argument("The parameter Comment is too long: 128 characters at most."));
    }
    if text("DefaultRootObject").starts_with('/') {
        return Err(Fault::new("InvalidDefaultRootObject", "The default root object file name must not begin with a slash."));
    }
    let origins = origins(call, config)?;
    let mut patterns = BTreeSet::new();
    for behavior in [&config["DefaultCacheBehavior"]].into_iter().chain(items(&config["CacheBehaviors"])) {
        check_behavior(behavior, &origins)?;
        if behavior["PathPattern"].as_str().is_some_and(|pattern| !patterns.insert(pattern)) {
            return Err(bad_argument("Two cache behaviors have the same path pattern."));
        }
    }
    let mut answered = BTreeSet::new();
    for response in items(&config["CustomErrorResponses"]) {
        let code = response["ErrorCode"].as_i64().unwrap_or_default();
        if !answered.insert(code) {
            return Err(bad_argument(format!("The parameter CustomErrorResponses contains the error code {code} twice.")));
        }
        if !ERROR_CODES.contains(&code) {
            return Err(Fault::new("InvalidErrorCode", format!("CloudFront has no custom error response for the code {code}.")));
        }
        let (page, answered) =
            (response["ResponsePagePath"].as_str().unwrap_or_default(), response["ResponseCode"].as_str().unwrap_or_default());
        if page.is_empty() != answered.is_empty() || !(page.is_empty() || page.starts_with('/')) {
            return Err(bad_argument(
                "A custom error response has both a ResponseCode and a ResponsePagePath that begins with a slash, or neither.",
            ));
        }
    }
    check_logs(call, &config["Logging"])?;
    check_restriction(&config["Restrictions"]["GeoRestriction"])?;
    check_firewall(text("WebACLId"))?;
    check_names(call, config, id)
}

/// Logs go to a bucket by its domain name, which CloudFront is let into by an ACL.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html>
fn check_logs(call: &Call<'_>, logging: &Value) -> Result<(), Fault> {
    if logging["Enabled"] != true {
        return Ok(());
    }
    let domain = logging["Bucket"].as_str().unwrap_or_default();
    let name = domain.strip_suffix(".amazonaws.com").and_then(|rest| rest.split_once(".s3").map(|(name, _)| name));
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Err(bad_argument("The parameter Logging Bucket does not refer to a valid S3 bucket."));
    };
    let owned = |bucket: &Value| bucket["_ownership"]["Rules"][0]["ObjectOwnership"] == "BucketOwnerEnforced";
    match call.get("s3.bucket", name).is_some_and(owned) {
        true => Err(bad_argument(format!("The S3 bucket that you specified for CloudFront logs does not enable ACL access: {domain}"))),
        false => Ok(()),
    }
}

/// Codes that ISO 3166-1 keeps for others than countries: <https://en.wikipedia.org/wiki/ISO_3166-1_alpha-2#Exceptional_reservations>
const KEPT: [&str; 13] = ["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "FX", "IC", "SU", "TA", "UK", "UN"];

/// A restriction names countries, by two capital letters each; without one there are none.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GeoRestriction.html>
/// The words: <https://github.com/hashicorp/terraform-provider-aws/issues/19243>
fn check_restriction(restriction: &Value) -> Result<(), Fault> {
    let capitals = |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let country = |code: &Value| code.as_str().is_some_and(|code| capitals(code) && !KEPT.contains(&code));
    let open = restriction["RestrictionType"] == "none";
    match open == (items(restriction).next().is_none()) && items(restriction).all(country) {
        true => Ok(()),
        false => Err(Fault::new("InvalidGeoRestrictionParameter", "Your request contains invalid Restriction parameters.")),
    }
}

/// Web ACLs of AWS WAF Classic go by their id, newer ones by an ARN of the scope CLOUDFRONT. There is no WAF here that knew which exist.
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html>
fn check_firewall(given: &str) -> Result<(), Fault> {
    let classic = given.len() == 36 && given.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let parts = given.splitn(6, ':').collect::<Vec<_>>();
    let global = matches!(parts[..], ["arn", _, "wafv2", "us-east-1", _, path] if path.starts_with("global/webacl/"));
    match given.is_empty() || classic || global {
        true => Ok(()),
        false => Err(Fault::new("InvalidWebACLId", format!("The web ACL ID or ARN is not valid: {given}"))),
    }
}

/// True for a name of several labels; the first one may be a star.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html>
fn is_domain(name: &str, starred: bool) -> bool {
    let name = name.strip_prefix("*.").filter(|_| starred).unwrap_or(name);
    let label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(label)
}

/// Every list says how long it is.
fn quantities(value: &Value) -> Result<(), Fault> {
    match value {
        Value::Object(members) => {
            let given = members.get("Items").and_then(Value::as_array).map_or(0, Vec::len);
            if members.get("Quantity").and_then(Value::as_u64).is_some_and(|quantity| quantity as usize != given) {
                return Err(Fault::new("InconsistentQuantities", "The value of Quantity and the size of Items don't match."));
            }
            members.values().try_for_each(quantities)
        }
        Value::Array(list) => list.iter().try_for_each(quantities),
        _ => Ok(()),
    }
}

/// The ids that a cache behavior may point at: origins and origin groups.
fn origins<'c>(call: &Call<'_>, config: &'c Value) -> Result<BTreeSet<&'c str>, Fault> {
    let mut ids = BTreeSet::new();
    for origin in items(&config["Origins"]) {
        let text = |member: &str| origin[member].as_str().unwrap_or_default();
        if !ids.insert(text("Id")) {
            return Err(bad_argument("The parameter Origins contains duplicate ids."));
        }
        let kinds = ["S3OriginConfig", "CustomOriginConfig", "VpcOriginConfig"].iter().filter(|kind| origin[**kind].is_object()).count();
        if kinds != 1 {
            return Err(Fault::new(
                "InvalidOrigin",
                "An origin has exactly one of S3OriginConfig, CustomOriginConfig and VpcOriginConfig.",
            ));
        }
        let domain = text("DomainName");
        // <https://github.com/laurilehmijoki/s3_website/issues/83>
        if !is_domain(domain, false) {
            return Err(bad_argument("The parameter origin name must be a domain name."));
        }
        if origin["S3OriginConfig"].is_object() && !(domain.contains(".s3") && domain.ends_with(".amazonaws.com")) {
            return Err(bad_argument("The parameter Origin DomainName does not refer to a valid S3 bucket."));
        }
        let path = text("OriginPath");
        if !path.is_empty() && (!path.starts_with('/') || path.ends_with('/')) {
            return Err(bad_argument("The parameter OriginPath must begin with a slash and not end with one."));
        }
        let control = text("OriginAccessControlId");
        if !control.is_empty() {
            if call.get(ACCESS_CONTROLS, control).is_none() {
                return Err(Fault::new("InvalidOriginAccessControl", "The specified origin access control does not exist."));
            }
            if origin["S3OriginConfig"]["OriginAccessIdentity"].as_str().is_some_and(|identity| !identity.is_empty()) {
                let message = "You cannot use both an origin access control and an origin access identity for one origin.";
                return Err(Fault::new("IllegalOriginAccessConfiguration", message));
            }
        }
        check_range(origin, "ConnectionAttempts", 1, 3)?;
        check_range(origin, "ConnectionTimeout", 1, 10)?;
        check_custom(&origin["CustomOriginConfig"])?;
        check_range(&origin["CustomOriginConfig"], "OriginReadTimeout", 1, 120)?;
        check_range(&origin["CustomOriginConfig"], "OriginKeepaliveTimeout", 1, 120)?;
    }
    if ids.is_empty() {
        return Err(Fault::new("InvalidOrigin", "A distribution has at least one origin."));
    }
    for group in items(&config["OriginGroups"]) {
        if items(&group["Members"]).any(|member| !ids.contains(member["OriginId"].as_str().unwrap_or_default())) {
            return Err(no_such_origin());
        }
    }
    ids.extend(items(&config["OriginGroups"]).filter_map(|group| group["Id"].as_str()));
    Ok(ids)
}

/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html>
fn check_custom(custom: &Value) -> Result<(), Fault> {
    if !custom.is_object() {
        return Ok(());
    }
    for member in ["HTTPPort", "HTTPSPort"] {
        if custom[member].as_i64().is_some_and(|port| !matches!(port, 80 | 443 | 1024..=65_535)) {
            return Err(bad_argument(format!("The parameter {member} must be 80, 443, or between 1024 and 65535.")));
        }
    }
    match items(&custom["OriginSslProtocols"]).next() {
        Some(_) => Ok(()),
        None => Err(bad_argument("The parameter OriginSslProtocols is required.")),
    }
}

fn check_behavior(behavior: &Value, origins: &BTreeSet<&str>) -> Result<(), Fault> {
    let text = |member: &str| behavior[member].as_str().unwrap_or_default();
    // <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CacheBehavior.html>
    if behavior["PathPattern"].as_str().is_some_and(|pattern| !(1..=255).contains(&pattern.chars().count())) {
        return Err(bad_argument("The parameter PathPattern must have between 1 and 255 characters."));
    }
    if !origins.contains(text("TargetOriginId")) {
        return Err(no_such_origin());
    }
    match (text("CachePolicyId"), behavior["ForwardedValues"].is_object()) {
        ("", false) => return Err(bad_argument("A cache behavior has a CachePolicyId or ForwardedValues.")),
        ("", true) => {}
        (_, true) => {
            let message = "The parameter ForwardedValues cannot be used when a cache policy is associated to the cache behavior.";
            return Err(bad_argument(message));
        }
        (_, false) => {}
    }
    for (member, known, code) in [
        ("CachePolicyId", managed_policy::is_cache(text("CachePolicyId")), "NoSuchCachePolicy"),
        ("OriginRequestPolicyId", managed_policy::is_origin_request(text("OriginRequestPolicyId")), "NoSuchOriginRequestPolicy"),
        ("ResponseHeadersPolicyId", managed_policy::is_response_headers(text("ResponseHeadersPolicyId")), "NoSuchResponseHeadersPolicy"),
    ] {
        if !text(member).is_empty() && !known {
            return Err(Fault::new(code, format!("The {member} {} does not exist.", text(member))).status(404));
        }
    }
    let methods = |list: &'_ Value| -> Vec<String> {
        let mut methods: Vec<String> = items(list).filter_map(|method| method.as_str().map(String::from)).collect();
        methods.sort();
        methods
    };
    if !METHODS.iter().any(|set| methods(&behavior["AllowedMethods"]) == *set) {
        return Err(bad_argument("The parameter AllowedMethods contains a set of methods that CloudFront does not offer."));
    }
    let cached = methods(&behavior["AllowedMethods"]["CachedMethods"]);
    if !METHODS[..2].iter().any(|set| cached == *set) {
        return Err(bad_argument("The parameter CachedMethods must be GET and HEAD, or GET, HEAD and OPTIONS."));
    }
    // <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CachedMethods.html>
    match cached.iter().all(|method| methods(&behavior["AllowedMethods"]).contains(method)) {
        true => Ok(()),
        false => Err(bad_argument("The parameter CachedMethods contains a method that AllowedMethods does not.")),
    }
}

/// Alternate names need a certificate of us-east-1, and belong to one distribution only.
fn check_names(call: &Call<'_>, config: &Value, id: &str) -> Result<(), Fault> {
    let names: Vec<&str> = items(&config["Aliases"]).filter_map(Value::as_str).collect();
    // The words: <https://github.com/cloudflare/Stout/issues/40>
    if !names.iter().all(|name| is_domain(name, true)) {
        return Err(bad_argument("The parameter CNAME contains one or more parameters that are not valid."));
    }
    let viewer = &config["ViewerCertificate"];
    let bad = |message: &str| Err(Fault::new("InvalidViewerCertificate", message));
    if viewer["CertificateSource"] == "cloudfront" && !names.is_empty() {
        return bad(
            "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your \
             authorization to use the domain name.",
        );
    }
    let certificate = viewer["ACMCertificateArn"].as_str().map(|arn| {
        let issued = call.all("acm.certificate").into_iter().find(|(_, row)| row["CertificateArn"] == arn && row["Status"] == "ISSUED");
        issued.map(|(_, row)| row)
    });
    if certificate == Some(None) {
        return bad(
            "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.",
        );
    }
    if viewer["CertificateSource"] != "cloudfront" && viewer["SSLSupportMethod"].is_null() {
        return bad("A certificate of your own needs an SSLSupportMethod.");
    }
    if let Some(row) = certificate.flatten() {
        let covered: Vec<&str> = [&row["DomainName"]]
            .into_iter()
            .chain(row["SubjectAlternativeNames"].as_array().into_iter().flatten())
            .filter_map(Value::as_str)
            .collect();
        if let Some(name) = names.iter().find(|name| !covered.iter().any(|pattern| covers(pattern, name))) {
            return bad(&format!(
                "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) that you're trying to \
                 add: {name}"
            ));
        }
    }
    for (other, row) in call.all(DISTRIBUTIONS).into_iter().filter(|(other, _)| *other != id) {
        if let Some(name) = items(&row["DistributionConfig"]["Aliases"]).filter_map(Value::as_str).find(|name| names.contains(name)) {
            let message =
                format!("One or more of the CNAMEs you provided are already associated with a different resource: {name} ({other}).");
            return Err(Fault::new("CNAMEAlreadyExists", message).status(409));
        }
    }
    Ok(())
}

/// `*.example.com` covers one label. A stand-in for a certificate that nobody here knows covers all.
fn covers(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some("") => true,
        Some(domain) => name.find('.').is_some_and(|dot| name[dot..].eq_ignore_ascii_case(domain)) || name == pattern,
        None => pattern.eq_ignore_ascii_case(name),
    }
}

fn check_range(value: &Value, member: &str, least: i64, most: i64) -> Result<(), Fault> {
    match value[member].as_i64().is_none_or(|number| (least..=most).contains(&number)) {
        true => Ok(()),
        false => Err(bad_argument(format!("The parameter {member} must be between {least} and {most}."))),
    }
}

fn no_such_origin() -> Fault {
    Fault::new("NoSuchOrigin", "One or more of your origins or origin groups do not exist.").status(404)
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["Items"].as_array().into_iter().flatten()
}
