"""Digests, checked by who made the format: `aws cloudtrail validate-logs` of the real AWS CLI."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.exceptions import ClientError

from backtrail.store import Stored
from backtrail_cli.server.background import BackgroundServer

from .aws_cli import AwsCli, Output
from .trails import (
    ACCOUNT,
    HOUR_S,
    MINUTE_S,
    TRAIL,
    Client,
    advance,
    bucket,
    keys,
    trail,
    until,
)

DIGESTS = "/CloudTrail-Digest/"


class Audited(NamedTuple):
    """An account whose trail has delivered log files in two of three hours, and three digests."""

    server: BackgroundServer
    s3: Any
    cloudtrail: Any

    @property
    def endpoint(self) -> str:
        """Where it is served."""
        return self.server.endpoint


@pytest.fixture(scope="module")
def audited() -> Iterator[Audited]:
    """The account, on a server of its own: making it takes a while, and tests put back what they harm."""
    server = BackgroundServer().start()
    made: list[Any] = []

    def client(service: str, **given: Any) -> Any:
        made.append(
            boto3.client(
                service, endpoint_url=server.endpoint, region_name="us-east-1", aws_access_key_id="test",
                aws_secret_access_key="test", **given,
            )
        )  # fmt: skip
        return made[-1]

    s3, cloudtrail = trail(client, EnableLogFileValidation=True)
    for hour in range(3):
        if hour < 2:
            client("sqs").create_queue(QueueName=f"queue-{hour}")
            advance(server.endpoint, 10 * MINUTE_S)
            arrived(s3, "/CloudTrail/", hour + 1)
        advance(server.endpoint, HOUR_S if hour == 2 else HOUR_S - 10 * MINUTE_S)
        arrived(s3, DIGESTS, hour + 1)
    yield Audited(server, s3, cloudtrail)
    for one in made:
        one.close()
    server.stop()


def arrived(s3: Any, what: str, count: int) -> None:
    """Wait for so many files of a kind."""
    until(lambda: keys(s3, what), lambda found: len(found) == count)


def validate(endpoint: str, folder: Path, *more: str, key: str = "test") -> Output:
    """`aws cloudtrail validate-logs` over all hours."""
    cli = AwsCli(endpoint, folder, [key, "test"])
    cli.environment["AWS_ENDPOINT_URL"] = endpoint  # the command makes S3 clients of its own
    day = timedelta(days=1)
    begin, end = (f"{datetime.now(UTC) + one:%Y-%m-%dT%H:%M:%SZ}" for one in (-day, day))
    return cli(
        "cloudtrail",
        "validate-logs",
        "--trail-arn",
        TRAIL,
        "--start-time",
        begin,
        "--end-time",
        end,
        "--verbose",
        *more,
    )


class File(NamedTuple):
    """A file of the bucket, to be put back."""

    key: str
    body: bytes
    metadata: dict[str, str]

    @classmethod
    def of(cls, s3: Any, key: str) -> File:
        """The file as it is."""
        found = s3.get_object(Bucket="logs", Key=key)
        return cls(key, found["Body"].read(), found["Metadata"])

    def put(self, s3: Any, content: bytes | None = None, metadata: dict[str, str] | None = None) -> None:
        """Put it, with other content or metadata."""
        body = self.body if content is None else gzip.compress(content)
        s3.put_object(Bucket="logs", Key=self.key, Body=body, Metadata=metadata or self.metadata)


def changed(s3: Any, file: File) -> None:
    """Change a byte of what it says."""
    before = gzip.decompress(file.body)
    after = before.replace(b"us-east-1", b"us-east-2", 1)
    assert after != before
    file.put(s3, after)


def cut(s3: Any, file: File) -> None:
    """Take the last byte off what it says."""
    file.put(s3, gzip.decompress(file.body)[:-1])


def removed(s3: Any, file: File) -> None:
    """Delete it."""
    s3.delete_object(Bucket="logs", Key=file.key)


def resigned(s3: Any, file: File) -> None:
    """Change a digit of its signature."""
    signature = file.metadata["signature"]
    other = ("0" if signature[0] != "0" else "1") + signature[1:]
    file.put(s3, metadata={**file.metadata, "signature": other})


def test_what_was_delivered_is_valid(audited: Audited, tmp_path: Path) -> None:
    """The CLI finds every digest and every log file, and all of them valid."""
    output = validate(audited.endpoint, tmp_path)

    assert output.code == 0, output
    assert "3/3 digest files valid" in output.text and "2/2 log files valid" in output.text
    assert "INVALID" not in output.text + output.error


@pytest.mark.parametrize("harm", [changed, cut, removed])
def test_a_harmed_log_file_is_invalid(
    audited: Audited, tmp_path: Path, harm: Callable[[Any, File], None]
) -> None:
    """A byte changed or taken off, or the file gone: the CLI names it, and it alone."""
    file = File.of(audited.s3, keys(audited.s3)[0])
    harm(audited.s3, file)

    output = validate(audited.endpoint, tmp_path)
    file.put(audited.s3)

    assert output.code == 1
    assert "1/2 log files INVALID" in output.text and "3/3 digest files valid" in output.text
    assert file.key in output.error


@pytest.mark.parametrize("harm", [changed, cut, removed, resigned])
def test_a_harmed_digest_is_invalid(
    audited: Audited, tmp_path: Path, harm: Callable[[Any, File], None]
) -> None:
    """A byte of a digest or of its signature changed or taken off, or the digest gone: the CLI names it."""
    file = File.of(audited.s3, keys(audited.s3, DIGESTS)[1])
    harm(audited.s3, file)

    output = validate(audited.endpoint, tmp_path)
    file.put(audited.s3)

    assert output.code == 1
    assert "1/3 digest files INVALID" in output.text
    assert file.key in output.error


def test_digests_are_a_chain(audited: Audited) -> None:
    """The first has no previous; each later one names the one before; hours follow on; an empty hour has one, too."""
    digests = [
        json.loads(gzip.decompress(File.of(audited.s3, key).body)) for key in keys(audited.s3, DIGESTS)
    ]

    first = digests[0]
    previous = {name: first[name] for name in first if name.startswith("previousDigest")}
    assert set(previous.values()) == {None} and len(previous) == 5
    for one, other in pairwise(digests):
        assert other["previousDigestS3Object"] == one["digestS3Object"]
        assert other["digestStartTime"] == one["digestEndTime"]
    assert [len(one["logFiles"]) for one in digests] == [1, 1, 0]
    assert digests[2]["newestEventTime"] is None
    assert re.fullmatch(r"[0-9a-f]{32}", first["digestPublicKeyFingerprint"])
    (key,) = audited.cloudtrail.list_public_keys()["PublicKeyList"]
    assert key["Fingerprint"] == first["digestPublicKeyFingerprint"]


def test_the_private_key_is_in_no_record(audited: Audited) -> None:
    """The record that made the key pair shows the public half; the other one is in the sealed part."""

    async def making() -> Stored:
        async for entries in audited.server.engine.store.replay():
            for entry in entries:
                if b'"eventName":"WriteDigests"' in entry.record and b'"keys":[' in entry.record:
                    return entry
        raise AssertionError("no key pair was made")

    entry = audited.server.run(making())

    assert b'"public":' in entry.record and b'"private":' not in entry.record + (entry.note or b"")
    assert entry.sealed is not None and b'"private":' in entry.sealed
    status = audited.cloudtrail.get_trail_status(Name="audit")
    assert status["LatestDigestDeliveryTime"] and status["LatestDeliveryTime"]


def test_an_organizations_files_are_valid_for_each_member(
    endpoint: str, client: Client, tmp_path: Path
) -> None:
    """A member's records lie under the organization's id, in files and digests of their own, and are valid."""
    ours = partial(client, key=ACCOUNT)
    organizations = ours("organizations")
    organization = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    bucket(ours)
    wanted = {
        "Name": "audit", "S3BucketName": "logs", "IsOrganizationTrail": True, "EnableLogFileValidation": True,
    }  # fmt: skip
    cloudtrail = ours("cloudtrail")
    with pytest.raises(ClientError, match="CloudTrailAccessNotEnabledException"):
        cloudtrail.create_trail(**wanted)
    organizations.enable_aws_service_access(ServicePrincipal="cloudtrail.amazonaws.com")
    cloudtrail.create_trail(**wanted)
    cloudtrail.start_logging(Name="audit")
    asked = organizations.create_account(Email="a@example.com", AccountName="member")["CreateAccountStatus"]
    status = organizations.describe_create_account_status(CreateAccountRequestId=asked["Id"])
    member = status["CreateAccountStatus"]["AccountId"]
    client("sqs", key=member).create_queue(QueueName="theirs")
    theirs = client("cloudtrail", key=member)
    assert [one["TrailARN"] for one in theirs.describe_trails()["trailList"]] == [TRAIL]
    with pytest.raises(ClientError, match="NotOrganizationMasterAccountException"):
        theirs.stop_logging(Name=TRAIL)

    s3 = ours("s3")
    advance(endpoint, 5 * MINUTE_S)
    arrived(s3, f"AWSLogs/{organization}/{member}/CloudTrail/", 1)
    advance(endpoint, HOUR_S)
    arrived(s3, f"AWSLogs/{organization}/{member}{DIGESTS}", 1)
    output = validate(endpoint, tmp_path, "--account-id", member, key=ACCOUNT)

    assert output.code == 0, output
    assert "1/1 digest files valid" in output.text and "1/1 log files valid" in output.text
