//! Task sets: what an external deployment controller moves by itself.

use super::{invalid, service, service_checks, task_definition};
use crate::services::members::{items, joined, last_part, lower_tags, number, pick, set, text};
use crate::world::{Call, Fault, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

const TABLE: &str = "ecs.task_set";

/// The service of the call, which must be one with task sets.
fn external(call: &Call<'_>) -> Result<String, Fault> {
    let key = service::wanted(call)?;
    let row = call.get("ecs.service", &key).cloned().unwrap_or_default();
    if text(&row, "status") != "ACTIVE" {
        return Err(Fault::new("ServiceNotActiveException", "Service was not ACTIVE."));
    }
    if text(&row["deploymentController"], "type") != "EXTERNAL" {
        return Err(invalid("Task sets can only be managed in a service with the EXTERNAL deployment controller."));
    }
    Ok(key)
}

fn wanted(call: &Call<'_>, key: &str, given: &str) -> Result<String, Fault> {
    let id = last_part(given);
    call.get(TABLE, id).filter(|row| text(row, "_service") == key).map(|_| id.to_owned()).ok_or_else(|| {
        Fault::new("TaskSetNotFoundException", "The specified task set was not found. Specify a valid task set and try again.")
    })
}

/// The task sets of a service.
pub fn of(call: &Call<'_>, key: &str) -> Vec<Value> {
    call.all(TABLE).into_iter().filter(|(_, row)| text(row, "_service") == key).map(|(id, _)| shown(call, id, false)).collect()
}

fn shown(call: &Call<'_>, id: &str, tagged: bool) -> Value {
    let mut row = call.get(TABLE, id).cloned().unwrap_or_default();
    let desired = call.get("ecs.service", text(&row, "_service")).and_then(|service| number(service, "desiredCount")).unwrap_or(0);
    let share = row.pointer("/scale/value").and_then(Value::as_f64).unwrap_or(0.0);
    let computed = (desired as f64 * share / 100.0).ceil() as i64;
    let steady = text(&row, "stabilityStatus") == "STEADY_STATE";
    set(&mut row, "computedDesiredCount", computed.into());
    set(&mut row, "runningCount", if steady { computed } else { 0 }.into());
    set(&mut row, "pendingCount", if steady { 0 } else { computed }.into());
    let tags = if tagged { lower_tags(&call.tags(text(&row, "taskSetArn"))) } else { json!([]) };
    set(&mut row, "tags", tags);
    row
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let key = external(call)?;
    let (cluster, _) = key.split_once('/').unwrap_or(("", ""));
    let cluster = cluster.to_owned();
    let definition = task_definition::runnable(call, call.text("taskDefinition"))?.clone();
    let choice = service_checks::launch(call, &cluster, &definition, call.input)?;
    service_checks::network(call, &definition, call.input.get("networkConfiguration"))?;
    service_checks::load_balancers(call, &definition, items(call.input, "loadBalancers"))?;
    let service = call.get("ecs.service", &key).cloned().unwrap_or_default();
    if of(call, &key).len() >= 5 {
        return Err(Fault::new("LimitExceededException", "A service can have at most 5 task sets."));
    }
    let id = format!("ecs-svc/{:019}", u64::from_str_radix(&call.hex(15), 16).unwrap_or_default());
    let short = last_part(&id).to_owned();
    let arn = call.arn("ecs", &format!("task-set/{key}/{id}"));
    let first = of(call, &key).is_empty();
    let given = pick(call.input, &["externalId", "networkConfiguration", "loadBalancers", "serviceRegistries", "platformVersion"]);
    let now = call.now();
    let own = json!({
        "id": id, "taskSetArn": arn, "_arn": arn, "_service": key, "serviceArn": service["serviceArn"], "clusterArn": service["clusterArn"], "status": if first { "PRIMARY" } else { "ACTIVE" },
        "taskDefinition": definition["taskDefinitionArn"], "createdAt": now, "updatedAt": now, "stabilityStatus": "STABILIZING", "stabilityStatusAt": now,
        "scale": call.input.get("scale").cloned().unwrap_or(json!({"value": 0.0, "unit": "PERCENT"})),
    });
    let lists = json!({"loadBalancers": [], "serviceRegistries": []});
    call.put(TABLE, &short, joined(joined(lists, given), joined(own, choice)));
    call.set_tags(&arn, tags_from(call.input.get("tags")));
    call.later(TABLE, &short, 45.0, json!({"stabilityStatus": "STEADY_STATE", "stabilityStatusAt": now + 45.0}));
    Ok(json!({"taskSet": shown(call, &short, true)}))
}

pub fn update(call: &mut Call<'_>) -> Answer {
    let key = external(call)?;
    let id = wanted(call, &key, call.text("taskSet"))?;
    let (scale, now) = (call.input.get("scale").cloned().unwrap_or_default(), call.now());
    if let Some(row) = call.get_mut(TABLE, &id) {
        set(row, "scale", joined(json!({"unit": "PERCENT"}), scale));
        set(row, "updatedAt", now.into());
        set(row, "stabilityStatus", "STABILIZING".into());
    }
    call.later(TABLE, &id, 45.0, json!({"stabilityStatus": "STEADY_STATE", "stabilityStatusAt": now + 45.0}));
    Ok(json!({"taskSet": shown(call, &id, false)}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let key = external(call)?;
    let id = wanted(call, &key, call.text("taskSet"))?;
    let mut gone = shown(call, &id, false);
    let force = call.input.get("force").and_then(Value::as_bool) == Some(true);
    if number(&gone, "computedDesiredCount").unwrap_or(0) > 0 && !force {
        return Err(invalid("The task set cannot be deleted while it is scaled above 0."));
    }
    call.remove(TABLE, &id);
    set(&mut gone, "status", "DRAINING".into());
    Ok(json!({"taskSet": gone}))
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    let key = service::wanted(call)?;
    let tagged = call.texts("include").iter().any(|part| part == "TAGS");
    let given = call.texts("taskSets");
    if given.is_empty() {
        let ids: Vec<String> =
            call.all(TABLE).into_iter().filter(|(_, row)| text(row, "_service") == key).map(|(id, _)| id.clone()).collect();
        return Ok(json!({"taskSets": ids.iter().map(|id| shown(call, id, tagged)).collect::<Vec<_>>(), "failures": []}));
    }
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for one in given {
        match wanted(call, &key, &one) {
            Ok(id) => found.push(shown(call, &id, tagged)),
            Err(_) => failures.push(json!({"arn": one, "reason": "MISSING"})),
        }
    }
    Ok(json!({"taskSets": found, "failures": failures}))
}

pub fn make_primary(call: &mut Call<'_>) -> Answer {
    let key = external(call)?;
    let id = wanted(call, &key, call.text("primaryTaskSet"))?;
    let ids: Vec<String> = call.all(TABLE).into_iter().filter(|(_, row)| text(row, "_service") == key).map(|(id, _)| id.clone()).collect();
    for one in ids {
        if let Some(row) = call.get_mut(TABLE, &one) {
            set(row, "status", if one == id { "PRIMARY" } else { "ACTIVE" }.into());
        }
    }
    let definition = call.get(TABLE, &id).map(|row| row["taskDefinition"].clone()).unwrap_or_default();
    if let Some(row) = call.get_mut("ecs.service", &key) {
        set(row, "taskDefinition", definition);
    }
    Ok(json!({"taskSet": shown(call, &id, false)}))
}
