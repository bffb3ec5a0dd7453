//! Secrets Manager. <https://aws.amazon.com/secrets-manager/pricing/>

use crate::pricing::{Charge, Given};

pub fn secret(what: &str) -> Charge {
    Charge::fixed(what, "secretsmanager.secret.month", "secret-month", 1)
}

pub fn requests(requests: Given) -> Charge {
    Charge::usage("reads of the secret", "secretsmanager.api_requests", "10k requests", requests.per(10_000))
}
