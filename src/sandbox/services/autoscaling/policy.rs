//! Scaling policies, with the alarms that target tracking makes for itself.

use super::target::{RESOURCE, asked, invalid, key, remove_alarms, wanted};
use crate::services::cloudwatch;
use crate::services::members::{flag, items, joined, last_part, pick, text, texts, uuid};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

const TABLE: &str = "autoscaling.policy";

fn id(call: &Call<'_>) -> String {
    format!("{} {}", key(call), call.text("PolicyName"))
}

pub fn put(call: &mut Call<'_>) -> Answer {
    wanted(call)?;
    let id = id(call);
    let old = call.get(TABLE, &id).cloned();
    let kind = match (call.text("PolicyType"), &old) {
        ("", Some(old)) => text(old, "PolicyType").to_owned(),
        ("", None) => "StepScaling".to_owned(),
        (given, _) => given.to_owned(),
    };
    if old.as_ref().is_some_and(|old| text(old, "PolicyType") != kind) {
        return Err(invalid("The type of a scaling policy cannot be changed."));
    }
    let (member, needed) = match kind.as_str() {
        "TargetTrackingScaling" => ("TargetTrackingScalingPolicyConfiguration", true),
        "StepScaling" => ("StepScalingPolicyConfiguration", true),
        _ => ("PredictiveScalingPolicyConfiguration", true),
    };
    let Some(configuration) = call.input.get(member).cloned().filter(|_| needed) else {
        return Err(invalid(format!("{member} is required for the policy type {kind}.")));
    };
    check(call, &kind, &configuration, &id)?;
    let arn = match &old {
        Some(old) => text(old, "PolicyARN").to_owned(),
        None => {
            let resource = format!("{}/{}", call.text("ServiceNamespace"), call.text("ResourceId"));
            let name = call.text("PolicyName").to_owned();
            let unique = uuid(call);
            call.arn("autoscaling", &format!("scalingPolicy:{unique}:resource/{resource}:policyName/{name}"))
        }
    };
    if let Some(old) = &old {
        remove_alarms(call, old);
    }
    let alarms = if kind == "TargetTrackingScaling" { alarms(call, &arn, &configuration) } else { Vec::new() };
    let created = old.as_ref().map_or_else(|| json!(call.now()), |old| old["CreationTime"].clone());
    let row = json!({"PolicyARN": arn, "PolicyName": call.text("PolicyName"), "PolicyType": kind, "CreationTime": created, "Alarms": alarms, member: configuration});
    call.put(TABLE, &id, joined(pick(call.input, &RESOURCE), row));
    Ok(json!({"PolicyARN": arn, "Alarms": alarms}))
}

fn check(call: &Call<'_>, kind: &str, configuration: &Value, id: &str) -> Result<(), Fault> {
    match kind {
        "TargetTrackingScaling" => {
            let (predefined, customized) =
                (configuration.get("PredefinedMetricSpecification"), configuration.get("CustomizedMetricSpecification"));
            if predefined.is_some() == customized.is_some() {
                return Err(invalid("Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified."));
            }
            if configuration.get("TargetValue").and_then(Value::as_f64).is_none_or(|value| value <= 0.0) {
                return Err(invalid("TargetValue must be greater than 0."));
            }
            if let Some(metric) = predefined {
                check_predefined(call, metric)?;
            }
            let twin = call.all(TABLE).into_iter().any(|(other, row)| {
                let same = row.get("TargetTrackingScalingPolicyConfiguration").and_then(|own| own.get("PredefinedMetricSpecification"));
                other != id && asked(call, row) && predefined.is_some() && same == predefined
            });
            if twin {
                return Err(invalid("Only one TargetTrackingScaling policy for a given metric specification is allowed."));
            }
            Ok(())
        }
        "StepScaling" => {
            if text(configuration, "AdjustmentType").is_empty() || items(configuration, "StepAdjustments").is_empty() {
                return Err(invalid("AdjustmentType and StepAdjustments are required for a step scaling policy."));
            }
            let bound = |step: &Value, member: &str| step.get(member).and_then(Value::as_f64);
            let twisted = |step: &&Value| {
                bound(step, "MetricIntervalLowerBound").zip(bound(step, "MetricIntervalUpperBound")).is_some_and(|(low, high)| low >= high)
            };
            match items(configuration, "StepAdjustments").iter().find(twisted) {
                Some(_) => Err(invalid("The lower bound of a step adjustment must be less than its upper bound.")),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

fn check_predefined(call: &Call<'_>, metric: &Value) -> Result<(), Fault> {
    let (kind, label) = (text(metric, "PredefinedMetricType"), text(metric, "ResourceLabel"));
    let prefix = match call.text("ServiceNamespace") {
        "ecs" => ["ECSService", "ALBRequestCountPerTarget"].as_slice(),
        "rds" => &["RDSReader"],
        "dynamodb" => &["DynamoDB"],
        "elasticache" => &["ElastiCache"],
        _ => &[""],
    };
    if !prefix.iter().any(|prefix| kind.starts_with(prefix)) {
        return Err(invalid(format!("Metric type {kind} is not supported for the service namespace {}.", call.text("ServiceNamespace"))));
    }
    let balanced = kind == "ALBRequestCountPerTarget";
    if balanced == label.is_empty() {
        return Err(invalid(if balanced {
            "ResourceLabel is required for the metric type ALBRequestCountPerTarget."
        } else {
            "ResourceLabel is not supported for this metric type."
        }));
    }
    let shaped = label.split('/').collect::<Vec<_>>();
    if balanced && !matches!(shaped[..], ["app", _, _, "targetgroup", _, _]) {
        return Err(invalid(format!("Invalid resource label {label}: it must be of the form app/NAME/ID/targetgroup/NAME/ID.")));
    }
    Ok(())
}

/// One alarm for too much and one, wider, for too little.
fn alarms(call: &mut Call<'_>, policy: &str, configuration: &Value) -> Vec<Value> {
    let target = configuration.get("TargetValue").and_then(Value::as_f64).unwrap_or(0.0);
    let metric = metric(call, configuration);
    let resource = call.text("ResourceId").to_owned();
    let mut sides = vec![("AlarmHigh", "GreaterThanThreshold", 3, target)];
    if !flag(configuration, "DisableScaleIn") {
        sides.push(("AlarmLow", "LessThanThreshold", 15, target * 0.9));
    }
    sides
        .into_iter()
        .map(|(side, comparison, periods, threshold)| {
            let name = format!("TargetTracking-{resource}-{side}-{}", uuid(call));
            let own = json!({
                "AlarmName": name, "AlarmDescription": format!("DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy}."), "AlarmActions": [policy],
                "ComparisonOperator": comparison, "EvaluationPeriods": periods, "Threshold": threshold,
            });
            let arn = cloudwatch::put_owned(call, &name, joined(metric.clone(), own));
            json!({"AlarmName": name, "AlarmARN": arn})
        })
        .collect()
}

fn metric(call: &Call<'_>, configuration: &Value) -> Value {
    if let Some(custom) = configuration.get("CustomizedMetricSpecification") {
        return match custom.get("Metrics") {
            Some(metrics) => json!({"Metrics": metrics}),
            None => joined(json!({"Period": 60}), pick(custom, &["MetricName", "Namespace", "Dimensions", "Statistic", "Unit"])),
        };
    }
    let predefined = &configuration["PredefinedMetricSpecification"];
    let (kind, label) = (text(predefined, "PredefinedMetricType"), text(predefined, "ResourceLabel"));
    let dimension = |name: &str, value: &str| json!({"Name": name, "Value": value});
    if kind == "ALBRequestCountPerTarget" {
        let (balancer, group) = label.split_once("/targetgroup/").unwrap_or((label, ""));
        let dimensions = [dimension("TargetGroup", &format!("targetgroup/{group}")), dimension("LoadBalancer", balancer)];
        return json!({"Namespace": "AWS/ApplicationELB", "MetricName": "RequestCountPerTarget", "Dimensions": dimensions, "Statistic": "Sum", "Period": 60});
    }
    let resource = call.text("ResourceId");
    let cluster = resource.split('/').nth(1).unwrap_or("");
    let (namespace, dimensions) = match call.text("ServiceNamespace") {
        "ecs" => ("AWS/ECS", vec![dimension("ClusterName", cluster), dimension("ServiceName", last_part(resource))]),
        other => (other, vec![dimension("ResourceId", resource)]),
    };
    let name = if kind.contains("Memory") { "MemoryUtilization" } else { "CPUUtilization" };
    json!({"Namespace": namespace, "MetricName": name, "Dimensions": dimensions, "Statistic": "Average", "Unit": "Percent", "Period": 60})
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let id = id(call);
    let Some(row) = call.remove(TABLE, &id) else {
        let [namespace, resource, dimension] = RESOURCE.map(|member| call.text(member));
        let message = format!(
            "No scaling policy found for service namespace: {namespace}, resource ID: {resource}, scalable dimension: {dimension}, policy name: {}",
            call.text("PolicyName")
        );
        return Err(Fault::new("ObjectNotFoundException", message));
    };
    remove_alarms(call, &row);
    Ok(json!({}))
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    let names = texts(call.input, "PolicyNames");
    let named =
        |row: &Value| names.is_empty() || names.iter().any(|name| name == text(row, "PolicyName") || name == text(row, "PolicyARN"));
    let rows: Vec<Value> = call.all(TABLE).into_iter().map(|(_, row)| row).filter(|row| asked(call, row) && named(row)).cloned().collect();
    Ok(json!({"ScalingPolicies": rows}))
}
