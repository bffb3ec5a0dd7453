//! The kind that is meant by a name that is none: a slip, or what Terraform, CloudFormation or the CLI calls it.

use super::suggest::nearest;
use super::words::snake;

/// The kinds by the names of Terraform's AWS provider, as far as those are not ours with another sign between their words.
#[rustfmt::skip]
pub const KINDS: &[(&[&str], &str)] = &[
    (&["aws_eip"], "ec2.eip"),
    (&["aws_internet_gateway"], "ec2.internet_gateway"),
    (&["aws_nat_gateway"], "ec2.nat_gateway"),
    (&["aws_route_table", "aws_route", "aws_route_table_association", "aws_main_route_table_association"], "ec2.route_table"),
    (&["aws_security_group", "aws_security_group_rule", "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"],
        "ec2.security_group"),
    (&["aws_subnet"], "ec2.subnet"),
    (&["aws_vpc", "aws_vpc_ipv4_cidr_block_association"], "ec2.vpc"),
    (&["aws_vpc_endpoint", "aws_vpc_endpoint_policy", "aws_vpc_endpoint_route_table_association"], "ec2.vpc_endpoint"),
    (&["aws_lb_listener", "aws_alb_listener", "aws_lb_listener_certificate"], "elbv2.listener"),
    (&["aws_lb_listener_rule", "aws_alb_listener_rule"], "elbv2.listener_rule"),
    (&["aws_lb", "aws_alb", "aws_elb"], "elbv2.load_balancer"),
    (&["aws_lb_target_group", "aws_alb_target_group"], "elbv2.target_group"),
    (&["aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"], "cloudwatch.alarm"),
    (&["aws_cloudwatch_dashboard"], "cloudwatch.dashboard"),
    (&["aws_cloudwatch_log_group"], "logs.log_group"),
    (&["aws_ecs_cluster", "aws_ecs_cluster_capacity_providers"], "ecs.cluster"),
    (&["aws_ecs_service"], "ecs.service"),
    (&["aws_ecs_task_definition"], "ecs.task_definition"),
    (&["aws_ecr_repository", "aws_ecr_lifecycle_policy", "aws_ecr_repository_policy"], "ecr.repository"),
    (&["aws_iam_role", "aws_iam_role_policy", "aws_iam_role_policy_attachment", "aws_iam_policy", "aws_iam_policy_document"], "iam.role"),
    (&["aws_appautoscaling_target", "aws_appautoscaling_policy"], "autoscaling.target"),
    (&["aws_sns_topic", "aws_sns_topic_subscription", "aws_sns_topic_policy"], "sns.topic"),
    (&["aws_db_instance"], "rds.instance"),
    (&["aws_db_parameter_group"], "rds.parameter_group"),
    (&["aws_db_subnet_group"], "rds.subnet_group"),
    (&["aws_elasticache_parameter_group"], "elasticache.parameter_group"),
    (&["aws_elasticache_subnet_group"], "elasticache.subnet_group"),
    (&["aws_elasticache_replication_group", "aws_elasticache_cluster"], "elasticache.replication_group"),
    (&["aws_s3_bucket"], "s3.bucket"),
    (&["aws_cloudfront_distribution"], "cloudfront.distribution"),
    (&["aws_cloudfront_origin_access_control", "aws_cloudfront_origin_access_identity"], "cloudfront.origin_access_control"),
    (&["aws_opensearch_domain", "aws_elasticsearch_domain", "aws_opensearch_domain_policy"], "opensearch.domain"),
    (&["aws_secretsmanager_secret", "aws_secretsmanager_secret_version"], "secretsmanager.secret"),
];

/// Returns what to say to whoever named a kind that there is not.
pub fn help(name: &str, known: &[&str]) -> String {
    let near = meant(name, known.iter().copied()).or_else(|| nearest(name, known.iter().copied()));
    if let Some(near) = near {
        return format!("did you mean `{near}`?");
    }
    let service = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let mut of_service = known.iter().filter(|kind| service(kind) == service(name)).copied().collect::<Vec<_>>();
    of_service.sort_unstable();
    if of_service.is_empty() {
        "`trueup schema` names all kinds, such as ec2.security_group".to_owned()
    } else {
        format!("there is {}", of_service.join(", "))
    }
}

/// Returns the kind that is meant by Terraform's, CloudFormation's or the CLI's word for it: `aws_s3_bucket`, `AWS::S3::Bucket`,
/// `s3:bucket`.
fn meant<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let plain = snake(word);
    let of_terraform = |name: &str| {
        // Terraform keeps what a bucket has in resources of their own: `aws_s3_bucket_versioning`.
        KINDS
            .iter()
            .find(|(words, _)| words.contains(&name))
            .or_else(|| KINDS.iter().find(|(_, kind)| *kind == "s3.bucket" && name.starts_with("aws_s3_bucket_")))
    };
    let letters = |name: &str| name.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let bare = letters(word);
    let bare = bare.strip_prefix("aws").unwrap_or(&bare);
    let other = OTHERS.iter().find(|(other, _)| *other == bare).map(|(_, kind)| *kind);
    let meant = of_terraform(&plain).or_else(|| of_terraform(&format!("aws_{plain}"))).map(|(_, kind)| *kind).or(other);
    known.clone().find(|kind| meant == Some(*kind)).or_else(|| known.clone().find(|kind| letters(kind) == bare))
}

/// The kinds by CloudFormation's names, without their signs, where those are not ours.
#[rustfmt::skip]
pub const OTHERS: &[(&str, &str)] = &[
    ("elasticloadbalancingv2listener", "elbv2.listener"),
    ("elasticloadbalancingv2listenerrule", "elbv2.listener_rule"),
    ("elasticloadbalancingv2loadbalancer", "elbv2.load_balancer"),
    ("elasticloadbalancingv2targetgroup", "elbv2.target_group"),
    ("applicationautoscalingscalabletarget", "autoscaling.target"),
    ("applicationautoscalingscalingpolicy", "autoscaling.target"),
    ("ec2natgateway", "ec2.nat_gateway"),
    ("rdsdbinstance", "rds.instance"),
    ("rdsdbparametergroup", "rds.parameter_group"),
    ("rdsdbsubnetgroup", "rds.subnet_group"),
    ("opensearchservicedomain", "opensearch.domain"),
    ("elasticsearchdomain", "opensearch.domain"),
    ("snssubscription", "sns.topic"),
    ("cloudwatchcompositealarm", "cloudwatch.alarm"),
    ("iampolicy", "iam.role"),
];
