//! `sns.topic`: delivers the messages published to it to its subscribers.

use crate::core::code::Check;
use crate::core::iam_document::{self, Place};
use crate::core::identity::Scope;
use crate::core::kind::{About, Field, Kind, Naming, from_value, replace, to_value, update};
use crate::core::money::Decimal;
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::kinds::kms;
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;

pub struct Topic;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The topic's name, without the `.fifo` that AWS wants for such topics; left out, one is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// The sender's name in e-mails and text messages.
    #[serde(default)]
    pub display_name: String,
    /// Makes a FIFO topic: messages keep their order and arrive once. CloudWatch alarms cannot send to it.
    #[serde(default)]
    pub fifo: bool,
    /// The KMS key that encrypts messages at rest: an id, an ARN or an alias.
    #[serde(default)]
    pub kms_key_id: Option<String>,
    /// The access policy, for publishing and subscribing; left out, this account may. A statement without `Resource` is about the
    /// topic itself.
    #[serde(default)]
    pub policy: Option<Value>,
    /// All subscriptions. One added elsewhere is drift; one that is not confirmed yet is not.
    #[serde(default)]
    pub subscriptions: Vec<Subscription>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    pub protocol: Protocol,
    /// The address: an e-mail address, a URL, a telephone number, or an ARN.
    ///
    /// AWS shows no password that a URL has, so another password by itself is no difference.
    pub endpoint: String,
}

impl Subscription {
    /// Returns it as AWS shows it: with `****` for the password of a URL.
    /// <https://github.com/hashicorp/terraform-provider-aws/pull/861>
    pub fn shown(&self) -> Subscription {
        let masked = match password(&self.endpoint) {
            Some(Range { start, end }) => format!("{}****{}", &self.endpoint[..start], &self.endpoint[end..]),
            None => self.endpoint.clone(),
        };
        Subscription { protocol: self.protocol, endpoint: masked }
    }
    /// Returns the password of its URL; empty if there is none.
    pub fn password(&self) -> &str {
        password(&self.endpoint).and_then(|range| self.endpoint.get(range)).unwrap_or_default()
    }
}

/// Returns where the password of a URL stands.
fn password(url: &str) -> Option<Range<usize>> {
    let begin = url.find("://")? + 3;
    let end = url[begin..].find(['/', '?', '#']).map_or(url.len(), |at| begin + at);
    let at = begin + url[begin..end].rfind('@')?;
    let colon = begin + url[begin..at].find(':')?;
    Some(colon + 1..at)
}

fn without_passwords(subscriptions: &Value) -> Value {
    match from_value::<Vec<Subscription>>(subscriptions) {
        Ok(list) => to_value(&list.iter().map(Subscription::shown).collect::<Vec<_>>()),
        Err(_) => subscriptions.clone(),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    Email,
    EmailJson,
    Http,
    Https,
    Sms,
    Sqs,
    Lambda,
    Firehose,
    Application,
}

impl Kind for Topic {
    type Spec = Spec;
    const NAME: &'static str = "sns.topic";
    const ABOUT: About = About {
        doc: "Delivers the messages published to it to its subscribers.",
        outputs: &["name", "arn"],
        foretold: &["name", "arn"],
        // AWS allows 256; `.fifo` may come behind.
        naming: Naming::Hyphens { max: 251 },
        arn: "sns:",
        console: "https://{region}.console.aws.amazon.com/sns/v3/home?region={region}#/topic/{arn}",
        ..About::NEW
    };
    // SetTopicAttributes takes neither.
    // https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        update("display_name"),
        replace("fifo"),
        update("kms_key_id"),
        update("policy").document().loose(),
        update("subscriptions").set().loose().masked(without_passwords),
        update("tags"),
    ];

    fn foretell(scope: &Scope, name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("name".into(), name.to_owned()), ("arn".into(), scope.arn("sns", name))])
    }

    fn example() -> Spec {
        Spec {
            name: None,
            display_name: "Example".into(),
            fifo: false,
            kms_key_id: None,
            policy: None,
            subscriptions: vec![Subscription { protocol: Protocol::Email, endpoint: "operations@example.com".into() }],
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "SNS001",
            about: "The name of a topic has another form than AWS takes.",
            why: "CreateTopic refuses it as an invalid parameter. The `.fifo` at the end of such a topic's name is added for you.",
            page: "https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html",
            wrong: &[r#"{"name": "all alarms"}"#, r#"{"name": ""}"#, r#"{"name": "jobs.fifo"}"#],
            right: &[r#"{"name": "all-alarms_1"}"#],
            find: name,
        },
        Check {
            id: "SNS002",
            about: "The display name of a topic is longer than 100 characters, or has control characters.",
            why: "SetTopicAttributes refuses it; it is the sender's name in e-mails and stands on one line.",
            page: "https://docs.aws.amazon.com/sns/latest/dg/sns-create-topic.html",
            wrong: &[r#"{"display_name": "one\ntwo"}"#],
            right: &[r#"{"display_name": "Alarms of the shop"}"#],
            find: display_name,
        },
        Check {
            id: "SNS003",
            about: "The policy of a topic is no policy document.",
            why: "SNS refuses it as malformed, and until then nobody could publish whom it was meant for.",
            page: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html",
            wrong: &[r#"{"policy": {"Statement": [{"Effect": "Maybe", "Principal": "*", "Action": "sns:Publish"}]}}"#],
            right: &[r#"{"policy": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sns:Publish"}]}}"#],
            find: |spec| spec.policy.iter().flat_map(|policy| iam_document::problems("policy", policy, Place::Resource)).collect(),
        },
        Check {
            id: "SNS004",
            about: "Something other than a queue subscribes to a FIFO topic.",
            why: "Subscribe refuses every protocol but sqs there, since no other keeps the order.",
            page: "https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html",
            wrong: &[r#"{"fifo": true, "subscriptions": [{"protocol": "email", "endpoint": "a@example.com"}]}"#],
            right: &[
                r#"{"fifo": true, "subscriptions": [{"protocol": "sqs", "endpoint": "arn:aws:sqs:us-east-1:123456789012:jobs.fifo"}]}"#,
            ],
            find: only_queues,
        },
        Check {
            id: "SNS005",
            about: "The endpoint of a subscription does not fit its protocol.",
            why: "Subscribe refuses it as an invalid endpoint.",
            page: "https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html",
            wrong: &[
                r#"{"subscriptions": [{"protocol": "email", "endpoint": "operations"}]}"#,
                r#"{"subscriptions": [{"protocol": "https", "endpoint": "http://example.com/hook"}]}"#,
                r#"{"subscriptions": [{"protocol": "sms", "endpoint": "call me"}]}"#,
            ],
            right: &[r#"{"subscriptions": [{"protocol": "https", "endpoint": "https://example.com/hook"}]}"#],
            find: endpoints,
        },
    ];

    fn normalise(spec: &mut Spec) {
        if let Some(policy) = &mut spec.policy {
            iam_document::normalise(policy);
        }
        spec.subscriptions.sort();
        spec.subscriptions.dedup();
    }

    const USAGE: &'static [Measure] = &[
        Measure::new("messages", "messages", [0, 100, 10_000], "Messages that are published to the topic."),
        Measure::derived("messages_gb", "GB", "The bytes of all those messages; if nothing is said, a kilobyte each in a FIFO topic.")
            .idle("the bytes of messages are billed in FIFO topics, and where messages go out over HTTP", "say `messages` alone"),
        kms::REQUESTS,
    ];
}

impl Priced for Topic {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        // AWS counts a request for each 64 KB, and most messages are smaller.
        let messages = || facts.usage("messages");
        let said_gb = facts.said("messages_gb");
        let mut charges = vec![tariffs::sns::published(spec.fifo, messages())];
        if spec.fifo {
            // Nothing but queues subscribes there.
            let queues = u32::try_from(spec.subscriptions.len()).unwrap_or(u32::MAX);
            let gb = said_gb.clone().unwrap_or_else(|| messages().becomes("a kilobyte each", |number| number / Decimal::from(1_000_000)));
            charges.extend(tariffs::sns::fifo(&messages(), &gb, queues));
        }
        for subscription in spec.subscriptions.iter().filter(|_| !spec.fifo) {
            charges.extend(match subscription.protocol {
                Protocol::Email | Protocol::EmailJson => Some(tariffs::sns::emails(messages())),
                Protocol::Http | Protocol::Https => Some(tariffs::sns::calls(messages())),
                Protocol::Sms => Some(tariffs::sns::texts(messages())),
                Protocol::Firehose => Some(tariffs::sns::firehose(messages())),
                Protocol::Application => Some(tariffs::sns::pushes(messages())),
                // Free: https://aws.amazon.com/sns/pricing/
                Protocol::Sqs | Protocol::Lambda => None,
            });
            if matches!(subscription.protocol, Protocol::Http | Protocol::Https) {
                charges.extend(said_gb.clone().map(tariffs::transfer::internet));
            }
        }
        charges.extend(kms::requests(spec.kms_key_id.is_some(), facts));
        charges
    }
}

fn name(spec: &Spec) -> Vec<Problem> {
    let Some(name) = spec.name.as_deref().filter(|name| !is_symbolic(name)) else { return Vec::new() };
    if (1..=251).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) {
        return Vec::new();
    }
    let problem = Problem::new("name", format!("`{name}` cannot be the name of a topic"));
    vec![match name.strip_suffix(".fifo") {
        Some(plain) => problem.help(format!("write name = \"{plain}\" and fifo = true; the ending is added")),
        None => problem.help("up to 251 of A-Z a-z 0-9 _ -"),
    }]
}

fn display_name(spec: &Spec) -> Vec<Problem> {
    let fits = spec.display_name.chars().count() <= 100 && !spec.display_name.chars().any(char::is_control);
    let problem = || Problem::new("display_name", "a display name has up to 100 characters on one line").help("shorten it");
    (!fits).then(problem).into_iter().collect()
}

fn only_queues(spec: &Spec) -> Vec<Problem> {
    let others = spec.subscriptions.iter().enumerate().filter(|(_, one)| spec.fifo && one.protocol != Protocol::Sqs);
    others.map(|(index, _)| Problem::new(endpoint(index), "only queues can subscribe to a FIFO topic")).collect()
}

fn endpoints(spec: &Spec) -> Vec<Problem> {
    let given = spec.subscriptions.iter().enumerate().filter(|(_, one)| !is_symbolic(&one.endpoint));
    let wrong = given.filter_map(|(index, one)| Some((index, one, refused(one)?)));
    let problem = |(index, one, help): (usize, &Subscription, &str)| {
        Problem::new(endpoint(index), format!("`{}` cannot be subscribed so", one.shown().endpoint)).help(help)
    };
    wrong.map(problem).collect()
}

fn endpoint(index: usize) -> String {
    format!("subscriptions.{index}.endpoint")
}

// Returns the form that the endpoint should have, if it has another.
fn refused(subscription: &Subscription) -> Option<&'static str> {
    let endpoint = subscription.endpoint.as_str();
    let (fits, help) = match subscription.protocol {
        Protocol::Email | Protocol::EmailJson => {
            let mut parts = endpoint.split('@');
            let (user, domain) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            let fits = !user.is_empty() && domain.contains('.') && parts.next().is_none() && !endpoint.contains(char::is_whitespace);
            (fits, "write an e-mail address: name@example.com")
        }
        Protocol::Http => (endpoint.starts_with("http://"), "write a URL that begins with http://"),
        Protocol::Https => (endpoint.starts_with("https://"), "write a URL that begins with https://"),
        Protocol::Sms => {
            let digits = endpoint.strip_prefix('+').unwrap_or(endpoint);
            let fits = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            (fits, "write the number with its country code: +15550100")
        }
        Protocol::Sqs => (endpoint.starts_with("arn:") && endpoint.contains(":sqs:"), "write the ARN of a queue"),
        Protocol::Lambda => (endpoint.starts_with("arn:") && endpoint.contains(":lambda:"), "write the ARN of a function"),
        Protocol::Firehose => (endpoint.starts_with("arn:") && endpoint.contains(":firehose:"), "write the ARN of a delivery stream"),
        Protocol::Application => (endpoint.starts_with("arn:"), "write the ARN of a platform endpoint"),
    };
    (!fits).then_some(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_shown_nowhere() {
        for (endpoint, want, password) in [
            ("https://hook:s3cret@alerts.example.com/in", "https://hook:****@alerts.example.com/in", "s3cret"),
            ("http://u:p@ss@host:8080", "http://u:****@host:8080", "p@ss"),
            ("https://user@host/a:b@c", "https://user@host/a:b@c", ""),
            ("https://host:443/x?y=a:b@c", "https://host:443/x?y=a:b@c", ""),
            ("operations@example.com", "operations@example.com", ""),
        ] {
            let one = Subscription { protocol: Protocol::Https, endpoint: endpoint.into() };
            assert_eq!((one.shown().endpoint.as_str(), one.password()), (want, password), "{endpoint}");
            assert_eq!(one.shown().shown(), one.shown());
        }
    }
}
