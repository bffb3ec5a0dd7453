//! NET201: two subnets of one VPC claim the same addresses.

use crate::core::diagnostic::Severity;
use crate::core::graph::{Finding, Graph};
use crate::core::problem::Problem;
use crate::core::rule::{Rule, of_kind};
use crate::kinds::ec2::subnet::Subnet;
use ipnet::Ipv4Net;

pub const RULE: Rule = Rule {
    code: "NET201",
    severity: Severity::Error,
    about: "Two subnets of one VPC overlap.",
    why: "AWS refuses the second one with InvalidSubnet.Conflict, in the middle of an apply.",
    example: r#"
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.one]
        kind = "ec2.subnet"
        vpc_id = "${resource.vpc.id}"
        cidr = "10.0.0.0/20"
        availability_zone = "us-east-1a"
        [resource.two]
        kind = "ec2.subnet"
        vpc_id = "${resource.vpc.id}"
        cidr = "10.0.8.0/24"
        availability_zone = "us-east-1b"
    "#,
    check,
};

fn check(graph: &Graph) -> Vec<Finding> {
    let subnets = of_kind::<Subnet>(graph);
    let mut ranges =
        subnets.filter_map(|(node, spec)| Some((spec.vpc_id, spec.cidr.parse::<Ipv4Net>().ok()?, &node.address))).collect::<Vec<_>>();
    ranges.sort();
    // In order of their first address, a range that meets any earlier one meets the one that reaches furthest.
    let mut findings = Vec::new();
    let mut reach: Option<&(String, Ipv4Net, _)> = None;
    for subnet in &ranges {
        if let Some((_, range, other)) = reach.filter(|before| before.0 == subnet.0 && before.1.broadcast() >= subnet.1.network()) {
            let problem = Problem::new("cidr", format!("{} overlaps {range} of `{other}`", subnet.1));
            findings.push(Finding { address: subnet.2.clone(), problem: problem.help("give one of the two another range") });
        }
        if reach.is_none_or(|before| before.0 != subnet.0 || before.1.broadcast() < subnet.1.broadcast()) {
            reach = Some(subnet);
        }
    }
    findings
}
