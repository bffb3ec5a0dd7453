//! ELB204: two load balancers forward to one target group.

use super::ways::ways;
use crate::core::address::Address;
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elbv2::load_balancer::LoadBalancer;
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
    for way in ways(view) {
        let Some((balancer, _)) = view.target::<LoadBalancer>(&way.listener.load_balancer_arn) else { continue };
        for (group, _) in way.groups(view) {
            let owner = *owners.entry(group.address).or_insert(balancer.address);
            if owner != balancer.address {
                let finding = way.seen.finding(way.to(), format!("`{}` belongs to `{owner}` already", group.address));
                found.push(finding.help("make a target group of its own for each load balancer; a service may have both"));
            }
        }
    }
    found
}
