"""Microseconds of the wire's hot paths: `python tests/bench/wire.py`."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from backtrail.blob import Blob
from backtrail.payload import UNSET, Params, UnsetType, field
from backtrail.wire import HttpRequest, Route, protocol_of, route


class SendMessage(Params):
    queue_url: str = field(name="queueUrl")
    message_body: str = field(name="messageBody")
    delay_seconds: int | UnsetType = field(name="delaySeconds", default=UNSET)
    message_group_id: str | UnsetType = field(name="messageGroupId", default=UNSET)


class SendMessageResult(Params):
    message_id: str = field(name="messageId")
    md5_of_message_body: str = field(name="mD5OfMessageBody")


class Tag(Params):
    key: str = field(name="key")
    value: str = field(name="value")


class CreateRole(Params):
    role_name: str = field(name="roleName")
    assume_role_policy_document: str = field(name="assumeRolePolicyDocument")
    path: str | UnsetType = field(name="path", default=UNSET)
    tags: list[Tag] | UnsetType = field(name="tags", default=UNSET)


class Role(Params):
    path: str = field(name="path")
    role_name: str = field(name="roleName")
    role_id: str = field(name="roleId")
    arn: str = field(name="arn")
    create_date: datetime = field(name="createDate")
    assume_role_policy_document: str | UnsetType = field(name="assumeRolePolicyDocument", default=UNSET)


class CreateRoleResult(Params):
    role: Role = field(name="role")


class PutObject(Params):
    bucket: str = field(name="bucketName")
    key: str = field(name="key")
    body: Blob | UnsetType = field(name="body", default=UNSET)
    content_type: str | UnsetType = field(name="content-type", default=UNSET)
    metadata: dict[str, str] | UnsetType = field(name="metadata", default=UNSET)


class GetObject(Params):
    bucket: str = field(name="bucketName")
    key: str = field(name="key")
    range: str | UnsetType = field(name="range", default=UNSET)


class PutObjectResult(Params):
    e_tag: str | UnsetType = field(name="eTag", default=UNSET)


SCOPE = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
BODY = "a message of some forty characters, no more"
QUEUE = "http%3A%2F%2Flocalhost%2F1%2Fq"
FORM = f"Action=SendMessage&Version=2012-11-05&QueueUrl={QUEUE}&MessageBody={BODY}&DelaySeconds=3"
POLICY = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%7D%5D%7D"
ROLE = f"Action=CreateRole&Version=2010-05-08&RoleName=worker&Path=%2F&AssumeRolePolicyDocument={POLICY}"
S3_HEADERS = {
    "host": "localhost:4566",
    "authorization": SCOPE.format("s3"),
    "user-agent": "Boto3/1.44",
    "x-amz-date": "20240101T000000Z",
    "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
    "content-type": "text/plain",
    "content-length": "1024",
    "x-amz-meta-colour": "blue",
    "x-amz-checksum-crc32": "AAAAAA==",
    "amz-sdk-invocation-id": "x",
    "amz-sdk-request": "attempt=1",
}
BLOB = Blob(size=1024, md5="0" * 32, data=b"x" * 1024)


def json_request() -> HttpRequest:
    """SendMessage as today's clients send it."""
    body = f'{{"QueueUrl":"http://localhost/1/q","MessageBody":"{BODY}","DelaySeconds":3}}'.encode()
    headers = {"x-amz-target": "AmazonSQS.SendMessage", "content-type": "application/x-amz-json-1.0"}
    return HttpRequest(method="POST", path="/", headers=headers, body=body)


def form_request(service: str, body: str) -> HttpRequest:
    """A call in the query protocol."""
    headers = {
        "authorization": SCOPE.format(service),
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
    }
    return HttpRequest(method="POST", path="/", headers=headers, body=body.replace(" ", "+").encode())


def object_request(method: str) -> HttpRequest:
    """PutObject or GetObject, with the headers that boto3 sends."""
    body = BLOB if method == "PUT" else b""
    return HttpRequest(method=method, path="/bucket/some/key.txt", headers=dict(S3_HEADERS), body=body)


def instances() -> dict[str, object]:
    """A hundred instances, described."""
    instance = {
        "instanceId": "i-0123456789abcdef0",
        "imageId": "ami-0123456789abcdef0",
        "state": {"code": 16, "name": "running"},
        "privateDnsName": "ip-10-0-1-10.ec2.internal",
        "instanceType": "t3.micro",
        "launchTime": datetime(2024, 1, 1, tzinfo=UTC),
        "placement": {"availabilityZone": "us-east-1a", "tenancy": "default"},
        "monitoring": {"state": "disabled"},
        "subnetId": "subnet-0123456789abcdef0",
        "vpcId": "vpc-0123456789abcdef0",
        "privateIpAddress": "10.0.1.10",
        "architecture": "x86_64",
        "rootDeviceType": "ebs",
        "securityGroups": [{"groupId": "sg-0123456789abcdef0", "groupName": "default"}],
        "tags": [{"key": "Name", "value": f"n{number}"} for number in range(3)],
        "ebsOptimized": False,
        "enaSupport": True,
    }
    reservation = {"reservationId": "r-0123456789abcdef0", "ownerId": "1" * 12, "instances": [instance]}
    return {"reservations": [reservation] * 100}


def micros(work: Callable[[], object], seconds: float = 0.3) -> float:
    """Microseconds of one call: the best of five runs."""
    work()
    begin, count = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds / 5:
        work()
        count += 1
    best = float("inf")
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(count):
            work()
        best = min(best, (time.perf_counter() - begin) / count)
    return best * 1e6


def parse(request: HttpRequest, kind: type[Params]) -> Callable[[], object]:
    """Routing and parsing apart from each other are of no use to anybody: only parsing is measured here."""
    found: Route = route(request)
    return lambda: found.protocol.parse(found.operation, request, kind)


def main() -> None:
    """Print one line a path."""
    sqs_json, sqs_form = json_request(), form_request("sqs", FORM)
    role, put, get = form_request("iam", ROLE), object_request("PUT"), object_request("GET")
    send, create, put_route, get_route = (route(r) for r in (sqs_json, role, put, get))
    sent = SendMessageResult(message_id="5fea7756-0ea4-451a-a703-a558b933e274", md5_of_message_body="0" * 32)
    made = CreateRoleResult(
        role=Role(path="/", role_name="worker", role_id="AROA", arn="arn", create_date=datetime.now(UTC))
    )
    described, ec2 = instances(), protocol_of("ec2", "ec2")
    describe = ec2.model.operations["DescribeInstances"]
    stored = PutObjectResult(e_tag='"' + "0" * 32 + '"')
    rows: list[tuple[str, Callable[[], object]]] = [
        ("route SendMessage json", lambda: route(sqs_json)),
        ("route SendMessage query", lambda: route(sqs_form)),
        ("route PutObject", lambda: route(put)),
        ("parse SendMessage json", parse(sqs_json, SendMessage)),
        ("parse SendMessage query", parse(sqs_form, SendMessage)),
        ("parse CreateRole", parse(role, CreateRole)),
        ("parse PutObject", parse(put, PutObject)),
        ("parse GetObject", parse(get, GetObject)),
        ("answer SendMessage json", lambda: send.protocol.answer(send.operation, sent, "r")),
        ("answer SendMessage query", lambda: protocol_of("sqs", "query").answer(send.operation, sent, "r")),
        ("answer CreateRole", lambda: create.protocol.answer(create.operation, made, "r")),
        ("answer PutObject", lambda: put_route.protocol.answer(put_route.operation, stored, "r")),
        ("answer DescribeInstances, 100", lambda: ec2.answer(describe, described, "r")),
    ]
    assert get_route.operation.name == "GetObject"
    for name, work in rows:
        print(f"{name:32} {micros(work):10.2f} µs")


if __name__ == "__main__":
    main()
