//! Carries a rollout through: look, decide, obey, and look again, until it is at its end or somebody interrupts.

use super::Subject;
use super::held::Held;
use super::migrate;
use super::notes::Notes;
use super::observe::{self, PAUSED, observe};
use super::smoke;
use super::told;
use crate::aws::{Aws, Class, During, Error, Result};
use crate::core::backoff::Backoff;
use crate::core::identity::{TAG_CONTRACT, TAG_ROLLOUT};
use crate::core::rollout::decide::{Order, State};
use crate::core::rollout::look::Look;
use crate::core::rollout::observation::Smoke;
use crate::core::rollout::owed;
use aws_sdk_ecs::types::{DeploymentLifecycleHookAction, StopServiceDeploymentStopType, Tag};
use jiff::Timestamp;
use std::time::Duration;

/// The end of a rollout, or of looking at it.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// It is at its end; the state says which, and the look why.
    Reached(Box<Look>),
    /// Somebody interrupted, or only wanted to begin it: ECS goes on to the next gate, and back when nobody comes.
    Left(Option<Box<Look>>),
}

/// Everything that a rollout needs of whoever carries it through.
pub trait Hands {
    /// Tells ECS the new task definition. Called once, and again while no deployment to it can be seen.
    fn start(&mut self) -> impl Future<Output = Result<()>> + Send;
    /// Hears of each look, before what it orders is done.
    fn hear(&mut self, look: &Look);
    /// Hears of what changes nothing and is worth a line: somebody could not be told.
    fn note(&mut self, line: String);
    /// Waits for so much of AWS's time; false to leave it.
    fn wait(&mut self, time: Duration) -> impl Future<Output = bool> + Send;
}

/// Readings in a row that may fail for a reason that passes, before it is given up: ECS goes back by itself at the next gate.
const PATIENCE: u32 = 30;

/// The pauses before a command's task is asked for again for which AWS has no room: some five minutes in all.
/// <https://repost.aws/knowledge-center/ecs-fargate-capacity-error>
fn room() -> impl Iterator<Item = Duration> {
    Backoff::seconds(5, 60).take(8)
}

/// The pauses while another command of the service runs: as long as a command may take.
fn turns(subject: &Subject) -> impl Iterator<Item = Duration> + use<> {
    std::iter::repeat_n(Duration::from_secs(10), usize::try_from(subject.policy.command_minutes).unwrap_or(usize::MAX).saturating_mul(6))
}

/// The looks in a row that have to show the deployment of somebody else before it is believed: AWS may list what is over as under way
/// for a moment.
const BELIEVED: u32 = 3;

/// Carries it through. Nothing is remembered that a second process would have to know: it may be killed anywhere, and begun again
/// anywhere else.
pub async fn conduct(aws: &Aws, subject: &Subject, hands: &mut impl Hands) -> Result<End> {
    let (mut failures, mut last) = (0, None);
    let mut checked: Option<(String, Smoke)> = None;
    let mut notes = Notes::default();
    let (mut pauses, mut turns, mut waits_for_its_turn) = (room(), turns(subject), false);
    let mut occupied = 0;
    let mut held = Held::default();
    // The deployment that is carried through: one that comes after it is of somebody else, whatever version it is to.
    let mut ours: Option<(Timestamp, String)> = None;
    loop {
        // The time before it is read: whatever is waited for has been so for no longer.
        let now = aws.calls.now();
        let mut seen = match Box::pin(observe(aws, subject)).await {
            Ok(seen) => seen,
            Err(error) if passes(&error) && failures < PATIENCE => {
                failures += 1;
                held.missed(&error);
                if hands.wait(Duration::from_secs(10)).await {
                    continue;
                }
                return Ok(End::Left(last));
            }
            Err(error) => return Err(error),
        };
        // A list that lags shows what was before: it is read again.
        let is_old = |(began, arn): &(Timestamp, String)| {
            seen.deployment.as_ref().is_none_or(|deployment| deployment.arn != *arn && deployment.started < *began)
        };
        occupied = if seen.deployment.is_none() && seen.occupied_by.is_some() { occupied + 1 } else { 0 };
        let lags = ours.as_ref().is_some_and(is_old) || (1..BELIEVED).contains(&occupied);
        if ours.is_some()
            && seen.deployment.is_none()
            && let Err(error) = observe::describe(aws, subject).await
            && observe::is_absent(&error)
        {
            let text = format!("somebody has deleted `{}` meanwhile: plan and apply again, which makes it anew", subject.service);
            return Err(Error::new("ecs.DescribeServices", "ServiceDeleted", text));
        }
        if lags && failures < PATIENCE {
            failures += 1;
            if hands.wait(Duration::from_secs(10)).await {
                continue;
            }
            return Ok(End::Left(last));
        }
        failures = 0;
        if let Some(deployment) = &seen.deployment {
            let (_, arn) = ours.get_or_insert_with(|| (deployment.started, deployment.arn.clone()));
            if *arn != deployment.arn {
                seen.superseded_by = Some(deployment.arn.clone());
            }
        }
        held.explain(aws, &mut seen).await;
        let gate = seen.deployment.as_ref().and_then(|deployment| deployment.gates.first()).map(|gate| gate.id.clone());
        // Each gate has its own checks, and what was not answered is asked again.
        checked = checked.filter(|(of, found)| Some(of) == gate.as_ref() && !matches!(found, Smoke::Unanswered { .. }));
        seen.smoke = checked.as_ref().map(|(_, found)| found.clone());
        let mut look = Look::new(&subject.policy, &seen, now);
        if let Some(Order::Smoke { gate }) = &look.decision.order {
            let found = smoke::check(aws, subject, seen.deployment.as_ref()).await;
            checked = Some((gate.clone(), found.clone()));
            seen.smoke = Some(found);
            look = Look::new(&subject.policy, &seen, now);
        }
        held.keep(&look);
        hands.hear(&look);
        let obeyed = async {
            match &look.decision.order {
                Some(order) => obey(aws, subject, &look, order, hands).await,
                None => Ok(None),
            }
        };
        let (obeyed, told) = tokio::join!(obeyed, notes.tell(aws, subject, &look));
        told.into_iter().for_each(|line| hands.note(line));
        let unplaced = obeyed?;
        // Whoever has begun the other command is about to deploy another version, or the same one: nothing is run for one that may not begin.
        let begins = matches!(look.decision.order, Some(Order::Expand));
        if let Some(error) = unplaced.as_ref().filter(|error| begins && error.is(&[migrate::BUSY])) {
            let text = format!("this version was not begun, and nothing was run for it: {}", error.message);
            return Err(Error::new("rollout", migrate::BUSY, text));
        }
        if look.decision.state.is_end() {
            if owes(subject) || seen.owed {
                match &look.decision.state {
                    State::ContractFailed => still_owes(aws, &look).await,
                    _ => owes_nothing(aws, &look).await,
                }
            }
            return Ok(End::Reached(Box::new(look)));
        }
        let pause = match unplaced {
            Some(error) if error.is(&[migrate::BUSY]) => {
                if !std::mem::replace(&mut waits_for_its_turn, true) {
                    hands.note(error.message.clone());
                }
                turns.next().ok_or(error)?
            }
            Some(error) => pauses.next().ok_or(error)?,
            None => {
                pauses = room();
                Duration::from_secs(look.decision.look.unwrap_or(1).into())
            }
        };
        last = Some(Box::new(look));
        if !hands.wait(pause).await {
            return Ok(End::Left(last));
        }
    }
}

/// Does what a look orders. Answers the error of a command's task that is not there now: there is no room, it has to wait for another one,
/// or AWS refuses it.
async fn obey(aws: &Aws, subject: &Subject, look: &Look, order: &Order, hands: &mut impl Hands) -> Result<Option<Error>> {
    let deployment = look.deployment.as_deref().unwrap_or_default();
    let answer = match order {
        Order::Start => {
            // Where ECS waits at no gate, nobody may be there to write it later.
            if let Some(version) = subject.task_definition.as_deref().filter(|_| !subject.policy.is_gated() && owes(subject)) {
                match observe::describe(aws, subject).await {
                    Ok(service) => write_owed(aws, service.service_arn().unwrap_or_default(), version).await?,
                    // A first version brings its service, and that the tag.
                    Err(error) if observe::is_absent(&error) => {}
                    Err(error) => return Err(error),
                }
            }
            return hands.start().await.map(|()| None);
        }
        Order::Smoke { .. } => Ok(()),
        Order::Expand => migrate::start_expand(aws, subject, version(subject, look)?).await,
        Order::Contract => migrate::start_contract(aws, subject, version(subject, look)?).await,
        Order::Continue { gate } => {
            if look.decision.state == State::Baking && owes(subject) {
                owes_a_command(aws, look).await?;
            }
            go_on(aws, deployment, gate).await
        }
        Order::Rollback { gate, why } => {
            let (version, why) = (look.task_definition.as_deref().unwrap_or_default(), why.to_string());
            tokio::join!(told::write(aws, version, deployment, &why), go_back(aws, deployment, gate.as_deref())).1
        }
    };
    match answer {
        Err(error) if error.is(&[migrate::NOT_PLACED, migrate::BUSY]) => Ok(Some(error)),
        // A role that is new may not be known everywhere, and where nothing is to go back to nobody documents the answer: what is
        // refused for long is refused for good.
        Err(error) if error.class == Class::Refused && !matches!(order, Order::Continue { .. }) => Ok(Some(error)),
        // Somebody else was faster, or the reply was lost: the next look shows what has come of it.
        Err(error) if error.class == Class::Refused || passes(&error) => Ok(None),
        answer => answer.map(|()| None),
    }
}

/// The task definition whose commands run.
fn version<'a>(subject: &'a Subject, look: &'a Look) -> Result<&'a str> {
    let version = subject.task_definition.as_deref().or(look.task_definition.as_deref());
    version.ok_or_else(|| Error::new("rollout", "NoTaskDefinition", "nobody says which version it is"))
}

/// Writes on the service that a command is to run after this version has taken over: whoever applies next finds it, should this
/// process be gone by then.
pub async fn owes_a_command(aws: &Aws, look: &Look) -> Result<()> {
    let (Some(service), Some(version)) = (look.deployment.as_deref().and_then(service_of), &look.task_definition) else { return Ok(()) };
    write_owed(aws, &service, version).await
}

async fn write_owed(aws: &Aws, service: &str, value: &str) -> Result<()> {
    let tag = Tag::builder().key(TAG_CONTRACT).value(value).build();
    aws.ecs.tag_resource().resource_arn(service).tags(tag).send().await.during("ecs.TagResource").map(|_| ())
}

fn owes(subject: &Subject) -> bool {
    !subject.policy.contract.is_empty()
}

/// Takes that back. A tag that stays says nothing of another version, so nothing is lost where this fails.
async fn owes_nothing(aws: &Aws, look: &Look) {
    if let Some(service) = look.deployment.as_deref().and_then(service_of) {
        drop(aws.ecs.untag_resource().resource_arn(service).tag_keys(TAG_CONTRACT).send().await);
    }
}

/// Writes that the command has failed, so that the service goes on to owe it, and any other version may come.
async fn still_owes(aws: &Aws, look: &Look) {
    if let (Some(service), Some(version)) = (look.deployment.as_deref().and_then(service_of), &look.task_definition) {
        drop(write_owed(aws, &service, &owed::failed(version)).await);
    }
}

/// The ARN of the service that a deployment is of.
fn service_of(deployment: &str) -> Option<String> {
    let (head, path) = deployment.split_once(":service-deployment/")?;
    Some(format!("{head}:service/{}", path.rsplit_once('/')?.0))
}

/// True for an error after which the same may be tried again.
fn passes(error: &Error) -> bool {
    matches!(error.class, Class::Throttled | Class::Unknown)
}

/// Tells ECS to deploy a version that it knows, and nothing else.
pub async fn deploy(aws: &Aws, subject: &Subject, task_definition: &str) -> Result<()> {
    let call = aws.ecs.update_service().cluster(&subject.cluster).service(&subject.service).task_definition(task_definition);
    call.send().await.during("ecs.UpdateService").map(|_| ())
}

/// Tells ECS to go on at a gate.
pub async fn go_on(aws: &Aws, deployment: &str, gate: &str) -> Result<()> {
    answer(aws, deployment, gate, DeploymentLifecycleHookAction::Continue).await
}

/// Tells ECS to go back: at the gate where it waits, or else by stopping the deployment, which is harmless where it goes back already.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html>
pub async fn go_back(aws: &Aws, deployment: &str, gate: Option<&str>) -> Result<()> {
    match gate {
        Some(gate) => answer(aws, deployment, gate, DeploymentLifecycleHookAction::Rollback).await,
        None => {
            let call = aws.ecs.stop_service_deployment().service_deployment_arn(deployment);
            let call = call.stop_type(StopServiceDeploymentStopType::Rollback);
            call.send().await.during("ecs.StopServiceDeployment").map(|_| ())
        }
    }
}

async fn answer(aws: &Aws, deployment: &str, gate: &str, action: DeploymentLifecycleHookAction) -> Result<()> {
    let call = aws.ecs.continue_service_deployment().service_deployment_arn(deployment).hook_id(gate).action(action);
    call.send().await.during("ecs.ContinueServiceDeployment").map(|_| ())
}

/// Says on the service itself that nothing is to go on, so that whoever looks from anywhere sees it.
pub async fn pause(aws: &Aws, service_arn: &str) -> Result<()> {
    let tag = Tag::builder().key(TAG_ROLLOUT).value(PAUSED).build();
    aws.ecs.tag_resource().resource_arn(service_arn).tags(tag).send().await.during("ecs.TagResource").map(|_| ())
}

/// Takes that back.
pub async fn resume(aws: &Aws, service_arn: &str) -> Result<()> {
    aws.ecs.untag_resource().resource_arn(service_arn).tag_keys(TAG_ROLLOUT).send().await.during("ecs.UntagResource").map(|_| ())
}
