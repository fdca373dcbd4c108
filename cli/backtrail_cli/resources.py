"""The resources that a folded account has, by what plugins declare of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast

import msgspec

from backtrail import states
from backtrail.machine import Machine
from backtrail.mentions import Verb
from backtrail.payload import State
from backtrail.service import Place, ResourceType
from backtrail_eventstore import SqliteStore, Touch

_MOST_CREATIONS = 50  # of one name


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """One resource: what it is, where, and everything the State knows of it."""

    type: str
    id: str
    arn: str
    service: str
    account: str
    region: str
    tags: dict[str, str] = {}
    parent: str | None = None
    inferred: bool = False
    item: Any = None

    @property
    def members(self) -> Any:
        """What the State knows of it, as dicts, lists and text: as of when it is asked for."""
        return plain(self.item)

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it the same resource at another time."""
        return self.service, self.account, self.region, self.type, self.id


def things(machine: Machine, services: tuple[str, ...] = ()) -> list[Thing]:
    """All resources of the account, or of some services, sorted."""
    found = [
        _thing(place, kind, str(id_), item, given)
        for place, kind, state, given in _kinds(machine, services)
        for id_, item in kind.collection(state).items()
    ]
    return sorted(found, key=lambda thing: thing.key)


def _kinds(
    machine: Machine, services: tuple[str, ...]
) -> Iterator[tuple[Place, ResourceType, State, Mapping[Any, Any]]]:
    """Every type of every place, with what such a place begins with."""
    for service in machine.registry.loaded():
        if not services or service.name in services:
            for place, state in machine.states_of(service.name):
                fresh = service.fresh(place)
                for kind in service.resources:
                    yield place, kind, state, kind.collection(fresh)


def _thing(place: Place, kind: ResourceType, id_: str, item: Any, given: Mapping[Any, Any]) -> Thing:
    """A resource; what a place begins with, and no record has changed, is inferred: nobody told of it."""
    service, account, region = place
    tags = kind.tags(item) if kind.tags is not None else None
    arn = cast("object", kind.arn(item))
    return Thing(
        type=kind.type,
        id=id_,
        arn=arn if isinstance(arn, str) else "",
        service=service,
        account=account or _told(item, "account"),
        region=region or _told(item, "region"),
        tags=dict(tags) if isinstance(tags, Mapping) else {},  # UNSET where no record told
        parent=kind.parent(item) if kind.parent is not None else None,
        inferred=bool(_told(item, "implied_by")) or (id_ in given and given[id_] == item),
        item=item,
    )


def differing(
    before: Machine, after: Machine, services: tuple[str, ...] = ()
) -> tuple[list[Thing], list[Thing]]:
    """The resources that are not the same in two accounts, or two moments of one, as either has them. What neither
    fold has touched since a snapshot is not even read."""
    was: list[Thing] = []
    is_: list[Thing] = []
    for service in after.registry.loaded():
        if services and service.name not in services:
            continue
        old, new = (dict(machine.states_of(service.name)) for machine in (before, after))
        for place in {**old, **new}:
            fresh = service.fresh(place)
            for kind in service.resources:
                mine, theirs = _collection(kind, old.get(place)), _collection(kind, new.get(place))
                given = kind.collection(fresh)
                for id_ in _unequal(mine, theirs):
                    for found, kept in ((mine, was), (theirs, is_)):
                        if id_ in found:
                            kept.append(_thing(place, kind, str(id_), found[id_], given))
    return was, is_


def _collection(kind: ResourceType, state: State | None) -> Mapping[Any, Any]:
    return kind.collection(state) if state is not None else {}


def _unequal(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> list[Any]:
    if one == other:
        return []
    return [key for key in {**one, **other} if key not in one or key not in other or one[key] != other[key]]


def _told(item: object, name: str) -> str:
    value = getattr(item, name, "")
    return value if isinstance(value, str) else ""


def plain(item: object) -> Any:
    """A part of a State as dicts, lists and text."""
    # `states.plain` takes any part of a State as it takes the whole.
    return states.plain(cast("State", item))


def all_states(machine: Machine, services: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Every State that is not empty, with its place."""
    made: list[dict[str, Any]] = []
    for place in machine.places():
        service, account, region = place
        if service not in machine.registry.services or (services and service not in services):
            continue
        state = machine.state(place)
        if states.pack(state) != states.pack(machine.registry.services[service].fresh(place)):
            made.append({"service": service, "account": account, "region": region, "state": plain(state)})
    return made


async def made_by(store: SqliteStore, thing: Thing, at: datetime | None) -> Touch | None:
    """The record that created a resource, as of a moment: the last one before it, a certain one where there is one."""
    for name in dict.fromkeys(one for one in (thing.arn, thing.id) if one):
        touches = await store.index.touching(name, (Verb.CREATED,), limit=_MOST_CREATIONS)
        before = [touch for touch in touches if at is None or touch.time <= at]
        if before:
            return next((touch for touch in before if touch.certain), before[0])
    return None
