//! The AWS services, which handle decoded requests: one file per service, one table of operations each.
//!
//! A handler reads `call.input` (members by their model names), changes the world, and answers JSON with
//! the output's model member names. It may assume that the input fits its model. Members that start with `_` are
//! private to the sandbox: the codec never sends them.

use super::world::{Call, Fault};
use serde_json::Value;

pub mod acm;
pub mod autoscaling;
pub mod ce;
pub mod cloudfront;
pub mod cloudtrail;
pub mod cloudwatch;
pub mod ec2;
pub mod ecr;
pub mod ecs;
pub mod elasticache;
pub mod elbv2;
pub mod event_pattern;
pub mod events;
pub mod iam;
pub mod kms;
pub mod logs;
pub mod members;
pub mod opensearch;
pub mod pricing;
pub mod quotas;
pub mod rds;
pub mod route53;
pub mod s3;
pub mod schedule;
pub mod scheduler;
pub mod secretsmanager;
pub mod sns;
pub mod sqs;
pub mod sts;
pub mod tagging;
#[cfg(test)]
pub mod testing;

pub type Handler = fn(&mut Call<'_>) -> Result<Value, Fault>;

/// Everything that the sandbox says of a service outside of its own folder.
pub struct Service {
    /// The name of its model's file, such as `elbv2`.
    pub name: &'static str,
    /// The name that requests to it are signed with, such as `elasticloadbalancing`.
    pub signing_name: &'static str,
    /// Its model, compressed.
    pub model: &'static [u8],
    /// The handler of one of its operations; `None` means the sandbox does not have it.
    pub handler: fn(&str) -> Option<Handler>,
    /// The number of entries on a page of a listing where the caller names none. `page` knows the operations that differ.
    pub page: usize,
    /// Its error for a token that the listing did not give.
    pub wrong_token: &'static str,
}

macro_rules! services {
    ($($name:literal signed $signing_name:literal handled by $handler:path, $page:literal a page, $wrong_token:literal;)*) => {
        pub static SERVICES: [Service; [$($name),*].len()] = [$(Service {
            name: $name,
            signing_name: $signing_name,
            model: include_bytes!(concat!("../models/", $name, ".json.gz")),
            handler: $handler,
            page: $page,
            wrong_token: $wrong_token,
        },)*];
    };
}

services! {
    "acm" signed "acm" handled by acm::handler, 100 a page, "ValidationException";
    "application-autoscaling" signed "application-autoscaling" handled by autoscaling::handler, 50 a page, "InvalidNextTokenException";
    "ce" signed "ce" handled by ce::handler, 100 a page, "InvalidNextTokenException";
    "cloudfront" signed "cloudfront" handled by cloudfront::handler, 100 a page, "InvalidArgument";
    "cloudtrail" signed "cloudtrail" handled by cloudtrail::handler, 50 a page, "ValidationException";
    "cloudwatch" signed "monitoring" handled by cloudwatch::handler, 100 a page, "InvalidNextToken";
    "ec2" signed "ec2" handled by ec2::handler, 1000 a page, "InvalidNextToken";
    "ecr" signed "ecr" handled by ecr::handler, 100 a page, "InvalidParameterException";
    "ecs" signed "ecs" handled by ecs::handler, 100 a page, "InvalidParameterException";
    "elasticache" signed "elasticache" handled by elasticache::handler, 100 a page, "InvalidParameterValue";
    "elbv2" signed "elasticloadbalancing" handled by elbv2::handler, 400 a page, "ValidationError";
    "events" signed "events" handled by events::handler, 100 a page, "ValidationException";
    "iam" signed "iam" handled by iam::handler, 100 a page, "ValidationError";
    "kms" signed "kms" handled by kms::handler, 100 a page, "InvalidMarkerException";
    "logs" signed "logs" handled by logs::handler, 50 a page, "InvalidParameterException";
    "opensearch" signed "es" handled by opensearch::handler, 100 a page, "ValidationException";
    "pricing" signed "pricing" handled by pricing::handler, 100 a page, "ValidationException";
    "rds" signed "rds" handled by rds::handler, 100 a page, "InvalidParameterValue";
    "resourcegroupstaggingapi" signed "tagging" handled by tagging::handler, 50 a page, "PaginationTokenExpiredException";
    "route53" signed "route53" handled by route53::handler, 100 a page, "InvalidInput";
    "s3" signed "s3" handled by s3::handler, 1000 a page, "InvalidArgument";
    "scheduler" signed "scheduler" handled by scheduler::handler, 100 a page, "ValidationException";
    "secretsmanager" signed "secretsmanager" handled by secretsmanager::handler, 100 a page, "InvalidNextToken";
    "service-quotas" signed "servicequotas" handled by quotas::handler, 100 a page, "ValidationException";
    "sns" signed "sns" handled by sns::handler, 100 a page, "InvalidParameter";
    "sqs" signed "sqs" handled by sqs::handler, 1000 a page, "InvalidParameterValue";
    "sts" signed "sts" handled by sts::handler, 100 a page, "ValidationError";
}

/// The service by its model's file name; `None` if the sandbox does not have it.
pub fn service(name: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.name == name)
}

/// The handler of an operation; `None` means the sandbox does not have it.
pub fn handler(name: &str, operation: &str) -> Option<Handler> {
    service(name).and_then(|service| (service.handler)(operation))
}
