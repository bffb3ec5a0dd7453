//! IAM: roles that cannot be taken, roles that may do too little or too much for what uses them, and policies that say nothing.

pub mod account_trust;
pub mod arn_of_nothing;
pub mod bucket_for_object;
pub mod condition_of_nobody;
pub mod confused_deputy;
pub mod documents;
pub mod escalation;
pub mod grants;
pub mod images_not_pullable;
pub mod logs_not_writable;
pub mod open_trust;
mod reference;
pub mod role_not_assumable;
pub mod secrets_not_readable;
pub mod shell_not_allowed;
pub mod store_of_no_use;
pub mod unknown_action;
pub mod unknown_managed_policy;
