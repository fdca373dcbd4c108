"""A mapping that stays sorted by key: O(log n) look-ups and inserts, walks that start anywhere.

Keys lie in blocks of at most `_BLOCK`, so an insert moves a few hundred pointers however large the map is (the
idea of the `sortedcontainers` package, which has had no release since 2021 and does not know msgspec).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, TypeVar, cast, overload

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

_BLOCK = 512


class SortedMap(MutableMapping[K, V]):
    """Keys of one comparable type, in order. In a State it is written as a map, so it survives snapshots."""

    __slots__ = ("_blocks", "_heads", "_unread", "_values")

    def __init__(self, items: dict[K, V] | None = None) -> None:
        self._values: dict[K, V] = dict(items) if items else {}
        keys: list[Any] = sorted(self._values)
        self._blocks: list[list[Any]] = [keys[i : i + _BLOCK] for i in range(0, len(keys), _BLOCK)]
        self._heads: list[Any] = [block[0] for block in self._blocks]

    def __getitem__(self, key: K) -> V:
        return self._values[key]

    @overload
    def get(self, key: K, /) -> V | None: ...
    @overload
    def get(self, key: K, /, default: V | T) -> V | T: ...
    def get(self, key: K, default: V | T | None = None) -> V | T | None:
        """As a dict has it: the mixin's goes through an exception."""
        return self._values.get(key, default)

    def __setitem__(self, key: K, value: V) -> None:
        if key not in self._values:
            self._insert(key)
        self._values[key] = value

    def __delitem__(self, key: K) -> None:
        del self._values[key]
        index = self._block_of(key)
        block = self._blocks[index]
        del block[bisect_left(block, key)]
        if not block:
            del self._blocks[index], self._heads[index]
        else:
            self._heads[index] = block[0]

    def __iter__(self) -> Iterator[K]:
        for block in self._blocks:
            yield from block

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SortedMap):
            other = cast("SortedMap[K, V]", other)._values
        return self._values == other

    def __repr__(self) -> str:
        return f"SortedMap({dict(self.items())!r})"

    __hash__ = None  # type: ignore[assignment]

    def keys_from(self, start: K, *, after: bool = False) -> Iterator[K]:
        """Keys from `start` on, in order; with `after`, without `start` itself."""
        if not self._blocks:
            return
        index = self._block_of(start)
        find = bisect_right if after else bisect_left
        yield from self._blocks[index][find(self._blocks[index], start) :]
        for later in range(index + 1, len(self._blocks)):
            yield from self._blocks[later]

    def items_from(self, start: K, *, after: bool = False) -> Iterator[tuple[K, V]]:
        for key in self.keys_from(start, after=after):
            yield key, self._values[key]

    def keys_before(self, start: K) -> Iterator[K]:
        """Keys below `start`, in falling order."""
        if not self._blocks:
            return
        index = self._block_of(start)
        yield from reversed(self._blocks[index][: bisect_left(self._blocks[index], start)])
        for earlier in range(index - 1, -1, -1):
            yield from reversed(self._blocks[earlier])

    def rank(self, key: K) -> int:
        """How many keys lie below `key`, in O(log n) near either end and O(n / 512) in the middle."""
        if not self._blocks:
            return 0
        index = self._block_of(key)
        within = bisect_left(self._blocks[index], key)
        if index * 2 <= len(self._blocks):
            return sum(map(len, self._blocks[:index])) + within
        return len(self._values) - sum(map(len, self._blocks[index:])) + within

    def first(self) -> K | None:
        """The least key, in O(1)."""
        return self._heads[0] if self._heads else None

    def last(self) -> K | None:
        return self._blocks[-1][-1] if self._blocks else None

    def plain(self) -> dict[K, V]:
        """As an ordinary dict, in order."""
        return {key: self._values[key] for key in self}

    def _block_of(self, key: K) -> int:
        return max(bisect_right(self._heads, key) - 1, 0)

    def _insert(self, key: Any) -> None:
        if not self._blocks:
            self._blocks.append([key])
            self._heads.append(key)
            return
        index = self._block_of(key)
        block = self._blocks[index]
        insort(block, key)
        self._heads[index] = block[0]
        if len(block) > _BLOCK:
            half = len(block) // 2
            self._blocks[index : index + 1] = [block[:half], block[half:]]
            self._heads[index : index + 1] = [block[0], block[half]]


class Unread(SortedMap[K, V]):
    """A map that is still the bytes of a snapshot, read when it is first looked into.

    From then on it is a `SortedMap` like any other, down to its class: what is in memory already pays nothing for it.
    """

    __slots__ = ()

    def __init__(self, data: bytes, read: Callable[[bytes], dict[K, V]]) -> None:
        self._unread = (data, read)

    @property
    def data(self) -> bytes:
        """The bytes that it would be read from."""
        data: bytes = self._unread[0]
        return data

    def __getattr__(self, name: str) -> Any:
        if name not in ("_values", "_blocks", "_heads"):
            raise AttributeError(name)
        data, read = self._unread
        whole: SortedMap[K, V] = SortedMap(read(data))
        self.__class__ = SortedMap  # type: ignore[assignment]
        del self._unread
        self._values, self._blocks, self._heads = whole._values, whole._blocks, whole._heads
        return getattr(self, name)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Unread) and self.data == cast("Unread[K, V]", other).data:
            return True
        return super().__eq__(cast("object", other))

    __hash__ = None
