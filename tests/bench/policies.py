"""Microseconds of one authorization, by how many policies the caller has: `python tests/bench/policies.py`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.policy.accounts import ACCOUNT, Company, allow, iam, managed, queue_arn, sqs

from backtrail.call import Access, Call

ACTIONS = (
    "s3:Get*",
    "ec2:Describe*",
    "iam:List*",
    "logs:*",
    "sns:Publish",
    "lambda:Invoke*",
    "kms:Decrypt",
    "ecr:*",
)


def company(count: int) -> tuple[Company, str]:
    """A user with so many policies, three at most of them inline, one of which allows; the user's key."""
    made, inlined = Company(), min(3, count // 2)
    tags = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}, "Bool": {"aws:SecureTransport": "false"}}
    inline = {
        f"p{number}": allow([ACTIONS[number % 8], ACTIONS[(number + 3) % 8]], "*", **tags)
        for number in range(inlined)
    }
    key = made.user("eve", managed("AmazonSQSFullAccess"), **inline)
    for number in range(count - inlined - 1):
        document = json.dumps(allow([ACTIONS[number % 8]], f"arn:aws:s3:::bucket-{number}/*", **tags))
        made.root(iam.CreatePolicy(policy_name=f"m{number}", policy_document=document))
        arn = f"arn:aws:iam::{ACCOUNT}:policy/m{number}"
        made.root(iam.AttachUserPolicy(user_name="eve", policy_arn=arn))
    made.root(sqs.CreateQueue(queue_name="work"))
    return made, key


def measured(made: Company, key: str, rounds: int = 20_000) -> float:
    """Microseconds of asking whether the user may send to the queue, the best of five."""
    made.with_key(key)
    access = Access(action="sqs:sendmessage", resources=[queue_arn("work")])
    call: Call[Any] = Call(
        made.machine, service="sqs", params=sqs.SendMessage(queue_url="", message_body=""), account=ACCOUNT,
        region="us-east-1", time=made.now, event_id="", request_id="", caller=made.caller,
    )  # fmt: skip
    times: list[float] = []
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(rounds):
            made.machine.authorization.require(call, access)
        times.append((time.perf_counter() - begin) / rounds * 1e6)
    return min(times)


def rows() -> list[dict[str, Any]]:
    """One row for each number of policies."""
    return [
        {"row": f"authorization, {count} policies, µs", "backtrail": measured(*company(count))}
        for count in (1, 5, 10)
    ]


if __name__ == "__main__":
    for row in rows():
        print(f"{row['row']:<48} {row['backtrail']:>12,.2f}")
