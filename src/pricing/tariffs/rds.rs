//! Databases: instances, their disks, backups, and years past the end of a version. <https://aws.amazon.com/rds/pricing/>

use crate::core::money::Decimal;
use crate::pricing::{Charge, Given, HOURS};

/// An instance and its disk.
#[derive(Debug, Clone)]
pub struct Instance<'a> {
    /// The engine as the catalogue names it: `postgresql`, `mysql`, `mariadb`.
    pub engine: &'a str,
    pub class: &'a str,
    /// True with a standby, which has prices of its own: nothing is doubled.
    pub multi_az: bool,
    /// The storage type: `gp2`, `gp3`, `io1`, `io2`, or `magnetic`.
    pub storage: &'a str,
    pub gb: Decimal,
    /// The size that the disk grows to by itself as it fills up, if it does.
    pub grows_to: Option<Decimal>,
    pub iops: Option<Decimal>,
    /// MiB a second.
    pub throughput: Option<Decimal>,
}

pub fn instance(instance: &Instance<'_>) -> Vec<Charge> {
    let Instance { engine, class, multi_az, storage, gb, grows_to, iops, throughput } = instance;
    let (zones, word) = if *multi_az { ("multi_az", ", Multi-AZ") } else { ("single_az", "") };
    let stem = format!("rds.instance.{engine}.{zones}.");
    // AWS makes no smaller volumes of these types, and bills no fewer operations.
    let provisioned = matches!(*storage, "io1" | "io2");
    let gb = if provisioned && !gb.is_zero() { (*gb).max(Decimal::from(100)) } else { *gb };
    let mut charges = vec![
        Charge::fixed(format!("instance {class}{word}"), format!("{stem}{class}"), "hour", HOURS).choice(&stem),
        Charge::fixed(format!("storage {storage}{word}"), format!("rds.storage.{storage}.{zones}"), "GB-month", gb)
            .up_to(grows_to.unwrap_or_default()),
    ];
    if provisioned {
        let iops = iops.unwrap_or_default().max(Decimal::from(1_000));
        charges.push(Charge::fixed(format!("IOPS of {storage}{word}"), format!("rds.iops.{storage}.{zones}"), "IOPS-month", iops));
    } else if *storage == "gp3" {
        let (iops_free, throughput_free) = if gb >= Decimal::from(400) { (12_000, 500) } else { (3_000, 125) };
        let above = |value: Option<Decimal>, free: u32| (value.unwrap_or_default() - Decimal::from(free)).max(Decimal::ZERO);
        let (iops, throughput) = (above(*iops, iops_free), above(*throughput, throughput_free));
        charges.push(Charge::fixed(format!("IOPS above {iops_free}{word}"), format!("rds.iops.gp3.{zones}"), "IOPS-month", iops));
        let what = format!("throughput above {throughput_free} MiB/s{word}");
        charges.push(Charge::fixed(what, format!("rds.throughput.gp3.{zones}"), "MBps-month", throughput));
    }
    if *multi_az {
        let alone = |charge: Charge| {
            let key = charge.key.replace(".multi_az", ".single_az");
            charge.at_most(2, key, "a standby costs no more than its primary")
        };
        charges = charges.into_iter().map(alone).collect();
    }
    charges
}

/// Requests to a magnetic disk, the one type that bills them.
pub fn magnetic_requests(requests: Given) -> Charge {
    Charge::usage("requests to the magnetic disk", "rds.storage.magnetic.io", "1M requests", requests.per(1_000_000))
}

/// Backups beyond the size of the disk, up to which they are free.
pub fn backups(beyond: Given) -> Charge {
    Charge::usage("backups beyond the size of the disk", "rds.backup.additional", "GB-month", beyond)
}

/// Snapshots of a database that is gone: none of them is free any more.
pub fn last_snapshot(size: Given) -> Charge {
    Charge::usage("last snapshot, until it is deleted", "rds.backup.additional", "GB-month", size)
}

/// Processor time beyond what a burstable class comes with.
pub fn credits(class: &str, hours: Given) -> Option<Charge> {
    let family = ["t3", "t4g"].into_iter().find(|family| class.starts_with(&format!("db.{family}.")))?;
    Some(Charge::usage("CPU credits", format!("rds.cpu_credits.{family}"), "vCPU-hour", hours))
}

/// More than a week of Performance Insights, by the processors of the class.
pub fn long_insights(class: &str) -> Vec<Charge> {
    let family = class.split('.').nth(1).unwrap_or_default();
    let key = format!("rds.performance_insights.long_term.{family}.vcpu_month");
    let stem = "rds.performance_insights.long_term.";
    vec![Charge::fixed("Performance Insights, long retention", key, "vCPU-month", vcpus(class)).choice(stem)]
}

/// Requests to Performance Insights by programs, beyond the million that are free each month.
pub fn insights_requests(requests: Given) -> Charge {
    Charge::usage("Performance Insights requests", "rds.performance_insights.api", "1k requests", requests.per(1_000))
}

/// Returns what AWS bills for a major version that its makers no longer support, for each processor, the standby's too.
pub fn extended_support(engine: &str, version: &str, class: &str, multi_az: bool, today: &str) -> Option<Charge> {
    let (_, _, begins, third) = line(engine, version)?;
    let year = match today {
        before if before < *begins => return None,
        before if before < *third => "year_1_2",
        _ => "year_3",
    };
    let cores = if multi_az { vcpus(class) * Decimal::TWO } else { vcpus(class) };
    let key = format!("rds.extended_support.{engine}.{year}.vcpu_hour");
    Some(Charge::fixed(format!("Extended Support of {engine} {version}"), key, "vCPU-hour", HOURS * cores))
}

/// Returns the first day without standard support of a version, from which Extended Support is billed.
pub fn ended(engine: &str, version: &str) -> Option<&'static str> {
    line(engine, version).map(|(_, _, begins, _)| *begins)
}

fn line(engine: &str, version: &str) -> Option<&'static (&'static str, &'static str, &'static str, &'static str)> {
    ENDED
        .iter()
        .find(|(of, major, ..)| *of == engine && version.strip_prefix(major).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// Major versions, the day from which Extended Support is billed, and the day from which its third year is. The calendars, as of 2026-11-30:
/// <https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html>,
/// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MySQL.Concepts.VersionMgmt.html>
const ENDED: &[(&str, &str, &str, &str)] = &[
    ("mysql", "5.7", "2024-03-01", "2026-03-01"),
    ("mysql", "8.0", "2026-08-01", "2028-08-01"),
    ("mysql", "8.4", "2029-08-01", "2031-08-01"),
    ("postgresql", "11", "2024-04-01", "2026-04-01"),
    ("postgresql", "12", "2025-03-01", "2027-03-01"),
    ("postgresql", "13", "2026-03-01", "2028-03-01"),
    ("postgresql", "14", "2027-03-01", "2029-03-01"),
    ("postgresql", "15", "2028-03-01", "2030-03-01"),
    ("postgresql", "16", "2029-03-01", "2031-03-01"),
    ("postgresql", "17", "2030-03-01", "2032-03-01"),
    ("postgresql", "18", "2031-03-01", "2033-03-01"),
];

/// The processors of a class, by its size: two up to large, then four times the number in the name.
fn vcpus(class: &str) -> Decimal {
    let size = class.rsplit('.').next().unwrap_or_default();
    let times = |text: &str| text.strip_suffix("xlarge").and_then(|times| times.parse::<u32>().ok());
    Decimal::from(match size {
        "xlarge" => 4,
        other => times(other).map_or(2, |times| 4 * times),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extended_support_begins_on_its_day_and_knows_its_third_year() {
        let charge = |engine, version, today| extended_support(engine, version, "db.m5.xlarge", true, today).map(|charge| charge.key);
        assert_eq!(charge("postgresql", "13.9", "2026-02-28"), None);
        assert_eq!(charge("postgresql", "13.9", "2026-03-01").as_deref(), Some("rds.extended_support.postgresql.year_1_2.vcpu_hour"));
        assert_eq!(charge("mysql", "5.7", "2026-11-21").as_deref(), Some("rds.extended_support.mysql.year_3.vcpu_hour"));
        assert_eq!(charge("postgresql", "1", "2026-11-21"), None, "1 is not 11");
        assert_eq!(charge("mariadb", "10.4", "2026-11-21"), None, "MariaDB has none");
        let cores = extended_support("mysql", "5.7.44", "db.m5.xlarge", true, "2026-11-21").unwrap().quantity.likely;
        assert_eq!(cores, HOURS * Decimal::from(8));
    }
}
