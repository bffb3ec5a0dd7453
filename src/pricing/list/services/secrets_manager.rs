//! Secrets.

use super::{Product, Row, Wanted, row};

const TABLE: &[Row] = &[
    ("AWSSecretsManager-Secrets", "secretsmanager.secret.month", "secret-month"),
    ("AWSSecretsManagerAPIRequest", "secretsmanager.api_requests", "10k requests"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    row(TABLE, product.usage(region))
}
