//! The drivers of CloudWatch, one file per kind; what they share: the calls for tags.

pub(crate) mod alarm;
pub(crate) mod dashboard;

use crate::aws::{Aws, During, Result, Retag};
use aws_sdk_cloudwatch::types::Tag;
use std::collections::BTreeMap;

/// Codes for "it is not there": the query protocol's own, and the shapes' names.
pub const ABSENT: &[&str] = &["ResourceNotFound", "ResourceNotFoundException", "DashboardNotFoundError"];

pub fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

pub async fn tags(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
    match aws.cloudwatch.list_tags_for_resource().resource_arn(arn).send().await.during("cloudwatch.ListTagsForResource") {
        Ok(answer) => {
            let tags = answer.tags.unwrap_or_default().into_iter();
            Ok(tags.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())).collect())
        }
        Err(error) if error.is(ABSENT) => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}

pub async fn retag(aws: &Aws, arn: &str, tags: &Retag) -> Result<()> {
    if !tags.set.is_empty() {
        let set = Some(tag_list(&tags.set));
        aws.cloudwatch.tag_resource().resource_arn(arn).set_tags(set).send().await.during("cloudwatch.TagResource")?;
    }
    if !tags.unset.is_empty() {
        let keys = Some(tags.unset.clone());
        aws.cloudwatch.untag_resource().resource_arn(arn).set_tag_keys(keys).send().await.during("cloudwatch.UntagResource")?;
    }
    Ok(())
}
