"""Pages and their tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.paging import BadToken, decode_token, page
from backtrail.sorted_map import SortedMap


@given(st.dictionaries(st.text(min_size=1), st.integers()), st.integers(1, 5))
def test_pages_together_are_the_whole(items: dict[str, int], limit: int) -> None:
    """Following the tokens gives every value once, in key order."""
    sorted_items = SortedMap(items)
    found: list[int] = []
    token: str | None = None
    while True:
        one = page(sorted_items, token, limit)
        found += one.items
        assert len(one.items) <= limit
        token = one.next
        if token is None:
            break

    assert found == [items[key] for key in sorted(items)]


@pytest.mark.parametrize("token", ["?", "%%%", "a", "é", "////"])
def test_a_token_that_was_never_given_is_bad(token: str) -> None:
    """What is no token is not taken for the empty key."""
    with pytest.raises(BadToken):
        decode_token(token)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2000)), max_size=300))
def test_a_sorted_map_is_a_dict_in_order(steps: list[tuple[bool, int]]) -> None:
    """After any inserts and deletes the map holds what a dict would, in key order, from any start."""
    ours: SortedMap[int, int] = SortedMap()
    plain: dict[int, int] = {}
    for put, key in steps:
        if put:
            ours[key] = plain[key] = key * 2
        else:
            assert ours.pop(key, None) == plain.pop(key, None)

    assert list(ours.items()) == sorted(plain.items())
    assert list(ours.keys_from(1000)) == sorted(key for key in plain if key >= 1000)
    assert ours.first() == (min(plain) if plain else None)
