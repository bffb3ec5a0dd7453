//! Reservations and Savings Plans in a stack: what they cover, what they cost, and what stays true whatever is committed to.

use proptest::prelude::*;
use std::collections::BTreeMap;
use trueup::core::bill::{Cost, Difference, Line, Pledge, Rated, Total};
use trueup::core::expand::expand;
use trueup::core::graph::Graph;
use trueup::core::money::{Decimal, Money, Range, number, shown};
use trueup::core::source::Source;
use trueup::core::usage::Usage;
use trueup::kinds;
use trueup::modules;
use trueup::pricing::Estate;
use trueup::pricing::catalog::Catalog;
use trueup::pricing::cost::{price, price_together};
use trueup::pricing::year::year;

const TODAY: &str = "2026-11-29";

/// A stack by its tables, with all that its file says.
fn stack(text: &str) -> (Graph, Usage, String) {
    let region = if text.contains("region = ") { "" } else { "region = \"us-east-1\"\n" };
    let text = format!("[stack]\nname = \"shop\"\n{region}{text}");
    let stack = modules::parse(Source::new("stack.toml", text), None, &[]).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let graph = expand(&stack).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    (graph, stack.usage, stack.settings.region)
}

fn estate<'a>(graph: &'a Graph, region: &str) -> Estate<'a> {
    Estate::wanted(graph, region, &kinds::priced)
}

fn cost(text: &str) -> Cost {
    let (graph, usage, region) = stack(text);
    price(&estate(&graph, &region), &usage, Catalog::embedded(), TODAY)
}

/// The lines of keys that begin so: the likely quantity, what pays for it, and what it costs.
fn lines(cost: &Cost, key: &str) -> Vec<String> {
    let say = |line: &Line| {
        let cost = match &line.price {
            Rated::Priced(priced) => priced.cost.likely.to_string(),
            Rated::Unpriced(_) => "?".to_owned(),
        };
        let by = line.covered_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        format!("{} {}{by} {cost}", shown(line.quantity.likely), line.unit)
    };
    cost.lines().map(|(_, line)| line).filter(|line| line.key.starts_with(key)).map(say).collect()
}

fn used(cost: &Cost) -> Vec<String> {
    let say = |pledge: &Pledge| {
        let used = pledge.used.map_or("?".to_owned(), |used| shown(used.likely));
        format!("{} {used} of {} {}", pledge.address, shown(pledge.committed), pledge.unit)
    };
    cost.commitments.iter().map(say).collect()
}

fn reserved(more: &str) -> String {
    format!("[stack.commitment.main]\nservice = \"rds\"\nengine = \"postgres\"\n{more}\n")
}

#[test]
fn a_reservation_covers_any_size_of_its_family_by_units() {
    let of = |class: &str, more: &str, own: &str| {
        let cost = cost(&format!("{}[network]\n[database.main]\nclass = \"{class}\"\n{more}", reserved(own)));
        (lines(&cost, "rds.instance."), used(&cost))
    };
    let medium = "class = \"db.t4g.medium\"\nhourly = 0.05";
    let all = "commitment.main 730 of 730 hour".to_owned();
    assert_eq!(of("db.t4g.medium", "", medium), (vec!["730 hour by commitment.main $0.00".into()], vec![all.clone()]));
    // A large instance is two of it, and half of it stays on demand: 365 hours at $0.129.
    let half = vec!["365 hour by commitment.main $0.00".into(), "365 hour $47.09".into()];
    assert_eq!(of("db.t4g.large", "", medium), (half.clone(), vec![all.clone()]));
    // So does one with a standby, at the price of that.
    let standby = vec!["365 hour by commitment.main $0.00".to_owned(), "365 hour $47.09".to_owned()];
    assert_eq!(of("db.t4g.medium", "multi_az = true", medium), (standby, vec![all.clone()]));
    // One of the large is used by half.
    let large = "class = \"db.t4g.large\"\nhourly = 0.1";
    let small = (vec!["730 hour by commitment.main $0.00".into()], vec!["commitment.main 365 of 730 hour".into()]);
    assert_eq!(of("db.t4g.medium", "", large), small);
    assert_eq!(of("db.t4g.medium", "multi_az = true", "class = \"db.t4g.medium\"\nmulti_az = true\nhourly = 0.1").1, vec![all]);
    // Another family is not covered, and what is paid is paid.
    let other = (vec!["730 hour $59.86".to_owned()], vec!["commitment.main 0 of 730 hour".to_owned()]);
    let t3 = of("db.t3.medium", "", medium);
    assert_eq!((t3.0.len(), &t3.1), (1, &other.1), "{t3:?}");
}

/// AWS's own example: a node reserved for Redis has 32 units, of which Valkey of the same type needs 25.6, so that 6.4 are left for a
/// quarter of another. <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.Reserved.html>
#[test]
fn a_node_reserved_for_redis_covers_a_quarter_more_of_valkey() {
    let of = |reserved: &str, engine: &str| {
        let commitment = format!(
            "[stack.commitment.cache]\nservice = \"elasticache\"\nclass = \"cache.r7g.4xlarge\"\nengine = \"{reserved}\"\nhourly = 1"
        );
        let cost = cost(&format!("{commitment}\n[network]\n[cache.main]\nengine = \"{engine}\"\nclass = \"cache.r7g.4xlarge\"\nnodes = 2"));
        cost.lines().filter(|(_, line)| line.covered_by.is_some()).map(|(_, line)| shown(line.quantity.likely)).collect::<Vec<_>>()
    };
    assert_eq!(of("redis", "valkey"), ["912.5"]);
    assert_eq!(of("redis", "redis"), ["730"]);
    assert_eq!(of("valkey", "valkey"), ["730"]);
    assert_eq!(of("valkey", "redis"), Vec::<String>::new());
}

#[test]
fn a_search_node_is_covered_by_its_very_type() {
    let of = |class: &str, count: u32| {
        let commitment = format!("[stack.commitment.search]\nservice = \"opensearch\"\nclass = \"{class}\"\ncount = {count}");
        let cost = cost(&format!("{commitment}\n[network]\n[search.main]\nclass = \"m6g.large.search\"\nnodes = 4"));
        (lines(&cost, "opensearch.instance."), lines(&cost, "reserved."))
    };
    // $0.128 on demand, $0.088 reserved.
    let two = (vec!["1,460 hour by commitment.search $0.00".into(), "1,460 hour $186.88".into()], vec!["1,460 hour $128.48".into()]);
    assert_eq!(of("m6g.large.search", 2), two);
    assert_eq!(of("m6g.xlarge.search", 1), (vec!["2,920 hour $373.76".into()], vec!["730 hour $129.21".into()]));
}

#[test]
fn what_is_paid_at_once_is_spread_over_the_term_and_said() {
    let database = "[network]\n[database.main]\nclass = \"db.t4g.medium\"";
    let cost = cost(&format!("{}{database}", reserved("class = \"db.t4g.medium\"\npayment = \"partial-upfront\"")));
    assert_eq!(lines(&cost, "reserved."), ["730 hour $16.28", "0.0833 upfront $16.25"]);
    // A table that has no room for all of their names tells them apart.
    let own = cost.lines().map(|(_, line)| line).filter(|line| line.key.starts_with("reserved."));
    let names = own.map(|line| line.what.chars().take(20).collect::<String>()).collect::<Vec<_>>();
    assert_ne!(names[0], names[1]);
    let Pledge { upfront, months, .. } = &cost.commitments[0];
    assert_eq!((upfront.unwrap().to_string().as_str(), *months), ("$195.00", 12));
    let own =
        format!("{}{database}", reserved("class = \"db.t4g.medium\"\nyears = 3\npayment = \"all-upfront\"\nupfront = 900\ncount = 2"));
    let own = self::cost(&own);
    assert_eq!(lines(&own, "reserved."), ["0.0556 upfront $50.00"]);
    assert_eq!((own.commitments[0].upfront.unwrap().to_string(), own.commitments[0].months), ("$1,800.00".to_owned(), 36));
    assert_eq!(used(&own), ["commitment.main 730 of 1,460 hour"]);
}

#[test]
fn a_reservation_without_a_price_is_a_line_without_one() {
    let cost = cost(&format!("{}[network]\n[database.main]\nclass = \"db.m7g.large\"", reserved("class = \"db.m7g.large\"")));
    assert_eq!(lines(&cost, "rds.instance."), ["730 hour by commitment.main $0.00"]);
    assert_eq!(lines(&cost, "reserved."), ["730 hour ?"]);
    let (_, line) = cost.unpriced().next().unwrap();
    let Rated::Unpriced(unpriced) = &line.price else { panic!("{line:?}") };
    assert!(unpriced.reason.contains("`db.m7g.large` in us-east-1; it has db."), "{}", unpriced.reason);
    assert!(unpriced.reason.ends_with("the console shows its `hourly` and `upfront`, which the file may say"), "{}", unpriced.reason);
    assert_eq!((line.service.as_str(), cost.total().unpriced()), ("AmazonRDS", 1));
}

const TASKS: &str = "[network]\n[service.api]\nimage = \"nginx:1.29\"\ncpu = 1024\nmemory = 2048\nscale = { min = 1, max = 3 }\n";

#[test]
fn a_savings_plan_covers_tasks_up_to_its_dollars() {
    // A task costs $0.04048 and twice $0.004445 an hour, $0.04937 together and $0.039496 less a fifth.
    let of = |hourly: &str| {
        cost(&format!("[stack.commitment.tasks]\nservice = \"compute-savings-plan\"\nhourly = {hourly}\ndiscount = 0.2\n{TASKS}"))
    };
    let whole = of("0.039496");
    assert_eq!(
        lines(&whole, "ecs.fargate."),
        ["730 vCPU-hour by commitment.tasks $0.00", "0 vCPU-hour $0.00", "1,460 GB-hour by commitment.tasks $0.00",]
    );
    assert_eq!(
        (lines(&whole, "savings_plan."), used(&whole)),
        (vec!["730 hour $28.83".to_owned()], vec!["commitment.tasks 28.8321 of 28.8321 USD".to_owned()])
    );
    // Memory has the lower rate, and comes first where both save the same.
    let half = of("0.02");
    assert_eq!(
        lines(&half, "ecs.fargate."),
        [
            "290.5212 vCPU-hour by commitment.tasks $0.00",
            "439.4788 vCPU-hour $17.79",
            "1,460 GB-hour by commitment.tasks $0.00",
            "0 GB-hour $0.00"
        ]
    );
    assert_eq!(used(&of("1")), ["commitment.tasks 28.8321 of 730 USD"]);
    let busy =
        whole.lines().filter(|(_, line)| line.key == "ecs.fargate.x86.vcpu_hour").map(|(_, line)| line.total().list.high).sum::<Money>();
    // In a busy month three tasks run, and the plan's dollars cover the memory of all of them first.
    let memory = number("0.004445").unwrap() * Decimal::from(6) * number("0.8").unwrap();
    let left = (number("0.039496").unwrap() - memory) / number("0.8").unwrap();
    let rest = (number("0.04048").unwrap() * Decimal::from(3) - left) * Decimal::from(730);
    assert!((busy.dollars() - rest).abs() < Decimal::new(1, 6), "{busy} {rest}");
}

#[test]
fn a_plan_whose_rates_nobody_knows_leaves_what_it_covers_without_a_price() {
    let plan = |hourly: &str| format!("[stack.commitment.tasks]\nservice = \"compute-savings-plan\"\nhourly = {hourly}\n{TASKS}");
    let (with, without) = (cost(&plan("0.02")), cost(TASKS));
    assert_eq!(
        (lines(&with, "ecs.fargate."), used(&with)),
        (vec!["730 vCPU-hour ?".to_owned(), "1,460 GB-hour ?".to_owned()], vec!["commitment.tasks ? of 14.6 USD".to_owned()])
    );
    // It costs no more than on demand, beside the plan.
    let most = with.total().most().unwrap();
    let known = without.total().list.map(|money| money + Money::new(number("14.6").unwrap()));
    assert_eq!(most, known);
}

#[test]
fn a_database_savings_plan_covers_the_newer_generations() {
    let of = |class: &str| {
        let plan = "[stack.commitment.data]\nservice = \"database-savings-plan\"\nhourly = 9\ndiscount = 0.2\n";
        cost(&format!("{plan}[network]\n[database.main]\nclass = \"{class}\""))
            .lines()
            .filter(|(_, line)| line.covered_by.is_some())
            .count()
    };
    assert_eq!(["db.m7g.large", "db.r7g.large", "db.m6g.large", "db.t4g.medium"].map(of), [1, 1, 0, 0]);
}

#[test]
fn a_difference_is_after_less_before_whatever_is_covered() {
    let of = |class: &str, count: u32| {
        cost(&format!(
            "{}[network]\n[database.main]\nclass = \"{class}\"",
            reserved(&format!("class = \"db.t4g.medium\"\ncount = {count}"))
        ))
    };
    for (before, after) in [
        (of("db.t4g.medium", 1), of("db.t4g.large", 1)),
        (of("db.t4g.large", 1), of("db.m6g.large", 2)),
        (of("db.t4g.micro", 3), of("db.t4g.large", 2)),
    ] {
        assert_eq!(Difference::of(&before, &after).list, after.total().list - before.total().list);
    }
}

#[test]
fn environments_share_what_their_account_is_committed_to() {
    let text = format!("{}[network]\n[database.main]\nclass = \"db.t4g.medium\"", reserved("class = \"db.t4g.medium\"\ncount = 3"));
    let (graph, usage, region) = stack(&text);
    let both = price_together(&[(estate(&graph, &region), &usage), (estate(&graph, &region), &usage)], Catalog::embedded(), TODAY);
    assert_eq!((used(&both[0]), used(&both[1])), (vec!["commitment.main 1,460 of 2,190 hour".to_owned()], vec![]));
    assert_eq!(both.iter().map(|cost| lines(cost, "reserved.").len()).collect::<Vec<_>>(), [1, 0], "it is paid once");
    assert_eq!(lines(&both[1], "rds.instance."), ["730 hour by commitment.main $0.00"]);
    // In another region it is another one.
    let (there, other, region_there) = stack(&format!("region = \"eu-west-1\"\n{text}"));
    let apart = price_together(&[(estate(&graph, &region), &usage), (estate(&there, &region_there), &other)], Catalog::embedded(), TODAY);
    assert_eq!(apart.iter().map(|cost| lines(cost, "reserved.").len()).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn a_year_has_what_begins_in_it() {
    let text =
        format!("{}[network]\n[database.main]\nclass = \"db.t4g.medium\"", reserved("class = \"db.t4g.medium\"\nbegins = \"2027-03-15\""));
    let (graph, usage, region) = stack(&text);
    let estate = estate(&graph, &region);
    let now = price(&estate, &usage, Catalog::embedded(), TODAY);
    assert_eq!((used(&now), lines(&now, "rds.instance.")), (vec![], vec!["730 hour $47.45".to_owned()]));
    let year = year(&now, &estate, &usage, Catalog::embedded());
    // Four months on demand, from December to March, and eight at $0.0465 an hour.
    let rises = Decimal::from(8 * 730) * (number("0.0465").unwrap() - number("0.065").unwrap());
    assert_eq!(year.rises.likely.dollars().normalize(), rises.normalize());
    let days = year.changes.iter().map(|change| (change.day.as_str(), change.address.as_str())).collect::<Vec<_>>();
    assert_eq!(days, [("2027-03-15", "commitment.main"), ("2027-03-15", "database.main.instance")]);
}

#[test]
fn wrong_commitments_are_refused_where_they_stand() {
    let of = |text: &str| {
        let text = format!("[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[stack.commitment.main]\n{text}");
        let found = modules::validate(Source::new("stack.toml", text), None, &[]).diagnostics;
        found.into_iter().filter(|one| one.is_error()).map(|one| format!("{} {}", one.code, one.path)).collect::<Vec<_>>().join(", ")
    };
    for (text, wanted) in [
        ("service = \"rds\"\nclass = \"db.t4g.medium\"\nengine = \"mysql\"\ncount = 0", "TYPE003 stack.commitment.main.count"),
        ("service = \"rds\"\nclass = \"db.t4g.medium\"\nengine = \"mysql\"\nyears = 2", "TYPE003 stack.commitment.main.years"),
        ("service = \"rds\"\nclass = \"db.t4g.medium\"\nengine = \"mysql\"\nyears = 3", "COM001 stack.commitment.main.payment"),
        ("service = \"rds\"\nclass = \"db.t4g.medium\"\nengine = \"sqlserver\"", "COM002 stack.commitment.main.engine"),
        ("service = \"rds\"\nclass = \"db.t4g.tiny\"\nengine = \"mysql\"", "COM002 stack.commitment.main.class"),
        ("service = \"rds\"\nclass = \"db.t4g.medium\"", "COM001 stack.commitment.main"),
        ("service = \"rds\"\nclass = \"db.t4g.medium\"\nengine = \"mysql\"\nhourly = -1", "TYPE003 stack.commitment.main.hourly"),
        ("service = \"rds\"\nclass = \"db.t4g.medium\"\nengine = \"mysql\"\nupfront = 9", "COM001 stack.commitment.main.upfront"),
        ("service = \"rds\"\nclass = \"db.t4g.medium\"\nengine = \"mysql\"\ndiscount = 0.1", "COM001 stack.commitment.main.discount"),
        (
            "service = \"rds\"\nclass = \"db.t4g.medium\"\nengine = \"mysql\"\nbegins = \"2026-13-01\"",
            "COM001 stack.commitment.main.begins",
        ),
        ("service = \"opensearch\"\nclass = \"m6g.large\"", "COM002 stack.commitment.main.class"),
        ("service = \"opensearch\"\nclass = \"m6g.large.search\"\nengine = \"redis\"", "COM001 stack.commitment.main.engine"),
        ("service = \"compute-savings-plan\"", "COM001 stack.commitment.main"),
        ("service = \"compute-savings-plan\"\nhourly = 0.0001", "TYPE003 stack.commitment.main.hourly"),
        ("service = \"compute-savings-plan\"\nhourly = 1\ndiscount = 1", "TYPE003 stack.commitment.main.discount"),
        ("service = \"ec2\"", "COM002 stack.commitment.main.service"),
        ("service = \"sagemaker\"", "TYPE002 stack.commitment.main.service"),
        ("service = \"compute-savings-plan\"\nhourly = 1", ""),
    ] {
        assert_eq!(of(text), wanted, "{text}");
    }
}

/// A stack with two databases, a cache and a service, and what its account is committed to.
fn scenes() -> impl Strategy<Value = (String, String)> {
    let class = || prop_oneof![Just("micro"), Just("medium"), Just("large"), Just("xlarge")];
    let databases = proptest::collection::vec((class(), any::<bool>()), 1..3).prop_map(|all| {
        let one = |(at, (class, standby)): (usize, (&str, bool))| {
            format!("[database.d{at}]\nclass = \"db.t4g.{}\"\nmulti_az = {standby}\n", class.replace("xlarge", "2xlarge"))
        };
        all.into_iter().enumerate().map(one).collect::<String>()
    });
    let service = (1u32..4, 1u32..9).prop_map(|(min, more)| {
        format!("[service.api]\nimage = \"nginx:1.29\"\ncpu = 512\nmemory = 1024\nscale = {{ min = {min}, max = {} }}\n", min + more)
    });
    let reservations = proptest::collection::vec((class(), any::<bool>(), 1u32..4, 0u32..200), 0..3).prop_map(|all| {
        let one = |(at, (class, standby, count, price)): (usize, (&str, bool, u32, u32))| {
            let class = class.replace("xlarge", "2xlarge");
            format!("[stack.commitment.r{at}]\nservice = \"rds\"\nengine = \"postgres\"\nclass = \"db.t4g.{class}\"\nmulti_az = {standby}\ncount = {count}\nhourly = 0.{price:03}\n")
        };
        all.into_iter().enumerate().map(one).collect::<String>()
    });
    let plans = proptest::collection::vec((1u32..400, 0u32..70), 0..3).prop_map(|all| {
        let one = |(at, (cents, off)): (usize, (u32, u32))| {
            format!("[stack.commitment.p{at}]\nservice = \"compute-savings-plan\"\nhourly = 0.{cents:03}\ndiscount = 0.{off:02}\n")
        };
        all.into_iter().enumerate().map(one).collect::<String>()
    });
    (databases, service, reservations, plans).prop_map(|(databases, service, reservations, plans)| {
        (format!("{reservations}{plans}"), format!("[network]\n{databases}{service}"))
    })
}

/// What a bill has of each key on demand: quantities, and what they cost.
fn by_key(cost: &Cost) -> BTreeMap<(String, String), Range<Decimal>> {
    let mut keys = BTreeMap::<_, Range<Decimal>>::new();
    for (address, line) in cost.lines().filter(|(address, _)| address.module() != "commitment") {
        let sum = keys.entry((address.to_string(), line.key.clone())).or_default();
        *sum = sum.with(line.quantity, |one, other| one + other);
    }
    keys
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..Default::default() })]
    #[test]
    fn what_is_covered_and_what_is_not_add_up_and_a_busier_month_costs_no_less((committed, tables) in scenes()) {
        let (with, without) = (cost(&format!("{committed}{tables}")), cost(&tables));
        let near = |one: Decimal, other: Decimal| (one - other).abs() < Decimal::new(1, 9);
        let (parts, wholes) = (by_key(&with), by_key(&without));
        prop_assert_eq!(parts.len(), wholes.len());
        for (key, whole) in &wholes {
            let part = parts[key];
            prop_assert!(near(part.low, whole.low) && near(part.likely, whole.likely) && near(part.high, whole.high), "{key:?}: {part:?} {whole:?}");
        }
        // Nothing but what is covered costs less, at the price that it has.
        let price = |line: &Line| match &line.price {
            Rated::Priced(_) => Catalog::embedded().price("us-east-1", &line.key).map(|price| price.first().dollars()).unwrap_or_default(),
            Rated::Unpriced(_) => Decimal::ZERO,
        };
        let covered = with.lines().filter(|(_, line)| line.covered_by.is_some()).map(|(_, line)| line.quantity.likely * price(line)).sum::<Decimal>();
        let paid = with.items.iter().filter(|item| item.kind == "commitment").map(|item| item.total().list.likely).sum::<Money>();
        let (with_all, without_all) = (with.total().list, without.total().list);
        prop_assert!(near(with_all.likely.dollars(), (without_all.likely + paid).dollars() - covered), "{with_all:?} {without_all:?} {paid} {covered}");
        let rises = |total: Total| Money::ZERO <= total.list.low && total.list.low <= total.list.likely && total.list.likely <= total.list.high;
        for (address, line) in with.lines() {
            prop_assert!(rises(line.total()), "{address} {line:?}");
        }
        prop_assert!(with.by_module().into_values().all(rises) && with.by_service().into_values().all(rises) && rises(with.total()));
        for pledge in &with.commitments {
            let used = pledge.used.unwrap();
            prop_assert!(used.low <= used.likely + Decimal::new(1, 9) && used.likely <= used.high + Decimal::new(1, 9), "{pledge:?}");
            prop_assert!(used.low >= Decimal::ZERO && used.high <= pledge.committed + Decimal::new(1, 9), "{pledge:?}");
        }
    }
}
