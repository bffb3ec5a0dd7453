//! Functions. AWS lists free amounts under usage types of their own.

use super::{Product, Row, Wanted, row};

const TABLE: &[Row] = &[
    ("Request", "lambda.requests", "1M requests"),
    ("Lambda-GB-Second", "lambda.x86.gb_second", "GB-second"),
    ("Lambda-GB-Second-ARM", "lambda.arm.gb_second", "GB-second"),
    ("Lambda-Provisioned-Concurrency", "lambda.x86.provisioned_concurrency.gb_second", "GB-second"),
    ("Lambda-Provisioned-Concurrency-ARM", "lambda.arm.provisioned_concurrency.gb_second", "GB-second"),
    ("Lambda-Storage-GB-Second", "lambda.ephemeral_storage.gb_second", "GB-second"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    row(TABLE, product.usage(region))
}
