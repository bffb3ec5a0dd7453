//! One file per rule: what it finds, why that matters, an example, and the check. The table is at the end.
//!
//! To add a rule, copy the nearest file and add two lines here. `tests/core/rules.rs` holds every rule to its example.

mod all_actions;
mod no_backups;
mod open_port;
mod plain_secret;
mod public_bucket;
mod public_database;
mod same_name;
mod subnet_outside_vpc;
mod subnets_overlap;
mod too_few_zones;
mod unencrypted;

use crate::core::rule::Rule;

pub static RULES: &[Rule] = &[
    subnets_overlap::RULE,
    subnet_outside_vpc::RULE,
    too_few_zones::RULE,
    same_name::RULE,
    open_port::RULE,
    public_database::RULE,
    plain_secret::RULE,
    public_bucket::RULE,
    all_actions::RULE,
    unencrypted::RULE,
    no_backups::RULE,
];
