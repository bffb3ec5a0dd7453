//! The deployments of a service that AWS still knows.

use super::Subject;
use super::observe::{list, revisions, status, time};
use crate::aws::{Aws, Result};
use crate::core::rollout::past::Past;

/// Returns the newest twenty, newest first.
pub async fn history(aws: &Aws, subject: &Subject) -> Result<Vec<Past>> {
    let briefs = list(aws, subject).await?;
    let known = revisions(aws, briefs.iter().filter_map(|brief| brief.target_service_revision_arn.clone()).collect()).await?;
    let past = briefs.into_iter().map(|brief| {
        let revision = brief.target_service_revision_arn.as_ref().and_then(|arn| known.get(arn));
        let images = revision.map(|revision| revision.container_images()).unwrap_or_default();
        Past {
            deployment: brief.service_deployment_arn.unwrap_or_default(),
            created: time(brief.created_at),
            finished: brief.finished_at.map(|at| time(Some(at))),
            status: status(brief.status.as_ref()),
            task_definition: revision.and_then(|revision| revision.task_definition.clone()),
            images: images.iter().filter_map(|image| image.image.clone()).collect(),
            reason: brief.status_reason.unwrap_or_default(),
        }
    });
    Ok(past.collect())
}
