//! Tells those who asked for it what is new of a rollout.

use super::Subject;
use super::hidden::{self, Opened};
use super::notify::Sender;
use crate::aws::Aws;
use crate::core::arn::last_part;
use crate::core::rollout::look::Look;
use crate::core::rollout::notify::message::Message;
use crate::core::rollout::notify::news::news;

/// All that is needed to tell them, and the look of before.
#[derive(Default)]
pub(super) struct Notes {
    sender: Option<Sender>,
    addresses: Option<Opened>,
    before: Option<Look>,
}

impl Notes {
    /// Tells what is new. Returns what nobody could be told of, and why. Nobody outside is told of what the embedded AWS plays.
    pub async fn tell(&mut self, aws: &Aws, subject: &Subject, look: &Look) -> Vec<String> {
        let Some(notify) = &subject.policy.notify else { return Vec::new() };
        let next = format!("trueup rollout promote --service {} --env {}", subject.name, aws.scope.env);
        let news = news(self.before.as_ref(), look, &next);
        self.before = Some(look.clone());
        let mut failed = Vec::new();
        for news in news.into_iter().filter(|news| notify.wants(news.event())) {
            let message = Message {
                at: look.at,
                stack: aws.scope.stack.clone(),
                environment: aws.scope.env.clone(),
                account: aws.scope.account.clone(),
                region: aws.scope.region.clone(),
                service: subject.name.clone(),
                version: version(subject, look),
                deployment: look.deployment.clone(),
                news,
            };
            if aws.embedded {
                failed.push(format!("would be told: {}", message.title()));
                continue;
            }
            let addresses = match &mut self.addresses {
                Some(addresses) => addresses,
                empty => {
                    let opened = hidden::of_stack(aws, notify.sources()).await;
                    failed.extend(opened.missing.iter().cloned());
                    empty.insert(opened)
                }
            };
            let sender = self.sender.get_or_insert_default();
            failed.extend(sender.send(notify, &message, &addresses.values, &aws.sns).await);
        }
        failed
    }
}

/// The new version by the end of its task definition's ARN: `web:42`.
fn version(subject: &Subject, look: &Look) -> String {
    let definition = subject.task_definition.as_deref().or(look.task_definition.as_deref()).unwrap_or_default();
    last_part(definition).to_owned()
}
