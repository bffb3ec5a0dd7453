//! DATA206: a database of production stands in one zone.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::rds::instance::DbInstance;
use crate::rules::environment::{Environment, environment};

pub const RULE: Rule = Rule {
    code: Code {
        id: "DATA206",
        level: Level::Warning,
        category: Category::Reliability,
        about: "A database of production, of a class that is made for load, has no standby in another zone.",
        why: "When its zone or its host fails it is gone for as long as a restore takes, and maintenance stops it as well.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZSingleStandby.html",
        example: Example::Stack {
            wrong: &["[stack]\nname = \"shop-prod\"\nregion = \"us-east-1\"\n[network]\n[database.main]\nclass = \"db.m7g.large\""],
            right: &[
                "[stack]\nname = \"shop-prod\"\nregion = \"us-east-1\"\n[network]\nnat = \"per-zone\"\n[database.main]\nclass = \"db.m7g.large\"\nmulti_az = true",
                "[stack]\nname = \"shop-prod\"\nregion = \"us-east-1\"\n[network]\n[database.main]",
                "[stack]\nname = \"shop-staging\"\nregion = \"us-east-1\"\n[network]\n[database.main]\nclass = \"db.m7g.large\"",
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    // Whoever takes a burstable class has chosen the price.
    let small = |class: &str| ["db.t2.", "db.t3.", "db.t4g."].iter().any(|family| class.starts_with(family));
    let production = environment(&view.scope) == Some(Environment::Production);
    let alone = view.all::<DbInstance>().filter(|(_, spec)| production && !spec.multi_az && !small(&spec.instance_class));
    let findings = alone.map(|(seen, _)| {
        let finding = seen.finding("multi_az", "this database of production has no standby");
        finding.help("multi_az = true, which doubles its cost; accept it with a reason where a restore is fast enough")
    });
    findings.collect()
}
