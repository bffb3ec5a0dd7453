//! Service deployments and revisions as they are listed, described and given up.

use super::super::{invalid, service};
use super::rolling::{finish, open, settle, settle_all};
use super::{DEPLOYMENT, REVISION, SERVICE, SHAPE, failure, going_back, hook, shifting, summary};
use crate::services::members::{flag, items, joined, number, pick, set, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

pub fn list(call: &mut Call<'_>) -> Answer {
    let key = service::wanted(call)?;
    settle(call, &key);
    let (states, range) = (call.texts("status"), call.input.get("createdAt").cloned().unwrap_or_default());
    let bound = |name: &str, default: f64| range.get(name).and_then(Value::as_f64).unwrap_or(default);
    let (after, before) = (bound("after", f64::MIN), bound("before", f64::MAX));
    let created = |row: &Value| row["createdAt"].as_f64().unwrap_or(0.0);
    let mut rows: Vec<&Value> = call.all(DEPLOYMENT).into_iter().map(|(_, row)| row).filter(|row| text(row, "_service") == key).collect();
    rows.retain(|row| {
        (states.is_empty() || states.iter().any(|state| state == text(row, "status"))) && created(row) >= after && created(row) <= before
    });
    rows.sort_by(|a, b| created(b).total_cmp(&created(a)));
    let brief = |row: &&Value| {
        let brief = pick(
            row,
            &["serviceDeploymentArn", "serviceArn", "clusterArn", "createdAt", "startedAt", "finishedAt", "status", "statusReason"],
        );
        joined(brief, json!({"targetServiceRevisionArn": row["_target"]}))
    };
    Ok(json!({"serviceDeployments": rows.iter().map(brief).collect::<Vec<_>>()}))
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    settle_all(call);
    let given = call.texts("serviceDeploymentArns");
    if given.is_empty() || given.len() > 20 {
        return Err(invalid("Between 1 and 20 service deployment ARNs must be given."));
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in given {
        match call.get(DEPLOYMENT, &arn) {
            Some(record) => found.push(whole(call, record)),
            None => failures.push(json!({"arn": arn, "reason": "MISSING"})),
        }
    }
    Ok(json!({"serviceDeployments": found, "failures": failures}))
}

fn whole(call: &Call<'_>, record: &Value) -> Value {
    let key = text(record, "_service");
    let service = call.get(SERVICE, key).cloned().unwrap_or_default();
    let open = record.get("finishedAt").is_none();
    let configuration = &record["deploymentConfiguration"];
    let status = |on: bool, trips: &str| match (on, open) {
        (false, _) => "DISABLED",
        (true, _) if text(record, "statusReason").contains(trips) => "TRIGGERED",
        (true, true) => "MONITORING",
        (true, false) => "MONITORING_COMPLETE",
    };
    let breaker = flag(&configuration["deploymentCircuitBreaker"], "enable");
    let own = items(&service, "deployments").iter().find(|one| text(one, "_record") == text(record, "serviceDeploymentArn"));
    let failed = own.and_then(|one| number(one, "failedTasks")).unwrap_or(0);
    let mut shown = record.clone();
    let shifted = record.get("_production").is_some();
    let summary = |revision: &str| {
        let summary = summary(call, key, &service, revision);
        if shifted { joined(summary, shifting::weights(record, revision)) } else { summary }
    };
    let sources: Vec<Value> = items(record, "_sources").iter().filter_map(Value::as_str).map(summary).collect();
    set(&mut shown, "sourceServiceRevisions", sources.into());
    set(&mut shown, "targetServiceRevision", summary(text(record, "_target")));
    set(
        &mut shown,
        "deploymentCircuitBreaker",
        json!({"status": status(breaker, failure::BREAKER), "failureCount": failed, "threshold": failure::threshold(&service)}),
    );
    if let Some(alarms) = configuration.get("alarms") {
        let rings =
            |name: &&Value| call.get("cloudwatch.alarm", name.as_str().unwrap_or("")).is_some_and(|row| text(row, "StateValue") == "ALARM");
        let ringing: Vec<&Value> = items(alarms, "alarmNames").iter().filter(rings).collect();
        set(
            &mut shown,
            "alarms",
            json!({"status": status(flag(alarms, "enable"), failure::ALARMS), "alarmNames": alarms["alarmNames"], "triggeredAlarmNames": record.get("_triggered").cloned().unwrap_or(json!(ringing))}),
        );
    }
    shown
}

pub fn describe_revisions(call: &mut Call<'_>) -> Answer {
    let given = call.texts("serviceRevisionArns");
    if given.is_empty() || given.len() > 20 {
        return Err(invalid("Between 1 and 20 service revision ARNs must be given."));
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in given {
        match call.get(REVISION, &arn) {
            Some(revision) => found.push(revision.clone()),
            None => failures.push(json!({"arn": arn, "reason": "MISSING"})),
        }
    }
    Ok(json!({"serviceRevisions": found, "failures": failures}))
}

fn record(call: &Call<'_>) -> Result<Value, Fault> {
    let missing = || Fault::new("ServiceDeploymentNotFoundException", "The service deployment was not found.");
    call.get(DEPLOYMENT, call.text("serviceDeploymentArn")).cloned().ok_or_else(missing)
}

/// Gives a deployment up and goes back to what ran before, if anything did.
pub fn stop(call: &mut Call<'_>) -> Answer {
    settle_all(call);
    let record = record(call)?;
    let arn = text(&record, "serviceDeploymentArn").to_owned();
    let answer = json!({"serviceDeploymentArn": arn});
    match text(&record, "status") {
        "STOP_REQUESTED" | "ROLLBACK_REQUESTED" | "ROLLBACK_IN_PROGRESS" => return Ok(answer),
        "IN_PROGRESS" | "PENDING" => {}
        status => return Err(Fault::new("ConflictException", format!("The service deployment cannot be stopped because it is {status}."))),
    }
    if call.text("stopType") == "ABORT" {
        return Err(invalid("The stop type ABORT is not supported; use ROLLBACK."));
    }
    let key = text(&record, "_service").to_owned();
    if record.get("_production").is_some() {
        going_back::request(call, &key, &arn, "Service deployment rolled back because of a request to stop it.");
        settle(call, &key);
        return Ok(answer);
    }
    let good = last_good(call, &key);
    let Some(revision) = good else {
        // Documented of the circuit breaker, and assumed here: the deployment has failed, and starts no new tasks.
        // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
        let reason = "The deployment was stopped; there is no earlier completed deployment to go back to.";
        going_back::fail_primary(call, &key, reason);
        finish(call, &arn, "STOPPED", reason);
        return Ok(answer);
    };
    roll_back(call, &key, &arn, &revision, "Service deployment rolled back because of a request to stop it.");
    settle(call, &key);
    Ok(answer)
}

/// Brings a service back to an earlier revision, within the same deployment.
pub fn roll_back(call: &mut Call<'_>, key: &str, deployment: &str, revision: &str, reason: &str) {
    let now = call.now();
    if let Some(row) = call.get_mut(DEPLOYMENT, deployment) {
        set(row, "status", "ROLLBACK_IN_PROGRESS".into());
        set(row, "updatedAt", now.into());
        set(row, "statusReason", reason.into());
        set(row, "rollback", json!({"reason": reason, "startedAt": now, "serviceRevisionArn": revision}));
    }
    let shape = call.get(REVISION, revision).map(|row| pick(row, &SHAPE)).unwrap_or_default();
    if let Some(row) = call.get_mut(SERVICE, key) {
        *row = joined(row.take(), shape);
    }
    open(call, key, revision, deployment);
}

/// The revision of the last deployment that succeeded.
pub fn last_good(call: &Call<'_>, key: &str) -> Option<String> {
    let done = call
        .all(DEPLOYMENT)
        .into_iter()
        .map(|(_, row)| row)
        .filter(|row| text(row, "_service") == key && text(row, "status") == "SUCCESSFUL");
    let newest = done.max_by(|a, b| a["finishedAt"].as_f64().unwrap_or(0.0).total_cmp(&b["finishedAt"].as_f64().unwrap_or(0.0)))?;
    Some(text(newest, "_target").to_owned())
}

/// Answers a lifecycle hook that waits. Assumed: the class and the words of its refusals.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/continue-service-deployment.html>
pub fn go_on(call: &mut Call<'_>) -> Answer {
    settle_all(call);
    let record = record(call)?;
    let (arn, key) = (text(&record, "serviceDeploymentArn").to_owned(), text(&record, "_service").to_owned());
    if text(&record, "status") != "IN_PROGRESS" {
        return Err(invalid(format!("The service deployment cannot be continued because it is {}.", text(&record, "status"))));
    }
    let waits = |hook: &Value| text(hook, "hookId") == call.text("hookId") && text(hook, "status") == "AWAITING_ACTION";
    let Some(at) = items(&record, "lifecycleHookDetails").iter().position(waits) else {
        return Err(invalid(format!("The lifecycle hook {} is not awaiting an action.", call.text("hookId"))));
    };
    if call.text("action") == "ROLLBACK" {
        hook::set_status(call, &arn, at, "FAILED");
        going_back::request(call, &key, &arn, "Service deployment rolled back because of the action ROLLBACK of a lifecycle hook.");
    } else {
        hook::set_status(call, &arn, at, "SUCCEEDED");
    }
    settle(call, &key);
    Ok(json!({"serviceDeploymentArn": arn}))
}
