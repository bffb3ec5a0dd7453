//! Scheduled actions.

use super::target::{RESOURCE, asked, invalid, key, wanted};
use crate::services::members::{joined, number, pick, text, texts, uuid};
use crate::services::schedule;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

const TABLE: &str = "autoscaling.action";

fn id(call: &Call<'_>) -> String {
    format!("{} {}", key(call), call.text("ScheduledActionName"))
}

pub fn put(call: &mut Call<'_>) -> Answer {
    wanted(call)?;
    let id = id(call);
    let old = call.get(TABLE, &id).cloned();
    let expression = call.text("Schedule");
    if (old.is_none() || !expression.is_empty()) && !schedule::valid(expression) {
        return Err(invalid(format!("The schedule expression {expression} is not valid.")));
    }
    let bound = |member: &str| call.input.get("ScalableTargetAction").and_then(|action| number(action, member));
    if old.is_none() && bound("MinCapacity").is_none() && bound("MaxCapacity").is_none() {
        return Err(invalid("ScalableTargetAction must specify MinCapacity, MaxCapacity, or both."));
    }
    if bound("MinCapacity").zip(bound("MaxCapacity")).is_some_and(|(least, most)| least > most) {
        return Err(invalid("Maximum capacity cannot be less than minimum capacity"));
    }
    let base = match old {
        Some(old) => old,
        None => {
            let resource = format!("{}/{}", call.text("ServiceNamespace"), call.text("ResourceId"));
            let name = call.text("ScheduledActionName").to_owned();
            let unique = uuid(call);
            let arn = call.arn("autoscaling", &format!("scheduledAction:{unique}:resource/{resource}:scheduledActionName/{name}"));
            json!({"ScheduledActionARN": arn, "CreationTime": call.now()})
        }
    };
    let given = pick(call.input, &["ScheduledActionName", "Schedule", "Timezone", "StartTime", "EndTime", "ScalableTargetAction"]);
    call.put(TABLE, &id, joined(joined(base, pick(call.input, &RESOURCE)), given));
    Ok(json!({}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let id = id(call);
    let message = format!("No scheduled action found for: {id}");
    call.remove(TABLE, &id).map(|_| json!({})).ok_or_else(|| Fault::new("ObjectNotFoundException", message))
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    let names = texts(call.input, "ScheduledActionNames");
    let named = |row: &Value| names.is_empty() || names.iter().any(|name| name == text(row, "ScheduledActionName"));
    let rows: Vec<Value> = call.all(TABLE).into_iter().map(|(_, row)| row).filter(|row| asked(call, row) && named(row)).cloned().collect();
    Ok(json!({"ScheduledActions": rows}))
}
