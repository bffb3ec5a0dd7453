//! The life of a task: what it looks like at each moment, and when it moves on.

use super::cluster::LINGERS;
use super::task_failure::{self, Failure, Phase};
use super::task_network::{self as network, detail};
use super::task_script::{self, Script};
use crate::rollouts::Trouble;
use crate::services::members::{items, joined, number, pick, present, set, text, uuid};
use crate::world::Call;
use serde_json::{Value, json};

const TABLE: &str = "ecs.task";
/// Seconds until a Fargate task has its network, and until its containers run.
const PENDING: f64 = 8.0;
const RUNNING: f64 = 25.0;
/// Seconds from running to healthy, by its own checks alone.
const HEALTHY: f64 = 15.0;

/// The parts that a new task is made of.
pub struct Launch {
    pub cluster_arn: String,
    pub definition: Value,
    /// `launchType` or `capacityProviderName`, and `platformVersion`.
    pub placement: Value,
    pub network: Value,
    pub group: String,
    pub started_by: String,
    pub overrides: Value,
    pub execute_command: bool,
    pub tags: Vec<(String, String)>,
    /// The key of the service that it belongs to.
    pub service: Option<String>,
    /// The target groups that its containers go into.
    pub balancers: Vec<Value>,
    /// The faults of its revision.
    pub troubles: Vec<Trouble>,
}

/// Starts a task and answers its id.
pub fn launch(call: &mut Call<'_>, launch: Launch) -> String {
    let id = call.hex(32);
    let cluster = launch.cluster_arn.rsplit('/').next().unwrap_or("default").to_owned();
    let arn = call.arn("ecs", &format!("task/{cluster}/{id}"));
    let now = call.now();
    let nth = call.all(TABLE).len();
    let failure = task_failure::awaits(call, &launch);
    let script = task_script::of(&launch);
    let (attachment, trouble) = match network::attach(call, &launch.network, nth) {
        Ok(attachment) => (attachment, None),
        Err(fault) => (None, Some(format!("Unexpected EC2 error while attempting to create a network interface: {}", fault.code))),
    };
    let subnet = attachment.as_ref().and_then(|one| detail(one, "subnetId")).unwrap_or("").to_owned();
    let containers: Vec<Value> = items(&launch.definition, "containerDefinitions")
        .iter()
        .map(|definition| container(call, definition, &arn, attachment.as_ref()))
        .collect();
    let zone = call.get("ec2.subnet", &subnet).map_or_else(|| format!("{}a", call.region), |row| text(row, "AvailabilityZone").to_owned());
    let architecture =
        launch.definition.pointer("/runtimePlatform/cpuArchitecture").and_then(Value::as_str).unwrap_or("X86_64").to_lowercase();
    let mut row = json!({
        "taskArn": arn, "_arn": arn, "clusterArn": launch.cluster_arn, "taskDefinitionArn": launch.definition["taskDefinitionArn"], "group": launch.group, "availabilityZone": zone,
        "createdAt": now, "lastStatus": "PROVISIONING", "desiredStatus": "RUNNING", "healthStatus": "UNKNOWN", "version": 1, "containers": containers,
        "attributes": [{"name": "ecs.cpu-architecture", "value": architecture}], "inferenceAccelerators": [], "tags": [], "enableExecuteCommand": launch.execute_command,
        "overrides": joined(json!({"containerOverrides": [], "inferenceAcceleratorOverrides": []}), launch.overrides.clone()),
        "_balancers": launch.balancers, "_service": launch.service, "_healthy": false, "attachments": attachment.iter().collect::<Vec<_>>(),
    });
    let sizes = pick(&launch.definition, &["cpu", "memory", "ephemeralStorage"]);
    row = joined(joined(row, joined(sizes, launch.placement.clone())), pick(&launch.overrides, &["cpu", "memory", "ephemeralStorage"]));
    if text(&row, "platformVersion").is_empty() && fargate(&row) {
        set(&mut row, "platformVersion", "1.4.0".into());
    }
    if fargate(&row) {
        set(&mut row, "platformFamily", "Linux".into());
        let size = row.get("ephemeralStorage").cloned().unwrap_or(json!({"sizeInGiB": 20}));
        set(&mut row, "ephemeralStorage", size.clone());
        set(&mut row, "fargateEphemeralStorage", size);
    }
    if !launch.started_by.is_empty() {
        set(&mut row, "startedBy", launch.started_by.clone().into());
    }
    call.put(TABLE, &id, row.clone());
    if !launch.tags.is_empty() {
        call.set_tags(&arn, launch.tags.clone());
    }
    if let Some(trouble) = trouble {
        stop(call, &id, "TaskFailedToStart", &trouble);
        return id;
    }
    // No two tasks pull equally fast.
    let slower = launch.troubles.iter().filter_map(|trouble| if let Trouble::SlowStart(factor) = trouble { Some(*factor) } else { None });
    let slower = slower.fold(1.0, f64::max);
    let running = (RUNNING + (nth % 3) as f64) * slower;
    if let Some(failure) = failure {
        plan_failure(call, &id, &row, &failure, running);
        return id;
    }
    plan(call, &id, &containers, attachment.as_ref(), running);
    network::register(call, &row, running, !launch.troubles.contains(&Trouble::Unhealthy));
    if let Some(script) = script {
        task_script::log(call, &launch, &id, &script, running);
        plan_exit(call, &id, &containers, running + script.seconds, &script);
    }
    id
}

fn fargate(row: &Value) -> bool {
    text(row, "launchType") == "FARGATE" || text(row, "capacityProviderName").starts_with("FARGATE")
}

/// The steps up: network, containers, health.
fn plan(call: &mut Call<'_>, id: &str, containers: &[Value], attachment: Option<&Value>, running: f64) {
    let now = call.now();
    let attached: Vec<Value> = attachment.iter().map(|one| joined((*one).clone(), json!({"status": "ATTACHED"}))).collect();
    call.later(TABLE, id, PENDING, json!({"lastStatus": "PENDING", "version": 2, "attachments": attached, "connectivity": "CONNECTED", "connectivityAt": now + PENDING}));
    let up: Vec<Value> = containers
        .iter()
        .map(|one| joined(one.clone(), json!({"lastStatus": "RUNNING", "runtimeId": format!("{id}-{}", text(one, "name"))})))
        .collect();
    let times = json!({"startedAt": now + running, "pullStartedAt": now + PENDING + 2.0, "pullStoppedAt": now + running - 3.0});
    call.later(TABLE, id, running, joined(times, json!({"lastStatus": "RUNNING", "version": 3, "containers": up})));
    let healthy = running + HEALTHY;
    let checked = containers.iter().any(|one| one.get("_checked").is_some());
    let well: Vec<Value> = up
        .into_iter()
        .map(|one| if one.get("_checked").is_some() { joined(one, json!({"healthStatus": "HEALTHY"})) } else { one })
        .collect();
    call.later(
        TABLE,
        id,
        healthy,
        json!({"_healthy": true, "healthStatus": if checked { "HEALTHY" } else { "UNKNOWN" }, "containers": well}),
    );
}

/// The steps of a task that comes to nothing, as far as it comes. No load balancer ever sends it anything.
fn plan_failure(call: &mut Call<'_>, id: &str, row: &Value, failure: &Failure, running: f64) {
    let (containers, attachment) = (items(row, "containers"), items(row, "attachments").first());
    plan(call, id, containers, attachment, running);
    let at = match failure.phase {
        Phase::Starting => PENDING + 6.0,
        Phase::Running => running + 5.0,
        Phase::Checking(seconds) => running + seconds,
    };
    // Nothing of the way up happens from then on, and no check is passed before.
    call.forget_due_after(TABLE, id, if matches!(failure.phase, Phase::Starting) { PENDING } else { running });
    let failed = |one: &Value| match &failure.container {
        Some((name, reason, exit)) if text(one, "name") == name => {
            let health = if matches!(failure.phase, Phase::Checking(_)) { "UNHEALTHY" } else { "UNKNOWN" };
            present(joined(one.clone(), json!({"lastStatus": "STOPPED", "reason": reason, "exitCode": exit, "healthStatus": health})))
        }
        _ => joined(one.clone(), json!({"lastStatus": "STOPPED", "healthStatus": "UNKNOWN"})),
    };
    let ended: Vec<Value> = containers.iter().map(failed).collect();
    let reason = match (text(row, "_service"), failure.phase) {
        (service, Phase::Checking(_)) if !service.is_empty() => {
            format!("(service {}) (task {id}) failed container health checks.", service.rsplit('/').next().unwrap_or(service))
        }
        _ => failure.reason.clone(),
    };
    let now = call.now();
    let down = json!({
        "lastStatus": "DEPROVISIONING", "desiredStatus": "STOPPED", "stopCode": failure.stop_code, "stoppedReason": reason, "stoppingAt": now + at,
        "executionStoppedAt": now + at, "containers": ended, "healthStatus": if matches!(failure.phase, Phase::Checking(_)) { "UNHEALTHY" } else { "UNKNOWN" },
        // A task that ran counts against its deployment only for its health.
        "_failed": failure.phase != Phase::Running,
    });
    call.later(TABLE, id, at, down);
    call.later(TABLE, id, at + 10.0, json!({"lastStatus": "STOPPED", "stoppedAt": now + at + 10.0}));
    network::detach_later(call, row, at + 10.0);
    call.remove_later(TABLE, id, at + 10.0 + LINGERS);
}

fn ended(containers: &[Value], code: Option<i64>) -> Vec<Value> {
    let last = match code {
        Some(code) => json!({"lastStatus": "STOPPED", "exitCode": code, "healthStatus": "UNKNOWN"}),
        None => json!({"lastStatus": "STOPPED", "healthStatus": "UNKNOWN"}),
    };
    containers.iter().map(|one| joined(one.clone(), last.clone())).collect()
}

/// A one-off task's own end: its command exits, and whatever runs beside it is stopped.
fn plan_exit(call: &mut Call<'_>, id: &str, containers: &[Value], after: f64, script: &Script) {
    let now = call.now();
    let exits = |one: &Value| if text(one, "name") == script.container { script.exit_code } else { 0 };
    let ended: Vec<Value> = containers.iter().flat_map(|one| ended(std::slice::from_ref(one), Some(exits(one)))).collect();
    let exit = json!({
        "lastStatus": "DEPROVISIONING", "desiredStatus": "STOPPED", "stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited", "_healthy": false,
        "stoppingAt": now + after, "executionStoppedAt": now + after, "containers": ended, "healthStatus": "UNKNOWN",
    });
    // No step of the way up comes after it.
    call.forget_due_after(TABLE, id, after);
    call.later(TABLE, id, after, exit);
    call.later(TABLE, id, after + 10.0, json!({"lastStatus": "STOPPED", "stoppedAt": now + after + 10.0}));
    let row = call.get(TABLE, id).cloned().unwrap_or_default();
    network::detach_later(call, &row, after + 10.0);
    call.remove_later(TABLE, id, after + 10.0 + LINGERS);
}

/// Stops a task; one that is stopping already stays as it is.
pub fn stop(call: &mut Call<'_>, id: &str, code: &str, reason: &str) {
    let now = call.now();
    let Some(row) = call.get_mut(TABLE, id).filter(|row| text(row, "desiredStatus") != "STOPPED") else { return };
    let started = row.get("startedAt").is_some();
    let containers = ended(items(row, "containers"), started.then_some(0));
    set(row, "desiredStatus", "STOPPED".into());
    set(row, "stopCode", code.into());
    set(row, "stoppedReason", reason.into());
    set(row, "stoppingAt", now.into());
    set(row, "_healthy", false.into());
    set(row, "lastStatus", if started { "DEACTIVATING" } else { "DEPROVISIONING" }.into());
    if started {
        // The process hears SIGTERM and leaves at once; the rest is taking down the network.
        let leaving: Vec<Value> = containers.iter().map(|one| joined(one.clone(), json!({"lastStatus": "RUNNING"}))).collect();
        set(row, "containers", leaving.into());
    }
    let row = row.clone();
    task_script::silence(call, &row);
    call.forget_due(TABLE, id);
    let drained = network::deregister(call, &row);
    let mut at = 0.0;
    if started {
        at = drained + 5.0;
        call.later(TABLE, id, at, json!({"lastStatus": "STOPPING"}));
        at += 5.0;
        let down = json!({"lastStatus": "DEPROVISIONING", "containers": containers, "executionStoppedAt": now + at});
        call.later(TABLE, id, at, down);
    }
    at += 10.0;
    let gone: Vec<Value> = items(&row, "attachments").iter().map(|one| joined(one.clone(), json!({"status": "DELETED"}))).collect();
    let last = json!({"lastStatus": "STOPPED", "stoppedAt": now + at, "attachments": gone, "containers": containers, "connectivity": null});
    call.later(TABLE, id, at, last);
    network::detach_later(call, &row, at);
    call.remove_later(TABLE, id, at + LINGERS);
}

fn container(call: &mut Call<'_>, definition: &Value, task: &str, attachment: Option<&Value>) -> Value {
    let arn = format!("{}/{}", task.replacen(":task/", ":container/", 1), uuid(call));
    let image = text(definition, "image").to_owned();
    let interfaces: Vec<Value> = attachment
        .and_then(|one| Some(json!({"attachmentId": one["id"], "privateIpv4Address": detail(one, "privateIPv4Address")?})))
        .into_iter()
        .collect();
    let mut row = json!({
        "containerArn": arn, "taskArn": task, "name": definition["name"], "image": image, "lastStatus": "PENDING", "healthStatus": "UNKNOWN", "networkInterfaces": interfaces,
        "cpu": number(definition, "cpu").unwrap_or(0).to_string(),
    });
    for member in ["memory", "memoryReservation"] {
        if let Some(size) = number(definition, member) {
            set(&mut row, member, size.to_string().into());
        }
    }
    if definition.get("healthCheck").is_some() {
        set(&mut row, "_checked", true.into());
    }
    if let Some(digest) = digest(call, &image) {
        set(&mut row, "imageDigest", digest.into());
    }
    row
}

/// The digest that an image stands for, where it says so or lies in this account's registry.
pub fn digest(call: &Call<'_>, image: &str) -> Option<String> {
    if let Some((_, digest)) = image.split_once('@') {
        return Some(digest.to_owned());
    }
    let (repository, tag) = image.split_once(".amazonaws.com/")?.1.split_once(':')?;
    let held = |row: &Value| text(row, "repositoryName") == repository && items(row, "imageTags").iter().any(|known| known == tag);
    call.all("ecr.image").into_iter().find(|(_, row)| held(row)).map(|(_, row)| text(row, "imageDigest").to_owned())
}
