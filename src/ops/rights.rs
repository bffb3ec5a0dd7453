//! The rights that a stack's plans and applies need, from the calls that they make.

use crate::core::graph::Graph;
use crate::core::rights::Rights;
use crate::core::rights::is_read;
use crate::core::rollout::notify::Notify;
use crate::kinds::calls;
use std::collections::BTreeSet;

/// The calls of a plan beside the listings of kinds: whose the credentials are, what is tagged, quotas and what is in use of them, and what
/// others have beside the stack. `docs/api-calls.md` says what each is for.
const PLAN: &[&str] = &[
    "sts.GetCallerIdentity",
    "tagging.GetResources",
    "servicequotas.ListServiceQuotas",
    "ec2.DescribeAccountAttributes",
    "ec2.DescribeAddresses",
    "ec2.DescribeInternetGateways",
    "ec2.DescribeNatGateways",
    "ec2.DescribeNetworkInterfaces",
    "ec2.DescribeRouteTables",
    "ec2.DescribeSecurityGroups",
    "ec2.DescribeSubnets",
    "ec2.DescribeVpcEndpoints",
    "ec2.DescribeVpcs",
    "elbv2.DescribeAccountLimits",
    "elbv2.DescribeLoadBalancers",
    "elbv2.DescribeTargetGroups",
    "rds.DescribeAccountAttributes",
    "iam.GetAccountSummary",
    "elasticache.DescribeCacheClusters",
    "opensearch.ListDomainNames",
    "cloudfront.ListDistributions",
];

/// The calls of a rollout: what it looks at, and by what it goes on and back.
const ROLLOUT: &[&str] = &[
    "ecs.DescribeServices",
    "ecs.ListServiceDeployments",
    "ecs.DescribeServiceDeployments",
    "ecs.DescribeServiceRevisions",
    "ecs.DescribeTaskDefinition",
    "ecs.ListTaskDefinitions",
    "ecs.ListTasks",
    "ecs.DescribeTasks",
    "ecs.ContinueServiceDeployment",
    "ecs.StopServiceDeployment",
    "ecs.UpdateService",
    "ecs.RunTask",
    "ecs.StopTask",
    "ecs.TagResource",
    "ecs.UntagResource",
    "elbv2.DescribeListeners",
    "elbv2.DescribeRules",
    "elbv2.DescribeTargetHealth",
    "cloudwatch.DescribeAlarms",
    "cloudwatch.GetMetricData",
    "logs.DescribeLogGroups",
    "logs.GetLogEvents",
    "secretsmanager.DescribeSecret",
];

/// Returns what whoever applies a graph needs. The reads are those of all kinds, since what has left the file is looked for as well.
pub fn of(graph: &Graph) -> Rights {
    let wanted = graph.nodes().map(|node| node.kind.name).collect::<BTreeSet<_>>();
    let mut rights = Rights::default();
    for (kind, operation) in calls::all() {
        if wanted.contains(kind) || is_read(operation) {
            rights.add(operation);
        }
    }
    PLAN.iter().for_each(|operation| rights.add(operation));
    for node in graph.nodes() {
        let name = node.spec.get("name").and_then(serde_json::Value::as_str);
        let service =
            ["s3", "secretsmanager", "sns", "logs"].into_iter().find(|service| node.kind.name.starts_with(&format!("{service}.")));
        rights.named.extend(service.zip(name).map(|(service, name)| (service, name.to_owned())));
        let Some(policy) = &node.rollout else { continue };
        ROLLOUT.iter().for_each(|operation| rights.add(operation));
        if let Some(Notify { sns: Some(_), .. }) = &policy.notify {
            rights.add("sns.Publish");
        }
        if serde_json::to_string(policy).is_ok_and(|text| text.contains("\"secret\":")) {
            rights.add("secretsmanager.GetSecretValue");
        }
    }
    rights
}
