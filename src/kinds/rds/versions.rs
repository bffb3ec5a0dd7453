//! The versions that RDS has, or once had, of its open engines, and the families of parameter groups that follow from them.
//!
//! Refused is only what certainly never was: what is newer than this table passes. As RDS answered DescribeDBEngineVersions in November
//! 2026 (gathered in cfn-lint 1.58.0, MIT-0), beside its calendars:
//! <https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html>,
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MySQL.Concepts.VersionMgmt.html>,
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MariaDB.Concepts.VersionMgmt.html>.

use super::instance::Engine;

/// One release line, and its minor versions from the first that RDS had to the last.
struct Line {
    engine: Engine,
    major: &'static str,
    first: u32,
    last: Last,
    /// Minor versions between the two that RDS left out.
    without: &'static [u32],
}

/// The last minor version of a line.
#[derive(Clone, Copy)]
enum Last {
    /// None comes after it.
    Ended(u32),
    /// The newest in November 2026.
    Newest(u32),
}

const fn line(engine: Engine, major: &'static str, first: u32, last: Last, without: &'static [u32]) -> Line {
    Line { engine, major, first, last, without }
}

use Engine::{Mariadb, Mysql, Postgres};
use Last::{Ended, Newest};

const LINES: &[Line] = &[
    line(Postgres, "9", 3, Ended(6), &[]),
    line(Postgres, "10", 1, Ended(23), &[2, 8]),
    line(Postgres, "11", 1, Ended(22), &[3]),
    line(Postgres, "12", 2, Ended(22), &[]),
    line(Postgres, "13", 1, Ended(23), &[]),
    line(Postgres, "14", 1, Newest(24), &[]),
    line(Postgres, "15", 2, Newest(19), &[]),
    line(Postgres, "16", 1, Newest(15), &[]),
    line(Postgres, "17", 1, Newest(11), &[]),
    line(Postgres, "18", 1, Newest(6), &[]),
    line(Mysql, "5.5", 12, Ended(62), &[]),
    line(Mysql, "5.6", 13, Ended(51), &[]),
    line(Mysql, "5.7", 10, Ended(44), &[]),
    line(Mysql, "8.0", 11, Ended(46), &[12, 14, 18, 22, 24, 38]),
    line(Mysql, "8.4", 3, Newest(11), &[]),
    line(Mariadb, "10.0", 17, Ended(38), &[]),
    line(Mariadb, "10.1", 14, Ended(48), &[]),
    line(Mariadb, "10.2", 11, Ended(44), &[]),
    line(Mariadb, "10.3", 8, Ended(39), &[]),
    line(Mariadb, "10.4", 8, Ended(34), &[]),
    line(Mariadb, "10.5", 8, Ended(29), &[]),
    line(Mariadb, "10.6", 5, Newest(28), &[]),
    line(Mariadb, "10.11", 4, Newest(19), &[]),
    line(Mariadb, "11.4", 3, Newest(13), &[]),
    line(Mariadb, "11.8", 3, Newest(9), &[]),
    line(Mariadb, "12.3", 2, Newest(3), &[]),
];

/// Returns the versions of an engine that still get new ones, the newest first: each major version, and its newest minor one.
pub fn current(engine: Engine) -> impl Iterator<Item = String> {
    let open = LINES.iter().rev().filter(move |line| line.engine == engine);
    open.filter_map(|line| match line.last {
        Newest(minor) => Some([line.major.to_owned(), format!("{}.{minor}", line.major)]),
        Ended(_) => None,
    })
    .flatten()
}

/// A line has a new minor version each quarter and ends after five years at the latest: no more are to come than these.
const STILL_TO_COME: u32 = 20;

/// Returns what there is instead, if RDS certainly never had this version; none for what it has, had, or may have by now.
pub fn instead_of(engine: Engine, version: &str) -> Option<String> {
    let parts = version.split('.').map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<_>>>()?;
    let major = engine.major(version);
    let own = || LINES.iter().filter(|line| line.engine == engine);
    let depth = major.split('.').count();
    // A part of a major version (`8` of MySQL) is another's business.
    if engine != Postgres && parts.len() < 2 {
        return None;
    }
    let Some(line) = own().find(|line| line.major == major) else {
        let never = match engine {
            Postgres => parts[0] < 9 || parts[0] > 20,
            // Innovation releases are for the preview environment alone; 9.7 is the next one with long-term support.
            Mysql => (parts[0], parts[1]) < (9, 7) || parts[0] > 10,
            Mariadb => (parts[0], parts[1]) < (12, 4) || parts[0] > 14,
        };
        let majors = own().rev().take(5).map(|line| line.major).collect::<Vec<_>>();
        return never.then(|| format!("it has {}", majors.join(", ")));
    };
    let minor = *parts.get(depth)?;
    let (most, newest) = match line.last {
        Ended(last) => (last, last),
        Newest(last) => (last + STILL_TO_COME, last),
    };
    let there = (line.first..=most).contains(&minor) && !line.without.contains(&minor);
    let range = || format!("{major} has minor versions {} to {newest}; `{major}` alone takes the current one", line.first);
    (!there && parts.len() <= depth + 1 || parts.len() > depth + 1 && major != "9").then(range)
}

/// True for a version that RDS has taken out of service and has no Extended Support for: nobody can make a database of it.
/// PostgreSQL has that from 11 on, MySQL from 5.7 on, MariaDB never.
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MariaDB.Concepts.VersionMgmt.html>
pub fn is_gone(engine: Engine, version: &str) -> bool {
    let major = engine.major(version);
    match engine {
        Postgres => matches!(major.as_str(), "9" | "9.6" | "10"),
        Mysql => matches!(major.as_str(), "5.5" | "5.6"),
        Mariadb => matches!(major.as_str(), "10.0" | "10.1" | "10.2" | "10.3" | "10.4"),
    }
}

/// True for a major version that is later than all that this table has.
pub fn is_to_come(engine: Engine, version: &str) -> bool {
    let number = |major: &str| major.split('.').map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<_>>>();
    let newest = LINES.iter().filter(|line| line.engine == engine).filter_map(|line| number(line.major)).max();
    number(&engine.major(version)).is_some_and(|major| Some(major) > newest)
}

/// The engines that RDS has families of parameter groups for, besides those of Trueup.
const OTHERS: [&str; 6] = ["aurora-", "oracle-", "sqlserver-", "db2-", "custom-", "neptune"];

/// Returns what there is instead of a family that is none. One of a version that never was is told at the version, or by its instances.
pub fn instead_of_family(family: &str) -> Option<String> {
    if OTHERS.iter().any(|other| family.starts_with(other)) {
        return None;
    }
    let own = [Postgres, Mysql, Mariadb].into_iter().find_map(|engine| Some((engine, family.strip_prefix(engine.name())?)));
    let Some((engine, version)) = own else { return Some("an engine and its major version: postgres17, mysql8.4, mariadb11.4".into()) };
    // Before 10, a family of PostgreSQL names two parts.
    if engine == Postgres && version.starts_with("9.") {
        return None;
    }
    let whole = engine.major(version) == version && (engine == Postgres || version.contains('.'));
    let known = whole && version.split('.').all(|part| part.parse::<u32>().is_ok());
    let families = LINES.iter().rev().filter(|line| line.engine == engine).take(5).map(|line| format!("{}{}", engine.name(), line.major));
    (!known).then(|| format!("such as {}", families.collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_was_is_refused_and_what_may_come_is_not() {
        for (engine, version, there) in [
            (Postgres, "17", true),
            (Postgres, "17.4", true),
            (Postgres, "17.19", true),
            (Postgres, "19.1", true),
            (Postgres, "15.99", false),
            (Postgres, "15.1", false),
            (Postgres, "16.0", false),
            (Postgres, "13.24", false),
            (Postgres, "16.4.1", false),
            (Postgres, "9.6.24", true),
            (Postgres, "9.7", false),
            (Postgres, "8", false),
            (Postgres, "99", false),
            (Mysql, "8.0.39", true),
            (Mysql, "8.0.38", false),
            (Mysql, "8.1", false),
            (Mysql, "8.4.3", true),
            (Mysql, "8.4.1", false),
            (Mysql, "9.7", true),
            (Mysql, "9.1", false),
            (Mysql, "8", true),
            (Mariadb, "10.11", true),
            (Mariadb, "10.7", false),
            (Mariadb, "11.4.5", true),
            (Mariadb, "11.0.2", false),
            (Mariadb, "12.9", true),
        ] {
            assert_eq!(instead_of(engine, version).is_none(), there, "{} {version}", engine.name());
        }
    }

    #[test]
    fn what_is_gone_and_what_is_to_come() {
        let gone = [(Postgres, "9.6.24"), (Postgres, "10"), (Mysql, "5.6.51"), (Mariadb, "10.4"), (Mariadb, "10.3.39")];
        assert!(gone.into_iter().all(|(engine, version)| is_gone(engine, version)));
        let there = [(Postgres, "12"), (Postgres, "17.4"), (Mysql, "5.7"), (Mysql, "8.4.3"), (Mariadb, "10.5"), (Mariadb, "12.3")];
        assert!(there.into_iter().all(|(engine, version)| !is_gone(engine, version) && !is_to_come(engine, version)));
        assert!(
            [(Postgres, "19"), (Postgres, "20.1"), (Mysql, "9.7"), (Mariadb, "12.4")]
                .into_iter()
                .all(|(engine, version)| is_to_come(engine, version))
        );
    }

    #[test]
    fn families_follow_from_the_lines() {
        for (family, there) in [
            ("postgres16", true),
            ("postgres9.6", true),
            ("postgres16.4", false),
            ("mysql8.4", true),
            ("mysql8", false),
            ("mariadb10.6", true),
            ("postgresql16", false),
            ("aurora-mysql8.0", true),
            ("redis7", false),
        ] {
            assert_eq!(instead_of_family(family).is_none(), there, "{family}");
        }
    }
}
