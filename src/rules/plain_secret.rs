//! SEC203: a secret stands in plain text in the environment of a container.

use crate::core::diagnostic::Severity;
use crate::core::graph::{Finding, Graph};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::rule::{Rule, of_kind};
use crate::kinds::ecs::task_definition::TaskDefinition;

pub const RULE: Rule = Rule {
    code: "SEC203",
    severity: Severity::Warning,
    about: "An environment variable that is named like a secret has a value in plain text.",
    why: "Whoever may read the stack file, the plan or the task definition can read it, and it cannot be rotated.",
    example: r#"
        [network]
        [service.api]
        image = "nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000"
        port = 80
        [service.api.environment]
        DATABASE_PASSWORD = "hunter2"
    "#,
    check,
};

/// How the names of secrets end, where their parts are divided by `_`.
const ENDINGS: [&str; 7] = ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "PRIVATE_KEY", "CREDENTIALS"];

fn check(graph: &Graph) -> Vec<Finding> {
    let tasks = of_kind::<TaskDefinition>(graph).flat_map(|(node, spec)| {
        let variables = spec.containers.into_iter().flat_map(|container| container.environment);
        let plain = variables.filter(|(name, value)| is_secret(name) && !value.is_empty() && !is_symbolic(value));
        let findings = plain.map(|(name, _)| {
            let problem = Problem::new("containers", format!("`{name}` looks like a secret and stands in plain text"));
            let help = format!("write `{name} = {{ secret = \"NAME\" }}` and keep the value in `[secrets.NAME]`");
            Finding { address: node.address.clone(), problem: problem.help(help) }
        });
        findings.collect::<Vec<_>>()
    });
    tasks.collect()
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let ends = |ending: &str| name.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
    ENDINGS.iter().any(|ending| ends(ending))
}
