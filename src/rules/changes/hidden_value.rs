//! PLAN209: a value is wanted that AWS never shows, so that another one in its place would not be seen.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::plan::Plan;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;

pub const RULE: Rule = Rule {
    code: Code {
        id: "PLAN209",
        level: Level::Warning,
        category: Category::Plan,
        about: "A value holds a secret that AWS does not show, so nobody can tell if it is still the one of the file.",
        why: "SNS answers `****` in place of the password of an endpoint: another password in the file looks the same, and is not sent.",
        page: "https://docs.aws.amazon.com/sns/latest/dg/sns-subscribe-https-s-endpoints-to-topic.html",
        example: Example::Scenario("password-of-an-endpoint"),
    },
    look: Look::Plan(find),
};

fn find(plan: &Plan, view: &View<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for seen in view.resources() {
        let masked = |name: &str, shown: fn(&serde_json::Value) -> serde_json::Value| shown(&seen.spec[name]) != seen.spec[name];
        let hidden = seen.kind.fields.iter().filter(|field| field.masked.is_some_and(|shown| masked(field.name, shown)));
        // Whatever is sent anyway is sent with its secret.
        let change = plan.changes.iter().find(|change| change.address == *seen.address);
        let sent = |name: &str| change.is_some_and(|change| change.fields.iter().any(|field| field.field == name));
        for field in hidden.filter(|field| !sent(field.name)) {
            let message = format!("AWS shows no password of `{}`, so another one in the file is not seen", field.name);
            let help = "to send another password, change something beside it as well, such as the user's name or the path";
            findings.push(seen.finding(field.name, message).help(help));
        }
    }
    findings
}
