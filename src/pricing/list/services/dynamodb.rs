//! Tables: capacity, requests, what is kept.

use super::{Product, Row, Wanted, one, row};

const TABLE: &[Row] = &[
    ("ReadRequestUnits", "dynamodb.ondemand.read", "1M RRU"),
    ("WriteRequestUnits", "dynamodb.ondemand.write", "1M WRU"),
    ("ReadCapacityUnit-Hrs", "dynamodb.provisioned.rcu_hour", "RCU-hour"),
    ("WriteCapacityUnit-Hrs", "dynamodb.provisioned.wcu_hour", "WCU-hour"),
    ("TimedStorage-ByteHrs", "dynamodb.storage", "GB-month"),
    ("IA-TimedStorage-ByteHrs", "dynamodb.storage_ia", "GB-month"),
    ("TimedPITRStorage-ByteHrs", "dynamodb.pitr", "GB-month"),
    ("TimedBackupStorage-ByteHrs", "dynamodb.backup", "GB-month"),
    ("RestoreDataSize-Bytes", "dynamodb.restore", "GB"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    if product.group == "DDB-StreamsReadRequests" {
        return one("dynamodb.streams.read", "1M requests");
    }
    row(TABLE, product.usage(region))
}
