//! Origin access controls.

use super::{ACCESS_CONTROLS, DISTRIBUTIONS, bad_argument, check_match, fresh_id, page};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

pub fn create(call: &mut Call<'_>) -> Result<Value, Fault> {
    let config = config(call, "")?;
    let (id, etag) = (fresh_id(call), fresh_id(call));
    call.put(ACCESS_CONTROLS, &id, json!({"Id": id, "OriginAccessControlConfig": config, "_etag": etag}));
    let mut answer = view(call, &id);
    answer["Location"] = json!(format!("https://cloudfront.amazonaws.com/2020-05-31/origin-access-control/{id}"));
    Ok(answer)
}

pub fn get(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = find(call)?;
    Ok(view(call, &id))
}

pub fn get_config(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = find(call)?;
    let row = call.get(ACCESS_CONTROLS, &id).unwrap_or(&Value::Null);
    Ok(json!({"OriginAccessControlConfig": row["OriginAccessControlConfig"], "ETag": row["_etag"]}))
}

pub fn update(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = find(call)?;
    check_match(call, call.get(ACCESS_CONTROLS, &id).unwrap_or(&Value::Null))?;
    let (config, etag) = (config(call, &id)?, fresh_id(call));
    call.put(ACCESS_CONTROLS, &id, json!({"Id": id, "OriginAccessControlConfig": config, "_etag": etag}));
    Ok(view(call, &id))
}

pub fn delete(call: &mut Call<'_>) -> Result<Value, Fault> {
    let id = find(call)?;
    check_match(call, call.get(ACCESS_CONTROLS, &id).unwrap_or(&Value::Null))?;
    let uses = |row: &Value| {
        let origins = row["DistributionConfig"]["Origins"]["Items"].as_array().into_iter().flatten();
        origins.into_iter().any(|origin| origin["OriginAccessControlId"] == id.as_str())
    };
    if let Some((user, _)) = call.all(DISTRIBUTIONS).into_iter().find(|(_, row)| uses(row)) {
        let message = format!("Cannot delete the origin access control because it's in use by one or more resources: {user}.");
        return Err(Fault::new("OriginAccessControlInUse", message).status(409));
    }
    call.remove(ACCESS_CONTROLS, &id);
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Result<Value, Fault> {
    let summary = |(id, row): (&String, &Value)| {
        let mut summary = row["OriginAccessControlConfig"].clone();
        summary["Id"] = json!(id);
        summary
    };
    let items = call.all(ACCESS_CONTROLS).into_iter().map(summary).collect();
    Ok(json!({"OriginAccessControlList": page(items)}))
}

fn find(call: &Call<'_>) -> Result<String, Fault> {
    let id = call.text("Id");
    match call.get(ACCESS_CONTROLS, id) {
        Some(_) => Ok(id.to_owned()),
        None => Err(Fault::new("NoSuchOriginAccessControl", "The specified origin access control does not exist.").status(404)),
    }
}

/// The configuration in the input, whose name no other control has.
fn config(call: &Call<'_>, id: &str) -> Result<Value, Fault> {
    let mut config = call.input["OriginAccessControlConfig"].clone();
    if config["Description"].is_null() {
        config["Description"] = json!("");
    }
    for (member, longest) in [("Name", 64), ("Description", 256)] {
        let length = config[member].as_str().unwrap_or_default().chars().count();
        if length > longest || (member == "Name" && length == 0) {
            return Err(bad_argument(format!("The parameter {member} has 1 to {longest} characters.")));
        }
    }
    let taken = |row: &Value| row["OriginAccessControlConfig"]["Name"] == config["Name"];
    match call.all(ACCESS_CONTROLS).into_iter().any(|(other, row)| *other != id && taken(row)) {
        true => {
            Err(Fault::new("OriginAccessControlAlreadyExists", "An origin access control with the same name already exists.").status(409))
        }
        false => Ok(config),
    }
}

fn view(call: &Call<'_>, id: &str) -> Value {
    let row = call.get(ACCESS_CONTROLS, id).unwrap_or(&Value::Null);
    json!({"OriginAccessControl": row, "ETag": row["_etag"]})
}
