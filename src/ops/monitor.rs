//! Watches a service without a rollout, by the guards that its rollouts have.

use super::Error;
use super::rollout::{live, rules};
use super::session::Session;
use crate::core::graph::Node;
use crate::core::rollout::monitor::{Monitor, Sample};
use crate::engine::rollout::monitor::{Span, monitor};
use crate::modules::service::rollout::Rollout;
use jiff::SignedDuration;
use tokio::sync::watch;

/// Checks how long and how often a service is to be watched.
pub fn span(length: SignedDuration, every: SignedDuration, until_breach: bool) -> Result<Span, Error> {
    let wrong = |why: &str, hint: &str| Err(Error::Rollout { why: why.into(), hint: hint.into(), refused: false });
    // CloudWatch has values by the minute, and AWS forgets tasks about an hour after they stopped.
    if every < SignedDuration::from_mins(1) || every > SignedDuration::from_mins(30) {
        return wrong(
            "--every is from one minute to half an hour",
            "CloudWatch has values once a minute, and AWS soon forgets tasks that stopped",
        );
    }
    if length < every {
        return wrong("--for is shorter than --every, so there would be one sample", "watch for longer, or more often");
    }
    if length > SignedDuration::from_hours(24) {
        return wrong("--for is at most 24h", "what was before is compared with for a day; for longer, make an alarm of it");
    }
    Ok(Span { length, every, until_breach })
}

/// Watches it until its time is over, or `cancel` turns true. `hear` hears of each sample.
pub async fn watch(
    session: &Session,
    node: &Node,
    span: Span,
    cancel: watch::Receiver<bool>,
    hear: impl Fn(&Monitor, &Sample),
) -> Result<Monitor, Error> {
    let mut subject = live(session, node).await?.subject;
    // Unlike a deployment that ECS makes alone, a watch without a table compares.
    subject.policy = rules(session, node).await?.unwrap_or_else(|| Rollout::default().policy());
    Ok(monitor(&session.aws, &subject, span, cancel, hear).await?)
}
