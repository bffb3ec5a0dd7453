//! The drivers of ElastiCache, one file per kind. They share the calls for tags.

pub(crate) mod parameter_group;
pub(crate) mod replication_group;
pub(crate) mod subnet_group;

use crate::aws::{Aws, During, Result, Retag, Select};
use aws_sdk_elasticache::types::Tag;
use std::collections::BTreeMap;

pub(crate) fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// The tags of a resource, which no listing of ElastiCache answers.
pub(crate) async fn tags_of(aws: &Aws, select: &Select, arn: &str, name: &str) -> Result<BTreeMap<String, String>> {
    aws.tagged.tags_of_named(aws, select, (arn, name), || ask(aws, arn)).await
}

async fn ask(aws: &Aws, arn: &str) -> Result<BTreeMap<String, String>> {
    let answer = aws.elasticache.list_tags_for_resource().resource_name(arn).send().await.during("elasticache.ListTagsForResource")?;
    let tags = answer.tag_list.unwrap_or_default();
    Ok(tags.into_iter().map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())).collect())
}

pub(crate) async fn retag(aws: &Aws, arn: &str, tags: &Retag) -> Result<()> {
    if !tags.set.is_empty() {
        let set = Some(tag_list(&tags.set));
        aws.elasticache.add_tags_to_resource().resource_name(arn).set_tags(set).send().await.during("elasticache.AddTagsToResource")?;
    }
    if !tags.unset.is_empty() {
        let keys = Some(tags.unset.clone());
        aws.elasticache
            .remove_tags_from_resource()
            .resource_name(arn)
            .set_tag_keys(keys)
            .send()
            .await
            .during("elasticache.RemoveTagsFromResource")?;
    }
    Ok(())
}
