//! Roles that other services do not know yet: IAM tells of a new one within seconds, and until then they refuse it.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>

use super::{Aws, During, Error, Result};

/// Our word for such a refusal, whatever the service's own code is; drivers whose specs name roles have it among the errors that pass.
pub const UNKNOWN: &str = "UnknownPrincipal";

/// The refusals of a role or a principal that is not known: code, and a part of the message. Services use these codes for much else.
const REFUSALS: &[(&str, &str)] = &[
    // https://repost.aws/knowledge-center/s3-invalid-principal-in-policy-error
    ("MalformedPolicy", "invalid principal"),
    // https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    ("MalformedPolicyDocument", "invalid principal"),
    // https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
    ("InvalidParameter", "principal"),
    ("InvalidParameterException", "principal"),
    // https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html
    ("ValidationException", "error setting policy"),
    ("InvalidTypeException", "error setting policy"),
    // https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    ("InvalidPolicyDocument", "invalid principal"),
    ("MalformedPolicyDocument", "unknown principal"),
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
    ("InvalidParameterValue", "iam role arn value is invalid"),
];

/// Says of a refusal that it is of a principal that is not known.
pub fn told_apart(error: Error) -> Error {
    let message = error.message.to_lowercase();
    match REFUSALS.iter().any(|(code, part)| error.code == *code && message.contains(part)) {
        true => Error { sense: Some(UNKNOWN), ..error },
        false => error,
    }
}

/// The code of a create that is tried again once the service-linked role is there.
pub const NO_LINKED_ROLE: &str = "NoServiceLinkedRole";

/// Makes the role that a service works with in this account, where the service refuses for the lack of it. Most services make
/// theirs when they are first used; who else has made it meanwhile has made the same.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html>
pub async fn link(aws: &Aws, service: &str) -> Result<()> {
    match aws.iam.create_service_linked_role().aws_service_name(service).send().await.during("iam.CreateServiceLinkedRole") {
        Err(error) if error.is(&["InvalidInput"]) && error.message.contains("has been taken") => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_apart_from_what_stays_wrong() {
        for (code, message, passes) in [
            ("MalformedPolicy", "Invalid principal in policy", true),
            ("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'", false),
            ("InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound", true),
            ("InvalidParameter", "Invalid parameter: Topic Name", false),
            ("AccessDenied", "Invalid principal in policy", false),
        ] {
            assert_eq!(told_apart(Error::new("s3.PutBucketPolicy", code, message)).is(&[UNKNOWN]), passes, "{code}: {message}");
        }
    }
}
