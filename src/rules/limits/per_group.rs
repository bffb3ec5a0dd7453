//! LIM203: a security group has more rules than it may have.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ec2::security_group::{Rule as Entry, SecurityGroup};

pub const RULE: Rule = Rule {
    code: Code {
        id: "LIM203",
        level: Level::Warning,
        category: Category::Request,
        about: "A security group has more rules in one direction than it may have by default.",
        why: "EC2 refuses the sixty-first with RulesPerSecurityGroupLimitExceeded. IPv4 and IPv6 count by themselves, and a prefix list counts as all that it may hold.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
        example: Example::Test("a_security_group_has_sixty_rules_of_a_direction"),
    },
    look: Look::Resources(find),
};

/// The most rules of one direction and one sort of address, as of 2026-11-30.
const MOST: usize = 60;

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<SecurityGroup>() {
        for (field, rules) in [("ingress", &spec.ingress), ("egress", &spec.egress)] {
            // A rule about a group or the group itself counts for both.
            let count = |counts: fn(&Entry) -> bool| rules.iter().filter(|rule| counts(rule)).count();
            let most = count(|rule| rule.ipv6_cidr.is_none()).max(count(|rule| rule.cidr.is_none()));
            if most > MOST {
                let finding = seen.finding(field, format!("{most} rules, and a security group has {MOST} by default"));
                found.push(finding.help("name wider ranges, put them into a prefix list or another group, or ask for a higher quota"));
            }
        }
    }
    found
}
