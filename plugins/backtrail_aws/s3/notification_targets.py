"""Whom a bucket tells of which events, made ready to be held against them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import unquote_plus

from backtrail import UNSET, UnsetType
from backtrail_aws.s3 import api

_KEPT_MAX: Final = 1024


class Target(NamedTuple):
    """A queue, a topic or a function, with what it is told of: events (`*` last stands for all that begin so), and keys
    by their beginning and end."""

    service: str
    arn: str
    id: str
    events: tuple[str, ...]
    prefix: str
    suffix: str

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]

    @property
    def name(self) -> str:
        return self.arn.split(":", 5)[5]

    def wants(self, event: str, key: str) -> bool:
        """Whether the target is told of an event (`ObjectCreated:Put`) of a key."""
        return (
            key.startswith(self.prefix)
            and key.endswith(self.suffix)
            and any(
                event.startswith(wanted[:-1]) if wanted.endswith("*") else wanted == event
                for wanted in self.events
            )
        )


class Targets(NamedTuple):
    """All that a bucket tells; `bridge`: EventBridge is told of everything."""

    targets: tuple[Target, ...]
    bridge: bool


NOBODY: Final = Targets((), False)
_made: dict[int, tuple[api.NotificationConfiguration, Targets]] = {}


def targets_of(configuration: api.NotificationConfiguration | UnsetType) -> Targets:
    """The targets of a configuration, made ready once."""
    if configuration is UNSET:
        return NOBODY
    found = _made.get(id(configuration))
    if found is not None and found[0] is configuration:
        return found[1]
    topics, queues = configuration.topic_configurations, configuration.queue_configurations
    functions = configuration.lambda_function_configurations
    targets = (
        *(_target("sqs", one.queue_arn, one) for one in ([] if queues is UNSET else queues)),
        *(_target("sns", one.topic_arn, one) for one in ([] if topics is UNSET else topics)),
        *(_target("lambda", one.lambda_function_arn, one) for one in ([] if functions is UNSET else functions)),
    )  # fmt: skip
    ready = Targets(targets, configuration.event_bridge_configuration is not UNSET)
    if len(_made) > _KEPT_MAX:
        _made.clear()
    _made[id(configuration)] = (configuration, ready)
    return ready


def _target(
    service: str,
    arn: str,
    one: api.QueueConfiguration | api.TopicConfiguration | api.LambdaFunctionConfiguration,
) -> Target:
    prefix, suffix = _filters(one.filter)
    return Target(
        service=service,
        arn=arn,
        id="" if one.id is UNSET else one.id,
        events=tuple(event.removeprefix("s3:") for event in one.events),
        prefix=prefix,
        suffix=suffix,
    )


def _filters(wanted: api.NotificationConfigurationFilter | UnsetType) -> tuple[str, str]:
    """Prefix and suffix. "special characters in the value of the prefix or suffix [are entered] in URL-encoded
    (percent-encoded) format", a space as `+`."""
    key = UNSET if wanted is UNSET else wanted.key
    found = {"prefix": "", "suffix": ""}
    for rule in [] if key is UNSET or key.filter_rules is UNSET else key.filter_rules:
        if rule.name is not UNSET and rule.value is not UNSET:
            found[rule.name.lower()] = unquote_plus(rule.value)
    return found["prefix"], found["suffix"]
