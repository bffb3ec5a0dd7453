//! ECS, ECR and what stands around them: roles, logs, alarms, topics, scaling.

use super::{Change, to};
use serde_json::{Value, json};

pub fn of(kind: &str) -> Option<Vec<(&'static str, Change)>> {
    let allows = |action: &str| json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": action, "Resource": "*" }] });
    let key = |last: u32| format!("arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-12345678901{last}");
    let math = |expression: &str| {
        let stat =
            |name: &str| json!({ "namespace": "AWS/ApplicationELB", "metric_name": name, "dimensions": {}, "stat": "Sum", "period": 60 });
        json!([
            { "id": "errors", "expression": null, "metric": stat("HTTPCode_Target_5XX_Count"), "label": null, "return_data": false },
            { "id": "rate", "expression": expression, "metric": null, "label": "rate", "return_data": true },
            { "id": "requests", "expression": null, "metric": stat("RequestCount"), "label": null, "return_data": false },
        ])
    };
    let by_math = json!({
        "namespace": null, "metric_name": null, "dimensions": {}, "statistic": null, "period": null, "metrics": math("100 * errors / requests"),
    });
    Some(match kind {
        "cloudwatch.alarm" => vec![
            ("description", to("Other words")),
            ("namespace", to("AWS/RDS")),
            ("metric_name", to("MemoryUtilization")),
            ("dimensions", to(json!({ "ClusterName": "other" }))),
            ("statistic", to("Maximum")),
            ("extended_statistic", to("p99").from(json!({ "statistic": null, "extended_statistic": "p90" }))),
            ("period", to(300)),
            ("metrics", to(math("errors / requests")).from(by_math)),
            ("evaluation_periods", to(5)),
            ("datapoints_to_alarm", to(1)),
            ("threshold", to(90.5)),
            ("comparison_operator", to("LessThanThreshold")),
            ("treat_missing_data", to("notBreaching")),
            ("actions_enabled", to(false)),
            ("alarm_actions", to(json!(["${example.topic-b.arn}"]))),
            ("ok_actions", to(json!(["${example.topic.arn}"]))),
            ("insufficient_data_actions", to(json!(["${example.topic.arn}"]))),
        ],
        "cloudwatch.dashboard" => {
            vec![(
                "body",
                to(
                    json!({ "widgets": [{ "type": "text", "x": 0, "y": 0, "width": 6, "height": 3, "properties": { "markdown": "hello" } }] }),
                ),
            )]
        }
        "ecs.cluster" => vec![
            ("container_insights", to("enhanced")),
            ("capacity_providers", to(json!(["FARGATE"]))),
            ("default_capacity_provider_strategy", to(json!([{ "capacity_provider": "FARGATE_SPOT", "weight": 3, "base": 0 }]))),
        ],
        "ecr.repository" => vec![
            ("image_tag_mutability", to("MUTABLE")),
            ("scan_on_push", to(false)),
            ("encryption_type", to("KMS")),
            ("kms_key_arn", to(key(2)).from(json!({ "encryption_type": "KMS", "kms_key_arn": key(1) }))),
            ("lifecycle_policy", {
                let rule = json!({
                    "rulePriority": 1, "action": { "type": "expire" },
                    "selection": { "tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 3 },
                });
                to(json!({ "rules": [rule] }))
            }),
            ("force_delete", to(true)),
        ],
        "ecs.service" => vec![
            ("cluster", to("${example.cluster-b.name}")),
            ("task_definition_arn", to("${example.task-definition-b.arn}")),
            ("desired_count", to(2)),
            ("capacity_provider_strategy", to(json!([{ "capacity_provider": "FARGATE_SPOT", "weight": 1, "base": 0 }]))),
            ("platform_version", to("1.4.0")),
            ("subnet_ids", to(json!(["${example.subnet-a.id}"]))),
            ("security_group_ids", to(json!(["${example.security-group-b.id}"]))),
            ("assign_public_ip", to(false)),
            ("load_balancers", {
                let other = json!({
                    "target_group_arn": "${example.target-group-b.arn}", "container_name": "web", "container_port": 80, "advanced_configuration": null,
                });
                to(json!([other])).from(json!({ "after": ["${example.listener-rule-b.arn}"] }))
            }),
            ("deployment", to(deployment())),
            ("health_check_grace_period_seconds", to(30)),
            ("enable_execute_command", to(true)),
            ("enable_ecs_managed_tags", to(false)),
            ("propagate_tags", to("NONE")),
            ("availability_zone_rebalancing", to("DISABLED")),
        ],
        "logs.log_group" => vec![("retention_in_days", to(365)), ("log_group_class", to("INFREQUENT_ACCESS")), ("kms_key_arn", to(key(1)))],
        "iam.role" => vec![
            ("description", to("Other words")),
            ("assume_role_policy", {
                to(
                    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Service": "ecs-tasks.amazonaws.com" }, "Action": "sts:AssumeRole" }] }),
                )
            }),
            ("inline_policies", to(json!({ "read": allows("s3:*"), "more": allows("sqs:SendMessage") }))),
            ("managed_policy_arns", to(json!(["arn:aws:iam::aws:policy/ReadOnlyAccess"]))),
            ("max_session_duration", to(7200)),
        ],
        "autoscaling.target" => vec![
            ("resource_id", to("${example.ecs-service-b.resource_id}")),
            ("min_capacity", to(2)),
            ("max_capacity", to(6)),
            ("policies", {
                to(json!({ "memory": {
                    "metric": "ECSServiceAverageMemoryUtilization", "target_value": 60.5, "resource_label": null,
                    "scale_in_cooldown": 120, "scale_out_cooldown": 30, "disable_scale_in": true,
                } }))
            }),
        ],
        "ecs.task_definition" => vec![
            ("cpu", to(512).from(json!({ "memory": 1024 }))),
            ("memory", to(1024)),
            ("execution_role_arn", to("${example.role-b.arn}")),
            ("task_role_arn", to("${example.role-b.arn}")),
            ("cpu_architecture", to("ARM64")),
            ("operating_system_family", to("WINDOWS_SERVER_2022_CORE").from(json!({ "cpu": 1024, "memory": 2048 }))),
            ("ephemeral_storage", to(30)),
            ("volumes", to(json!([{ "name": "data", "efs": null }]))),
            ("containers", to(containers())),
        ],
        "sns.topic" => vec![
            ("display_name", to("Somebody")),
            ("fifo", to(true).from(json!({ "subscriptions": [] }))),
            ("kms_key_id", to("alias/aws/sns")),
            ("policy", {
                to(
                    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Service": "events.amazonaws.com" }, "Action": "sns:Publish" }] }),
                )
            }),
            ("subscriptions", {
                let mail = json!({ "protocol": "email", "endpoint": "operations@example.com" });
                to(json!([mail, { "protocol": "sqs", "endpoint": "arn:aws:sqs:us-east-1:123456789012:queue" }]))
            }),
        ],
        _ => return None,
    })
}

fn deployment() -> Value {
    json!({
        "strategy": "ROLLING", "minimum_healthy_percent": 50, "maximum_percent": 150, "bake_time_in_minutes": 0, "canary": null, "linear": null,
        "circuit_breaker": { "enable": false, "rollback": false },
        "alarms": { "alarm_names": ["errors"], "enable": true, "rollback": true },
        "lifecycle_hooks": [],
    })
}

fn containers() -> Value {
    json!([
        {
            "name": "web", "image": "public.ecr.aws/nginx/nginx:1.28", "cpu": 128, "memory": 256, "entry_point": ["/bin/sh"], "command": ["-c", "run"],
            "working_directory": "/srv", "user": "1000:1000", "environment": { "LOG_LEVEL": "debug", "REGION": "us-east-1" },
            "secrets": { "TOKEN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:token-abcdef" },
            "port_mappings": [{ "container_port": 80, "name": "http" }], "ulimits": [{ "name": "nofile", "soft_limit": 1024, "hard_limit": 4096 }],
            "readonly_root_filesystem": true, "init_process_enabled": true, "start_timeout": 30, "stop_timeout": 60,
            "depends_on": { "side": "START" },
            "health_check": { "command": ["CMD", "true"], "interval": 10, "timeout": 3, "retries": 2, "start_period": 0 },
        },
        { "name": "side", "image": "example.com/side:1", "essential": false, "memory_reservation": 64 },
    ])
}
