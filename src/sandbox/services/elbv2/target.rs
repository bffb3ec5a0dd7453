//! Targets and their health: `initial`, then `healthy`, `draining` when they leave, `unused` while no load balancer asks.

use super::kind::TARGET_GROUP;
use super::{attribute, invalid, load_balancer};
use crate::services::ec2::kind::VPC;
use crate::services::members::{items, joined, number, present, text, texts};
use crate::world::{Call, Fault};
use ipnet::Ipv4Net;
use serde_json::{Value, json};
use std::net::Ipv4Addr;

/// One row a target: its group, the description it was registered with, its health.
pub const TABLE: &str = "elbv2.target";
/// Seconds before the first health check.
const REGISTERING: f64 = 5.0;

/// Addresses outside the VPC that may still be targets.
const PRIVATE: [&str; 4] = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"];

pub fn register_all(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = call.text("TargetGroupArn").to_owned();
    let group = TARGET_GROUP.find(call, &arn)?.clone();
    for target in items(call.input, "Targets") {
        check(call, &group, target)?;
    }
    for target in items(call.input, "Targets") {
        register(call, &arn, target, true);
    }
    Ok(json!({}))
}

pub fn deregister_all(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = call.text("TargetGroupArn").to_owned();
    TARGET_GROUP.find(call, &arn)?;
    for target in items(call.input, "Targets") {
        deregister(call, &arn, target);
    }
    Ok(json!({}))
}

pub fn describe_health(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = call.text("TargetGroupArn").to_owned();
    let group = TARGET_GROUP.find(call, &arn)?;
    let used = !load_balancer::that_use(call, &arn).is_empty();
    let anomalies = texts(call.input, "Include").iter().any(|what| what == "AnomalyDetection" || what == "All");
    let shown = |row: &Value| {
        let mut shown = json!({"Target": row["Target"], "HealthCheckPort": row["HealthCheckPort"], "TargetHealth": row["TargetHealth"]});
        if !used {
            let why = "Target group is not configured to receive traffic from the load balancer";
            shown["TargetHealth"] = json!({"State": "unused", "Reason": "Target.NotInUse", "Description": why});
        }
        if anomalies {
            shown["AnomalyDetection"] = json!({"MitigationInEffect": "no", "Result": "normal"});
        }
        shown
    };
    let asked = items(call.input, "Targets");
    let described: Vec<Value> = if asked.is_empty() {
        call.all(TABLE).into_iter().filter(|(_, row)| text(row, "TargetGroupArn") == arn).map(|(_, row)| shown(row)).collect()
    } else {
        let absent = |target: &Value| {
            let health =
                json!({"State": "unused", "Reason": "Target.NotRegistered", "Description": "Target is not registered to the target group"});
            let target = joined(json!({"Port": group["Port"]}), target.clone());
            json!({"Target": present(target.clone()), "HealthCheckPort": target["Port"].as_i64().map(|port| port.to_string()), "TargetHealth": health})
        };
        asked.iter().map(|target| call.get(TABLE, &key(&arn, group, target)).map_or_else(|| absent(target), shown)).collect()
    };
    Ok(json!({"TargetHealthDescriptions": described}))
}

/// Registers one target with a group that exists, which then finds it well or not. Registering it again makes it new.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>
pub fn register(call: &mut Call<'_>, arn: &str, target: &Value, well: bool) {
    let Some(group) = call.get(TARGET_GROUP.table, arn).cloned() else { return };
    let port = port(&group, target);
    let key = key(arn, &group, target);
    let mut described = target.clone();
    let check_port = match text(&group, "HealthCheckPort") {
        "traffic-port" | "" => port.to_string(),
        fixed => fixed.to_owned(),
    };
    if text(&group, "TargetType") != "lambda" {
        described["Port"] = json!(port);
    }
    call.forget_due(TABLE, &key);
    let registering =
        json!({"State": "initial", "Reason": "Elb.RegistrationInProgress", "Description": "Target registration is in progress"});
    call.put(TABLE, &key, json!({"TargetGroupArn": arn, "Target": described, "HealthCheckPort": check_port, "TargetHealth": registering}));
    let checking = json!({"Reason": "Elb.InitialHealthChecking", "Description": "Initial health checks in progress"});
    call.later(TABLE, &key, REGISTERING, json!({"TargetHealth": checking}));
    let interval = number(&group, "HealthCheckIntervalSeconds").unwrap_or(30) as f64;
    let healthy = json!({"TargetHealth": {"State": "healthy", "Reason": null, "Description": null}});
    if well {
        // One check that passes is enough for a target that is new.
        call.later(TABLE, &key, REGISTERING + interval, healthy);
        return;
    }
    let failed = json!({"State": "unhealthy", "Reason": "Target.ResponseCodeMismatch", "Description": "Health checks failed with these codes: [500]"});
    let checks = number(&group, "UnhealthyThresholdCount").unwrap_or(2) as f64;
    call.later(TABLE, &key, REGISTERING + interval * checks, json!({"TargetHealth": failed}));
}

/// Takes one target out; it drains first if a load balancer may still be sending to it.
pub fn deregister(call: &mut Call<'_>, arn: &str, target: &Value) {
    let Some(group) = call.get(TARGET_GROUP.table, arn).cloned() else { return };
    let mut doomed = vec![key(arn, &group, target)];
    if target.get("Port").is_none() {
        let same = |row: &Value| text(row, "TargetGroupArn") == arn && text(&row["Target"], "Id") == text(target, "Id");
        doomed = call.all(TABLE).into_iter().filter(|(_, row)| same(row)).map(|(key, _)| key.clone()).collect();
    }
    let delay: f64 = attribute::value(&group, &TARGET_GROUP, "deregistration_delay.timeout_seconds").parse().unwrap_or(0.0);
    let used = !load_balancer::that_use(call, arn).is_empty();
    for key in doomed {
        if !used || delay == 0.0 {
            call.remove(TABLE, &key);
            continue;
        }
        call.forget_due(TABLE, &key);
        if let Some(row) = call.get_mut(TABLE, &key) {
            let why = "Target deregistration is in progress";
            row["TargetHealth"] = json!({"State": "draining", "Reason": "Target.DeregistrationInProgress", "Description": why});
            call.remove_later(TABLE, &key, delay);
        }
    }
}

/// A deleted target group takes its targets with it.
pub fn remove_all(call: &mut Call<'_>, arn: &str) {
    let keys: Vec<String> =
        call.all(TABLE).into_iter().filter(|(_, row)| text(row, "TargetGroupArn") == arn).map(|(key, _)| key.clone()).collect();
    for key in keys {
        call.remove(TABLE, &key);
    }
}

/// The key of a target of a group.
pub fn key_of(call: &Call<'_>, arn: &str, target: &Value) -> String {
    key(arn, call.get(TARGET_GROUP.table, arn).unwrap_or(&Value::Null), target)
}

fn key(arn: &str, group: &Value, target: &Value) -> String {
    format!("{arn} {}:{}", text(target, "Id"), port(group, target))
}

fn port(group: &Value, target: &Value) -> i64 {
    number(target, "Port").or_else(|| number(group, "Port")).unwrap_or(0)
}

fn check(call: &Call<'_>, group: &Value, target: &Value) -> Result<(), Fault> {
    let id = text(target, "Id");
    match text(group, "TargetType") {
        "ip" => {
            let address: Ipv4Addr = id.parse().map_err(|_| invalid(format!("The IP address '{id}' is not a valid IPv4 address")))?;
            let within = |block: &str| block.parse::<Ipv4Net>().is_ok_and(|net| net.contains(&address));
            let vpc = text(group, "VpcId");
            if call.get(VPC.table, vpc).is_some_and(|row| within(text(row, "CidrBlock"))) {
                return Ok(());
            }
            if !PRIVATE.iter().any(|block| within(block)) {
                return Err(invalid(format!("The IP address '{id}' is not within subnets of VPC '{vpc}'")));
            }
            if text(target, "AvailabilityZone").is_empty() {
                return Err(invalid(format!("You must specify an Availability Zone for IP address '{id}' outside of VPC '{vpc}'")));
            }
            Ok(())
        }
        // The sandbox runs no instances, so none can be running.
        "instance" => {
            Err(Fault::new("InvalidTarget", format!("The following targets are not in a running state and cannot be registered: '{id}'")))
        }
        _ if id.starts_with("arn:") => Ok(()),
        _ => Err(invalid(format!("'{id}' is not a valid target ARN"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::stage;
    use crate::services::ec2::testing::{call, fault, pass};
    use serde_json::json;

    #[test]
    fn initial_healthy_draining_gone() {
        let mut stage = stage();
        let world = &mut stage.world;
        let target = json!({"Id": "10.0.1.10", "Port": 8080});
        let input = json!({"TargetGroupArn": stage.one, "Targets": [target]});
        call(world, "RegisterTargets", input.clone());
        let state = |world: &mut _| {
            call(world, "DescribeTargetHealth", input.clone())["TargetHealthDescriptions"][0]["TargetHealth"]["State"].clone()
        };
        assert_eq!(state(world), "unused");
        let actions = json!([{"Type": "forward", "TargetGroupArn": stage.one}]);
        call(
            world,
            "CreateListener",
            json!({"LoadBalancerArn": stage.load_balancer, "Protocol": "HTTP", "Port": 80, "DefaultActions": actions}),
        );
        assert_eq!(state(world), "initial");
        pass(world, 40);
        assert_eq!(state(world), "healthy");
        call(world, "DeregisterTargets", input.clone());
        assert_eq!(state(world), "draining");
        pass(world, 301);
        let all = call(world, "DescribeTargetHealth", json!({"TargetGroupArn": stage.one}));
        assert_eq!(all["TargetHealthDescriptions"], json!([]));
        let outside = json!({"TargetGroupArn": stage.one, "Targets": [{"Id": "8.8.8.8"}]});
        assert_eq!(fault(world, "RegisterTargets", outside), "ValidationError");
    }
}
