//! ELB201: a listener or a target group has a protocol that its load balancer does not speak.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elbv2::Protocol;
use crate::kinds::elbv2::action::Action;
use crate::kinds::elbv2::listener::Listener;
use crate::kinds::elbv2::load_balancer::{BalancerType, LoadBalancer};
use crate::kinds::elbv2::target_group::TargetGroup;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ELB201",
        category: Category::Request,
        about: "A listener, or the target group that it forwards to, has a protocol of the other type of load balancer.",
        why: "An Application Load Balancer speaks HTTP and HTTPS, a Network Load Balancer TCP, TLS and UDP. CreateListener refuses the others, and target groups of the others.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        [resource.tcp]
        kind = "elbv2.listener"
        load_balancer_arn = "${service.web.load-balancer.arn}"
        port = 8080
        protocol = "TCP"
        default_action = { type = "forward", target_group_arns = ["${resource.targets.arn}"] }
        [resource.targets]
        kind = "elbv2.target_group"
        vpc_id = "${network.vpc.id}"
        port = 80
        protocol = "TCP"
    "#,
                r#"
        [network]
        [resource.balancer]
        kind = "elbv2.load_balancer"
        type = "network"
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
        [resource.tcp]
        kind = "elbv2.listener"
        load_balancer_arn = "${resource.balancer.arn}"
        port = 8080
        protocol = "TCP"
        default_action = { type = "forward", target_group_arns = ["${resource.targets.arn}"] }
        [resource.targets]
        kind = "elbv2.target_group"
        vpc_id = "${network.vpc.id}"
        port = 80
    "#,
            ],
            right: &[r#"
        [network]
        [resource.balancer]
        kind = "elbv2.load_balancer"
        type = "network"
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
        [resource.tcp]
        kind = "elbv2.listener"
        load_balancer_arn = "${resource.balancer.arn}"
        port = 8080
        protocol = "TCP"
        default_action = { type = "forward", target_group_arns = ["${resource.targets.arn}"] }
        [resource.targets]
        kind = "elbv2.target_group"
        vpc_id = "${network.vpc.id}"
        port = 80
        protocol = "TCP"
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, listener) in view.all::<Listener>() {
        let Some((_, balancer)) = view.target::<LoadBalancer>(&listener.load_balancer_arn) else { continue };
        let (name, protocols) = match balancer.balancer_type {
            BalancerType::Application => ("an Application Load Balancer", "HTTP or HTTPS"),
            BalancerType::Network => ("a Network Load Balancer", "TCP, TLS, UDP or TCP_UDP"),
        };
        let speaks = |protocol: Protocol| protocol.is_http() == (balancer.balancer_type == BalancerType::Application);
        if !speaks(listener.protocol) {
            let message = format!("{name} does not speak {}", listener.protocol.as_str());
            found.push(seen.finding("protocol", message).help(format!("write {protocols}, or another load balancer")));
            continue;
        }
        let Action::Forward { target_group_arns, .. } = &listener.default_action else { continue };
        for (_, group) in target_group_arns.iter().filter_map(|arn| view.target::<TargetGroup>(arn)) {
            if !speaks(group.protocol) {
                let message = format!("{name} cannot forward to a target group of {}", group.protocol.as_str());
                found.push(seen.finding("default_action.target_group_arns", message).help(format!("give the target group {protocols}")));
            }
        }
    }
    found
}
