//! DATA212: a switch of a database is set by a word.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::rds::parameter_group::DbParameterGroup;
use crate::kinds::rds::parameters::{self, Values};

pub const RULE: Rule = Rule {
    code: Code {
        id: "DATA212",
        level: Level::Warning,
        category: Category::Data,
        about: "A parameter that is on or off is written as a word.",
        why: "RDS lists 0 and 1 as the values of such a parameter. It answers what it has as a number, and a word may be refused with the whole call.",
        page: "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Parameter.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [database.main]
        parameters = { autovacuum = "on" }
    "#],
            right: &[r#"
        [network]
        [database.main]
        parameters = { autovacuum = "1" }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<DbParameterGroup>() {
        for (name, value) in &spec.parameters {
            let number = match value.trim().to_ascii_lowercase().as_str() {
                "on" | "true" => "1",
                "off" | "false" => "0",
                _ => continue,
            };
            if parameters::values(&spec.family, name) == Values::Bool {
                let finding = seen.finding(format!("parameters.{name}"), format!("`{name}` is 0 or 1, and this is `{value}`"));
                found.push(finding.help(format!("write \"{number}\"")));
            }
        }
    }
    found
}
