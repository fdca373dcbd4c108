"""Records that do not decode as they stand are bent to fit."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.payload import HIDDEN, UNSET, Masked, Params, UnsetType, field
from backtrail.trail import parts
from backtrail.trail.codec import builtins, convert
from backtrail.trail.forms import reader
from backtrail.trail.repair import bend, fitted, restored
from backtrail.trail.times import SpacedTime


class Tag(Params):
    key: str
    value: str | UnsetType = UNSET


class Thing(Params):
    name: str
    tags: list[Tag] | UnsetType = UNSET
    names: list[str] | UnsetType = UNSET
    size: int | UnsetType = UNSET
    on: bool | UnsetType = UNSET
    labels: dict[str, str] | UnsetType = UNSET
    inner: Thing | UnsetType = UNSET
    made: SpacedTime | UnsetType = UNSET
    arn: str | UnsetType = field(name="aRN", default=UNSET)
    map: Masked[dict[str, str]] | UnsetType = UNSET
    maybe: str | None = None


TAG = Tag(key="k", value="v")
BENT: list[tuple[dict[str, Any], Thing]] = [
    ({"name": True}, Thing(name="true")),
    ({"name": 12}, Thing(name="12")),
    ({"name": ["x"]}, Thing(name="x")),
    ({"name": {"tag": 1, "content": "x"}}, Thing(name="x")),
    ({"name": {}}, Thing(name="")),
    ({"name": "x", "tags": {"key": "k", "value": "v"}}, Thing(name="x", tags=[TAG])),
    ({"name": "x", "tags": {"items": [{"key": "k", "value": "v"}]}}, Thing(name="x", tags=[TAG])),
    ({"name": "x", "tags": {"item": {"key": "k", "value": "v"}}}, Thing(name="x", tags=[TAG])),
    ({"name": "x", "tags": ""}, Thing(name="x", tags=[])),
    ({"name": "x", "tags": {}}, Thing(name="x", tags=[])),
    ({"name": "x", "tags": [{"key": "k", "value": 5}]}, Thing(name="x", tags=[Tag(key="k", value="5")])),
    ({"name": "x", "names": "one"}, Thing(name="x", names=["one"])),
    ({"name": "x", "names": [{"tag": 1, "content": 7}]}, Thing(name="x", names=["7"])),
    ({"name": "x", "size": "5", "on": "TRUE"}, Thing(name="x", size=5, on=True)),
    ({"name": "x", "size": "", "on": ""}, Thing(name="x")),
    ({"name": "x", "size": None}, Thing(name="x")),
    ({"name": "x", "labels": {"Keeps": False}}, Thing(name="x", labels={"Keeps": "false"})),
    ({"name": "x", "labels": ""}, Thing(name="x", labels={})),
    ({"name": "x", "inner": {"name": 1}}, Thing(name="x", inner=Thing(name="1"))),
    ({"name": "x", "made": "Jul 10, 2023, 12:09:47 PM"}, Thing(name="x", made=SpacedTime.read(1688990987))),
    ({"name": "x", "ARN": "a"}, Thing(name="x", arn="a")),
    ({"name": "x", "arn": "no", "aRN": "a"}, Thing(name="x", arn="a")),
    ({"name": "x", "map": HIDDEN}, Thing(name="x")),
    ({"name": "x", "map": ["names"]}, Thing(name="x")),
    ({"name": "x", "maybe": None}, Thing(name="x")),
    ({"name": "x", "nobody": {"knows": 1}}, Thing(name="x")),
]


@pytest.mark.parametrize(("parsed", "thing"), BENT)
def test_odd_shapes_fit(parsed: dict[str, Any], thing: Thing) -> None:
    """Whatever stands for a value in some real record reads as that value."""
    assert convert(fitted(parsed, Thing), Thing) == thing


@pytest.mark.parametrize("style", ["Jul 10, 2023, 12:09:47 PM", "2023-07-10T12:09:47Z", 1688990987])
def test_times_are_read_in_any_style(style: str | int) -> None:
    """A time of another style needs no bending."""
    assert convert({"name": "x", "made": style}, Thing).made == SpacedTime.read("Jul 10, 2023 12:09:47 PM")


def test_reader_takes_the_straight_way_first() -> None:
    """A record that fits is not bent; one that does not is."""
    read = reader(Thing)
    assert read(b'{"name":"x","tags":[]}') == Thing(name="x", tags=[])
    assert read(b'{"name":7,"tags":""}') == Thing(name="7", tags=[])


jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "tags", "items", "item", "names", "inner", "map", "key", "content", "tag"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(parsed=jsons)
def test_bending_never_raises(parsed: Any) -> None:
    """Any JSON at all can be bent; whether it then decodes is the type's to say."""
    bend(Thing)(parsed)


def test_public_payload_is_restored_with_its_markers() -> None:
    """A payload as its record shows it, kept in a note, comes back although a marker stands for a map."""
    public, _, _ = parts.split(Thing(name="x", map={"a": "b"}))
    assert restored(builtins(public), Thing) == Thing(name="x")
