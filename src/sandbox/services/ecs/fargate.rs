//! The sizes that Fargate has, and their spelling.

/// CPU units of a size such as `256`, `0.25 vCPU` or `1 vcpu`.
pub fn cpu_units(text: &str) -> Option<i64> {
    let lower = text.trim().to_lowercase();
    match lower.strip_suffix("vcpu") {
        Some(number) => Some((number.trim().parse::<f64>().ok()? * 1024.0).round() as i64),
        None => lower.parse().ok(),
    }
}

/// Mebibytes of a size such as `512`, `1 GB` or `2gb`.
pub fn memory_mib(text: &str) -> Option<i64> {
    let lower = text.trim().to_lowercase();
    match lower.strip_suffix("gb") {
        Some(number) => Some((number.trim().parse::<f64>().ok()? * 1024.0).round() as i64),
        None => lower.parse().ok(),
    }
}

/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size>
pub fn exists(cpu: i64, memory: i64) -> bool {
    let steps = |from: i64, to: i64, step: i64| (from..=to).contains(&memory) && (memory - from) % step == 0;
    match cpu {
        256 => [512, 1024, 2048].contains(&memory),
        512 => steps(1024, 4096, 1024),
        1024 => steps(2048, 8192, 1024),
        2048 => steps(4096, 16_384, 1024),
        4096 => steps(8192, 30_720, 1024),
        8192 => steps(16_384, 61_440, 4096),
        16_384 => steps(32_768, 122_880, 8192),
        _ => false,
    }
}

pub const PLATFORMS: [&str; 8] = ["LATEST", "1.4.0", "1.3.0", "1.2.0", "1.1.0", "1.0.0", "1.0.0-windows", "1.5.0"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_table() {
        assert!(exists(256, 512) && exists(1024, 3072) && exists(16_384, 122_880));
        assert!(!exists(256, 3072) && !exists(512, 512) && !exists(1024, 2500) && !exists(300, 512));
        assert_eq!(
            (cpu_units(".25 vCPU"), cpu_units("1024"), memory_mib("1GB"), memory_mib("x")),
            (Some(256), Some(1024), Some(1024), None)
        );
    }
}
