//! Planning alone: a graph and a snapshot in memory, and the plan that comes of them.

#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first surprise")]

mod sheet;

use serde_json::{Value, json};
use sheet::{Sheet, runs};
use std::process::ExitCode;
use std::time::Duration;
use trueup::core::address::Address;
use trueup::core::graph::{Graph, Node};
use trueup::core::identity::Scope;
use trueup::core::plan::Plan;
use trueup::core::planner::{self, Policy};
use trueup::core::snapshot::Snapshot;
use trueup::kinds;
use trueup::testing::account::Account;

/// Nodes, runs, and the limit for a plan with little or nothing to do; one that creates everything writes every field down. Sizes named on the command line are measured alone.
const SIZES: &[(usize, usize, Option<Duration>)] = &[
    (1_000, 50, None),
    (10_000, 30, Some(Duration::from_millis(100))),
    (30_000, 15, None),
    (100_000, 9, Some(Duration::from_millis(1500))),
];

fn main() -> ExitCode {
    let mut sheet = Sheet::new("Planning alone: graph and snapshot to plan");
    let asked = std::env::args().filter_map(|argument| argument.parse().ok()).collect::<Vec<usize>>();
    for &(nodes, count, limit) in SIZES.iter().filter(|(nodes, ..)| asked.is_empty() || asked.contains(nodes)) {
        let graph = graph(nodes);
        let empty = Snapshot::empty(scope());
        let created = plan(&graph, &empty);
        let mut account = Account::new(scope());
        account.apply(&created).unwrap();
        let settled = account.snapshot();
        let drifted = drifted(settled);
        assert!(plan(&graph, settled).is_empty());
        assert_eq!(plan(&graph, &drifted).changes.len(), nodes / 100);
        assert_eq!(created.changes.len(), nodes);
        for (case, snapshot, limit) in [("unchanged", settled, limit), ("1 % changed", &drifted, limit), ("all to create", &empty, None)] {
            sheet.times(&format!("{nodes} nodes, {case}"), runs(count, || plan(&graph, snapshot)), limit);
        }
    }
    sheet.end()
}

fn scope() -> Scope {
    Scope { stack: "bench".into(), env: "default".into(), account: "123456789012".into(), region: "us-east-1".into() }
}

fn plan(graph: &Graph, snapshot: &Snapshot) -> Plan {
    let policy = Policy { created: "2026-01-01T00:00:00Z".into(), ..Policy::default() };
    planner::plan(graph, snapshot, &policy, &|name| kinds::find(name).map(|entry| &entry.row))
}

/// Blocks of a hundred: a VPC, its subnets and security groups, log groups, topics, and alarms that notify the topics.
fn graph(nodes: usize) -> Graph {
    let mut graph = Graph::default();
    for at in 0..nodes {
        let (block, own) = (at / 100, at % 100);
        let vpc = format!("${{network.vpc-{block}.id}}");
        let (kind, name, spec) = match own {
            0 => ("ec2.vpc", "vpc".to_owned(), json!({ "cidr": format!("10.{}.0.0/16", block % 256) })),
            1..=20 => {
                let spec = json!({ "vpc_id": vpc, "cidr": format!("10.{}.{own}.0/24", block % 256), "availability_zone": "us-east-1a", "map_public_ip_on_launch": false });
                ("ec2.subnet", format!("subnet-{own}"), spec)
            }
            21..=40 => {
                let rules = json!([
                    { "protocol": "tcp", "from_port": 443, "to_port": 443, "cidr": "10.0.0.0/8", "description": "" },
                    { "protocol": "tcp", "from_port": 80, "to_port": 80, "security_group_id": format!("${{network.group-{}-{block}.id}}", if own == 21 { 22 } else { 21 }), "description": "" },
                ]);
                (
                    "ec2.security_group",
                    format!("group-{own}"),
                    json!({ "description": "Group", "vpc_id": vpc, "ingress": rules, "egress": [] }),
                )
            }
            41..=60 => ("logs.log_group", format!("log-{own}"), json!({ "retention_in_days": 30 })),
            61..=80 => ("sns.topic", format!("topic-{own}"), json!({ "display_name": "Topic" })),
            _ => {
                let topic = format!("${{network.topic-{}-{block}.arn}}", own - 20);
                let metric = json!({ "description": "Alarm", "namespace": "Bench", "metric_name": "Errors", "dimensions": {}, "statistic": "Sum", "threshold": 1.0, "alarm_actions": [topic] });
                ("cloudwatch.alarm", format!("alarm-{own}"), metric)
            }
        };
        let kind = &kinds::find(kind).unwrap().row;
        let mut whole = (kind.example)();
        merge(&mut whole, spec);
        let address = Address::parse(&format!("network.{name}-{block}")).unwrap();
        graph.add(Node::new(address, kind, &whole, "network").unwrap()).unwrap();
    }
    graph
}

fn merge(whole: &mut Value, part: Value) {
    if let (Value::Object(whole), Value::Object(part)) = (whole, part) {
        whole.extend(part);
    }
}

/// The same with the tags of every hundredth resource changed by hand.
fn drifted(settled: &Snapshot) -> Snapshot {
    let mut snapshot = settled.clone();
    let logs = snapshot.resources.get_mut("logs.log_group").unwrap();
    for live in logs.iter_mut().step_by(20) {
        live.spec["tags"]["by"] = "hand".into();
    }
    snapshot
}
