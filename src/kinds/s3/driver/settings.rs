//! The settings of a bucket, each read and written by calls of its own, between S3's types and the spec's.

use crate::aws::{Aws, During, Error, Result};
use crate::kinds::s3::bucket::{
    CorsRule, Encryption, LifecycleRule, Logging, Method, ObjectOwnership, PublicAccessBlock, SseAlgorithm, StorageClass, Transition,
};
use crate::kinds::s3::driver::{built, unless_absent};
use aws_sdk_s3::types::{self, ExpirationStatus, ServerSideEncryption, TransitionStorageClass};

pub(crate) async fn encryption(aws: &Aws, bucket: &str) -> Result<Encryption> {
    let answer = aws.s3.get_bucket_encryption().bucket(bucket).send().await.during("s3.GetBucketEncryption");
    let answer = unless_absent(answer, "ServerSideEncryptionConfigurationNotFoundError")?;
    let rule = answer.and_then(|answer| answer.server_side_encryption_configuration).and_then(|all| all.rules.into_iter().next());
    // S3 encrypts with AES256 where nothing is set.
    let Some(rule) = rule else { return Ok(Encryption::default()) };
    let default = rule.apply_server_side_encryption_by_default;
    Ok(Encryption {
        sse_algorithm: match default.as_ref().map(|default| &default.sse_algorithm) {
            Some(ServerSideEncryption::AwsKms) => SseAlgorithm::AwsKms,
            Some(ServerSideEncryption::AwsKmsDsse) => SseAlgorithm::AwsKmsDsse,
            _ => SseAlgorithm::AES256,
        },
        kms_key_id: default.and_then(|default| default.kms_master_key_id),
        bucket_key_enabled: rule.bucket_key_enabled.unwrap_or(false),
    })
}

pub(crate) async fn put_encryption(aws: &Aws, bucket: &str, wanted: &Encryption) -> Result<()> {
    let algorithm = match wanted.sse_algorithm {
        SseAlgorithm::AES256 => ServerSideEncryption::Aes256,
        SseAlgorithm::AwsKms => ServerSideEncryption::AwsKms,
        SseAlgorithm::AwsKmsDsse => ServerSideEncryption::AwsKmsDsse,
    };
    let default = types::ServerSideEncryptionByDefault::builder().sse_algorithm(algorithm).set_kms_master_key_id(wanted.kms_key_id.clone());
    let rule = types::ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(built(default.build())?)
        .bucket_key_enabled(wanted.bucket_key_enabled)
        .build();
    let configuration = built(types::ServerSideEncryptionConfiguration::builder().rules(rule).build())?;
    let call = aws.s3.put_bucket_encryption().bucket(bucket).server_side_encryption_configuration(configuration);
    call.send().await.during("s3.PutBucketEncryption")?;
    Ok(())
}

pub(crate) async fn public_access_block(aws: &Aws, bucket: &str) -> Result<PublicAccessBlock> {
    let answer = aws.s3.get_public_access_block().bucket(bucket).send().await.during("s3.GetPublicAccessBlock");
    let answer = unless_absent(answer, "NoSuchPublicAccessBlockConfiguration")?;
    let block = answer.and_then(|answer| answer.public_access_block_configuration);
    let on = |flag: fn(&types::PublicAccessBlockConfiguration) -> Option<bool>| block.as_ref().and_then(flag).unwrap_or(false);
    Ok(PublicAccessBlock {
        block_public_acls: on(|block| block.block_public_acls),
        ignore_public_acls: on(|block| block.ignore_public_acls),
        block_public_policy: on(|block| block.block_public_policy),
        restrict_public_buckets: on(|block| block.restrict_public_buckets),
    })
}

pub(crate) async fn put_public_access_block(aws: &Aws, bucket: &str, wanted: &PublicAccessBlock) -> Result<()> {
    let configuration = types::PublicAccessBlockConfiguration::builder()
        .block_public_acls(wanted.block_public_acls)
        .ignore_public_acls(wanted.ignore_public_acls)
        .block_public_policy(wanted.block_public_policy)
        .restrict_public_buckets(wanted.restrict_public_buckets)
        .build();
    let call = aws.s3.put_public_access_block().bucket(bucket).public_access_block_configuration(configuration);
    call.send().await.during("s3.PutPublicAccessBlock")?;
    Ok(())
}

pub(crate) async fn object_ownership(aws: &Aws, bucket: &str) -> Result<ObjectOwnership> {
    let answer = aws.s3.get_bucket_ownership_controls().bucket(bucket).send().await.during("s3.GetBucketOwnershipControls");
    let answer = unless_absent(answer, "OwnershipControlsNotFoundError")?;
    let rule = answer.and_then(|answer| answer.ownership_controls).and_then(|controls| controls.rules.into_iter().next());
    Ok(match rule.map(|rule| rule.object_ownership) {
        Some(types::ObjectOwnership::BucketOwnerEnforced) => ObjectOwnership::BucketOwnerEnforced,
        Some(types::ObjectOwnership::BucketOwnerPreferred) => ObjectOwnership::BucketOwnerPreferred,
        // Buckets older than the setting have none, which means this.
        _ => ObjectOwnership::ObjectWriter,
    })
}

pub(crate) fn ownership(wanted: ObjectOwnership) -> types::ObjectOwnership {
    match wanted {
        ObjectOwnership::BucketOwnerEnforced => types::ObjectOwnership::BucketOwnerEnforced,
        ObjectOwnership::BucketOwnerPreferred => types::ObjectOwnership::BucketOwnerPreferred,
        ObjectOwnership::ObjectWriter => types::ObjectOwnership::ObjectWriter,
    }
}

pub(crate) async fn put_ownership(aws: &Aws, bucket: &str, wanted: ObjectOwnership) -> Result<()> {
    let rule = built(types::OwnershipControlsRule::builder().object_ownership(ownership(wanted)).build())?;
    let controls = built(types::OwnershipControls::builder().rules(rule).build())?;
    let call = aws.s3.put_bucket_ownership_controls().bucket(bucket).ownership_controls(controls);
    call.send().await.during("s3.PutBucketOwnershipControls")?;
    Ok(())
}

pub(crate) async fn lifecycle(aws: &Aws, bucket: &str) -> Result<Vec<LifecycleRule>> {
    let answer = aws.s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await.during("s3.GetBucketLifecycleConfiguration");
    let rules = unless_absent(answer, "NoSuchLifecycleConfiguration")?.and_then(|answer| answer.rules).unwrap_or_default();
    rules.into_iter().map(rule_from).collect()
}

fn rule_from(rule: types::LifecycleRule) -> Result<LifecycleRule> {
    let filter = rule.filter;
    let both = filter.as_ref().and_then(|filter| filter.and.as_ref());
    #[allow(deprecated)] // Rules of long ago have their prefix beside the filter.
    let old_prefix = rule.prefix;
    let tags = both.and_then(|both| both.tags.clone()).unwrap_or_default();
    let tags = tags.into_iter().chain(filter.as_ref().and_then(|filter| filter.tag.clone()));
    let expiration = rule.expiration;
    let noncurrent = rule.noncurrent_version_expiration;
    Ok(LifecycleRule {
        id: rule.id.unwrap_or_default(),
        enabled: rule.status == ExpirationStatus::Enabled,
        prefix: both
            .and_then(|both| both.prefix.clone())
            .or_else(|| filter.as_ref().and_then(|filter| filter.prefix.clone()))
            .or(old_prefix)
            .unwrap_or_default(),
        tags: tags.map(|tag| (tag.key, tag.value)).collect(),
        object_size_greater_than: both
            .and_then(|both| both.object_size_greater_than)
            .or_else(|| filter.as_ref().and_then(|filter| filter.object_size_greater_than)),
        object_size_less_than: both
            .and_then(|both| both.object_size_less_than)
            .or_else(|| filter.as_ref().and_then(|filter| filter.object_size_less_than)),
        expiration_days: expiration.as_ref().and_then(|expiration| expiration.days).filter(|days| *days > 0),
        expired_object_delete_marker: expiration.and_then(|expiration| expiration.expired_object_delete_marker).unwrap_or(false),
        noncurrent_version_expiration_days: noncurrent.as_ref().and_then(|expiration| expiration.noncurrent_days),
        newer_noncurrent_versions: noncurrent.and_then(|expiration| expiration.newer_noncurrent_versions),
        abort_incomplete_multipart_upload_days: rule.abort_incomplete_multipart_upload.and_then(|abort| abort.days_after_initiation),
        transitions: rule
            .transitions
            .unwrap_or_default()
            .into_iter()
            .map(|transition| transition_from(transition.days, transition.storage_class))
            .collect::<Result<_>>()?,
        noncurrent_version_transitions: rule
            .noncurrent_version_transitions
            .unwrap_or_default()
            .into_iter()
            .map(|transition| transition_from(transition.noncurrent_days, transition.storage_class))
            .collect::<Result<_>>()?,
    })
}

const CLASSES: &[(StorageClass, TransitionStorageClass)] = &[
    (StorageClass::StandardIa, TransitionStorageClass::StandardIa),
    (StorageClass::OnezoneIa, TransitionStorageClass::OnezoneIa),
    (StorageClass::IntelligentTiering, TransitionStorageClass::IntelligentTiering),
    (StorageClass::GlacierIr, TransitionStorageClass::GlacierIr),
    (StorageClass::Glacier, TransitionStorageClass::Glacier),
    (StorageClass::DeepArchive, TransitionStorageClass::DeepArchive),
];

fn transition_from(days: Option<i32>, class: Option<TransitionStorageClass>) -> Result<Transition> {
    let known = CLASSES.iter().find(|(_, theirs)| Some(theirs) == class.as_ref()).map(|(ours, _)| *ours);
    let storage_class = known.ok_or_else(|| {
        let message = format!("the storage class {} is not known", class.as_ref().map_or("(none)", TransitionStorageClass::as_str));
        Error::new("s3.GetBucketLifecycleConfiguration", "UnreadableAnswer", message)
    })?;
    Ok(Transition { days: days.unwrap_or_default(), storage_class })
}

fn class_to(class: StorageClass) -> Option<TransitionStorageClass> {
    CLASSES.iter().find(|(ours, _)| *ours == class).map(|(_, theirs)| theirs.clone())
}

pub(crate) async fn put_lifecycle(aws: &Aws, bucket: &str, wanted: &[LifecycleRule]) -> Result<()> {
    if wanted.is_empty() {
        aws.s3.delete_bucket_lifecycle().bucket(bucket).send().await.during("s3.DeleteBucketLifecycle")?;
        return Ok(());
    }
    let rules = wanted.iter().map(rule_to).collect::<Result<Vec<_>>>()?;
    let configuration = built(types::BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build())?;
    let call = aws.s3.put_bucket_lifecycle_configuration().bucket(bucket).lifecycle_configuration(configuration);
    call.send().await.during("s3.PutBucketLifecycleConfiguration")?;
    Ok(())
}

fn rule_to(rule: &LifecycleRule) -> Result<types::LifecycleRule> {
    let expiration = (rule.expiration_days.is_some() || rule.expired_object_delete_marker).then(|| {
        types::LifecycleExpiration::builder()
            .set_days(rule.expiration_days)
            .set_expired_object_delete_marker(rule.expired_object_delete_marker.then_some(true))
            .build()
    });
    let noncurrent = rule.noncurrent_version_expiration_days.map(|days| {
        types::NoncurrentVersionExpiration::builder()
            .noncurrent_days(days)
            .set_newer_noncurrent_versions(rule.newer_noncurrent_versions)
            .build()
    });
    let abort = rule
        .abort_incomplete_multipart_upload_days
        .map(|days| types::AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build());
    let transitions = rule
        .transitions
        .iter()
        .map(|transition| types::Transition::builder().days(transition.days).set_storage_class(class_to(transition.storage_class)).build());
    let noncurrent_transitions = rule.noncurrent_version_transitions.iter().map(|transition| {
        types::NoncurrentVersionTransition::builder()
            .noncurrent_days(transition.days)
            .set_storage_class(class_to(transition.storage_class))
            .build()
    });
    let some = |list: Vec<types::Transition>| (!list.is_empty()).then_some(list);
    let some_noncurrent = |list: Vec<types::NoncurrentVersionTransition>| (!list.is_empty()).then_some(list);
    built(
        types::LifecycleRule::builder()
            .id(&rule.id)
            .status(if rule.enabled { ExpirationStatus::Enabled } else { ExpirationStatus::Disabled })
            .filter(filter_to(rule)?)
            .set_expiration(expiration)
            .set_noncurrent_version_expiration(noncurrent)
            .set_abort_incomplete_multipart_upload(abort)
            .set_transitions(some(transitions.collect()))
            .set_noncurrent_version_transitions(some_noncurrent(noncurrent_transitions.collect()))
            .build(),
    )
}

// One condition stands by itself, several stand inside `And`.
fn filter_to(rule: &LifecycleRule) -> Result<types::LifecycleRuleFilter> {
    let tags = super::tag_list(&rule.tags)?;
    let prefix = Some(rule.prefix.clone()).filter(|prefix| !prefix.is_empty());
    let (more, less) = (rule.object_size_greater_than, rule.object_size_less_than);
    let conditions = usize::from(prefix.is_some()) + tags.len() + usize::from(more.is_some()) + usize::from(less.is_some());
    let filter = types::LifecycleRuleFilter::builder();
    Ok(if conditions > 1 {
        let both = types::LifecycleRuleAndOperator::builder()
            .set_prefix(prefix)
            .set_tags((!tags.is_empty()).then_some(tags))
            .set_object_size_greater_than(more)
            .set_object_size_less_than(less);
        filter.and(both.build()).build()
    } else if let Some(tag) = tags.into_iter().next() {
        filter.tag(tag).build()
    } else if more.is_some() || less.is_some() {
        filter.set_object_size_greater_than(more).set_object_size_less_than(less).build()
    } else {
        filter.prefix(rule.prefix.clone()).build()
    })
}

pub(crate) async fn cors(aws: &Aws, bucket: &str) -> Result<Vec<CorsRule>> {
    let answer = aws.s3.get_bucket_cors().bucket(bucket).send().await.during("s3.GetBucketCors");
    let rules = unless_absent(answer, "NoSuchCORSConfiguration")?.and_then(|answer| answer.cors_rules).unwrap_or_default();
    Ok(rules
        .into_iter()
        .map(|rule| CorsRule {
            id: rule.id.filter(|id| !id.is_empty()),
            allowed_methods: rule.allowed_methods.iter().filter_map(|method| Method::parse(method)).collect(),
            allowed_origins: rule.allowed_origins,
            allowed_headers: rule.allowed_headers.unwrap_or_default(),
            expose_headers: rule.expose_headers.unwrap_or_default(),
            max_age_seconds: rule.max_age_seconds,
        })
        .collect())
}

pub(crate) async fn put_cors(aws: &Aws, bucket: &str, wanted: &[CorsRule]) -> Result<()> {
    if wanted.is_empty() {
        aws.s3.delete_bucket_cors().bucket(bucket).send().await.during("s3.DeleteBucketCors")?;
        return Ok(());
    }
    let some = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
    let rules = wanted.iter().map(|rule| {
        built(
            types::CorsRule::builder()
                .set_id(rule.id.clone())
                .set_allowed_methods(Some(rule.allowed_methods.iter().map(|method| method.name().to_owned()).collect()))
                .set_allowed_origins(Some(rule.allowed_origins.clone()))
                .set_allowed_headers(some(&rule.allowed_headers))
                .set_expose_headers(some(&rule.expose_headers))
                .set_max_age_seconds(rule.max_age_seconds)
                .build(),
        )
    });
    let configuration = built(types::CorsConfiguration::builder().set_cors_rules(Some(rules.collect::<Result<_>>()?)).build())?;
    aws.s3.put_bucket_cors().bucket(bucket).cors_configuration(configuration).send().await.during("s3.PutBucketCors")?;
    Ok(())
}

pub(crate) async fn logging(aws: &Aws, bucket: &str) -> Result<Option<Logging>> {
    let answer = aws.s3.get_bucket_logging().bucket(bucket).send().await.during("s3.GetBucketLogging")?;
    Ok(answer.logging_enabled.map(|logging| Logging { target_bucket: logging.target_bucket, target_prefix: logging.target_prefix }))
}

pub(crate) async fn put_logging(aws: &Aws, bucket: &str, wanted: Option<&Logging>) -> Result<()> {
    let enabled = match wanted {
        Some(logging) => Some(built(
            types::LoggingEnabled::builder().target_bucket(&logging.target_bucket).target_prefix(&logging.target_prefix).build(),
        )?),
        None => None,
    };
    // A status without content turns it off.
    let status = types::BucketLoggingStatus::builder().set_logging_enabled(enabled).build();
    aws.s3.put_bucket_logging().bucket(bucket).bucket_logging_status(status).send().await.during("s3.PutBucketLogging")?;
    Ok(())
}
