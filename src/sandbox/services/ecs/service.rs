//! Services.

use super::service_checks as checks;
use super::{cluster, deployment, invalid, task_definition, task_state};
use crate::services::members::{items, joined, last_part, lower_tags, number, pick, set, text};
use crate::world::{Call, Fault, tags_from};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

type Answer = Result<Value, Fault>;

/// Members that are kept as they are given.
const GIVEN: [&str; 12] = [
    "desiredCount",
    "loadBalancers",
    "serviceRegistries",
    "networkConfiguration",
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "propagateTags",
    "availabilityZoneRebalancing",
    "deploymentController",
];
/// Members that a service does not show, but its deployments and revisions do.
const IN_REVISIONS: [(&str, &str); 3] =
    [("serviceConnectConfiguration", "_serviceConnect"), ("volumeConfigurations", "_volumes"), ("vpcLatticeConfigurations", "_lattice")];
/// A change of one of these starts a deployment.
const TRIGGERS: [&str; 5] = ["taskDefinition", "networkConfiguration", "platformVersion", "loadBalancers", "serviceRegistries"];

fn missing() -> Fault {
    Fault::new("ServiceNotFoundException", "Service not found.")
}

/// The key of a service: `cluster/name`.
pub fn wanted(call: &Call<'_>) -> Result<String, Fault> {
    let cluster = cluster::wanted(call, call.text("cluster"))?;
    let key = format!("{cluster}/{}", last_part(call.text("service")));
    call.get("ecs.service", &key).map(|_| key).ok_or_else(missing)
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let cluster = cluster::wanted(call, call.text("cluster"))?;
    let name = call.text("serviceName").to_owned();
    if name.is_empty() || name.len() > 255 || !name.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign)) {
        return Err(invalid("The specified service name is invalid: up to 255 letters, numbers, underscores, and hyphens."));
    }
    let key = format!("{cluster}/{name}");
    deployment::settle(call, &key);
    if let Some(old) = call.get("ecs.service", &key) {
        let same =
            !text(old, "_token").is_empty() && text(old, "_token") == call.text("clientToken") && text(old, "_given") == digest(call.input);
        match text(old, "status") {
            "ACTIVE" if same => return Ok(json!({"service": shown(call, &key, true)})),
            "ACTIVE" => return Err(invalid("Creation of service was not idempotent.")),
            "DRAINING" => return Err(invalid("Unable to Start a service that is still Draining.")),
            _ => {}
        }
    }
    super::check_linked_role(call)?;
    let controller = call.input.get("deploymentController").map_or("ECS", |controller| text(controller, "type")).to_owned();
    let definition = match call.text("taskDefinition") {
        "" if controller == "EXTERNAL" => json!({}),
        "" => return Err(invalid("TaskDefinition can not be blank.")),
        given => task_definition::runnable(call, given)?.clone(),
    };
    let scheduling = if call.text("schedulingStrategy").is_empty() { "REPLICA" } else { call.text("schedulingStrategy") }.to_owned();
    if scheduling == "REPLICA" && number(call.input, "desiredCount").is_none() && controller != "EXTERNAL" {
        return Err(invalid("Invalid request provided: desiredCount is required for the REPLICA scheduling strategy."));
    }
    if scheduling == "DAEMON" && call.input.get("desiredCount").is_some() {
        return Err(invalid(
            "The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.",
        ));
    }
    let mut choice = json!({});
    if controller != "EXTERNAL" {
        choice = checks::launch(call, &cluster, &definition, call.input)?;
        checks::network(call, &definition, call.input.get("networkConfiguration"))?;
        checks::load_balancers(call, &definition, items(call.input, "loadBalancers"))?;
    }
    let configuration = checks::deployment_configuration(None, call.input.get("deploymentConfiguration"), &scheduling)?;
    let arn = call.arn("ecs", &format!("service/{key}"));
    let balanced = !items(call.input, "loadBalancers").is_empty();
    let defaults = json!({
        "desiredCount": 0, "loadBalancers": [], "serviceRegistries": [], "placementConstraints": [], "placementStrategy": [], "enableECSManagedTags": false, "enableExecuteCommand": false,
        "propagateTags": "NONE", "availabilityZoneRebalancing": if scheduling == "REPLICA" { "ENABLED" } else { "DISABLED" }, "deploymentController": {"type": "ECS"},
    });
    let own = json!({
        "serviceArn": arn, "_arn": arn, "serviceName": name, "clusterArn": cluster::arn(call, &cluster), "status": "ACTIVE", "taskDefinition": definition["taskDefinitionArn"],
        "deploymentConfiguration": configuration, "schedulingStrategy": scheduling, "createdAt": call.now(), "createdBy": format!("arn:aws:iam::{}:user/sandbox", call.world.account),
        "deployments": [], "events": [], "_given": digest(call.input), "_token": call.text("clientToken"),
    });
    let mut row = joined(joined(defaults, pick(call.input, &GIVEN)), joined(own, choice));
    fill_network(&mut row);
    if balanced {
        let role = format!("arn:aws:iam::{}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS", call.world.account);
        set(&mut row, "roleArn", if call.text("role").is_empty() { role.into() } else { call.text("role").into() });
        if row.get("healthCheckGracePeriodSeconds").is_none() {
            set(&mut row, "healthCheckGracePeriodSeconds", 0.into());
        }
    }
    if fargate(&row) {
        set(
            &mut row,
            "platformVersion",
            if call.text("platformVersion").is_empty() { "LATEST".into() } else { call.text("platformVersion").into() },
        );
        set(&mut row, "platformFamily", "Linux".into());
    }
    for (member, private) in IN_REVISIONS {
        if let Some(value) = call.input.get(member) {
            set(&mut row, private, value.clone());
        }
    }
    checks::whole(&row, &definition)?;
    call.remove("ecs.service", &key);
    call.put("ecs.service", &key, row);
    let tags = tags_from(call.input.get("tags"));
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    if controller != "EXTERNAL" {
        deployment::begin(call, &key);
        deployment::settle(call, &key);
    }
    Ok(json!({"service": shown(call, &key, true)}))
}

/// Tells one request from another, for those repeated with the same client token.
fn digest(input: &Value) -> String {
    Sha256::digest(input.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fargate(row: &Value) -> bool {
    text(row, "launchType") == "FARGATE"
        || items(row, "capacityProviderStrategy").iter().any(|item| text(item, "capacityProvider").starts_with("FARGATE"))
}

fn fill_network(row: &mut Value) {
    if let Some(network) = row.pointer_mut("/networkConfiguration/awsvpcConfiguration") {
        let given = network.take();
        *network = joined(json!({"assignPublicIp": "DISABLED", "securityGroups": []}), given);
    }
}

pub fn update(call: &mut Call<'_>) -> Answer {
    let key = wanted(call)?;
    deployment::settle(call, &key);
    let old = call.get("ecs.service", &key).cloned().unwrap_or_default();
    if text(&old, "status") != "ACTIVE" {
        return Err(Fault::new("ServiceNotActiveException", "Service was not ACTIVE."));
    }
    let cluster = key.split('/').next().unwrap_or("").to_owned();
    let mut row = joined(old.clone(), pick(call.input, &GIVEN));
    if !call.text("taskDefinition").is_empty() {
        let definition = task_definition::runnable(call, call.text("taskDefinition"))?;
        set(&mut row, "taskDefinition", definition["taskDefinitionArn"].clone());
    }
    let definition = task_definition::find(call, text(&row, "taskDefinition")).cloned().unwrap_or_default();
    fill_network(&mut row);
    let force = call.input.get("forceNewDeployment").and_then(Value::as_bool) == Some(true);
    if text(&row, "schedulingStrategy") == "DAEMON" && call.input.get("desiredCount").is_some() {
        return Err(invalid(
            "The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.",
        ));
    }
    if let Some(strategy) = call.input.get("capacityProviderStrategy") {
        let asked = json!({"capacityProviderStrategy": strategy, "platformVersion": call.input.get("platformVersion")});
        let choice = checks::launch(call, &cluster, &definition, &asked)?;
        if choice.get("capacityProviderStrategy") != old.get("capacityProviderStrategy") && !force {
            return Err(invalid(
                "When switching from launch type to capacity provider strategy on an existing service, or making a change to a capacity provider strategy on a service that is already using one, you must force a new deployment.",
            ));
        }
        if let Some(members) = row.as_object_mut() {
            members.remove("launchType");
            members.remove("capacityProviderStrategy");
        }
        row = joined(row, choice);
    }
    if call.input.get("platformVersion").is_some() {
        checks::launch(
            call,
            &cluster,
            &definition,
            &joined(pick(&row, &["launchType", "capacityProviderStrategy"]), pick(call.input, &["platformVersion"])),
        )?;
        set(&mut row, "platformVersion", call.text("platformVersion").into());
    }
    if call.input.get("networkConfiguration").is_some() || call.input.get("taskDefinition").is_some() {
        checks::network(call, &definition, row.get("networkConfiguration"))?;
    }
    if call.input.get("loadBalancers").is_some() || call.input.get("taskDefinition").is_some() {
        checks::load_balancers(call, &definition, items(&row, "loadBalancers"))?;
    }
    let scheduling = text(&row, "schedulingStrategy").to_owned();
    let configuration =
        checks::deployment_configuration(old.get("deploymentConfiguration"), call.input.get("deploymentConfiguration"), &scheduling)?;
    if configuration["strategy"] != old["deploymentConfiguration"]["strategy"] && deployment::is_open(&old) {
        return Err(invalid("The deployment strategy cannot be changed while a deployment is in progress."));
    }
    // documented: the pair comes by a rolling deployment of its own, before the strategy that shifts between its groups.
    // <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-rolling-to-bluegreen.html>
    let paired = |service: &Value| items(service, "loadBalancers").iter().any(|balancer| balancer.get("advancedConfiguration").is_some());
    if deployment::shifts(&json!({"deploymentConfiguration": configuration})) && !deployment::shifts(&old) && paired(&row) && !paired(&old)
    {
        return Err(invalid(
            "The deployment strategy cannot be changed with advancedConfiguration that no deployment of the service has used yet.",
        ));
    }
    set(&mut row, "deploymentConfiguration", configuration);
    for (member, private) in IN_REVISIONS {
        if let Some(value) = call.input.get(member) {
            set(&mut row, private, value.clone());
        }
    }
    checks::whole(&row, &definition)?;
    let starts = force
        || TRIGGERS
            .iter()
            .copied()
            .chain(IN_REVISIONS.iter().map(|(_, private)| *private))
            .any(|member| row.get(member) != old.get(member));
    call.put("ecs.service", &key, row);
    if starts && text(&old["deploymentController"], "type") != "EXTERNAL" {
        deployment::begin(call, &key);
    }
    deployment::settle(call, &key);
    Ok(json!({"service": shown(call, &key, true)}))
}

/// Returns a service as DescribeServices answers it.
pub fn shown(call: &Call<'_>, key: &str, tagged: bool) -> Value {
    let mut row = call.get("ecs.service", key).cloned().unwrap_or_default();
    let counts = deployment::counts(call, key, None);
    set(&mut row, "runningCount", counts.running.into());
    set(&mut row, "pendingCount", counts.pending.into());
    let deployments = deployment::shown(call, key, &row);
    set(&mut row, "deployments", deployments);
    let current = deployment::current(call, key, &row);
    row = joined(row, current);
    if text(&row["deploymentController"], "type") != "ECS" {
        set(&mut row, "taskSets", super::task_set::of(call, key).into());
    }
    if tagged {
        let tags = lower_tags(&call.tags(text(&row, "serviceArn")));
        set(&mut row, "tags", tags);
    }
    row
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let key = wanted(call)?;
    deployment::settle(call, &key);
    let row = call.get("ecs.service", &key).cloned().unwrap_or_default();
    let force = call.input.get("force").and_then(Value::as_bool) == Some(true);
    match text(&row, "status") {
        "INACTIVE" => return Err(missing()),
        "DRAINING" => return Ok(json!({"service": shown(call, &key, false)})),
        _ => {}
    }
    if number(&row, "desiredCount").unwrap_or(0) > 0 && !force && text(&row, "schedulingStrategy") == "REPLICA" {
        return Err(invalid("The service cannot be stopped while it is scaled above 0."));
    }
    deployment::abandon(call, &key, "The service was deleted.");
    if let Some(row) = call.get_mut("ecs.service", &key) {
        set(row, "status", "DRAINING".into());
        set(row, "desiredCount", 0.into());
    }
    for id in deployment::tasks(call, &key) {
        task_state::stop(call, &id, "ServiceSchedulerInitiated", &format!("Service {} was deleted", text(&row, "serviceName")));
    }
    let answer = json!({"service": shown(call, &key, false)});
    deployment::settle(call, &key);
    Ok(answer)
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    let cluster = cluster::wanted(call, call.text("cluster"))?;
    let tagged = call.texts("include").iter().any(|part| part == "TAGS");
    let given = call.texts("services");
    if given.is_empty() || given.len() > 10 {
        return Err(invalid(if given.is_empty() { "Services cannot be empty." } else { "Services cannot have more than 10 elements." }));
    }
    let (mut services, mut failures) = (Vec::new(), Vec::new());
    for one in given {
        let key = format!("{cluster}/{}", last_part(&one));
        deployment::settle(call, &key);
        if call.get("ecs.service", &key).is_some() {
            services.push(shown(call, &key, tagged));
        } else {
            failures.push(json!({"arn": call.arn("ecs", &format!("service/{key}")), "reason": "MISSING"}));
        }
    }
    Ok(json!({"services": services, "failures": failures}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    deployment::settle_all(call);
    let cluster = cluster::wanted(call, call.text("cluster"))?;
    let arn = cluster::arn(call, &cluster);
    let (launch, scheduling) = (call.text("launchType"), call.text("schedulingStrategy"));
    let rows = call.all("ecs.service").into_iter().map(|(_, row)| row).filter(|row| {
        text(row, "clusterArn") == arn
            && text(row, "status") != "INACTIVE"
            && (launch.is_empty() || text(row, "launchType") == launch)
            && (scheduling.is_empty() || text(row, "schedulingStrategy") == scheduling)
    });
    Ok(json!({"serviceArns": rows.map(|row| text(row, "serviceArn")).collect::<Vec<_>>()}))
}
