resource "aws_kms_key" "main" {
  description             = "neighbours"
  enable_key_rotation     = true
  deletion_window_in_days = 7
}

resource "aws_kms_alias" "main" {
  name          = "alias/neighbours"
  target_key_id = aws_kms_key.main.id
}

data "aws_kms_alias" "main" {
  name       = aws_kms_alias.main.name
  depends_on = [aws_kms_alias.main]
}

resource "aws_route53_zone" "main" {
  name = "neighbours.example"
}

resource "aws_route53_record" "www" {
  zone_id = aws_route53_zone.main.zone_id
  name    = "www"
  type    = "CNAME"
  ttl     = 300
  records = ["example.com"]
}

data "aws_route53_zone" "main" {
  zone_id = aws_route53_zone.main.zone_id
}

resource "aws_acm_certificate" "main" {
  domain_name       = "neighbours.example"
  validation_method = "DNS"
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_sns_topic" "main" {
  name              = "neighbours"
  kms_master_key_id = aws_kms_key.main.arn
}

resource "aws_sns_topic_policy" "main" {
  arn = aws_sns_topic.main.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "cloudwatch.amazonaws.com" }, Action = "sns:Publish", Resource = aws_sns_topic.main.arn }]
  })
}

resource "aws_sns_topic_subscription" "queue" {
  topic_arn            = aws_sns_topic.main.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.events.arn
  raw_message_delivery = true
}

resource "aws_cloudwatch_log_group" "main" {
  name = "neighbours"
}

resource "aws_cloudwatch_log_metric_filter" "errors" {
  name           = "errors"
  log_group_name = aws_cloudwatch_log_group.main.name
  pattern        = "ERROR"
  metric_transformation {
    name      = "Errors"
    namespace = "Neighbours"
    value     = "1"
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "neighbours-errors"
  namespace           = "Neighbours"
  metric_name         = "Errors"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
}

resource "aws_cloudwatch_composite_alarm" "any" {
  alarm_name = "neighbours-any"
  alarm_rule = "ALARM(${aws_cloudwatch_metric_alarm.errors.alarm_name})"
}

resource "aws_cloudwatch_event_rule" "nightly" {
  name                = "neighbours-nightly"
  schedule_expression = "rate(1 day)"
}

resource "aws_cloudwatch_event_target" "queue" {
  rule = aws_cloudwatch_event_rule.nightly.name
  arn  = aws_sqs_queue.events.arn
}

resource "aws_scheduler_schedule" "nightly" {
  name                = "neighbours-nightly"
  schedule_expression = "rate(1 days)"
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = aws_sqs_queue.events.arn
    role_arn = aws_iam_role.scheduler.arn
  }
}

resource "aws_iam_role" "scheduler" {
  name = "neighbours-scheduler"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "scheduler.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_secretsmanager_secret" "main" {
  name                    = "neighbours"
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_policy" "main" {
  secret_arn = aws_secretsmanager_secret.main.arn
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = data.aws_caller_identity.me.account_id }, Action = "secretsmanager:GetSecretValue", Resource = "*" }]
  })
}

data "aws_secretsmanager_random_password" "one" {
  password_length = 20
}

data "aws_cloudfront_response_headers_policy" "secure" {
  name = "Managed-SecurityHeadersPolicy"
}

data "aws_ecr_authorization_token" "me" {}

data "aws_servicequotas_service_quota" "vpcs" {
  service_code = "vpc"
  quota_code   = "L-F678F1CE"
}
