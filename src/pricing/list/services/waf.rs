//! The web application firewall of a region; that of the CDN stands under usage types of its own.

use super::{Product, Row, Wanted, row};

const TABLE: &[Row] = &[
    ("WebACLV2", "waf.web_acl.month", "web-acl-month"),
    ("RuleV2", "waf.rule.month", "rule-month"),
    ("RequestV2-Tier1", "waf.requests", "1M requests"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    row(TABLE, product.usage(region))
}
