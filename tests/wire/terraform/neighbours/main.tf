# What people's tools read and make beside a stack: defaults of the account, access control lists, prefix lists, users and
# policies, objects with tags, keys, names and queues.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "5.100.0" }
  }
}

provider "aws" {
  region = "us-east-1"
}

# Every region has a default network; this one is looked at, the other taken over.
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}

data "aws_caller_identity" "me" {}
data "aws_partition" "here" {}
data "aws_region" "west" {
  provider = aws.west
}
data "aws_regions" "all" {}
data "aws_availability_zones" "all" {}
data "aws_availability_zone" "first" {
  name = data.aws_availability_zones.all.names[0]
}
data "aws_canonical_user_id" "me" {}
data "aws_default_tags" "none" {}
