//! The actions of S3 by what they are about: a bucket, or the objects in it.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>

use crate::services::members::matches;

const OF_OBJECTS: &[&str] = &[
    "AbortMultipartUpload",
    "BypassGovernanceRetention",
    "DeleteObject",
    "DeleteObjectTagging",
    "DeleteObjectVersion",
    "DeleteObjectVersionTagging",
    "GetObject",
    "GetObjectAcl",
    "GetObjectAttributes",
    "GetObjectLegalHold",
    "GetObjectRetention",
    "GetObjectTagging",
    "GetObjectTorrent",
    "GetObjectVersion",
    "GetObjectVersionAcl",
    "GetObjectVersionAttributes",
    "GetObjectVersionForReplication",
    "GetObjectVersionTagging",
    "GetObjectVersionTorrent",
    "InitiateReplication",
    "ListMultipartUploadParts",
    "ObjectOwnerOverrideToBucketOwner",
    "PutObject",
    "PutObjectAcl",
    "PutObjectLegalHold",
    "PutObjectRetention",
    "PutObjectTagging",
    "PutObjectVersionAcl",
    "PutObjectVersionTagging",
    "ReplicateDelete",
    "ReplicateObject",
    "ReplicateTags",
    "RestoreObject",
];
const OF_BUCKETS: &[&str] = &[
    "CreateBucket",
    "DeleteBucket",
    "DeleteBucketPolicy",
    "DeleteBucketWebsite",
    "GetAccelerateConfiguration",
    "GetAnalyticsConfiguration",
    "GetBucketAcl",
    "GetBucketCORS",
    "GetBucketLocation",
    "GetBucketLogging",
    "GetBucketNotification",
    "GetBucketObjectLockConfiguration",
    "GetBucketOwnershipControls",
    "GetBucketPolicy",
    "GetBucketPolicyStatus",
    "GetBucketPublicAccessBlock",
    "GetBucketRequestPayment",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetBucketWebsite",
    "GetEncryptionConfiguration",
    "GetIntelligentTieringConfiguration",
    "GetInventoryConfiguration",
    "GetLifecycleConfiguration",
    "GetMetricsConfiguration",
    "GetReplicationConfiguration",
    "ListBucket",
    "ListBucketMultipartUploads",
    "ListBucketVersions",
    "PutAccelerateConfiguration",
    "PutAnalyticsConfiguration",
    "PutBucketAcl",
    "PutBucketCORS",
    "PutBucketLogging",
    "PutBucketNotification",
    "PutBucketObjectLockConfiguration",
    "PutBucketOwnershipControls",
    "PutBucketPolicy",
    "PutBucketPublicAccessBlock",
    "PutBucketRequestPayment",
    "PutBucketTagging",
    "PutBucketVersioning",
    "PutBucketWebsite",
    "PutEncryptionConfiguration",
    "PutIntelligentTieringConfiguration",
    "PutInventoryConfiguration",
    "PutLifecycleConfiguration",
    "PutMetricsConfiguration",
    "PutReplicationConfiguration",
];

/// True when an action, with its stars, has something to do with one of these resources of a bucket. An action that neither list
/// has may be newer than they are: nobody here says what it is about.
pub fn applies(action: &str, resources: &[&str]) -> bool {
    let Some(name) = action.to_lowercase().strip_prefix("s3:").map(str::to_owned) else { return true };
    let any = |list: &[&str]| list.iter().any(|known| matches(&name, &known.to_lowercase()));
    let (objects, bucket) = (any(OF_OBJECTS), any(OF_BUCKETS));
    // A star without a slash may stand for the name of a bucket and for one with a path.
    let (path, star) = (|resource: &str| resource.contains('/'), |resource: &str| resource.ends_with('*') && !resource.contains('/'));
    let fits = |resource: &str| star(resource) || (objects && path(resource)) || (bucket && !path(resource));
    (!objects && !bucket) || resources.iter().any(|resource| fits(resource))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_go_with_their_resources() {
        let (bucket, objects) = ("arn:aws:s3:::b", "arn:aws:s3:::b/*");
        for action in ["s3:GetObject", "s3:Put*Acl", "s3:*", "*", "S3:getobject", "s3:Get*", "s3:SomethingNew"] {
            assert!(applies(action, &[objects]), "{action}");
        }
        for action in ["s3:ListBucket", "s3:GetBucketAcl", "s3:ListBucket*", "s3:PutBucketObjectLockConfiguration"] {
            assert!(applies(action, &[bucket]) && applies(action, &[objects, bucket]) && !applies(action, &[objects]), "{action}");
        }
        assert!(applies("s3:GetObject", &["arn:aws:s3:::b*"]) && applies("s3:ListBucket", &["arn:aws:s3:::b*"]));
        assert!(!applies("s3:GetObject", &[bucket]) && !applies("s3:*Object", &[bucket]));
    }
}
