//! One file per rule, in folders by family: its code with examples, and the check. The table is at the end.
//!
//! To add a rule, copy the nearest file, name it in its folder's `mod.rs` and add a line here. `tests/core/rules.rs` holds every
//! rule to its examples.

mod alarms;
mod balancing;
mod changes;
mod commitment;
mod cost;
mod data;
mod ecs;
mod environment;
mod iam;
pub mod limits;
mod names;
mod network;
pub mod reach;
pub mod readiness;
mod references;
mod security;
mod usage;

use crate::core::rule::Rule;

pub static RULES: &[Rule] = &[
    network::subnets_overlap::RULE,
    network::subnet_outside_vpc::RULE,
    network::too_few_zones::RULE,
    network::small_subnet::RULE,
    network::too_few_addresses::RULE,
    network::subnet_routed_twice::RULE,
    network::nat_without_internet::RULE,
    network::endpoint_without_dns::RULE,
    network::before_gateway::RULE,
    network::zone_elsewhere::RULE,
    network::public_range::RULE,
    network::of_two_vpcs::RULE,
    network::endpoint_elsewhere::RULE,
    network::zone_twice::RULE,
    network::route_inside_vpc::RULE,
    network::one_nat::RULE,
    network::nat_of_another_zone::RULE,
    iam::role_not_assumable::RULE,
    iam::secrets_not_readable::RULE,
    iam::logs_not_writable::RULE,
    iam::shell_not_allowed::RULE,
    iam::unknown_action::RULE,
    iam::escalation::RULE,
    iam::open_trust::RULE,
    iam::confused_deputy::RULE,
    iam::unknown_managed_policy::RULE,
    iam::account_trust::RULE,
    ecs::container_of_nobody::RULE,
    ecs::targets_not_by_address::RULE,
    ecs::grace_too_short::RULE,
    ecs::not_behind_balancer::RULE,
    ecs::key_of_plain_secret::RULE,
    ecs::cannot_scale::RULE,
    ecs::log_elsewhere::RULE,
    ecs::capacity_of_nobody::RULE,
    ecs::target_of_a_fraction::RULE,
    ecs::platform_too_old::RULE,
    balancing::protocol_of_another::RULE,
    balancing::certificate_elsewhere::RULE,
    balancing::version_needs_tls::RULE,
    balancing::group_of_two::RULE,
    balancing::log_bucket_shut::RULE,
    names::same_name::RULE,
    names::same_thing::RULE,
    references::other_kind::RULE,
    security::open_port::RULE,
    security::public_database::RULE,
    security::plain_secret::RULE,
    security::public_bucket::RULE,
    security::all_actions::RULE,
    security::unencrypted::RULE,
    security::policy_of_another_bucket::RULE,
    security::distribution_shut_out::RULE,
    security::old_tls::RULE,
    security::plain_beside_tls::RULE,
    security::public_policy_blocked::RULE,
    security::logs_without_acls::RULE,
    security::open_search::RULE,
    data::no_backups::RULE,
    reach::balancer_to_tasks::RULE,
    reach::nobody_at_listener::RULE,
    reach::store_unreachable::RULE,
    reach::start_unreachable::RULE,
    reach::later_unreachable::RULE,
    reach::store_open_to_others::RULE,
    data::family_of_another_version::RULE,
    data::unsupported_version::RULE,
    data::retired_class::RULE,
    data::unknown_class::RULE,
    data::strange_parameter::RULE,
    data::token_refused::RULE,
    data::unprotected_in_production::RULE,
    data::alone_in_production::RULE,
    alarms::tells_nobody::RULE,
    alarms::never_crossed::RULE,
    alarms::topic_shut::RULE,
    alarms::unknown_metric::RULE,
    alarms::unknown_dimension::RULE,
    alarms::unwatched::RULE,
    alarms::metric_elsewhere::RULE,
    alarms::wrong_unit::RULE,
    alarms::no_data::RULE,
    alarms::topic_elsewhere::RULE,
    cost::kept_for_ever::RULE,
    cost::several_nats::RULE,
    cost::idle_balancer::RULE,
    limits::per_region::RULE,
    limits::per_vpc::RULE,
    limits::per_group::RULE,
    limits::per_balancer::RULE,
    limits::groups_of_interface::RULE,
    limits::task_size::RULE,
    limits::of_account::RULE,
    usage::unknown::RULE,
    usage::idle::RULE,
    usage::out_of_bounds::RULE,
    usage::more_than_whole::RULE,
    commitment::in_vain::RULE,
    commitment::in_part::RULE,
    changes::version_back::RULE,
    changes::rounded_storage::RULE,
    changes::name_in_use::RULE,
    changes::too_old::RULE,
    changes::moved_database::RULE,
    changes::subnets_in_use::RULE,
    changes::storage_shrinks::RULE,
    changes::moved_to_another_kind::RULE,
    changes::hidden_value::RULE,
];
