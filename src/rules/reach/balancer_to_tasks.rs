//! REACH201: a load balancer cannot reach the tasks behind it.

use super::{Pairs, Why, finding, remedy};
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;

pub const RULE: Rule = Rule {
    code: Code {
        id: "REACH201",
        category: Category::Network,
        about: "A load balancer cannot reach the tasks behind it, on their port or on that of its health checks.",
        why: "Each task fails its health checks, is stopped and started again: the deployment never ends, and nobody gets an answer.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html",
        example: Example::Stack {
            wrong: &[
                "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\n[override.\"service.web.security-group\"]\ningress = []",
                "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\n[override.\"service.web.load-balancer-security-group\"]\negress = []",
                "[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\n[override.\"service.web.target-group.blue\"]\nhealth_check = { port = \"9000\" }",
            ],
            right: &["[network]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80"],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let pairs = view.derived(Pairs::of);
    let shut = |why: Why| pairs.0.iter().filter(move |pair| pair.why == why).filter_map(|pair| Some((pair, pair.talk.verdict.block()?)));
    let said = |words: &str, port| format!("the load balancer cannot reach the tasks on {port}: {words}");
    let mut found = Vec::new();
    for (pair, block) in shut(Why::Traffic) {
        let one = finding(view, pair, block, said(&block.words, pair.talk.port));
        found.extend(one.map(|one| one.help(remedy(pair, block))));
    }
    for (pair, block) in shut(Why::Health) {
        // The port of requests is shut as well: that is said, and the same rule mends both.
        if shut(Why::Traffic).any(|(other, by)| other.talk.to == pair.talk.to && by.at == block.at && by.cause == block.cause) {
            continue;
        }
        let group = pair.used.as_ref().and_then(|used| view.at(used));
        found.extend(group.map(|group| {
            let message = format!("health checks cannot reach the tasks on {}: {}", pair.talk.port, block.words);
            group.finding("health_check.port", message).help(format!("check the port of requests, or {}", remedy(pair, block)))
        }));
    }
    found.dedup();
    found
}
