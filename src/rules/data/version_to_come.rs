//! DATA213: a version of a database that may not be there yet.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::rds::instance::DbInstance;
use crate::kinds::rds::versions;

pub const RULE: Rule = Rule {
    code: Code {
        id: "DATA213",
        level: Level::Warning,
        category: Category::Data,
        about: "A database has a major version that RDS did not have when this version of Trueup was made.",
        why: "CreateDBInstance refuses a version that RDS does not have yet; the first minor versions of a major one come months after the engine itself.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [database.main]
        version = "19"
    "#],
            right: &[r#"
        [network]
        [database.main]
        version = "18"
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let wanted = view.all::<DbInstance>().filter(|(_, spec)| !is_symbolic(&spec.engine_version));
    let unknown = wanted.filter(|(_, spec)| versions::is_to_come(spec.engine, &spec.engine_version));
    let found = unknown.map(|(seen, spec)| {
        let newest = versions::current(spec.engine).next().unwrap_or_default();
        let name = spec.engine.name();
        let message = format!("{name} {} is not known here: the newest is {newest}", spec.engine_version);
        seen.finding("engine_version", message).help(format!("`aws rds describe-db-engine-versions --engine {name}` lists what there is"))
    });
    found.collect()
}
