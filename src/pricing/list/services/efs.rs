//! File systems. Those with elastic throughput have a price of their own for what is rarely read.

use super::{Product, Row, Wanted, row};

const TABLE: &[Row] = &[
    ("TimedStorage-ByteHrs", "efs.standard.storage", "GB-month"),
    ("TimedStorage-Z-ByteHrs", "efs.onezone.storage", "GB-month"),
    ("IATimedStorage-ET-ByteHrs", "efs.ia.storage", "GB-month"),
    ("IATimedStorage-Z-ByteHrs", "efs.onezone_ia.storage", "GB-month"),
    ("IATimedStorage-ByteHrs", "efs.ia.storage_legacy", "GB-month"),
    ("ProvisionedTP-MiBpsHrs", "efs.provisioned_throughput", "MiBps-month"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    row(TABLE, product.usage(region))
}
