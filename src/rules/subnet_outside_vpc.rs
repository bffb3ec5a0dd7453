//! NET202: a subnet lies outside its VPC.

use crate::core::diagnostic::Severity;
use crate::core::graph::{Finding, Graph};
use crate::core::problem::Problem;
use crate::core::rule::{Rule, of_kind, target};
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::ec2::vpc::Vpc;
use ipnet::Ipv4Net;

pub const RULE: Rule = Rule {
    code: "NET202",
    severity: Severity::Error,
    about: "A subnet's range is not part of its VPC's.",
    why: "AWS refuses it with InvalidSubnet.Range, in the middle of an apply.",
    example: r#"
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.one]
        kind = "ec2.subnet"
        vpc_id = "${resource.vpc.id}"
        cidr = "10.1.0.0/20"
        availability_zone = "us-east-1a"
    "#,
    check,
};

fn check(graph: &Graph) -> Vec<Finding> {
    let outside = of_kind::<Subnet>(graph).filter_map(|(node, spec)| {
        let (owner, vpc) = target::<Vpc>(graph, &spec.vpc_id)?;
        let (range, whole) = (spec.cidr.parse::<Ipv4Net>().ok()?, vpc.cidr.parse::<Ipv4Net>().ok()?);
        (!whole.contains(&range)).then(|| {
            let problem = Problem::new("cidr", format!("{range} is not part of {whole}, the range of `{}`", owner.address));
            Finding { address: node.address.clone(), problem: problem.help(format!("choose a range inside {whole}")) }
        })
    });
    outside.collect()
}
