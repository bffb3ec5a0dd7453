//! Search domains: nodes by the hour and a volume for each data node. <https://aws.amazon.com/opensearch-service/pricing/>

use crate::core::money::Decimal;
use crate::pricing::{Charge, HOURS};

#[derive(Debug, Clone)]
pub struct Domain<'a> {
    pub data: (&'a str, u32),
    pub masters: Option<(&'a str, u32)>,
    pub warm: Option<(&'a str, u32)>,
    pub volume: Option<Volume<'a>>,
}

/// A volume, and how many there are of it: one a data node.
#[derive(Debug, Clone)]
pub struct Volume<'a> {
    /// The volume type: `gp2`, `gp3`, `io1`, `standard`.
    pub volume_type: &'a str,
    pub count: u32,
    pub gb: Decimal,
    pub iops: Option<Decimal>,
    /// MiB a second.
    pub throughput: Option<Decimal>,
}

pub fn domain(domain: &Domain<'_>) -> Vec<Charge> {
    let Domain { data, masters, warm, volume } = domain;
    let nodes = |word: &str, (node_type, count): (&str, u32)| {
        let stem = "opensearch.instance.";
        let what = if count == 1 { format!("{word} {node_type}") } else { format!("{count} {word}s {node_type}") };
        Charge::fixed(what, format!("{stem}{node_type}"), "hour", HOURS * Decimal::from(count)).choice(stem)
    };
    let mut charges = vec![nodes("data node", *data)];
    charges.extend(masters.map(|masters| nodes("dedicated master", masters)));
    charges.extend(warm.map(|warm| nodes("UltraWarm node", warm)));
    charges.extend(volume.iter().flat_map(disks));
    charges
}

/// The beginning of what a surcharge is for. It is billed by the price of the node, and no reservation covers it.
pub const SURCHARGE: &str = "Extended Support of ";

/// Returns what AWS bills on top for a version whose standard support has ended, for every node: a flat fee by its size, and as much as
/// the node itself costs once the first end of that time has been put off.
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/what-is.html#end-of-support>
pub fn extended_support(domain: &Domain<'_>, version: &str, today: &str) -> Vec<Charge> {
    let Some((begins, put_off)) = ended(version) else { return Vec::new() };
    if today < begins {
        return Vec::new();
    }
    let nodes = [Some(domain.data), domain.masters, domain.warm].into_iter().flatten();
    let what = format!("{SURCHARGE}{}", version.replace('_', " "));
    if put_off.is_some_and(|day| today >= day) {
        let stem = "opensearch.instance.";
        let surcharge = |(node_type, count): (&str, u32)| {
            Charge::fixed(&*what, format!("{stem}{node_type}"), "hour", HOURS * Decimal::from(count)).choice(stem)
        };
        return nodes.map(surcharge).collect();
    }
    let units = nodes.map(|(node_type, count)| normalized(node_type) * Decimal::from(count)).sum::<Decimal>();
    vec![Charge::fixed(what, "opensearch.extended_support.nih", "NIH", HOURS * units)]
}

/// Returns the days from which Extended Support of a version is billed by size, and then by the price of its nodes.
/// As of 2026-11-30 none is announced for 3.1 and what came after it.
/// <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/what-is.html#end-of-support>
pub fn ended(version: &str) -> Option<(&'static str, Option<&'static str>)> {
    let (engine, number) = version.split_once('_')?;
    let mut parts = number.split('.').map(|part| part.parse::<u32>().ok());
    let (major, minor) = (parts.next()??, parts.next()??);
    match (engine, major, minor) {
        ("Elasticsearch", 5, 6) => Some(("2025-11-07", None)),
        ("Elasticsearch", 6, 8) | ("Elasticsearch", 7, 9 | 10) | ("OpenSearch", 1, 3) | ("OpenSearch", 2, 11..) => {
            Some(("2027-11-07", None))
        }
        ("Elasticsearch", ..=7, _) | ("OpenSearch", ..=2, _) => Some(("2025-11-07", Some("2026-11-07"))),
        _ => None,
    }
}

/// Returns how many normalized instances a node is, by its size.
fn normalized(node_type: &str) -> Decimal {
    let size = node_type.split('.').nth(1).unwrap_or_default();
    let times = size.strip_suffix("xlarge").map(|times| if times.is_empty() { Some(1) } else { times.parse::<u32>().ok() });
    match (size, times.flatten()) {
        ("nano", _) => Decimal::new(25, 2),
        ("micro", _) => Decimal::new(5, 1),
        ("small", _) => Decimal::ONE,
        ("medium", _) => Decimal::TWO,
        (_, Some(times)) => Decimal::from(8) * Decimal::from(times),
        _ => Decimal::from(4),
    }
}

fn disks(volume: &Volume<'_>) -> Vec<Charge> {
    let Volume { volume_type, count, gb, iops, throughput } = volume;
    let all = Decimal::from(*count);
    let mut charges =
        vec![Charge::fixed(format!("storage {volume_type}"), format!("opensearch.storage.{volume_type}"), "GB-month", gb * all)];
    match *volume_type {
        "io1" => {
            let iops = iops.unwrap_or_default().max(Decimal::ONE) * all;
            charges.push(Charge::fixed("IOPS of io1", "opensearch.iops.io1", "IOPS-month", iops));
        }
        "gp3" => {
            let (iops_free, throughput_free) = gp3_baseline(*gb);
            let iops = (iops.unwrap_or_default() - iops_free).max(Decimal::ZERO) * all;
            let throughput = (throughput.unwrap_or_default() - throughput_free).max(Decimal::ZERO) * all;
            charges.push(Charge::fixed(format!("IOPS above {iops_free} a node"), "opensearch.iops.gp3", "IOPS-month", iops));
            let what = format!("throughput above {throughput_free} MiB/s a node");
            charges.push(Charge::fixed(what, "opensearch.throughput.gp3", "MBps-month", throughput));
        }
        _ => {}
    }
    charges
}

/// Returns what comes with a gp3 volume: 3000 IOPS, or 3 a GiB above 1 TiB; 125 MiB/s, or 250 for every 3 TiB above 170 GiB.
fn gp3_baseline(gb: Decimal) -> (Decimal, Decimal) {
    let iops = (gb * Decimal::from(3)).max(Decimal::from(3_000));
    let throughput = if gb <= Decimal::from(170) {
        Decimal::from(125)
    } else {
        ((gb / Decimal::from(3_000)).ceil() * Decimal::from(250)).min(Decimal::from(1_000))
    };
    (iops, throughput)
}
