"""Files of no, few and twenty million bytes go up, across, and down again, and stay what they were, byte for byte.

By boto3's transfers, which cut large files into parts and read them in parts, and by the AWS CLI where it is installed.
"""

import os
import subprocess
import sys
import tempfile

import boto3
from botocore.config import Config

ADDRESS = sys.argv[1]
SIZES = {"empty": 0, "small": 6, "large": 20_000_000}


def content(size):
    """Differs in every part, so that parts in a wrong order are seen."""
    return b"".join(b"%015d\n" % line for line in range(size // 16 + 1))[:size]


def client():
    # An answer that does not come at once fails the test rather than to slow it down.
    config = Config(read_timeout=30, retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": "files", "aws_secret_access_key": "files"}
    return boto3.client("s3", endpoint_url=ADDRESS, region_name="us-east-1", config=config, **keys)


def check(path, size):
    with open(path, "rb") as file:
        assert file.read() == content(size), f"{path} is not what went up"


def transfers(folder):
    s3 = client()
    for bucket in ("one", "two"):
        s3.create_bucket(Bucket=bucket)
    for name, size in SIZES.items():
        up, down = os.path.join(folder, name), os.path.join(folder, f"{name}.down")
        with open(up, "wb") as file:
            file.write(content(size))
        s3.upload_file(up, "one", name)
        s3.copy({"Bucket": "one", "Key": name}, "two", f"moved/{name}")
        s3.delete_object(Bucket="one", Key=name)
        s3.download_file("two", f"moved/{name}", down)
        check(down, size)
    head = s3.get_object(Bucket="two", Key="moved/large", Range="bytes=16-31")
    assert head["Body"].read() == b"%015d\n" % 1
    assert s3.list_objects_v2(Bucket="one")["KeyCount"] == 0


def cli(folder):
    def aws(*arguments):
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": "files", "AWS_SECRET_ACCESS_KEY": "files", "AWS_DEFAULT_REGION": "us-east-1"}
        command = [sys.executable, "-m", "awscli", "--endpoint-url", ADDRESS, "s3", *arguments, "--only-show-errors"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0 and not done.stderr, f"{arguments}: {done.stderr}"

    for name in SIZES:
        aws("cp", os.path.join(folder, name), f"s3://one/cli/{name}")
    aws("sync", "s3://one/cli", "s3://two/cli")
    aws("mv", "s3://two/cli/large", "s3://two/cli/grown")
    down = os.path.join(folder, "synced")
    aws("sync", "s3://two/cli", down)
    for name, size in SIZES.items():
        check(os.path.join(down, "grown" if name == "large" else name), size)
    assert sorted(os.listdir(down)) == ["empty", "grown", "small"]


with tempfile.TemporaryDirectory() as folder:
    transfers(folder)
    try:
        import awscli  # noqa: F401
    except ImportError:
        print("boto3")
    else:
        cli(folder)
        print("boto3 and awscli")
