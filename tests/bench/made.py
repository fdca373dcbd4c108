"""Trails of the project's own making, as large as one likes: many accounts' worth of ordinary calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from backtrail import ids

START = datetime(2024, 1, 1, tzinfo=UTC)
WHO = {
    "type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": "arn:aws:iam::111122223333:user/ada",
    "accountId": "111122223333", "accessKeyId": "AKIAEXAMPLEEXAMPLE00", "userName": "ada",
}  # fmt: skip


def trail(records: int) -> list[bytes]:
    """Records as CloudTrail writes them: a mix of objects, queues, roles, reads, and services without a plugin."""
    return list(stream(records))


def stream(records: int) -> Iterator[bytes]:
    """The same, one after the other: a million need no memory."""
    for record in _records(records):
        yield json.dumps(record).encode()


def _records(count: int) -> Iterator[dict[str, object]]:
    for number in range(count):
        source, name, params, result, read = _call(number)
        time = START + timedelta(seconds=number // 4)
        yield {
            "eventVersion": "1.11", "userIdentity": WHO, "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": "us-east-1",
            "sourceIPAddress": "192.0.2.1", "userAgent": "aws-cli/2", "requestParameters": params,
            "responseElements": result, "requestID": f"R{number}", "eventID": ids.new_id(str(number), "uuid"),
            "readOnly": read, "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": "111122223333",
            "eventCategory": "Management",
        }  # fmt: skip


def _call(number: int) -> tuple[str, str, dict[str, object] | None, dict[str, object] | None, bool]:
    kind = number % 10
    bucket, key = f"bucket-{number // 1000}", f"key-{number}"
    if number % 1000 == 0:
        return "s3", "CreateBucket", {"bucketName": bucket, "Host": "s3.amazonaws.com"}, None, False
    if kind < 4:
        return "s3", "PutObject", {"bucketName": bucket, "Host": "s3.amazonaws.com", "key": key}, None, False
    if kind == 4:
        return (
            "s3",
            "DeleteObject",
            {"bucketName": bucket, "Host": "s3.amazonaws.com", "key": f"key-{number - 4}"},
            None,
            False,
        )
    if kind == 5:
        role = f"role-{number}"
        answer: dict[str, object] = {
            "role": {"roleName": role, "path": "/", "arn": f"arn:aws:iam::111122223333:role/{role}"}
        }
        return "iam", "CreateRole", {"roleName": role, "assumeRolePolicyDocument": "{}"}, answer, False
    if kind == 6:
        name = f"instance-{number}"
        return (
            "ec2",
            "RunInstances",
            {"instanceType": "t3.micro"},
            {"instancesSet": {"items": [{"instanceId": name}]}},
            False,
        )
    return "ec2", "DescribeInstances", {"instancesSet": {}}, None, True
