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

use crate::core::bill::{Line, Rated, Total};
use crate::core::money::{Decimal, LARGEST, Money, from_float};
use crate::pricing::catalog::Catalog;
use crate::pricing::cost::rate;
use crate::pricing::{Charge, HOURS};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use words::Words;

/// One resource and its price by another count.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// The other count's page or file, and remarks about it.
    #[serde(default)]
    pub source: Value,
    #[serde(default)]
    pub note: String,
    /// The way in which the other count makes its total.
    #[serde(default)]
    pub total_is: String,
}

/// One line of the other count, or one tier of a line. Its amount is compared; its name and its unit are the other count's own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub name: String,
    pub usd: f64,
    #[serde(default)]
    pub quantity: Option<f64>,
    #[serde(default)]
    pub unit: String,
    /// The line of the file that it stands in.
    #[serde(default)]
    pub golden_line: Option<u32>,
    #[serde(default)]
    pub usage_based: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    cases: Vec<Case>,
    /// Remarks on its form.
    #[serde(default, rename = "schema")]
    _schema: String,
    #[serde(default)]
    hours_per_month: Option<f64>,
    #[serde(default)]
    free_tier_applied: bool,
}

/// A case, priced.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub lines: Vec<Line>,
    pub total: Total,
    /// The expected lines to which no line and no tier comes, with what they should come to.
    pub missing: Vec<Missing>,
    /// True when the total is as near to the expected one as the case wants, no line is without a price, and none is missing.
    pub within: bool,
}

/// An expected line that nothing comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Missing {
    pub name: String,
    pub expected: Money,
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
    let file = serde_json::from_str::<File>(text).map_err(|error| Unusable::File(error.to_string()))?;
    if let Some(hours) = file.hours_per_month.filter(|hours| from_float(*hours) != Some(HOURS)) {
        return Err(Unusable::File(format!("`hours_per_month` is {hours}, and months of {HOURS} hours are priced")));
    }
    if file.free_tier_applied {
        return Err(Unusable::File("`free_tier_applied` is true, and list prices are compared, which come before it".to_owned()));
    }
    let wrong = file.cases.iter().find_map(|case| Some(format!("case `{}`: {}", case.name, case.problem()?)));
    wrong.map_or(Ok(file.cases), |wrong| Err(Unusable::File(wrong)))
}

impl Case {
    fn problem(&self) -> Option<String> {
        let day = |text: &str| text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok();
        if let Some(text) = self.day.as_ref().filter(|text| !day(text)) {
            return Some(format!("`day` is `{text}`, which is no day such as 2026-11-21"));
        }
        if self.tolerance_usd < 0.0 {
            return Some(format!("`tolerance_usd` is {}, and nothing is nearer than 0", self.tolerance_usd));
        }
        let lines = self.expected_lines.iter().map(|line| ("usd", line.usd));
        let amounts = [("expected_monthly_usd", self.expected_monthly_usd), ("tolerance_usd", self.tolerance_usd)];
        let beyond = amounts.into_iter().chain(lines).find(|(_, usd)| from_float(*usd).is_none());
        beyond.map(|(name, usd)| format!("`{name}` is {usd:e}, and no month costs more than {LARGEST:e}"))
    }
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
    let missing = missing(&case.expected_lines, &lines);
    let within = apart <= exact(case.tolerance_usd).dollars() && total.is_known() && missing.is_empty();
    Ok(Outcome { lines, total, missing, within })
}

/// Returns the expected lines to which nothing comes within a cent. A line of ours is one of theirs, or each of its tiers is.
fn missing(expected: &[Expected], lines: &[Line]) -> Vec<Missing> {
    let mut left = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        left.push((at, false, line.total().list.likely));
        if let Rated::Priced(priced) = &line.price {
            left.extend(priced.bands.iter().filter(|_| priced.bands.len() > 1).map(|band| (at, true, band.usd * band.quantity)));
        }
    }
    let mut missing = Vec::new();
    for Expected { name, usd, .. } in expected {
        let wanted = exact(*usd);
        let apart = |amount: Money| (amount - wanted).dollars().abs();
        let near = left.iter().enumerate().filter(|(_, (.., amount))| apart(*amount) <= CENT);
        match near.min_by_key(|(_, (.., amount))| apart(*amount)).map(|(place, _)| place) {
            Some(place) => {
                let (line, tier, _) = left.swap_remove(place);
                left.retain(|(other, of_tier, _)| *other != line || (tier && *of_tier));
            }
            None if wanted == Money::ZERO => {}
            None => missing.push(Missing { name: name.clone(), expected: wanted }),
        }
    }
    missing
}

/// The other count is printed in cents.
const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// A case beside what it comes to.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    pub case: String,
    pub region: String,
    pub expected: Money,
    /// The sum of the lines that have a price. `None`: none has one, or it cannot be priced at all.
    pub got: Option<Money>,
    /// `None` where a line has no price: it is not known.
    pub difference: Option<Money>,
    /// Lines without a price, which `got` does not have.
    pub unpriced: usize,
    /// Expected lines that nothing comes to.
    pub missing: Vec<Missing>,
    pub ok: bool,
    /// It cannot be priced, and why.
    pub reason: Option<String>,
}

/// Prices cases, and holds each against what it should come to.
pub fn verify(cases: &[Case], catalog: &Catalog, today: &str) -> Vec<Checked> {
    let check = |case: &Case| {
        let (name, region, expected) = (case.name.clone(), case.region.clone(), expected(case));
        match price(case, catalog, today) {
            Ok(Outcome { total, missing, within, .. }) => {
                let (likely, unpriced) = (total.list.likely, total.unpriced());
                let got = (unpriced == 0 || likely > Money::ZERO).then_some(likely);
                let difference = (unpriced == 0).then(|| likely - expected);
                Checked { case: name, region, expected, got, difference, unpriced, missing, ok: within, reason: None }
            }
            Err(why) => {
                let (reason, missing) = (Some(why.to_string()), Vec::new());
                Checked { case: name, region, expected, got: None, difference: None, unpriced: 0, missing, ok: false, reason }
            }
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
    let (attributes, usage) = (Words::new(&case.attributes, "attributes"), Words::new(&case.usage, "usage"));
    let charges = translate(&Resource { attributes: &attributes, usage: &usage, day, disputed: case.disputed });
    let wrong = attributes.wrong().into_iter().chain(usage.wrong()).collect::<Vec<_>>();
    if wrong.is_empty() { Ok(charges) } else { Err(Unusable::Words(wrong.join("; "))) }
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

    const TODAY: &str = "2026-11-21";

    #[test]
    fn every_shipped_case_comes_out_as_its_source_has_it_line_by_line() {
        let cases = shipped().unwrap();
        assert!(cases.len() >= 40, "{}", cases.len());
        assert!(cases.iter().map(|case| case.expected_lines.len()).sum::<usize>() > 80);
        for case in cases {
            let outcome = price(&case, Catalog::embedded(), TODAY).unwrap();
            assert_eq!(outcome.missing, [], "{}:\n{:#?}", case.name, outcome.lines);
            assert!(outcome.within, "{}: {} for {}\n{:#?}", case.name, outcome.total.list.likely, expected(&case), outcome.lines);
        }
    }

    #[test]
    fn lines_are_compared_and_not_their_sum_alone() {
        let mut case = shipped().unwrap().into_iter().find(|case| case.name == "nat_gateway_100gb").unwrap();
        let amounts = |case: &Case| case.expected_lines.iter().map(|line| line.usd).collect::<Vec<_>>();
        assert_eq!(amounts(&case), [32.85, 4.5]);
        (case.expected_lines[0].usd, case.expected_lines[1].usd) = (30.0, 7.35);
        let outcome = price(&case, Catalog::embedded(), TODAY).unwrap();
        assert_eq!(outcome.missing.iter().map(|line| line.expected.to_string()).collect::<Vec<_>>(), ["$30.00", "$7.35"]);
        assert!(!outcome.within, "the sum is right, and no line is");
        // One line of ours is not two of theirs.
        (case.expected_lines[0].usd, case.expected_lines[1].usd) = (4.5, 4.5);
        assert_eq!(price(&case, Catalog::embedded(), TODAY).unwrap().missing.len(), 1);
    }

    #[test]
    fn what_has_no_price_does_not_count_as_nothing() {
        let case = shipped().unwrap().into_iter().find(|case| case.name == "nat_gateway_100gb").unwrap();
        let cases = [Case { region: "nowhere".into(), ..case.clone() }, case];
        let checked = verify(&cases, Catalog::embedded(), TODAY);
        assert_eq!((checked[0].got, checked[0].difference, checked[0].unpriced, checked[0].ok), (None, None, 2, false));
        assert_eq!((checked[1].got.is_some(), checked[1].difference, checked[1].ok), (true, Some(Money::ZERO), true));
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

    /// Says why a shipped case is refused once a member of it is another.
    fn altered(name: &str, path: &str, value: Value) -> String {
        let texts = [include_str!("../../../prices/cases.json"), include_str!("../../../prices/more_cases.json")];
        let all = texts.iter().flat_map(|text| serde_json::from_str::<Value>(text).unwrap()["cases"].as_array().unwrap().clone());
        let mut case = all.into_iter().find(|case| case["name"] == name).unwrap();
        let mut place = &mut case;
        for step in path.split('.') {
            place = if let Ok(at) = step.parse::<usize>() { &mut place[at] } else { &mut place[step] };
        }
        *place = value;
        match read(&serde_json::json!({ "cases": [case] }).to_string()) {
            Err(wrong) => wrong.to_string(),
            Ok(cases) => price(&cases[0], Catalog::embedded(), TODAY).map_or_else(|wrong| wrong.to_string(), |_| "nothing".to_owned()),
        }
    }

    #[test]
    fn a_word_that_nothing_reads_and_a_value_of_another_shape_are_refused() {
        use serde_json::json;
        let database = "rds_mysql_multi_az_gp2_backup";
        for (case, path, value, wanted) in [
            (database, "attributes.multi_azz", json!(true), "`attributes.multi_azz` decides nothing here: did you mean `multi_az`?"),
            (database, "attributes.alocated_storage", json!(9), "did you mean `allocated_storage`?"),
            (
                database,
                "attributes.count",
                json!(3),
                "`attributes.count` decides nothing here: a case is one resource, so write one for each",
            ),
            (database, "usage.reserved_instance_term", json!("1_year"), "decides nothing here: a case is priced on demand, so take it out"),
            (database, "attributes.resrvation", json!({}), "`attributes.resrvation` decides nothing here: take it out"),
            (database, "attributes.multi_az", json!("yes"), "`attributes.multi_az` is neither true nor false: \"yes\""),
            (database, "attributes.multi_az", json!("true"), "`attributes.multi_az` is neither true nor false: \"true\""),
            (database, "attributes.allocated_storage", json!("20"), "`attributes.allocated_storage` is no amount: \"20\""),
            (database, "expected_monthly_usd", json!(1e300), "`expected_monthly_usd` is 1e300, and no month costs more than 1e12"),
            (database, "tolerance_usd", json!(1e13), "`tolerance_usd` is 1e13, and no month costs more than 1e12"),
            (database, "expected_lines.0.usd", json!(-1e300), "`usd` is -1e300, and no month costs more than 1e12"),
            (database, "attributes.engine", json!(5), "`attributes.engine` is no text: 5"),
            (database, "attributes.engine", json!(["mysql"]), "`attributes.engine` is no text"),
            (database, "attributes.allocated_storage", json!([30]), "`attributes.allocated_storage` is no amount: [30]"),
            (database, "attributes.allocated_storage", json!("30 GB"), "`attributes.allocated_storage` is no amount: \"30 GB\""),
            (database, "attributes", json!([]), "`attributes` is no object: []"),
            (database, "usage", json!("much"), "`usage` is no object: \"much\""),
            (database, "usage.monthly_standard_io_requests", json!(9), "`usage.monthly_standard_io_requests` decides nothing here"),
            (database, "usage.monthly_cpu_credit_hrs", json!(0), "nothing"),
            (database, "dayy", json!("2026-11-21"), "unknown field `dayy`"),
            (database, "day", json!("soon"), "`day` is `soon`, which is no day such as 2026-11-21"),
            (database, "tolerance_usd", json!(-1), "`tolerance_usd` is -1, and nothing is nearer than 0"),
            (database, "expected_lines.0.us", json!(1), "unknown field `us`"),
            ("rds_mysql_performance_insights", "attributes.instance_class", json!("db.m5.large"), "nothing"),
            (
                "elasticache_redis_snapshots",
                "attributes.snapshot_retention_limit",
                json!(1),
                "`usage.snapshot_storage_size_gb` decides nothing",
            ),
            ("elasticache_redis_snapshots", "attributes.snapshot_retention_limit", json!(1.5), "is no whole number that can be: 1.5"),
            ("alb_with_usage", "attributes.load_balancer_type", json!("netwrok"), "there is application, network"),
            ("nlb_with_usage", "usage.rule_evaluations", json!(5), "`usage.rule_evaluations` decides nothing here"),
            ("fargate_two_tasks", "attributes.launch_type", json!("FARGAT"), "there is FARGATE, EC2, EXTERNAL"),
            ("fargate_two_tasks", "attributes.task_definition.memory", json!("2 apples"), "is no amount of GB: \"2 apples\""),
            (
                "opensearch_io1",
                "attributes.cluster_config.0.instance_countt",
                json!(3),
                "`attributes.cluster_config.instance_countt` decides nothing",
            ),
            (
                "opensearch_io1",
                "attributes.ebs_options",
                json!([{ "ebs_enabled": true }, {}]),
                "`attributes.ebs_options` stands 2 times, and one is read",
            ),
            (
                "alarm_of_two_metrics",
                "attributes.metric_query.1.metric.0.priod",
                json!(9),
                "`attributes.metric_query.metric.priod` decides nothing",
            ),
            ("s3_standard_10tb", "usage.standard.storage_gbb", json!(9), "did you mean `standard.storage_gb`?"),
            ("s3_standard_10tb", "usage.standard", json!(9), "`usage.standard` decides nothing"),
            ("endpoint_in_two_zones", "attributes.subnet_ids", json!("two"), "`attributes.subnet_ids` is no list: \"two\""),
            (
                "vpc_interface_endpoint_1tb",
                "attributes.vpc_endpoint_type",
                json!("Gateway"),
                "`usage.monthly_data_processed_gb` decides nothing",
            ),
            ("address_unused", "attributes.tags", json!({ "a": "b" }), "`attributes.tags` decides nothing here: take it out"),
        ] {
            let found = altered(case, path, value.clone());
            assert!(found.contains(wanted) && (wanted != "nothing" || found == wanted), "{case} {path} = {value}: {found}");
        }
        let file =
            |head: &str| read(&format!(r#"{{ {head} "cases": [] }}"#)).map_or_else(|wrong| wrong.to_string(), |_| "nothing".to_owned());
        assert_eq!(file(r#""hours_per_month": 730, "free_tier_applied": false,"#), "nothing");
        assert!(file(r#""hours_per_month": 720,"#).contains("months of 730 hours are priced"));
        assert!(file(r#""free_tier_applied": true,"#).contains("list prices are compared"));
        assert!(file(r#""hours_a_month": 720,"#).contains("unknown field `hours_a_month`"));
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
            source: Value::Null,
            note: String::new(),
            total_is: String::new(),
        };
        let wrong = |case: Case| price(&case, Catalog::embedded(), TODAY).unwrap_err().to_string();
        assert_eq!(wrong(case("aws_db_instence", Value::Null)), "no tariff for `aws_db_instence`");
        let attributes = serde_json::json!({ "engine": "mysql", "instance_class": "db.t3.large", "allocated_storage": -5 });
        assert_eq!(wrong(case("aws_db_instance", attributes)), "`attributes.allocated_storage` is no amount: -5");
        assert!(matches!(read("[]"), Err(Unusable::File(_))));
        // The most that may be said, everywhere at once, is no overflow.
        let most = serde_json::json!({ "monthly_requests": 1e12, "request_duration_ms": 1e12, "request_size_kb": 1e12, "http_subscriptions": 1e12 });
        let memory = serde_json::json!({ "memory_size": 1e12, "ephemeral_storage": { "size": 1e12 } });
        for (kind, attributes, words) in [
            ("aws_lambda_function", memory, ["monthly_requests", "request_duration_ms"].as_slice()),
            ("aws_sns_topic", Value::Null, &["monthly_requests", "request_size_kb", "http_subscriptions"]),
            ("aws_sqs_queue", Value::Null, &["monthly_requests", "request_size_kb"]),
        ] {
            let absurd = Case {
                usage: Value::Object(
                    most.as_object()
                        .unwrap()
                        .iter()
                        .filter(|(word, _)| words.contains(&word.as_str()))
                        .map(|(word, amount)| (word.clone(), amount.clone()))
                        .collect(),
                ),
                ..case(kind, attributes)
            };
            assert!(price(&absurd, Catalog::embedded(), TODAY).unwrap().total.list.likely > Money::ZERO);
        }
    }
}
