//! Settings of an instance that create and modify check alike.

use super::catalog::Engine;
use super::{bad_combination, bad_value};
use crate::services::{iam, kms};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// Classes too small for Performance Insights on MySQL and MariaDB.
const NO_INSIGHTS: &[&str] = &["db.t3.micro", "db.t3.small", "db.t4g.micro", "db.t4g.small"];

pub fn check_password(password: &str, engine: &str) -> Result<(), Fault> {
    let longest = if engine == "postgres" { 128 } else { 41 };
    if password.len() < 8 {
        let message = "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.";
        return Err(bad_value(message));
    }
    if password.len() > longest {
        let message = format!("The parameter MasterUserPassword is not a valid password because it is longer than {longest} characters.");
        return Err(bad_value(message));
    }
    match password.chars().all(|c| (' '..='~').contains(&c) && !"/@\" ".contains(c)) {
        true => Ok(()),
        false => Err(bad_value(
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '\"', ' ' may be used.",
        )),
    }
}

pub fn check_user(user: &str, engine: &str) -> Result<(), Fault> {
    let longest = if engine == "postgres" { 63 } else { 16 };
    let plain = user.starts_with(|c: char| c.is_ascii_alphabetic()) && user.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if user.is_empty() || user.len() > longest || !plain {
        return Err(bad_value(format!(
            "The parameter MasterUsername must have 1 to {longest} letters, digits and underscores, and begin with a letter: {user}"
        )));
    }
    let reserved: &[&str] = match engine {
        "postgres" => &["admin", "rdsadmin", "rdsrepladmin", "rds_superuser", "rdstopmgr", "public", "user", "table", "select", "group"],
        _ => &["rdsadmin", "rdsrepladmin", "mysql.sys", "root@localhost", "select", "table", "group"],
    };
    // <https://www.postgresql.org/docs/current/sql-createrole.html>: names that begin with pg_ are the system's.
    let of_system = engine == "postgres" && user.to_lowercase().starts_with("pg_");
    match of_system || reserved.contains(&user.to_lowercase().as_str()) {
        true => Err(bad_value(format!("MasterUsername {user} cannot be used as it is a reserved word used by the engine"))),
        false => Ok(()),
    }
}

pub fn check_database(name: &str, engine: &str) -> Result<(), Fault> {
    let longest = if engine == "postgres" { 63 } else { 64 };
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || (c == '_' && engine == "postgres"));
    let plain = name.len() <= longest && begins && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let of_engine: &[&str] = match engine {
        "postgres" => {
            &["catalog", "control", "db", "dispatch", "flag", "grant", "identity", "order", "rdsadmin", "select", "table", "user"]
        }
        _ => &["grant", "innodb", "mysql", "order", "rdsadmin", "select", "sys", "table"],
    };
    match plain {
        true if of_engine.contains(&name.to_lowercase().as_str()) => {
            Err(bad_value(format!("DBName {name} cannot be used. It is a reserved word for this engine")))
        }
        true => Ok(()),
        false => Err(bad_value(format!("DBName must begin with a letter and contain only alphanumeric characters: {name}"))),
    }
}

pub fn check_retention(days: i64) -> Result<(), Fault> {
    match (0..=35).contains(&days) {
        true => Ok(()),
        false => Err(bad_value(format!("Invalid backup retention period: {days}. Must be between 0 and 35."))),
    }
}

pub fn check_port(port: i64) -> Result<(), Fault> {
    match (1150..=65535).contains(&port) {
        true => Ok(()),
        false => Err(bad_value(format!("Invalid value for port: {port}. Valid range is 1150-65535."))),
    }
}

pub fn check_logs(engine: &Engine, version: &str, logs: &[String]) -> Result<(), Fault> {
    let unknown: Vec<&str> = logs.iter().map(String::as_str).filter(|log| !engine.logs.contains(log)).collect();
    match unknown.is_empty() {
        true => Ok(()),
        false => Err(bad_combination(format!(
            "You cannot use the log types '{}' with engine version {} {version}. For supported log types, see the documentation.",
            unknown.join(", "),
            engine.name
        ))),
    }
}

/// Enhanced Monitoring: an interval needs a role, which exists, and a role an interval.
pub fn check_monitoring(call: &Call<'_>, interval: i64, role: &str) -> Result<(), Fault> {
    if !role.is_empty() && (!role.starts_with("arn:aws:iam::") || iam::is_unknown(call, role)) {
        return Err(bad_value("IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING"));
    }
    if ![0, 1, 5, 10, 15, 30, 60].contains(&interval) {
        return Err(bad_value(format!("Invalid value for MonitoringInterval: {interval}. Valid values are 0, 1, 5, 10, 15, 30, 60.")));
    }
    match (interval, role.is_empty()) {
        (0, false) => {
            Err(bad_combination("You must specify a MonitoringInterval value other than 0 when you specify a MonitoringRoleARN value."))
        }
        (0, true) | (_, false) => Ok(()),
        (_, true) => Err(bad_combination("A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.")),
    }
}

/// The members that Performance Insights and Database Insights have on an instance; `now` holds what they were.
pub fn insights(call: &mut Call<'_>, engine: &str, class: &str, now: &Value) -> Result<Value, Fault> {
    let input = call.input;
    let on = input["EnablePerformanceInsights"].as_bool().unwrap_or(now["PerformanceInsightsEnabled"] == true);
    let retention = input["PerformanceInsightsRetentionPeriod"].as_i64();
    let mode = input["DatabaseInsightsMode"].as_str().or(now["DatabaseInsightsMode"].as_str()).unwrap_or("standard");
    if !on {
        if retention.is_some() || input.get("PerformanceInsightsKMSKeyId").is_some() {
            let message = "You can't specify a Performance Insights setting when Performance Insights is not enabled.";
            return Err(bad_combination(message));
        }
        if mode == "advanced" {
            return Err(bad_combination("To use the Advanced mode of Database Insights, you must enable Performance Insights."));
        }
        return Ok(json!({
            "PerformanceInsightsEnabled": false, "DatabaseInsightsMode": mode, "PerformanceInsightsRetentionPeriod": null,
            "PerformanceInsightsKMSKeyId": null,
        }));
    }
    if engine != "postgres" && NO_INSIGHTS.contains(&class) {
        return Err(bad_combination("Performance Insights not supported for this configuration, please disable Performance Insights."));
    }
    let days = retention.or(now["PerformanceInsightsRetentionPeriod"].as_i64()).unwrap_or(7);
    if days != 7 && days != 731 && !(days % 31 == 0 && (1..=23).contains(&(days / 31))) && days != 465 {
        let message = format!("Invalid Performance Insights retention period: {days}. Use 7, 731, or a multiple of 31 from 31 to 713.");
        return Err(bad_value(message));
    }
    if mode == "advanced" && days < 465 {
        let message = "To use the Advanced mode of Database Insights, the Performance Insights retention period must be at least 465 days.";
        return Err(bad_combination(message));
    }
    let key = match (input["PerformanceInsightsKMSKeyId"].as_str(), now["PerformanceInsightsKMSKeyId"].as_str()) {
        (Some(given), Some(now)) if key_arn(call, given)? != now => {
            return Err(bad_combination("You can't change the Performance Insights KMS key while Performance Insights is enabled."));
        }
        (Some(given), _) => key_arn(call, given)?,
        (None, Some(now)) => now.to_owned(),
        (None, None) => kms::managed_key(call, "rds"),
    };
    Ok(json!({
        "PerformanceInsightsEnabled": true, "DatabaseInsightsMode": mode, "PerformanceInsightsRetentionPeriod": days,
        "PerformanceInsightsKMSKeyId": key,
    }))
}

/// The groups as an instance lists them; each exists and is in the instance's VPC.
pub fn security_groups(call: &Call<'_>, ids: &[String], vpc: &str) -> Result<Value, Fault> {
    for id in ids {
        let Some(group) = call.get("ec2.security_group", id) else {
            return Err(bad_value(format!("Invalid security group , groupId= {id}, groupName=.")));
        };
        if group["VpcId"] != vpc {
            let other = group["VpcId"].as_str().unwrap_or_default();
            return Err(bad_combination(format!(
                "The DB instance and EC2 security group are in different VPCs. The DB instance is in {vpc} and the EC2 security group is in {other}"
            )));
        }
    }
    Ok(ids.iter().map(|id| json!({"VpcSecurityGroupId": id, "Status": "active"})).collect())
}

/// The default group of a VPC, which an instance that names none is in.
pub fn default_security_group(call: &Call<'_>, vpc: &str) -> Vec<String> {
    let groups = call.all("ec2.security_group").into_iter();
    groups.filter(|(_, row)| row["VpcId"] == vpc && row["GroupName"] == "default").map(|(id, _)| id.clone()).collect()
}

/// Without an internet gateway nothing in the VPC can be public.
pub fn has_internet_gateway(call: &Call<'_>, vpc: &str) -> bool {
    let attached = |row: &Value| row["Attachments"].as_array().into_iter().flatten().any(|attachment| attachment["VpcId"] == vpc);
    call.all("ec2.internet_gateway").into_iter().any(|(_, row)| attached(row))
}

/// The ARN of the key that a user named by id, alias or ARN.
pub fn key_arn(call: &mut Call<'_>, name: &str) -> Result<String, Fault> {
    kms::key_arn(call, name).ok_or_else(|| {
        let message = format!("The specified KMS key [{name}] does not exist, is not enabled or you do not have permissions to access it.");
        Fault::new("KMSKeyNotAccessibleFault", message)
    })
}
