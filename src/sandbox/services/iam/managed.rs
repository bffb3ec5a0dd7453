//! AWS's managed policies that ECS stacks use. The small ones are whole; the large ones are abridged to their sense.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A policy that AWS keeps.
pub struct Policy {
    pub path: &'static str,
    pub name: &'static str,
    pub version: &'static str,
    pub description: &'static str,
    /// Allowed actions, on every resource.
    actions: &'static [&'static str],
}

impl Policy {
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::aws:policy{}{}", self.path, self.name)
    }
    pub fn id(&self) -> String {
        let digest = Sha256::digest(self.name);
        format!("ANPA{}", digest.iter().map(|byte| format!("{byte:02X}")).collect::<String>()[..17].to_owned())
    }
    pub fn document(&self) -> Value {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": self.actions, "Resource": "*"}]})
    }
}

pub fn all() -> impl Iterator<Item = &'static Policy> {
    POLICIES.iter()
}

pub fn find(arn: &str) -> Option<&'static Policy> {
    let name = arn.strip_prefix("arn:aws:iam::aws:policy")?;
    POLICIES.iter().find(|policy| name.strip_prefix(policy.path) == Some(policy.name))
}

const fn policy(
    path: &'static str,
    name: &'static str,
    version: &'static str,
    description: &'static str,
    actions: &'static [&'static str],
) -> Policy {
    Policy { path, name, version, description, actions }
}

#[rustfmt::skip]
static POLICIES: &[Policy] = &[
    policy("/", "AdministratorAccess", "v1", "Provides full access to AWS services and resources.", &["*"]),
    policy("/", "PowerUserAccess", "v6", "Provides full access to AWS services and resources, but does not allow management of Users and groups.", POWER),
    policy("/", "ReadOnlyAccess", "v139", "Provides read-only access to AWS services and resources.", READ),
    policy("/job-function/", "ViewOnlyAccess", "v22", "This policy grants permissions to view resources and basic metadata across all AWS services.", VIEW),
    policy("/", "SecurityAudit", "v54", "The security audit template grants access to read security configuration metadata.", VIEW),
    policy("/service-role/", "AmazonECSTaskExecutionRolePolicy", "v1", "Provides access to other AWS service resources that are required to run Amazon ECS tasks", &[
        "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", "logs:CreateLogStream", "logs:PutLogEvents",
    ]),
    policy("/", "AmazonECSInfrastructureRolePolicyForLoadBalancers", "v6", "Provides access to AWS resources required to manage load balancers associated with ECS workloads.", &[
        "elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth",
        "elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule",
    ]),
    policy("/", "AmazonECSInfrastructureRolePolicyForVpcLattice", "v1", "Provides access to other AWS service resources required to manage VPC Lattice feature in Amazon ECS workloads.", &[
        "vpc-lattice:RegisterTargets", "vpc-lattice:DeregisterTargets", "vpc-lattice:GetTargetGroup", "vpc-lattice:ListTargets", "ec2:DescribeVpcs",
    ]),
    policy("/service-role/", "AmazonECSInfrastructureRolePolicyForVolumes", "v4", "Provides access to other AWS service resources required to manage volumes associated with ECS workloads.", &[
        "ec2:CreateVolume", "ec2:DeleteVolume", "ec2:AttachVolume", "ec2:DetachVolume", "ec2:CreateTags", "ec2:DescribeVolumes", "ec2:DescribeAvailabilityZones", "ec2:DescribeInstances",
    ]),
    policy("/service-role/", "AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity", "v2", "Provides administrative access to AWS Private CA and Secrets Manager for Service Connect TLS.", &[
        "secretsmanager:CreateSecret", "secretsmanager:DescribeSecret", "secretsmanager:UpdateSecret", "secretsmanager:DeleteSecret", "acm-pca:GetCertificate", "acm-pca:IssueCertificate",
    ]),
    policy("/", "AmazonECS_FullAccess", "v24", "Provides administrative access to Amazon ECS resources.", &[
        "application-autoscaling:*", "autoscaling:Describe*", "cloudformation:Describe*", "cloudwatch:*", "codedeploy:*", "ec2:Describe*", "ecs:*", "elasticloadbalancing:*", "events:*",
        "iam:ListAttachedRolePolicies", "iam:ListInstanceProfiles", "iam:ListRoles", "iam:PassRole", "lambda:ListFunctions", "logs:*", "route53:*", "servicediscovery:*",
    ]),
    policy("/service-role/", "AmazonEC2ContainerServiceEventsRole", "v2", "Policy to enable CloudWatch Events for EC2 Container Service", &["ecs:RunTask", "iam:PassRole", "ecs:TagResource"]),
    policy("/service-role/", "AmazonEC2ContainerServiceRole", "v2", "Default policy for Amazon ECS service role.", &[
        "ec2:AuthorizeSecurityGroupIngress", "ec2:Describe*", "elasticloadbalancing:DeregisterInstancesFromLoadBalancer", "elasticloadbalancing:DeregisterTargets",
        "elasticloadbalancing:Describe*", "elasticloadbalancing:RegisterInstancesWithLoadBalancer", "elasticloadbalancing:RegisterTargets",
    ]),
    policy("/service-role/", "AmazonEC2ContainerServiceforEC2Role", "v7", "Default policy for the Amazon EC2 Role for Amazon EC2 Container Service.", &[
        "ec2:DescribeTags", "ecs:CreateCluster", "ecs:DeregisterContainerInstance", "ecs:DiscoverPollEndpoint", "ecs:Poll", "ecs:RegisterContainerInstance", "ecs:StartTelemetrySession",
        "ecs:UpdateContainerInstancesState", "ecs:Submit*", "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage",
        "logs:CreateLogStream", "logs:PutLogEvents", "ecs:TagResource",
    ]),
    policy("/service-role/", "AmazonEC2ContainerServiceAutoscaleRole", "v2", "Policy to enable Task Autoscaling for Amazon EC2 Container Service", &[
        "ecs:DescribeServices", "ecs:UpdateService", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm",
    ]),
    policy("/", "AWSCodeDeployRoleForECS", "v4", "Provides CodeDeploy service wide access to perform an ECS blue/green deployment on your behalf.", &[
        "ecs:DescribeServices", "ecs:CreateTaskSet", "ecs:UpdateServicePrimaryTaskSet", "ecs:DeleteTaskSet", "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:ModifyListener", "elasticloadbalancing:DescribeRules", "elasticloadbalancing:ModifyRule", "lambda:InvokeFunction", "cloudwatch:DescribeAlarms", "sns:Publish",
        "s3:GetObject", "s3:GetObjectVersion", "iam:PassRole",
    ]),
    policy("/", "AmazonEC2ContainerRegistryReadOnly", "v4", "Provides read-only access to Amazon EC2 Container Registry repositories.", &[
        "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:GetRepositoryPolicy", "ecr:DescribeRepositories", "ecr:ListImages",
        "ecr:DescribeImages", "ecr:BatchGetImage", "ecr:GetLifecyclePolicy", "ecr:GetLifecyclePolicyPreview", "ecr:ListTagsForResource", "ecr:DescribeImageScanFindings",
    ]),
    policy("/", "AmazonEC2ContainerRegistryPullOnly", "v2", "Provides pull-only access to Amazon Elastic Container Registry repositories.", &[
        "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", "ecr:BatchImportUpstreamImage",
    ]),
    policy("/", "AmazonEC2ContainerRegistryPowerUser", "v3", "Provides full access to Amazon EC2 Container Registry repositories, but does not allow repository deletion or policy changes.", &[
        "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:GetRepositoryPolicy", "ecr:DescribeRepositories", "ecr:ListImages",
        "ecr:DescribeImages", "ecr:BatchGetImage", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage",
    ]),
    policy("/", "AmazonEC2ContainerRegistryFullAccess", "v4", "Provides administrative access to Amazon ECR resources", &["ecr:*", "cloudtrail:LookupEvents"]),
    policy("/service-role/", "AmazonRDSEnhancedMonitoringRole", "v1", "Provides access to Cloudwatch for RDS Enhanced Monitoring", &[
        "logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams", "logs:GetLogEvents",
    ]),
    policy("/", "AmazonSSMManagedInstanceCore", "v2", "The policy for Amazon EC2 Role to enable AWS Systems Manager service core functionality.", &[
        "ssm:DescribeAssociation", "ssm:GetDocument", "ssm:GetParameter", "ssm:GetParameters", "ssm:PutInventory", "ssm:UpdateInstanceInformation", "ssmmessages:*", "ec2messages:*",
    ]),
    policy("/", "AmazonSSMReadOnlyAccess", "v1", "Provides read only access to Amazon SSM.", &["ssm:Describe*", "ssm:Get*", "ssm:List*"]),
    policy("/service-role/", "AWSLambdaBasicExecutionRole", "v1", "Provides write permissions to CloudWatch Logs.", &["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]),
    policy("/service-role/", "AWSLambdaVPCAccessExecutionRole", "v3", "Provides minimum permissions for a Lambda function to execute while accessing a resource within a VPC", &[
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
    ]),
    policy("/", "AmazonS3FullAccess", "v2", "Provides full access to all buckets via the AWS Management Console.", &["s3:*", "s3-object-lambda:*"]),
    policy("/", "AmazonS3ReadOnlyAccess", "v3", "Provides read only access to all buckets via the AWS Management Console.", &["s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"]),
    policy("/", "AmazonSQSFullAccess", "v1", "Provides full access to Amazon SQS via the AWS Management Console.", &["sqs:*"]),
    policy("/", "AmazonSNSFullAccess", "v2", "Provides full access to Amazon SNS via the AWS Management Console.", &["sns:*"]),
    policy("/", "AmazonDynamoDBFullAccess", "v16", "Provides full access to Amazon DynamoDB via the AWS Management Console.", &["dynamodb:*", "dax:*"]),
    policy("/", "AmazonRDSFullAccess", "v13", "Provides full access to Amazon RDS via the AWS Management Console.", &["rds:*", "cloudwatch:Describe*", "ec2:Describe*", "logs:Get*", "sns:List*"]),
    policy("/", "AmazonVPCReadOnlyAccess", "v11", "Provides read only access to Amazon VPC via the AWS Management Console.", &["ec2:Describe*", "ec2:Get*", "ec2:Search*"]),
    policy("/", "AmazonEC2ReadOnlyAccess", "v3", "Provides read only access to Amazon EC2 via the AWS Management Console.", &["ec2:Describe*", "elasticloadbalancing:Describe*", "cloudwatch:Describe*", "autoscaling:Describe*"]),
    policy("/", "CloudWatchAgentServerPolicy", "v3", "Permissions required to use AmazonCloudWatchAgent on servers", &[
        "cloudwatch:PutMetricData", "ec2:DescribeVolumes", "ec2:DescribeTags", "logs:PutLogEvents", "logs:PutRetentionPolicy", "logs:DescribeLogStreams", "logs:CreateLogStream", "logs:CreateLogGroup",
    ]),
    policy("/", "CloudWatchReadOnlyAccess", "v12", "Provides read only access to CloudWatch.", &["cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*", "logs:Get*", "logs:Describe*", "logs:FilterLogEvents"]),
    policy("/", "CloudWatchLogsFullAccess", "v2", "Provides full access to CloudWatch Logs", &["logs:*", "cloudwatch:GenerateQuery"]),
    policy("/", "CloudWatchFullAccess", "v5", "Provides full access to CloudWatch.", &["autoscaling:Describe*", "cloudwatch:*", "logs:*", "sns:*"]),
    policy("/", "SecretsManagerReadWrite", "v5", "Provides read/write access to AWS Secrets Manager via the AWS Management Console.", &["secretsmanager:*", "kms:DescribeKey", "kms:ListAliases", "kms:ListKeys"]),
    policy("/", "AWSXRayDaemonWriteAccess", "v2", "Allow the AWS X-Ray Daemon to relay raw trace segments data to the service's API and retrieve sampling data.", &[
        "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:GetSamplingStatisticSummaries",
    ]),
    policy("/", "AmazonPrometheusRemoteWriteAccess", "v1", "Grants write only access to AWS Managed Prometheus workspaces", &["aps:RemoteWrite"]),
];

#[rustfmt::skip]
const POWER: &[&str] = &[
    "acm:*", "application-autoscaling:*", "cloudfront:*", "cloudwatch:*", "ec2:*", "ecr:*", "ecs:*", "elasticache:*", "elasticloadbalancing:*", "es:*", "events:*", "kms:*", "logs:*", "rds:*",
    "route53:*", "s3:*", "scheduler:*", "secretsmanager:*", "sns:*", "sqs:*", "tag:*", "iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles",
];
#[rustfmt::skip]
const READ: &[&str] = &[
    "acm:Describe*", "acm:Get*", "acm:List*", "application-autoscaling:Describe*", "application-autoscaling:ListTagsForResource", "cloudfront:Describe*", "cloudfront:Get*", "cloudfront:List*",
    "cloudtrail:LookupEvents", "cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*", "ec2:Describe*", "ec2:Get*", "ec2:Search*", "ecr:BatchCheck*", "ecr:BatchGet*", "ecr:Describe*",
    "ecr:Get*", "ecr:List*", "ecs:Describe*", "ecs:List*", "elasticache:Describe*", "elasticache:List*", "elasticloadbalancing:Describe*", "es:Describe*", "es:Get*", "es:List*", "events:Describe*",
    "events:List*", "iam:Get*", "iam:List*", "iam:Simulate*", "kms:Describe*", "kms:Get*", "kms:List*", "logs:Describe*", "logs:FilterLogEvents", "logs:Get*", "logs:List*", "pricing:Describe*",
    "pricing:Get*", "rds:Describe*", "rds:List*", "route53:Get*", "route53:List*", "s3:Describe*", "s3:Get*", "s3:List*", "scheduler:Get*", "scheduler:List*", "secretsmanager:DescribeSecret",
    "secretsmanager:List*", "secretsmanager:GetResourcePolicy", "servicequotas:Get*", "servicequotas:List*", "sns:Get*", "sns:List*", "sts:GetCallerIdentity", "tag:Get*",
];
#[rustfmt::skip]
const VIEW: &[&str] = &[
    "acm:ListCertificates", "application-autoscaling:Describe*", "cloudfront:List*", "cloudwatch:Describe*", "cloudwatch:List*", "ec2:Describe*", "ecr:DescribeRepositories", "ecr:ListImages",
    "ecs:Describe*", "ecs:List*", "elasticache:Describe*", "elasticloadbalancing:Describe*", "es:Describe*", "es:List*", "events:List*", "iam:List*", "kms:ListAliases", "kms:ListKeys",
    "logs:Describe*", "rds:Describe*", "route53:List*", "s3:ListAllMyBuckets", "s3:ListBucket", "secretsmanager:ListSecrets", "sns:List*",
];
