//! The limits of the account, of which Service Quotas is the source.

use crate::services::quotas::applied;
use crate::world::{Call, Fault};
use serde_json::{Value, json};

/// The name of a limit here, and the code of its quota.
const LIMITS: [(&str, &str); 5] = [
    ("application-load-balancers", "L-53DA6B97"),
    ("listeners-per-application-load-balancer", "L-B6DF7632"),
    ("network-load-balancers", "L-69A177A2"),
    ("target-groups", "L-B22855CB"),
    ("targets-per-application-load-balancer", "L-7E6692B2"),
];

pub fn describe_limits(call: &mut Call<'_>) -> Result<Value, Fault> {
    let limits = LIMITS.iter().filter_map(|(name, code)| {
        let most = applied(call, "elasticloadbalancing", code)?;
        Some(json!({"Name": name, "Max": most.to_string()}))
    });
    Ok(json!({"Limits": limits.collect::<Vec<_>>()}))
}
