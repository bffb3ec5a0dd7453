//! Remedies for failed calls, for a person.

use super::{Class, Error};
use crate::core::codes::CHANGED_MEANWHILE;
use crate::core::rights::action;

pub fn hint(error: &Error) -> Option<String> {
    match error.class {
        Class::Denied | Class::Refused if error.operation.starts_with("ce.") => no_bill(error),
        Class::Denied => Some(denied(error)),
        Class::Credentials if error.message.contains("SSO token") => Some("sign in: `aws sso login`, with the same --profile".into()),
        Class::Credentials => Some(credentials(&error.code).into()),
        _ if error.is(&[CHANGED_MEANWHILE.id]) => Some("look at it, then plan again: the next plan starts from what is live".into()),
        // Our own words say what to do.
        _ if error.code == "AnotherCommand" => None,
        Class::Throttled if error.code == "NotPlaced" => {
            Some("AWS has no room for the task: run it again later, or let tasks run in the subnets of further zones".into())
        }
        Class::Throttled => Some("AWS limits calls on this account; run it again in a minute".into()),
        Class::Unknown | Class::Refused => unanswered(error).map(String::from),
    }
}

/// Cost Explorer is off until somebody opens it, and IAM users see no bills until the account's owner lets them.
/// <https://docs.aws.amazon.com/cost-management/latest/userguide/ce-enable.html>
/// <https://docs.aws.amazon.com/cost-management/latest/userguide/ce-access.html>
fn no_bill(error: &Error) -> Option<String> {
    const ENABLE: &str =
        "enable Cost Explorer in the Billing and Cost Management console, by the account that pays; AWS takes 24 hours to prepare its data";
    match error.class {
        Class::Denied if error.message.to_lowercase().contains("not enabled") => Some(ENABLE.into()),
        Class::Denied => {
            Some(format!("{}; the account that pays must let IAM users and member accounts see Cost Explorer, too", denied(error)))
        }
        _ if error.is(&["DataUnavailableException"]) => Some(format!("{ENABLE}; or choose another period")),
        _ if error.is(&["BillExpirationException", "ValidationException"]) => {
            Some("Cost Explorer knows the last fourteen months; `--actual=2026-10` names one".into())
        }
        _ => None,
    }
}

fn credentials(code: &str) -> &'static str {
    match code {
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            "sign in again (`aws sso login`), or renew the keys that the environment or the profile holds; nothing is lost"
        }
        "InvalidClientTokenId" | "UnrecognizedClientException" | "InvalidAccessKeyId" | "AuthFailure" => {
            "AWS does not know this access key here: it is mistyped or deleted, or the account has not enabled the region"
        }
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "IncompleteSignature" | "InvalidToken" => {
            "the secret access key or the session token does not belong to the access key"
        }
        "RequestTimeTooSkewed" => "set this machine's clock",
        "NoSuchProfile" => "`aws configure list-profiles` lists them; --profile and AWS_PROFILE choose one",
        "NoRole" => {
            "set the variable to the role's ARN, for this environment and branch; `trueup ci` names the variables that a pipeline needs"
        }
        "UnsafeAddress" => "run the job on a runner of GitHub, or set keys or a profile",
        "InvalidProfile" => "mend the file; AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name others",
        _ => {
            "sign in (`aws sso login`, `aws configure`), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `--sandbox` needs no account"
        }
    }
}

fn unanswered(error: &Error) -> Option<&'static str> {
    let (_, name) = error.operation.split_once('.').unwrap_or_default();
    match error.code.as_str() {
        "InvalidEndpoint" => Some("write AWS_ENDPOINT_URL as a whole, such as http://127.0.0.1:5001"),
        "Unreachable" => Some("nothing was sent; check the network, a proxy, the name of the region, and AWS_ENDPOINT_URL if it is set"),
        "UnreadableAnswer" => Some("is it AWS that answers? A proxy, or what AWS_ENDPOINT_URL names, may have taken its place"),
        code if error.class == Class::Refused && name.starts_with("Delete") && IN_USE.contains(&code) => {
            Some("something that is not of this stack uses it: let go of that first, or leave this in AWS with `retain = true`")
        }
        _ if error.class == Class::Refused => None,
        _ if ["Get", "List", "Describe", "Head"].iter().any(|read| name.starts_with(read)) => {
            Some("it was only asked, nothing was changed; run it again")
        }
        _ => Some("it may have happened or not; run it again: what exists is found by its tags"),
    }
}

/// Answers to a delete of what something else uses, of EC2, RDS, ElastiCache, ELB, CloudFront and ECS, as their operations list them.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>
const IN_USE: &[&str] = &[
    "DependencyViolation",
    "InvalidDBParameterGroupState",
    "InvalidDBSubnetGroupStateFault",
    "InvalidCacheParameterGroupState",
    "CacheSubnetGroupInUse",
    "ResourceInUse",
    "OriginAccessControlInUse",
    "ClusterContainsServicesException",
];

fn denied(error: &Error) -> String {
    let message = error.message.as_str();
    let action = after(message, "perform: ").map_or_else(|| action(error.operation), String::from);
    if message.contains("explicit deny") {
        return format!(
            "a policy denies `{action}` expressly, so no other policy can allow it: find that one (organisation, boundary, or role)"
        );
    }
    let who = after(message, "User: ").unwrap_or("the identity that `aws sts get-caller-identity` shows");
    let decode = if message.contains("Encoded authorization failure message") {
        "; `aws sts decode-authorization-message` says which policy it is"
    } else {
        ""
    };
    format!("allow `{action}` for {who}{decode}")
}

/// The word that follows.
fn after<'a>(text: &'a str, lead: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(lead)?;
    let word = rest.split_whitespace().next()?.trim_end_matches(['.', ',']);
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(operation: &'static str, message: &str) -> String {
        hint(&Error { class: Class::Denied, ..Error::new(operation, "AccessDenied", message) }).unwrap()
    }

    #[test]
    fn a_bill_that_cannot_be_had_says_who_can_change_that() {
        let said = |class: Class, code: &str, message: &str| hint(&Error { class, ..Error::new("ce.GetCostAndUsage", code, message) });
        let denied = |message: &str| said(Class::Denied, "AccessDeniedException", message).unwrap();
        assert!(denied("User not enabled for cost explorer access").contains("AWS takes 24 hours"));
        assert!(denied("User: x is not authorized to perform: ce:GetCostAndUsage").starts_with("allow `ce:GetCostAndUsage` for x; "));
        assert!(said(Class::Refused, "DataUnavailableException", "").unwrap().contains("AWS takes 24 hours"));
        assert!(said(Class::Refused, "ValidationException", "").unwrap().contains("fourteen months"));
        assert_eq!(said(Class::Refused, "OtherCurrency", ""), None);
    }

    #[test]
    fn a_refused_delete_says_that_something_else_uses_it() {
        let said = |operation, code| hint(&Error::new(operation, code, ""));
        assert!(said("ec2.DeleteSubnet", "DependencyViolation").unwrap().starts_with("something that is not of this stack uses it"));
        assert_eq!(said("ec2.DetachInternetGateway", "InvalidParameterValue"), None);
        assert_eq!(said("ec2.DeleteSubnet", "InvalidParameterValue"), None);
    }

    #[test]
    fn a_denied_call_names_action_and_identity() {
        let user = "arn:aws:iam::123456789012:user/ci";
        for (operation, message, hint) in [
            (
                "s3.PutBucketEncryption",
                format!("User: {user} is not authorized to perform: s3:PutEncryptionConfiguration on resource: \"arn:aws:s3:::b\""),
                format!("allow `s3:PutEncryptionConfiguration` for {user}"),
            ),
            (
                "ecs.CreateService",
                format!("User: {user} is not authorized to perform: iam:PassRole on resource: x with an explicit deny in a permissions boundary"),
                "a policy denies `iam:PassRole` expressly, so no other policy can allow it: find that one (organisation, boundary, or role)".into(),
            ),
            (
                "ec2.CreateVpc",
                "You are not authorized to perform this operation. Encoded authorization failure message: Abc".into(),
                "allow `ec2:CreateVpc` for the identity that `aws sts get-caller-identity` shows; \
                 `aws sts decode-authorization-message` says which policy it is"
                    .into(),
            ),
            (
                "elbv2.CreateRule",
                String::new(),
                "allow `elasticloadbalancing:CreateRule` for the identity that `aws sts get-caller-identity` shows".into(),
            ),
            (
                "s3.DeleteBucketLifecycle",
                "Access Denied".into(),
                "allow `s3:PutLifecycleConfiguration` for the identity that `aws sts get-caller-identity` shows".into(),
            ),
            ("tagging.GetResources", String::new(), "allow `tag:GetResources` for the identity that `aws sts get-caller-identity` shows".into()),
        ] {
            assert_eq!(denied(operation, &message), hint);
        }
    }
}
