"""What somebody does by hand, with boto3: reads a stack's topic, changes it, and puts a bucket in its way."""

import sys

import boto3


def client(service):
    return boto3.client(
        service, endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="hand", aws_secret_access_key="hand"
    )


def topic():
    (found,) = client("sns").list_topics()["Topics"]
    return found["TopicArn"]


def read():
    tags = {tag["Key"]: tag["Value"] for tag in client("sns").list_tags_for_resource(ResourceArn=topic())["Tags"]}
    print(tags["trueup:stack"], tags["trueup:node"], client("sns").get_topic_attributes(TopicArn=topic())["Attributes"]["DisplayName"])
    (bucket,) = client("s3").list_buckets()["Buckets"]
    print(bucket["Name"])


def rename():
    client("sns").set_topic_attributes(TopicArn=topic(), AttributeName="DisplayName", AttributeValue="By hand")


def squat():
    """Takes the bucket's place."""
    (bucket,) = client("s3").list_buckets()["Buckets"]
    client("s3").delete_bucket(Bucket=bucket["Name"])
    client("s3").create_bucket(Bucket=bucket["Name"])


globals()[sys.argv[2]]()
