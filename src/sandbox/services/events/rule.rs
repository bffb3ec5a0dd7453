//! Rules and their targets.

use super::{RULES, archive};
use crate::services::members::{flag, items, joined, pick, present, set, text, uuid};
use crate::services::schedule;
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// The bus of the call; only `default` exists.
fn bus(call: &Call<'_>) -> Result<(), Fault> {
    let given = call.text("EventBusName");
    let name = given.rsplit('/').next().unwrap_or(given);
    if ["", "default"].contains(&name) {
        return Ok(());
    }
    Err(Fault::new("ResourceNotFoundException", format!("Event bus {name} does not exist.")))
}

fn missing(name: &str) -> Fault {
    Fault::new("ResourceNotFoundException", format!("Rule {name} does not exist on EventBus default."))
}

fn wanted(call: &Call<'_>, member: &str) -> Result<String, Fault> {
    bus(call)?;
    let name = call.text(member);
    call.get(RULES, name).map(|_| name.to_owned()).ok_or_else(|| missing(name))
}

/// Refuses to change a rule that a service manages, unless it is forced.
fn unmanaged(call: &Call<'_>, name: &str) -> Result<(), Fault> {
    let manager = call.get(RULES, name).map(|row| text(row, "ManagedBy")).unwrap_or_default();
    if manager.is_empty() || flag(call.input, "Force") {
        return Ok(());
    }
    Err(Fault::new("ManagedRuleException", format!("Rule {name} is managed by an AWS service, {manager}, and can only be modified by it.")))
}

pub fn put_rule(call: &mut Call<'_>) -> Answer {
    bus(call)?;
    let (name, expression, pattern) = (call.text("Name").to_owned(), call.text("ScheduleExpression"), call.text("EventPattern"));
    unmanaged(call, &name)?;
    if expression.is_empty() && pattern.is_empty() {
        return Err(Fault::new("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified."));
    }
    if !expression.is_empty() && (!schedule::valid(expression) || expression.starts_with("at(")) {
        return Err(Fault::new("ValidationException", "Parameter ScheduleExpression is not valid."));
    }
    if !pattern.is_empty() {
        check_pattern(pattern)?;
    }
    let arn = call.arn("events", &format!("rule/{name}"));
    let old = call.get(RULES, &name).cloned();
    let state = if call.text("State").is_empty() { "ENABLED" } else { call.text("State") };
    let own = json!({
        "Name": name, "Arn": arn, "_arn": arn, "EventBusName": "default", "State": state,
        "_targets": old.as_ref().map_or_else(|| json!([]), |old| old["_targets"].clone()),
    });
    let row = joined(own, pick(call.input, &["Description", "ScheduleExpression", "EventPattern", "RoleArn"]));
    call.put(RULES, &name, row);
    // On a rule that exists they are ignored.
    let tags = tags_from(call.input.get("Tags"));
    if old.is_none() && !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"RuleArn": arn}))
}

pub fn check_pattern(pattern: &str) -> Result<(), Fault> {
    let invalid = |reason: &str| Err(Fault::new("InvalidEventPatternException", format!("Event pattern is not valid. Reason: {reason}")));
    let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(pattern) else { return invalid("Filter is not an object") };
    if fields.is_empty() {
        return invalid("Empty patterns are not allowed");
    }
    match fields.iter().find(|(_, value)| !fits(value)) {
        Some((name, _)) => invalid(&format!("\"{name}\" must be an object or an array")),
        None => Ok(()),
    }
}

/// A pattern's leaves are arrays that are not empty.
fn fits(value: &Value) -> bool {
    match value {
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty() && fields.values().all(fits),
        _ => false,
    }
}

pub fn delete_rule(call: &mut Call<'_>) -> Answer {
    bus(call)?;
    let name = call.text("Name").to_owned();
    unmanaged(call, &name)?;
    let Some(rule) = call.get(RULES, &name) else { return Ok(json!({})) };
    if !items(rule, "_targets").is_empty() {
        return Err(Fault::new("ValidationException", "Rule can't be deleted since it has targets."));
    }
    call.remove(RULES, &name);
    Ok(json!({}))
}

pub fn describe_rule(call: &mut Call<'_>) -> Answer {
    let name = wanted(call, "Name")?;
    let row = call.get(RULES, &name).cloned().unwrap_or_default();
    Ok(joined(row, json!({"CreatedBy": call.world.account})))
}

pub fn list_rules(call: &mut Call<'_>) -> Answer {
    bus(call)?;
    let prefix = call.text("NamePrefix");
    let rows: Vec<Value> = call.all(RULES).into_iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, row)| row.clone()).collect();
    Ok(json!({"Rules": rows}))
}

pub fn put_targets(call: &mut Call<'_>) -> Answer {
    let name = wanted(call, "Rule")?;
    unmanaged(call, &name)?;
    let mut targets = call.get(RULES, &name).map(|row| items(row, "_targets").to_vec()).unwrap_or_default();
    for target in items(call.input, "Targets") {
        if target.get("EcsParameters").is_some() && text(target, "RoleArn").is_empty() {
            return Err(Fault::new("ValidationException", format!("RoleArn is required for target {}.", text(target, "Arn"))));
        }
        if target.get("EcsParameters").is_none() && text(target, "Arn").contains(":ecs:") {
            return Err(Fault::new("ValidationException", format!("EcsParameters are required for target {}.", text(target, "Arn"))));
        }
        let inputs = ["Input", "InputPath", "InputTransformer"].iter().filter(|member| target.get(**member).is_some()).count();
        if inputs > 1 {
            return Err(Fault::new(
                "ValidationException",
                format!("Only one of Input, InputPath, or InputTransformer must be provided for target {}.", text(target, "Id")),
            ));
        }
        targets.retain(|known| text(known, "Id") != text(target, "Id"));
        targets.push(target.clone());
    }
    if targets.len() > 5 {
        return Err(Fault::new(
            "LimitExceededException",
            "The requested resource exceeds the maximum number allowed: 5 targets for a rule.",
        ));
    }
    if let Some(row) = call.get_mut(RULES, &name) {
        set(row, "_targets", targets.into());
    }
    Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
}

pub fn remove_targets(call: &mut Call<'_>) -> Answer {
    let name = wanted(call, "Rule")?;
    unmanaged(call, &name)?;
    let gone = call.texts("Ids");
    if let Some(row) = call.get_mut(RULES, &name) {
        let left: Vec<Value> =
            items(row, "_targets").iter().filter(|target| !gone.iter().any(|id| id == text(target, "Id"))).cloned().collect();
        set(row, "_targets", left.into());
    }
    Ok(json!({"FailedEntryCount": 0, "FailedEntries": []}))
}

pub fn list_targets(call: &mut Call<'_>) -> Answer {
    let name = wanted(call, "Rule")?;
    Ok(json!({"Targets": call.get(RULES, &name).map(|row| row["_targets"].clone())}))
}

pub fn put_events(call: &mut Call<'_>) -> Answer {
    let mut entries = Vec::new();
    for entry in items(call.input, "Entries").to_vec() {
        let lacking = ["Source", "DetailType", "Detail"].into_iter().find(|member| text(&entry, member).is_empty());
        let malformed = serde_json::from_str::<Value>(text(&entry, "Detail")).is_err();
        entries.push(match lacking {
            Some(member) => json!({"ErrorCode": "InvalidArgument", "ErrorMessage": format!("Parameter {member} is not valid. Reason: {member} is a required argument.")}),
            None if malformed => json!({"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}),
            None => {
                let id = uuid(call);
                archive::count(call, &entry, &id);
                json!({"EventId": id})
            }
        });
    }
    let failed = entries.iter().filter(|entry| entry.get("ErrorCode").is_some()).count();
    Ok(json!({"Entries": entries, "FailedEntryCount": failed}))
}

fn tagged(call: &Call<'_>) -> Result<String, Fault> {
    let arn = call.text("ResourceARN");
    let name = arn.split_once(":rule/").map_or("", |(_, name)| name);
    call.get(RULES, name).map(|_| arn.to_owned()).ok_or_else(|| missing(name))
}

pub fn tag(call: &mut Call<'_>) -> Answer {
    let (arn, tags) = (tagged(call)?, tags_from(call.input.get("Tags")));
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

pub fn untag(call: &mut Call<'_>) -> Answer {
    let (arn, keys) = (tagged(call)?, call.texts("TagKeys"));
    call.unset_tags(&arn, &keys);
    Ok(json!({}))
}

pub fn list_tags(call: &mut Call<'_>) -> Answer {
    Ok(present(json!({"Tags": tag_list(&call.tags(&tagged(call)?))})))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    fn call(world: &mut World, operation: &str, input: Value) -> Answer {
        super::super::handler(operation).unwrap()(&mut Call::new(world, &input, "events", operation, "us-east-1"))
            .map(|answer| crate::services::testing::fitting("events", operation, answer))
    }

    #[test]
    fn a_rule_is_kept_while_it_has_targets() {
        let mut world = World::new("123456789012", 1, 0);
        for bad in [
            json!({"Name": "r"}),
            json!({"Name": "r", "ScheduleExpression": "rate(5)"}),
            json!({"Name": "r", "EventPattern": "{\"source\": \"x\"}"}),
        ] {
            assert!(call(&mut world, "PutRule", bad).is_err());
        }
        let rule = json!({"Name": "r", "ScheduleExpression": "rate(5 minutes)", "Tags": [{"Key": "a", "Value": "b"}]});
        call(&mut world, "PutRule", rule.clone()).unwrap();
        call(&mut world, "PutTargets", json!({"Rule": "r", "Targets": [{"Id": "1", "Arn": "arn:aws:sns:us-east-1:1:t"}]})).unwrap();
        call(&mut world, "PutRule", rule).unwrap();
        assert_eq!(call(&mut world, "ListTargetsByRule", json!({"Rule": "r"})).unwrap()["Targets"][0]["Id"], "1");
        assert_eq!(call(&mut world, "DeleteRule", json!({"Name": "r"})).unwrap_err().code, "ValidationException");
        call(&mut world, "RemoveTargets", json!({"Rule": "r", "Ids": ["1"]})).unwrap();
        call(&mut world, "DeleteRule", json!({"Name": "r"})).unwrap();
        call(&mut world, "DeleteRule", json!({"Name": "r"})).unwrap();
        assert_eq!(call(&mut world, "DescribeRule", json!({"Name": "r"})).unwrap_err().code, "ResourceNotFoundException");
        assert!(world.tags.is_empty());
    }
}
