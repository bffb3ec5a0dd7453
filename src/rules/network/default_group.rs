//! NET219: a service is in the group that lets nobody in.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::service::Service;

pub const RULE: Rule = Rule {
    code: Code {
        id: "NET219",
        level: Level::Warning,
        category: Category::Network,
        about: "A service behind a load balancer has no security group.",
        why: "It gets the default group of the VPC, which lets in only its own members: the load balancer reaches no task, and no task becomes healthy.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html",
        example: Example::Stack {
            wrong: &[r#"
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
    "#],
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
    found.collect()
}
