"""Queue attributes and permissions: their rules and what they change."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.plugins.sqs.queue_scenario import Sqs, arn, url

import backtrail_aws.sqs
from backtrail import Call, Params, Service, State, field, hookimpl
from backtrail.testing import Scenario
from backtrail_aws.sqs import api


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DelaySeconds", "901"), ("DelaySeconds", "-1"), ("DelaySeconds", "x"),
        ("MaximumMessageSize", "1023"), ("MaximumMessageSize", "1048577"),
        ("MessageRetentionPeriod", "59"), ("MessageRetentionPeriod", "1209601"),
        ("ReceiveMessageWaitTimeSeconds", "21"), ("VisibilityTimeout", "43201"),
        ("KmsDataKeyReusePeriodSeconds", "59"), ("SqsManagedSseEnabled", "yes"), ("Policy", "{"),
    ],
)  # fmt: skip
def test_values_out_of_range_are_refused(name: str, value: str) -> None:
    """Creating and setting refuse the same values with InvalidAttributeValue."""
    sqs = Sqs().queue("a")
    sqs.when(api.CreateQueue(queue_name="b", attributes={name: value})).refused("InvalidAttributeValue", name)
    sqs.when(api.SetQueueAttributes(queue_url=url("a"), attributes={name: value})).refused(
        "InvalidAttributeValue", name
    )
    sqs.replays()


def test_unknown_and_unfitting_attributes_are_refused() -> None:
    """What SQS does not have, what is computed, and what only FIFO queues have."""
    sqs = Sqs().queue("a").queue("f.fifo")
    for name in ("Colour", "QueueArn", "ContentBasedDeduplication"):
        sqs.when(api.SetQueueAttributes(queue_url=url("a"), attributes={name: "true"})).refused(
            "InvalidAttributeName"
        )
    sqs.when(api.SetQueueAttributes(queue_url=url("f.fifo"), attributes={"FifoQueue": "false"}))
    sqs.refused("InvalidAttributeValue", "Modifying queue type is not supported.")
    sqs.when(
        api.SetQueueAttributes(
            queue_url=url("f.fifo"), attributes={"FifoThroughputLimit": "perMessageGroupId"}
        )
    )
    sqs.refused("InvalidAttributeValue")
    both = {"FifoThroughputLimit": "perMessageGroupId", "DeduplicationScope": "messageGroup"}
    sqs.given(api.SetQueueAttributes(queue_url=url("f.fifo"), attributes=both))
    sqs.replays()


def test_setting_changes_the_value_and_its_date() -> None:
    """A set attribute is shown; an empty policy is no policy."""
    sqs = Sqs().queue("a")
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    sqs.given(
        api.SetQueueAttributes(queue_url=url("a"), attributes={"VisibilityTimeout": "60", "Policy": policy})
    )
    shown = sqs.attributes("a")
    assert (shown["VisibilityTimeout"], shown["Policy"]) == ("60", policy)
    assert shown["LastModifiedTimestamp"] > shown["CreatedTimestamp"]
    sqs.given(api.SetQueueAttributes(queue_url=url("a"), attributes={"Policy": ""}))
    assert "Policy" not in sqs.attributes("a")
    sqs.replays()


def test_one_way_of_encryption_ends_the_other() -> None:
    """A KMS key turns SQS's own encryption off, and the other way round."""
    sqs = Sqs().queue("a", KmsMasterKeyId="alias/aws/sqs")
    shown = sqs.attributes("a")
    assert (shown["SqsManagedSseEnabled"], shown["KmsDataKeyReusePeriodSeconds"]) == ("false", "300")
    sqs.given(api.SetQueueAttributes(queue_url=url("a"), attributes={"SqsManagedSseEnabled": "true"}))
    shown = sqs.attributes("a")
    assert (shown["SqsManagedSseEnabled"], "KmsMasterKeyId" in shown) == ("true", False)
    both = {"SqsManagedSseEnabled": "true", "KmsMasterKeyId": "k"}
    sqs.when(api.SetQueueAttributes(queue_url=url("a"), attributes=both)).refused("InvalidAttributeValue")
    sqs.replays()


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("{", "not a valid JSON map"),
        ("[]", "not a valid JSON map"),
        ('{"maxReceiveCount": 3}', "deadLetterTargetArn"),
        ('{"deadLetterTargetArn": "ARN"}', "maxReceiveCount"),
        ('{"deadLetterTargetArn": "ARN", "maxReceiveCount": 0}', "Invalid value for maxReceiveCount"),
        ('{"deadLetterTargetArn": "ARN", "maxReceiveCount": "1001"}', "Invalid value for maxReceiveCount"),
        ('{"deadLetterTargetArn": "nonsense", "maxReceiveCount": 3}', "deadLetterTargetArn"),
        (
            f'{{"deadLetterTargetArn": "{arn("none")}", "maxReceiveCount": 3}}',
            "Dead letter target does not exist.",
        ),
        (f'{{"deadLetterTargetArn": "{arn("d", "111122223333")}", "maxReceiveCount": 3}}', "owner"),
        (f'{{"deadLetterTargetArn": "{arn("f.fifo")}", "maxReceiveCount": 3}}', "same type"),
    ],
)
def test_bad_redrive_policies_are_refused(policy: str, reason: str) -> None:
    """A RedrivePolicy names an existing queue of the same kind and owner, and a count of 1 to 1,000."""
    sqs = Sqs().queue("d").queue("f.fifo")
    sqs.when(api.CreateQueue(queue_name="a", attributes={"RedrivePolicy": policy.replace("ARN", arn("d"))}))
    sqs.refused("InvalidParameterValue", reason)


def test_a_dead_letter_queue_may_say_whose_it_is() -> None:
    """RedriveAllowPolicy: nobody, some, everybody."""
    sqs = Sqs().queue("d", RedriveAllowPolicy='{"redrivePermission": "denyAll"}')
    policy = json.dumps({"deadLetterTargetArn": arn("d"), "maxReceiveCount": 1})
    sqs.when(api.CreateQueue(queue_name="a", attributes={"RedrivePolicy": policy})).refused(
        "InvalidParameterValue"
    )
    allow = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn("a")]})
    sqs.given(api.SetQueueAttributes(queue_url=url("d"), attributes={"RedriveAllowPolicy": allow}))
    sqs.given(api.CreateQueue(queue_name="a", attributes={"RedrivePolicy": policy}))
    sqs.when(api.CreateQueue(queue_name="b", attributes={"RedrivePolicy": policy})).refused(
        "InvalidParameterValue"
    )
    for bad in ("{", '{"redrivePermission": "some"}', '{"redrivePermission": "byQueue"}'):
        sqs.when(api.SetQueueAttributes(queue_url=url("d"), attributes={"RedriveAllowPolicy": bad}))
        sqs.refused("InvalidParameterValue")
    sqs.replays()


def test_permissions_edit_the_policy() -> None:
    """AddPermission adds a labelled statement, RemovePermission takes it away."""
    sqs = Sqs().queue("a")
    sqs.given(
        api.AddPermission(
            queue_url=url("a"),
            label="l",
            aws_account_ids=["111122223333"],
            actions=["SendMessage", "ReceiveMessage"],
        )
    )
    assert sqs.record["requestParameters"]["AWSAccountIds"] == ["111122223333"]
    policy = json.loads(sqs.attributes("a")["Policy"])
    assert policy["Statement"] == [
        {
            "Sid": "l",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": ["SQS:SendMessage", "SQS:ReceiveMessage"],
            "Resource": arn("a"),
        }
    ]
    again = api.AddPermission(queue_url=url("a"), label="l", aws_account_ids=["111122223333"], actions=["*"])
    sqs.when(again).refused("InvalidParameterValue", "Already exists.")
    sqs.given(api.RemovePermission(queue_url=url("a"), label="l"))
    assert "Policy" not in sqs.attributes("a")
    sqs.when(api.RemovePermission(queue_url=url("a"), label="l")).refused(
        "InvalidParameterValue", "can't find label"
    )
    sqs.replays()


@pytest.mark.parametrize(
    ("accounts", "actions", "code"),
    [
        ([], ["*"], "MissingParameter"),
        (["111122223333"], [], "MissingParameter"),
        (["111122223333"], ["CreateQueue"], "InvalidParameterValue"),
        (["1"], ["*"], "InvalidParameterValue"),
        (["111122223333"], ["SendMessage"] * 8, "OverLimit"),
    ],
)
def test_bad_permissions_are_refused(accounts: list[str], actions: list[str], code: str) -> None:
    """Accounts have 12 digits, actions can be granted, and there are seven at most."""
    sqs = Sqs().queue("a")
    sqs.when(
        api.AddPermission(queue_url=url("a"), label="l", aws_account_ids=accounts, actions=actions)
    ).refused(code)


class DescribeKey(Params):
    """KMS's question, as a stand-in for KMS knows it."""

    key_id: str = field(name="keyId")


class KeyMetadata(Params):
    """The part of KMS's answer that counts."""

    key_state: str = field(name="keyState")


class DescribeKeyResult(Params):
    """KMS's answer."""

    key_metadata: KeyMetadata = field(name="keyMetadata")


class Keys(State):
    """The stand-in keeps nothing."""


kms = Service("kms", Keys)


@kms.read
def describe_key(state: Keys, call: Call[DescribeKey]) -> DescribeKeyResult:
    """A key's name is its state."""
    return DescribeKeyResult(key_metadata=KeyMetadata(key_state=call.params.key_id))


class StandIn:
    """A plugin with the stand-in for KMS."""

    @hookimpl
    def register_services(self) -> list[Service[Any]]:
        """The service."""
        return [kms]


@pytest.mark.parametrize(
    ("key", "code"), [("Disabled", "KmsDisabled"), ("PendingDeletion", "KmsInvalidState")]
)
def test_an_unusable_key_stops_sending_and_receiving(key: str, code: str) -> None:
    """A queue's KMS key is asked after."""
    sqs = Scenario(backtrail_aws.sqs, StandIn())
    sqs.given(api.CreateQueue(queue_name="a", attributes={"KmsMasterKeyId": key}))
    sqs.when(api.SendMessage(queue_url=url("a"), message_body="x")).refused(code)
    sqs.when(api.ReceiveMessage(queue_url=url("a"))).refused(code)


def test_a_good_key_and_an_unknown_one_do_not() -> None:
    """Enabled, or nobody there who knows KMS."""
    sqs = Scenario(backtrail_aws.sqs, StandIn())
    sqs.given(api.CreateQueue(queue_name="a", attributes={"KmsMasterKeyId": "Enabled"}))
    sqs.given(api.SendMessage(queue_url=url("a"), message_body="x"))
    Sqs().queue("a", KmsMasterKeyId="k").send("a", "fine")
