//! ModifyReplicationGroup.

use super::{GROUPS, bad_combination, bad_value, catalog, cluster, replication_group, set_status, settings, subnet_group};
use crate::services::rds::window;
use crate::world::{Call, Fault, merge};
use serde_json::{Map, Value, json};

pub fn modify(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = replication_group::find(call, call.text("ReplicationGroupId"))?;
    replication_group::available(call, &id, "modification")?;
    let row = call.get(GROUPS, &id).cloned().unwrap_or_default();
    if !call.texts("UserGroupIdsToAdd").is_empty() {
        return Err(Fault::new("UserGroupNotFound", "The sandbox has no user groups.").status(404));
    }
    let mut at_once = plain(call, &row)?;
    let (after, seconds) = slow(call, &row, &mut at_once)?;
    let deferred = deferred(call, &row)?;
    if let Some(row) = call.get_mut(GROUPS, &id) {
        merge(row, &Value::Object(at_once));
    }
    if row["SnapshotRetentionLimit"] == 0 && call.input["SnapshotRetentionLimit"].as_i64().is_some_and(|days| days > 0) {
        replication_group::snapshot_from_last(call, &id);
    }
    let mut done = json!({"Status": "available", "PendingModifiedValues": {}});
    merge(&mut done, &Value::Object(after));
    let mut seconds = f64::max(seconds, 30.0);
    if !deferred.is_empty() {
        let mut change = Value::Object(deferred);
        let (scale, upgrade) = (!change["CacheNodeType"].is_null(), !change["_engine_version"].is_null());
        if call.input["ApplyImmediately"] == true {
            seconds = if scale || upgrade { 600.0 } else { seconds };
            merge(&mut done, &change);
        } else {
            wait_for_window(call, &id, &row, &mut change);
        }
    }
    set_status(call, &id, "modifying");
    call.later(GROUPS, &id, seconds, done);
    Ok(json!({"ReplicationGroup": replication_group::view(call, &id)}))
}

/// Members that take effect with the call.
fn plain(call: &Call<'_>, row: &Value) -> Result<Map<String, Value>, Fault> {
    let input = call.input;
    let mut patch = Map::new();
    for (given, member) in [
        ("ReplicationGroupDescription", "Description"),
        ("AutoMinorVersionUpgrade", "AutoMinorVersionUpgrade"),
        ("IpDiscovery", "IpDiscovery"),
    ] {
        if let Some(value) = input.get(given) {
            patch.insert(member.into(), value.clone());
        }
    }
    if let Some(days) = input["SnapshotRetentionLimit"].as_i64() {
        settings::check_retention(days)?;
        patch.insert("SnapshotRetentionLimit".into(), json!(days));
        if days == 0 {
            patch.insert("SnapshottingClusterId".into(), Value::Null);
        }
    }
    if let Some(node) = input["SnapshottingClusterId"].as_str() {
        if !cluster::of(call, row["ReplicationGroupId"].as_str().unwrap_or_default()).iter().any(|own| own == node) {
            return Err(Fault::new("CacheClusterNotFound", format!("CacheCluster not found: {node}")).status(404));
        }
        patch.insert("SnapshottingClusterId".into(), json!(node));
    }
    let or = |given: &str, member: &str| input[given].as_str().or(row[member].as_str()).unwrap_or_default().to_lowercase();
    let (snapshot, maintenance) = (or("SnapshotWindow", "SnapshotWindow"), or("PreferredMaintenanceWindow", "_maintenance_window"));
    settings::check_windows(&snapshot, &maintenance)?;
    patch.insert("SnapshotWindow".into(), json!(snapshot));
    patch.insert("_maintenance_window".into(), json!(maintenance));
    if input.get("SecurityGroupIds").is_some() {
        let vpc = subnet_group::find(call, row["_subnet_group"].as_str().unwrap_or_default())?["VpcId"].as_str().unwrap_or_default();
        let groups = call.texts("SecurityGroupIds");
        settings::check_security_groups(call, &groups, vpc)?;
        patch.insert("_security_groups".into(), json!(groups));
    }
    if let Some(topic) = input.get("NotificationTopicArn") {
        patch.insert("_topic".into(), topic.clone());
    }
    if input["NotificationTopicStatus"] == "inactive" {
        patch.insert("_topic".into(), Value::Null);
    }
    let version = target(call, row)?;
    match call.text("CacheParameterGroupName") {
        // The default group follows the engine.
        "" if row["_parameter_group"].as_str().is_some_and(|name| name.starts_with("default.")) => {
            let name = settings::check_parameter_group(call, "", version, row["ClusterMode"] == "enabled")?;
            if call.input["ApplyImmediately"] == true {
                patch.insert("_parameter_group".into(), json!(name));
            }
        }
        "" => {
            settings::check_parameter_group(call, row["_parameter_group"].as_str().unwrap_or_default(), version, false)?;
        }
        name => {
            let name = settings::check_parameter_group(call, name, version, false)?;
            patch.insert("_parameter_group".into(), json!(name));
        }
    }
    Ok(patch)
}

/// Returns the changes that take a while though nothing waits for a window, and their seconds: failover, encryption in transit,
/// AUTH, log delivery, cluster mode.
fn slow(call: &Call<'_>, row: &Value, at_once: &mut Map<String, Value>) -> Result<(Map<String, Value>, f64), Fault> {
    let input = call.input;
    let (mut after, mut seconds) = (Map::new(), 0.0);
    let nodes = cluster::of(call, row["ReplicationGroupId"].as_str().unwrap_or_default()).len();
    let (failover, multi_az) = (input["AutomaticFailoverEnabled"].as_bool(), input["MultiAZEnabled"].as_bool());
    if failover.is_some() || multi_az.is_some() {
        let (was, was_multi) = (row["AutomaticFailover"] == "enabled", row["MultiAZ"] == "enabled");
        settings::check_failover(failover.unwrap_or(was), multi_az.unwrap_or(was_multi), nodes, row["ClusterEnabled"] == true)?;
        let word = |on: bool| json!(if on { "enabled" } else { "disabled" });
        if let Some(on) = failover.filter(|on| *on != was) {
            at_once.insert("AutomaticFailover".into(), json!(if on { "enabling" } else { "disabling" }));
            after.insert("AutomaticFailover".into(), word(on));
            seconds = 120.0;
        }
        at_once.insert("MultiAZ".into(), word(multi_az.unwrap_or(was_multi)));
    }
    if let Some((on, mode)) = transit(input, row)? {
        let pending = json!({"TransitEncryptionEnabled": on, "TransitEncryptionMode": mode});
        at_once.insert("PendingModifiedValues".into(), pending);
        after.insert("TransitEncryptionEnabled".into(), json!(on));
        after.insert("TransitEncryptionMode".into(), json!(mode));
        seconds = 300.0;
    }
    let (token, strategy) = (call.text("AuthToken"), call.text("AuthTokenUpdateStrategy"));
    match (token, strategy) {
        ("", "") => {}
        ("", "DELETE") => {
            after.insert("AuthTokenEnabled".into(), json!(false));
        }
        ("", _) => return Err(bad_combination("An AuthTokenUpdateStrategy of SET or ROTATE needs an AuthToken.")),
        (_, "DELETE") => return Err(bad_combination("An AuthTokenUpdateStrategy of DELETE takes no AuthToken.")),
        (token, strategy) => {
            settings::check_auth_token(token)?;
            if row["TransitEncryptionEnabled"] != true {
                return Err(bad_combination(
                    "The AUTH token is only supported when encryption-in-transit is enabled for the replication group.",
                ));
            }
            let status = if strategy == "SET" { "SETTING" } else { "ROTATING" };
            at_once.insert("PendingModifiedValues".into(), json!({"AuthTokenStatus": status}));
            after.insert("AuthTokenEnabled".into(), json!(true));
            after.insert("AuthTokenLastModifiedDate".into(), json!(call.now()));
            seconds = f64::max(seconds, 120.0);
        }
    }
    if let Some(given) = input.get("LogDeliveryConfigurations") {
        // Each names one log type; the others stay.
        let named: Vec<&Value> = given.as_array().into_iter().flatten().map(|each| &each["LogType"]).collect();
        let now = row["LogDeliveryConfigurations"].as_array().into_iter().flatten();
        let mut deliveries: Vec<Value> = now.filter(|own| !named.contains(&&own["LogType"])).cloned().collect();
        deliveries.extend(settings::log_deliveries(given, "active")?);
        after.insert("LogDeliveryConfigurations".into(), json!(deliveries));
        seconds = f64::max(seconds, 60.0);
    }
    if let Some(mode) = input["ClusterMode"].as_str().filter(|mode| row["ClusterMode"] != *mode) {
        let allowed = matches!((row["ClusterMode"].as_str().unwrap_or_default(), mode), ("disabled", "compatible") | ("compatible", _));
        if !allowed {
            return Err(bad_combination(format!("ClusterMode can't go from {} to {mode} in one step.", row["ClusterMode"])));
        }
        after.insert("ClusterMode".into(), json!(mode));
        after.insert("ClusterEnabled".into(), json!(mode != "disabled"));
        seconds = f64::max(seconds, 300.0);
    }
    Ok((after, seconds))
}

/// Members that wait for the maintenance window unless told otherwise: node type and engine version.
fn deferred(call: &Call<'_>, row: &Value) -> Result<Map<String, Value>, Fault> {
    let mut change = Map::new();
    if let Some(node_type) = call.input["CacheNodeType"].as_str() {
        catalog::check_node_type(node_type)?;
        if row["CacheNodeType"] != node_type {
            change.insert("CacheNodeType".into(), json!(node_type));
        }
    }
    let version = target(call, row)?;
    if row["_engine_version"] != version.name || row["Engine"] != version.engine {
        change.insert("_engine_version".into(), json!(version.name));
        change.insert("Engine".into(), json!(version.engine));
    }
    Ok(change)
}

/// The engine version that the group has or is to have. It never goes back.
fn target(call: &Call<'_>, row: &Value) -> Result<&'static catalog::Version, Fault> {
    let (engine, now) = (row["Engine"].as_str().unwrap_or_default(), row["_engine_version"].as_str().unwrap_or_default());
    let wanted = call.input["Engine"].as_str().unwrap_or(engine).to_lowercase();
    let asked = call.input["EngineVersion"].as_str();
    let current = catalog::find(engine, now)?;
    let target = match asked {
        None if wanted == engine => current,
        asked => catalog::find(&wanted, asked.unwrap_or_default())?,
    };
    let place = |version: &catalog::Version| catalog::VERSIONS.iter().position(|own| std::ptr::eq(own, version));
    match place(target) < place(current) {
        true => Err(bad_combination(format!("Unable to downgrade from {engine} {now} to {} {}", target.engine, target.name))),
        false => Ok(target),
    }
}

fn wait_for_window(call: &mut Call<'_>, id: &str, row: &Value, change: &mut Value) {
    let mut pending = Map::new();
    for (member, name) in [("CacheNodeType", "CacheNodeType"), ("_engine_version", "EngineVersion")] {
        if let Some(value) = change.get(member) {
            pending.insert(name.into(), value.clone());
        }
    }
    if let Some(row) = call.get_mut(GROUPS, id) {
        row["_pending"] = Value::Object(pending);
    }
    change["_pending"] = Value::Null;
    let seconds = window::until_maintenance(row["_maintenance_window"].as_str().unwrap_or_default(), call.now());
    call.later(GROUPS, id, seconds + 600.0, change.clone());
}

/// Encryption in transit is turned on and off by way of `preferred`.
fn transit(input: &Value, row: &Value) -> Result<Option<(bool, Option<String>)>, Fault> {
    let (was, was_mode) = (row["TransitEncryptionEnabled"] == true, row["TransitEncryptionMode"].as_str().unwrap_or_default());
    let on = input["TransitEncryptionEnabled"].as_bool().unwrap_or(was);
    let mode = input["TransitEncryptionMode"].as_str().unwrap_or(if on == was { was_mode } else { "" });
    if on == was && mode == was_mode {
        return Ok(None);
    }
    match (was, on, mode) {
        (false, true, "preferred") | (true, true, _) => Ok(Some((on, Some(mode.to_owned())))),
        (false, true, _) => Err(bad_combination("To turn encryption in transit on, set TransitEncryptionMode to preferred first.")),
        (true, false, _) if was_mode == "preferred" => Ok(Some((false, None))),
        (true, false, _) => Err(bad_combination("To turn encryption in transit off, set TransitEncryptionMode to preferred first.")),
        (false, false, _) => Err(bad_value("A TransitEncryptionMode needs TransitEncryptionEnabled.")),
    }
}
