//! Tasks: run one, stop it, see them.

use super::task_state::{self, Launch};
use super::{cluster, deployment, invalid, refused, service_checks, task_definition};
use crate::services::iam;
use crate::services::members::{flag, items, last_part, lower_tags, number, pick, set, text, texts};
use crate::world::{Call, Fault, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

pub fn run(call: &mut Call<'_>) -> Answer {
    let cluster = cluster::wanted(call, call.text("cluster"))?;
    let definition = task_definition::runnable(call, call.text("taskDefinition"))?.clone();
    let count = number(call.input, "count").unwrap_or(1);
    if !(1..=10).contains(&count) {
        return Err(invalid("Task count must be between 1 and 10."));
    }
    let token = call.text("clientToken").to_owned();
    let mut given = call.input.clone();
    set(&mut given, "clientToken", Value::Null);
    if let Some(earlier) = call.get("ecs.run", &token).filter(|_| !token.is_empty()) {
        if earlier["_given"] != given {
            return Err(Fault::new("ConflictException", "The request with this clientToken was made before with other parameters."));
        }
        // A token is known for an hour after its task has ended at most, as the task is.
        // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
        let tasks = texts(earlier, "_tasks").iter().filter_map(|id| shown(call, id, true)).collect::<Vec<_>>();
        if !tasks.is_empty() {
            return Ok(json!({"tasks": tasks, "failures": []}));
        }
    }
    service_checks::network(call, &definition, call.input.get("networkConfiguration"))?;
    let placement = placement(call, &cluster, &definition)?;
    let containers: Vec<&str> = items(&definition, "containerDefinitions").iter().map(|one| text(one, "name")).collect();
    let overrides = call.input.get("overrides").cloned().unwrap_or(json!({}));
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    if overrides.to_string().chars().count() > 8192 {
        return Err(invalid("Container Overrides length must be at most 8192"));
    }
    if let Some(unknown) = items(&overrides, "containerOverrides").iter().find(|one| !containers.contains(&text(one, "name"))) {
        return Err(invalid(format!("Override for container named {} is not a container in the TaskDefinition.", text(unknown, "name"))));
    }
    let execute = flag(call.input, "enableExecuteCommand");
    if execute && definition.get("taskRoleArn").is_none() && overrides.get("taskRoleArn").is_none() {
        return Err(invalid(
            "Execute command needs a task role: specify a valid task role in your task definition or in the overrides and try again.",
        ));
    }
    if let Some(role) = ["executionRoleArn", "taskRoleArn"]
        .iter()
        .map(|member| text(&definition, member))
        .find(|role| call.world.role_lag > 0 && iam::is_unknown(call, role))
    {
        let text = "that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions \
                    and that your IAM user has permissions to pass this role.";
        return Err(refused(format!("ECS was unable to assume the role '{role}' {text}")));
    }
    let family = text(&definition, "family");
    let group = if call.text("group").is_empty() { format!("family:{family}") } else { call.text("group").to_owned() };
    let mut tags = if call.text("propagateTags") == "TASK_DEFINITION" {
        call.tags(text(&definition, "taskDefinitionArn")).into_iter().collect()
    } else {
        Vec::new()
    };
    tags.extend(tags_from(call.input.get("tags")));
    if deployment::no_capacity(call) {
        // <https://repost.aws/knowledge-center/ecs-fargate-capacity-unavailable-errors>
        let reason = "Capacity is unavailable at this time. Please try again later or in a different availability zone";
        return Ok(json!({"tasks": [], "failures": [{"reason": reason}]}));
    }
    let mut ids = Vec::new();
    for _ in 0..count {
        let launch = Launch {
            cluster_arn: cluster::arn(call, &cluster),
            definition: definition.clone(),
            placement: placement.clone(),
            network: call.input.get("networkConfiguration").cloned().unwrap_or_default(),
            group: group.clone(),
            started_by: call.text("startedBy").to_owned(),
            overrides: overrides.clone(),
            execute_command: execute,
            tags: tags.clone(),
            service: None,
            balancers: Vec::new(),
            troubles: Vec::new(),
        };
        ids.push(task_state::launch(call, launch));
    }
    if !token.is_empty() {
        call.put("ecs.run", &token, json!({"_given": given, "_tasks": ids}));
        call.remove_later("ecs.run", &token, 86_400.0);
    }
    Ok(json!({"tasks": ids.iter().filter_map(|id| shown(call, id, true)).collect::<Vec<_>>(), "failures": []}))
}

fn placement(call: &Call<'_>, cluster: &str, definition: &Value) -> Result<Value, Fault> {
    let choice = service_checks::launch(call, cluster, definition, call.input)?;
    let provider = items(&choice, "capacityProviderStrategy")
        .iter()
        .max_by_key(|item| number(item, "weight").unwrap_or(0))
        .map(|item| text(item, "capacityProvider").to_owned());
    if !deployment::placeable(&choice) {
        return Err(invalid("No Container Instances were found in your cluster."));
    }
    let mut placement = pick(&choice, &["launchType"]);
    if let Some(provider) = provider {
        set(&mut placement, "launchType", if provider.starts_with("FARGATE") { "FARGATE" } else { "MANAGED_INSTANCES" }.into());
        set(&mut placement, "capacityProviderName", provider.into());
    }
    let version = call.text("platformVersion");
    set(&mut placement, "platformVersion", if ["", "LATEST"].contains(&version) { "1.4.0" } else { version }.into());
    Ok(placement)
}

fn shown(call: &Call<'_>, id: &str, tagged: bool) -> Option<Value> {
    let mut row = call.get("ecs.task", id)?.clone();
    if tagged {
        let tags = lower_tags(&call.tags(text(&row, "taskArn")));
        set(&mut row, "tags", tags);
    }
    if flag(&row, "enableExecuteCommand") && text(&row, "lastStatus") == "RUNNING" {
        let containers: Vec<Value> = items(&row, "containers").to_vec();
        let agent = json!([{"name": "ExecuteCommandAgent", "lastStatus": "RUNNING", "lastStartedAt": row["startedAt"]}]);
        let with = containers.into_iter().map(|mut one| {
            set(&mut one, "managedAgents", agent.clone());
            one
        });
        let with: Vec<Value> = with.collect();
        set(&mut row, "containers", with.into());
    }
    Some(row)
}

/// The id of a task of the cluster, by id or ARN.
fn wanted(call: &Call<'_>, cluster: &str, given: &str) -> Option<String> {
    let arn = cluster::arn(call, cluster);
    let id = last_part(given);
    call.get("ecs.task", id).filter(|row| text(row, "clusterArn") == arn).map(|_| id.to_owned())
}

pub fn stop(call: &mut Call<'_>) -> Answer {
    deployment::settle_all(call);
    let cluster = cluster::wanted(call, call.text("cluster"))?;
    let id = wanted(call, &cluster, call.text("task")).ok_or_else(|| invalid("The referenced task was not found."))?;
    let reason = if call.text("reason").is_empty() { "Task stopped by user" } else { call.text("reason") }.to_owned();
    task_state::stop(call, &id, "UserInitiated", &reason);
    Ok(json!({"task": shown(call, &id, false)}))
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    deployment::settle_all(call);
    let cluster = cluster::wanted(call, call.text("cluster"))?;
    let tagged = call.texts("include").iter().any(|part| part == "TAGS");
    let given = call.texts("tasks");
    if given.is_empty() || given.len() > 100 {
        return Err(invalid(if given.is_empty() { "Tasks cannot be empty." } else { "Tasks cannot have more than 100 elements." }));
    }
    let (mut tasks, mut failures) = (Vec::new(), Vec::new());
    for one in given {
        match wanted(call, &cluster, &one).and_then(|id| shown(call, &id, tagged)) {
            Some(task) => tasks.push(task),
            None => failures.push(json!({"arn": call.arn("ecs", &format!("task/{cluster}/{}", last_part(&one))), "reason": "MISSING"})),
        }
    }
    Ok(json!({"tasks": tasks, "failures": failures}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    deployment::settle_all(call);
    let cluster = cluster::wanted(call, call.text("cluster"))?;
    let arn = cluster::arn(call, &cluster);
    let (family, service, started, launch) =
        (call.text("family"), last_part(call.text("serviceName")), call.text("startedBy"), call.text("launchType"));
    let status = if call.text("desiredStatus").is_empty() { "RUNNING" } else { call.text("desiredStatus") };
    if !service.is_empty() && call.get("ecs.service", &format!("{cluster}/{service}")).is_none() {
        return Err(Fault::new("ServiceNotFoundException", "Service not found."));
    }
    let group = format!("service:{service}");
    let fits = |row: &&Value| {
        text(row, "clusterArn") == arn
            && text(row, "desiredStatus") == status
            && (family.is_empty() || last_part(text(row, "taskDefinitionArn").rsplit_once(':').map_or("", |(head, _)| head)) == family)
            && (service.is_empty() || text(row, "group") == group)
            && (started.is_empty() || text(row, "startedBy") == started)
            && (launch.is_empty() || text(row, "launchType") == launch)
            && call.text("containerInstance").is_empty()
    };
    let mut found: Vec<&Value> = call.all("ecs.task").into_iter().map(|(_, row)| row).filter(fits).collect();
    found.sort_by(|a, b| a["createdAt"].as_f64().unwrap_or(0.0).total_cmp(&b["createdAt"].as_f64().unwrap_or(0.0)));
    Ok(json!({"taskArns": found.iter().map(|row| text(row, "taskArn")).collect::<Vec<_>>()}))
}

pub fn execute_command(call: &mut Call<'_>) -> Answer {
    let cluster = cluster::wanted(call, call.text("cluster"))?;
    let id = wanted(call, &cluster, call.text("task")).ok_or_else(|| invalid("The referenced task was not found."))?;
    let row = shown(call, &id, false).unwrap_or_default();
    if !flag(&row, "enableExecuteCommand") {
        return Err(invalid(
            "The execute command failed because execute command was not enabled when the task was run or the execute command agent isn’t running. Wait and try again or run a new task with execute command enabled and try again.",
        ));
    }
    if text(&row, "lastStatus") != "RUNNING" {
        return Err(Fault::new("TargetNotConnectedException", "The execute command failed due to an internal error. Try again later."));
    }
    let name = call.text("container");
    let containers = items(&row, "containers");
    let container =
        if name.is_empty() && containers.len() == 1 { containers.first() } else { containers.iter().find(|one| text(one, "name") == name) };
    let container = container.ok_or_else(|| invalid("The container name must be specified, and be one of the task's containers."))?;
    let session = format!("ecs-execute-command-{}", call.hex(17));
    let stream = format!("wss://ssmmessages.{}.amazonaws.com/v1/data-channel/{session}?role=publish_subscribe", call.region);
    let token = call.hex(64);
    Ok(json!({
        "clusterArn": row["clusterArn"], "taskArn": row["taskArn"], "containerArn": container["containerArn"], "containerName": container["name"], "interactive": call.input["interactive"],
        "session": {"sessionId": session, "streamUrl": stream, "tokenValue": token},
    }))
}
