//! The rolling update: new tasks come up and old ones go, within the limits of the deployment configuration.

use super::super::task_state::{self, Launch};
use super::super::{cluster, task_definition, task_network, traffic};
use super::{DEPLOYMENT, REVISION, SERVICE, SHAPE, counts, failure, is_healthy, pair, placeable, shifting, shifts, trouble};
use crate::rollouts::Trouble;
use crate::services::elbv2::target;
use crate::services::members::{flag, items, joined, number, pick, set, text, uuid};
use crate::world::{Call, Due, World};
use serde_json::{Value, json};

/// Starts a deployment of the service as it now is; one under way is given up.
pub fn begin(call: &mut Call<'_>, key: &str) {
    abandon(call, key, "A newer deployment was started.");
    let source = shifting::source(call, key);
    let revision = revise(call, key, source.as_deref());
    let arn = {
        let id = call.hex(21);
        call.arn("ecs", &format!("service-deployment/{key}/{id}"))
    };
    let row = call.get(SERVICE, key).cloned().unwrap_or_default();
    let sources: Vec<&str> = items(&row, "deployments").iter().map(|one| text(one, "_revision")).collect();
    let now = call.now();
    let record = json!({
        "serviceDeploymentArn": arn, "serviceArn": row["serviceArn"], "clusterArn": row["clusterArn"], "createdAt": now, "startedAt": now, "updatedAt": now, "status": "IN_PROGRESS",
        "deploymentConfiguration": row["deploymentConfiguration"], "_service": key, "_target": revision, "_sources": sources,
    });
    call.put(DEPLOYMENT, &arn, record);
    open(call, key, &revision, &arn);
    if let Some(row) = call.get_mut(SERVICE, key).filter(|row| flag(row, "_stuck")) {
        set(row, "_stuck", false.into());
    }
    match shifts(&row) {
        true => shifting::begin(call, key, &arn, source.as_deref()),
        false => shifting::end(call, key),
    }
    forget_old(call, key);
}

/// The deployments of a service that are remembered. ECS keeps those of the last ninety days.
const REMEMBERED: usize = 50;

/// Forgets the oldest deployments of a service, and the revisions that only they went to.
fn forget_old(call: &mut Call<'_>, key: &str) {
    let own = |row: &Value| text(row, "_service") == key;
    let mut records: Vec<(f64, String, String)> = call
        .all(DEPLOYMENT)
        .into_iter()
        .filter(|(_, row)| own(row))
        .map(|(arn, row)| (row["createdAt"].as_f64().unwrap_or(0.0), arn.clone(), text(row, "_target").to_owned()))
        .collect();
    records.sort_by(|a, b| b.0.total_cmp(&a.0));
    let gone = records.split_off(REMEMBERED.min(records.len()));
    let live = call.get(SERVICE, key).map(|row| row["deployments"].clone()).unwrap_or_default();
    let used = |revision: &str| {
        records.iter().any(|(.., target)| target == revision)
            || live.as_array().into_iter().flatten().any(|one| one["_revision"] == revision)
    };
    let forgotten: Vec<&String> = gone.iter().map(|(.., revision)| revision).filter(|revision| !used(revision)).collect();
    for (_, arn, _) in &gone {
        call.remove(DEPLOYMENT, arn);
    }
    for revision in forgotten {
        call.remove(REVISION, revision);
    }
}

/// Makes the deployment that brings `revision` up; the others become ACTIVE, which is to say: on their way out.
pub fn open(call: &mut Call<'_>, key: &str, revision: &str, record: &str) {
    let id = format!("ecs-svc/{:019}", u64::from_str_radix(&call.hex(15), 16).unwrap_or_default());
    let now = call.now();
    let service = call.get(SERVICE, key).cloned().unwrap_or_default();
    let balancers = pair::of_revision(call, &service, revision);
    let Some(row) = call.get_mut(SERVICE, key) else { return };
    let mut deployments: Vec<Value> = items(row, "deployments").to_vec();
    for one in &mut deployments {
        set(one, "status", "ACTIVE".into());
        set(one, "updatedAt", now.into());
    }
    let mut fresh = pick(row, &SHAPE[..6]);
    for (private, member) in
        [("_serviceConnect", "serviceConnectConfiguration"), ("_volumes", "volumeConfigurations"), ("_lattice", "vpcLatticeConfigurations")]
    {
        if let Some(value) = row.get(private) {
            set(&mut fresh, member, value.clone());
        }
    }
    if text(&fresh, "platformVersion") == "LATEST" {
        set(&mut fresh, "platformVersion", "1.4.0".into());
    }
    let own = json!({
        "id": id, "status": "PRIMARY", "createdAt": now, "updatedAt": now, "failedTasks": 0, "rolloutState": "IN_PROGRESS", "_revision": revision, "_record": record, "_balancers": balancers,
        "rolloutStateReason": format!("ECS deployment {id} in progress."),
    });
    deployments.insert(0, joined(fresh, own));
    set(row, "deployments", deployments.into());
    set(row, "_steady", false.into());
}

/// Keeps the service's present shape under a revision ARN.
fn revise(call: &mut Call<'_>, key: &str, source: Option<&str>) -> String {
    let number = u64::from_str_radix(&call.hex(15), 16).unwrap_or_default();
    let arn = call.arn("ecs", &format!("service-revision/{key}/{number:019}"));
    let row = call.get(SERVICE, key).cloned().unwrap_or_default();
    let definition = task_definition::find(call, text(&row, "taskDefinition")).cloned().unwrap_or_default();
    let images = items(&definition, "containerDefinitions").iter().map(|container| {
        let mut image = json!({"containerName": container["name"], "image": container["image"]});
        if let Some(digest) = task_state::digest(call, text(container, "image")) {
            set(&mut image, "imageDigest", digest.into());
        }
        image
    });
    let images: Vec<Value> = images.collect();
    let balancers = pair::next(call, &row, source);
    let balancers = balancers.iter().map(|balancer| {
        let mut resolved = pick(balancer, &["targetGroupArn"]);
        if let Some(rule) = balancer.pointer("/advancedConfiguration/productionListenerRule") {
            set(&mut resolved, "productionListenerRule", rule.clone());
        }
        resolved
    });
    let balancers: Vec<Value> = balancers.collect();
    let own = json!({
        "serviceRevisionArn": arn, "createdAt": call.now(), "containerImages": images, "guardDutyEnabled": false, "resolvedConfiguration": {"loadBalancers": balancers},
        "serviceConnectConfiguration": row.get("_serviceConnect"), "volumeConfigurations": row.get("_volumes"), "vpcLatticeConfigurations": row.get("_lattice"),
        "_faults": trouble::for_next(call, key),
    });
    let shape = joined(pick(&row, &SHAPE), pick(&row, &["serviceArn", "clusterArn", "serviceRegistries"]));
    call.put(REVISION, &arn, joined(shape, own));
    arn
}

/// Ends the record of a deployment that is under way.
pub fn abandon(call: &mut Call<'_>, key: &str, reason: &str) {
    let Some(row) = call.get(SERVICE, key) else { return };
    let records: Vec<String> = items(row, "deployments")
        .iter()
        .filter(|one| text(one, "rolloutState") == "IN_PROGRESS")
        .map(|one| text(one, "_record").to_owned())
        .collect();
    for record in records {
        finish(call, &record, "STOPPED", reason);
    }
}

pub fn finish(call: &mut Call<'_>, record: &str, status: &str, reason: &str) {
    let now = call.now();
    let Some(row) = call.get_mut(DEPLOYMENT, record) else { return };
    if row.get("finishedAt").is_some() {
        return;
    }
    set(row, "status", status.into());
    set(row, "finishedAt", now.into());
    set(row, "updatedAt", now.into());
    if status == "STOPPED" {
        set(row, "stoppedAt", now.into());
    }
    if !reason.is_empty() {
        set(row, "statusReason", reason.into());
    }
}

pub fn settle_all(call: &mut Call<'_>) {
    let keys: Vec<String> =
        call.all(SERVICE).into_iter().filter(|(_, row)| text(row, "status") != "INACTIVE").map(|(key, _)| key.clone()).collect();
    for key in keys {
        settle(call, &key);
    }
}

/// Brings a service up to the present.
pub fn settle(call: &mut Call<'_>, key: &str) {
    let Some(row) = call.get(SERVICE, key).cloned() else { return };
    match text(&row, "status") {
        "DRAINING" => drained(call, key, &row),
        "ACTIVE" if !items(&row, "deployments").is_empty() => {
            if let Some(arn) = shifting::open(&row) {
                shifting::play(call, key, &arn);
            }
            let rolls = |row: &Value| shifting::open(row).is_none() && !flag(row, "_stuck");
            if call.get(SERVICE, key).is_some_and(rolls) {
                // One round stops old tasks because of new ones; the next sees that.
                (0..3).for_each(|_| balance(call, key));
            }
            traffic::note(call, key);
        }
        _ => {}
    }
}

/// True when a change may move a deployment on: of a task, its target, or the deployment's own time.
pub fn is_moved_by(due: &Due) -> bool {
    let noun = due.table.split_once('/').map_or("", |(_, noun)| noun);
    due.patch.is_some() && ["ecs.task", SERVICE, target::TABLE].contains(&noun)
}

/// True for a task that stops although it should run.
pub fn is_failure(due: &Due) -> bool {
    due.patch.as_ref().is_some_and(|patch| patch.get("_failed").is_some())
}

/// Plays what happens by itself to the services whose traffic is being shifted.
pub fn play(world: &mut World) {
    let tables: Vec<String> = world.tables.keys().filter(|table| table.ends_with(&format!("/{SERVICE}"))).cloned().collect();
    for table in tables {
        let region = table.split('/').next().unwrap_or_default().to_owned();
        let rows = world.tables.get(&table).into_iter().flatten();
        let keys: Vec<String> = rows.filter(|(_, row)| shifting::open(row).is_some()).map(|(key, _)| key.clone()).collect();
        for key in keys {
            let input = Value::Null;
            settle(&mut Call::new(world, &input, "ecs", "DescribeServices", &region), &key);
        }
    }
}

fn drained(call: &mut Call<'_>, key: &str, row: &Value) {
    let left = call.all("ecs.task").iter().any(|(_, task)| text(task, "_service") == key && text(task, "lastStatus") != "STOPPED");
    if left {
        return;
    }
    let arn = text(row, "serviceArn").to_owned();
    if let Some(row) = call.get_mut(SERVICE, key) {
        set(row, "status", "INACTIVE".into());
        set(row, "deployments", json!([]));
    }
    let tags: Vec<String> = call.tags(&arn).into_keys().collect();
    call.unset_tags(&arn, &tags);
    call.remove_later(SERVICE, key, cluster::LINGERS);
    traffic::forget(call, key);
}

/// Starts and stops tasks within the limits of the deployment configuration, and closes the deployment when it has arrived.
fn balance(call: &mut Call<'_>, key: &str) {
    replace_unwell(call, key);
    failure::judge(call, key);
    let row = call.get(SERVICE, key).cloned().unwrap_or_default();
    let Some(primary) = items(&row, "deployments").first().cloned() else { return };
    let id = text(&primary, "id").to_owned();
    let configuration = &row["deploymentConfiguration"];
    let daemon = text(&row, "schedulingStrategy") == "DAEMON";
    let desired = if daemon { 0 } else { number(&row, "desiredCount").unwrap_or(0) };
    let most = desired * number(configuration, "maximumPercent").unwrap_or(200) / 100;
    let least = (desired * number(configuration, "minimumHealthyPercent").unwrap_or(100) + 99) / 100;
    let (all, new) = (counts(call, key, None), counts(call, key, Some(&id)));
    let old = all.live - new.live;
    if new.live > desired {
        stop_some(call, key, |task| text(task, "startedBy") == id, new.live - desired, &id);
    }
    let missing = desired - new.live;
    let room = if old == 0 { missing } else { missing.min(most - all.live) };
    // Whoever looks later finds a scheduler that is held back at it again.
    if room > 0 && !failure::holds_back(call, &primary) {
        start_some(call, key, &row, &primary, room);
    }
    let spare = if new.healthy >= desired { old } else { (all.healthy - least).min(old) };
    if spare > 0 {
        stop_some(call, key, |task| text(task, "startedBy") != id, spare, &id);
    }
    let (all, new) = (counts(call, key, None), counts(call, key, Some(&id)));
    let arrived = new.healthy >= desired && new.live == desired && all.live == new.live;
    if arrived && text(&primary, "rolloutState") == "IN_PROGRESS" {
        close(call, key, &id);
    }
    if arrived && !flag(call.get(SERVICE, key).unwrap_or(&Value::Null), "_steady") {
        event(call, key, "has reached a steady state.");
    }
    if let Some(row) = call.get_mut(SERVICE, key).filter(|row| flag(row, "_steady") != arrived) {
        set(row, "_steady", arrived.into());
    }
}

/// The most tasks of one service. <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html>
const MOST_TASKS: i64 = 5_000;

/// Starts tasks of a deployment, where they find a place.
fn start_some(call: &mut Call<'_>, key: &str, row: &Value, deployment: &Value, count: i64) {
    let lacking = trouble::of(call, text(deployment, "_revision")).contains(&Trouble::Capacity);
    let room = MOST_TASKS - counts(call, key, None).live;
    if placeable(deployment) && !lacking && room > 0 {
        let started = (0..count.min(room)).map(|_| start_one(call, key, row, deployment)).collect::<Vec<_>>();
        let names = started.iter().map(|id| format!("(task {id})")).collect::<Vec<_>>().join(" ");
        event(call, key, &format!("has started {} tasks: {names}.", started.len()));
        return;
    }
    // <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html>
    let message = match lacking {
        _ if room <= 0 => "was unable to place a task. Reason: You've reached the limit on the number of tasks you can run concurrently.",
        true => {
            "was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone."
        }
        false => {
            "was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster."
        }
    };
    let said = items(row, "events").first().is_some_and(|last| text(last, "message").ends_with(message));
    if !said {
        event(call, key, message);
    }
}

/// Brings the tasks of a revision to the count that is wanted, as far as it goes now.
pub fn keep_at(call: &mut Call<'_>, key: &str, revision: &str) {
    let deployment = shifting::entry(call, key, revision);
    let id = text(&deployment, "id").to_owned();
    if id.is_empty() {
        return;
    }
    let desired = call.get(SERVICE, key).and_then(|row| number(row, "desiredCount")).unwrap_or(0);
    let live = counts(call, key, Some(&id)).live;
    if live > desired {
        stop_some(call, key, |task| text(task, "startedBy") == id, live - desired, &id);
    } else if live < desired && !failure::holds_back(call, &deployment) {
        let row = call.get(SERVICE, key).cloned().unwrap_or_default();
        start_some(call, key, &row, &deployment, desired - live);
    }
}

/// Stops the tasks of all but these deployments; true once they are gone.
pub fn stop_others(call: &mut Call<'_>, key: &str, kept: &[&str]) -> bool {
    let other = |task: &Value| text(task, "_service") == key && !kept.contains(&text(task, "startedBy"));
    let rows = || call.all("ecs.task").into_iter().map(|(_, task)| task).filter(|task| other(task));
    let live = rows().filter(|task| text(task, "desiredStatus") == "RUNNING").count();
    let gone = rows().all(|task| text(task, "lastStatus") == "STOPPED");
    if live > 0 {
        let primary = call.get(SERVICE, key).map(|row| text(&row["deployments"][0], "id").to_owned()).unwrap_or_default();
        stop_some(call, key, |task| other(task), i64::try_from(live).unwrap_or(i64::MAX), &primary);
    }
    gone
}

/// Stops tasks that their target groups find unhealthy once their grace is over; others take their place. True while one has grace left.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html>
pub fn replace_unwell(call: &mut Call<'_>, key: &str) -> bool {
    let Some(row) = call.get(SERVICE, key) else { return false };
    let name = text(row, "serviceName").to_owned();
    let grace = number(row, "healthCheckGracePeriodSeconds").unwrap_or(0) as f64;
    let now = call.now();
    let mine = |task: &Value| text(task, "_service") == key && text(task, "desiredStatus") == "RUNNING";
    let over = |task: &Value| task["startedAt"].as_f64().is_some_and(|started| now >= started + grace);
    let unwell: Vec<(String, String, bool)> = call
        .all("ecs.task")
        .into_iter()
        .filter(|(_, task)| mine(task))
        .filter_map(|(id, task)| Some((id.clone(), task_network::unwell_in(call, task)?, over(task))))
        .collect();
    for (id, group, _) in unwell.iter().filter(|(.., over)| *over) {
        let reason = format!("(service {name}) (task {id}) failed ELB health checks in (target-group {group})");
        task_state::stop(call, id, "ServiceSchedulerInitiated", &reason);
        // Documented: deployment-circuit-breaker, failed health checks count.
        if let Some(task) = call.get_mut("ecs.task", id) {
            set(task, "_failed", true.into());
        }
    }
    unwell.iter().any(|(.., over)| !over)
}

pub fn close(call: &mut Call<'_>, key: &str, id: &str) {
    let now = call.now();
    let Some(row) = call.get_mut(SERVICE, key) else { return };
    let Some(mut primary) = items(row, "deployments").first().cloned() else { return };
    set(&mut primary, "rolloutState", "COMPLETED".into());
    set(&mut primary, "rolloutStateReason", format!("ECS deployment {id} completed.").into());
    set(&mut primary, "updatedAt", now.into());
    let record = text(&primary, "_record").to_owned();
    set(row, "deployments", json!([primary]));
    let rolled_back = call.get(DEPLOYMENT, &record).is_some_and(|row| row.get("rollback").is_some());
    finish(call, &record, if rolled_back { "ROLLBACK_SUCCESSFUL" } else { "SUCCESSFUL" }, "");
    event(call, key, &format!("(deployment {id}) deployment completed."));
}

fn stop_some(call: &mut Call<'_>, key: &str, which: impl Fn(&Value) -> bool, count: i64, deployment: &str) {
    let mine = |task: &Value| text(task, "_service") == key && text(task, "desiredStatus") == "RUNNING" && which(task);
    let mut found: Vec<(bool, f64, String)> = call
        .all("ecs.task")
        .into_iter()
        .filter(|(_, task)| mine(task))
        .map(|(id, task)| (is_healthy(call, task), task["createdAt"].as_f64().unwrap_or(0.0), id.clone()))
        .collect();
    // Those that do not serve yet go first, then the oldest.
    found.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let gone: Vec<String> = found.into_iter().take(count.max(0) as usize).map(|(.., id)| id).collect();
    for id in &gone {
        task_state::stop(call, id, "ServiceSchedulerInitiated", &format!("Scaling activity initiated by (deployment {deployment})"));
    }
    event(
        call,
        key,
        &format!(
            "has stopped {} running tasks: {}.",
            gone.len(),
            gone.iter().map(|id| format!("(task {id})")).collect::<Vec<_>>().join(" ")
        ),
    );
}

fn start_one(call: &mut Call<'_>, key: &str, row: &Value, deployment: &Value) -> String {
    let definition = task_definition::find(call, text(deployment, "taskDefinition")).cloned().unwrap_or_default();
    let strategy = items(deployment, "capacityProviderStrategy");
    let mut placement = pick(deployment, &["launchType", "platformVersion"]);
    if let Some(provider) = strategy.iter().max_by_key(|item| number(item, "weight").unwrap_or(0)) {
        set(&mut placement, "launchType", "FARGATE".into());
        set(&mut placement, "capacityProviderName", provider["capacityProvider"].clone());
    }
    let source = match text(row, "propagateTags") {
        "SERVICE" => text(row, "serviceArn"),
        "TASK_DEFINITION" => text(deployment, "taskDefinition"),
        _ => "",
    };
    let mut tags: Vec<(String, String)> = call.tags(source).into_iter().collect();
    if flag(row, "enableECSManagedTags") {
        let (cluster, name) = key.split_once('/').unwrap_or(("", key));
        tags.push(("aws:ecs:clusterName".into(), cluster.into()));
        tags.push(("aws:ecs:serviceName".into(), name.into()));
    }
    let balancers = if deployment.get("_balancers").is_some() { items(deployment, "_balancers") } else { items(row, "loadBalancers") };
    let launch = Launch {
        cluster_arn: text(row, "clusterArn").to_owned(),
        definition,
        placement,
        network: deployment.get("networkConfiguration").cloned().unwrap_or_default(),
        group: format!("service:{}", text(row, "serviceName")),
        started_by: text(deployment, "id").to_owned(),
        overrides: json!({}),
        execute_command: flag(row, "enableExecuteCommand"),
        tags,
        service: Some(key.to_owned()),
        balancers: balancers.to_vec(),
        troubles: trouble::of(call, text(deployment, "_revision")),
    };
    task_state::launch(call, launch)
}

pub fn event(call: &mut Call<'_>, key: &str, what: &str) {
    let (id, now) = (uuid(call), call.now());
    let Some(row) = call.get_mut(SERVICE, key) else { return };
    let message = format!("(service {}) {what}", text(row, "serviceName"));
    let mut events = vec![json!({"id": id, "createdAt": now, "message": message})];
    events.extend(items(row, "events").iter().take(99).cloned());
    set(row, "events", events.into());
}
