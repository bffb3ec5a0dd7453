//! The versions and instance types that OpenSearch Service has, and the volumes that each type takes.
//!
//! Versions: <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/what-is.html#choosing-version>, with 3.7 as announced on
//! 2026-07-30 (<https://aws.amazon.com/about-aws/whats-new/2026/07/amazon-opensearch-service/>); types:
//! <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-instance-types.html>, sizes of volumes:
//! <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/limits.html#ebsresource>; as of 2026-11-30. What is newer than these
//! tables passes.

/// Returns what there is instead, if OpenSearch Service certainly never had this version.
pub fn instead_of(version: &str) -> Option<&'static str> {
    let (engine, number) = version.split_once('_')?;
    let (major, minor) = number.split_once('.')?;
    let (major, minor) = (major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?);
    let lines: &[(u32, &[u32])] = match engine {
        "OpenSearch" => &[(1, &[0, 1, 2, 3]), (2, &[3, 5, 7, 9, 11, 13, 15, 17, 19])],
        "Elasticsearch" => &[(1, &[5]), (2, &[3]), (5, &[1, 3, 5, 6]), (6, &[0, 2, 3, 4, 5, 7, 8]), (7, &[1, 4, 7, 8, 9, 10])],
        _ => return None,
    };
    let there = match lines.iter().find(|(line, _)| *line == major) {
        Some((_, minors)) => minors.contains(&minor),
        // Elasticsearch ended with 7.10. OpenSearch goes on: 3.7 is the newest, and 3.0, 3.2, 3.4 and 3.6 were left out.
        None if engine == "OpenSearch" && major == 3 => minor > 7 || minor % 2 == 1,
        None => engine == "OpenSearch" && (4..=5).contains(&major),
    };
    let known = match (engine, major) {
        ("Elasticsearch", _) => "it has Elasticsearch 7.10, 7.9, 7.8, 7.7, 7.4 and 7.1",
        (_, 1) => "it has OpenSearch 1.3, 1.2, 1.1 and 1.0",
        (_, 2) => "it has every second one of OpenSearch from 2.3 to 2.19",
        _ => "it has OpenSearch 3.7, 3.5, 3.3 and 3.1",
    };
    (!there).then_some(known)
}

/// The newest versions of each line, the newest first.
pub const CURRENT: &[&str] = &["3.7", "3.5", "3.3", "3.1", "2.19", "2.17", "2.15", "2.13", "2.11", "1.3"];

/// Returns every instance type of the families that are known in full.
pub fn instance_types() -> impl Iterator<Item = String> {
    FAMILIES.iter().flat_map(|(family, sizes)| sizes.iter().map(move |one| format!("{family}.{}.search", one.size)))
}

/// The volumes of one instance type, in GiB: the most with gp2 and with gp3; 0 for none.
struct Volumes {
    size: &'static str,
    gp2: i32,
    gp3: i32,
}

const fn volumes(size: &'static str, gp2: i32, gp3: i32) -> Volumes {
    Volumes { size, gp2, gp3 }
}

const TIB: i32 = 1024;

/// Families whose sizes and volumes are known in full.
const FAMILIES: &[(&str, &[Volumes])] = &[
    ("t2", &[volumes("micro", 35, 0), volumes("small", 35, 0), volumes("medium", 35, 0)]),
    ("t3", &[volumes("small", 100, 100), volumes("medium", 200, 200)]),
    ("m3", &[volumes("medium", 100, 0), volumes("large", 512, 0), volumes("xlarge", 512, 0), volumes("2xlarge", 512, 0)]),
    (
        "m4",
        &[
            volumes("large", 512, 0),
            volumes("xlarge", TIB, 0),
            volumes("2xlarge", 1536, 0),
            volumes("4xlarge", 1536, 0),
            volumes("10xlarge", 1536, 0),
        ],
    ),
    (
        "m5",
        &[
            volumes("large", 512, TIB),
            volumes("xlarge", TIB, 2 * TIB),
            volumes("2xlarge", 1536, 3 * TIB),
            volumes("4xlarge", 3 * TIB, 6 * TIB),
            volumes("12xlarge", 9 * TIB, 18 * TIB),
        ],
    ),
    (
        "m6g",
        &[
            volumes("large", 512, TIB),
            volumes("xlarge", TIB, 2 * TIB),
            volumes("2xlarge", 1536, 3 * TIB),
            volumes("4xlarge", 3 * TIB, 6 * TIB),
            volumes("8xlarge", 6 * TIB, 12 * TIB),
            volumes("12xlarge", 9 * TIB, 18 * TIB),
        ],
    ),
    (
        "c4",
        &[
            volumes("large", 100, 0),
            volumes("xlarge", 512, 0),
            volumes("2xlarge", TIB, 0),
            volumes("4xlarge", 1536, 0),
            volumes("8xlarge", 1536, 0),
        ],
    ),
    (
        "c5",
        &[
            volumes("large", 256, 256),
            volumes("xlarge", 512, 512),
            volumes("2xlarge", TIB, TIB),
            volumes("4xlarge", 1536, 1536),
            volumes("9xlarge", 3584, 3584),
            volumes("18xlarge", 7 * TIB, 7 * TIB),
        ],
    ),
    (
        "c6g",
        &[
            volumes("large", 256, 256),
            volumes("xlarge", 512, 512),
            volumes("2xlarge", TIB, TIB),
            volumes("4xlarge", 1536, 1536),
            volumes("8xlarge", 3 * TIB, 3 * TIB),
            volumes("12xlarge", 4608, 4608),
        ],
    ),
    (
        "r3",
        &[
            volumes("large", 512, 0),
            volumes("xlarge", 512, 0),
            volumes("2xlarge", 512, 0),
            volumes("4xlarge", 512, 0),
            volumes("8xlarge", 512, 0),
        ],
    ),
    (
        "r4",
        &[
            volumes("large", TIB, 0),
            volumes("xlarge", 1536, 0),
            volumes("2xlarge", 1536, 0),
            volumes("4xlarge", 1536, 0),
            volumes("8xlarge", 1536, 0),
            volumes("16xlarge", 1536, 0),
        ],
    ),
    (
        "r5",
        &[
            volumes("large", TIB, 2 * TIB),
            volumes("xlarge", 1536, 3 * TIB),
            volumes("2xlarge", 3 * TIB, 6 * TIB),
            volumes("4xlarge", 6 * TIB, 12 * TIB),
            volumes("12xlarge", 12 * TIB, 24 * TIB),
        ],
    ),
    (
        "r6g",
        &[
            volumes("large", TIB, 2 * TIB),
            volumes("xlarge", 1536, 3 * TIB),
            volumes("2xlarge", 3 * TIB, 6 * TIB),
            volumes("4xlarge", 6 * TIB, 12 * TIB),
            volumes("8xlarge", 8 * TIB, 16 * TIB),
            volumes("12xlarge", 12 * TIB, 24 * TIB),
        ],
    ),
    ("i2", &[volumes("xlarge", 512, 0), volumes("2xlarge", 512, 0)]),
];

/// Families that store on discs of their own and take no volumes.
const OWN_DISCS: &[&str] = &["i3", "i4i", "i4g", "i7i", "i8g", "im4gn", "r6gd", "r7gd", "r8gd"];

/// Families of EC2 that OpenSearch Service does not have, and people try.
const ABSENT: &[&str] = &["t1", "t3a", "m1", "m2", "m5a", "m5n", "m6a", "c3", "c5a", "c6a", "r5a", "r6a", "x1", "x2gd", "z1d"];

fn split(instance_type: &str) -> Option<(&str, &str)> {
    instance_type.strip_suffix(".search")?.split_once('.')
}

/// Returns the sizes that a family has, where an instance type is certainly none of them; none of a family that is not there.
pub fn sizes_instead_of(instance_type: &str) -> Option<Vec<&'static str>> {
    let (family, size) = split(instance_type)?;
    if ABSENT.contains(&family) {
        return Some(Vec::new());
    }
    let (_, sizes) = FAMILIES.iter().find(|(name, _)| *name == family)?;
    let sizes = sizes.iter().map(|one| one.size).collect::<Vec<_>>();
    // Larger sizes may have been added since.
    let grown =
        size.strip_suffix("xlarge").is_some_and(|times| times.parse::<u32>().is_ok_and(|times| times >= 12)) && !family.starts_with('t');
    (!sizes.contains(&size) && !grown).then_some(sizes)
}

/// Returns the most that a volume of a type has on an instance type, in GiB; 0 for none, nothing where it is unknown.
pub fn most(instance_type: &str, gp3: bool) -> Option<i32> {
    let (family, size) = split(instance_type)?;
    if OWN_DISCS.contains(&family) {
        return Some(0);
    }
    let (_, sizes) = FAMILIES.iter().find(|(name, _)| *name == family)?;
    let known = sizes.iter().find(|one| one.size == size)?;
    Some(if gp3 { known.gp3 } else { known.gp2 })
}

/// True for a type that cannot encrypt what it stores.
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-instance-types.html>
pub fn stores_in_the_clear(instance_type: &str) -> bool {
    split(instance_type).is_some_and(|(family, _)| ["t2", "m3", "r3"].contains(&family))
}

/// True for a burstable type.
pub fn bursts(instance_type: &str) -> bool {
    split(instance_type).is_some_and(|(family, _)| ["t2", "t3"].contains(&family))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_never_were_are_told() {
        for (version, there) in [
            ("OpenSearch_2.19", true),
            ("OpenSearch_2.20", false),
            ("OpenSearch_2.18", false),
            ("OpenSearch_1.4", false),
            ("OpenSearch_3.3", true),
            ("OpenSearch_3.2", false),
            ("OpenSearch_3.0", false),
            ("OpenSearch_3.8", true),
            ("OpenSearch_4.0", true),
            ("OpenSearch_9.0", false),
            ("Elasticsearch_7.10", true),
            ("Elasticsearch_7.11", false),
            ("Elasticsearch_8.0", false),
        ] {
            assert_eq!(instead_of(version).is_none(), there, "{version}");
        }
    }

    #[test]
    fn types_and_their_volumes() {
        assert_eq!((most("t3.small.search", true), most("m5.large.search", false)), (Some(100), Some(512)));
        assert_eq!((most("i3.large.search", true), most("t2.small.search", true)), (Some(0), Some(0)));
        assert_eq!(most("m9g.large.search", true), None);
        assert_eq!(sizes_instead_of("t3.large.search"), Some(vec!["small", "medium"]));
        assert_eq!(sizes_instead_of("t3a.small.search"), Some(vec![]));
        assert_eq!((sizes_instead_of("m6g.large.search"), sizes_instead_of("r6g.16xlarge.search")), (None, None));
        assert_eq!(sizes_instead_of("m6g.small.search"), Some(vec!["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge"]));
    }
}
