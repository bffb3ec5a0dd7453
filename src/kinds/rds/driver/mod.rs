//! The drivers of RDS, one file per kind. They share the calls for tags.

pub(crate) mod instance;
pub(crate) mod parameter_group;
pub(crate) mod subnet_group;

use crate::aws::{Aws, During, Result, Retag, Select};
use aws_sdk_rds::types::Tag;
use std::collections::BTreeMap;

pub(crate) fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

pub(crate) fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())).collect()
}

/// The tags of a group, which its listing does not answer.
pub(crate) async fn tags_of(aws: &Aws, select: &Select, arn: &str, name: &str) -> Result<BTreeMap<String, String>> {
    aws.tagged.tags_of_named(aws, select, (arn, name), || ask(aws, arn)).await
}

async fn ask(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
    let answer = aws.rds.list_tags_for_resource().resource_name(arn).send().await.during("rds.ListTagsForResource")?;
    Ok(tags(answer.tag_list))
}

pub(crate) async fn retag(aws: &Aws, arn: &str, tags: &Retag) -> Result<()> {
    if !tags.set.is_empty() {
        let set = Some(tag_list(&tags.set));
        aws.rds.add_tags_to_resource().resource_name(arn).set_tags(set).send().await.during("rds.AddTagsToResource")?;
    }
    if !tags.unset.is_empty() {
        let keys = Some(tags.unset.clone());
        aws.rds.remove_tags_from_resource().resource_name(arn).set_tag_keys(keys).send().await.during("rds.RemoveTagsFromResource")?;
    }
    Ok(())
}
