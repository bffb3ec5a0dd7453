//! LIM204: a load balancer has more below it than it may have.

use crate::core::address::Address;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::elbv2::load_balancer::LoadBalancer;
use crate::rules::balancing::ways::ways;
use std::collections::{BTreeMap, BTreeSet};

pub const RULE: Rule = Rule {
    code: Code {
        id: "LIM204",
        level: Level::Warning,
        category: Category::Request,
        about: "A load balancer has more listeners, rules or target groups than it may have by default.",
        why: "AWS refuses what is beyond the quota: TooManyListeners, TooManyRules, TooManyUniqueTargetGroupsPerLoadBalancer.",
        page: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html",
        example: Example::Test("a_load_balancer_has_fifty_listeners_and_a_hundred_rules"),
    },
    look: Look::Resources(find),
};

// As of 2026-11-30, from the page above; the rules without the default ones.
const LISTENERS: usize = 50;
const RULES: usize = 100;
const TARGET_GROUPS: usize = 100;

/// All that is below one load balancer.
#[derive(Default)]
struct Below<'v, 'a> {
    listeners: Vec<&'v Seen<'a>>,
    rules: Vec<&'v Seen<'a>>,
    groups: BTreeSet<&'v str>,
}

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut all = BTreeMap::<&Address, Below<'_, '_>>::new();
    for way in ways(view) {
        if let Some((balancer, _)) = view.target::<LoadBalancer>(&way.listener.load_balancer_arn) {
            let below = all.entry(balancer.address).or_default();
            below.groups.extend(way.arns().iter().map(String::as_str));
            if way.is_default() { below.listeners.push(way.seen) } else { below.rules.push(way.seen) }
        }
    }
    let mut found = Vec::new();
    for (address, Below { listeners, rules, groups }) in all {
        let mut beyond = |last: Option<&&Seen<'_>>, count: usize, most: usize, words: &str| {
            let finding = last.map(|seen| seen.finding("", format!("`{address}` has {count} {words}, and may have {most} by default")));
            found.extend(finding.map(|one| one.help("take another load balancer, or ask for a higher quota first")));
        };
        beyond(listeners.get(LISTENERS), listeners.len(), LISTENERS, "listeners");
        beyond(rules.get(RULES), rules.len(), RULES, "rules");
        beyond(rules.last().or(listeners.last()).filter(|_| groups.len() > TARGET_GROUPS), groups.len(), TARGET_GROUPS, "target groups");
    }
    found
}
