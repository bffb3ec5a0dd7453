//! NET207: an endpoint takes over a service's host name in a VPC whose resolver is off.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::vpc::Vpc;
use crate::kinds::ec2::vpc_endpoint::VpcEndpoint;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET207",
        category: Category::Request,
        about: "An interface endpoint has private DNS in a VPC that does not resolve names.",
        why: "CreateVpcEndpoint refuses private DNS unless both `dns_support` and `dns_hostnames` of the VPC are on.",
        page: "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        nat = "none"
        endpoints = ["logs"]
        [override."network.vpc"]
        dns_hostnames = false
    "#],
            right: &["[network]\nnat = \"none\"\nendpoints = [\"logs\"]"],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let named = view.all::<VpcEndpoint>().filter(|(_, spec)| spec.private_dns_enabled);
    let unresolved = named.filter_map(|(seen, spec)| {
        let (vpc, own) = view.target::<Vpc>(&spec.vpc_id)?;
        let off = [("dns_support", own.dns_support), ("dns_hostnames", own.dns_hostnames)].into_iter().find(|(_, on)| !on)?.0;
        let finding = seen.finding("private_dns_enabled", format!("`{off}` of `{}` is off", vpc.address));
        Some(finding.help("turn on `dns_support` and `dns_hostnames` of the VPC, or leave private DNS out"))
    });
    unresolved.collect()
}
