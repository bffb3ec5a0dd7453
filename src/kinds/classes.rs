//! The instance classes that RDS and ElastiCache have: the sizes of each family, and the engine versions that it goes with. What is newer
//! than these tables passes.

/// A family, and its sizes.
type Family = (&'static str, &'static str);

const HALF: &str = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge";
const FULL: &str = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge";
const FULL_32: &str = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge";
const FULL_48: &str = "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge";
const BURST: &str = "micro small medium large xlarge 2xlarge";
const MEMORY: &str = "xlarge 2xlarge 4xlarge 8xlarge 16xlarge 24xlarge 32xlarge";

/// Those of PostgreSQL, MySQL and MariaDB. As RDS answered DescribeOrderableDBInstanceOptions in November 2026 (gathered in cfn-lint 1.58.0,
/// MIT-0), beside <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html>.
const RDS: &[Family] = &[
    ("t3", BURST),
    ("t4g", BURST),
    ("m5", FULL),
    ("m5d", FULL),
    ("m6g", HALF),
    ("m6gd", HALF),
    ("m6i", FULL_32),
    ("m6id", FULL_32),
    ("m6in", FULL_32),
    ("m6idn", FULL_32),
    ("m7g", HALF),
    ("m7i", FULL_48),
    ("m8a", FULL_48),
    ("m8g", FULL_48),
    ("m8gd", FULL_48),
    ("m9g", FULL_48),
    ("r5", FULL),
    ("r5b", FULL),
    ("r5d", FULL),
    ("r6g", HALF),
    ("r6gd", HALF),
    ("r6i", FULL_32),
    ("r6id", FULL_32),
    ("r6in", FULL_32),
    ("r6idn", FULL_32),
    ("r7g", HALF),
    ("r7i", FULL_48),
    ("r8a", FULL_48),
    ("r8g", FULL_48),
    ("r8gd", FULL_48),
    ("x2g", HALF),
    ("x2idn", "16xlarge 24xlarge 32xlarge"),
    ("x2iedn", MEMORY),
];

const SMALL: &str = "micro small medium";
const CACHE_5: &str = "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge";

/// Those of caches. <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html>, as of 2026-11-30.
const ELASTICACHE: &[Family] = &[
    ("t2", SMALL),
    ("t3", SMALL),
    ("t4g", SMALL),
    ("m4", "large xlarge 2xlarge 4xlarge 10xlarge"),
    ("m5", CACHE_5),
    ("m6g", HALF),
    ("m7g", HALF),
    ("m8g", HALF),
    ("r4", "large xlarge 2xlarge 4xlarge 8xlarge 16xlarge"),
    ("r5", CACHE_5),
    ("r6g", HALF),
    ("r6gd", "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
    ("r7g", HALF),
    ("r8g", HALF),
    ("c7gn", HALF),
    ("c8gn", HALF),
];

/// Families that are no longer made, and those that came after them, by the same pages: RDS calls them deprecated for all engines, and the
/// oldest ones have left the pages altogether. ElastiCache makes no new clusters of T2 either, but leaves those alone that run.
const RETIRED: &[(Of, &[&str], &str)] = &[
    (Of::Rds, &["t1", "t2"], "t4g"),
    (Of::Rds, &["m1", "m2", "m3", "m4"], "m7g"),
    (Of::Rds, &["r3", "r4"], "r7g"),
    (Of::Elasticache, &["t1"], "t4g"),
    (Of::Elasticache, &["m1", "m2", "m3", "c1"], "m7g"),
    (Of::Elasticache, &["r3"], "r7g"),
];

/// The first versions that came after RDS had retired its old families, so that none of them was ever made with these.
const AFTER_THEM: &[(&str, &str)] = &[("mariadb", "11.4"), ("mysql", "8.4"), ("postgres", "15")];

/// Families that the service has for others of its engines alone, and who has them.
const OTHERS: &[(Of, &str, &[&str], &str)] = &[
    (Of::Rds, "", &["m8i", "r8i", "x1", "x1e", "x2iezn", "z1d"], "Oracle and SQL Server alone have it"),
    (Of::Rds, "", &["c6gd"], "clusters of three instances alone have it"),
    (Of::Elasticache, "redis", &["m8g", "r8g", "c8gn"], "Valkey and Memcached alone have it"),
];

/// The first version of each release line of an engine that a family goes with, by the same pages: `14.5` says that of 14 the minor versions
/// from 5 on do. Lines before the first one do not; lines that are not named go with it.
const SINCE: &[(Of, &str, &[&str], &str)] = &[
    (Of::Rds, "mysql", &["m7i", "m8g", "r7i", "r8g"], "8.0.32"),
    (Of::Rds, "mysql", &["m8gd", "r8gd"], "8.0.40 8.4.3"),
    (Of::Rds, "mysql", &["m8a"], "8.4"),
    (Of::Rds, "mysql", &["m5d", "m6g", "m6gd", "m6i", "m6id", "m6idn", "m6in", "m7g", "m9g", "r5b", "r5d", "r6g", "r6gd"], "8.0"),
    (Of::Rds, "mysql", &["r6i", "r6id", "r6idn", "r6in", "r7g", "r8a", "t4g", "x2g", "x2idn", "x2iedn"], "8.0"),
    (Of::Rds, "mariadb", &["m8g", "r8g"], "10.4.29 10.5.20 10.6.13 10.11.7 11.4.3 11.8.3"),
    (Of::Rds, "mariadb", &["m8gd", "r8gd"], "10.5.27 10.6.19 10.11.9 11.4.3 11.8.3"),
    (Of::Rds, "postgres", &["m7i", "m8g", "r7i", "r8g"], "13.11 14.9 15.4 16.1 17.1"),
    (Of::Rds, "postgres", &["m8gd", "r8gd"], "13.18 14.17 15.10 16.6 17.2 18.1"),
    (Of::Rds, "postgres", &["m7g", "r7g"], "13.4 14.5"),
    (Of::Rds, "postgres", &["m6g", "r5b", "r6g", "t4g", "x2g"], "12.7 13"),
    (Of::Rds, "postgres", &["m6gd"], "13.4 14"),
    (Of::Rds, "postgres", &["m5d", "r5d", "r6gd", "x2iedn"], "13.4 14.5"),
    (Of::Rds, "postgres", &["m6id", "m6idn", "r6id", "r6idn"], "13.7 14.5"),
    (Of::Rds, "postgres", &["m6in", "r6in"], "11.16 12.11 13.7 14.3"),
    (Of::Rds, "postgres", &["r6i"], "10.21 11.13 12.8 13.4"),
    (Of::Rds, "postgres", &["x2idn"], "13.9 14.6 15"),
    (Of::Elasticache, "redis", &["m6g", "r6g"], "5.0.6"),
    (Of::Elasticache, "redis", &["m7g", "r7g", "r6gd", "c7gn"], "6.2"),
];

/// Families of EC2 that neither has, and slips for those that they have.
const ABSENT: &[&str] = &[
    "t3a", "t4", "t5", "m5a", "m5n", "m6a", "r5a", "r5n", "r6a", "c4", "c5", "c5a", "c6i", "c6a", "c7i", "g4dn", "g5", "p3", "p4d", "i3en",
];

/// The service that a class is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Rds,
    Elasticache,
}

impl Of {
    fn table(self) -> (&'static str, &'static [Family]) {
        match self {
            Of::Rds => ("db.", RDS),
            Of::Elasticache => ("cache.", ELASTICACHE),
        }
    }
}

/// Returns every class that is known here, the newer families last.
pub fn all(of: Of) -> impl Iterator<Item = String> {
    let (prefix, table) = of.table();
    table.iter().flat_map(move |(family, sizes)| sizes.split(' ').map(move |size| format!("{prefix}{family}.{size}")))
}

/// Returns what there is instead of a class such as `db.t4g.mini`, if there is certainly none of that name.
pub fn instead_of(of: Of, class: &str) -> Option<String> {
    let (prefix, table) = of.table();
    let (family, size) = class.strip_prefix(prefix)?.split_once('.')?;
    if let Some((_, sizes)) = table.iter().find(|(name, _)| *name == family) {
        let there = sizes.split(' ').any(|known| known == size) || size == "metal";
        return (!there).then(|| format!("of {family} it has {}", sizes.replace(' ', ", ")));
    }
    let large = matches!(of, Of::Elasticache) && ["m6i", "r6i", "m7i", "r7i"].contains(&family);
    (large || ABSENT.contains(&family)).then(|| format!("such as {prefix}t4g.micro or {prefix}r7g.large"))
}

/// Returns the family of a class that no table here has, neither as there nor as absent: a slip, or newer than the tables.
pub fn unknown_family(of: Of, class: &str) -> Option<&str> {
    let (_, table) = of.table();
    let family = family(of, class)?;
    let told = retired(of, class).is_some() || OTHERS.iter().any(|(service, _, families, _)| *service == of && families.contains(&family));
    (!told && !table.iter().any(|(name, _)| *name == family) && instead_of(of, class).is_none()).then_some(family)
}

fn family(of: Of, class: &str) -> Option<&str> {
    class.strip_prefix(of.table().0)?.split_once('.').map(|(family, _)| family)
}

/// Returns the class that came after one of a family that AWS no longer makes: `db.t4g.micro` for `db.t2.micro`.
pub fn retired(of: Of, class: &str) -> Option<String> {
    let (prefix, table) = of.table();
    let (name, size) = class.strip_prefix(prefix)?.split_once('.')?;
    let (.., after) = RETIRED.iter().find(|(service, families, _)| *service == of && families.contains(&name))?;
    let (_, sizes) = table.iter().find(|(known, _)| known == after)?;
    let size = sizes.split(' ').find(|known| *known == size).unwrap_or(sizes.split(' ').next()?);
    Some(format!("{prefix}{after}.{size}"))
}

/// The reason why a class does not go with a version of an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfit {
    /// The family is another engine's: who has it.
    Another(&'static str),
    /// It asks for this version or a later one.
    Since(&'static str),
    /// The version came after the class was retired, which this one followed.
    Retired(String),
}

impl Misfit {
    /// Says what mends it, with other classes for those that are not the engine's.
    pub fn help(&self, other: &str) -> String {
        match self {
            Misfit::Another(who) => format!("{who}: take another class, {other}"),
            Misfit::Since(version) => format!("it goes with {version} and what came after it: take an older class, or a newer version"),
            Misfit::Retired(after) => format!("it was retired before that version came: take {after}"),
        }
    }
}

/// Returns why a class certainly does not go with a version of an engine, by its name in AWS's requests.
pub fn misfit(of: Of, engine: &str, version: &str, class: &str) -> Option<Misfit> {
    let name = family(of, class)?;
    let other = |(service, only, families, _): &&(Of, &str, &[&str], &str)| {
        *service == of && (only.is_empty() || *only == engine) && families.contains(&name)
    };
    if let Some((.., who)) = OTHERS.iter().find(other) {
        return Some(Misfit::Another(who));
    }
    if matches!(of, Of::Rds) && class.rsplit('.').next().is_some_and(|size| size.starts_with("metal")) {
        return Some(Misfit::Another("Oracle alone has it"));
    }
    let came_after = AFTER_THEM.iter().any(|(named, first)| *named == engine && older(version, first) == Some(false));
    if let Some(after) = retired(of, class).filter(|_| of == Of::Rds && came_after) {
        return Some(Misfit::Retired(after));
    }
    let (.., since) = SINCE.iter().find(|(service, named, families, _)| *service == of && *named == engine && families.contains(&name))?;
    let lines = since.split(' ').collect::<Vec<_>>();
    let of_line = |first: &&&str| parts(version).zip(parts(first)).is_some_and(|(own, first)| same_line(engine, &own, &first));
    let first = lines.iter().find(of_line).or(lines.first())?;
    (older(version, first) == Some(true)).then_some(Misfit::Since(first))
}

/// True where two versions are of one release line: the same major version, which of MySQL and MariaDB has two parts.
fn same_line(engine: &str, own: &[u32], first: &[u32]) -> bool {
    let depth = match engine {
        "postgres" => 1,
        "mysql" | "mariadb" => 2,
        _ => 0,
    };
    own.get(..depth).is_some_and(|line| first.get(..depth) == Some(line))
}

/// Says whether a version is older than another; nothing where it does not say enough, as `15` beside `15.4`.
fn older(version: &str, first: &str) -> Option<bool> {
    let (own, first) = (parts(version)?, parts(first)?);
    match own.iter().zip(&first).find(|(own, first)| own != first) {
        Some((own, first)) => Some(own < first),
        None => (own.len() >= first.len()).then_some(false),
    }
}

fn parts(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}

/// Returns the families that are known.
pub fn families(of: Of) -> impl Iterator<Item = &'static str> {
    of.table().1.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_known_families_are_told_and_new_families_pass() {
        for (of, class, there) in [
            (Of::Rds, "db.t4g.micro", true),
            (Of::Rds, "db.t4g.mini", false),
            (Of::Rds, "db.m5.small", false),
            (Of::Rds, "db.m9g.large", true),
            (Of::Rds, "db.t3a.micro", false),
            (Of::Rds, "db.x2g.large", true),
            (Of::Elasticache, "cache.t4g.large", false),
            (Of::Elasticache, "cache.r7g.large", true),
            (Of::Elasticache, "cache.m6i.large", false),
            (Of::Elasticache, "cache.m8g.large", true),
            (Of::Elasticache, "cache.c8gn.small", false),
        ] {
            assert_eq!(instead_of(of, class).is_none(), there, "{class}");
        }
    }

    #[test]
    fn families_are_known_retired_or_somebody_elses() {
        for (of, class, unknown) in [
            (Of::Rds, "db.m9g.large", None),
            (Of::Rds, "db.m4.large", None),
            (Of::Rds, "db.z1d.large", None),
            (Of::Rds, "db.t9g.micro", Some("t9g")),
            (Of::Elasticache, "cache.r8g.large", None),
            (Of::Elasticache, "cache.r77g.large", Some("r77g")),
        ] {
            assert_eq!(unknown_family(of, class), unknown, "{class}");
        }
        assert_eq!(retired(Of::Rds, "db.t2.micro").as_deref(), Some("db.t4g.micro"));
        assert_eq!(retired(Of::Rds, "db.m3.medium").as_deref(), Some("db.m7g.large"));
        assert_eq!(retired(Of::Elasticache, "cache.m3.large").as_deref(), Some("cache.m7g.large"));
        assert_eq!((retired(Of::Rds, "db.t3.micro"), retired(Of::Elasticache, "cache.m4.large")), (None, None));
    }

    #[test]
    fn classes_go_with_versions_from_the_one_that_aws_names() {
        let fits = |engine: &str, version: &str, class: &str| {
            let of = if class.starts_with("db.") { Of::Rds } else { Of::Elasticache };
            misfit(of, engine, version, class)
        };
        for (engine, version, class, since) in [
            ("postgres", "15.3", "db.m8g.large", Some("15.4")),
            ("postgres", "15.4", "db.m8g.large", None),
            ("postgres", "15", "db.m8g.large", None),
            ("postgres", "12.22", "db.m8g.large", Some("13.11")),
            ("postgres", "19.1", "db.m8g.large", None),
            ("postgres", "14", "db.m7g.large", None),
            ("postgres", "12", "db.m7g.large", Some("13.4")),
            ("postgres", "12", "db.t4g.micro", None),
            ("postgres", "11.22", "db.t4g.micro", Some("12.7")),
            ("mysql", "5.7", "db.t4g.micro", Some("8.0")),
            ("mysql", "5.7.44", "db.m5.large", None),
            ("mysql", "8.0.28", "db.m8g.large", Some("8.0.32")),
            ("mysql", "8.4", "db.m8gd.large", None),
            ("mysql", "8.0.40", "db.m8a.large", Some("8.4")),
            ("mariadb", "10.11.4", "db.r8g.large", Some("10.11.7")),
            ("mariadb", "10.4.34", "db.r8gd.large", Some("10.5.27")),
            ("redis", "6.0", "cache.r7g.large", Some("6.2")),
            ("redis", "6", "cache.r7g.large", None),
            ("redis", "5.0.6", "cache.r6g.large", None),
            ("redis", "5.0.5", "cache.r6g.large", Some("5.0.6")),
            ("redis", "7.1", "cache.r7g.large", None),
            ("valkey", "7.2", "cache.r8g.large", None),
        ] {
            assert_eq!(fits(engine, version, class), since.map(Misfit::Since), "{engine} {version} {class}");
        }
        assert_eq!(fits("postgres", "17", "db.m4.large"), Some(Misfit::Retired("db.m7g.large".into())));
        assert_eq!(fits("mysql", "8.4", "db.t2.micro"), Some(Misfit::Retired("db.t4g.micro".into())));
        assert_eq!((fits("mysql", "8.0", "db.t2.micro"), fits("postgres", "14", "db.r4.large")), (None, None));
        for (engine, version, class) in
            [("postgres", "17", "db.z1d.large"), ("mysql", "8.4", "db.r6i.metal"), ("redis", "7.1", "cache.m8g.large")]
        {
            assert!(matches!(fits(engine, version, class), Some(Misfit::Another(_))), "{class}");
        }
    }
}
