//! `sns.topic`: where messages are sent to whoever subscribes.

use crate::core::iam_document::{self, Place};
use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

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
    /// Whether messages keep their order and arrive once. CloudWatch alarms cannot send to such a topic.
    #[serde(default)]
    pub fifo: bool,
    /// The KMS key that encrypts messages at rest: an id, an ARN or an alias.
    #[serde(default)]
    pub kms_key_id: Option<String>,
    /// Who may publish and subscribe; left out, this account may. A statement without `Resource` is about the topic itself.
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
    pub endpoint: String,
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
        doc: "Where messages are sent to whoever subscribes.",
        outputs: &["name", "arn"],
        // AWS allows 256; `.fifo` may come behind.
        naming: Naming::Hyphens { max: 251 },
        arn: "sns:",
        console: "https://{region}.console.aws.amazon.com/sns/v3/home?region={region}#/topic/{arn}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        update("display_name"),
        replace("fifo"),
        update("kms_key_id"),
        update("policy").document(),
        update("subscriptions").set(),
        update("tags"),
    ];

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

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(name) = spec.name.as_deref().filter(|name| !is_symbolic(name))
            && !((1..=251).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)))
        {
            let problem = Problem::new("name", format!("`{name}` cannot be the name of a topic"));
            problems.push(match name.strip_suffix(".fifo") {
                Some(plain) => problem.help(format!("write name = \"{plain}\" and fifo = true; the ending is added")),
                None => problem.help("up to 251 of A-Z a-z 0-9 _ -"),
            });
        }
        if spec.display_name.chars().count() > 100 || spec.display_name.chars().any(char::is_control) {
            problems.push(Problem::new("display_name", "a display name has up to 100 characters on one line"));
        }
        if let Some(policy) = &spec.policy {
            problems.extend(iam_document::problems("policy", policy, Place::Resource));
        }
        for (index, subscription) in spec.subscriptions.iter().enumerate() {
            let field = format!("subscriptions.{index}.endpoint");
            if spec.fifo && subscription.protocol != Protocol::Sqs {
                problems.push(Problem::new(&*field, "only queues can subscribe to a FIFO topic"));
            }
            if !is_symbolic(&subscription.endpoint)
                && let Some(help) = refused(subscription)
            {
                problems.push(Problem::new(field, format!("`{}` cannot be subscribed so", subscription.endpoint)).help(help));
            }
        }
        problems
    }

    fn normalise(spec: &mut Spec) {
        if let Some(policy) = &mut spec.policy {
            iam_document::normalise(policy);
        }
        spec.subscriptions.sort();
        spec.subscriptions.dedup();
    }

    const USAGE: &'static [Measure] =
        &[Measure::new("messages", "messages", [0, 100, 10_000], "Messages that are published to the topic.")];
}

impl Priced for Topic {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let messages = || facts.usage("messages");
        let delivery = |subscription: &Subscription| match subscription.protocol {
            Protocol::Email | Protocol::EmailJson => Some(tariffs::sns::emails(messages())),
            Protocol::Http | Protocol::Https => Some(tariffs::sns::calls(messages())),
            Protocol::Sms => Some(tariffs::sns::texts(messages())),
            // Deliveries to AWS's own services are free; those to telephones depend on the platform, and cost next to nothing.
            Protocol::Sqs | Protocol::Lambda | Protocol::Firehose | Protocol::Application => None,
        };
        std::iter::once(tariffs::sns::published(spec.fifo, messages())).chain(spec.subscriptions.iter().filter_map(delivery)).collect()
    }
}

// What the endpoint should look like, if it does not.
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
