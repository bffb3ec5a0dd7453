//! SEC211: a load balancer on the internet serves in the clear what it serves over TLS as well.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elbv2::Protocol;
use crate::kinds::elbv2::action::Action;
use crate::kinds::elbv2::listener::Listener;
use crate::kinds::elbv2::listener_rule::{Condition, ListenerRule};
use crate::kinds::elbv2::load_balancer::{LoadBalancer, Scheme};

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC211",
        level: Level::Warning,
        category: Category::Security,
        about: "A load balancer on the internet has HTTPS, and its HTTP listener, or a rule of it, serves instead of redirecting.",
        why: "Whoever types the name without https:// sends passwords and sessions in the clear, and never learns that there is a certificate.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#redirect-actions",
        example: Example::Stack {
            wrong: &[WRONG, BY_RULE],
            right: &[
                "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\ncertificate = \"arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-0000-0000-000000000000\"",
            ],
        },
    },
    look: Look::Resources(find),
};

const WRONG: &str = r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        certificate = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-0000-0000-000000000000"
        [resource.plain]
        kind = "elbv2.listener"
        load_balancer_arn = "${service.web.load-balancer.arn}"
        port = 8080
        default_action = { type = "forward", target_group_arns = ["${service.web.target-group.blue.arn}"] }
        [override."service.web.load-balancer-security-group"]
        ingress = [
            { from_port = 80, to_port = 80, cidr = "0.0.0.0/0" },
            { from_port = 443, to_port = 443, cidr = "0.0.0.0/0" },
            { from_port = 8080, to_port = 8080, cidr = "0.0.0.0/0" },
        ]
    "#;

const BY_RULE: &str = r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        certificate = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0000-0000-0000-000000000000"
        [resource.plain]
        kind = "elbv2.listener"
        load_balancer_arn = "${service.web.load-balancer.arn}"
        port = 8080
        default_action = { type = "fixed-response", status_code = 404 }
        [resource.all]
        kind = "elbv2.listener_rule"
        listener_arn = "${resource.plain.arn}"
        priority = 10
        conditions = [{ field = "path-pattern", values = ["/*"] }]
        action = { type = "forward", target_group_arns = ["${service.web.target-group.blue.arn}"] }
        [override."service.web.load-balancer-security-group"]
        ingress = [
            { from_port = 80, to_port = 80, cidr = "0.0.0.0/0" },
            { from_port = 443, to_port = 443, cidr = "0.0.0.0/0" },
            { from_port = 8080, to_port = 8080, cidr = "0.0.0.0/0" },
        ]
    "#;

fn find(view: &View<'_>) -> Vec<Finding> {
    let balancer = |arn: &str| view.target::<LoadBalancer>(arn).map(|(balancer, spec)| (balancer.address.clone(), spec.scheme));
    let secure = view.all::<Listener>().filter(|(_, spec)| spec.protocol == Protocol::HTTPS);
    let secure = secure.filter_map(|(_, spec)| balancer(&spec.load_balancer_arn)).collect::<Vec<_>>();
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Listener>().filter(|(_, spec)| spec.protocol == Protocol::HTTP) {
        let Some((address, scheme)) = balancer(&spec.load_balancer_arn) else { continue };
        if scheme != Scheme::InternetFacing || !secure.iter().any(|(other, _)| *other == address) {
            continue;
        }
        let message = || format!("port {} of `{address}` serves in the clear, beside HTTPS", spec.port);
        let help = "let it redirect: { type = \"redirect\", protocol = \"HTTPS\", port = \"443\" }";
        if matches!(spec.default_action, Action::Forward { .. }) {
            found.push(seen.finding("default_action", message()).help(help));
            continue;
        }
        // Whatever the listener itself does, its rules come first.
        let mut rules = view.users::<ListenerRule>(seen.address);
        let serving = rules.find(|(_, rule)| matches!(rule.action, Action::Forward { .. }) && !is_well_known(&rule.conditions));
        found.extend(serving.map(|(rule, _)| rule.finding("action", message()).help(help)));
    }
    found
}

/// True for the paths that the makers of certificates ask for, in the clear.
fn is_well_known(conditions: &[Condition]) -> bool {
    conditions.iter().any(|condition| match condition {
        Condition::PathPattern { values } => values.iter().all(|value| value.starts_with("/.well-known/")),
        _ => false,
    })
}
