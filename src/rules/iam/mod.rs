//! IAM: roles that cannot be taken, and roles that may do too little or too much for what uses them.

pub mod grants;
pub mod logs_not_writable;
pub mod role_not_assumable;
pub mod secrets_not_readable;
pub mod shell_not_allowed;
