//! ELB204: two load balancers forward to one target group.

use crate::core::address::Address;
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::elbv2::action::Action;
use crate::kinds::elbv2::listener::Listener;
use crate::kinds::elbv2::listener_rule::ListenerRule;
use crate::kinds::elbv2::load_balancer::LoadBalancer;
use crate::kinds::elbv2::target_group::TargetGroup;
use std::collections::BTreeMap;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ELB204",
        category: Category::Request,
        about: "Two load balancers forward to one target group.",
        why: "A target group belongs to one load balancer at a time, and AWS refuses the second one: TargetGroupAssociationLimit.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [resource.front]
        kind = "ec2.security_group"
        vpc_id = "${network.vpc.id}"
        ingress = [{ from_port = 80, cidr = "10.0.0.0/16" }, { from_port = 443, cidr = "10.0.0.0/16" }]
        [resource.balancer]
        kind = "elbv2.load_balancer"
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
        security_group_ids = ["${resource.front.id}"]
        [resource.other]
        kind = "elbv2.load_balancer"
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
        security_group_ids = ["${resource.front.id}"]
        [resource.group]
        kind = "elbv2.target_group"
        vpc_id = "${network.vpc.id}"
        port = 8080
        [resource.one]
        kind = "elbv2.listener"
        load_balancer_arn = "${resource.balancer.arn}"
        port = 80
        default_action = { type = "forward", target_group_arns = ["${resource.group.arn}"] }
        [resource.two]
        kind = "elbv2.listener"
        load_balancer_arn = "${resource.other.arn}"
        port = 80
        default_action = { type = "forward", target_group_arns = ["${resource.group.arn}"] }
    "#],
            right: &[r#"
        [network]
        [resource.front]
        kind = "ec2.security_group"
        vpc_id = "${network.vpc.id}"
        ingress = [{ from_port = 80, cidr = "10.0.0.0/16" }, { from_port = 443, cidr = "10.0.0.0/16" }]
        [resource.balancer]
        kind = "elbv2.load_balancer"
        subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
        security_group_ids = ["${resource.front.id}"]
        [resource.group]
        kind = "elbv2.target_group"
        vpc_id = "${network.vpc.id}"
        port = 8080
        [resource.one]
        kind = "elbv2.listener"
        load_balancer_arn = "${resource.balancer.arn}"
        port = 80
        default_action = { type = "forward", target_group_arns = ["${resource.group.arn}"] }
        [resource.two]
        kind = "elbv2.listener"
        load_balancer_arn = "${resource.balancer.arn}"
        port = 443
        default_action = { type = "forward", target_group_arns = ["${resource.group.arn}"] }
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut owners = BTreeMap::<&Address, &Address>::new();
    let mut found = Vec::new();
    let mut check = |seen: &Seen<'_>, field: &str, balancer: &str, action: &Action| {
        let Action::Forward { target_group_arns, .. } = action else { return };
        let Some((balancer, _)) = view.target::<LoadBalancer>(balancer) else { return };
        for (group, _) in target_group_arns.iter().filter_map(|arn| view.target::<TargetGroup>(arn)) {
            let owner = *owners.entry(group.address).or_insert(balancer.address);
            if owner != balancer.address {
                let message = format!("`{}` belongs to `{owner}` already", group.address);
                let finding = seen.finding(format!("{field}.target_group_arns"), message);
                found.push(finding.help("make a target group of its own for each load balancer; a service may have both"));
            }
        }
    };
    for (seen, spec) in view.all::<Listener>() {
        check(seen, "default_action", &spec.load_balancer_arn, &spec.default_action);
    }
    for (seen, spec) in view.all::<ListenerRule>() {
        if let Some((_, listener)) = view.target::<Listener>(&spec.listener_arn) {
            check(seen, "action", &listener.load_balancer_arn, &spec.action);
        }
    }
    found
}
