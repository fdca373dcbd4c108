"""Ends that no record of their own tells of: what went with something else, and what a rule may have ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final, cast

import msgspec

from backtrail.mentions import Verb, mentions
from backtrail_cli.chains import record_at
from backtrail_cli.inferred import made_by
from backtrail_eventstore import SqliteStore, Touch

_MOST = 200

# What goes with something else: the types of what it goes with.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/preserving-volumes-on-termination.html and each service's delete.
_GOES_WITH: Final = {
    "ec2:volume": ("ec2:instance",), "ec2:networkinterface": ("ec2:instance",), "sns:subscription": ("sns:topic",),
    "logs:logstream": ("logs:loggroup",), "lambda:version": ("lambda:function",), "lambda:alias": ("lambda:function",),
    "ec2:instance": ("cloudformation:stack", "autoscaling:autoscalinggroup"), "iam:rolepolicy": ("iam:role",),
    "iam:userpolicy": ("iam:user",), "iam:grouppolicy": ("iam:group",), "iam:accesskey": ("iam:user",),
    "rds:dbinstance": ("rds:dbcluster",), "sqs:message": ("sqs:queue",), "ecr:image": ("ecr:repository",),
    "ec2:securitygroup": ("ec2:vpc",), "ec2:routetable": ("ec2:vpc",), "ec2:networkacl": ("ec2:vpc",),
    "elasticloadbalancing:listener": ("elasticloadbalancing:loadbalancer",),
    "ecs:task": ("ecs:service", "ecs:cluster"), "kms:alias": ("kms:key",),
}  # fmt: skip

# What a note beside a record names, but does not call by its kind.
_BY_PREFIX: Final = {"vol": "ec2:volume", "eni": "ec2:networkinterface"}

# What takes things out of what holds them without naming them: what it takes, and out of what.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html: the keys of a DeleteObjects
# are not logged.
_EMPTIES: Final = {"PurgeQueue": ("sqs:message", "sqs:queue"), "DeleteObjects": ("s3:object", "s3:bucket")}

# What ends what it names, though its name does not say so: EC2 takes a spot instance back.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/BidEvictedEvent.html
_ENDS_BY_ITSELF: Final = frozenset({"BidEvictedEvent"})

# What sets a rule that ends things later, and what takes it away.
_RULES: Final = {
    "PutBucketLifecycle": "lifecycle", "PutBucketLifecycleConfiguration": "lifecycle",
    "PutRetentionPolicy": "retention", "UpdateTimeToLive": "time to live", "PutLifecyclePolicy": "lifecycle",
    "CreateLifecyclePolicy": "lifecycle", "UpdateLifecyclePolicy": "lifecycle",
}  # fmt: skip
_NO_RULES: Final = ("DeleteBucketLifecycle", "DeleteRetentionPolicy", "DeleteLifecyclePolicy")
# A queue keeps messages for four days where nobody says otherwise:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_KEEPS: Final = {"CreateQueue": "retention", "SetQueueAttributes": "retention"}


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """An end that is inferred: by which record, with what (empty for none), by which rule, and in words why."""

    touch: Touch
    whole: str = ""
    rule: str = ""
    why: str


async def ending(store: SqliteStore, resource: str) -> Ending | None:
    """How a resource may have ended of which no record tells that it was deleted; the likeliest way first."""
    touches = await store.index.touching(
        resource, (Verb.CREATED, Verb.TOUCHED), limit=_MOST, newest_first=False
    )
    return (
        await _by_itself(resource, touches)
        or await _with(store, resource, touches)
        or await _armed(store, resource)
    )


async def _by_itself(resource: str, touches: list[Touch]) -> Ending | None:
    for touch in touches:
        if touch.action in _ENDS_BY_ITSELF:
            return Ending(touch=_unsure(touch), why=f"{resource} was a spot instance; AWS took it back:")
    return None


# with something else


async def _with(store: SqliteStore, resource: str, touches: list[Touch]) -> Ending | None:
    """The end of what the resource went with: of something that the record of its making, or attaching, names."""
    if not touches:
        return None
    last = touches[-1].time
    async for type_, name in _wholes(store, resource, touches):
        for touch in await _after(store, name, last):
            emptied = _EMPTIES.get(touch.action)
            if emptied is not None and emptied[0] == type_:
                what = f"{touch.action} does not name what it took out of {name}, and {resource} may have been in it:"
                return Ending(touch=_unsure(touch), whole=name, why=what)
            if touch.verb is Verb.DELETED:
                return Ending(touch=_unsure(touch), whole=name, why=_how(type_, resource, name))
    return None


def _how(type_: str, resource: str, whole: str) -> str:
    if type_ == "s3:object":  # https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
        return f"{resource} was gone by then, for a bucket must be empty before it can be deleted:"
    return f"{resource} went with {whole}, as such things do:"


async def _after(store: SqliteStore, name: str, last: datetime) -> list[Touch]:
    """What ended or emptied a whole after a time, the oldest first."""
    about = await store.index.touching(name, (Verb.DELETED, Verb.TOUCHED), limit=_MOST)
    return [one for one in reversed(about) if one.time >= last and not one.error]


async def _wholes(store: SqliteStore, resource: str, touches: list[Touch]) -> AsyncIterator[tuple[str, str]]:
    """What a resource belongs to, each once, with the type by which it does."""
    seen: set[str] = set()
    types = {touch.type or _BY_PREFIX.get(resource.partition("-")[0], "") for touch in touches}
    wanted = {noun for type_ in types for noun in _GOES_WITH.get(type_, ())}
    kind = next((type_ for type_ in types if type_ in _GOES_WITH), "")
    if "s3:object" in types:
        yield "s3:object", touches[-1].resource.rpartition(":::")[2].partition("/")[0]
    under = any(_may_lie_under(one.resource) for one in touches)
    for touch in touches:
        made = touch.verb is Verb.CREATED
        if not (wanted or made or under):
            continue
        record = await record_at(store, touch.seq)
        names = [
            one.id for one in mentions(record) if one.type in wanted or _lies_under(touch.resource, one.id)
        ]
        for name in names:
            if name not in seen and name != resource:
                seen.add(name)
                yield kind, name
        for name in made_by(record) if made else ():
            if name not in seen:
                seen.add(name)
                yield "", name


def _may_lie_under(resource: str) -> bool:
    return resource.startswith("arn:") and not resource.startswith("arn:aws:s3:::")


def _lies_under(resource: str, whole: str) -> bool:
    """Whether an ARN lies under another: a subscription under its topic, a stream under its group."""
    return (
        whole.startswith("arn:")
        and _may_lie_under(resource)
        and resource.startswith((f"{whole}:", f"{whole}/"))
    )


# by a rule


async def _armed(store: SqliteStore, resource: str) -> Ending | None:
    """The call that set a rule of what holds the resource, by which it may have ended."""
    touches = await store.index.touching(resource, limit=_MOST)
    message = any(touch.type == "sqs:message" for touch in touches)
    for holder in await _holders(store, resource, touches):
        found = await _rule_of(store, holder, _KEEPS if message else _RULES)
        if found is not None and (found[1] != "retention" or message):
            why = f"No record says that {resource} was deleted; a rule may have, which was set by:"
            return Ending(touch=_unsure(found[0]), rule=found[1], why=why)
    return None


async def contents(store: SqliteStore, resource: str) -> tuple[Touch, str] | None:
    """The last call that set a rule by which what is in a resource may end, and which: of a bucket, a table, a group
    of streams (whose events expire, they themselves do not)."""
    touches = await store.index.touching(resource, limit=_MOST)
    for holder in dict.fromkeys([resource, *await _holders(store, resource, touches)]):
        found = await _rule_of(store, holder, _RULES)
        if found is not None:
            return found
    return None


async def behind(store: SqliteStore, touch: Touch, record: dict[str, Any]) -> dict[str, str]:
    """The rule by which a service ended something, where its record does not name it: how long a queue keeps."""
    details = record.get("serviceEventDetails")
    queue = cast("dict[str, object]", details).get("queueArn") if isinstance(details, dict) else None
    if touch.action != "ExpireMessages" or not isinstance(queue, str):
        return {}
    found = await _rule_of(store, queue, _KEEPS)
    if found is None:
        return {}
    return {"id": found[1], "set_by": found[0].principal, "event_id": found[0].event_id}


async def _rule_of(store: SqliteStore, holder: str, rules: dict[str, str]) -> tuple[Touch, str] | None:
    """The last call that set a rule of a holder, unless it was taken away since."""
    for touch in await store.index.touching(holder, limit=_MOST):  # the newest first
        if touch.error:
            continue
        if touch.action in _NO_RULES:
            return None
        if touch.action not in rules:
            continue
        if touch.action == "SetQueueAttributes" and not _says_how_long(await record_at(store, touch.seq)):
            continue
        return touch, rules[touch.action]
    return None


def _says_how_long(record: dict[str, Any]) -> bool:
    return "MessageRetentionPeriod" in str(record.get("requestParameters"))


async def _holders(store: SqliteStore, resource: str, touches: list[Touch]) -> list[str]:
    """What holds a resource: by its name the bucket of an object, by its record the group of a stream and the queue of
    a message."""
    found: list[str] = []
    for name in (resource, *(touch.resource for touch in touches[:3])):
        path = name.rpartition(":::")[2] if name.startswith("arn:aws:s3:::") else name
        if "/" in path and not path.startswith("arn:"):
            found.append(path.partition("/")[0])
        if ":log-stream:" in name:
            found.append(name.partition(":log-stream:")[0].rpartition(":log-group:")[2])
    for touch in touches[-3:]:
        wanted = _GOES_WITH.get(touch.type, ()) if touch.type in ("logs:logstream", "sqs:message") else ()
        if wanted:
            found += [one.id for one in mentions(await record_at(store, touch.seq)) if one.type in wanted]
    return found


def _unsure(touch: Touch) -> Touch:
    """It rests on a rule of AWS's, not on a record: DeleteOnTermination may have been off."""
    return msgspec.structs.replace(touch, certain=False)
