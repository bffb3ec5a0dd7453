//! Keys and what is done with them. <https://aws.amazon.com/kms/pricing/>

use crate::pricing::{Allowance, Charge, Given};

pub static REQUESTS: Allowance = Allowance { name: "KMS requests", amount: 20_000 };

pub fn key() -> Charge {
    Charge::fixed("key", "kms.key.month", "key-month", 1)
}

/// Requests to symmetric keys, also to those that AWS keeps for its services.
pub fn requests(requests: Given) -> Charge {
    Charge::usage("KMS requests", "kms.requests.symmetric", "10k requests", requests.per(10_000)).free(&REQUESTS)
}

/// Requests to keys of other specs: `rsa2048`, `asymmetric`. None are given away.
pub fn other_requests(spec: &str, requests: Given) -> Charge {
    Charge::usage("KMS requests", format!("kms.requests.{spec}"), "10k requests", requests.per(10_000))
}
