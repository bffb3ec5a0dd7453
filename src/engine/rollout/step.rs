//! A step of an apply that deploys a service is a rollout: the same decisions, the same orders.

use super::Subject;
use super::conduct::{End, Hands};
use super::migrate::{self, Phase};
use crate::aws::{Error, Result};
use crate::core::event::Event;
use crate::core::kind::from_value;
use crate::core::plan::{Step, Verb};
use crate::core::rollout::decide::{Order, State, Why};
use crate::core::rollout::look::Look;
use crate::core::rollout::observation::{Migration, Smoke};
use crate::core::rollout::policy::Policy;
use crate::core::snapshot::Live;
use crate::engine::context::Context;
use crate::engine::step::Job;
use crate::kinds::ecs::service::Spec;
use std::time::Duration;

/// The code of a step whose new version went back, and the old one is well.
pub const ROLLED_BACK: &str = "RolledBack";

/// Fields that ECS answers with a deployment.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>
const DEPLOYED: [&str; 7] = [
    "task_definition_arn",
    "subnet_ids",
    "security_group_ids",
    "assign_public_ip",
    "platform_version",
    "load_balancers",
    "capacity_provider_strategy",
];

/// The time between two looks at a command.
const LOOK: Duration = Duration::from_secs(5);

/// True when ECS answers a step on a service with a deployment.
pub fn deploys(step: &Step) -> bool {
    step.verb == Verb::Create || step.fields.iter().any(|field| DEPLOYED.contains(&field.as_str()))
}

/// Runs the command that comes before a new version starts. False if it was left before its end: it goes on by itself, and the
/// next run finds it.
pub async fn prepare(context: &Context<'_>, job: &Job<'_>, policy: &Policy) -> Result<bool> {
    let subject = subject(job, policy, "")?;
    let Some(task_definition) = subject.task_definition.clone().filter(|_| !policy.expand.is_empty()) else { return Ok(true) };
    loop {
        match migrate::state(context.aws, &subject, &task_definition, Phase::Expand).await? {
            Migration::Succeeded => return Ok(true),
            Migration::NotRun => migrate::start(context.aws, &subject, &task_definition, Phase::Expand).await?,
            Migration::Running { .. } => {}
            Migration::Failed { reason } => {
                let text = format!("the command before the new version failed, and no traffic has moved: {reason}");
                return Err(Error::new("rollout", "ExpandFailed", text));
            }
            Migration::Lost { task } => {
                let text = format!("nobody can tell how the command before the new version ended, so it is not run again: task {task}");
                return Err(Error::new("rollout", "ExpandLost", text));
            }
        }
        if !context.sleep(LOOK).await {
            return Ok(false);
        }
    }
}

fn subject(job: &Job<'_>, policy: &Policy, service: &str) -> Result<Subject> {
    let spec: Spec = from_value(&job.wanted).map_err(|problem| Error::new("rollout", "InvalidPlan", problem.message))?;
    Ok(Subject {
        cluster: spec.cluster.clone(),
        service: service.to_owned(),
        policy: policy.clone(),
        task_definition: Some(spec.task_definition_arn.clone()),
        spec,
        since: None,
    })
}

/// Carries the rollout through that the step has begun. False if it was left before its end.
pub async fn conduct(context: &Context<'_>, job: &Job<'_>, policy: &Policy, live: &Live) -> Result<bool> {
    let Some((_, service)) = live.id.split_once('/') else { return Ok(true) };
    let subject = Subject { since: job.begun.filter(|_| job.step.verb != Verb::Create), ..subject(job, policy, service)? };
    let mut hands = OfStep { context, job, why: None };
    match super::conduct::conduct(context.aws, &subject, &mut hands).await? {
        End::Left(_) => Ok(false),
        End::Reached(look) if look.decision.state == State::Promoted => Ok(true),
        End::Reached(look) => Err(ended(&look, hands.why.as_ref())),
    }
}

/// Says how a rollout ended that is not promoted.
fn ended(look: &Look, why: Option<&Why>) -> Error {
    let reason = why.map_or_else(|| look.reason.clone(), Why::to_string);
    let (code, text) = match &look.decision.state {
        State::RolledBack => (ROLLED_BACK, format!("the old version has the traffic again, and is well: {reason}")),
        State::Superseded => ("Superseded", "somebody has begun another deployment of this service".to_owned()),
        State::RollbackFailed => ("RollbackFailed", format!("it went back, and the old version is not well: {reason}")),
        state => ("Stopped", format!("the rollout ended as {state:?}: {reason}")),
    };
    let log = match why {
        Some(Why::Crashes { tasks }) => tasks.first().map(|task| task.log.as_slice()).unwrap_or_default(),
        _ => &[],
    };
    let lines = log.iter().map(|line| format!("\n    {line}")).collect::<String>();
    Error::new("rollout", code, format!("{text}{lines}"))
}

struct OfStep<'a, 'c> {
    context: &'a Context<'c>,
    job: &'a Job<'a>,
    why: Option<Why>,
}

impl Hands for OfStep<'_, '_> {
    async fn start(&mut self) -> Result<()> {
        // The step has told ECS: it is not to be seen yet.
        Ok(())
    }
    async fn smoke(&mut self) -> Smoke {
        Smoke::Passed { checks: 0 }
    }
    fn hear(&mut self, look: &Look) {
        let event = Event::RollingOut { step: self.job.index, address: self.job.change.address.clone(), look: Box::new(look.clone()) };
        match &look.decision.order {
            None => self.context.say(event),
            Some(order) => {
                if let Order::Rollback { why, .. } = order {
                    self.why = Some(why.clone());
                }
                drop(self.context.record(event));
            }
        }
    }
    async fn wait(&mut self, time: Duration) -> bool {
        self.context.sleep(time).await
    }
}
