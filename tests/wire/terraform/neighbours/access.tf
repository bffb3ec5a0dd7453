data "aws_iam_policy_document" "read" {
  statement {
    sid       = "Read"
    actions   = ["s3:GetObject"]
    resources = ["arn:${data.aws_partition.here.partition}:s3:::*/*"]
  }
}

data "aws_iam_policy_document" "machines" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

data "aws_iam_policy" "power" {
  name = "PowerUserAccess"
}

data "aws_iam_policy" "own" {
  arn = aws_iam_policy.read.arn
}

data "aws_iam_role" "machine" {
  name = aws_iam_role.machine.name
}

data "aws_iam_user" "robot" {
  user_name = aws_iam_user.robot.name
}

resource "aws_iam_policy" "read" {
  name   = "read"
  policy = data.aws_iam_policy_document.read.json
  tags   = { of = "everybody" }
}

resource "aws_iam_role" "machine" {
  name                 = "machine"
  path                 = "/machines/"
  assume_role_policy   = data.aws_iam_policy_document.machines.json
  permissions_boundary = data.aws_iam_policy.power.arn
}

resource "aws_iam_role_policy_attachment" "machine" {
  role       = aws_iam_role.machine.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_instance_profile" "machine" {
  name = "machine"
  path = "/machines/"
  role = aws_iam_role.machine.name
  tags = { of = "machines" }
}

resource "aws_iam_user" "robot" {
  name = "robot"
  path = "/robots/"
  tags = { kind = "robot" }
}

resource "aws_iam_user_policy" "robot" {
  name   = "own"
  user   = aws_iam_user.robot.name
  policy = data.aws_iam_policy_document.read.json
}

resource "aws_iam_user_policy_attachment" "robot" {
  user       = aws_iam_user.robot.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_access_key" "robot" {
  user = aws_iam_user.robot.name
}

resource "aws_iam_group" "robots" {
  name = "robots"
}

resource "aws_iam_group_policy_attachment" "robots" {
  group      = aws_iam_group.robots.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_user_group_membership" "robot" {
  user   = aws_iam_user.robot.name
  groups = [aws_iam_group.robots.name]
}

resource "aws_iam_openid_connect_provider" "ci" {
  url             = "https://token.actions.githubusercontent.com"
  client_id_list  = ["sts.amazonaws.com"]
  thumbprint_list = ["6938fd4d98bab03faadb97b34396831e3780aea1"]
}

resource "aws_iam_service_linked_role" "search" {
  aws_service_name = "opensearchservice.amazonaws.com"
}
