//! ELB209: a redirect that leads back.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elbv2::Protocol;
use crate::kinds::elbv2::action::Action;
use crate::kinds::elbv2::listener::Listener;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ELB209",
        level: Level::Warning,
        category: Category::Network,
        about: "A listener redirects requests to its own port and protocol.",
        why: "Each client comes back to where it was sent from, until it gives up: too many redirects.",
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
        default_action = { type = "redirect", protocol = "HTTP", port = "8080" }
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
        default_action = { type = "redirect", protocol = "HTTP", port = "80" }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Listener>() {
        let Action::Redirect { protocol, port, host, path, .. } = &spec.default_action else { continue };
        let own = match spec.protocol {
            Protocol::HTTP => "HTTP",
            Protocol::HTTPS => "HTTPS",
            _ => continue,
        };
        let same = (protocol == own || protocol == "#{protocol}") && (*port == spec.port.to_string() || port == "#{port}");
        // One that names neither is refused.
        let said = protocol != "#{protocol}" || port != "#{port}";
        if same && said && host == "#{host}" && path == "/#{path}" {
            let finding = seen.finding("default_action", format!("it redirects to {own} on {}, where it listens itself", spec.port));
            found.push(finding.help("redirect to HTTPS on 443, or answer"));
        }
    }
    found
}
