//! Tells which products of each service are which keys: one file per service.
//!
//! Most are a table of usage types, AWS's own names for what is billed; a usage type that stands for several products needs
//! another attribute beside it. A product that fits no row is not in the catalogue.

mod cloudfront;
mod cloudwatch;
mod data_transfer;
mod dynamodb;
mod ec2;
mod ecr;
mod ecs;
mod efs;
mod eks;
mod elasticache;
mod elb;
mod kms;
mod lambda;
mod opensearch;
mod rds;
mod route53;
mod s3;
mod secrets_manager;
mod sns;
mod sqs;
mod systems_manager;
mod vpc;
mod waf;

use super::{Files, Product, Service, Wanted};

/// The services of the catalogue, by AWS's codes of their offers.
pub static SERVICES: &[Service] = &[
    by_region("AWSDataTransfer", data_transfer::keys),
    by_region("AWSELB", elb::keys),
    by_region("AWSLambda", lambda::keys),
    by_region("AWSQueueService", sqs::keys),
    by_region("AWSSecretsManager", secrets_manager::keys),
    Service { code: "AmazonSSM", ..by_region("AWSSystemsManager", systems_manager::keys) },
    Service { files: Files::One, ..by_region("AmazonCloudFront", cloudfront::keys) },
    // Dashboards have one price for all regions, which the regions' files leave out.
    Service { files: Files::One, ..by_region("AmazonCloudWatch", cloudwatch::keys) },
    by_region("AmazonDynamoDB", dynamodb::keys),
    by_region("AmazonEC2", ec2::keys),
    by_region("AmazonECR", ecr::keys),
    by_region("AmazonECS", ecs::keys),
    by_region("AmazonEFS", efs::keys),
    by_region("AmazonEKS", eks::keys),
    by_region("AmazonES", opensearch::keys),
    by_region("AmazonElastiCache", elasticache::keys),
    Service { code: "AmazonS3", ..by_region("AmazonGlacier", s3::glacier) },
    by_region("AmazonRDS", rds::keys),
    Service { files: Files::One, ..by_region("AmazonRoute53", route53::keys) },
    by_region("AmazonS3", s3::keys),
    Service { code: "AmazonS3", ..by_region("AmazonS3GlacierDeepArchive", s3::deep_archive) },
    by_region("AmazonSNS", sns::keys),
    by_region("AmazonVPC", vpc::keys),
    by_region("awskms", kms::keys),
    by_region("awswaf", waf::keys),
];

const fn by_region(offer: &'static str, keys: fn(&Product, &str) -> Vec<Wanted>) -> Service {
    Service { offer, code: offer, files: Files::ByRegion, keys }
}

/// A usage type, the key that it is, and what the catalogue counts it by.
type Row = (&'static str, &'static str, &'static str);

/// The key of a usage type, from a table.
fn row(table: &[Row], usage: &str) -> Vec<Wanted> {
    table.iter().filter(|(name, ..)| *name == usage).map(|(_, key, unit)| Wanted::new(*key, unit)).collect()
}

fn one(key: impl Into<String>, unit: &'static str) -> Vec<Wanted> {
    vec![Wanted::new(key, unit)]
}
