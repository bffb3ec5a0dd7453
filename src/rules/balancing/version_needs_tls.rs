//! ELB203: HTTP/2 or gRPC is behind a listener without TLS.

use super::ways::ways;
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elbv2::Protocol;
use crate::kinds::elbv2::target_group::{self, ProtocolVersion};

pub const RULE: Rule = Rule {
    code: Code {
        id: "ELB203",
        category: Category::Request,
        about: "A target group of HTTP/2 or gRPC is behind a listener of plain HTTP.",
        why: "Both are spoken over TLS alone: CreateListener and CreateRule refuse such a target group for a listener of HTTP.",
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
        [resource.group]
        kind = "elbv2.target_group"
        vpc_id = "${network.vpc.id}"
        port = 50051
        protocol_version = "GRPC"
        [resource.listener]
        kind = "elbv2.listener"
        load_balancer_arn = "${resource.balancer.arn}"
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
        port = 50051
        protocol_version = "GRPC"
        [resource.listener]
        kind = "elbv2.listener"
        load_balancer_arn = "${resource.balancer.arn}"
        port = 443
        protocol = "HTTPS"
        certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d"
        default_action = { type = "forward", target_group_arns = ["${resource.group.arn}"] }
    "#],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let found = ways(view).filter(|way| way.listener.protocol == Protocol::HTTP).filter_map(|way| {
        let needing = |group: &target_group::Spec| matches!(group.protocol_version, Some(ProtocolVersion::HTTP2 | ProtocolVersion::GRPC));
        let (group, _) = way.groups(view).find(|(_, group)| needing(group))?;
        let finding = way.seen.finding(way.to(), format!("`{}` speaks HTTP/2 or gRPC, which needs TLS in front", group.address));
        Some(finding.help("let the listener speak HTTPS, with a certificate, or take HTTP1"))
    });
    found.collect()
}
