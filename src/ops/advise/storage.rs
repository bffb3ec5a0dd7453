//! Things that are kept: log lines, and objects with their keys and their CDN.

use super::{Candidate, Sight};
use crate::kinds::logs::log_group::{Class, LogGroup};
use crate::kinds::s3::bucket::{Bucket, SseAlgorithm};
use crate::modules::storage::{PriceClass, Storage};

/// The days that log lines are kept by this advice.
const DAYS: u32 = 30;

pub fn log_retention(sight: &Sight<'_>) -> Vec<Candidate> {
    let long = |days: u32| days == 0 || days > DAYS;
    let groups = sight.nodes::<LogGroup>().into_iter();
    let groups = groups.filter(|(_, spec)| long(spec.retention_in_days) && spec.log_group_class != Class::Delivery);
    let candidate = |(node, _)| {
        let edit = sight.set(node, "retention_in_days", &DAYS.to_string());
        let what = format!("with log lines of {DAYS} days");
        Candidate::new("log-retention", sight.place(node), what, vec![edit], format!("log lines older than {DAYS} days are gone"))
    };
    groups.map(candidate).collect()
}

/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PriceClass.html>
pub fn price_class(sight: &Sight<'_>) -> Vec<Candidate> {
    let further = |storage: &Storage| storage.cdn.as_ref().is_some_and(|cdn| cdn.price_class != PriceClass::AmericaEurope);
    let served = sight.modules::<Storage>().into_iter().filter(|(_, storage)| further(storage));
    let otherwise = "whoever is far from North America, Europe and Israel waits longer";
    let candidate = |place: &str| {
        Candidate::set("price-class", place, "served from America and Europe", "cdn.price_class", "america-europe", otherwise)
    };
    served.map(|(place, _)| candidate(&place)).collect()
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html>
pub fn bucket_key(sight: &Sight<'_>) -> Vec<Candidate> {
    let buckets = sight.nodes::<Bucket>().into_iter();
    let asking = buckets.filter(|(_, spec)| spec.encryption.sse_algorithm == SseAlgorithm::AwsKms && !spec.encryption.bucket_key_enabled);
    let candidate = |(node, _)| {
        let edit = sight.set(node, "encryption.bucket_key_enabled", "true");
        let otherwise = "CloudTrail records the use of the key by bucket, no longer by object";
        Candidate::new("bucket-key", sight.place(node), "with a bucket key", vec![edit], otherwise)
    };
    asking.map(candidate).collect()
}
