//! The sizes of instance classes that RDS and ElastiCache have, by family. What is newer than these tables passes.

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
    ("t2", BURST),
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
    ("m8g", FULL_48),
    ("m8gd", FULL_48),
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
    ("r8g", FULL_48),
    ("r8gd", FULL_48),
    ("x2g", HALF),
    ("x2iedn", MEMORY),
    ("c6gd", "medium large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
];

const SMALL: &str = "micro small medium";
const CACHE_5: &str = "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge";

/// Those of caches. <https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html>, as of 2026-11-29.
const ELASTICACHE: &[Family] = &[
    ("t2", SMALL),
    ("t3", SMALL),
    ("t4g", SMALL),
    ("m4", "large xlarge 2xlarge 4xlarge 10xlarge"),
    ("m5", CACHE_5),
    ("m6g", HALF),
    ("m7g", HALF),
    ("r4", "large xlarge 2xlarge 4xlarge 8xlarge 16xlarge"),
    ("r5", CACHE_5),
    ("r6g", HALF),
    ("r6gd", "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
    ("r7g", HALF),
    ("c7gn", HALF),
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
    let (prefix, table) = match of {
        Of::Rds => ("db.", RDS),
        Of::Elasticache => ("cache.", ELASTICACHE),
    };
    let (family, _) = class.strip_prefix(prefix)?.split_once('.')?;
    (!table.iter().any(|(name, _)| *name == family) && instead_of(of, class).is_none()).then_some(family)
}

/// Returns the families that are known.
pub fn families(of: Of) -> impl Iterator<Item = &'static str> {
    let table = match of {
        Of::Rds => RDS,
        Of::Elasticache => ELASTICACHE,
    };
    table.iter().map(|(name, _)| *name)
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
        ] {
            assert_eq!(instead_of(of, class).is_none(), there, "{class}");
        }
    }
}
