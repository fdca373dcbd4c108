"""Records that AWS wrote fold, too: with what they hide, and from the middle of a topic's life."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import backtrail_aws.sns
from backtrail.machine import Folded, Machine
from backtrail.plugins import Registry
from backtrail_aws.sns.state import Sns

ACCOUNT, REGION = "111122223333", "eu-west-1"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:t"
FIFO = f"{TOPIC}.fifo"
ONE = f"{TOPIC}:2bcfbf39-05c3-41de-beaa-fcfcc21c8f55"
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


def record(
    name: str, params: dict[str, Any] | None, result: dict[str, Any] | None = None, **more: Any
) -> bytes:
    """A record as AWS would have written it."""
    record.count += 1  # type: ignore[attr-defined]
    return json.dumps(
        {
            "eventVersion": "1.09",
            "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": ACCOUNT},
            "eventTime": "2023-11-07T23:59:11Z",
            "eventSource": "sns.amazonaws.com",
            "eventName": name,
            "awsRegion": REGION,
            "requestParameters": params,
            "responseElements": result,
            "eventID": f"a1b2c3d4-5678-40ab-9cde-{record.count:012}",  # type: ignore[attr-defined]
            "recipientAccountId": ACCOUNT,
            **more,
        }
    ).encode()


record.count = 0  # type: ignore[attr-defined]


def folded(*records: bytes) -> tuple[Sns, list[Folded]]:
    """The state after some records."""
    machine = Machine(Registry([backtrail_aws.sns]))
    outcomes = [machine.apply(one) for one in records]
    assert not machine.folder.broken, machine.folder.broken
    state = machine.state(("sns", ACCOUNT, REGION))
    assert isinstance(state, Sns)
    before = machine.digest()
    machine.reload()
    assert machine.digest() == before
    return state, outcomes


def test_awss_own_sample_of_create_topic_folds() -> None:
    """Its answer names another topic than its parameters; the answer is what was made."""
    params, result = {"name": "dropmeplease"}, {"topicArn": TOPIC}
    state, outcomes = folded(record("CreateTopic", params, result))
    assert (outcomes, list(state.topics)) == ([Folded.PROJECTED], ["t"])


def test_what_is_published_is_not_known() -> None:
    """Message, subject and attributes are hidden; of a FIFO topic the numbers count on."""
    params = {
        "topicArn": FIFO, "message": HIDDEN, "subject": HIDDEN, "messageAttributes": HIDDEN, "messageGroupId": "g",
        "messageDeduplicationId": "d",
    }  # fmt: skip
    result = {"messageId": "0787cd1e-d92b-521c-a8b4-90434e8ef840", "sequenceNumber": "10000000000000005000"}
    state, outcomes = folded(record("Publish", params, result))
    assert outcomes == [Folded.INFERRED]
    topic = state.topics["t.fifo"]
    assert (topic.sequence, topic.used["d"].message_id) == (5, result["messageId"])
    assert len(topic.archive) == 0
    entries = [{"id": "1", "message": HIDDEN}, {"id": "2", "message": HIDDEN}]
    answer = {
        "successful": [{"id": "1", "messageId": "m"}],
        "failed": [{"id": "2", "code": "x", "senderFault": True}],
    }
    folded(record("PublishBatch", {"topicArn": TOPIC, "publishBatchRequestEntries": entries}, answer))


def test_a_subscription_is_confirmed_by_the_arn_in_the_answer() -> None:
    """The record of a pending one tells no ARN; the confirmation does, and it is the same subscription."""
    params = {"topicArn": TOPIC, "protocol": "email", "endpoint": "me@example.com"}
    pending = record("Subscribe", params, {"subscriptionArn": "pending confirmation"})
    confirm = record("ConfirmSubscription", {"topicArn": TOPIC, "token": HIDDEN}, {"subscriptionArn": ONE})
    state, _ = folded(pending)
    (held,) = state.subscriptions.values()
    assert (held.confirmed, held.guessed, held.tokens) == (False, True, {})
    state, _ = folded(pending, confirm)
    (held,) = state.subscriptions.values()
    assert (held.arn, held.confirmed, held.endpoint) == (ONE, True, "me@example.com")
    assert (state.topics["t"].confirmed, state.topics["t"].pending) == (1, 0)
    assert state.alarms.first() is None


def test_a_confirmed_subscription_is_told_by_its_arn() -> None:
    """A queue's is confirmed at once; what changes it is folded; a second sight of it infers nothing new."""
    params = {"topicArn": TOPIC, "protocol": "sqs", "endpoint": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}
    change = {"subscriptionArn": ONE, "attributeName": "RawMessageDelivery", "attributeValue": "true"}
    state, outcomes = folded(
        record("Subscribe", params, {"subscriptionArn": ONE}), record("SetSubscriptionAttributes", change)
    )
    assert outcomes == [Folded.INFERRED, Folded.PROJECTED]
    assert (state.subscriptions[ONE].raw, state.subscriptions[ONE].confirmed) == (True, True)
    state, _ = folded(
        record("Subscribe", params, {"subscriptionArn": ONE}), record("Unsubscribe", {"subscriptionArn": ONE})
    )
    assert (len(state.subscriptions), state.topics["t"].deleted) == (0, 1)


def test_what_nobody_made_is_inferred() -> None:
    """A changed subscription implies itself and its topic; a changed endpoint its application."""
    change = {"subscriptionArn": ONE, "attributeName": "FilterPolicy", "attributeValue": '{"k":["v"]}'}
    device = f"arn:aws:sns:{REGION}:{ACCOUNT}:endpoint/GCM/app/5e3e9847-3183-3f18-a7e8-671c3a57d4b3"
    state, outcomes = folded(
        record("SetSubscriptionAttributes", change),
        record("SetEndpointAttributes", {"endpointArn": device, "attributes": {"Enabled": "true"}}),
    )
    assert outcomes == [Folded.INFERRED, Folded.INFERRED]
    assert list(state.topics) == ["t"]
    assert state.devices[device].application == f"arn:aws:sns:{REGION}:{ACCOUNT}:app/GCM/app"


def test_a_failure_proves_that_a_topic_is_gone() -> None:
    """NotFound takes the topic and its subscriptions; NotFound of something else proves nothing."""
    made = record("CreateTopic", {"name": "t"}, {"topicArn": TOPIC})
    failed: dict[str, Any] = {"errorCode": "NotFoundException", "errorMessage": "Topic does not exist"}
    state, _ = folded(made, record("GetTopicAttributes", {"topicArn": TOPIC}, **failed))
    assert len(state.topics) == 0
    denied: dict[str, Any] = {"errorCode": "AccessDenied", "errorMessage": "no"}
    state, _ = folded(made, record("GetTopicAttributes", None, **denied))
    assert len(state.topics) == 1


def test_an_opted_out_number_is_known_by_a_refusal() -> None:
    """Where the record shows the number; where it hides it, nothing is learnt."""
    failed: dict[str, Any] = {"errorCode": "OptedOutException", "errorMessage": "no"}
    state, _ = folded(record("CreateSMSSandboxPhoneNumber", {"phoneNumber": "+12025550100"}, **failed))
    assert list(state.opted_out) == ["+12025550100"]
    state, _ = folded(record("CreateSMSSandboxPhoneNumber", {"phoneNumber": HIDDEN}, **failed))
    assert len(state.opted_out) == 0


def test_every_real_record_folds(trails: Path) -> None:
    """What the trails hold of SNS is read or projected, and nothing is unreadable."""
    machine = Machine(Registry([backtrail_aws.sns]))
    count = 0
    for path in sorted(trails.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            if b'"sns.amazonaws.com"' in line:
                folded_as = machine.apply(line)
                count += folded_as in (Folded.PROJECTED, Folded.INFERRED, Folded.READ, Folded.FAILED)
                assert folded_as is not Folded.UNREADABLE
    assert (count > 0, machine.folder.broken) == (True, [])
