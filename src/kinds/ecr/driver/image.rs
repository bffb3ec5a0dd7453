//! The images of a repository, asked for one by one.

use crate::aws::{Aws, During, Result};
use aws_sdk_ecr::types::ImageIdentifier;

/// True when a repository holds an image: `latest`, a tag, or `sha256:…`, a digest.
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html>
pub(crate) async fn is_there(aws: &Aws, repository: &str, image: &str) -> Result<bool> {
    let named = ImageIdentifier::builder();
    let named = if image.starts_with("sha256:") { named.image_digest(image) } else { named.image_tag(image) };
    match aws.ecr.describe_images().repository_name(repository).image_ids(named.build()).send().await.during("ecr.DescribeImages") {
        Ok(_) => Ok(true),
        Err(error) if error.is(&["ImageNotFoundException", "RepositoryNotFoundException"]) => Ok(false),
        Err(error) => Err(error),
    }
}
