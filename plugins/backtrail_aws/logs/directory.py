"""Finding log groups and streams, by name or ARN, in deciding and in folding.

ARNs: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from backtrail import Call, Event, UnsetType, known
from backtrail_aws.logs import errors
from backtrail_aws.logs.state import LogGroup, Logs, LogStream

_GROUP = ":log-group:"


class Arn(msgspec.Struct, frozen=True):
    """What an ARN of CloudWatch Logs names: `kind` is `log-group`, `destination`, `delivery-source`, …"""

    region: str
    account: str
    kind: str
    name: str


class Identified(Protocol):
    """Parameters that name a group in one of two ways."""

    @property
    def log_group_name(self) -> str | UnsetType:
        """The group's name."""
        ...

    @property
    def log_group_identifier(self) -> str | UnsetType:
        """The group's name or ARN."""
        ...


def parsed(text: str) -> Arn | None:
    """An ARN of CloudWatch Logs, taken apart, less the `:*` at its end; None for any other text."""
    parts = text.split(":", 6)
    if len(parts) < 7 or parts[0] != "arn" or parts[2] != "logs":
        return None
    return Arn(region=parts[3], account=parts[4], kind=parts[5], name=parts[6].removesuffix(":*"))


def name_of(identifier: str) -> str:
    """The name of a log group in its name or ARN."""
    arn = parsed(identifier)
    return arn.name if arn is not None else identifier


def by_identifier(subject: Call[Any] | Event[Any, Any]) -> tuple[str, str]:
    """The account and region of the group that a call is about: another's, where an ARN names it."""
    return at_arn(subject, subject.params.log_group_identifier)


def at_arn(subject: Call[Any] | Event[Any, Any], text: str | UnsetType) -> tuple[str, str]:
    """The account of an ARN, in the region of the call; the call's own for everything else."""
    arn = parsed(text) if isinstance(text, str) else None
    return (arn.account if arn is not None else subject.account, subject.region)


def identified(state: Logs, params: Identified) -> LogGroup:
    """The group that a call names in one of two ways."""
    name, identifier = params.log_group_name, params.log_group_identifier
    if isinstance(name, str) and isinstance(identifier, UnsetType):
        return group(state, name)
    if isinstance(identifier, str) and isinstance(name, UnsetType):
        return group(state, name_of(identifier))
    raise errors.which_group()


def group(state: Logs, name: str) -> LogGroup:
    """The log group of a name."""
    found = state.groups.get(name)
    if found is None:
        raise errors.no_such_group()
    return found


def stream(state: Logs, group_name: str, name: str) -> LogStream:
    """The log stream of a name, in the group of a name."""
    return stream_of(group(state, group_name), name)


def stream_of(owner: LogGroup, name: str) -> LogStream:
    """The log stream of a name in a group."""
    found = owner.streams.get(name)
    if found is None:
        raise errors.no_such_stream()
    return found


# folds


def noticed(state: Logs, name: str, event: Event[Any, Any]) -> LogGroup:
    """The group that a record is about: inferred where nobody saw it being made."""
    return known(state.groups, name, event, lambda: made(name, event))


def noticed_stream(owner: LogGroup, name: str, event: Event[Any, Any]) -> LogStream:
    """The stream that a record is about: inferred where nobody saw it being made."""
    found = owner.streams.get(name)
    if found is None:
        found = made_stream(owner, name, event)
        event.implied.append(name)
    return found


def made(name: str, event: Event[Any, Any]) -> LogGroup:
    """A new group of which nothing is known but its name."""
    return LogGroup(name=name, arn=event.arn("logs", f"log-group:{name}"))


def made_stream(owner: LogGroup, name: str, event: Event[Any, Any]) -> LogStream:
    """A new stream in a group."""
    new = LogStream(name=name, arn=f"{owner.arn}:log-stream:{name}", token=token_of(event, name))
    owner.streams[name] = new
    place(owner, new)
    return new


def place(owner: LogGroup, one: LogStream) -> None:
    """Put a stream where the time of its last event says."""
    last = one.events.last()
    where = f"{last or '':0>56}{one.name}"
    if where == one.place:
        return
    if one.place:
        del owner.recent[one.place]
    one.place = where
    owner.recent[where] = one.name


def unplace(owner: LogGroup, one: LogStream) -> None:
    """Take a stream away from its group."""
    if one.place:
        del owner.recent[one.place]
    one.place = ""
    owner.streams.pop(one.name, None)


def token_of(event: Event[Any, Any], name: str) -> str:
    """A stream's sequence token: 56 digits that begin as AWS's do. Nobody looks at it any more."""
    digits = str(int(event.new_id("hex64", f"token/{name}"), 16))
    return f"4960{digits[:52]:0<52}"
