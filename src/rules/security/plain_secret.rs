//! SEC203: a secret stands in plain text in the environment of a container.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::private::is_secret;
use crate::core::rule::{Look, Rule};
use crate::core::source::Path;
use crate::core::view::View;
use crate::kinds::ecs::task_definition::TaskDefinition;

pub const RULE: Rule = Rule {
    code: Code {
        id: "SEC203",
        level: Level::Warning,
        category: Category::Security,
        about: "An environment variable holds what looks like a secret, in plain text.",
        why: "Whoever may read the stack file, the plan or the task definition can read it, and it cannot be rotated.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
        example: Example::Stack {
            wrong: &[
                r#"
        [network]
        [service.api]
        image = "nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000"
        port = 80
        [service.api.environment]
        DATABASE_PASSWORD = "hunter2"
    "#,
                r#"
        [network]
        [service.api]
        image = "nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000"
        port = 80
        [service.api.environment]
        DATABASE_URL = "postgresql://app:hunter2@db.example.com/app"
    "#,
            ],
            right: &[r#"
        [network]
        [service.api]
        image = "nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000"
        port = 80
        [service.api.environment]
        DATABASE_PASSWORD = { secret = "database" }
        RESET_PASSWORD = "enabled"
        STRIPE_PUBLISHABLE_KEY = "pk_live_51Hx9vQ2eZvKYlo2C8dTq3fGhJkLmNoPq"
        JWT_PUBLIC_KEY = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE"
        [secrets.database]
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let tasks = view.all::<TaskDefinition>().flat_map(|(seen, spec)| {
        let containers = spec.containers.iter().enumerate();
        let variables = containers.flat_map(|(at, container)| container.environment.iter().map(move |(name, value)| (at, name, value)));
        let plain = variables.filter(|(_, name, value)| is_secret(name, value));
        plain.map(|(at, name, _)| {
            let field = format!("containers.{at}.environment.{name}");
            let finding = seen.finding(field, format!("`{name}` looks like a secret and stands in plain text"));
            finding.help(if seen.address.module() == "service" {
                format!("write `{} = {{ secret = \"NAME\" }}` and keep the value in `[secrets.NAME]`", Path::new([name]))
            } else {
                format!(
                    "take it out of `environment`, and write secrets = {{ {} = \"${{resource.NAME.arn}}\" }} for a secretsmanager.secret",
                    Path::new([name])
                )
            })
        })
    });
    tasks.collect()
}
