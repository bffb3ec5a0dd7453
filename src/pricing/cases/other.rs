//! Secrets, keys, messages, filters.

use super::Resource;
use crate::core::money::Decimal;
use crate::pricing::tariffs;
use crate::pricing::{Charge, Given};

pub(super) fn secret(resource: &Resource<'_>) -> Vec<Charge> {
    vec![tariffs::secrets::secret("secret"), tariffs::secrets::requests(resource.usage.given("monthly_requests"))]
}

pub(super) fn key(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, usage, .. } = resource;
    let requests = usage.given("monthly_requests");
    let asked = match attributes.text("customer_master_key_spec").or(attributes.text("key_spec")) {
        None | Some("SYMMETRIC_DEFAULT") => tariffs::kms::requests(requests),
        Some("RSA_2048") => tariffs::kms::other_requests("rsa2048", requests),
        Some(_) => tariffs::kms::other_requests("asymmetric", requests),
    };
    vec![
        tariffs::kms::key(),
        asked,
        tariffs::kms::other_requests("generate_datakeypair_ecc", usage.given("monthly_ecc_generate_data_key_pair_requests")),
        tariffs::kms::other_requests("generate_datakeypair_rsa", usage.given("monthly_rsa_generate_data_key_pair_requests")),
    ]
}

/// Messages in pieces of 64 KB, each billed by itself.
fn pieces(resource: &Resource<'_>) -> Given {
    let size = resource.usage.number("request_size_kb").unwrap_or(Decimal::ONE);
    let each = (size / Decimal::from(64)).ceil().max(Decimal::ONE);
    resource.usage.given("monthly_requests").map(|requests| requests.saturating_mul(each))
}

pub(super) fn topic(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, usage, .. } = resource;
    let deliveries = |name: &str| pieces(resource).map(|messages| messages.saturating_mul(usage.number(name).unwrap_or_default()));
    vec![
        tariffs::sns::published(attributes.flag("fifo_topic"), pieces(resource)),
        tariffs::sns::calls(deliveries("http_subscriptions")),
        tariffs::sns::emails(deliveries("email_subscriptions")),
    ]
}

pub(super) fn subscription(resource: &Resource<'_>) -> Vec<Charge> {
    let messages = pieces(resource);
    let known = ["http", "https", "email", "email-json", "sms", "sqs", "lambda"];
    match resource.attributes.choice("protocol", &known) {
        Some("http" | "https") => vec![tariffs::sns::calls(messages)],
        Some("email" | "email-json") => vec![tariffs::sns::emails(messages)],
        Some("sms") => vec![tariffs::sns::texts(messages)],
        _ => Vec::new(),
    }
}

pub(super) fn queue(resource: &Resource<'_>) -> Vec<Charge> {
    let key = if resource.attributes.flag("fifo_queue") { "sqs.fifo.requests" } else { "sqs.standard.requests" };
    vec![Charge::usage("requests", key, "1M requests", pieces(resource).per(1_000_000))]
}

pub(super) fn web_acl(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, usage, .. } = resource;
    let of = |name: &str| usage.number(name).unwrap_or_default();
    // Their number is billed, whatever stands in them.
    attributes.idle(&["rule"]);
    let rules = Decimal::from(attributes.count("rule")).max(of("rules")) + of("rule_group_rules") + of("managed_rule_group_rules");
    vec![
        Charge::fixed("web ACL", "waf.web_acl.month", "web-acl-month", 1),
        Charge::fixed("rules", "waf.rule.month", "rule-month", rules),
        Charge::usage("requests", "waf.requests", "1M requests", usage.given("monthly_requests").per(1_000_000)),
    ]
}

pub(super) fn parameter(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, usage, .. } = resource;
    let calls = usage.given("monthly_api_interactions").per(10_000);
    if attributes.choice("tier", &["Standard", "Advanced"]) != Some("Advanced") {
        return Vec::new();
    }
    vec![
        Charge::fixed("advanced parameter", "ssm.advanced_parameter.month", "parameter-month", 1),
        Charge::usage("calls", "ssm.advanced_parameter.api", "10k interactions", calls),
    ]
}
