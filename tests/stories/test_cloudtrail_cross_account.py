"""Calls across accounts: the record says whose the resource is, its owner gets a copy, and both fold as one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner

from backtrail_cli.group import cli
from backtrail_cli.server.background import BackgroundServer

from .lambda_functions import TRUST, zipped
from .rich_account import policy
from .same_state import LOST, Lost, differences, lost
from .test_cloudtrail_same_account import folded
from .trails import MINUTE_S, Client, advance, bucket, records, until

OWNER, GUEST, STRANGER = "444455556666", "111122223333", "777788889999"
ROOT = {"AWS": f"arn:aws:iam::{GUEST}:root"}
KINDS = ("AWS::S3::Object", "AWS::Lambda::Function", "AWS::SQS::Queue", "AWS::SNS::Topic")
SELECTORS = [
    {"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]},
    *(
        {
            "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": [kind]},
            ]
        }
        for kind in KINDS
    ),
]
BEFORE: list[Lost] = [
    *lost(
        "backtrail.principals",
        "how many records there were; who read",
        "accounts",
        "used",
        "accessed",
        "keys",
    ),
    *lost("s3", "made before the trails began", "buckets.logs", "counts"),
    *lost("cloudtrail", "the trails were made before they began", "trails"),
    *lost("backtrail.copies", "one log has one record of a call, the other has two", "folded", "second"),
    *lost("backtrail", "the clock of one log is not another's", "ahead_s"),
]
"""What the trails cannot tell."""


def given(client: Client) -> dict[str, str]:
    """What the owner has and lets the guest use: by name what each is called by."""
    own = owned_by(client, OWNER)
    s3, sqs, sns, kms = own("s3"), own("sqs"), own("sns"), own("kms")
    s3.create_bucket(Bucket="theirs")
    s3.put_bucket_versioning(Bucket="theirs", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_policy(Bucket="theirs", Policy=policy("s3:*", "arn:aws:s3:::theirs/*", ROOT))
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    allowed = policy("sqs:*", f"arn:aws:sqs:us-east-1:{OWNER}:q", ROOT)
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": allowed})
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=policy("sns:Publish", topic, ROOT)
    )
    key = kms.create_key()["KeyMetadata"]["Arn"]
    both = {"AWS": [f"arn:aws:iam::{one}:root" for one in (OWNER, GUEST)]}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy("kms:*", "*", both))
    trust = json.loads(policy("sts:AssumeRole", "*", ROOT))
    del trust["Statement"][0]["Resource"]
    role = own("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    return {"queue": queue, "topic": topic, "key": key, "role": role, "function": function(own)}


def function(own: Callable[[str], Any]) -> str:
    """A function that the guest may invoke."""
    runner = own("iam").create_role(RoleName="runner", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    code = {"ZipFile": zipped(f__py="def handler(event, context): return 1")}
    made = own("lambda").create_function(
        FunctionName="f", Role=runner, Runtime="python3.12", Handler="f.handler", Code=code
    )
    own("lambda").add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal=GUEST
    )
    return str(made["FunctionArn"])


def owned_by(client: Client, account: str) -> Callable[[str], Any]:
    """Clients of an account: a key of twelve digits is its root."""
    return lambda service: client(service, key=account)


def used(client: Client, names: dict[str, str]) -> set[str]:
    """What the guest does with it all; the names of the calls."""
    guest = owned_by(client, GUEST)
    guest("s3").put_object(Bucket="theirs", Key="k", Body=b"x")
    guest("s3").get_object(Bucket="theirs", Key="k")["Body"].read()
    guest("sqs").send_message(QueueUrl=names["queue"], MessageBody="x")
    guest("sns").publish(TopicArn=names["topic"], Message="x")
    guest("kms").encrypt(KeyId=names["key"], Plaintext=b"x")
    guest("kms").create_grant(KeyId=names["key"], GranteePrincipal=ROOT["AWS"], Operations=["Decrypt"])
    guest("sts").assume_role(RoleArn=names["role"], RoleSessionName="visit")
    guest("lambda").invoke(FunctionName=names["function"])["Payload"].read()
    return {
        "PutObject",
        "GetObject",
        "SendMessage",
        "Publish",
        "Encrypt",
        "CreateGrant",
        "AssumeRole",
        "Invoke",
    }


def logging(client: Client) -> Any:
    """A trail of everything in each of both accounts, into one bucket; a client of the bucket."""
    s3 = bucket(client)
    for account in (OWNER, GUEST):
        cloudtrail = owned_by(client, account)("cloudtrail")
        cloudtrail.create_trail(Name="audit", S3BucketName="logs", IsMultiRegionTrail=True)
        cloudtrail.put_event_selectors(TrailName="audit", AdvancedEventSelectors=SELECTORS)
        cloudtrail.start_logging(Name="audit")
    return s3


def test_each_account_gets_its_record(
    endpoint: str, client: Client, server: BackgroundServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Caller and owner get one each, of one sharedEventID; both imported into one log give the account once."""
    s3 = logging(client)
    names = given(client)
    calls = used(client, names)
    with pytest.raises(ClientError, match="AccessDenied"):
        owned_by(client, STRANGER)("sts").assume_role(RoleArn=names["role"], RoleSessionName="visit")
    advance(endpoint, 5 * MINUTE_S)
    until(lambda: sum("visit" in json.dumps(one) for one in records(s3)) == 2)

    found = [
        one
        for one in records(s3)
        if "sharedEventID" in one and one["userIdentity"].get("type") != "AWSService"
    ]
    mine, theirs = (
        [one for one in found if one["recipientAccountId"] == account] for account in (GUEST, OWNER)
    )
    assert {one["eventName"] for one in mine} == {one["eventName"] for one in theirs} == calls
    copies = {one["sharedEventID"]: one for one in theirs}
    for one in mine:
        copy = copies.pop(one["sharedEventID"])
        assert OWNER in [resource.get("accountId") for resource in one["resources"]]
        assert copy["userIdentity"] == {"type": "AWSAccount", "principalId": GUEST, "accountId": GUEST}
        assert copy["eventID"] != one["eventID"] and copy["resources"] == one["resources"]
    assert not copies

    apart = differences(server.engine.machine, imported(endpoint, tmp_path, monkeypatch), [*LOST, *BEFORE])
    assert apart == [], "\n".join(apart)


def imported(endpoint: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What both accounts' files fold to in one log."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    log = str(folder / "other.db")
    done = CliRunner().invoke(cli, ["import", "s3://logs/AWSLogs/", "--endpoint-url", endpoint, "--log", log])
    assert done.exit_code == 0, done.output
    return asyncio.run(folded(folder / "other.db"))
