//! The value of a secret: written, and asked for only as to whether there is one. It is never read.

use crate::aws::{Aws, During, Error, Result};

/// The label of the version that readers get.
const CURRENT: &str = "AWSCURRENT";

/// Returns the id of the version that readers get; none, if the secret is empty, or not there at all.
///
/// Listings lag behind by minutes, so each secret is asked for by itself:
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html>
pub(crate) async fn current(aws: &Aws, id: &str) -> Result<Option<String>> {
    match aws.secretsmanager.describe_secret().secret_id(id).send().await.during("secretsmanager.DescribeSecret") {
        Ok(answer) => {
            let versions = answer.version_ids_to_stages.unwrap_or_default();
            Ok(versions.into_iter().find(|(_, labels)| labels.iter().any(|label| label == CURRENT)).map(|(version, _)| version))
        }
        Err(error) if error.is(&["ResourceNotFoundException"]) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes this the value that readers get from now on.
pub(crate) async fn put(aws: &Aws, id: &str, value: &str) -> Result<()> {
    let call = aws.secretsmanager.put_secret_value().secret_id(id).secret_string(value);
    let answer = call.send().await.during("secretsmanager.PutSecretValue");
    answer.map(drop).map_err(|error: Error| error.without(value))
}

/// True for a version that was made together with its secret: its id is the token of the create, a digest of 32 letters and
/// digits. Others make ids with hyphens, and longer ones.
pub(crate) fn is_first(version: &str) -> bool {
    version.len() == 32 && version.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
