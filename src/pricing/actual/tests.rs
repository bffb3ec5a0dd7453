//! Estimates of a few lines beside bills of a few more.

use super::{Bill, Cause, Comparison, Period, Used, compare};
use crate::core::address::Address;
use crate::core::bill::{Cost, Item, VERSION};
use crate::core::money::{Decimal, Money, Range, number};
use crate::pricing::catalog::Catalog;
use crate::pricing::cost::rate;
use crate::pricing::{Allowance, Charge, Given};
use std::collections::BTreeMap;

fn decimal(text: &str) -> Decimal {
    number(text).unwrap()
}

fn dollars(text: &str) -> Money {
    Money::new(decimal(text))
}

/// A charge for use, of which a busy month has twice as much.
fn used(what: &str, key: &str, unit: &'static str, likely: &str, said: &str) -> Charge {
    let amount = Range { low: Decimal::ZERO, likely: decimal(likely), high: decimal(likely) * Decimal::TWO };
    Charge::usage(what, key, unit, Given::assumed(amount, said))
}

fn cost(charges: Vec<(&str, Charge)>) -> Cost {
    let items = charges.into_iter().map(|(address, charge)| Item {
        address: Address::parse(address).unwrap(),
        kind: "x".into(),
        tags: BTreeMap::new(),
        lines: rate(vec![charge], "us-east-2", Catalog::embedded(), "2026-11-21"),
    });
    Cost {
        version: VERSION,
        region: "us-east-2".into(),
        today: "2026-11-21".into(),
        catalogue: "embedded".into(),
        generated: String::new(),
        items: items.collect(),
        commitments: Vec::new(),
    }
}

fn line(service: &str, usage_type: &str, unblended: &str, quantity: &str) -> Used {
    let amount = dollars(unblended);
    Used { service: service.into(), usage_type: usage_type.into(), unblended: amount, amortized: amount, quantity: decimal(quantity) }
}

fn bill(used: Vec<Used>) -> Bill {
    let today = "2026-11-21".parse().unwrap();
    let since = used.iter().map(|used| (used.service.clone(), "2026-10-01".to_owned())).collect();
    Bill { period: Period::parse("2026-10", today).unwrap(), estimated: false, used, apart: BTreeMap::new(), since }
}

/// The one service's row: estimate, bill, causes.
#[track_caller]
fn only(compared: Comparison) -> (String, String, Vec<Cause>) {
    let [row] = compared.rows.as_slice() else { panic!("{compared:?}") };
    let billed = row.billed.map_or("none".to_owned(), |billed| billed.to_string());
    (row.estimate.list.likely.to_string(), billed, row.causes.clone())
}

fn nat(gb: &str) -> Cost {
    cost(vec![
        ("network.nat.a", Charge::fixed("hours", "vpc.nat_gateway.hour", "hour", 730)),
        ("network.nat.a", used("data through it", "vpc.nat_gateway.gb", "GB", gb, "nat_gb = 10 GB, the default")),
    ])
}

#[test]
fn use_that_is_far_from_what_is_assumed_names_its_measure() {
    let used =
        vec![line("EC2 - Other", "USE2-NatGateway-Hours", "32.85", "730"), line("EC2 - Other", "USE2-NatGateway-Bytes", "36.54", "812")];
    let (estimate, billed, causes) = only(compare(&nat("10"), &bill(used)));
    assert_eq!((estimate.as_str(), billed.as_str()), ("$33.30", "$69.39"));
    let cause = Cause::Usage {
        what: "data through it".into(),
        unit: "GB".into(),
        assumed: decimal("10"),
        billed: decimal("812"),
        measures: vec!["nat_gb".into()],
        table: "network".into(),
    };
    assert_eq!(causes, [cause]);
}

#[test]
fn what_the_file_itself_says_is_no_measure() {
    let used = vec![line("EC2 - Other", "USE2-NatGateway-Hours", "65.7", "1460")];
    let causes = only(compare(&nat("0"), &bill(used))).2;
    let [Cause::Usage { measures, billed, assumed, .. }] = causes.as_slice() else { panic!("{causes:?}") };
    assert_eq!((measures.len(), *billed, *assumed), (0, decimal("1460"), decimal("730")));
    // As many hours at another price are no matter of use.
    let dearer = vec![line("EC2 - Other", "USE2-NatGateway-Hours", "65.7", "730")];
    assert_eq!(only(compare(&nat("0"), &bill(dearer))).2, [Cause::Unexplained]);
}

#[test]
fn what_is_nearly_the_same_needs_no_cause() {
    let used =
        vec![line("EC2 - Other", "USE2-NatGateway-Hours", "33.48", "744"), line("EC2 - Other", "USE2-NatGateway-Bytes", "0.45", "10")];
    assert_eq!(only(compare(&nat("10"), &bill(used))).2, []);
}

#[test]
fn a_bill_of_thirty_days_is_that_of_a_month() {
    let used = vec![line("EC2 - Other", "USE2-NatGateway-Hours", "32.4", "720")];
    let days = Bill { period: Period::parse("30d", "2026-11-21".parse().unwrap()).unwrap(), ..bill(used) };
    assert_eq!(only(compare(&nat("0"), &days)).1, "$32.85");
}

#[test]
fn a_service_on_one_side_only_says_so() {
    let (estimate, billed, causes) = only(compare(&nat("10"), &bill(vec![])));
    assert_eq!((estimate.as_str(), billed.as_str(), causes), ("$33.30", "none", vec![Cause::NotBilled]));
    let strange = vec![line("Amazon Bedrock", "USE2-Tokens", "7", "1"), line("Amazon Bedrock", "USE2-More", "1", "1")];
    let (estimate, billed, causes) = only(compare(&cost(vec![]), &bill(strange)));
    assert_eq!((estimate.as_str(), billed.as_str()), ("$0.00", "$8.00"));
    assert_eq!(causes, [Cause::NotEstimated { usage_type: "USE2-Tokens".into() }]);
}

#[test]
fn what_came_in_the_course_of_the_period_is_younger() {
    let used = vec![line("EC2 - Other", "USE2-NatGateway-Hours", "10.8", "240")];
    let mut young = bill(used);
    young.since.insert("EC2 - Other".into(), "2026-10-22".into());
    assert_eq!(only(compare(&nat("0"), &young)).2, [Cause::Younger { since: "2026-10-22".into() }]);
}

#[test]
fn reservations_show_in_the_amortised_cost() {
    let mut reserved = line("EC2 - Other", "USE2-NatGateway-Hours", "0", "730");
    reserved.amortized = dollars("20");
    assert_eq!(only(compare(&nat("0"), &bill(vec![reserved]))).2, [Cause::Reserved { amortized: dollars("20") }]);
}

#[test]
fn the_free_tier_is_known_by_what_is_left() {
    static ALLOWANCE: Allowance = Allowance { name: "logs", amount: 5 };
    let logs = used("log lines", "cloudwatch.logs.ingest.standard", "GB", "5", "log_gb = 5 GB, the default").free(&ALLOWANCE);
    let (estimate, billed, causes) = only(compare(
        &cost(vec![("service.api.log-group", logs)]),
        &bill(vec![line("AmazonCloudWatch", "USE2-DataProcessing-Bytes", "0", "4.9")]),
    ));
    assert_eq!((estimate.as_str(), billed.as_str()), ("$2.50", "$0.00"));
    assert_eq!(causes.first(), Some(&Cause::FreeTier { amount: dollars("2.5") }));
}

#[test]
fn a_line_without_a_price_leaves_the_difference_open() {
    let unpriced =
        cost(vec![("database.main.instance", Charge::fixed("instance", "rds.instance.mysql.single_az.db.t9.huge", "hour", 730))]);
    let compared =
        compare(&unpriced, &bill(vec![line("Amazon Relational Database Service", "USE2-InstanceUsage:db.t9.huge", "99", "744")]));
    assert_eq!((compared.difference(), compared.rows[0].difference()), (None, None));
    assert_eq!(only(compared).2, [Cause::Unpriced { lines: 1 }]);
}

#[test]
fn data_transfer_stands_by_itself_on_both_sides() {
    let estimate = cost(vec![
        ("network.nat.a", Charge::fixed("hours", "vpc.nat_gateway.hour", "hour", 730)),
        ("network.nat.a", used("data out", "datatransfer.out.internet", "GB", "1", "nat_sent_gb = 1 GB, the default")),
    ]);
    let used =
        vec![line("EC2 - Other", "USE2-NatGateway-Hours", "32.85", "730"), line("EC2 - Other", "USE2-DataTransfer-Out-Bytes", "9", "100")];
    let compared = compare(&estimate, &bill(used));
    let rows = compared.rows.iter().map(|row| (row.service.as_str(), row.billed.unwrap().to_string())).collect::<Vec<_>>();
    assert_eq!(rows, [("AmazonEC2", "$32.85".to_owned()), ("AWSDataTransfer", "$9.00".to_owned())]);
    let [Cause::Usage { measures, billed, .. }] = compared.rows[1].causes.as_slice() else { panic!("{:?}", compared.rows[1]) };
    assert_eq!((measures.as_slice(), *billed), (["nat_sent_gb".to_owned()].as_slice(), decimal("100")));
    assert_eq!(compared.billed, dollars("41.85"));
}
