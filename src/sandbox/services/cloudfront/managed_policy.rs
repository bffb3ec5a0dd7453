//! The cache, origin request and response headers policies that AWS manages, with their documented ids and settings.
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html>

use crate::world::{Call, Fault};
use serde_json::{Value, json};

const DAY: i64 = 86_400;
const YEAR: i64 = 31_536_000;
/// Assumed: AWS states another moment for each.
const MODIFIED: f64 = 1_577_836_800.0;
/// Assumed, too: nothing takes the ETag of a policy that only AWS changes.
const ETAG: &str = "E23ZP02F085DFQ";

struct CachePolicy {
    id: &'static str,
    name: &'static str,
    ttl: [i64; 3],
    /// gzip, brotli
    compress: (bool, bool),
    headers: &'static [&'static str],
    cookies: &'static str,
    /// `*` for all
    queries: &'static [&'static str],
}

const CACHE: &[CachePolicy] = &[
    CachePolicy {
        id: "658327ea-f89d-4fab-a63d-7e88639e58f6",
        name: "Managed-CachingOptimized",
        ttl: [1, DAY, YEAR],
        compress: (true, true),
        headers: &[],
        cookies: "none",
        queries: &[],
    },
    CachePolicy {
        id: "b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
        name: "Managed-CachingOptimizedForUncompressedObjects",
        ttl: [1, DAY, YEAR],
        compress: (false, false),
        headers: &[],
        cookies: "none",
        queries: &[],
    },
    CachePolicy {
        id: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        name: "Managed-CachingDisabled",
        ttl: [0, 0, 0],
        compress: (false, false),
        headers: &[],
        cookies: "none",
        queries: &[],
    },
    CachePolicy {
        id: "08627262-05a9-4f76-9ded-b50ca2e3a84f",
        name: "Managed-Elemental-MediaPackage",
        ttl: [0, DAY, YEAR],
        compress: (true, false),
        headers: &["origin"],
        cookies: "none",
        queries: &["aws.manifestfilter", "start", "end", "m"],
    },
    CachePolicy {
        id: "2e54312d-136d-493c-8eb9-b001f22f67d2",
        name: "Managed-Amplify",
        ttl: [2, 2, 600],
        compress: (true, true),
        headers: &["Authorization", "CloudFront-Viewer-Country", "Host"],
        cookies: "all",
        queries: &["*"],
    },
    CachePolicy {
        id: "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
        name: "UseOriginCacheControlHeaders",
        ttl: [0, 0, YEAR],
        compress: (true, true),
        headers: &["Host", "Origin", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"],
        cookies: "all",
        queries: &[],
    },
    CachePolicy {
        id: "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
        name: "UseOriginCacheControlHeaders-QueryStrings",
        ttl: [0, 0, YEAR],
        compress: (true, true),
        headers: &["Host", "Origin", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"],
        cookies: "all",
        queries: &["*"],
    },
];

/// Id, name, header behaviour, headers, cookies, query strings.
type OriginRequest = (&'static str, &'static str, &'static str, &'static [&'static str], &'static str, &'static str);

const ORIGIN_REQUEST: &[OriginRequest] = &[
    ("216adef6-5c7f-47e4-b989-5492eafa07d3", "Managed-AllViewer", "allViewer", &[], "all", "all"),
    ("b689b0a8-53d0-40ab-baf2-68738e2966ac", "Managed-AllViewerExceptHostHeader", "allExcept", &["host"], "all", "all"),
    (
        "33f36d7e-f396-46d9-90e0-52428a34d9dc",
        "Managed-AllViewerAndCloudFrontHeaders-2022-06",
        "allViewerAndWhitelistCloudFront",
        &[
            "CloudFront-Forwarded-Proto",
            "CloudFront-Is-Android-Viewer",
            "CloudFront-Is-Desktop-Viewer",
            "CloudFront-Is-IOS-Viewer",
            "CloudFront-Is-Mobile-Viewer",
            "CloudFront-Is-SmartTV-Viewer",
            "CloudFront-Is-Tablet-Viewer",
            "CloudFront-Viewer-ASN",
            "CloudFront-Viewer-Address",
            "CloudFront-Viewer-City",
            "CloudFront-Viewer-Country",
            "CloudFront-Viewer-Country-Name",
            "CloudFront-Viewer-Country-Region",
            "CloudFront-Viewer-Country-Region-Name",
            "CloudFront-Viewer-Http-Version",
            "CloudFront-Viewer-Latitude",
            "CloudFront-Viewer-Longitude",
            "CloudFront-Viewer-Metro-Code",
            "CloudFront-Viewer-Postal-Code",
            "CloudFront-Viewer-TLS",
            "CloudFront-Viewer-Time-Zone",
        ],
        "all",
        "all",
    ),
    ("59781a5b-3903-41f3-afcb-af62929ccde1", "Managed-CORS-CustomOrigin", "whitelist", &["origin"], "none", "none"),
    (
        "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
        "Managed-CORS-S3Origin",
        "whitelist",
        &["origin", "access-control-request-headers", "access-control-request-method"],
        "none",
        "none",
    ),
    (
        "775133bc-15f2-49f9-abea-afb2e0bf67d2",
        "Managed-Elemental-MediaTailor-PersonalizedManifests",
        "whitelist",
        &["origin", "access-control-request-headers", "access-control-request-method", "user-agent", "x-forwarded-for"],
        "none",
        "all",
    ),
    ("acba4595-bd28-49b8-b9fe-13317c0390fa", "Managed-UserAgentRefererHeaders", "whitelist", &["user-agent", "referer"], "none", "none"),
];

/// Id, name, CORS (none, simple, with preflight), security headers.
const RESPONSE_HEADERS: &[(&str, &str, Cors, bool)] = &[
    ("60669652-455b-4ae9-85a4-c4c02393f86c", "Managed-SimpleCORS", Cors::Simple, false),
    ("5cc3b908-e619-4b99-88e5-2cf7f45965bd", "Managed-CORS-With-Preflight", Cors::Preflight, false),
    ("67f7725c-6f97-4210-82d7-5512b31e9d03", "Managed-SecurityHeadersPolicy", Cors::None, true),
    ("e61eb60c-9c35-4d20-a928-2b84e02af89c", "Managed-CORS-and-SecurityHeadersPolicy", Cors::Simple, true),
    ("eaab4381-ed33-4a86-88ca-d9558dc6cd63", "Managed-CORS-with-preflight-and-SecurityHeadersPolicy", Cors::Preflight, true),
];

#[derive(Clone, Copy, PartialEq)]
enum Cors {
    None,
    Simple,
    Preflight,
}

pub fn is_cache(id: &str) -> bool {
    CACHE.iter().any(|policy| policy.id == id)
}

pub fn is_origin_request(id: &str) -> bool {
    ORIGIN_REQUEST.iter().any(|policy| policy.0 == id)
}

pub fn is_response_headers(id: &str) -> bool {
    RESPONSE_HEADERS.iter().any(|policy| policy.0 == id)
}

fn cache_policies() -> Vec<Value> {
    let policies = CACHE.iter().map(|policy| {
        let [least, default, most] = policy.ttl;
        let headers = match policy.headers {
            [] => json!({"HeaderBehavior": "none"}),
            list => json!({"HeaderBehavior": "whitelist", "Headers": listed(list)}),
        };
        let queries = match policy.queries {
            [] => json!({"QueryStringBehavior": "none"}),
            ["*"] => json!({"QueryStringBehavior": "all"}),
            list => json!({"QueryStringBehavior": "whitelist", "QueryStrings": listed(list)}),
        };
        let key = json!({
            "EnableAcceptEncodingGzip": policy.compress.0, "EnableAcceptEncodingBrotli": policy.compress.1, "HeadersConfig": headers,
            "CookiesConfig": {"CookieBehavior": policy.cookies}, "QueryStringsConfig": queries,
        });
        let config = json!({
            "Name": policy.name, "Comment": "", "MinTTL": least, "DefaultTTL": default, "MaxTTL": most,
            "ParametersInCacheKeyAndForwardedToOrigin": key,
        });
        json!({"Type": "managed", "CachePolicy": {"Id": policy.id, "LastModifiedTime": MODIFIED, "CachePolicyConfig": config}})
    });
    policies.collect()
}

pub fn cache(call: &mut Call<'_>) -> Result<Value, Fault> {
    Ok(json!({"CachePolicyList": policy_list(call, cache_policies())}))
}

pub fn get_cache(call: &mut Call<'_>) -> Result<Value, Fault> {
    get(call, &cache_policies(), "CachePolicy")
}

pub fn get_cache_config(call: &mut Call<'_>) -> Result<Value, Fault> {
    get_config(call, &cache_policies(), "CachePolicy")
}

fn origin_request_policies() -> Vec<Value> {
    let policies = ORIGIN_REQUEST.iter().map(|(id, name, behavior, headers, cookies, queries)| {
        let mut headers_config = json!({"HeaderBehavior": behavior});
        if !headers.is_empty() {
            headers_config["Headers"] = listed(headers);
        }
        let config = json!({
            "Name": name, "Comment": "", "HeadersConfig": headers_config, "CookiesConfig": {"CookieBehavior": cookies},
            "QueryStringsConfig": {"QueryStringBehavior": queries},
        });
        json!({"Type": "managed", "OriginRequestPolicy": {"Id": id, "LastModifiedTime": MODIFIED, "OriginRequestPolicyConfig": config}})
    });
    policies.collect()
}

pub fn origin_request(call: &mut Call<'_>) -> Result<Value, Fault> {
    Ok(json!({"OriginRequestPolicyList": policy_list(call, origin_request_policies())}))
}

pub fn get_origin_request(call: &mut Call<'_>) -> Result<Value, Fault> {
    get(call, &origin_request_policies(), "OriginRequestPolicy")
}

pub fn get_origin_request_config(call: &mut Call<'_>) -> Result<Value, Fault> {
    get_config(call, &origin_request_policies(), "OriginRequestPolicy")
}

fn response_headers_policies() -> Vec<Value> {
    let policies = RESPONSE_HEADERS.iter().map(|(id, name, cors, secure)| {
        let mut config = json!({"Name": name, "Comment": ""});
        if *cors != Cors::None {
            let methods: &[&str] = if *cors == Cors::Simple { &["GET", "HEAD"] } else { &["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"] };
            config["CorsConfig"] = json!({
                "AccessControlAllowOrigins": listed(&["*"]), "AccessControlAllowHeaders": listed(&["*"]), "AccessControlAllowMethods": listed(methods),
                "AccessControlAllowCredentials": false, "OriginOverride": false,
            });
            if *cors == Cors::Preflight {
                config["CorsConfig"]["AccessControlExposeHeaders"] = listed(&["*"]);
            }
        }
        if *secure {
            config["SecurityHeadersConfig"] = json!({
                "XSSProtection": {"Override": false, "Protection": true, "ModeBlock": true},
                "FrameOptions": {"Override": false, "FrameOption": "SAMEORIGIN"},
                "ReferrerPolicy": {"Override": false, "ReferrerPolicy": "strict-origin-when-cross-origin"},
                "ContentTypeOptions": {"Override": true},
                "StrictTransportSecurity": {"Override": false, "AccessControlMaxAgeSec": YEAR},
            });
        }
        json!({"Type": "managed", "ResponseHeadersPolicy": {"Id": id, "LastModifiedTime": MODIFIED, "ResponseHeadersPolicyConfig": config}})
    });
    policies.collect()
}

pub fn response_headers(call: &mut Call<'_>) -> Result<Value, Fault> {
    Ok(json!({"ResponseHeadersPolicyList": policy_list(call, response_headers_policies())}))
}

pub fn get_response_headers(call: &mut Call<'_>) -> Result<Value, Fault> {
    get(call, &response_headers_policies(), "ResponseHeadersPolicy")
}

pub fn get_response_headers_config(call: &mut Call<'_>) -> Result<Value, Fault> {
    get_config(call, &response_headers_policies(), "ResponseHeadersPolicy")
}

/// Answers the policy of the call; `member` is the name that its kind has everywhere.
fn get(call: &Call<'_>, policies: &[Value], member: &str) -> Result<Value, Fault> {
    let found = policies.iter().map(|policy| &policy[member]).find(|policy| policy["Id"] == call.text("Id"));
    let missing = || Fault::new(&format!("NoSuch{member}"), "The specified policy does not exist.").status(404);
    Ok(json!({member: found.ok_or_else(missing)?, "ETag": ETAG}))
}

fn get_config(call: &Call<'_>, policies: &[Value], member: &str) -> Result<Value, Fault> {
    let (whole, config) = (get(call, policies, member)?, format!("{member}Config"));
    Ok(json!({config.as_str(): whole[member][config.as_str()], "ETag": ETAG}))
}

fn listed(items: &[&str]) -> Value {
    json!({"Quantity": items.len(), "Items": items})
}

/// Custom policies are not in the sandbox, so there are none.
fn policy_list(call: &Call<'_>, mut policies: Vec<Value>) -> Value {
    if call.text("Type") == "custom" {
        policies.clear();
    }
    json!({"MaxItems": 100, "Quantity": policies.len(), "Items": policies})
}
