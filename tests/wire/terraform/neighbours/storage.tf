resource "aws_s3_bucket" "files" {
  bucket        = "neighbours-files"
  force_destroy = true
  tags          = { of = "neighbours" }
}

data "aws_s3_bucket" "files" {
  bucket = aws_s3_bucket.files.bucket
}

resource "aws_s3_object" "note" {
  bucket       = aws_s3_bucket.files.id
  key          = "notes/hello.txt"
  content      = "hello\n"
  content_type = "text/plain"
  etag         = md5("hello\n")
  tags         = { kind = "note" }
  metadata     = { author = "neighbours" }
}

# Six megabytes come in two parts.
resource "aws_s3_object" "large" {
  bucket  = aws_s3_bucket.files.id
  key     = "large.bin"
  content = join("", [for _ in range(1000) : format("%6300s", "x")])
}

resource "aws_s3_object_copy" "note" {
  bucket = aws_s3_bucket.files.id
  key    = "notes/copy.txt"
  source = "${aws_s3_bucket.files.id}/${aws_s3_object.note.key}"
  tags   = { kind = "note" }
}

data "aws_s3_object" "note" {
  bucket = aws_s3_bucket.files.id
  key    = aws_s3_object.note.key
}

data "aws_s3_objects" "notes" {
  bucket     = aws_s3_bucket.files.id
  prefix     = "notes/"
  depends_on = [aws_s3_object.note, aws_s3_object_copy.note]
}

resource "aws_s3_bucket" "site" {
  bucket              = "neighbours-site"
  object_lock_enabled = true
}

resource "aws_s3_bucket_object_lock_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  rule {
    default_retention {
      mode = "GOVERNANCE"
      days = 1
    }
  }
}

resource "aws_s3_bucket_website_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  index_document {
    suffix = "index.html"
  }
}

resource "aws_s3_bucket_accelerate_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  status = "Enabled"
}

resource "aws_s3_bucket_request_payment_configuration" "site" {
  bucket = aws_s3_bucket.site.id
  payer  = "Requester"
}

resource "aws_s3_bucket_logging" "site" {
  bucket        = aws_s3_bucket.site.id
  target_bucket = aws_s3_bucket.files.id
  target_prefix = "logs/"
}

resource "aws_s3_bucket_ownership_controls" "site" {
  bucket = aws_s3_bucket.site.id
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}

resource "aws_s3_bucket_acl" "site" {
  bucket     = aws_s3_bucket.site.id
  acl        = "private"
  depends_on = [aws_s3_bucket_ownership_controls.site]
}

locals {
  queue = "arn:${data.aws_partition.here.partition}:sqs:us-east-1:${data.aws_caller_identity.me.account_id}:neighbours-events"
}

data "aws_iam_policy_document" "bucket_events" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [local.queue]
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
  }
}

resource "aws_sqs_queue" "events" {
  name                       = "neighbours-events"
  visibility_timeout_seconds = 60
  policy                     = data.aws_iam_policy_document.bucket_events.json
}

resource "aws_s3_bucket_notification" "files" {
  bucket = aws_s3_bucket.files.id
  queue {
    queue_arn     = aws_sqs_queue.events.arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "notes/"
  }
}
