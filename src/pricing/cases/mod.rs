//! Worked cases: one resource in Terraform's words, how much of it is used, and what somebody else says that costs.
//!
//! `prices/cases.json` holds those that come with the catalogue; a file of the same form checks any other. The words are
//! translated to the tariffs that kinds use; nothing is priced here. To add a resource, add a line to `KINDS`.

mod compute;
mod data;
mod network;
mod other;
mod storage;
mod watch;
mod words;

use crate::core::bill::{Line, Total};
use crate::core::money::{Decimal, Money, from_float};
use crate::pricing::Charge;
use crate::pricing::catalog::Catalog;
use crate::pricing::cost::rate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use words::Words;

/// One resource and its price by another count.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    pub name: String,
    /// Terraform's name of the resource type: `aws_db_instance`.
    pub resource_kind: String,
    pub region: String,
    #[serde(default)]
    pub attributes: Value,
    #[serde(default)]
    pub usage: Value,
    pub expected_monthly_usd: f64,
    pub tolerance_usd: f64,
    #[serde(default)]
    pub expected_lines: Vec<Expected>,
    /// The day that it is priced for, if not today: `2026-11-21`.
    #[serde(default)]
    pub day: Option<String>,
    /// Its source counts in a way that AWS does not; it is read the way its source does.
    #[serde(default)]
    pub disputed: bool,
}

/// One line of the other count.
#[derive(Debug, Clone, Deserialize)]
pub struct Expected {
    pub name: String,
    pub usd: f64,
}

#[derive(Debug, Clone, Deserialize)]
struct File {
    cases: Vec<Case>,
}

/// A case, priced.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub lines: Vec<Line>,
    pub total: Total,
    /// True when the total is as near to the expected one as the case wants, and no line is without a price.
    pub within: bool,
}

/// A case cannot be priced, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("the file is not one of worked cases: {0}")]
    File(String),
    #[error("no tariff for `{0}`")]
    Kind(String),
    #[error("{0}")]
    Words(String),
}

/// The cases of a file.
pub fn read(text: &str) -> Result<Vec<Case>, Unusable> {
    serde_json::from_str::<File>(text).map(|file| file.cases).map_err(|error| Unusable::File(error.to_string()))
}

/// The cases that come with the catalogue.
pub fn shipped() -> Result<Vec<Case>, Unusable> {
    let mut cases = read(include_str!("../../../prices/cases.json"))?;
    cases.extend(read(include_str!("../../../prices/more_cases.json"))?);
    Ok(cases)
}

/// Prices a case from a catalogue.
pub fn price(case: &Case, catalog: &Catalog, today: &str) -> Result<Outcome, Unusable> {
    let day = case.day.as_deref().unwrap_or(today);
    let lines = rate(charges(case, day)?, &case.region, catalog, day);
    let total = lines.iter().map(Line::total).sum::<Total>();
    let apart = (total.list.likely - expected(case)).dollars().abs();
    let within = apart <= exact(case.tolerance_usd).dollars() && total.is_known();
    Ok(Outcome { lines, total, within })
}

/// A case beside what it comes to.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    pub case: String,
    pub region: String,
    pub expected: Money,
    /// `None`: it cannot be priced at all.
    pub got: Option<Money>,
    pub difference: Option<Money>,
    /// Lines without a price, which `got` does not have.
    pub unpriced: usize,
    pub ok: bool,
    /// It cannot be priced, and why.
    pub reason: Option<String>,
}

/// Prices cases, and holds each against what it should come to.
pub fn verify(cases: &[Case], catalog: &Catalog, today: &str) -> Vec<Checked> {
    let check = |case: &Case| {
        let (name, region, expected) = (case.name.clone(), case.region.clone(), expected(case));
        let of = |got: Option<Money>, unpriced, ok, reason| {
            let difference = got.map(|got| got - expected);
            Checked { case: name, region, expected, got, difference, unpriced, ok, reason }
        };
        match price(case, catalog, today) {
            Ok(Outcome { total, within, .. }) => of(Some(total.list.likely), total.unpriced(), within, None),
            Err(why) => of(None, 0, false, Some(why.to_string())),
        }
    };
    cases.iter().map(check).collect()
}

/// Returns what the other count comes to.
pub fn expected(case: &Case) -> Money {
    exact(case.expected_monthly_usd)
}

fn charges(case: &Case, day: &str) -> Result<Vec<Charge>, Unusable> {
    let kind = || Unusable::Kind(case.resource_kind.clone());
    let (_, translate) = KINDS.iter().find(|(kind, _)| *kind == case.resource_kind).ok_or_else(kind)?;
    let (attributes, usage) = (Words::new(&case.attributes), Words::new(&case.usage));
    let charges = translate(&Resource { attributes: &attributes, usage: &usage, day, disputed: case.disputed });
    match attributes.wrong().or(usage.wrong()) {
        Some(what) => Err(Unusable::Words(what)),
        None => Ok(charges),
    }
}

fn exact(value: f64) -> Money {
    Money::new(from_float(value).unwrap_or(Decimal::MAX))
}

/// The words that a translation reads.
struct Resource<'a> {
    attributes: &'a Words<'a>,
    usage: &'a Words<'a>,
    /// The day to price for, as `2026-11-21`: some prices begin on one.
    day: &'a str,
    disputed: bool,
}

type Translate = fn(&Resource<'_>) -> Vec<Charge>;

const KINDS: &[(&str, Translate)] = &[
    ("aws_db_instance", data::database),
    ("aws_elasticache_cluster", data::cache_cluster),
    ("aws_elasticache_replication_group", data::replication_group),
    ("aws_opensearch_domain", data::domain),
    ("aws_elasticsearch_domain", data::domain),
    ("aws_dynamodb_table", data::table),
    ("aws_ecs_service", compute::service),
    ("aws_instance", compute::instance),
    ("aws_ebs_volume", compute::volume),
    ("aws_lambda_function", compute::function),
    ("aws_eks_cluster", compute::kubernetes),
    ("aws_lb", network::balancer),
    ("aws_alb", network::balancer),
    ("aws_nat_gateway", network::nat_gateway),
    ("aws_eip", network::address),
    ("aws_vpc_endpoint", network::endpoint),
    ("aws_data_transfer", network::transfer),
    ("aws_ec2_transit_gateway_vpc_attachment", network::transit),
    ("aws_vpn_connection", network::vpn),
    ("aws_ec2_client_vpn_network_association", network::client_vpn),
    ("aws_route53_zone", network::zone),
    ("aws_route53_record", network::record),
    ("aws_route53_resolver_endpoint", network::resolver),
    ("aws_cloudfront_distribution", network::distribution),
    ("aws_s3_bucket", storage::bucket),
    ("aws_efs_file_system", storage::file_system),
    ("aws_ecr_repository", storage::repository),
    ("aws_cloudwatch_log_group", watch::log_group),
    ("aws_cloudwatch_metric_alarm", watch::alarm),
    ("aws_cloudwatch_composite_alarm", watch::composite_alarm),
    ("aws_cloudwatch_dashboard", watch::dashboard),
    ("aws_secretsmanager_secret", other::secret),
    ("aws_kms_key", other::key),
    ("aws_kms_external_key", other::key),
    ("aws_sns_topic", other::topic),
    ("aws_sns_topic_subscription", other::subscription),
    ("aws_sqs_queue", other::queue),
    ("aws_wafv2_web_acl", other::web_acl),
    ("aws_ssm_parameter", other::parameter),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::bill::Rated;

    const TODAY: &str = "2026-11-21";

    fn amounts(lines: &[Line]) -> Vec<Decimal> {
        let each = lines.iter().flat_map(|line| {
            let bands = match &line.price {
                Rated::Priced(priced) => priced.bands.iter().map(|band| band.usd * band.quantity).collect(),
                Rated::Unpriced(_) => Vec::new(),
            };
            std::iter::once(line.total().list.likely).chain(bands)
        });
        each.map(Money::dollars).collect()
    }

    #[test]
    fn every_shipped_case_comes_out_as_its_source_has_it() {
        let cases = shipped().unwrap();
        assert!(cases.len() >= 40, "{}", cases.len());
        for case in cases {
            let outcome = price(&case, Catalog::embedded(), TODAY).unwrap();
            assert!(outcome.within, "{}: {} for {}\n{:#?}", case.name, outcome.total.list.likely, expected(&case), outcome.lines);
            for expected in &case.expected_lines {
                let wanted = exact(expected.usd).dollars();
                let near = |amount: &Decimal| (amount - wanted).abs() <= Decimal::new(1, 2);
                assert!(
                    amounts(&outcome.lines).iter().any(near) || wanted.is_zero(),
                    "{}: nothing comes to {}, as {} does",
                    case.name,
                    wanted,
                    expected.name
                );
            }
        }
    }

    #[test]
    fn a_case_is_held_to_its_tolerance() {
        let mut case = shipped().unwrap().into_iter().find(|case| case.name == "nat_gateway_100gb").unwrap();
        case.expected_monthly_usd += 0.05;
        assert!(!price(&case, Catalog::embedded(), TODAY).unwrap().within);
        let case = Case { region: "eu-south-2".into(), ..case };
        let elsewhere = price(&case, Catalog::embedded(), TODAY).unwrap();
        assert_eq!((elsewhere.within, elsewhere.total.unpriced()), (false, 2), "prices of one region are never used for another");
    }

    #[test]
    fn what_is_no_case_is_said_to_be_none() {
        let case = |kind: &str, attributes: Value| Case {
            name: "x".into(),
            resource_kind: kind.into(),
            region: "us-east-1".into(),
            attributes,
            usage: Value::Null,
            expected_monthly_usd: 0.0,
            tolerance_usd: 0.0,
            expected_lines: Vec::new(),
            day: None,
            disputed: false,
        };
        let wrong = |case: Case| price(&case, Catalog::embedded(), TODAY).unwrap_err().to_string();
        assert_eq!(wrong(case("aws_db_instence", Value::Null)), "no tariff for `aws_db_instence`");
        let attributes = serde_json::json!({ "engine": "mysql", "instance_class": "db.t3.large", "allocated_storage": -5 });
        assert_eq!(wrong(case("aws_db_instance", attributes)), "`allocated_storage` is no amount: -5");
        assert!(matches!(read("[]"), Err(Unusable::File(_))));
        // The most that may be said, everywhere at once, is no overflow.
        let most = serde_json::json!({ "monthly_requests": 1e12, "request_duration_ms": 1e12, "request_size_kb": 1e12, "http_subscriptions": 1e12 });
        for kind in ["aws_lambda_function", "aws_sns_topic", "aws_sqs_queue"] {
            let absurd = Case {
                usage: most.clone(),
                ..case(kind, serde_json::json!({ "memory_size": 1e12, "ephemeral_storage": { "size": 1e12 } }))
            };
            assert!(price(&absurd, Catalog::embedded(), TODAY).unwrap().total.list.likely > Money::ZERO);
        }
    }
}
