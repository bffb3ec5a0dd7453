//! Deployments that fail: tasks that come to nothing, the circuit breaker, alarms.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html>

use super::rolling::{event, finish};
use super::{SERVICE, record};
use crate::services::members::{flag, items, number, set, text};
use crate::world::Call;
use serde_json::Value;

/// The tasks that fail before the scheduler begins to wait between two, and the seconds that it waits at first and at last.
const AT_ONCE: i64 = 10;
const FIRST_WAIT: f64 = 30.0;
const LONGEST_WAIT: f64 = 900.0;

/// The reasons for which a deployment is given up by itself.
pub const BREAKER: &str = "ECS deployment circuit breaker: tasks failed to start.";
pub const ALARMS: &str = "ECS deployment failed: alarms detected.";

/// The number of failed tasks at which a circuit breaker opens.
pub fn threshold(service: &Value) -> i64 {
    ((number(service, "desiredCount").unwrap_or(0) + 1) / 2).clamp(3, 200)
}

/// Counts the tasks of the deployment under way that failed since the last look, and gives it up where its configuration says so.
pub fn judge(call: &mut Call<'_>, key: &str) {
    let row = call.get(SERVICE, key).cloned().unwrap_or_default();
    let Some(primary) = items(&row, "deployments").first().filter(|one| text(one, "rolloutState") == "IN_PROGRESS") else { return };
    let failed = count(call, key, primary);
    let configuration = &row["deploymentConfiguration"];
    let breaker = &configuration["deploymentCircuitBreaker"];
    if flag(breaker, "enable") && failed >= threshold(&row) {
        give_up(call, key, BREAKER, flag(breaker, "rollback"));
        return;
    }
    let alarms = &configuration["alarms"];
    let rings = |name: &&Value| {
        name.as_str().and_then(|name| call.get("cloudwatch.alarm", name)).is_some_and(|alarm| text(alarm, "StateValue") == "ALARM")
    };
    if flag(alarms, "enable") && items(alarms, "alarmNames").iter().any(|name| rings(&name)) {
        give_up(call, key, ALARMS, flag(alarms, "rollback"));
    }
}

/// Counts the tasks of the newest deployment that failed.
pub fn tally(call: &mut Call<'_>, key: &str) -> i64 {
    let primary = call.get(SERVICE, key).and_then(|row| items(row, "deployments").first()).cloned();
    primary.map_or(0, |primary| count(call, key, &primary))
}

/// The failed tasks of a deployment; each is counted once. A first task that runs sets the count back: from then on, only health counts.
fn count(call: &mut Call<'_>, key: &str, deployment: &Value) -> i64 {
    let id = text(deployment, "id");
    let own: Vec<(String, bool, bool)> = call
        .all("ecs.task")
        .into_iter()
        .filter(|(_, task)| text(task, "_service") == key && text(task, "startedBy") == id)
        .map(|(task, row)| (task.clone(), flag(row, "_failed") && !flag(row, "_counted"), row.get("startedAt").is_some()))
        .collect();
    let before = number(deployment, "failedTasks").unwrap_or(0);
    let ran = own.iter().any(|(_, _, ran)| *ran);
    let first_ran = ran && !flag(deployment, "_ran");
    let fresh: Vec<&String> = own.iter().filter(|(_, failed, _)| *failed).map(|(task, ..)| task).collect();
    let failed = if first_ran { 0 } else { before } + i64::try_from(fresh.len()).unwrap_or(0);
    if fresh.is_empty() && !first_ran {
        return failed;
    }
    let now = call.now();
    for task in &fresh {
        if let Some(row) = call.get_mut("ecs.task", task) {
            set(row, "_counted", true.into());
        }
    }
    let wait = if failed < AT_ONCE { 0.0 } else { (FIRST_WAIT * 2_f64.powi((failed - AT_ONCE).min(10) as i32)).min(LONGEST_WAIT) };
    if let Some(primary) = call.get_mut(SERVICE, key).and_then(|row| row["deployments"].get_mut(0)) {
        set(primary, "failedTasks", failed.into());
        set(primary, "_ran", ran.into());
        set(primary, "_waits_until", (now + wait).into());
    }
    if wait > 0.0 {
        event(call, key, "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section.");
    }
    failed
}

/// True while the scheduler waits before it starts another task, or has stopped to try.
pub fn holds_back(call: &Call<'_>, deployment: &Value) -> bool {
    text(deployment, "rolloutState") == "FAILED" || deployment["_waits_until"].as_f64().is_some_and(|until| until > call.now())
}

/// True while the scheduler waits before it starts another task of the newest deployment.
pub fn waits(call: &Call<'_>, key: &str) -> bool {
    let primary = call.get(SERVICE, key).and_then(|row| items(row, "deployments").first());
    primary.is_some_and(|primary| primary["_waits_until"].as_f64().is_some_and(|until| until > call.now()))
}

/// Ends the deployment under way, and goes back to the last one that succeeded if asked to.
fn give_up(call: &mut Call<'_>, key: &str, reason: &str, rolls_back: bool) {
    let now = call.now();
    let Some(primary) = call.get_mut(SERVICE, key).and_then(|row| row["deployments"].get_mut(0)) else { return };
    set(primary, "rolloutState", "FAILED".into());
    set(primary, "rolloutStateReason", reason.into());
    set(primary, "updatedAt", now.into());
    let (id, record) = (text(primary, "id").to_owned(), text(primary, "_record").to_owned());
    event(
        call,
        key,
        &format!("(deployment {id}) deployment failed: {}", reason.trim_start_matches("ECS deployment ").trim_start_matches("failed: ")),
    );
    let before = if rolls_back { record::last_good(call, key) } else { None };
    match before {
        Some(revision) => {
            record::roll_back(call, key, &record, &revision, reason);
            let new = call.get(SERVICE, key).map(|row| text(&row["deployments"][0], "id").to_owned()).unwrap_or_default();
            event(call, key, &format!("rolling back to (deployment {new})."));
        }
        None => finish(call, &record, "STOPPED", reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_breaker_opens_between_three_and_two_hundred() {
        for (desired, want) in [(1, 3), (6, 3), (20, 10), (1000, 200)] {
            assert_eq!(threshold(&json!({"desiredCount": desired})), want);
        }
    }
}
