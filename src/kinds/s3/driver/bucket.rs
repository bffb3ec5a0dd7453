//! Makes, reads, changes and deletes `s3.bucket` in AWS.

use crate::aws::{Again, Aws, Create, Driver, During, Error, Made, Result, Retag, Select, Update, principal};
use crate::core::identity::own_tags;
use crate::core::kind::Kind;
use crate::core::snapshot::{Live, State};
use crate::kinds::s3::bucket::*;
use crate::kinds::s3::driver;
use crate::kinds::s3::driver::settings;
use aws_sdk_s3::types::{self, BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration};
use futures::future::try_join_all;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The tag that keeps `force_destroy`: it matters only at the delete, when the file may say nothing of the bucket any more.
const FORCE_DESTROY: &str = "trueup:force-destroy";
/// The tag of buckets for which the file says where access logs go: only these are asked about it.
const LOGGING: &str = "trueup:logging";

impl Driver for Bucket {
    const ABSENT: &'static [&'static str] = &["NoSuchBucket"];
    const TAKEN: &'static [&'static str] = &["BucketAlreadyExists", "BucketAlreadyOwnedByYou"];
    const PASSING: &'static [&'static str] = &["OperationAborted", principal::UNKNOWN];
    const AGAIN: Again<Spec> = Again::Overwritten(|new| new.name.clone());

    async fn list(aws: &Aws, select: &Select) -> Result<Vec<Live<Spec>>> {
        let names = match select {
            Select::Owned { names, count } => candidates(aws, names, count.is_none()).await?.into_iter().collect::<Vec<_>>(),
            Select::Ids(ids) => ids.clone(),
        };
        let found = try_join_all(names.into_iter().map(async |name| match read(aws, select, &name).await {
            Err(error) if error.is(Bucket::ABSENT) => Ok(None),
            found => found.map(Some),
        }));
        Ok(found.await?.into_iter().flatten().collect())
    }

    async fn create(aws: &Aws, new: &Create<Spec>) -> Result<Made> {
        let spec = &new.spec;
        let mut tags = new.tags.clone();
        tags.extend(marks(spec).into_iter().filter(|(_, on)| *on).map(|(mark, _)| (mark.to_owned(), "true".to_owned())));
        let region = aws.scope.region.as_str();
        // us-east-1 is where buckets are when nothing is said, and saying it is an error.
        let place = (region != "us-east-1").then(|| BucketLocationConstraint::from(region));
        let configuration =
            CreateBucketConfiguration::builder().set_location_constraint(place).set_tags(Some(driver::tag_list(&tags)?)).build();
        aws.s3
            .create_bucket()
            .bucket(&new.name)
            .object_ownership(settings::ownership(spec.object_ownership))
            .create_bucket_configuration(configuration)
            .send()
            .await
            .during("s3.CreateBucket")?;
        // Emulators older than tags in this call drop them without a word.
        if aws.emulated && driver::tags(aws, &new.name).await?.is_empty() {
            driver::put_tags(aws, &new.name, &tags).await?;
        }
        settings::put_public_access_block(aws, &new.name, &spec.public_access_block).await?;
        if spec.versioning {
            put_versioning(aws, &new.name, true).await?;
        }
        if spec.encryption != Encryption::default() {
            settings::put_encryption(aws, &new.name, &spec.encryption).await?;
        }
        if !spec.lifecycle_rules.is_empty() {
            settings::put_lifecycle(aws, &new.name, &spec.lifecycle_rules).await?;
        }
        if !spec.cors_rules.is_empty() {
            settings::put_cors(aws, &new.name, &spec.cors_rules).await?;
        }
        if spec.logging.is_some() {
            settings::put_logging(aws, &new.name, spec.logging.as_ref()).await?;
        }
        if spec.policy.is_some() {
            put_policy(aws, &new.name, spec.policy.as_ref()).await?;
        }
        Ok(Made { id: new.name.clone(), outputs: Self::foretell(&aws.scope, &new.name) })
    }

    async fn update(aws: &Aws, change: &Update<Spec>) -> Result<BTreeMap<String, String>> {
        let (name, wanted) = (&change.live.id, &change.wanted);
        // A policy that the block would refuse goes out before the block comes, and comes in after the block goes.
        let opens = change.changes("public_access_block") && !wanted.public_access_block.block_public_policy;
        if opens {
            settings::put_public_access_block(aws, name, &wanted.public_access_block).await?;
        }
        if change.changes("policy") {
            put_policy(aws, name, wanted.policy.as_ref()).await?;
        }
        if change.changes("public_access_block") && !opens {
            settings::put_public_access_block(aws, name, &wanted.public_access_block).await?;
        }
        if change.changes("object_ownership") {
            settings::put_ownership(aws, name, wanted.object_ownership).await?;
        }
        if change.changes("versioning") {
            put_versioning(aws, name, wanted.versioning).await?;
        }
        if change.changes("encryption") {
            settings::put_encryption(aws, name, &wanted.encryption).await?;
        }
        if change.changes("lifecycle_rules") {
            settings::put_lifecycle(aws, name, &wanted.lifecycle_rules).await?;
        }
        if change.changes("cors_rules") {
            settings::put_cors(aws, name, &wanted.cors_rules).await?;
        }
        if change.changes("logging") {
            settings::put_logging(aws, name, wanted.logging.as_ref()).await?;
        }
        if change.changes("force_destroy") || change.changes("logging") {
            let mut retag = Retag::default();
            for (mark, on) in marks(wanted) {
                if on {
                    retag.set.insert(mark.to_owned(), "true".to_owned());
                } else {
                    retag.unset.push(mark.to_owned());
                }
            }
            driver::retag(aws, name, &retag).await?;
        }
        Ok(BTreeMap::new())
    }

    async fn delete(aws: &Aws, live: &Live<Spec>) -> Result<()> {
        if live.spec.force_destroy {
            driver::empty(aws, &live.id).await?;
        }
        match aws.s3.delete_bucket().bucket(&live.id).send().await.during("s3.DeleteBucket") {
            Err(error) if error.is(&["BucketNotEmpty"]) => {
                let message = format!("{}; empty it, or apply it with `force_destroy = true` before it is deleted", error.message);
                Err(Error { message, ..error })
            }
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    }

    async fn retag(aws: &Aws, live: &Live<Spec>, tags: &Retag) -> Result<()> {
        driver::retag(aws, &live.id, tags).await
    }
}

fn marks(spec: &Spec) -> [(&'static str, bool); 2] {
    [(FORCE_DESTROY, spec.force_destroy), (LOGGING, spec.logging.is_some())]
}

fn is_marked(tags: &BTreeMap<String, String>, mark: &str) -> bool {
    tags.get(mark).is_some_and(|value| value == "true")
}

/// Returns buckets that may be ours: those that the tagging API names, and unless it names all that are wanted, those that are
/// called as ours are. A bucket of another region belongs to the same stack over there.
async fn candidates(aws: &Aws, wanted: &[String], everywhere: bool) -> Result<BTreeSet<String>> {
    // An adopted bucket keeps its name.
    let mut found =
        aws.tagged.arns(aws, "s3:").await?.iter().filter_map(|arn| arn.rsplit(':').next()).map(String::from).collect::<BTreeSet<_>>();
    if !everywhere && !wanted.is_empty() && wanted.iter().all(|name| found.contains(name)) {
        return Ok(found);
    }
    let prefix = driver::prefix(aws);
    let everything = wanted.iter().any(|name| !name.starts_with(&prefix));
    let mut pages =
        aws.s3.list_buckets().set_prefix((!everything).then(|| prefix.clone())).bucket_region(&aws.scope.region).into_paginator().send();
    while let Some(page) = pages.next().await {
        let buckets = page.during("s3.ListBuckets")?.buckets.unwrap_or_default();
        let here = buckets.into_iter().filter(|bucket| bucket.bucket_region.as_ref().is_none_or(|region| *region == aws.scope.region));
        found.extend(here.filter_map(|bucket| bucket.name).filter(|name| name.starts_with(&prefix) || wanted.contains(name)));
    }
    Ok(found)
}

// S3 answers one setting a call.
async fn read(aws: &Aws, select: &Select, name: &str) -> Result<Live<Spec>> {
    let arn = aws.scope.bucket_arn(name);
    let tags = match select {
        Select::Owned { .. } => aws.tagged.tags(aws, &arn, true, || driver::tags(aws, name)).await?,
        Select::Ids(_) => driver::tags(aws, name).await?,
    };
    let claim = aws.claim(&tags);
    let spec = if claim.is_some() || select.ids().is_some() { settings(aws, name, &tags).await? } else { blank(name, &tags) };
    Ok(Live {
        id: name.to_owned(),
        name: name.to_owned(),
        claim,
        state: State::Ready,
        outputs: Bucket::foretell(&aws.scope, name),
        spec,
        arn,
    })
}

async fn settings(aws: &Aws, name: &str, tags: &BTreeMap<String, String>) -> Result<Spec> {
    let (versioning, encryption, public_access_block, object_ownership, lifecycle_rules, cors_rules, policy, logging) = tokio::try_join!(
        versioning(aws, name),
        settings::encryption(aws, name),
        settings::public_access_block(aws, name),
        settings::object_ownership(aws, name),
        settings::lifecycle(aws, name),
        settings::cors(aws, name),
        policy(aws, name),
        async { if is_marked(tags, LOGGING) { settings::logging(aws, name).await } else { Ok(None) } },
    )?;
    Ok(Spec {
        versioning,
        encryption,
        public_access_block,
        object_ownership,
        lifecycle_rules,
        cors_rules,
        policy,
        logging,
        ..blank(name, tags)
    })
}

/// Returns the spec of a bucket that is not ours: nobody compares its settings.
fn blank(name: &str, tags: &BTreeMap<String, String>) -> Spec {
    Spec {
        name: Some(name.to_owned()),
        force_destroy: is_marked(tags, FORCE_DESTROY),
        versioning: false,
        encryption: Encryption::default(),
        public_access_block: PublicAccessBlock::default(),
        object_ownership: ObjectOwnership::default(),
        lifecycle_rules: Vec::new(),
        cors_rules: Vec::new(),
        policy: None,
        logging: None,
        tags: own_tags(tags),
    }
}

async fn versioning(aws: &Aws, name: &str) -> Result<bool> {
    let answer = aws.s3.get_bucket_versioning().bucket(name).send().await.during("s3.GetBucketVersioning")?;
    Ok(answer.status == Some(BucketVersioningStatus::Enabled))
}

async fn put_versioning(aws: &Aws, name: &str, on: bool) -> Result<()> {
    let status = if on { BucketVersioningStatus::Enabled } else { BucketVersioningStatus::Suspended };
    let configuration = types::VersioningConfiguration::builder().status(status).build();
    let call = aws.s3.put_bucket_versioning().bucket(name).versioning_configuration(configuration);
    call.send().await.during("s3.PutBucketVersioning")?;
    Ok(())
}

async fn policy(aws: &Aws, name: &str) -> Result<Option<Value>> {
    let answer = aws.s3.get_bucket_policy().bucket(name).send().await.during("s3.GetBucketPolicy");
    let text = driver::unless_absent(answer, "NoSuchBucketPolicy")?.and_then(|answer| answer.policy);
    text.map(|text| serde_json::from_str(&text).map_err(|_| Error::new("s3.GetBucketPolicy", "UnreadableAnswer", "the policy is not JSON")))
        .transpose()
}

async fn put_policy(aws: &Aws, name: &str, policy: Option<&Value>) -> Result<()> {
    match policy {
        Some(policy) => {
            aws.s3.put_bucket_policy().bucket(name).policy(policy.to_string()).send().await.during("s3.PutBucketPolicy")?;
        }
        None => {
            aws.s3.delete_bucket_policy().bucket(name).send().await.during("s3.DeleteBucketPolicy")?;
        }
    }
    Ok(())
}
