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
            wrong: &[
                r#"
        [resource.one]
        kind = "logs.log_group"
        name = "/app/log"
        [resource.two]
        kind = "logs.log_group"
        name = "/app/log"
    "#,
                r#"
        [resource.one]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.two]
        kind = "ec2.vpc"
        cidr = "10.1.0.0/16"
        [resource.group-one]
        kind = "elbv2.target_group"
        name = "web"
        vpc_id = "${resource.one.id}"
        port = 80
        [resource.group-two]
        kind = "elbv2.target_group"
        name = "web"
        vpc_id = "${resource.two.id}"
        port = 80
    "#,
                r#"
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.one]
        kind = "ec2.security_group"
        name = "Web"
        vpc_id = "${resource.vpc.id}"
        [resource.two]
        kind = "ec2.security_group"
        name = "web"
        vpc_id = "${resource.vpc.id}"
    "#,
                r#"
        [resource.one]
        kind = "iam.role"
        name = "Web"
        assume_role_policy = { Statement = [{ Effect = "Allow", Principal = { Service = "ecs.amazonaws.com" }, Action = "sts:AssumeRole" }] }
        [resource.two]
        kind = "iam.role"
        name = "web"
        assume_role_policy = { Statement = [{ Effect = "Allow", Principal = { Service = "ecs.amazonaws.com" }, Action = "sts:AssumeRole" }] }
    "#,
            ],
            right: &[
                r#"
        [resource.one]
        kind = "logs.log_group"
        name = "/app/log"
        [resource.two]
        kind = "logs.log_group"
    "#,
                r#"
        [resource.one]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.two]
        kind = "ec2.vpc"
        cidr = "10.1.0.0/16"
        [resource.group-one]
        kind = "ec2.security_group"
        name = "web"
        vpc_id = "${resource.one.id}"
        [resource.group-two]
        kind = "ec2.security_group"
        name = "web"
        vpc_id = "${resource.two.id}"
    "#,
            ],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut names = BTreeMap::<_, (&Address, &str)>::new();
    let mut findings = Vec::new();
    for seen in view.resources() {
        let about = seen.kind.about;
        let place = seen.spec.get(about.named_within).and_then(Value::as_str).unwrap_or_default();
        let Some(name) = seen.spec.get("name").and_then(Value::as_str) else { continue };
        let known = if about.caseless { name.to_lowercase() } else { name.to_owned() };
        if let Some((first, other)) = names.insert((seen.kind.name, place, known), (seen.address, name)) {
            let message = match other == name {
                true => format!("`{name}` is also the name of `{first}`"),
                false => format!("`{name}` is to AWS the same name as `{other}`, which `{first}` has"),
            };
            let finding = seen.finding("name", message);
            findings.push(finding.help("leave one of the names out: it is then made from the address"));
        }
    }
    findings
}
