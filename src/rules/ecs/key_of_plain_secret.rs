//! ECS205: a container is given a part of a secret that has no parts.

use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::reference::{Piece, pieces};
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::secretsmanager::secret::{Generate, Secret};

pub const RULE: Rule = Rule {
    code: Code {
        id: "ECS205",
        category: Category::Delivery,
        about: "A container is given one key of a secret whose generated value is no JSON.",
        why: "ECS looks the key up before the container starts. Where there is none the task does not start: ResourceInitializationError.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html",
        example: Example::Stack {
            wrong: &[
                "[network]\n[secrets.session]\ngenerate = true\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nenvironment = { KEY = { secret = \"session\", key = \"value\" } }",
            ],
            right: &[
                "[network]\n[secrets.session]\ngenerate = true\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nenvironment = { KEY = { secret = \"session\" } }",
                "[network]\n[secrets.mail]\nkeys = [\"user\", \"password\"]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nenvironment = { KEY = { secret = \"mail\", key = \"password\" } }",
                "[network]\n[secrets.mail]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nenvironment = { KEY = { secret = \"mail\", key = \"password\" } }",
            ],
        },
        ..Code::NEW
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<TaskDefinition>() {
        let secrets = spec.containers.iter().flat_map(|container| &container.secrets);
        for (name, (secret, key)) in secrets.filter_map(|(name, value)| Some((name, part(view, value)?))) {
            let Some((target, secret)) = view.target::<Secret>(&secret) else { continue };
            let plain = |generate: &Generate| generate.secret_string_template.is_none() && generate.generate_string_key.is_none();
            if !secret.generate.as_ref().is_some_and(plain) {
                continue;
            }
            let field = if spec.containers.len() == 1 { format!("containers.0.secrets.{name}") } else { "containers".into() };
            let message = format!("`{}` is one generated value, and has no key `{key}`", target.address);
            found.push(seen.finding(field, message).help("leave the key out"));
        }
    }
    found
}

/// Splits the name of a part of a secret into the secret and its key.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>
fn part(view: &View<'_>, value: &str) -> Option<(String, String)> {
    if let [Piece::Reference(reference), Piece::Text(rest)] = pieces(value).as_slice() {
        let key = rest.strip_prefix(':')?.split(':').next()?.to_owned();
        return (!key.is_empty()).then(|| (format!("${{{}.{}}}", reference.address, reference.output), key));
    }
    let secret = view.all::<Secret>().filter_map(|(seen, _)| seen.output("arn")).find(|arn| value.starts_with(&format!("{arn}:")))?;
    let key = value[secret.len() + 1..].split(':').next()?.to_owned();
    (!key.is_empty()).then_some((secret, key))
}
