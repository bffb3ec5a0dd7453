//! Quotas that only large stacks break, which would make long examples.

use std::fmt::Write;
use trueup::core::code::whole_file;
use trueup::core::source::Source;
use trueup::modules::validate;

fn codes(text: &str) -> Vec<&'static str> {
    validate(Source::new("stack.toml", whole_file(text)), None, &[]).diagnostics.into_iter().map(|one| one.code).collect()
}

#[test]
fn a_security_group_has_sixty_rules_of_a_direction() {
    let group = |count: u32, rule: &str| {
        let rules = (0..count).map(|at| format!("{{ from_port = {}, {rule} }}", 8000 + at)).collect::<Vec<_>>().join(", ");
        codes(&format!("[network]\n[resource.door]\nkind = \"ec2.security_group\"\nvpc_id = \"${{network.vpc.id}}\"\ningress = [{rules}]"))
    };
    assert_eq!(group(60, "self = true"), Vec::<&str>::new());
    assert_eq!(group(61, "self = true"), ["LIM203"]);
    assert_eq!(group(61, "ipv6_cidr = \"2001:db8::/32\""), ["LIM203"]);
}

#[test]
fn a_load_balancer_has_fifty_listeners_and_a_hundred_rules() {
    let balancer = |listeners: u32, rules: u32| {
        let mut text = r#"
            [network]
            [resource.front]
            kind = "ec2.security_group"
            vpc_id = "${network.vpc.id}"
            ingress = [{ from_port = 1, to_port = 100, cidr = "10.0.0.0/16" }]
            [resource.balancer]
            kind = "elbv2.load_balancer"
            subnet_ids = ["${network.subnet.private-a.id}", "${network.subnet.private-b.id}"]
            security_group_ids = ["${resource.front.id}"]
        "#
        .to_owned();
        for at in 1..=listeners {
            let table = format!("[resource.door-{at}]\nkind = \"elbv2.listener\"\nport = {at}\n");
            let rest =
                "load_balancer_arn = \"${resource.balancer.arn}\"\ndefault_action = { type = \"fixed-response\", status_code = 404 }\n";
            write!(text, "{table}{rest}").unwrap();
        }
        for at in 1..=rules {
            let table = format!("[resource.rule-{at}]\nkind = \"elbv2.listener_rule\"\npriority = {at}\n");
            let rest = "listener_arn = \"${resource.door-1.arn}\"\naction = { type = \"fixed-response\", status_code = 404 }\n";
            let condition = format!("conditions = [{{ field = \"path-pattern\", values = [\"/{at}\"] }}]\n");
            write!(text, "{table}{rest}{condition}").unwrap();
        }
        codes(&text)
    };
    assert_eq!(balancer(50, 100), Vec::<&str>::new());
    assert_eq!(balancer(51, 0), ["LIM204"]);
    assert_eq!(balancer(1, 101), ["LIM204"]);
}

#[test]
fn a_task_definition_has_64_kib() {
    let task = |bytes: usize| {
        let text = "[network]\n[service.api]\nimage = \"nginx:1.29\"\n[service.api.environment]\nTEXT = ";
        codes(&format!("{text}\"{}\"", "word ".repeat(bytes / 5)))
    };
    assert_eq!(task(60_000), Vec::<&str>::new());
    assert_eq!(task(66_000), ["LIM206"]);
}
