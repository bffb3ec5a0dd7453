//! A step of an apply that deploys a service is a rollout: the same decisions, the same orders.

use super::conduct::{End, Hands};
use super::{Subject, observe};
use crate::aws::{Error, Result};
use crate::core::event::Event;
use crate::core::identity::TAG_CONTRACT;
use crate::core::kind::from_value;
use crate::core::plan::Verb;
use crate::core::rollout::decide::{Order, State, Why};
use crate::core::rollout::look::Look;
use crate::core::rollout::observation::Migration;
use crate::core::rollout::policy::Policy;
use crate::core::rollout::smoke::via::Via;
use crate::core::rollout::words::stopped_by_themselves;
use crate::core::snapshot::Live;
use crate::engine::backoff::{STILL_NOT_READY, Wait};
use crate::engine::context::Context;
use crate::engine::step::{Done, FAILED, Job};
use crate::kinds::ecs::service::{Spec, deploys};
use serde_json::Value;
use std::time::Duration;

/// The code of a step whose new version went back, and the old one is well.
pub const ROLLED_BACK: &str = "RolledBack";

/// Looks after which a deployment that ECS was told of has to be seen.
const SEEN_AFTER: u32 = 300;

/// The time that the last look of somebody who leaves may take.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// Carries a step through: as a rollout where it deploys, or where one that was left is still under way.
pub async fn run(context: &Context<'_>, job: &Job<'_>, policy: &Policy) -> Result<Done> {
    let live = job.live();
    let id = live.as_ref().map_or(job.change.name.as_str(), |live| live.id.as_str());
    let is_open = |live: &Live| live.state.is_deploying() || live.state.owes_a_command();
    let left_behind = job.step.verb == Verb::Wait && live.as_ref().is_ok_and(is_open);
    let spec = job.change.live.as_ref().filter(|_| left_behind).map_or(&job.wanted, |live| &live.spec);
    let subject = subject(context, job, policy, id, spec, live.as_ref().ok())?;
    let conducts = deploys(job.step, policy) || left_behind && observe::is_under_way(context.aws, &subject).await?;
    let owed = subject.task_definition.as_ref().filter(|_| !policy.contract.is_empty());
    let owed = owed.map(|version| (TAG_CONTRACT.to_owned(), version.clone()));
    let mut hands = OfStep { owed, context, job, begun: None, starts: 0, left: false, why: None, state: None };
    if !conducts {
        match job.call(context).await {
            // A first version that ECS deploys alone is judged once it does not come up: ECS would start its tasks for ever.
            Err(error) if job.step.verb == Verb::Create && is_not_up(&error) => {
                // Where ECS has given it up by then, its end is told as any other's.
                let is_given_up = error.code == FAILED
                    && Box::pin(observe::observe(context.aws, &subject)).await.is_ok_and(|seen| seen.deployment.is_some());
                if !is_given_up && !Box::pin(observe::is_under_way(context.aws, &subject)).await.unwrap_or(false) {
                    return Err(error);
                }
            }
            end => return end,
        }
    }
    let end = match super::conduct::conduct(context.aws, &subject, &mut hands).await {
        // ECS goes on by itself here, so whoever may not look can at least wait for it; but no version comes without its commands.
        Err(error) if !policy.is_gated() && !policy.has_commands() && hands.starts == 0 => {
            hands.note(format!("nobody watches it: {error}"));
            return job.call_and_wait(context).await;
        }
        end => end?,
    };
    match end {
        End::Left(last) => match Box::pin(look_again(context, &subject, last.as_deref(), &mut hands)).await {
            Some(look) => Err(ended(&look, hands.why.as_ref())),
            None => Ok(Done::Interrupted),
        },
        // It came up after all.
        End::Reached(look) if look.decision.state == State::Promoted && !conducts => job.call(context).await,
        End::Reached(look) if look.decision.state == State::Promoted => {
            let live = hands.begun.map_or(live, |begun| Ok(*begun))?;
            match job.until_ready(context, live.clone(), Wait::new(0.0, 0.0)).await {
                // It has taken over: that somebody wants more tasks by now than there is room for changes nothing of that.
                Err(error) if error.code == STILL_NOT_READY => Ok(Done::Live(Box::new(live))),
                end => end,
            }
        }
        End::Reached(look) => Err(ended(&look, hands.why.as_ref())),
    }
}

fn subject(context: &Context<'_>, job: &Job<'_>, policy: &Policy, id: &str, spec: &Value, live: Option<&Live>) -> Result<Subject> {
    let spec: Spec = from_value(spec).map_err(|problem| Error::new("rollout", "InvalidPlan", problem.message))?;
    // A version that is not sent stays: the first step of two, say.
    let same = matches!(job.step.verb, Verb::Update | Verb::Finish | Verb::Release)
        && !job.step.fields.iter().any(|field| field == "task_definition_arn");
    let task_definition = live.filter(|_| same).and_then(|live| live.spec["task_definition_arn"].as_str());
    let policy = if same { policy.without_commands() } else { policy.clone() };
    let task_definition = Some(task_definition.unwrap_or(&spec.task_definition_arn).to_owned());
    let since = job.begun.filter(|_| matches!(job.step.verb, Verb::Update | Verb::Finish | Verb::Release));
    let subject = Subject::new(&job.change.address, id, spec, policy);
    let via = Via::find(context.via, &subject.name).cloned();
    Ok(Subject { task_definition, via, since, ..subject })
}

/// Looks once more where somebody leaves: what was seen last may be from before somebody else told ECS to go on or back. Returns the look
/// where the rollout has ended without taking over by then. Nothing is ordered any more, and nobody waits long for it.
async fn look_again(context: &Context<'_>, subject: &Subject, last: Option<&Look>, hands: &mut OfStep<'_, '_>) -> Option<Look> {
    let last = last.filter(|last| last.deployment.is_some() && !context.detach)?;
    let seen = Box::pin(observe::observe(context.aws, subject));
    let seen = tokio::time::timeout(LAST_LOOK, seen).await.ok()?.ok()?;
    let mut look = Look::new(&subject.policy, &seen, context.aws.calls.now());
    let is_same = look.deployment == last.deployment && look.decision.state.is_same(&last.decision.state);
    let waits = look.gate.as_ref().map(|gate| &gate.id) == last.gate.as_ref().map(|gate| &gate.id);
    if look.deployment.is_none() || is_same && waits {
        return None;
    }
    look.decision.order = None;
    hands.hear(&look);
    let failed = look.decision.state.is_end() && look.decision.state != State::Promoted;
    failed.then_some(look)
}

/// True for a wait in which AWS gave up, or did not come to an end.
fn is_not_up(error: &Error) -> bool {
    error.code == FAILED || error.code == STILL_NOT_READY
}

/// Says how a rollout ended that is not promoted.
fn ended(look: &Look, why: Option<&Why>) -> Error {
    let crashed = look.seen.as_ref().map(|seen| seen.crashed.as_slice()).unwrap_or_default();
    // The reasons of its tasks stand beside any other.
    let reason = match why {
        None => look.reason.clone(),
        Some(why @ Why::Crashes { .. }) => why.to_string(),
        Some(why) if crashed.is_empty() => why.to_string(),
        Some(why) => format!("{why}; {}", stopped_by_themselves(crashed)),
    };
    let command = |phase: &str, migration: &Migration, after: &str| match migration {
        Migration::Lost { task } => {
            (format!("{phase}Lost"), format!("nobody can tell how the command {after} ended, so it is not run again: task {task}"))
        }
        Migration::Failed { reason } => (format!("{phase}Failed"), format!("the command {after} failed: {reason}")),
        Migration::DryRunFailed { reason } => ("DryRunFailed".into(), format!("the dry run of the command {after} failed: {reason}")),
        _ => (format!("{phase}Failed"), format!("the command {after} failed")),
    };
    let (code, text) = match &look.decision.state {
        State::RolledBack => (ROLLED_BACK.to_owned(), format!("the old version has the traffic again, and is well: {reason}")),
        State::Superseded => ("Superseded".into(), "somebody has begun another deployment of this service".to_owned()),
        State::Occupied => {
            let text = "another deployment of this service is under way, so this one was not begun; `trueup rollout status` shows it";
            ("Occupied".into(), text.to_owned())
        }
        State::RollbackFailed | State::Stopped if look.blue.is_none() && look.deployment.is_some() => {
            ("NeverUp".into(), format!("no version of it has come up, so there is none to go back to: {reason}"))
        }
        State::RollbackFailed if look.unseen().is_some() => {
            let unread = look.unseen().unwrap_or_default();
            ("RollbackUnseen".into(), format!("ECS has gone back, and nobody could see if the old version is well: {unread}; {reason}"))
        }
        State::RollbackFailed => ("RollbackFailed".into(), format!("it went back, and the old version is not well: {reason}")),
        State::MigrationFailed => {
            let (code, text) = command("Expand", &look.expand, "before the new version");
            (code, format!("no traffic has moved: {text}"))
        }
        State::ContractFailed => {
            let (code, text) = command("Contract", &look.contract, "after the new version");
            (code, format!("the new version has the traffic, and {text}"))
        }
        state => ("Stopped".into(), format!("the rollout ended as {state:?}: {reason}")),
    };
    let log = match why {
        Some(Why::Crashes { tasks }) => tasks.first().map(|task| task.log.as_slice()).unwrap_or_default(),
        _ => crashed.first().map(|task| task.log.as_slice()).unwrap_or_default(),
    };
    let lines = log.iter().map(|line| format!("\n    {line}")).collect::<String>();
    let stays = look.stays.map_or_else(String::new, |stays| format!("\n{stays}"));
    Error::new("rollout", &code, format!("{text}{lines}{stays}"))
}

struct OfStep<'a, 'c> {
    context: &'a Context<'c>,
    job: &'a Job<'a>,
    /// The tag by which a service owes the command after its first version from its beginning on: ECS asks at no gate there.
    owed: Option<(String, String)>,
    /// The service as ECS was told it.
    begun: Option<Box<Live>>,
    starts: u32,
    left: bool,
    why: Option<Why>,
    /// The state of the look before.
    state: Option<State>,
}

impl Hands for OfStep<'_, '_> {
    async fn start(&mut self) -> Result<()> {
        self.starts += 1;
        match (&self.begun, self.starts) {
            // ECS has been told: the deployment is not to be seen yet.
            (Some(_), ..SEEN_AFTER) => return Ok(()),
            (Some(_), _) => return Err(Error::new("rollout", "NoDeployment", "ECS took the change and shows no deployment for it")),
            (None, _) => {}
        }
        let called = match self.job.step.verb {
            Verb::Create => self.job.create(self.context, self.owed.clone()).await,
            _ => self.job.call(self.context).await,
        };
        match called? {
            Done::Live(live) | Done::Seen(live) => self.begun = Some(live),
            Done::Gone | Done::Interrupted => self.left = true,
        }
        Ok(())
    }
    fn hear(&mut self, look: &Look) {
        self.left |= self.context.detach && look.deployment.is_some();
        let event = Event::RollingOut { step: self.job.index, address: self.job.change.address.clone(), look: Box::new(look.clone()) };
        if let Some(Order::Rollback { why, .. }) = &look.decision.order {
            self.why = Some(why.clone());
        }
        // Orders and phases are worth a line in the journal; what is found between them is not.
        let state = self.state.replace(look.decision.state.clone());
        if look.decision.order.is_some() || !state.is_some_and(|before| before.is_same(&look.decision.state)) {
            drop(self.context.record(event));
        } else {
            self.context.say(event);
        }
    }
    fn note(&mut self, line: String) {
        self.context.say(Event::Noted { step: self.job.index, address: self.job.change.address.clone(), note: line });
    }
    async fn wait(&mut self, time: Duration) -> bool {
        !self.left && self.context.sleep(time).await
    }
}
