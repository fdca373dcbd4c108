"""Secrets Manager over a real socket: every operation, rotation by a real function, other accounts, other regions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import registry

from .acting import Boto3, Cli, act
from .driving import Story
from .lambda_functions import ACCOUNT, ARN, Functions, soon
from .operations.secretsmanager import STORIES
from .records import records

Client = Callable[..., Any]

OTHER = "111122223333"
ROTATION = """
import boto3

def handler(event, context):
    secrets = boto3.client("secretsmanager")
    secret, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    stages = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    assert stages[token] == ["AWSPENDING"], stages
    if step == "createSecret":
        old = secrets.get_secret_value(SecretId=secret)["SecretString"]
        secrets.put_secret_value(
            SecretId=secret, ClientRequestToken=token, SecretString=old + "!", VersionStages=["AWSPENDING"]
        )
    if step == "testSecret":
        assert secrets.get_secret_value(SecretId=secret, VersionStage="AWSPENDING")["SecretString"].endswith("!")
    if step == "finishSecret":
        (current,) = [version for version, labels in stages.items() if "AWSCURRENT" in labels]
        secrets.update_secret_version_stage(
            SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
        )
"""


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_boto3_acts_out(endpoint: str, server: BackgroundServer, story: Story) -> None:
    """Each call is answered with the members that AWS gives, no more and no fewer, and is one record."""
    act(story, Boto3(endpoint))

    written = [record for record in records(server) if record["eventType"] == "AwsApiCall"]
    ours = [record for record in written if record["eventSource"] == "secretsmanager.amazonaws.com"]
    assert [(record["eventName"], record.get("errorCode")) for record in ours] == [
        (step.action, step.code) for step in story.steps
    ]
    assert "s3cr3t" not in json.dumps(written)


@pytest.mark.parametrize("story", STORIES[:2], ids=[story.name for story in STORIES[:2]])
@pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_the_cli_acts_out(endpoint: str, tmp_path: Path, story: Story) -> None:
    """Each command prints the members that AWS gives, or names the refusal's code."""
    act(story, Cli(endpoint, tmp_path))


def test_no_operation_is_missing() -> None:
    """Every operation that the plugin serves is called with success in a story."""
    handlers = registry().services["secretsmanager"].handlers
    served = {action for action, handler in handlers.items() if not handler.internal}
    called = {step.action for story in STORIES for step in story.steps if step.code is None}

    assert called == served


def test_a_function_rotates_a_secret(client: Client) -> None:
    """Given a function of Python, when its secret is rotated, then its four steps give it the next value."""
    functions = Functions(client)
    functions.make("rotate", ROTATION, Timeout=30)
    functions.lam.add_permission(
        FunctionName="rotate", StatementId="s", Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
    )  # fmt: skip
    secrets = client("secretsmanager")
    secrets.create_secret(Name="pass", SecretString="one")
    rotated = secrets.rotate_secret(
        SecretId="pass",
        RotationLambdaARN=f"{ARN}:function:rotate",
        RotationRules={"AutomaticallyAfterDays": 30},
    )
    with soon(60) as waiting:
        while secrets.get_secret_value(SecretId="pass")["SecretString"] != "one!" and waiting():
            pass
    found = secrets.get_secret_value(SecretId="pass")
    assert found["VersionId"] == rotated["VersionId"]
    assert secrets.get_secret_value(SecretId="pass", VersionStage="AWSPREVIOUS")["SecretString"] == "one"
    seen = secrets.describe_secret(SecretId="pass")
    assert seen["LastRotatedDate"] and seen["NextRotationDate"] > seen["LastRotatedDate"]


def test_a_policy_decides_between_two_accounts(client: Client) -> None:
    """Another account reads a secret by its ARN once a policy lets it; it does not write it; a name is its own."""
    ours, theirs = client("secretsmanager"), client("secretsmanager", key=OTHER)
    arn = ours.create_secret(Name="shared", SecretString="1", KmsKeyId="alias/mine")["ARN"]
    with pytest.raises(ClientError, match="AccessDeniedException"):
        theirs.get_secret_value(SecretId=arn)
    (refused,) = theirs.batch_get_secret_value(SecretIdList=[arn])["Errors"]
    assert refused["ErrorCode"] == "AccessDeniedException"
    allow = {
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}, "Resource": "*",
        "Action": "secretsmanager:GetSecretValue",
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    ours.put_resource_policy(SecretId="shared", ResourcePolicy=policy, BlockPublicPolicy=True)
    assert theirs.get_secret_value(SecretId=arn)["SecretString"] == "1"
    (got,) = theirs.batch_get_secret_value(SecretIdList=[arn])["SecretValues"]
    assert got["SecretString"] == "1"
    ours.update_secret(SecretId="shared", KmsKeyId="alias/aws/secretsmanager")
    with pytest.raises(ClientError, match="encrypt the secret with the default KMS service key"):
        theirs.get_secret_value(SecretId=arn)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        theirs.put_secret_value(SecretId=arn, SecretString="2")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        theirs.describe_secret(SecretId=arn)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        theirs.get_secret_value(SecretId="shared")


def test_a_copy_follows_its_primary_secret(client: Client) -> None:
    """Given a copy in another region, then it has each new value and label, cannot be written, and goes when told."""
    here, there = client("secretsmanager"), client("secretsmanager", region="eu-west-1")
    arn = here.create_secret(Name="pass", SecretString="1", AddReplicaRegions=[{"Region": "eu-west-1"}])[
        "ARN"
    ]

    def value() -> str:
        try:
            return str(there.get_secret_value(SecretId="pass").get("SecretString"))
        except there.exceptions.ResourceNotFoundException:
            return ""

    def comes(text: str) -> None:
        with soon() as waiting:
            while value() != text and waiting():
                pass

    comes("1")
    here.put_secret_value(SecretId="pass", SecretString="2")
    comes("2")
    assert there.get_secret_value(SecretId="pass", VersionStage="AWSPREVIOUS")["SecretString"] == "1"
    seen = there.describe_secret(SecretId="pass")
    assert (seen["ARN"], seen["PrimaryRegion"]) == (arn.replace("us-east-1", "eu-west-1"), "us-east-1")
    assert seen["VersionIdsToStages"] == here.describe_secret(SecretId="pass")["VersionIdsToStages"]
    with pytest.raises(ClientError, match="Operation not permitted on a replica secret"):
        there.put_secret_value(SecretId="pass", SecretString="3")
    with pytest.raises(ClientError, match="Operation not permitted on a replica secret"):
        there.delete_secret(SecretId="pass")
    here.remove_regions_from_replication(SecretId="pass", RemoveReplicaRegions=["eu-west-1"])
    comes("")
    assert (
        here.delete_secret(SecretId="pass")["ARN"]
        == f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:pass" + (arn[-7:])
    )
