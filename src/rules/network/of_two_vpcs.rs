//! NET212: things of two VPCs are put together.

use crate::core::address::Address;
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::kind::Kind;
use crate::core::reference::{Piece, pieces};
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::ec2::internet_gateway::InternetGateway;
use crate::kinds::ec2::nat_gateway::NatGateway;
use crate::kinds::ec2::route_table::{Route, RouteTable};
use crate::kinds::ec2::security_group::SecurityGroup;
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::ec2::vpc_endpoint::VpcEndpoint;
use crate::kinds::ecs::service::Service;
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::elasticache::subnet_group::CacheSubnetGroup;
use crate::kinds::elbv2::action::Action;
use crate::kinds::elbv2::listener::Listener;
use crate::kinds::elbv2::listener_rule::ListenerRule;
use crate::kinds::elbv2::load_balancer::LoadBalancer;
use crate::kinds::elbv2::target_group::TargetGroup;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::DbInstance;
use crate::kinds::rds::subnet_group::DbSubnetGroup;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET212",
        category: Category::Network,
        about: "Something is put together of parts that are in two VPCs.",
        why: "Subnets, security groups, gateways, route tables and target groups work within their VPC alone, and AWS refuses those of another: InvalidGroup.NotFound, InvalidParameter, \"are in different VPCs\".",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [network]
        [resource.office]
        kind = "ec2.vpc"
        cidr = "10.99.0.0/16"
        [resource.desk]
        kind = "ec2.subnet"
        vpc_id = "${resource.office.id}"
        cidr = "10.99.1.0/24"
        availability_zone = "us-east-1c"
        [resource.places]
        kind = "rds.subnet_group"
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}", "${resource.desk.id}"]
    "#,
                r#"
        [network]
        [resource.office]
        kind = "ec2.vpc"
        cidr = "10.99.0.0/16"
        [resource.group]
        kind = "ec2.security_group"
        vpc_id = "${resource.office.id}"
        [database.main]
        [override."database.main.instance"]
        vpc_security_group_ids = ["${resource.group.id}"]
    "#,
                r#"
        [network]
        [resource.front]
        kind = "ec2.security_group"
        vpc_id = "${network.vpc.id}"
        ingress = [{ from_port = 80, cidr = "10.0.0.0/16" }, { from_port = 443, cidr = "10.0.0.0/16" }]
        [resource.balancer]
        kind = "elbv2.load_balancer"
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
        security_group_ids = ["${resource.front.id}"]
        [resource.office]
        kind = "ec2.vpc"
        cidr = "10.99.0.0/16"
        [resource.group]
        kind = "elbv2.target_group"
        vpc_id = "${resource.office.id}"
        port = 80
        [resource.listener]
        kind = "elbv2.listener"
        load_balancer_arn = "${resource.balancer.arn}"
        port = 80
        default_action = { type = "forward", target_group_arns = ["${resource.group.arn}"] }
    "#,
                r#"
        [network]
        [resource.office]
        kind = "ec2.vpc"
        cidr = "10.99.0.0/16"
        [resource.table]
        kind = "ec2.route_table"
        vpc_id = "${resource.office.id}"
        routes = [{ destination = "0.0.0.0/0", gateway_id = "${network.internet-gateway.id}" }]
    "#,
            ],
            right: &[r#"
        [network]
        [resource.office]
        kind = "ec2.vpc"
        cidr = "10.99.0.0/16"
        [resource.desk]
        kind = "ec2.subnet"
        vpc_id = "${resource.office.id}"
        cidr = "10.99.1.0/24"
        availability_zone = "us-east-1c"
        [resource.table]
        kind = "ec2.route_table"
        vpc_id = "${resource.office.id}"
        subnet_ids = ["${resource.desk.id}"]
        [database.main]
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

/// One thing that stands in a VPC.
#[derive(Clone)]
struct Part {
    /// The field that names it.
    field: String,
    address: Address,
    vpc: String,
    /// Its own field that says so.
    by: &'static str,
}

fn find(view: &View<'_>) -> Vec<Finding> {
    let parts = Parts { view };
    let mut found = Vec::new();
    let mut check = |seen: &Seen<'_>, own: Option<String>, all: Vec<Part>| {
        let Some(first) = own.or_else(|| all.first().map(|part| part.vpc.clone())) else { return };
        if let Some(Part { field, address, vpc, by }) = all.into_iter().find(|part| part.vpc != first) {
            let message = format!("`{address}` is in {vpc}, and the rest of `{}` in {first}", seen.address);
            found.push(seen.finding(field, message).help("put both into one VPC").or(&address, by));
        }
    };
    for (seen, spec) in view.all::<RouteTable>() {
        let routes = spec.routes.iter().enumerate().filter_map(|(at, route)| parts.gateway(at, route));
        check(seen, vpc(&spec.vpc_id), [parts.subnets("subnet_ids", &spec.subnet_ids), routes.collect()].concat());
    }
    for (seen, spec) in view.all::<DbSubnetGroup>() {
        check(seen, None, parts.subnets("subnet_ids", &spec.subnet_ids));
    }
    for (seen, spec) in view.all::<CacheSubnetGroup>() {
        check(seen, None, parts.subnets("subnet_ids", &spec.subnet_ids));
    }
    for (seen, spec) in view.all::<VpcEndpoint>() {
        let subnets = parts.subnets("subnet_ids", &spec.subnet_ids);
        let tables = parts.tables("route_table_ids", &spec.route_table_ids);
        let groups = parts.groups("security_group_ids", &spec.security_group_ids);
        check(seen, vpc(&spec.vpc_id), [subnets, tables, groups].concat());
    }
    for (seen, spec) in view.all::<LoadBalancer>() {
        let groups = parts.groups("security_group_ids", &spec.security_group_ids);
        check(seen, None, [parts.subnets("subnet_ids", &spec.subnet_ids), groups].concat());
    }
    for (seen, spec) in view.all::<OpensearchDomain>() {
        let groups = parts.groups("security_group_ids", &spec.security_group_ids);
        check(seen, None, [parts.subnets("subnet_ids", &spec.subnet_ids), groups].concat());
    }
    for (seen, spec) in view.all::<Service>() {
        let groups = parts.groups("security_group_ids", &spec.security_group_ids);
        let arns = spec.load_balancers.iter().map(|balancer| &balancer.target_group_arn).collect::<Vec<_>>();
        check(seen, None, [parts.subnets("subnet_ids", &spec.subnet_ids), groups, parts.targets("load_balancers", &arns)].concat());
    }
    for (seen, spec) in view.all::<DbInstance>() {
        let own = view.target::<DbSubnetGroup>(&spec.db_subnet_group_name);
        let own = own.and_then(|(_, group)| parts.subnets("", &group.subnet_ids).into_iter().next());
        check(seen, own.map(|part| part.vpc), parts.groups("vpc_security_group_ids", &spec.vpc_security_group_ids));
    }
    for (seen, spec) in view.all::<ReplicationGroup>() {
        let own = view.target::<CacheSubnetGroup>(&spec.cache_subnet_group_name);
        let own = own.and_then(|(_, group)| parts.subnets("", &group.subnet_ids).into_iter().next());
        check(seen, own.map(|part| part.vpc), parts.groups("security_group_ids", &spec.security_group_ids));
    }
    for (seen, spec) in view.all::<Listener>() {
        check(seen, parts.of_balancer(&spec.load_balancer_arn), parts.forwarded("default_action", &spec.default_action));
    }
    for (seen, spec) in view.all::<ListenerRule>() {
        let own = view.target::<Listener>(&spec.listener_arn).and_then(|(_, listener)| parts.of_balancer(&listener.load_balancer_arn));
        check(seen, own, parts.forwarded("action", &spec.action));
    }
    found
}

struct Parts<'v, 'a> {
    view: &'v View<'a>,
}

impl Parts<'_, '_> {
    fn subnets(&self, field: &str, ids: &[String]) -> Vec<Part> {
        self.each::<Subnet>(field, ids, |subnet| &subnet.vpc_id)
    }
    fn groups(&self, field: &str, ids: &[String]) -> Vec<Part> {
        self.each::<SecurityGroup>(field, ids, |group| &group.vpc_id)
    }
    fn tables(&self, field: &str, ids: &[String]) -> Vec<Part> {
        self.each::<RouteTable>(field, ids, |table| &table.vpc_id)
    }
    fn each<K: Kind>(&self, field: &str, ids: &[String], of: impl Fn(&K::Spec) -> &String) -> Vec<Part> {
        let known = ids.iter().enumerate().filter_map(|(at, id)| Some((at, self.view.target::<K>(id)?)));
        known.filter_map(|(at, (seen, spec))| Part::new(format!("{field}.{at}"), seen, of(spec))).collect()
    }
    // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html
    fn gateway(&self, at: usize, route: &Route) -> Option<Part> {
        if let Some((seen, gateway)) = route.gateway_id.as_ref().and_then(|id| self.view.target::<InternetGateway>(id)) {
            return Part::new(format!("routes.{at}.gateway_id"), seen, gateway.vpc_id.as_ref()?);
        }
        let (seen, gateway) = route.nat_gateway_id.as_ref().and_then(|id| self.view.target::<NatGateway>(id))?;
        let (_, subnet) = self.view.target::<Subnet>(&gateway.subnet_id)?;
        Some(Part { by: "subnet_id", ..Part::new(format!("routes.{at}.nat_gateway_id"), seen, &subnet.vpc_id)? })
    }
    fn targets(&self, field: &str, arns: &[&String]) -> Vec<Part> {
        let known = arns.iter().filter_map(|arn| self.view.target::<TargetGroup>(arn));
        known.filter_map(|(seen, spec)| Part::new(field.to_owned(), seen, &spec.vpc_id)).collect()
    }
    fn forwarded(&self, field: &str, action: &Action) -> Vec<Part> {
        let Action::Forward { target_group_arns, .. } = action else { return Vec::new() };
        self.targets(&format!("{field}.target_group_arns"), &target_group_arns.iter().collect::<Vec<_>>())
    }
    fn of_balancer(&self, arn: &str) -> Option<String> {
        let (_, balancer) = self.view.target::<LoadBalancer>(arn)?;
        self.subnets("", &balancer.subnet_ids).into_iter().next().map(|part| part.vpc)
    }
}

impl Part {
    fn new(field: String, seen: &Seen<'_>, of: &str) -> Option<Part> {
        Some(Part { field, address: seen.address.clone(), vpc: vpc(of)?, by: "vpc_id" })
    }
}

// A VPC by its address, or by its id.
fn vpc(text: &str) -> Option<String> {
    match pieces(text).as_slice() {
        [Piece::Reference(reference)] => Some(reference.address.to_string()),
        [Piece::Text(id)] => Some(id.to_string()),
        _ => None,
    }
}
