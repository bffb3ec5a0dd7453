//! Tariffs make charges of sizes and amounts, as each AWS service's own price page has it. One file per service.
//!
//! A kind's `price` says which of these apply to its spec; worked cases in other tools' words use the same.

pub mod cloudfront;
pub mod cloudwatch;
pub mod elasticache;
pub mod elb;
pub mod fargate;
pub mod kms;
pub mod opensearch;
pub mod rds;
pub mod registry;
pub mod s3;
pub mod secrets;
pub mod sns;
pub mod transfer;
pub mod vpc;
