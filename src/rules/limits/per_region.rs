//! LIM201: a stack has more of a kind than a new account may have.

use super::of_account::share;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::quota::{About, Quota};
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use std::collections::BTreeMap;

pub const RULE: Rule = Rule {
    code: Code {
        id: "LIM201",
        level: Level::Warning,
        category: Category::Request,
        about: "A stack has more resources of a kind than an account may have in a region by default.",
        why: "Where nobody has raised the quota, AWS refuses what is beyond it in the middle of an apply: VpcLimitExceeded, AddressLimitExceeded, LimitExceeded.",
        page: "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.vpc]
        kind = "ec2.vpc"
        count = 6
        cidr = "10.${count.index}.0.0/16"
    "#],
            right: &[r#"
        [resource.vpc]
        kind = "ec2.vpc"
        count = 5
        cidr = "10.${count.index}.0.0/16"
    "#],
        },
    },
    look: Look::Defaults(find),
};

/// Those that LIM202 finds by zones, and that go with the VPCs of a region.
const OF_OTHERS: [Quota; 2] = [Quota::NatGateways, Quota::InternetGateways];

fn find(view: &View<'_>, asked: &dyn Fn(Quota) -> bool) -> Vec<Finding> {
    let mut all = BTreeMap::<Quota, Vec<(&Seen<'_>, u64)>>::new();
    for seen in view.resources() {
        if let Some(share) = share(view, seen.kind.name, seen.spec) {
            all.entry(share.quota).or_default().push((seen, share.count));
        }
    }
    let beyond = all.into_iter().filter(|(quota, _)| asked(*quota) && !OF_OTHERS.contains(quota)).filter_map(|(quota, all)| {
        let About { default, many, page, .. } = quota.about();
        let mut sum = 0;
        let last = all.iter().find(|(_, count)| {
            sum += count;
            sum > default
        });
        let count = all.iter().map(|(_, count)| count).sum::<u64>();
        let finding = last?.0.finding("", format!("{count} {many}, and an account has {default} by default"));
        Some(finding.help(format!("ask for a higher quota first, and accept this: {page}")))
    });
    beyond.collect()
}
