//! NET216: production leaves by one NAT gateway.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::ec2::nat_gateway::{Connectivity, NatGateway};
use crate::kinds::ec2::route_table::RouteTable;
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::DbInstance;
use crate::rules::environment::{Environment, environment};
use std::collections::{BTreeMap, BTreeSet};

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET216",
        level: Level::Warning,
        category: Category::Reliability,
        about: "Production has a large database, cache or search domain in two zones, and the private subnets of a VPC leave by one NAT gateway.",
        why: "When its zone fails, tasks in the others have no way out: they start no more and reach nobody. Traffic from another zone is billed besides.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [stack]
        name = "shop-production"
        region = "us-east-1"
        [network]
        nat = "one"
        [database.main]
        class = "db.m7g.large"
        multi_az = true
    "#,
                r#"
        [stack]
        name = "shop-production"
        region = "us-east-1"
        [network]
        nat = "one"
        [search.main]
        class = "r7g.large.search"
        nodes = 2
    "#,
            ],
            right: &[
                r#"
        [stack]
        name = "shop-production"
        region = "us-east-1"
        [network]
        nat = "per-zone"
        [database.main]
        class = "db.m7g.large"
        multi_az = true
    "#,
                r#"
        [stack]
        name = "shop"
        region = "us-east-1"
        [network]
        nat = "one"
        [database.main]
        class = "db.m7g.large"
        multi_az = true
    "#,
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    if environment(&view.scope) != Some(Environment::Production) {
        return Vec::new();
    }
    // A team that pays for a second zone elsewhere, and for more than a burstable class, means to outlive the first one.
    let database = view.all::<DbInstance>().any(|(_, spec)| spec.multi_az && !spec.instance_class.starts_with("db.t"));
    let cache = || view.all::<ReplicationGroup>().any(|(_, spec)| spec.multi_az_enabled && !spec.cache_node_type.starts_with("cache.t"));
    let search =
        || view.all::<OpensearchDomain>().any(|(_, spec)| spec.availability_zone_count > 1 && !spec.instance_type.starts_with('t'));
    if !database && !cache() && !search() {
        return Vec::new();
    }
    let mut of_vpc = BTreeMap::<_, Vec<_>>::new();
    for (seen, spec) in view.all::<NatGateway>().filter(|(_, spec)| spec.connectivity == Connectivity::Public) {
        let vpc = view.target::<Subnet>(&spec.subnet_id).map(|(_, subnet)| subnet.vpc_id.as_str());
        of_vpc.entry(vpc).or_default().push(seen);
    }
    of_vpc.values().filter_map(|gateways| <[_; 1]>::try_from(gateways.as_slice()).ok()).filter_map(|[only]| alone(view, only)).collect()
}

/// Says that the subnets of several zones leave by a gateway, if they do.
fn alone(view: &View<'_>, only: &Seen<'_>) -> Option<Finding> {
    let tables = view.users::<RouteTable>(only.address).filter(|(_, table)| {
        let mut ways = table.routes.iter().filter_map(|route| route.nat_gateway_id.as_deref());
        ways.any(|id| view.target::<NatGateway>(id).is_some_and(|(gateway, _)| gateway.address == only.address))
    });
    let subnets = tables.flat_map(|(_, table)| &table.subnet_ids).filter_map(|id| view.target::<Subnet>(id));
    let zones = subnets.map(|(_, subnet)| subnet.availability_zone.as_str()).collect::<BTreeSet<_>>();
    if zones.len() < 2 {
        return None;
    }
    let finding = only.finding("subnet_id", format!("the subnets of {} zones leave by one NAT gateway", zones.len()));
    Some(finding.help("nat = \"per-zone\" in [network]; accept it with a reason where an hour without the internet is cheaper"))
}
