//! Topics: publishing, and each delivery by its way. Text messages have no list price: it depends on the country.

use super::{Product, Row, Wanted, row};

const TABLE: &[Row] = &[
    ("Requests-Tier1", "sns.standard.requests", "1M requests"),
    ("F-Request-Tier1", "sns.fifo.requests", "1M requests"),
    ("DeliveryAttempts-SMTP", "sns.email", "100k notifications"),
    ("DeliveryAttempts-HTTP", "sns.http", "1M notifications"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    row(TABLE, product.usage(region))
}
