//! Event patterns and filter policies: which events and messages are meant.
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>

use super::members::matches;
use serde_json::{Map, Value};

/// True when the pattern means this event: every field of the pattern is found in it, with one of the values that are listed.
pub fn means(pattern: &Map<String, Value>, event: &Value) -> bool {
    pattern.iter().all(|(name, wanted)| match wanted {
        Value::Array(choices) if name == "$or" => choices.iter().filter_map(Value::as_object).any(|choice| means(choice, event)),
        Value::Array(choices) => fits(choices, event.get(name)),
        Value::Object(inner) => means(inner, event.get(name).unwrap_or(&Value::Null)),
        _ => false,
    })
}

/// A list in the event fits if any of its items does.
fn fits(choices: &[Value], own: Option<&Value>) -> bool {
    choices.iter().any(|choice| match (choice, own) {
        (Value::Object(test), own) => test.iter().all(|(kind, operand)| passes(kind, operand, own)),
        (choice, Some(Value::Array(items))) => items.iter().any(|item| same(choice, item)),
        (choice, Some(own)) => same(choice, own),
        (_, None) => false,
    })
}

/// Numbers are equal by value, all else as it is written.
fn same(a: &Value, b: &Value) -> bool {
    a == b || a.as_f64().zip(b.as_f64()).is_some_and(|(a, b)| a == b)
}

fn passes(kind: &str, operand: &Value, own: Option<&Value>) -> bool {
    if kind == "exists" {
        return operand.as_bool() == Some(own.is_some());
    }
    let items = match own {
        Some(Value::Array(items)) => items.as_slice(),
        Some(own) => std::slice::from_ref(own),
        None => return false,
    };
    match kind {
        "anything-but" => !items.iter().any(|item| excluded(operand, item)),
        _ => items.iter().any(|item| holds(kind, operand, item)),
    }
}

fn excluded(operand: &Value, item: &Value) -> bool {
    match operand {
        Value::Array(list) => list.iter().any(|one| same(one, item)),
        Value::Object(test) => test.iter().any(|(kind, operand)| match operand {
            Value::Array(list) => list.iter().any(|one| holds(kind, one, item)),
            one => holds(kind, one, item),
        }),
        one => same(one, item),
    }
}

fn holds(kind: &str, operand: &Value, item: &Value) -> bool {
    if kind == "numeric" {
        return operand.as_array().is_some_and(|bounds| within(bounds, item));
    }
    let Some(text) = item.as_str() else { return false };
    // A prefix or suffix may be asked for whatever its case: `{"prefix": {"equals-ignore-case": "a"}}`.
    let (asked, text) = match operand.get("equals-ignore-case").and_then(Value::as_str) {
        Some(asked) => (asked.to_lowercase(), text.to_lowercase()),
        None => (operand.as_str().unwrap_or_default().to_owned(), text.to_owned()),
    };
    match kind {
        "prefix" => text.starts_with(&asked),
        "suffix" => text.ends_with(&asked),
        "equals-ignore-case" => text.to_lowercase() == asked.to_lowercase(),
        "wildcard" => matches(&asked, &text),
        "cidr" => asked.parse::<ipnet::IpNet>().is_ok_and(|net| text.parse().is_ok_and(|own: std::net::IpAddr| net.contains(&own))),
        _ => false,
    }
}

/// Comparisons in pairs, such as `[">", 0, "<=", 5]`.
fn within(bounds: &[Value], item: &Value) -> bool {
    let Some(own) = item.as_f64() else { return false };
    bounds.chunks(2).all(|pair| match pair {
        [Value::String(sign), bound] => bound.as_f64().is_some_and(|bound| match sign.as_str() {
            "=" => own == bound,
            "<" => own < bound,
            "<=" => own <= bound,
            ">" => own > bound,
            ">=" => own >= bound,
            _ => false,
        }),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patterns_mean_what_the_operators_say() {
        let event = json!({
            "source": "aws.ec2", "account": "1", "detail": {"state": "Running", "count": 5, "ip": "10.0.3.7", "tags": ["a", "b"], "none": null},
        });
        let check = |pattern: Value| means(pattern.as_object().unwrap(), &event);
        for pattern in [
            json!({"source": ["aws.ec2", "aws.ecs"]}),
            json!({"detail": {"state": [{"equals-ignore-case": "running"}], "count": [{"numeric": [">", 1, "<=", 5]}]}}),
            json!({"detail": {"tags": ["b"], "none": [null], "count": [5.0]}}),
            json!({"replay-name": [{"exists": false}], "source": [{"exists": true}]}),
            json!({"source": [{"prefix": "aws."}], "detail": {"state": [{"suffix": {"equals-ignore-case": "NING"}}]}}),
            json!({"source": [{"anything-but": ["aws.s3"]}], "detail": {"state": [{"anything-but": {"prefix": "stop"}}]}}),
            json!({"source": [{"wildcard": "aws.*2"}], "detail": {"ip": [{"cidr": "10.0.0.0/16"}]}}),
            json!({"$or": [{"source": ["x"]}, {"detail": {"count": [5]}}]}),
        ] {
            assert!(check(pattern.clone()), "{pattern}");
        }
        for pattern in [
            json!({"source": ["aws.ecs"]}),
            json!({"source": ["aws.ec2"], "detail": {"state": ["running"]}}),
            json!({"detail": {"count": [{"numeric": [">", 5]}]}}),
            json!({"detail": {"absent": [{"anything-but": "x"}]}}),
            json!({"detail": {"tags": [{"anything-but": "a"}]}}),
            json!({"source": [{"exists": false}]}),
            json!({"$or": [{"source": ["x"]}, {"detail": {"count": [6]}}]}),
        ] {
            assert!(!check(pattern.clone()), "{pattern}");
        }
    }
}
