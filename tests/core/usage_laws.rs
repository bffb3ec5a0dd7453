//! The laws of `[usage]`: what is said of a module is billed once, by those of its resources that bill it, or remarked on; and a
//! busier month costs no less, in any part of the bill.

use super::price_laws::{graph, node};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use trueup::core::address::Address;
use trueup::core::bill::{Basis, Cost, Line, Rated, Total};
use trueup::core::code::{Example, lay_over};
use trueup::core::expand::expand;
use trueup::core::graph::{Graph, Node};
use trueup::core::identity::Scope;
use trueup::core::money::{Decimal, Money, Range};
use trueup::core::source::Source;
use trueup::core::usage::{Amount, Bounds, Remark, Usage};
use trueup::core::view::View;
use trueup::kinds::{self, KINDS};
use trueup::pricing::Estate;
use trueup::pricing::catalog::{Catalog, Tier};
use trueup::pricing::cost::price;
use trueup::pricing::unbilled::{Unbilled, unbilled};

const TODAY: &str = "2026-11-21";

/// Several of each module, which differ in what AWS bills.
const MANY: &str = r#"
[stack]
name = "many"
region = "us-east-1"
[network]
nat = "per-zone"
endpoints = ["s3", "ecr.api", "logs"]
[database.main]
logs = ["postgresql"]
[database.other]
class = "db.m5.large"
logs = []
monitoring_interval = 0
storage = 100
[cache.kept]
snapshot_days = 5
[cache.more]
snapshot_days = 3
[cache.plain]
snapshot_days = 1
[storage.files]
infrequent_days = 30
[storage.other]
[storage.site.cdn]
index = "index.html"
[service.api]
image = "nginx:1"
port = 80
scale = { min = 2, max = 6 }
[service.worker]
image = "nginx:1"
tasks = 3
subnets = "public"
[service.second]
image = "nginx:1"
subnets = "public"
[service.gate]
image = "nginx:1"
port = 80
[service.other]
image = "nginx:1"
scale = { min = 1, max = 9 }
[resource.archive-a]
kind = "s3.bucket"
lifecycle_rules = [{ id = "cold", transitions = [
    { days = 30, storage_class = "STANDARD_IA" }, { days = 60, storage_class = "INTELLIGENT_TIERING" },
    { days = 90, storage_class = "GLACIER_IR" }, { days = 180, storage_class = "GLACIER" }, { days = 270, storage_class = "DEEP_ARCHIVE" },
] }, { id = "one-zone", prefix = "x/", transitions = [{ days = 30, storage_class = "ONEZONE_IA" }] }]
[resource.archive-b]
kind = "s3.bucket"
lifecycle_rules = [{ id = "cold", transitions = [
    { days = 30, storage_class = "STANDARD_IA" }, { days = 60, storage_class = "INTELLIGENT_TIERING" },
    { days = 90, storage_class = "GLACIER_IR" }, { days = 180, storage_class = "GLACIER" }, { days = 270, storage_class = "DEEP_ARCHIVE" },
] }, { id = "one-zone", prefix = "x/", transitions = [{ days = 30, storage_class = "ONEZONE_IA" }] }]
[monitoring]
"#;

/// The stack, and beside it pairs of what no module makes.
fn many() -> Graph {
    let (mut graph, _) = parsed("many", MANY, None);
    let query = "SELECT AVG(CPUUtilization) FROM \"AWS/ECS\" GROUP BY ServiceName";
    for pair in ["a", "b"] {
        let balancer = format!("${{pair.balancer-{pair}.arn}}");
        let listener = |at: u16, protocol: &str| json!({ "load_balancer_arn": balancer, "port": 1000 + at, "protocol": protocol });
        let network = json!({ "type": "network", "scheme": "internal", "subnet_ids": ["subnet-1"], "cross_zone": true });
        let metrics = json!([{ "id": "q1", "expression": query, "return_data": true }]);
        let alarm =
            json!({ "namespace": null, "metric_name": null, "period": null, "statistic": null, "dimensions": {}, "metrics": metrics });
        let nodes = [
            ("balancer", "elbv2.load_balancer", network),
            ("tcp", "elbv2.listener", listener(0, "TCP")),
            ("udp", "elbv2.listener", listener(1, "UDP")),
            ("tls", "elbv2.listener", listener(2, "TLS")),
            ("alarm", "cloudwatch.alarm", alarm),
            ("database", "rds.instance", json!({ "publicly_accessible": true, "performance_insights_enabled": true })),
        ];
        for (name, kind, spec) in nodes {
            graph.add(node(&format!("pair.{name}-{pair}"), kind, spec)).unwrap();
        }
    }
    graph
}

fn parsed(name: &str, text: &str, env: Option<&str>) -> (Graph, Usage) {
    let stack = trueup::modules::parse(Source::new(name, text), env, &[]).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    (expand(&stack).unwrap_or_else(|wrong| panic!("{}", wrong.render(false))), stack.usage)
}

/// The stacks, templates and examples of this repository, in each of their environments, and one with several of each module.
fn stacks() -> Vec<(String, Graph)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![("many".to_owned(), many())];
    for folder in ["stacks", "templates", "examples"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                let (name, text) = (path.display().to_string(), std::fs::read_to_string(&path).unwrap());
                let envs = trueup::core::file::environments(&Source::new(&*name, &*text));
                for env in envs.iter().map(|env| Some(env.as_str())).chain(envs.is_empty().then_some(None)) {
                    found.push((format!("{name} {env:?}"), parsed(&name, &text, env).0));
                }
            }
        }
    }
    found
}

/// Every example of every kind, and every variation of it that AWS takes.
fn examples() -> Vec<Node> {
    let mut nodes = Vec::new();
    for (at, entry) in KINDS.iter().enumerate().filter(|(_, entry)| !entry.row.usage.is_empty()) {
        let right = (entry.row.codes)().into_iter().flat_map(|code| match code.example {
            Example::Spec { right, .. } => right,
            Example::Stack { .. } | Example::Readiness { .. } | Example::Scenario(_) | Example::Test(_) => &[],
        });
        let specs = right.filter_map(|fields| {
            let Ok(Value::Object(fields)) = serde_json::from_str(fields) else { return None };
            let mut spec = (entry.row.example)();
            lay_over(&mut spec, &fields);
            Some(spec)
        });
        for (other, spec) in [(entry.row.example)()].into_iter().chain(specs).enumerate() {
            let address = Address::parse(&format!("example.k{at}-{other}")).unwrap();
            nodes.push(Node::new(address, &entry.row, &spec, "test").unwrap());
        }
    }
    nodes
}

/// Graphs that each measure of is tried by itself: a whole stack, and some examples of each kind alone.
fn few() -> Vec<(String, Graph)> {
    let alone = examples().into_iter().filter(varied).map(|node| (format!("{} {}", node.kind.name, node.spec), graph([node])));
    [("many".to_owned(), many())].into_iter().chain(alone).collect()
}

/// Takes some examples of each kind, so that there are not too many.
fn varied(node: &Node) -> bool {
    node.address.as_str().rsplit('-').next().is_some_and(|number| number.parse::<usize>().is_ok_and(|number| number < 5))
}

fn number(amount: u32) -> Amount {
    Amount::Number(amount.into())
}

/// Amounts of a label, where nothing else is assumed.
fn of(label: &str, amounts: impl IntoIterator<Item = (&'static str, Amount)>) -> Usage {
    let amounts = amounts.into_iter().map(|(measure, amount)| (measure.to_owned(), amount));
    Usage { tables: BTreeMap::from([(label.to_owned(), amounts.collect())]), bare: true, ..Usage::default() }
}

fn estate(graph: &Graph) -> Estate<'_> {
    Estate::wanted(graph, "us-east-1", &kinds::priced)
}

fn cost(estate: &Estate<'_>, usage: &Usage) -> Cost {
    price(estate, usage, Catalog::embedded(), TODAY)
}

/// The labels that something can be said of, with the measures of what lies below them; a module of one resource is left out
/// beside it.
fn labels(graph: &Graph) -> BTreeMap<String, BTreeSet<&'static str>> {
    let mut found = BTreeMap::<_, BTreeSet<_>>::new();
    let metered = |label: &str| graph.below(label).filter(|node| !node.kind.usage.is_empty()).count();
    for node in graph.nodes() {
        let address = node.address.as_str();
        let above = address.match_indices('.').map(|(at, _)| &address[..at]).filter(|label| metered(label) > 1).chain([address]);
        for label in above.filter(|_| !node.kind.usage.is_empty()) {
            found.entry(label.to_owned()).or_default().extend(node.kind.usage.iter().map(|measure| measure.name));
        }
    }
    found
}

fn quantities(cost: &Cost) -> BTreeMap<(String, String), Decimal> {
    let mut sums = BTreeMap::<_, Decimal>::new();
    for (address, line) in cost.lines() {
        *sums.entry((address.to_string(), line.key.clone())).or_default() += line.quantity.likely;
    }
    sums
}

/// The addresses that have lines of what is said of a label, by the number of those that share it, as the lines say.
fn sharers(cost: &Cost, label: &str, measure: &str) -> BTreeSet<(String, usize)> {
    let words = format!("in [usage.\"{label}\"]");
    let mut found = BTreeSet::new();
    for (address, line) in cost.lines() {
        let (Basis::Usage(text) | Basis::Scaled(text)) = &line.basis else { continue };
        for (before, after) in text.match_indices(&words).map(|(at, _)| (&text[..at], &text[at + words.len()..])) {
            if before.rsplit("; ").next().unwrap().starts_with(&format!("{measure} = ")) {
                let count = after
                    .strip_prefix(", shared by ")
                    .map_or(1, |rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap());
                found.insert((address.to_string(), count));
            }
        }
    }
    found
}

/// The amounts that are tried: far beyond what is free, but no more tasks than there are.
fn tried(measure: &str) -> (u32, u32) {
    match measure {
        "tasks" => (4, 8),
        // One query reads ten thousand at the most.
        "metrics_analyzed" => (1_000, 2_000),
        _ => (1_000_000, 2_000_000),
    }
}

#[test]
fn an_amount_is_shared_by_all_who_bill_it_and_by_nobody_else() {
    let mut shared = BTreeSet::new();
    for (name, graph) in stacks().into_iter().chain([("examples".to_owned(), graph(examples()))]) {
        let estate = estate(&graph);
        let several = |(label, _): &(String, BTreeSet<&str>)| graph.below(label).nth(1).is_some();
        for (label, measures) in labels(&graph).into_iter().filter(several) {
            // Amounts of single classes leave nothing to those of all classes together.
            let (together, each) =
                measures.into_iter().partition::<BTreeSet<_>, _>(|measure| ["moved_objects", "retrieved_gb"].contains(measure));
            for measures in [each, together] {
                let cost = cost(&estate, &of(&label, measures.iter().map(|measure| (*measure, number(tried(measure).1)))));
                for measure in measures {
                    let sharers = sharers(&cost, &label, measure);
                    // So many equal shares are the whole.
                    let wrong = sharers.iter().find(|(_, count)| *count != sharers.len());
                    assert_eq!(wrong, None, "{name}: {measure} of {label} is billed by {sharers:?}");
                    if sharers.len() > 1 {
                        shared.insert(measure);
                    }
                }
            }
        }
    }
    let known = KINDS.iter().flat_map(|entry| entry.row.usage).map(|measure| measure.name).collect::<BTreeSet<_>>();
    assert_eq!(known.difference(&shared).collect::<Vec<_>>(), Vec::<&&str>::new(), "these are shared nowhere");
}

#[test]
fn the_quantities_of_a_module_are_those_of_one_resource_that_takes_all() {
    let mut compared = BTreeSet::new();
    let wholes = few().into_iter().take(1).chain([("examples".to_owned(), graph(examples().into_iter().filter(varied)))]);
    for (name, graph) in wholes {
        let estate = estate(&graph);
        let added = |label: &str, measure: &'static str| {
            let (less, more) = tried(measure);
            let [less, more] = [less, more].map(|amount| quantities(&cost(&estate, &of(label, [(measure, number(amount))]))));
            let added = more.into_iter().map(|(place, more)| {
                let less = less.get(&place).copied().unwrap_or_default();
                (place, more - less)
            });
            added.filter(|(_, added)| !added.is_zero()).collect::<BTreeMap<_, _>>()
        };
        let several = |(label, _): &(String, BTreeSet<&str>)| graph.below(label).nth(1).is_some();
        for (label, measures) in labels(&graph).into_iter().filter(several) {
            for measure in measures {
                let together = added(&label, measure);
                let addresses = together.keys().map(|(address, _)| address.clone()).collect::<BTreeSet<_>>();
                let mut keys = BTreeMap::<_, Decimal>::new();
                together.iter().for_each(|((_, key), quantity)| *keys.entry(key.clone()).or_default() += quantity);
                let alone = addresses.iter().map(|address| added(address, measure)).collect::<Vec<_>>();
                for (key, all) in keys {
                    let each = alone.iter().map(|one| one.iter().filter(|((_, of), _)| *of == key).map(|(_, quantity)| *quantity).sum());
                    let each = each.collect::<BTreeSet<Decimal>>();
                    // Where resources differ in how much they make of an amount, such as kept snapshots, the shares decide.
                    let (least, most) = (*each.first().unwrap(), *each.last().unwrap());
                    let near = Decimal::new(1, 6);
                    assert!(least - near <= all && all <= most + near, "{name}: {measure} of {label}: {all} of {key}, alone {each:?}");
                    compared.insert(measure);
                }
            }
        }
    }
    assert!(compared.len() > 20, "{compared:?}");
}

#[test]
fn an_amount_changes_the_bill_or_is_remarked_on_with_a_reason() {
    let mut idle = BTreeSet::new();
    for (name, graph) in few() {
        let estate = estate(&graph);
        // The rules look at what a view shows, which is the same.
        let scope = Scope { stack: "s".into(), env: "e".into(), account: String::new(), region: "us-east-1".into() };
        let shown = Estate::of_view(&View::of_graph(&graph, scope), &kinds::priced);
        for (label, measures) in labels(&graph) {
            let all = of(&label, measures.iter().map(|measure| (*measure, number(tried(measure).1))));
            assert_eq!(unbilled(&shown, &all), unbilled(&estate, &all), "{name}: {label}");
            for measure in measures {
                let (less, more) = tried(measure);
                let says = |amount: u32| of(&label, [(measure, number(amount))]);
                let Unbilled { unknown, idle: found, bounded, parts } = unbilled(&estate, &says(more));
                let changes = quantities(&cost(&estate, &says(less))) != quantities(&cost(&estate, &says(more)));
                assert_eq!((unknown, parts), (vec![], vec![]), "{name}: {label} has {measure}");
                assert_eq!(found.is_empty(), changes || !bounded.is_empty(), "{name}: {measure} of {label}: {found:?}");
                assert!(bounded.is_empty() || measure == "tasks", "{name}: {measure} of {label}: {bounded:?}");
                for remark in found {
                    let vague = remark.message.ends_with("no resource there makes a charge of it");
                    assert!(!vague, "{name}: {label}: the measure {measure} does not say why nothing comes of it");
                    idle.insert(measure);
                }
                assert_eq!(unbilled(&estate, &says(0)).idle, vec![], "nothing is lost of nothing");
            }
        }
    }
    for measure in ["glacier_deep_gb", "task_sent_gb", "cpu_credit_hours", "database_log_gb", "tasks", "endpoint_gb", "insights_metrics"] {
        assert!(idle.contains(measure), "{measure} is billed everywhere");
    }
}

/// What is beyond a limit, and parts that are more than their whole, are said; how much is billed stands beside it.
#[test]
fn an_amount_that_cannot_be_is_remarked_on() {
    let graph = many();
    let estate = estate(&graph);
    let usage = |text: &str| Usage { tables: toml::from_str(text).unwrap(), bare: true, ..Usage::default() };
    let said = |label: &str, text: &str| {
        let Unbilled { unknown, idle, bounded, parts } = unbilled(&estate, &usage(&format!("[{label}]\n{text}")));
        assert_eq!((unknown, idle), (vec![], vec![]), "{text}");
        let words = |remarks: Vec<Remark>| remarks.into_iter().map(|one| one.message).collect::<Vec<_>>();
        (words(bounded), words(parts))
    };
    let none = || (Vec::<String>::new(), Vec::<String>::new());
    assert_eq!(said("pair", "metrics_analyzed = 20000"), none(), "two queries share it");
    let (bounded, parts) = said("pair", "metrics_analyzed = 20001");
    assert!(parts.is_empty() && bounded[0].ends_with("a Metrics Insights query reads 10,000 metrics at the most"), "{bounded:?}");
    let read = |text: &str| {
        let lines = cost(&estate, &usage(text)).items.into_iter().flat_map(|item| item.lines);
        lines.filter(|line| line.key.ends_with("metrics_insights")).map(|line| line.quantity.likely).sum::<Decimal>()
    };
    assert_eq!(read("[pair]\nmetrics_analyzed = 50000"), Decimal::from(20_000));
    for (label, whole, part, of) in [
        ("network", "nat_gb", "nat_sent_gb", "`nat_gb`"),
        ("network", "nat_gb", "nat_cross_zone_gb", "`nat_gb`"),
        ("pair", "requests", "tls_requests", "`requests`"),
        ("pair", "active_connections", "udp_active_connections", "`active_connections`"),
        ("pair", "received_gb = 0\nanswered_gb", "tls_gb", "`answered_gb` and `received_gb`"),
        ("pair", "received_gb = 0\nanswered_gb", "balancer_cross_zone_gb", "`answered_gb` and `received_gb`"),
        ("resource", "retrieved_gb", "glacier_deep_retrieved_gb", "`retrieved_gb`"),
        ("resource", "moved_objects", "standard_ia_moved_objects", "`moved_objects`"),
    ] {
        assert_eq!(said(label, &format!("{whole} = 1000\n{part} = 1000")), none(), "{part}");
        assert_eq!(said(label, &format!("{part} = 1000")), none(), "{part}");
        let more = said(label, &format!("{whole} = 1000\n{part} = {{ likely = 1000, high = 1001 }}"));
        let message = format!("`{part}` says more of `{label}` than there is: it is part of {of}");
        assert_eq!(more, (vec![], vec![message]));
    }
    let (bounded, parts) = said("pair", "requests = 10\ntls_requests = 6\nudp_requests = 6");
    assert_eq!((bounded.len(), parts.len()), (0, 2), "both together are more");
}

#[test]
fn what_each_resource_says_for_itself_leaves_nothing_to_a_module() {
    let (graph, _) = parsed("many", MANY, None);
    let usage = |text: &str| Usage { tables: toml::from_str(text).unwrap(), ..Usage::default() };
    let idle = |text: &str| {
        let found = unbilled(&Estate::wanted(&graph, "us-east-1", &kinds::priced), &usage(text));
        found.idle.into_iter().map(|one| format!("{} {}", one.label, one.message)).collect::<Vec<_>>()
    };
    let own =
        "[\"storage.files.bucket\"]\nstored_gb = 5\n[\"storage.other.bucket\"]\nstored_gb = 5\n[\"storage.site.bucket\"]\nstored_gb = 0\n";
    assert_eq!(
        idle(&format!("[storage]\nstored_gb = 9\n{own}")),
        ["storage nothing in `storage` is billed by `stored_gb`: each resource there has an amount of its own"]
    );
    assert_eq!(idle("[storage]\nstored_gb = 9\n[\"storage.files.bucket\"]\nstored_gb = 5"), Vec::<String>::new());
}

fn rises<T: PartialOrd>(range: &Range<T>) -> bool {
    range.low <= range.likely && range.likely <= range.high
}

/// What AWS bills for all of a key.
fn whole(tiers: &[Tier], quantity: Decimal) -> Money {
    let ends = tiers.iter().skip(1).map(|tier| tier.from).chain([Decimal::MAX]);
    let parts = tiers.iter().zip(ends).map(|(tier, end)| tier.usd * (quantity.min(end) - tier.from).max(Decimal::ZERO));
    parts.sum::<Money>().fixed()
}

/// Holds a cost to all that must be true of it and of its parts.
fn lawful(cost: &Cost) -> Result<(), TestCaseError> {
    let total = |total: &Total| (total.list, total.free, total.after_free());
    let rising = |all: &Total| {
        let (list, free, after) = total(all);
        rises(&list) && rises(&free) && rises(&after) && Money::ZERO <= free.low && Money::ZERO <= after.low
    };
    let mut keys = BTreeMap::<_, (Range<Decimal>, Range<Money>)>::new();
    for (address, line) in cost.lines() {
        prop_assert!(rises(&line.quantity), "{address} {}: {:?}", line.key, line.quantity);
        prop_assert!(rising(&line.total()), "{address} {}: {:?}", line.key, line.total());
        let Rated::Priced(priced) = &line.price else { continue };
        let (quantity, money) = keys.entry((&line.region, &line.key)).or_default();
        *quantity = quantity.with(line.quantity, |one, other| one + other);
        *money = *money + priced.cost;
        let banded = priced.bands.iter().map(|band| band.quantity).sum::<Decimal>();
        prop_assert!((banded - line.quantity.likely).abs() < Decimal::new(1, 9), "{address} {}: {:?}", line.key, priced.bands);
        let worth = priced.bands.iter().map(|band| band.usd * band.quantity).sum::<Money>();
        prop_assert!((worth - priced.cost.likely).dollars().abs() < Decimal::new(1, 9), "{address} {}: {:?}", line.key, priced);
    }
    for ((region, key), (quantity, money)) in keys {
        let price = Catalog::embedded().price(region, key).unwrap();
        prop_assert_eq!(money, quantity.map(|quantity| whole(&price.tiers, quantity)), "{} in {}", key, region);
    }
    let sums = [
        cost.items.iter().map(|item| item.total()).collect::<Vec<_>>(),
        cost.by_module().into_values().collect(),
        cost.by_service().into_values().collect(),
    ];
    for parts in sums {
        prop_assert!(parts.iter().all(rising), "{parts:?}");
        prop_assert_eq!(parts.into_iter().sum::<Total>(), cost.total());
    }
    Ok(())
}

#[test]
fn a_busier_month_costs_no_less_where_nothing_is_said() {
    for (name, graph) in stacks().into_iter().chain([("examples".to_owned(), graph(examples()))]) {
        for region in ["us-east-1", "ap-northeast-1", "eu-north-1"] {
            let cost = price(&Estate::wanted(&graph, region, &kinds::priced), &Usage::default(), Catalog::embedded(), TODAY);
            lawful(&cost).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
        }
    }
}

/// Amounts of a month, from none to far beyond every tier.
fn amount() -> impl Strategy<Value = Amount> {
    let number = prop_oneof![Just(0.0), 0.0..1e3, (0u32..100_000).prop_map(f64::from), 1e3..1e7, 1e6..1e11];
    (number.clone(), number.clone(), number).prop_map(|(one, two, three)| {
        let mut sorted = [one, two, three];
        sorted.sort_by(f64::total_cmp);
        let [low, likely, high] = sorted;
        Amount::Range(Bounds { low: Some(low), likely, high: Some(high) })
    })
}

/// A stack, the labels with their measures, and amounts for some of them.
fn scenes() -> impl Strategy<Value = (Graph, Usage)> {
    let flagship = include_str!("../../stacks/registry.toml");
    let graphs = [many(), parsed("registry.toml", flagship, Some("production")).0, graph(examples())];
    let places = graphs.each_ref().map(|graph| {
        let labels = labels(graph).into_iter();
        labels.flat_map(|(label, measures)| measures.into_iter().map(move |measure| (label.clone(), measure))).collect::<Vec<_>>()
    });
    (0..graphs.len(), any::<bool>()).prop_flat_map(move |(which, bare)| {
        let (graph, places) = (graphs[which].clone(), places[which].clone());
        let some = proptest::collection::vec((proptest::sample::select(places), amount()), 0..30);
        some.prop_map(move |some| {
            let mut usage = Usage { bare, ..Usage::default() };
            for ((label, measure), amount) in some {
                usage.tables.entry(label).or_default().insert(measure.to_owned(), amount);
            }
            (graph.clone(), usage)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..Default::default() })]
    #[test]
    fn a_busier_month_costs_no_less_in_any_part(scene in scenes()) {
        let (graph, usage) = scene;
        for region in ["us-east-1", "eu-west-1"] {
            lawful(&price(&Estate::wanted(&graph, region, &kinds::priced), &usage, Catalog::embedded(), TODAY))?;
        }
    }
}

#[test]
fn the_worked_examples_of_what_was_lost() {
    let (graph, _) = parsed("many", MANY, None);
    let added = |label: &str, measure: &'static str, amount: u32, key: &str| {
        let cost = cost(&estate(&graph), &of(label, [(measure, number(amount))]));
        let lines = cost.lines().map(|(_, line)| line).filter(|line| line.key == key);
        lines.map(|line: &Line| line.total().list.likely).sum::<Money>().to_string()
    };
    // Of three endpoints one is a gateway, which bills nothing.
    assert_eq!(added("network", "endpoint_gb", 900, "vpc.endpoint.interface.gb"), "$9.00");
    assert_eq!(added("storage", "standard_ia_gb", 1_000, "s3.standard_ia.storage"), "$12.50");
    assert_eq!(added("database", "database_log_gb", 10, "cloudwatch.logs.ingest.standard"), "$5.00");
    // Of three caches two keep snapshots: five gigabytes four times, and five twice, at $0.085.
    assert_eq!(added("cache", "cache_snapshot_gb", 10, "elasticache.backup"), "$2.55");
}
