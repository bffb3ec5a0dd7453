//! The engines, versions and instance classes on offer. Assumed: the sandbox knows the open-source engines and
//! the versions that RDS offered in 2025; an unknown version is refused as RDS refuses it.

use super::{bad_combination, bad_value};
use crate::world::Fault;

pub struct Engine {
    pub name: &'static str,
    pub description: &'static str,
    pub license: &'static str,
    pub port: i64,
    pub logs: &'static [&'static str],
    pub majors: &'static [Major],
}

/// One release line; minors from oldest to newest.
pub struct Major {
    pub name: &'static str,
    pub family: &'static str,
    pub minors: &'static [&'static str],
    /// The version that RDS chooses when only the release line is asked for.
    pub default: &'static str,
}

const fn major(name: &'static str, family: &'static str, minors: &'static [&'static str], default: &'static str) -> Major {
    Major { name, family, minors, default }
}

pub static ENGINES: &[Engine] = &[
    Engine {
        name: "postgres",
        description: "PostgreSQL",
        license: "postgresql-license",
        port: 5432,
        logs: &["postgresql", "upgrade", "iam-db-auth-error"],
        majors: &[
            major("13", "postgres13", &["13.15", "13.16", "13.18", "13.20", "13.21", "13.22", "13.23"], "13.22"),
            major("14", "postgres14", &["14.12", "14.13", "14.15", "14.17", "14.18", "14.19", "14.20"], "14.19"),
            major("15", "postgres15", &["15.7", "15.8", "15.10", "15.12", "15.13", "15.14", "15.15"], "15.14"),
            major("16", "postgres16", &["16.3", "16.4", "16.6", "16.8", "16.9", "16.10", "16.11"], "16.10"),
            major("17", "postgres17", &["17.1", "17.2", "17.4", "17.5", "17.6", "17.7"], "17.6"),
            major("18", "postgres18", &["18.1"], "18.1"),
        ],
    },
    Engine {
        name: "mysql",
        description: "MySQL Community Edition",
        license: "general-public-license",
        port: 3306,
        logs: &["audit", "error", "general", "slowquery", "iam-db-auth-error"],
        majors: &[
            major("8.0", "mysql8.0", &["8.0.37", "8.0.39", "8.0.40", "8.0.41", "8.0.42", "8.0.43", "8.0.44"], "8.0.43"),
            major("8.4", "mysql8.4", &["8.4.3", "8.4.4", "8.4.5", "8.4.6", "8.4.7"], "8.4.6"),
        ],
    },
    Engine {
        name: "mariadb",
        description: "MariaDB Community Edition",
        license: "general-public-license",
        port: 3306,
        logs: &["audit", "error", "general", "slowquery", "iam-db-auth-error"],
        majors: &[
            major("10.6", "mariadb10.6", &["10.6.20", "10.6.21", "10.6.22", "10.6.23"], "10.6.22"),
            major("10.11", "mariadb10.11", &["10.11.10", "10.11.11", "10.11.13", "10.11.14"], "10.11.13"),
            major("11.4", "mariadb11.4", &["11.4.4", "11.4.5", "11.4.7", "11.4.8"], "11.4.7"),
            major("11.8", "mariadb11.8", &["11.8.3", "11.8.5"], "11.8.3"),
        ],
    },
];

const SMALL: &[&str] = &["micro", "small", "medium", "large", "xlarge", "2xlarge"];
const LARGE: &[&str] = &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"];
const HUGE: &[&str] = &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge"];
const VAST: &[&str] = &["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge", "48xlarge"];
const CLASSES: &[(&str, &[&str])] = &[
    ("t3", SMALL),
    ("t4g", SMALL),
    ("m5", HUGE),
    ("m5d", HUGE),
    ("m6g", LARGE),
    ("m6gd", LARGE),
    ("m6i", HUGE),
    ("m6id", HUGE),
    ("m7g", LARGE),
    ("m7i", VAST),
    ("m8g", VAST),
    ("r5", HUGE),
    ("r5b", HUGE),
    ("r5d", HUGE),
    ("r6g", LARGE),
    ("r6gd", LARGE),
    ("r6i", HUGE),
    ("r6id", HUGE),
    ("r7g", LARGE),
    ("r7i", VAST),
    ("r8g", VAST),
    ("x2g", LARGE),
];

pub fn engine(name: &str) -> Result<&'static Engine, Fault> {
    let found = ENGINES.iter().find(|engine| engine.name == name.to_lowercase());
    found.ok_or_else(|| bad_value(format!("Invalid DB engine: {name} (the sandbox has postgres, mysql and mariadb)")))
}

impl Engine {
    /// The release line and full version for what was asked: nothing, a release line, or a full version.
    pub fn version(&'static self, asked: &str) -> Result<(&'static Major, &'static str), Fault> {
        if asked.is_empty() {
            let newest = self.majors.iter().rev().find(|major| major.minors.len() > 1).unwrap_or(&self.majors[0]);
            return Ok((newest, newest.default));
        }
        let lines = self.majors.iter().filter(|major| major.name == asked).map(|major| (major, major.default));
        let exact =
            self.majors.iter().flat_map(|major| major.minors.iter().map(move |minor| (major, *minor))).filter(|(_, minor)| *minor == asked);
        let missing = || bad_combination(format!("Cannot find version {asked} for {}", self.name));
        lines.chain(exact).next().ok_or_else(missing)
    }
}

/// Returns the engine and release line of a family (`postgres16`), if it is one of ours.
pub fn family(name: &str) -> Option<(&'static Engine, &'static Major)> {
    ENGINES.iter().flat_map(|engine| engine.majors.iter().map(move |major| (engine, major))).find(|(_, major)| major.family == name)
}

/// Every class as `db.m7g.large`.
pub fn classes() -> impl Iterator<Item = String> {
    CLASSES.iter().flat_map(|(family, sizes)| sizes.iter().map(move |size| format!("db.{family}.{size}")))
}

pub fn check_class(class: &str) -> Result<(), Fault> {
    match classes().any(|known| known == class) {
        true => Ok(()),
        false => Err(bad_value(format!("Invalid DB Instance class: {class}"))),
    }
}

/// Versions compare by their numbers.
pub fn numbers(version: &str) -> Vec<u32> {
    version.split('.').filter_map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_resolve() {
        let postgres = engine("postgres").unwrap();
        assert_eq!(postgres.version("16").unwrap().1, "16.10");
        assert_eq!(postgres.version("16.4").unwrap().0.family, "postgres16");
        assert_eq!(postgres.version("9.9").err().unwrap().code, "InvalidParameterCombination");
        assert!(check_class("db.t4g.medium").is_ok() && check_class("db.t4g.48xlarge").is_err());
        for engine in ENGINES {
            assert!(engine.version("").is_ok());
            assert!(engine.majors.iter().all(|major| major.minors.contains(&major.default)));
        }
    }
}
