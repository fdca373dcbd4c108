"""Settings that an update changes in part, or (Replace) as a whole."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from backtrail import UNSET

S = TypeVar("S", bound=msgspec.Struct)


def changed(old: S, new: msgspec.Struct, *, whole: bool = False) -> S:
    """The old settings with what the new ones say; with `whole` nothing of the old stays but what the new lack."""
    members = set(type(new).__struct_fields__)
    given = {
        name: value
        for name in type(old).__struct_fields__
        if name in members and ((value := getattr(new, name)) is not UNSET or whole)
    }
    return msgspec.structs.replace(old, **given)
