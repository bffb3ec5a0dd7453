//! Keys and what is done with them.

use super::{Product, Row, Wanted, row};

const TABLE: &[Row] = &[
    ("KMS-Keys", "kms.key.month", "key-month"),
    ("KMS-Requests", "kms.requests.symmetric", "10k requests"),
    ("KMS-Requests-Asymmetric", "kms.requests.asymmetric", "10k requests"),
    ("KMS-Requests-Asymmetric-RSA_2048", "kms.requests.rsa2048", "10k requests"),
    ("KMS-Requests-GenerateDatakeyPair-ECC", "kms.requests.generate_datakeypair_ecc", "10k requests"),
    ("KMS-Requests-GenerateDatakeyPair-RSA", "kms.requests.generate_datakeypair_rsa", "10k requests"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    row(TABLE, product.usage(region))
}
