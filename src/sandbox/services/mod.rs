//! The AWS services, which handle decoded requests: one file per service, one table of operations each.
//!
//! A handler reads `call.input` (members by their model names), changes the world, and answers JSON with
//! the output's model member names. It may assume that the input fits its model. Members that start with `_` are
//! private to the sandbox: the codec never sends them.

use super::world::{Call, Fault};
use serde_json::Value;

pub mod acm;
pub mod autoscaling;
pub mod cloudfront;
pub mod cloudtrail;
pub mod cloudwatch;
pub mod ec2;
pub mod ecr;
pub mod ecs;
pub mod elasticache;
pub mod elbv2;
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
pub mod sts;
pub mod tagging;
#[cfg(test)]
pub mod testing;

pub type Handler = fn(&mut Call<'_>) -> Result<Value, Fault>;

/// The handler of an operation; `None` means the sandbox does not have it.
/// `service` is the model's file name, such as `elbv2`.
pub fn handler(service: &str, operation: &str) -> Option<Handler> {
    match service {
        "acm" => acm::handler(operation),
        "application-autoscaling" => autoscaling::handler(operation),
        "cloudfront" => cloudfront::handler(operation),
        "cloudtrail" => cloudtrail::handler(operation),
        "cloudwatch" => cloudwatch::handler(operation),
        "ec2" => ec2::handler(operation),
        "ecr" => ecr::handler(operation),
        "ecs" => ecs::handler(operation),
        "elasticache" => elasticache::handler(operation),
        "elbv2" => elbv2::handler(operation),
        "events" => events::handler(operation),
        "iam" => iam::handler(operation),
        "kms" => kms::handler(operation),
        "logs" => logs::handler(operation),
        "opensearch" => opensearch::handler(operation),
        "pricing" => pricing::handler(operation),
        "rds" => rds::handler(operation),
        "resourcegroupstaggingapi" => tagging::handler(operation),
        "route53" => route53::handler(operation),
        "s3" => s3::handler(operation),
        "scheduler" => scheduler::handler(operation),
        "secretsmanager" => secretsmanager::handler(operation),
        "service-quotas" => quotas::handler(operation),
        "sns" => sns::handler(operation),
        "sts" => sts::handler(operation),
        _ => None,
    }
}
