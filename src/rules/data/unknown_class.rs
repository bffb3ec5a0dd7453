//! DATA210: a database or cache has a class of a family that is not known.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::suggest::nearest;
use crate::core::view::View;
use crate::kinds::classes::{Of, families, unknown_family};
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::rds::instance::DbInstance;

pub const RULE: Rule = Rule {
    code: Code {
        id: "DATA210",
        level: Level::Warning,
        category: Category::Request,
        about: "The class of a database or cache is of a family that AWS did not have in November 2026.",
        why: "It is newer than that, or a slip that AWS refuses in the middle of an apply. Either way its price is not known.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html",
        example: Example::Stack {
            wrong: &[
                "[network]\n[database.main]\nclass = \"db.t9g.micro\"",
                "[network]\n[cache.main]\nclass = \"cache.r77g.large\"\n[service.web]\nimage = \"nginx:1.29\"\nenvironment = { CACHE = \"${cache.main.url}\" }",
            ],
            right: &["[network]\n[database.main]\nclass = \"db.t4g.micro\""],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let databases = view.all::<DbInstance>().map(|(seen, spec)| (seen, Of::Rds, "instance_class", &spec.instance_class));
    let caches = view.all::<ReplicationGroup>().map(|(seen, spec)| (seen, Of::Elasticache, "cache_node_type", &spec.cache_node_type));
    let found = databases.chain(caches).filter(|(.., class)| !is_symbolic(class)).filter_map(|(seen, of, field, class)| {
        let family = unknown_family(of, class)?;
        let finding = seen.finding(field, format!("no family `{family}` of classes is known"));
        Some(match nearest(family, families(of)) {
            Some(near) => finding.help(format!("did you mean {near}? A newer one is right; then accept this")),
            None => finding.help("write one of a family that there is, such as t4g or r7g; a newer one is right: then accept this"),
        })
    });
    found.collect()
}
