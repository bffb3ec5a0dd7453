//! The drivers of CloudFront, one file per kind; what they share: the list of what carries our tag.

pub(crate) mod distribution;
pub(crate) mod distribution_config;
pub(crate) mod origin_access_control;

use crate::aws::{Aws, Class, During, Error, Result};
use crate::core::identity::TAG_STACK;
use aws_sdk_resourcegroupstagging::config::{Builder, Region};
use aws_sdk_resourcegroupstagging::types::TagFilter;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Tags by ARN of this stack's distributions. CloudFront is global, and the tagging API knows what is global in
/// us-east-1 only: from another region this is a call of its own.
pub(crate) async fn tagged(aws: &Aws) -> Result<Arc<BTreeMap<String, BTreeMap<String, String>>>> {
    const HOME: &str = "us-east-1";
    if aws.scope.region == HOME {
        return aws.tagged.all(aws).await;
    }
    let filter = TagFilter::builder().key(TAG_STACK).values(aws.scope.owner()).build();
    let mut found = BTreeMap::new();
    let mut token = None;
    loop {
        let call = aws.tagging.get_resources().tag_filters(filter.clone()).resource_type_filters("cloudfront").set_pagination_token(token);
        let there = Builder::new().region(Region::new(HOME));
        let page = match call.customize().config_override(there).send().await.during("tagging.GetResources") {
            Ok(page) => page,
            // Without this right every tag is asked for at its own distribution.
            Err(Error { class: Class::Denied, .. }) => return Ok(Arc::default()),
            Err(error) => return Err(error),
        };
        for resource in page.resource_tag_mapping_list() {
            let tags = resource.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
            found.insert(resource.resource_arn().unwrap_or_default().to_owned(), tags);
        }
        token = page.pagination_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(Arc::new(found));
        }
    }
}
