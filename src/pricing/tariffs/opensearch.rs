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
