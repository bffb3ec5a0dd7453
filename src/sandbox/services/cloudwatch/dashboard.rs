//! Dashboards.

use crate::services::members::{items, number, text};
use crate::world::{Call, Fault, tags_from};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

fn missing(name: &str) -> Fault {
    Fault::new("DashboardNotFoundError", format!("Dashboard {name} does not exist")).status(404)
}

pub fn put(call: &mut Call<'_>) -> Answer {
    let (name, body) = (call.text("DashboardName").to_owned(), call.text("DashboardBody").to_owned());
    if name.is_empty() || name.len() > 255 || !name.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_".contains(sign)) {
        return Err(Fault::new(
            "InvalidParameterValueException",
            format!("The value {name} for parameter DashboardName is not valid: A-Z, a-z, 0-9, \"-\", and \"_\" only"),
        ));
    }
    let problems = problems(&body);
    if !problems.is_empty() {
        let count = problems.len();
        let shown: Vec<String> =
            problems.iter().map(|problem| format!("{}: {}", text(problem, "DataPath"), text(problem, "Message"))).collect();
        return Err(Fault::new(
            "DashboardInvalidInputError",
            format!("The dashboard body is invalid, there are {count} validation errors: {}", shown.join("; ")),
        ));
    }
    let arn = format!("arn:aws:cloudwatch::{}:dashboard/{name}", call.account());
    let first = call.get("cloudwatch.dashboard", &name).is_none();
    let row =
        json!({"DashboardName": name, "DashboardArn": arn, "LastModified": call.now(), "Size": body.len(), "_body": body, "_arn": arn});
    call.put("cloudwatch.dashboard", &name, row);
    let tags = tags_from(call.input.get("Tags"));
    if first && !tags.is_empty() {
        call.set_tags(&arn, tags);
    }
    Ok(json!({"DashboardValidationMessages": []}))
}

const WIDGETS: [&str; 7] = ["metric", "text", "log", "alarm", "explorer", "custom", "trace"];

/// Returns everything that CloudWatch finds wrong in a body, with its place.
fn problems(body: &str) -> Vec<Value> {
    let problem = |path: String, message: &str| json!({"DataPath": path, "Message": message});
    let Ok(body) = serde_json::from_str::<Value>(body) else {
        return vec![problem("/".into(), "The field DashboardBody must be a valid JSON object")];
    };
    if !body.is_object() {
        return vec![problem("/".into(), "Should be object")];
    }
    if body.get("widgets").is_none_or(|widgets| !widgets.is_array()) {
        return vec![problem("/widgets".into(), "Should be array")];
    }
    let mut found = Vec::new();
    let widgets = items(&body, "widgets");
    if widgets.len() > 500 {
        found.push(problem("/widgets".into(), "A dashboard has at most 500 widgets"));
    }
    for (at, widget) in widgets.iter().enumerate() {
        let place = format!("/widgets/{at}");
        let kind = text(widget, "type");
        if !WIDGETS.contains(&kind) {
            found.push(problem(format!("{place}/type"), "Should match one of the allowed values"));
        }
        if widget.get("properties").is_none_or(|properties| !properties.is_object()) {
            found.push(problem(format!("{place}/properties"), "Should have required property 'properties'"));
            continue;
        }
        let properties = &widget["properties"];
        match kind {
            "text" if text(properties, "markdown").is_empty() => {
                found.push(problem(format!("{place}/properties"), "Should have required property 'markdown'"))
            }
            "log" if text(properties, "query").is_empty() => {
                found.push(problem(format!("{place}/properties"), "Should have required property 'query'"))
            }
            "metric" if properties.get("metrics").is_none() && properties.get("annotations").is_none() => {
                found.push(problem(format!("{place}/properties"), "Should have required property 'metrics'"));
            }
            _ => {}
        }
        for (side, most) in [("width", 24), ("height", 1000)] {
            if number(widget, side).is_some_and(|size| size < 1 || size > most) {
                found.push(problem(format!("{place}/{side}"), &format!("Should be between 1 and {most}")));
            }
        }
    }
    found
}

pub fn get(call: &mut Call<'_>) -> Answer {
    let name = call.text("DashboardName");
    let row = call.get("cloudwatch.dashboard", name).ok_or_else(|| missing(name))?;
    Ok(json!({"DashboardName": name, "DashboardArn": row["DashboardArn"], "DashboardBody": row["_body"]}))
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let names = call.texts("DashboardNames");
    // All or none.
    if let Some(unknown) = names.iter().find(|name| call.get("cloudwatch.dashboard", name).is_none()) {
        return Err(missing(unknown));
    }
    for name in names {
        call.remove("cloudwatch.dashboard", &name);
    }
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let prefix = call.text("DashboardNamePrefix");
    let rows: Vec<Value> =
        call.all("cloudwatch.dashboard").into_iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, row)| row.clone()).collect();
    Ok(json!({"DashboardEntries": rows}))
}
