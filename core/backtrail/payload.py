"""The base classes of everything that a record or a state holds.

Payload types are frozen msgspec Structs named after the action. Their attributes are snake_case; their
encoded names are CloudTrail's, written out one by one (`dBInstanceIdentifier`, `kMSKeyId`: no rename rule
gets all of them right). A member that the caller left out is `UNSET` and stays out of the record.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar, dataclass_transform

import msgspec
from msgspec import UNSET, UnsetType, field

__all__ = [
    "UNSET",
    "Kept",
    "Masked",
    "Named",
    "Noted",
    "Params",
    "Removed",
    "Sealed",
    "Stars",
    "State",
    "UnsetType",
    "field",
]

T = TypeVar("T")

SEALED = "sealed"
NOTE = "note"
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"

Sealed = Annotated[T, msgspec.Meta(extra={"part": SEALED})]
"""A secret or a payload: kept encrypted beside the record, absent from it."""

Masked = Annotated[T, msgspec.Meta(extra={"part": SEALED, "marker": HIDDEN})]
"""A secret that CloudTrail shows as `HIDDEN_DUE_TO_SECURITY_REASONS`."""

Stars = Annotated[T, msgspec.Meta(extra={"part": SEALED, "marker": "****"})]
"""A secret that CloudTrail shows as `****` (RDS, Redshift, Organizations)."""

Removed = Annotated[T, msgspec.Meta(extra={"part": SEALED, "marker": "<sensitiveDataRemoved>"})]
"""A secret that CloudTrail shows as `<sensitiveDataRemoved>` (EC2's user data and key material)."""

Noted = Annotated[T, msgspec.Meta(extra={"part": NOTE})]
"""No secret, but CloudTrail leaves it out of its record: kept in the note beside it."""

Named = Annotated[T, msgspec.Meta(extra={"part": SEALED, "names": True})]
"""A map whose values are a secret: CloudTrail shows the list of its keys (DynamoDB's items)."""

Kept = Annotated[T, msgspec.Meta(extra={"part": NOTE, "kept": True})]
"""Stands in the record in a form that loses something (S3's bucket policy): the note has it word for word."""


class _FrozenMeta(msgspec.StructMeta):
    """Makes every subclass keyword-only: msgspec passes `frozen` on to subclasses, but not `kw_only`."""

    def __new__(
        mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **config: Any
    ) -> _FrozenMeta:
        config.setdefault("kw_only", True)
        return super().__new__(mcls, name, bases, namespace, **config)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Params(msgspec.Struct, metaclass=_FrozenMeta, frozen=True, kw_only=True):
    """Request parameters, response elements, or anything inside them."""


class State(msgspec.Struct, kw_only=True):
    """What one service knows about one account in one region (or one account, or one partition)."""
