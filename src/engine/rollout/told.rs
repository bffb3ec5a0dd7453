//! The reason of a rollback, kept on the task definition of the version that goes back, where every machine finds it.

use crate::aws::{Aws, During};
use crate::core::identity::TAG_ROLLBACK;
use crate::core::rollout::observation::Status;
use crate::core::rollout::told::{read, read_any, written};
use aws_sdk_ecs::types::{Tag, TaskDefinitionField};

/// Writes it down. A rollback goes on where that fails.
pub async fn write(aws: &Aws, task_definition: &str, deployment: &str, why: &str) {
    let tag = Tag::builder().key(TAG_ROLLBACK).value(written(deployment, why)).build();
    drop(aws.ecs.tag_resource().resource_arn(task_definition).tags(tag).send().await);
}

/// True where the reason of this deployment stands there already.
pub(super) async fn is_written(aws: &Aws, task_definition: &str, deployment: &str) -> bool {
    find(aws, task_definition, deployment).await.is_some()
}

pub(super) async fn find(aws: &Aws, task_definition: &str, deployment: &str) -> Option<String> {
    tag(aws, task_definition).await.and_then(|value| read(&value, deployment)).filter(|told| !told.is_empty())
}

/// Returns the reason that is written down for a version, whichever of its deployments it is of: for whoever may not list them.
pub async fn find_any(aws: &Aws, task_definition: &str) -> Option<String> {
    tag(aws, task_definition).await.and_then(|value| read_any(&value))
}

async fn tag(aws: &Aws, task_definition: &str) -> Option<String> {
    let call = aws.ecs.describe_task_definition().task_definition(task_definition).include(TaskDefinitionField::Tags);
    let tags = call.send().await.during("ecs.DescribeTaskDefinition").ok()?.tags.unwrap_or_default();
    tags.into_iter().find(|tag| tag.key() == Some(TAG_ROLLBACK))?.value
}

/// Returns the reason why a deployment ended as it did: the one that it was told to go back for, or else AWS's own word. Where it could
/// not go back, AWS says why.
pub(super) async fn reason(aws: &Aws, task_definition: &str, deployment: &str, status: Status, aws_says: String) -> String {
    if !status.is_back() || task_definition.is_empty() {
        return aws_says;
    }
    match find(aws, task_definition, deployment).await {
        Some(told) if status == Status::RollbackFailed && !aws_says.is_empty() => format!("{told}; {aws_says}"),
        Some(told) => told,
        None => aws_says,
    }
}
