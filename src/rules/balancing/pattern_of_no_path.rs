//! ELB210: a rule waits for a path that no request has.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elbv2::listener_rule::{Condition, ListenerRule};

/// A service with one more rule, for a path.
macro_rules! routed {
    ($path:literal) => {
        concat!(
            "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\n[resource.door]\nkind = \"elbv2.listener\"\n",
            "load_balancer_arn = \"${service.web.load-balancer.arn}\"\nport = 8080\ndefault_action = { type = \"fixed-response\", status_code = 404 }\n",
            "[resource.rule]\nkind = \"elbv2.listener_rule\"\nlistener_arn = \"${resource.door.arn}\"\npriority = 10\n",
            "action = { type = \"fixed-response\", status_code = 403 }\nconditions = [{ field = \"path-pattern\", values = [\"",
            $path,
            "\"] }]\n[override.\"service.web.load-balancer-security-group\"]\n",
            "ingress = [{ from_port = 80, to_port = 80, cidr = \"0.0.0.0/0\" }, { from_port = 8080, to_port = 8080, cidr = \"0.0.0.0/0\" }]\n"
        )
    };
}

pub const RULE: Rule = Rule {
    code: Code {
        id: "ELB210",
        level: Level::Warning,
        category: Category::Network,
        about: "The path pattern of a rule does not begin with a slash.",
        why: "The path of a request always does, so that the pattern fits none, and the rule never applies.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html",
        example: Example::Stack { wrong: &[routed!("api/*")], right: &[routed!("/api/*"), routed!("*.png")] },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<ListenerRule>() {
        for (at, condition) in spec.conditions.iter().enumerate() {
            let Condition::PathPattern { values } = condition else { continue };
            for value in values.iter().filter(|value| !value.is_empty() && !value.starts_with(['/', '*', '?']) && !is_symbolic(value)) {
                let finding = seen.finding(format!("conditions.{at}.values"), format!("no path of a request fits `{value}`"));
                found.push(finding.help(format!("write /{value}")));
            }
        }
    }
    found
}
