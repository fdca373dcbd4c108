"""States to bytes and back, and what of them is read when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail import SortedMap, State, states
from backtrail.plugins import Registry, installed_registry
from backtrail.sorted_map import Unread
from backtrail.trail.times import IsoMillisZ
from backtrail.worth import alone

NOON = IsoMillisZ.of(datetime(2024, 1, 1, 12, tzinfo=UTC))


class Leaf(State):
    """Something with a time."""

    name: str
    made: IsoMillisZ = NOON


class Branch(State):
    """A map within a map."""

    leaves: SortedMap[str, Leaf] = msgspec.field(default_factory=lambda: SortedMap[str, Leaf]())
    numbers: SortedMap[int, str] = msgspec.field(default_factory=lambda: SortedMap[int, str]())


class Tree(State):
    """A State as services have them."""

    branches: SortedMap[str, Branch] = msgspec.field(default_factory=lambda: SortedMap[str, Branch]())
    count: int = 0


def is_unread(found: object) -> bool:
    """Whether a map is still bytes."""
    return isinstance(found, Unread)


TREES = st.dictionaries(
    st.text(),
    st.tuples(
        st.dictionaries(st.text(), st.text(), max_size=5),
        st.dictionaries(st.integers(0, 99), st.text(), max_size=5),
    ),
    max_size=5,
)


def tree(told: dict[str, tuple[dict[str, str], dict[int, str]]]) -> Tree:
    """A tree of names."""
    branches = {
        name: Branch(
            leaves=SortedMap({key: Leaf(name=one) for key, one in leaves.items()}), numbers=SortedMap(numbers)
        )
        for name, (leaves, numbers) in told.items()
    }
    return Tree(branches=SortedMap(branches), count=len(branches))


@given(TREES)
def test_a_kept_state_is_the_state(told: dict[str, tuple[dict[str, str], dict[int, str]]]) -> None:
    """What `keep` wrote is the same State, byte by byte, whether nobody looked into it or everybody did."""
    state = tree(told)
    kept = states.keep(state)

    assert states.keep(states.unpack(kept, Tree)) == kept
    read = states.unpack(kept, Tree)
    assert states.pack(read) == states.pack(state) == states.pack(states.unpack(states.pack(state), Tree))
    assert read == state
    assert states.keep(read) == kept


def test_only_what_is_looked_into_is_read() -> None:
    """A map stays bytes until somebody looks into it, and those within it stay bytes then."""
    state = states.unpack(states.keep(tree({"a": ({"x": "1"}, {}), "b": ({"y": "2"}, {})})), Tree)

    assert is_unread(state.branches)
    branch = state.branches["a"]
    assert not is_unread(state.branches)
    assert is_unread(branch.leaves)
    branch.leaves["z"] = Leaf(name="3")
    assert list(branch.leaves) == ["x", "z"]
    assert not is_unread(branch.leaves)
    assert is_unread(state.branches["b"].leaves)
    assert branch.leaves["x"] == Leaf(name="1")


def test_equal_bytes_are_equal_without_reading() -> None:
    """Two maps of equal bytes are equal as they are; of others the content decides."""
    kept = states.keep(tree({"a": ({"x": "1"}, {})}))
    one, other = states.unpack(kept, Tree).branches, states.unpack(kept, Tree).branches

    assert one == other
    assert is_unread(one) and is_unread(other)
    assert one != states.unpack(states.keep(tree({"a": ({"x": "2"}, {})})), Tree).branches
    assert states.unpack(kept, Tree).branches == tree({"a": ({"x": "1"}, {})}).branches


def test_an_unread_map_has_no_other_members() -> None:
    """What a map has not is missed as ever, and nothing is read for it."""
    unread: Any = states.unpack(states.keep(tree({"a": ({}, {})})), Tree).branches

    with pytest.raises(AttributeError, match="leaves"):
        _ = unread.leaves
    assert is_unread(unread)


@pytest.fixture(scope="module")
def registry() -> Registry:
    """The plugins that come with the project."""
    return installed_registry()


def test_who_is_asked_for_alone_needs_his_own_records(registry: Registry) -> None:
    """A fold of one service may leave out what none of its functions folds."""
    worth = alone(registry, ("s3",))

    assert worth is not None
    assert worth("s3.amazonaws.com", "PutObject")
    assert not worth("s3.amazonaws.com", "ListObjects")
    assert not worth("iam.amazonaws.com", "CreateRole")
    assert not worth("nobody.example.com", "PutObject")


def test_who_keeps_principals_needs_every_record(registry: Registry) -> None:
    """IAM hears of each caller, whatever he called."""
    assert alone(registry, ("s3", "iam")) is None
