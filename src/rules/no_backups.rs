//! OPS201: a database without backups.

use crate::core::diagnostic::Severity;
use crate::core::graph::{Finding, Graph, Node};
use crate::core::problem::Problem;
use crate::core::rule::{Rule, of_kind};
use crate::kinds::rds::instance::DbInstance;

pub const RULE: Rule = Rule {
    code: "OPS201",
    severity: Severity::Warning,
    about: "A database keeps no backups.",
    why: "Without them there is no way back from a wrong DELETE, and no restore to a point in time.",
    example: r#"
        [network]
        [database.main]
        backup_days = 0
    "#,
    check,
};

fn check(graph: &Graph) -> Vec<Finding> {
    let bare = of_kind::<DbInstance>(graph).filter(|(_, spec)| spec.backup_retention_period == 0);
    let finding = |(node, _): (&Node, _)| {
        let problem = Problem::new("backup_retention_period", "the database keeps no backups");
        Finding {
            address: node.address.clone(),
            problem: problem.help("keep them for 7 days or more; AWS stores as much as the database has free of charge"),
        }
    };
    bare.map(finding).collect()
}
