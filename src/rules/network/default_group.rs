//! NET219: a service or a store is in the group that lets nobody in.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::security_group::SecurityGroup;
use crate::kinds::ecs::service::Service;
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::DbInstance;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET219",
        level: Level::Warning,
        category: Category::Network,
        about: "A service behind a load balancer, or a database, a cache or a search domain beside services, has no security group.",
        why: "It gets the default group of the VPC, which lets in only its own members: the load balancer reaches no task and no task becomes healthy, and no service reaches the database.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [network]
        zones = 3
        [resource.front]
        kind = "ec2.security_group"
        vpc_id = "${network.vpc.id}"
        ingress = [{ from_port = 80, cidr = "10.0.0.0/16" }]
        [resource.balancer]
        kind = "elbv2.load_balancer"
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
        security_group_ids = ["${resource.front.id}"]
        [resource.targets]
        kind = "elbv2.target_group"
        vpc_id = "${network.vpc.id}"
        port = 80
        target_type = "ip"
        [resource.door]
        kind = "elbv2.listener"
        load_balancer_arn = "${resource.balancer.arn}"
        port = 80
        default_action = { type = "forward", target_group_arns = ["${resource.targets.arn}"] }
        [resource.cluster]
        kind = "ecs.cluster"
        [resource.task]
        kind = "ecs.task_definition"
        cpu = 256
        memory = 512
        containers = [{ name = "app", image = "nginx:1.29", port_mappings = [{ container_port = 80 }] }]
        [resource.tasks]
        kind = "ec2.security_group"
        vpc_id = "${network.vpc.id}"
        ingress = [{ from_port = 80, security_group_id = "${resource.front.id}" }]
        [resource.service]
        kind = "ecs.service"
        cluster = "${resource.cluster.name}"
        task_definition_arn = "${resource.task.arn}"
        desired_count = 2
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
        security_group_ids = []
        load_balancers = [{ target_group_arn = "${resource.targets.arn}", container_name = "app", container_port = 80 }]
        after = ["${resource.door.id}"]
    "#,
                r#"
        [network]
        [database.main]
        [service.web]
        image = "nginx:1.29"
        port = 80
        [override."database.main.instance"]
        vpc_security_group_ids = []
    "#,
            ],
            right: &[r#"
        [network]
        zones = 3
        [resource.front]
        kind = "ec2.security_group"
        vpc_id = "${network.vpc.id}"
        ingress = [{ from_port = 80, cidr = "10.0.0.0/16" }]
        [resource.balancer]
        kind = "elbv2.load_balancer"
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
        security_group_ids = ["${resource.front.id}"]
        [resource.targets]
        kind = "elbv2.target_group"
        vpc_id = "${network.vpc.id}"
        port = 80
        target_type = "ip"
        [resource.door]
        kind = "elbv2.listener"
        load_balancer_arn = "${resource.balancer.arn}"
        port = 80
        default_action = { type = "forward", target_group_arns = ["${resource.targets.arn}"] }
        [resource.cluster]
        kind = "ecs.cluster"
        [resource.task]
        kind = "ecs.task_definition"
        cpu = 256
        memory = 512
        containers = [{ name = "app", image = "nginx:1.29", port_mappings = [{ container_port = 80 }] }]
        [resource.tasks]
        kind = "ec2.security_group"
        vpc_id = "${network.vpc.id}"
        ingress = [{ from_port = 80, security_group_id = "${resource.front.id}" }]
        [resource.service]
        kind = "ecs.service"
        cluster = "${resource.cluster.name}"
        task_definition_arn = "${resource.task.arn}"
        desired_count = 2
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
        security_group_ids = ["${resource.tasks.id}"]
        load_balancers = [{ target_group_arn = "${resource.targets.arn}", container_name = "app", container_port = 80 }]
        after = ["${resource.door.id}"]
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let bare = view.all::<Service>().filter(|(_, spec)| spec.security_group_ids.is_empty() && !spec.load_balancers.is_empty());
    let found = bare.map(|(seen, _)| {
        let finding = seen.finding("security_group_ids", "it has the default group of its VPC, which lets no load balancer in");
        finding.help("name a group that lets the group of the load balancer in on the port of the container")
    });
    // Whoever is in the default group as well is let in, so that the groups of all services have to be known.
    let apart = |ids: &[String]| !ids.is_empty() && ids.iter().all(|id| view.target::<SecurityGroup>(id).is_some());
    let mut services = view.all::<Service>().peekable();
    let shut = services.peek().is_some() && services.all(|(_, spec)| apart(&spec.security_group_ids));
    let databases = view.all::<DbInstance>().map(|(seen, spec)| (seen, "vpc_security_group_ids", &spec.vpc_security_group_ids));
    let caches = view.all::<ReplicationGroup>().map(|(seen, spec)| (seen, "security_group_ids", &spec.security_group_ids));
    let domains = view.all::<OpensearchDomain>().filter(|(_, spec)| !spec.subnet_ids.is_empty());
    let domains = domains.map(|(seen, spec)| (seen, "security_group_ids", &spec.security_group_ids));
    let stores = databases.chain(caches).chain(domains).filter(|(_, _, groups)| shut && groups.is_empty());
    let stores = stores.map(|(seen, field, _)| {
        let finding = seen.finding(field, "it has the default group of its VPC, which lets none of the services in");
        finding.help("name a group that lets the groups of the services in on its port")
    });
    found.chain(stores).collect()
}
