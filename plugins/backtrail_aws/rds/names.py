"""Identifiers and ARNs: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.ARN.html"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any, Protocol, TypeVar

from backtrail import UNSET, Call, Event, UnsetType, known
from backtrail_aws.rds import errors

V = TypeVar("V")
_IDENTIFIER = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9])*")
_GROUP = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9])*(?:\.[A-Za-z0-9-]+)*")


class Placed(Protocol):
    """Whatever has an account and a region."""

    def arn(self, service: str, resource: str) -> str: ...


def check(member: str, name: str, most: int = 63) -> str:
    """An identifier, in small letters. Raises `Refusal`."""
    if _IDENTIFIER.fullmatch(name) is None or len(name) > most:
        # evidence: errors.identifier
        raise errors.identifier(member)
    return name.lower()


def check_group(member: str, name: str) -> str:
    """A group's name, in small letters. Raises `Refusal`."""
    if _GROUP.fullmatch(name) is None or len(name) > 255:
        # evidence: errors.identifier
        raise errors.identifier(member)
    return name.lower()


def plain(identifier: str) -> str:
    """The id in an ARN or an id, in small letters."""
    parts = identifier.split(":", 6)
    return (parts[6] if identifier.startswith("arn:") and len(parts) == 7 else identifier).lower()


def find(collection: MutableMapping[str, V], identifier: str) -> V | None:
    """What has that id, or that ARN."""
    return collection.get(plain(identifier))


def arn(here: Call[Any] | Event[Any, Any], kind: str, name: str) -> str:
    """The ARN of a resource here."""
    return here.arn("rds", f"{kind}:{name}")


def inferred(
    collection: MutableMapping[str, V], event: Event[Any, Any], identifier: str, kind: str, make: Any
) -> V:
    """What has that id, inferred where no record made it: `make` is its type."""
    name = plain(identifier)
    full = identifier if identifier.startswith("arn:") else arn(event, kind, name)
    made: V = known(collection, name, event, lambda: make(id=name, arn=full))
    return made


def text(value: str | UnsetType) -> str:
    """A text, "" where none was told."""
    return "" if isinstance(value, UnsetType) else value


def hosted_zone(arn: str) -> str | UnsetType:
    """The Route 53 zone of a region's endpoints: known for us-east-1 alone (guess), UNSET elsewhere."""
    return "Z2R2ITUGPM61AM" if arn.startswith("arn:aws:rds:us-east-1:") else UNSET
