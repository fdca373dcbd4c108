"""What differs between an account's resources at two moments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, cast

import msgspec

from backtrail.machine import Machine
from backtrail_cli.resources import Thing, differing


class Absent(msgspec.Struct, frozen=True):
    """Stands where there is no value, which is not the same as a null."""


ABSENT = Absent()


class Member(msgspec.Struct, frozen=True):
    """A value that differs: where it stands (`policy.Statement[0].Effect`), what it was, what it is."""

    path: str
    before: Any
    after: Any


class Change(msgspec.Struct, frozen=True):
    """A resource that was added, removed or changed."""

    what: Literal["added", "removed", "changed"]
    before: Thing | None
    after: Thing | None
    members: list[Member] = []


def of(before: Machine, after: Machine, services: tuple[str, ...] = ()) -> list[Change]:
    """All changes from one account, or moment, to another, sorted by resource."""
    return between(*differing(before, after, services))


def between(before: list[Thing], after: list[Thing]) -> list[Change]:
    """All changes, sorted by resource. A resource that was removed and made again is changed, or not, as it looks."""
    old, new = ({thing.key: thing for thing in things} for things in (before, after))
    changes: list[Change] = []
    for key in sorted({*old, *new}):
        was, is_ = old.get(key), new.get(key)
        if was is None or is_ is None:
            changes.append(Change("added" if was is None else "removed", was, is_))
        elif members := list(_differences("", was.members, is_.members)):
            changes.append(Change("changed", was, is_, members))
    return changes


def _differences(path: str, before: object, after: object) -> Iterator[Member]:
    if before == after:
        return
    old, new = _named(before), _named(after)
    if old is not None and new is not None:
        for name in sorted({*old, *new}):
            yield from _differences(
                f"{path}.{name}" if path else name, old.get(name, ABSENT), new.get(name, ABSENT)
            )
        return
    was, is_ = _listed(before), _listed(after)
    if was is None or is_ is None or len(was) != len(is_):
        yield Member(path, before, after)
        return
    for at, (one, other) in enumerate(zip(was, is_, strict=True)):
        yield from _differences(f"{path}[{at}]", one, other)


def _named(value: object) -> dict[str, object] | None:
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def _listed(value: object) -> list[object] | None:
    return cast("list[object]", value) if isinstance(value, list) else None


def members(thing: Thing) -> list[tuple[str, object]]:
    """All that a State knows of a resource, member by member, each with its path."""
    return list(_leaves("", thing.members))


def _leaves(path: str, value: object) -> Iterator[tuple[str, object]]:
    named, listed = _named(value), _listed(value)
    if named:
        for name, one in named.items():
            yield from _leaves(f"{path}.{name}" if path else name, one)
    elif listed:
        for at, one in enumerate(listed):
            yield from _leaves(f"{path}[{at}]", one)
    elif value not in (None, "", {}, []):
        yield path, value


def plain(change: Change) -> dict[str, Any]:
    """A change for programs; a value that is not there is left out."""
    thing = change.after or change.before
    assert thing is not None
    named = {
        name: getattr(thing, name)
        for name in ("type", "id", "arn", "service", "account", "region", "inferred")
    }
    members = [
        {"path": member.path}
        | ({} if member.before is ABSENT else {"before": member.before})
        | ({} if member.after is ABSENT else {"after": member.after})
        for member in change.members
    ]
    return {"what": change.what} | named | {"members": members}
