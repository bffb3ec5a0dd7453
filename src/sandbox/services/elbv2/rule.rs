//! Rules of listeners: unique priorities, and a default rule that comes and goes with its listener.

use super::kind::{LISTENER, LOAD_BALANCER, RULE, path};
use super::{action, condition, invalid, tag};
use crate::services::ecs::traffic;
use crate::services::members::{flag, items, number, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// AWS's quota a load balancer, without default rules.
const RULES: usize = 100;

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let listener_arn = call.text("ListenerArn").to_owned();
    let listener = LISTENER.find(call, &listener_arn)?.clone();
    let balancer = LOAD_BALANCER.find(call, text(&listener, "LoadBalancerArn"))?.clone();
    let priority = number(call.input, "Priority").unwrap_or(0).to_string();
    let conditions = condition::normalise(items(call.input, "Conditions"))?;
    let actions = action::normalise(call, &balancer, items(call.input, "Actions"))?;
    action::check_versions(call, text(&listener, "Protocol"), &actions)?;
    let tags = tag::given(call)?;
    let present = of_listener(call, &listener_arn);
    if present.iter().any(|(_, row)| text(row, "Priority") == priority) {
        return Err(Fault::new("PriorityInUse", format!("Priority '{priority}' is currently in use")));
    }
    if present.len() > RULES {
        return Err(Fault::new("TooManyRules", "The maximum number of rules has been reached"));
    }
    let arn = RULE.new_arn(call, path(&listener_arn));
    let mut row = json!({
        "RuleArn": arn, "Priority": priority, "Conditions": conditions, "Actions": actions, "IsDefault": false, "_listener": listener_arn,
    });
    if let Some(transforms) = call.input.get("Transforms") {
        row["Transforms"] = transforms.clone();
    }
    RULE.insert(call, &arn, row.clone(), tags);
    Ok(json!({"Rules": [row]}))
}

/// The default rule shows its listener's default actions; it keeps none of its own.
pub fn create_default(call: &mut Call<'_>, listener: &str) {
    let arn = RULE.new_arn(call, path(listener));
    let row = json!({"RuleArn": arn, "Priority": "default", "Conditions": [], "IsDefault": true, "_listener": listener});
    RULE.insert(call, &arn, row, Vec::new());
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = call.text("RuleArn").to_owned();
    if flag(RULE.find(call, &arn)?, "IsDefault") {
        return Err(Fault::new("OperationNotPermitted", format!("Default rule '{arn}' cannot be deleted")));
    }
    call.remove(RULE.table, &arn);
    Ok(json!({}))
}

/// Answers rules by priority, the default rule last.
pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (arns, listener) = (call.texts("RuleArns"), call.text("ListenerArn").to_owned());
    if arns.is_empty() == listener.is_empty() {
        return Err(invalid("You must specify either listener rule ARNs or a listener ARN"));
    }
    let mut rows = Vec::new();
    for arn in &arns {
        rows.push(shown(call, RULE.find(call, arn)?));
    }
    if !listener.is_empty() {
        LISTENER.find(call, &listener)?;
        rows.extend(of_listener(call, &listener).into_iter().map(|(_, row)| shown(call, &row)));
        rows.sort_by_key(|row| text(row, "Priority").parse::<u32>().unwrap_or(u32::MAX));
    }
    Ok(json!({"Rules": rows}))
}

pub fn modify(call: &mut Call<'_>) -> Result<Value, Fault> {
    let arn = call.text("RuleArn").to_owned();
    let mut row = RULE.find(call, &arn)?.clone();
    if flag(&row, "IsDefault") {
        return Err(Fault::new("OperationNotPermitted", format!("Default rule '{arn}' cannot be modified")));
    }
    if !["Actions", "Conditions", "Transforms", "ResetTransforms"].iter().any(|member| call.input.get(*member).is_some()) {
        return Err(invalid("Either conditions or actions must be specified"));
    }
    if call.input.get("Conditions").is_some() {
        row["Conditions"] = condition::normalise(items(call.input, "Conditions"))?.into();
    }
    if call.input.get("Actions").is_some() {
        let listener = LISTENER.find(call, text(&row, "_listener"))?;
        let balancer = LOAD_BALANCER.find(call, text(listener, "LoadBalancerArn"))?;
        let actions = action::normalise(call, balancer, items(call.input, "Actions"))?;
        action::check_versions(call, text(listener, "Protocol"), &actions)?;
        row["Actions"] = actions.into();
    }
    if let Some(transforms) = call.input.get("Transforms") {
        row["Transforms"] = transforms.clone();
    } else if flag(call.input, "ResetTransforms")
        && let Value::Object(members) = &mut row
    {
        members.remove("Transforms");
    }
    call.put(RULE.table, &arn, row.clone());
    traffic::note_all(call);
    Ok(json!({"Rules": [row]}))
}

/// All priorities change together, so that two rules can swap theirs.
pub fn set_priorities(call: &mut Call<'_>) -> Result<Value, Fault> {
    let mut wanted: BTreeMap<String, String> = BTreeMap::new();
    for pair in items(call.input, "RulePriorities") {
        let arn = text(pair, "RuleArn");
        if flag(RULE.find(call, arn)?, "IsDefault") {
            return Err(Fault::new("OperationNotPermitted", format!("The priority of the default rule '{arn}' cannot be set")));
        }
        wanted.insert(arn.to_owned(), number(pair, "Priority").unwrap_or(0).to_string());
    }
    for (arn, priority) in &wanted {
        let listener = call.get(RULE.table, arn).map_or("", |row| text(row, "_listener"));
        let clashes =
            |(other, row): &(String, Value)| other != arn && wanted.get(other).map_or(text(row, "Priority"), String::as_str) == priority;
        if of_listener(call, listener).iter().any(clashes) {
            return Err(Fault::new("PriorityInUse", format!("Priorities '[{priority}]' are currently in use")));
        }
    }
    let mut changed = Vec::new();
    for (arn, priority) in wanted {
        if let Some(row) = call.get_mut(RULE.table, &arn) {
            row["Priority"] = json!(priority);
            changed.push(row.clone());
        }
    }
    Ok(json!({"Rules": changed}))
}

fn of_listener(call: &Call<'_>, listener: &str) -> Vec<(String, Value)> {
    let own = call.all(RULE.table).into_iter().filter(|(_, row)| text(row, "_listener") == listener);
    own.map(|(arn, row)| (arn.clone(), row.clone())).collect()
}

fn shown(call: &Call<'_>, row: &Value) -> Value {
    let mut row = row.clone();
    if flag(&row, "IsDefault") {
        let actions = call.get(LISTENER.table, text(&row, "_listener")).map(|listener| listener["DefaultActions"].clone());
        row["Actions"] = actions.unwrap_or_default();
    }
    row
}

#[cfg(test)]
mod tests {
    use super::super::testing::stage;
    use crate::services::ec2::testing::{call, fault};
    use serde_json::{Value, json};

    #[test]
    fn priorities_are_unique_and_can_be_swapped() {
        let mut stage = stage();
        let world = &mut stage.world;
        let actions = json!([{"Type": "forward", "TargetGroupArn": stage.one}]);
        let input = json!({"LoadBalancerArn": stage.load_balancer, "Protocol": "HTTP", "Port": 80, "DefaultActions": actions});
        let listener = call(world, "CreateListener", input)["Listeners"][0]["ListenerArn"].clone();
        let rule = |priority: u32| {
            let conditions = json!([{"Field": "path-pattern", "Values": [format!("/{priority}")]}]);
            json!({"ListenerArn": listener, "Priority": priority, "Conditions": conditions, "Actions": actions})
        };
        let vpc = call(world, "DescribeTargetGroups", json!({"TargetGroupArns": [stage.one]}))["TargetGroups"][0]["VpcId"].clone();
        let remote = json!({"Name": "remote", "Protocol": "HTTP", "ProtocolVersion": "GRPC", "Port": 50051, "VpcId": vpc});
        let remote = call(world, "CreateTargetGroup", remote)["TargetGroups"][0]["TargetGroupArn"].clone();
        let mut plain = rule(8);
        plain["Actions"] = json!([{"Type": "forward", "TargetGroupArn": remote}]);
        assert_eq!(fault(world, "CreateRule", plain), "InvalidLoadBalancerAction");
        let one = call(world, "CreateRule", rule(10))["Rules"][0]["RuleArn"].clone();
        let two = call(world, "CreateRule", rule(9))["Rules"][0]["RuleArn"].clone();
        assert_eq!(fault(world, "CreateRule", rule(10)), "PriorityInUse");
        let set = |world: &mut _, pairs: Value| {
            super::super::super::ec2::testing::try_call(world, "SetRulePriorities", json!({"RulePriorities": pairs}))
        };
        assert!(set(world, json!([{"RuleArn": one, "Priority": 9}])).is_err());
        set(world, json!([{"RuleArn": one, "Priority": 9}, {"RuleArn": two, "Priority": 10}])).unwrap();
        let all = call(world, "DescribeRules", json!({"ListenerArn": listener}))["Rules"].clone();
        assert_eq!((&all[0]["RuleArn"], &all[1]["RuleArn"], &all[2]["Priority"]), (&one, &two, &json!("default")));
        assert_eq!(all[2]["Actions"][0]["TargetGroupArn"], json!(stage.one));
        assert_eq!(fault(world, "DeleteRule", json!({"RuleArn": all[2]["RuleArn"]})), "OperationNotPermitted");
        assert_eq!(fault(world, "ModifyRule", json!({"RuleArn": one})), "ValidationError");
        call(world, "DeleteRule", json!({"RuleArn": one}));
        assert_eq!(fault(world, "DeleteRule", json!({"RuleArn": one})), "RuleNotFound");
        call(world, "DeleteListener", json!({"ListenerArn": listener}));
        assert_eq!(fault(world, "DescribeRules", json!({"RuleArns": [two]})), "RuleNotFound");
    }
}
