//! DATA203: a parameter that nobody knows.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::rds::parameter_group::DbParameterGroup;
use crate::kinds::rds::parameters::{self, Name};

pub const RULE: Rule = Rule {
    code: Code {
        id: "DATA203",
        level: Level::Warning,
        category: Category::Data,
        about: "A database has a parameter that is not among those of its engine.",
        why: "RDS refuses the whole group for one name that it does not know. It may be one that is newer than this version of Trueup.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeEngineDefaultParameters.html",
        example: Example::Stack {
            wrong: &["[network]\n[database.main]\nparameters = { make_it_fast = \"1\" }"],
            right: &["[network]\n[database.main]\nparameters = { random_page_cost = \"1.1\" }"],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let groups = view.all::<DbParameterGroup>().flat_map(|(seen, spec)| {
        let strange = spec.parameters.keys().filter(|name| parameters::look_up(&spec.family, name) == Name::Strange);
        strange.map(|name| {
            let finding = seen.finding(format!("parameters.{name}"), format!("no parameter `{name}` of {} is known", spec.family));
            finding.help("`aws rds describe-engine-default-parameters` lists them")
        })
    });
    groups.collect()
}
