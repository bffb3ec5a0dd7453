//! NET205: two route tables want one subnet.

use crate::core::address::Address;
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::route_table::RouteTable;
use std::collections::HashMap;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET205",
        category: Category::Network,
        about: "Two route tables are to be the one of a subnet.",
        why: "A subnet has one route table at a time. Each would take the subnet from the other, at every apply.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.subnet]
        kind = "ec2.subnet"
        vpc_id = "${resource.vpc.id}"
        cidr = "10.0.0.0/20"
        availability_zone = "us-east-1a"
        [resource.one]
        kind = "ec2.route_table"
        vpc_id = "${resource.vpc.id}"
        subnet_ids = ["${resource.subnet.id}"]
        [resource.two]
        kind = "ec2.route_table"
        vpc_id = "${resource.vpc.id}"
        subnet_ids = ["${resource.subnet.id}"]
    "#],
            right: &[r#"
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.subnet]
        kind = "ec2.subnet"
        vpc_id = "${resource.vpc.id}"
        cidr = "10.0.0.0/20"
        availability_zone = "us-east-1a"
        [resource.one]
        kind = "ec2.route_table"
        vpc_id = "${resource.vpc.id}"
        subnet_ids = ["${resource.subnet.id}"]
        [resource.two]
        kind = "ec2.route_table"
        vpc_id = "${resource.vpc.id}"
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut tables = HashMap::<&str, &Address>::new();
    let mut findings = Vec::new();
    for (seen, spec) in view.all::<RouteTable>() {
        for subnet in &spec.subnet_ids {
            let first = *tables.entry(subnet).or_insert(seen.address);
            if first != seen.address {
                let finding = seen.finding("subnet_ids", format!("`{first}` is the route table of {subnet} already"));
                findings.push(finding.help("name the subnet in one route table only"));
            }
        }
    }
    findings
}
