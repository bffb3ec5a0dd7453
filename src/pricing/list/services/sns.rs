//! Topics: publishing, and each delivery by its way. Text messages have no list price: it depends on the country.

use super::{Product, Row, Wanted, row};

const TABLE: &[Row] = &[
    ("Requests-Tier1", "sns.standard.requests", "1M requests"),
    ("F-Request-Tier1", "sns.fifo.requests", "1M requests"),
    ("DeliveryAttempts-SMTP", "sns.email", "100k notifications"),
    ("DeliveryAttempts-HTTP", "sns.http", "1M notifications"),
    ("DeliveryAttempts-FIREHOSE", "sns.firehose", "1M notifications"),
    // Telephones of every maker have one price; this is the oldest of their services.
    ("DeliveryAttempts-APNS", "sns.mobile_push", "1M notifications"),
    ("F-Ingress-Tier1", "sns.fifo.published_gb", "GB"),
    ("F-DA-SQS", "sns.fifo.deliveries", "1M messages"),
    ("F-Egress-SQS", "sns.fifo.delivered_gb", "GB"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    row(TABLE, product.usage(region))
}
