//! Brings a distribution's spec into CloudFront's configuration and back. Settings that the spec does not hold (functions,
//! headers that origins get, signers) stay as they are read.

use crate::aws::{Error, Result};
use crate::kinds::cloudfront::distribution::{Behavior, CustomOrigin, ErrorResponse, GeoRestriction, Logging, Origin, PathBehavior, Spec};
use crate::kinds::cloudfront::{CACHE, ORIGIN_REQUEST, RESPONSE_HEADERS, policy_id, policy_name};
use crate::kinds::spelling::{built, choice, number, word};
use aws_sdk_cloudfront::types::{self, DistributionConfig};
use std::collections::BTreeMap;

const READ: &str = "cloudfront.GetDistribution";
const WRITE: &str = "cloudfront.UpdateDistribution";

/// The spec of a live distribution; the tags are read elsewhere.
pub(crate) fn spec(config: &DistributionConfig) -> Result<Spec> {
    let certificate = config.viewer_certificate.as_ref();
    let acm_certificate_arn = certificate.and_then(|certificate| filled(certificate.acm_certificate_arn.as_ref()));
    let default = config.default_cache_behavior.as_ref().ok_or_else(|| Error::missing(READ, "DefaultCacheBehavior"))?;
    let behaviors = config.cache_behaviors.as_ref().and_then(|all| all.items.as_deref()).unwrap_or_default();
    let errors = config.custom_error_responses.as_ref().and_then(|all| all.items.as_deref()).unwrap_or_default();
    Ok(Spec {
        comment: config.comment.clone(),
        enabled: config.enabled,
        aliases: config.aliases.as_ref().and_then(|aliases| aliases.items.clone()).unwrap_or_default(),
        origins: config.origins.as_ref().map(|all| all.items.iter().map(origin).collect::<Result<_>>()).transpose()?.unwrap_or_default(),
        default_cache_behavior: default_behavior(default)?,
        ordered_cache_behaviors: behaviors.iter().map(path_behavior).collect::<Result<_>>()?,
        default_root_object: filled(config.default_root_object.as_ref()),
        custom_error_responses: errors
            .iter()
            .map(|response| ErrorResponse {
                error_code: response.error_code,
                response_code: response.response_code.as_ref().and_then(|code| code.parse().ok()),
                response_page_path: filled(response.response_page_path.as_ref()),
                error_caching_min_ttl: response.error_caching_min_ttl.unwrap_or(10),
            })
            .collect(),
        price_class: known(config.price_class.as_ref().map(types::PriceClass::as_str))?,
        http_version: known(config.http_version.as_ref().map(|version| version.as_str()))?,
        is_ipv6_enabled: config.is_ipv6_enabled.unwrap_or(false),
        minimum_protocol_version: match &acm_certificate_arn {
            Some(_) => known(certificate.and_then(|certificate| certificate.minimum_protocol_version.as_ref()).map(|it| it.as_str()))?,
            None => Default::default(),
        },
        acm_certificate_arn,
        web_acl_id: filled(config.web_acl_id.as_ref()),
        geo_restriction: match config.restrictions.as_ref().and_then(|all| all.geo_restriction.as_ref()) {
            Some(geo) => GeoRestriction {
                restriction_type: choice(READ, geo.restriction_type.as_str())?,
                locations: geo.items.clone().unwrap_or_default(),
            },
            None => GeoRestriction::default(),
        },
        logging: config.logging.as_ref().filter(|logging| logging.enabled && !logging.bucket.is_empty()).map(|logging| Logging {
            bucket: logging.bucket.clone(),
            prefix: logging.prefix.clone(),
            include_cookies: logging.include_cookies,
        }),
        tags: BTreeMap::new(),
    })
}

/// CloudFront wants the length of each list beside it.
fn quantity(items: usize) -> Result<i32> {
    number(WRITE, "the length of a list", items)
}

/// CloudFront writes an empty text for what is not set.
fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

fn known<T: serde::de::DeserializeOwned + Default>(text: Option<&str>) -> Result<T> {
    text.map_or_else(|| Ok(T::default()), |text| choice(READ, text))
}

fn origin(live: &types::Origin) -> Result<Origin> {
    let custom = live.custom_origin_config.as_ref().map(|custom| {
        let protocols = custom.origin_ssl_protocols.as_ref().map(|all| all.items.as_slice()).unwrap_or_default();
        Ok::<_, Error>(CustomOrigin {
            origin_protocol_policy: choice(READ, custom.origin_protocol_policy.as_str())?,
            http_port: custom.http_port,
            https_port: custom.https_port,
            origin_ssl_protocols: protocols.iter().map(|protocol| choice(READ, protocol.as_str())).collect::<Result<_>>()?,
            origin_read_timeout: custom.origin_read_timeout.unwrap_or(30),
            origin_keepalive_timeout: custom.origin_keepalive_timeout.unwrap_or(5),
        })
    });
    Ok(Origin {
        id: live.id.clone(),
        domain_name: live.domain_name.clone(),
        origin_path: live.origin_path.clone().unwrap_or_default(),
        origin_access_control_id: filled(live.origin_access_control_id.as_ref()),
        custom: custom.transpose()?,
        connection_attempts: live.connection_attempts.unwrap_or(3),
        connection_timeout: live.connection_timeout.unwrap_or(10),
    })
}

// The default behaviour and those for paths are two types of the SDK with the same members.
macro_rules! read_behavior {
    ($live:expr) => {{
        let live = $live;
        let methods = |list: &[types::Method]| list.iter().map(|method| choice(READ, method.as_str())).collect::<Result<Vec<_>>>();
        let allowed = live.allowed_methods.as_ref();
        let reading = [types::Method::Get, types::Method::Head];
        Ok(Behavior {
            target_origin_id: live.target_origin_id.clone(),
            viewer_protocol_policy: choice(READ, live.viewer_protocol_policy.as_str())?,
            allowed_methods: methods(allowed.map_or(&reading[..], |allowed| &allowed.items))?,
            cached_methods: methods(
                allowed.and_then(|allowed| allowed.cached_methods.as_ref()).map_or(&reading[..], |cached| &cached.items),
            )?,
            compress: live.compress.unwrap_or(false),
            cache_policy: policy_name(CACHE, live.cache_policy_id.as_deref().unwrap_or_default()),
            origin_request_policy: filled(live.origin_request_policy_id.as_ref()).map(|id| policy_name(ORIGIN_REQUEST, &id)),
            response_headers_policy: filled(live.response_headers_policy_id.as_ref()).map(|id| policy_name(RESPONSE_HEADERS, &id)),
        })
    }};
}

macro_rules! write_behavior {
    ($live:expr, $wanted:expr) => {{
        let (mut live, wanted) = ($live, $wanted);
        live.target_origin_id = wanted.target_origin_id.clone();
        live.viewer_protocol_policy = types::ViewerProtocolPolicy::from(word(&wanted.viewer_protocol_policy).as_str());
        live.allowed_methods = Some(allowed_methods(wanted)?);
        live.compress = Some(wanted.compress);
        live.cache_policy_id = Some(policy_id(CACHE, &wanted.cache_policy));
        live.origin_request_policy_id = wanted.origin_request_policy.as_deref().map(|policy| policy_id(ORIGIN_REQUEST, policy));
        live.response_headers_policy_id = wanted.response_headers_policy.as_deref().map(|policy| policy_id(RESPONSE_HEADERS, policy));
        // A cache policy takes the place of these, and CloudFront refuses both together.
        #[allow(deprecated)]
        {
            live.forwarded_values = None;
            live.min_ttl = None;
            live.default_ttl = None;
            live.max_ttl = None;
        }
        live
    }};
}

fn default_behavior(live: &types::DefaultCacheBehavior) -> Result<Behavior> {
    read_behavior!(live)
}

fn path_behavior(live: &types::CacheBehavior) -> Result<PathBehavior> {
    let behavior: Result<Behavior> = read_behavior!(live);
    Ok(PathBehavior { path_pattern: live.path_pattern.clone(), behavior: behavior? })
}

fn allowed_methods(wanted: &Behavior) -> Result<types::AllowedMethods> {
    let list = |methods: &[crate::kinds::cloudfront::distribution::Method]| {
        methods.iter().map(|method| types::Method::from(word(method).as_str())).collect::<Vec<_>>()
    };
    let (allowed, cached) = (list(&wanted.allowed_methods), list(&wanted.cached_methods));
    let cached = built(WRITE, types::CachedMethods::builder().quantity(quantity(cached.len())?).set_items(Some(cached)).build())?;
    let methods = types::AllowedMethods::builder().quantity(quantity(allowed.len())?).set_items(Some(allowed)).cached_methods(cached);
    built(WRITE, methods.build())
}

/// A configuration for a new distribution.
pub(crate) fn new(spec: &Spec, token: &str) -> Result<DistributionConfig> {
    let config = DistributionConfig::builder()
        .caller_reference(token)
        .comment(&spec.comment)
        .enabled(spec.enabled)
        .origins(origins(&[], spec)?)
        .default_cache_behavior(default_behavior_of(None, spec)?)
        .build();
    let mut config = built("cloudfront.CreateDistribution", config)?;
    apply(&mut config, spec, &|_| true)?;
    Ok(config)
}

/// Writes the fields that `changes` names into a configuration.
pub(crate) fn apply(config: &mut DistributionConfig, spec: &Spec, changes: &dyn Fn(&str) -> bool) -> Result<()> {
    if changes("comment") {
        config.comment = spec.comment.clone();
    }
    if changes("enabled") {
        config.enabled = spec.enabled;
    }
    if changes("aliases") {
        let items = (!spec.aliases.is_empty()).then(|| spec.aliases.clone());
        config.aliases = Some(built(WRITE, types::Aliases::builder().quantity(quantity(spec.aliases.len())?).set_items(items).build())?);
    }
    if changes("origins") {
        let before = config.origins.take().map(|origins| origins.items).unwrap_or_default();
        config.origins = Some(origins(&before, spec)?);
    }
    if changes("default_cache_behavior") {
        let before = config.default_cache_behavior.take();
        config.default_cache_behavior = Some(default_behavior_of(before, spec)?);
    }
    if changes("ordered_cache_behaviors") {
        let before = config.cache_behaviors.take().and_then(|behaviors| behaviors.items).unwrap_or_default();
        config.cache_behaviors = Some(path_behaviors(&before, spec)?);
    }
    if changes("default_root_object") {
        config.default_root_object = Some(spec.default_root_object.clone().unwrap_or_default());
    }
    if changes("custom_error_responses") {
        config.custom_error_responses = Some(error_responses(spec)?);
    }
    if changes("price_class") {
        config.price_class = Some(types::PriceClass::from(word(&spec.price_class).as_str()));
    }
    if changes("http_version") {
        config.http_version = Some(types::HttpVersion::from(word(&spec.http_version).as_str()));
    }
    if changes("is_ipv6_enabled") {
        config.is_ipv6_enabled = Some(spec.is_ipv6_enabled);
    }
    if changes("acm_certificate_arn") || changes("minimum_protocol_version") {
        config.viewer_certificate = Some(viewer_certificate(spec));
    }
    if changes("web_acl_id") {
        config.web_acl_id = Some(spec.web_acl_id.clone().unwrap_or_default());
    }
    if changes("geo_restriction") {
        config.restrictions = Some(restrictions(spec)?);
    }
    if changes("logging") {
        let (bucket, prefix, cookies) = match &spec.logging {
            Some(logging) => (logging.bucket.as_str(), logging.prefix.as_str(), logging.include_cookies),
            None => ("", "", false),
        };
        let logging = types::LoggingConfig::builder().enabled(spec.logging.is_some()).bucket(bucket).prefix(prefix);
        config.logging = Some(logging.include_cookies(cookies).build());
    }
    Ok(())
}

fn origins(before: &[types::Origin], spec: &Spec) -> Result<types::Origins> {
    let items = spec.origins.iter().map(|wanted| {
        let mut origin = match before.iter().find(|origin| origin.id == wanted.id) {
            Some(origin) => origin.clone(),
            None => built(WRITE, types::Origin::builder().id(&wanted.id).domain_name(&wanted.domain_name).build())?,
        };
        origin.domain_name = wanted.domain_name.clone();
        origin.origin_path = Some(wanted.origin_path.clone());
        origin.connection_attempts = Some(wanted.connection_attempts);
        origin.connection_timeout = Some(wanted.connection_timeout);
        origin.origin_access_control_id = Some(wanted.origin_access_control_id.clone().unwrap_or_default());
        origin.custom_origin_config = wanted.custom.as_ref().map(custom_origin).transpose()?;
        // A bucket has this member even when nothing stands in it.
        origin.s3_origin_config = match (&wanted.custom, origin.s3_origin_config.take()) {
            (Some(_), _) => None,
            (None, Some(before)) if wanted.origin_access_control_id.is_none() => Some(before),
            (None, _) => Some(types::S3OriginConfig::builder().origin_access_identity("").build()),
        };
        Ok(origin)
    });
    let items = items.collect::<Result<Vec<_>>>()?;
    built(WRITE, types::Origins::builder().quantity(quantity(items.len())?).set_items(Some(items)).build())
}

fn custom_origin(wanted: &CustomOrigin) -> Result<types::CustomOriginConfig> {
    let protocols =
        wanted.origin_ssl_protocols.iter().map(|protocol| types::SslProtocol::from(word(protocol).as_str())).collect::<Vec<_>>();
    let protocols = types::OriginSslProtocols::builder().quantity(quantity(protocols.len())?).set_items(Some(protocols)).build();
    let custom = types::CustomOriginConfig::builder()
        .http_port(wanted.http_port)
        .https_port(wanted.https_port)
        .origin_protocol_policy(types::OriginProtocolPolicy::from(word(&wanted.origin_protocol_policy).as_str()))
        .origin_ssl_protocols(built(WRITE, protocols)?)
        .origin_read_timeout(wanted.origin_read_timeout)
        .origin_keepalive_timeout(wanted.origin_keepalive_timeout);
    built(WRITE, custom.build())
}

fn default_behavior_of(before: Option<types::DefaultCacheBehavior>, spec: &Spec) -> Result<types::DefaultCacheBehavior> {
    let wanted = &spec.default_cache_behavior;
    let start = match before {
        Some(behavior) => behavior,
        None => built(
            WRITE,
            types::DefaultCacheBehavior::builder()
                .target_origin_id(&wanted.target_origin_id)
                .viewer_protocol_policy(types::ViewerProtocolPolicy::RedirectToHttps)
                .build(),
        )?,
    };
    Ok(write_behavior!(start, wanted))
}

fn path_behaviors(before: &[types::CacheBehavior], spec: &Spec) -> Result<types::CacheBehaviors> {
    let items = spec.ordered_cache_behaviors.iter().map(|path| {
        let start = match before.iter().find(|behavior| behavior.path_pattern == path.path_pattern) {
            Some(behavior) => behavior.clone(),
            None => built(
                WRITE,
                types::CacheBehavior::builder()
                    .path_pattern(&path.path_pattern)
                    .target_origin_id(&path.behavior.target_origin_id)
                    .viewer_protocol_policy(types::ViewerProtocolPolicy::RedirectToHttps)
                    .build(),
            )?,
        };
        Ok(write_behavior!(start, &path.behavior))
    });
    let items = items.collect::<Result<Vec<_>>>()?;
    let behaviors = types::CacheBehaviors::builder().quantity(quantity(items.len())?).set_items((!items.is_empty()).then_some(items));
    built(WRITE, behaviors.build())
}

fn error_responses(spec: &Spec) -> Result<types::CustomErrorResponses> {
    let items = spec.custom_error_responses.iter().map(|wanted| {
        let response = types::CustomErrorResponse::builder()
            .error_code(wanted.error_code)
            .set_response_code(wanted.response_code.map(|code| code.to_string()))
            .set_response_page_path(wanted.response_page_path.clone())
            .error_caching_min_ttl(wanted.error_caching_min_ttl);
        built(WRITE, response.build())
    });
    let items = items.collect::<Result<Vec<_>>>()?;
    let responses = types::CustomErrorResponses::builder().quantity(quantity(items.len())?).set_items((!items.is_empty()).then_some(items));
    built(WRITE, responses.build())
}

fn viewer_certificate(spec: &Spec) -> types::ViewerCertificate {
    match &spec.acm_certificate_arn {
        Some(arn) => types::ViewerCertificate::builder()
            .acm_certificate_arn(arn)
            .ssl_support_method(types::SslSupportMethod::SniOnly)
            .minimum_protocol_version(types::MinimumProtocolVersion::from(word(&spec.minimum_protocol_version).as_str()))
            .build(),
        None => types::ViewerCertificate::builder().cloud_front_default_certificate(true).build(),
    }
}

fn restrictions(spec: &Spec) -> Result<types::Restrictions> {
    let wanted = &spec.geo_restriction;
    let geo = types::GeoRestriction::builder()
        .restriction_type(types::GeoRestrictionType::from(word(&wanted.restriction_type).as_str()))
        .quantity(quantity(wanted.locations.len())?)
        .set_items((!wanted.locations.is_empty()).then(|| wanted.locations.clone()));
    Ok(types::Restrictions::builder().geo_restriction(built(WRITE, geo.build())?).build())
}
