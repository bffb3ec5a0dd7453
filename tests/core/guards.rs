//! The guard of a rollout names what the stack makes itself: by the name that it will have, or has.

use trueup::core::address::Pattern;
use trueup::core::expand;
use trueup::core::graph::Graph;
use trueup::core::identity::Scope;
use trueup::core::plan::Plan;
use trueup::core::planner::{self, Policy};
use trueup::core::reference::is_symbolic;
use trueup::core::rollout::policy;
use trueup::core::snapshot::Snapshot;
use trueup::core::source::Source;
use trueup::kinds;
use trueup::testing::account::Account;

const GUARD: &str = r#"
alarms = ["${monitoring.service.web.errors.name}", "by-hand"]
[service.web.rollout.guard.database.main]
cpu_percent = 85
connections = 400
read_latency_ms = 20
write_latency_ms = 25
[service.web.rollout.guard.metrics.evictions]
namespace = "AWS/ElastiCache"
metric = "Evictions"
dimensions = { CacheClusterId = "${cache.main.replication-group.id}-001" }
above = 10
[service.web.rollout.notify]
sns = "${monitoring.topic.arn}"
"#;

fn text(version: &str, guard: &str) -> String {
    format!(
        "[stack]\nname = \"shop\"\nregion = \"us-east-1\"\n[network]\n[database.main]\n[cache.main]\n[monitoring]\n[service.web]\nimage = \"nginx:{version}\"\nport = 80\n[service.web.rollout.guard]\n{guard}\n"
    )
}

fn stack(text: &str) -> trueup::core::stack::Stack {
    trueup::modules::parse(Source::new("stack.toml", text), None, &[]).unwrap()
}

fn graph(text: &str) -> Graph {
    expand::expand(&stack(text)).unwrap()
}

fn plan(graph: &Graph, now: &Snapshot) -> Plan {
    let policy = Policy { allow_delete: vec![Pattern::parse("*").unwrap()], ..Policy::default() };
    planner::plan(graph, now, &policy, &|name| kinds::find(name).map(|entry| &entry.row))
}

fn rules(plan: &Plan) -> policy::Policy {
    plan.changes.iter().find_map(|change| change.rollout.as_deref()).expect("a rollout").clone()
}

#[test]
fn what_the_stack_makes_is_named_before_it_is_there_and_by_the_same_name_afterwards() {
    let scope = Scope { stack: "shop".into(), env: "default".into(), account: "123456789012".into(), region: "us-east-1".into() };
    let mut account = Account::new(scope);
    let first = plan(&graph(&text("1.0", GUARD)), account.snapshot());
    let before = rules(&first);
    assert_eq!(before.names().filter(|(_, name)| is_symbolic(name)).collect::<Vec<_>>(), []);
    account.apply(&first).unwrap();
    let after = rules(&plan(&graph(&text("2.0", GUARD)), account.snapshot()));
    assert_eq!(after, before);

    let made = |kind: &str, part: &str| {
        let all = account.snapshot().resources[kind].iter();
        all.map(|live| &live.outputs["name"]).find(|name| name.contains(part)).expect(part).clone()
    };
    assert_eq!(after.guard.alarms, [made("cloudwatch.alarm", "service.web.errors"), "by-hand".to_owned()]);
    let metrics = after.guard.metrics.iter().map(|one| {
        let dimension = one.dimensions.first_key_value().unwrap();
        (one.name.as_str(), one.metric.as_str(), dimension.0.as_str(), dimension.1.clone(), one.times, one.value)
    });
    let (database, node) = (made("rds.instance", ""), format!("{}-001", made("elasticache.replication_group", "")));
    let of_database = |name, metric, times, limit| (name, metric, "DBInstanceIdentifier", database.clone(), times, limit);
    assert_eq!(
        metrics.collect::<Vec<_>>(),
        [
            ("evictions", "Evictions", "CacheClusterId", node, 1.0, 10.0),
            of_database("database.main.cpu_percent", "CPUUtilization", 1.0, 85.0),
            of_database("database.main.connections", "DatabaseConnections", 1.0, 400.0),
            of_database("database.main.read_latency_ms", "ReadLatency", 1000.0, 20.0),
            of_database("database.main.write_latency_ms", "WriteLatency", 1000.0, 25.0),
        ]
    );
    assert_eq!(after.notify.unwrap().sns, Some(format!("arn:aws:sns:us-east-1:123456789012:{}", made("sns.topic", ""))));
    // Nothing of it is another reason to plan.
    assert!(plan(&graph(&text("1.0", GUARD)), account.snapshot()).is_empty());
}

/// A service that only watches a database gets no way to it, and a service that uses it still does.
#[test]
fn what_is_watched_is_not_used() {
    let doors = |more: &str| {
        let graph = graph(&text("1.0", more));
        let group = graph.below("database.main.security-group").next().unwrap();
        group.spec["ingress"].as_array().unwrap().len()
    };
    let metric = "[service.web.rollout.guard.metrics.cpu]\nnamespace = \"AWS/RDS\"\nmetric = \"CPUUtilization\"\nabove = 90\ndimensions = { DBInstanceIdentifier = \"${database.main.id}\" }";
    assert_eq!((doors(GUARD), doors(metric)), (0, 0));
    assert_eq!(doors("[service.web.environment]\nHOST = \"${database.main.host}\""), 1);
}

#[test]
fn a_name_that_is_wrong_is_found_where_it_stands() {
    for (guard, code, place, help) in [
        ("alarms = [\"${monitoring.service.web.erors.name}\"]", "REF001", "service.web.rollout.guard.alarms.0", "service.web.errors"),
        ("alarms = [\"x\", \"${database.main.host}\"]", "REF010", "service.web.rollout.guard.alarms.1", "id, name, arn"),
        ("database = { mian = { connections = 1 } }", "REF006", "service.web.rollout.guard.database.mian", "did you mean `main`?"),
        ("database = { main = {} }", "MOD124", "service.web.rollout.guard.database.main", "`cpu_percent`"),
        ("database = { main = { cpu_percent = 0 } }", "MOD124", "service.web.rollout.guard.database.main.cpu_percent", "go beyond"),
        ("database = { main = { cpu_percent = 101 } }", "MOD124", "service.web.rollout.guard.database.main.cpu_percent", "go beyond"),
    ] {
        let found = expand::check(&stack(&text("1.0", guard)));
        let [one] = found.as_slice() else { panic!("{guard}: {found:#?}") };
        assert_eq!((one.code, one.path.to_string().as_str()), (code, place), "{guard}");
        assert!(one.help.iter().any(|text| text.contains(help)), "{guard}: {one:#?}");
    }
}
