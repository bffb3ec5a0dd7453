//! The metrics of database instances, in `AWS/RDS`: made up, and quiet, for each minute that is over while an instance is there.
//! <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html>

use super::super::members::text;
use crate::world::Call;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub const NAMESPACE: &str = "AWS/RDS";
const TABLE: &str = "rds.instance";
const DIMENSION: &str = "DBInstanceIdentifier";
/// A metric, its value in a quiet minute, and what another minute may add to it. AWS counts latency in seconds.
const METRICS: [(&str, f64, f64); 4] =
    [("CPUUtilization", 12.0, 6.0), ("DatabaseConnections", 8.0, 4.0), ("ReadLatency", 0.0006, 0.0004), ("WriteLatency", 0.0011, 0.0006)];
const MINUTE: i64 = 60;
/// CloudWatch keeps values by the minute for 15 days.
const KEPT: i64 = 15 * 86_400;

fn dimensions(id: &str) -> BTreeSet<(String, String)> {
    BTreeSet::from([(DIMENSION.to_owned(), id.to_owned())])
}

/// True for a metric of an instance that has a value by now.
pub fn has(call: &Call<'_>, metric: &str, wanted: &BTreeSet<(String, String)>) -> bool {
    let old = |made: f64| made < call.now() - 2.0 * MINUTE as f64;
    METRICS.iter().any(|(name, ..)| *name == metric) && made(call, wanted).is_some_and(old)
}

/// The time when the instance that these dimensions name was made.
fn made(call: &Call<'_>, wanted: &BTreeSet<(String, String)>) -> Option<f64> {
    let own = |row: &Value| dimensions(text(row, DIMENSION)) == *wanted;
    call.all(TABLE).into_iter().find(|(_, row)| own(row))?.1.get("InstanceCreateTime")?.as_f64()
}

/// The metrics that there are, for ListMetrics.
pub fn listed(call: &Call<'_>) -> Vec<(&'static str, BTreeSet<(String, String)>)> {
    let ids = call.all(TABLE).into_iter().map(|(_, row)| text(row, DIMENSION).to_owned()).collect::<Vec<_>>();
    ids.iter().flat_map(|id| METRICS.iter().map(move |(name, ..)| (*name, dimensions(id)))).collect()
}

/// The value of each minute that is over.
pub fn values(call: &Call<'_>, metric: &str, wanted: &BTreeSet<(String, String)>, from: f64, to: f64) -> BTreeMap<i64, f64> {
    let Some((_, quiet, more)) = METRICS.iter().find(|(name, ..)| *name == metric) else { return BTreeMap::new() };
    let Some(made) = made(call, wanted) else { return BTreeMap::new() };
    let last = (call.now() as i64).div_euclid(MINUTE) * MINUTE;
    let first = (from.max(made) as i64).max(last - KEPT).div_euclid(MINUTE) * MINUTE;
    let minutes = (0..).map(|number| first + number * MINUTE).take_while(|minute| minute + MINUTE <= last && (*minute as f64) < to);
    // No two minutes in a row are alike, and each is the same whenever somebody asks.
    minutes.map(|minute| (minute, quiet + more * (minute / MINUTE * 7 % 5) as f64 / 4.0)).collect()
}
