//! Search domains: nodes by type, volumes by what they are made of.

use super::{Product, Row, Wanted, one, row};

/// The keys by storage medium.
const VOLUMES: &[Row] = &[
    ("GP2", "opensearch.storage.gp2", "GB-month"),
    ("GP3", "opensearch.storage.gp3", "GB-month"),
    ("PIOPS-Storage", "opensearch.storage.io1", "GB-month"),
    ("Magnetic", "opensearch.storage.standard", "GB-month"),
    ("PIOPS", "opensearch.iops.io1", "IOPS-month"),
    ("GP3-PIOPS-Storage", "opensearch.iops.gp3", "IOPS-month"),
    ("GP3-ThroughPut-Storage", "opensearch.throughput.gp3", "MBps-month"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    let usage = product.usage(region);
    if usage.starts_with("ESInstance:") && product.instance_type.ends_with(".search") {
        return one(format!("opensearch.instance.{}", product.instance_type), "hour");
    }
    if usage.starts_with("ES:") { row(VOLUMES, &product.storage_media) } else { Vec::new() }
}
