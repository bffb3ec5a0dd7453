//! `cloudfront.distribution`: a CDN in front of a bucket or any web server.

use crate::core::kind::{About, Field, Kind, Minutes, Naming, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::kinds::cloudfront::{self, CACHE, Managed, ORIGIN_REQUEST, RESPONSE_HEADERS, is_policy_id, policy_name};
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

pub struct Distribution;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    #[serde(default)]
    pub comment: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Host names of one's own, each covered by the certificate.
    #[serde(default)]
    pub aliases: Vec<String>,
    pub origins: Vec<Origin>,
    pub default_cache_behavior: Behavior,
    /// Behaviours for paths, in the order they are tried.
    #[serde(default)]
    pub ordered_cache_behaviors: Vec<PathBehavior>,
    /// What `/` answers: `index.html`.
    #[serde(default)]
    pub default_root_object: Option<String>,
    #[serde(default)]
    pub custom_error_responses: Vec<ErrorResponse>,
    #[serde(default)]
    pub price_class: PriceClass,
    #[serde(default)]
    pub http_version: HttpVersion,
    #[serde(default = "yes")]
    pub is_ipv6_enabled: bool,
    /// A certificate of ACM in us-east-1; left out, only the cloudfront.net name is served.
    #[serde(default)]
    pub acm_certificate_arn: Option<String>,
    /// The oldest TLS that is spoken; only with a certificate.
    #[serde(default)]
    pub minimum_protocol_version: MinimumProtocolVersion,
    /// A web ACL of AWS WAF.
    #[serde(default)]
    pub web_acl_id: Option<String>,
    #[serde(default)]
    pub geo_restriction: GeoRestriction,
    /// Where access logs are written; left out, none are.
    #[serde(default)]
    pub logging: Option<Logging>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// Where content comes from: a bucket, or with `custom` any web server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    pub id: String,
    /// A bucket's regional domain name, or a host name.
    pub domain_name: String,
    /// Put in front of every path: `/site`.
    #[serde(default)]
    pub origin_path: String,
    /// How requests to a bucket are signed.
    #[serde(default)]
    pub origin_access_control_id: Option<String>,
    #[serde(default)]
    pub custom: Option<CustomOrigin>,
    #[serde(default = "three")]
    pub connection_attempts: i32,
    #[serde(default = "ten")]
    pub connection_timeout: i32,
}

/// How a web server is spoken to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomOrigin {
    #[serde(default)]
    pub origin_protocol_policy: OriginProtocolPolicy,
    #[serde(default = "http")]
    pub http_port: i32,
    #[serde(default = "https")]
    pub https_port: i32,
    #[serde(default = "tls12")]
    pub origin_ssl_protocols: Vec<SslProtocol>,
    #[serde(default = "thirty")]
    pub origin_read_timeout: i32,
    #[serde(default = "five")]
    pub origin_keepalive_timeout: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OriginProtocolPolicy {
    HttpOnly,
    MatchViewer,
    #[default]
    HttpsOnly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum SslProtocol {
    SSLv3,
    TLSv1,
    #[serde(rename = "TLSv1.1")]
    TLSv11,
    #[serde(rename = "TLSv1.2")]
    TLSv12,
}

/// What CloudFront does with requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Behavior {
    /// The `id` of one of the origins.
    pub target_origin_id: String,
    #[serde(default)]
    pub viewer_protocol_policy: ViewerProtocolPolicy,
    #[serde(default = "reading")]
    pub allowed_methods: Vec<Method>,
    #[serde(default = "reading")]
    pub cached_methods: Vec<Method>,
    #[serde(default = "yes")]
    pub compress: bool,
    /// A managed cache policy by name, or one's own by id.
    #[serde(default = "caching_optimized")]
    pub cache_policy: String,
    /// A managed origin request policy by name, or one's own by id.
    #[serde(default)]
    pub origin_request_policy: Option<String>,
    /// A managed response headers policy by name, or one's own by id.
    #[serde(default)]
    pub response_headers_policy: Option<String>,
}

/// A behaviour for some paths.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathBehavior {
    /// `/api/*`.
    pub path_pattern: String,
    pub behavior: Behavior,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ViewerProtocolPolicy {
    AllowAll,
    #[default]
    RedirectToHttps,
    HttpsOnly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Head,
    Options,
    Put,
    Patch,
    Post,
    Delete,
}

/// What viewers get in place of an origin's error.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorResponse {
    pub error_code: i32,
    /// The status that viewers see; with `response_page_path` only.
    #[serde(default)]
    pub response_code: Option<i32>,
    #[serde(default)]
    pub response_page_path: Option<String>,
    /// Seconds that the error is remembered.
    #[serde(default = "ten_seconds")]
    pub error_caching_min_ttl: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum PriceClass {
    /// North America, Europe, Israel: the cheapest.
    #[default]
    #[serde(rename = "PriceClass_100")]
    Class100,
    #[serde(rename = "PriceClass_200")]
    Class200,
    #[serde(rename = "PriceClass_All")]
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum HttpVersion {
    #[serde(rename = "http1.1")]
    Http11,
    #[serde(rename = "http2")]
    Http2,
    #[serde(rename = "http3")]
    Http3,
    #[default]
    #[serde(rename = "http2and3")]
    Http2and3,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum MinimumProtocolVersion {
    #[serde(rename = "TLSv1.2_2018")]
    Tls12In2018,
    #[serde(rename = "TLSv1.2_2019")]
    Tls12In2019,
    #[default]
    #[serde(rename = "TLSv1.2_2021")]
    Tls12In2021,
    #[serde(rename = "TLSv1.2_2025")]
    Tls12In2025,
    #[serde(rename = "TLSv1.3_2025")]
    Tls13In2025,
    /// Older ones that a distribution may still have.
    #[serde(rename = "TLSv1")]
    Tls1,
    #[serde(rename = "TLSv1_2016")]
    Tls1In2016,
    #[serde(rename = "TLSv1.1_2016")]
    Tls11In2016,
}

/// Which countries are served.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GeoRestriction {
    #[serde(default)]
    pub restriction_type: RestrictionType,
    /// Two-letter country codes.
    #[serde(default)]
    pub locations: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RestrictionType {
    #[default]
    None,
    Whitelist,
    Blacklist,
}

/// Where access logs are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Logging {
    /// The bucket's domain name: `logs.s3.amazonaws.com`.
    pub bucket: String,
    #[serde(default)]
    pub prefix: String,
    #[serde(default)]
    pub include_cookies: bool,
}

fn yes() -> bool {
    true
}
fn three() -> i32 {
    3
}
fn five() -> i32 {
    5
}
fn ten() -> i32 {
    10
}
fn ten_seconds() -> i64 {
    10
}
fn thirty() -> i32 {
    30
}
fn http() -> i32 {
    80
}
fn https() -> i32 {
    443
}
fn tls12() -> Vec<SslProtocol> {
    vec![SslProtocol::TLSv12]
}
fn reading() -> Vec<Method> {
    vec![Method::Get, Method::Head]
}
fn caching_optimized() -> String {
    "CachingOptimized".into()
}

/// The geographies that CloudFront bills by.
const PLACES: [&str; 8] = ["us", "europe", "south_africa", "south_america", "japan", "australia", "asia_pacific", "india"];

impl Kind for Distribution {
    type Spec = Spec;
    const NAME: &'static str = "cloudfront.distribution";
    const ABOUT: About = About {
        doc: "A CDN in front of a bucket or any web server.",
        outputs: &["id", "arn", "domain_name", "hosted_zone_id"],
        naming: Naming::None,
        arn: "cloudfront:distribution/",
        minutes: Minutes::new(5.0, 3.0, 5.0),
        console: "https://us-east-1.console.aws.amazon.com/cloudfront/v4/home#/distributions/{id}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        update("comment"),
        update("enabled").downtime("while it is off, nothing is served"),
        update("aliases").set(),
        update("origins").set(),
        update("default_cache_behavior"),
        update("ordered_cache_behaviors"),
        update("default_root_object"),
        update("custom_error_responses").set(),
        update("price_class"),
        update("http_version"),
        update("is_ipv6_enabled"),
        update("acm_certificate_arn"),
        update("minimum_protocol_version"),
        update("web_acl_id"),
        update("geo_restriction"),
        update("logging"),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            comment: "Example".into(),
            enabled: true,
            aliases: Vec::new(),
            origins: vec![Origin {
                id: "bucket".into(),
                domain_name: "${example.bucket.regional_domain_name}".into(),
                origin_path: String::new(),
                origin_access_control_id: Some("${example.origin-access-control.id}".into()),
                custom: None,
                connection_attempts: 3,
                connection_timeout: 10,
            }],
            default_cache_behavior: Behavior::to("bucket"),
            ordered_cache_behaviors: vec![PathBehavior {
                path_pattern: "/live/*".into(),
                behavior: Behavior { cache_policy: "CachingDisabled".into(), compress: false, ..Behavior::to("bucket") },
            }],
            default_root_object: Some("index.html".into()),
            custom_error_responses: vec![ErrorResponse {
                error_code: 403,
                response_code: Some(404),
                response_page_path: Some("/404.html".into()),
                error_caching_min_ttl: 10,
            }],
            price_class: PriceClass::Class100,
            http_version: HttpVersion::Http2and3,
            is_ipv6_enabled: true,
            acm_certificate_arn: None,
            minimum_protocol_version: MinimumProtocolVersion::Tls12In2021,
            web_acl_id: None,
            geo_restriction: GeoRestriction::default(),
            logging: None,
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn normalise(spec: &mut Spec) {
        spec.aliases.sort();
        spec.origins.sort();
        for origin in &mut spec.origins {
            if let Some(custom) = &mut origin.custom {
                custom.origin_ssl_protocols.sort();
            }
        }
        let paths = spec.ordered_cache_behaviors.iter_mut().map(|path| &mut path.behavior);
        for behavior in std::iter::once(&mut spec.default_cache_behavior).chain(paths) {
            for methods in [&mut behavior.allowed_methods, &mut behavior.cached_methods] {
                methods.sort();
                methods.dedup();
            }
            // A managed policy has one name and one id.
            behavior.cache_policy = policy_name(CACHE, &behavior.cache_policy);
            behavior.origin_request_policy = behavior.origin_request_policy.take().map(|policy| policy_name(ORIGIN_REQUEST, &policy));
            behavior.response_headers_policy = behavior.response_headers_policy.take().map(|policy| policy_name(RESPONSE_HEADERS, &policy));
        }
        spec.custom_error_responses.sort();
        spec.geo_restriction.locations.sort();
        // CloudFront's own certificate comes with TLSv1 and leaves nothing to choose.
        if spec.acm_certificate_arn.is_none() {
            spec.minimum_protocol_version = MinimumProtocolVersion::default();
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        origins(spec, &mut problems);
        let ids = spec.origins.iter().map(|origin| origin.id.as_str()).collect::<BTreeSet<_>>();
        behavior(&ids, "default_cache_behavior", &spec.default_cache_behavior, &mut problems);
        for (index, path) in spec.ordered_cache_behaviors.iter().enumerate() {
            let at = format!("ordered_cache_behaviors.{index}");
            if path.path_pattern.is_empty() || path.path_pattern.len() > 255 {
                problems.push(Problem::new(format!("{at}.path_pattern"), "a path pattern has 1 to 255 characters").help("as /api/*"));
            }
            behavior(&ids, &format!("{at}.behavior"), &path.behavior, &mut problems);
        }
        if !spec.aliases.is_empty() && spec.acm_certificate_arn.is_none() {
            problems.push(
                Problem::new("aliases", "host names of your own need a certificate that covers them")
                    .help("set acm_certificate_arn to a certificate in us-east-1"),
            );
        }
        if let Some(arn) = spec.acm_certificate_arn.as_deref().filter(|arn| !is_symbolic(arn))
            && !arn.starts_with("arn:aws:acm:us-east-1:")
        {
            problems.push(
                Problem::new("acm_certificate_arn", format!("`{arn}` is not the ARN of a certificate in us-east-1"))
                    .help("CloudFront takes certificates of ACM in us-east-1 only"),
            );
        }
        if spec.comment.chars().count() > 128 {
            problems.push(Problem::new("comment", "the comment is longer than 128 characters"));
        }
        if spec.default_root_object.as_deref().is_some_and(|object| object.starts_with('/')) {
            problems.push(Problem::new("default_root_object", "the root object begins with a slash").help("as index.html"));
        }
        errors(spec, &mut problems);
        let restriction = &spec.geo_restriction;
        if (restriction.restriction_type == RestrictionType::None) != restriction.locations.is_empty() {
            problems.push(
                Problem::new("geo_restriction", "a restriction and its countries go together")
                    .help("set `restriction_type` to whitelist or blacklist, with `locations`"),
            );
        }
        for country in restriction.locations.iter().filter(|code| code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase())) {
            problems.push(Problem::new("geo_restriction.locations", format!("`{country}` is not a country code")).help("as DE"));
        }
        problems
    }

    const USAGE: &'static [Measure] = &[
        Measure::new("cdn_gb", "GB", [0, 10, 100], "What CloudFront sends to viewers near the stack's region."),
        Measure::new("cdn_requests", "requests", [0, 100_000, 1_000_000], "Their requests."),
        Measure::derived("cdn_us_gb", "GB", "What CloudFront sends to viewers in North America."),
        Measure::derived("cdn_us_requests", "requests", "Their requests."),
        Measure::derived("cdn_europe_gb", "GB", "What CloudFront sends to viewers in Europe and Israel."),
        Measure::derived("cdn_europe_requests", "requests", "Their requests."),
        Measure::derived("cdn_south_africa_gb", "GB", "What CloudFront sends to viewers in Africa and the Middle East."),
        Measure::derived("cdn_south_africa_requests", "requests", "Their requests."),
        Measure::derived("cdn_south_america_gb", "GB", "What CloudFront sends to viewers in South America."),
        Measure::derived("cdn_south_america_requests", "requests", "Their requests."),
        Measure::derived("cdn_japan_gb", "GB", "What CloudFront sends to viewers in Japan."),
        Measure::derived("cdn_japan_requests", "requests", "Their requests."),
        Measure::derived("cdn_australia_gb", "GB", "What CloudFront sends to viewers in Australia and New Zealand."),
        Measure::derived("cdn_australia_requests", "requests", "Their requests."),
        Measure::derived("cdn_asia_pacific_gb", "GB", "What CloudFront sends to viewers in the rest of Asia."),
        Measure::derived("cdn_asia_pacific_requests", "requests", "Their requests."),
        Measure::derived("cdn_india_gb", "GB", "What CloudFront sends to viewers in India."),
        Measure::derived("cdn_india_requests", "requests", "Their requests."),
    ];
}

impl Priced for Distribution {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let open = spec.default_cache_behavior.viewer_protocol_policy == ViewerProtocolPolicy::AllowAll;
        let scheme = if open { "http" } else { "https" };
        let home = tariffs::cloudfront::place_of(facts.region());
        let mut charges = vec![
            tariffs::cloudfront::data(home, facts.usage("cdn_gb")),
            tariffs::cloudfront::requests(scheme, home, facts.usage("cdn_requests")),
        ];
        for place in PLACES {
            charges.extend(facts.said(&format!("cdn_{place}_gb")).map(|gb| tariffs::cloudfront::data(place, gb)));
            charges.extend(facts.said(&format!("cdn_{place}_requests")).map(|number| tariffs::cloudfront::requests(scheme, place, number)));
        }
        charges
    }
}

impl Behavior {
    /// Everything as it is by default, towards one origin.
    pub fn to(origin: &str) -> Behavior {
        Behavior {
            target_origin_id: origin.into(),
            viewer_protocol_policy: ViewerProtocolPolicy::RedirectToHttps,
            allowed_methods: reading(),
            cached_methods: reading(),
            compress: true,
            cache_policy: caching_optimized(),
            origin_request_policy: None,
            response_headers_policy: None,
        }
    }
}

impl Default for CustomOrigin {
    fn default() -> Self {
        CustomOrigin {
            origin_protocol_policy: OriginProtocolPolicy::HttpsOnly,
            http_port: 80,
            https_port: 443,
            origin_ssl_protocols: tls12(),
            origin_read_timeout: 30,
            origin_keepalive_timeout: 5,
        }
    }
}

fn origins(spec: &Spec, problems: &mut Vec<Problem>) {
    if spec.origins.is_empty() {
        problems.push(Problem::new("origins", "the distribution has no origin").help("name a bucket or a web server"));
    }
    let mut ids = BTreeSet::new();
    for (index, origin) in spec.origins.iter().enumerate() {
        let at = |field: &str| format!("origins.{index}.{field}");
        if origin.id.is_empty() || origin.id.len() > 128 || !ids.insert(&origin.id) {
            problems.push(Problem::new(at("id"), format!("the id `{}` is empty, too long, or used twice", origin.id)));
        }
        if !is_symbolic(&origin.domain_name) && (origin.domain_name.contains("://") || !origin.domain_name.contains('.')) {
            problems.push(
                Problem::new(at("domain_name"), format!("`{}` is not a host name", origin.domain_name)).help("without https:// and path"),
            );
        }
        if !origin.origin_path.is_empty() && (!origin.origin_path.starts_with('/') || origin.origin_path.ends_with('/')) {
            problems.push(
                Problem::new(at("origin_path"), format!("`{}` does not begin with a slash, or ends with one", origin.origin_path))
                    .help("as /site"),
            );
        }
        if origin.custom.is_some() && origin.origin_access_control_id.is_some() {
            problems
                .push(Problem::new(at("origin_access_control_id"), "an origin with `custom` is no bucket: its requests are not signed"));
        }
        if !(1..=3).contains(&origin.connection_attempts) || !(1..=10).contains(&origin.connection_timeout) {
            problems.push(Problem::new(at("connection_attempts"), "1 to 3 attempts, of 1 to 10 seconds"));
        }
        if let Some(custom) = &origin.custom {
            for (field, port) in [("custom.http_port", custom.http_port), ("custom.https_port", custom.https_port)] {
                if ![80, 443].contains(&port) && !(1024..=65535).contains(&port) {
                    problems
                        .push(Problem::new(at(field), format!("CloudFront cannot reach port {port}")).help("80, 443, or 1024 to 65535"));
                }
            }
            if custom.origin_ssl_protocols.is_empty() {
                problems.push(Problem::new(at("custom.origin_ssl_protocols"), "no TLS version is left").help("[\"TLSv1.2\"]"));
            }
            if !(1..=120).contains(&custom.origin_read_timeout) || !(1..=120).contains(&custom.origin_keepalive_timeout) {
                problems.push(Problem::new(at("custom.origin_read_timeout"), "timeouts are 1 to 120 seconds"));
            }
        }
    }
}

fn behavior(origins: &BTreeSet<&str>, at: &str, behavior: &Behavior, problems: &mut Vec<Problem>) {
    if !is_symbolic(&behavior.target_origin_id) && !origins.contains(behavior.target_origin_id.as_str()) {
        problems.push(
            Problem::new(format!("{at}.target_origin_id"), format!("there is no origin `{}`", behavior.target_origin_id))
                .help(format!("there is {}", origins.iter().copied().collect::<Vec<_>>().join(", "))),
        );
    }
    let mut allowed = behavior.allowed_methods.clone();
    allowed.sort();
    allowed.dedup();
    if ![2, 3, 7].contains(&allowed.len())
        || !allowed.starts_with(&reading())
        || (allowed.len() == 3 && !allowed.contains(&Method::Options))
    {
        problems.push(
            Problem::new(format!("{at}.allowed_methods"), "CloudFront allows one of three sets of methods")
                .help("GET and HEAD; GET, HEAD and OPTIONS; or all seven"),
        );
    }
    let mut cached = behavior.cached_methods.clone();
    cached.sort();
    cached.dedup();
    if !(cached == reading() || cached == [Method::Get, Method::Head, Method::Options]) || cached.len() > allowed.len() {
        problems.push(
            Problem::new(format!("{at}.cached_methods"), "CloudFront caches one of two sets of methods, of those allowed")
                .help("GET and HEAD; or GET, HEAD and OPTIONS"),
        );
    }
    let policies: [(&str, Option<&String>, Managed); 3] = [
        ("cache_policy", Some(&behavior.cache_policy), CACHE),
        ("origin_request_policy", behavior.origin_request_policy.as_ref(), ORIGIN_REQUEST),
        ("response_headers_policy", behavior.response_headers_policy.as_ref(), RESPONSE_HEADERS),
    ];
    for (field, policy, table) in policies {
        if let Some(policy) = policy.filter(|policy| !is_symbolic(policy))
            && cloudfront::policy_id(table, policy) == *policy
            && !is_policy_id(policy)
        {
            problems.push(
                Problem::new(format!("{at}.{field}"), format!("`{policy}` is neither a managed policy nor a policy's id"))
                    .help(format!("managed ones: {}", table.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "))),
            );
        }
    }
}

fn errors(spec: &Spec, problems: &mut Vec<Problem>) {
    const CODES: &[i32] = &[400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];
    for (index, response) in spec.custom_error_responses.iter().enumerate() {
        let at = format!("custom_error_responses.{index}");
        if !CODES.contains(&response.error_code) {
            problems.push(Problem::new(format!("{at}.error_code"), format!("CloudFront does not replace status {}", response.error_code)));
        }
        if response.response_code.is_some() != response.response_page_path.is_some() {
            problems.push(
                Problem::new(at.clone(), "a page and its status go together")
                    .help("set both `response_code` and `response_page_path`, or neither"),
            );
        }
        if response.response_page_path.as_deref().is_some_and(|path| !path.starts_with('/')) {
            problems.push(Problem::new(format!("{at}.response_page_path"), "the page's path does not begin with a slash"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::trial::holds;
    use serde_json::json;

    #[test]
    fn what_cloudfront_would_refuse_is_said() {
        let to = |more: serde_json::Value| {
            let mut behavior = json!({"target_origin_id": "bucket"});
            behavior.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "default_cache_behavior": behavior })
        };
        let origin = |more: serde_json::Value| {
            let mut origin = json!({"id": "bucket", "domain_name": "example.com"});
            origin.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "origins": [origin] })
        };
        holds::<Distribution>(&[
            (to(json!({})), ""),
            (to(json!({"target_origin_id": "nowhere"})), "no origin `nowhere`"),
            (to(json!({"allowed_methods": ["GET", "POST"]})), "three sets"),
            (to(json!({"cached_methods": ["GET", "HEAD", "OPTIONS"]})), "two sets"),
            (to(json!({"cache_policy": "CacheEverything"})), "neither a managed policy"),
            (to(json!({"cache_policy": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"})), ""),
            (origin(json!({"custom": {}})), ""),
            (origin(json!({"custom": {"http_port": 22}})), "port 22"),
            (origin(json!({"domain_name": "https://example.com"})), "not a host name"),
            (origin(json!({"origin_path": "site/"})), "begin with a slash"),
            (origin(json!({"custom": {}, "origin_access_control_id": "E1"})), "is no bucket"),
            (json!({"origins": []}), "has no origin"),
            (json!({"aliases": ["www.example.com"]}), "need a certificate"),
            (json!({"acm_certificate_arn": "arn:aws:acm:eu-west-1:1:certificate/1"}), "us-east-1"),
            (json!({"default_root_object": "/index.html"}), "begins with a slash"),
            (json!({"custom_error_responses": [{"error_code": 418}]}), "status 418"),
            (json!({"custom_error_responses": [{"error_code": 404, "response_code": 200}]}), "go together"),
            (json!({"geo_restriction": {"restriction_type": "whitelist"}}), "go together"),
            (json!({"geo_restriction": {"restriction_type": "whitelist", "locations": ["Germany"]}}), "not a country code"),
        ]);
    }

    #[test]
    fn a_managed_policy_is_the_same_by_name_and_by_id() {
        let mut spec = Distribution::example();
        spec.default_cache_behavior.cache_policy = "658327ea-f89d-4fab-a63d-7e88639e58f6".into();
        Distribution::normalise(&mut spec);
        assert_eq!(spec.default_cache_behavior.cache_policy, "CachingOptimized");
    }
}
