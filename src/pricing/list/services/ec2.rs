//! Instances, their disks, NAT gateways: the largest of all offers, of which little counts.

use super::{Product, Row, Wanted, one, row};

const TABLE: &[Row] = &[
    ("NatGateway-Hours", "vpc.nat_gateway.hour", "hour"),
    ("NatGateway-Bytes", "vpc.nat_gateway.gb", "GB"),
    ("EBS:VolumeUsage", "ebs.magnetic.storage", "GB-month"),
    ("EBS:VolumeUsage.gp2", "ebs.gp2.storage", "GB-month"),
    ("EBS:VolumeUsage.gp3", "ebs.gp3.storage", "GB-month"),
    ("EBS:VolumeUsage.piops", "ebs.io1.storage", "GB-month"),
    ("EBS:VolumeUsage.io2", "ebs.io2.storage", "GB-month"),
    ("EBS:VolumeUsage.st1", "ebs.st1.storage", "GB-month"),
    ("EBS:VolumeUsage.sc1", "ebs.sc1.storage", "GB-month"),
    ("EBS:VolumeP-IOPS.piops", "ebs.io1.iops", "IOPS-month"),
    ("EBS:VolumeP-IOPS.io2", "ebs.io2.iops", "IOPS-month"),
    ("EBS:VolumeP-IOPS.gp3", "ebs.gp3.iops", "IOPS-month"),
    ("EBS:VolumeP-Throughput.gp3", "ebs.gp3.throughput", "MBps-month"),
    ("EBS:SnapshotUsage", "ebs.snapshot.storage", "GB-month"),
    ("EBS:VolumeIOUsage", "ebs.magnetic.io", "1M requests"),
];

pub(super) fn keys(product: &Product, region: &str) -> Vec<Wanted> {
    if !product.family.starts_with("Compute Instance") {
        return row(TABLE, product.usage(region));
    }
    // On demand, Linux, nothing installed, no host of its own: the one price of a type that the catalogue has.
    let plain = product.operating_system == "Linux"
        && product.tenancy == "Shared"
        && product.pre_installed_software == "NA"
        && product.capacity_status == "Used"
        && matches!(product.market_option.as_str(), "" | "OnDemand")
        && !product.instance_type.is_empty();
    if plain { one(format!("ec2.linux.ondemand.{}", product.instance_type), "hour") } else { Vec::new() }
}
