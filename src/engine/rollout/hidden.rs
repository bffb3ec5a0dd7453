//! Secret values, read when they are needed.

use crate::aws::{Aws, Driver, During, Error, Select};
use crate::core::rollout::hidden::{FromEnvironment, FromSecret, Hidden, Revealed, Source};
use crate::kinds::secretsmanager::secret::Secret;
use aws_sdk_secretsmanager::Client;
use serde_json::Value;
use std::collections::BTreeSet;

/// The values that were found, and the reasons why others were not.
#[derive(Debug, Default)]
pub struct Opened {
    pub values: Revealed,
    pub missing: Vec<String>,
}

/// The places where values are looked for.
pub struct Places<'a> {
    pub secrets: &'a Client,
    /// Returns the ARN or name in Secrets Manager of a `[secrets.NAME]` of the stack.
    pub secret: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// Returns an environment variable.
    pub variable: &'a (dyn Fn(&str) -> Option<String> + Sync),
}

/// Reads what a stack's own secrets hold, and what this process's environment does.
pub(super) async fn of_stack(aws: &Aws, sources: impl IntoIterator<Item = Source>) -> Opened {
    let sources = sources.into_iter().collect::<Vec<_>>();
    let by_name = |source: &Source| matches!(source, Source::Secret(from) if !from.secret.starts_with("arn:"));
    let live = if sources.iter().any(by_name) {
        match Secret::list(aws, &Select::Owned { names: Vec::new(), count: None }).await {
            Ok(live) => live,
            Err(error) => return Opened { missing: vec![format!("the secrets cannot be listed: {error}")], ..Opened::default() },
        }
    } else {
        Vec::new()
    };
    let secret = |name: &str| {
        let address = format!("secrets.{name}.secret");
        let ours = live.iter().find(|one| one.claim.as_ref().is_some_and(|claim| claim.address.as_str() == address));
        ours.map(|one| one.arn.clone())
    };
    open(sources, &Places { secrets: &aws.secretsmanager, secret: &secret, variable: &|name| std::env::var(name).ok() }).await
}

/// Reads each value once. Blanks around it are left out: what is typed or piped into a secret often ends with a line break.
pub async fn open(sources: impl IntoIterator<Item = Source>, places: &Places<'_>) -> Opened {
    let mut opened = Opened::default();
    for source in sources.into_iter().collect::<BTreeSet<_>>() {
        match read(&source, places).await {
            Ok(value) if value.trim().is_empty() => opened.missing.push(format!("{source} is empty")),
            Ok(value) => {
                opened.values.insert(source, Hidden::new(value.trim()));
            }
            Err(reason) => opened.missing.push(format!("{source} {reason}")),
        }
    }
    opened
}

async fn read(source: &Source, places: &Places<'_>) -> Result<String, String> {
    let FromSecret { secret, key } = match source {
        Source::Environment(FromEnvironment { env }) => return (places.variable)(env).ok_or_else(|| "is not set".into()),
        Source::Secret(from) => from,
    };
    let id = if secret.starts_with("arn:") { Some(secret.clone()) } else { (places.secret)(secret) };
    let id = id.ok_or("is not there yet: apply the stack first")?;
    let answer = places.secrets.get_secret_value().secret_id(id).send().await.during("secretsmanager.GetSecretValue");
    let text = answer.map_err(|error: Error| format!("cannot be read: {error}"))?.secret_string.ok_or("holds no text")?;
    let Some(key) = key else { return Ok(text) };
    match serde_json::from_str::<Value>(&text).ok().as_ref().and_then(|whole| whole.get(key)) {
        Some(Value::String(value)) => Ok(value.clone()),
        Some(Value::Number(value)) => Ok(value.to_string()),
        _ => Err("is not there, or is no text".into()),
    }
}
