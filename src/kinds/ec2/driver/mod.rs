//! The drivers of EC2, one file per kind; what they share: tag filters, tag specifications, tag calls.

pub(crate) mod eip;
pub(crate) mod internet_gateway;
pub(crate) mod nat_gateway;
pub(crate) mod route_table;
pub(crate) mod security_group;
pub(crate) mod subnet;
pub(crate) mod vpc;
pub(crate) mod vpc_endpoint;

use crate::aws::{Aws, During, Result, Retag, Select};
use crate::core::identity::TAG_STACK;
use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use std::collections::BTreeMap;

/// Ours by tag, or these ids by the filter `id` (a filter leaves out what is absent; an id parameter would be an error).
pub(crate) fn filters(aws: &Aws, select: &Select, id: &str) -> Vec<Filter> {
    let filter = match select {
        Select::Owned { .. } => Filter::builder().name(format!("tag:{TAG_STACK}")).values(aws.scope.owner()),
        Select::Ids(ids) => Filter::builder().name(id).set_values(Some(ids.clone())),
    };
    vec![filter.build()]
}

pub(crate) fn tag_specification(of: ResourceType, tags: &BTreeMap<String, String>) -> TagSpecification {
    TagSpecification::builder().resource_type(of).set_tags(Some(tag_list(tags))).build()
}

pub(crate) fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())).collect()
}

pub(crate) async fn retag(aws: &Aws, id: &str, tags: &Retag) -> Result<()> {
    if !tags.set.is_empty() {
        aws.ec2.create_tags().resources(id).set_tags(Some(tag_list(&tags.set))).send().await.during("ec2.CreateTags")?;
    }
    if !tags.unset.is_empty() {
        let keys = tags.unset.iter().map(|key| Tag::builder().key(key).build()).collect();
        aws.ec2.delete_tags().resources(id).set_tags(Some(keys)).send().await.during("ec2.DeleteTags")?;
    }
    Ok(())
}

fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

impl Aws {
    /// EC2 answers ids; ARNs follow from them.
    pub fn ec2_arn(&self, noun: &str, id: &str) -> String {
        self.scope.arn("ec2", &format!("{noun}/{id}"))
    }
}
