"""SNS: topics (standard and FIFO), subscriptions, publishing with fan-out, push applications, text messages.

Covered: all 42 operations. Messages reach queues, functions, delivery streams and HTTP endpoints (of this machine, and
those that `BACKTRAIL_HTTP_HOSTS` allows); mails, texts and pushes lie in an outbox that people and tests read. Filter
policies are complete, of attributes and of bodies. FIFO topics deduplicate, archive and replay.

What deviates from AWS: only what is posted over HTTP carries a true signature, whose certificate the server hands out;
queues and functions get a digest in its place. A delivery within AWS is tried once, for what is refused stays refused.
Replays are done at once. Data protection policies are kept and not applied; requests, deliveries and spending are not
throttled; X-Ray traces, delivery status logs and usage reports are not made. Of a foreign trail nobody knows the
messages, nor who confirmed by a link: such calls stand in no record of AWS.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Any

from backtrail import Service, hookimpl
from backtrail.wire import HttpAnswer, HttpRequest
from backtrail_aws.sns import (
    access,
    confirmations,
    data_protection,
    deliveries,
    effects,
    failures,
    http_deliveries,
    mailbox,
    messages,
    permissions,
    platform_applications,
    platform_endpoints,
    sandbox,
    sms,
    subscription_attributes,
    subscriptions,
    tags,
    topic_attributes,
    topics,
)
from backtrail_aws.sns import baseline as baseline
from backtrail_aws.sns import diagnosis as diagnosis
from backtrail_aws.sns import exposure as exposure
from backtrail_aws.sns.state import service

__all__ = [
    "access",
    "answer_http",
    "confirmations",
    "data_protection",
    "deliveries",
    "failures",
    "http_deliveries",
    "mailbox",
    "messages",
    "permissions",
    "platform_applications",
    "platform_endpoints",
    "register_services",
    "sandbox",
    "service",
    "sms",
    "subscription_attributes",
    "subscriptions",
    "tags",
    "topic_attributes",
    "topics",
]


@hookimpl
def register_services() -> Iterable[Service[Any]]:
    """The service."""
    return [service]


@hookimpl
def answer_http(engine: effects.Host, request: HttpRequest, address: object) -> Awaitable[HttpAnswer] | None:
    """The certificate that signatures are checked with."""
    return effects.certificate(engine, request) if effects.serves(request) else None
