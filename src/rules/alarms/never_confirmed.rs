//! MON214: a topic sends to who never answers.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::sns::topic::{Protocol, Topic};

pub const RULE: Rule = Rule {
    code: Code {
        id: "MON214",
        level: Level::Warning,
        category: Category::Observability,
        about: "A topic sends to a webhook of a chat, which never confirms.",
        why: "SNS sends nothing before the other side has confirmed the subscription by its link, and the webhooks of Slack, Teams and Discord do not know how.",
        page: "https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html",
        example: Example::Stack {
            wrong: &[r#"
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "https", endpoint = "https://hooks.slack.com/services/T0/B0/xyz" }]
    "#],
            right: &[r#"
        [resource.people]
        kind = "sns.topic"
        subscriptions = [{ protocol = "https", endpoint = "https://example.com/alarms" }]
    "#],
        },
    },
    look: Look::Resources(find),
};

/// The hosts of webhooks that take messages of their own form alone.
const CHATS: &[(&str, &str)] = &[
    ("hooks.slack.com", "Slack"),
    ("discord.com", "Discord"),
    ("discordapp.com", "Discord"),
    ("webhook.office.com", "Teams"),
    ("logic.azure.com", "Teams"),
    ("chat.googleapis.com", "Google Chat"),
];

fn find(view: &View<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (seen, spec) in view.all::<Topic>() {
        let https = spec.subscriptions.iter().enumerate().filter(|(_, one)| matches!(one.protocol, Protocol::Https));
        for (at, one) in https {
            let host = one.endpoint.split_once("://").and_then(|(_, rest)| rest.split(['/', ':', '?']).next()).unwrap_or_default();
            let Some((_, chat)) = CHATS.iter().find(|(end, _)| host == *end || host.ends_with(&format!(".{end}"))) else { continue };
            let finding = seen.finding(format!("subscriptions.{at}.endpoint"), format!("{chat} never confirms a subscription of SNS"));
            found.push(finding.help("let Amazon Q Developer in chat applications or a function of yours post it, and subscribe that"));
        }
    }
    found
}
