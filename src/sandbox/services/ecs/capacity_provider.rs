//! Capacity providers: AWS's two for Fargate, and the account's own.

use super::{invalid, refused};
use crate::services::members::{joined, last_part, lower_tags, pick, set, text, texts};
use crate::world::{Call, Fault, merge, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

const FARGATE: [&str; 2] = ["FARGATE", "FARGATE_SPOT"];

pub fn exists(call: &Call<'_>, given: &str) -> bool {
    FARGATE.contains(&last_part(given)) || call.get("ecs.capacity_provider", last_part(given)).is_some()
}

fn fargate(call: &Call<'_>, name: &str) -> Value {
    let arn = call.arn("ecs", &format!("capacity-provider/{name}"));
    json!({"capacityProviderArn": arn, "name": name, "status": "ACTIVE", "type": name, "tags": []})
}

fn shown(call: &Call<'_>, row: &Value, tagged: bool) -> Value {
    let tags = if tagged { lower_tags(&call.tags(text(row, "capacityProviderArn"))) } else { json!([]) };
    let shown = pick(
        row,
        &[
            "capacityProviderArn",
            "name",
            "status",
            "type",
            "autoScalingGroupProvider",
            "managedInstancesProvider",
            "cluster",
            "updateStatus",
        ],
    );
    joined(shown, json!({"tags": tags}))
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let name = call.text("name").to_owned();
    let reserved = ["aws", "ecs", "fargate"].iter().any(|prefix| name.to_lowercase().starts_with(prefix));
    if reserved || !name.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign)) {
        return Err(refused(
            "The specified capacity provider name is invalid. Up to 255 characters are allowed, including letters (upper and lowercase), numbers, underscores, and hyphens. The name can't be prefixed with \"aws\", \"ecs\", or \"fargate\".",
        ));
    }
    if exists(call, &name) {
        return Err(invalid(format!("The specified capacity provider already exists: {name}. To change it use UpdateCapacityProvider.")));
    }
    let kind = match (call.input.get("autoScalingGroupProvider"), call.input.get("managedInstancesProvider")) {
        (Some(_), None) => "EC2_AUTOSCALING",
        (None, Some(_)) => "MANAGED_INSTANCES",
        _ => return Err(refused("Exactly one of autoScalingGroupProvider and managedInstancesProvider must be specified.")),
    };
    let mut given = pick(call.input, &["name", "autoScalingGroupProvider", "managedInstancesProvider", "cluster"]);
    if let Some(provider) = given.get_mut("autoScalingGroupProvider") {
        let scaling = json!({"status": "DISABLED", "targetCapacity": 100, "minimumScalingStepSize": 1, "maximumScalingStepSize": 10000, "instanceWarmupPeriod": 300});
        let mut whole = json!({"managedScaling": scaling, "managedTerminationProtection": "DISABLED", "managedDraining": "ENABLED"});
        merge(&mut whole, provider);
        *provider = whole;
    }
    let arn = call.arn("ecs", &format!("capacity-provider/{name}"));
    let row = joined(
        given,
        json!({"capacityProviderArn": arn, "_arn": arn, "status": "ACTIVE", "type": kind, "updateStatus": "CREATE_COMPLETE"}),
    );
    call.put("ecs.capacity_provider", &name, row.clone());
    call.set_tags(&arn, tags_from(call.input.get("tags")));
    Ok(json!({"capacityProvider": shown(call, &row, true)}))
}

fn own(call: &Call<'_>, given: &str) -> Result<String, Fault> {
    let name = last_part(given);
    if FARGATE.contains(&name) {
        return Err(refused("The specified capacity provider is managed by AWS and cannot be changed."));
    }
    exists(call, name)
        .then(|| name.to_owned())
        .ok_or_else(|| refused("The specified capacity provider does not exist. Specify a valid name or ARN and try again."))
}

pub fn update(call: &mut Call<'_>) -> Answer {
    let name = own(call, call.text("name"))?;
    let changes = pick(call.input, &["autoScalingGroupProvider", "managedInstancesProvider"]);
    if let Some(row) = call.get_mut("ecs.capacity_provider", &name) {
        merge(row, &changes);
        set(row, "updateStatus", "UPDATE_COMPLETE".into());
    }
    let row = call.get("ecs.capacity_provider", &name).cloned().unwrap_or_default();
    Ok(json!({"capacityProvider": shown(call, &row, false)}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let name = own(call, call.text("capacityProvider"))?;
    let used = call.all("ecs.cluster").iter().any(|(_, cluster)| {
        text(cluster, "status") == "ACTIVE" && texts(cluster, "capacityProviders").iter().any(|provider| last_part(provider) == name)
    });
    if used {
        return Err(refused(
            "The capacity provider cannot be deleted because it is associated with a cluster. Remove the capacity provider from the cluster and try again.",
        ));
    }
    let row = call.remove("ecs.capacity_provider", &name).unwrap_or_default();
    Ok(json!({"capacityProvider": joined(shown(call, &row, false), json!({"status": "INACTIVE", "updateStatus": "DELETE_COMPLETE"}))}))
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    let tagged = call.texts("include").iter().any(|part| part == "TAGS");
    let wanted = call.texts("capacityProviders");
    let mut found: Vec<Value> = FARGATE.iter().map(|name| fargate(call, name)).collect();
    found.extend(call.all("ecs.capacity_provider").into_iter().map(|(_, row)| shown(call, row, tagged)));
    let failures: Vec<Value> =
        wanted.iter().filter(|given| !exists(call, given)).map(|given| json!({"arn": given, "reason": "MISSING"})).collect();
    if !wanted.is_empty() {
        found.retain(|provider| wanted.iter().any(|given| last_part(given) == text(provider, "name")));
    }
    Ok(json!({"capacityProviders": found, "failures": failures}))
}
