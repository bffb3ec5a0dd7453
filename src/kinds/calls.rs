//! The operations that each kind's driver calls, as the laws of kinds saw them: made by `tests/it/kinds.rs`, and held to it.

/// A line each: a kind, and an operation as clients are called.
const TABLE: &str = include_str!("calls.tsv");

/// The operations that no law comes to: for many resources at once, for what is full, on its way out, or taken over, and for values.
const RARE: &[(&str, &str)] = &[
    ("ec2.route_table", "ec2.ReplaceRoute"),
    ("ec2.route_table", "ec2.ReplaceRouteTableAssociation"),
    ("ec2.security_group", "ec2.UpdateSecurityGroupRuleDescriptionsEgress"),
    ("ec2.security_group", "ec2.UpdateSecurityGroupRuleDescriptionsIngress"),
    ("ecr.repository", "ecr.BatchGetImage"),
    ("ecr.repository", "ecr.DeleteLifecyclePolicy"),
    ("ecr.repository", "ecr.DescribeImages"),
    ("ecs.service", "logs.GetLogEvents"),
    ("iam.role", "iam.GetAccountAuthorizationDetails"),
    ("logs.log_group", "logs.DeleteRetentionPolicy"),
    ("s3.bucket", "s3.DeleteBucketCors"),
    ("s3.bucket", "s3.DeleteBucketLifecycle"),
    ("s3.bucket", "s3.DeleteBucketTagging"),
    ("s3.bucket", "s3.DeleteObjects"),
    ("secretsmanager.secret", "secretsmanager.PutSecretValue"),
    ("secretsmanager.secret", "secretsmanager.RestoreSecret"),
];

/// Returns the kinds and their operations, a pair each.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter_map(|line| line.split_once('\t')).chain(RARE.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::KINDS;

    #[test]
    fn every_kind_is_made_read_and_deleted_by_some_call() {
        for entry in KINDS {
            let name = entry.row.name;
            let reads = all().filter(|(kind, operation)| *kind == name && crate::core::rights::is_read(operation)).count();
            let writes = all().filter(|(kind, operation)| *kind == name && !crate::core::rights::is_read(operation)).count();
            assert!(
                reads >= 1 && writes >= 2,
                "{name}: {reads} calls read and {writes} change; UPDATE_EXPECT=1 cargo test --test it kinds"
            );
        }
        assert!(all().all(|(kind, _)| crate::kinds::find(kind).is_some()));
    }
}
