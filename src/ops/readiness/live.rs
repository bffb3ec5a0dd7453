//! Observes what is live of a stack for an assessment. Each thing is asked about by itself, so that what is denied is unknown and
//! nothing else is.

use crate::aws::Aws;
use crate::core::address::Address;
use crate::core::graph::{Graph, Node};
use crate::core::kind::{Kind, from_value};
use crate::core::plan::Plan;
use crate::core::planner::{Policy, plan};
use crate::core::quota::{Demand, Use};
use crate::core::readiness::observed::{Alarm, Content, Image, Migrated, Observed, Subscription, Targets, Tasks};
use crate::core::reference::{Piece, Reference, pieces, resolve};
use crate::core::rollout::observation::Reading;
use crate::core::snapshot::{Live, Snapshot, State};
use crate::core::view::View;
use crate::engine::events::Events;
use crate::engine::quotas;
use crate::engine::readiness as look;
use crate::kinds;
use crate::kinds::cloudwatch::alarm;
use crate::kinds::ecr::repository::Repository;
use crate::kinds::ecs::service::{Service, Spec};
use crate::kinds::ecs::task_definition::{Spec as Task, TaskDefinition};
use crate::kinds::secretsmanager::secret::Secret;
use crate::kinds::sns::topic::Topic;
use crate::ops::Error;
use crate::ops::secret::keys;
use crate::ops::session::Session;
use crate::ops::stack::Loaded;
use crate::ops::start::image_of;
use crate::rules::limits::of_account;
use futures::future::join_all;
use std::collections::BTreeMap;

/// Reads the stack, and asks AWS what no listing tells.
pub async fn observe(session: &Session, loaded: &Loaded, events: &Events<'_>) -> Result<Observed, Error> {
    let snapshot = session.read(&loaded.graph, false, events).await?;
    let aws = &session.aws;
    let seen = Seen { aws, graph: &loaded.graph, snapshot: &snapshot };
    let planned = seen.planned();
    let (services, secrets, alarms, subscriptions, rooms) =
        futures::join!(seen.services(), seen.secrets(), seen.alarms(), seen.topics(), rooms(aws, loaded, planned.known()));
    let mut observed = Observed {
        account: aws.scope.account.clone(),
        changes: Some(match planned {
            Reading::Unknown(why) => Reading::Unknown(why),
            Reading::Known(plan) => Reading::Known(plan.changes.into_iter().map(|change| change.address).collect()),
        }),
        secrets: secrets.into_iter().collect(),
        alarms,
        subscriptions: subscriptions.into_iter().collect(),
        rooms,
        ..Observed::default()
    };
    for (address, OfService { tasks, targets, migrated, images }) in services {
        observed.migrations.extend(migrated.map(|migrated| (address.clone(), migrated)));
        observed.targets.extend(targets.map(|targets| (address.clone(), targets)));
        observed.images.insert(address.clone(), images);
        observed.tasks.insert(address, tasks);
    }
    Ok(observed)
}

/// Reads the quotas that a plan needs room in.
async fn rooms(aws: &Aws, loaded: &Loaded, planned: Option<&Plan>) -> Vec<(Demand, Reading<Use>)> {
    let Some(plan) = planned else { return Vec::new() };
    let needs = of_account::needs(plan, &View::of_graph(&loaded.graph, plan.scope.clone()));
    let uses = quotas::read(aws, &needs.iter().map(|demand| demand.quota).collect()).await;
    needs.into_iter().filter_map(|demand| uses.get(&demand.quota).cloned().map(|reading| (demand, reading))).collect()
}

/// A stack with what is live of it.
struct Seen<'a> {
    aws: &'a Aws,
    graph: &'a Graph,
    snapshot: &'a Snapshot,
}

struct OfService {
    tasks: Reading<Tasks>,
    /// None where no load balancer leads to it.
    targets: Option<Reading<Option<Targets>>>,
    /// None where no command is declared.
    migrated: Option<Reading<Migrated>>,
    images: Vec<(String, Reading<Image>)>,
}

impl<'a> Seen<'a> {
    fn nodes<K: Kind>(&self) -> impl Iterator<Item = &'a Node> {
        self.graph.nodes().filter(|node| node.kind.name == K::NAME)
    }

    /// Returns the live resource of a node, or none; what could not be read is neither.
    fn live<K: Kind>(&self, address: &Address) -> Reading<Option<&'a Live>> {
        if let Some(unread) = self.snapshot.unread.iter().find(|unread| unread.kind == K::NAME) {
            return Reading::Unknown(unread.reason.clone());
        }
        let all = self.snapshot.resources.get(K::NAME).into_iter().flatten().filter(|live| live.state != State::Deleting);
        Reading::Known(all.into_iter().find(|live| live.claim.as_ref().is_some_and(|claim| claim.address == *address)))
    }

    /// Returns the value of an output of anything that is live.
    fn output(&self, reference: &Reference) -> Option<String> {
        let all = self.snapshot.resources.values().flatten().filter(|live| live.state != State::Deleting);
        let mut own = all.filter(|live| live.claim.as_ref().is_some_and(|claim| claim.address == reference.address));
        own.find_map(|live| live.outputs.get(&reference.output).cloned())
    }

    /// Plans, without which nobody can tell what would change.
    fn planned(&self) -> Reading<Plan> {
        if let Some(unread) = self.snapshot.unread.first() {
            return Reading::Unknown(format!("{} could not be read: {}", unread.kind, unread.reason));
        }
        let find = |name: &str| kinds::find(name).map(|entry| &entry.row);
        Reading::Known(plan(self.graph, self.snapshot, &Policy::default(), &find))
    }

    async fn services(&self) -> Vec<(Address, OfService)> {
        join_all(self.nodes::<Service>().map(async |node| (node.address.clone(), self.service(node).await))).await
    }

    async fn service(&self, node: &Node) -> OfService {
        let declared = node.rollout.as_ref().is_some_and(|policy| !policy.expand.is_empty());
        let spec = from_value::<Spec>(&node.spec).ok();
        let task = spec.as_ref().map(|spec| spec.task_definition_arn.clone()).unwrap_or_default();
        let images = self.images(&task);
        let balanced = spec.is_some_and(|spec| !spec.load_balancers.is_empty());
        let live = match self.live::<Service>(&node.address) {
            Reading::Known(live) => live,
            Reading::Unknown(why) => {
                let migrated = declared.then(|| Reading::Unknown(why.clone()));
                let targets = balanced.then(|| Reading::Unknown(why.clone()));
                return OfService { tasks: Reading::Unknown(why), targets, migrated, images: images.await };
            }
        };
        let Some((live, runs)) = live.and_then(|live| Some((live, from_value::<Spec>(&live.spec).ok()?))) else {
            let migrated = declared.then_some(Reading::Known(Migrated::Absent));
            let targets = balanced.then_some(Reading::Known(None));
            return OfService { tasks: Reading::Known(Tasks::Absent), targets, migrated, images: images.await };
        };
        let (cluster, service) = live.id.split_once('/').unwrap_or((runs.cluster.as_str(), live.id.as_str()));
        let groups = groups(&runs);
        let targets = async { if balanced { Some(look::targets(self.aws, &groups).await) } else { None } };
        let migrated = async { if declared { Some(look::migrated(self.aws, &runs.task_definition_arn).await) } else { None } };
        let (tasks, targets, migrated, images) = futures::join!(look::tasks(self.aws, cluster, service), targets, migrated, images);
        OfService { tasks, targets, migrated, images }
    }

    /// Looks up the images of the task definition that a service is to have.
    async fn images(&self, task_definition: &str) -> Vec<(String, Reading<Image>)> {
        let parts = pieces(task_definition);
        let [Piece::Reference(reference)] = parts.as_slice() else { return Vec::new() };
        let Some(node) = self.graph.get(&reference.address) else { return Vec::new() };
        // Where a pipeline sets the image, the one that runs is meant.
        let live = match self.live::<TaskDefinition>(&node.address) {
            Reading::Known(live) => live,
            Reading::Unknown(_) => None,
        };
        let spec = live.map_or_else(|| node.spec.clone(), |live| node.beside(&live.spec).into_owned());
        let Ok(task) = from_value::<Task>(&spec) else { return Vec::new() };
        join_all(task.containers.into_iter().map(async |container| self.image(&container.image).await)).await
    }

    async fn image(&self, text: &str) -> (String, Reading<Image>) {
        let shown = resolve(&text.into(), &|reference| self.output(reference));
        let name = shown.as_str().unwrap_or(text).to_owned();
        let parts = pieces(text);
        let own = match parts.split_first() {
            Some((Piece::Reference(repository), rest)) => image_of(rest).map(|tag| (repository.address.clone(), tag)),
            _ => None,
        };
        let found = match own {
            None => look::image(self.aws, &name).await,
            Some((repository, tag)) => match self.live::<Repository>(&repository) {
                Reading::Unknown(why) => Reading::Unknown(why),
                Reading::Known(None) => Reading::Known(Image::Absent),
                Reading::Known(Some(live)) => look::own_image(self.aws, &live.name, &tag).await,
            },
        };
        (name, found)
    }

    async fn secrets(&self) -> Vec<(Address, Reading<Content>)> {
        let each = self.nodes::<Secret>().map(async |node| {
            let content = match self.live::<Secret>(&node.address) {
                Reading::Unknown(why) => Reading::Unknown(why),
                Reading::Known(None) => Reading::Known(Content::Absent),
                Reading::Known(Some(live)) => look::secret(self.aws, &live.arn, !keys(node).is_empty()).await,
            };
            (node.address.clone(), content)
        });
        join_all(each).await
    }

    async fn alarms(&self) -> BTreeMap<Address, Reading<Alarm>> {
        let found = self.nodes::<alarm::Alarm>().map(|node| (node.address.clone(), self.live::<alarm::Alarm>(&node.address)));
        let found = found.collect::<Vec<_>>();
        let names = found.iter().filter_map(|(_, live)| match live {
            Reading::Known(Some(live)) => Some(live.name.clone()),
            Reading::Known(None) | Reading::Unknown(_) => None,
        });
        let states = look::alarms(self.aws, &names.collect::<Vec<_>>()).await;
        let state = |live: Reading<Option<&Live>>| match live {
            Reading::Unknown(why) => Reading::Unknown(why),
            Reading::Known(live) => live.and_then(|live| states.get(&live.name).cloned()).unwrap_or(Reading::Known(Alarm::Absent)),
        };
        found.into_iter().map(|(address, live)| (address, state(live))).collect()
    }

    async fn topics(&self) -> Vec<(Address, Reading<Option<Vec<Subscription>>>)> {
        let each = self.nodes::<Topic>().map(async |node| {
            let found = match self.live::<Topic>(&node.address) {
                Reading::Unknown(why) => Reading::Unknown(why),
                Reading::Known(None) => Reading::Known(None),
                Reading::Known(Some(live)) => look::subscriptions(self.aws, &live.arn).await,
            };
            (node.address.clone(), found)
        });
        join_all(each).await
    }
}

/// Returns the target groups of a service, both where its versions stand in two.
fn groups(spec: &Spec) -> Vec<String> {
    let both = spec.load_balancers.iter().flat_map(|one| {
        let second = one.advanced_configuration.as_ref().map(|two| &two.alternate_target_group_arn);
        [Some(&one.target_group_arn), second].into_iter().flatten()
    });
    both.cloned().collect()
}
