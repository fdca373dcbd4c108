"""The unknown: resources that a record implies and that nobody saw being made.

A trail begins in mid-life. What a record refers to and no record made is *inferred*: it stands in the state with
its id, every other member UNSET, and the id of the record that implied it. UNSET lets a rule pass in deciding and
is left out of answers. The create, when it comes, replaces it.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any, TypeVar

from backtrail.payload import UNSET, UnsetType
from backtrail.record import Event

K = TypeVar("K")
V = TypeVar("V")


def known(collection: MutableMapping[K, V], key: K, event: Event[Any, Any], make: Callable[[], V]) -> V:
    """What the collection holds under `key`, made by inference (and the event marked so) where it holds nothing."""
    found = collection.get(key)
    if found is None:
        found = collection[key] = make()
        event.implied.append(str(key))
    return found


def told(value: V | UnsetType, default: V) -> V:
    """A member's value, or what to take where no record told it."""
    return default if value is UNSET else value
