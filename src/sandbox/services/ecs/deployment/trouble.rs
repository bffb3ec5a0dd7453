//! The faults of a revision: those that were set for its service when it was made are kept with it.

use super::super::traffic;
use super::{DEPLOYMENT, REVISION, SERVICE};
use crate::rollouts::{RolloutFault, Rollouts, Trouble};
use crate::services::members::{items, set, text, texts};
use crate::world::{Call, World};
use serde_json::Value;

/// The member of a revision that they are kept in, as somebody would write them.
const KEPT: &str = "_faults";

/// The faults that strike the next revision of a service.
pub fn for_next(call: &Call<'_>, key: &str) -> Vec<String> {
    let name = key.rsplit('/').next().unwrap_or(key);
    let arn = call.get(SERVICE, key).map(|row| text(row, "serviceArn").to_owned()).unwrap_or_default();
    let tags = call.tags(&arn);
    // Whoever made it may know it by another name, which stands in one of its tags.
    let is_it = |service: &str| service == name || tags.values().any(|value| value.as_str() == service);
    let mine = |fault: &&RolloutFault| fault.service.as_deref().is_none_or(is_it);
    call.world.rollouts.faults.iter().filter(mine).map(RolloutFault::to_string).collect()
}

/// The faults of a revision.
pub fn of(call: &Call<'_>, revision: &str) -> Vec<Trouble> {
    let texts = call.get(REVISION, revision).map(|row| texts(row, KEPT)).unwrap_or_default();
    texts.iter().filter_map(|text| text.parse::<RolloutFault>().ok()).map(|fault| fault.trouble).collect()
}

/// True when AWS has no capacity for the tasks of any service, and so for none that somebody runs.
pub fn no_capacity(call: &Call<'_>) -> bool {
    call.world.rollouts.faults.iter().any(|fault| fault.service.is_none() && fault.trouble == Trouble::Capacity)
}

/// Keeps only those faults of a revision that `keep` says.
pub fn retain(call: &mut Call<'_>, revision: &str, keep: impl Fn(&Trouble) -> bool) {
    let kept = |text: &Value| text.as_str().and_then(|text| text.parse::<RolloutFault>().ok()).is_some_and(|fault| keep(&fault.trouble));
    if let Some(row) = call.get_mut(REVISION, revision) {
        let left: Vec<Value> = items(row, KEPT).iter().filter(|text| kept(text)).cloned().collect();
        set(row, KEPT, left.into());
    }
}

/// Sets what deployments meet from now on; faults strike the revisions of deployments that are open, too, and the answers of those that
/// run if that is asked for.
pub fn set_rollouts(world: &mut World, rollouts: Rollouts) {
    world.rollouts = rollouts;
    let tables: Vec<String> = world.tables.keys().filter(|table| table.ends_with(&format!("/{SERVICE}"))).cloned().collect();
    for table in tables {
        let region = table.split('/').next().unwrap_or_default().to_owned();
        let input = Value::Null;
        let mut call = Call::new(world, &input, "ecs", "UpdateService", &region);
        traffic::note_all(&mut call);
        let running = call.world.rollouts.running;
        let struck = call.all(SERVICE).into_iter().map(|(key, row)| (key.clone(), super::is_open(row)));
        let struck: Vec<(String, bool)> = struck.filter(|(_, open)| *open || running).collect();
        for (key, open) in struck {
            let newest = |member: &str| call.get(SERVICE, &key).map(|row| text(&row["deployments"][0], member).to_owned());
            let (record, runs) = (newest("_record").unwrap_or_default(), newest("_revision").unwrap_or_default());
            let target = call.get(DEPLOYMENT, &record).map(|row| text(row, "_target").to_owned()).filter(|_| open);
            let target = target.unwrap_or(if open { String::new() } else { runs });
            let mut fresh = for_next(&call, &key);
            let answers = |fault: &String| fault.parse().is_ok_and(|fault: RolloutFault| fault.trouble.is_of_answers());
            fresh.retain(|fault| open || answers(fault));
            let known = call.get(REVISION, &target).map(|row| texts(row, KEPT)).unwrap_or_default();
            let more: Vec<&String> = fresh.iter().filter(|fault| !known.contains(fault)).collect();
            if more.is_empty() {
                continue;
            }
            let all: Vec<Value> = known.iter().chain(more).map(|fault| fault.as_str().into()).collect();
            if let Some(row) = call.get_mut(REVISION, &target) {
                set(row, KEPT, all.into());
            }
            traffic::note(&mut call, &key);
        }
    }
}
