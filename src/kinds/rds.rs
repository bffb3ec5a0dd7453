//! What the kinds of RDS share: how its groups may be named, and the calls for tags.

use crate::core::check::Problem;
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

/// `03:00`.
pub(crate) fn is_time(text: &str) -> bool {
    text.split_once(':').is_some_and(|(hour, minute)| {
        let within = |part: &str, max: u8| part.len() == 2 && part.parse::<u8>().is_ok_and(|value| value <= max);
        within(hour, 23) && within(minute, 59)
    })
}

/// `sun:04:30-sun:05:30`, as RDS and ElastiCache write their maintenance windows.
pub(crate) fn is_week_window(text: &str) -> bool {
    const DAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let end = |text: &str| text.split_once(':').is_some_and(|(day, time)| DAYS.contains(&day.to_lowercase().as_str()) && is_time(time));
    text.split_once('-').is_some_and(|(from, to)| end(from) && end(to))
}
