"""What clients make of the operations: waiters, paginators, resources, virtual hosts, presigned requests, checksums."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

from backtrail.wire import checksums

Client = Callable[..., Any]

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
        ],
    }
)
ALLOW = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
TAGS = [{"Key": f"k{number}", "Value": "v"} for number in range(3)]
MIB = 1024 * 1024


# waiters


def made_later(make: Callable[[], object]) -> threading.Thread:
    """Makes something while a waiter waits."""

    def run() -> None:
        time.sleep(0.2)
        make()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


SOON = {"Delay": 0.1, "MaxAttempts": 50}
NEVER = {"Delay": 0.05, "MaxAttempts": 2}


def test_s3_waiters(client: Client) -> None:
    """They end when the bucket or the object comes or goes, and give up when it does not."""
    s3 = client("s3")
    for name, given, make in (
        ("bucket_exists", {"Bucket": "box"}, lambda: client("s3").create_bucket(Bucket="box")),
        (
            "object_exists",
            {"Bucket": "box", "Key": "k"},
            lambda: client("s3").put_object(Bucket="box", Key="k"),
        ),
        (
            "object_not_exists",
            {"Bucket": "box", "Key": "k"},
            lambda: client("s3").delete_object(Bucket="box", Key="k"),
        ),
        ("bucket_not_exists", {"Bucket": "box"}, lambda: client("s3").delete_bucket(Bucket="box")),
    ):
        with pytest.raises(WaiterError, match="Max attempts exceeded"):
            s3.get_waiter(name).wait(**given, WaiterConfig=NEVER)
        thread = made_later(make)
        s3.get_waiter(name).wait(**given, WaiterConfig=SOON)
        thread.join()


def test_iam_waiters(client: Client) -> None:
    """They end when the user, the role, the policy or the instance profile is there."""
    iam = client("iam")
    arn = "arn:aws:iam::123456789012:policy/p"
    for name, given, make in (
        ("user_exists", {"UserName": "u"}, lambda: client("iam").create_user(UserName="u")),
        ("role_exists", {"RoleName": "r"},
         lambda: client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)),
        ("policy_exists", {"PolicyArn": arn},
         lambda: client("iam").create_policy(PolicyName="p", PolicyDocument=ALLOW)),
        ("instance_profile_exists", {"InstanceProfileName": "i"},
         lambda: client("iam").create_instance_profile(InstanceProfileName="i")),
    ):  # fmt: skip
        thread = made_later(make)
        iam.get_waiter(name).wait(**given, WaiterConfig=SOON)
        thread.join()


# paginators


def paged(client: Any, name: str, **given: Any) -> tuple[list[Any], list[Any]]:
    """What a paginator finds in pages of one, and what one call finds. Nothing may be missing or twice."""
    paginator = client.get_paginator(name)
    whole = paginator.paginate(**given).build_full_result()
    pages = list(paginator.paginate(**given, PaginationConfig={"PageSize": 1}))
    single: dict[str, list[Any]] = {}
    for page in pages:
        for expression in paginator.result_keys:
            single.setdefault(expression.expression, []).extend(expression.search(page) or [])
    several = [key for key in single if single[key]]
    assert several, f"{name} found nothing to page through"
    assert len(pages) > 1, f"{name} gave one page"
    return [single[key] for key in several], [whole[key] for key in several]


def the_account(iam: Any) -> dict[str, dict[str, Any]]:
    """Three of everything; gives the parameters of each paginator."""
    policies = [
        iam.create_policy(PolicyName=name, PolicyDocument=ALLOW, Tags=TAGS) for name in ("p0", "p1", "p2")
    ]
    arns = [made["Policy"]["Arn"] for made in policies]
    iam.create_policy_version(PolicyArn=arns[0], PolicyDocument=ALLOW)
    for number in range(3):
        iam.create_user(UserName=f"u{number}", Tags=TAGS)
        iam.create_group(GroupName=f"g{number}")
        iam.create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=TRUST, Tags=TAGS)
        iam.create_instance_profile(InstanceProfileName=f"i{number}", Tags=TAGS)
        iam.create_virtual_mfa_device(VirtualMFADeviceName=f"d{number}", Tags=TAGS)
        iam.attach_user_policy(UserName="u0", PolicyArn=arns[number])
        iam.attach_group_policy(GroupName="g0", PolicyArn=arns[number])
        iam.attach_role_policy(RoleName="r0", PolicyArn=arns[number])
        for owner in ("user", "group", "role"):
            named = {f"{owner.capitalize()}Name": f"{owner[0]}0"}
            getattr(iam, f"put_{owner}_policy")(**named, PolicyName=f"p{number}", PolicyDocument=ALLOW)
        iam.add_user_to_group(UserName=f"u{number}", GroupName="g0")
    for number in (1, 2):
        iam.add_user_to_group(UserName="u0", GroupName=f"g{number}")
        iam.create_access_key(UserName="u0")
        iam.attach_user_policy(UserName=f"u{number}", PolicyArn=arns[0])
    provider = iam.create_open_id_connect_provider(
        Url="https://a.example.com", ThumbprintList=["0" * 40], Tags=TAGS
    )
    user, group, role, policy = (
        {"UserName": "u0"},
        {"GroupName": "g0"},
        {"RoleName": "r0"},
        {"PolicyArn": arns[0]},
    )
    return {
        "get_account_authorization_details": {"Filter": ["User", "Role"]}, "get_group": group, "list_access_keys": user,
        "list_attached_group_policies": group, "list_attached_role_policies": role, "list_attached_user_policies": user,
        "list_entities_for_policy": policy, "list_group_policies": group, "list_groups": {},
        "list_groups_for_user": user,
        "list_instance_profiles": {}, "list_policies": {"Scope": "Local"}, "list_policy_versions": policy,
        "list_role_policies": role, "list_roles": {}, "list_user_policies": user, "list_users": {},
        "list_virtual_mfa_devices": {}, "list_user_tags": user, "list_role_tags": role, "list_policy_tags": policy,
        "list_instance_profile_tags": {"InstanceProfileName": "i0"},
        "simulate_custom_policy": {"PolicyInputList": [ALLOW], "ActionNames": ["s3:GetObject", "s3:PutObject"]},
        "simulate_principal_policy": {
            "PolicySourceArn": "arn:aws:iam::123456789012:user/u0", "ActionNames": ["s3:GetObject", "s3:PutObject"],
        },
        "list_mfa_device_tags": {"SerialNumber": "arn:aws:iam::123456789012:mfa/d0"},
        "list_open_id_connect_provider_tags": {"OpenIDConnectProviderArn": provider["OpenIDConnectProviderArn"]},
    }  # fmt: skip


SINGLE = {
    "list_account_aliases": "an account has one",
    "list_instance_profiles_for_role": "a role of these is in none",
    "list_mfa_devices": "needs codes: the stories have one",
    "list_server_certificates": "needs certificates: the stories have one",
    "list_signing_certificates": "the same",
    "list_ssh_public_keys": "the same",
    "list_saml_provider_tags": "as the tags of all others",
    "list_server_certificate_tags": "as the tags of all others",
}
"""Paginators of which these tests have not several, and why."""


def test_iam_paginators(client: Client) -> None:
    """Each sees everything once, in pages of one; and none is forgotten."""
    iam = client("iam")
    given = the_account(iam)
    for name, more in given.items():
        pages, whole = paged(iam, name, **more)
        assert pages == whole, name

    names = {name for name in iam.meta.method_to_api_mapping if iam.can_paginate(name)}
    assert names == given.keys() | SINGLE.keys()


def test_s3_and_sqs_paginators(client: Client) -> None:
    """The same for buckets, objects, versions, uploads, parts, queues and the sources of dead letters."""
    s3, sqs = client("s3"), client("sqs")
    for name in ("one", "two", "three"):
        s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket="one", VersioningConfiguration={"Status": "Enabled"})
    for number in range(3):
        s3.put_object(Bucket="one", Key=f"k{number % 2}", Body=b"x")
        s3.create_multipart_upload(Bucket="one", Key="u")
    upload = {
        "Bucket": "one",
        "Key": "p",
        "UploadId": s3.create_multipart_upload(Bucket="one", Key="p")["UploadId"],
    }
    for number in (1, 2, 3):
        s3.upload_part(**upload, PartNumber=number, Body=b"x")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    redrive = '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dead","maxReceiveCount":"1"}'
    for number in range(3):
        sqs.create_queue(QueueName=f"q{number}", Attributes={"RedrivePolicy": redrive})
    bucket = {"Bucket": "one"}
    for owner, name, given in (
        (s3, "list_buckets", {}), (s3, "list_objects", bucket), (s3, "list_objects_v2", bucket),
        (s3, "list_parts", upload), (s3, "list_object_versions", bucket), (s3, "list_multipart_uploads", bucket),
        (sqs, "list_queues", {}),
        (sqs, "list_dead_letter_source_queues", {"QueueUrl": dead}),
    ):  # fmt: skip
        pages, whole = paged(owner, name, **given)
        if name == "list_buckets":  # only a list in pages tells the regions
            for bucket_of_page in pages[0]:
                assert bucket_of_page.pop("BucketRegion") == "us-east-1"
        assert pages == whole, name


# resources and transfers


@pytest.fixture
def resource(endpoint: str) -> Callable[[str], Any]:
    """boto3's resources of the endpoint."""
    session = boto3.Session("test", "test", region_name="us-east-1")
    return lambda service: session.resource(service, endpoint_url=endpoint)


def test_s3_resources(resource: Callable[[str], Any], tmp_path: Path) -> None:
    """Buckets and objects as Python objects; files in parts up, down and over to another object."""
    s3 = resource("s3")
    bucket = s3.create_bucket(Bucket="box")
    bucket.wait_until_exists()
    data = bytes(range(256)) * (11 * MIB // 256) + b"end"
    source, target = tmp_path / "up", tmp_path / "down"
    source.write_bytes(data)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    bucket.upload_file(str(source), "a/large", ExtraArgs={"Metadata": {"x": "y"}}, Config=config)
    large = s3.Object("box", "a/large")
    assert (large.content_length, large.metadata, large.parts_count) == (len(data), {"x": "y"}, None)
    assert large.e_tag.endswith('-3"')
    large.download_file(str(target), Config=config)
    assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(data).digest()
    s3.Object("box", "copy").copy({"Bucket": "box", "Key": "a/large"}, Config=config)
    got = io.BytesIO()
    bucket.download_fileobj("copy", got, Config=config)
    assert got.getvalue() == data
    bucket.upload_fileobj(io.BytesIO(b"small"), "small")
    assert bucket.Object("small").get()["Body"].read() == b"small"
    assert [one.key for one in bucket.objects.filter(Prefix="a/")] == ["a/large"]
    bucket.Versioning().enable()
    bucket.Object("small").put(Body=b"again")
    assert [one.is_latest for one in bucket.object_versions.filter(Prefix="small")] == [True, False]
    assert bucket.Acl().grants[0]["Permission"] == "FULL_CONTROL"
    bucket.object_versions.delete()
    bucket.delete()
    bucket.wait_until_not_exists()


def test_sqs_resources(resource: Callable[[str], Any]) -> None:
    """Queues and messages as Python objects."""
    queue = resource("sqs").create_queue(QueueName="jobs")
    queue.send_message(MessageBody="one")
    queue.send_messages(Entries=[{"Id": "a", "MessageBody": "two"}])
    messages = queue.receive_messages(MaxNumberOfMessages=10)
    assert [message.body for message in messages] == ["one", "two"]
    messages[0].delete()
    queue.delete_messages(Entries=[{"Id": "a", "ReceiptHandle": messages[1].receipt_handle}])
    queue.reload()
    assert queue.attributes["ApproximateNumberOfMessagesNotVisible"] == "0"
    assert resource("sqs").get_queue_by_name(QueueName="jobs").url == queue.url
    queue.delete()


def test_iam_resources(resource: Callable[[str], Any]) -> None:
    """Users, groups, roles and policies as Python objects."""
    iam = resource("iam")
    user, group = iam.create_user(UserName="u"), iam.create_group(GroupName="g")
    user.add_group(GroupName="g")
    policy = iam.create_policy(PolicyName="p", PolicyDocument=ALLOW)
    user.attach_policy(PolicyArn=policy.arn)
    key = user.create_access_key_pair()
    assert [one.id for one in user.access_keys.all()] == [key.id]
    assert [one.name for one in user.groups.all()] == ["g"]
    assert [one.name for one in group.users.all()] == ["u"]
    assert [one.arn for one in user.attached_policies.all()] == [policy.arn]
    assert policy.default_version.document["Statement"][0]["Effect"] == "Allow"
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="i").add_role(RoleName="r")
    assert [one.name for one in role.instance_profiles.all()] == ["i"]
    assert iam.AccountSummary().summary_map["Users"] == 1


# addresses and signatures


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`*.localhost` is this machine, as RFC 6761 says and not every resolver does."""
    import socket

    real = socket.getaddrinfo

    def getaddrinfo(host: Any, *more: Any, **given: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        return real("127.0.0.1" if name.endswith(".localhost") else host, *more, **given)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield


def test_virtual_hosts(endpoint: str, resolving: None) -> None:
    """A bucket in the host name: all of its requests, with keys that look like buckets, presigned ones, too."""
    port = endpoint.rpartition(":")[2]
    config = Config(s3={"addressing_style": "virtual"}, retries={"max_attempts": 0})
    session = boto3.Session("test", "test", region_name="us-east-1")
    s3 = session.client("s3", endpoint_url=f"http://localhost:{port}", config=config)
    s3.create_bucket(Bucket="my.box")
    s3.create_bucket(Bucket="box")
    s3.put_object(Bucket="box", Key="my.box/ü k+", Body=b"x")
    got = s3.get_object(Bucket="box", Key="my.box/ü k+")
    assert got["Body"].read() == b"x"
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="box")["Contents"]] == ["my.box/ü k+"]
    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["box", "my.box"]
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "box", "Key": "my.box/ü k+"})
    assert url.startswith(f"http://box.localhost:{port}/my.box/")
    with urlopen(url) as answer:
        assert answer.read() == b"x"
    post = s3.generate_presigned_post("box", "posted")
    assert post["url"].startswith(f"http://box.localhost:{port}/")
    with pytest.raises(ClientError) as refused:
        s3.head_bucket(Bucket="none")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_presigned_requests_of_both_signatures(client: Client, version: str) -> None:
    """A URL of either signature puts, reads, heads and deletes; one that was changed does nothing."""
    iam = client("iam")
    iam.create_user(UserName="u")
    iam.attach_user_policy(UserName="u", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    s3 = client(
        "s3", key=key["AccessKeyId"], secret=key["SecretAccessKey"],
        config=Config(signature_version=version, s3={"addressing_style": "path"}),
    )  # fmt: skip
    s3.create_bucket(Bucket="box")
    for action, method, body, status in (
        ("put_object", "PUT", b"by url", 200), ("get_object", "GET", None, 200), ("head_object", "HEAD", None, 200),
        ("delete_object", "DELETE", None, 204),
    ):  # fmt: skip
        url = s3.generate_presigned_url(action, Params={"Bucket": "box", "Key": "a b/ü"}, ExpiresIn=60)
        # urllib would add a content type of its own, which version 2 signs
        with urlopen(Request(url, data=body, method=method, headers={"Content-Type": ""})) as answer:
            assert answer.status == status
            assert answer.read() == (b"by url" if method == "GET" else b"")
        with (
            pytest.raises(OSError) as refused,
            urlopen(Request(url.replace("a%20b", "c"), data=body, method=method)),
        ):
            pass
        assert getattr(refused.value, "code", None) == 403
        refused.value.close()  # type: ignore[attr-defined]


# checksums


@pytest.mark.parametrize("algorithm", checksums.LENGTHS)
def test_a_checksum_of_every_algorithm_is_proven(client: Client, algorithm: str) -> None:
    """A value that the caller computed is taken when it is the content's, refused when it is not."""
    s3 = client("s3")
    s3.create_bucket(Bucket="box")
    right = {f"Checksum{algorithm}": checksums.of(algorithm, b"hello")}
    wrong = {f"Checksum{algorithm}": base64.b64encode(bytes(checksums.LENGTHS[algorithm])).decode()}

    put = s3.put_object(Bucket="box", Key="k", Body=b"hello", **right)
    assert put[f"Checksum{algorithm}"] == right[f"Checksum{algorithm}"]
    assert put["ChecksumType"] == "FULL_OBJECT"
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket="box", Key="k", Body=b"hello", **wrong)
    assert refused.value.response["Error"]["Code"] == "BadDigest"
    shown = s3.get_object_attributes(Bucket="box", Key="k", ObjectAttributes=["Checksum"])
    assert shown["Checksum"] == {**right, "ChecksumType": "FULL_OBJECT"}
    assert s3.list_objects_v2(Bucket="box")["Contents"][0]["ChecksumAlgorithm"] == [algorithm]
