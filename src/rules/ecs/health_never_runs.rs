//! ECS211: the health check of a container cannot succeed.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::task_definition::{self, TaskDefinition};

/// A task whose container is checked by a command.
macro_rules! checked {
    ($command:literal) => {
        concat!(
            "[resource.task]\nkind = \"ecs.task_definition\"\ncpu = 256\nmemory = 512\n[[resource.task.containers]]\nname = \"app\"\nimage = \"app:1.4\"\n",
            "port_mappings = [{ container_port = 8080 }]\nhealth_check = { command = ",
            $command,
            " }\n"
        )
    };
}

pub const RULE: Rule = Rule {
    code: Code {
        id: "ECS211",
        level: Level::Warning,
        category: Category::Reliability,
        about: "The health check of a container runs no command, or asks a port that the task does not name.",
        why: "The check fails each time. ECS stops the container as unhealthy, starts another, and never comes to an end.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html",
        example: Example::Stack {
            wrong: &[
                checked!(r#"["CMD", "curl -f http://localhost:8080/ || exit 1"]"#),
                checked!(r#"["CMD-SHELL", "curl", "-f", "http://localhost:8080/"]"#),
                checked!(r#"["CMD-SHELL", "curl -f http://localhost:3000/ || exit 1"]"#),
            ],
            right: &[
                checked!(r#"["CMD-SHELL", "curl -f http://localhost:8080/ || exit 1"]"#),
                checked!(r#"["CMD", "curl", "-f", "http://127.0.0.1:8080/"]"#),
            ],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, task) in view.all::<TaskDefinition>() {
        for (at, container) in task.containers.iter().enumerate() {
            let Some(check) = &container.health_check else { continue };
            let Some((message, help)) = wrong(task, &check.command) else { continue };
            found.push(seen.finding(format!("containers.{at}.health_check.command"), message).help(help));
        }
    }
    found
}

fn wrong(task: &task_definition::Spec, command: &[String]) -> Option<(String, String)> {
    match command {
        [how, program] if how == "CMD" && program.trim().contains(' ') => {
            let message = format!("`CMD` runs one program with arguments, and there is none of the name `{program}`");
            Some((message, "write CMD-SHELL in front of a line, or each argument as a text of its own".into()))
        }
        [how, line, _, ..] if how == "CMD-SHELL" => {
            let message = format!("`CMD-SHELL` runs one line, which is `{line}`: the texts behind it are no arguments of it");
            Some((message, "write all of it as one text, or CMD in front".into()))
        }
        [_, rest @ ..] => {
            let port = rest.iter().find_map(|text| own_port(text))?;
            let mut mapped = task.containers.iter().flat_map(|container| &container.port_mappings).peekable();
            // A port that a variable or an argument names may be one that something listens on.
            let texts = task.containers.iter().flat_map(|one| one.environment.values().chain(&one.command).chain(&one.entry_point));
            let told = texts.into_iter().any(|text| text.contains(&port.to_string()));
            mapped.peek()?;
            let known = mapped.all(|mapping| mapping.container_port != port);
            (known && !told).then(|| {
                let message = format!("it asks port {port} of the task, and no container says that it listens there");
                (message, format!("ask the port of the container, or name {port} in `port_mappings`"))
            })
        }
        [] => None,
    }
}

/// Returns the port of a URL of the task itself.
fn own_port(text: &str) -> Option<u16> {
    let hosts = ["://localhost:", "://127.0.0.1:", "://0.0.0.0:"];
    let rest = hosts.into_iter().find_map(|host| text.split_once(host))?.1;
    rest.get(..rest.bytes().take_while(u8::is_ascii_digit).count())?.parse().ok()
}
