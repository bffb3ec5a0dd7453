//! Documents and what differs between two of them, by meaning: policies as what they grant, other JSON by its members, and
//! text by its lines.

use super::paint;
use super::value::{self, Sheet};
use crate::core::visible::line;
use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The most single grants that two policies are taken apart into; larger ones are compared by their members.
const GRANTS: usize = 4000;

/// The lines that show how a document changes: `name` is the field's, `suffix` is what stands behind it.
pub(super) fn lines(name: &str, before: &Value, after: &Value, sheet: Sheet, suffix: &str) -> Vec<String> {
    let (old, new) = (parsed(before), parsed(after));
    if let (Some(old), Some(new)) = (grants(&old), grants(&new))
        && old != new
    {
        let gone = told(old.difference(&new)).into_iter().map(|text| (format!("- {text}"), paint::minus as fn(&str) -> String));
        let come = told(new.difference(&old)).into_iter().map(|text| (format!("+ {text}"), paint::good as fn(&str) -> String));
        let wrapped = gone.chain(come).flat_map(|(text, paint)| {
            let text = paint::wrap(&text, sheet.width.saturating_sub(2), 4);
            text.lines().map(|line| format!("  {}", paint(line))).collect::<Vec<_>>()
        });
        return std::iter::once(format!("{name}:{suffix}")).chain(wrapped).collect();
    }
    let nothing = Map::new();
    match (&*old, &*new) {
        // Policies by their names.
        (Value::Object(old), new) if holds_policies(old) && (new.is_object() || new.is_null()) => {
            by_name(name, old, new.as_object().unwrap_or(&nothing), sheet, suffix)
        }
        (old, Value::Object(new)) if holds_policies(new) && (old.is_object() || old.is_null()) => {
            by_name(name, old.as_object().unwrap_or(&nothing), new, sheet, suffix)
        }
        (Value::Object(_) | Value::Array(_), Value::Object(_) | Value::Array(_)) => sheet.leaves(name, &old, &new, suffix),
        (Value::String(old), Value::String(new)) => {
            let lines = text(old, new, sheet.whole).into_iter().map(|line| format!("  {line}"));
            std::iter::once(format!("{name}:{suffix}")).chain(lines).collect()
        }
        (old, new) => vec![sheet.arrow(name, old, new, suffix)],
    }
}

fn holds_policies(members: &Map<String, Value>) -> bool {
    members.values().any(|member| member.get("Statement").is_some())
}

fn by_name(name: &str, old: &Map<String, Value>, new: &Map<String, Value>, sheet: Sheet, suffix: &str) -> Vec<String> {
    let names = old.keys().chain(new.keys()).collect::<BTreeSet<_>>();
    let changed = names.into_iter().map(|key| (key, old.get(key).unwrap_or(&Value::Null), new.get(key).unwrap_or(&Value::Null)));
    let changed = changed.filter(|(_, old, new)| old != new);
    changed.flat_map(|(key, old, new)| lines(&format!("{name}.{}", line(key)), old, new, sheet, suffix)).collect()
}

/// A document that is written as text is what the text says.
fn parsed(document: &Value) -> Cow<'_, Value> {
    let read = document.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    read.filter(|value| value.is_object() || value.is_array()).map_or(Cow::Borrowed(document), Cow::Owned)
}

/// One thing that a policy allows or denies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Grant {
    /// All but the action and the resource.
    rest: Rest,
    resource: String,
    action: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rest {
    effect: String,
    principal: String,
    condition: String,
}

/// Takes a policy apart. None for a document that is none, or that grants more than can be compared; what is not there grants
/// nothing. Members that change nothing of what is granted, such as `Sid` and `Version`, are left out.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>
fn grants(policy: &Value) -> Option<BTreeSet<Grant>> {
    if policy.is_null() {
        return Some(BTreeSet::new());
    }
    let statements = match policy.get("Statement")? {
        Value::Array(statements) => statements.iter().map(Value::as_object).collect::<Option<Vec<_>>>()?,
        Value::Object(statement) => vec![statement],
        _ => return None,
    };
    let mut grants = BTreeSet::new();
    for statement in statements {
        let (actions, resources) = (members(statement, "Action", "NotAction"), members(statement, "Resource", "NotResource"));
        if actions.len() * resources.len() + grants.len() > GRANTS {
            return None;
        }
        let principal = match (statement.get("Principal"), statement.get("NotPrincipal")) {
            (Some(principal), _) => format!(" to {}", principals(principal)),
            (None, Some(others)) => format!(" to all but {}", principals(others)),
            (None, None) => String::new(),
        };
        let effect = statement.get("Effect").map(told_whole).unwrap_or_default();
        let rest = Rest { effect, principal, condition: conditions(statement.get("Condition")) };
        for resource in &resources {
            grants.extend(actions.iter().map(|action| Grant { rest: rest.clone(), resource: resource.clone(), action: action.clone() }));
        }
    }
    Some(grants)
}

/// Returns the actions or resources of a statement; what it leaves out is one of them, as it cannot be taken apart.
fn members(statement: &Map<String, Value>, name: &str, others: &str) -> Vec<String> {
    let list = |value: &Value| match value {
        Value::Array(items) => items.iter().map(told_whole).collect::<Vec<_>>(),
        one => vec![told_whole(one)],
    };
    match (statement.get(name), statement.get(others)) {
        (Some(value), _) => list(value),
        (None, Some(value)) => vec![format!("all but {}", list(value).join(", "))],
        (None, None) => vec![String::new()],
    }
}

fn principals(principal: &Value) -> String {
    match principal {
        Value::Object(kinds) => kinds.values().map(items).collect::<Vec<_>>().join(", "),
        other => items(other),
    }
}

fn conditions(condition: Option<&Value>) -> String {
    let operators = condition.and_then(Value::as_object).into_iter().flatten();
    let tests = operators.flat_map(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        keys.map(move |(key, values)| format!("{} {} {}", line(key), line(operator), items(values)))
    });
    let tests = tests.collect::<Vec<_>>();
    if tests.is_empty() { String::new() } else { format!(" if {}", tests.join(" and ")) }
}

fn items(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(told_whole).collect::<Vec<_>>().join(" or "),
        one => told_whole(one),
    }
}

/// A value of a policy with nothing left out: a reference that is not known yet says to what it refers.
fn told_whole(value: &Value) -> String {
    value.as_str().map_or_else(|| value::short(value), |text| line(text).into_owned())
}

/// Says grants in as few lines as say them all: actions that share their resources are told together.
fn told<'a>(grants: impl Iterator<Item = &'a Grant>) -> Vec<String> {
    let mut by_action = BTreeMap::<(&Rest, &str), BTreeSet<&str>>::new();
    for Grant { rest, resource, action } in grants {
        by_action.entry((rest, action)).or_default().insert(resource);
    }
    let mut together = BTreeMap::<(&Rest, BTreeSet<&str>), Vec<&str>>::new();
    for ((rest, action), resources) in by_action {
        together.entry((rest, resources)).or_default().push(action);
    }
    let said = together.into_iter().map(|((Rest { effect, principal, condition }, resources), actions)| {
        let resources = resources.into_iter().filter(|resource| !resource.is_empty()).collect::<Vec<_>>().join(", ");
        let resources = if resources.is_empty() { resources } else { format!(" on {resources}") };
        format!("{effect} {}{resources}{principal}{condition}", actions.join(", "))
    });
    said.collect()
}

/// A line diff of two texts, with three lines around each change.
fn text(before: &str, after: &str, whole: bool) -> Vec<String> {
    const MOST: usize = 40;
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for (at, group) in diff.grouped_ops(3).iter().enumerate() {
        if at > 0 {
            lines.push(paint::calm("⋮"));
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = indented(change.value().trim_end());
            lines.push(match change.tag() {
                ChangeTag::Delete => paint::minus(&format!("- {line}")),
                ChangeTag::Insert => paint::good(&format!("+ {line}")),
                ChangeTag::Equal => paint::calm(&format!("  {line}")),
            });
        }
    }
    if !whole && lines.len() > MOST {
        let more = lines.len() - MOST;
        lines.truncate(MOST);
        lines.push(paint::calm(&format!("⋮ {more} more lines (-v shows them)")));
    }
    lines
}

/// Returns a line of a text; tabs at its start are its indentation.
fn indented(text: &str) -> String {
    let rest = text.trim_start_matches(['\t', ' ']);
    format!("{}{}", text[..text.len() - rest.len()].replace('\t', "    "), line(rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(before: &Value, after: &Value) -> String {
        let lines = lines("policy", before, after, Sheet { width: 200, whole: false }, "");
        anstream::adapter::strip_str(&lines.join("\n")).to_string()
    }

    #[test]
    fn a_policy_differs_by_what_it_grants() {
        let one = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "Mail", "Effect": "Allow", "Action": ["ses:SendEmail", "s3:GetObject"], "Resource": ["a", "b"]},
            {"Effect": "Deny", "Principal": "*", "NotAction": ["s3:Get*", "s3:List*"], "Resource": "c",
             "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]});
        let same = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["b", "a"]},
            {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": "a"}]});
        assert_eq!(
            shown(&one, &same),
            "policy:\n  - Allow ses:SendEmail on b\n  - Deny all but s3:Get*, s3:List* on c to * if aws:SecureTransport Bool false"
        );
        let trust = |who: &str| json!({"Statement": {"Effect": "Allow", "Principal": {"Service": who}, "Action": "sts:AssumeRole"}});
        assert_eq!(
            shown(&trust("ecs.amazonaws.com"), &trust("ecs-tasks.amazonaws.com")),
            "policy:\n  - Allow sts:AssumeRole to ecs.amazonaws.com\n  + Allow sts:AssumeRole to ecs-tasks.amazonaws.com"
        );
        assert_eq!(
            shown(&Value::Null, &json!({"Statement": [{"Effect": "Allow", "Action": ["a:A", "a:B"], "Resource": "${network.vpc.arn}"}]})),
            "policy:\n  + Allow a:A, a:B on ${network.vpc.arn}"
        );
    }

    #[test]
    fn policies_that_have_names_differ_one_by_one() {
        let policy = |action: &str| json!({"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]});
        assert_eq!(
            shown(&json!({"a": policy("a:A"), "b": policy("b:B")}), &json!({"a": policy("a:A"), "c": policy("c:C")})),
            "policy.b:\n  - Allow b:B on *\npolicy.c:\n  + Allow c:C on *"
        );
    }

    #[test]
    fn what_grants_the_same_differs_by_its_members() {
        let with = |sid: &str| json!({"Statement": [{"Sid": sid, "Effect": "Allow", "Action": "a:A", "Resource": "*"}]});
        assert_eq!(shown(&with("One"), &with("Two")), "policy.Statement[0].Sid: One → Two");
    }

    #[test]
    fn a_large_policy_costs_no_more_than_its_size() {
        let names = |from: usize| (from..from + 3000).map(|at| format!("a:A{at}")).collect::<Vec<_>>();
        let policy = |from| json!({"Statement": [{"Effect": "Allow", "Action": names(from), "Resource": names(0)}]});
        assert!(shown(&policy(0), &policy(1)).starts_with("policy.Statement[0].Action:"));
    }

    #[test]
    fn other_documents_differ_by_their_members_and_text_by_its_lines() {
        let board =
            |period: u64| json!({"widgets": [{"type": "text"}, {"type": "metric", "properties": {"period": period, "title": "CPU"}}]});
        let want = "policy.widgets[1].properties.period: 60 → 300";
        assert_eq!(shown(&board(60), &board(300)), want);
        assert_eq!(shown(&board(60).to_string().into(), &board(300)), want);
        assert_eq!(shown(&"a\nb\n".into(), &"a\nc\n".into()), "policy:\n    a\n  - b\n  + c");
    }
}
