//! Fargate.

use super::{Product, Row, Wanted, row};

const TABLE: &[Row] = &[
    ("Fargate-vCPU-Hours:perCPU", "ecs.fargate.x86.vcpu_hour", "vCPU-hour"),
    ("Fargate-GB-Hours", "ecs.fargate.x86.gb_hour", "GB-hour"),
    ("Fargate-ARM-vCPU-Hours:perCPU", "ecs.fargate.arm.vcpu_hour", "vCPU-hour"),
    ("Fargate-ARM-GB-Hours", "ecs.fargate.arm.gb_hour", "GB-hour"),
    ("Fargate-Windows-vCPU-Hours:perCPU", "ecs.fargate.windows.vcpu_hour", "vCPU-hour"),
    ("Fargate-Windows-GB-Hours", "ecs.fargate.windows.gb_hour", "GB-hour"),
    ("Fargate-Windows-OS-Hours:perCPU", "ecs.fargate.windows.os_license.vcpu_hour", "vCPU-hour"),
    ("Fargate-EphemeralStorage-GB-Hours", "ecs.fargate.ephemeral_storage.gb_hour", "GB-hour"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    row(TABLE, product.usage(region))
}
