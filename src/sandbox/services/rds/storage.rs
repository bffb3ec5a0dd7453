//! The storage that RDS accepts, and the IOPS and throughput it then has.

use super::{bad_combination, bad_value};
use crate::world::Fault;

/// Wanted storage: sizes in GiB, throughput in MiB/s.
#[derive(Debug, Clone, PartialEq)]
pub struct Storage {
    pub kind: String,
    pub size: i64,
    pub iops: Option<i64>,
    pub throughput: Option<i64>,
    /// The size at which storage autoscaling stops.
    pub limit: Option<i64>,
}

/// From this size on, gp3 volumes are striped and their performance may be set.
const STRIPED: i64 = 400;

/// Checks what is wanted and fills in what AWS would.
pub fn check(engine: &str, wanted: Storage) -> Result<Storage, Fault> {
    let Storage { kind, size, iops, throughput, limit } = wanted;
    let (least, most) = match kind.as_str() {
        "gp2" | "gp3" => (20, 65_536),
        "io1" | "io2" => (100, 65_536),
        "standard" => (5, 3_072),
        other => return Err(Fault::new("StorageTypeNotSupported", format!("Invalid storage type: {other}"))),
    };
    if !(least..=most).contains(&size) {
        return Err(bad_value(format!("Invalid storage size for engine name {engine} and storage type {kind}: {size}")));
    }
    if let Some(limit) = limit
        && limit * 10 < size * 11
    {
        return Err(bad_combination(format!("Max storage size {limit} must be at least 10% greater than storage size {size}.")));
    }
    let (iops, throughput) = match kind.as_str() {
        "gp3" if size < STRIPED && (iops.is_some_and(|iops| iops != 3000) || throughput.is_some_and(|throughput| throughput != 125)) => {
            return Err(bad_combination(format!(
                "You can't specify IOPS or storage throughput for engine {engine} and a storage size less than {STRIPED}."
            )));
        }
        "gp3" if size < STRIPED => (Some(3000), Some(125)),
        "gp3" => {
            let (iops, throughput) = (iops.unwrap_or(12_000), throughput.unwrap_or(500));
            if !(12_000..=64_000).contains(&iops) || !(500..=4_000).contains(&throughput) || throughput * 4 > iops {
                return Err(bad_combination(format!(
                    "Invalid IOPS {iops} or storage throughput {throughput} for storage type gp3 and size {size}."
                )));
            }
            (Some(iops), Some(throughput))
        }
        "io1" | "io2" => {
            let Some(iops) = iops else {
                return Err(bad_combination(format!("The parameter Iops must be provided for the storage type {kind}.")));
            };
            if !(1_000..=256_000).contains(&iops) || iops * 2 < size || iops > size * if kind == "io2" { 1_000 } else { 50 } {
                return Err(bad_combination(format!("Invalid IOPS {iops} for storage type {kind} and size {size}.")));
            }
            (Some(iops), None)
        }
        _ if iops.is_some() || throughput.is_some() => {
            return Err(bad_combination(format!("You can't specify IOPS or storage throughput for the storage type {kind}.")));
        }
        _ => (None, None),
    };
    Ok(Storage { kind, size, iops, throughput, limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_is_checked() {
        let storage = |kind: &str, size, iops, limit| Storage { kind: kind.into(), size, iops, throughput: None, limit };
        assert_eq!(check("postgres", storage("gp3", 20, None, Some(100))).unwrap().iops, Some(3000));
        assert_eq!(check("postgres", storage("gp3", 400, None, None)).unwrap().throughput, Some(500));
        let code = |storage| check("postgres", storage).unwrap_err().code;
        assert_eq!(code(storage("gp3", 19, None, None)), "InvalidParameterValue");
        assert_eq!(code(storage("gp3", 100, Some(4000), None)), "InvalidParameterCombination");
        assert_eq!(code(storage("io1", 100, None, None)), "InvalidParameterCombination");
        assert_eq!(code(storage("gp2", 100, None, Some(100))), "InvalidParameterCombination");
        assert_eq!(code(storage("tape", 100, None, None)), "StorageTypeNotSupported");
    }
}
