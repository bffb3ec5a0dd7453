//! COST201: logs are kept for ever.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::logs::log_group::LogGroup;

pub const RULE: Rule = Rule {
    code: Code {
        id: "COST201",
        level: Level::Warning,
        category: Category::Cost,
        about: "A log group keeps its lines for ever.",
        why: "What is stored grows with every day and is billed every month, long after anybody reads it; much of it may not be kept so long.",
        page: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html#SettingLogRetention",
        example: Example::Stack {
            wrong: &["[resource.log]\nkind = \"logs.log_group\"\nretention_in_days = 0"],
            right: &["[resource.log]\nkind = \"logs.log_group\"\nretention_in_days = 30"],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let kept = view.all::<LogGroup>().filter(|(_, spec)| spec.retention_in_days == 0);
    let findings = kept.map(|(seen, _)| {
        let finding = seen.finding("retention_in_days", "these lines are kept for ever, and billed for ever");
        finding.help("30 days, or 365 and more where the law asks for it")
    });
    findings.collect()
}
