//! DATA205: a database of production can be lost by one call, or by one zone.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::rds::instance::DbInstance;
use crate::rules::environment::{Environment, environment};

pub const RULE: Rule = Rule {
    code: Code {
        id: "DATA205",
        level: Level::Warning,
        category: Category::Data,
        about: "A database of production is not protected against its deletion, or goes without a final snapshot.",
        why: "One call, by a hand that is in the wrong window, and the data of all customers is gone.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html",
        example: Example::Stack {
            wrong: &[
                "[stack]\nname = \"shop-prod\"\nregion = \"us-east-1\"\n[network]\n[database.main]\nmulti_az = true\nprotect = false",
                "[stack]\nname = \"shop-prod\"\nregion = \"us-east-1\"\n[network]\n[database.main]\nmulti_az = true\nskip_final_snapshot = true",
            ],
            right: &[
                "[stack]\nname = \"shop-prod\"\nregion = \"us-east-1\"\n[network]\n[database.main]\nmulti_az = true",
                "[stack]\nname = \"shop-test\"\nregion = \"us-east-1\"\n[network]\n[database.main]\nprotect = false",
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    if environment(&view.scope) != Some(Environment::Production) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (seen, spec) in view.all::<DbInstance>() {
        if !spec.deletion_protection {
            let finding = seen.finding("deletion_protection", "AWS deletes this database of production when it is asked to");
            found.push(finding.help("let it be protected").set("deletion_protection", true));
        }
        if spec.skip_final_snapshot {
            let finding = seen.finding("skip_final_snapshot", "deleted, this database of production leaves no snapshot");
            found.push(finding.help("skip_final_snapshot = false").set("skip_final_snapshot", false));
        }
    }
    found
}
