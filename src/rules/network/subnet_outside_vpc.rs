//! NET202: a subnet lies outside its VPC.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::ec2::vpc::Vpc;
use ipnet::Ipv4Net;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET202",
        category: Category::Network,
        about: "A subnet's range is not part of its VPC's.",
        why: "AWS refuses it with InvalidSubnet.Range, in the middle of an apply.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.one]
        kind = "ec2.subnet"
        vpc_id = "${resource.vpc.id}"
        cidr = "10.1.0.0/20"
        availability_zone = "us-east-1a"
    "#],
            right: &[r#"
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.one]
        kind = "ec2.subnet"
        vpc_id = "${resource.vpc.id}"
        cidr = "10.0.16.0/20"
        availability_zone = "us-east-1a"
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let outside = view.all::<Subnet>().filter_map(|(seen, spec)| {
        let (owner, vpc) = view.target::<Vpc>(&spec.vpc_id)?;
        let (range, whole) = (spec.cidr.parse::<Ipv4Net>().ok()?, vpc.cidr.parse::<Ipv4Net>().ok()?);
        let finding = || seen.finding("cidr", format!("{range} is not part of {whole}, the range of `{}`", owner.address));
        (!whole.contains(&range)).then(|| finding().help(format!("choose a range inside {whole}")))
    });
    outside.collect()
}
