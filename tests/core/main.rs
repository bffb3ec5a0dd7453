//! The laws of the pure core as a whole: modules, kinds, rules and prices together. They need no feature, so that
//! `cargo test --no-default-features` runs them in seconds.
#![allow(clippy::unwrap_used)]

mod advise;
mod any_file;
mod charges;
mod checks;
mod codes;
mod commands;
mod commitments;
mod complete;
mod corpus;
mod documents;
mod extremes;
mod fixes;
mod generator;
mod guards;
mod guide;
mod holes;
mod layout;
mod limits;
mod lsp;
mod messages;
mod module_keys;
mod price_laws;
mod published;
mod reach;
mod readiness;
mod rollout;
mod rules;
mod schema_laws;
mod set;
mod sizes;
mod templates;
mod usage_laws;
