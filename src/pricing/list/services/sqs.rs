//! Queues. The same charge has another usage type in some regions.

use super::{Product, Row, Wanted, row};

const TABLE: &[Row] = &[
    ("Requests-Tier1", "sqs.standard.requests", "1M requests"),
    ("Requests-RBP", "sqs.standard.requests", "1M requests"),
    ("Requests-FIFO-Tier1", "sqs.fifo.requests", "1M requests"),
    ("Requests-FIFO-RBP", "sqs.fifo.requests", "1M requests"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    row(TABLE, product.usage(region))
}
