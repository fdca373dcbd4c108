"""Records that AWS wrote fold, too: with redacted bodies, and from the middle of a queue's life."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import backtrail_aws.sqs
from backtrail.machine import Folded, Machine
from backtrail.plugins import Registry
from backtrail_aws.sqs.state import Queues

ACCOUNT, REGION = "111122223333", "eu-west-1"
URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q"


def record(
    name: str, params: dict[str, Any] | None, result: dict[str, Any] | None = None, **more: Any
) -> bytes:
    """A record as AWS would have written it."""
    return json.dumps(
        {
            "eventVersion": "1.09",
            "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": ACCOUNT},
            "eventTime": "2023-11-07T23:59:11Z",
            "eventSource": "sqs.amazonaws.com",
            "eventName": name,
            "awsRegion": REGION,
            "requestParameters": params,
            "responseElements": result,
            "eventID": "a1b2c3d4-5678-40ab-9cde-0123456789ab",
            "recipientAccountId": ACCOUNT,
            **more,
        }
    ).encode()


def folded(*records: bytes) -> tuple[Queues, list[Folded], Machine]:
    """The state after some records."""
    machine = Machine(Registry([backtrail_aws.sqs]))
    outcomes = [machine.apply(one) for one in records]
    assert not machine.folder.broken, machine.folder.broken
    state = machine.state(("sqs", ACCOUNT, REGION))
    assert isinstance(state, Queues)
    machine.reload()
    return state, outcomes, machine


SEND = {"queueUrl": URL, "messageBody": "HIDDEN_DUE_TO_SECURITY_REASONS", "messageGroupId": "g"}
SENT = {
    "mD5OfMessageBody": "9a4e3f7a614d9dd9f8722092dbda17a2",
    "messageId": "93bb6e2d-1090-416c-81b0-31eb1faa8cd8",
}


def test_a_message_of_an_unknown_queue_is_inferred() -> None:
    """The queue stands there by inference; the message has its id and no body."""
    state, outcomes, _ = folded(record("SendMessage", SEND, SENT))
    assert outcomes == [Folded.INFERRED]
    queue = state.queues["q"]
    message = next(iter(queue.messages.values()))
    assert (message.id, message.md5) == (SENT["messageId"], SENT["mD5OfMessageBody"])
    assert not isinstance(message.body, str)
    assert message.sender == "AIDAEXAMPLE"


def test_a_foreign_sequence_number_counts_on() -> None:
    """AWS's own sequence number is kept, and ours come after it."""
    url = f"{URL}.fifo"
    sent = {**SENT, "sequenceNumber": "18881790870905840128"}
    state, _, _ = folded(record("SendMessage", {**SEND, "queueUrl": url}, sent))
    queue = state.queues["q.fifo"]
    assert next(iter(queue.messages.values())).sequence == "18881790870905840128"
    from backtrail_aws.sqs.messages import sequence_number

    assert sequence_number(queue.sequence + 1) == "18881790870905840384"


def test_every_action_folds_without_its_result() -> None:
    """Nothing breaks on records whose results are not shown, or of a history that begins half-way."""
    by_url: dict[str, dict[str, Any]] = {
        "AddPermission": {"label": "l", "actions": ["SendMessage"], "AWSAccountIds": ["1"]},
        "ChangeMessageVisibility": {"receiptHandle": "x", "visibilityTimeout": 1},
        "ChangeMessageVisibilityBatch": {
            "entries": [{"id": "a", "receiptHandle": "x", "visibilityTimeout": 1}]
        },
        "DeleteMessage": {"receiptHandle": "AQEBx"},
        "DeleteMessageBatch": {"entries": [{"id": "a", "receiptHandle": "x"}]},
        "PurgeQueue": {},
        "ReceiveMessage": {"maxNumberOfMessages": 1},
        "RemovePermission": {"label": "l"},
        "SendMessage": {},
        "SendMessageBatch": {"entries": [{"id": "a"}, {"id": "b", "messageBody": "x"}]},
        "SetQueueAttributes": {"attributes": {"VisibilityTimeout": "5", "RedrivePolicy": "{}"}},
        "TagQueue": {"tags": {"a": "b"}},
        "UntagQueue": {"tagKeys": ["a", "c"]},
        "DeleteQueue": {},
    }
    records = [record(name, {"queueUrl": URL, **given}) for name, given in by_url.items()]
    records.append(record("CreateQueue", {"queueName": "q"}))
    records.append(record("StartMessageMoveTask", {"sourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"}))
    records.append(record("StartMessageMoveTask", {"sourceArn": "?"}))
    records.append(record("CancelMessageMoveTask", {"taskHandle": "?"}))
    state, outcomes, _ = folded(*records)
    assert all(outcome in (Folded.PROJECTED, Folded.INFERRED) for outcome in outcomes), outcomes
    assert state.queues["q"].arn == f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"


def test_a_create_fills_an_inferred_queue() -> None:
    """What was implied before keeps its messages and learns its attributes."""
    create = record(
        "CreateQueue", {"queueName": "q", "attributes": {"DelaySeconds": "3"}, "tags": {"k": "v"}}
    )
    state, _, _ = folded(record("SendMessage", SEND, SENT), create)
    queue = state.queues["q"]
    assert (len(queue.messages), queue.number("DelaySeconds"), queue.tags) == (1, 3, {"k": "v"})


def test_a_create_with_other_attributes_means_an_unseen_deletion() -> None:
    """AWS would have refused it for the old queue: so it is a new one."""
    first = record("CreateQueue", {"queueName": "q", "attributes": {"DelaySeconds": "3"}})
    again = record("CreateQueue", {"queueName": "q", "attributes": {"DelaySeconds": "4"}})
    state, _, _ = folded(first, record("SendMessage", SEND, SENT), again)
    assert len(state.queues["q"].messages) == 0
    assert state.queues["q"].number("DelaySeconds") == 4


def test_a_failure_proves_that_a_queue_is_gone() -> None:
    """Who is told that the queue does not exist proves it; other failures prove nothing."""
    create = record("CreateQueue", {"queueName": "q"})
    denied = record("DeleteQueue", {"queueUrl": URL}, errorCode="AccessDenied")
    gone = record(
        "GetQueueAttributes", {"queueUrl": URL}, errorCode="AWS.SimpleQueueService.NonExistentQueue"
    )
    assert "q" in folded(create, denied)[0].queues
    assert "q" not in folded(create, denied, gone)[0].queues


def test_an_inferred_queue_shows_only_what_was_told() -> None:
    """Attributes that no record told are left out of answers."""
    from backtrail.testing import Scenario
    from backtrail_aws.sqs import api

    sqs = Scenario(backtrail_aws.sqs, account=ACCOUNT, region=REGION)
    sqs.machine.apply(
        record("SetQueueAttributes", {"queueUrl": URL, "attributes": {"VisibilityTimeout": "5"}})
    )
    sqs.given(api.GetQueueAttributes(queue_url=URL, attribute_names=["All"]))
    assert {"QueueArn", "VisibilityTimeout"} <= set(sqs.answer.attributes)
    assert not {"DelaySeconds", "CreatedTimestamp"} & set(sqs.answer.attributes)


def test_real_records_fold(trails: Path) -> None:
    """Every SQS record of the real trails folds."""
    count = 0
    for file in sorted(trails.glob("*.jsonl")):
        for line in file.read_bytes().splitlines():
            if b'"sqs.amazonaws.com"' not in line:
                continue
            machine = Machine(Registry([backtrail_aws.sqs]))
            assert machine.apply(line) not in (Folded.UNREADABLE, Folded.OPAQUE), line
            assert not machine.folder.broken
            count += 1
    assert count >= 5
