//! ELB211: a redirect to a door that is not there.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::cloudfront::distribution::Distribution;
use crate::kinds::elbv2::action::Action;
use crate::kinds::elbv2::listener::Listener;
use crate::kinds::elbv2::load_balancer::LoadBalancer;
use crate::rules::reach::listeners;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ELB211",
        level: Level::Warning,
        category: Category::Network,
        about: "A listener redirects to a port of its load balancer on which none listens.",
        why: "Each client is sent to a closed port, and the site is gone: a redirect to HTTPS needs a listener with a certificate on 443.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        [resource.door]
        kind = "elbv2.listener"
        load_balancer_arn = "${service.web.load-balancer.arn}"
        port = 8080
        default_action = { type = "redirect", protocol = "HTTPS", port = "443" }
    "#],
            right: &[r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        [resource.door]
        kind = "elbv2.listener"
        load_balancer_arn = "${service.web.load-balancer.arn}"
        port = 8080
        default_action = { type = "redirect", protocol = "HTTPS", port = "443", host = "www.example.com" }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Listener>() {
        let Action::Redirect { port, host, .. } = &spec.default_action else { continue };
        let Some(port) = port.parse::<i32>().ok().filter(|_| host == "#{host}") else { continue };
        let Some((balancer, _)) = view.target::<LoadBalancer>(&spec.load_balancer_arn) else { continue };
        // The host that a client of a distribution knows is the distribution's.
        if view.users::<Distribution>(balancer.address).next().is_some() {
            continue;
        }
        if listeners(view, balancer).iter().all(|(_, of)| of.port != port) {
            let message = format!("`{}` has no listener on port {port}, which this redirects to", balancer.address);
            found.push(
                seen.finding("default_action", message).help(format!("make a listener on {port}, or redirect to a port that has one")),
            );
        }
    }
    found
}
