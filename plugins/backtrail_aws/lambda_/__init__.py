"""Lambda: functions that run, their versions, aliases, layers and policies, and what invokes them.

Covered: functions with zip packages (inline, from S3) and images (kept), all their settings, versions, weighted
aliases, layers, resource policies, concurrency, event invoke configurations, function URLs, code signing, tags, account
settings, event source mappings; Invoke in all its kinds. Python's functions run in processes of the interpreter that
runs this, Node's where `node` is installed: what a function raises, prints, takes or leaves behind is its own. An
outcome is its record: a replay runs nothing. Functions reach this server (`AWS_ENDPOINT_URL`) with credentials of their
role. Events are tried three times, then go to a destination or a dead-letter queue; SQS mappings poll.

What deviates from AWS: one interpreter serves every version of its language; other runtimes and images are refused
when they are invoked (501); `/tmp`, `/var/task` and `/opt` are folders of each process (`TMPDIR`, `LAMBDA_TASK_ROOT`,
`LAMBDA_OPT`); functions run as whoever runs the server; memory is measured, so a very short peak may pass; provisioned
concurrency starts nothing ahead of time; a streamed response comes in one piece; function URLs are not served; code
locations cannot be fetched; loops are counted to 16 exactly, through whatever service they go (a run's calls are
known by the trace that its SDK passes on), and of several messages in one batch the one that came farthest counts; a
mapping's batch has at most 100 messages, and waits for its whole window; streams and Kafka are kept and not polled.
Durable executions, capacity providers, scaling configurations and PutResourcePolicy are not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backtrail import Service, hookimpl
from backtrail_aws.lambda_ import (
    access,
    alarms,
    aliases,
    arrivals,
    code_signing,
    concurrency,
    effects,
    event_invoke_configs,
    function_updates,
    function_urls,
    functions,
    invocations,
    layer_permissions,
    layers,
    mappings,
    permissions,
    polls,
    queue,
    settings,
    tags,
    versions,
)
from backtrail_aws.lambda_ import baseline as baseline
from backtrail_aws.lambda_ import exposure as exposure
from backtrail_aws.lambda_.state import service

__all__ = [
    "access",
    "alarms",
    "aliases",
    "arrivals",
    "code_signing",
    "concurrency",
    "effects",
    "event_invoke_configs",
    "function_updates",
    "function_urls",
    "functions",
    "invocations",
    "layer_permissions",
    "layers",
    "mappings",
    "permissions",
    "polls",
    "queue",
    "register_services",
    "service",
    "settings",
    "tags",
    "versions",
]


@hookimpl
def register_services() -> Iterable[Service[Any]]:
    """The service."""
    return [service]
