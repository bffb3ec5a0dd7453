//! Whatever runs: tasks, machines, functions.

use super::Resource;
use super::words::{Words, given};
use crate::core::money::Decimal;
use crate::pricing::tariffs;
use crate::pricing::tariffs::fargate::{Platform, Tasks};
use crate::pricing::{Charge, Count, HOURS};

pub(super) fn service(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, .. } = resource;
    let providers = attributes.text("capacity_provider_strategy.capacity_provider");
    let spot = providers == Some("FARGATE_SPOT");
    attributes.idle(&["task_definition.requires_compatibilities"]);
    // On machines of one's own, those are what costs.
    if attributes.choice("launch_type", &["FARGATE", "EC2", "EXTERNAL"]) != Some("FARGATE") && !spot && providers != Some("FARGATE") {
        attributes.idle(&["task_definition", "desired_count", "network_configuration"]);
        return Vec::new();
    }
    let platform = match (
        attributes.text("task_definition.runtime_platform.operating_system_family"),
        attributes.choice("task_definition.runtime_platform.cpu_architecture", &["X86_64", "ARM64"]),
    ) {
        (Some(system), _) if system.starts_with("WINDOWS") => Platform::Windows,
        (_, Some("ARM64")) => Platform::Arm,
        _ => Platform::X86,
    };
    // `1 vCPU` and `2 GB` are whole ones, bare numbers are CPU units and MiB.
    let amount = |path: &str, whole: &str| attributes.sized(path, whole, 1024).unwrap_or_default();
    let count = Count::of(attributes.number("desired_count").unwrap_or_default());
    let mut charges = tariffs::fargate::tasks(&Tasks {
        count: count.clone(),
        cpu_units: amount("task_definition.cpu", "vCPU"),
        memory_mib: amount("task_definition.memory", "GB"),
        platform,
        scratch_gib: attributes.whole("task_definition.ephemeral_storage.size_in_gib").unwrap_or(20),
        spot,
    });
    if attributes.flag("network_configuration.assign_public_ip") {
        charges.push(tariffs::vpc::public_addresses(&count, true));
    }
    charges
}

pub(super) fn instance(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, usage, .. } = resource;
    let system = usage.text("operating_system").unwrap_or("linux");
    let spot = attributes.choice("instance_market_options.market_type", &["spot", "capacity-block"]) == Some("spot");
    let buying = if spot { "spot" } else { "ondemand" };
    let stem = format!("ec2.{system}.{buying}.");
    let class = attributes.text("instance_type").unwrap_or_default();
    let mut charges = vec![Charge::fixed(format!("instance {class}"), format!("{stem}{class}"), "hour", HOURS).choice(&stem)];
    if attributes.flag("monitoring") {
        // Detailed monitoring is seven metrics of its own.
        charges.push(tariffs::cloudwatch::metrics(given(Decimal::from(7), "seven metrics")));
    }
    charges.extend(disk(&attributes.block("root_block_device"), "volume_type", "volume_size"));
    charges.extend(attributes.blocks("ebs_block_device").iter().flat_map(|block| disk(block, "volume_type", "volume_size")));
    charges
}

pub(super) fn volume(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, usage, .. } = resource;
    let mut charges = disk(attributes, "type", "size");
    if attributes.text("type") == Some("standard") {
        charges.push(Charge::usage(
            "requests",
            "ebs.magnetic.io",
            "1M requests",
            usage.given("monthly_standard_io_requests").per(1_000_000),
        ));
    }
    charges
}

fn disk(words: &Words<'_>, kind: &str, size: &str) -> Vec<Charge> {
    let kind = match words.text(kind) {
        Some("standard") => "magnetic",
        other => other.unwrap_or("gp2"),
    };
    let (iops, throughput) = (words.number("iops").unwrap_or_default(), words.number("throughput").unwrap_or_default());
    let above = |value: Decimal, free: u32| (value - Decimal::from(free)).max(Decimal::ZERO);
    let gb = words.number(size).unwrap_or_else(|| Decimal::from(8));
    let mut charges = vec![Charge::fixed(format!("storage {kind}"), format!("ebs.{kind}.storage"), "GB-month", gb)];
    match kind {
        "gp3" => charges.extend([
            Charge::fixed("IOPS above 3000", "ebs.gp3.iops", "IOPS-month", above(iops, 3_000)),
            Charge::fixed("throughput above 125 MB/s", "ebs.gp3.throughput", "MBps-month", above(throughput, 125)),
        ]),
        "io1" | "io2" => charges.push(Charge::fixed("IOPS", format!("ebs.{kind}.iops"), "IOPS-month", iops)),
        _ => {}
    }
    charges
}

pub(super) fn function(resource: &Resource<'_>) -> Vec<Charge> {
    let Resource { attributes, usage, .. } = resource;
    let arm = attributes.texts("architectures").first() == Some(&"arm64");
    let requests = usage.number("monthly_requests").unwrap_or_default();
    // Every request is billed by the millisecond, and one at least.
    let millis = usage.number("request_duration_ms").unwrap_or_default().max(Decimal::ONE).ceil();
    let seconds = requests.saturating_mul(millis) / Decimal::from(1_000);
    let gb = attributes.number("memory_size").unwrap_or_else(|| Decimal::from(128)) / Decimal::from(1024);
    let scratch =
        (attributes.number("ephemeral_storage.size").unwrap_or_default() - Decimal::from(512)).max(Decimal::ZERO) / Decimal::from(1024);
    let key = if arm { "lambda.arm.gb_second" } else { "lambda.x86.gb_second" };
    vec![
        Charge::usage("requests", "lambda.requests", "1M requests", usage.given("monthly_requests").per(1_000_000)),
        Charge::usage("duration", key, "GB-second", given(seconds.saturating_mul(gb), "requests and their duration")),
        Charge::usage(
            "scratch space above 512 MB",
            "lambda.ephemeral_storage.gb_second",
            "GB-second",
            given(seconds.saturating_mul(scratch), "requests and their duration"),
        ),
    ]
}

pub(super) fn kubernetes(_resource: &Resource<'_>) -> Vec<Charge> {
    vec![Charge::fixed("cluster", "eks.cluster.hour", "hour", HOURS)]
}
