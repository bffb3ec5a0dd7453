//! Clusters.

use super::capacity_provider;
use super::invalid;
use crate::services::members::{items, joined, last_part, lower_tags, number, pick, set, text, texts};
use crate::world::{Call, Fault, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// Seconds that a deleted cluster, service or task is still shown.
pub const LINGERS: f64 = 3600.0;

/// The name of an active cluster behind a name or ARN; no name is `default`.
pub fn wanted(call: &Call<'_>, given: &str) -> Result<String, Fault> {
    let name = if given.is_empty() { "default" } else { last_part(given) };
    let active = call
        .get("ecs.cluster", name)
        .is_some_and(|cluster| text(cluster, "status") == "ACTIVE" && (!given.starts_with("arn:") || text(cluster, "clusterArn") == given));
    active.then(|| name.to_owned()).ok_or_else(|| Fault::new("ClusterNotFoundException", "Cluster not found."))
}

pub fn arn(call: &Call<'_>, name: &str) -> String {
    call.arn("ecs", &format!("cluster/{name}"))
}

const GIVEN: [&str; 4] = ["capacityProviders", "configuration", "defaultCapacityProviderStrategy", "serviceConnectDefaults"];

pub fn create(call: &mut Call<'_>) -> Answer {
    let name = if call.text("clusterName").is_empty() { "default" } else { call.text("clusterName") }.to_owned();
    if name.len() > 255 || !name.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign)) {
        return Err(invalid("Invalid identifier: cluster names have up to 255 letters, numbers, underscores, and hyphens."));
    }
    check_settings(call.input)?;
    check_providers(call, call.input)?;
    if !call.texts("capacityProviders").is_empty() {
        super::check_linked_role(call)?;
    }
    let given = with_namespace(call, pick(call.input, &GIVEN));
    let settings = settings(call.input);
    if let Ok(name) = wanted(call, &name) {
        let old = call.get("ecs.cluster", &name).cloned().unwrap_or_default();
        let same = GIVEN.iter().all(|member| given.get(*member).is_none_or(|value| old.get(*member) == Some(value)));
        if !same || (call.input.get("settings").is_some() && old["settings"] != settings) {
            return Err(invalid("Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."));
        }
        return Ok(json!({"cluster": shown(call, &name, &["TAGS", "SETTINGS", "CONFIGURATIONS"])}));
    }
    let arn = arn(call, &name);
    // The removal of an earlier cluster of this name that is still due must not remove the new one.
    call.remove("ecs.cluster", &name);
    let own = json!({"clusterArn": arn, "_arn": arn, "clusterName": name, "status": "ACTIVE", "settings": settings});
    let lists = json!({"capacityProviders": [], "defaultCapacityProviderStrategy": []});
    call.put("ecs.cluster", &name, joined(joined(lists, given), own));
    let tags = tags_from(call.input.get("tags"));
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"cluster": shown(call, &name, &["TAGS", "SETTINGS", "CONFIGURATIONS"])}))
}

fn settings(input: &Value) -> Value {
    let given = items(input, "settings");
    if given.is_empty() { json!([{"name": "containerInsights", "value": "disabled"}]) } else { json!(given) }
}

fn check_settings(input: &Value) -> Result<(), Fault> {
    match items(input, "settings").iter().find(|setting| !["enabled", "disabled", "enhanced"].contains(&text(setting, "value"))) {
        Some(setting) => Err(invalid(format!(
            "Invalid cluster setting value \"{}\". Valid values are \"enhanced\", \"enabled\" and \"disabled\".",
            text(setting, "value")
        ))),
        None => Ok(()),
    }
}

fn check_providers(call: &Call<'_>, wanted: &Value) -> Result<(), Fault> {
    let providers = texts(wanted, "capacityProviders");
    if let Some(unknown) = providers.iter().find(|provider| !capacity_provider::exists(call, provider)) {
        return Err(invalid(format!(
            "The specified capacity provider '{unknown}' was not found. Specify a valid name or ARN and try again."
        )));
    }
    check_strategy(items(wanted, "defaultCapacityProviderStrategy"), &providers)
}

/// A strategy uses only the cluster's providers, at most one with a base, and not all with weight 0.
pub fn check_strategy(strategy: &[Value], providers: &[String]) -> Result<(), Fault> {
    let known = |item: &Value| providers.iter().any(|provider| last_part(provider) == last_part(text(item, "capacityProvider")));
    if !strategy.iter().all(known) {
        let message = "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.";
        return Err(invalid(message));
    }
    if strategy.iter().filter(|item| number(item, "base").unwrap_or(0) > 0).count() > 1 {
        return Err(invalid("Only one capacity provider in a capacity provider strategy can have a base defined."));
    }
    if !strategy.is_empty() && strategy.len() > 1 && strategy.iter().all(|item| number(item, "weight").unwrap_or(0) == 0) {
        return Err(invalid("At least one capacity provider in a capacity provider strategy must have a weight greater than 0."));
    }
    Ok(())
}

/// A namespace is answered as the ARN of the Cloud Map namespace, which ECS makes if it has to.
fn with_namespace(call: &Call<'_>, mut given: Value) -> Value {
    if let Some(defaults) = given.get_mut("serviceConnectDefaults") {
        let namespace = text(defaults, "namespace").to_owned();
        if !namespace.starts_with("arn:") {
            let id: String = namespace
                .bytes()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
                .chars()
                .chain("0".repeat(16).chars())
                .take(16)
                .collect();
            set(defaults, "namespace", call.arn("servicediscovery", &format!("namespace/ns-{id}")).into());
        }
    }
    given
}

/// Returns a cluster as DescribeClusters answers it, with the parts that `include` names.
fn shown(call: &Call<'_>, name: &str, include: &[&str]) -> Value {
    let row = call.get("ecs.cluster", name).cloned().unwrap_or_default();
    let tasks: Vec<&str> = call
        .all("ecs.task")
        .into_iter()
        .filter(|(_, task)| text(task, "clusterArn") == text(&row, "clusterArn"))
        .map(|(_, task)| text(task, "lastStatus"))
        .collect();
    let services = call
        .all("ecs.service")
        .into_iter()
        .filter(|(_, service)| text(service, "clusterArn") == text(&row, "clusterArn") && text(service, "status") == "ACTIVE")
        .count();
    let mut shown = pick(
        &row,
        &["clusterArn", "clusterName", "status", "capacityProviders", "defaultCapacityProviderStrategy", "serviceConnectDefaults"],
    );
    set(&mut shown, "registeredContainerInstancesCount", 0.into());
    set(&mut shown, "runningTasksCount", tasks.iter().filter(|status| **status == "RUNNING").count().into());
    set(
        &mut shown,
        "pendingTasksCount",
        tasks.iter().filter(|status| ["PROVISIONING", "PENDING", "ACTIVATING"].contains(status)).count().into(),
    );
    set(&mut shown, "activeServicesCount", services.into());
    let has = |part: &str| include.contains(&part);
    set(&mut shown, "settings", if has("SETTINGS") { row["settings"].clone() } else { json!([]) });
    set(&mut shown, "tags", if has("TAGS") { lower_tags(&call.tags(text(&row, "clusterArn"))) } else { json!([]) });
    set(&mut shown, "statistics", json!([]));
    if let Some(configuration) = row.get("configuration").filter(|_| has("CONFIGURATIONS")) {
        set(&mut shown, "configuration", configuration.clone());
    }
    shown
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    super::deployment::settle_all(call);
    let include = call.texts("include");
    let include: Vec<&str> = include.iter().map(String::as_str).collect();
    let mut wanted = call.texts("clusters");
    if wanted.len() > 100 {
        return Err(invalid("Clusters cannot have more than 100 elements."));
    }
    if wanted.is_empty() {
        wanted.push("default".into());
    }
    let (mut clusters, mut failures) = (Vec::new(), Vec::new());
    for given in wanted {
        let name = last_part(&given);
        if call.get("ecs.cluster", name).is_some() {
            clusters.push(shown(call, name, &include));
        } else {
            failures.push(json!({"arn": arn(call, name), "reason": "MISSING"}));
        }
    }
    Ok(json!({"clusters": clusters, "failures": failures}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let arns: Vec<&str> = call
        .all("ecs.cluster")
        .into_iter()
        .filter(|(_, row)| text(row, "status") == "ACTIVE")
        .map(|(_, row)| text(row, "clusterArn"))
        .collect();
    Ok(json!({"clusterArns": arns}))
}

pub fn update(call: &mut Call<'_>) -> Answer {
    let name = wanted(call, call.text("cluster"))?;
    check_settings(call.input)?;
    let changes = with_namespace(call, pick(call.input, &["settings", "configuration", "serviceConnectDefaults"]));
    if let Some(row) = call.get_mut("ecs.cluster", &name) {
        *row = joined(row.take(), changes);
    }
    Ok(json!({"cluster": shown(call, &name, &["TAGS", "SETTINGS", "CONFIGURATIONS"])}))
}

pub fn update_settings(call: &mut Call<'_>) -> Answer {
    update(call)
}

pub fn put_capacity_providers(call: &mut Call<'_>) -> Answer {
    let name = wanted(call, call.text("cluster"))?;
    check_providers(call, call.input)?;
    super::check_linked_role(call)?;
    let keep = call.texts("capacityProviders");
    let arn = arn(call, &name);
    for (_, service) in call
        .all("ecs.service")
        .into_iter()
        .filter(|(_, service)| text(service, "clusterArn") == arn && text(service, "status") != "INACTIVE")
    {
        let lost = |item: &&Value| !keep.iter().any(|provider| last_part(provider) == text(item, "capacityProvider"));
        if items(service, "capacityProviderStrategy").iter().any(|item| lost(&item)) {
            return Err(Fault::new("ResourceInUseException", "The specified capacity provider is in use and cannot be removed."));
        }
    }
    let changes = pick(call.input, &["capacityProviders", "defaultCapacityProviderStrategy"]);
    if let Some(row) = call.get_mut("ecs.cluster", &name) {
        *row = joined(row.take(), changes);
    }
    Ok(json!({"cluster": shown(call, &name, &["TAGS", "SETTINGS"])}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    super::deployment::settle_all(call);
    let name = wanted(call, call.text("cluster"))?;
    let arn = arn(call, &name);
    let of = |table: &str, member: &str, over: &str| {
        call.all(table).iter().any(|(_, row)| text(row, "clusterArn") == arn && text(row, member) != over)
    };
    if of("ecs.service", "status", "INACTIVE") {
        return Err(Fault::new("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."));
    }
    if of("ecs.task", "lastStatus", "STOPPED") {
        return Err(Fault::new("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active."));
    }
    if let Some(row) = call.get_mut("ecs.cluster", &name) {
        set(row, "status", "INACTIVE".into());
    }
    let tags: Vec<String> = call.tags(&arn).into_keys().collect();
    call.unset_tags(&arn, &tags);
    call.remove_later("ecs.cluster", &name, LINGERS);
    Ok(json!({"cluster": shown(call, &name, &[])}))
}
