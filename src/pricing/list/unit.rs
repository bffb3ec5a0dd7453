//! AWS's units and the catalogue's.

use crate::core::money::Decimal;
use crate::pricing::catalog::unit::per;

/// The names of time, space and speed in offer files, which do not agree with each other.
const MEASURES: &[(&str, &[&str])] = &[
    ("hour", &["hrs", "hr", "hour", "hours"]),
    ("hour per AZ", &["hrs", "hr", "hour", "hours"]),
    ("ENI-hour", &["hrs", "hr", "hour", "hours"]),
    ("vCPU-hour", &["hrs", "hour", "hours", "vcpu-hour", "vcpu-hours", "vcpu-hrs"]),
    ("GB-hour", &["hrs", "hour", "hours", "gb-hour", "gb-hours", "gb-hrs"]),
    ("LCU-hour", &["lcu-hrs", "lcu-hr", "lcu-hours"]),
    ("GLCU-hour", &["lcu-hrs", "lcu-hr", "lcu-hours", "glcu-hrs", "glcu-hours"]),
    ("NLCU-hour", &["lcu-hrs", "lcu-hr", "lcu-hours", "nlcu-hrs", "nlcu-hours"]),
    ("RCU-hour", &["readcapacityunit-hrs", "hrs"]),
    ("WCU-hour", &["writecapacityunit-hrs", "hrs"]),
    ("vCPU-month", &["vcpu-month", "vcpu-months", "vcpu-mo"]),
    ("GB", &["gb"]),
    ("GB-month", &["gb-mo", "gb-month", "gb-months"]),
    ("GB-second", &["lambda-gb-second", "gb-second", "gb-seconds", "second", "seconds"]),
    ("IOPS-month", &["iops-mo", "iops-month"]),
    ("MBps-month", &["mbps-mo", "mibps-mo", "mbps-month", "mibps-month"]),
    ("MiBps-month", &["mbps-mo", "mibps-mo", "mbps-month", "mibps-month"]),
];

/// Speeds that are sold by the gigabyte a second.
const GIGA: &[&str] = &["gibps-mo", "gibps-month"];

/// Returns how many of AWS's units one of ours is; `None` if they cannot be compared.
///
/// Where the catalogue counts things, AWS counts them one by one, whatever it calls them: `Requests`, `Alarms`, `IOs`. A unit
/// with a number in it, or one of time and space, is no such thing.
pub(super) fn times(ours: &str, theirs: &str) -> Option<Decimal> {
    let theirs = theirs.trim().to_ascii_lowercase();
    if let Some((name, names)) = MEASURES.iter().find(|(name, _)| *name == ours) {
        return match theirs.as_str() {
            same if names.contains(&same) => Some(Decimal::ONE),
            speed if GIGA.contains(&speed) && name.ends_with("Bps-month") => Some(Decimal::ONE / Decimal::from(1024)),
            _ => None,
        };
    }
    let measures = || MEASURES.iter().flat_map(|(_, names)| *names).chain(GIGA);
    let counts = !theirs.is_empty() && !theirs.contains(|letter: char| letter.is_ascii_digit()) && !measures().any(|name| *name == theirs);
    counts.then(|| per(ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_converted_or_refused() {
        for (ours, theirs, want) in [
            ("hour", "Hrs", Some("1")),
            ("GB-hour", "hours", Some("1")),
            ("10k requests", "Requests", Some("10000")),
            ("1M RRU", "ReadRequestUnits", Some("1000000")),
            ("100k notifications", "Notifications", Some("100000")),
            ("alarm-metric-month", "Alarms", Some("1")),
            ("MBps-month", "GiBps-mo", Some("0.0009765625")),
            ("MBps-month", "MBPS-Mo", Some("1")),
            ("GB-month", "GiBps-mo", None),
            ("GB-month", "Hrs", None),
            ("hour", "Quantity", None),
            ("1k requests", "1K Requests", None),
            ("10k requests", "GB-Mo", None),
            ("dashboard-month", "", None),
            ("1M requests", "64K-Chunks", None),
        ] {
            assert_eq!(times(ours, theirs).map(|times| times.normalize().to_string()).as_deref(), want, "{ours} for {theirs}");
        }
    }

    #[test]
    fn every_unit_of_the_catalogue_is_a_measure_or_a_count() {
        use crate::pricing::catalog::Catalog;
        use crate::pricing::catalog::unit::counts;
        for price in Catalog::embedded().prices() {
            let unit = counts(&price.unit);
            let measure = MEASURES.iter().any(|(name, _)| *name == unit);
            let physical = ["GB", "hour", "IOPS", "Bps", "second"].iter().any(|word| unit.contains(word));
            assert!(measure || !physical, "{unit} of {}", price.key);
        }
    }
}
