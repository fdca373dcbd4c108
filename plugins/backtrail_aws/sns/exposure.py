"""Topics that others may use: by their policies."""

from __future__ import annotations

from collections.abc import Iterator

from backtrail.exposing import Exposure, by_policy
from backtrail_aws.sns.state import Sns, service

ACTIONS = ("CreateTopic", "SetTopicAttributes", "AddPermission")


@service.exposes
def open_topics(state: Sns, account: str, region: str) -> Iterator[Exposure]:
    """Each topic whose policy lets in somebody outside."""
    for topic in state.topics.values():
        yield from by_policy(
            topic.attributes.get("Policy"), account, resource=topic.arn,
            names=(topic.arn, topic.arn.rpartition(":")[2]), through="topic policy", actions=ACTIONS,
        )  # fmt: skip
