//! `cloudfront.distribution`: a CDN in front of a bucket or any web server.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Holds, Kind, Minutes, Naming, update};
use crate::core::problem::Problem;
use crate::core::reference::{Piece, is_symbolic, pieces};
use crate::core::usage::Measure;
use crate::kinds::cloudfront::{self, CACHE, Managed, ORIGIN_REQUEST, RESPONSE_HEADERS, is_policy_id, policy_name};
use crate::kinds::yes;
use crate::pricing::tariffs::cloudfront::Class;
use crate::pricing::{Charge, Facts, Given, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

pub struct Distribution;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    #[serde(default)]
    pub comment: String,
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Alternate domain names (CNAMEs), each covered by the certificate.
    #[serde(default)]
    pub aliases: Vec<String>,
    pub origins: Vec<Origin>,
    pub default_cache_behavior: Behavior,
    /// Cache behaviors for paths, in the order they are tried.
    #[serde(default)]
    pub ordered_cache_behaviors: Vec<PathBehavior>,
    /// The object that is returned for the root URL, `/`: `index.html`.
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
    /// The bucket that access logs are delivered to; left out, none are.
    #[serde(default)]
    pub logging: Option<Logging>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// A location that content comes from: a bucket, or with `custom` any web server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    pub id: String,
    /// A bucket's regional domain name, or a host name.
    pub domain_name: String,
    /// The path that is put in front of every request's: `/site`.
    #[serde(default)]
    pub origin_path: String,
    /// The origin access control that signs requests to a bucket.
    #[serde(default)]
    pub origin_access_control_id: Option<String>,
    #[serde(default)]
    pub custom: Option<CustomOrigin>,
    #[serde(default = "three")]
    pub connection_attempts: i32,
    #[serde(default = "ten")]
    pub connection_timeout: i32,
}

/// The ports, protocols and timeouts of requests to a web server.
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

/// A cache behavior: the methods, the policies and the origin of the requests it applies to.
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

/// A cache behavior for the paths that match a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PathBehavior {
    /// The pattern of paths: `/api/*`.
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

/// The page or the status that viewers get in place of an origin's error.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorResponse {
    pub error_code: i32,
    /// The HTTP status that viewers see; with `response_page_path` only.
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

impl PriceClass {
    fn tariff(self) -> Class {
        match self {
            PriceClass::Class100 => Class::AmericaEurope,
            PriceClass::Class200 => Class::Most,
            PriceClass::All => Class::All,
        }
    }
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

/// The countries that content is, or is not, distributed to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GeoRestriction {
    #[serde(default)]
    pub restriction_type: RestrictionType,
    /// Two-letter country codes (ISO 3166-1).
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

/// The bucket that access logs are delivered to.
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

fn signed_website(spec: &Spec) -> Vec<Problem> {
    let signed = spec.origins.iter().enumerate().filter(|(_, origin)| origin.origin_access_control_id.is_some());
    let sites = signed.filter(|(_, origin)| origin.domain_name.contains(".s3-website"));
    let problem = |at: usize| {
        Problem::new(format!("origins.{at}.origin_access_control_id"), "a website endpoint takes no signed requests")
            .help("name the bucket by its `regional_domain_name`, or take the access control out and write custom = { origin_protocol_policy = \"http-only\" }")
    };
    sites.map(|(at, _)| problem(at)).collect()
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

// Pages of AWS that several checks rest on.
const ORIGIN: &str = "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Origin.html";
const CUSTOM_ORIGIN: &str = "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CustomOriginConfig.html";
const ERROR_RESPONSE: &str = "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CustomErrorResponse.html";

/// A distribution of one name of its own.
macro_rules! aliases {
    ($name:literal) => {
        concat!(r#"{"aliases": [""#, $name, r#""], "acm_certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"}"#)
    };
}

/// A distribution with behaviours for two patterns.
macro_rules! behaviours {
    ($one:literal, $two:literal) => {
        concat!(
            r#"{"origins": [{"id": "app", "domain_name": "app.example.com", "custom": {}}],
                "default_cache_behavior": {"target_origin_id": "app"}, "ordered_cache_behaviors": [{"path_pattern": ""#,
            $one,
            r#"", "behavior": {"target_origin_id": "app"}}, {"path_pattern": ""#,
            $two,
            r#"", "behavior": {"target_origin_id": "app"}}]}"#
        )
    };
}

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

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "CFD001",
            about: "A distribution has no origin.",
            why: "CreateDistribution refuses it: there is nothing that content could come from.",
            page: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Origins.html",
            wrong: &[r#"{"origins": []}"#],
            right: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {}}]}"#],
            find: no_origin,
        },
        Check {
            id: "CFD002",
            about: "An origin has no id, or one that is too long.",
            why: "CreateDistribution refuses ids of more than 128 characters.",
            page: ORIGIN,
            wrong: &[r#"{"origins": [{"id": "", "domain_name": "example.com", "custom": {}}]}"#],
            right: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {}}]}"#],
            find: origin_id,
        },
        Check {
            id: "CFD003",
            about: "Two origins have the same id.",
            why: "CreateDistribution refuses it: behaviours name their origin by it.",
            page: ORIGIN,
            wrong: &[
                r#"{"origins": [{"id": "bucket", "domain_name": "a.example.com", "custom": {}}, {"id": "bucket", "domain_name": "b.example.com", "custom": {}}]}"#,
            ],
            right: &[
                r#"{"origins": [{"id": "bucket", "domain_name": "a.example.com", "custom": {}}, {"id": "other", "domain_name": "b.example.com", "custom": {}}]}"#,
            ],
            find: origin_twice,
        },
        Check {
            id: "CFD004",
            about: "The domain name of an origin is a URL, or no host name.",
            why: "CreateDistribution refuses it; scheme and path have fields of their own.",
            page: ORIGIN,
            wrong: &[
                r#"{"origins": [{"id": "bucket", "domain_name": "https://example.com", "custom": {}}]}"#,
                r#"{"origins": [{"id": "bucket", "domain_name": "localhost", "custom": {}}]}"#,
                r#"{"origins": [{"id": "bucket", "domain_name": "example.com:8080", "custom": {}}]}"#,
                r#"{"origins": [{"id": "bucket", "domain_name": "the bucket.example.com", "custom": {}}]}"#,
            ],
            right: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {}}]}"#],
            find: domain_name,
        },
        Check {
            id: "CFD005",
            about: "The path of an origin does not begin with a slash, or ends with one.",
            why: "CreateDistribution refuses it: the path is put between host name and request.",
            page: ORIGIN,
            wrong: &[
                r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {}, "origin_path": "site"}]}"#,
                r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {}, "origin_path": "/site/"}]}"#,
            ],
            right: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {}, "origin_path": "/site"}]}"#],
            find: origin_path,
        },
        Check {
            id: "CFD006",
            about: "Requests to a web server are to be signed as those to AWS's own services are.",
            why: "CloudFront signs requests to buckets, function URLs and media services; another server would not understand them.",
            page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-origin.html",
            wrong: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {}, "origin_access_control_id": "E1"}]}"#],
            right: &[
                r#"{"origins": [{"id": "bucket", "domain_name": "abc.lambda-url.us-east-1.on.aws", "custom": {}, "origin_access_control_id": "E1"}]}"#,
            ],
            find: signed,
        },
        Check {
            id: "CFD007",
            about: "CloudFront is to try an origin never, or more than three times.",
            why: "CreateDistribution refuses it.",
            page: ORIGIN,
            wrong: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {}, "connection_attempts": 4}]}"#],
            right: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {}, "connection_attempts": 1}]}"#],
            find: attempts,
        },
        Check {
            id: "CFD008",
            about: "CloudFront is to wait for a connection for another time than it can.",
            why: "CreateDistribution refuses less than one second and more than ten.",
            page: ORIGIN,
            wrong: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {}, "connection_timeout": 30}]}"#],
            right: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {}, "connection_timeout": 1}]}"#],
            find: connection_timeout,
        },
        Check {
            id: "CFD009",
            about: "An origin listens on a port that CloudFront does not connect to.",
            why: "CreateDistribution refuses ports below 1024 other than 80 and 443.",
            page: CUSTOM_ORIGIN,
            wrong: &[
                r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {"http_port": 22}}]}"#,
                r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {"https_port": 70000}}]}"#,
            ],
            right: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {"https_port": 8443}}]}"#],
            find: ports,
        },
        Check {
            id: "CFD010",
            about: "No TLS version is left for the connection to an origin.",
            why: "CreateDistribution refuses an empty list.",
            page: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginSslProtocols.html",
            wrong: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {"origin_ssl_protocols": []}}]}"#],
            right: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {"origin_ssl_protocols": ["TLSv1.2"]}}]}"#],
            find: no_tls,
        },
        Check {
            id: "CFD011",
            about: "CloudFront is to wait for an answer for another time than it can.",
            why: "CreateDistribution refuses less than one second and more than 120.",
            page: CUSTOM_ORIGIN,
            wrong: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {"origin_read_timeout": 0}}]}"#],
            right: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {"origin_read_timeout": 60}}]}"#],
            find: read_timeout,
        },
        Check {
            id: "CFD012",
            about: "CloudFront is to keep a connection for another time than it can.",
            why: "CreateDistribution refuses less than one second and more than 120.",
            page: CUSTOM_ORIGIN,
            wrong: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {"origin_keepalive_timeout": 121}}]}"#],
            right: &[r#"{"origins": [{"id": "bucket", "domain_name": "example.com", "custom": {"origin_keepalive_timeout": 60}}]}"#],
            find: keepalive_timeout,
        },
        Check {
            id: "CFD013",
            about: "A behaviour names an origin that the distribution does not have.",
            why: "CreateDistribution refuses it.",
            page: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DefaultCacheBehavior.html",
            wrong: &[
                r#"{"default_cache_behavior": {"target_origin_id": "nowhere"}}"#,
                r#"{"ordered_cache_behaviors": [{"path_pattern": "/api/*", "behavior": {"target_origin_id": "api"}}]}"#,
            ],
            right: &[r#"{"default_cache_behavior": {"target_origin_id": "bucket"}}"#],
            find: target,
        },
        Check {
            id: "CFD014",
            about: "A behaviour allows another set of methods than CloudFront offers.",
            why: "CreateDistribution refuses all but three sets.",
            page: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_AllowedMethods.html",
            wrong: &[
                r#"{"default_cache_behavior": {"allowed_methods": ["GET", "HEAD", "POST"]}}"#,
                r#"{"default_cache_behavior": {"allowed_methods": ["GET"], "cached_methods": ["GET", "HEAD"]}}"#,
            ],
            right: &[r#"{"default_cache_behavior": {"allowed_methods": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]}}"#],
            find: allowed_methods,
        },
        Check {
            id: "CFD015",
            about: "A behaviour caches another set of methods than CloudFront offers.",
            why: "CreateDistribution refuses all but two sets.",
            page: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CachedMethods.html",
            wrong: &[r#"{"default_cache_behavior": {"cached_methods": ["GET"]}}"#],
            right: &[
                r#"{"default_cache_behavior": {"allowed_methods": ["GET", "HEAD", "OPTIONS"], "cached_methods": ["GET", "HEAD", "OPTIONS"]}}"#,
            ],
            find: cached_methods,
        },
        Check {
            id: "CFD016",
            about: "A behaviour caches a method that it does not allow.",
            why: "CreateDistribution refuses it: such a request never comes through.",
            page: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CachedMethods.html",
            wrong: &[r#"{"default_cache_behavior": {"cached_methods": ["GET", "HEAD", "OPTIONS"]}}"#],
            right: &[r#"{"default_cache_behavior": {"allowed_methods": ["GET", "HEAD", "OPTIONS"]}}"#],
            find: cached_not_allowed,
        },
        Check {
            id: "CFD017",
            about: "A policy of a behaviour is neither one of AWS's by name nor one's own by id.",
            why: "CreateDistribution finds no such policy.",
            page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html",
            wrong: &[
                r#"{"default_cache_behavior": {"cache_policy": "CacheEverything"}}"#,
                r#"{"default_cache_behavior": {"origin_request_policy": "Everything"}}"#,
                r#"{"default_cache_behavior": {"response_headers_policy": "Secure"}}"#,
            ],
            right: &[r#"{"default_cache_behavior": {"cache_policy": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"}}"#],
            find: policies,
        },
        Check {
            id: "CFD018",
            about: "A path pattern is empty, or longer than 255 characters.",
            why: "CreateDistribution refuses it.",
            page: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CacheBehavior.html",
            wrong: &[r#"{"ordered_cache_behaviors": [{"path_pattern": "", "behavior": {"target_origin_id": "bucket"}}]}"#],
            right: &[r#"{"ordered_cache_behaviors": [{"path_pattern": "/api/*", "behavior": {"target_origin_id": "bucket"}}]}"#],
            find: path_pattern,
        },
        Check {
            id: "CFD019",
            about: "A distribution has host names of its own and no certificate that covers them.",
            why: "CreateDistribution refuses them, since anybody could take anybody's name.",
            page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html",
            wrong: &[r#"{"aliases": ["www.example.com"]}"#],
            right: &[
                r#"{"aliases": ["www.example.com"], "acm_certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"}"#,
            ],
            find: aliases,
        },
        Check {
            id: "CFD020",
            about: "The certificate is not one of ACM in us-east-1.",
            why: "CreateDistribution refuses it: CloudFront reads certificates there alone, wherever the stack is.",
            page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html",
            wrong: &[r#"{"acm_certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d"}"#],
            right: &[r#"{"acm_certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"}"#],
            find: certificate,
        },
        Check {
            id: "CFD021",
            about: "The comment is longer than 128 characters.",
            why: "CreateDistribution refuses it.",
            page: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html",
            wrong: &[
                r#"{"comment": "Files of the shop and of all its branches, Files of the shop and of all its branches, Files of the shop and of all its branches, and more"}"#,
            ],
            right: &[r#"{"comment": ""}"#],
            find: comment,
        },
        Check {
            id: "CFD022",
            about: "The root object begins with a slash.",
            why: "CloudFront would ask the origin for a path of two slashes, which is another object.",
            page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DefaultRootObject.html",
            wrong: &[r#"{"default_root_object": "/index.html"}"#],
            right: &[r#"{"default_root_object": "index.html"}"#],
            find: root_object,
        },
        Check {
            id: "CFD023",
            about: "An answer is to be replaced whose status CloudFront does not replace.",
            why: "CreateDistribution refuses all but some codes of errors.",
            page: ERROR_RESPONSE,
            wrong: &[r#"{"custom_error_responses": [{"error_code": 418}]}"#],
            right: &[r#"{"custom_error_responses": [{"error_code": 404}]}"#],
            find: error_code,
        },
        Check {
            id: "CFD024",
            about: "An error has a page and no status, or a status and no page.",
            why: "CreateDistribution refuses either without the other.",
            page: ERROR_RESPONSE,
            wrong: &[
                r#"{"custom_error_responses": [{"error_code": 404, "response_code": 200}]}"#,
                r#"{"custom_error_responses": [{"error_code": 404, "response_page_path": "/404.html"}]}"#,
            ],
            right: &[r#"{"custom_error_responses": [{"error_code": 404, "response_code": 200, "response_page_path": "/404.html"}]}"#],
            find: error_page,
        },
        Check {
            id: "CFD025",
            about: "The path of an error's page does not begin with a slash.",
            why: "CreateDistribution refuses it.",
            page: ERROR_RESPONSE,
            wrong: &[r#"{"custom_error_responses": [{"error_code": 404, "response_code": 404, "response_page_path": "404.html"}]}"#],
            right: &[r#"{"custom_error_responses": [{"error_code": 404, "response_code": 404, "response_page_path": "/404.html"}]}"#],
            find: error_path,
        },
        Check {
            id: "CFD026",
            about: "There is a restriction of countries and no country, or countries and no restriction.",
            why: "CreateDistribution refuses a restriction without countries, and countries alone restrict nothing.",
            page: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GeoRestriction.html",
            wrong: &[r#"{"geo_restriction": {"restriction_type": "whitelist"}}"#, r#"{"geo_restriction": {"locations": ["DE"]}}"#],
            right: &[r#"{"geo_restriction": {"restriction_type": "whitelist", "locations": ["DE"]}}"#],
            find: restriction,
        },
        Check {
            id: "CFD027",
            about: "A country is not written as its code of two capital letters, as ISO 3166-1 has it.",
            why: "CreateDistribution refuses it.",
            page: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GeoRestriction.html",
            wrong: &[
                r#"{"geo_restriction": {"restriction_type": "whitelist", "locations": ["Germany"]}}"#,
                r#"{"geo_restriction": {"restriction_type": "whitelist", "locations": ["UK"]}}"#,
            ],
            right: &[r#"{"geo_restriction": {"restriction_type": "blacklist", "locations": ["DE", "FR", "GB"]}}"#],
            find: countries,
        },
        Check {
            id: "CFD028",
            about: "An alternate domain name is a URL, or no domain name.",
            why: "CreateDistribution refuses it with InvalidArgument; a star may stand for the whole first part alone.",
            page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html",
            wrong: &[
                aliases!("https://www.example.com/"),
                aliases!("*.*.example.com"),
                aliases!("www*.example.com"),
                aliases!("localhost"),
            ],
            right: &[aliases!("*.example.com"), aliases!("_dmarc.Example.com")],
            find: alias_names,
        },
        Check {
            id: "CFD029",
            about: "The firewall of a distribution is one of a region.",
            why: "CreateDistribution refuses it: CloudFront takes web ACLs of the scope CLOUDFRONT, which are made in us-east-1 and are global.",
            page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-web-awswaf.html",
            wrong: &[
                r#"{"web_acl_id": "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/front/0a1b2c3d"}"#,
                r#"{"web_acl_id": "front"}"#,
            ],
            right: &[
                r#"{"web_acl_id": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/front/0a1b2c3d"}"#,
                r#"{"web_acl_id": "473e64fd-f30b-4765-81a0-62ad96dd167a"}"#,
            ],
            find: firewall,
        },
        Check {
            id: "CFD030",
            about: "The bucket of a distribution's logs is not named by its domain.",
            why: "CreateDistribution refuses it: standard logs go to a bucket by its domain name, as NAME.s3.amazonaws.com.",
            page: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_LoggingConfig.html",
            wrong: &[r#"{"logging": {"bucket": "shop-logs"}}"#],
            right: &[r#"{"logging": {"bucket": "shop-logs.s3.amazonaws.com"}}"#],
            find: log_bucket,
        },
        Check {
            id: "CFD031",
            about: "Two answers are given for one error.",
            why: "CreateDistribution refuses the second one for a status.",
            page: ERROR_RESPONSE,
            wrong: &[
                r#"{"custom_error_responses": [{"error_code": 404}, {"error_code": 404, "response_code": 200, "response_page_path": "/404.html"}]}"#,
            ],
            right: &[r#"{"custom_error_responses": [{"error_code": 403}, {"error_code": 404}]}"#],
            find: error_twice,
        },
        Check {
            id: "CFD032",
            about: "Two behaviours are for one pattern of paths.",
            why: "CreateDistribution refuses it: the second one could never apply.",
            page: "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CacheBehavior.html",
            wrong: &[behaviours!("/api/*", "/api/*")],
            right: &[behaviours!("/api/*", "/api/v2/*")],
            find: pattern_twice,
        },
        Check {
            id: "CFD033",
            about: "The website endpoint of a bucket has an origin access control.",
            why: "A website endpoint is a plain web server to CloudFront and knows no signatures: CloudFront refuses it as an origin of S3, and a website is open to everybody or to nobody.",
            page: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistS3AndCustomOrigins.html",
            wrong: &[
                r#"{"origins": [{"id": "site", "domain_name": "shop.s3-website-us-east-1.amazonaws.com", "origin_access_control_id": "E1"}], "default_cache_behavior": {"target_origin_id": "site"}, "ordered_cache_behaviors": []}"#,
            ],
            right: &[
                r#"{"origins": [{"id": "site", "domain_name": "shop.s3-website-us-east-1.amazonaws.com", "custom": {"origin_protocol_policy": "http-only"}}], "default_cache_behavior": {"target_origin_id": "site"}, "ordered_cache_behaviors": []}"#,
            ],
            find: signed_website,
        },
    ];

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

    // A host name leads to one distribution, of any account.
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-restrictions
    const HOLDS: Option<Holds<Spec>> =
        Some(|spec| spec.aliases.iter().map(|alias| ("aliases", format!("the host name {}", alias.to_lowercase()))).collect());

    const USAGE: &'static [Measure] = &[
        Measure::new("cdn_gb", "GB", [0, 10, 100], "Data that CloudFront sends to viewers near the stack's region."),
        Measure::new("cdn_requests", "requests", [0, 100_000, 1_000_000], "Their requests."),
        Measure::derived("cdn_us_gb", "GB", "Data that CloudFront sends to viewers in North America."),
        Measure::derived("cdn_us_requests", "requests", "Their requests."),
        Measure::derived("cdn_europe_gb", "GB", "Data that CloudFront sends to viewers in Europe and Israel."),
        Measure::derived("cdn_europe_requests", "requests", "Their requests."),
        Measure::derived("cdn_south_africa_gb", "GB", "Data that CloudFront sends to viewers in Africa and the Middle East."),
        Measure::derived("cdn_south_africa_requests", "requests", "Their requests."),
        Measure::derived("cdn_south_america_gb", "GB", "Data that CloudFront sends to viewers in South America."),
        Measure::derived("cdn_south_america_requests", "requests", "Their requests."),
        Measure::derived("cdn_japan_gb", "GB", "Data that CloudFront sends to viewers in Japan."),
        Measure::derived("cdn_japan_requests", "requests", "Their requests."),
        Measure::derived("cdn_australia_gb", "GB", "Data that CloudFront sends to viewers in Australia and New Zealand."),
        Measure::derived("cdn_australia_requests", "requests", "Their requests."),
        Measure::derived("cdn_asia_pacific_gb", "GB", "Data that CloudFront sends to viewers in the rest of Asia."),
        Measure::derived("cdn_asia_pacific_requests", "requests", "Their requests."),
        Measure::derived("cdn_india_gb", "GB", "Data that CloudFront sends to viewers in India."),
        Measure::derived("cdn_india_requests", "requests", "Their requests."),
        Measure::derived("cdn_uploaded_gb", "GB", "Data that viewers near the stack's region send to the origin; none if nothing is said."),
        Measure::derived("cdn_invalidated_paths", "paths", "Paths that caches are told to forget; none if nothing is said."),
    ];
}

impl Priced for Distribution {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let open = spec.default_cache_behavior.viewer_protocol_policy == ViewerProtocolPolicy::AllowAll;
        let scheme = if open { "http" } else { "https" };
        let home = tariffs::cloudfront::place_of(facts.region());
        let viewers = |place: &'static str, gb: Option<Given>, requests: Option<Given>| {
            let billed = tariffs::cloudfront::billed(place, spec.price_class.tariff());
            let outside = |given: Given| match billed == place {
                true => given,
                false => given.becomes("outside the price class, so at its cheapest price", |amount| amount),
            };
            let data = gb.map(|gb| tariffs::cloudfront::data(billed, outside(gb)));
            data.into_iter().chain(requests.map(|number| tariffs::cloudfront::requests(scheme, billed, outside(number))))
        };
        let mut charges = viewers(home, Some(facts.usage("cdn_gb")), Some(facts.usage("cdn_requests"))).collect::<Vec<_>>();
        for place in PLACES {
            charges.extend(viewers(place, facts.said(&format!("cdn_{place}_gb")), facts.said(&format!("cdn_{place}_requests"))));
        }
        let nearest = tariffs::cloudfront::billed(home, spec.price_class.tariff());
        charges.extend(facts.said("cdn_uploaded_gb").map(|gb| tariffs::cloudfront::data_to_origin(nearest, gb)));
        charges.extend(facts.said("cdn_invalidated_paths").map(tariffs::cloudfront::invalidations));
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

fn no_origin(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("origins", "the distribution has no origin").help("name a bucket or a web server");
    spec.origins.is_empty().then(problem).into_iter().collect()
}

/// Finds something wrong with origins, each looked at by itself; fields are named from the origin.
fn in_origins(spec: &Spec, find: impl Fn(&Origin) -> Option<Problem>) -> Vec<Problem> {
    let origins = spec.origins.iter().enumerate();
    origins.filter_map(|(index, origin)| Some(find(origin)?.below(&format!("origins.{index}")))).collect()
}

fn refused_id(origin: &Origin) -> Problem {
    Problem::new("id", format!("the id `{}` is empty, too long, or used twice", origin.id))
}

fn origin_id(spec: &Spec) -> Vec<Problem> {
    in_origins(spec, |origin| (origin.id.is_empty() || origin.id.len() > 128).then(|| refused_id(origin)))
}

fn origin_twice(spec: &Spec) -> Vec<Problem> {
    // Only the second of the two is accused.
    let first = |origin: &Origin| spec.origins.iter().find(|other| other.id == origin.id);
    let again = |origin: &Origin| first(origin).is_some_and(|first| !std::ptr::eq(first, origin));
    in_origins(spec, |origin| (!origin.id.is_empty() && again(origin)).then(|| refused_id(origin)))
}

fn domain_name(spec: &Spec) -> Vec<Problem> {
    let label = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let wrong = |name: &str| !is_symbolic(name) && (!name.contains('.') || !name.split('.').all(label));
    let problem = |name: &str| {
        let problem = Problem::new("domain_name", format!("`{name}` is not a host name"));
        let bucket = "refer to the `regional_domain_name` of a bucket, or to the `dns_name` of a load balancer";
        problem.help(if is_symbolic(name) && !name.contains("://") { bucket } else { "without https:// and path" })
    };
    in_origins(spec, |Origin { domain_name, .. }| (wrong(domain_name) || is_no_host(domain_name)).then(|| problem(domain_name)))
}

/// True for a reference, alone, to an output that is certainly no host name, and for one behind a scheme.
fn is_no_host(name: &str) -> bool {
    match pieces(name).as_slice() {
        [Piece::Reference(reference)] => ["id", "name", "arn", "arn_suffix"].contains(&reference.output.as_str()),
        [Piece::Text(scheme), Piece::Reference(_), ..] => scheme.contains("://"),
        _ => false,
    }
}

fn origin_path(spec: &Spec) -> Vec<Problem> {
    let wrong = |path: &str| !path.is_empty() && (!path.starts_with('/') || path.ends_with('/'));
    let problem =
        |path: &str| Problem::new("origin_path", format!("`{path}` does not begin with a slash, or ends with one")).help("as /site");
    in_origins(spec, |Origin { origin_path, .. }| wrong(origin_path).then(|| problem(origin_path)))
}

/// True for hosts of AWS's that are no buckets and take signed requests all the same.
fn takes_signatures(host: &str) -> bool {
    is_symbolic(host) || [".lambda-url.", ".mediastore.", ".mediapackagev2."].iter().any(|service| host.contains(service))
}

fn signed(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("origin_access_control_id", "an origin with `custom` is no bucket: its requests are not signed");
    let wrong =
        |origin: &Origin| origin.custom.is_some() && origin.origin_access_control_id.is_some() && !takes_signatures(&origin.domain_name);
    in_origins(spec, |origin| wrong(origin).then(problem))
}

fn refused_connection() -> Problem {
    Problem::new("connection_attempts", "1 to 3 attempts, of 1 to 10 seconds")
}

fn attempts(spec: &Spec) -> Vec<Problem> {
    in_origins(spec, |origin| (!(1..=3).contains(&origin.connection_attempts)).then(refused_connection))
}

fn connection_timeout(spec: &Spec) -> Vec<Problem> {
    in_origins(spec, |origin| (!(1..=10).contains(&origin.connection_timeout)).then(refused_connection))
}

/// Finds something wrong with how web servers are spoken to; fields are named from `custom`.
fn in_custom(spec: &Spec, find: impl Fn(&CustomOrigin) -> Option<Problem>) -> Vec<Problem> {
    in_origins(spec, |origin| Some(find(origin.custom.as_ref()?)?.below("custom")))
}

fn ports(spec: &Spec) -> Vec<Problem> {
    let refused = |port: i32| ![80, 443].contains(&port) && !(1024..=65535).contains(&port);
    let one = |field: &'static str, port: fn(&CustomOrigin) -> i32| {
        let problem = move |port| Problem::new(field, format!("CloudFront cannot reach port {port}")).help("80, 443, or 1024 to 65535");
        in_custom(spec, |custom| Some(port(custom)).filter(|port| refused(*port)).map(problem))
    };
    [one("http_port", |custom| custom.http_port), one("https_port", |custom| custom.https_port)].concat()
}

fn no_tls(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("origin_ssl_protocols", "no TLS version is left").help("[\"TLSv1.2\"]");
    in_custom(spec, |custom| custom.origin_ssl_protocols.is_empty().then(problem))
}

fn refused_timeout() -> Problem {
    Problem::new("origin_read_timeout", "timeouts are 1 to 120 seconds")
}

fn read_timeout(spec: &Spec) -> Vec<Problem> {
    in_custom(spec, |custom| (!(1..=120).contains(&custom.origin_read_timeout)).then(refused_timeout))
}

fn keepalive_timeout(spec: &Spec) -> Vec<Problem> {
    in_custom(spec, |custom| (!(1..=120).contains(&custom.origin_keepalive_timeout)).then(refused_timeout))
}

/// Finds something wrong with behaviours, each looked at by itself; fields are named from the behaviour.
fn in_behaviors(spec: &Spec, find: impl Fn(&Behavior) -> Vec<Problem>) -> Vec<Problem> {
    let paths = spec.ordered_cache_behaviors.iter().enumerate();
    let paths = paths.map(|(index, path)| (format!("ordered_cache_behaviors.{index}.behavior"), &path.behavior));
    let all = std::iter::once(("default_cache_behavior".to_owned(), &spec.default_cache_behavior)).chain(paths);
    all.flat_map(|(at, behavior)| find(behavior).into_iter().map(move |problem| problem.below(&at))).collect()
}

fn target(spec: &Spec) -> Vec<Problem> {
    let ids = spec.origins.iter().map(|origin| origin.id.as_str()).collect::<BTreeSet<_>>();
    let known = ids.iter().copied().collect::<Vec<_>>().join(", ");
    in_behaviors(spec, |Behavior { target_origin_id: id, .. }| {
        let problem = || Problem::new("target_origin_id", format!("there is no origin `{id}`")).help(format!("there is {known}"));
        (!is_symbolic(id) && !ids.contains(id.as_str())).then(problem).into_iter().collect()
    })
}

/// The methods in order, each once.
fn set(methods: &[Method]) -> Vec<Method> {
    methods.iter().copied().collect::<BTreeSet<_>>().into_iter().collect()
}

fn allowed_methods(spec: &Spec) -> Vec<Problem> {
    let good = |allowed: &[Method]| match allowed {
        [Method::Get, Method::Head] | [Method::Get, Method::Head, Method::Options] => true,
        all => all.len() == 7,
    };
    let problem = || {
        Problem::new("allowed_methods", "CloudFront allows one of three sets of methods")
            .help("GET and HEAD; GET, HEAD and OPTIONS; or all seven")
    };
    in_behaviors(spec, |behavior| (!good(&set(&behavior.allowed_methods))).then(problem).into_iter().collect())
}

fn caches_a_set(behavior: &Behavior) -> bool {
    matches!(set(&behavior.cached_methods)[..], [Method::Get, Method::Head] | [Method::Get, Method::Head, Method::Options])
}

fn refused_cached() -> Problem {
    Problem::new("cached_methods", "CloudFront caches one of two sets of methods, of those allowed")
        .help("GET and HEAD; or GET, HEAD and OPTIONS")
}

fn cached_methods(spec: &Spec) -> Vec<Problem> {
    in_behaviors(spec, |behavior| (!caches_a_set(behavior)).then(refused_cached).into_iter().collect())
}

fn cached_not_allowed(spec: &Spec) -> Vec<Problem> {
    // A set that there is not is said before.
    if !allowed_methods(spec).is_empty() {
        return Vec::new();
    }
    let wrong = |behavior: &Behavior| behavior.cached_methods.iter().any(|method| !behavior.allowed_methods.contains(method));
    in_behaviors(spec, |behavior| (caches_a_set(behavior) && wrong(behavior)).then(refused_cached).into_iter().collect())
}

fn policies(spec: &Spec) -> Vec<Problem> {
    let unknown =
        |table: Managed, policy: &str| !is_symbolic(policy) && cloudfront::policy_id(table, policy) == policy && !is_policy_id(policy);
    let problem = |(field, policy, table): (&str, &String, Managed)| {
        Problem::new(field, format!("`{policy}` is neither a managed policy nor a policy's id"))
            .help(format!("managed ones: {}", table.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")))
    };
    in_behaviors(spec, |behavior| {
        let named: [(&str, Option<&String>, Managed); 3] = [
            ("cache_policy", Some(&behavior.cache_policy), CACHE),
            ("origin_request_policy", behavior.origin_request_policy.as_ref(), ORIGIN_REQUEST),
            ("response_headers_policy", behavior.response_headers_policy.as_ref(), RESPONSE_HEADERS),
        ];
        let given = named.into_iter().filter_map(|(field, policy, table)| Some((field, policy?, table)));
        given.filter(|(_, policy, table)| unknown(table, policy)).map(problem).collect()
    })
}

fn path_pattern(spec: &Spec) -> Vec<Problem> {
    let paths = spec.ordered_cache_behaviors.iter().enumerate();
    let wrong = paths.filter(|(_, path)| !(1..=255).contains(&path.path_pattern.len()));
    let problem = |index: usize| {
        Problem::new(format!("ordered_cache_behaviors.{index}.path_pattern"), "a path pattern has 1 to 255 characters").help("as /api/*")
    };
    wrong.map(|(index, _)| problem(index)).collect()
}

fn aliases(spec: &Spec) -> Vec<Problem> {
    let problem = || {
        Problem::new("aliases", "host names of your own need a certificate that covers them")
            .help("set acm_certificate_arn to a certificate in us-east-1")
    };
    (!spec.aliases.is_empty() && spec.acm_certificate_arn.is_none()).then(problem).into_iter().collect()
}

// The region us-east-1 is in the partition `aws`, whatever region the stack is in.
fn certificate(spec: &Spec) -> Vec<Problem> {
    let given = spec.acm_certificate_arn.as_deref().filter(|arn| !is_symbolic(arn));
    let problem = |arn| {
        Problem::new("acm_certificate_arn", format!("`{arn}` is not the ARN of a certificate in us-east-1"))
            .help("CloudFront takes certificates of ACM in us-east-1 only")
    };
    given.filter(|arn| !arn.starts_with("arn:aws:acm:us-east-1:")).map(problem).into_iter().collect()
}

fn alias_names(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.aliases.iter().enumerate().filter(|(_, name)| !is_symbolic(name) && !is_domain_name(name));
    let problem = |(index, name): (usize, &String)| {
        let problem = Problem::new(format!("aliases.{index}"), format!("`{name}` is not a domain name"));
        problem.help("write it without https:// and path, as www.example.com or *.example.com")
    };
    wrong.map(problem).collect()
}

// A star may stand for the first part.
fn is_domain_name(name: &str) -> bool {
    let rest = name.strip_prefix("*.").unwrap_or(name);
    let plain =
        |part: &str| (1..=63).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    rest.len() <= 253 && rest.contains('.') && rest.split('.').all(plain)
}

fn firewall(spec: &Spec) -> Vec<Problem> {
    let given = spec.web_acl_id.as_deref().filter(|id| !id.is_empty() && !is_symbolic(id));
    // One of WAF Classic is known by its id alone.
    let classic = |id: &str| id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let global = |id: &str| id.contains(":wafv2:us-east-1:") && id.contains(":global/webacl/");
    let problem = |id| {
        Problem::new("web_acl_id", format!("`{id}` is no firewall for CloudFront"))
            .help("write the ARN of one with the scope CLOUDFRONT: arn:aws:wafv2:us-east-1:…:global/webacl/…")
    };
    given.filter(|id| !classic(id) && !global(id)).map(problem).into_iter().collect()
}

fn log_bucket(spec: &Spec) -> Vec<Problem> {
    let given = spec.logging.as_ref().map(|logging| logging.bucket.as_str()).filter(|bucket| !is_symbolic(bucket));
    let problem = |bucket: &str| {
        Problem::new("logging.bucket", format!("`{bucket}` is not the domain name of a bucket"))
            .help(format!("write {}.s3.amazonaws.com", bucket.split('.').next().unwrap_or_default()))
    };
    given.filter(|bucket| !bucket.contains(".s3.") && !bucket.contains(".s3-")).map(problem).into_iter().collect()
}

fn error_twice(spec: &Spec) -> Vec<Problem> {
    let seen = RefCell::new(BTreeSet::new());
    in_responses(spec, |response| {
        let again = !seen.borrow_mut().insert(response.error_code);
        again.then(|| Problem::new("error_code", format!("{} has an answer already", response.error_code)).help("keep one of the two"))
    })
}

fn pattern_twice(spec: &Spec) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let again = spec.ordered_cache_behaviors.iter().enumerate().filter(|(_, path)| !seen.insert(&path.path_pattern));
    let problem = |(index, path): (usize, &PathBehavior)| {
        let message = format!("`{}` has a behaviour already", path.path_pattern);
        Problem::new(format!("ordered_cache_behaviors.{index}.path_pattern"), message).help("keep one of the two")
    };
    again.map(problem).collect()
}

fn comment(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("comment", "the comment is longer than 128 characters");
    (spec.comment.chars().count() > 128).then(problem).into_iter().collect()
}

fn root_object(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.default_root_object.as_deref().filter(|object| object.starts_with('/'));
    let problem = |_| Problem::new("default_root_object", "the root object begins with a slash").help("as index.html");
    wrong.map(problem).into_iter().collect()
}

/// Finds something wrong with answers to errors, each looked at by itself; fields are named from the answer.
fn in_responses(spec: &Spec, find: impl Fn(&ErrorResponse) -> Option<Problem>) -> Vec<Problem> {
    let responses = spec.custom_error_responses.iter().enumerate();
    responses.filter_map(|(index, response)| Some(find(response)?.below(&format!("custom_error_responses.{index}")))).collect()
}

fn error_code(spec: &Spec) -> Vec<Problem> {
    const CODES: &[i32] = &[400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];
    let problem = |code: i32| Problem::new("error_code", format!("CloudFront does not replace status {code}"));
    in_responses(spec, |response| (!CODES.contains(&response.error_code)).then(|| problem(response.error_code)))
}

fn error_page(spec: &Spec) -> Vec<Problem> {
    let problem =
        || Problem::new("", "a page and its status go together").help("set both `response_code` and `response_page_path`, or neither");
    in_responses(spec, |response| (response.response_code.is_some() != response.response_page_path.is_some()).then(problem))
}

fn error_path(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("response_page_path", "the page's path does not begin with a slash").help("write it as /index.html");
    let wrong = |response: &ErrorResponse| response.response_page_path.as_deref().is_some_and(|path| !path.starts_with('/'));
    in_responses(spec, |response| wrong(response).then(problem))
}

fn restriction(spec: &Spec) -> Vec<Problem> {
    let GeoRestriction { restriction_type, locations } = &spec.geo_restriction;
    let problem = || {
        Problem::new("geo_restriction", "a restriction and its countries go together")
            .help("set `restriction_type` to whitelist or blacklist, with `locations`")
    };
    ((*restriction_type == RestrictionType::None) != locations.is_empty()).then(problem).into_iter().collect()
}

fn countries(spec: &Spec) -> Vec<Problem> {
    let wrong =
        spec.geo_restriction.locations.iter().filter(|code| !is_symbolic(code) && !COUNTRIES.split(' ').any(|known| known == *code));
    let help = |code: &str| match code {
        "UK" => "the United Kingdom is GB",
        "EL" => "Greece is GR",
        "EU" => "name each country, such as DE",
        _ => "a code of ISO 3166-1, such as DE",
    };
    wrong.map(|code| Problem::new("geo_restriction.locations", format!("`{code}` is not a country code")).help(help(code))).collect()
}

/// The codes of ISO 3166-1, as of November 2026, and that of Kosovo, which MaxMind uses: <https://www.iso.org/obp/ui/#search/code/>.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA \
                         CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB \
                         GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG \
                         KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV \
                         MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB \
                         SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US \
                         UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_to_what_is_no_host_is_no_origin() {
        let said = |domain_name: &str| {
            let mut spec = Distribution::example();
            spec.origins[0].domain_name = domain_name.into();
            super::domain_name(&spec).len()
        };
        for wrong in ["${resource.files.name}", "${resource.front.arn}", "https://${resource.front.dns_name}"] {
            assert_eq!(said(wrong), 1, "{wrong}");
        }
        for right in ["${resource.files.regional_domain_name}", "${resource.files.name}.s3.us-east-1.amazonaws.com", "${a.b.host}"] {
            assert_eq!(said(right), 0, "{right}");
        }
    }

    #[test]
    fn a_managed_policy_is_the_same_by_name_and_by_id() {
        let mut spec = Distribution::example();
        spec.default_cache_behavior.cache_policy = "658327ea-f89d-4fab-a63d-7e88639e58f6".into();
        Distribution::normalise(&mut spec);
        assert_eq!(spec.default_cache_behavior.cache_policy, "CachingOptimized");
    }
}
