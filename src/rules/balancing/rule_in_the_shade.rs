//! ELB208: a rule that nothing comes to.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::elbv2::listener_rule::{Condition, ListenerRule};
use crate::rules::iam::grants::is_like;
use std::collections::BTreeMap;

pub const RULE: Rule = Rule {
    code: Code {
        id: "ELB208",
        level: Level::Warning,
        category: Category::Network,
        about: "A rule of a listener is never reached, since one that is tried before it takes all of its requests.",
        why: "Rules are tried in the order of their priorities, and the first that fits decides.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        [resource.all]
        kind = "elbv2.listener_rule"
        listener_arn = "${service.web.listener.http.arn}"
        priority = 10
        conditions = [{ field = "path-pattern", values = ["/files*"] }]
        action = { type = "fixed-response", status_code = 404 }
        [resource.some]
        kind = "elbv2.listener_rule"
        listener_arn = "${service.web.listener.http.arn}"
        priority = 20
        conditions = [{ field = "path-pattern", values = ["/files/new/*"] }]
        action = { type = "fixed-response", status_code = 403 }
    "#],
            right: &[r#"
        [network]
        [service.web]
        image = "nginx:1.29"
        port = 80
        [resource.all]
        kind = "elbv2.listener_rule"
        listener_arn = "${service.web.listener.http.arn}"
        priority = 30
        conditions = [{ field = "path-pattern", values = ["/files*"] }]
        action = { type = "fixed-response", status_code = 404 }
        [resource.some]
        kind = "elbv2.listener_rule"
        listener_arn = "${service.web.listener.http.arn}"
        priority = 20
        conditions = [{ field = "path-pattern", values = ["/files/new/*"] }]
        action = { type = "fixed-response", status_code = 403 }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut by_listener = BTreeMap::<&str, Vec<_>>::new();
    for (seen, spec) in view.all::<ListenerRule>() {
        by_listener.entry(&spec.listener_arn).or_default().push((seen, spec));
    }
    let mut found = Vec::new();
    for rules in by_listener.values_mut() {
        rules.sort_by_key(|(_, spec)| spec.priority);
        for (at, (seen, spec)) in rules.iter().enumerate() {
            let before = rules[..at].iter().filter(|(_, other)| other.priority < spec.priority);
            let shade = before
                .into_iter()
                .find(|(_, other)| other.conditions.iter().all(|wide| spec.conditions.iter().any(|narrow| holds(wide, narrow))));
            if let Some((other, wide)) = shade.filter(|(_, other)| !other.conditions.is_empty()) {
                let message = format!("`{}`, with priority {}, takes all requests before it", other.address, wide.priority);
                found.push(seen.finding("priority", message).help("give it a lower number, or other conditions"));
            }
        }
    }
    found
}

/// True where whatever fits the second condition fits the first as well.
fn holds(wide: &Condition, narrow: &Condition) -> bool {
    let all = |wide: &[String], narrow: &[String]| narrow.iter().all(|one| wide.iter().any(|other| covers(other, one)));
    match (wide, narrow) {
        (Condition::PathPattern { values: wide }, Condition::PathPattern { values: narrow })
        | (Condition::HostHeader { values: wide }, Condition::HostHeader { values: narrow }) => all(wide, narrow),
        _ => wide == narrow,
    }
}

/// True where a pattern fits whatever another one fits. A question mark fits one sign alone, so one with it is left out.
pub fn covers(wide: &str, narrow: &str) -> bool {
    wide == narrow || !wide.contains('?') && is_like(wide, narrow)
}
