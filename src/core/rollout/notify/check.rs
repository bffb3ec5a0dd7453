//! All that is wrong with the table of those who are told.

use super::url::Https;
use super::{Notify, Webhook, Written};
use crate::core::codes;
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;

/// Finds all that is wrong with it. Fields are named from the table on: `webhook`.
#[must_use]
pub fn problems(notify: &Notify) -> Vec<Problem> {
    let mut found = Vec::new();
    let Notify { slack, webhook, sns, on: _ } = notify;
    if slack.is_none() && webhook.is_none() && sns.is_none() {
        let problem = Problem::new("", "the table names nobody who could be told");
        found.push(problem.help("write `slack`, `webhook` or `sns`, or take the table out").of(codes::NOTE_TO_NOBODY.id));
    }
    for (field, webhook) in [("slack", slack), ("webhook", webhook)] {
        let Some(webhook) = webhook else { continue };
        found.extend(webhook.source().and_then(|source| source.problem(field)));
        let Webhook::Url(Written(url)) = webhook else { continue };
        match Https::parse(url) {
            Err(reason) => {
                let problem = Problem::new(field, format!("nothing is sent to this address: {reason}"));
                found.push(problem.help("write a public address that begins with `https://`").of(codes::NOTE_URL.id));
            }
            Ok(_) if field == "slack" || is_slack(url) => {
                let problem = Problem::new(field, "the address of a Slack webhook is a secret, and stands in the file");
                let help = format!(
                    "put it into a `[secrets.slack]` and write {field} = {{ secret = \"slack\" }}, or {{ env = \"SLACK_WEBHOOK\" }}"
                );
                found.push(problem.help(help).of(codes::NOTE_IN_FILE.id));
            }
            Ok(_) => {}
        }
    }
    if let Some(topic) = sns.as_ref().filter(|topic| !is_symbolic(topic) && !is_topic(topic)) {
        let problem = Problem::new("sns", format!("`{topic}` is no ARN of a standard topic"));
        found.push(problem.help("write it as `arn:aws:sns:us-east-1:123456789012:releases`").of(codes::NOTE_TOPIC.id));
    }
    found
}

fn is_slack(url: &str) -> bool {
    url.to_ascii_lowercase().starts_with("https://hooks.slack.com/")
}

fn is_topic(arn: &str) -> bool {
    match arn.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", partition, "sns", region, account, name] => {
            // A FIFO topic leads to queues alone, and wants more to be said.
            partition.starts_with("aws") && !region.is_empty() && account.len() == 12 && !name.is_empty() && !name.ends_with(".fifo")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_in_a_notification_has_its_code_and_place() {
        let right = "slack = { secret = 'slack' }\nwebhook = 'https://example.com/x'\nsns = 'arn:aws:sns:us-east-1:123456789012:releases'\non = ['rollback']";
        for (found, text) in [
            (vec![], right),
            (vec![], "slack = { env = 'SLACK' }"),
            (vec![], "sns = '${monitoring.topic.arn}'"),
            (vec![("NOTE001", "webhook")], "webhook = 'http://example.com/x'"),
            (vec![("NOTE001", "webhook")], "webhook = 'https://169.254.169.254/latest'"),
            (vec![("NOTE001", "slack")], "slack = 'hooks.slack.com/services/x'"),
            (vec![("NOTE002", "sns")], "sns = 'releases'"),
            (vec![("NOTE002", "sns")], "sns = 'arn:aws:sqs:us-east-1:123456789012:releases'"),
            (vec![("NOTE002", "sns")], "sns = 'arn:aws:sns:us-east-1:123456789012:releases.fifo'"),
            (vec![("NOTE003", "slack")], "slack = 'https://hooks.slack.com/services/T0/B0/x'"),
            (vec![("NOTE003", "webhook")], "webhook = 'https://hooks.slack.com/services/T0/B0/x'"),
            (vec![("NOTE004", "")], "on = ['gate']"),
            (vec![("SMOKE011", "slack.env")], "slack = { env = '' }"),
        ] {
            let notify = toml::from_str::<Notify>(text).unwrap();
            let told = problems(&notify).into_iter().map(|one| (one.code, one.field)).collect::<Vec<_>>();
            assert_eq!(told.iter().map(|(code, field)| (*code, field.as_str())).collect::<Vec<_>>(), found, "{text}");
        }
        for text in ["email = 'a@example.com'", "on = ['start']", "slack = { url = 'x' }"] {
            assert!(toml::from_str::<Notify>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_is_shown_by_nobody() {
        let notify = toml::from_str::<Notify>("webhook = 'https://user:s3cret@example.com/s3cret'").unwrap();
        assert!(!format!("{notify:?} {:?}", problems(&notify)).contains("s3cret"));
        assert_eq!(toml::from_str::<Notify>(&toml::to_string(&notify).unwrap()).unwrap(), notify);
    }
}
