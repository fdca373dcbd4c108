"""SQS: standard and FIFO queues, dead-letter queues, message move tasks.

Covered: all 23 operations, in both protocols and at all forms of a queue's URL. Waiting (long polls) costs nothing
until a record touches the queue.

What deviates from AWS: the Approximate… numbers are exact; a standard queue gives out in order and never twice unless
the options `sqs.shuffle` and `sqs.duplicates` say otherwise, and only with `sqs.throttling` are calls refused for
being too many; retention is looked at once a second; a move task without a rate moves all at once. Of a
queue in a foreign trail nobody knows what its receives took: its messages stay until their retention ends; and their
bodies are unknown, so they are given out without.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backtrail import Service, hookimpl
from backtrail_aws.sqs import (
    access,
    attributes,
    deletions,
    messages,
    options,
    permissions,
    queues,
    receives,
    retention,
    tags,
    tasks,
)
from backtrail_aws.sqs import baseline as baseline
from backtrail_aws.sqs import diagnosis as diagnosis
from backtrail_aws.sqs import exposure as exposure
from backtrail_aws.sqs.state import service

__all__ = [
    "access",
    "attributes",
    "deletions",
    "messages",
    "options",
    "permissions",
    "queues",
    "receives",
    "register_services",
    "retention",
    "service",
    "tags",
    "tasks",
]


@hookimpl
def register_services() -> Iterable[Service[Any]]:
    """The service."""
    return [service]
