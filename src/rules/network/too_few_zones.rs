//! NET203: what AWS spreads over two zones stands in one.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::elbv2::load_balancer::{BalancerType, LoadBalancer};
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::subnet_group::DbSubnetGroup;
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET203",
        category: Category::Network,
        about: "A database subnet group or an Application Load Balancer stands in a single zone, or a search domain has two subnets in one.",
        why: "AWS asks for subnets in at least two availability zones, and for one in each zone of a search domain, and refuses anything less.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
        example: Example::Stack {
            wrong: &[
                r#"
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
                r#"
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
        [resource.search]
        kind = "opensearch.domain"
        engine_version = "OpenSearch_2.19"
        instance_type = "m6g.large.search"
        instance_count = 2
        availability_zone_count = 2
        subnet_ids = ["${network.subnet.private-a.id}", "${resource.more.id}"]
        security_group_ids = ["${resource.callers.id}"]
    "#,
            ],
            right: &[r#"
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
        availability_zone = "us-east-1b"
        [resource.group]
        kind = "rds.subnet_group"
        subnet_ids = ["${resource.one.id}", "${resource.two.id}"]
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let groups = view.all::<DbSubnetGroup>().map(|(seen, spec)| (seen, &spec.subnet_ids));
    let balancers = view.all::<LoadBalancer>().filter(|(_, spec)| spec.balancer_type == BalancerType::Application);
    let balancers = balancers.map(|(seen, spec)| (seen, &spec.subnet_ids));
    let single = groups.chain(balancers).filter_map(|(seen, subnets)| one_zone(view, seen, subnets));
    let domains = view.all::<OpensearchDomain>().filter_map(|(seen, spec)| shared_zone(view, seen, &spec.subnet_ids));
    single.chain(domains).collect()
}

/// Returns a finding if two subnets of a search domain are certainly of one zone.
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/vpc.html>
fn shared_zone(view: &View<'_>, seen: &Seen<'_>, subnets: &[String]) -> Option<Finding> {
    let mut zones = BTreeSet::new();
    let known = subnets.iter().filter_map(|subnet| view.target::<Subnet>(subnet));
    let (again, spec) = known.into_iter().find(|(_, spec)| !zones.insert(spec.availability_zone.as_str()))?;
    let message = format!("`{}` is in {}, where the domain has a subnet already", again.address, spec.availability_zone);
    Some(seen.finding("subnet_ids", message).help("name one subnet of each zone"))
}

/// Returns a finding if the zones of all subnets are known and they are fewer than two.
fn one_zone(view: &View<'_>, seen: &Seen<'_>, subnets: &[String]) -> Option<Finding> {
    let zone = |subnet: &String| Some(view.target::<Subnet>(subnet)?.1.availability_zone.as_str());
    let zones = subnets.iter().map(zone).collect::<Option<BTreeSet<_>>>()?;
    (zones.len() < 2).then(|| {
        let place = zones.first().map_or_else(|| "no zone".to_owned(), |zone| format!("only {zone}"));
        let finding = seen.finding("subnet_ids", format!("{} needs two availability zones, and has {place}", seen.kind.name));
        finding.help("name a subnet in another zone")
    })
}
