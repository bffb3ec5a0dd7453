//! REACH208: a task looks for a store at its own host.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::task_definition::{self, TaskDefinition};

pub const RULE: Rule = Rule {
    code: Code {
        id: "REACH208",
        level: Level::Warning,
        category: Category::Integration,
        about: "A task looks for a database or a cache at its own host.",
        why: "A task has a host of its own: what ran beside it on a laptop is not there, and each connection is refused.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [database.main]
        [service.api]
        image = "nginx:1.29"
        port = 80
        environment = { DB_HOST = "localhost" }
    "#],
            right: &[r#"
        [network]
        [database.main]
        [service.api]
        image = "nginx:1.29"
        port = 80
        environment = { DB_HOST = "${database.main.host}", HOST = "localhost" }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, task) in view.all::<TaskDefinition>() {
        for (name, text) in task.containers.iter().flat_map(|container| &container.environment) {
            if is_here(task, name, text) {
                let field = format!("containers.0.environment.{name}");
                let finding = seen.finding(field, format!("`{name}` is this very task, where nothing of the sort listens"));
                found.push(finding.help("name the host of the database or the cache, such as \"${database.main.host}\""));
            }
        }
    }
    found
}

/// True where a variable for a database or a cache names the task itself, which has one container.
fn is_here(task: &task_definition::Spec, name: &str, text: &str) -> bool {
    let words = ["DB", "DATABASE", "POSTGRES", "PG", "PGHOST", "MYSQL", "MARIADB", "REDIS", "VALKEY", "CACHE"];
    let store = name.split('_').any(|word| words.contains(&word.to_ascii_uppercase().as_str()));
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    let named = text.contains("://") || name.to_ascii_uppercase().ends_with("HOST");
    store && named && task.containers.len() == 1 && matches!(host, "localhost" | "127.0.0.1")
}
