//! Archives, which count the events that they would replay. Each has a rule that EventBridge manages.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html>

use super::{ARCHIVES, RULES, check_key, rule};
use crate::services::event_pattern::means;
use crate::services::members::{items, joined, last_part, number, pick, set, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};

type Answer = Result<Value, Fault>;

/// The service that manages the rules of archives.
pub const MANAGER: &str = "prod.vhs.events.aws.internal";

fn missing(name: &str) -> Fault {
    Fault::new("ResourceNotFoundException", format!("Archive {name} does not exist."))
}

fn wanted(call: &Call<'_>) -> Result<String, Fault> {
    let name = call.text("ArchiveName");
    call.get(ARCHIVES, name).map(|_| name.to_owned()).ok_or_else(|| missing(name))
}

pub fn create(call: &mut Call<'_>) -> Answer {
    let (name, source) = (call.text("ArchiveName").to_owned(), call.text("EventSourceArn").to_owned());
    if call.get(ARCHIVES, &name).is_some() {
        return Err(Fault::new("ResourceAlreadyExistsException", format!("Archive {name} already exists.")));
    }
    if source != call.arn("events", "event-bus/default") {
        return Err(Fault::new("ResourceNotFoundException", format!("Event bus {} does not exist.", last_part(&source))));
    }
    check(call)?;
    let (arn, now) = (call.arn("events", &format!("archive/{name}")), call.now());
    let own = json!({
        "ArchiveName": name, "ArchiveArn": arn, "_arn": arn, "EventSourceArn": source, "State": "ENABLED", "CreationTime": now, "EventCount": 0, "SizeBytes": 0,
        "RetentionDays": 0,
    });
    let row = joined(own, settings(call));
    let rule = managed_rule(call, &row);
    call.put(RULES, text(&rule, "Name"), rule.clone());
    call.put(ARCHIVES, &name, row.clone());
    Ok(pick(&row, &["ArchiveArn", "State", "CreationTime"]))
}

fn settings(call: &Call<'_>) -> Value {
    pick(call.input, &["Description", "EventPattern", "RetentionDays", "KmsKeyIdentifier"])
}

fn check(call: &mut Call<'_>) -> Result<(), Fault> {
    check_key(call)?;
    match call.text("EventPattern") {
        "" => Ok(()),
        pattern => rule::check_pattern(pattern),
    }
}

fn rule_name(archive: &str) -> String {
    format!("Events-Archive-{archive}")
}

/// The rule that brings events into the archive: its pattern, without events that are replayed.
fn managed_rule(call: &Call<'_>, archive: &Value) -> Value {
    let mut pattern: Value = serde_json::from_str(text(archive, "EventPattern")).unwrap_or_else(|_| json!({}));
    pattern["replay-name"] = json!([{"exists": false}]);
    let name = rule_name(text(archive, "ArchiveName"));
    let template = format!(
        r#"{{"archive-arn": "{}", "event": <aws.events.event.json>, "ingestion-time": <aws.events.event.ingestion-time>}}"#,
        text(archive, "ArchiveArn")
    );
    let target = json!({
        "Id": name, "Arn": format!("arn:aws:events:{}:::", call.region), "InputTransformer": {"InputPathsMap": {}, "InputTemplate": template},
    });
    json!({
        "Name": name, "Arn": call.arn("events", &format!("rule/{name}")), "EventBusName": "default", "State": "ENABLED", "ManagedBy": MANAGER,
        "EventPattern": pattern.to_string(), "_targets": [target],
    })
}

pub fn update(call: &mut Call<'_>) -> Answer {
    let name = wanted(call)?;
    check(call)?;
    let row = joined(call.get(ARCHIVES, &name).cloned().unwrap_or_default(), settings(call));
    let rule = managed_rule(call, &row);
    call.put(RULES, text(&rule, "Name"), rule.clone());
    call.put(ARCHIVES, &name, row.clone());
    Ok(pick(&row, &["ArchiveArn", "State", "CreationTime"]))
}

pub fn describe(call: &mut Call<'_>) -> Answer {
    let name = wanted(call)?;
    Ok(call.get(ARCHIVES, &name).cloned().unwrap_or_default())
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let name = wanted(call)?;
    call.remove(ARCHIVES, &name);
    call.remove(RULES, &rule_name(&name));
    Ok(json!({}))
}

pub fn list(call: &mut Call<'_>) -> Answer {
    let given = ["NamePrefix", "EventSourceArn", "State"].map(|member| call.text(member)).map(|text| (!text.is_empty()).then_some(text));
    let [prefix, source, state] = given;
    if given.iter().flatten().count() > 1 {
        return Err(Fault::new(
            "ValidationException",
            "At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.",
        ));
    }
    let fits = |row: &&Value| {
        prefix.is_none_or(|prefix| text(row, "ArchiveName").starts_with(prefix))
            && source.is_none_or(|source| text(row, "EventSourceArn") == source)
            && state.is_none_or(|state| text(row, "State") == state)
    };
    let rows = call.all(ARCHIVES).into_iter().map(|(_, row)| row).filter(fits);
    let told = ["ArchiveName", "EventSourceArn", "State", "RetentionDays", "SizeBytes", "EventCount", "CreationTime"];
    Ok(json!({"Archives": rows.map(|row| pick(row, &told)).collect::<Vec<_>>()}))
}

/// Counts an event that was put in the archives that it is meant for.
pub fn count(call: &mut Call<'_>, entry: &Value, id: &str) {
    let detail: Value = serde_json::from_str(text(entry, "Detail")).unwrap_or_default();
    let event = json!({
        "version": "0", "id": id, "detail-type": entry["DetailType"], "source": entry["Source"], "account": call.account(), "region": call.region,
        "resources": items(entry, "Resources"), "detail": detail,
    });
    let meant = |row: &Value| match serde_json::from_str::<Value>(text(row, "EventPattern")) {
        Ok(Value::Object(pattern)) => means(&pattern, &event),
        _ => true,
    };
    let names: Vec<String> = call.all(ARCHIVES).into_iter().filter(|(_, row)| meant(row)).map(|(name, _)| name.clone()).collect();
    let size = i64::try_from(event.to_string().len()).unwrap_or(0);
    for name in names {
        if let Some(row) = call.get_mut(ARCHIVES, &name) {
            let (events, bytes) = (number(row, "EventCount").unwrap_or(0), number(row, "SizeBytes").unwrap_or(0));
            set(row, "EventCount", json!(events + 1));
            set(row, "SizeBytes", json!(bytes + size));
        }
    }
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
    fn an_archive_counts_what_its_pattern_means_and_has_a_rule_of_its_own() {
        let mut world = World::new("123456789012", 1, 0);
        let bus = "arn:aws:events:us-east-1:123456789012:event-bus/default";
        let pattern = r#"{"source":["shop"]}"#;
        call(&mut world, "CreateArchive", json!({"ArchiveName": "all", "EventSourceArn": bus})).unwrap();
        call(
            &mut world,
            "CreateArchive",
            json!({"ArchiveName": "shop", "EventSourceArn": bus, "EventPattern": pattern, "RetentionDays": 7}),
        )
        .unwrap();
        let again = json!({"ArchiveName": "all", "EventSourceArn": bus});
        assert_eq!(call(&mut world, "CreateArchive", again).unwrap_err().code, "ResourceAlreadyExistsException");
        let entry = |source: &str| json!({"Source": source, "DetailType": "t", "Detail": "{}"});
        call(&mut world, "PutEvents", json!({"Entries": [entry("shop"), entry("blog")]})).unwrap();
        let counts = |world: &mut World| {
            let archives = call(world, "ListArchives", json!({})).unwrap()["Archives"].clone();
            archives.as_array().unwrap().iter().map(|archive| archive["EventCount"].as_i64().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(counts(&mut world), [2, 1]);
        let rule = call(&mut world, "DescribeRule", json!({"Name": "Events-Archive-shop"})).unwrap();
        assert_eq!(
            (text(&rule, "ManagedBy"), text(&rule, "EventPattern")),
            (MANAGER, r#"{"replay-name":[{"exists":false}],"source":["shop"]}"#)
        );
        for (operation, input) in [
            ("DeleteRule", json!({"Name": "Events-Archive-shop"})),
            ("RemoveTargets", json!({"Rule": "Events-Archive-shop", "Ids": ["x"]})),
            ("PutTargets", json!({"Rule": "Events-Archive-shop", "Targets": []})),
            ("PutRule", json!({"Name": "Events-Archive-shop", "EventPattern": pattern})),
        ] {
            assert_eq!(call(&mut world, operation, input).unwrap_err().code, "ManagedRuleException", "{operation}");
        }
        call(&mut world, "UpdateArchive", json!({"ArchiveName": "shop", "EventPattern": r#"{"source":["blog"]}"#})).unwrap();
        call(&mut world, "PutEvents", json!({"Entries": [entry("shop")]})).unwrap();
        assert_eq!(counts(&mut world), [3, 1]);
        call(&mut world, "DeleteArchive", json!({"ArchiveName": "shop"})).unwrap();
        assert_eq!(call(&mut world, "ListRules", json!({})).unwrap()["Rules"].as_array().unwrap().len(), 1);
        assert_eq!(call(&mut world, "DescribeArchive", json!({"ArchiveName": "shop"})).unwrap_err().code, "ResourceNotFoundException");
    }
}
