//! ELB201: a listener or a target group has a protocol that its load balancer does not speak.

use super::ways::ways;
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elbv2::Protocol;
use crate::kinds::elbv2::load_balancer::{BalancerType, LoadBalancer};

pub const RULE: Rule = Rule {
    code: Code {
        id: "ELB201",
        category: Category::Request,
        about: "A listener, or a target group that it or a rule of it forwards to, has a protocol of the other type of load balancer.",
        why: "An Application Load Balancer speaks HTTP and HTTPS, a Network Load Balancer TCP, TLS and UDP. CreateListener and CreateRule refuse the others, and target groups of the others.",
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
                r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        [resource.rule]
        kind = "elbv2.listener_rule"
        listener_arn = "${service.web.listener.http.arn}"
        priority = 7
        conditions = [{ field = "path-pattern", values = ["/raw"] }]
        action = { type = "forward", target_group_arns = ["${resource.targets.arn}"] }
        [resource.targets]
        kind = "elbv2.target_group"
        vpc_id = "${network.vpc.id}"
        port = 80
        protocol = "TCP"
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
    for way in ways(view) {
        let Some((_, balancer)) = view.target::<LoadBalancer>(&way.listener.load_balancer_arn) else { continue };
        let (name, protocols) = match balancer.balancer_type {
            BalancerType::Application => ("an Application Load Balancer", "HTTP or HTTPS"),
            BalancerType::Network => ("a Network Load Balancer", "TCP, TLS, UDP or TCP_UDP"),
        };
        let speaks = |protocol: Protocol| protocol.is_http() == (balancer.balancer_type == BalancerType::Application);
        if !speaks(way.listener.protocol) {
            // Its rules have nothing to say then.
            if way.is_default() {
                let message = format!("{name} does not speak {}", way.listener.protocol.as_str());
                found.push(way.seen.finding("protocol", message).help(format!("write {protocols}, or another load balancer")));
            }
            continue;
        }
        for (_, group) in way.groups(view).filter(|(_, group)| !speaks(group.protocol)) {
            let message = format!("{name} cannot forward to a target group of {}", group.protocol.as_str());
            found.push(way.seen.finding(way.to(), message).help(format!("give the target group {protocols}")));
        }
    }
    found
}
