//! DB parameter groups.

use super::{INSTANCES, PARAMETER_GROUPS, bad_value, catalog, identifier, not_found, parameter, tag};
use crate::world::{Call, Fault};
use serde_json::{Map, Value, json};

const MOST_AT_ONCE: usize = 20;

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = identifier("DBParameterGroupName", call.text("DBParameterGroupName"), 255)?;
    let family = call.text("DBParameterGroupFamily").to_lowercase();
    if catalog::family(&family).is_none() {
        return Err(bad_value(format!("ParameterGroupFamily {family} is not a valid parameter group family")));
    }
    let description = call.text("Description").to_owned();
    add(call, &name, &family, &description, json!({}))
}

pub fn copy(call: &mut Call<'_>) -> Result<Value, Fault> {
    let source = find(call, call.text("SourceDBParameterGroupIdentifier"))?;
    let (family, set) = (source["DBParameterGroupFamily"].as_str().unwrap_or_default().to_owned(), source["_parameters"].clone());
    let name = identifier("TargetDBParameterGroupIdentifier", call.text("TargetDBParameterGroupIdentifier"), 255)?;
    let description = call.text("TargetDBParameterGroupDescription").to_owned();
    add(call, &name, &family, &description, set)
}

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    let groups = match call.text("DBParameterGroupName") {
        "" => call.all(PARAMETER_GROUPS).into_iter().map(|(_, row)| row.clone()).collect(),
        name => vec![find(call, name)?],
    };
    Ok(json!({"DBParameterGroups": groups}))
}

pub fn modify(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, engine) = own(call)?;
    let given = given(call)?;
    if given.is_empty() {
        return Err(bad_value("The parameter Parameters must be provided and must not be blank."));
    }
    let mut changes = Vec::new();
    for each in given {
        let value = each["ParameterValue"].as_str().unwrap_or_default();
        let (known, method) = checked(engine, each)?;
        known.check_value(value)?;
        changes.push((known.name.to_owned(), known.dynamic, Some(json!({"value": value, "method": method}))));
    }
    apply(call, &name, changes);
    Ok(json!({"DBParameterGroupName": name}))
}

pub fn reset(call: &mut Call<'_>) -> Result<Value, Fault> {
    let (name, engine) = own(call)?;
    let given = given(call)?;
    let mut changes = Vec::new();
    if given.is_empty() || call.input["ResetAllParameters"] == true {
        let row = call.get(PARAMETER_GROUPS, &name).unwrap_or(&Value::Null);
        let set = row["_parameters"].as_object().into_iter().flatten();
        changes.extend(set.map(|(set, _)| (set.clone(), parameter::find(engine, set).is_ok_and(|known| known.dynamic), None)));
    } else {
        for each in given {
            let (known, _) = checked(engine, each)?;
            changes.push((known.name.to_owned(), known.dynamic, None));
        }
    }
    apply(call, &name, changes);
    Ok(json!({"DBParameterGroupName": name}))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let name = call.text("DBParameterGroupName").to_lowercase();
    find(call, &name)?;
    let state = |message: String| Err(Fault::new("InvalidDBParameterGroupState", message));
    if name.starts_with("default.") {
        return state(format!("The parameter group {name} is a default and cannot be deleted."));
    }
    if call.all(INSTANCES).into_iter().any(|(_, row)| row["_parameter_group"] == name.as_str()) {
        let what = "so the group cannot be deleted";
        return state(format!("One or more database instances are still members of this parameter group {name}, {what}"));
    }
    call.remove(PARAMETER_GROUPS, &name);
    Ok(json!({}))
}

pub fn parameters(call: &mut Call<'_>) -> Result<Value, Fault> {
    let group = find(call, call.text("DBParameterGroupName"))?;
    let engine = engine_of(&group);
    let (empty, source) = (Map::new(), call.text("Source"));
    let set = group["_parameters"].as_object().unwrap_or(&empty);
    let extensions = set.keys().filter(|name| !parameter::all(engine).any(|known| known.name == name.as_str()));
    let known = parameter::all(engine).map(|known| known.view(set.get(known.name)));
    let extra = extensions.filter_map(|name| Some(parameter::find(engine, name).ok()?.view(set.get(name))));
    let parameters: Vec<Value> = known.chain(extra).filter(|view| source.is_empty() || view["Source"] == source).collect();
    Ok(json!({"Parameters": parameters}))
}

/// The group of this name; the default group of any family exists.
pub fn find(call: &Call<'_>, name: &str) -> Result<Value, Fault> {
    let name = name.to_lowercase();
    if let Some(found) = call.get(PARAMETER_GROUPS, &name) {
        return Ok(found.clone());
    }
    match name.strip_prefix("default.").and_then(catalog::family) {
        Some((_, major)) => Ok(row(call, &name, major.family, &format!("Default parameter group for {}", major.family), json!({}))),
        None => Err(not_found("DBParameterGroupNotFound", format!("DBParameterGroup not found: {name}"))),
    }
}

/// The default group of a family, listed from its first use on.
pub fn use_default(call: &mut Call<'_>, family: &str) -> String {
    let name = format!("default.{family}");
    if let (None, Ok(row)) = (call.get(PARAMETER_GROUPS, &name), find(call, &name)) {
        call.put(PARAMETER_GROUPS, &name, row);
    }
    name
}

fn add(call: &mut Call<'_>, name: &str, family: &str, description: &str, set: Value) -> Result<Value, Fault> {
    if call.get(PARAMETER_GROUPS, name).is_some() {
        return Err(Fault::new("DBParameterGroupAlreadyExists", format!("Parameter group {name} already exists")));
    }
    let (tags, row) = (tag::given(call)?, row(call, name, family, description, set));
    let arn = call.arn("rds", &format!("pg:{name}"));
    call.put(PARAMETER_GROUPS, name, row);
    if !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"DBParameterGroup": call.get(PARAMETER_GROUPS, name)}))
}

fn row(call: &Call<'_>, name: &str, family: &str, description: &str, set: Value) -> Value {
    let arn = call.arn("rds", &format!("pg:{name}"));
    json!({
        "DBParameterGroupName": name, "DBParameterGroupFamily": family, "Description": description, "DBParameterGroupArn": arn, "_arn": arn,
        "_parameters": set,
    })
}

/// The group in the input if it may be changed, and its engine.
fn own(call: &Call<'_>) -> Result<(String, &'static str), Fault> {
    let group = find(call, call.text("DBParameterGroupName"))?;
    let name = group["DBParameterGroupName"].as_str().unwrap_or_default().to_owned();
    match name.starts_with("default.") {
        true => Err(Fault::new("InvalidDBParameterGroupState", format!("The parameter group {name} is a default and cannot be modified."))),
        false => Ok((name, engine_of(&group))),
    }
}

fn engine_of(group: &Value) -> &'static str {
    catalog::family(group["DBParameterGroupFamily"].as_str().unwrap_or_default()).map_or("postgres", |(engine, _)| engine.name)
}

fn given<'v>(call: &Call<'v>) -> Result<&'v [Value], Fault> {
    let given = call.input["Parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    match given.len() > MOST_AT_ONCE {
        true => Err(bad_value(format!("No more than {MOST_AT_ONCE} parameters may be given in one request; there are {}.", given.len()))),
        false => Ok(given),
    }
}

fn checked<'v>(engine: &str, given: &'v Value) -> Result<(parameter::Parameter<'v>, &'v str), Fault> {
    let known = parameter::find(engine, given["ParameterName"].as_str().unwrap_or_default())?;
    let method = given["ApplyMethod"].as_str().unwrap_or_default();
    known.check_method(method)?;
    Ok((known, method))
}

/// Sets or unsets parameters; instances that use the group show it.
fn apply(call: &mut Call<'_>, name: &str, changes: Vec<(String, bool, Option<Value>)>) {
    let reboot =
        changes.iter().any(|(_, dynamic, value)| !dynamic || value.as_ref().is_some_and(|value| value["method"] == "pending-reboot"));
    if let Some(set) = call.get_mut(PARAMETER_GROUPS, name).and_then(|row| row["_parameters"].as_object_mut()) {
        for (parameter, _, value) in changes {
            match value {
                Some(value) => set.insert(parameter, value),
                None => set.remove(&parameter),
            };
        }
    }
    let users: Vec<String> =
        call.all(INSTANCES).into_iter().filter(|(_, row)| row["_parameter_group"] == name).map(|(id, _)| id.clone()).collect();
    for id in users {
        let pending = call.get(INSTANCES, &id).is_some_and(|row| row["_parameter_status"] == "pending-reboot");
        let then = if reboot || pending { "pending-reboot" } else { "in-sync" };
        if let Some(row) = call.get_mut(INSTANCES, &id) {
            row["_parameter_status"] = json!("applying");
        }
        call.later(INSTANCES, &id, 60.0, json!({"_parameter_status": then}));
    }
}
