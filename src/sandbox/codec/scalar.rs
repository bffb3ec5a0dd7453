//! Single values: between text on the wire and JSON.

use crate::model::{Kind, Ref, Shape};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde_json::{Number, Value};

/// A scalar as it stands in a query parameter, an XML text, a header or a label.
pub fn parse(shape: &Shape, text: &str) -> Result<Value, &'static str> {
    match shape.kind {
        Kind::String | Kind::Blob => Ok(Value::String(text.to_owned())),
        Kind::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(Value::Bool(true)),
            "false" | "0" => Ok(Value::Bool(false)),
            _ => Err("a boolean"),
        },
        Kind::Integer => text.parse::<i32>().map(Value::from).map_err(|_| "an integer"),
        Kind::Long => text.parse::<i64>().map(Value::from).map_err(|_| "an integer"),
        Kind::Float | Kind::Double => text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number).ok_or("a number"),
        Kind::Timestamp => parse_time(text).and_then(Number::from_f64).map(Value::Number).ok_or("a timestamp"),
        Kind::Structure => Err("a structure"),
        Kind::List => Err("a list"),
        Kind::Map => Err("a map"),
    }
}

/// A timestamp in any of AWS's forms: ISO 8601, RFC 822, or seconds since the epoch.
pub fn parse_time(text: &str) -> Option<f64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return seconds.is_finite().then_some(seconds);
    }
    let iso = text.parse::<Timestamp>().ok().or_else(|| format!("{text}Z").parse().ok());
    let time = iso.or_else(|| rfc2822::DateTimeParser::new().parse_timestamp(text).ok())?;
    Some(time.as_millisecond() as f64 / 1000.0)
}

/// A scalar that fits its shape, as text.
pub fn print(shape: &Shape, used: &Ref, value: &Value, default_format: &str) -> String {
    match (shape.kind, value) {
        (Kind::Timestamp, Value::Number(seconds)) => {
            let format = used.timestamp_format.as_deref().or(shape.timestamp_format.as_deref()).unwrap_or(default_format);
            print_time(seconds.as_f64().unwrap_or_default(), format)
        }
        (Kind::Integer | Kind::Long, Value::Number(number)) => whole(number).map_or_else(|| number.to_string(), |whole| whole.to_string()),
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

/// The number as an integer, if it is one.
pub fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 9e15).map(|float| float as i64))
}

fn print_time(seconds: f64, format: &str) -> String {
    let Ok(time) = Timestamp::from_millisecond((seconds * 1000.0).round() as i64) else { return seconds.to_string() };
    match format {
        "rfc822" => http_date(&time).unwrap_or_default(),
        "unixTimestamp" => seconds.to_string(),
        _ => format!("{time:.3}"),
    }
}

/// The form of times in HTTP's own headers.
pub fn http_date(time: &jiff::Timestamp) -> Option<String> {
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(time).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_in_three_forms() {
        for text in
            ["1763694000", "2025-11-21T03:00:00Z", "2025-11-21T03:00:00.000Z", "Fri, 21 Nov 2025 03:00:00 GMT", "2025-11-21T03:00:00"]
        {
            assert_eq!(parse_time(text), Some(1_763_694_000.0), "{text}");
        }
        assert_eq!(parse_time("yesterday"), None);
        assert_eq!(print_time(1_763_694_000.25, "iso8601"), "2025-11-21T03:00:00.250Z");
        assert_eq!(print_time(1_763_694_000.0, "rfc822"), "Fri, 21 Nov 2025 03:00:00 GMT");
    }
}
