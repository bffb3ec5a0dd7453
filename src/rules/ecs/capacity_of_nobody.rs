//! ECS207: a service runs on capacity that its cluster does not have.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::cluster::Cluster;
use crate::kinds::ecs::service::Service;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ECS207",
        category: Category::Request,
        about: "A service runs on a capacity provider that its cluster does not have.",
        why: "CreateService refuses it: \"The specified capacity provider was not found\" among those of the cluster.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [resource.cluster]
        kind = "ecs.cluster"
        capacity_providers = ["FARGATE"]
        [resource.group]
        kind = "ec2.security_group"
        vpc_id = "${network.vpc.id}"
        [resource.task]
        kind = "ecs.task_definition"
        cpu = 256
        memory = 512
        containers = [{ name = "app", image = "nginx:1.29" }]
        [resource.service]
        kind = "ecs.service"
        cluster = "${resource.cluster.name}"
        task_definition_arn = "${resource.task.arn}"
        subnet_ids = ["${network.subnet.private-a.id}"]
        security_group_ids = ["${resource.group.id}"]
        desired_count = 1
        capacity_provider_strategy = [{ capacity_provider = "FARGATE_SPOT" }]
    "#],
            right: &[r#"
        [network]
        [resource.cluster]
        kind = "ecs.cluster"
        capacity_providers = ["FARGATE", "FARGATE_SPOT"]
        [resource.group]
        kind = "ec2.security_group"
        vpc_id = "${network.vpc.id}"
        [resource.task]
        kind = "ecs.task_definition"
        cpu = 256
        memory = 512
        containers = [{ name = "app", image = "nginx:1.29" }]
        [resource.service]
        kind = "ecs.service"
        cluster = "${resource.cluster.name}"
        task_definition_arn = "${resource.task.arn}"
        subnet_ids = ["${network.subnet.private-a.id}"]
        security_group_ids = ["${resource.group.id}"]
        desired_count = 1
        capacity_provider_strategy = [{ capacity_provider = "FARGATE_SPOT" }]
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Service>() {
        let Some((cluster, own)) = view.target::<Cluster>(&spec.cluster) else { continue };
        let strange = spec.capacity_provider_strategy.iter().enumerate();
        for (at, one) in strange.filter(|(_, one)| !own.capacity_providers.contains(&one.capacity_provider)) {
            let message = format!("`{}` does not have {}", cluster.address, one.capacity_provider);
            let finding = seen.finding(format!("capacity_provider_strategy.{at}.capacity_provider"), message);
            found.push(finding.help("name it in `capacity_providers` of the cluster"));
        }
    }
    found
}
