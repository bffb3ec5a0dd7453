//! Task definitions: families of revisions that never change.

use super::fargate::{cpu_units, memory_mib};
use super::refused;
use super::task_definition_checks::check;
use crate::services::members::{items, joined, last_part, lower_tags, number, pick, set, text, texts};
use crate::world::{Call, Fault, World, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

const GIVEN: [&str; 16] = [
    "family",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "containerDefinitions",
    "volumes",
    "placementConstraints",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "pidMode",
    "ipcMode",
    "proxyConfiguration",
    "inferenceAccelerators",
    "ephemeralStorage",
    "runtimePlatform",
];

pub fn register(call: &mut Call<'_>) -> Answer {
    check(call.input)?;
    let family = call.text("family").to_owned();
    let revision = call.get("ecs.family", &family).and_then(|row| number(row, "_last")).unwrap_or(0) + 1;
    call.put("ecs.family", &family, json!({"_last": revision}));
    let arn = call.arn("ecs", &format!("task-definition/{family}:{revision}"));
    let mut row = joined(json!({"volumes": [], "placementConstraints": []}), pick(call.input, &GIVEN));
    if let Some(enabled) = call.input.get("enableFaultInjection") {
        set(&mut row, "enableFaultInjection", enabled.clone());
    }
    // "ECS will fill in the account ID": <https://github.com/aws-actions/amazon-ecs-render-task-definition/issues/19>
    for member in ["taskRoleArn", "executionRoleArn"] {
        let role = text(&row, member);
        if !role.is_empty() && !role.starts_with("arn:") {
            let arn = format!("arn:aws:iam::{}:role/{role}", call.world.account);
            set(&mut row, member, arn.into());
        }
    }
    let network = text(&row, "networkMode").to_owned();
    let containers: Vec<Value> = items(&row, "containerDefinitions").iter().map(|container| filled(container, &network)).collect();
    let volumes: Vec<Value> = items(&row, "volumes").iter().map(filled_volume).collect();
    set(&mut row, "containerDefinitions", containers.into());
    set(&mut row, "volumes", volumes.into());
    for (member, units) in [("cpu", cpu_units as fn(&str) -> Option<i64>), ("memory", memory_mib)] {
        if let Some(size) = row.get(member).and_then(Value::as_str).and_then(units) {
            set(&mut row, member, size.to_string().into());
        }
    }
    let own = json!({
        "taskDefinitionArn": arn, "_arn": arn, "revision": revision, "status": "ACTIVE", "compatibilities": compatibilities(&row), "requiresAttributes": attributes(&row),
        "registeredAt": call.now(), "registeredBy": format!("arn:aws:iam::{}:user/sandbox", call.world.account),
    });
    let row = joined(row, own);
    call.put("ecs.task_definition", &format!("{family}:{revision}"), row.clone());
    let tags = tags_from(call.input.get("tags"));
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"taskDefinition": row, "tags": lower_tags(&call.tags(&arn))}))
}

/// A container as ECS answers it, with what it fills in.
fn filled(container: &Value, network: &str) -> Value {
    let lists = json!({"cpu": 0, "essential": true, "environment": [], "mountPoints": [], "portMappings": [], "systemControls": [], "volumesFrom": []});
    let mut filled = joined(lists, container.clone());
    let ports = items(&filled, "portMappings").iter().map(|mapping| {
        let mut mapping = joined(json!({"protocol": "tcp"}), mapping.clone());
        if mapping.get("hostPort").is_none() && mapping.get("containerPort").is_some() {
            let host = if ["awsvpc", "host"].contains(&network) { mapping["containerPort"].clone() } else { json!(0) };
            set(&mut mapping, "hostPort", host);
        }
        mapping
    });
    let ports: Vec<Value> = ports.collect();
    set(&mut filled, "portMappings", ports.into());
    if let Some(check) = filled.get("healthCheck").cloned() {
        set(&mut filled, "healthCheck", joined(json!({"interval": 30, "timeout": 5, "retries": 3}), check));
    }
    filled
}

fn filled_volume(volume: &Value) -> Value {
    let mut volume = volume.clone();
    if let Some(efs) = volume.get("efsVolumeConfiguration").cloned() {
        set(&mut volume, "efsVolumeConfiguration", joined(json!({"rootDirectory": "/"}), efs));
    }
    let bare = volume.as_object().is_some_and(|members| members.keys().all(|key| key == "name"));
    if bare { joined(volume, json!({"host": {}})) } else { volume }
}

fn compatibilities(row: &Value) -> Value {
    let asked = texts(row, "requiresCompatibilities");
    if asked.iter().any(|one| one == "EXTERNAL") {
        return json!(["EXTERNAL", "EC2"]);
    }
    let fargate = text(row, "networkMode") == "awsvpc" && row.get("cpu").is_some() && row.get("memory").is_some();
    let mut found = vec!["EC2"];
    if fargate {
        found.push("FARGATE");
    }
    if asked.iter().any(|one| one == "MANAGED_INSTANCES") {
        found.push("MANAGED_INSTANCES");
    }
    json!(found)
}

/// The capabilities that an instance needs to run this, as far as they follow from what Fargate stacks use.
fn attributes(row: &Value) -> Value {
    let containers = items(row, "containerDefinitions");
    let execution = row.get("executionRoleArn").is_some();
    let any = |test: &dyn Fn(&Value) -> bool| containers.iter().any(test);
    let awslogs = any(&|container| container.pointer("/logConfiguration/logDriver").and_then(Value::as_str) == Some("awslogs"));
    let ecr = any(&|container| text(container, "image").contains(".dkr.ecr."));
    let secret =
        |service: &str| any(&|container| items(container, "secrets").iter().any(|secret| text(secret, "valueFrom").contains(service)));
    let conditions = [
        (awslogs, "com.amazonaws.ecs.capability.logging-driver.awslogs"),
        (awslogs && execution, "ecs.capability.execution-role-awslogs"),
        (ecr, "com.amazonaws.ecs.capability.ecr-auth"),
        (ecr && execution, "ecs.capability.execution-role-ecr-pull"),
        (true, "com.amazonaws.ecs.capability.docker-remote-api.1.19"),
        (row.get("taskRoleArn").is_some(), "com.amazonaws.ecs.capability.task-iam-role"),
        (any(&|container| container.get("healthCheck").is_some()), "ecs.capability.container-health-check"),
        (secret(":secretsmanager:"), "ecs.capability.secrets.asm.environment-variables"),
        (secret(":ssm:"), "ecs.capability.secrets.ssm.environment-variables"),
        (text(row, "networkMode") == "awsvpc", "ecs.capability.task-eni"),
        (true, "com.amazonaws.ecs.capability.docker-remote-api.1.18"),
    ];
    conditions.iter().filter(|(holds, _)| *holds).map(|(_, name)| json!({"name": name})).collect()
}

/// Brings keys and numbers of revisions to what their ARNs say, where those have been renamed.
pub fn renumber(world: &mut World) {
    let regions = world.tables.keys().filter_map(|table| table.strip_suffix("/ecs.task_definition")).map(str::to_owned);
    for region in regions.collect::<Vec<_>>() {
        let Some(rows) = world.tables.get_mut(&format!("{region}/ecs.task_definition")) else { continue };
        let named = |row: &Value| text(row, "taskDefinitionArn").split_once(":task-definition/").map(|(_, name)| name.to_owned());
        let other = rows.iter().filter_map(|(key, row)| Some((key.clone(), named(row).filter(|name| name != key)?)));
        let mut newest = Vec::new();
        for (key, name) in other.collect::<Vec<_>>() {
            let Some((mut row, (family, revision))) = rows.remove(&key).zip(name.rsplit_once(':')) else { continue };
            let revision = revision.parse::<i64>().unwrap_or_default();
            set(&mut row, "revision", revision.into());
            newest.push((family.to_owned(), revision));
            rows.insert(name.clone(), row);
        }
        let families = world.tables.entry(format!("{region}/ecs.family")).or_default();
        for (family, revision) in newest {
            let last = families.get(&family).and_then(|row| number(row, "_last")).unwrap_or_default();
            families.insert(family, json!({"_last": last.max(revision)}));
        }
    }
}

/// All revisions of a family, in order.
fn revisions<'c>(call: &'c Call<'_>, family: &str) -> Vec<&'c Value> {
    let mut found: Vec<&Value> =
        call.all("ecs.task_definition").into_iter().map(|(_, row)| row).filter(|row| text(row, "family") == family).collect();
    found.sort_by_key(|row| number(row, "revision"));
    found
}

/// The task definition behind an ARN, `family:revision`, or a family (its newest active revision).
pub fn find<'c>(call: &'c Call<'_>, given: &str) -> Option<&'c Value> {
    let key = given.split_once(":task-definition/").map_or(given, |(_, key)| key);
    let found = match key.split_once(':') {
        Some(_) => call.get("ecs.task_definition", key),
        None => revisions(call, key).into_iter().rfind(|row| text(row, "status") == "ACTIVE"),
    };
    found.filter(|row| !given.starts_with("arn:") || text(row, "taskDefinitionArn") == given)
}

/// The same, for something that is to run it.
pub fn runnable<'c>(call: &'c Call<'_>, given: &str) -> Result<&'c Value, Fault> {
    let row = find(call, given).ok_or_else(|| refused("TaskDefinition not found."))?;
    if text(row, "status") != "ACTIVE" {
        return Err(refused("TaskDefinition is inactive"));
    }
    Ok(row)
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    let row = find(call, call.text("taskDefinition")).ok_or_else(|| refused("Unable to describe task definition."))?;
    let mut answer = json!({"taskDefinition": row});
    if call.texts("include").iter().any(|part| part == "TAGS") {
        set(&mut answer, "tags", lower_tags(&call.tags(text(row, "taskDefinitionArn"))));
    }
    Ok(answer)
}

fn key(call: &Call<'_>, given: &str) -> Option<String> {
    let has_revision = given.split_once(":task-definition/").map_or(given, |(_, key)| key).contains(':');
    find(call, given).filter(|_| has_revision).map(|row| format!("{}:{}", text(row, "family"), number(row, "revision").unwrap_or(0)))
}

pub fn deregister(call: &mut Call<'_>) -> Answer {
    let key = key(call, call.text("taskDefinition"))
        .ok_or_else(|| refused("The specified task definition does not exist. Specify a valid account, family, revision and try again."))?;
    let now = call.now();
    let row = call.get_mut("ecs.task_definition", &key).ok_or_else(|| refused("Unable to describe task definition."))?;
    if text(row, "status") == "ACTIVE" {
        set(row, "status", "INACTIVE".into());
        set(row, "deregisteredAt", now.into());
    }
    Ok(json!({"taskDefinition": row.clone()}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let (mut gone, mut failures) = (Vec::new(), Vec::new());
    let now = call.now();
    for given in call.texts("taskDefinitions") {
        let failure = |reason: &str| json!({"arn": given, "reason": reason});
        let Some(key) = key(call, &given) else {
            failures.push(failure("The specified task definition identifier is invalid. Specify a valid name or ARN and try again."));
            continue;
        };
        match call.get_mut("ecs.task_definition", &key) {
            Some(row) if text(row, "status") == "ACTIVE" => {
                failures
                    .push(failure("The specified task definition is still in ACTIVE status. Please deregister the target and try again."));
            }
            Some(row) => {
                set(row, "status", "DELETE_IN_PROGRESS".into());
                set(row, "deleteRequestedAt", now.into());
                gone.push(row.clone());
                call.remove_later("ecs.task_definition", &key, 3600.0);
            }
            None => failures.push(failure("MISSING")),
        }
    }
    Ok(json!({"taskDefinitions": gone, "failures": failures}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let family = call.text("familyPrefix");
    let status = if call.text("status").is_empty() { "ACTIVE" } else { call.text("status") };
    let mut rows: Vec<&Value> = call.all("ecs.task_definition").into_iter().map(|(_, row)| row).collect();
    rows.retain(|row| (family.is_empty() || text(row, "family") == family) && text(row, "status") == status);
    rows.sort_by_key(|row| (text(row, "family").to_owned(), number(row, "revision")));
    if call.text("sort") == "DESC" {
        rows.reverse();
    }
    Ok(json!({"taskDefinitionArns": rows.iter().map(|row| text(row, "taskDefinitionArn")).collect::<Vec<_>>()}))
}

pub fn list_families(call: &mut Call<'_>) -> Answer {
    let (prefix, status) = (call.text("familyPrefix"), call.text("status"));
    let families: Vec<&String> = call
        .all("ecs.family")
        .into_iter()
        .map(|(family, _)| family)
        .filter(|family| {
            let active = revisions(call, family).iter().any(|row| text(row, "status") == "ACTIVE");
            family.starts_with(prefix) && (status == "ALL" || (status == "INACTIVE") != active)
        })
        .collect();
    Ok(json!({"families": families}))
}

/// The name at the end of a role's ARN, or the name itself.
pub fn is_role(given: &str) -> bool {
    if !given.starts_with("arn:") {
        return !given.is_empty() && given.chars().all(|sign| sign.is_ascii_alphanumeric() || "+=,.@_-/".contains(sign));
    }
    given.starts_with("arn:aws:iam::") && given.contains(":role/") && !last_part(given).is_empty()
}
