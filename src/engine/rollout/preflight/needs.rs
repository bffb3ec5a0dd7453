//! The things that tasks need before they can start, and those that the guard looks at.

use super::super::{Subject, observe, traffic};
use super::{each, reading};
use crate::aws::{Aws, During, Result};
use crate::core::arn::last_part;
use crate::core::kind::Kind;
use crate::core::reference::is_symbolic;
use crate::core::rollout::observation::{AlarmState, Reading};
use crate::core::rollout::policy::Threshold;
use crate::core::rollout::preflight::facts::{Age, Image, LogGroup, Named, Role, Secret, Subnet};
use crate::core::snapshot::{Live, Snapshot, State};
use crate::kinds::ecr::driver::image;
use crate::kinds::ecs::container::{Container, LogDriver};
use crate::kinds::ecs::task_definition::Spec as Task;
use crate::kinds::{iam, logs};
use aws_sdk_ec2::types::Filter;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::collections::BTreeMap;

/// Looks images up by their names. Those of another registry or region cannot be asked for by a client of this one.
pub(super) async fn images(aws: &Aws, names: impl IntoIterator<Item = String>) -> Vec<Named<Image>> {
    each(names.into_iter().map(|name| (name.clone(), name)), async |name| {
        if is_symbolic(name) {
            return Reading::Known(Image::Planned);
        }
        let Some(named) = image::Named::parse(name).filter(|named| named.region == aws.scope.region) else {
            return Reading::Known(Image::Elsewhere);
        };
        let found = image::platforms(aws, named.registry, named.repository, named.image).await;
        reading(found.map(|found| found.map_or(Image::Missing, |platforms| Image::There { platforms })))
    })
    .await
}

/// The service that assumes the roles of tasks.
pub(super) const TASKS: &str = "ecs-tasks.amazonaws.com";

/// The roles that a version is run with, each with the service that has to assume it.
pub(super) fn wanted_roles(subject: &Subject, task: &Task) -> Vec<(String, &'static str)> {
    let of_task = [&task.execution_role_arn, &task.task_role_arn].into_iter().flatten().map(|arn| (arn.clone(), TASKS));
    let advanced = subject.spec.load_balancers.iter().filter_map(|balancer| balancer.advanced_configuration.as_ref());
    of_task.chain(advanced.map(|advanced| (advanced.role_arn.clone(), "ecs.amazonaws.com"))).collect()
}

/// Looks roles up, in what was read already or else one by one.
pub(super) async fn roles(aws: &Aws, known: &Snapshot, wanted: Vec<(String, &'static str)>) -> Vec<Named<Role>> {
    let keys = wanted.iter().map(|(arn, service)| (last_part(arn).to_owned(), format!("{service} {arn}")));
    each(keys, async |key| {
        let (service, arn) = key.split_once(' ').unwrap_or_default();
        if is_symbolic(arn) {
            return Reading::Known(Role::Planned);
        }
        let found = match live(known, iam::role::Role::NAME).find(|live| live.arn == arn) {
            Some(live) => Ok(Some(trusted(&live.spec["assume_role_policy"]))),
            None => trusts(aws, last_part(arn)).await,
        };
        let there = |trusts| Role::There { trusts, wanted: service.to_owned(), denied: None };
        reading(found.map(|found| found.map_or(Role::Missing, there)))
    })
    .await
}

/// The services that may assume a role; nothing if there is no such role.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>
async fn trusts(aws: &Aws, name: &str) -> Result<Option<Vec<String>>> {
    let answer = match aws.iam.get_role().role_name(name).send().await.during("iam.GetRole") {
        Err(error) if error.is(&["NoSuchEntity"]) => return Ok(None),
        answer => answer?,
    };
    let text = answer.role.and_then(|role| role.assume_role_policy_document).unwrap_or_default();
    let document = serde_json::from_str::<Value>(&percent_decode_str(&text).decode_utf8_lossy()).unwrap_or_default();
    Ok(Some(trusted(&document)))
}

/// The services that a trust policy lets assume its role, as far as it names them. Conditions are not looked at.
fn trusted(document: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    let texts = |value: &Value| list(value).iter().filter_map(|text| text.as_str().map(str::to_owned)).collect::<Vec<_>>();
    let allows = |statement: &Value| {
        let action = texts(&statement["Action"]);
        statement["Effect"] == "Allow" && action.iter().any(|action| ["sts:AssumeRole", "sts:*", "*"].contains(&action.as_str()))
    };
    list(&document["Statement"]).iter().filter(|one| allows(one)).flat_map(|one| texts(&one["Principal"]["Service"])).collect()
}

/// Looks up the secrets that containers and their logs read, by the names of the variables.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html>
pub(super) async fn secrets(aws: &Aws, task: &Task) -> Vec<Named<Secret>> {
    let options =
        |container: &'_ Container| container.log_configuration.iter().flat_map(|log| log.secret_options.clone()).collect::<Vec<_>>();
    let wanted = task.containers.iter().flat_map(|container| container.secrets.clone().into_iter().chain(options(container)));
    // Behind the ARN may stand the key of a secret that is JSON, its version's label and its id.
    let wanted = wanted.map(|(name, from)| {
        let is_arn = from.starts_with("arn:") && !is_symbolic(&from);
        (name, if is_arn { from.split(':').take(7).collect::<Vec<_>>().join(":") } else { from })
    });
    each(wanted, async |id| {
        if is_symbolic(id) {
            return Reading::Known(Secret::Planned);
        }
        if !id.contains(":secretsmanager:") {
            return Reading::Known(Secret::Parameter);
        }
        reading(secret(aws, id).await)
    })
    .await
}

/// Says how far a secret is. Its value is not asked for.
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html>
async fn secret(aws: &Aws, id: &str) -> Result<Secret> {
    match aws.secretsmanager.describe_secret().secret_id(id).send().await.during("secretsmanager.DescribeSecret") {
        Err(error) if error.is(&["ResourceNotFoundException"]) => Ok(Secret::Missing),
        Err(error) => Err(error),
        Ok(answer) if answer.deleted_date.is_some() => Ok(Secret::Deleted),
        Ok(answer) => {
            let current = answer.version_ids_to_stages.unwrap_or_default().into_values().flatten().any(|label| label == "AWSCURRENT");
            Ok(if current { Secret::There } else { Secret::Empty })
        }
    }
}

/// Looks subnets up, in one call.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html>
pub(super) async fn subnets(aws: &Aws, ids: &[String]) -> Vec<Named<Subnet>> {
    let asked = ids.iter().filter(|id| !is_symbolic(id)).cloned().collect::<Vec<_>>();
    let found = if asked.is_empty() { Ok(BTreeMap::new()) } else { by_id(aws, asked).await };
    let named = ids.iter().map(|id| {
        let found = match &found {
            _ if is_symbolic(id) => Reading::Known(Subnet::Planned),
            Err(error) => Reading::Unknown(error.brief()),
            Ok(found) => Reading::Known(found.get(id).cloned().unwrap_or(Subnet::Missing)),
        };
        Named { name: id.trim_start_matches("${").trim_end_matches(".id}").to_owned(), found }
    });
    named.collect()
}

async fn by_id(aws: &Aws, ids: Vec<String>) -> Result<BTreeMap<String, Subnet>> {
    // By filter, since an id that is not there fails the whole call.
    let filter = Filter::builder().name("subnet-id").set_values(Some(ids)).build();
    let found = aws.ec2.describe_subnets().filters(filter).send().await.during("ec2.DescribeSubnets")?.subnets.unwrap_or_default();
    let subnet = found.into_iter().filter_map(|subnet| {
        let free = u32::try_from(subnet.available_ip_address_count.unwrap_or_default()).unwrap_or_default();
        let (zone, vpc) = (subnet.availability_zone.unwrap_or_default(), subnet.vpc_id.unwrap_or_default());
        Some((subnet.subnet_id?, Subnet::There { zone, free, vpc }))
    });
    Ok(subnet.collect())
}

/// Looks alarms up, in one call.
pub(super) async fn alarms(aws: &Aws, names: &[String]) -> Vec<Named<AlarmState>> {
    match observe::alarms(aws, names).await {
        Reading::Known(alarms) => alarms.into_iter().map(|alarm| Named { name: alarm.name, found: Reading::Known(alarm.state) }).collect(),
        Reading::Unknown(reason) => {
            names.iter().map(|name| Named { name: name.clone(), found: Reading::Unknown(reason.clone()) }).collect()
        }
    }
}

/// Looks for the newest value of each metric.
pub(super) async fn metrics(aws: &Aws, watched: &[Threshold]) -> Vec<Named<Age>> {
    let mut once = watched.to_vec();
    once.dedup_by(|one, other| one.name == other.name);
    let ages = traffic::ages(aws, &once, aws.calls.now()).await;
    once.into_iter().zip(ages).map(|(one, found)| Named { name: one.name, found }).collect()
}

/// Looks up the groups that containers log to, in what was read already or else one by one.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html>
pub(super) async fn log_groups(aws: &Aws, known: &Snapshot, task: &Task) -> Vec<Named<LogGroup>> {
    let logs = task
        .containers
        .iter()
        .filter_map(|container| container.log_configuration.as_ref())
        .filter(|log| log.log_driver == LogDriver::Awslogs);
    let mut named = BTreeMap::new();
    for log in logs {
        let option = |name: &str| log.options.get(name).map(String::as_str);
        let Some(group) = option("awslogs-group") else { continue };
        let elsewhere = option("awslogs-region").is_some_and(|region| region != aws.scope.region);
        named.insert(group.to_owned(), (elsewhere, option("awslogs-create-group") == Some("true")));
    }
    each(named.keys().map(|name| (name.clone(), name.clone())), async |name| {
        let ours = || live(known, logs::log_group::LogGroup::NAME).any(|live| live.name == name);
        match named.get(name) {
            _ if is_symbolic(name) => Reading::Known(LogGroup::Planned),
            Some((true, _)) => Reading::Known(LogGroup::Elsewhere),
            _ if ours() => Reading::Known(LogGroup::There),
            Some((_, true)) => Reading::Known(LogGroup::MadeByTasks),
            _ => reading(log_group(aws, name).await),
        }
    })
    .await
}

async fn log_group(aws: &Aws, name: &str) -> Result<LogGroup> {
    // Sorted by name, so the exact one comes first.
    // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
    let call = aws.logs.describe_log_groups().log_group_name_prefix(name);
    let found = call.send().await.during("logs.DescribeLogGroups")?.log_groups.unwrap_or_default();
    let there = found.iter().any(|group| group.log_group_name() == Some(name));
    Ok(if there { LogGroup::There } else { LogGroup::Missing })
}

fn live<'a>(known: &'a Snapshot, kind: &str) -> impl Iterator<Item = &'a Live> {
    known.resources.get(kind).into_iter().flatten().filter(|live| live.state != State::Deleting)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_trust_policy_names_who_may_assume_its_role() {
        let one =
            json!({ "Statement": { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "ecs.amazonaws.com" } } });
        assert_eq!(trusted(&one), ["ecs.amazonaws.com"]);
        let several = json!({ "Statement": [
            { "Effect": "Deny", "Action": "sts:AssumeRole", "Principal": { "Service": "ec2.amazonaws.com" } },
            { "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": { "Service": ["a.amazonaws.com", "b.amazonaws.com"] } },
            { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": "123456789012" } },
        ] });
        assert_eq!(trusted(&several), ["a.amazonaws.com", "b.amazonaws.com"]);
        assert_eq!(trusted(&Value::Null), Vec::<String>::new());
    }
}
