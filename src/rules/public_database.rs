//! SEC202: a database has a public address.

use crate::core::diagnostic::Severity;
use crate::core::graph::{Finding, Graph, Node};
use crate::core::problem::Problem;
use crate::core::rule::{Rule, of_kind};
use crate::kinds::rds::instance::DbInstance;

pub const RULE: Rule = Rule {
    code: "SEC202",
    severity: Severity::Warning,
    about: "A database has a public address.",
    why: "Only its password then stands between the data and the internet.",
    example: r#"
        [network]
        [database.main]
        [override."database.main.instance"]
        publicly_accessible = true
    "#,
    check,
};

fn check(graph: &Graph) -> Vec<Finding> {
    let public = of_kind::<DbInstance>(graph).filter(|(_, spec)| spec.publicly_accessible);
    let finding = |(node, _): (&Node, _)| {
        let problem = Problem::new("publicly_accessible", "the database has a public address");
        Finding { address: node.address.clone(), problem: problem.help("set it to false and connect from inside the network") }
    };
    public.map(finding).collect()
}
