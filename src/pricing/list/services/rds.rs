//! Databases. Disks, backups and operations cost the same for every engine here; AWS lists them for each.

use super::{Product, Row, Wanted, one, row};

const TABLE: &[Row] = &[
    ("RDS:PIOPS", "rds.iops.io1.single_az", "IOPS-month"),
    ("RDS:Multi-AZ-PIOPS", "rds.iops.io1.multi_az", "IOPS-month"),
    ("RDS:IO2-PIOPS", "rds.iops.io2.single_az", "IOPS-month"),
    ("RDS:Multi-AZ-IO2-PIOPS", "rds.iops.io2.multi_az", "IOPS-month"),
    ("RDS:GP3-PIOPS", "rds.iops.gp3.single_az", "IOPS-month"),
    ("RDS:Multi-AZ-GP3-PIOPS", "rds.iops.gp3.multi_az", "IOPS-month"),
    ("RDS:GP3-Throughput", "rds.throughput.gp3.single_az", "MBps-month"),
    ("RDS:Multi-AZ-GP3-Throughput", "rds.throughput.gp3.multi_az", "MBps-month"),
    ("RDS:StorageIOUsage", "rds.storage.magnetic.io", "1M requests"),
    ("RDS:ChargedBackupUsage", "rds.backup.additional", "GB-month"),
    ("CPUCredits:db.t3", "rds.cpu_credits.t3", "vCPU-hour"),
    ("CPUCredits:db.t4g", "rds.cpu_credits.t4g", "vCPU-hour"),
    ("PI_API", "rds.performance_insights.api", "1k requests"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    let usage = product.usage(region);
    if usage == "Aurora:BackupUsage" {
        return one("rds.aurora.backup.additional", "GB-month");
    }
    if let Some(rest) = usage.strip_prefix("ExtendedSupport:") {
        return extended_support(rest);
    }
    if let Some(family) = usage.strip_prefix("PI_LTR:") {
        return one(format!("rds.performance_insights.long_term.{}.vcpu_month", family.to_ascii_lowercase()), "vCPU-month");
    }
    let engine = match product.database_engine.as_str() {
        "PostgreSQL" => "postgresql",
        "MySQL" => "mysql",
        "MariaDB" => "mariadb",
        "" | "Any" => "",
        _ => return Vec::new(),
    };
    let zones = match product.deployment_option.as_str() {
        "Single-AZ" => "single_az",
        "Multi-AZ" => "multi_az",
        _ => "",
    };
    match product.family.as_str() {
        "Database Instance" if usage.starts_with("InstanceUsage:") || usage.starts_with("Multi-AZUsage:") => {
            let known = !engine.is_empty() && !zones.is_empty() && product.deployment_model.is_empty();
            let class = &product.instance_type;
            if known { one(format!("rds.instance.{engine}.{zones}.{class}"), "hour") } else { Vec::new() }
        }
        "Database Storage" if usage.starts_with("RDS:") && !zones.is_empty() => match volume(&product.volume_type) {
            Some(volume) => one(format!("rds.storage.{volume}.{zones}"), "GB-month"),
            None => Vec::new(),
        },
        _ => row(TABLE, usage),
    }
}

fn volume(name: &str) -> Option<&'static str> {
    Some(match name {
        "General Purpose" => "gp2",
        "General Purpose-GP3" => "gp3",
        "Provisioned IOPS" => "io1",
        "Provisioned IOPS-IO2" => "io2",
        "Magnetic" => "magnetic",
        _ => return None,
    })
}

/// `Yr1-Yr2:PostgreSQL11`: each version that is past its end, at the price of its engine.
fn extended_support(rest: &str) -> Vec<Wanted> {
    let year = match rest.split_once(':') {
        Some(("Yr1-Yr2", version)) => Some(("year_1_2", version)),
        Some(("Yr3", version)) => Some(("year_3", version)),
        _ => None,
    };
    let engine = |version: &str| {
        let name = version.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        [("PostgreSQL", "postgresql"), ("MySQL", "mysql")].into_iter().find(|(one, _)| *one == name).map(|(_, engine)| engine)
    };
    match year.and_then(|(year, version)| Some((year, engine(version)?))) {
        Some((year, engine)) => one(format!("rds.extended_support.{engine}.{year}.vcpu_hour"), "vCPU-hour"),
        None => Vec::new(),
    }
}
