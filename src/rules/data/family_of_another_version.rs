//! DATA201: a parameter group is for another engine version than what it is given to.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::view::{Seen, View};
use crate::kinds::elasticache::parameter_group::CacheParameterGroup;
use crate::kinds::elasticache::replication_group::ReplicationGroup;
use crate::kinds::rds::instance::DbInstance;
use crate::kinds::rds::parameter_group::DbParameterGroup;

pub const RULE: Rule = Rule {
    code: Code {
        id: "DATA201",
        category: Category::Data,
        about: "A parameter group is of another family than the version of the database or cache that uses it.",
        why: "A family belongs to one engine and its major version: CreateDBInstance and CreateReplicationGroup refuse the group of another.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.html",
        example: Example::Stack {
            wrong: &[
                "[network]\n[database.main]\nversion = \"16\"\nparameters = { log_min_duration_statement = \"500\" }\n[override.\"database.main.parameter-group\"]\nfamily = \"postgres15\"",
                "[network]\n[database.main]\nversion = \"16\"\n[override.\"database.main.instance\"]\ndb_parameter_group_name = \"default.postgres15\"",
                "[network]\n[cache.main]\nversion = \"7.1\"\n[override.\"cache.main.replication-group\"]\ncache_parameter_group_name = \"default.redis6.x\"",
            ],
            right: &[
                "[network]\n[database.main]\nversion = \"16\"\nparameters = { log_min_duration_statement = \"500\" }",
                "[network]\n[cache.main]\nversion = \"7.1\"",
            ],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let databases = view.all::<DbInstance>().filter_map(|(seen, spec)| {
        let group = spec.db_parameter_group_name.as_deref()?;
        let wanted = format!("{}{}", spec.engine.name(), spec.engine.major(&spec.engine_version));
        let known = !is_symbolic(&spec.engine_version);
        let target = view.target::<DbParameterGroup>(group).map(|(group, spec)| (group, spec.family.as_str()));
        known.then(|| clash(seen, "db_parameter_group_name", group, target, &wanted)).flatten()
    });
    let caches = view.all::<ReplicationGroup>().filter_map(|(seen, spec)| {
        let group = spec.cache_parameter_group_name.as_deref()?;
        let wanted = spec.engine.family(&spec.engine_version);
        let known = !is_symbolic(&spec.engine_version);
        let target = view.target::<CacheParameterGroup>(group).map(|(group, spec)| (group, spec.family.as_str()));
        known.then(|| clash(seen, "cache_parameter_group_name", group, target, &wanted)).flatten()
    });
    databases.chain(caches).collect()
}

/// Says what is wrong with a parameter group, at the group where the stack has it, or else where it is named.
fn clash(user: &Seen<'_>, field: &str, name: &str, target: Option<(&Seen<'_>, &str)>, wanted: &str) -> Option<Finding> {
    let (at, family) = match target {
        Some((group, family)) => (group.finding("family", ""), family),
        None => (user.finding(field, ""), name.strip_prefix("default.")?.split(".cluster").next()?),
    };
    if family == wanted || is_symbolic(family) {
        return None;
    }
    let mut finding = at;
    finding.problem.message = format!("`{family}` is not the family of `{}`, which is {wanted}", user.address);
    Some(match target {
        Some(_) => finding.help(format!("family = \"{wanted}\"")).set("family", wanted),
        None => finding.help(format!("default.{wanted}, or leave it out")),
    })
}
