//! Another version beside the one that runs. After a rollback that is not the newest revision of its task definition, with which a plan
//! compares what is wanted; people are shown the difference that users will notice.

use crate::aws::Aws;
use crate::core::arn::family;
use crate::core::diff::diff;
use crate::core::kind::{Kind, to_value};
use crate::core::plan::{Action, Plan};
use crate::core::reference::{Reference, resolve};
use crate::core::snapshot::Snapshot;
use crate::kinds;
use crate::kinds::ecs::driver::task_definition::revision;
use crate::kinds::ecs::service::Service;
use crate::kinds::ecs::task_definition::TaskDefinition;
use serde_json::Value;

const REVISION: &str = "task_definition_arn";

/// Puts into a plan what differs from the version that runs. Where AWS does not say what runs, the plan stays as it is.
pub async fn show(aws: &Aws, plan: &mut Plan, snapshot: &Snapshot) {
    let Some(kind) = kinds::find(TaskDefinition::NAME).map(|entry| &entry.row) else { return };
    let services = 0..plan.changes.len();
    for at in services {
        let change = &plan.changes[at];
        let another =
            change.kind == Service::NAME && change.action == Action::Update && change.fields.iter().any(|one| one.field == REVISION);
        let runs = change.live.as_ref().filter(|_| another).and_then(|live| live.spec[REVISION].as_str());
        let newest = runs.and_then(|runs| newest(snapshot, runs));
        let (Some(runs), Some((newest, registered))) = (runs, newest) else { continue };
        let Ok(Some(running)) = revision(aws, runs).await else { continue };
        let Ok(running) = (kind.normalise)(&to_value(&running.spec)) else { continue };
        let registers = plan.changes.iter().position(|one| {
            one.kind == TaskDefinition::NAME && one.action == Action::Update && one.live.as_ref().is_some_and(|live| live.arn == newest)
        });
        match registers {
            Some(new) => {
                let known = |reference: &Reference| plan.known.get(&reference.address)?.get(&reference.output).cloned();
                let wanted = resolve(&plan.changes[new].wanted, &known);
                plan.changes[new].fields = diff(kind, &(kind.normalise)(&wanted).unwrap_or(wanted), &running);
            }
            None => plan.changes[at].fields.extend(diff(kind, &registered, &running)),
        }
    }
}

/// Returns the newest revision of the family that one is of, unless that is the one.
fn newest(snapshot: &Snapshot, runs: &str) -> Option<(String, Value)> {
    let family = family(runs);
    let live = snapshot.resources.get(TaskDefinition::NAME)?.iter().find(|live| live.id == family)?;
    (live.arn != runs).then(|| (live.arn.clone(), live.spec.clone()))
}
