//! Backup and maintenance windows.

use super::{bad_combination, bad_value};
use crate::world::Fault;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY: i64 = 24 * 60;
const WEEK: i64 = 7 * DAY;

/// Refuses windows that are malformed, shorter than half an hour, or on top of each other.
pub fn check(backup: &str, maintenance: &str) -> Result<(), Fault> {
    check_of(30, backup, maintenance)
}

/// The same where windows have another least length in minutes.
pub fn check_of(least: i64, backup: &str, maintenance: &str) -> Result<(), Fault> {
    let (backup_from, backup_to) = span(backup, clock, DAY).ok_or_else(|| malformed("PreferredBackupWindow", backup, "hh24:mi-hh24:mi"))?;
    let (from, to) = span(maintenance, week_clock, WEEK)
        .ok_or_else(|| malformed("PreferredMaintenanceWindow", maintenance, "ddd:hh24:mi-ddd:hh24:mi"))?;
    for (name, minutes) in [("backup", backup_to - backup_from), ("maintenance", to - from)] {
        if minutes < least {
            return Err(bad_value(format!("The {name} window must be at least {least} minutes.")));
        }
    }
    // The backup window comes every day; the maintenance window may run past the end of the week.
    let overlaps = (-1..9).any(|day| backup_from + day * DAY < to && backup_to + day * DAY > from);
    match overlaps {
        true => Err(bad_combination("The backup window and maintenance window must not overlap.")),
        false => Ok(()),
    }
}

/// Seconds from `now` (since the epoch) to the window's next beginning.
pub fn until_maintenance(window: &str, now: f64) -> f64 {
    let Some((from, _)) = span(window, week_clock, WEEK) else { return 0.0 };
    // The epoch was a Thursday.
    let minute = (now / 60.0) as i64 + 3 * DAY;
    ((from - minute).rem_euclid(WEEK) * 60) as f64
}

fn malformed(member: &str, window: &str, form: &str) -> Fault {
    bad_value(format!("The parameter {member} must be provided in the format {form}: {window}"))
}

/// Beginning and end in minutes, the end after the beginning even if the window runs past midnight or Sunday.
fn span(window: &str, parse: fn(&str) -> Option<i64>, period: i64) -> Option<(i64, i64)> {
    let (from, to) = window.split_once('-')?;
    let (from, to) = (parse(from)?, parse(to)?);
    Some((from, from + (to - from).rem_euclid(period)))
}

fn clock(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
}

fn week_clock(text: &str) -> Option<i64> {
    let (day, time) = text.split_once(':')?;
    let day = DAYS.iter().position(|known| day.eq_ignore_ascii_case(known))?;
    Some(day as i64 * DAY + clock(time)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_checked() {
        assert_eq!(check("03:00-04:00", "sun:05:00-sun:06:00"), Ok(()));
        assert_eq!(check("23:30-00:30", "sun:23:00-mon:00:00").unwrap_err().code, "InvalidParameterCombination");
        assert_eq!(check("00:10-00:40", "sun:23:45-mon:00:15").unwrap_err().code, "InvalidParameterCombination");
        assert_eq!(check("03:00-03:10", "sun:05:00-sun:06:00").unwrap_err().code, "InvalidParameterValue");
        assert_eq!(check_of(60, "03:00-03:30", "sun:05:00-sun:06:00").unwrap_err().code, "InvalidParameterValue");
        assert_eq!(check("3am", "sun:05:00-sun:06:00").unwrap_err().code, "InvalidParameterValue");
        // 1970-01-01 was a Thursday.
        assert_eq!(until_maintenance("fri:01:00-fri:02:00", 0.0), 25.0 * 3600.0);
        assert_eq!(until_maintenance("wed:23:00-thu:01:00", 0.0), 7.0 * 86_400.0 - 3600.0);
    }
}
