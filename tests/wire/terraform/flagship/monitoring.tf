resource "aws_sns_topic" "alarms" {
  name         = "${local.name}-alarms"
  display_name = "registry production"
}

resource "aws_sns_topic_subscription" "ops" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = "ops@example.com"
}

locals {
  of_service  = { ClusterName = aws_ecs_cluster.main.name, ServiceName = aws_ecs_service.api.name }
  of_balancer = { LoadBalancer = aws_lb.api.arn_suffix }
  of_database = { DBInstanceIdentifier = aws_db_instance.main.identifier }
  of_cache    = { CacheClusterId = tolist(aws_elasticache_replication_group.main.member_clusters)[0] }
  alarms = {
    cpu                  = { namespace = "AWS/ECS", metric = "CPUUtilization", above = 80, of = local.of_service }
    memory               = { namespace = "AWS/ECS", metric = "MemoryUtilization", above = 80, of = local.of_service }
    errors               = { namespace = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", above = 10, of = local.of_balancer }
    database-cpu         = { namespace = "AWS/RDS", metric = "CPUUtilization", above = 80, of = local.of_database }
    database-connections = { namespace = "AWS/RDS", metric = "DatabaseConnections", above = 89, of = local.of_database }
    cache-memory         = { namespace = "AWS/ElastiCache", metric = "DatabaseMemoryUsagePercentage", above = 80, of = local.of_cache }
  }
}

resource "aws_cloudwatch_metric_alarm" "above" {
  for_each            = local.alarms
  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.key} above ${each.value.above}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.of
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  threshold           = each.value.above
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  alarm_name          = "${local.name}-latency"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "TargetResponseTime"
  dimensions          = local.of_balancer
  extended_statistic  = "p95"
  period              = 300
  evaluation_periods  = 3
  threshold           = 1
  comparison_operator = "GreaterThanThreshold"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "storage" {
  alarm_name          = "${local.name}-database-storage"
  namespace           = "AWS/RDS"
  metric_name         = "FreeStorageSpace"
  dimensions          = local.of_database
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 3
  threshold           = 3221225472
  comparison_operator = "LessThanThreshold"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = local.name
  dashboard_body = jsonencode({
    widgets = [{
      type   = "metric"
      x      = 0
      y      = 0
      width  = 12
      height = 6
      properties = {
        title   = "api: CPU, %"
        view    = "timeSeries"
        stat    = "Average"
        period  = 300
        region  = data.aws_region.here.name
        metrics = [["AWS/ECS", "CPUUtilization", "ClusterName", aws_ecs_cluster.main.name, "ServiceName", aws_ecs_service.api.name]]
      }
    }]
  })
}
