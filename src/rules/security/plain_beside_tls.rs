//! SEC211: a load balancer on the internet serves in the clear what it serves over TLS as well.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elbv2::Protocol;
use crate::kinds::elbv2::action::Action;
use crate::kinds::elbv2::listener::Listener;
use crate::kinds::elbv2::load_balancer::{LoadBalancer, Scheme};

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC211",
        level: Level::Warning,
        category: Category::Security,
        about: "A load balancer on the internet has HTTPS, and its HTTP listener serves instead of redirecting.",
        why: "Whoever types the name without https:// sends passwords and sessions in the clear, and never learns that there is a certificate.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#redirect-actions",
        example: Example::Stack {
            wrong: &[WRONG],
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

fn find(view: &View<'_>) -> Vec<Finding> {
    let balancer = |arn: &str| view.target::<LoadBalancer>(arn).map(|(balancer, spec)| (balancer.address.clone(), spec.scheme));
    let secure = view.all::<Listener>().filter(|(_, spec)| spec.protocol == Protocol::HTTPS);
    let secure = secure.filter_map(|(_, spec)| balancer(&spec.load_balancer_arn)).collect::<Vec<_>>();
    let plain = view.all::<Listener>().filter(|(_, spec)| spec.protocol == Protocol::HTTP);
    let serving = plain.filter(|(_, spec)| matches!(spec.default_action, Action::Forward { .. }));
    let wrong = serving.filter_map(|(seen, spec)| {
        let (address, scheme) = balancer(&spec.load_balancer_arn)?;
        let both = scheme == Scheme::InternetFacing && secure.iter().any(|(other, _)| *other == address);
        let message = || format!("port {} of `{address}` serves in the clear, beside HTTPS", spec.port);
        both.then(|| {
            seen.finding("default_action", message()).help("let it redirect: { type = \"redirect\", protocol = \"HTTPS\", port = \"443\" }")
        })
    });
    wrong.collect()
}
