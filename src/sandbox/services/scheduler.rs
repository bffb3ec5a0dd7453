//! EventBridge Scheduler: schedules in groups; groups carry the tags.

use super::Handler;
use super::iam;
use super::members::{flag, joined, number, pick, text};
use super::schedule;
use crate::world::{Call, Fault, tag_list, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

const GROUP: &str = "scheduler.group";
const SCHEDULE: &str = "scheduler.schedule";

pub fn handler(operation: &str) -> Option<Handler> {
    let handler: Handler = match operation {
        "CreateScheduleGroup" => create_group,
        "GetScheduleGroup" => get_group,
        "DeleteScheduleGroup" => delete_group,
        "ListScheduleGroups" => list_groups,
        "CreateSchedule" => create,
        "GetSchedule" => get,
        "UpdateSchedule" => update,
        "DeleteSchedule" => delete,
        "ListSchedules" => list,
        "TagResource" => tag,
        "UntagResource" => untag,
        "ListTagsForResource" => list_tags,
        _ => return None,
    };
    Some(handler)
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

fn missing(what: &str, name: &str) -> Fault {
    Fault::new("ResourceNotFoundException", format!("{what} {name} does not exist.")).status(404)
}

/// A group that exists; `default` always does.
fn group(call: &Call<'_>, name: &str) -> Result<Value, Fault> {
    match call.get(GROUP, name) {
        Some(row) => Ok(row.clone()),
        None if name == "default" => {
            Ok(json!({"Arn": call.arn("scheduler", "schedule-group/default"), "Name": "default", "State": "ACTIVE"}))
        }
        None => Err(missing("Schedule group", name)),
    }
}

fn create_group(call: &mut Call<'_>) -> Answer {
    let (name, token) = (call.text("Name").to_owned(), call.text("ClientToken").to_owned());
    if let Ok(known) = group(call, &name) {
        if !token.is_empty() && text(&known, "_token") == token {
            return Ok(json!({"ScheduleGroupArn": known["Arn"]}));
        }
        return Err(Fault::new("ConflictException", format!("Schedule group {name} already exists.")).status(409));
    }
    let arn = call.arn("scheduler", &format!("schedule-group/{name}"));
    let now = call.now();
    call.put(GROUP, &name, json!({"Arn": arn, "_arn": arn, "_token": token, "Name": name, "State": "ACTIVE", "CreationDate": now, "LastModificationDate": now}));
    let tags = tags_from(call.input.get("Tags"));
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"ScheduleGroupArn": arn}))
}

fn get_group(call: &mut Call<'_>) -> Answer {
    group(call, call.text("Name"))
}

/// The group goes with all that is in it, which takes a moment.
fn delete_group(call: &mut Call<'_>) -> Answer {
    let name = call.text("Name").to_owned();
    if name == "default" {
        return Err(invalid("The default schedule group cannot be deleted."));
    }
    let row = group(call, &name)?;
    if text(&row, "State") == "DELETING" {
        return Err(Fault::new("ConflictException", format!("Schedule group {name} is being deleted.")).status(409));
    }
    let now = call.now();
    let inside: Vec<String> =
        call.all(SCHEDULE).into_iter().filter(|(_, row)| text(row, "GroupName") == name).map(|(key, _)| key.clone()).collect();
    for key in inside {
        call.remove_later(SCHEDULE, &key, 5.0);
    }
    call.later(GROUP, &name, 0.0, json!({"State": "DELETING", "LastModificationDate": now}));
    call.remove_later(GROUP, &name, 5.0);
    Ok(json!({}))
}

fn list_groups(call: &mut Call<'_>) -> Answer {
    let prefix = call.text("NamePrefix");
    let mut found: Vec<Value> = call.all(GROUP).into_iter().map(|(_, row)| row.clone()).collect();
    if call.get(GROUP, "default").is_none() {
        found.push(group(call, "default")?);
    }
    found.retain(|row| text(row, "Name").starts_with(prefix));
    found.sort_by(|a, b| text(a, "Name").cmp(text(b, "Name")));
    Ok(json!({"ScheduleGroups": found}))
}

/// The group that the call names and the key of the schedule in it.
fn place(call: &Call<'_>) -> (String, String) {
    let group = if call.text("GroupName").is_empty() { "default" } else { call.text("GroupName") };
    (group.to_owned(), format!("{group}/{}", call.text("Name")))
}

fn check(call: &Call<'_>) -> Result<(), Fault> {
    let expression = call.text("ScheduleExpression");
    if !schedule::valid(expression) {
        return Err(invalid(format!("Invalid Schedule Expression {expression}.")));
    }
    let window = call.input.get("FlexibleTimeWindow").cloned().unwrap_or_default();
    let minutes = number(&window, "MaximumWindowInMinutes").is_some();
    if (text(&window, "Mode") == "FLEXIBLE") != minutes {
        return Err(invalid("MaximumWindowInMinutes goes with the FLEXIBLE mode of a flexible time window, and only with that."));
    }
    let span = |member: &str| call.input.get(member).and_then(Value::as_f64);
    if span("StartDate").zip(span("EndDate")).is_some_and(|(from, to)| from >= to) {
        return Err(invalid("The StartDate must be before the EndDate."));
    }
    let target = call.input.get("Target").cloned().unwrap_or_default();
    let arn = text(&target, "Arn");
    if arn.contains(":ecs:") && target.get("EcsParameters").is_none() {
        return Err(invalid("EcsParameters must be provided for an Amazon ECS target."));
    }
    if !arn.contains(":ecs:") && target.get("EcsParameters").is_some() {
        return Err(invalid(format!("EcsParameters is not supported for target {arn}.")));
    }
    if !assumable(call, text(&target, "RoleArn")) {
        return Err(invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role."));
    }
    Ok(())
}

/// Scheduler tries the role at once, so it must be there, trust it, and not be brand new; another account's is taken on its word.
fn assumable(call: &Call<'_>, arn: &str) -> bool {
    let own = arn.starts_with(&format!("arn:aws:iam::{}:", call.world.account));
    let role = call.all("iam.role").into_iter().map(|(_, row)| row).find(|row| text(row, "Arn") == arn);
    !own || role.is_some_and(|role| {
        text(role, "AssumeRolePolicyDocument").contains("scheduler.amazonaws.com") && !flag(role, "_fresh") && !iam::is_unknown(call, arn)
    })
}

/// A schedule as it is kept: what is not given goes back to its default.
fn row(call: &Call<'_>, group: &str) -> Value {
    let name = call.text("Name");
    let defaults = json!({"State": "ENABLED", "ActionAfterCompletion": "NONE", "ScheduleExpressionTimezone": "UTC"});
    let given = [
        "Description",
        "EndDate",
        "FlexibleTimeWindow",
        "KmsKeyArn",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "StartDate",
        "State",
        "Target",
        "ActionAfterCompletion",
    ];
    let mut row = joined(defaults, pick(call.input, &given));
    if let Some(target) = row.get_mut("Target") {
        let retry = joined(
            json!({"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}),
            target.get("RetryPolicy").cloned().unwrap_or(json!({})),
        );
        target["RetryPolicy"] = retry;
        if let Some(ecs) = target.get("EcsParameters").cloned() {
            target["EcsParameters"] = joined(json!({"TaskCount": 1}), ecs);
        }
    }
    joined(
        row,
        json!({"Name": name, "GroupName": group, "Arn": call.arn("scheduler", &format!("schedule/{group}/{name}")), "LastModificationDate": call.now()}),
    )
}

fn create(call: &mut Call<'_>) -> Answer {
    let (group_name, key) = place(call);
    let parent = group(call, &group_name)?;
    if let Some(known) = call.get(SCHEDULE, &key) {
        if !call.text("ClientToken").is_empty() && text(known, "_token") == call.text("ClientToken") {
            return Ok(json!({"ScheduleArn": known["Arn"]}));
        }
        return Err(Fault::new("ConflictException", format!("Schedule {} already exists.", call.text("Name"))).status(409));
    }
    if text(&parent, "State") == "DELETING" {
        return Err(Fault::new("ConflictException", format!("Schedule group {group_name} is being deleted.")).status(409));
    }
    check(call)?;
    let row = joined(row(call, &group_name), json!({"CreationDate": call.now(), "_token": call.text("ClientToken")}));
    let arn = row["Arn"].clone();
    call.put(SCHEDULE, &key, row);
    Ok(json!({"ScheduleArn": arn}))
}

fn wanted(call: &Call<'_>) -> Result<(String, String, Value), Fault> {
    let (group_name, key) = place(call);
    group(call, &group_name)?;
    let row = call.get(SCHEDULE, &key).cloned().ok_or_else(|| missing("Schedule", call.text("Name")))?;
    Ok((group_name, key, row))
}

fn get(call: &mut Call<'_>) -> Answer {
    wanted(call).map(|(.., row)| row)
}

fn update(call: &mut Call<'_>) -> Answer {
    let (group_name, key, old) = wanted(call)?;
    check(call)?;
    let row = joined(row(call, &group_name), pick(&old, &["CreationDate", "_token"]));
    let arn = row["Arn"].clone();
    call.put(SCHEDULE, &key, row);
    Ok(json!({"ScheduleArn": arn}))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let (_, key, _) = wanted(call)?;
    call.remove(SCHEDULE, &key);
    Ok(json!({}))
}

fn list(call: &mut Call<'_>) -> Answer {
    let (group_name, prefix, state) = (call.text("GroupName"), call.text("NamePrefix"), call.text("State"));
    if !group_name.is_empty() {
        group(call, group_name)?;
    }
    let rows = call.all(SCHEDULE).into_iter().map(|(_, row)| row).filter(|row| {
        (group_name.is_empty() || text(row, "GroupName") == group_name)
            && text(row, "Name").starts_with(prefix)
            && (state.is_empty() || text(row, "State") == state)
    });
    let summary = |row: &Value| {
        let summary = pick(row, &["Arn", "Name", "GroupName", "State", "CreationDate", "LastModificationDate"]);
        joined(summary, json!({"Target": pick(&row["Target"], &["Arn"])}))
    };
    Ok(json!({"Schedules": rows.map(summary).collect::<Vec<_>>()}))
}

fn tagged(call: &Call<'_>) -> Result<String, Fault> {
    let arn = call.text("ResourceArn");
    let name = arn
        .split_once(":schedule-group/")
        .map(|(_, name)| name)
        .ok_or_else(|| invalid(format!("{arn} is not the ARN of a schedule group.")))?;
    group(call, name).map(|_| arn.to_owned())
}

fn tag(call: &mut Call<'_>) -> Answer {
    let (arn, tags) = (tagged(call)?, tags_from(call.input.get("Tags")));
    call.set_tags(&arn, tags);
    Ok(json!({}))
}

fn untag(call: &mut Call<'_>) -> Answer {
    let arn = tagged(call)?;
    let keys = call.texts("TagKeys");
    call.unset_tags(&arn, &keys);
    Ok(json!({}))
}

fn list_tags(call: &mut Call<'_>) -> Answer {
    Ok(json!({"Tags": tag_list(&call.tags(&tagged(call)?))}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    fn call(world: &mut World, operation: &str, input: Value) -> Answer {
        handler(operation).unwrap()(&mut Call::new(world, &input, "scheduler", operation, "us-east-1"))
            .map(|answer| crate::services::testing::fitting("scheduler", operation, answer))
    }

    fn schedule(group: &str, expression: &str) -> Value {
        json!({
            "Name": "nightly", "GroupName": group, "ScheduleExpression": expression, "FlexibleTimeWindow": {"Mode": "OFF"}, "Description": "d", "ClientToken": "t",
            "Target": {"Arn": "arn:aws:ecs:us-east-1:123456789012:cluster/c", "RoleArn": "arn:aws:iam::123456789012:role/s", "EcsParameters": {"TaskDefinitionArn": "td"}},
        })
    }

    #[test]
    fn a_schedule_lives_in_its_group() {
        let mut world = World::new("123456789012", 1, 0);
        let code = |answer: Answer| answer.unwrap_err().code;
        assert_eq!(code(call(&mut world, "CreateSchedule", schedule("g", "rate(1 day)"))), "ResourceNotFoundException");
        call(&mut world, "CreateScheduleGroup", json!({"Name": "g", "Tags": [{"Key": "a", "Value": "b"}]})).unwrap();
        assert_eq!(code(call(&mut world, "CreateSchedule", schedule("g", "rate(1 day)"))), "ValidationException");
        let role = json!({"Arn": "arn:aws:iam::123456789012:role/s", "AssumeRolePolicyDocument": "scheduler.amazonaws.com"});
        world.tables.entry("global/iam.role".into()).or_default().insert("s".into(), role);
        assert_eq!(code(call(&mut world, "CreateSchedule", schedule("g", "daily"))), "ValidationException");
        let arn = call(&mut world, "CreateSchedule", schedule("g", "rate(1 day)")).unwrap()["ScheduleArn"].clone();
        assert_eq!(call(&mut world, "CreateSchedule", schedule("g", "rate(1 day)")).unwrap()["ScheduleArn"], arn);
        let mut update = schedule("g", "cron(0 3 * * ? *)");
        update.as_object_mut().unwrap().remove("Description");
        call(&mut world, "UpdateSchedule", update).unwrap();
        let read = call(&mut world, "GetSchedule", json!({"GroupName": "g", "Name": "nightly"})).unwrap();
        assert_eq!(
            (&read["ScheduleExpression"], read.get("Description"), &read["Target"]["EcsParameters"]["TaskCount"]),
            (&json!("cron(0 3 * * ? *)"), None, &json!(1))
        );
        call(&mut world, "DeleteScheduleGroup", json!({"Name": "g"})).unwrap();
        world.advance_to(10_000);
        assert_eq!(code(call(&mut world, "GetSchedule", json!({"GroupName": "g", "Name": "nightly"}))), "ResourceNotFoundException");
        assert!(world.tags.is_empty() && world.tables["us-east-1/scheduler.schedule"].is_empty());
    }
}
