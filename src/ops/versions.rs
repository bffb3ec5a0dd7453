//! The revision of a task definition that stands for the version that the file wants. AWS numbers revisions, and compares nothing; a version
//! is its content. So the one that runs stays, whoever has registered others since, and one that went back, or whose command has run, is
//! known again as what it was.

use crate::aws::Aws;
use crate::core::address::Address;
use crate::core::arn::{self, family};
use crate::core::diff::diff;
use crate::core::graph::Graph;
use crate::core::kind::{Kind, Row, from_value, to_value};
use crate::core::plan::{Action, Change, Plan};
use crate::core::reference::{Piece, Reference, is_symbolic, pieces, resolve};
use crate::core::rollout::past::{Fate, Past};
use crate::core::rollout::policy::Policy;
use crate::core::snapshot::{Live, Snapshot};
use crate::engine::rollout::Subject;
use crate::engine::rollout::blocked::fate;
use crate::engine::rollout::history::history;
use crate::engine::rollout::migrate::Records;
use crate::kinds;
use crate::kinds::ecs::driver::task_definition::revision;
use crate::kinds::ecs::service::Service;
use crate::kinds::ecs::task_definition::TaskDefinition;
use futures::future::join_all;
use serde_json::Value;

const REVISION: &str = "task_definition_arn";

/// The revisions of a family that are looked at, from the newest on: as many as ECS lists deployments of.
const REVISIONS: u32 = 20;

/// AWS describes one at a time, and allows twenty such calls a second for long.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html>
const AT_ONCE: usize = 5;

/// Puts into a reading, in the place of a family's newest revision, the one that a service's wanted version is already: the one that runs, or
/// one that is known. True where that changes what has to be planned. Where AWS does not say, the newest stays.
pub async fn know_again(aws: &Aws, graph: &Graph, plan: &Plan, snapshot: &mut Snapshot) -> bool {
    let Some(kind) = kinds::find(TaskDefinition::NAME).map(|entry| &entry.row) else { return false };
    let asked = plan.changes.iter().filter_map(|change| Wanted::of(kind, graph, plan, snapshot, change));
    let found = join_all(asked.map(async |wanted| wanted.find(aws).await)).await;
    let found = found.into_iter().flatten().collect::<Vec<_>>();
    let known = !found.is_empty();
    found.into_iter().for_each(|live| put(snapshot, live));
    known
}

/// Puts the revisions into a reading that a plan was made with.
pub async fn put_back(aws: &Aws, plan: &Plan, snapshot: &mut Snapshot) {
    let families = snapshot.resources.get(TaskDefinition::NAME).into_iter().flatten();
    let other = families.filter_map(|newest| {
        let address = &newest.claim.as_ref()?.address;
        let planned = match plan.changes.iter().find(|change| change.address == *address) {
            // It becomes a new one of its family, whichever is the newest.
            Some(change) if change.fields.iter().any(|field| field.field != "tags") => return None,
            Some(change) => change.live.as_ref()?.arn.clone(),
            None => plan.known.get(address)?.get("arn")?.clone(),
        };
        (planned != newest.arn && family(&planned) == newest.id).then_some((newest, planned))
    });
    let found = join_all(other.map(async |(newest, planned)| described(aws, newest, &planned).await)).await;
    found.into_iter().flatten().for_each(|live| put(snapshot, live));
}

fn put(snapshot: &mut Snapshot, live: Live) {
    let mut families = snapshot.resources.get_mut(TaskDefinition::NAME).into_iter().flatten();
    if let Some(place) = families.find(|newest| newest.id == live.id) {
        *place = live;
    }
}

/// Returns a revision as a reading has the newest of its family, whose claim is that of them all; none where it was deregistered.
async fn described(aws: &Aws, newest: &Live, name: &str) -> Option<Live> {
    let found = revision(aws, name).await.ok()??;
    let claim = newest.claim.clone();
    let spec = to_value(&found.spec);
    Some(Live { claim, ..found.map(|_| spec) })
}

/// A version that a service is to get.
struct Wanted<'a> {
    kind: &'static Row,
    change: &'a Change,
    /// The newest revision of the family.
    newest: &'a Live,
    content: Value,
}

impl<'a> Wanted<'a> {
    /// Reads it from the change of a service; none where the family is new, or other services run it as well.
    fn of(kind: &'static Row, graph: &Graph, plan: &'a Plan, snapshot: &'a Snapshot, change: &'a Change) -> Option<Self> {
        let gets_another = match change.action {
            Action::Create => change.rollout.is_some(),
            Action::Update => change.fields.iter().any(|field| field.field == REVISION),
            _ => false,
        };
        if change.kind != Service::NAME || !gets_another {
            return None;
        }
        let address = definition_of(&change.wanted)?;
        let names_it = |reference: &Reference| reference.address == address;
        let users = graph.nodes().filter(|node| node.kind.name == Service::NAME && node.links().iter().any(|(_, link)| names_it(link)));
        if users.count() > 1 {
            return None;
        }
        let mut families = snapshot.resources.get(TaskDefinition::NAME)?.iter();
        let newest = families.find(|live| live.claim.as_ref().is_some_and(|claim| claim.address == address))?;
        let content = match plan.changes.iter().find(|one| one.address == address) {
            None => newest.spec.clone(),
            Some(one) if one.action == Action::Update => {
                let known = |reference: &Reference| plan.known.get(&reference.address)?.get(&reference.output).cloned();
                let wanted = resolve(&one.wanted, &known);
                (kind.normalise)(&wanted).unwrap_or(wanted)
            }
            Some(_) => return None,
        };
        Some(Wanted { kind, change, newest, content })
    }

    /// Finds the revision that it is already, where that is another than the newest.
    async fn find(&self, aws: &Aws) -> Option<Live> {
        let runs = self.change.live.as_ref().and_then(|live| live.spec[REVISION].as_str()).unwrap_or_default();
        let found = if family(runs) == self.newest.id { self.revision(aws, runs).await } else { None };
        match found.filter(|running| self.is(running)) {
            Some(running) => Some(running).filter(|running| running.arn != self.newest.arn),
            None => self.known(aws).await.filter(|known| known.arn != self.newest.arn),
        }
    }

    /// Finds the newest revision of this content that was deployed before, or whose command has run. One that had taken over comes as a
    /// revision of its own, and its commands run again: those of other versions have run since.
    async fn known(&self, aws: &Aws) -> Option<Live> {
        let policy = self.change.rollout.as_deref()?;
        let mut past = None;
        let newest = arn::revision(&self.newest.arn)?;
        let numbers = (newest.saturating_sub(REVISIONS - 1)..=newest).rev().filter(|number| *number > 0).collect::<Vec<_>>();
        for some in numbers.chunks(AT_ONCE) {
            let some = some.iter().map(async |number| self.revision(aws, &format!("{}:{number}", self.newest.id)).await);
            for same in join_all(some).await.into_iter().flatten().filter(|live| self.is(live)) {
                let past = match &mut past {
                    Some(past) => past,
                    none => none.insert(self.past(aws, policy.clone()).await?),
                };
                let fate = match fate(past, &same.arn) {
                    Fate::Unknown if policy.has_commands() => Records::of(aws, &same.arn).await.ok()?.fate(),
                    fate => fate,
                };
                match fate {
                    Fate::Unknown => {}
                    Fate::TookOver => return None,
                    Fate::Open => return Some(same),
                }
            }
        }
        None
    }

    /// The deployments of the service; one that is only to be made has none.
    async fn past(&self, aws: &Aws, policy: Policy) -> Option<Vec<Past>> {
        let Some(live) = &self.change.live else { return Some(Vec::new()) };
        let spec = from_value(&live.spec).ok()?;
        history(aws, &Subject::new(&self.change.address, &live.id, spec, policy)).await.ok()
    }

    async fn revision(&self, aws: &Aws, name: &str) -> Option<Live> {
        if name == self.newest.arn {
            return Some(self.newest.clone());
        }
        described(aws, self.newest, name).await
    }

    /// True for a revision that differs in nothing but tags.
    fn is(&self, live: &Live) -> bool {
        let registered = (self.kind.normalise)(&live.spec).unwrap_or_else(|_| live.spec.clone());
        diff(self.kind, &self.content, &registered).iter().all(|field| field.field == "tags")
    }
}

/// The address of the task definition that a service is wanted with.
fn definition_of(service: &Value) -> Option<Address> {
    let text = service[REVISION].as_str().filter(|text| is_symbolic(text))?;
    match pieces(text).as_slice() {
        [Piece::Reference(reference)] => Some(reference.address.clone()),
        _ => None,
    }
}
