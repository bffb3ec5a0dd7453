//! Elastic Load Balancing: load balancers, target groups, listeners, rules.
//!
//! Every resource is kept by its ARN. `kind` knows the four sorts of ARN, `action` and `condition` bring what
//! listeners and rules say into the form in which AWS answers it, and who uses a target group is derived from them.

pub mod account;
pub mod action;
pub mod attribute;
pub mod certificate;
pub mod condition;
pub mod health_check;
pub mod hosted_zone;
pub mod kind;
pub mod listener;
pub mod load_balancer;
pub mod network;
pub mod rule;
pub mod ssl_policy;
pub mod tag;
pub mod target;
pub mod target_group;

#[cfg(test)]
mod testing;

use super::Handler;
use crate::world::Fault;

pub fn handler(operation: &str) -> Option<Handler> {
    let action: Handler = match operation {
        "CreateLoadBalancer" => load_balancer::create,
        "DeleteLoadBalancer" => load_balancer::delete,
        "DescribeLoadBalancers" => load_balancer::describe,
        "SetSecurityGroups" => network::set_security_groups,
        "SetSubnets" => network::set_subnets,
        "SetIpAddressType" => network::set_ip_address_type,

        "CreateTargetGroup" => target_group::create,
        "DeleteTargetGroup" => target_group::delete,
        "DescribeTargetGroups" => target_group::describe,
        "ModifyTargetGroup" => target_group::modify,
        "RegisterTargets" => target::register_all,
        "DeregisterTargets" => target::deregister_all,
        "DescribeTargetHealth" => target::describe_health,

        "CreateListener" => listener::create,
        "DeleteListener" => listener::delete,
        "DescribeListeners" => listener::describe,
        "ModifyListener" => listener::modify,
        "AddListenerCertificates" => certificate::add,
        "RemoveListenerCertificates" => certificate::remove,
        "DescribeListenerCertificates" => certificate::describe,
        "DescribeSSLPolicies" => ssl_policy::describe,

        "CreateRule" => rule::create,
        "DeleteRule" => rule::delete,
        "DescribeRules" => rule::describe,
        "ModifyRule" => rule::modify,
        "SetRulePriorities" => rule::set_priorities,

        "DescribeLoadBalancerAttributes" | "DescribeTargetGroupAttributes" | "DescribeListenerAttributes" => attribute::describe,
        "ModifyLoadBalancerAttributes" | "ModifyTargetGroupAttributes" | "ModifyListenerAttributes" => attribute::modify,
        "DescribeCapacityReservation" => load_balancer::describe_capacity,
        "DescribeAccountLimits" => account::describe_limits,
        "AddTags" => tag::add,
        "RemoveTags" => tag::remove,
        "DescribeTags" => tag::describe,
        _ => return None,
    };
    Some(action)
}

/// The answer of this service to most bad input.
fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

/// A name of a load balancer or target group: at most 32 letters, digits and hyphens, no hyphen at the ends.
fn check_name(what: &str, name: &str) -> Result<(), Fault> {
    if name.is_empty() {
        return Err(invalid(format!("{what} name cannot be empty")));
    }
    if name.len() > 32 {
        return Err(invalid(format!("{what} name '{name}' cannot be longer than '32' characters")));
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(invalid(format!("{what} name '{name}' can only contain characters that are alphanumeric characters and hyphens(-)")));
    }
    if name.starts_with('-') || name.ends_with('-') {
        return Err(invalid(format!("{what} name '{name}' cannot begin or end with '-'")));
    }
    Ok(())
}
