//! Lifecycle hooks: a PAUSE waits until somebody decides, or its time is over; a Lambda function answers after a moment.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html>
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html>

use super::DEPLOYMENT;
use crate::rollouts::Stage;
use crate::services::members::{items, number, set, text, texts};
use crate::world::Call;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Seconds until a Lambda function has answered SUCCEEDED. Assumed: nothing runs here, and AWS says no more than that it has 15 minutes.
const ANSWERS: f64 = 5.0;

/// The state of a stage's hooks.
#[derive(Debug, PartialEq)]
pub enum Hooks {
    Done,
    /// They go on at these times: when functions answer, and when gates expire.
    Waiting {
        answers: Option<f64>,
        expires: Option<f64>,
    },
    /// One of them says to roll back.
    Failed(String),
}

/// True when somebody decides at some stage of the deployment.
pub fn pauses(record: &Value) -> bool {
    items(&record["deploymentConfiguration"], "lifecycleHooks").iter().any(|hook| text(hook, "targetType") == "PAUSE")
}

/// Calls the hooks of a stage.
pub fn enter(call: &mut Call<'_>, arn: &str, stage: Stage, step: i64) {
    let details = details(call, arn, &[stage], &format!("{} {step}", stage.name()));
    if let Some(row) = call.get_mut(DEPLOYMENT, arn)
        && !(details.is_empty() && items(row, "lifecycleHookDetails").is_empty())
    {
        set(row, "lifecycleHookDetails", details.into());
    }
}

/// Calls the hooks that a rollback calls again; no PAUSE stands at these stages. Documented: deployment-lifecycle-hooks.
pub fn enter_back(call: &mut Call<'_>, arn: &str) {
    let details = details(call, arn, &[Stage::ProductionTrafficShift, Stage::TestTrafficShift], "back");
    if let Some(row) = call.get_mut(DEPLOYMENT, arn).filter(|_| !details.is_empty()) {
        set(row, "lifecycleHookDetails", details.into());
    }
}

/// The hooks of stages as they begin, each under an id that is new whenever a stage is entered.
fn details(call: &Call<'_>, arn: &str, stages: &[Stage], entry: &str) -> Vec<Value> {
    let now = call.now();
    let record = call.get(DEPLOYMENT, arn).cloned().unwrap_or_default();
    let own = |hook: &&Value| texts(hook, "lifecycleStages").iter().any(|name| stages.iter().any(|stage| stage.name() == name));
    let hooks = items(&record["deploymentConfiguration"], "lifecycleHooks").iter().filter(own).enumerate();
    hooks
        .map(|(at, hook)| {
            let pauses = text(hook, "targetType") == "PAUSE";
            let limit = &hook["timeoutConfiguration"];
            let minutes = number(limit, "timeoutInMinutes").unwrap_or(1440);
            let action = if text(limit, "action").is_empty() { "ROLLBACK" } else { text(limit, "action") };
            let digest = Sha256::digest(format!("{} {arn} {entry} {at}", call.world.seed));
            let mut detail = json!({
                "hookId": format!("ecs-{}-{}", if pauses { "pause" } else { "lambda" }, URL_SAFE_NO_PAD.encode(digest)),
                "targetType": hook["targetType"], "status": if pauses { "AWAITING_ACTION" } else { "IN_PROGRESS" },
                "expiresAt": now + minutes as f64 * 60.0, "timeoutAction": action,
            });
            if !pauses {
                set(&mut detail, "targetArn", hook["hookTargetArn"].clone());
                set(&mut detail, "_answers", (now + ANSWERS).into());
            }
            detail
        })
        .collect()
}

/// Brings the hooks of the present stage up to date.
pub fn look(call: &mut Call<'_>, arn: &str) -> Hooks {
    let now = call.now();
    let record = call.get(DEPLOYMENT, arn).cloned().unwrap_or_default();
    let (mut answers, mut expires, mut failed) = (Vec::new(), Vec::new(), None);
    for (at, detail) in items(&record, "lifecycleHookDetails").iter().enumerate() {
        let until = |name: &str| detail[name].as_f64().unwrap_or(f64::MAX);
        let status = match text(detail, "status") {
            "IN_PROGRESS" if until("_answers") <= now => "SUCCEEDED",
            "IN_PROGRESS" => {
                answers.push(until("_answers"));
                continue;
            }
            "AWAITING_ACTION" if until("expiresAt") > now => {
                expires.push(until("expiresAt"));
                continue;
            }
            "AWAITING_ACTION" => "TIMED_OUT",
            _ => continue,
        };
        set_status(call, arn, at, status);
        if status == "TIMED_OUT" && text(detail, "timeoutAction") == "ROLLBACK" {
            failed = Some(format!("The lifecycle hook {} timed out.", text(detail, "hookId")));
        }
    }
    let first = |times: Vec<f64>| times.into_iter().reduce(f64::min);
    match (failed, first(answers), first(expires)) {
        (Some(reason), ..) => Hooks::Failed(reason),
        (None, None, None) => Hooks::Done,
        (None, answers, expires) => Hooks::Waiting { answers, expires },
    }
}

pub fn set_status(call: &mut Call<'_>, arn: &str, at: usize, status: &str) {
    if let Some(detail) = call.get_mut(DEPLOYMENT, arn).and_then(|row| row["lifecycleHookDetails"].get_mut(at)) {
        set(detail, "status", status.into());
    }
}

/// Ends what still waits, since the deployment goes back.
pub fn give_up(call: &mut Call<'_>, arn: &str) {
    let record = call.get(DEPLOYMENT, arn).cloned().unwrap_or_default();
    for (at, detail) in items(&record, "lifecycleHookDetails").iter().enumerate() {
        if ["AWAITING_ACTION", "IN_PROGRESS"].contains(&text(detail, "status")) {
            set_status(call, arn, at, "FAILED");
        }
    }
}
