//! OPS201: a database without backups.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::rds::instance::DbInstance;

pub const RULE: Rule = Rule {
    code: Code {
        id: "OPS201",
        level: Level::Warning,
        category: Category::Data,
        about: "A database keeps no backups.",
        why: "Without them there is no way back from a wrong DELETE, and no restore to a point in time.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html",
        example: Example::Stack {
            wrong: &["
        [network]
        [database.main]
        backup_days = 0
    "],
            right: &["
        [network]
        [database.main]
        backup_days = 7
    "],
        },
    },
    look: Look::Resources(find),
};

/// AWS stores as many backups as a database has storage without charge, so keeping a week costs nothing in most cases.
const DAYS: i32 = 7;

fn find(view: &View<'_>) -> Vec<Finding> {
    let bare = view.all::<DbInstance>().filter(|(_, spec)| spec.backup_retention_period == 0);
    let findings = bare.map(|(seen, _)| {
        let finding = seen.finding("backup_retention_period", "the database keeps no backups");
        let help = format!("keep them for {DAYS} days or more; AWS stores as much as the database has free of charge");
        finding.help(help).set("backup_retention_period", DAYS)
    });
    findings.collect()
}
