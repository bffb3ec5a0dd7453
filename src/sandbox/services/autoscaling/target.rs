//! Scalable targets.

use crate::services::members::{items, joined, number, pick, set, text, uuid};
use crate::services::{cloudwatch, iam};
use crate::world::{Call, Fault, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

pub fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

/// The members that tell targets, policies and actions of one resource from those of another.
pub const RESOURCE: [&str; 3] = ["ServiceNamespace", "ResourceId", "ScalableDimension"];

/// The key of the target that the call names.
pub fn key(call: &Call<'_>) -> String {
    RESOURCE.map(|member| call.text(member)).join(" ")
}

pub fn missing(call: &Call<'_>) -> Fault {
    let [namespace, resource, dimension] = RESOURCE.map(|member| call.text(member));
    let message = format!(
        "No scalable target registered for service namespace: {namespace}, resource ID: {resource}, scalable dimension: {dimension}"
    );
    Fault::new("ObjectNotFoundException", message)
}

/// The target that the call names.
pub fn wanted(call: &Call<'_>) -> Result<Value, Fault> {
    call.get("autoscaling.target", &key(call)).cloned().ok_or_else(|| missing(call))
}

/// The key of the ECS service behind a resource id, if it is one that runs.
pub fn service(call: &Call<'_>, resource: &str) -> Option<String> {
    let key = resource.strip_prefix("service/")?;
    call.get("ecs.service", key).filter(|service| text(service, "status") == "ACTIVE").map(|_| key.to_owned())
}

fn check_resource(call: &Call<'_>) -> Result<(), Fault> {
    let [namespace, resource, dimension] = RESOURCE.map(|member| call.text(member));
    if !dimension.starts_with(&format!("{namespace}:")) {
        return Err(invalid(format!("Unsupported service namespace, resource type or scalable dimension: {namespace} {dimension}")));
    }
    if namespace != "ecs" {
        return Ok(());
    }
    if resource.split('/').count() != 3 || !resource.starts_with("service/") {
        return Err(invalid(format!(
            "Unsupported service namespace, resource type or scalable dimension: the resource ID {resource} is not of the form service/CLUSTER/SERVICE"
        )));
    }
    service(call, resource).map(|_| ()).ok_or_else(|| invalid(format!("ECS service doesn't exist: {resource}")))
}

pub fn register(call: &mut Call<'_>) -> Answer {
    check_resource(call)?;
    iam::ensure_service_linked(call, "ecs.application-autoscaling.amazonaws.com")?;
    let id = key(call);
    let old = call.get("autoscaling.target", &id).cloned();
    let bound = |member: &str| number(call.input, member).or_else(|| number(old.as_ref()?, member));
    let (Some(least), Some(most)) = (bound("MinCapacity"), bound("MaxCapacity")) else {
        return Err(invalid("MinCapacity and MaxCapacity are required to register a scalable target."));
    };
    if least < 0 || most < 0 {
        return Err(invalid("Minimum capacity and maximum capacity must not be negative."));
    }
    if least > most {
        return Err(invalid("Maximum capacity cannot be less than minimum capacity"));
    }
    let role = format!(
        "arn:aws:iam::{}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService",
        call.world.account
    );
    let mut row = match old {
        Some(old) => old,
        None => {
            let arn = {
                let hex = call.hex(34);
                call.arn("application-autoscaling", &format!("scalable-target/{hex}"))
            };
            let idle = json!({"DynamicScalingInSuspended": false, "DynamicScalingOutSuspended": false, "ScheduledScalingSuspended": false});
            let row = json!({"ScalableTargetARN": arn, "_arn": arn, "CreationTime": call.now(), "RoleARN": role, "SuspendedState": idle});
            joined(row, pick(call.input, &RESOURCE))
        }
    };
    set(&mut row, "MinCapacity", least.into());
    set(&mut row, "MaxCapacity", most.into());
    if let Some(suspended) = call.input.get("SuspendedState") {
        let whole = joined(row["SuspendedState"].clone(), suspended.clone());
        set(&mut row, "SuspendedState", whole);
    }
    let arn = row["ScalableTargetARN"].clone();
    call.put("autoscaling.target", &id, row);
    let tags = tags_from(call.input.get("Tags"));
    if !tags.is_empty() {
        call.set_tags(arn.as_str().unwrap_or(""), tags);
    }
    bring_within(call, least, most);
    Ok(json!({"ScalableTargetARN": arn}))
}

/// A service outside its bounds is scaled to the nearer one.
fn bring_within(call: &mut Call<'_>, least: i64, most: i64) {
    let Some(key) = service(call, call.text("ResourceId")) else { return };
    let count = call.get("ecs.service", &key).and_then(|service| number(service, "desiredCount")).unwrap_or(0);
    let wanted = count.clamp(least, most);
    if wanted == count {
        return;
    }
    if let Some(service) = call.get_mut("ecs.service", &key) {
        set(service, "desiredCount", wanted.into());
    }
    let (bound, limit) = if count < least { ("minimum", least) } else { ("maximum", most) };
    let id = uuid(call);
    let row = json!({
        "ActivityId": id, "Description": format!("Setting desired count to {wanted}."), "Cause": format!("{bound} capacity was set to {limit}"), "StartTime": call.now(), "EndTime": call.now(),
        "StatusCode": "Successful", "StatusMessage": format!("Successfully set desired count to {wanted}. Change successfully fulfilled by ecs."),
    });
    call.put("autoscaling.activity", &id, joined(row, pick(call.input, &RESOURCE)));
}

pub fn deregister(call: &mut Call<'_>) -> Answer {
    wanted(call)?;
    let id = key(call);
    for table in ["autoscaling.policy", "autoscaling.action"] {
        let prefix = format!("{id} ");
        let gone: Vec<(String, Value)> =
            call.all(table).into_iter().filter(|(key, _)| key.starts_with(&prefix)).map(|(key, row)| (key.clone(), row.clone())).collect();
        for (key, row) in gone {
            remove_alarms(call, &row);
            call.remove(table, &key);
        }
    }
    call.remove("autoscaling.target", &id);
    Ok(json!({}))
}

/// The alarms that a policy had made go with it.
pub fn remove_alarms(call: &mut Call<'_>, policy: &Value) {
    for alarm in items(policy, "Alarms") {
        cloudwatch::remove_owned(call, text(alarm, "AlarmName"));
    }
}

/// True when a row is about the resource that the call asks for.
pub fn asked(call: &Call<'_>, row: &Value) -> bool {
    RESOURCE.iter().all(|member| call.text(member).is_empty() || text(row, member) == call.text(member))
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    let resources = call.texts("ResourceIds");
    let rows = call.all("autoscaling.target").into_iter().map(|(_, row)| row);
    let rows = rows.filter(|row| asked(call, row) && (resources.is_empty() || resources.iter().any(|id| id == text(row, "ResourceId"))));
    Ok(json!({"ScalableTargets": rows.cloned().collect::<Vec<_>>()}))
}

pub fn describe_activities(call: &mut Call<'_>) -> Answer {
    let mut rows: Vec<Value> =
        call.all("autoscaling.activity").into_iter().map(|(_, row)| row.clone()).filter(|row| asked(call, row)).collect();
    rows.sort_by(|a, b| b["StartTime"].as_f64().unwrap_or(0.0).total_cmp(&a["StartTime"].as_f64().unwrap_or(0.0)));
    Ok(json!({"ScalingActivities": rows}))
}

fn tagged(call: &Call<'_>) -> Result<String, Fault> {
    let arn = call.text("ResourceARN");
    let known = call.all("autoscaling.target").iter().any(|(_, row)| text(row, "ScalableTargetARN") == arn);
    known
        .then(|| arn.to_owned())
        .ok_or_else(|| Fault::new("ResourceNotFoundException", format!("The specified resource doesn't exist: {arn}")))
}

pub fn tag(call: &mut Call<'_>) -> Answer {
    let (arn, tags) = (tagged(call)?, tags_from(call.input.get("Tags")));
    let mut after = call.tags(&arn);
    after.extend(tags.clone());
    if after.len() > 50 {
        return Err(Fault::new("TooManyTagsException", "The request contains too many tags: a target has at most 50"));
    }
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn untag(call: &mut Call<'_>) -> Answer {
    let (arn, keys) = (tagged(call)?, call.texts("TagKeys"));
    call.unset_tags(&arn, &keys);
    Ok(json!({}))
}

pub fn list_tags(call: &mut Call<'_>) -> Answer {
    Ok(json!({"Tags": call.tags(&tagged(call)?)}))
}
