//! Settings of a replication group that create and modify check alike.

use super::catalog::Version;
use super::{bad_combination, bad_value, parameter_group};
use crate::services::rds::window;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// A group of the version's family, in the cluster mode wanted; without a name the default one.
pub fn check_parameter_group(call: &Call<'_>, name: &str, version: &Version, cluster: bool) -> Result<String, Fault> {
    let name = match name {
        "" if cluster => format!("default.{}.cluster.on", version.family),
        "" => format!("default.{}", version.family),
        name => name.to_lowercase(),
    };
    let group = parameter_group::find(call, &name)?;
    let family = group["CacheParameterGroupFamily"].as_str().unwrap_or_default();
    match family == version.family {
        true => Ok(name),
        false => Err(bad_combination(format!("Expected a parameter group of family {} but found one of family {family}", version.family))),
    }
}

/// The groups exist and are in the VPC of the subnets.
pub fn check_security_groups(call: &Call<'_>, ids: &[String], vpc: &str) -> Result<(), Fault> {
    let strange: Vec<&str> =
        ids.iter().filter(|id| call.get("ec2.security_group", id).is_none_or(|group| group["VpcId"] != vpc)).map(String::as_str).collect();
    match strange.is_empty() {
        true => Ok(()),
        false => Err(bad_value(format!("Some security group(s) not found in VPC {vpc}: {}", strange.join(", ")))),
    }
}

pub fn check_auth_token(token: &str) -> Result<(), Fault> {
    let fits = (16..=128).contains(&token.len()) && token.chars().all(|c| ('!'..='~').contains(&c) && !"/\"@".contains(c));
    match fits {
        true => Ok(()),
        false => {
            Err(bad_value("Invalid AuthToken provided: it must have 16 to 128 printable characters without '/', '\"', '@' and space."))
        }
    }
}

pub fn check_retention(days: i64) -> Result<(), Fault> {
    match (0..=35).contains(&days) {
        true => Ok(()),
        false => Err(bad_value(format!("Invalid snapshot retention limit: {days}. Must be between 0 and 35."))),
    }
}

/// Each of them lasts an hour at least.
/// <https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html>
pub fn check_windows(snapshot: &str, maintenance: &str) -> Result<(), Fault> {
    window::check_of(60, snapshot, maintenance)
}

/// Failover needs somebody to fail over to, and Multi-AZ needs failover.
pub fn check_failover(failover: bool, multi_az: bool, nodes: usize, cluster: bool) -> Result<(), Fault> {
    if failover && nodes < 2 && !cluster {
        let message = "When using automatic failover, there must be at least 2 cache clusters in the replication group.";
        return Err(bad_combination(message));
    }
    if !failover && cluster {
        return Err(bad_combination("Redis with cluster mode enabled cannot be created with auto failover turned off."));
    }
    match (multi_az, failover, nodes) {
        (true, false, _) => Err(bad_combination("Must have automatic failover enabled to enable Multi-AZ.")),
        (true, true, ..2) => Err(bad_combination("Multi-AZ needs at least one replica in every node group.")),
        _ => Ok(()),
    }
}

/// Log deliveries as they are answered: those switched off are not.
pub fn log_deliveries(given: &Value, status: &str) -> Result<Vec<Value>, Fault> {
    let mut deliveries = Vec::new();
    for each in given.as_array().into_iter().flatten().filter(|each| each["Enabled"] != false) {
        let (kind, details) = (each["DestinationType"].as_str().unwrap_or_default(), &each["DestinationDetails"]);
        let named = match kind {
            "cloudwatch-logs" => details["CloudWatchLogsDetails"]["LogGroup"].is_string(),
            "kinesis-firehose" => details["KinesisFirehoseDetails"]["DeliveryStream"].is_string(),
            _ => false,
        };
        if !named || each["LogType"].is_null() || each["LogFormat"].is_null() {
            return Err(bad_combination(
                "A log delivery needs a LogType, a LogFormat, a DestinationType and the matching DestinationDetails.",
            ));
        }
        deliveries.push(json!({
            "LogType": each["LogType"], "LogFormat": each["LogFormat"], "DestinationType": kind, "DestinationDetails": details, "Status": status,
        }));
    }
    Ok(deliveries)
}
