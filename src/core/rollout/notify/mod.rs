//! The people and programs that are told of a rollout.

pub mod address;
pub mod check;
pub mod message;
pub mod news;
pub mod url;

use super::hidden::{FromEnvironment, FromSecret, Source};
use crate::core::private::host_alone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Places that are told when a rollout waits, is judged, goes back or ends.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Notify {
    /// A Slack channel, by the address of its incoming webhook: `{ secret = "slack" }` or `{ env = "SLACK_WEBHOOK" }`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slack: Option<Webhook>,
    /// An HTTPS address that takes JSON: `{ secret = … }`, `{ env = … }`, or the address itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// An SNS topic, by its ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sns: Option<String>,
    /// The events that are told; left out, all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<Event>,
}

/// The events of a rollout that somebody may want to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// ECS waits at a gate.
    Gate,
    /// The new revision has been judged.
    Verdict,
    /// It goes back.
    Rollback,
    /// It has ended.
    Finish,
}

/// The address of a webhook, or the place where it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Webhook {
    Url(Written),
    Secret(FromSecret),
    Environment(FromEnvironment),
}

/// An address that stands in the file. A plan that is saved holds it, for its owner alone; whatever is printed has its host.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Written(pub String);

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Webhook {
    /// Returns the place where the address is kept, unless it stands in the file.
    #[must_use]
    pub fn source(&self) -> Option<Source> {
        match self {
            Webhook::Url(_) => None,
            Webhook::Secret(from) => Some(Source::Secret(from.clone())),
            Webhook::Environment(from) => Some(Source::Environment(from.clone())),
        }
    }
}

impl Notify {
    #[must_use]
    pub fn wants(&self, event: Event) -> bool {
        self.on.is_empty() || self.on.contains(&event)
    }

    /// Returns it as it may be shown: of an address the host alone.
    #[must_use]
    pub fn shown(&self) -> Self {
        let shown = |webhook: &Option<Webhook>| {
            webhook.clone().map(|webhook| match webhook {
                Webhook::Url(Written(url)) => Webhook::Url(Written(host_alone(&url))),
                kept => kept,
            })
        };
        Notify { slack: shown(&self.slack), webhook: shown(&self.webhook), ..self.clone() }
    }

    /// Returns the secrets and variables that have to be read before anything is sent.
    pub fn sources(&self) -> impl Iterator<Item = Source> {
        [&self.slack, &self.webhook].into_iter().flatten().filter_map(Webhook::source)
    }
}
