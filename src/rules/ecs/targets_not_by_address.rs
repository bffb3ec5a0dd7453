//! ECS202: a service on Fargate registers its tasks in a target group for instances.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::service::Service;
use crate::kinds::elbv2::target_group::{TargetGroup, TargetType};

pub const RULE: Rule = Rule {
    code: Code {
        id: "ECS202",
        category: Category::Request,
        about: "A service's target group takes instances, and its tasks have addresses of their own.",
        why: "Tasks with network interfaces of their own are registered by address. CreateService refuses a target group of the type `instance` for them.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        deployment = "rolling"
        [resource.targets]
        kind = "elbv2.target_group"
        vpc_id = "${network.vpc.id}"
        port = 80
        target_type = "instance"
        [resource.rule]
        kind = "elbv2.listener_rule"
        listener_arn = "${service.web.listener.http.arn}"
        priority = 50
        conditions = [{ field = "path-pattern", values = ["/old/*"] }]
        action = { type = "forward", target_group_arns = ["${resource.targets.arn}"] }
        [override."service.web.service"]
        load_balancers = [{ target_group_arn = "${resource.targets.arn}", container_name = "app", container_port = 80 }]
        after = ["${resource.rule.id}"]
    "#],
            right: &["[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80"],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let groups = view.all::<Service>().flat_map(|(service, spec)| {
        let advanced = spec.load_balancers.iter().filter_map(|balancer| balancer.advanced_configuration.as_ref());
        let arns = spec.load_balancers.iter().map(|balancer| &balancer.target_group_arn);
        let arns = arns.chain(advanced.map(|advanced| &advanced.alternate_target_group_arn));
        let groups = arns.filter_map(|arn| view.target::<TargetGroup>(arn));
        let wrong = groups.filter(|(_, group)| group.target_type == TargetType::Instance);
        wrong.map(|(group, _)| {
            let message = format!("the tasks of `{}` are registered here by address", service.address);
            group.finding("target_type", message).help("write target_type = \"ip\"")
        })
    });
    groups.collect()
}
