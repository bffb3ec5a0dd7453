//! The drivers of S3, one file per kind; what they share: tags, names, and the emptying of a bucket.

pub(crate) mod bucket;
pub(crate) mod settings;

use crate::aws::{Aws, During, Error, Result, Retag};
use aws_sdk_s3::types::{Delete, ObjectIdentifier, Tag, Tagging};
use aws_smithy_types::error::operation::BuildError;
use std::collections::BTreeMap;

/// Returns the beginning that the names we give to buckets share, cut as they are.
pub(crate) fn prefix(aws: &Aws) -> String {
    let whole = format!("{}-{}-", aws.scope.stack, aws.scope.env);
    // 63 characters less the account id, the digest and their hyphens.
    whole.chars().take(63 - 20).collect::<String>().trim_end_matches('-').to_owned()
}

pub(crate) fn built<T>(built: std::result::Result<T, BuildError>) -> Result<T> {
    crate::kinds::spelling::built("s3.PutBucket", built)
}

/// S3 answers an error for a setting that is not there; that is no error.
pub(crate) fn unless_absent<T>(answer: Result<T>, code: &str) -> Result<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code == code => Ok(None),
        Err(error) => Err(error),
    }
}

pub(crate) fn tag_list(tags: &BTreeMap<String, String>) -> Result<Vec<Tag>> {
    tags.iter().map(|(key, value)| built(Tag::builder().key(key).value(value).build())).collect()
}

pub(crate) async fn tags(aws: &Aws, bucket: &str) -> Result<BTreeMap<String, String>> {
    let answer = aws.s3.get_bucket_tagging().bucket(bucket).send().await.during("s3.GetBucketTagging");
    let tags = unless_absent(answer, "NoSuchTagSet")?.map(|answer| answer.tag_set).unwrap_or_default();
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

pub(crate) async fn put_tags(aws: &Aws, bucket: &str, tags: &BTreeMap<String, String>) -> Result<()> {
    let tagging = built(Tagging::builder().set_tag_set(Some(tag_list(tags)?)).build())?;
    aws.s3.put_bucket_tagging().bucket(bucket).tagging(tagging).send().await.during("s3.PutBucketTagging")?;
    Ok(())
}

/// S3 knows only the whole set of tags.
pub(crate) async fn retag(aws: &Aws, bucket: &str, change: &Retag) -> Result<()> {
    let before = tags(aws, bucket).await?;
    let mut after = before.clone();
    after.extend(change.set.clone());
    after.retain(|key, _| !change.unset.contains(key));
    if after.is_empty() && !before.is_empty() {
        aws.s3.delete_bucket_tagging().bucket(bucket).send().await.during("s3.DeleteBucketTagging")?;
    } else if after != before {
        put_tags(aws, bucket, &after).await?;
    }
    Ok(())
}

/// Deletes every version of every object, a thousand a call.
pub(crate) async fn empty(aws: &Aws, bucket: &str) -> Result<()> {
    loop {
        let page = aws.s3.list_object_versions().bucket(bucket).send().await.during("s3.ListObjectVersions")?;
        let versions = page.versions.unwrap_or_default().into_iter().map(|version| (version.key, version.version_id));
        let markers = page.delete_markers.unwrap_or_default().into_iter().map(|marker| (marker.key, marker.version_id));
        let objects = versions
            .chain(markers)
            .filter_map(|(key, version)| Some(built(ObjectIdentifier::builder().key(key?).set_version_id(version).build())))
            .collect::<Result<Vec<_>>>()?;
        if objects.is_empty() {
            return Ok(());
        }
        let delete = built(Delete::builder().set_objects(Some(objects)).quiet(true).build())?;
        let answer = aws.s3.delete_objects().bucket(bucket).delete(delete).send().await.during("s3.DeleteObjects")?;
        // Without this, an object that cannot be deleted (a lock, a denied right) would be tried for ever.
        if let Some(error) = answer.errors.unwrap_or_default().into_iter().next() {
            let message = format!("`{}`: {}", error.key.unwrap_or_default(), error.message.unwrap_or_default());
            return Err(Error::new("s3.DeleteObjects", error.code.as_deref().unwrap_or("Failed"), message));
        }
    }
}
