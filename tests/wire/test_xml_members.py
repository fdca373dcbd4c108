"""Writers that are made for one type's members, and of the times among them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from backtrail.payload import UNSET, Params, UnsetType
from backtrail.wire import times
from backtrail.wire.xml_members import Put, Slot, compiled


class Thing(Params):
    name: str | UnsetType = UNSET
    size: int | UnsetType = UNSET


def number(made: list[str]) -> Put:
    """A writer of numbers, which tells that it was made."""
    made.append("made")
    return lambda out, value: out.append(f"<n>{value}</n>")


def written(put: Put, value: Any) -> str:
    out: list[str] = []
    put(out, value)
    return "".join(out)


def test_only_what_is_there_is_written_and_its_writer_made_once() -> None:
    """A member that nobody had needs no writer; the first value makes it, and later ones use it."""
    made: list[str] = []
    put = compiled([
        Slot("name", ("<name>", "</name>"), lambda: number(made)), Slot("size", None, lambda: number(made)),
    ])  # fmt: skip
    assert (written(put, Thing()), made) == ("", [])
    assert (written(put, Thing(name="a")), made) == ("<name>a</name>", [])
    assert written(put, Thing(name="a", size=1)) == "<name>a</name><n>1</n>"
    assert written(put, Thing(size=0)) == "<n>0</n>"
    assert made == ["made"]
    assert written(compiled([]), Thing(name="a")) == ""


@pytest.mark.parametrize("tag", ['<a xmlns="http://x/{y}">', "<a b='%s'>", "<a\\n>", "<é>"])
def test_tags_are_written_as_they_are(tag: str) -> None:
    """Whatever a model says stands in the code as a literal: it is never code."""
    put = compiled([Slot("name", (tag, "</a>"), lambda: number([]))])
    assert written(put, Thing(name="x")) == f"{tag}x</a>"


def test_text_is_escaped() -> None:
    """What XML has no plain letter for is a reference."""
    put = compiled([Slot("name", ("<a>", "</a>"), lambda: number([]))])
    assert written(put, Thing(name='<&>"\r\x01\ud800')) == "<a>&lt;&amp;&gt;&quot;&#xd;&#x1;\ufffd</a>"


def test_an_attribute_is_a_name() -> None:
    """Nothing else gets into the code."""
    with pytest.raises(ValueError, match="no attribute"):
        compiled([Slot("name; import os", ("<a>", "</a>"), lambda: number([]))])


@pytest.mark.parametrize(
    ("moment", "plain", "millis"),
    [
        (datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "2024-01-02T03:04:05Z", "2024-01-02T03:04:05.000Z"),
        (datetime(2024, 1, 2, 3, 4, 5, 999, tzinfo=UTC), "2024-01-02T03:04:05Z", "2024-01-02T03:04:05.000Z"),
        (datetime(7, 1, 2, 3, 4, 5, 67_899, tzinfo=UTC), "0007-01-02T03:04:05.067Z", "0007-01-02T03:04:05.067Z"),
        (
            datetime(2024, 1, 2, 0, tzinfo=timezone(timedelta(hours=2))),
            "2024-01-01T22:00:00Z", "2024-01-01T22:00:00.000Z",
        ),
    ],
)  # fmt: skip
def test_times_are_utc_to_the_millisecond(moment: datetime, plain: str, millis: str) -> None:
    """ISO 8601, with milliseconds where there are any, or always; cut, not rounded; any year and zone."""
    assert (times.iso(moment), times.iso_millis(moment)) == (plain, millis)
