//! Schedule expressions, as EventBridge, its scheduler and Application Auto Scaling read them.

use std::ops::RangeInclusive;

/// `rate(5 minutes)`, `cron(0 12 * * ? *)` or `at(2026-11-20T13:00:00)`.
pub fn valid(expression: &str) -> bool {
    let Some((kind, inside)) = expression.strip_suffix(')').and_then(|head| head.split_once('(')) else { return false };
    match kind {
        "rate" => rate(inside),
        "cron" => cron(inside),
        "at" => format!("{inside}Z").parse::<jiff::Timestamp>().is_ok() && inside.len() == 19,
        _ => false,
    }
}

fn rate(inside: &str) -> bool {
    let Some((value, unit)) = inside.split_once(' ') else { return false };
    match value.parse::<u32>() {
        Ok(1) => ["minute", "hour", "day", "minutes", "hours", "days"].contains(&unit),
        Ok(value) if value > 1 => ["minutes", "hours", "days"].contains(&unit),
        _ => false,
    }
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Minutes, hours, day of month, month, day of week, year; one of the two days is `?`.
fn cron(inside: &str) -> bool {
    let fields: Vec<&str> = inside.split_whitespace().collect();
    let [minutes, hours, day, month, weekday, year] = fields[..] else { return false };
    let days = match (day, weekday) {
        ("?", "?") => false,
        (_, "?") => day == "L" || day.strip_suffix('W').is_some_and(|day| day == "L" || field(day, 1..=31, &[])) || field(day, 1..=31, &[]),
        ("?", _) => weekday_field(weekday),
        _ => false,
    };
    days && field(minutes, 0..=59, &[]) && field(hours, 0..=23, &[]) && field(month, 1..=12, &MONTHS) && field(year, 1970..=2199, &[])
}

fn weekday_field(text: &str) -> bool {
    let nth = |text: &str| text.split_once('#').is_some_and(|(day, nth)| field(day, 1..=7, &DAYS) && field(nth, 1..=5, &[]));
    nth(text) || field(text.strip_suffix('L').filter(|day| !day.is_empty()).unwrap_or(text), 1..=7, &DAYS)
}

/// `*`, `a`, `a-b`, with a step after `/`, several parted by commas.
fn field(text: &str, range: RangeInclusive<u32>, names: &[&str]) -> bool {
    let one = |text: &str| names.contains(&text.to_uppercase().as_str()) || text.parse().is_ok_and(|number: u32| range.contains(&number));
    text.split(',').all(|part| {
        let (base, step) = part.split_once('/').map_or((part, None), |(base, step)| (base, Some(step)));
        let based = base == "*" || base.split_once('-').map_or_else(|| one(base), |(from, to)| one(from) && one(to));
        based && step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_told_apart() {
        for good in [
            "rate(5 minutes)",
            "rate(1 day)",
            "cron(0 12 * * ? *)",
            "cron(0/15 8-18 ? * MON-FRI *)",
            "cron(0 0 L * ? 2027)",
            "at(2026-11-20T13:00:00)",
            "cron(0 9 ? * 2#1 *)",
        ] {
            assert!(valid(good), "{good}");
        }
        for bad in [
            "",
            "rate(5)",
            "rate(0 minutes)",
            "rate(5 minute)",
            "cron(0 12 * * * *)",
            "cron(60 12 * * ? *)",
            "cron(0 12 * * ?)",
            "at(tomorrow)",
            "5 minutes",
            "cron(0 12 ? * ? *)",
        ] {
            assert!(!valid(bad), "{bad}");
        }
    }
}
