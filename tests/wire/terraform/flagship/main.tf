# stacks/registry.toml in production, as Terraform would have it: the same network, database, cache, buckets, service and alarms,
# each with the resources that Terraform makes of them, and what a careful author puts beside them.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
}

provider "aws" {
  region = "us-east-1"
  default_tags {
    tags = local.tags
  }
}

locals {
  name = "registry-production"
  tags = { project = "registry", stage = "production" }
}

data "aws_caller_identity" "me" {}
data "aws_partition" "here" {}
data "aws_region" "here" {}
data "aws_availability_zones" "all" {
  state = "available"
}

