//! Rollback of a deployment that shifts traffic: weights first, then the new tasks go.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html>
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html>

use super::hook::Hooks;
use super::pair::{Kind, Pair};
use super::shifting::{self, NETWORK, Next};
use super::{DEPLOYMENT, REVISION, SERVICE, SHAPE, counts, hook, rolling};
use crate::services::members::{items, joined, number, pick, set, text};
use crate::world::{Call, Comes};
use serde_json::{Value, json};

/// Seconds for which a rollback is requested before it is in progress. Assumed.
const REQUESTED: f64 = 2.0;
/// Seconds after which a rollback that does not arrive has failed. Assumed: as long as a stage may last.
const LONGEST: f64 = 24.0 * 3600.0;

pub enum Going {
    On,
    Waits,
}

/// Asks for a rollback. Documented (deployment-failure-detection): it takes an earlier deployment that was completed; without one there is none.
pub fn request(call: &mut Call<'_>, key: &str, arn: &str, reason: &str) {
    hook::give_up(call, arn);
    let now = call.now();
    let record = call.get(DEPLOYMENT, arn).cloned().unwrap_or_default();
    if record["_source"].is_null() {
        fail_primary(call, key, reason);
        shifting::end(call, key);
        let fails = call.world.rollouts.variants.nothing_to_go_back_to_fails;
        rolling::finish(call, arn, if fails { "ROLLBACK_FAILED" } else { "STOPPED" }, reason);
        return;
    }
    if let Some(row) = call.get_mut(DEPLOYMENT, arn) {
        set(row, "status", "ROLLBACK_REQUESTED".into());
        set(row, "statusReason", reason.into());
        set(row, "updatedAt", now.into());
        set(row, "_requested_at", now.into());
    }
    let id = text(&shifting::entry(call, key, text(&record, "_target")), "id").to_owned();
    rolling::event(call, key, &format!("(deployment {id}) deployment failed: {reason}"));
}

pub(super) fn fail_primary(call: &mut Call<'_>, key: &str, reason: &str) {
    let now = call.now();
    if let Some(primary) = call.get_mut(SERVICE, key).and_then(|row| row["deployments"].get_mut(0)) {
        set(primary, "rolloutState", "FAILED".into());
        set(primary, "rolloutStateReason", reason.into());
        set(primary, "updatedAt", now.into());
    }
}

/// One turn of a rollback.
pub fn turn(call: &mut Call<'_>, key: &str, arn: &str, record: &Value, next: &mut Next) -> Going {
    let now = call.now();
    let requested = record["_requested_at"].as_f64().unwrap_or(now);
    if text(record, "status") == "ROLLBACK_REQUESTED" {
        if now < requested + REQUESTED {
            next.at(requested + REQUESTED, Comes::Settling);
            return Going::Waits;
        }
        start(call, key, arn, record);
        return Going::On;
    }
    if now >= requested + LONGEST {
        return failed(call, key, arn, "The rollback did not reach a steady state in 24 hours.");
    }
    next.at(requested + LONGEST, Comes::Settling);
    next.at(now + 60.0 - now % 60.0, Comes::Settling);
    rolling::replace_unwell(call, key);
    rolling::keep_at(call, key, text(record, "_source"));
    let desired = call.get(SERVICE, key).and_then(|row| number(row, "desiredCount")).unwrap_or(0);
    let blue = shifting::entry(call, key, text(record, "_source"));
    let tasks = counts(call, key, Some(text(&blue, "id")));
    let pairs = shifting::pairs(call, key, record);
    if record["_back_at"].is_null() {
        if let Hooks::Waiting { answers: Some(time), .. } = hook::look(call, arn) {
            next.at(time, Comes::Settling);
            return Going::Waits;
        }
        // Assumed: weights go back first, and to tasks that are well. They are, but where cleaning up had begun.
        if tasks.healthy < desired {
            return Going::Waits;
        }
        let back = [Kind::Production, Kind::Test].into_iter().try_for_each(|kind| shifting::split(call, arn, record, &pairs, kind, 0.0));
        if let Err(reason) = back {
            return failed(call, key, arn, &reason);
        }
        if let Some(row) = call.get_mut(DEPLOYMENT, arn) {
            set(row, "_back_at", now.into());
        }
        return Going::On;
    }
    let moved = record["_back_at"].as_f64().unwrap_or(now) + if pairs.iter().any(Pair::is_network) { NETWORK } else { 0.0 };
    if now < moved {
        next.at(moved, Comes::Settling);
        return Going::Waits;
    }
    if !rolling::stop_others(call, key, &[text(&blue, "id")]) || tasks.healthy < desired || tasks.live != desired {
        return Going::Waits;
    }
    shifting::end(call, key);
    rolling::close(call, key, text(&blue, "id"));
    Going::On
}

/// Begins it: the service is again what the source revision says. ECS makes no new revision for a rollback (service-revision).
/// The old deployment becomes PRIMARY again, as is reported: <https://github.com/aws/copilot-cli/issues/4838>.
fn start(call: &mut Call<'_>, key: &str, arn: &str, record: &Value) {
    let now = call.now();
    let (source, reason) = (text(record, "_source").to_owned(), text(record, "statusReason").to_owned());
    if let Some(row) = call.get_mut(DEPLOYMENT, arn) {
        set(row, "status", "ROLLBACK_IN_PROGRESS".into());
        set(row, "updatedAt", now.into());
        set(row, "rollback", json!({"reason": reason, "startedAt": now, "serviceRevisionArn": source}));
    }
    hook::enter_back(call, arn);
    fail_primary(call, key, &reason);
    let shape = call.get(REVISION, &source).map(|row| pick(row, &SHAPE)).unwrap_or_default();
    let Some(row) = call.get_mut(SERVICE, key) else { return };
    *row = joined(row.take(), shape);
    let (blue, mut rest): (Vec<Value>, Vec<Value>) =
        items(row, "deployments").iter().cloned().partition(|one| text(one, "_revision") == source);
    let mut deployments = blue;
    for blue in &mut deployments {
        let id = text(blue, "id").to_owned();
        set(blue, "status", "PRIMARY".into());
        set(blue, "rolloutState", "IN_PROGRESS".into());
        set(blue, "rolloutStateReason", format!("ECS deployment {id} in progress.").into());
        set(blue, "updatedAt", now.into());
        set(blue, "_record", arn.into());
    }
    for one in &mut rest {
        set(one, "status", "ACTIVE".into());
    }
    deployments.extend(rest);
    let id = deployments.first().map(|one| text(one, "id").to_owned()).unwrap_or_default();
    set(row, "deployments", deployments.into());
    set(row, "_steady", false.into());
    rolling::event(call, key, &format!("rolling back to (deployment {id})."));
}

/// A rollback that cannot be done leaves things as they are, until the next deployment. Assumed.
fn failed(call: &mut Call<'_>, key: &str, arn: &str, reason: &str) -> Going {
    fail_primary(call, key, reason);
    shifting::end(call, key);
    if let Some(row) = call.get_mut(SERVICE, key) {
        set(row, "_stuck", true.into());
    }
    rolling::finish(call, arn, "ROLLBACK_FAILED", reason);
    Going::On
}
