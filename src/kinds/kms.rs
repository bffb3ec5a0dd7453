//! The KMS keys in the specs of other kinds: their names, and the requests to them.

use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::pricing::{Charge, Facts, tariffs};

/// The requests to the key of what is encrypted. A key that AWS keeps for a service costs nothing a month, but its requests do
/// wherever the service does not pay for them: <https://aws.amazon.com/kms/pricing/>
pub(crate) const REQUESTS: Measure = Measure::derived(
    "kms_requests",
    "requests",
    "Requests to the KMS key of what is encrypted with one. If nothing is said, one for each read of a secret and for each request to a \
         bucket without a bucket key, and none of the rest.",
)
.idle("nothing there is encrypted with a key that bills requests", "encrypt it with one");

/// Returns what is said of requests to the key of what is encrypted with one.
pub(crate) fn requests(encrypted: bool, facts: &Facts<'_>) -> Option<Charge> {
    encrypted.then(|| facts.said(REQUESTS.name)).flatten().map(tariffs::kms::requests)
}

/// A key is named by its ARN, because that is what AWS answers: an alias or a bare id would look like a change for ever.
pub(crate) fn key_problem(field: &str, key: Option<&str>) -> Option<Problem> {
    let key = key.filter(|key| !is_symbolic(key))?;
    let good = key.starts_with("arn:") && key.contains(":kms:") && key.contains(":key/");
    (!good).then(|| {
        Problem::new(field, format!("`{key}` is not the ARN of a KMS key"))
            .help("write the key's ARN, as `aws kms describe-key` answers it")
    })
}
