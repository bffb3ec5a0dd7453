//! ECS205: a container is given a part of a secret that does not have it.

use crate::core::address::Address;
use crate::core::code::{Category, Code, Example};
use crate::core::graph::Finding;
use crate::core::reference::{Piece, pieces};
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::rds::instance::DbInstance;
use crate::kinds::secretsmanager::secret::{Generate, Secret};
use serde_json::{Map, Value};

pub const RULE: Rule = Rule {
    code: Code {
        id: "ECS205",
        category: Category::Delivery,
        about: "A container is given one key of a secret whose value does not have it.",
        why: "ECS looks the key up before the container starts. Where there is none the task does not start: ResourceInitializationError.",
        page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html",
        example: Example::Stack {
            wrong: &[
                "[network]\n[secrets.session]\ngenerate = true\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nenvironment = { KEY = { secret = \"session\", key = \"value\" } }",
                "[network]\n[database.main]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nenvironment = { KEY = { secret = \"${database.main.secret}\", key = \"pass\" } }",
                r#"
        [network]
        [resource.session]
        kind = "secretsmanager.secret"
        generate = { secret_string_template = '{"user":"app"}', generate_string_key = "password" }
        [service.web]
        image = "nginx:1.29"
        port = 80
        environment = { KEY = { secret = "${resource.session.arn}", key = "pass" } }
    "#,
            ],
            right: &[
                "[network]\n[database.main]\n[service.web]\nimage = \"nginx:1.29\"\nport = 80\nenvironment = { KEY = { secret = \"${database.main.secret}\", key = \"password\" } }",
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
        let containers = spec.containers.iter().enumerate();
        let secrets = containers.flat_map(|(at, container)| container.secrets.iter().map(move |(name, value)| (at, name, value)));
        for (at, name, (secret, key)) in secrets.filter_map(|(at, name, value)| Some((at, name, part(view, value)?))) {
            let Some((target, keys)) = keys(view, &secret).filter(|(_, keys)| !keys.contains(&key)) else { continue };
            // REF009 says it of a module's key by the module's own words.
            if !keys.is_empty()
                && [seen.address, target].iter().zip(["service.", "secrets."]).all(|(one, section)| one.as_str().starts_with(section))
            {
                continue;
            }
            let field = format!("containers.{at}.secrets.{name}");
            let finding = match keys.as_slice() {
                [] => seen.finding(field, format!("`{target}` is one generated value, and has no key `{key}`")).help("leave the key out"),
                keys => seen
                    .finding(field, format!("the secret of `{target}` has no key `{key}`"))
                    .help(format!("it has {}", keys.join(" and "))),
            };
            found.push(finding);
        }
    }
    found
}

/// Returns the keys of a secret whose value is made by rules that the stack knows, and whose secret it is; none for one plain value.
///
/// A database's own has two: <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html>.
fn keys<'a>(view: &'a View<'_>, secret: &str) -> Option<(&'a Address, Vec<String>)> {
    if let Some((database, _)) = view.target::<DbInstance>(secret) {
        return Some((database.address, vec!["username".into(), "password".into()]));
    }
    let (target, spec) = view.target::<Secret>(secret)?;
    let Generate { secret_string_template: template, generate_string_key: own, .. } = spec.generate.as_ref()?;
    let template = match template.as_deref().map(serde_json::from_str::<Map<String, Value>>) {
        Some(template) => template.ok()?,
        None => Map::new(),
    };
    Some((target.address, template.into_iter().map(|(key, _)| key).chain(own.clone()).collect()))
}

/// Splits the name of a part of a secret into the secret and its key.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>
fn part(view: &View<'_>, value: &str) -> Option<(String, String)> {
    if let [Piece::Reference(reference), Piece::Text(rest)] = pieces(value).as_slice() {
        let key = rest.strip_prefix(':')?.split(':').next()?.to_owned();
        return (!key.is_empty()).then(|| (format!("${{{}.{}}}", reference.address, reference.output), key));
    }
    let databases = view.all::<DbInstance>().filter_map(|(seen, _)| seen.output("secret_arn"));
    let mut secrets = view.all::<Secret>().filter_map(|(seen, _)| seen.output("arn")).chain(databases);
    let secret = secrets.find(|arn| value.starts_with(&format!("{arn}:")))?;
    let key = value[secret.len() + 1..].split(':').next()?.to_owned();
    (!key.is_empty()).then_some((secret, key))
}
