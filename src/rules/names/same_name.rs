//! NAME201: two nodes ask for the same physical name.

use crate::core::address::Address;
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use serde_json::Value;
use std::collections::BTreeMap;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NAME201",
        category: Category::Request,
        about: "Two resources of one kind have the same name.",
        why: "AWS knows them by that name, so there can be only one; the second create would fail or take over the first.",
        example: Example::Stack {
            wrong: &[r#"
        [resource.one]
        kind = "logs.log_group"
        name = "/app/log"
        [resource.two]
        kind = "logs.log_group"
        name = "/app/log"
    "#],
            right: &[r#"
        [resource.one]
        kind = "logs.log_group"
        name = "/app/log"
        [resource.two]
        kind = "logs.log_group"
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut names = BTreeMap::<_, &Address>::new();
    let mut findings = Vec::new();
    for seen in view.resources() {
        // Security groups are named inside their VPC, and ECS services inside their cluster.
        let place = ["vpc_id", "cluster"].iter().find_map(|field| seen.spec.get(field)?.as_str()).unwrap_or_default();
        let Some(name) = seen.spec.get("name").and_then(Value::as_str) else { continue };
        if let Some(first) = names.insert((seen.kind.name, place, name), seen.address) {
            let finding = seen.finding("name", format!("`{name}` is also the name of `{first}`"));
            findings.push(finding.help("leave one of the names out: it is then made from the address"));
        }
    }
    findings
}
