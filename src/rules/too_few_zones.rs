//! NET203: what AWS spreads over two zones stands in one.

use crate::core::diagnostic::Severity;
use crate::core::graph::{Finding, Graph, Node};
use crate::core::problem::Problem;
use crate::core::rule::{Rule, of_kind, target};
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::elbv2::load_balancer::{BalancerType, LoadBalancer};
use crate::kinds::rds::subnet_group::DbSubnetGroup;
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: "NET203",
    severity: Severity::Error,
    about: "A database subnet group or an Application Load Balancer stands in a single zone.",
    why: "AWS asks for subnets in at least two availability zones and refuses anything less.",
    example: r#"
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.one]
        kind = "ec2.subnet"
        vpc_id = "${resource.vpc.id}"
        cidr = "10.0.0.0/24"
        availability_zone = "us-east-1a"
        [resource.two]
        kind = "ec2.subnet"
        vpc_id = "${resource.vpc.id}"
        cidr = "10.0.1.0/24"
        availability_zone = "us-east-1a"
        [resource.group]
        kind = "rds.subnet_group"
        subnet_ids = ["${resource.one.id}", "${resource.two.id}"]
    "#,
    check,
};

fn check(graph: &Graph) -> Vec<Finding> {
    let groups = of_kind::<DbSubnetGroup>(graph).map(|(node, spec)| (node, spec.subnet_ids));
    let balancers = of_kind::<LoadBalancer>(graph).filter(|(_, spec)| spec.balancer_type == BalancerType::Application);
    groups
        .chain(balancers.map(|(node, spec)| (node, spec.subnet_ids)))
        .filter_map(|(node, subnets)| one_zone(graph, node, &subnets))
        .collect()
}

/// A finding if the zones of all subnets are known and they are fewer than two.
fn one_zone(graph: &Graph, node: &Node, subnets: &[String]) -> Option<Finding> {
    let zones = subnets.iter().map(|subnet| Some(target::<Subnet>(graph, subnet)?.1.availability_zone)).collect::<Option<BTreeSet<_>>>()?;
    (zones.len() < 2).then(|| {
        let place = zones.first().map_or_else(|| "no zone".to_owned(), |zone| format!("only {zone}"));
        let problem = Problem::new("subnet_ids", format!("{} needs two availability zones, and has {place}", node.kind.name));
        Finding { address: node.address.clone(), problem: problem.help("name a subnet in another zone") }
    })
}
