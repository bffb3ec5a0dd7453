//! The rights that calls need: IAM's actions by operation, and policies of them.
//!
//! Operations are called as the clients are: `elbv2.CreateListener`. IAM mostly has their own names for the actions, and
//! lists the rest, and the actions that one depends on, service by service:
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use super::identity::Scope;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Returns IAM's name of the action that an operation needs.
pub fn action(operation: &str) -> String {
    let (service, name) = operation.split_once('.').unwrap_or((operation, "*"));
    let service = match service {
        "autoscaling" => "application-autoscaling",
        "elbv2" => "elasticloadbalancing",
        "opensearch" => "es",
        "tagging" => "tag",
        service => service,
    };
    let name = match (service, name) {
        ("cloudfront", "CreateDistributionWithTags") => "CreateDistribution",
        ("s3", "GetBucketCors") => "GetBucketCORS",
        ("s3", "PutBucketCors" | "DeleteBucketCors") => "PutBucketCORS",
        ("s3", "GetBucketEncryption") => "GetEncryptionConfiguration",
        ("s3", "PutBucketEncryption" | "DeleteBucketEncryption") => "PutEncryptionConfiguration",
        ("s3", "GetBucketLifecycleConfiguration") => "GetLifecycleConfiguration",
        ("s3", "PutBucketLifecycleConfiguration" | "DeleteBucketLifecycle") => "PutLifecycleConfiguration",
        ("s3", "GetPublicAccessBlock") => "GetBucketPublicAccessBlock",
        ("s3", "PutPublicAccessBlock" | "DeletePublicAccessBlock") => "PutBucketPublicAccessBlock",
        ("s3", "DeleteBucketOwnershipControls") => "PutBucketOwnershipControls",
        ("s3", "DeleteBucketTagging") => "PutBucketTagging",
        ("s3", "HeadBucket" | "ListObjectsV2") => "ListBucket",
        ("s3", "HeadObject") => "GetObject",
        ("s3", "ListObjectVersions") => "ListBucketVersions",
        ("s3", "DeleteObjects") => "DeleteObject",
        ("s3", "ListBuckets") => "ListAllMyBuckets",
        (_, name) => name,
    };
    format!("{service}:{name}")
}

/// Returns all the actions that an operation needs as it is called here: with tags in the call that makes something.
fn actions(operation: &str) -> Vec<String> {
    let (service, name) = operation.split_once('.').unwrap_or((operation, ""));
    let makes = ["Create", "Allocate", "Register", "Run"].iter().any(|verb| name.starts_with(verb));
    let along: &[&str] = match service {
        "autoscaling" if name == "RegisterScalableTarget" => &["application-autoscaling:TagResource"],
        "cloudfront" if name == "CreateDistributionWithTags" => &["cloudfront:TagResource"],
        "cloudwatch" if name == "PutMetricAlarm" => &["cloudwatch:TagResource"],
        // A private name of an endpoint is a hosted zone: https://docs.aws.amazon.com/vpc/latest/privatelink/security_iam_id-based-policy-examples.html
        "ec2" if name == "CreateVpcEndpoint" => &["ec2:CreateTags", "route53:AssociateVPCWithHostedZone"],
        "ec2" if makes => &["ec2:CreateTags"],
        "ecr" if makes => &["ecr:TagResource"],
        "ecs" if makes => &["ecs:TagResource"],
        "elasticache" if makes => &["elasticache:AddTagsToResource"],
        "elbv2" if makes => &["elasticloadbalancing:AddTags"],
        "iam" if name == "CreateRole" => &["iam:TagRole"],
        "logs" if makes => &["logs:TagResource"],
        // All versions of what is in a bucket go with it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html
        "s3" if name == "DeleteObjects" => &["s3:DeleteObjectVersion"],
        "opensearch" if makes => &["es:AddTags"],
        // RDS makes the secret of a master user in the name of whoever makes the database:
        // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html#rds-secrets-manager-permissions
        "rds" if name == "CreateDBInstance" || name == "ModifyDBInstance" => {
            &["rds:AddTagsToResource", "secretsmanager:CreateSecret", "secretsmanager:TagResource", "kms:DescribeKey"]
        }
        "rds" if makes => &["rds:AddTagsToResource"],
        "secretsmanager" if makes => &["secretsmanager:TagResource"],
        "sns" if makes => &["sns:TagResource"],
        _ => &[],
    };
    [action(operation)].into_iter().chain(along.iter().map(|one| (*one).to_owned())).collect()
}

/// True for an operation that changes nothing, and shows nothing that is kept secret or that programs have written.
pub fn is_read(operation: &str) -> bool {
    if ["secretsmanager.GetSecretValue", "logs.GetLogEvents", "logs.FilterLogEvents"].contains(&operation) {
        return false;
    }
    let name = operation.split_once('.').map_or(operation, |(_, name)| name);
    ["Get", "List", "Describe", "Head", "BatchGet", "Filter", "Simulate", "Lookup"].iter().any(|verb| name.starts_with(verb))
}

/// The rights of a role: IAM's actions, by what they are needed for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights {
    /// Actions that read. They are allowed for everything: most of them know no resource.
    pub reads: BTreeSet<String>,
    pub writes: BTreeSet<String>,
    /// The services that roles of the stack are passed on to.
    pub passed_to: BTreeSet<&'static str>,
    /// The services whose own role may have to be made in an account that never used them.
    pub linked: BTreeSet<&'static str>,
    /// Names of buckets, secrets, topics and log groups that the stack gives itself, by service.
    pub named: BTreeSet<(&'static str, String)>,
}

impl Rights {
    /// Adds all that an operation needs.
    pub fn add(&mut self, operation: &str) {
        let into = if is_read(operation) { &mut self.reads } else { &mut self.writes };
        // IAM has no action for it: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
        into.extend(actions(operation).into_iter().filter(|action| action != "sts:GetCallerIdentity"));
        match operation {
            "ecs.RegisterTaskDefinition" | "ecs.RunTask" => drop(self.passed_to.insert("ecs-tasks.amazonaws.com")),
            // ECS moves the listener's weights by a role of the service: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AmazonECSInfrastructureRolePolicyForLoadBalancers.html
            "ecs.CreateService" | "ecs.UpdateService" => {
                self.passed_to.insert("ecs.amazonaws.com");
                self.linked.insert("ecs.amazonaws.com");
            }
            "rds.CreateDBInstance" => {
                self.passed_to.insert("monitoring.rds.amazonaws.com");
                self.linked.insert("rds.amazonaws.com");
            }
            "elbv2.CreateLoadBalancer" => drop(self.linked.insert("elasticloadbalancing.amazonaws.com")),
            "elasticache.CreateReplicationGroup" => drop(self.linked.insert("elasticache.amazonaws.com")),
            "opensearch.CreateDomain" => drop(self.linked.insert("opensearchservice.amazonaws.com")),
            "autoscaling.RegisterScalableTarget" => drop(self.linked.insert("ecs.application-autoscaling.amazonaws.com")),
            _ => {}
        }
    }

    /// The same rights without those that change anything.
    #[must_use]
    pub fn reading(&self) -> Self {
        Rights { reads: self.reads.clone(), ..Rights::default() }
    }
}

/// Services that answer for all regions at one place, whose calls name no region that could be asked for.
const GLOBAL: &[&str] = &["cloudfront", "iam", "route53"];

/// Writes the policies of some rights in a place, each within what IAM takes of a managed policy.
pub fn policies(rights: &Rights, scope: &Scope) -> Vec<Value> {
    let mut statements = Vec::new();
    let mut say = |sid: &str, actions: &BTreeSet<String>, resources: Value, condition: Value| {
        let mut actions = actions.iter().collect::<Vec<_>>();
        let mut part = 1;
        while !actions.is_empty() {
            let rest = actions.split_off(actions.len().min(MOST_ACTIONS));
            let mut one = json!({ "Sid": if part == 1 { sid.to_owned() } else { format!("{sid}{part}") }, "Effect": "Allow", "Action": actions, "Resource": resources });
            if !condition.is_null() {
                one["Condition"] = condition.clone();
            }
            statements.push(one);
            (actions, part) = (rest, part + 1);
        }
    };
    let anything = || json!("*");
    say("Read", &rights.reads, anything(), Value::Null);
    let mut by_place = BTreeMap::<&str, BTreeSet<String>>::new();
    for action in &rights.writes {
        let service = action.split(':').next().unwrap_or_default();
        let place = match service {
            "iam" | "s3" | "secretsmanager" | "sns" | "logs" => service,
            global if GLOBAL.contains(&global) => "global",
            _ => "region",
        };
        by_place.entry(place).or_default().insert(action.clone());
    }
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion
    let here = json!({ "StringEquals": { "aws:RequestedRegion": scope.region } });
    for (place, actions) in &by_place {
        match *place {
            "iam" => say("ChangeRoles", actions, json!(scope.global_arn("iam", &format!("role{}*", scope.path()))), Value::Null),
            "global" => say("ChangeGlobal", actions, anything(), Value::Null),
            "region" => say("Change", actions, anything(), here.clone()),
            "s3" => say("ChangeBuckets", actions, named(rights, scope, "s3"), Value::Null),
            "secretsmanager" => say("ChangeSecrets", actions, named(rights, scope, "secretsmanager"), Value::Null),
            "sns" => say("ChangeTopics", actions, named(rights, scope, "sns"), Value::Null),
            _ => say("ChangeLogs", actions, named(rights, scope, "logs"), Value::Null),
        }
    }
    let one = |action: &str| BTreeSet::from([action.to_owned()]);
    if !rights.passed_to.is_empty() {
        let to = json!({ "StringEquals": { "iam:PassedToService": rights.passed_to } });
        say("PassRoles", &one("iam:PassRole"), json!(scope.global_arn("iam", &format!("role{}*", scope.path()))), to);
    }
    if !rights.linked.is_empty() {
        let of = json!({ "StringEquals": { "iam:AWSServiceName": rights.linked } });
        let role = scope.global_arn("iam", "role/aws-service-role/*");
        say("ServiceRoles", &one("iam:CreateServiceLinkedRole"), json!(role), of);
    }
    packed(statements)
}

/// The most letters of a managed policy, white space not counted, and of its name's ten that a role may have.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
pub const MOST_LETTERS: usize = 6144;
/// The most actions of a statement, so that one fits a policy.
const MOST_ACTIONS: usize = 120;

/// The ARNs of what a stack names: by the beginning that it gives to names, and those that its file says.
fn named(rights: &Rights, scope: &Scope, service: &str) -> Value {
    let start = format!("{}-{}-*", scope.stack, scope.env);
    let own = match service {
        "s3" => start,
        "secretsmanager" | "logs" => format!("{}*", scope.path()),
        _ => start,
    };
    let said = rights.named.iter().filter(|(of, _)| *of == service).map(|(_, name)| name.clone());
    let arns = [own].into_iter().chain(said).flat_map(|name| match service {
        "s3" => vec![scope.bucket_arn(&name), format!("{}/*", scope.bucket_arn(&name))],
        // AWS puts six letters behind the name of a secret.
        "secretsmanager" => {
            vec![scope.arn("secretsmanager", &format!("secret:{name}{}", if name.ends_with('*') { "" } else { "-??????" }))]
        }
        "logs" => vec![scope.arn("logs", &format!("log-group:{name}")), scope.arn("logs", &format!("log-group:{name}:*"))],
        _ => vec![scope.arn("sns", &name)],
    });
    json!(arns.collect::<BTreeSet<_>>())
}

/// Puts statements into as few policies as hold them.
fn packed(statements: Vec<Value>) -> Vec<Value> {
    let letters = |value: &Value| value.to_string().chars().filter(|letter| !letter.is_whitespace()).count() + 1;
    let empty = letters(&document(Vec::new()));
    let mut policies = Vec::<(usize, Vec<Value>)>::new();
    for statement in statements {
        let size = letters(&statement);
        match policies.iter_mut().find(|(taken, _)| taken + size <= MOST_LETTERS) {
            Some((taken, others)) => {
                *taken += size;
                others.push(statement);
            }
            None => policies.push((empty + size, vec![statement])),
        }
    }
    policies.into_iter().map(|(_, statements)| document(statements)).collect()
}

fn document(statements: Vec<Value>) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A statement about the objects of a store in a bucket, which locks, journals and approvals are kept in.
pub fn store_policy(scope: &Scope, bucket: &str, prefix: &str, writes: bool) -> Value {
    let objects = format!("{}/{prefix}*", scope.bucket_arn(bucket));
    let actions = if writes { vec!["s3:GetObject", "s3:PutObject"] } else { vec!["s3:GetObject"] };
    document(vec![
        json!({ "Sid": "Store", "Effect": "Allow", "Action": actions, "Resource": objects }),
        json!({ "Sid": "ListStore", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": scope.bucket_arn(bucket) }),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope { stack: "shop".into(), env: "prod".into(), account: "123456789012".into(), region: "eu-west-1".into() }
    }

    #[test]
    fn an_action_has_iams_name() {
        for (operation, wanted) in [
            ("elbv2.CreateListener", "elasticloadbalancing:CreateListener"),
            ("autoscaling.RegisterScalableTarget", "application-autoscaling:RegisterScalableTarget"),
            ("s3.DeleteBucketLifecycle", "s3:PutLifecycleConfiguration"),
            ("opensearch.CreateDomain", "es:CreateDomain"),
            ("tagging.GetResources", "tag:GetResources"),
        ] {
            assert_eq!(action(operation), wanted);
        }
        assert_eq!(actions("ec2.AllocateAddress"), ["ec2:AllocateAddress", "ec2:CreateTags"]);
        assert!(is_read("ecs.DescribeServices") && !is_read("ecs.RunTask") && !is_read("secretsmanager.GetSecretValue"));
    }

    #[test]
    fn what_is_changed_is_of_the_stack_or_of_its_region() {
        let mut rights = Rights::default();
        for operation in [
            "sts.GetCallerIdentity",
            "ec2.DescribeVpcs",
            "ec2.CreateVpc",
            "iam.CreateRole",
            "s3.PutBucketPolicy",
            "ecs.RegisterTaskDefinition",
        ] {
            rights.add(operation);
        }
        rights.named.insert(("s3", "acme-files".into()));
        let policies = policies(&rights, &scope());
        assert_eq!(policies.len(), 1);
        let find = |sid: &str| policies[0]["Statement"].as_array().unwrap().iter().find(|one| one["Sid"] == sid).unwrap().clone();
        assert_eq!(find("Read")["Action"], json!(["ec2:DescribeVpcs"]));
        assert_eq!(find("Change")["Condition"]["StringEquals"]["aws:RequestedRegion"], "eu-west-1");
        assert_eq!(find("ChangeRoles")["Resource"], "arn:aws:iam::123456789012:role/trueup/shop/prod/*");
        assert_eq!(find("PassRoles")["Condition"]["StringEquals"]["iam:PassedToService"], json!(["ecs-tasks.amazonaws.com"]));
        assert_eq!(
            find("ChangeBuckets")["Resource"],
            json!(["arn:aws:s3:::acme-files", "arn:aws:s3:::acme-files/*", "arn:aws:s3:::shop-prod-*", "arn:aws:s3:::shop-prod-*/*"])
        );
        let reading = super::policies(&rights.reading(), &scope());
        assert_eq!(reading[0]["Statement"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn a_policy_is_never_larger_than_iam_takes() {
        let mut rights = Rights::default();
        (0..700).for_each(|number| rights.add(&format!("ec2.CreateSomethingLongEnough{number}")));
        let policies = policies(&rights, &scope());
        assert!(policies.len() > 2);
        for policy in &policies {
            assert!(policy.to_string().len() <= MOST_LETTERS, "{}", policy.to_string().len());
        }
        let kept =
            policies.iter().flat_map(|policy| policy["Statement"].as_array().unwrap()).map(|one| one["Action"].as_array().unwrap().len());
        assert_eq!(kept.sum::<usize>(), 701);
    }
}
