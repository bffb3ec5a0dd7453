//! SEC: who can reach, read or do what.

pub mod access_logs_shut;
pub mod all_actions;
pub mod bucket_without_access_control;
pub mod distribution_shut_out;
pub mod error_never_comes;
pub mod key_of_aws_behind_distribution;
pub mod logs_without_acls;
pub mod old_tls;
pub mod open_port;
pub mod open_search;
pub mod open_topic;
pub mod origin_unsigned;
pub mod origin_with_a_slash;
pub mod plain_beside_tls;
pub mod plain_secret;
pub mod plain_transit;
pub mod policy_of_another_bucket;
pub mod public_bucket;
pub mod public_database;
pub mod public_policy_blocked;
pub mod unencrypted;
