"""Points: what values come to, and what is told of them."""

from __future__ import annotations

import pytest

from backtrail_aws.cloudwatch.points import (
    is_extended,
    is_statistic,
    merged,
    of_set,
    of_values,
    statistic,
)

HUNDRED = of_values((float(value), 1.0) for value in range(1, 101))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SampleCount", 100.0), ("Sum", 5050.0), ("Average", 50.5), ("Minimum", 1.0), ("Maximum", 100.0),
        ("p0", 1.0), ("p50", 50.5), ("p100", 100.0), ("tm90", 45.5), ("TM(10%:90%)", 50.5), ("ts90", 4095.0),
        ("tc90", 90.0), ("wm90", 49.95), ("TM(50:60)", 55.5), ("TC(:10)", 10.0), ("TS(90:)", 955.0),
        ("PR(:25)", 25.0), ("IQM", 50.5), ("WM(10:90)", 50.4),
    ],
)  # fmt: skip
def test_statistics(name: str, value: float) -> None:
    """Each statistic of the numbers from 1 to 100."""
    assert statistic(HUNDRED, name) == pytest.approx(value)


def test_what_is_no_statistic() -> None:
    """Names that AWS does not know are none."""
    assert not any(is_statistic(name) for name in ("average", "p101", "tm", "PR(:)", "TM(1", "p", ""))
    assert is_extended("p99.9") and not is_extended("Sum")


def test_statistic_sets_have_no_percentiles() -> None:
    """Of a set the values are unknown, unless they are all alike."""
    unknown, alike = of_set(4, 10, 1, 4), of_set(3, 6, 2, 2)
    assert statistic(unknown, "p50") is None
    assert statistic(unknown, "Average") == 2.5
    assert statistic(alike, "p50") == 2.0
    assert statistic(merged([alike, of_values([(5.0, 1.0)])]), "p100") == 5.0
    assert statistic(merged([alike, unknown]), "p50") is None


def test_many_values_are_kept_roughly() -> None:
    """More than 150 different values are kept to about one in a hundred; sums and bounds stay exact."""
    many = merged([of_values([(float(value), 2.0)]) for value in range(1, 1001)])
    assert many.values is not None and len(many.values) < 400
    assert (many.count, many.sum, many.low, many.high) == (2000.0, 1_001_000.0, 1.0, 1000.0)
    for part in (10, 50, 99):
        assert statistic(many, f"p{part}") == pytest.approx(part * 10, rel=0.02)
    assert of_values([(0.0, 1.0), *((float(-value), 1.0) for value in range(1, 200))]).low == -199.0
