"""What a list tells of: each thing that is not known yet folds as its making would have, with what the list shows.

For a service's `@service.observed` (`backtrail.observing`): a list's items have the members of what makes them, under
the same names, so their making's own projector can read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, UnsetType

from backtrail import ids
from backtrail.record import Event
from backtrail.service import Service
from backtrail.trail import codec

T = TypeVar("T")


def fold(
    service: Service[Any],
    state: Any,
    event: Event[Any, Any],
    action: str,
    items: Iterable[T] | UnsetType,
    held: Mapping[str, Any],
    key: Callable[[T], str | UnsetType],
    more: Callable[[T], Mapping[str, Any]] = lambda item: {},
) -> None:
    """Fold the items that are not `held` by their key, or only inferred, as `action` would have made them; `more` says
    members that the list calls otherwise. The event's time is when they were seen, which is all that is known of when
    they were made where the item does not tell."""
    makers = [
        one for one in service.projectors.get((service.name, action), ()) if one.service == service.name
    ]
    for number, item in enumerate(() if isinstance(items, UnsetType) else items):
        name = key(item)
        if isinstance(name, UnsetType) or _is_known(held, name):
            continue
        told = more(item)
        for maker in makers:
            maker.fn(
                state,
                Event(
                    id=ids.new_id(event.id, "uuid", f"{action} {number}"), time=event.time, source=event.source,
                    name=action, account=event.account, region=event.region, params=_built(maker.params, item, told),
                    result=None if maker.result is type(None) else _built(maker.result, item, told),
                ),
            )  # fmt: skip


_MADE = ("made", "created", "created_us", "created_ms")


def _is_known(held: Mapping[str, Any], name: str) -> bool:
    """Whether something stands there that more is known of than that it is there."""
    found: Any = held.get(name)
    if found is None or bool(getattr(found, "implied_by", "")):
        return False
    times: list[object] = [getattr(found, one) for one in _MADE if hasattr(found, one)]
    return not times or any(one is not UNSET for one in times)


def _built(kind: Any, item: Any, more: Mapping[str, Any]) -> Any:
    """A payload with an item's members of the same names, and the item itself where there is a place for it."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        plain = _plain(field.type)
        value = more.get(field.name, getattr(item, field.name, UNSET))
        if value is UNSET and plain is type(item):
            value = item
        if value is not UNSET and not _is_ready(value, plain):
            value = _converted(value, field.type)
        if value is not UNSET or field.required:
            found[field.name] = value
    return kind(**found)


def _is_ready(value: Any, kind: Any) -> bool:
    return type(value) is kind or not isinstance(value, msgspec.Struct | list | dict)


def _converted(value: Any, kind: Any) -> Any:
    """A value as another type of the same form; UNSET where it has none."""
    try:
        return codec.convert(codec.builtins(value), kind)
    except msgspec.ValidationError:
        return UNSET


def _plain(kind: Any) -> Any:
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        arms = [arm for arm in get_args(kind) if arm not in (UnsetType, type(None))]
        return _plain(arms[0]) if len(arms) == 1 else kind
    return kind
