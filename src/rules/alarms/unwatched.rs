//! MON206: one thing has no alarm, where others of its kind have.

use super::watched::watched;
use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::ecs::service::{self, Service};
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::elbv2::target_group::TargetGroup;
use crate::kinds::opensearch::domain::OpensearchDomain;
use crate::kinds::rds::instance::DbInstance;

pub const RULE: Rule = Rule {
    code: Code {
        id: "MON206",
        level: Level::Warning,
        category: Category::Observability,
        about: "A database, cache, search domain or service has no alarm, in a stack that watches others, or has a `[monitoring]` table.",
        why: "When it is full or down, nobody hears of it before its users do.",
        page: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_monitor_aws_resources_monitor_resources.html",
        example: Example::Stack {
            wrong: &[
                "[network]\n[database.main]\n[database.second]\n[monitoring]\nemails = [\"ops@example.com\"]\nalarms = []\n[resource.cpu]\nkind = \"cloudwatch.alarm\"\nnamespace = \"AWS/RDS\"\nmetric_name = \"CPUUtilization\"\ndimensions = { DBInstanceIdentifier = \"${database.main.id}\" }\nthreshold = 80\nalarm_actions = [\"arn:aws:sns:us-east-1:123456789012:people\"]",
            ],
            right: &[
                "[network]\n[database.main]\n[database.second]\n[monitoring]\nemails = [\"ops@example.com\"]",
                "[network]\n[database.main]",
            ],
        },
    },
    look: Look::Resources(find),
};

/// Returns everything that can page someone, by what it is called, and if an alarm watches it.
pub fn things<'v, 'a>(view: &'v View<'a>) -> [(&'static str, Vec<(&'v Seen<'a>, bool)>); 4] {
    let watched = watched(view);
    // A node of a cache has its number behind the name.
    let values = watched.iter().flat_map(|one| one.dimensions.values()).map(|value| match value.rsplit_once('-') {
        Some((head, tail)) if tail.len() == 3 && tail.bytes().all(|byte| byte.is_ascii_digit()) => head,
        _ => value.as_str(),
    });
    let values = values.collect::<Vec<_>>();
    let is_named = |output: Option<String>| output.is_some_and(|output| values.contains(&output.as_str()));
    let whole = |seen: &Seen<'_>| is_named(seen.output("id")) || is_named(seen.output("name"));
    // Alarms of a service may stand on its target groups, or on the load balancer in front, of which no reference tells here.
    let balanced = watched.iter().any(|one| one.dimensions.contains_key("LoadBalancer"));
    let served = |(seen, spec): (&Seen<'_>, &service::Spec)| {
        let mut groups = spec.load_balancers.iter().filter_map(|balancer| view.target::<TargetGroup>(&balancer.target_group_arn));
        let behind = groups.any(|(group, _)| is_named(group.output("arn_suffix"))) || balanced && !spec.load_balancers.is_empty();
        behind || is_named(seen.output("name"))
    };
    [
        ("database", view.all::<DbInstance>().map(|(seen, _)| (seen, whole(seen))).collect()),
        ("cache", view.all::<ReplicationGroup>().map(|(seen, _)| (seen, whole(seen))).collect()),
        ("search domain", view.all::<OpensearchDomain>().map(|(seen, _)| (seen, whole(seen))).collect()),
        ("service", view.all::<Service>().map(|(seen, spec)| (seen, served((seen, spec)))).collect()),
    ]
}

fn find(view: &View<'_>) -> Vec<Finding> {
    let kinds = things(view);
    // A stack of which nothing is watched may be watched from elsewhere.
    let table = view.resources().any(|seen| seen.address.module() == "monitoring");
    let here = table || kinds.iter().flat_map(|(_, things)| things).any(|(_, watched)| *watched);
    let mut found = Vec::new();
    for (word, things) in kinds.iter().filter(|_| here) {
        for (seen, _) in things.iter().filter(|(_, watched)| !watched) {
            let finding = seen.finding("", format!("no alarm watches this {word}"));
            found.push(finding.help("add one; a [monitoring] table without `alarms` watches all that its modules make"));
        }
    }
    found
}
