//! Notes to those who want to be told of a rollout. None of them changes it: whatever goes wrong is an answer.

use crate::aws::exchange::{self, System};
use crate::aws::{During, Error};
use crate::core::rollout::hidden::{Hidden, Revealed};
use crate::core::rollout::notify::address::is_public;
use crate::core::rollout::notify::message::Message;
use crate::core::rollout::notify::url::Https;
use crate::core::rollout::notify::{Notify, Webhook, Written};
use crate::core::visible;
use aws_sdk_sns::Client;
use aws_sdk_sns::config::{Builder, Region};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::timeout;

/// The time that one try may take: nobody who rolls out waits for those who are told.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause before the second and last try.
const PAUSE: Duration = Duration::from_secs(2);

/// Sends notes.
#[derive(Debug)]
pub struct Sender {
    http: SharedHttpConnector,
    pause: Duration,
}

impl Default for Sender {
    /// Makes one that reaches the public internet over HTTPS, and nothing else.
    fn default() -> Self {
        Self::over(SharedHttpConnector::new(exchange::connector(Permitted { names: System, permitted: is_public })), PAUSE)
    }
}

/// The reason why a try failed, and whether another may help.
struct Failed {
    reason: String,
    again: bool,
}

impl Sender {
    pub(super) fn over(http: SharedHttpConnector, pause: Duration) -> Self {
        Sender { http, pause }
    }

    /// Tells all who want to be told of this. Returns who could not be told and why, in lines without secrets.
    #[must_use]
    pub async fn send(&self, notify: &Notify, message: &Message, addresses: &Revealed, sns: &Client) -> Vec<String> {
        let Notify { slack, webhook, sns: topic, on: _ } = notify;
        if !notify.wants(message.news.event()) {
            return Vec::new();
        }
        let told = futures::join!(
            self.post("Slack", slack.as_ref(), addresses, || message.slack()),
            self.post("the webhook", webhook.as_ref(), addresses, || message.json()),
            publish(topic.as_deref(), message, sns),
        );
        let failed = [told.0, told.1, told.2].into_iter().filter_map(Result::err);
        failed.map(|reason| visible::line(&reason).into_owned()).collect()
    }

    async fn post(&self, name: &str, webhook: Option<&Webhook>, addresses: &Revealed, body: impl Fn() -> Value) -> Result<(), String> {
        let Some(webhook) = webhook else { return Ok(()) };
        let failed = |reason: &str| format!("{name} was not told: {reason}");
        let url = match webhook {
            Webhook::Url(Written(url)) => url.as_str(),
            Webhook::Secret(_) | Webhook::Environment(_) => {
                let source = webhook.source();
                let url = source.as_ref().and_then(|source| addresses.get(source));
                url.ok_or_else(|| failed("its address could not be read"))?.reveal()
            }
        };
        self.twice(name, url, &body()).await
    }

    /// Tells those at two addresses of something else than a rollout: a text for Slack, and JSON. Returns who could not be told and why.
    #[must_use]
    pub async fn tell(&self, slack: Option<&Hidden>, webhook: Option<&Hidden>, text: &str, json: &Value) -> Vec<String> {
        let slack_text = json!({ "text": slack_plain(text), "mrkdwn": false, "link_names": false, "unfurl_links": false });
        let one = async |name: &str, address: Option<&Hidden>, body: &Value| match address {
            Some(address) => self.twice(name, address.reveal(), body).await,
            None => Ok(()),
        };
        let told = futures::join!(one("Slack", slack, &slack_text), one("the webhook", webhook, json));
        [told.0, told.1].into_iter().filter_map(Result::err).map(|reason| visible::line(&reason).into_owned()).collect()
    }

    async fn twice(&self, name: &str, url: &str, body: &Value) -> Result<(), String> {
        let failed = |reason: &str| format!("{name} was not told: {reason}");
        let url = Https::parse(url).map_err(|reason| failed(&format!("its address is refused: {reason}")))?;
        let body = visible::escape_json(&body.to_string()).into_owned();
        match self.once(&url, &body).await {
            Err(Failed { again: true, .. }) => tokio::time::sleep(self.pause).await,
            first => return first.map_err(|error| failed(&error.reason)),
        }
        self.once(&url, &body).await.map_err(|error| failed(&error.reason))
    }

    async fn once(&self, url: &Https, body: &str) -> Result<(), Failed> {
        let headers = [("content-type", "application/json; charset=utf-8")];
        let request = exchange::request("POST", url.reveal(), headers, Some(body.to_owned()));
        let request = request.map_err(|reason| Failed { reason, again: false })?;
        let status = match timeout(PATIENCE, exchange::send(&self.http, request)).await {
            Ok(Ok(response)) => response.status().as_u16(),
            Ok(Err(reason)) => return Err(Failed { again: reason != NOT_PERMITTED, reason: url.taken_out_of(&reason) }),
            Err(_) => return Err(Failed { reason: format!("no answer came in {} s", PATIENCE.as_secs()), again: true }),
        };
        match status {
            200..300 => Ok(()),
            300..400 => Err(Failed { reason: format!("it answered {status}, and redirects are not followed"), again: false }),
            _ => Err(Failed { reason: format!("it answered {status}"), again: status == 429 || status >= 500 }),
        }
    }
}

/// Publishes to a topic in its own region: text for e-mail, JSON for everybody else.
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-send-custom-platform-specific-payloads-mobile-devices.html>
async fn publish(topic: Option<&str>, message: &Message, sns: &Client) -> Result<(), String> {
    let Some(topic) = topic else { return Ok(()) };
    let region = topic.split(':').nth(3).unwrap_or_default().to_owned();
    let text = json!({ "default": visible::escape_json(&message.json().to_string()), "email": message.text() });
    let call = sns.publish().topic_arn(topic).subject(message.subject()).message_structure("json").message(text.to_string());
    let there = Builder::new().region(Region::new(region));
    let sent = timeout(PATIENCE, call.customize().config_override(there).send()).await;
    let sent = sent.map_err(|_| format!("the topic was not told: no answer came in {} s", PATIENCE.as_secs()))?;
    sent.during("sns.Publish").map(drop).map_err(|error: Error| format!("the topic was not told: {error}"))
}

/// Text that calls nobody and is no link of its own: <https://docs.slack.dev/messaging/formatting-message-text/#escaping>
fn slack_plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The reason why an address is not connected to.
const NOT_PERMITTED: &str = "its name leads into a private network, to this host, or to a metadata service";

/// Looks up names, and answers permitted addresses alone, which are then connected to without another look-up.
#[derive(Debug, Clone)]
pub(super) struct Permitted<R> {
    pub names: R,
    pub permitted: fn(IpAddr) -> bool,
}

impl<R: ResolveDns> ResolveDns for Permitted<R> {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = self.names.resolve_dns(name).await?;
            // One that leads inside is reason enough to trust none.
            if found.iter().all(|address| (self.permitted)(*address)) { Ok(found) } else { Err(ResolveDnsError::new(NOT_PERMITTED)) }
        })
    }
}
