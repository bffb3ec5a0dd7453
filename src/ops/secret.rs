//! The secrets of a stack: which of them hold a value, and giving one a value. Values are never read.

use super::Error;
use super::session::Session;
use super::stack::Loaded;
use crate::aws::{Driver, Select};
use crate::core::address::Address;
use crate::core::graph::Node;
use crate::core::kind::{Kind, from_value};
use crate::core::snapshot::Live;
use crate::core::suggest::nearest;
use crate::engine::read::Reading;
use crate::kinds::secretsmanager::driver::value;
use crate::kinds::secretsmanager::secret::{Generate, Secret, Spec};
use crate::modules::secrets::name_of;
use futures::future::try_join_all;
use serde::Serialize;
use serde_json::{Map, Value};

/// The version of the JSON that secrets are listed as.
pub const VERSION: u32 = 1;

/// The most bytes of a value that AWS takes:
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html>
pub const MAX_BYTES: usize = 65_536;

/// A secret that a stack wants.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// The name that commands take.
    pub name: String,
    pub address: Address,
    /// The id that AWS knows it by; none before it is made.
    pub arn: Option<String>,
    pub state: State,
}

/// The content of a secret, as far as can be known without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is not made yet.
    Absent,
    Empty,
    /// Its keys hold what stood in for values when it was made.
    Placeholders,
    Set,
}

/// Returns the secrets of a stack, in order of address.
pub async fn list(session: &Session, loaded: &Loaded) -> Result<Vec<Entry>, Error> {
    let live = live(session, loaded).await?;
    let entries = secrets(loaded).map(async |node| {
        let found = live.iter().find(|live| live.claim.as_ref().is_some_and(|claim| claim.address == node.address));
        let state = match found {
            None => State::Absent,
            Some(found) => match value::current(&session.aws, &found.arn).await? {
                None => State::Empty,
                Some(version) if value::is_first(&version) && !keys(node).is_empty() => State::Placeholders,
                Some(_) => State::Set,
            },
        };
        let arn = found.map(|found| found.arn.clone());
        Ok::<_, Error>(Entry { name: name_of(&node.address).to_owned(), address: node.address.clone(), arn, state })
    });
    try_join_all(entries).await
}

/// Finds a secret of a stack by its name, `jwt` or `secrets.jwt`, or by its address.
pub fn find<'a>(loaded: &'a Loaded, name: &str) -> Result<&'a Node, Error> {
    let label = format!("{name}.secret");
    let is_meant = |node: &Node| [name_of(&node.address), node.address.as_str()].contains(&name) || node.address.as_str() == label;
    if let Some(node) = secrets(loaded).find(|node| is_meant(node)) {
        return Ok(node);
    }
    let names = || secrets(loaded).map(|node| name_of(&node.address));
    let hint = match (nearest(name, names()), names().collect::<Vec<_>>()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, names) if names.is_empty() => format!("the stack has none: write `[secrets.{name}]`"),
        (None, names) => format!("there are {}", names.join(", ")),
    };
    Err(Error::Secret { why: format!("the stack has no secret `{name}`"), hint: Some(hint) })
}

/// Says why a secret cannot have a value, if it cannot. The value stands nowhere in what is said.
pub fn check(node: &Node, value: &str) -> Result<(), Error> {
    let name = name_of(&node.address);
    let wrong = |why: String, hint: String| Err(Error::Secret { why, hint: Some(hint) });
    if value.is_empty() {
        return wrong("the value is empty".into(), format!("trueup secret set {name} < FILE"));
    }
    if value.len() > MAX_BYTES {
        return wrong(format!("the value has {} bytes", value.len()), format!("AWS takes {MAX_BYTES} at most"));
    }
    let keys = keys(node);
    if keys.is_empty() {
        return Ok(());
    }
    let form = || format!("write it as JSON: {{{}}}", keys.iter().map(|key| format!("\"{key}\": \"…\"")).collect::<Vec<_>>().join(", "));
    match serde_json::from_str::<Map<String, Value>>(value) {
        Err(_) => wrong(format!("the secret `{name}` has keys, and the value is no JSON object"), form()),
        Ok(object) => match keys.iter().find(|key| !object.contains_key(*key)) {
            Some(missing) => wrong(format!("the value has no key `{missing}`, which the secret `{name}` has in the file"), form()),
            None => Ok(()),
        },
    }
}

/// Gives a secret a value. Tasks that run keep the value that they began with.
pub async fn set(session: &Session, loaded: &Loaded, node: &Node, value: &str) -> Result<(), Error> {
    check(node, value)?;
    let (address, name) = (&node.address, name_of(&node.address));
    let live = live(session, loaded).await?;
    let ours = live.iter().filter(|live| live.claim.as_ref().is_some_and(|claim| claim.address == *address));
    match ours.collect::<Vec<_>>().as_slice() {
        [] => {
            let hint = format!("`trueup apply` makes it; then `trueup secret set {name}`");
            Err(Error::Secret { why: format!("the secret `{name}` is not in AWS yet"), hint: Some(hint) })
        }
        [one] => Ok(value::put(&session.aws, &one.arn, value).await?),
        [one, other, ..] => {
            let why = format!("two live secrets claim to be `{address}`: {} and {}", one.arn, other.arn);
            Err(Error::Secret { why, hint: Some("take the `trueup:node` tag off the one that is not it, or delete it".into()) })
        }
    }
}

fn secrets(loaded: &Loaded) -> impl Iterator<Item = &Node> {
    loaded.graph.nodes().filter(|node| node.kind.name == Secret::NAME)
}

/// Returns the keys that a value must have.
pub(super) fn keys(node: &Node) -> Vec<String> {
    let Ok(Spec { generate: Some(Generate { secret_string_template: Some(template), generate_string_key, .. }), .. }) =
        from_value::<Spec>(&node.spec)
    else {
        return Vec::new();
    };
    let others = serde_json::from_str::<Map<String, Value>>(&template).unwrap_or_default();
    others.into_iter().map(|(key, _)| key).chain(generate_string_key).collect()
}

/// Returns the live secrets of the stack. What an earlier apply made, and what bears a name of ours, is asked for by itself
/// where the listing does not show it yet.
async fn live(session: &Session, loaded: &Loaded) -> Result<Vec<Live<Spec>>, Error> {
    let aws = &session.aws;
    let reading = Reading::of(&loaded.graph, &aws.scope, session.store.before().await?, false);
    let mut found = Secret::list(aws, &Select::Owned { names: Vec::new(), count: None }).await?;
    let made = reading.made.get(Secret::NAME).into_iter().flatten();
    let named = reading.names.get(Secret::NAME).into_iter().flatten();
    let missing =
        made.chain(named).filter(|id| !found.iter().any(|live| live.id == **id || live.name == **id)).cloned().collect::<Vec<_>>();
    for live in Secret::list(aws, &Select::Ids(missing)).await? {
        if !found.iter().any(|known| known.arn == live.arn) {
            found.push(live);
        }
    }
    found.retain(|live| live.claim.is_some());
    Ok(found)
}
