//! OPS and DATA: databases, caches and search, and what keeps them.

pub mod alone_in_production;
pub mod family_of_another_version;
pub mod no_backups;
pub mod retired_class;
pub mod strange_parameter;
pub mod switch_in_words;
pub mod token_refused;
pub mod unknown_class;
pub mod unprotected_in_production;
pub mod unsupported_version;
pub mod version_to_come;
