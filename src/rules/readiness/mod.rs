//! The checks of readiness: a file for each area with its rows, and what answers them. The table is at the end.
//!
//! A row has its question, its weight within its area, and its remedy. What rules find is taken from them (`Look::Rules`, and
//! `Look::Rest` for whatever no row has by name), so that a new rule counts by itself; the other rows ask where no rule looks.
//! `tests/core/readiness.rs` leads every row through a stack that fails it and one that passes.

mod cost;
mod data;
mod delivery;
mod integration;
mod live;
mod network;
mod observability;
mod reliability;
mod security;

use crate::core::code::{Code, Example};
use crate::core::readiness::area::Area;
use crate::core::readiness::check::{Check, code};

/// The tests that lead rows through stacks which their examples cannot show.
const BY_RULES: Example = Example::Test("what_rules_find_fails_its_check");
const BY_LIVE: Example = Example::Test("each_check_of_what_is_live_fails_and_passes");

/// The code of a row that asks rules.
const fn of_rules(id: &'static str, area: Area, about: &'static str, why: &'static str) -> Code {
    Code { id, about, why, example: BY_RULES, ..code(area) }
}

/// The code of a row that asks what is live.
const fn of_live(id: &'static str, area: Area, about: &'static str, why: &'static str, page: &'static str) -> Code {
    Code { id, about, why, page, example: BY_LIVE, ..code(area) }
}

pub static CHECKS: &[Check] = &[
    network::RANGES,
    network::ZONES,
    network::WAY_OUT,
    network::STORES_APART,
    network::ROOM,
    data::BACKUPS,
    data::KEPT_A_WEEK,
    data::PROTECTED,
    data::FINAL_SNAPSHOT,
    data::ROOM_TO_GROW,
    data::VERSIONED,
    data::ENGINES,
    live::MIGRATIONS,
    security::NOT_PUBLIC,
    security::NO_PLAIN_SECRET,
    security::NARROW_ROLES,
    security::AT_REST,
    security::TO_USERS,
    security::TO_STORES,
    security::SCANNED,
    security::REST,
    live::SECRETS,
    reliability::STORES_TWICE,
    reliability::TASKS_TWICE,
    reliability::SCALES,
    reliability::HEALTH,
    reliability::NOT_ALL_SPOT,
    reliability::BALANCERS_KEPT,
    reliability::REST,
    live::TARGETS,
    live::TASKS,
    observability::WATCHED,
    observability::HEARD,
    observability::SLOWNESS,
    observability::LOGS,
    observability::LOG_DAYS,
    observability::QUERIES,
    observability::DASHBOARD,
    observability::REST,
    live::ALARM_DATA,
    live::CONFIRMED,
    live::CALM,
    cost::BUDGET,
    cost::PRICED,
    cost::USAGE,
    cost::REST,
    delivery::GOES_BACK,
    delivery::BESIDE,
    delivery::SMOKE,
    delivery::PINNED,
    delivery::TAGS_STAY,
    delivery::TOLD,
    delivery::ACCOUNT,
    delivery::REST,
    live::APPLIED,
    live::IMAGES,
    live::ROOM,
    integration::NAMED,
    integration::STARTS,
    integration::NOT_ITSELF,
    integration::STORES_USED,
    integration::SECRETS_USED,
];
