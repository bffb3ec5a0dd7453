//! Kubernetes' control planes.

use super::{Product, Row, Wanted, row};

const TABLE: &[Row] = &[
    ("AmazonEKS-Hours:perCluster", "eks.cluster.hour", "hour"),
    ("AmazonEKS-Hours:extendedSupport", "eks.cluster.extended_support_hour", "hour"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    row(TABLE, product.usage(region))
}
