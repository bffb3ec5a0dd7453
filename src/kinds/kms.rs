//! The names of KMS keys in the specs of other kinds.

use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;

/// A key is named by its ARN, because that is what AWS answers: an alias or a bare id would look like a change for ever.
pub(crate) fn key_problem(field: &str, key: Option<&str>) -> Option<Problem> {
    let key = key.filter(|key| !is_symbolic(key))?;
    let good = key.starts_with("arn:") && key.contains(":kms:") && key.contains(":key/");
    (!good).then(|| {
        Problem::new(field, format!("`{key}` is not the ARN of a KMS key"))
            .help("write the key's ARN, as `aws kms describe-key` answers it")
    })
}
