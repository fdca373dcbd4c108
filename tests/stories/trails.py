"""What the stories of CloudTrail share: a bucket that lets it in, a trail, the clock, what was delivered."""

from __future__ import annotations

import gzip
import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import boto3

Client = Callable[..., Any]
ACCOUNT = "123456789012"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/audit"
MINUTE_S, HOUR_S = 60, 3600
ALL_DATA: dict[str, Any] = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
}
"""The selector of everything."""


def bucket_policy(bucket: str) -> str:
    """What CloudTrail asks of a bucket, as AWS's guide has it."""
    principal = {"Service": "cloudtrail.amazonaws.com"}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow", "Principal": principal, "Action": "s3:GetBucketAcl",
                    "Resource": f"arn:aws:s3:::{bucket}",
                },
                {
                    "Effect": "Allow", "Principal": principal, "Action": "s3:PutObject",
                    "Resource": f"arn:aws:s3:::{bucket}/*",
                    "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
                },
            ],
        }
    )  # fmt: skip


def advance(endpoint: str, seconds: float) -> None:
    """Move the clock on."""
    data = json.dumps({"advance_s": seconds}).encode()
    request = urllib.request.Request(f"{endpoint}/_backtrail/clock", data=data, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200


def until(found: Callable[[], Any], wanted: Callable[[Any], bool] = bool) -> Any:
    """What is found once it is as wanted: deliveries are made beside the calls."""
    last: Any = None
    for _ in range(3000):  # a minute: a loaded machine is slow
        last = found()
        if wanted(last):
            return last
        time.sleep(0.02)
    raise AssertionError(f"never came: {last}")


def bucket(client: Client, name: str = "logs") -> Any:
    """A bucket that lets CloudTrail in; its client."""
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=bucket_policy(name))
    return s3


def trail(client: Client, name: str = "audit", **given: Any) -> tuple[Any, Any]:
    """A trail that logs to a bucket which lets it in; the clients of both."""
    s3, cloudtrail = bucket(client), client("cloudtrail")
    cloudtrail.create_trail(Name=name, S3BucketName="logs", **given)
    cloudtrail.start_logging(Name=name)
    return s3, cloudtrail


def keys(s3: Any, what: str = "/CloudTrail/") -> list[str]:
    """The keys of the files of a kind in the bucket."""
    found = s3.list_objects_v2(Bucket="logs").get("Contents", [])
    return sorted(one["Key"] for one in found if what in one["Key"])


def records(s3: Any) -> list[dict[str, Any]]:
    """All records that were delivered, file by file."""
    found: list[dict[str, Any]] = []
    for key in keys(s3):
        content = gzip.decompress(s3.get_object(Bucket="logs", Key=key)["Body"].read())
        found += json.loads(content)["Records"]
    return found


def delivered(endpoint: str, s3: Any, files: int) -> list[dict[str, Any]]:
    """All records that were delivered, once five minutes are over and there are so many files."""
    advance(endpoint, 5 * MINUTE_S)
    until(lambda: keys(s3), lambda found: len(found) >= files)
    return records(s3)


def session(endpoint: str, service: str) -> Any:
    """A client of a server."""
    return boto3.client(
        service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test",
        aws_secret_access_key="test",
    )  # fmt: skip
