//! The images of a repository, asked for one by one.

use crate::aws::{Aws, During, Error, Result};
use aws_sdk_ecr::types::{ImageFailureCode, ImageIdentifier};
use serde_json::Value;

/// True when a repository holds an image: `latest`, a tag, or `sha256:…`, a digest.
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html>
pub(crate) async fn is_there(aws: &Aws, repository: &str, image: &str) -> Result<bool> {
    match aws.ecr.describe_images().repository_name(repository).image_ids(identifier(image)).send().await.during("ecr.DescribeImages") {
        Ok(_) => Ok(true),
        Err(error) if error.is(&["ImageNotFoundException", "RepositoryNotFoundException"]) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Returns the digest, `sha256:…`, of the image that a tag names; none if there is no such image or repository.
pub(crate) async fn digest(aws: &Aws, registry: &str, repository: &str, tag: &str) -> Result<Option<String>> {
    let call = aws.ecr.describe_images().registry_id(registry).repository_name(repository).image_ids(identifier(tag));
    match call.send().await.during("ecr.DescribeImages") {
        Ok(answer) => Ok(answer.image_details().first().and_then(|image| image.image_digest.clone())),
        Err(error) if error.is(&["ImageNotFoundException", "RepositoryNotFoundException"]) => Ok(None),
        Err(error) => Err(error),
    }
}

fn identifier(image: &str) -> ImageIdentifier {
    let named = ImageIdentifier::builder();
    if image.starts_with("sha256:") { named.image_digest(image).build() } else { named.image_tag(image).build() }
}

/// Manifests of one platform, and lists of several, which ECR answers only to whoever says that it takes them.
const MANIFESTS: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// Returns the platforms of an image, such as `linux/arm64`; nothing if there is no such image. A manifest that is no list names none.
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html>
pub(crate) async fn platforms(aws: &Aws, registry: &str, repository: &str, image: &str) -> Result<Option<Vec<String>>> {
    const OPERATION: &str = "ecr.BatchGetImage";
    let call = aws.ecr.batch_get_image().registry_id(registry).repository_name(repository).image_ids(identifier(image));
    let call = call.set_accepted_media_types(Some(MANIFESTS.map(str::to_owned).into()));
    let answer = match call.send().await.during(OPERATION) {
        Err(error) if error.is(&["RepositoryNotFoundException"]) => return Ok(None),
        answer => answer?,
    };
    if let Some(found) = answer.images().first() {
        return Ok(Some(listed(found.image_manifest().unwrap_or_default())));
    }
    match answer.failures().first() {
        Some(failure) if failure.failure_code() != Some(&ImageFailureCode::ImageNotFound) => {
            let code = failure.failure_code().map_or("Failure", |code| code.as_str());
            Err(Error::new(OPERATION, code, failure.failure_reason().unwrap_or_default()))
        }
        Some(_) | None => Ok(None),
    }
}

/// Returns the platforms that a list names. What is attached to an image, such as its provenance, has an unknown one.
/// <https://github.com/opencontainers/image-spec/blob/main/image-index.md>
fn listed(manifest: &str) -> Vec<String> {
    let manifest = serde_json::from_str::<Value>(manifest).unwrap_or_default();
    let platforms = manifest["manifests"].as_array().into_iter().flatten().map(|one| &one["platform"]);
    let named = platforms.filter_map(|platform| Some(format!("{}/{}", platform["os"].as_str()?, platform["architecture"].as_str()?)));
    named.filter(|platform| !platform.contains("unknown")).collect()
}

/// An image of a private registry of ECR, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named<'a> {
    pub registry: &'a str,
    pub region: &'a str,
    pub repository: &'a str,
    /// A tag, or a digest, which decides where there are both.
    pub image: &'a str,
}

impl<'a> Named<'a> {
    /// Takes `123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web:1.4` apart; nothing if it is of another registry.
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html>
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (host, path) = text.split_once('/')?;
        let (registry, rest) = host.split_once(".dkr.ecr.")?;
        let region = rest.strip_suffix(".cn").unwrap_or(rest).strip_suffix(".amazonaws.com")?;
        let (name, digest) = path.split_once('@').map_or((path, None), |(name, digest)| (name, Some(digest)));
        let (repository, tag) = name.split_once(':').map_or((name, "latest"), |(repository, tag)| (repository, tag));
        Some(Named { registry, region, repository, image: digest.unwrap_or(tag) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_names_its_platforms() {
        let list = r#"{"manifests": [
            {"platform": {"os": "linux", "architecture": "amd64"}},
            {"platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
            {"platform": {"os": "unknown", "architecture": "unknown"}}
        ]}"#;
        assert_eq!(listed(list), ["linux/amd64", "linux/arm64"]);
        assert_eq!((listed(r#"{"config": {}}"#), listed("")), (Vec::new(), Vec::new()));
    }

    #[test]
    fn an_image_of_ecr_is_told_from_others() {
        let host = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
        for (path, image) in [("shop/web:1.4", "1.4"), ("shop/web", "latest"), ("shop/web:1.4@sha256:ab", "sha256:ab")] {
            let text = format!("{host}/{path}");
            let named = Named { registry: "123456789012", region: "eu-central-1", repository: "shop/web", image };
            assert_eq!(Named::parse(&text), Some(named));
        }
        for text in ["nginx:1.0", "public.ecr.aws/nginx/nginx:1", "ghcr.io/shop/web@sha256:ab"] {
            assert_eq!(Named::parse(text), None, "{text}");
        }
    }
}
