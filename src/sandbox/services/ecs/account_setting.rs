//! Account settings and their defaults.

use super::invalid;
use crate::services::members::text;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// Each setting, its value in a new account, and the values it may have (none: a number of days).
const SETTINGS: [(&str, &str, &[&str]); 10] = [
    ("awsvpcTrunking", "disabled", &["enabled", "disabled", "on", "off"]),
    ("containerInsights", "disabled", &["enabled", "disabled", "enhanced"]),
    ("containerInstanceLongArnFormat", "enabled", &["enabled"]),
    ("defaultLogDriverMode", "non-blocking", &["blocking", "non-blocking"]),
    ("fargateFIPSMode", "disabled", &["enabled", "disabled", "on", "off"]),
    ("fargateTaskRetirementWaitPeriod", "7", &["0", "7", "14"]),
    ("guardDutyActivate", "off", &["on", "off"]),
    ("serviceLongArnFormat", "enabled", &["enabled"]),
    ("tagResourceAuthorization", "off", &["on", "off"]),
    ("taskLongArnFormat", "enabled", &["enabled"]),
];

fn root(call: &Call<'_>) -> String {
    format!("arn:aws:iam::{}:root", call.world.account)
}

fn shown(principal: &str, name: &str, value: &str) -> Value {
    json!({"name": name, "value": value, "principalArn": principal, "type": if name == "guardDutyActivate" { "aws_managed" } else { "user" }})
}

fn write(call: &mut Call<'_>, principal: &str) -> Answer {
    let (name, value) = (call.text("name").to_owned(), call.text("value").to_owned());
    let Some((_, _, values)) = SETTINGS.iter().find(|(known, ..)| *known == name) else {
        return Err(invalid(format!("The setting {name} cannot be changed.")));
    };
    if !values.contains(&value.as_str()) {
        return Err(invalid(format!("Invalid setting value \"{value}\" for {name}. Valid values are {}.", values.join(", "))));
    }
    call.put("ecs.account_setting", &format!("{principal} {name}"), json!({"name": name, "value": value, "principalArn": principal}));
    Ok(json!({"setting": shown(principal, &name, &value)}))
}

pub fn put(call: &mut Call<'_>) -> Answer {
    let principal = if call.text("principalArn").is_empty() { root(call) } else { call.text("principalArn").to_owned() };
    write(call, &principal)
}

pub fn put_default(call: &mut Call<'_>) -> Answer {
    let principal = root(call);
    write(call, &principal)
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let principal = if call.text("principalArn").is_empty() { root(call) } else { call.text("principalArn").to_owned() };
    let name = call.text("name").to_owned();
    let removed = call.remove("ecs.account_setting", &format!("{principal} {name}"));
    Ok(json!({"setting": shown(&principal, &name, removed.as_ref().map_or("", |row| text(row, "value")))}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let principal = if call.text("principalArn").is_empty() { root(call) } else { call.text("principalArn").to_owned() };
    let effective = call.input.get("effectiveSettings").and_then(Value::as_bool) == Some(true);
    let (name, value) = (call.text("name"), call.text("value"));
    if !value.is_empty() && name.is_empty() {
        return Err(invalid("A setting name must be given with a value."));
    }
    let mut found = Vec::new();
    for (setting, default, _) in SETTINGS {
        let of =
            |principal: &str| call.get("ecs.account_setting", &format!("{principal} {setting}")).map(|row| text(row, "value").to_owned());
        let current =
            if effective { of(&principal).or_else(|| of(&root(call))).or_else(|| Some(default.to_owned())) } else { of(&principal) };
        if let Some(current) = current.filter(|current| (name.is_empty() || name == setting) && (value.is_empty() || value == current)) {
            found.push(shown(&principal, setting, &current));
        }
    }
    Ok(json!({"settings": found}))
}
