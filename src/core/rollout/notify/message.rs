//! The words in which those who asked for it are told of a rollout: for Slack, for machines, and as plain text.

use super::Event;
use crate::core::rollout::judge::Verdict;
use crate::core::visible;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

/// The version of the JSON that webhooks get.
pub const VERSION: u32 = 1;

/// One piece of news of a rollout, with all that says which one it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    pub at: Timestamp,
    pub stack: String,
    pub environment: String,
    pub account: String,
    pub region: String,
    pub service: String,
    /// The new version: an image, or a task definition.
    pub version: String,
    /// The ARN of the deployment; none before it is begun.
    pub deployment: Option<String>,
    #[serde(flatten)]
    pub news: News,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase", tag = "event")]
pub enum News {
    /// ECS waits at a stage, and goes back by itself at `expires`.
    Gate {
        stage: String,
        /// Per cent of the traffic on the new revision.
        weight: f64,
        expires: Timestamp,
        /// The command that lets it go on.
        next: String,
    },
    Verdict {
        verdict: Verdict,
        reasons: Vec<String>,
    },
    Rollback {
        reason: String,
    },
    Finish {
        result: Outcome,
        reason: Option<String>,
    },
}

/// The way in which a rollout has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Promoted,
    RolledBack,
    RollbackFailed,
    Stopped,
}

impl News {
    #[must_use]
    pub fn event(&self) -> Event {
        match self {
            News::Gate { .. } => Event::Gate,
            News::Verdict { .. } => Event::Verdict,
            News::Rollback { .. } => Event::Rollback,
            News::Finish { .. } => Event::Finish,
        }
    }
}

/// The limits of Slack, in letters: <https://docs.slack.dev/reference/block-kit/blocks/header-block> and
/// <https://docs.slack.dev/reference/block-kit/blocks/section-block>.
const SLACK_HEADER: usize = 150;
const SLACK_FIELD: usize = 2000;
/// The longest reason that is told; the report has all of it.
const LONGEST: usize = 600;
/// The most reasons that are told.
const MOST_REASONS: usize = 5;
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
const SNS_SUBJECT: usize = 99;

impl Message {
    /// Returns the sentence that says it all to somebody who reads no further.
    #[must_use]
    pub fn title(&self) -> String {
        let Message { service, environment, news, .. } = self;
        let told = match news {
            News::Gate { weight, .. } => format!("waits at a gate with {weight} % of the traffic"),
            News::Verdict { verdict: Verdict::Pass, .. } => "is judged to be well".into(),
            News::Verdict { verdict: Verdict::Inconclusive, .. } => "cannot be judged yet".into(),
            News::Verdict { verdict: Verdict::Fail, .. } => "is judged to be worse".into(),
            News::Rollback { .. } => "is being rolled back".into(),
            News::Finish { result: Outcome::Promoted, .. } => "is promoted".into(),
            News::Finish { result: Outcome::RolledBack, .. } => "was rolled back".into(),
            News::Finish { result: Outcome::RollbackFailed, .. } => "could not be rolled back: somebody has to look".into(),
            News::Finish { result: Outcome::Stopped, .. } => "has stopped part-way: somebody has to look".into(),
        };
        visible::line(&format!("The new version of {service} ({environment}) {told}")).into_owned()
    }

    /// Its particulars, each with its label, in one line each.
    fn particulars(&self) -> Vec<(&'static str, String)> {
        let Message { at, stack, environment: _, account, region, service: _, version, deployment, news } = self;
        let mut lines = vec![("Version", version.clone()), ("Stack", format!("{stack} in {region}, account {account}"))];
        match news {
            News::Gate { stage, weight: _, expires, next } => {
                lines.push(("Stage", stage.clone()));
                lines.push(("Goes back by itself at", expires.to_string()));
                lines.push(("Goes on by", next.clone()));
            }
            News::Verdict { verdict: _, reasons } => {
                lines.extend(reasons.iter().take(MOST_REASONS).map(|reason| ("Because", reason.clone())));
                let more = reasons.len().saturating_sub(MOST_REASONS);
                lines.extend((more > 0).then(|| ("And", format!("{more} more reasons"))));
            }
            News::Rollback { reason } => lines.push(("Because", reason.clone())),
            News::Finish { result: _, reason } => lines.extend(reason.clone().map(|reason| ("Because", reason))),
        }
        lines.extend(deployment.clone().map(|arn| ("Deployment", arn)));
        lines.push(("At", at.to_string()));
        lines.into_iter().map(|(label, text)| (label, cut(&visible::line(&text), LONGEST))).collect()
    }

    /// Returns the body of a request to a Slack webhook. All text is plain to Slack, so that no name can be a link or call a channel.
    #[must_use]
    pub fn slack(&self) -> Value {
        let plain = |text: &str, most: usize| json!({ "type": "plain_text", "text": escape(text, most), "emoji": false });
        let title = self.title();
        let lines = self.particulars();
        let section =
            |(label, text): &(&str, String)| json!({ "type": "section", "text": plain(&format!("{label}: {text}"), SLACK_FIELD) });
        let blocks = std::iter::once(json!({ "type": "header", "text": plain(&title, SLACK_HEADER) })).chain(lines.iter().map(section));
        json!({
            "text": escape(&title, SLACK_FIELD),
            "mrkdwn": false,
            "link_names": false,
            "unfurl_links": false,
            "unfurl_media": false,
            "blocks": blocks.collect::<Vec<_>>(),
        })
    }

    /// Returns it for machines.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut whole = serde_json::to_value(self).unwrap_or_default();
        whole["schema"] = VERSION.into();
        whole["title"] = self.title().into();
        whole
    }

    /// Returns it as lines for people.
    #[must_use]
    pub fn text(&self) -> String {
        let lines = self.particulars().into_iter().map(|(label, text)| format!("{label}: {text}"));
        std::iter::once(self.title()).chain([String::new()]).chain(lines).collect::<Vec<_>>().join("\n")
    }

    /// Returns the subject of an e-mail: ASCII in one line, as SNS takes it.
    #[must_use]
    pub fn subject(&self) -> String {
        let ascii = self.title().chars().map(|letter| if (' '..='~').contains(&letter) { letter } else { '?' }).collect::<String>();
        ascii.chars().take(SNS_SUBJECT).collect()
    }
}

/// The letters that Slack reads as markup, escaped; never cut within an escape.
/// <https://docs.slack.dev/messaging/formatting-message-text#escaping>
fn escape(text: &str, most: usize) -> String {
    let mut escaped = String::new();
    let mut room = most - 1;
    for letter in text.chars() {
        let mut buffer = [0; 4];
        let one = match letter {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            other => other.encode_utf8(&mut buffer),
        };
        let length = one.chars().count();
        if length > room {
            escaped.push('…');
            break;
        }
        room -= length;
        escaped += one;
    }
    escaped
}

fn cut(text: &str, most: usize) -> String {
    let mut shown = text.chars().take(most).collect::<String>();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(service: &str, news: News) -> Message {
        Message {
            at: "2026-01-02T03:04:05Z".parse().unwrap(),
            stack: "shop".into(),
            environment: "prod".into(),
            account: "123456789012".into(),
            region: "us-east-1".into(),
            service: service.into(),
            version: "shop/api@sha256:abc".into(),
            deployment: Some("arn:aws:ecs:us-east-1:123456789012:service-deployment/c/s/d".into()),
            news,
        }
    }

    fn gate() -> News {
        let expires = "2026-01-02T04:04:05Z".parse().unwrap();
        News::Gate { stage: "POST_TEST_TRAFFIC_SHIFT".into(), weight: 5.0, expires, next: "trueup rollout promote api".into() }
    }

    #[test]
    fn each_event_says_what_to_do_and_why() {
        assert_eq!(
            message("api", gate()).text(),
            "The new version of api (prod) waits at a gate with 5 % of the traffic\n\n\
             Version: shop/api@sha256:abc\nStack: shop in us-east-1, account 123456789012\nStage: POST_TEST_TRAFFIC_SHIFT\n\
             Goes back by itself at: 2026-01-02T04:04:05Z\nGoes on by: trueup rollout promote api\n\
             Deployment: arn:aws:ecs:us-east-1:123456789012:service-deployment/c/s/d\nAt: 2026-01-02T03:04:05Z"
        );
        let reasons = (1..=7).map(|at| format!("reason {at}")).collect();
        let told = message("api", News::Verdict { verdict: Verdict::Fail, reasons }).text();
        assert!(told.contains("Because: reason 5\nAnd: 2 more reasons\n") && !told.contains("reason 6"), "{told}");
        let failed = message("api", News::Finish { result: Outcome::RollbackFailed, reason: Some("no healthy target".into()) });
        assert_eq!(failed.subject(), "The new version of api (prod) could not be rolled back: somebody has to look");
        let json = failed.json();
        assert_eq!(
            (&json["event"], &json["result"], &json["schema"], &json["service"]),
            (&json!("finish"), &json!("rollback_failed"), &json!(1), &json!("api"))
        );
    }

    #[test]
    fn no_name_is_markup_to_slack() {
        let evil = "<!channel> <@U1> <https://evil.example|api> & *b*\n`x` \u{202e}";
        let slack = message(evil, News::Rollback { reason: evil.repeat(50) }).slack();
        let texts = slack["blocks"].as_array().unwrap().iter().map(|block| &block["text"]).collect::<Vec<_>>();
        assert!(texts.iter().all(|text| text["type"] == "plain_text"), "{slack}");
        let all = texts.iter().map(|text| text["text"].as_str().unwrap()).chain(slack["text"].as_str()).collect::<Vec<_>>();
        assert!(all.iter().all(|text| !text.contains(['<', '>', '\n', '\u{202e}'])), "{all:?}");
        assert!(all[0].contains("&lt;!channel&gt;") && all[0].chars().count() <= SLACK_HEADER, "{all:?}");
        assert!(all.iter().all(|text| text.chars().count() <= SLACK_FIELD && !text.ends_with("&l…")), "{all:?}");
        assert_eq!(slack["mrkdwn"], json!(false));
    }

    #[test]
    fn a_text_is_never_cut_within_an_escape() {
        assert_eq!(escape("ab<", 7), "ab&lt;");
        assert_eq!(escape("ab<", 6), "ab…");
        assert_eq!(escape("abc", 4), "abc");
    }

    #[test]
    fn a_subject_is_one_short_line_of_ascii() {
        let subject = message(&"ü\r\nBcc: x".repeat(30), gate()).subject();
        assert!(subject.len() < 100 && subject.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{subject}");
    }
}
