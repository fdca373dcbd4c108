"""Tags of quotas: https://docs.aws.amazon.com/servicequotas/latest/userguide/sq-tagging.html"""

from __future__ import annotations

from typing import Any

from backtrail import Call, Event
from backtrail_aws.service_quotas import catalogue, errors, limits
from backtrail_aws.service_quotas.api import (
    ListTagsForResource,
    ListTagsForResourceResult,
    Tag,
    TagResource,
    UntagResource,
)
from backtrail_aws.service_quotas.state import Quotas, service


@service.handle
def tag_resource(state: Quotas, call: Call[TagResource]) -> None:
    """Refuse quotas that there are not, and more tags than they take."""
    arn = call.params.resource_arn
    _check(call, arn)
    if len({*state.tags.get(arn, {}), *(tag.key for tag in call.params.tags)}) > limits.TAGS_MAX:
        raise errors.too_many_tags(limits.TAGS_MAX)


@service.project
def quota_tagged(state: Quotas, event: Event[TagResource, None]) -> None:
    """The quota has the tags; equal keys take the new value."""
    tags = state.tags.setdefault(event.params.resource_arn, {})
    tags.update({tag.key: tag.value for tag in event.params.tags})


@service.handle
def untag_resource(state: Quotas, call: Call[UntagResource]) -> None:
    """Keys that are not there are no error."""
    _check(call, call.params.resource_arn)


@service.project
def quota_untagged(state: Quotas, event: Event[UntagResource, None]) -> None:
    """The quota has lost the tags."""
    arn = event.params.resource_arn
    gone = set(event.params.tag_keys)
    left = {key: value for key, value in state.tags.pop(arn, {}).items() if key not in gone}
    if left:
        state.tags[arn] = left


@service.read
def list_tags_for_resource(state: Quotas, call: Call[ListTagsForResource]) -> ListTagsForResourceResult:
    """The tags, by key."""
    _check(call, call.params.resource_arn)
    tags = state.tags.get(call.params.resource_arn, {})
    return ListTagsForResourceResult(tags=[Tag(key=key, value=tags[key]) for key in sorted(tags)])


def _check(call: Call[Any], arn: str) -> None:
    """Whether an ARN is a quota's of this account. Raises `Refusal`."""
    service_code, _, code = arn.rpartition(":")[2].partition("/")
    quota = catalogue.quotas(call, service_code).get(code) if service_code in call.quota_tables() else None
    if quota is None or arn != catalogue.arn_of(call, quota):
        raise errors.no_such_request()
