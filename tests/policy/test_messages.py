"""Denials of EC2 carry an encoded message; STS decodes those of its own log, and no others."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import backtrail_aws.iam
import backtrail_aws.sts
from backtrail import Access, Call, Event, Params, Service, State, hookimpl
from backtrail.machine import Machine
from backtrail.plugins import Registry
from backtrail.policy import messages
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.iam import api as iam
from backtrail_aws.sts import api as sts


class Instances(State):
    """Nothing."""


class StopInstances(Params):
    """What a stand-in for EC2 takes."""

    instance: str


class StopInstancesResult(Params):
    """What it answers."""


ec2 = Service("ec2", Instances)
INSTANCE = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1"


@ec2.access
def needs(state: Instances, call: Call[StopInstances]) -> Iterable[Access]:
    """The action on the instance."""
    yield Access(action="ec2:StopInstances", resources=[INSTANCE], context={"ec2:Region": "us-east-1"})


@ec2.handle
def stop_instances(state: Instances, call: Call[StopInstances]) -> StopInstancesResult:
    """It is stopped."""
    return StopInstancesResult()


@ec2.project
def stopped(state: Instances, event: Event[StopInstances, StopInstancesResult]) -> None:
    """Nothing is kept."""


class Ec2:
    """The stand-in as a plugin."""

    @hookimpl
    def register_services(self) -> list[Service[Any]]:
        """EC2."""
        return [ec2]


def test_a_denial_is_decoded() -> None:
    """UnauthorizedOperation, the sentence, and a message that tells principal, action, resource and keys."""
    scenario = Scenario(backtrail_aws.iam, backtrail_aws.sts, Ec2())
    deny = {"Sid": "No", "Effect": "Deny", "Action": "ec2:*", "Resource": "*"}
    scenario.given(
        iam.CreateUser(user_name="eve"),
        iam.PutUserPolicy(
            user_name="eve",
            policy_name="no",
            policy_document=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
        ),
        iam.CreateAccessKey(user_name="eve"),
        service="iam",
    )
    scenario.with_key(scenario.answer.access_key.access_key_id)
    scenario.when(StopInstances(instance="i-1"), service="ec2")
    scenario.refused("UnauthorizedOperation", "You are not authorized to perform this operation. User: ")
    assert scenario.error is not None
    assert scenario.error.status == 403
    sentence, _, encoded = scenario.error.message.partition(". Encoded authorization failure message: ")
    assert sentence.endswith("with an explicit deny in an identity-based policy")
    scenario.with_key("test").given(sts.DecodeAuthorizationMessage(encoded_message=encoded), service="sts")
    told = json.loads(scenario.answer.decoded_message)
    assert (told["allowed"], told["explicitDeny"]) == (False, True)
    assert told["matchedStatements"]["items"][0]["statementId"] == "No"
    assert told["context"]["principal"]["name"] == "eve"
    assert (told["context"]["action"], told["context"]["resource"]) == ("ec2:StopInstances", INSTANCE)
    assert told["context"]["conditions"]["items"] == [
        {"key": "ec2:Region", "values": {"items": [{"value": "us-east-1"}]}}
    ]
    scenario.when(sts.DecodeAuthorizationMessage(encoded_message=encoded[:-1]), service="sts")
    scenario.refused("InvalidAuthorizationMessageException")
    scenario.replays()


def test_another_log_reads_nothing() -> None:
    """Messages are sealed with the log's key; nonsense is none."""
    nonce = "01234567-89ab-7def-8123-456789abcdef"
    mine, others = (Machine(Registry([]), key=bytes([number]) * 32).secret for number in (1, 2))
    encoded = messages.encode(mine, nonce, "why")
    assert messages.decode(mine, encoded) == "why"
    for secret, text in ((others, encoded), (mine, encoded[1:]), (mine, ""), (mine, "é"), (mine, "x" * 200)):
        assert messages.decode(secret, text) is None
