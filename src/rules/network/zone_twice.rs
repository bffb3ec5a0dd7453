//! NET214: a load balancer or an endpoint has two subnets in one zone.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::ec2::vpc_endpoint::VpcEndpoint;
use crate::kinds::elbv2::load_balancer::LoadBalancer;
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET214",
        category: Category::Network,
        about: "A load balancer or an interface endpoint has two subnets in one zone.",
        why: "Each has one network interface a zone, and AWS refuses the second subnet: InvalidConfigurationRequest, DuplicateSubnetsInSameZone.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [resource.more]
        kind = "ec2.subnet"
        vpc_id = "${network.vpc.id}"
        cidr = "10.0.250.0/24"
        availability_zone = "us-east-1a"
        [resource.callers]
        kind = "ec2.security_group"
        vpc_id = "${network.vpc.id}"
        ingress = [{ from_port = 443, cidr = "10.0.0.0/16" }]
        [resource.secrets]
        kind = "ec2.vpc_endpoint"
        type = "Interface"
        vpc_id = "${network.vpc.id}"
        service_name = "com.amazonaws.us-east-1.secretsmanager"
        subnet_ids = ["${network.subnet.private-a.id}", "${resource.more.id}"]
        security_group_ids = ["${resource.callers.id}"]
    "#],
            right: &[r#"
        [network]
        zones = 3
        endpoints = ["secretsmanager"]
        [service.web]
        image = "nginx:1.29"
        port = 80
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let endpoints = view.all::<VpcEndpoint>().filter_map(|(seen, spec)| twice(view, seen, &spec.subnet_ids));
    // Where all are in one zone, NET203 says so.
    let zones = |ids: &[String]| ids.iter().filter_map(|id| zone(view, id)).collect::<BTreeSet<_>>().len();
    let balancers = view.all::<LoadBalancer>().filter(|(_, spec)| zones(&spec.subnet_ids) > 1);
    let balancers = balancers.filter_map(|(seen, spec)| twice(view, seen, &spec.subnet_ids));
    endpoints.chain(balancers).collect()
}

fn zone<'v>(view: &'v View<'_>, id: &str) -> Option<&'v str> {
    view.target::<Subnet>(id).map(|(_, subnet)| subnet.availability_zone.as_str())
}

fn twice(view: &View<'_>, seen: &Seen<'_>, ids: &[String]) -> Option<Finding> {
    let mut known = BTreeSet::new();
    let (at, zone) = ids.iter().enumerate().find_map(|(at, id)| Some((at, zone(view, id).filter(|zone| !known.insert(*zone))?)))?;
    let finding = seen.finding(format!("subnet_ids.{at}"), format!("another subnet of it is in {zone} already"));
    Some(finding.help("name one subnet a zone"))
}
