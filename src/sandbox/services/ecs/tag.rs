//! Tags of everything that ECS has.

use super::invalid;
use crate::services::members::lower_tags;
use crate::world::{Call, Fault, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// The ARN of a tag call, if it names something that is there.
fn tagged(call: &Call<'_>) -> Result<String, Fault> {
    let arn = call.text("resourceArn");
    let Some((noun, rest)) = arn.splitn(6, ':').nth(5).and_then(|resource| resource.split_once('/')) else {
        return Err(invalid(format!("The specified ARN '{arn}' is invalid. Specify a valid ARN and try again.")));
    };
    let table = match noun {
        "cluster" => "ecs.cluster",
        "service" => "ecs.service",
        "task-definition" => "ecs.task_definition",
        "task" => "ecs.task",
        "task-set" => "ecs.task_set",
        "capacity-provider" => "ecs.capacity_provider",
        _ => return Err(invalid(format!("The specified resource type '{noun}' is not supported."))),
    };
    let row = call.get(table, rest).or_else(|| call.get(table, rest.rsplit('/').next()?));
    match row {
        Some(row) if row.get("status").and_then(Value::as_str) == Some("INACTIVE") && noun != "task-definition" => {
            Err(invalid(format!("The specified {noun} is inactive. Specify an active {noun} and try again.")))
        }
        Some(_) => Ok(arn.to_owned()),
        None if noun == "cluster" => Err(Fault::new("ClusterNotFoundException", "Cluster not found.")),
        None => Err(invalid(format!("The specified {noun} is not found. Specify a valid ARN and try again."))),
    }
}

pub fn tag(call: &mut Call<'_>) -> Answer {
    let (arn, tags) = (tagged(call)?, tags_from(call.input.get("tags")));
    if tags.iter().any(|(key, _)| key.to_lowercase().starts_with("aws:")) {
        return Err(invalid("Tag keys that start with aws: are reserved."));
    }
    let mut after = call.tags(&arn);
    after.extend(tags.clone());
    if after.len() > 50 {
        return Err(invalid("The maximum number of tags per resource is 50."));
    }
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn untag(call: &mut Call<'_>) -> Answer {
    let (arn, keys) = (tagged(call)?, call.texts("tagKeys"));
    call.unset_tags(&arn, &keys);
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    Ok(json!({"tags": lower_tags(&call.tags(&tagged(call)?))}))
}
