//! SEC203: a secret stands in plain text in the environment of a container.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::task_definition::TaskDefinition;

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC203",
        level: Level::Warning,
        category: Category::Security,
        about: "An environment variable that is named like a secret has a value in plain text.",
        why: "Whoever may read the stack file, the plan or the task definition can read it, and it cannot be rotated.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [service.api]
        image = "nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000"
        port = 80
        [service.api.environment]
        DATABASE_PASSWORD = "hunter2"
    "#],
            right: &[r#"
        [network]
        [service.api]
        image = "nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000"
        port = 80
        [service.api.environment]
        DATABASE_PASSWORD = { secret = "database" }
        [secrets.database]
    "#],
        },
    },
    look: Look::Resources(find),
};

/// The endings of the names of secrets, as far as their parts are divided by `_`.
const ENDINGS: [&str; 7] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "PRIVATE_KEY", "CREDENTIALS"];

fn find(view: &View<'_>) -> Vec<Finding> {
    let tasks = view.all::<TaskDefinition>().flat_map(|(seen, spec)| {
        let variables = spec.containers.iter().flat_map(|container| &container.environment);
        let plain = variables.filter(|(name, value)| is_secret(name) && !value.is_empty() && !is_symbolic(value));
        plain.map(|(name, _)| {
            let finding = seen.finding("containers", format!("`{name}` looks like a secret and stands in plain text"));
            finding.help(format!("write `{name} = {{ secret = \"NAME\" }}` and keep the value in `[secrets.NAME]`"))
        })
    });
    tasks.collect()
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let ends = |ending: &str| name.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
    ENDINGS.iter().any(|ending| ends(ending))
}
