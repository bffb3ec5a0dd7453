//! LIM205: a network interface has more security groups than it may have.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::vpc_endpoint::VpcEndpoint;
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::elbv2::load_balancer::LoadBalancer;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::DbInstance;

pub const RULE: Rule = Rule {
    code: Code {
        id: "LIM205",
        level: Level::Warning,
        category: Category::Request,
        about: "A load balancer, database, cache, search domain or endpoint has more security groups than a network interface may have by default.",
        why: "A network interface has five, and sixteen at most where the quota was raised: AWS refuses the rest with SecurityGroupsPerInterfaceLimitExceeded.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [resource.door]
        kind = "ec2.security_group"
        count = 6
        vpc_id = "${network.vpc.id}"
        [database.main]
        [override."database.main.instance"]
        vpc_security_group_ids = ["${resource.door.0.id}", "${resource.door.1.id}", "${resource.door.2.id}", "${resource.door.3.id}", "${resource.door.4.id}", "${resource.door.5.id}"]
    "#],
            right: &[r#"
        [network]
        [resource.door]
        kind = "ec2.security_group"
        count = 5
        vpc_id = "${network.vpc.id}"
        [database.main]
        [override."database.main.instance"]
        vpc_security_group_ids = ["${resource.door.0.id}", "${resource.door.1.id}", "${resource.door.2.id}", "${resource.door.3.id}", "${resource.door.4.id}"]
    "#],
        },
    },
    look: Look::Resources(find),
};

/// The most security groups of a network interface by default, as of 2026-11-30. Those of tasks are ECS's own limit.
const MOST: usize = 5;

fn find(view: &View<'_>) -> Vec<Finding> {
    let balancers = view.all::<LoadBalancer>().map(|(seen, spec)| (seen, "security_group_ids", &spec.security_group_ids));
    let databases = view.all::<DbInstance>().map(|(seen, spec)| (seen, "vpc_security_group_ids", &spec.vpc_security_group_ids));
    let caches = view.all::<ReplicationGroup>().map(|(seen, spec)| (seen, "security_group_ids", &spec.security_group_ids));
    let domains = view.all::<OpensearchDomain>().map(|(seen, spec)| (seen, "security_group_ids", &spec.security_group_ids));
    let endpoints = view.all::<VpcEndpoint>().map(|(seen, spec)| (seen, "security_group_ids", &spec.security_group_ids));
    let all = balancers.chain(databases).chain(caches).chain(domains).chain(endpoints);
    let found = all.filter(|(_, _, ids)| ids.len() > MOST).map(|(seen, field, ids)| {
        let finding = seen.finding(field, format!("{} security groups, and a network interface has {MOST} by default", ids.len()));
        finding.help("put their rules into fewer groups, or ask for a higher quota, which is 16 at most")
    });
    found.collect()
}
