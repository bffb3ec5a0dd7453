//! Shared by databases (`rds`) and caches (`elasticache`): names, descriptions, groups, windows of time.

use crate::core::kind::{Field, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
#[cfg(feature = "aws")]
use std::collections::BTreeMap;

/// The fields of a subnet group, of databases or of caches. ModifyDBSubnetGroup and ModifyCacheSubnetGroup take subnets of the VPC that the group is in.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html>
pub(crate) const SUBNET_GROUP: &[Field] =
    &[replace("name").unmanaged(), update("description"), update("subnet_ids").set(), replace("vpc_id").unmanaged(), update("tags")];

/// Brings the subnets of a group to their normal form: AWS keeps a set of them.
pub(crate) fn normalise_subnets(ids: &mut Vec<String>) {
    ids.sort();
    ids.dedup();
}

/// Finds a name that has another form than RDS and ElastiCache take, or more than `max` characters.
pub(crate) fn name(name: Option<&str>, max: usize) -> Vec<Problem> {
    let Some(name) = name.filter(|name| !is_symbolic(name)) else { return Vec::new() };
    let good = (1..=max).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--");
    let problem = || {
        Problem::new("name", format!("`{name}` cannot be the name"))
            .help(format!("up to {max} of a-z, 0-9 and single hyphens, a letter first, no hyphen at the end"))
    };
    (!good).then(problem).into_iter().collect()
}

/// Finds a description that is empty, which `service` refuses.
pub(crate) fn description(text: &str, service: &str) -> Vec<Problem> {
    let problem = || Problem::new("description", "the description is empty").help(format!("{service} wants one"));
    text.is_empty().then(problem).into_iter().collect()
}

/// The outputs of a group of parameters or subnets, which goes by its name.
#[cfg(feature = "aws")]
pub(crate) fn outputs(name: Option<&String>, arn: Option<&String>) -> BTreeMap<String, String> {
    let (name, arn) = (name.cloned().unwrap_or_default(), arn.cloned().unwrap_or_default());
    BTreeMap::from([("id".into(), name.clone()), ("name".into(), name), ("arn".into(), arn)])
}

/// The two windows of time that databases and caches have, each with the field that it stands in. Both are in UTC.
pub(crate) struct Windows<'a> {
    /// The window of every day in which backups are made: `03:00-04:00`.
    pub backup: (&'static str, Option<&'a str>),
    /// The window of the week in which AWS maintains: `sun:04:30-sun:05:30`.
    pub maintenance: (&'static str, Option<&'a str>),
}

/// A window as it is read: the minutes of its begin and of its end, which is not before the begin.
type Minutes = (u32, u32);

/// One window as it stands in the file, and as it is read.
struct Window<'a> {
    field: &'static str,
    text: &'a str,
    /// Its form, by an example.
    form: &'static str,
    minutes: Option<Minutes>,
}

impl<'a> Windows<'a> {
    /// Finds windows that cannot be read.
    pub fn malformed(&self) -> Vec<Problem> {
        let problem = |one: Window<'_>| {
            Problem::new(one.field, format!("`{}` is not a window of time", one.text)).help(format!("as {}, in UTC", one.form))
        };
        self.given().filter(|one| one.minutes.is_none()).map(problem).collect()
    }
    /// Finds windows of less than `least` minutes.
    pub fn short(&self, least: u32) -> Vec<Problem> {
        let short = self.given().filter(|one| one.minutes.is_some_and(|(from, to)| to - from < least));
        let problem = |one: Window<'_>| {
            let message = format!("the window `{}` is shorter than {least} minutes", one.text);
            Problem::new(one.field, message).help(format!("let it end {least} minutes after it begins, or later"))
        };
        short.map(problem).collect()
    }
    /// Finds windows that overlap at some time of the week.
    pub fn overlapping(&self) -> Vec<Problem> {
        let minutes = |window: Option<Window<'_>>| window.and_then(|one| one.minutes);
        let (Some(backup), Some(maintenance)) = (minutes(self.daily()), minutes(self.weekly())) else { return Vec::new() };
        // The day's window on every day of two weeks, as either may reach into the next week.
        let mut days = (0..14).map(|day| (backup.0 + day * DAY, backup.1 + day * DAY));
        let weeks = [0, 7 * DAY].map(|week| (maintenance.0 + week, maintenance.1 + week));
        let overlap = days.any(|(from, to)| weeks.iter().any(|(begin, end)| from < *end && *begin < to));
        let problem = || {
            Problem::new(self.backup.0, format!("it overlaps `{}`", self.maintenance.0))
                .or(self.maintenance.0)
                .help("choose windows that do not touch, both in UTC")
        };
        overlap.then(problem).into_iter().collect()
    }
    fn given(&self) -> impl Iterator<Item = Window<'a>> {
        self.daily().into_iter().chain(self.weekly())
    }
    fn daily(&self) -> Option<Window<'a>> {
        let (field, text) = self.backup;
        let text = text.filter(|text| !is_symbolic(text))?;
        Some(Window { field, text, form: "03:00-04:00", minutes: daily(text) })
    }
    fn weekly(&self) -> Option<Window<'a>> {
        let (field, text) = self.maintenance;
        let text = text.filter(|text| !is_symbolic(text))?;
        Some(Window { field, text, form: "sun:04:30-sun:05:30", minutes: weekly(text) })
    }
}

const DAY: u32 = 24 * 60;

/// Reads a daily window as minutes of the day, `03:00-04:00`; the end is later than the begin, if need be on the next day.
fn daily(text: &str) -> Option<Minutes> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (minute(from)?, minute(to)?);
    Some((from, if to < from { to + DAY } else { to }))
}

/// Reads a weekly window as minutes of the week from Monday, `sun:04:30-sun:05:30`.
fn weekly(text: &str) -> Option<Minutes> {
    let end = |text: &str| {
        let (day, time) = text.split_once(':')?;
        let day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().position(|known| known.eq_ignore_ascii_case(day))?;
        Some(u32::try_from(day).ok()? * DAY + minute(time)?)
    };
    let (from, to) = text.split_once('-')?;
    let (from, to) = (end(from)?, end(to)?);
    Some((from, if to < from { to + 7 * DAY } else { to }))
}

fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let within = |part: &str, max: u32| part.parse::<u32>().ok().filter(|value| part.len() == 2 && *value <= max);
    Some(within(hour, 23)? * 60 + within(minute, 59)?)
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
            let windows = Windows { backup: ("b", Some(backup)), maintenance: ("m", Some(maintenance)) };
            let found = [windows.malformed(), windows.short(30), windows.overlapping()].concat();
            match want {
                None => assert_eq!(found, vec![], "{backup} {maintenance}"),
                Some(want) => assert!(found.iter().any(|problem| problem.message.contains(want)), "{backup} {maintenance}: {found:?}"),
            }
        }
    }
}
