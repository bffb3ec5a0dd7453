//! The vCPUs that the account has left on Fargate, as CloudWatch counts them.

use super::super::traffic;
use super::Wanted;
use crate::aws::{Aws, Error, Result};
use crate::core::rollout::observation::Reading;
use crate::core::rollout::preflight::facts::{Fargate, Room};
use crate::kinds::ecs::cluster::CapacityProvider;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use futures::future::join_all;

/// Each part of Fargate: the capacity provider, the class of its usage metric and the name of its quota.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/monitoring-fargate-usage.html>,
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html>
const PARTS: [(&str, &str, &str); 2] = [
    ("FARGATE", "Standard/OnDemand", "Fargate On-Demand vCPU resource count"),
    ("FARGATE_SPOT", "Standard/Spot", "Fargate Spot vCPU resource count"),
];
/// Seconds of one value, and those that are looked back: usage is counted each minute, and may be told some minutes later.
const PERIOD: i32 = 300;
const BACK: i64 = 1800;

/// Reads how much is left for `tasks` new tasks, of each part that they run on.
pub(super) async fn fargate(aws: &Aws, wanted: &Wanted<'_>, tasks: u32) -> Vec<Fargate> {
    let shares = shares(&wanted.subject.spec.capacity_provider_strategy, tasks);
    let parts = PARTS.iter().filter_map(|(provider, class, quota)| {
        let (_, tasks) = shares.iter().find(|(own, _)| own == provider)?;
        Some((*class, *quota, *tasks))
    });
    let asked = parts.map(async |(class, quota, tasks)| {
        let room = match room(aws, class).await {
            // A region whose CloudWatch knows no quota of it.
            Err(error) if error.is(&["ValidationError", "InvalidParameterValue"]) => Reading::Known(None),
            answer => super::reading(answer),
        };
        Fargate { quota: quota.to_owned(), tasks, room }
    });
    join_all(asked).await
}

/// Splits tasks among capacity providers as ECS does: bases first, then by weight; a rest counts for each that may get it.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html>
fn shares(strategy: &[CapacityProvider], tasks: u32) -> Vec<(String, u32)> {
    if strategy.is_empty() {
        return vec![("FARGATE".to_owned(), tasks)];
    }
    let bases = strategy.iter().map(|item| item.base).sum::<u32>();
    let rest = tasks.saturating_sub(bases);
    let weights = strategy.iter().map(|item| item.weight).sum::<u32>().max(1);
    let of = |item: &CapacityProvider| item.base.min(tasks) + rest.saturating_mul(item.weight).div_ceil(weights);
    strategy.iter().map(|item| (item.capacity_provider.clone(), of(item))).filter(|(_, tasks)| *tasks > 0).collect()
}

/// Asks for the newest usage, and for the quota that it counts against.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Quotas-Visualize-Alarms.html>
async fn room(aws: &Aws, class: &str) -> Result<Option<Room>, Error> {
    let of = [("Service", "Fargate"), ("Type", "Resource"), ("Resource", "vCPU"), ("Class", class)];
    let dimensions = of.map(|(name, value)| Dimension::builder().name(name).value(value).build());
    let metric = Metric::builder().namespace("AWS/Usage").metric_name("ResourceCount").set_dimensions(Some(dimensions.into())).build();
    let stat = MetricStat::builder().metric(metric).period(PERIOD).stat("Maximum").build();
    let used = MetricDataQuery::builder().id("used").metric_stat(stat).return_data(true).build();
    let quota = MetricDataQuery::builder().id("quota").expression("SERVICE_QUOTA(used)").period(PERIOD).return_data(true).build();
    let end = aws.calls.now().as_second().div_euclid(60) * 60;
    let found = traffic::fetch(aws, vec![used, quota], end - BACK, end).await?;
    let newest = |id: &str| found.get(id).and_then(|values| values.last_key_value()).map(|(_, value)| *value);
    Ok(newest("used").zip(newest("quota")).map(|(used, quota)| Room { quota, used }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_split_by_base_and_weight() {
        let item = |provider: &str, base, weight| CapacityProvider { capacity_provider: provider.into(), base, weight };
        for (strategy, tasks, wanted) in [
            (vec![], 3, vec![("FARGATE", 3)]),
            (vec![item("FARGATE_SPOT", 0, 1)], 3, vec![("FARGATE_SPOT", 3)]),
            (vec![item("FARGATE", 1, 1), item("FARGATE_SPOT", 0, 3)], 9, vec![("FARGATE", 3), ("FARGATE_SPOT", 6)]),
            (vec![item("FARGATE", 4, 0), item("FARGATE_SPOT", 0, 1)], 3, vec![("FARGATE", 3)]),
            (vec![item("mine", 0, 1)], 2, vec![("mine", 2)]),
        ] {
            let found = shares(&strategy, tasks);
            assert_eq!(found.iter().map(|(name, tasks)| (name.as_str(), *tasks)).collect::<Vec<_>>(), wanted);
        }
    }
}
