"""Counts what is in an account, by kind, as boto3 sees it: a second opinion on what was made and what is left."""

import json
import sys

import boto3


def client(service):
    return boto3.client(
        service, endpoint_url=sys.argv[1], region_name=sys.argv[2], aws_access_key_id="count", aws_secret_access_key="count"
    )


def pages(service, operation, key, **asked):
    first, *rest = key.split(".")
    for page in client(service).get_paginator(operation).paginate(**asked):
        found = page.get(first) or []
        yield from (found.get(rest[0]) or []) if rest else found


def paged(service, operation, key, **asked):
    return lambda: sum(1 for _ in pages(service, operation, key, **asked))


def clusters():
    """Deleted ones stay for a while, as INACTIVE."""
    arns = list(pages("ecs", "list_clusters", "clusterArns"))
    return [one["clusterArn"] for one in client("ecs").describe_clusters(clusters=arns)["clusters"] if one["status"] == "ACTIVE"]


def listeners():
    balancers = [one["LoadBalancerArn"] for one in pages("elbv2", "describe_load_balancers", "LoadBalancers")]
    return [one["ListenerArn"] for arn in balancers for one in pages("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn)]


def rules():
    return [one for arn in listeners() for one in pages("elbv2", "describe_rules", "Rules", ListenerArn=arn) if not one["IsDefault"]]


def named(service, operation, key, name, theirs="default"):
    """Without what AWS itself makes."""
    return lambda: sum(1 for one in pages(service, operation, key) if not one[name].startswith(theirs))


def live_gateways():
    states = {"Name": "state", "Values": ["pending", "available"]}
    return sum(1 for _ in pages("ec2", "describe_nat_gateways", "NatGateways", Filter=[states]))


COUNTS = {
    "autoscaling.target": paged("application-autoscaling", "describe_scalable_targets", "ScalableTargets", ServiceNamespace="ecs"),
    "cloudfront.distribution": paged("cloudfront", "list_distributions", "DistributionList.Items"),
    "cloudfront.origin_access_control": lambda: len(
        client("cloudfront").list_origin_access_controls()["OriginAccessControlList"].get("Items", [])
    ),
    # Autoscaling has its own.
    "cloudwatch.alarm": named("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName", "TargetTracking-"),
    "cloudwatch.dashboard": paged("cloudwatch", "list_dashboards", "DashboardEntries"),
    "ec2.eip": lambda: len(client("ec2").describe_addresses()["Addresses"]),
    "ec2.internet_gateway": paged("ec2", "describe_internet_gateways", "InternetGateways"),
    "ec2.nat_gateway": live_gateways,
    # The main route table comes with its VPC.
    "ec2.route_table": lambda: sum(
        1 for one in pages("ec2", "describe_route_tables", "RouteTables") if not any(link.get("Main") for link in one["Associations"])
    ),
    # And so does the group `default`.
    "ec2.security_group": named("ec2", "describe_security_groups", "SecurityGroups", "GroupName"),
    "ec2.subnet": paged("ec2", "describe_subnets", "Subnets"),
    "ec2.vpc": paged("ec2", "describe_vpcs", "Vpcs"),
    "ec2.vpc_endpoint": lambda: sum(1 for one in pages("ec2", "describe_vpc_endpoints", "VpcEndpoints") if one["State"] == "available"),
    "ecr.repository": paged("ecr", "describe_repositories", "repositories"),
    "ecs.cluster": lambda: len(clusters()),
    "ecs.service": lambda: sum(1 for cluster in clusters() for _ in pages("ecs", "list_services", "serviceArns", cluster=cluster)),
    # Older revisions stay: running tasks may be of them.
    "ecs.task_definition": lambda: len(
        {arn.rsplit(":", 1)[0] for arn in pages("ecs", "list_task_definitions", "taskDefinitionArns", status="ACTIVE")}
    ),
    "elasticache.parameter_group": paged("elasticache", "describe_cache_parameter_groups", "CacheParameterGroups"),
    "elasticache.replication_group": paged("elasticache", "describe_replication_groups", "ReplicationGroups"),
    "elasticache.subnet_group": paged("elasticache", "describe_cache_subnet_groups", "CacheSubnetGroups"),
    "elbv2.listener": lambda: len(listeners()),
    "elbv2.listener_rule": lambda: len(rules()),
    "elbv2.load_balancer": paged("elbv2", "describe_load_balancers", "LoadBalancers"),
    "elbv2.target_group": paged("elbv2", "describe_target_groups", "TargetGroups"),
    "iam.role": paged("iam", "list_roles", "Roles"),
    "logs.log_group": paged("logs", "describe_log_groups", "logGroups"),
    "rds.instance": paged("rds", "describe_db_instances", "DBInstances"),
    "rds.parameter_group": named("rds", "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName"),
    "rds.subnet_group": paged("rds", "describe_db_subnet_groups", "DBSubnetGroups"),
    "s3.bucket": lambda: len(client("s3").list_buckets()["Buckets"]),
    # The database's password is RDS's own.
    "secretsmanager.secret": lambda: sum(1 for one in pages("secretsmanager", "list_secrets", "SecretList") if "OwningService" not in one),
    "sns.topic": paged("sns", "list_topics", "Topics"),
}

print(json.dumps({kind: count() for kind, count in COUNTS.items()}))
