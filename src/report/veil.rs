//! Plans as people read them: no text of theirs forges a line, and what looks like a secret in the environment of a container, or follows
//! the host of a webhook, is not shown. The plan itself has it, since an apply sends it.

use super::flat::flat;
use crate::core::plan::Plan;
use crate::core::private::{host_alone, is_secret, is_webhook};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;

const SAME: &str = "(hidden)";
const OTHER: &str = "(hidden, another one)";

/// Returns a plan as it may be shown. It is copied only where there is something to hide, or to make one line of.
pub fn shown(plan: &Plan) -> Cow<'_, Plan> {
    match veiled(plan) {
        None => flat(plan),
        Some(plan) => Cow::Owned(flat(&plan).into_owned()),
    }
}

fn veiled(plan: &Plan) -> Option<Plan> {
    let has = plan.changes.iter().flat_map(|change| &change.fields).any(|field| {
        let (mut before, mut after) = (BTreeSet::new(), BTreeSet::new());
        collect(&field.before, false, &mut before);
        collect(&field.after, false, &mut after);
        !before.is_empty() || !after.is_empty()
    });
    if !has {
        return None;
    }
    let mut plan = plan.clone();
    for field in plan.changes.iter_mut().flat_map(|change| &mut change.fields) {
        let mut known = BTreeSet::new();
        collect(&field.before, false, &mut known);
        let is_new = field.before.is_null();
        hide(&mut field.before, false, &|_| SAME);
        hide(&mut field.after, false, &|value| if is_new || known.contains(value) { SAME } else { OTHER });
    }
    Some(plan)
}

/// Gathers the values that are hidden. `environment` is true within the variables of a container.
fn collect(value: &Value, environment: bool, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| match value.as_str() {
            Some(text) if is_hidden(members, name, text, environment) => drop(found.insert(text.to_owned())),
            _ => collect(value, name == "environment", found),
        }),
        Value::Array(items) => items.iter().for_each(|item| collect(item, environment, found)),
        _ => {}
    }
}

fn hide(value: &mut Value, environment: bool, word: &impl Fn(&str) -> &'static str) {
    match value {
        Value::Object(members) => {
            let hidden = |name: &String, value: &Value| value.as_str().is_some_and(|text| is_hidden(members, name, text, environment));
            let hidden = members.iter().filter(|(name, value)| hidden(name, value)).map(|(name, _)| name.clone()).collect::<BTreeSet<_>>();
            for (name, value) in members {
                match value.as_str().filter(|_| hidden.contains(name)).map(str::to_owned) {
                    Some(text) if text.contains("://") => {
                        // Two that differ in what is hidden are told apart.
                        let other = if word(&text) == OTHER { " (another one)" } else { "" };
                        *value = format!("{}{other}", host_alone(&text)).into();
                    }
                    Some(text) => *value = word(&text).into(),
                    None => hide(value, name == "environment", word),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, environment, word)),
        _ => {}
    }
}

fn is_hidden(members: &serde_json::Map<String, Value>, name: &str, text: &str, environment: bool) -> bool {
    environment && is_secret(name, text) || is_webhook(members, name, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_looks_like_a_secret_is_hidden_and_that_it_changes_is_not() {
        let of = |password: &str| json!([{ "name": "app", "environment": { "DB_PASSWORD": password, "MODE": "fast" }, "secrets": { "TOKEN": "arn:x" } }]);
        let mut found = BTreeSet::new();
        collect(&of("hunter22"), false, &mut found);
        assert_eq!(found, BTreeSet::from(["hunter22".to_owned()]));
        let mut after = of("hunter23");
        hide(&mut after, false, &|text| if found.contains(text) { SAME } else { OTHER });
        assert_eq!(after[0]["environment"], json!({ "DB_PASSWORD": OTHER, "MODE": "fast" }));
        assert_eq!(after[0]["secrets"]["TOKEN"], "arn:x");
        let mut hook =
            json!([{ "protocol": "https", "endpoint": "https://example.com/in/s3cret" }, { "protocol": "email", "endpoint": "a@b.c" }]);
        hide(&mut hook, false, &|_| SAME);
        assert_eq!((&hook[0]["endpoint"], &hook[1]["endpoint"]), (&json!("https://example.com/****"), &json!("a@b.c")));
        let mut next = json!([{ "protocol": "https", "endpoint": "https://example.com/in/other" }]);
        hide(&mut next, false, &|_| OTHER);
        assert_eq!(next[0]["endpoint"], "https://example.com/**** (another one)");
    }
}
