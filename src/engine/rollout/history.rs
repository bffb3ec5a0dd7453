//! The deployments of a service that AWS still knows.

use super::Subject;
use super::migrate::{self, Records};
use super::observe::{list, revisions, status, time};
use super::told;
use crate::aws::{Aws, During, Result};
use crate::core::rollout::observation::{Migration, Status};
use crate::core::rollout::past::Past;

/// Returns the newest twenty, newest first.
pub async fn history(aws: &Aws, subject: &Subject) -> Result<Vec<Past>> {
    let briefs = list(aws, subject).await?;
    let known = revisions(aws, briefs.iter().filter_map(|brief| brief.target_service_revision_arn.clone()).collect()).await?;
    // A version that went back changes nothing of what is live.
    let live = briefs.iter().position(|brief| status(brief.status.as_ref()) == Status::Successful);
    let past = briefs.into_iter().enumerate().map(|(at, brief)| {
        let revision = brief.target_service_revision_arn.as_ref().and_then(|arn| known.get(arn));
        let images = revision.map(|revision| revision.container_images()).unwrap_or_default();
        Past {
            deployment: brief.service_deployment_arn.unwrap_or_default(),
            created: time(brief.created_at),
            finished: brief.finished_at.map(|at| time(Some(at))),
            status: status(brief.status.as_ref()),
            task_definition: revision.and_then(|revision| revision.task_definition.clone()),
            live: live == Some(at),
            images: images.iter().filter_map(|image| Some(named(image.image.as_deref()?, image.image_digest.as_deref()))).collect(),
            reason: brief.status_reason.unwrap_or_default(),
            contract: Migration::NotRun,
        }
    });
    Ok(past.collect())
}

/// An image with the digest that it had, where its name says neither that nor a tag.
fn named(image: &str, digest: Option<&str>) -> String {
    let last = image.rsplit('/').next().unwrap_or(image);
    match digest {
        Some(digest) if !last.contains([':', '@']) => format!("{image}@{digest}"),
        _ => image.to_owned(),
    }
}

/// The same with how the command after it went, where it is live and the file has one.
pub async fn with_command(aws: &Aws, subject: &Subject, past: Past) -> Result<Past> {
    let Some(version) = past.task_definition.as_deref().filter(|_| past.live && !subject.policy.contract.is_empty()) else {
        return Ok(past);
    };
    let records = Records::of(aws, version).await?;
    let contract = migrate::contract(aws, subject, version, &records, past.created).await?;
    Ok(Past { contract, ..past })
}

/// Returns whoever registered a task definition, by their ARN. AWS does not say who deployed it.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html>
pub async fn registered_by(aws: &Aws, task_definition: &str) -> Result<Option<String>> {
    let call = aws.ecs.describe_task_definition().task_definition(task_definition);
    Ok(call.send().await.during("ecs.DescribeTaskDefinition")?.task_definition.and_then(|found| found.registered_by))
}

/// The same with the reason why it was told to go back.
pub async fn explained(aws: &Aws, past: Past) -> Past {
    let version = past.task_definition.clone().unwrap_or_default();
    let reason = told::reason(aws, &version, &past.deployment, past.status, past.reason.clone()).await;
    Past { reason, ..past }
}
