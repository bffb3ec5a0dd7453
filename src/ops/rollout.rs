//! Rollouts of a stack's services, from what is live: nothing of a rollout is kept anywhere else.

use super::Error;
use super::session::Session;
use super::stack::Loaded;
use crate::aws::{self, Driver, Select};
use crate::core::graph::Node;
use crate::core::kind::Kind;
use crate::core::rollout::decide::Order;
use crate::core::rollout::judge::{Verdict, worst};
use crate::core::rollout::look::Look;
use crate::core::rollout::observation::Status;
use crate::core::rollout::past::Past;
use crate::core::rollout::policy::Policy;
use crate::core::rollout::release::{Of, Release};
use crate::core::rollout::smoke::via::Via;
use crate::core::suggest::nearest;
use crate::engine::rollout::Subject;
use crate::engine::rollout::conduct::{End, Hands, conduct, go_back, go_on, pause, resume};
use crate::engine::rollout::history::history;
use crate::engine::rollout::observe::{observe, observe_one};
use crate::kinds::ecs::service::Service;
use crate::modules::service::rollout::Rollout;
use std::time::Duration;
use tokio::sync::watch;

/// The version of the JSON of rollouts.
pub const VERSION: u32 = 1;

/// A service that is live, and the rules of its rollouts.
pub struct Live {
    pub arn: String,
    pub subject: Subject,
}

impl Live {
    /// The same, with its smoke checks sent to a place of their own if there is one for it.
    #[must_use]
    pub fn reached_by(mut self, all: &[Via]) -> Self {
        self.subject.via = Via::find(all, &self.subject.name).cloned();
        self
    }
}

/// Finds a service of a stack by its name, `api`, or by its address. A stack with one service needs no name.
pub fn find<'a>(loaded: &'a Loaded, name: Option<&str>) -> Result<&'a Node, Error> {
    let services = || loaded.graph.nodes().filter(|node| node.kind.name == Service::NAME);
    let short = |node: &Node| short(node).to_owned();
    let names = || services().map(short).collect::<Vec<_>>();
    match (name, services().collect::<Vec<_>>().as_slice()) {
        (None, [one]) => Ok(one),
        (None, []) => Err(missing("the stack has no service", "write `[service.NAME]`")),
        (None, _) => Err(missing("the stack has several services", format!("name one of {}", names().join(", ")))),
        (Some(name), all) => {
            let is_meant = |node: &&&Node| [self::short(node), node.address.as_str(), node.origin.as_str()].contains(&name);
            if let Some(node) = all.iter().find(is_meant) {
                return Ok(node);
            }
            let known = names();
            let hint = match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", known.join(", ")),
            };
            Err(missing(format!("there is no service `{name}`"), hint))
        }
    }
}

/// The name by which commands call a service: `api` for `service.api.service`.
pub fn short(node: &Node) -> &str {
    node.origin.strip_prefix("service.").unwrap_or(&node.origin)
}

/// Finds the service in AWS.
pub async fn live(session: &Session, node: &Node) -> Result<Live, Error> {
    let names = node.spec["name"].as_str().map(str::to_owned).into_iter().collect();
    let found = Service::list(&session.aws, &Select::Owned { names, count: None }).await?;
    let ours = found.into_iter().find(|live| live.claim.as_ref().is_some_and(|claim| claim.address == node.address));
    let ours = ours.ok_or_else(|| missing(format!("`{}` is not in AWS", node.address), "`trueup apply` makes it"))?;
    let (cluster, service) = ours.id.split_once('/').unwrap_or_default();
    let policy = node.rollout.as_deref().cloned().unwrap_or_else(plain);
    let spec = ours.spec.clone();
    let name = short(node).to_owned();
    let subject =
        Subject { name, cluster: cluster.into(), service: service.into(), policy, spec, task_definition: None, via: None, since: None };
    Ok(Live { arn: ours.arn, subject })
}

/// The rules where the file has none: health and crashes alone count.
fn plain() -> Policy {
    let mut rollout = Rollout::default();
    rollout.guard.compare = false;
    rollout.policy()
}

fn missing(why: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::Rollout { why: why.into(), hint: hint.into(), refused: false }
}

fn refused(why: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::Rollout { why: why.into(), hint: hint.into(), refused: true }
}

/// Looks at the newest deployment, and says what would be decided. Nothing is done.
pub async fn look(session: &Session, live: &Live) -> Result<Look, Error> {
    let seen = observe(&session.aws, &live.subject).await?;
    let now = session.aws.calls.now();
    Ok(Look::new(&live.subject.policy, &seen, now))
}

/// Tells ECS to go on at the gate where it waits. Without `force` only if nothing speaks against it.
pub async fn promote(session: &Session, live: &Live, force: bool) -> Result<Look, Error> {
    let look = look(session, live).await?;
    let (Some(deployment), Some(gate)) = (&look.deployment, &look.gate) else {
        return Err(refused("ECS waits at no gate", "`trueup rollout status` says where it is"));
    };
    let bad = matches!(look.decision.order, Some(Order::Rollback { .. })) || worst(&look.decision.evidence) != Verdict::Pass;
    let held = look.decision.holds.iter().map(ToString::to_string).collect::<Vec<_>>();
    if !force && (bad || !held.is_empty()) {
        let reasons = match &look.decision.order {
            Some(Order::Rollback { why, .. }) => why.to_string(),
            _ => held.join("; "),
        };
        return Err(refused(format!("it is not promoted: {reasons}"), "wait for it, or take it upon yourself with --force"));
    }
    go_on(&session.aws, deployment, &gate.id).await?;
    Ok(look)
}

/// Tells ECS to go back. The answer is the deployment that does; the error is that none is under way.
pub async fn rollback(session: &Session, live: &Live) -> Result<Look, Error> {
    let look = look(session, live).await?;
    let open = matches!(look.status, Some(Status::Pending | Status::InProgress));
    let Some(deployment) = look.deployment.as_ref().filter(|_| open) else {
        return Err(refused("no rollout is under way", "to run an earlier version, name its image in the file and apply"));
    };
    go_back(&session.aws, deployment, look.gate.as_ref().map(|gate| gate.id.as_str())).await?;
    Ok(look)
}

/// Says that nothing is to go on from here, or takes that back.
pub async fn set_paused(session: &Session, live: &Live, paused: bool) -> Result<Look, Error> {
    if paused {
        pause(&session.aws, &live.arn).await?
    } else {
        resume(&session.aws, &live.arn).await?
    }
    look(session, live).await
}

/// Decides from here on, until it is at its end or `cancel` turns true.
pub async fn watch(
    session: &Session,
    live: &Live,
    cancel: watch::Receiver<bool>,
    hear: impl Fn(&Look) + Send,
    note: impl Fn(&str) + Send,
) -> Result<End, Error> {
    let mut hands = Watcher { session, cancel, hear, note };
    Ok(conduct(&session.aws, &live.subject, &mut hands).await?)
}

struct Watcher<'a, F, N> {
    session: &'a Session,
    cancel: watch::Receiver<bool>,
    hear: F,
    note: N,
}

impl<F: Fn(&Look) + Send, N: Fn(&str) + Send> Hands for Watcher<'_, F, N> {
    async fn start(&mut self) -> aws::Result<()> {
        Err(aws::Error::new("rollout", "NothingToWatch", "the service has no deployment"))
    }
    fn hear(&mut self, look: &Look) {
        (self.hear)(look);
    }
    fn note(&mut self, line: String) {
        (self.note)(&line);
    }
    async fn wait(&mut self, time: Duration) -> bool {
        tokio::select! {
            () = self.session.aws.clock.sleep(time) => true,
            _ = self.cancel.wait_for(|cancelled| *cancelled) => false,
        }
    }
}

/// Says whose release it is, and who does it.
pub fn of(session: &Session, service: &str) -> Of {
    let scope = &session.aws.scope;
    Of {
        stack: scope.stack.clone(),
        env: scope.env.clone(),
        service: service.to_owned(),
        account: scope.account.clone(),
        region: scope.region.clone(),
        caller: session.caller.clone(),
    }
}

/// Rebuilds the record of a release, the newest one where no deployment is named: from what AWS still knows, and from the journal of
/// the apply that it was a step of, where there is one.
pub async fn recall(session: &Session, live: &Live, node: &Node, deployment: Option<&str>) -> Result<Release, Error> {
    let seen = observe_one(&session.aws, &live.subject, deployment).await?;
    let Some(found) = &seen.deployment else {
        let why = deployment.map_or_else(|| "the service has no deployment".into(), |arn| format!("AWS knows no deployment `{arn}` of it"));
        return Err(missing(why, "`trueup rollout history --json` lists those that it knows"));
    };
    let (by, looks) = session.store.looks(&found.arn).await?.unwrap_or_default();
    let mut release = Release::new(Of { caller: by, ..of(session, short(node)) }, live.subject.policy.clone());
    release.started = Some(found.started);
    looks.iter().for_each(|look| release.take(look));
    release.take(&Look::back(&live.subject.policy, seen, session.aws.calls.now()));
    Ok(release)
}

/// Lists the deployments that AWS still knows, newest first.
pub async fn past(session: &Session, live: &Live) -> Result<Vec<Past>, Error> {
    Ok(history(&session.aws, &live.subject).await?)
}
