"""What leaves a record comes back: the sealed part and the note."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.blob import Blob
from backtrail.errors import PluginError
from backtrail.payload import (
    HIDDEN,
    UNSET,
    Kept,
    Masked,
    Named,
    Noted,
    Params,
    Removed,
    Sealed,
    Stars,
    UnsetType,
    field,
)
from backtrail.trail import codec, parts
from backtrail.trail.repair import fitted
from backtrail.trail.times import SpacedTime


class Leaf(Params):
    name: str
    secret: Sealed[str] | UnsetType = field(name="theSecret", default=UNSET)
    hidden: Masked[str] | UnsetType = UNSET
    starred: Stars[str] | UnsetType = UNSET
    kids: list[Leaf] | UnsetType = UNSET


class Whole(Params):
    shown: str
    data: Sealed[bytes] | UnsetType = UNSET
    body: Sealed[Blob] | UnsetType = UNSET
    map: Masked[dict[str, list[str]]] | UnsetType = UNSET
    script: Removed[str] | UnsetType = UNSET
    items: Named[dict[str, int]] | UnsetType = UNSET
    times: Noted[list[SpacedTime]] | UnsetType = UNSET
    policy: Kept[str] | UnsetType = UNSET
    leaf: Leaf | None = None
    leaves: list[Leaf] | UnsetType = UNSET
    named: dict[str, Leaf] | UnsetType = UNSET


class Plain(Params):
    name: str
    kids: list[Plain] | UnsetType = UNSET


class Foreign(Params):
    secret: Sealed[str]


texts = st.text(max_size=6)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.just(UNSET) | strategy


def leaves(depth: int) -> st.SearchStrategy[Leaf]:
    kids = st.lists(leaves(depth - 1), max_size=3) if depth else st.nothing()
    return st.builds(
        Leaf, name=texts, secret=maybe(texts), hidden=maybe(texts), starred=maybe(texts), kids=maybe(kids)
    )


blobs = st.builds(Blob, size=st.integers(0, 9), md5=texts, data=maybe(st.binary(max_size=9)))
times = st.integers(0, 7_000_000_000).map(SpacedTime.read)
wholes = st.builds(
    Whole,
    shown=texts,
    data=maybe(st.binary(max_size=9)),
    body=maybe(blobs),
    map=maybe(st.dictionaries(texts, st.lists(texts, max_size=2), max_size=2)),
    script=maybe(texts),
    items=maybe(st.dictionaries(texts, st.integers(-9, 9), max_size=2)),
    times=maybe(st.lists(times, max_size=2)),
    policy=maybe(texts),
    leaf=st.none() | leaves(1),
    leaves=maybe(st.lists(leaves(2), max_size=3)),
    named=maybe(st.dictionaries(texts, leaves(1), max_size=2)),
)


def through_json(tree: Any) -> Any:
    return None if tree is None else msgspec.json.decode(msgspec.json.encode(tree))


def read(public: Whole) -> Whole:
    """The record's way: written, parsed, bent where a marker stands for a map."""
    return codec.convert(fitted(msgspec.json.decode(codec.encode(public)), Whole), Whole)


@given(whole=wholes)
def test_what_was_split_joins_to_what_it_was(whole: Whole) -> None:
    """Whatever a payload holds, its record and the two trees, through JSON, give it back."""
    public, sealed, note = parts.split(whole)
    assert parts.join(read(public), through_json(sealed), through_json(note)) == whole


@given(whole=wholes)
def test_no_secret_stands_in_the_record(whole: Whole) -> None:
    """The public payload holds no marked member's value: only markers, key names and what is kept."""
    public, _, _ = parts.split(whole)

    def check(leaf: Leaf) -> None:
        assert leaf.secret is UNSET
        assert leaf.hidden in (UNSET, HIDDEN)
        assert leaf.starred in (UNSET, "****")
        for kid in leaf.kids or []:
            check(kid)

    assert (public.data, public.body, public.times) == (UNSET, UNSET, UNSET)
    assert public.map in (UNSET, HIDDEN)
    assert public.script in (UNSET, "<sensitiveDataRemoved>")
    assert public.items is UNSET or list(public.items) == list(whole.items or {})
    for leaf in [
        *([public.leaf] if public.leaf else []),
        *(public.leaves or []),
        *(public.named or {}).values(),
    ]:
        check(leaf)


def test_trees_are_sparse() -> None:
    """A tree names only what left: the third leaf of a list stands alone under its index."""
    whole = Whole(shown="x", leaves=[Leaf(name="a"), Leaf(name="b"), Leaf(name="c", secret="s")])
    _, sealed, note = parts.split(whole)
    assert sealed == {"leaves": {"2": {"theSecret": "s"}}}
    assert note is None


def test_foreign_record_joins_to_what_it_shows() -> None:
    """A record that came without parts has UNSET and markers where its secrets were."""
    raw = (
        b'{"shown":"x","map":"'
        + HIDDEN.encode()
        + b'","leaf":{"name":"n","hidden":"'
        + HIDDEN.encode()
        + b'"}}'
    )
    whole = codec.convert(fitted(msgspec.json.decode(raw), Whole), Whole)
    joined = parts.join(whole, None, None)
    assert joined.map is UNSET
    assert joined.leaf is not None
    assert joined.leaf.hidden == HIDDEN


def test_type_without_parts_costs_nothing() -> None:
    """A type in which nothing is marked compiles to None, however it recurs, and passes through untouched."""
    plain = Plain(name="a", kids=[Plain(name="b")])
    assert parts.compiled(Plain) is None
    assert parts.split(plain) == (plain, None, None)
    assert parts.join(plain, None, None) is plain


def test_unmarked_payload_is_passed_on_as_it_is() -> None:
    """A payload in which no marked member is set is not copied."""
    whole = Whole(shown="x", leaves=[Leaf(name="a")])
    assert parts.split(whole)[0] is whole


def test_hidden_member_needs_a_default() -> None:
    """A plugin that seals a required member is told which one: a foreign record never has it."""
    with pytest.raises(PluginError, match=r"Foreign\.secret"):
        parts.compiled(Foreign)
