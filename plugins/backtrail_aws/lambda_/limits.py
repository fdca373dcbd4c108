"""Lambda's numbers, each with the page that it comes from.

QUOTAS: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
API: https://docs.aws.amazon.com/lambda/latest/api/
"""

from __future__ import annotations

from typing import Any

from backtrail import Service

NAME_MAX = 64  # API_CreateFunction
TIMEOUT_S, TIMEOUT_MAX_S = 3, 900  # API_CreateFunction; QUOTAS
MEMORY_MB, MEMORY_MAX_MB = 128, 10_240  # the same
STORAGE_MB, STORAGE_MAX_MB = 512, 10_240  # the same
ENVIRONMENT_MAX_BYTES = 4 * 1024  # QUOTAS
LAYERS_MAX = 5  # QUOTAS

ZIP_MAX_BYTES = 52_428_800  # QUOTAS: 50 MB, zipped, direct upload
ZIP_REQUEST_MAX_BYTES = 69_905_067  # the same in base64, as the refusal says it: node-lambda issue 123
UNZIPPED_MAX_BYTES = 262_144_000  # QUOTAS: 250 MB with all layers
CODE_STORAGE_BYTES = 80_530_636_800  # QUOTAS: 75 GB

PAYLOAD_MAX_BYTES = 6_291_456  # QUOTAS: 6 MB each for request and response
RESPONSE_MAX_BYTES = 6_291_556  # the same, and a hundred bytes that the refusal's number has more
EVENT_MAX_BYTES = 1_048_576  # QUOTAS: asynchronous, 1 MB since October 2025
CONTEXT_MAX_BYTES = 3_583  # API_Invoke
TAIL_BYTES = 4 * 1024  # API_Invoke: the last 4 KB of the log
OUTPUT_MAX_BYTES = 256 * 1024
"""As much of what a run prints is kept (ours): the beginning and the end."""

CONCURRENT = 1_000  # QUOTAS
UNRESERVED_MIN = 100  # dg/configuration-concurrency.html

RETRIES = 2  # dg/invocation-async-error-handling.html
EVENT_AGE_S = 21_600  # the same: six hours
RETRY_WAITS_S = (60, 120)  # the same: one minute before the first retry, two before the second
THROTTLED_WAIT_S, THROTTLED_WAIT_MAX_S = 1, 300  # the same: from one second to five minutes

POLICY_MAX_BYTES = 20 * 1024  # QUOTAS: resource-based policy
TAGS_MAX = 50  # dg/configuration-tags.html
TAG_KEY_MAX, TAG_VALUE_MAX = 128, 256  # the same

LIST_MAX = 50  # API_ListFunctions: "Note that ListFunctions returns a maximum of 50 items in each response"

SQS_BATCH, SQS_FIFO_BATCH_MAX, SQS_BATCH_MAX = 10, 10, 10_000  # dg/services-sqs-parameters.html
STREAM_BATCH = 100  # API_CreateEventSourceMapping
WINDOW_MAX_S = 300  # the same
FILTERS_MAX, PATTERN_MAX = 5, 4_096  # dg/invocation-eventfiltering.html; API_Filter
SESSION_S = 3_600
"""How long a session of a function's role lasts (ours; AWS's are some hours)."""
SESSION_SPARE_S = 60
"""A session that ends sooner than this after the longest that its run may take is not used any more (ours)."""

POLL_ROUNDS = 12
"""Batches that follow from one message before the chain begins anew from a timer (ours; the engine stops chains
that pass one place 16 times)."""
GATHER_ROUNDS = 10
"""Receives that fill one batch (ours): a batch here has at most 100 messages."""
LOOK_S, LOOK_MAX_S = 1, 20
"""While messages are hidden or delayed, a mapping looks for them after so many seconds, doubling (ours)."""

RUNTIMES = (
    "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x", "java8.al2", "java11", "java17", "java21", "java25",
    "python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14", "dotnet8", "dotnet10",
    "ruby3.2", "ruby3.3", "ruby3.4", "provided.al2", "provided.al2023",
)  # fmt: skip
"""Runtimes that functions may be made for: dg/lambda-runtimes.html"""
OLD_RUNTIMES = {
    **dict.fromkeys(("python2.7", "python3.6", "python3.7", "python3.8"), "python3.13"),
    **dict.fromkeys(
        (
            "nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x",
            "nodejs14.x", "nodejs16.x",
        ),
        "nodejs22.x",
    ),
    **dict.fromkeys(("dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet6"), "dotnet8"),
    **dict.fromkeys(("ruby2.5", "ruby2.7"), "ruby3.4"),
    "java8": "java21",
    "go1.x": "provided.al2023",
    "provided": "provided.al2023",
}  # fmt: skip
"""Runtimes that were, and what AWS advises instead: dg/lambda-runtimes.html#runtimes-deprecated"""


def declare(service: Service[Any]) -> None:
    """The quota that Service Quotas lists of Lambda and that is minded here."""
    service.quota(
        "L-B99A9384", "concurrent_executions", CONCURRENT, "Concurrent executions",
        what="The maximum number of events that functions can process simultaneously in the current region",
    )  # fmt: skip
