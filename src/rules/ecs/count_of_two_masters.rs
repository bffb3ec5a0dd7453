//! OPS204: two say how many tasks run.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Origin, View};
use crate::kinds::autoscaling::scalable_target::ScalableTarget;
use crate::kinds::ecs::service::Service;

pub const RULE: Rule = Rule {
    code: Code {
        id: "OPS204",
        level: Level::Warning,
        category: Category::Reliability,
        about: "The number of tasks is set by the file and by autoscaling at once.",
        why: "Each apply brings the service back to the number in the file, in the middle of the load that autoscaling has answered.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html",
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
        security_group_ids = ["${resource.tasks.id}"]
        load_balancers = [{ target_group_arn = "${resource.targets.arn}", container_name = "app", container_port = 80 }]
        after = ["${resource.door.id}"]

        [resource.scaling]
        kind = "autoscaling.target"
        resource_id = "${resource.service.resource_id}"
        min_capacity = 2
        max_capacity = 6
        policies = { cpu = { metric = "ECSServiceAverageCPUUtilization", target_value = 60 } }
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
        initial_count = 2
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
        security_group_ids = ["${resource.tasks.id}"]
        load_balancers = [{ target_group_arn = "${resource.targets.arn}", container_name = "app", container_port = 80 }]
        after = ["${resource.door.id}"]

        [resource.scaling]
        kind = "autoscaling.target"
        resource_id = "${resource.service.resource_id}"
        min_capacity = 2
        max_capacity = 6
        policies = { cpu = { metric = "ECSServiceAverageCPUUtilization", target_value = 60 } }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let scaled = view.all::<ScalableTarget>().filter_map(|(target, spec)| Some((target, view.target::<Service>(&spec.resource_id)?)));
    let both = scaled.filter_map(|(target, (seen, spec))| {
        // An ignored field stays as somebody else has set it.
        if matches!(seen.from, Origin::Wanted(node) if node.ignore.iter().any(|name| name == "desired_count")) {
            return None;
        }
        let count = spec.desired_count?;
        let message = format!("`{}` scales this service, and the file wants {count} tasks", target.address);
        Some(seen.finding("desired_count", message).help(format!("write initial_count = {count} in its place")))
    });
    both.collect()
}
