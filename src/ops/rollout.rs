//! Rollouts of a stack's services, from what is live: nothing of a rollout is kept anywhere else.

use super::Error;
use super::session::Session;
use super::stack::Loaded;
use super::undo;
use crate::aws::{self, Driver, Select};
use crate::core::arn::{last_part, revision};
use crate::core::graph::Node;
use crate::core::kind::{Kind, from_value};
use crate::core::plan::Plan;
use crate::core::reference::{Reference, is_symbolic, resolve, resolve_text};
use crate::core::rollout::decide::{Order, State};
use crate::core::rollout::judge::{Verdict, worst};
use crate::core::rollout::look::Look;
use crate::core::rollout::observation::Status;
use crate::core::rollout::past::Past;
use crate::core::rollout::phases::{Name, next_gate};
use crate::core::rollout::policy::Policy;
use crate::core::rollout::release::{Of, Release};
use crate::core::rollout::smoke::via::Via;
use crate::core::suggest::{nearest, some_of};
use crate::engine::events::Events;
use crate::engine::rollout::Subject;
use crate::engine::rollout::blocked::write_by_hand;
use crate::engine::rollout::conduct::{End, Hands, conduct, deploy, go_back, go_on, owes_a_command, pause, resume};
use crate::engine::rollout::history::{explained, history, registered_by, with_command};
use crate::engine::rollout::observe::{observe, observe_one};
use crate::engine::rollout::told;
use crate::engine::store::Looks;
use crate::kinds::KINDS;
use crate::kinds::ecr::driver::image::{self, Named};
use crate::kinds::ecs::service::{Service, Spec};
use crate::modules::service::rollout::Rollout;
use futures::future::try_join_all;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
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
    /// True for a first version that has not come: there is no service so far.
    #[must_use]
    pub fn is_first(&self) -> bool {
        self.arn.is_empty()
    }

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
    find_live(session, node).await?.ok_or_else(|| absent(node))
}

/// The error for a service that is not there.
#[must_use]
pub fn absent(node: &Node) -> Error {
    missing(format!("`{}` is not in AWS", node.address), "`trueup apply` makes it")
}

async fn find_live(session: &Session, node: &Node) -> Result<Option<Live>, Error> {
    let names = node.spec["name"].as_str().map(str::to_owned).into_iter().collect();
    let found = Service::list(&session.aws, &Select::Owned { names, count: None }).await?;
    let ours = found.into_iter().find(|live| live.claim.as_ref().is_some_and(|claim| claim.address == node.address));
    let Some(ours) = ours else { return Ok(None) };
    let policy = match rules(session, node).await? {
        Some(policy) => policy,
        None => plain(),
    };
    let subject = Subject::new(&node.address, &ours.id, ours.spec.clone(), policy);
    Ok(Some(Live { arn: ours.arn, subject }))
}

/// Finds the service in AWS, or what a first version of it that has not come so far stands on: its command may have run before there was a
/// service.
pub async fn live_or_first(session: &Session, loaded: &Loaded, node: &Node) -> Result<Live, Error> {
    if let Some(live) = find_live(session, node).await? {
        return Ok(live);
    }
    let snapshot = session.read(&loaded.graph, false, &Events::silent()).await?;
    let all = snapshot.resources.values().flatten();
    let outputs = all.filter_map(|live| Some((&live.claim.as_ref()?.address, &live.outputs))).collect::<BTreeMap<_, _>>();
    let lookup = |reference: &Reference| outputs.get(&reference.address)?.get(&reference.output).cloned();
    let wanted = resolve(&node.spec, &lookup);
    let is_there = ["task_definition_arn", "cluster"].iter().all(|field| wanted[field].as_str().is_some_and(|text| !is_symbolic(text)));
    let Some(spec) = from_value::<Spec>(&wanted).ok().filter(|_| is_there) else { return Err(absent(node)) };
    let policy = rules(session, node).await?.unwrap_or_else(plain);
    let id = format!("{}/{}", spec.cluster, spec.name.as_deref().unwrap_or_else(|| short(node)));
    Ok(Live { arn: String::new(), subject: Subject::new(&node.address, &id, spec, policy) })
}

/// Returns the rules that a node has, with the names of what is live in them. What is not there is named as the file does it: nobody
/// finds it in AWS, so nothing goes on.
pub(super) async fn rules(session: &Session, node: &Node) -> Result<Option<Policy>, Error> {
    let Some(policy) = &node.rollout else { return Ok(None) };
    let kinds = node.watched.values().map(|row| row.name).collect::<BTreeSet<_>>();
    let entries = KINDS.iter().filter(|entry| kinds.contains(entry.row.name));
    let select = Select::Owned { names: Vec::new(), count: None };
    let found = try_join_all(entries.map(|entry| (entry.effects.list)(&session.aws, &select))).await?;
    session.aws.forget();
    let outputs =
        found.iter().flatten().filter_map(|live| Some((&live.claim.as_ref()?.address, &live.outputs))).collect::<BTreeMap<_, _>>();
    let lookup = |reference: &Reference| outputs.get(&reference.address)?.get(&reference.output).cloned();
    Ok(Some(policy.as_ref().clone().renamed(|text| resolve_text(text, &lookup))))
}

/// Returns an image by its digest, so that what was tried is what runs. Only ECR is asked; ECS looks others up itself when the
/// deployment begins.
pub async fn exact(session: &Session, image: &str) -> Result<String, Error> {
    let Some(named) = Named::parse(image).filter(|named| !named.image.starts_with("sha256:")) else { return Ok(image.to_owned()) };
    let Named { registry, repository, image: tag, .. } = named;
    match image::digest(&session.aws, registry, repository, tag).await? {
        Some(digest) => {
            let host = image.split_once('/').map_or(image, |(host, _)| host);
            Ok(format!("{host}/{repository}@{digest}"))
        }
        None => Err(refused(format!("the repository `{repository}` has no image `{tag}`"), "push it first, or name another tag")),
    }
}

/// Makes sure that a plan changes nothing but one service.
pub fn changes_only(plan: &Plan, service: &str) -> Result<(), Error> {
    let own = format!("service.{service}.");
    let others = plan.changes.iter().map(|change| change.address.as_str()).filter(|address| !address.starts_with(&own));
    let others = others.collect::<Vec<_>>();
    if others.is_empty() {
        return Ok(());
    }
    let why = format!("the file asks for more than another version of `{service}`: {}", some_of(&others));
    Err(refused(why, "`trueup apply` does all of it; or take it out of the file for now"))
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

pub(super) fn refused(why: impl Into<String>, hint: impl Into<String>) -> Error {
    Error::Rollout { why: why.into(), hint: hint.into(), refused: true }
}

/// Looks at the newest deployment, and says what would be decided. Nothing is done.
pub async fn look(session: &Session, live: &Live) -> Result<Look, Error> {
    let seen = observe(&session.aws, &live.subject).await?;
    let now = session.aws.calls.now();
    Ok(Look::new(&live.subject.policy, &seen, now))
}

/// Returns an image of the newest deployment that is not the one of the file.
#[must_use]
pub fn other_image(loaded: &Loaded, node: &Node, look: &Look) -> Option<String> {
    let (_, task) = node.links().iter().find(|(field, _)| field.name == "task_definition_arn")?;
    let containers = loaded.graph.get(&task.address)?.spec["containers"].as_array()?;
    let live = &look.green.as_ref()?.images;
    let other = containers.iter().find_map(|container| {
        let (name, wanted) = (container["name"].as_str()?, container["image"].as_str().filter(|image| !is_symbolic(image))?);
        live.iter().find(|image| image.container == name && image.image != wanted)
    });
    other.map(|image| image.image.clone())
}

/// Tells ECS to go on at the gate where it waits. Without `force` only if nothing speaks against it.
pub async fn promote(session: &Session, live: &Live, force: bool) -> Result<Promoted, Error> {
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
    if look.decision.state == State::Baking && !live.subject.policy.contract.is_empty() {
        owes_a_command(&session.aws, &look).await?;
    }
    go_on(&session.aws, deployment, &gate.id).await?;
    Ok(Promoted { next: next_gate(&live.subject.policy, &look.decision.state), look })
}

/// A gate at which ECS was told to go on.
#[derive(Debug, Clone)]
pub struct Promoted {
    /// The look at it before.
    pub look: Look,
    /// The phase at whose gate ECS waits next; none where it was the last.
    pub next: Option<Name>,
}

/// True where somebody means this task definition by the end of its ARN.
fn is_named(arn: &str, to: &str) -> bool {
    arn == to || arn.ends_with(&format!("/{to}")) || arn.ends_with(&format!(":{to}"))
}

/// The way back from where a rollout is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Back {
    /// A deployment is under way, and ECS has been told to go back.
    Told,
    /// Somebody goes back to the version by this task definition already.
    Joined(String),
    /// None is: the version by this task definition is deployed anew.
    Again(String),
}

/// Tells ECS to go back where a deployment is under way, or else finds the version to go back to: the one before, or `to`, the end
/// a task definition's ARN, such as its number. One from before a version whose `contract` has run is found with `force` alone.
pub async fn rollback(session: &Session, live: &Live, to: Option<&str>, force: bool) -> Result<Back, Error> {
    let look = look(session, live).await?;
    let open = look.status.is_some_and(Status::is_open);
    if let Some(deployment) = look.deployment.as_ref().filter(|_| open) {
        // Going back by hand is a deployment as well: to tell ECS to go back from it would bring back what somebody has left.
        let [from, into] = [look.blue.as_ref(), look.green.as_ref()].map(|side| side.map(|side| side.task_definition.as_str()));
        if let (Some(from), Some(into)) = (from, into)
            && revision(into) < revision(from)
        {
            if to.is_some_and(|to| !is_named(into, to)) {
                let (into, from) = (last_part(into), last_part(from));
                let hint = "wait for its end: `trueup rollout watch`; or stop it with `trueup rollout rollback --to` once it is over";
                return Err(refused(format!("the service is on its way back from {from} to {into} already"), hint));
            }
            return Ok(Back::Joined(into.to_owned()));
        }
        if to.is_some() {
            return Err(refused("a rollout is under way, and goes back to where it came from", "leave out --to, or wait for its end"));
        }
        let (version, why) = (look.task_definition.as_deref().unwrap_or_default(), format!("{} told it to", session.caller));
        let gate = look.gate.as_ref().map(|gate| gate.id.as_str());
        let order = go_back(&session.aws, deployment, gate);
        tokio::join!(told::write(&session.aws, version, deployment, &why), order).1?;
        return Ok(Back::Told);
    }
    undo::no_command_runs(session, live).await?;
    let past = past(session, live).await?;
    let took_over = past.iter().filter(|one| one.status == Status::Successful).filter_map(|one| one.task_definition.as_deref());
    let current = live.subject.spec.task_definition_arn.as_str();
    let mut earlier = took_over.filter(|arn| *arn != current);
    let found = match to {
        None => earlier.next(),
        Some(to) => earlier.clone().find(|arn| is_named(arn, to)),
    };
    let ends = earlier.by_ref().map(last_part).collect::<std::collections::BTreeSet<_>>();
    match (found, to) {
        (Some(arn), _) => {
            undo::still_has_its_command(session, live, arn).await?;
            if !force {
                undo::nothing_was_cleaned_up_since(session, live, &past, arn).await?;
            }
            Ok(Back::Again(arn.to_owned()))
        }
        (None, None) => {
            Err(refused("there is nothing to go back to", "no earlier version of the service has taken over in the last 90 days"))
        }
        (None, Some(to)) => {
            let hint =
                if ends.is_empty() { "none has taken over in the last 90 days".into() } else { format!("there are {}", some_of(&ends)) };
            Err(refused(format!("no earlier version `{to}` has taken over"), hint))
        }
    }
}

/// Says that nothing is to go on from here, or takes that back.
pub async fn set_paused(session: &Session, live: &Live, paused: bool) -> Result<Look, Error> {
    if paused {
        let open = matches!(look(session, live).await?.status, Some(Status::Pending | Status::InProgress));
        if !open {
            return Err(refused("no rollout is under way that could be paused", "a pause that is left behind would hold the next one"));
        }
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
    let mut hands = Watcher { session, subject: &live.subject, begun: false, cancel, hear, note };
    Ok(Box::pin(conduct(&session.aws, &live.subject, &mut hands)).await?)
}

impl Live {
    /// The rollout that somebody has begun already to bring an earlier version back.
    #[must_use]
    pub fn joined(mut self, task_definition: String) -> Self {
        let subject = &mut self.subject;
        subject.policy = subject.policy.without_commands();
        subject.task_definition = Some(task_definition);
        self
    }

    /// The rollout that brings an earlier version back. Its commands have run when it was new.
    #[must_use]
    pub fn back_to(mut self, session: &Session, task_definition: String) -> Self {
        let subject = &mut self.subject;
        subject.policy = subject.policy.without_commands();
        (subject.task_definition, subject.since) = (Some(task_definition), session.aws.calls.answered());
        self
    }
}

struct Watcher<'a, F, N> {
    session: &'a Session,
    subject: &'a Subject,
    begun: bool,
    cancel: watch::Receiver<bool>,
    hear: F,
    note: N,
}

impl<F: Fn(&Look) + Send, N: Fn(&str) + Send> Hands for Watcher<'_, F, N> {
    async fn start(&mut self) -> aws::Result<()> {
        // Whoever only watches has begun nothing, and names no version.
        match &self.subject.task_definition {
            None => Err(aws::Error::new("rollout", "NothingToWatch", "the service has no deployment")),
            Some(_) if self.begun => Ok(()),
            Some(version) => {
                self.begun = true;
                let Session { aws, caller, .. } = self.session;
                deploy(aws, self.subject, version).await?;
                // It goes back all the same where that cannot be written.
                drop(write_by_hand(aws, self.subject, caller, version).await);
                Ok(())
            }
        }
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

/// Reads what the journals of this machine say of deployments, by their ARNs.
pub async fn journalled(session: &Session) -> Result<BTreeMap<String, Looks>, Error> {
    Ok(session.store.looks().await?)
}

/// Begins the record of a release, with what was seen of its deployment before by whoever looked at it. It is theirs then.
#[must_use]
pub fn begin(of: Of, policy: Policy, known: Option<&Looks>, started: Option<Timestamp>) -> Release {
    let by = known.map(|known| known.by.clone()).filter(|by| !by.is_empty());
    let mut release = Release::new(Of { caller: by.unwrap_or_else(|| of.caller.clone()), ..of }, policy);
    release.started = started;
    known.iter().flat_map(|known| &known.looks).for_each(|look| release.take(look));
    release
}

/// Rebuilds the record of a release, the newest one where no deployment is named: from what AWS still knows, and from the journal of
/// the apply that it was a step of, where there is one.
pub async fn recall(session: &Session, live: &Live, node: &Node, deployment: Option<&str>) -> Result<Release, Error> {
    let seen = observe_one(&session.aws, &live.subject, deployment).await?;
    let Some(found) = &seen.deployment else {
        let why = deployment.map_or_else(|| "the service has no deployment".into(), |arn| format!("AWS knows no deployment `{arn}` of it"));
        return Err(missing(why, "`trueup rollout history --json` lists those that it knows"));
    };
    let known = session.store.looks().await?.remove(&found.arn);
    let policy = live.subject.policy.clone();
    let mut release = begin(Of { caller: String::new(), ..of(session, short(node)) }, policy, known.as_ref(), Some(found.started));
    if release.of.caller.is_empty() {
        release.registered_by = registered_by(&session.aws, &found.task_definition).await.ok().flatten();
    }
    release.take(&Look::back(&live.subject.policy, seen, session.aws.calls.now()));
    Ok(release)
}

/// Lists the deployments that AWS still knows, newest first.
pub async fn past(session: &Session, live: &Live) -> Result<Vec<Past>, Error> {
    let past = history(&session.aws, &live.subject).await?;
    let told = past.into_iter().map(async |one| {
        let one = explained(&session.aws, one).await;
        with_command(&session.aws, &live.subject, one).await
    });
    Ok(try_join_all(told).await?)
}
