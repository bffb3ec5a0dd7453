//! Values of which dependents use a part each: what is added comes before them, and what is taken away after they have let go.

use serde_json::{Map, Value};

/// True when something of the old value is not in the new one.
pub(super) fn shrinks(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Array(before), Value::Array(after)) => !lost(before, after).is_empty(),
        (Value::Object(before), Value::Object(after)) => {
            before.iter().any(|(key, old)| after.get(key).is_none_or(|new| !forbidden(old, new).is_empty()))
        }
        _ => false,
    }
}

/// True when something of the new value is not in the old one.
pub(super) fn grows(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Array(before), Value::Array(after)) => !lost(after, before).is_empty(),
        (Value::Object(before), Value::Object(after)) => {
            // An entry that changes is part of the new value.
            after.iter().any(|(key, new)| before.get(key).is_none_or(|old| old != new && !only_forbids(old, new)))
        }
        (before, after) => before != after,
    }
}

/// Returns the new value with all of the old one in it that it does not replace.
pub fn union(before: &Value, after: &Value) -> Value {
    match (before, after) {
        (Value::Array(before), Value::Array(after)) => Value::Array(after.iter().chain(lost(before, after)).cloned().collect()),
        (Value::Object(before), Value::Object(after)) => {
            let all = |merged: &dyn Fn(&Value, &Value) -> Value| {
                let mut all = before.clone();
                all.extend(
                    after.iter().map(|(key, new)| (key.clone(), before.get(key).map_or_else(|| new.clone(), |old| merged(old, new)))),
                );
                Value::Object(all)
            };
            let allowing = all(&allowing);
            if allowing.to_string().len() > MOST { all(&|_, new| new.clone()) } else { allowing }
        }
        (_, after) => after.clone(),
    }
}

/// The inline policies of a role have 10,240 characters together: what would be over that is taken away at once.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const MOST: usize = 10_000;

/// The items of a list that the other one has not. Items that differ in their description alone are one to AWS.
fn lost<'a>(before: &'a [Value], after: &[Value]) -> Vec<&'a Value> {
    before.iter().filter(|item| !after.iter().any(|other| bare(other) == bare(item))).collect()
}

/// The statements by which a policy document allows something, and of which the new one has none.
fn forbidden<'a>(before: &'a Value, after: &Value) -> Vec<&'a Value> {
    let (Some(before), Some(after)) = (before["Statement"].as_array(), after["Statement"].as_array()) else { return Vec::new() };
    before.iter().filter(|statement| statement["Effect"] == "Allow" && !after.contains(statement)).collect()
}

/// True when the new document has nothing that the old one has not.
fn only_forbids(before: &Value, after: &Value) -> bool {
    let (Some(old), Some(new)) = (before["Statement"].as_array(), after["Statement"].as_array()) else { return false };
    let denies = |list: &[Value]| list.iter().filter(|statement| statement["Effect"] != "Allow").cloned().collect::<Vec<_>>();
    new.iter().all(|statement| old.contains(statement)) && denies(old) == denies(new)
}

/// Returns the new document with all that the old one allows. Ids of statements are unique, so the old ones go without.
fn allowing(before: &Value, after: &Value) -> Value {
    let mut all = after.clone();
    let Some(statements) = all.get_mut("Statement").and_then(Value::as_array_mut) else { return after.clone() };
    for statement in forbidden(before, after) {
        let mut statement = statement.clone();
        if let Some(members) = statement.as_object_mut() {
            members.remove("Sid");
        }
        statements.push(statement);
    }
    all
}

fn bare(item: &Value) -> Value {
    match item {
        Value::Object(members) => {
            let rest = members.iter().filter(|(key, _)| *key != "description");
            Value::Object(rest.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>())
        }
        item => item.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_list_grows_and_shrinks_by_its_items_and_a_map_by_its_keys() {
        let rule = |port: u16, text: &str| json!({ "port": port, "description": text });
        let (old, new) = (json!([rule(80, "a"), rule(22, "b")]), json!([rule(80, "other"), rule(8080, "c")]));
        assert!(shrinks(&old, &new) && grows(&old, &new));
        assert_eq!(union(&old, &new), json!([rule(80, "other"), rule(8080, "c"), rule(22, "b")]));
        assert!(!shrinks(&json!([1]), &json!([1, 2])) && !grows(&json!([1, 2]), &json!([1])));
        let (old, new) = (json!({ "read": 1, "write": 1 }), json!({ "read": 2 }));
        assert!(shrinks(&old, &new) && grows(&old, &new));
        assert_eq!(union(&old, &new), json!({ "read": 2, "write": 1 }));
        assert!(!shrinks(&Value::Null, &json!([1])) && grows(&Value::Null, &json!([1])));
    }

    #[test]
    fn a_policy_goes_on_allowing_what_it_did_until_dependents_have_let_go() {
        let allow = |action: &str| json!({ "Sid": "Own", "Effect": "Allow", "Action": action, "Resource": "*" });
        let deny = json!({ "Effect": "Deny", "Action": "s3:*", "Resource": "*" });
        let of = |statements: &[Value]| json!({ "own": { "Statement": statements } });
        let (old, new) =
            (of(&[allow("s3:GetObject"), allow("ses:SendEmail"), deny.clone()]), of(&[allow("s3:GetObject"), allow("sqs:SendMessage")]));
        assert!(shrinks(&old, &new) && grows(&old, &new));
        // A permission that is no longer denied is free at once.
        let kept = json!({ "Effect": "Allow", "Action": "ses:SendEmail", "Resource": "*" });
        assert_eq!(union(&old, &new), of(&[allow("s3:GetObject"), allow("sqs:SendMessage"), kept]));
        let less = of(&[allow("s3:GetObject"), deny.clone()]);
        assert!(shrinks(&old, &less) && !grows(&old, &less));
        let freer = of(&[allow("s3:GetObject"), allow("ses:SendEmail")]);
        assert!(!shrinks(&old, &freer) && grows(&old, &freer));
        // There is no room for both.
        let long = of(&[allow(&"a".repeat(6_000))]);
        assert_eq!(union(&long, &of(&[allow(&"b".repeat(6_000))])), of(&[allow(&"b".repeat(6_000))]));
    }
}
