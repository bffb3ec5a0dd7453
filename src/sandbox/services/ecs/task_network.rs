//! A task's place in the network: its interface in a subnet and its entries in target groups.

use crate::services::ec2::network_interface::{self, Wanted};
use crate::services::elbv2::{attribute, kind::TARGET_GROUP, load_balancer, target};
use crate::services::members::{items, number, text, texts, uuid};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// An interface in one of the network's subnets, as a task's attachment; a task without awsvpc has none.
pub fn attach(call: &mut Call<'_>, network: &Value, nth: usize) -> Result<Option<Value>, Fault> {
    let network = &network["awsvpcConfiguration"];
    let (subnets, groups) = (texts(network, "subnets"), texts(network, "securityGroups"));
    let Some(subnet) = subnets.get(nth % subnets.len().max(1)) else { return Ok(None) };
    let id = uuid(call);
    let description = call.arn("ecs", &format!("attachment/{id}"));
    let wanted = Wanted { subnet, groups: &groups, description, interface_type: "interface", requester: "amazon-ecs", ..Wanted::default() };
    let interface = network_interface::create(call, wanted)?;
    let row = call.get("ec2.network_interface", &interface).cloned().unwrap_or_default();
    let details = [
        ("subnetId", subnet.as_str()),
        ("networkInterfaceId", &interface),
        ("macAddress", text(&row, "MacAddress")),
        ("privateDnsName", text(&row, "PrivateDnsName")),
        ("privateIPv4Address", text(&row, "PrivateIpAddress")),
    ];
    let details: Vec<Value> = details.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    Ok(Some(json!({"id": id, "type": "ElasticNetworkInterface", "status": "PRECREATED", "details": details})))
}

pub fn detail<'a>(attachment: &'a Value, name: &str) -> Option<&'a str> {
    items(attachment, "details").iter().find(|one| text(one, "name") == name).map(|one| text(one, "value"))
}

/// Gives the task's interface back after `seconds`.
pub fn detach_later(call: &mut Call<'_>, task: &Value, seconds: f64) {
    for interface in items(task, "attachments").iter().filter_map(|attachment| detail(attachment, "networkInterfaceId")) {
        call.remove_later("ec2.network_interface", interface, seconds);
    }
}

/// Returns a task's target in a group: its address and the container's port.
fn entry(task: &Value, balancer: &Value) -> Option<(String, Value)> {
    let address = items(task, "attachments").first().and_then(|one| detail(one, "privateIPv4Address"))?;
    let group = text(balancer, "targetGroupArn");
    (!group.is_empty()).then(|| (group.to_owned(), json!({"Id": address, "Port": number(balancer, "containerPort")})))
}

/// Puts the task into its target groups. They check it from the moment its containers run, `running` seconds from now, and find it well
/// or not.
pub fn register(call: &mut Call<'_>, task: &Value, running: f64, well: bool) {
    for (group, target) in items(task, "_balancers").iter().filter_map(|balancer| entry(task, balancer)).collect::<Vec<_>>() {
        let planned = call.world.due.len();
        target::register(call, &group, &target, well);
        for due in call.world.due.iter_mut().skip(planned) {
            due.at += (running * 1000.0) as i64;
        }
    }
}

/// Takes the task out of its target groups and answers how long they keep requests open.
pub fn deregister(call: &mut Call<'_>, task: &Value) -> f64 {
    let mut longest: f64 = 0.0;
    for (group, target) in items(task, "_balancers").iter().filter_map(|balancer| entry(task, balancer)).collect::<Vec<_>>() {
        let used = !load_balancer::that_use(call, &group).is_empty();
        let delay =
            call.get(TARGET_GROUP.table, &group).map(|row| attribute::value(row, &TARGET_GROUP, "deregistration_delay.timeout_seconds"));
        let delay = delay.and_then(|delay| delay.parse().ok()).unwrap_or(0.0);
        longest = longest.max(if used { delay } else { 0.0 });
        target::deregister(call, &group, &target);
    }
    longest
}

/// The first target group of the task that finds it unhealthy.
pub fn unwell_in(call: &Call<'_>, task: &Value) -> Option<String> {
    let found = items(task, "_balancers").iter().filter_map(|balancer| entry(task, balancer)).find(|(group, target)| {
        call.get(target::TABLE, &target::key_of(call, group, target)).is_some_and(|row| text(&row["TargetHealth"], "State") == "unhealthy")
    });
    found.map(|(group, _)| group)
}

/// True when every target group of the task finds it well.
pub fn is_well(call: &Call<'_>, task: &Value) -> bool {
    items(task, "_balancers").iter().filter_map(|balancer| entry(task, balancer)).all(|(group, target)| {
        call.get(target::TABLE, &target::key_of(call, &group, &target)).is_some_and(|row| text(&row["TargetHealth"], "State") == "healthy")
    })
}
