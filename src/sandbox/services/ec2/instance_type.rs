//! Instance types: the common families, from what their names say.

use super::filter::{self, Known};
use super::zone;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// A family: its name, architecture, maker, clock in GHz, memory per vCPU in GiB, and its sizes.
struct Family {
    name: &'static str,
    architecture: &'static str,
    maker: &'static str,
    clock: f64,
    memory_per_cpu: u32,
    sizes: &'static [(&'static str, u32)],
}

const fn family(
    name: &'static str,
    architecture: &'static str,
    maker: &'static str,
    clock: f64,
    memory_per_cpu: u32,
    sizes: &'static [(&'static str, u32)],
) -> Family {
    Family { name, architecture, maker, clock, memory_per_cpu, sizes }
}

const FROM_LARGE: &[(&str, u32)] =
    &[("large", 2), ("xlarge", 4), ("2xlarge", 8), ("4xlarge", 16), ("8xlarge", 32), ("12xlarge", 48), ("16xlarge", 64), ("24xlarge", 96)];
const GRAVITON: &[(&str, u32)] =
    &[("medium", 1), ("large", 2), ("xlarge", 4), ("2xlarge", 8), ("4xlarge", 16), ("8xlarge", 32), ("12xlarge", 48), ("16xlarge", 64)];
const C5: &[(&str, u32)] =
    &[("large", 2), ("xlarge", 4), ("2xlarge", 8), ("4xlarge", 16), ("9xlarge", 36), ("12xlarge", 48), ("18xlarge", 72), ("24xlarge", 96)];

const FAMILIES: [Family; 14] = [
    family("c5", "x86_64", "Intel", 3.4, 2, C5),
    family("c6g", "arm64", "AWS", 2.5, 2, GRAVITON),
    family("c6i", "x86_64", "Intel", 3.5, 2, FROM_LARGE),
    family("c7g", "arm64", "AWS", 2.6, 2, GRAVITON),
    family("m5", "x86_64", "Intel", 3.1, 4, FROM_LARGE),
    family("m6a", "x86_64", "AMD", 3.6, 4, FROM_LARGE),
    family("m6g", "arm64", "AWS", 2.5, 4, GRAVITON),
    family("m6i", "x86_64", "Intel", 3.5, 4, FROM_LARGE),
    family("m7g", "arm64", "AWS", 2.6, 4, GRAVITON),
    family("m7i", "x86_64", "Intel", 3.2, 4, FROM_LARGE),
    family("r5", "x86_64", "Intel", 3.1, 8, FROM_LARGE),
    family("r6g", "arm64", "AWS", 2.5, 8, GRAVITON),
    family("r6i", "x86_64", "Intel", 3.5, 8, FROM_LARGE),
    family("r7g", "arm64", "AWS", 2.6, 8, GRAVITON),
];

/// The burstable sizes, which share one table: size, vCPUs, memory in MiB.
const BURSTABLE: [(&str, u32, u32); 7] = [
    ("nano", 2, 512),
    ("micro", 2, 1024),
    ("small", 2, 2048),
    ("medium", 2, 4096),
    ("large", 2, 8192),
    ("xlarge", 4, 16384),
    ("2xlarge", 8, 32768),
];
const BURSTABLE_FAMILIES: [(&str, &str, &str, f64); 3] =
    [("t3", "x86_64", "Intel", 2.5), ("t3a", "x86_64", "AMD", 2.2), ("t4g", "arm64", "AWS", 2.5)];

pub fn describe(call: &mut Call<'_>) -> Result<Value, Fault> {
    const KNOWN: Known = &[
        ("auto-recovery-supported", "AutoRecoverySupported"),
        ("bare-metal", "BareMetal"),
        ("burstable-performance-supported", "BurstablePerformanceSupported"),
        ("current-generation", "CurrentGeneration"),
        ("free-tier-eligible", "FreeTierEligible"),
        ("hypervisor", "Hypervisor"),
        ("instance-storage-supported", "InstanceStorageSupported"),
        ("instance-type", "InstanceType"),
        ("memory-info.size-in-mib", "MemoryInfo.SizeInMiB"),
        ("processor-info.supported-architecture", "ProcessorInfo.SupportedArchitectures"),
        ("processor-info.sustained-clock-speed-in-ghz", "ProcessorInfo.SustainedClockSpeedInGhz"),
        ("supported-root-device-type", "SupportedRootDeviceTypes"),
        ("supported-usage-class", "SupportedUsageClasses"),
        ("supported-virtualization-type", "SupportedVirtualizationTypes"),
        ("vcpu-info.default-cores", "VCpuInfo.DefaultCores"),
        ("vcpu-info.default-vcpus", "VCpuInfo.DefaultVCpus"),
    ];
    let mut rows = all();
    let wanted = call.texts("InstanceTypes");
    let unknown: Vec<&str> =
        wanted.iter().map(String::as_str).filter(|wanted| !rows.iter().any(|row| row["InstanceType"] == json!(wanted))).collect();
    if !unknown.is_empty() {
        return Err(Fault::new(
            "InvalidInstanceType",
            format!("The following supplied instance types do not exist: [{}]", unknown.join(", ")),
        ));
    }
    rows.retain(|row| wanted.is_empty() || wanted.iter().any(|wanted| row["InstanceType"] == json!(wanted)));
    Ok(json!({"InstanceTypes": filter::select(rows, call.input.get("Filters"), KNOWN, "Tags")?}))
}

pub fn describe_offerings(call: &mut Call<'_>) -> Result<Value, Fault> {
    let kind = if call.text("LocationType").is_empty() { "region" } else { call.text("LocationType") };
    let zones = zone::of(call.region);
    let locations: Vec<String> = match kind {
        "availability-zone" => zones.into_iter().map(|zone| zone.name).collect(),
        "availability-zone-id" => zones.into_iter().map(|zone| zone.id).collect(),
        "outpost" => Vec::new(),
        _ => vec![call.region.to_owned()],
    };
    let mut rows = Vec::new();
    for row in all() {
        rows.extend(
            locations.iter().map(|location| json!({"InstanceType": row["InstanceType"], "Location": location, "LocationType": kind})),
        );
    }
    let known = &[("instance-type", "InstanceType"), ("location", "Location")];
    Ok(json!({"InstanceTypeOfferings": filter::select(rows, call.input.get("Filters"), known, "Tags")?}))
}

fn all() -> Vec<Value> {
    let mut rows = Vec::new();
    for (name, architecture, maker, clock) in BURSTABLE_FAMILIES {
        rows.extend(
            BURSTABLE.iter().map(|(size, cpus, memory)| row(&format!("{name}.{size}"), architecture, maker, clock, *cpus, *memory, true)),
        );
    }
    for Family { name, architecture, maker, clock, memory_per_cpu, sizes } in &FAMILIES {
        rows.extend(
            sizes.iter().map(|(size, cpus)| {
                row(&format!("{name}.{size}"), architecture, maker, *clock, *cpus, cpus * memory_per_cpu * 1024, false)
            }),
        );
    }
    rows
}

fn row(name: &str, architecture: &str, maker: &str, clock: f64, cpus: u32, memory: u32, burstable: bool) -> Value {
    // Graviton and AMD burstable cores run one thread each.
    let threads = if architecture == "arm64" || cpus == 1 { 1 } else { 2 };
    json!({
        "InstanceType": name,
        "CurrentGeneration": true,
        "FreeTierEligible": name == "t3.micro",
        "SupportedUsageClasses": ["on-demand", "spot"],
        "SupportedRootDeviceTypes": ["ebs"],
        "SupportedVirtualizationTypes": ["hvm"],
        "BareMetal": false,
        "Hypervisor": "nitro",
        "ProcessorInfo": {"SupportedArchitectures": [architecture], "SustainedClockSpeedInGhz": clock, "Manufacturer": maker},
        "VCpuInfo": {"DefaultVCpus": cpus, "DefaultCores": cpus / threads, "DefaultThreadsPerCore": threads},
        "MemoryInfo": {"SizeInMiB": memory},
        "InstanceStorageSupported": false,
        "EbsInfo": {"EbsOptimizedSupport": "default", "EncryptionSupport": "supported", "NvmeSupport": "required"},
        "BurstablePerformanceSupported": burstable,
        "DedicatedHostsSupported": !burstable,
        "AutoRecoverySupported": true,
        "HibernationSupported": false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, fault, world};
    use serde_json::json;

    #[test]
    fn by_name_and_by_architecture() {
        let mut world = world();
        let one = call(&mut world, "DescribeInstanceTypes", json!({"InstanceTypes": ["m6g.large"]}))["InstanceTypes"][0].clone();
        assert_eq!((&one["VCpuInfo"]["DefaultVCpus"], &one["MemoryInfo"]["SizeInMiB"]), (&json!(2), &json!(8192)));
        let arm = json!({"Filters": [{"Name": "processor-info.supported-architecture", "Values": ["arm64"]}, {"Name": "instance-type", "Values": ["t4g.*"]}]});
        assert_eq!(call(&mut world, "DescribeInstanceTypes", arm)["InstanceTypes"].as_array().unwrap().len(), 7);
        assert_eq!(fault(&mut world, "DescribeInstanceTypes", json!({"InstanceTypes": ["a1.medium"]})), "InvalidInstanceType");
        let offered = json!({"LocationType": "availability-zone", "Filters": [{"Name": "instance-type", "Values": ["t3.micro"]}]});
        assert_eq!(call(&mut world, "DescribeInstanceTypeOfferings", offered)["InstanceTypeOfferings"].as_array().unwrap().len(), 6);
    }
}
