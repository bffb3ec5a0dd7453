//! The reason why a version went back although nobody told ECS to: what held the gate whose time was up, or what its tasks died of.
//!
//! ECS names the hook that ran out of time, or its circuit breaker, and neither says what was wrong.

use super::told;
use crate::aws::{Aws, Error};
use crate::core::rollout::decide::Order;
use crate::core::rollout::look::Look;
use crate::core::rollout::observation::{Crash, Gate, Observation, Status};
use crate::core::rollout::words::stopped_by_themselves;

/// The gate of the last look, and what held it there.
#[derive(Default)]
pub(super) struct Held {
    last: Option<(Gate, String)>,
    /// True once ECS was told to go back by this process, which has said why.
    told: bool,
    /// The reason that was found; empty where there is none that ECS's own words lack.
    found: Option<String>,
}

impl Held {
    /// Keeps what holds the gate of this look.
    pub fn keep(&mut self, look: &Look) {
        self.told |= matches!(look.decision.order, Some(Order::Rollback { .. }));
        if !matches!(look.status, Some(Status::Pending | Status::InProgress)) {
            return;
        }
        self.last = look.gate.clone().map(|gate| {
            let holds = look.decision.holds.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            let why = match &look.decision.order {
                Some(Order::Continue { .. }) => "ECS was told to go on, and did not".to_owned(),
                _ => holds,
            };
            (gate, why)
        });
    }

    /// Keeps that a look failed: nobody can say any more what holds the gate.
    pub fn missed(&mut self, error: &Error) {
        if let Some((_, why)) = &mut self.last {
            *why = format!("nobody could look: {}", error.unread());
        }
    }

    /// Puts the reason in the place of ECS's words where it goes back by itself, and writes it down for others.
    pub async fn explain(&mut self, aws: &Aws, seen: &mut Observation) {
        let Observation { deployment: Some(deployment), crashed, .. } = seen else { return };
        if !deployment.status.is_back() || self.told {
            return;
        }
        if self.found.is_none() {
            let late = self.last.as_ref().filter(|(gate, why)| gate.expires <= aws.calls.now() && !why.is_empty());
            let found = match late {
                Some((gate, why)) => {
                    format!("nobody told ECS to go on before the gate closed at {}: {why}", gate.expires.strftime("%H:%M"))
                }
                None => died(crashed, &deployment.reason),
            };
            let known = found.is_empty() || told::is_written(aws, &deployment.task_definition, &deployment.arn).await;
            if !known {
                told::write(aws, &deployment.task_definition, &deployment.arn, &found).await;
            }
            self.found = Some(if known { String::new() } else { found });
        }
        if let Some(found) = self.found.as_ref().filter(|found| !found.is_empty()) {
            deployment.reason = match deployment.status {
                Status::RollbackFailed if !deployment.reason.contains(found.as_str()) => format!("{found}; {}", deployment.reason),
                Status::RollbackFailed => deployment.reason.clone(),
                _ => found.clone(),
            };
        }
    }
}

/// The tasks' reasons before ECS's words.
fn died(crashed: &[Crash], aws_says: &str) -> String {
    match (crashed, aws_says) {
        ([], _) => String::new(),
        (crashed, "") => stopped_by_themselves(crashed),
        (crashed, says) => format!("{}; {says}", stopped_by_themselves(crashed)),
    }
}
