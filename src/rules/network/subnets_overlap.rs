//! NET201: two subnets of one VPC claim the same addresses.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::ec2::subnet::Subnet;
use ipnet::Ipv4Net;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET201",
        category: Category::Network,
        about: "Two subnets of one VPC overlap.",
        why: "AWS refuses the second one with InvalidSubnet.Conflict, in the middle of an apply.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
        example: Example::Stack {
            wrong: &[r#"
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
    "#],
            right: &[r#"
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
        cidr = "10.0.16.0/24"
        availability_zone = "us-east-1b"
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let subnets = view.all::<Subnet>();
    let mut ranges = subnets.filter_map(|(seen, spec)| Some((&spec.vpc_id, spec.cidr.parse::<Ipv4Net>().ok()?, seen))).collect::<Vec<_>>();
    ranges.sort_by_key(|(vpc, range, seen)| (*vpc, *range, seen.address));
    // In order of their first address, a range that meets any earlier one meets the one that reaches furthest.
    let mut findings = Vec::new();
    let mut reach: Option<&(&String, Ipv4Net, &Seen<'_>)> = None;
    for subnet in &ranges {
        let (vpc, range, seen) = subnet;
        if let Some((_, theirs, other)) = reach.filter(|before| before.0 == *vpc && before.1.broadcast() >= range.network()) {
            let finding = seen.finding("cidr", format!("{range} overlaps {theirs} of `{}`", other.address));
            findings.push(finding.help("give one of the two another range"));
        }
        if reach.is_none_or(|before| before.0 != *vpc || before.1.broadcast() < range.broadcast()) {
            reach = Some(subnet);
        }
    }
    findings
}
