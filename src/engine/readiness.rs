//! Reads what readiness asks about and no listing tells: the state of services, targets, alarms, subscriptions and images, and the
//! records of commands. Nothing is changed, and no secret value is read.

use super::rollout::migrate::{Phase, Records};
use super::rollout::observe;
use crate::aws::{Aws, During, Result};
use crate::core::private::host_alone;
use crate::core::readiness::observed::{Alarm, Content, Image, Migrated, Subscription, Targets, Tasks};
use crate::core::rollout::observation::{AlarmState, Reading};
use crate::core::rollout::record::Recorded;
use crate::kinds::ecr::driver::image;
use crate::kinds::ecs::driver::last_part;
use crate::kinds::secretsmanager::driver::value;
use crate::kinds::sns::driver::topic;
use aws_sdk_elasticloadbalancingv2::types::TargetHealthStateEnum;
use futures::future::join_all;
use std::collections::BTreeMap;

/// Makes a reading of an answer.
fn reading<T>(answer: Result<T>) -> Reading<T> {
    match answer {
        Ok(value) => Reading::Known(value),
        Err(error) => Reading::Unknown(error.brief()),
    }
}

/// Reads how many tasks of a service run.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html>
pub async fn tasks(aws: &Aws, cluster: &str, service: &str) -> Reading<Tasks> {
    let read = async {
        let call = aws.ecs.describe_services().cluster(cluster).services(service);
        let found = call.send().await.during("ecs.DescribeServices")?.services.unwrap_or_default().into_iter().next();
        let Some(found) = found.filter(|found| found.status() != Some("INACTIVE")) else { return Ok(Tasks::Absent) };
        let count = |count: i32| u32::try_from(count).unwrap_or_default();
        Ok(Tasks::There { desired: count(found.desired_count), running: count(found.running_count) })
    };
    reading(read.await)
}

/// Counts the targets of some groups. Those that come or go are neither healthy nor not.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>
pub async fn targets(aws: &Aws, groups: &[String]) -> Reading<Option<Targets>> {
    let count = async {
        let mut found = Targets { healthy: 0, unhealthy: 0 };
        for group in groups {
            let call = aws.elbv2.describe_target_health().target_group_arn(group);
            let answer = call.send().await.during("elasticloadbalancing.DescribeTargetHealth")?;
            for one in answer.target_health_descriptions() {
                match one.target_health().and_then(|health| health.state()) {
                    Some(TargetHealthStateEnum::Healthy) => found.healthy += 1,
                    Some(TargetHealthStateEnum::Unhealthy | TargetHealthStateEnum::Unavailable) => found.unhealthy += 1,
                    _ => {}
                }
            }
        }
        Ok(Some(found))
    };
    reading(count.await)
}

/// Says by the record on a task definition how far the command is that was to run before it.
pub async fn migrated(aws: &Aws, task_definition: &str) -> Reading<Migrated> {
    let read = async {
        let records = Records::of(aws, task_definition).await?;
        let version = last_part(task_definition).to_owned();
        Ok(match records.last(Phase::Expand, Phase::ExpandBack).map(|(phase, record)| (phase, &record.state)) {
            None | Some((_, Recorded::Due)) => Migrated::NotRun { version },
            Some((_, Recorded::Task(task))) => Migrated::Open { task: task.clone() },
            Some((_, Recorded::Sent(_))) => Migrated::Open { task: "of an unknown number".into() },
            Some((Phase::ExpandBack, Recorded::Succeeded(_))) => Migrated::TakenBack,
            // Nobody knows what is left of it.
            Some((Phase::ExpandBack, Recorded::Failed(failure))) => Migrated::Open { task: failure.task.clone() },
            Some((_, Recorded::Failed(failure))) => Migrated::Failed { how: failure.to_string() },
            Some((_, Recorded::Succeeded(_))) => {
                match records.last(Phase::Contract, Phase::ContractBack).map(|(_, record)| &record.state) {
                    Some(Recorded::Failed(failure)) => Migrated::CleanupFailed { how: failure.to_string() },
                    Some(Recorded::Task(_) | Recorded::Sent(_) | Recorded::Succeeded(_) | Recorded::Due) | None => Migrated::Succeeded,
                }
            }
        })
    };
    reading(read.await)
}

/// Looks an image of the stack's own repository up.
pub async fn own_image(aws: &Aws, repository: &str, tag: &str) -> Reading<Image> {
    reading(image::is_there(aws, repository, tag).await.map(|there| if there { Image::There } else { Image::Missing }))
}

/// Looks an image up by its whole name. Those of another registry or region cannot be asked for by a client of this one.
pub async fn image(aws: &Aws, name: &str) -> Reading<Image> {
    let Some(named) = image::Named::parse(name).filter(|named| named.region == aws.scope.region) else {
        return Reading::Known(Image::Elsewhere);
    };
    let found = image::platforms(aws, named.registry, named.repository, named.image).await;
    reading(found.map(|found| if found.is_some() { Image::There } else { Image::Missing }))
}

/// Says if a secret holds a value; `keys` says that its first one only stood in for values.
pub async fn secret(aws: &Aws, arn: &str, keys: bool) -> Reading<Content> {
    let current = value::current(aws, arn).await;
    reading(current.map(|version| match version {
        None => Content::Empty,
        Some(version) if keys && value::is_first(&version) => Content::Placeholders,
        Some(_) => Content::Set,
    }))
}

/// DescribeAlarms takes so many names at once.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html>
const ALARMS: usize = 100;

/// Reads the states of alarms by their names.
pub async fn alarms(aws: &Aws, names: &[String]) -> BTreeMap<String, Reading<Alarm>> {
    let parts = names.chunks(ALARMS).map(async |names| match observe::alarms(aws, names).await {
        Reading::Unknown(why) => names.iter().map(|name| (name.clone(), Reading::Unknown(why.clone()))).collect::<Vec<_>>(),
        Reading::Known(found) => found.into_iter().map(|one| (one.name, Reading::Known(state(one.state)))).collect(),
    });
    join_all(parts).await.into_iter().flatten().collect()
}

fn state(state: AlarmState) -> Alarm {
    match state {
        AlarmState::Ok => Alarm::Ok,
        AlarmState::Alarm => Alarm::Alarm,
        AlarmState::InsufficientData => Alarm::NoData,
        AlarmState::Missing => Alarm::Absent,
    }
}

/// Reads the subscriptions of a topic. Addresses of the web may hold a token, so that their hosts alone are told.
/// <https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html>
pub async fn subscriptions(aws: &Aws, topic: &str) -> Reading<Option<Vec<Subscription>>> {
    let found = topic::subscriptions(aws, topic).await;
    let end = |end: &str| if end.contains("://") { host_alone(end) } else { end.to_owned() };
    reading(found.map(|all| {
        let one = |one: aws_sdk_sns::types::Subscription| Subscription {
            end: end(one.endpoint().unwrap_or_default()),
            confirmed: one.subscription_arn().is_some_and(|arn| arn.starts_with("arn:")),
        };
        Some(all.into_iter().map(one).collect())
    }))
}
