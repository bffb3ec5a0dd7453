//! COST203: a load balancer that nothing comes through.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elbv2::listener::Listener;
use crate::kinds::elbv2::load_balancer::LoadBalancer;
use std::collections::BTreeSet;

pub const RULE: Rule = Rule {
    code: Code {
        id: "COST203",
        level: Level::Warning,
        category: Category::Cost,
        about: "A load balancer has no listener.",
        why: "It takes no connection, and is billed by the hour all the same.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html",
        example: Example::Stack {
            wrong: &[
                "[network]\n[resource.idle]\nkind = \"elbv2.load_balancer\"\nsubnet_ids = [\"${network.subnet.public-a.id}\", \"${network.subnet.public-b.id}\"]\nsecurity_group_ids = [\"${resource.group.id}\"]\n[resource.group]\nkind = \"ec2.security_group\"\nvpc_id = \"${network.vpc.id}\"",
            ],
            right: &["[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80"],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let used = view.all::<Listener>().filter_map(|(_, spec)| view.target::<LoadBalancer>(&spec.load_balancer_arn));
    let used = used.map(|(balancer, _)| balancer.address).collect::<BTreeSet<_>>();
    let idle = view.all::<LoadBalancer>().filter(|(seen, _)| !used.contains(seen.address));
    let findings = idle.map(|(seen, _)| seen.finding("", "no listener belongs to this load balancer").help("add one, or take it out"));
    findings.collect()
}
