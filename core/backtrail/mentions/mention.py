"""What the index keeps of a record, and what a plugin may declare about an action."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias

import msgspec


class Verb(StrEnum):
    """What a record did to a resource."""

    CREATED = "created"
    DELETED = "deleted"
    TOUCHED = "touched"
    REFUSED = "refused"


class Mention(msgspec.Struct, frozen=True, gc=False):
    """One identifier in one record: what was done to it, what kind of thing it is, and whether that is sure.

    `type` is `service:noun` in lower case without hyphens (`iam:role`, `ec2:natgateway`), a hint. `certain`
    is False where the record allows another reading: a put that may have overwritten, a part of a batch
    that may have failed, a deletion that is only scheduled, a name cut out of an ARN by guess, an ARN that
    a policy merely speaks of.
    """

    id: str
    verb: Verb
    type: str | None
    certain: bool


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin's own word on one action, stronger than the generic rules.

    Paths are dotted from the record (`responseElements.natGateway.natGatewayId`); lists are walked through.
    """

    created: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()
    type: str | None = None
    only: bool = False  # drop what the generic rules found


Declarations: TypeAlias = Mapping[tuple[str, str], Declared]
"""By (eventSource, action without the API's date)."""
