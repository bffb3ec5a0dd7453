//! A store in a bucket of S3, for several machines. It needs conditional writes and nothing else.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>

use super::blobs::{Blob, Blobs, Condition, ETag, Error, Holding, Locks, Seen};
use super::lease::{self, Held, Lease};
use crate::aws::{self, Aws, Calls, Class, During};
use crate::core::backoff::Backoff;
use crate::core::settings::StorePlace;
use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// A bucket as a store; its keys begin with the prefix of the place. Objects are encrypted as the bucket says.
#[derive(Debug, Clone)]
pub struct Bucket {
    s3: Client,
    calls: Calls,
    place: StorePlace,
    /// AWS's time passes so many times faster than this machine's, by which leases are kept.
    speed: f64,
}

/// Writes that met another one at the same moment are tried again so often.
const TRIES: usize = 8;

const CONFLICT: &[&str] = &["PreconditionFailed", "NoSuchKey"];

impl Bucket {
    /// Opens it. `s3` is a client of the bucket's own region.
    pub fn new(s3: Client, aws: &Aws, place: StorePlace) -> Self {
        Bucket { s3, calls: aws.calls.clone(), place, speed: aws.clock.speed.max(1.0) }
    }

    fn name(&self, key: &str) -> String {
        format!("{}{key}", self.place.prefix)
    }

    fn failed(&self, doing: &'static str, key: &str, error: aws::Error) -> Error {
        let hint = match () {
            () if error.is(&["NoSuchBucket"]) => "make the bucket first: aws s3 mb; or name another one as `store` in [stack]",
            () if error.class == Class::Denied => {
                "the store needs s3:GetObject, s3:PutObject and s3:ListBucket, and the key of the bucket where it is encrypted with one"
            }
            () => "try again; --work-dir with --store directory keeps locks and journals on this machine",
        };
        Error::Failed { doing, place: self.place(key), source: Box::new(error), hint }
    }

    /// Reads an object, with the time at which it was written last.
    async fn read(&self, key: &str) -> Result<Option<(Blob, Timestamp)>, Error> {
        let call = self.s3.get_object().bucket(&self.place.bucket).key(self.name(key));
        let answer = match call.send().await.during("s3.GetObject") {
            Ok(answer) => answer,
            Err(error) if error.is(&["NoSuchKey"]) => return Ok(None),
            Err(error) => return Err(self.failed("read", key, error)),
        };
        let (etag, at) = (answer.e_tag.unwrap_or_default(), answer.last_modified.map(|at| at.secs()));
        let bytes = answer.body.collect().await;
        let bytes = bytes.map_err(|error| self.failed("read", key, aws::Error::new("s3.GetObject", "CutOff", error.to_string())))?;
        let written = at.and_then(|at| Timestamp::from_second(at).ok()).unwrap_or_default();
        Ok(Some((Blob { bytes: bytes.to_vec(), etag: ETag(etag) }, written)))
    }

    /// Writes an object once, and answers the error as AWS gives it.
    async fn write(&self, key: &str, bytes: &[u8], condition: &Condition) -> aws::Result<ETag> {
        let call = self.s3.put_object().bucket(&self.place.bucket).key(self.name(key)).body(ByteStream::from(bytes.to_vec()));
        let call = match condition {
            Condition::Absent => call.if_none_match("*"),
            Condition::Matches(ETag(etag)) => call.if_match(etag),
            Condition::Always => call,
        };
        Ok(ETag(call.send().await.during("s3.PutObject")?.e_tag.unwrap_or_default()))
    }

    /// Reads the lease that stands under a key; none where nobody ever held it.
    pub(super) async fn lease(&self, key: &str) -> Result<Option<(Lease, ETag, Timestamp)>, Error> {
        let Some((blob, written)) = self.read(key).await? else { return Ok(None) };
        let lease = Lease::parse(&blob.bytes).map_err(|why| {
            let error = aws::Error::new("s3.GetObject", "NoLease", why);
            Error::Failed { doing: "read", place: self.place(key), source: Box::new(error), hint: lease::HINT }
        })?;
        Ok(Some((lease, blob.etag, written)))
    }

    /// Takes the lease under a key, or answers with the words of whoever has it.
    pub(super) async fn take(&self, key: &str, holder: &[u8]) -> Result<Result<Held, Vec<u8>>, Error> {
        for _ in 0..TRIES {
            let (fence, condition) = match self.lease(key).await? {
                None => (1, Condition::Absent),
                Some((lease, etag, written)) => {
                    let fence = lease.fence + 1;
                    let seen = self.seen(lease, written);
                    if seen.held {
                        return Ok(Err(seen.holder));
                    }
                    (fence, Condition::Matches(etag))
                }
            };
            let (began, lease) = (Instant::now(), Lease::new(fence, holder));
            match self.put(key, &lease.bytes(), condition).await {
                Ok(etag) => return Ok(Ok(Held::keep(self.clone(), key.to_owned(), lease, etag, began))),
                // Somebody was faster.
                Err(Error::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Err(Vec::new()))
    }

    fn seen(&self, lease: Lease, written: Timestamp) -> Seen {
        let age = Duration::try_from(self.calls.now().duration_since(written)).unwrap_or_default().div_f64(self.speed);
        Seen {
            held: lease.held && age < lease::TERM,
            expired: lease.held && age >= lease::TERM,
            fence: Some(lease.fence),
            age: Some(age),
            holder: lease.holder(),
        }
    }
}

#[async_trait]
impl Blobs for Bucket {
    async fn get(&self, key: &str) -> Result<Option<Blob>, Error> {
        Ok(self.read(key).await?.map(|(blob, _)| blob))
    }

    async fn put(&self, key: &str, bytes: &[u8], condition: Condition) -> Result<ETag, Error> {
        let mut pauses = Backoff::new(Duration::from_millis(50), Duration::from_secs(2)).take(TRIES);
        loop {
            match self.write(key, bytes, &condition).await {
                Ok(etag) => return Ok(etag),
                // Two wrote at once, and AWS asks for another try.
                Err(error) if error.is(&["ConditionalRequestConflict", "OperationAborted"]) => match pauses.next() {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(self.failed("write", key, error)),
                },
                // The answer to an attempt of our own may have been lost.
                Err(error) if error.is(CONFLICT) => {
                    return match self.get(key).await? {
                        Some(blob) if blob.bytes == bytes => Ok(blob.etag),
                        _ => Err(Error::Conflict { place: self.place(key) }),
                    };
                }
                Err(error) => return Err(self.failed("write", key, error)),
            }
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let mut pages = self.s3.list_objects_v2().bucket(&self.place.bucket).prefix(self.name(prefix)).into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.during("s3.ListObjectsV2").map_err(|error| self.failed("list", prefix, error))?;
            let names = page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key);
            keys.extend(names.filter_map(|name| name.strip_prefix(&self.place.prefix).map(str::to_owned)));
        }
        keys.sort();
        Ok(keys)
    }

    fn place(&self, key: &str) -> String {
        format!("s3://{}/{}", self.place.bucket, self.name(key))
    }
}

#[async_trait]
impl Locks for Bucket {
    async fn hold(&self, key: &str, holder: &[u8]) -> Result<Holding, Error> {
        Ok(match self.take(key, holder).await? {
            Ok(held) => Holding::Held(Box::new(held)),
            Err(holder) => Holding::Others(holder),
        })
    }

    async fn look(&self, key: &str) -> Result<Option<Seen>, Error> {
        Ok(self.lease(key).await?.map(|(lease, _, written)| self.seen(lease, written)))
    }

    async fn let_go(&self, key: &str) -> Result<bool, Error> {
        let Some((lease, etag, _)) = self.lease(key).await? else { return Ok(false) };
        if !lease.held {
            return Ok(false);
        }
        self.put(key, &lease.released().bytes(), Condition::Matches(etag)).await?;
        Ok(true)
    }
}
