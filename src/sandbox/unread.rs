//! Members of requests that no handler reads: each is refused, or has nothing to say here for the reason that is given.
//!
//! A member that AWS knows is never passed over in silence: whoever sends it would take the answer for one to it.

use super::world::Fault;
use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Treatment {
    /// The sandbox does not have what it asks for.
    Refused,
    /// Whatever it says, the answer is the same, for this reason.
    Settled(&'static str),
}
use Treatment::{Refused, Settled};

/// A service, its members, and what becomes of them.
type Row = (&'static str, &'static [&'static str], Treatment);

const ROWS: &[Row] = &[
    ("acm", &["CertificateAuthorityArn"], Refused),
    ("acm", &["SortBy"], Settled("there is one order to choose")),
    ("application-autoscaling", &["IncludeNotScaledActivities"], Settled("no activity is kept that did not scale")),
    ("ce", &["BillingViewArn", "NextPageToken"], Refused),
    ("cloudtrail", &["EventCategory"], Refused),
    ("cloudwatch", &["AlarmContributorId", "LabelOptions", "RecentlyActive"], Refused),
    ("cloudwatch", &["IncludeLinkedAccounts", "OwningAccount"], Settled("there is one account")),
    ("cloudwatch", &["StrictEntityValidation"], Settled("entities are not kept")),
    ("ec2", &["DeliverCrossAccountRole", "IpamPrefixListResolverSyncEnabled", "Ipv6CidrBlockNetworkBorderGroup"], Refused),
    ("ec2", &["IncludeManagedResources"], Settled("no network interface is managed for others")),
    ("ec2", &["IncludeUnsupportedInRegion"], Settled("every region has every type")),
    ("ec2", &["SourceSecurityGroupOwnerId"], Settled("there is one account")),
    ("ecr", &["acceptedMediaTypes"], Settled("a manifest is answered as it was put")),
    ("ecr", &["registryIds"], Settled("there is one registry")),
    ("ecs", &["daemonName", "resourceManagementType"], Refused),
    ("ecs", &["referenceId"], Settled("nothing is told of it")),
    ("elasticache", &["CacheSecurityGroupNames", "ShowNodeGroupConfig", "RemoveUserGroups", "UserGroupIdsToRemove"], Refused),
    ("elbv2", &["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", "LoadBalancerType"], Refused),
    ("events", &["EndpointId"], Refused),
    ("events", &["InvocationConnectivityParameters"], Refused),
    ("iam", &["CallerArn", "PermissionsBoundaryPolicyInputList", "ResourceHandlingOption", "ResourceOwner", "ResourcePolicy"], Refused),
    ("kms", &["BypassPolicyLockoutSafetyCheck"], Settled("IAM decides nothing")),
    ("kms", &["CustomKeyStoreId", "DryRunModifiers", "Recipient", "XksKeyId"], Refused),
    ("kms", &["GrantTokens"], Settled("there are no grants")),
    ("logs", &["accountIdentifiers", "includeLinkedAccounts"], Settled("there is one account")),
    ("logs", &["entity"], Settled("entities are not kept")),
    ("logs", &["interleaved", "sequenceToken"], Settled("AWS takes them and does nothing with them")),
    ("logs", &["unmask"], Settled("nothing is masked")),
    ("opensearch", &["AIMLOptions", "AutomatedSnapshotPauseOptions", "IdentityCenterOptions"], Refused),
    ("opensearch", &["DryRunMode"], Settled("a dry run answers as its basic mode does")),
    (
        "rds",
        &[
            "AdditionalStorageVolumes",
            "AutomationMode",
            "AvailabilityZoneGroup",
            "AwsBackupRecoveryPointArn",
            "CustomIamInstanceProfile",
            "DBSystemId",
            "DisableDomain",
            "Domain",
            "DomainAuthSecretArn",
            "DomainDnsIps",
            "DomainFqdn",
            "DomainIAMRoleName",
            "DomainOu",
            "EnableCustomerOwnedIp",
            "MasterUserAuthenticationType",
            "MultiTenant",
            "NcharCharacterSetName",
            "ReplicaMode",
            "ResumeFullAutomationModeMinutes",
            "TagSpecifications",
            "TdeCredentialArn",
            "TdeCredentialPassword",
            "Timezone",
            "UseDefaultProcessorFeatures",
        ],
        Refused,
    ),
    ("rds", &["CertificateRotationRestart"], Settled("nothing runs that would restart")),
    ("rds", &["DeleteAutomatedBackups"], Settled("there are no automated backups")),
    (
        "rds",
        &["IncludeAll", "ListSupportedCharacterSets", "ListSupportedTimezones"],
        Settled("every version on offer is listed, with all that is known"),
    ),
    ("rds", &["IncludePublic", "IncludeShared"], Settled("nobody else has snapshots")),
    ("rds", &["ResourceIdentifier"], Settled("no maintenance is ever pending")),
    ("resourcegroupstaggingapi", &["ExcludeCompliantResources", "IncludeComplianceDetails"], Refused),
    ("resourcegroupstaggingapi", &["TagsPerPage"], Settled("a page is told by its resources")),
    ("route53", &["DelegationSetId"], Refused),
    (
        "s3",
        &[
            "BucketNamespace",
            "ChecksumMD5",
            "ChecksumSHA512",
            "ChecksumXXHASH128",
            "ChecksumXXHASH3",
            "ChecksumXXHASH64",
            "CopySourceSSECustomerAlgorithm",
            "CopySourceSSECustomerKey",
            "CopySourceSSECustomerKeyMD5",
            "GrantFullControl",
            "GrantRead",
            "GrantReadACP",
            "GrantWrite",
            "GrantWriteACP",
            "IfMatchInitiatedTime",
            "IfMatchLastModifiedTime",
            "IfMatchSize",
            "MFA",
            "OptionalObjectAttributes",
            "SSECustomerAlgorithm",
            "SSECustomerKey",
            "SSECustomerKeyMD5",
            "SSEKMSEncryptionContext",
            "ScanRange",
            "Token",
            "WriteOffsetBytes",
        ],
        Refused,
    ),
    ("s3", &["ConfirmRemoveSelfBucketAccess"], Settled("IAM decides nothing")),
    ("s3", &["RequestPayer"], Settled("the caller owns the bucket")),
    ("s3", &["ExpressionType"], Settled("SQL is the one there is")),
    ("s3", &["SkipDestinationValidation"], Settled("destinations are not validated")),
    ("secretsmanager", &["AddReplicaRegions", "ExternalSecretRotationMetadata", "ExternalSecretRotationRoleArn", "RotationToken"], Refused),
    ("secretsmanager", &["ForceOverwriteReplicaSecret"], Settled("there are no replicas")),
    ("service-quotas", &["ContextId"], Refused),
    ("sns", &["AuthenticateOnUnsubscribe"], Settled("everybody is the owner")),
    ("sns", &["DataProtectionPolicy"], Refused),
    ("sqs", &["ReceiveRequestAttemptId"], Settled("no answer to a receive is lost that would have to be given again")),
    ("sts", &["Policy", "PolicyArns", "SerialNumber", "TokenCode", "Tags", "TransitiveTagKeys"], Settled("IAM decides nothing")),
    ("sts", &["ProvidedContexts", "ProviderId"], Refused),
];

fn treatment(service: &str, member: &str) -> Option<Treatment> {
    ROWS.iter().find(|(of, members, _)| *of == service && members.contains(&member)).map(|(.., treatment)| *treatment)
}

/// Refuses an input with a member that the sandbox has nothing behind. What says no more than leaving it out is let pass.
pub fn check(service: &str, operation: &str, input: &Value) -> Result<(), Fault> {
    let empty = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    };
    let asks = |(member, value): &(&String, &Value)| !empty(value) && treatment(service, member) == Some(Refused);
    match input.as_object().into_iter().flatten().find(asks) {
        None => Ok(()),
        Some((member, _)) => {
            let text = format!("{operation} with {member} is not in the sandbox; docs/sandbox.md lists what is");
            Err(Fault::new("NotInSandbox", text).status(501))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model;
    use crate::page;
    use crate::services::{self, SERVICES};
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    fn files(place: &Path) -> Vec<PathBuf> {
        if place.is_file() {
            return vec![place.to_owned()];
        }
        let entries = std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| files(&path)).filter(|path| !path.ends_with("tests.rs")).collect()
    }

    /// Every text in quotes in the handlers of a service, without those of its tests.
    fn named(handlers: &str) -> BTreeSet<String> {
        let services = Path::new(env!("CARGO_MANIFEST_DIR")).join("services");
        let (file, folder) = (services.join(format!("{handlers}.rs")), services.join(handlers));
        let sources = if folder.is_dir() { files(&folder) } else { files(&file) };
        let texts = sources.iter().map(|path| std::fs::read_to_string(path).unwrap());
        texts
            .flat_map(|text| {
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
                code.split('"').map(String::from).collect::<Vec<_>>()
            })
            .collect()
    }

    /// The folder or file of a service's handlers, by its row in the table.
    fn handlers(service: &str) -> String {
        let table = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("services/mod.rs")).unwrap();
        let row = table.lines().find(|line| line.trim_start().starts_with(&format!("\"{service}\" signed"))).unwrap().to_owned();
        let (_, rest) = row.split_once("handled by ").unwrap();
        rest.split_once("::").unwrap().0.to_owned()
    }

    #[test]
    fn every_member_of_a_request_is_read_or_told_why_not() {
        let (mut passed_over, mut known) = (Vec::new(), BTreeSet::new());
        for service in &SERVICES {
            let (model, named) = (model::model(service.name).unwrap(), named(&handlers(service.name)));
            for (name, operation) in &model.operations {
                let Some(input) = operation.input.as_ref().filter(|_| services::handler(service.name, name).is_some()) else { continue };
                let pages = page::pagination(model, name);
                let tokens = pages.map(|pages| pages.input_token.names()).unwrap_or_default();
                let limit = pages.and_then(|pages| pages.limit_key.as_ref());
                for member in model.shape(&input.shape).members.keys() {
                    known.insert((service.name, member.as_str()));
                    let paged = tokens.contains(member) || limit == Some(member) || member == "DryRun";
                    if !paged && !named.contains(member) && treatment(service.name, member).is_none() {
                        passed_over.push(format!("{}.{name}: {member}", service.name));
                    }
                }
            }
        }
        assert_eq!(passed_over, Vec::<String>::new(), "read them, or say here what becomes of them");
        for (service, members, treatment) in ROWS {
            for member in *members {
                assert!(known.contains(&(*service, *member)), "{service} has no member {member}");
                assert!(!matches!(treatment, Settled(why) if why.is_empty()));
            }
        }
    }

    #[test]
    fn a_member_without_anything_behind_it_is_refused() {
        let input = serde_json::json!({"Bucket": "b", "Key": "k", "MFA": "1 2", "RequestPayer": "requester"});
        assert_eq!(check("s3", "DeleteObject", &input).unwrap_err().code, "NotInSandbox");
        let input = serde_json::json!({"Bucket": "b", "RequestPayer": "requester", "BypassGovernanceRetention": false});
        assert!(check("s3", "DeleteObject", &input).is_ok());
    }
}
