//! The laws of prices, for every kind and for whole stacks.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use trueup::core::address::Address;
use trueup::core::bar::Bar;
use trueup::core::bill::{Basis, Cost, Difference, Line, Once, PlanCost, Rated, Sense, Total, Unpriced};
use trueup::core::expand::{check, expand};
use trueup::core::graph::{Graph, Node};
use trueup::core::identity::{Claim, Scope};
use trueup::core::kind::Row;
use trueup::core::money::{Decimal, Money, Range};
use trueup::core::plan::{Action, Plan};
use trueup::core::planner::{self, Policy};
use trueup::core::reference;
use trueup::core::sealed::{Sealed, seal};
use trueup::core::settings::Budget;
use trueup::core::snapshot::{Live, Snapshot, State};
use trueup::core::source::Source;
use trueup::core::usage::Usage;
use trueup::kinds::{self, KINDS};
use trueup::ops::holes::Holes;
use trueup::pricing::Estate;
use trueup::pricing::catalog::{Catalog, write};
use trueup::pricing::cost::price;
use trueup::pricing::plan::{Prices, price_plan};

const TODAY: &str = "2026-11-21";

pub(super) fn node(address: &str, kind: &str, spec: Value) -> Node {
    let row: &'static Row = &kinds::find(kind).unwrap().row;
    let mut whole = (row.example)();
    for (field, value) in spec.as_object().unwrap() {
        whole[field] = value.clone();
    }
    Node::new(Address::parse(address).unwrap(), row, &whole, "test").unwrap()
}

pub(super) fn graph(nodes: impl IntoIterator<Item = Node>) -> Graph {
    let mut graph = Graph::default();
    nodes.into_iter().for_each(|node| graph.add(node).unwrap());
    graph
}

fn cost(graph: &Graph, region: &str) -> Cost {
    price(&Estate::wanted(graph, region, &kinds::priced), &Usage::default(), Catalog::embedded(), TODAY)
}

/// The lines of one address as `what: likely quantity × key = likely cost`.
pub(super) fn lines(cost: &Cost, address: &str) -> Vec<String> {
    let item = cost.items.iter().find(|item| item.address.as_str() == address).unwrap();
    let line = |line: &Line| {
        let Range { low, likely, high } = line.quantity;
        let quantity = if line.quantity.is_one() {
            likely.normalize().to_string()
        } else {
            format!("{}/{}/{}", low.normalize(), likely.normalize(), high.normalize())
        };
        let amount = match &line.price {
            Rated::Priced(priced) => priced.cost.likely.to_string(),
            Rated::Unpriced(_) => "unpriced".into(),
        };
        format!("{} {} = {amount}", quantity, line.key)
    };
    item.lines.iter().map(line).collect()
}

fn stack(file: &str, env: Option<&str>) -> (Graph, Usage, String) {
    stack_with(file, env, &[])
}

fn stack_with(file: &str, env: Option<&str>, sets: &[String]) -> (Graph, Usage, String) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let stack = trueup::modules::parse(Source::new(file, text), env, sets).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let graph = expand(&stack).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    (graph, stack.usage, stack.settings.region)
}

#[test]
fn every_kind_has_a_price_or_says_why_it_is_free() {
    // One node of every kind, so that each finds the neighbours that its example names.
    let mut taken = BTreeSet::new();
    let nodes = KINDS.iter().map(|entry| {
        let (service, noun) = entry.row.name.split_once('.').unwrap();
        let address =
            format!("example.{}{}", noun.replace('_', "-"), if taken.insert(noun) { String::new() } else { format!(".{service}") });
        Node::new(Address::parse(&address).unwrap(), &entry.row, &(entry.row.example)(), "test").unwrap()
    });
    // A gateway endpoint is free, so the example of its kind is.
    let nodes = nodes.filter(|node| node.kind.name != "ec2.vpc_endpoint" && node.kind.name != "ecs.cluster");
    let mut graph = graph(nodes);
    graph
        .add(node("example.endpoint", "ec2.vpc_endpoint", json!({ "type": "Interface", "subnet_ids": ["${example.subnet.id}"] })))
        .unwrap();
    graph.add(node("example.cluster", "ecs.cluster", json!({ "container_insights": "enabled" }))).unwrap();
    let cost = cost(&graph, "us-east-1");
    for (node, item) in graph.nodes().zip(&cost.items) {
        let free = node.kind.about.free;
        assert_eq!(
            item.lines.is_empty(),
            !free.is_empty(),
            "{} has {} lines, and is free because of `{free}`",
            item.kind,
            item.lines.len()
        );
        for line in &item.lines {
            assert!(matches!(line.price, Rated::Priced(_)), "{} {}: {:?}", item.kind, line.key, line.price);
            assert!(!line.service.is_empty() && !line.what.is_empty());
        }
    }
    assert_eq!(cost.items.len(), KINDS.len());
}

#[test]
fn a_measure_means_the_same_wherever_it_is_used() {
    let mut seen = BTreeMap::new();
    for measure in KINDS.iter().flat_map(|entry| entry.row.usage) {
        assert!(measure.doc.ends_with('.') && !measure.unit.is_empty(), "{}", measure.name);
        if let Some([low, likely, high]) = measure.default {
            assert!(low <= likely && likely <= high, "{}", measure.name);
        }
        let first = *seen.entry(measure.name).or_insert(measure);
        let remedy = "a name is one key of [usage]: give this measure another name, or the same unit, default and text";
        assert_eq!(first, measure, "two kinds mean different things by `{}`: {remedy}", measure.name);
    }
}

#[test]
fn the_flagship_costs_what_its_list_says() {
    let list: Value = serde_json::from_str(include_str!("../../prices/flagship.json")).unwrap();
    let (graph, usage, region) = stack("stacks/registry.toml", Some("production"));
    let cost = price(&Estate::wanted(&graph, &region, &kinds::priced), &usage, Catalog::embedded(), TODAY);
    let mut sums = BTreeMap::<(String, String), (Decimal, Money)>::new();
    for (_, line) in cost.lines() {
        let (quantity, money) = sums.entry((line.region.clone(), line.key.clone())).or_default();
        *quantity += line.quantity.likely;
        *money += line.total().list.likely;
    }
    sums.retain(|_, (quantity, _)| !quantity.is_zero());
    let exact = |value: &Value| trueup::core::money::from_float(value.as_f64().unwrap()).unwrap();
    for line in list["lines"].as_array().unwrap() {
        let place = (line["region"].as_str().unwrap().to_owned(), line["sku_key"].as_str().unwrap().to_owned());
        let (quantity, money) = sums.remove(&place).unwrap_or_else(|| panic!("{place:?} is missing"));
        assert_eq!(quantity, exact(&line["qty"]), "{place:?}");
        // The list gives four decimals.
        assert!((money.dollars() - exact(&line["monthly_usd"])).abs() < Decimal::new(1, 4), "{place:?}: {money:?}");
    }
    assert_eq!(sums, BTreeMap::new(), "these are not in the list");
    let total = cost.total();
    assert!((total.list.likely.dollars() - exact(&list["total_usd"])).abs() < Decimal::new(1, 3), "{total:?}");
    assert_eq!((total.list.likely.to_string().as_str(), total.unpriced()), ("$110.39", 0));
    assert!(total.list.low <= total.list.likely && total.list.likely < total.list.high, "{total:?}");
}

#[test]
fn every_stack_template_and_example_is_priced_and_its_total_is_the_sum_of_its_lines() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["stacks", "templates", "examples"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let envs = trueup::core::file::environments(&Source::new(&*name, std::fs::read_to_string(&path).unwrap()));
            for env in envs.iter().map(|env| Some(env.as_str())).chain(envs.is_empty().then_some(None)) {
                let (graph, usage, region) = stack(&name, env);
                let cost = price(&Estate::wanted(&graph, &region, &kinds::priced), &usage, Catalog::embedded(), TODAY);
                let sum = cost.lines().map(|(_, line)| line.total().list.likely).sum::<Money>();
                assert_eq!(cost.total().list.likely, sum, "{name}");
                assert_eq!(cost.by_module().values().map(|total| total.list.likely).sum::<Money>(), sum, "{name}");
                assert_eq!(cost.by_service().values().map(|total| total.list.likely).sum::<Money>(), sum, "{name}");
                assert!(sum > Money::ZERO, "{name}");
                let again = price(&Estate::wanted(&graph, &region, &kinds::priced), &usage, Catalog::embedded(), TODAY);
                assert_eq!(again, cost);
                assert_eq!(serde_json::from_str::<Cost>(&serde_json::to_string(&cost).unwrap()).unwrap(), cost);
            }
        }
    }
}

#[test]
fn a_database_is_billed_by_its_own_rules() {
    let database = |spec: Value| {
        let cost = cost(&graph([node("database.main.instance", "rds.instance", spec)]), "us-east-1");
        lines(&cost, "database.main.instance")
    };
    let logs = json!({ "enabled_cloudwatch_logs_exports": [] });
    assert_eq!(
        database(logs.clone()),
        [
            "730 rds.instance.postgresql.single_az.db.t4g.micro = $11.68",
            "20/20/100 rds.storage.gp3.single_az = $2.30",
            "1 secretsmanager.secret.month = $0.40",
            "0/0.01/1 secretsmanager.api_requests = $0.00",
        ]
    );
    let with = |more: Value| {
        let mut spec = logs.clone();
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        database(spec)
    };
    let mysql = with(
        json!({ "engine": "mysql", "engine_version": "8.0", "instance_class": "db.t3.large", "multi_az": true, "allocated_storage": 400,
        "iops": 13000, "publicly_accessible": true }),
    );
    assert_eq!(
        mysql[..5],
        [
            "730 rds.instance.mysql.multi_az.db.t3.large = $198.56",
            "400 rds.storage.gp3.multi_az = $92.00",
            "1000 rds.iops.gp3.multi_az = $40.00",
            "2920 rds.extended_support.mysql.year_1_2.vcpu_hour = $292.00",
            "1 secretsmanager.secret.month = $0.40",
        ]
    );
    assert_eq!(mysql.last().unwrap(), "730 vpc.public_ipv4.in_use_hour = $3.65");
    // A standby costs what AWS says, which is not always twice as much: $94.90 here.
    let zones = |multi_az: bool, class: &str| with(json!({ "instance_class": class, "multi_az": multi_az }))[0].clone();
    assert_eq!(zones(false, "db.t4g.medium"), "730 rds.instance.postgresql.single_az.db.t4g.medium = $47.45");
    assert_eq!(zones(true, "db.t4g.medium"), "730 rds.instance.postgresql.multi_az.db.t4g.medium = $94.17");
    // A class without a Multi-AZ price is not twice its Single-AZ price.
    assert_eq!(zones(true, "db.r99.large"), "730 rds.instance.postgresql.multi_az.db.r99.large = unpriced");
}

fn service(service: Value, task: Value, more: Vec<Node>) -> Vec<String> {
    let mut base = json!({ "task_definition_arn": "${service.api.task.arn}", "subnet_ids": ["subnet-1"], "assign_public_ip": false });
    base.as_object_mut().unwrap().extend(service.as_object().unwrap().clone());
    let mut whole = json!({ "cpu": 1024, "memory": 2048 });
    whole.as_object_mut().unwrap().extend(task.as_object().unwrap().clone());
    let nodes = [node("service.api.service", "ecs.service", base), node("service.api.task", "ecs.task_definition", whole)];
    lines(&cost(&graph(nodes.into_iter().chain(more)), "us-east-1"), "service.api.service")
}

#[test]
fn tasks_are_billed_by_what_they_run_on_and_how_many_there_are() {
    assert_eq!(
        service(json!({ "desired_count": 3 }), json!({}), vec![]),
        ["2190 ecs.fargate.x86.vcpu_hour = $88.65", "4380 ecs.fargate.x86.gb_hour = $19.47"]
    );
    assert_eq!(
        service(json!({ "desired_count": 1 }), json!({ "cpu_architecture": "ARM64", "ephemeral_storage": 50 }), vec![]),
        [
            "730 ecs.fargate.arm.vcpu_hour = $23.64",
            "1460 ecs.fargate.arm.gb_hour = $5.20",
            "21900 ecs.fargate.ephemeral_storage.gb_hour = $2.43"
        ]
    );
    assert_eq!(
        service(json!({ "desired_count": 1 }), json!({ "operating_system_family": "WINDOWS_SERVER_2022_CORE" }), vec![]).last().unwrap(),
        "730 ecs.fargate.windows.os_license.vcpu_hour = $33.58"
    );
    let public =
        service(json!({ "desired_count": 2, "assign_public_ip": true, "subnet_ids": ["subnet-1", "subnet-2"] }), json!({}), vec![]);
    assert_eq!(
        public[2..],
        [
            "1460 vpc.public_ipv4.in_use_hour = $7.30",
            "0/1/10 datatransfer.out.internet = $0.09",
            "0/2/20 datatransfer.intra_region.gb = $0.02",
        ]
    );
}

#[test]
fn tasks_of_a_size_that_nobody_knows_cost_something() {
    let arn = |name: &str| format!("arn:aws:ecs:us-east-1:123456789012:task-definition/{name}:3");
    let elsewhere = |count: u32| {
        let spec = json!({
            "task_definition_arn": arn("elsewhere"), "desired_count": count, "assign_public_ip": true, "subnet_ids": ["subnet-1"],
        });
        graph([node("service.api.service", "ecs.service", spec)])
    };
    let two = cost(&elsewhere(2), "us-east-1");
    let lines = lines(&two, "service.api.service");
    assert_eq!(
        lines[..2],
        [format!("1460 ecs.fargate.unknown.{} = unpriced", arn("elsewhere")), "1460 vpc.public_ipv4.in_use_hour = $7.30".into()]
    );
    let Rated::Unpriced(Unpriced { reason, bound: None }) = &two.items[0].lines[0].price else { panic!("{two:?}") };
    assert!(reason.contains("the task definition is not in the stack"), "{reason}");
    assert_eq!((two.items[0].lines[0].service.as_str(), Holes::of([&two]).services().len()), ("AmazonECS", 0), "no list has it");
    assert_eq!(cost(&elsewhere(0), "us-east-1").total().unpriced(), 0, "none run");
    // An older revision of a family that the stack has is as large as its newest one.
    let before = graph([
        node("service.api.service", "ecs.service", json!({ "task_definition_arn": "${service.api.task.arn}", "desired_count": 1 })),
        node("service.api.task", "ecs.task_definition", json!({ "cpu": 1024, "memory": 2048 })),
    ]);
    let mut snapshot = live(&before);
    for live in snapshot.resources.values_mut().flatten() {
        match live.spec.get_mut("task_definition_arn") {
            Some(definition) => *definition = arn("web").into(),
            None => live.outputs.extend([("family".to_owned(), "web".to_owned()), ("arn".to_owned(), arn("web").replace(":3", ":4"))]),
        }
    }
    let running = price(&Estate::running(&snapshot, &kinds::priced), &Usage::default(), Catalog::embedded(), TODAY);
    assert_eq!((running.total().unpriced(), running.total().list.likely > Money::ZERO), (0, true));
}

/// A price of which only a bound is known is the same one for all of a key: more of it adds no more than the bound of what is added.
#[test]
fn a_line_with_a_bound_that_grows_adds_what_is_added() {
    let spot = |count: u32, memory: u32| {
        let service = json!({
            "task_definition_arn": "${service.api.task.arn}", "desired_count": count, "assign_public_ip": false,
            "capacity_provider_strategy": [{ "capacity_provider": "FARGATE_SPOT", "weight": 1 }],
        });
        let task = json!({ "cpu": 1024, "memory": memory, "cpu_architecture": "ARM64" });
        graph([node("service.api.service", "ecs.service", service), node("service.api.task", "ecs.task_definition", task)])
    };
    let bill = |count: u32, memory: u32| cost(&spot(count, memory), "us-east-1");
    let delta = |one: &Cost, other: &Cost| {
        let found = Difference::of(one, other);
        (found.comes.lines, found.goes.lines, found.most().unwrap().likely.to_string())
    };
    let (one, three) = (bill(1, 2048), bill(3, 2048));
    let two_tasks = bill(2, 2048).total().unknown.bounds.likely;
    assert_eq!(delta(&one, &three), (2, 0, two_tasks.to_string()));
    assert_eq!(delta(&three, &one), (0, 2, "$0.00".into()), "it may be less, and is no more");
    assert_eq!(delta(&one, &one), (0, 0, "$0.00".into()));
    // More memory and no more processors.
    assert_eq!(delta(&one, &bill(1, 4096)).0, 1);
    // Another class is another price: all of the one comes, and all of the other goes.
    let standby = |class: &str| {
        let spec = json!({ "engine": "postgres", "instance_class": class, "multi_az": true });
        price(
            &Estate::wanted(&graph([node("a.b", "rds.instance", spec)]), "us-east-1", &kinds::priced),
            &Usage::default(),
            &without(&["multi_az.db"]),
            TODAY,
        )
    };
    let (comes, goes, most) = delta(&standby("db.t4g.micro"), &standby("db.t4g.small"));
    assert_eq!((comes, goes), (1, 1));
    let small = standby("db.t4g.small").total();
    assert_eq!(most, small.unknown.bounds.likely.to_string());
}

#[test]
fn a_plan_has_the_year_that_begins_with_it() {
    let database =
        |version: &str| graph([node("database.main.instance", "rds.instance", json!({ "engine": "postgres", "engine_version": version }))]);
    let nothing = Graph::default();
    let (old, new) = (database("14.12"), database("17.2"));
    let [begins, stays, goes] = [(&nothing, &old), (&nothing, &new), (&old, &nothing)].map(|(before, after)| {
        let (_, cost) = costs(before, after, &Usage::default());
        let month = cost.after.times(12).list.likely - cost.before.times(12).list.likely;
        (cost.year().delta.list.likely - month).to_string()
    });
    // Nine months of Extended Support from 2027-03-01.
    assert_eq!([begins, stays, goes], ["$1,314.00", "$0.00", "-$1,314.00"]);
    // What is only forgotten goes on, and begins what it begins.
    let mut retained = live(&old);
    retained.resources.values_mut().flatten().for_each(|live| live.claim.as_mut().unwrap().retain = true);
    let (plan, cost) = planned(&nothing, &retained, &Usage::default(), &Policy::default());
    assert!(matches!(plan.changes.as_slice(), [change] if change.action == Action::Forget), "{:?}", plan.changes);
    assert_eq!((cost.year().before, cost.year().delta), (cost.year().after, Difference::default()));
}

#[test]
fn spare_capacity_has_the_price_of_a_day_and_shares_follow_base_and_weight() {
    let strategy = json!([
        { "capacity_provider": "FARGATE", "base": 2, "weight": 1 },
        { "capacity_provider": "FARGATE_SPOT", "weight": 3 },
    ]);
    let billed = |task: Value| service(json!({ "desired_count": 10, "capacity_provider_strategy": strategy }), task, vec![]);
    assert_eq!(
        billed(json!({})),
        [
            "2920 ecs.fargate.x86.vcpu_hour = $118.20",
            "5840 ecs.fargate.x86.gb_hour = $25.96",
            "4380 ecs.fargate.spot.x86.vcpu_hour = $56.44",
            "8760 ecs.fargate.spot.x86.gb_hour = $12.39",
        ]
    );
    // No source says what Graviton capacity costs.
    let arm = billed(json!({ "cpu_architecture": "ARM64" }));
    assert_eq!(arm[2..], ["4380 ecs.fargate.spot.arm.vcpu_hour = unpriced", "8760 ecs.fargate.spot.arm.gb_hour = unpriced"]);
}

#[test]
fn autoscaling_is_a_range_from_its_smallest_number() {
    let target = json!({ "resource_id": "${service.api.service.resource_id}", "min_capacity": 2, "max_capacity": 6 });
    let target = || node("service.api.scaling", "autoscaling.target", target.clone());
    let found = service(json!({ "desired_count": null }), json!({}), vec![target()]);
    assert_eq!(found[0], "1460/1460/4380 ecs.fargate.x86.vcpu_hour = $59.10");
}

#[test]
fn prices_of_another_region_are_never_used() {
    let (graph, usage, _) = stack("stacks/registry.toml", Some("production"));
    let cost = price(&Estate::wanted(&graph, "eu-south-2", &kinds::priced), &usage, Catalog::embedded(), TODAY);
    let priced = cost.lines().filter(|(_, line)| line.total().is_known()).map(|(_, line)| line.region.as_str()).collect::<BTreeSet<_>>();
    assert_eq!(priced, BTreeSet::from(["global"]), "CloudFront, secrets and some others cost the same everywhere");
    assert!(cost.total().unpriced() > 20);
}

#[test]
fn three_dashboards_and_ten_alarms_are_given_away() {
    let dashboards = (0..4).map(|at| node(&format!("monitoring.dashboard-{at}"), "cloudwatch.dashboard", json!({})));
    let alarms = (0..12).map(|at| node(&format!("monitoring.alarm-{at}"), "cloudwatch.alarm", json!({})));
    let total = cost(&graph(dashboards.chain(alarms)), "us-east-1").total();
    assert_eq!((total.list.likely.to_string(), total.free.likely.to_string()), ("$13.20".into(), "$10.00".into()));
}

#[test]
fn what_is_said_of_a_module_is_shared_by_its_nodes() {
    let gateways = ["a", "b"].map(|zone| node(&format!("network.nat.{zone}"), "ec2.nat_gateway", json!({})));
    let graph = graph(gateways);
    let usage =
        Usage { tables: toml::from_str("[network]\nnat_gb = 100\n[\"network.nat.b\"]\nnat_sent_gb = 0").unwrap(), ..Usage::default() };
    let cost = price(&Estate::wanted(&graph, "us-east-1", &kinds::priced), &usage, Catalog::embedded(), TODAY);
    let of = |address: &str| lines(&cost, address);
    assert_eq!(of("network.nat.a")[1..], ["50 vpc.nat_gateway.gb = $2.25", "0/1/10 datatransfer.out.internet = $0.09"]);
    assert_eq!(of("network.nat.b")[1..], ["50 vpc.nat_gateway.gb = $2.25"]);
    let (_, line) = cost.lines().find(|(_, line)| line.key == "vpc.nat_gateway.gb").unwrap();
    assert_eq!(line.basis, Basis::Usage("nat_gb = 100 GB in [usage.\"network\"], shared by 2".into()));
}

#[test]
fn an_address_that_nobody_uses_is_billed_as_well() {
    let graph = graph([
        node("network.eip", "ec2.eip", json!({})),
        node("network.spare", "ec2.eip", json!({})),
        node("network.own", "ec2.eip", json!({ "public_ipv4_pool": "ipv4pool-ec2-012345" })),
        node("network.nat.a", "ec2.nat_gateway", json!({ "allocation_id": "${network.eip.id}" })),
    ]);
    let cost = cost(&graph, "us-east-1");
    assert_eq!(lines(&cost, "network.eip"), ["730 vpc.public_ipv4.in_use_hour = $3.65"]);
    assert_eq!(lines(&cost, "network.spare"), ["730 vpc.public_ipv4.idle_hour = $3.65"]);
    assert_eq!(lines(&cost, "network.own"), Vec::<String>::new());
}

fn find(name: &str) -> Option<&'static Row> {
    kinds::find(name).map(|entry| &entry.row)
}

/// A graph as if AWS held it: its references are names that AWS gave.
fn live(graph: &Graph) -> Snapshot {
    let scope = Scope { stack: "registry".into(), env: "production".into(), account: "123456789012".into(), region: "us-east-1".into() };
    let mut snapshot = Snapshot::empty(scope);
    for node in graph.nodes() {
        let name = |address: &Address, output: &str| format!("{output} of {address}");
        let outputs = node.kind.about.outputs.iter().map(|output| ((*output).to_owned(), name(&node.address, output)));
        let spec = reference::resolve(&node.spec, &|reference| Some(name(&reference.address, &reference.output)));
        snapshot.resources.entry(node.kind.name.to_owned()).or_default().push(Live {
            id: format!("id of {}", node.address),
            name: String::new(),
            arn: String::new(),
            claim: Some(Claim::new(node.address.clone(), "g")),
            state: State::Ready,
            spec: (node.kind.normalise)(&spec).unwrap(),
            outputs: outputs.collect(),
        });
    }
    snapshot
}

fn costs(before: &Graph, after: &Graph, usage: &Usage) -> (Plan, PlanCost) {
    planned(after, &live(before), usage, &Policy::default())
}

fn planned(wanted: &Graph, snapshot: &Snapshot, usage: &Usage, policy: &Policy) -> (Plan, PlanCost) {
    let plan = planner::plan(wanted, snapshot, policy, &find);
    let prices = Prices { catalog: Catalog::embedded(), today: TODAY };
    let cost = price_plan(&plan, wanted, snapshot, usage, prices, &kinds::priced);
    (plan, cost)
}

const SETS: &[&str] = &[
    "database.main.multi_az=true",
    "database.main.class=db.m5.large",
    "database.main.storage=80",
    "cache.main.nodes=3",
    "service.api.tasks=5",
    "service.api.scale={min = 3, max = 9}",
    "service.api.memory=1024",
    "service.api.spot=true",
    "service.api.architecture=arm64",
    "service.api.ephemeral_storage=60",
    "service.api.log_days=365",
    "search.packages.enabled=true",
    "network.nat=per-zone",
    "network.zones=3",
    "monitoring.enabled=false",
    "storage.uploads.expire_days=3",
    "secrets.session-key.generate=false",
    "usage.\"service.api\".requests=5000000",
    "usage.network.nat_gb=20000",
];

/// The account may be committed to these meanwhile; one has no rates that are known, and another no price.
const COMMITTED: &[&str] = &[
    "[database]\nservice = \"rds\"\nengine = \"postgres\"\nclass = \"db.t4g.medium\"\nhourly = 0.03",
    "[cache]\nservice = \"elasticache\"\nengine = \"redis\"\nclass = \"cache.t4g.micro\"",
    "[search]\nservice = \"opensearch\"\nclass = \"t3.small.search\"\ncount = 2",
    "[tasks]\nservice = \"compute-savings-plan\"\nhourly = 0.02\ndiscount = 0.2",
    "[more]\nservice = \"compute-savings-plan\"\nhourly = 0.01",
];

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 30, failure_persistence: None, ..Default::default() })]
    #[test]
    fn what_a_plan_adds_is_always_after_less_before(
        one in proptest::sample::subsequence(SETS, 0..6),
        other in proptest::sample::subsequence(SETS, 0..6),
        committed in proptest::sample::subsequence(COMMITTED, 0..4),
    ) {
        let with = |sets: &[&str]| {
            let sets = sets.iter().map(|set| (*set).to_owned()).collect::<Vec<_>>();
            stack_with("stacks/registry.toml", Some("production"), &sets)
        };
        let ((before, _, _), (after, usage, _)) = (with(&one), with(&other));
        let usage = Usage { committed: toml::from_str(&committed.join("\n")).unwrap(), ..usage };
        let (_, forward) = costs(&before, &after, &usage);
        let (_, back) = costs(&after, &before, &usage);
        for cost in [&forward, &back] {
            proptest::prop_assert_eq!(cost.delta.list, cost.after.list - cost.before.list);
            let parts = cost.resources.iter().map(|one| one.delta).sum::<Difference>();
            proptest::prop_assert_eq!(parts, cost.delta);
            let modules = cost.modules.values().map(|share| share.delta).sum::<Difference>();
            proptest::prop_assert_eq!(modules, cost.delta);
            for one in &cost.resources {
                proptest::prop_assert_eq!(one.delta.list, one.after.list - one.before.list);
                proptest::prop_assert_eq!(one.after, one.lines.iter().map(Line::total).sum::<Total>());
                proptest::prop_assert_eq!(cost.of(&one.address), Some(one));
            }
        }
        let Difference { list, comes, goes } = back.delta;
        proptest::prop_assert_eq!(forward.delta, Difference { list: Range::default() - list, comes: goes, goes: comes });
        proptest::prop_assert_eq!(serde_json::from_str::<PlanCost>(&serde_json::to_string(&forward).unwrap()).unwrap(), forward);
    }
}

/// The catalogue without the keys that a word stands in.
fn without(words: &[&str]) -> Catalog {
    let all = Catalog::embedded();
    let left = all.prices().filter(|price| !words.iter().any(|word| price.key.contains(word))).collect::<Vec<_>>();
    Catalog::parse(&write(&all.generated, &left), "with holes").unwrap()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]
    /// With prices taken away, all that is still claimed of a cost, a difference or a budget is true of what it is with them.
    #[test]
    fn nothing_is_claimed_of_what_is_unknown(
        sets in proptest::sample::subsequence(SETS, 0..6),
        words in proptest::sample::subsequence(vec![
            "multi_az.db", "single_az.db", "rds.storage", "elasticache.", "fargate.spot", "fargate.x86", "nat_gateway", "alb", "s3.", "cloudwatch.",
        ], 1..5),
        limit in 50_u32..400,
        largest in proptest::option::of(0_u32..60),
    ) {
        let with = |sets: &[&str]| {
            let sets = sets.iter().map(|set| (*set).to_owned()).collect::<Vec<_>>();
            stack_with("stacks/registry.toml", Some("production"), &sets)
        };
        let ((before, ..), (after, usage, _)) = (with(&[]), with(&sets));
        let holed = without(&words);
        let priced = |catalog: &Catalog| {
            let prices = Prices { catalog, today: TODAY };
            let plan = planner::plan(&after, &live(&before), &Policy::default(), &find);
            price_plan(&plan, &after, &live(&before), &usage, prices, &kinds::priced)
        };
        let (truth, seen) = (priced(Catalog::embedded()), priced(&holed));
        for (seen, truth) in [(seen.before, truth.before), (seen.after, truth.after)] {
            proptest::prop_assert!(seen.list.likely <= truth.list.likely);
            proptest::prop_assert!(!seen.is_known() || seen.list == truth.list);
            proptest::prop_assert!(seen.most().is_none_or(|most| most.likely >= truth.list.likely));
        }
        let shares = seen.modules.iter().map(|(name, share)| (share.delta, truth.modules[name].delta));
        for (seen, truth) in shares.chain([(seen.delta, truth.delta)]) {
            let ((sense, seen_list), truth) = (seen.likely(), truth.list.likely);
            match sense {
                Sense::Exact => proptest::prop_assert_eq!(seen_list, truth),
                Sense::AtLeast => proptest::prop_assert!(Money::ZERO < seen_list && seen_list <= truth),
                Sense::AtMost => proptest::prop_assert!(truth <= seen_list && seen_list < Money::ZERO),
                Sense::Unknown => {}
            }
            proptest::prop_assert!(seen.most().is_none_or(|most| most.likely >= truth));
        }
        // A plan that the whole truth would refuse is never let pass for want of a price.
        let budget = Budget { monthly: limit.into(), warn_at: 0.8, largest_increase: largest.map(f64::from) };
        let refuses = |cost: PlanCost| cost.judged(Some(&budget), None).budget.unwrap().refuses();
        proptest::prop_assert!(refuses(seen) || !refuses(truth));
    }
}

#[test]
fn nothing_changes_and_nothing_is_added() {
    let (graph, usage, _) = stack("stacks/registry.toml", Some("production"));
    let (plan, cost) = costs(&graph, &graph, &usage);
    assert_eq!(plan.changes, vec![]);
    assert_eq!((cost.delta, cost.resources, cost.overlap), (Difference::default(), vec![], Once::default()));
    assert_eq!(cost.before.list.likely.to_string(), "$110.39");
}

#[test]
fn a_plan_says_what_runs_twice_and_what_is_left_behind() {
    let with = |sets: &[&str]| {
        stack_with("stacks/registry.toml", Some("production"), &sets.iter().map(|set| (*set).to_owned()).collect::<Vec<_>>())
    };
    let (before, usage, _) = with(&[]);
    // Another size of task is a new revision, and a deployment of the service: blue-green, beside the old one.
    let (after, ..) = with(&["service.api.memory=1024"]);
    let (plan, cost) = costs(&before, &after, &usage);
    let service = Address::parse("service.api.service").unwrap();
    let delta = cost.of(&service).unwrap();
    assert!(plan.changes.iter().any(|change| change.address == service && change.action == Action::Update));
    assert_eq!((delta.delta.list.likely.to_string(), cost.delta.list.likely.to_string()), ("$3.24".into(), "$3.24".into()));
    assert_eq!((delta.overlap.usd.to_string(), cost.overlap), ("$0.00".into(), delta.overlap));
    assert!(delta.overlap.usd > Money::ZERO, "ten minutes of two tasks");
    // Autoscaling changes what the service costs although nothing happens to the service itself.
    let (after, ..) = with(&["service.api.scale={min = 4, max = 6}"]);
    let (plan, cost) = costs(&before, &after, &usage);
    assert!(plan.changes.iter().all(|change| change.address != service));
    assert_eq!(cost.of(&service).unwrap().delta.list.likely.to_string(), "$18.02");
    // A database that goes leaves its last snapshot.
    let (after, ..) = with(&["search.packages.enabled=false", "database.main.user=other"]);
    let (_, cost) = costs(&before, &after, &usage);
    let left = &cost.of(&Address::parse("database.main.instance").unwrap()).unwrap().left;
    assert_eq!(left.iter().map(|line| line.total().list.likely.to_string()).collect::<Vec<_>>(), ["$1.90"]);
}

/// The flagship with something more in its file.
fn flagship_with(more: &str) -> (Graph, Usage) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/stacks/registry.toml");
    let text = std::fs::read_to_string(path).unwrap() + more;
    let stack = trueup::modules::parse(Source::new("registry.toml", text), Some("production"), &[])
        .unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    (expand(&stack).unwrap(), stack.usage)
}

#[test]
fn a_new_address_costs_nothing() {
    let (before, usage, _) = stack("stacks/registry.toml", Some("production"));
    let mut snapshot = live(&before);
    for live in snapshot.resources.values_mut().flatten() {
        let claim = live.claim.as_mut().unwrap();
        if claim.address.as_str() == "monitoring.dashboard" {
            claim.address = Address::parse("monitoring.old").unwrap();
        }
    }
    let (renamed, _) = flagship_with("\n[[moved]]\nfrom = \"monitoring.old\"\nto = \"monitoring.dashboard\"\n");
    let (plan, cost) = planned(&renamed, &snapshot, &usage, &Policy::default());
    assert!(matches!(plan.changes.as_slice(), [change] if change.action == Action::Move), "{:?}", plan.changes);
    assert_eq!((cost.delta, cost.resources), (Difference::default(), vec![]));
}

#[test]
fn what_stays_as_it_is_costs_what_it_costs() {
    let (before, usage, _) = stack("stacks/registry.toml", Some("production"));
    let mut snapshot = live(&before);
    // Somebody made the database larger, and the file says that this is theirs to say.
    snapshot.resources.get_mut("rds.instance").unwrap()[0].spec["instance_class"] = json!("db.m5.large");
    let with = |sets: &[&str]| {
        let sets = ["database.main.ignore=[\"class\"]"].iter().chain(sets).map(|set| (*set).to_owned()).collect::<Vec<_>>();
        stack_with("stacks/registry.toml", Some("production"), &sets).0
    };
    let (plan, cost) = planned(&with(&[]), &snapshot, &usage, &Policy::default());
    assert!(plan.changes.is_empty(), "{:?}", plan.changes);
    assert_eq!((cost.delta, cost.resources), (Difference::default(), vec![]));
    // The same where something else of it changes.
    let (plan, cost) = planned(&with(&["database.main.backup_days=9"]), &snapshot, &usage, &Policy::default());
    assert!(matches!(plan.changes.as_slice(), [change] if change.action == Action::Update), "{:?}", plan.changes);
    assert_eq!(cost.delta, Difference::default());
    assert!(cost.after.list.likely > Money::new(Decimal::from(200)), "the large class is what AWS bills");
}

#[test]
fn what_is_adopted_is_on_the_bill_already() {
    let (before, usage, _) = stack("stacks/registry.toml", Some("production"));
    let mut snapshot = live(&before);
    snapshot.resources.get_mut("ec2.nat_gateway").unwrap()[0].claim = None;
    let (adopting, _) = flagship_with("\n[[adopt]]\naddress = \"network.nat.a\"\nid = \"id of network.nat.a\"\n");
    let (plan, cost) = planned(&adopting, &snapshot, &usage, &Policy::default());
    assert!(matches!(plan.changes.as_slice(), [change] if change.action == Action::Adopt), "{:?}", plan.changes);
    assert_eq!((cost.delta, cost.before.list.likely.to_string()), (Difference::default(), "$110.39".into()));
}

#[test]
fn a_destroyed_stack_costs_what_it_leaves_behind() {
    let (graph, usage) = flagship_with("\n[override.\"network.nat.a\"]\nretain = true\n");
    let policy = Policy { destroy: true, ..Policy::default() };
    let (_, cost) = planned(&graph, &live(&graph), &usage, &policy);
    // AWS goes on billing what is only forgotten: no saving comes of it, and a budget counts it.
    let [before, after, less] = [cost.before.list, cost.after.list, cost.delta.list].map(|range| range.likely.to_string());
    // The gateway and its address, which AWS would not let go.
    assert_eq!([before.as_str(), &after, &less], ["$110.39", "$36.50", "-$73.89"]);
    let left = |address: &str| {
        let left = &cost.of(&Address::parse(address).unwrap()).unwrap().left;
        left.iter().map(|line| line.total().list.likely).sum::<Money>().to_string()
    };
    assert!(cost.of(&Address::parse("network.nat.a").unwrap()).is_none(), "its cost stays");
    assert_eq!(left("database.main.instance"), "$1.90");
    assert_eq!(left("cache.main.replication-group"), "$0.00");
}

#[test]
fn a_plan_is_whole_after_a_round_through_its_file() {
    let (before, usage, _) = stack("stacks/registry.toml", Some("production"));
    let (after, ..) = stack_with("stacks/registry.toml", Some("production"), &["service.api.tasks=5".to_owned()]);
    let (plan, cost) = costs(&before, &after, &usage);
    let plan = plan.with_cost(cost);
    let sealed = seal(plan.clone());
    let read = Sealed::read(sealed.text().to_owned()).unwrap();
    assert_eq!((read.text(), read.digest(), &*read), (sealed.text(), sealed.digest(), &plan));
    // One that somebody makes cheaper is noticed.
    let mut cheaper = plan.clone();
    cheaper.cost.as_mut().unwrap().after.list.likely = Money::ZERO;
    let text = [&sealed.text()[..76], &seal(cheaper).text()[76..]].concat();
    assert_eq!(Sealed::read(text).unwrap_err(), Bar::Altered);
    // Plans that nobody priced say nothing of prices.
    let (unpriced, _) = costs(&before, &after, &usage);
    let text = seal(unpriced).text().to_owned();
    assert!(!text.contains("\"cost\""));
    assert!(Sealed::read(text).is_ok());
}

#[test]
fn what_runs_now_may_be_more_than_the_least() {
    let (graph, usage, _) = stack("stacks/registry.toml", Some("production"));
    let mut snapshot = live(&graph);
    snapshot.resources.get_mut("ecs.service").unwrap()[0].spec["desired_count"] = json!(5);
    let tasks = |estate: &Estate<'_>| {
        let cost = price(estate, &usage, Catalog::embedded(), TODAY);
        lines(&cost, "service.api.service")[0].clone()
    };
    assert_eq!(tasks(&Estate::live(&snapshot, &kinds::priced)), "365/365/1095 ecs.fargate.x86.vcpu_hour = $14.78");
    assert_eq!(tasks(&Estate::running(&snapshot, &kinds::priced)), "912.5 ecs.fargate.x86.vcpu_hour = $36.94");
}

#[test]
fn a_file_of_usage_lies_over_what_the_stack_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/stacks/registry.toml");
    let file = || Source::new("registry.toml", std::fs::read_to_string(path).unwrap());
    let stack = || trueup::modules::parse(file(), Some("production"), &[]).unwrap();
    let busy = Source::new("busy.toml", "[usage.\"service.api\"]\nlog_gb = 50\n");
    let stack_with = trueup::modules::add_usage(stack(), busy).unwrap();
    let said = |measure: &str| stack_with.usage.said("service.api.log-group", measure).unwrap().1.likely;
    assert_eq!((said("log_gb"), said("requests")), (Decimal::from(50), Decimal::ZERO), "what the file does not say stays");
    assert_eq!(check(&stack_with), []);
    for (text, wanted) in [
        ("[usage.\"service.api\"]\nlog_gp = 50\n", "busy.toml:2:1"),
        ("[network]\nnat = \"none\"\n", "[FILE009]: `network` does not belong in a file of usage"),
        ("[usage", "busy.toml:1:7"),
    ] {
        let rejected = trueup::modules::add_usage(stack(), Source::new("busy.toml", text)).unwrap_err().render(false);
        assert!(rejected.contains(wanted), "{rejected}");
    }
    // A problem that only the whole stack shows is shown in the file as well.
    let wrong = trueup::modules::add_usage(stack(), Source::new("busy.toml", "[usage.\"service.app\"]\nlog_gb = 50\n")).unwrap();
    let rejected = expand(&wrong).unwrap_err().render(false);
    assert!(rejected.contains("busy.toml:1:8") && rejected.contains("did you mean `service.api`?"), "{rejected}");
}
