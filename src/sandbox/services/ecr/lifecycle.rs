//! Lifecycle policies, with the rules that ECR checks in them.

use super::repository::{changeable, invalid, named, wanted};
use crate::services::members::{items, joined, number, set, text};
use crate::world::{Call, Fault};
use serde_json::{Value, json};
use std::collections::BTreeSet;

type Answer = Result<Value, Fault>;

pub fn put(call: &mut Call<'_>) -> Answer {
    wanted(call)?;
    let policy = call.text("lifecyclePolicyText").to_owned();
    if let Some(problem) = problem(&policy) {
        return Err(invalid("LifecyclePolicyText", &format!("Lifecycle policy validation failure: {problem}")));
    }
    let now = call.now();
    let row = changeable(call)?;
    set(row, "_lifecycle", policy.clone().into());
    set(row, "_evaluated", now.into());
    Ok(joined(named(call), json!({"lifecyclePolicyText": policy})))
}

fn problem(policy: &str) -> Option<String> {
    let Ok(policy) = serde_json::from_str::<Value>(policy) else { return Some("Could not map policyString into LifecyclePolicy.".into()) };
    let rules = items(&policy, "rules");
    if rules.is_empty() {
        return Some("object has missing required properties ([\"rules\"])".into());
    }
    let mut priorities = BTreeSet::new();
    for rule in rules {
        let Some(priority) = number(rule, "rulePriority").filter(|priority| *priority > 0) else {
            return Some("rulePriority must be a positive integer".into());
        };
        if !priorities.insert(priority) {
            return Some(format!("rulePriority {priority} is used more than once"));
        }
        if rule.get("action").is_none_or(|action| text(action, "type") != "expire" && text(action, "type") != "transition") {
            return Some("instance value (action.type) not found in enum (possible values: [\"expire\",\"transition\"])".into());
        }
        if let Some(problem) =
            rule.get("selection").map_or(Some("object has missing required properties ([\"selection\"])".into()), selection_problem)
        {
            return Some(problem);
        }
    }
    let any = rules.iter().find(|rule| text(&rule["selection"], "tagStatus") == "any").and_then(|rule| number(rule, "rulePriority"));
    if any.is_some_and(|any| priorities.iter().any(|priority| *priority > any)) {
        return Some("A rule with tagStatus \"any\" must have the highest value for rulePriority".into());
    }
    None
}

fn selection_problem(selection: &Value) -> Option<String> {
    let chosen = !items(selection, "tagPrefixList").is_empty() || !items(selection, "tagPatternList").is_empty();
    match text(selection, "tagStatus") {
        "tagged" if !chosen => return Some("tagPrefixList or tagPatternList is required when tagStatus is \"tagged\"".into()),
        "untagged" | "any" if chosen => {
            return Some("tagPrefixList and tagPatternList are only allowed when tagStatus is \"tagged\"".into());
        }
        "tagged" | "untagged" | "any" => {}
        _ => return Some("instance value (tagStatus) not found in enum (possible values: [\"any\",\"tagged\",\"untagged\"])".into()),
    }
    if number(selection, "countNumber").is_none_or(|count| count < 1) {
        return Some("countNumber must be a positive integer".into());
    }
    let unit = text(selection, "countUnit");
    match text(selection, "countType") {
        "imageCountMoreThan" if !unit.is_empty() => Some("countUnit is only allowed when countType is \"sinceImagePushed\"".into()),
        "imageCountMoreThan" => None,
        "sinceImagePushed" | "sinceImagePulled" | "sinceImageTransitioned" if unit == "days" => None,
        "sinceImagePushed" | "sinceImagePulled" | "sinceImageTransitioned" => Some("countUnit must be \"days\"".into()),
        _ => Some("instance value (countType) not found in enum (possible values: [\"imageCountMoreThan\",\"sinceImagePushed\"])".into()),
    }
}

fn current(call: &Call<'_>) -> Answer {
    let row = wanted(call)?;
    let Some(policy) = row.get("_lifecycle") else {
        let message = format!(
            "Lifecycle policy does not exist for the repository with name '{}' in the registry with id '{}'",
            text(row, "repositoryName"),
            call.world.account
        );
        return Err(Fault::new("LifecyclePolicyNotFoundException", message));
    };
    Ok(joined(named(call), json!({"lifecyclePolicyText": policy, "lastEvaluatedAt": row.get("_evaluated")})))
}

pub fn get(call: &mut Call<'_>) -> Answer {
    current(call)
}

pub fn delete(call: &mut Call<'_>) -> Answer {
    let gone = current(call)?;
    if let Some(row) = changeable(call)?.as_object_mut() {
        row.remove("_lifecycle");
    }
    Ok(gone)
}
