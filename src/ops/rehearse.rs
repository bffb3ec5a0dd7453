//! Rehearsing: a plan's steps, run by the very applier on a twin of the account.
//!
//! The twin stands in this process, so nothing here reaches the account. It is made of the reading that the plan was made from, bears the
//! account's own ids, and gets its own clock: states pass one after the other there, so that a step which does not wait is found.

use super::Error;
use super::plan::{Wish, draft};
use super::stack::Loaded;
use super::versions;
use crate::aws::{Aws, Clock, Connection};
use crate::core::admission::{Circumstances, Papers, admit};
use crate::core::event::Event;
use crate::core::plan::{Change, Plan, Verb};
use crate::core::reason::Refusal;
use crate::core::rehearsal::{Gap, Outside, Rehearsal};
use crate::core::rehearse::{judge, named_elsewhere};
use crate::core::rollout::policy::Policy;
use crate::core::sealed::seal;
use crate::core::snapshot::Snapshot;
use crate::engine::apply::{Options, apply};
use crate::engine::events::Events;
use crate::engine::neighbours::{Interface, Neighbours};
use crate::engine::read::{Reading, read};
use crate::engine::store::{Before, Journal};
use crate::engine::twin::put;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use std::sync::{Mutex, PoisonError};
use tokio::sync::watch;

/// An embedded AWS of nobody's, in memory, for the account of a plan.
pub trait Twin: Sync {
    /// The way to it.
    fn http(&self) -> SharedHttpClient;
    /// Gives all that goes by the first name of a pair the second.
    fn rename(&self, names: &[(String, String)]);
    /// Puts something plain in the place of what an ARN names and others have. False where it need not, or cannot.
    fn stand_in(&self, arn: &str) -> bool;
    /// Puts somebody else's network interface there.
    fn occupy(&self, region: &str, interface: &Interface);
    /// Lets its time pass so many times as fast as ours, and its faults strike. Before, all settles at once.
    fn begin(&self, speed: f64);
    /// Lets no faults strike any more.
    fn calm(&self);
    /// The faults, as they were asked for.
    fn faults(&self) -> Vec<String>;
}

/// The things of others in the account beside a stack, or the reason why nobody knows them.
pub type Beside = Result<Neighbours, String>;

/// Waits for what settles at once.
const AT_ONCE: f64 = 1e6;
/// The speed at which hours of waiting are a second, and states still pass one after the other.
const FAST: f64 = 2000.0;
/// The same for a rollout, which looks at metrics of each minute that passes.
const ROLLING: f64 = 600.0;

/// Returns why a plan cannot be rehearsed, if it cannot.
#[must_use]
pub fn not_rehearsed(plan: &Plan) -> Option<String> {
    let standing = plan.refusals.iter().filter(|refusal| !is_of_cost(refusal)).map(Refusal::code).collect::<Vec<_>>();
    if !standing.is_empty() {
        return Some(format!("it is refused as it stands: {}", standing.join(", ")));
    }
    match plan.scope.partition() {
        "aws" => None,
        other => Some(format!("the embedded AWS does not play the partition {other}")),
    }
}

/// Runs a plan on a twin that is made of the reading it was made from, plans once more there, and says what is found.
/// `beside` is what others have beside the stack, or the reason why nobody knows.
pub async fn rehearse(
    loaded: &Loaded,
    plan: &Plan,
    (snapshot, beside): (&Snapshot, &Beside),
    wish: &Wish<'_>,
    twin: &dyn Twin,
) -> Result<Rehearsal, Error> {
    let scope = &plan.scope;
    let clients = async |speed: f64| -> Aws {
        let connection = Connection::over(twin.http(), &scope.region, Clock { speed }).await;
        connection.clients(scope.clone())
    };
    let mut there = snapshot.clone();
    let mut unasked = None;
    match beside {
        Ok(Neighbours { live, .. }) => live.iter().for_each(|(kind, live)| {
            there.resources.entry(kind.clone()).or_default().extend(live.iter().cloned());
        }),
        Err(reason) => unasked = Some(Gap::Unasked { reason: reason.clone() }),
    }
    let stand_ins = named_elsewhere(&there, plan).into_iter().filter(|arn| twin.stand_in(arn)).map(|arn| Gap::StandIn { arn });
    let stand_ins = stand_ins.collect::<Vec<_>>();
    let (live, mut gaps) = put(&clients(AT_ONCE).await, &there, &|names| twin.rename(names)).await;
    let interfaces = beside.iter().flat_map(|beside| &beside.interfaces);
    interfaces.for_each(|interface| twin.occupy(&scope.region, interface));
    gaps.extend(stand_ins);
    // Whatever is deleted may be in use by others.
    gaps.extend(unasked.filter(|_| plan.steps.iter().any(|step| step.verb == Verb::Delete)));
    let (played, outside) = within(plan);
    gaps.extend(outside);
    let rolls_out = played.changes.iter().any(|change| change.rollout.is_some() && change.live.is_some());
    let speed = if rolls_out { ROLLING } else { FAST };
    twin.begin(speed);
    let aws = clients(speed).await;
    let now = Circumstances { scope, applied: false, now: snapshot, accepted: None, papers: Papers::Fresh };
    let admitted = admit(&seal(played), now).map_err(|bar| Error::barred("the plan", bar))?;
    let heard = Mutex::new(Vec::<Event>::new());
    let events = Events::new(|said| heard.lock().unwrap_or_else(PoisonError::into_inner).push(said.event.clone()));
    let (_keep, cancel) = watch::channel(false);
    Box::pin(apply(&aws, &admitted, &Journal::over(|_| Ok(())), &Options::new(16, cancel), &events)).await;
    drop(events);
    let heard = heard.into_inner().unwrap_or_else(PoisonError::into_inner);
    // A next plan is not made under faults, nor by a client that has learnt to be slow from them.
    twin.calm();
    let again = Box::pin(again(&clients(speed).await, loaded, wish)).await;
    gaps.extend(again.as_ref().err().map(|error| Gap::NotAgain { error: error.to_string() }));
    let mut rehearsal = judge(plan, live, gaps, &heard, again.as_ref().ok());
    rehearsal.faults = twin.faults();
    Ok(rehearsal)
}

/// The next plan on the twin.
async fn again(aws: &Aws, loaded: &Loaded, wish: &Wish<'_>) -> Result<Plan, Error> {
    let reading = Reading::of(&loaded.graph, &aws.scope, Before::default(), true);
    let mut snapshot = read(aws, &reading, &Events::silent()).await?;
    let plan = draft(loaded, &snapshot, wish);
    if versions::know_again(aws, &loaded.graph, &plan, &mut snapshot).await {
        return Ok(draft(loaded, &snapshot, wish));
    }
    Ok(plan)
}

/// Returns the plan without what reaches out of AWS, and what that was.
fn within(plan: &Plan) -> (Plan, Vec<Gap>) {
    let mut gaps = Vec::new();
    let mut inside = |change: &Change| {
        let address = &change.address;
        let rollout = change.rollout.as_deref().map(|policy| {
            let parts = [(Outside::Smoke, !policy.smoke.is_empty()), (Outside::Notify, policy.notify.is_some())];
            let left = parts.into_iter().filter(|(_, has)| *has).map(|(what, _)| Gap::Outside { address: address.clone(), what });
            gaps.extend(left);
            Box::new(Policy { smoke: Vec::new(), notify: None, ..policy.clone() })
        });
        Change { rollout, ..change.clone() }
    };
    let changes = plan.changes.iter().map(&mut inside).collect();
    let refusals = plan.refusals.iter().filter(|refusal| !is_of_cost(refusal)).cloned().collect();
    // Nobody has to approve what only a twin gets.
    (Plan { changes, refusals, approval: None, ..plan.clone() }, gaps)
}

/// True for a refusal that the budget alone makes: it stands in nobody's way on a twin.
fn is_of_cost(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::OverBudget { .. } | Refusal::Unjudged { .. })
}
