//! `[storage.NAME]`: a private bucket, and a CloudFront distribution before it if it is to be read from the internet.

mod nodes;

use crate::core::diagnostic::Diagnostic;
use crate::core::module::{Module, Nodes, Site};
use crate::core::reference::is_symbolic;
use crate::kinds::s3::bucket::Method;
use crate::modules::codes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A bucket for objects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// Keeps overwritten and deleted objects as old versions.
    pub versioning: bool,
    /// Days after which old versions are removed; 0 keeps them.
    pub old_versions_days: u32,
    /// Days after which objects are removed; 0 keeps them.
    pub expire_days: u32,
    /// Days after which objects move to the cheaper class for infrequent access; 0 leaves them.
    pub infrequent_days: u32,
    /// The KMS key; left out, S3's own keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// The web pages that may use it from a browser (CORS).
    pub cors: Vec<Cors>,
    /// A CloudFront distribution, the only way to read it from the internet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cdn: Option<Cdn>,
    /// Lets the bucket be deleted together with the objects in it.
    pub force_destroy: bool,
    /// Makes Trueup refuse to delete or replace it.
    pub protect: bool,
    /// Leaves it in AWS, no longer managed, when it goes from the file.
    pub retain: bool,
    /// Tags of its resources.
    pub tags: BTreeMap<String, String>,
}

/// One rule of cross-origin resource sharing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// The origins of the pages, such as `https://example.com`.
    pub origins: Vec<String>,
    /// The methods that the pages may use; left out, GET and HEAD.
    #[serde(default = "reading")]
    pub methods: Vec<Method>,
    /// Headers that the page may send.
    #[serde(default)]
    pub headers: Vec<String>,
    /// Headers of the answer that the page may read.
    #[serde(default)]
    pub expose: Vec<String>,
    /// Seconds that a browser remembers the answer.
    #[serde(default = "hour")]
    pub max_age: u32,
}

/// The CloudFront distribution that serves the bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cdn {
    /// The object that the bare address shows, such as `index.html`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// The page for objects that are not there, such as `404.html`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_found: Option<String>,
    /// Answers `not_found` with 200: it is an application that finds its own way.
    pub single_page: bool,
    /// Alternate domain names, which need `certificate`.
    pub aliases: Vec<String>,
    /// The ARN of an ACM certificate in us-east-1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// The edge locations that it is served from: further away costs more.
    pub price_class: PriceClass,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PriceClass {
    /// North America and Europe.
    #[default]
    AmericaEurope,
    /// The same, with Asia, Africa and the Middle East.
    MostRegions,
    /// Every place that CloudFront has.
    Everywhere,
}

fn reading() -> Vec<Method> {
    vec![Method::Get, Method::Head]
}

fn hour() -> u32 {
    3600
}

impl Default for Cdn {
    fn default() -> Self {
        Cdn {
            index: None,
            not_found: None,
            single_page: false,
            aliases: Vec::new(),
            certificate: None,
            price_class: PriceClass::AmericaEurope,
        }
    }
}

impl Default for Storage {
    fn default() -> Self {
        Storage {
            versioning: false,
            old_versions_days: 30,
            expire_days: 0,
            infrequent_days: 0,
            kms_key: None,
            cors: Vec::new(),
            cdn: None,
            force_destroy: false,
            protect: true,
            retain: false,
            tags: BTreeMap::new(),
        }
    }
}

impl Module for Storage {
    const SECTION: &'static str = "storage";
    const NAMED: bool = true;
    const OUTPUTS: &'static [(&'static str, &'static str)] = &[
        ("bucket", "the bucket's name"),
        ("arn", "the bucket's ARN"),
        ("url", "the URL to read it at from the internet, if it has a `cdn`"),
        ("host", "the same without `https://`"),
        ("distribution", "the CloudFront distribution, if it has a `cdn`"),
    ];
    const HEADLINES: &'static [&'static str] = &["url", "bucket"];
    const KEYS: &'static [(&'static str, &'static str)] = &[
        ("cors_rules", "cors"),
        ("encryption.kms_key_id", "kms_key"),
        ("aliases", "cdn.aliases"),
        ("acm_certificate_arn", "cdn.certificate"),
        ("default_root_object", "cdn.index"),
        ("price_class", "cdn.price_class"),
        ("custom_error_responses", "cdn.not_found"),
    ];

    fn output(&self, site: &Site<'_>, output: &str) -> Option<String> {
        let host = || self.cdn.as_ref().map(|cdn| cdn.aliases.first().cloned().unwrap_or_else(|| site.out("distribution", "domain_name")));
        match output {
            "bucket" => Some(site.out("bucket", "name")),
            "arn" => Some(site.out("bucket", "arn")),
            "url" => host().map(|host| format!("https://{host}")),
            "host" => host(),
            "distribution" => self.cdn.as_ref().map(|_| site.out("distribution", "id")),
            _ => None,
        }
    }

    fn check(&self, site: &Site<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if let Some(cdn) = &self.cdn {
            if !cdn.aliases.is_empty() && cdn.certificate.is_none() {
                let one =
                    site.wrong(&codes::ALIASES_WITHOUT_CERTIFICATE, "cdn.aliases", "names of its own need a certificate that covers them");
                found.push(one.help("write certificate = \"arn:aws:acm:us-east-1:…\""));
            }
            let elsewhere = |arn: &&String| arn.starts_with("arn:") && arn.split(':').nth(3) != Some("us-east-1");
            if let Some(arn) = cdn.certificate.as_ref().filter(elsewhere) {
                let one = site.wrong(
                    &codes::CERTIFICATE_ELSEWHERE,
                    "cdn.certificate",
                    format!("CloudFront only takes certificates of us-east-1, not {arn}"),
                );
                found.push(one.help("request the certificate in us-east-1, wherever the stack is"));
            }
            if cdn.single_page && cdn.not_found.is_none() && cdn.index.is_none() {
                let one = site.wrong(&codes::NO_SINGLE_PAGE, "cdn.single_page", "there is no page that could stand for all others");
                found.push(one.help("write index = \"index.html\""));
            }
        }
        for (at, rule) in self.cors.iter().enumerate() {
            for origin in rule.origins.iter().filter(|origin| *origin != "*" && !is_symbolic(origin)) {
                let wrong = || site.wrong(&codes::BAD_ORIGIN, &format!("cors.{at}.origins"), format!("`{origin}` is not an origin"));
                match origin.split_once("://") {
                    None => found.push(wrong().help(format!("an origin begins with its scheme: https://{origin}"))),
                    // Browsers send it without a path, so that one with a path is never the same.
                    Some((scheme, rest)) => {
                        let host = rest.split('/').next().unwrap_or_default();
                        found.extend((host != rest).then(|| wrong().help(format!("an origin has no path: {scheme}://{host}"))));
                    }
                }
            }
        }
        if self.expire_days > 0 && self.infrequent_days >= self.expire_days {
            let one = site.wrong(&codes::REMOVED_BEFORE_MOVED, "infrequent_days", "objects would be removed before they move");
            found.push(one.help("let `infrequent_days` be below `expire_days`"));
        }
        if (1..30).contains(&self.infrequent_days) {
            let one = site.wrong(
                &codes::MOVED_TOO_EARLY,
                "infrequent_days",
                "S3 moves objects to the class for what is rarely read after 30 days at the earliest",
            );
            found.push(one.help("write 30 or more"));
        }
        found
    }

    fn expand(&self, nodes: &mut Nodes<'_>) {
        self.expand_nodes(nodes);
    }
}
