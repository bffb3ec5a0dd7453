//! DATA211: a database or cache has a class of a generation that AWS has retired.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::classes::{Of, misfit, retired};
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::rds::instance::DbInstance;

pub const RULE: Rule = Rule {
    code: Code {
        id: "DATA211",
        level: Level::Warning,
        category: Category::Data,
        about: "The class of a database or cache is of a generation that AWS has retired.",
        why: "AWS makes no new ones of it, so a new database or cache fails in the middle of an apply. One that runs already may be moved by AWS at a time of its own.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html",
        example: Example::Stack {
            wrong: &[
                "[network]\n[database.main]\nversion = \"14\"\nclass = \"db.m4.large\"",
                "[network]\n[cache.main]\nclass = \"cache.m3.medium\"\n[service.web]\nimage = \"nginx:1.29\"\nenvironment = { CACHE = \"${cache.main.url}\" }",
            ],
            right: &["[network]\n[database.main]\nversion = \"14\"\nclass = \"db.m5.large\""],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    // A class that the engine's version never had is refused there.
    let databases = view.all::<DbInstance>().filter_map(|(seen, spec)| {
        let class = &spec.instance_class;
        let after = retired(Of::Rds, class).filter(|_| misfit(Of::Rds, spec.engine.name(), &spec.engine_version, class).is_none())?;
        Some((seen, "instance_class", class, after))
    });
    let caches = view.all::<ReplicationGroup>().filter_map(|(seen, spec)| {
        let class = &spec.cache_node_type;
        Some((seen, "cache_node_type", class, retired(Of::Elasticache, class)?))
    });
    let found = databases.chain(caches).map(|(seen, field, class, after)| {
        let finding = seen.finding(field, format!("AWS makes no new databases or caches of `{class}`"));
        finding.help(format!("take {after}, which came after it"))
    });
    found.collect()
}
