//! NET218: a load balancer faces an internet that its VPC has no way to.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::internet_gateway::InternetGateway;
use crate::kinds::ec2::route_table::RouteTable;
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::ec2::vpc::Vpc;
use crate::kinds::elbv2::load_balancer::{LoadBalancer, Scheme};

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET218",
        category: Category::Network,
        about: "A load balancer that faces the internet stands in a VPC that has no internet gateway.",
        why: "CreateLoadBalancer refuses it (InvalidSubnet: the VPC has no internet gateway), since nobody could reach it.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
        example: Example::Stack {
            wrong: &[r#"
        [checks]
        allow = ["REACH202"]
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.a]
        kind = "ec2.subnet"
        vpc_id = "${resource.vpc.id}"
        cidr = "10.0.0.0/24"
        availability_zone = "us-east-1a"
        [resource.b]
        kind = "ec2.subnet"
        vpc_id = "${resource.vpc.id}"
        cidr = "10.0.1.0/24"
        availability_zone = "us-east-1b"
        [resource.group]
        kind = "ec2.security_group"
        vpc_id = "${resource.vpc.id}"
        ingress = [{ from_port = 80, cidr = "0.0.0.0/0" }]
        [resource.front]
        kind = "elbv2.load_balancer"
        scheme = "internet-facing"
        subnet_ids = ["${resource.a.id}", "${resource.b.id}"]
        security_group_ids = ["${resource.group.id}"]
        [resource.door]
        kind = "elbv2.listener"
        load_balancer_arn = "${resource.front.arn}"
        port = 80
        default_action = { type = "fixed-response", status_code = 404 }
    "#],
            right: &[r#"
        [resource.vpc]
        kind = "ec2.vpc"
        cidr = "10.0.0.0/16"
        [resource.a]
        kind = "ec2.subnet"
        vpc_id = "${resource.vpc.id}"
        cidr = "10.0.0.0/24"
        availability_zone = "us-east-1a"
        [resource.b]
        kind = "ec2.subnet"
        vpc_id = "${resource.vpc.id}"
        cidr = "10.0.1.0/24"
        availability_zone = "us-east-1b"
        [resource.group]
        kind = "ec2.security_group"
        vpc_id = "${resource.vpc.id}"
        ingress = [{ from_port = 80, cidr = "0.0.0.0/0" }]
        [resource.front]
        kind = "elbv2.load_balancer"
        scheme = "internet-facing"
        subnet_ids = ["${resource.a.id}", "${resource.b.id}"]
        security_group_ids = ["${resource.group.id}"]
        after = ["${resource.way.id}"]
        [resource.way]
        kind = "ec2.internet_gateway"
        vpc_id = "${resource.vpc.id}"
        [resource.table]
        kind = "ec2.route_table"
        vpc_id = "${resource.vpc.id}"
        routes = [{ destination = "0.0.0.0/0", gateway_id = "${resource.way.id}" }]
        subnet_ids = ["${resource.a.id}", "${resource.b.id}"]
        [resource.door]
        kind = "elbv2.listener"
        load_balancer_arn = "${resource.front.arn}"
        port = 80
        default_action = { type = "fixed-response", status_code = 404 }
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let public = view.all::<LoadBalancer>().filter(|(_, spec)| spec.scheme == Scheme::InternetFacing);
    let lost = public.filter_map(|(seen, spec)| {
        let (_, subnet) = spec.subnet_ids.iter().find_map(|id| view.target::<Subnet>(id))?;
        // A VPC that the stack does not make may have a gateway that the stack does not know.
        let (vpc, _) = view.target::<Vpc>(&subnet.vpc_id)?;
        let mut gateways = view.users::<InternetGateway>(vpc.address);
        if gateways.any(|(_, gateway)| gateway.vpc_id.as_ref() == Some(&subnet.vpc_id)) {
            return None;
        }
        // A gateway by its id is attached by somebody else.
        let mut tables = view.users::<RouteTable>(vpc.address);
        if tables.any(|(_, table)| table.routes.iter().any(|route| route.gateway_id.as_ref().is_some_and(|id| id.starts_with("igw-")))) {
            return None;
        }
        let finding = seen.finding("scheme", format!("it faces the internet, and `{}` has no internet gateway", vpc.address));
        let vpc = vpc.output("id").unwrap_or_default();
        Some(finding.help(format!("attach one (kind = \"ec2.internet_gateway\", vpc_id = \"{vpc}\"), or write scheme = \"internal\"")))
    });
    lost.collect()
}
