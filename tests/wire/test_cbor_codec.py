"""CBOR by the RFC's own examples, by round trips, and against junk."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backtrail.wire.cbor_codec import CborError, decode, encode

# RFC 8949, Appendix A: what both directions share.
BOTH: list[tuple[str, Any]] = [
    ("00", 0),
    ("17", 23),
    ("1818", 24),
    ("1864", 100),
    ("1903e8", 1000),
    ("1a000f4240", 1000000),
    ("1b000000e8d4a51000", 1000000000000),
    ("1bffffffffffffffff", 18446744073709551615),
    ("c249010000000000000000", 18446744073709551616),
    ("3bffffffffffffffff", -18446744073709551616),
    ("c349010000000000000000", -18446744073709551617),
    ("20", -1),
    ("3903e7", -1000),
    ("fb3ff199999999999a", 1.1),
    ("fb7e37e43c8800759c", 1.0e300),
    ("f4", False),
    ("f5", True),
    ("f6", None),
    ("c11a514b67b0", datetime(2013, 3, 21, 20, 4, tzinfo=UTC)),
    ("c1fb41d452d9ec200000", datetime(2013, 3, 21, 20, 4, 0, 500000, tzinfo=UTC)),
    ("40", b""),
    ("4401020304", b"\x01\x02\x03\x04"),
    ("60", ""),
    ("6449455446", "IETF"),
    ("62225c", '"\\'),
    ("63e6b0b4", "水"),
    ("64f0908591", "𐅑"),
    ("80", []),
    ("83010203", [1, 2, 3]),
    ("8301820203820405", [1, [2, 3], [4, 5]]),
    ("98190102030405060708090a0b0c0d0e0f101112131415161718181819", list(range(1, 26))),
    ("a0", {}),
    ("a26161016162820203", {"a": 1, "b": [2, 3]}),
    ("a56161614161626142616361436164614461656145", {"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"}),
]
READ: list[tuple[str, Any]] = [
    ("f90000", 0.0),
    ("f93c00", 1.0),
    ("f97bff", 65504.0),
    ("fa47c35000", 100000.0),
    ("f97c00", math.inf),
    ("f9fc00", -math.inf),
    ("f7", None),
    ("5f42010243030405ff", b"\x01\x02\x03\x04\x05"),
    ("7f657374726561646d696e67ff", "streaming"),
    ("9fff", []),
    ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
    ("83018202039f0405ff", [1, [2, 3], [4, 5]]),
    ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
    ("bf6346756ef563416d7421ff", {"Fun": True, "Amt": -2}),
]
JUNK = [
    "",  # nothing
    "18",  # a length without its byte
    "1c",  # reserved additional information
    "6161ff",  # more than one item
    "ff",  # a break outside
    "81ff",  # a break as an item
    "a1ff01",  # a break as a key
    "a10101",  # a key that is no text
    "62c328",  # text that is not UTF-8
    "9bffffffffffffffff",  # an array longer than all bytes there are
    "bb7fffffffffffffff",  # a map of the same kind
    "5bffffffffffffffff00",  # bytes of the same kind
    "7f4161ff",  # a chunk of another type
    "7f7f6161ffff",  # a chunk in a chunk
    "c074323031332d30332d32315432303a30343a30305a",  # a tag that the protocol has not
    "c1fb7ff0000000000000",  # a time at infinity
    "c16161",  # a time that is text
    "f818",  # a simple value
    "81" * 200 + "01",  # too deep
    "bf6161" * 200 + "01",
]
TREES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 80), 1 << 80)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
    | st.datetimes(min_value=datetime(1, 1, 2), timezones=st.just(UTC)).map(  # noqa: DTZ001
        lambda moment: moment.replace(microsecond=0)
    ),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@pytest.mark.parametrize(("data", "value"), BOTH)
def test_the_rfcs_examples_both_ways(data: str, value: Any) -> None:
    """Each example of the RFC is read, and written in the same bytes."""
    assert decode(bytes.fromhex(data)) == value
    assert encode(value).hex() == data


@pytest.mark.parametrize(("data", "value"), READ)
def test_the_rfcs_other_forms_are_read(data: str, value: Any) -> None:
    """Short floats, indefinite lengths and `undefined` are read."""
    assert decode(bytes.fromhex(data)) == value


def test_not_a_number_is_read_and_written() -> None:
    """NaN, which equals nothing."""
    assert math.isnan(decode(bytes.fromhex("f97e00"))) and math.isnan(decode(encode(math.nan)))


@pytest.mark.parametrize("data", JUNK)
def test_what_is_not_cbor_is_refused(data: str) -> None:
    """Each kind of wrong bytes is a `CborError`, and quick."""
    with pytest.raises(CborError):
        decode(bytes.fromhex(data))


@given(TREES)
@settings(deadline=None)
def test_whatever_is_written_is_read(tree: Any) -> None:
    """Any tree survives the round trip."""
    assert decode(encode(tree)) == tree


@given(st.binary(max_size=200))
@example(b"\xc1\xfb\x7e\x37\xe4\x3c\x88\x00\x75\x9c")
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Nothing but a `CborError` comes of any bytes."""
    try:
        decode(data)
    except CborError:
        return


def test_times_of_a_style_of_their_own_are_written() -> None:
    """A subclass of datetime is a time."""

    class Styled(datetime):
        pass

    moment = Styled(2024, 1, 1, tzinfo=UTC)
    assert decode(encode(moment)) == moment
    assert decode(encode(moment + timedelta(milliseconds=5))) == moment + timedelta(milliseconds=5)


def test_what_has_no_form_is_refused() -> None:
    """A set is not CBOR."""
    with pytest.raises(TypeError):
        encode({1})
