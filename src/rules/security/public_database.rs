//! SEC202: a database has a public address.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::rds::instance::DbInstance;

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC202",
        level: Level::Warning,
        category: Category::Security,
        about: "A database has a public address.",
        why: "Only its password then stands between the data and the internet.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [database.main]
        [override."database.main.instance"]
        publicly_accessible = true
    "#],
            right: &[r#"
        [network]
        [database.main]
        [override."database.main.instance"]
        publicly_accessible = false
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let public = view.all::<DbInstance>().filter(|(_, spec)| spec.publicly_accessible);
    let findings = public.map(|(seen, _)| {
        let finding = seen.finding("publicly_accessible", "the database has a public address");
        finding.help("set it to false and connect from inside the network").set("publicly_accessible", false)
    });
    findings.collect()
}
