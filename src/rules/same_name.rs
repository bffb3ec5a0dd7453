//! NAME201: two nodes ask for the same physical name.

use crate::core::address::Address;
use crate::core::diagnostic::Severity;
use crate::core::graph::{Finding, Graph};
use crate::core::problem::Problem;
use crate::core::rule::Rule;
use serde_json::Value;
use std::collections::BTreeMap;

pub const RULE: Rule = Rule {
    code: "NAME201",
    severity: Severity::Error,
    about: "Two nodes of one kind have the same name.",
    why: "AWS knows them by that name, so there can be only one; the second create would fail or take over the first.",
    example: r#"
        [resource.one]
        kind = "logs.log_group"
        name = "/app/log"
        [resource.two]
        kind = "logs.log_group"
        name = "/app/log"
    "#,
    check,
};

fn check(graph: &Graph) -> Vec<Finding> {
    let mut names = BTreeMap::<_, &Address>::new();
    let mut findings = Vec::new();
    for node in graph.nodes() {
        // Names inside a VPC, of security groups, may be the same in another one.
        let place = node.spec.get("vpc_id").and_then(Value::as_str).unwrap_or_default();
        let Some(name) = node.spec.get("name").and_then(Value::as_str) else { continue };
        if let Some(first) = names.insert((node.kind.name, place, name), &node.address) {
            let problem = Problem::new("name", format!("`{name}` is also the name of `{first}`"))
                .help("leave one of the names out: it is then made from the address");
            findings.push(Finding { address: node.address.clone(), problem });
        }
    }
    findings
}
