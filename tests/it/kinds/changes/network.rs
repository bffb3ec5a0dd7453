//! EC2 and Elastic Load Balancing.

use super::{Change, to};
use serde_json::json;

pub fn of(kind: &str) -> Option<Vec<(&'static str, Change)>> {
    let allows = |action: &str| json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*" }] });
    let forward = |nouns: &[&str]| {
        let arns = nouns.iter().map(|noun| format!("${{example.{noun}.arn}}")).collect::<Vec<_>>();
        json!({ "type": "forward", "target_group_arns": arns, "stickiness_seconds": null })
    };
    let answer = |body: &str| json!({ "type": "fixed-response", "status_code": 404, "content_type": "text/plain", "message_body": body });
    let weights = |one: u32, other: u32| {
        json!([
            { "target_group_arn": "${example.target-group.arn}", "weight": one },
            { "target_group_arn": "${example.target-group-b.arn}", "weight": other },
        ])
    };
    let both = ["target-group", "target-group-b"];
    let certificate = |name: &str| format!("arn:aws:iam::123456789012:server-certificate/{name}");
    let https =
        || json!({ "protocol": "HTTPS", "certificate_arn": certificate("one"), "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06" });
    let interface = |private_dns: bool| {
        json!({
            "type": "Interface", "service_name": "com.amazonaws.us-east-1.ecr.api", "route_table_ids": [], "private_dns_enabled": private_dns,
            "subnet_ids": ["${example.subnet-a.id}"], "security_group_ids": ["${example.security-group.id}"],
        })
    };
    Some(match kind {
        "ec2.vpc" => vec![
            ("cidr", to("10.1.0.0/16")),
            ("dns_hostnames", to(false)),
            ("dns_support", to(false).from(json!({ "dns_hostnames": false }))),
        ],
        "ec2.subnet" => vec![
            ("vpc_id", to("${example.vpc-b.id}")),
            ("cidr", to("10.0.9.0/24")),
            ("availability_zone", to("us-east-1c")),
            ("map_public_ip_on_launch", to(true)),
        ],
        "ec2.eip" => vec![(
            "public_ipv4_pool",
            to("ipv4pool-ec2-0123456789abcdef0")
                .in_world("us-east-1/ec2.address", json!({ "PublicIpv4Pool": "ipv4pool-ec2-0123456789abcdef0" })),
        )],
        "ec2.internet_gateway" => vec![("vpc_id", to("${example.vpc-b.id}"))],
        "ec2.nat_gateway" => vec![
            ("subnet_id", to("${example.subnet-b.id}")),
            ("allocation_id", to("${example.eip-b.id}")),
            ("connectivity", to("private").along(json!({ "allocation_id": null }))),
        ],
        "ec2.route_table" => vec![
            ("vpc_id", to("${example.vpc-b.id}").from(json!({ "routes": [], "subnet_ids": [] }))),
            ("routes", to(json!([{ "destination": "10.9.0.0/16", "gateway_id": "${example.internet-gateway.id}" }]))),
            ("subnet_ids", to(json!(["${example.subnet-b.id}"]))),
        ],
        "ec2.security_group" => vec![
            ("description", to("Other words")),
            ("vpc_id", to("${example.vpc-b.id}")),
            (
                "ingress",
                to(json!([{ "protocol": "tcp", "from_port": 22, "to_port": 22, "security_group_id": "${example.security-group-b.id}" }])),
            ),
            ("egress", to(json!([{ "protocol": "udp", "from_port": 53, "to_port": 53, "cidr": "10.0.0.0/8", "description": "DNS" }]))),
        ],
        "ec2.vpc_endpoint" => vec![
            ("vpc_id", to("${example.vpc-b.id}").from(json!({ "route_table_ids": [] }))),
            ("service_name", to("com.amazonaws.us-east-1.dynamodb")),
            ("type", {
                let along = json!({ "route_table_ids": [], "subnet_ids": ["${example.subnet-a.id}"], "security_group_ids": ["${example.security-group.id}"] });
                to("Interface").along(along)
            }),
            ("route_table_ids", to(json!([]))),
            ("subnet_ids", to(json!(["${example.subnet-a.id}", "${example.subnet-b.id}"])).from(interface(false))),
            ("security_group_ids", to(json!(["${example.security-group-b.id}"])).from(interface(false))),
            ("private_dns_enabled", to(true).from(interface(false))),
            ("policy", to(allows("s3:GetObject"))),
        ],
        "elbv2.load_balancer" => vec![
            ("type", to("network").from(json!({ "cross_zone": true }))),
            ("scheme", to("internal")),
            ("ip_address_type", to("dualstack").in_world("us-east-1/elbv2.load_balancer", json!({ "IpAddressType": "dualstack" }))),
            ("subnet_ids", to(json!(["${example.subnet-a.id}", "${example.subnet-b.id}", "${example.subnet-c.id}"]))),
            ("vpc_id", {
                let there = json!({
                    "subnet_ids": ["${example.subnet-d.id}", "${example.subnet-e.id}"], "security_group_ids": ["${example.security-group-d.id}"],
                });
                to("${example.vpc-b.id}").from(json!({ "scheme": "internal" })).along(there)
            }),
            ("security_group_ids", to(json!(["${example.security-group-b.id}"]))),
            ("deletion_protection", to(true)),
            ("cross_zone", to(true).from(json!({ "type": "network", "cross_zone": false }))),
            ("access_logs", to(json!({ "bucket": "${example.bucket.name}", "prefix": "load-balancer" }))),
            ("idle_timeout", to(120)),
            ("client_keep_alive", to(600)),
            ("drop_invalid_header_fields", to(false)),
            ("http2", to(false)),
            ("preserve_host_header", to(true)),
            ("desync_mitigation_mode", to("strictest")),
        ],
        "elbv2.target_group" => vec![
            ("vpc_id", to("${example.vpc-b.id}")),
            ("port", to(9090)),
            ("protocol", to("HTTPS")),
            ("protocol_version", to("HTTP2")),
            ("target_type", to("instance")),
            ("health_check", {
                to(json!({
                    "protocol": "HTTP", "port": "8081", "path": "/alive", "matcher": "200-299",
                    "interval": 20, "timeout": 10, "healthy_threshold": 3, "unhealthy_threshold": 4,
                }))
            }),
            ("deregistration_delay", to(5)),
            ("slow_start", to(60)),
            ("load_balancing_algorithm", to("least_outstanding_requests")),
            ("stickiness", to(json!({ "type": "lb_cookie", "duration": 60 }))),
        ],
        "elbv2.listener" => vec![
            ("load_balancer_arn", to("${example.load-balancer-b.arn}")),
            ("port", to(8080)),
            ("protocol", to("HTTPS").along(https())),
            ("certificate_arn", to(certificate("two")).from(https())),
            ("ssl_policy", to("ELBSecurityPolicy-TLS13-1-3-2021-06").from(https())),
            ("default_action", to(answer("other words"))),
            ("weights", to(weights(90, 10)).from(json!({ "default_action": forward(&both), "weights": weights(1, 1) }))),
        ],
        "elbv2.listener_rule" => vec![
            ("listener_arn", to("${example.listener-b.arn}")),
            ("priority", to(20)),
            ("conditions", to(json!([{ "field": "host-header", "values": ["a.example.com"] }]))),
            ("action", to(answer("closed")).from(json!({ "weights": null }))),
            ("weights", to(weights(90, 10)).from(json!({ "action": forward(&both), "weights": weights(1, 1) }))),
        ],
        _ => return None,
    })
}
