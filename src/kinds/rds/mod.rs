//! RDS: databases. The windows and names that its kinds share stand here.

#[cfg(feature = "aws")]
pub(crate) mod driver;
pub mod instance;
pub mod parameter_group;
pub mod subnet_group;

use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;

/// The rule for the names of instances and parameter groups, `max` characters long at most.
pub(crate) fn name_problem(name: Option<&str>, max: usize) -> Option<Problem> {
    let name = name.filter(|name| !is_symbolic(name))?;
    let good = (1..=max).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--");
    (!good).then(|| {
        Problem::new("name", format!("`{name}` cannot be the name"))
            .help(format!("up to {max} of a-z, 0-9 and single hyphens, a letter first, no hyphen at the end"))
    })
}

/// A daily window as minutes of the day, `03:00-04:00`; the end is later than the start, if need be on the next day.
pub(crate) fn daily(text: &str) -> Option<(u32, u32)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (minute(from)?, minute(to)?);
    Some((from, if to < from { to + DAY } else { to }))
}

/// A weekly window as minutes of the week from Monday, `sun:04:30-sun:05:30`, as RDS and ElastiCache write it.
pub(crate) fn weekly(text: &str) -> Option<(u32, u32)> {
    let end = |text: &str| {
        let (day, time) = text.split_once(':')?;
        let day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().position(|known| known.eq_ignore_ascii_case(day))?;
        Some(u32::try_from(day).ok()? * DAY + minute(time)?)
    };
    let (from, to) = text.split_once('-')?;
    let (from, to) = (end(from)?, end(to)?);
    Some((from, if to < from { to + 7 * DAY } else { to }))
}

const DAY: u32 = 24 * 60;

fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let within = |part: &str, max: u32| part.parse::<u32>().ok().filter(|value| part.len() == 2 && *value <= max);
    Some(within(hour, 23)? * 60 + within(minute, 59)?)
}

/// What AWS would refuse in the two windows that databases and caches have: their form, less than `least` minutes, an overlap.
pub(crate) fn window_problems(least: u32, backup: (&str, Option<&str>), maintenance: (&str, Option<&str>)) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut check = |(field, text): (&str, Option<&str>), read: fn(&str) -> Option<(u32, u32)>, example: &str| {
        let text = text.filter(|text| !is_symbolic(text))?;
        let window = read(text);
        match window {
            None => {
                problems.push(Problem::new(field, format!("`{text}` is not a window of time")).help(format!("as {example}, in UTC")));
            }
            Some((from, to)) if to - from < least => {
                problems.push(Problem::new(field, format!("the window `{text}` is shorter than {least} minutes")));
            }
            Some(_) => {}
        }
        window
    };
    let (backup_field, maintenance_field) = (backup.0, maintenance.0);
    let backup = check(backup, daily, "03:00-04:00");
    let maintenance = check(maintenance, weekly, "sun:04:30-sun:05:30");
    if let (Some(backup), Some(maintenance)) = (backup, maintenance) {
        // The day's window on every day of two weeks, as either may reach into the next week.
        let days = (0..14).map(|day| (backup.0 + day * DAY, backup.1 + day * DAY));
        let weeks = [0, 7 * DAY].map(|week| (maintenance.0 + week, maintenance.1 + week));
        if days.into_iter().any(|(from, to)| weeks.iter().any(|(begin, end)| from < *end && *begin < to)) {
            problems.push(
                Problem::new(maintenance_field, format!("it overlaps `{backup_field}`"))
                    .help("choose windows that do not touch, both in UTC"),
            );
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read_and_kept_apart() {
        assert_eq!(daily("03:00-04:00"), Some((180, 240)));
        assert_eq!(daily("23:30-00:30"), Some((1410, 1470)));
        assert_eq!(weekly("Mon:00:00-mon:01:00"), Some((0, 60)));
        for bad in ["", "3:00-4:00", "03:00", "25:00-26:00", "03:00-04:60", "sun:03:00-04:00"] {
            assert_eq!(daily(bad), None, "{bad}");
        }
        for (backup, maintenance, want) in [
            ("03:00-04:00", "sun:04:30-sun:05:30", None),
            ("03:00-04:00", "sun:04:00-sun:05:00", None),
            ("05:00-06:00", "sun:04:30-sun:05:30", Some("overlaps")),
            ("23:30-00:30", "mon:00:00-mon:01:00", Some("overlaps")),
            ("00:00-00:30", "sun:23:30-mon:00:10", Some("overlaps")),
            ("03:00-03:10", "sun:04:30-sun:05:30", Some("shorter")),
            ("03:00-04:00", "someday", Some("not a window")),
        ] {
            let found = window_problems(30, ("b", Some(backup)), ("m", Some(maintenance)));
            match want {
                None => assert_eq!(found, vec![], "{backup} {maintenance}"),
                Some(want) => assert!(found.iter().any(|problem| problem.message.contains(want)), "{backup} {maintenance}: {found:?}"),
            }
        }
    }
}
