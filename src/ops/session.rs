//! A session: one stack in one account and region, to read, plan for and change.

use super::Error;
use super::plan::{Wish, draft};
use super::stack::Loaded;
use crate::aws::{self, Aws, Caller, Connection};
use crate::core::event::{Event, Outcome};
use crate::core::graph::Graph;
use crate::core::identity::Scope;
use crate::core::output;
use crate::core::plan::{Action, Plan};
use crate::core::settings::is_known_region;
use crate::core::snapshot::Snapshot;
use crate::core::stack::Stack;
use crate::engine::apply::{Applied, Options, apply};
use crate::engine::events::Events;
use crate::engine::read::{Reading, read};
use crate::engine::store::{Lock, Store, Work};
use std::path::Path;

/// One connection to one stack's account and region.
pub struct Session {
    pub aws: Aws,
    pub store: Store,
    /// Read every kind there is, not only those that the stack, its tags and its last apply name.
    pub all_kinds: bool,
}

/// Which stack a session is for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub stack: &'a str,
    pub env: &'a str,
    pub region: &'a str,
    /// None means that any account will do.
    pub account: Option<&'a str>,
}

impl<'a> From<&'a Stack> for Wanted<'a> {
    fn from(stack: &'a Stack) -> Self {
        let settings = &stack.settings;
        Wanted { stack: &settings.name, env: &stack.env, region: &settings.region, account: settings.account.as_deref() }
    }
}

impl<'a> From<&'a Scope> for Wanted<'a> {
    fn from(scope: &'a Scope) -> Self {
        let Scope { stack, env, account, region } = scope;
        Wanted { stack, env, region, account: Some(account) }
    }
}

impl Session {
    /// Asks who the credentials belong to, and refuses those of another account before anything is read.
    /// `dir` is where locks and journals are kept.
    pub async fn open(connection: &Connection, wanted: Wanted<'_>, dir: &Path) -> Result<Self, Error> {
        let Wanted { stack, env, region, account } = wanted;
        let Caller { account: found, arn } = connection.caller().await.map_err(|error| no_caller(error, region))?;
        if let Some(wanted) = account.filter(|wanted| *wanted != found) {
            return Err(Error::OtherAccount { wanted: wanted.to_owned(), found, arn });
        }
        let scope = Scope { stack: stack.into(), env: env.into(), account: found, region: region.into() };
        let store = Store::new(dir, &scope);
        Ok(Session { aws: connection.clients(scope), store, all_kinds: false })
    }

    /// Reads what is live of a graph's stack; `sweep` reads every kind there is.
    pub async fn read(&self, graph: &Graph, sweep: bool, events: &Events<'_>) -> Result<Snapshot, Error> {
        let reading = Reading::of(graph, &self.aws.scope, self.store.before().await?, sweep || self.all_kinds);
        Ok(read(&self.aws, &reading, events).await?)
    }

    /// Takes the right to change the stack, until it is dropped; or says who has it.
    pub async fn lock(&self, work: Work) -> Result<Lock, Error> {
        Ok(self.store.lock(work).await?)
    }

    /// Reads, plans, prices and judges. To destroy, every kind is read, so that nothing is left behind that the file no
    /// longer names.
    pub async fn plan(&self, loaded: &Loaded, wish: &Wish<'_>, events: &Events<'_>) -> Result<Plan, Error> {
        let snapshot = self.read(&loaded.graph, wish.policy.destroy, events).await?;
        Ok(draft(loaded, &snapshot, wish))
    }

    /// Refuses a saved plan that was applied already, or of which AWS no longer is as it was when the plan was made.
    pub async fn recall(&self, plan: &Plan, file: &Path, events: &Events<'_>) -> Result<(), Error> {
        let unusable = |why: String| Error::Unusable { path: file.to_owned(), why };
        if self.store.applied(&plan.id).await? {
            return Err(unusable("it was applied already".into()));
        }
        let reading = reading(plan);
        let snapshot = read(&self.aws, &reading, events).await?;
        if let Some(unread) = snapshot.unread.iter().find(|unread| reading.kinds.contains(&unread.kind)) {
            let (kind, reason, hint) = (unread.kind.clone(), unread.reason.clone(), unread.hint.clone());
            return Err(Error::Unread { path: file.to_owned(), kind, reason, hint });
        }
        let stale = plan.stale(&snapshot);
        if stale.is_empty() { Ok(()) } else { Err(unusable(format!("AWS has changed since it was made: {}", stale.join(", ")))) }
    }

    /// Runs the steps of a plan. One without steps has nothing written down about it, and may be met again.
    pub async fn apply(&self, plan: &Plan, lock: &mut Lock, options: &Options, events: &Events<'_>) -> Result<Applied, Error> {
        if plan.steps.is_empty() {
            let outputs = output::known(plan.outputs.clone());
            events.say(Event::nothing_to_do(outputs.clone()));
            return Ok(Applied { outcome: Outcome::Complete, outputs });
        }
        let journal = self.store.begin(lock, plan, events).await?;
        Ok(apply(&self.aws, plan, journal, options, events).await)
    }
}

/// What has to be read to tell whether a saved plan still holds.
fn reading(plan: &Plan) -> Reading {
    let mut reading = Reading::default();
    for change in &plan.changes {
        reading.kinds.insert(change.kind.clone());
        if !change.name.is_empty() {
            reading.names.entry(change.kind.clone()).or_default().push(change.name.clone());
        }
        if change.action == Action::Adopt
            && let Some(live) = &change.live
        {
            reading.adopt.entry(change.kind.clone()).or_default().push(live.id.clone());
        }
    }
    reading.kinds.extend(plan.known_kinds.iter().cloned());
    reading
}

/// The first call of all is the one that shows that a region does not exist.
fn no_caller(source: aws::Error, region: &str) -> Error {
    let strange = source.code == "Unreachable" && !is_known_region(region);
    Error::Call { source, region: strange.then(|| region.to_owned()) }
}
