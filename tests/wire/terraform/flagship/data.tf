resource "aws_db_subnet_group" "main" {
  name        = "${local.name}-main"
  description = "Subnets of the database main"
  subnet_ids  = aws_subnet.data[*].id
}

resource "aws_db_parameter_group" "main" {
  name        = "${local.name}-main"
  family      = "postgres15"
  description = "Settings of the database main"

  parameter {
    name  = "log_min_duration_statement"
    value = "500"
  }
  parameter {
    name         = "rds.force_ssl"
    value        = "1"
    apply_method = "pending-reboot"
  }
}

resource "aws_db_instance" "main" {
  identifier                  = "${local.name}-main"
  engine                      = "postgres"
  engine_version              = "15"
  instance_class              = "db.t4g.micro"
  allocated_storage           = 20
  max_allocated_storage       = 100
  storage_type                = "gp3"
  storage_encrypted           = true
  db_name                     = "registry"
  username                    = "app"
  manage_master_user_password = true
  db_subnet_group_name        = aws_db_subnet_group.main.name
  parameter_group_name        = aws_db_parameter_group.main.name
  vpc_security_group_ids      = [aws_security_group.database.id]
  backup_retention_period     = 14
  backup_window               = "03:00-04:00"
  maintenance_window          = "sun:04:30-sun:05:30"
  copy_tags_to_snapshot       = true
  skip_final_snapshot         = true
}

resource "aws_elasticache_subnet_group" "main" {
  name        = "${local.name}-main"
  description = "Subnets of the cache main"
  subnet_ids  = aws_subnet.data[*].id
}

resource "aws_elasticache_parameter_group" "main" {
  name        = "${local.name}-main"
  family      = "redis7"
  description = "Settings of the cache main"

  parameter {
    name  = "maxmemory-policy"
    value = "allkeys-lru"
  }
}

resource "aws_elasticache_replication_group" "main" {
  replication_group_id       = local.name
  description                = "The cache main"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = "cache.t4g.micro"
  num_cache_clusters         = 1
  port                       = 6379
  parameter_group_name       = aws_elasticache_parameter_group.main.name
  subnet_group_name          = aws_elasticache_subnet_group.main.name
  security_group_ids         = [aws_security_group.cache.id]
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  maintenance_window         = "sun:04:30-sun:05:30"
}

resource "aws_secretsmanager_secret" "keys" {
  for_each = {
    session-key  = "Signs session cookies"
    oauth-client = "Client id and secret of the sign-in provider"
    api-tokens   = "Key that API tokens are hashed with"
  }
  name                    = "${local.name}-${each.key}"
  description             = each.value
  recovery_window_in_days = 0
}

resource "aws_secretsmanager_secret_version" "oauth" {
  secret_id     = aws_secretsmanager_secret.keys["oauth-client"].id
  secret_string = jsonencode({ client_id = "example", client_secret = "example" })
}
