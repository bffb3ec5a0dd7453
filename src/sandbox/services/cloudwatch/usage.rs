//! The use of quotas by an account, in `AWS/Usage`: vCPUs of tasks on Fargate.
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/monitoring-fargate-usage.html>

use super::super::ecs::fargate::cpu_units;
use super::super::members::text;
use super::super::quotas;
use crate::world::Call;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub const NAMESPACE: &str = "AWS/Usage";
pub const METRIC: &str = "ResourceCount";
/// The class of a metric, and the quota that it counts against.
const CLASSES: [(&str, &str); 2] = [("Standard/OnDemand", "L-3032A538"), ("Standard/Spot", "L-36FBB829")];
const MINUTE: i64 = 60;
/// CloudWatch keeps values by the minute for 15 days.
const KEPT: i64 = 15 * 86_400;

fn dimensions(class: &str) -> BTreeSet<(String, String)> {
    let pairs = [("Service", "Fargate"), ("Type", "Resource"), ("Resource", "vCPU"), ("Class", class)];
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn class(metric: &str, wanted: &BTreeSet<(String, String)>) -> Option<(&'static str, &'static str)> {
    CLASSES.into_iter().find(|(class, _)| metric == METRIC && dimensions(class) == *wanted)
}

/// True for a metric that is made up of the tasks that run.
pub fn has(metric: &str, wanted: &BTreeSet<(String, String)>) -> bool {
    class(metric, wanted).is_some()
}

/// The quota that a metric counts against; `None` if there is none.
pub fn quota(call: &Call<'_>, metric: &str, wanted: &BTreeSet<(String, String)>) -> Option<f64> {
    quotas::applied(call, "fargate", class(metric, wanted)?.1)
}

/// The metrics that there are, for ListMetrics.
pub fn listed(call: &Call<'_>) -> Vec<BTreeSet<(String, String)>> {
    let used = |class: &str| call.all("ecs.task").into_iter().any(|(_, row)| units(row, class).is_some());
    CLASSES.into_iter().filter(|(class, _)| used(class)).map(|(class, _)| dimensions(class)).collect()
}

/// The vCPUs of each minute that is over; where no task runs there is no value.
pub fn values(call: &Call<'_>, metric: &str, wanted: &BTreeSet<(String, String)>, from: f64, to: f64) -> BTreeMap<i64, f64> {
    let mut found = BTreeMap::new();
    let Some((class, _)) = class(metric, wanted) else { return found };
    let now = call.now();
    let last = (now as i64).div_euclid(MINUTE) * MINUTE;
    for (_, row) in call.all("ecs.task") {
        let Some(units) = units(row, class) else { continue };
        let time = |member: &str| row.get(member).and_then(Value::as_f64);
        let (begins, ends) = (time("createdAt").unwrap_or(now), time("stoppedAt").unwrap_or(now).min(to));
        let first = (from.max(begins) as i64).max(last - KEPT).div_euclid(MINUTE) * MINUTE;
        let mut minute = first;
        while minute + MINUTE <= last && (minute as f64) < ends {
            *found.entry(minute).or_insert(0.0) += units as f64 / 1024.0;
            minute += MINUTE;
        }
    }
    found
}

/// CPU units of a task on Fargate of that class.
fn units(row: &Value, class: &str) -> Option<i64> {
    let provider = text(row, "capacityProviderName");
    let own = match (provider, text(row, "launchType")) {
        ("FARGATE_SPOT", _) => "Standard/Spot",
        ("FARGATE", _) | ("", "FARGATE") => "Standard/OnDemand",
        _ => return None,
    };
    cpu_units(text(row, "cpu")).filter(|_| own == class)
}
