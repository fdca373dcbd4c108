"""Ends that no record of their own tells of: what went with something else, and what a rule may have ended."""

from __future__ import annotations

from typing import Final

import msgspec

from backtrail.mentions import Verb, mentions
from backtrail_cli.chains import record_at
from backtrail_eventstore import SqliteStore, Touch

_MOST = 200

# What goes with something else: the types of what it goes with.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/preserving-volumes-on-termination.html and each service's delete.
_GOES_WITH: Final = {
    "ec2:volume": ("ec2:instance",), "ec2:networkinterface": ("ec2:instance",), "sns:subscription": ("sns:topic",),
    "logs:logstream": ("logs:loggroup",), "lambda:version": ("lambda:function",), "lambda:alias": ("lambda:function",),
    "ec2:instance": ("cloudformation:stack", "autoscaling:autoscalinggroup"),
}  # fmt: skip

# What sets a rule that ends things later, and what takes it away.
_RULES: Final = {
    "PutBucketLifecycle": "lifecycle", "PutBucketLifecycleConfiguration": "lifecycle",
    "PutRetentionPolicy": "retention", "UpdateTimeToLive": "time to live", "PutLifecyclePolicy": "lifecycle",
    "CreateLifecyclePolicy": "lifecycle", "UpdateLifecyclePolicy": "lifecycle",
}  # fmt: skip
_NO_RULES: Final = ("DeleteBucketLifecycle", "DeleteRetentionPolicy", "DeleteLifecyclePolicy")


async def cascades(store: SqliteStore, resource: str) -> tuple[list[Touch], dict[int, str]]:
    """The end of what the resource went with: of something that the record of its making, or attaching, names."""
    touches = await store.index.touching(
        resource, (Verb.CREATED, Verb.TOUCHED), limit=_MOST, newest_first=False
    )
    wholes = {noun for touch in touches for noun in _GOES_WITH.get(touch.type, ())}
    names: dict[str, None] = {}
    for touch in touches if wholes or any(_may_lie_under(one.resource) for one in touches) else ():
        for one in mentions(await record_at(store, touch.seq)):
            if one.type in wholes or _lies_under(touch.resource, one.id):
                names[one.id] = None
    for name in names:
        ends = await store.index.touching(name, (Verb.DELETED,), limit=1)
        if ends and ends[0].time >= touches[-1].time:
            # It rests on a rule of AWS's, not on a record: DeleteOnTermination may have been off.
            return [msgspec.structs.replace(ends[0], certain=False)], {ends[0].seq: name}
    return [], {}


def _may_lie_under(resource: str) -> bool:
    return resource.startswith("arn:") and not resource.startswith(
        "arn:aws:s3:::"
    )  # a bucket must be empty first


def _lies_under(resource: str, whole: str) -> bool:
    """Whether an ARN lies under another: a subscription under its topic, a stream under its group."""
    return (
        whole.startswith("arn:")
        and _may_lie_under(resource)
        and resource.startswith((f"{whole}:", f"{whole}/"))
    )


async def armed(store: SqliteStore, resource: str) -> tuple[list[Touch], dict[int, str]]:
    """The call that set a rule by which the resource may have ended: on it, or on what holds it."""
    touches = await store.index.touching(resource, limit=_MOST)
    holders = [resource, *_holders(resource, touches)]
    for holder in dict.fromkeys(holders):
        about = await store.index.touching(holder, limit=_MOST)
        for touch in about:  # the newest first
            if touch.error or touch.action in _NO_RULES:
                if not touch.error:
                    break
                continue
            if touch.action in _RULES and (holder != resource or touch.type != "s3:bucket"):
                return [msgspec.structs.replace(touch, certain=False)], {touch.seq: _RULES[touch.action]}
    return [], {}


def _holders(resource: str, touches: list[Touch]) -> list[str]:
    """What holds a resource, by its name: the bucket of an object, the group of a stream."""
    names = [resource, *(touch.resource for touch in touches[:3])]
    found: list[str] = []
    for name in names:
        path = name.rpartition(":::")[2] if name.startswith("arn:aws:s3:::") else name
        if "/" in path and not path.startswith("arn:"):
            found.append(path.partition("/")[0])
        if ":log-stream:" in name:
            found.append(name.partition(":log-stream:")[0].rpartition(":log-group:")[2])
    return found
