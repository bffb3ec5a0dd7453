//! ELB206: tasks stand where their load balancer does not.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::subnet::Subnet;
use crate::kinds::ecs::service::Service;
use crate::kinds::elbv2::load_balancer::LoadBalancer;
use crate::kinds::elbv2::target_group::TargetGroup;
use crate::rules::reach::before;
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ELB206",
        level: Level::Warning,
        category: Category::Network,
        about: "A service has subnets in a zone that its load balancer does not stand in.",
        why: "A load balancer sends nothing to targets in a zone that is not enabled for it (Target.NotInUse), and ECS waits for their health in vain.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
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
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-c.id}"]
        security_group_ids = ["${resource.tasks.id}"]
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
    let zone = |id: &String| view.target::<Subnet>(id).map(|(_, subnet)| subnet.availability_zone.as_str());
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Service>() {
        let groups = spec.load_balancers.iter().filter_map(|balancer| view.target::<TargetGroup>(&balancer.target_group_arn));
        let balancers = groups.flat_map(|(group, _)| before(view, group.address));
        for (balancer, of) in balancers.filter_map(|seen| view.get::<LoadBalancer>(seen.address)) {
            // A subnet that the stack does not know may be in any zone.
            let Some(enabled) = of.subnet_ids.iter().map(zone).collect::<Option<BTreeSet<_>>>() else { continue };
            let lost =
                spec.subnet_ids.iter().enumerate().find_map(|(at, id)| Some((at, zone(id)?)).filter(|(_, zone)| !enabled.contains(zone)));
            if let Some((at, zone)) = lost {
                let message = format!("tasks in {zone} get no requests: `{}` does not stand there", balancer.address);
                let finding = seen.finding(format!("subnet_ids.{at}"), message);
                found.push(finding.help("give the load balancer a subnet of that zone, or take this one out"));
                break;
            }
        }
    }
    found
}
