"""Metric math: expressions, functions, searches, labels, pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backtrail.testing import EPOCH, Scenario
from backtrail.trail.times import CommaTime
from backtrail_aws.cloudwatch.api import GetMetricData, Metric, MetricDataQuery, MetricStat
from backtrail_aws.cloudwatch.expressions import Wrong, parsed

from .shop import ask, put, scenario

MINUTES = [EPOCH + timedelta(minutes=minute) for minute in range(6)]


@pytest.fixture
def shop() -> Scenario:
    """`a` is 1, 2, 4 in the first three minutes and 8 in the fifth; `b` is 10 in the second and the fifth."""
    one = scenario()
    one.now = EPOCH + timedelta(minutes=6)
    for minute, value in ((0, 1.0), (1, 2.0), (2, 4.0), (4, 8.0)):
        one.given(put(value, name="a", at=MINUTES[minute]))
    for minute in (1, 4):
        one.given(put(10.0, name="b", at=MINUTES[minute]))
    return one


def metric(id: str, *, shown: bool = False, stat: str = "Sum") -> MetricDataQuery:
    """A metric, a minute's sum."""
    held = Metric(namespace="N", metric_name=id)
    return MetricDataQuery(
        id=id, metric_stat=MetricStat(metric=held, period=60, stat=stat), return_data=shown
    )


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("a", [1, 2, 4, 8]), ("a + b", [12, 18]), ("a * 2 - 1", [1, 3, 7, 15]), ("2 ^ a / 2", [1, 2, 8, 128]),
        ("-a", [-1, -2, -4, -8]), ("a / 0", []), ("a > 2", [0, 0, 1, 1]), ("a > 1 AND a < 8", [0, 1, 1, 0]),
        ("a == 1 || a == 8", [1, 0, 0, 1]), ("SUM(a) * a", [15, 30, 60, 120]), ("SUM([a, b])", [1, 12, 4, 18]),
        ("MAX(METRICS())", [1, 10, 4, 10]), ("AVG(METRICS('b'))", [10, 10]), ("MIN([a, b, a])", [1, 2, 4, 8]),
        ("a / DATAPOINT_COUNT(a)", [0.25, 0.5, 1, 2]), ("STDDEV([a, b])", [0, 4, 0, 1]), ("ABS(-a)", [1, 2, 4, 8]),
        ("CEIL(a / 4)", [1, 1, 1, 2]), ("FLOOR(a / 4)", [0, 0, 1, 2]), ("LOG10(a * 10) - LOG10(a)", [1, 1, 1, 1]),
        ("DIFF(a)", [1, 2, 4]), ("DIFF_TIME(a)", [60, 60, 120]), ("RATE(a) * 60", [1, 2, 2]),
        ("RUNNING_SUM(a)", [1, 3, 7, 15]), ("IF(a > 2, 1, 0)", [0, 0, 1, 1]), ("IF(a > 2, a)", [4, 8]),
        ("IF(a, b)", [10, 10]), ("a + FIRST(a) + LAST(a)", [10, 11, 13, 17]), ("PERIOD(a) * a", [60, 120, 240, 480]),
        ("a + METRIC_COUNT(METRICS())", [3, 4, 6, 10]), ("MINUTE(a)", [0, 1, 2, 4]), ("HOUR(a) + DAY(a)", [1, 1, 1, 1]),
        ("YEAR(a) - MONTH(a) - DATE(a)", [2022] * 4), ("EPOCH(a) - EPOCH(a)", [0, 0, 0, 0]),
        ("SLICE(SORT([a, b], SUM, DESC), 0)", [10, 10]), ("SUM(REMOVE_EMPTY([a, b]))", [1, 12, 4, 18]),
        ("LAST(SORT([a, b], AVG, DESC, 1))", [10, 10]),
    ],
)  # fmt: skip
def test_expressions(shop: Scenario, expression: str, values: list[float]) -> None:
    """Each over the two metrics."""
    given = ask(shop, metric("a"), metric("b"), MetricDataQuery(id="e", expression=expression), minutes=7)
    assert given == {"e": pytest.approx(values)}


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("FILL(a, 0)", [0, 1, 2, 4, 0, 8, 0, 0, 0]), ("FILL(a, REPEAT)", [1, 2, 4, 4, 8, 8, 8, 8]),
        ("FILL(a, LINEAR)", [1, 2, 4, 6, 8]), ("TIME_SERIES(3)", [3] * 9), ("5 + 1", [6] * 9),
        ("FILL(b, a)", [1, 10, 4, 10]),
    ],
)  # fmt: skip
def test_what_fills_the_grid(shop: Scenario, expression: str, values: list[float]) -> None:
    """Periods without data get a value too."""
    given = ask(shop, metric("a"), metric("b"), MetricDataQuery(id="e", expression=expression), minutes=8)
    assert given["e"] == values


@pytest.mark.parametrize(
    "expression",
    [
        "a +", "a b", "(a", "[a", "c", "NOSUCH(a)", "SUM(a) / 0", "[a] + [b]", "FILL(a)", "IF(a)", "'x'",
        "TIME_SERIES(a)",
        "SORT([a])", "a $ b", "1..2.", "SLICE([a])", "SEARCH('x')",
    ],
)  # fmt: skip
def test_what_is_no_expression(shop: Scenario, expression: str) -> None:
    """Each is refused as AWS does."""
    asked = [metric("a"), metric("b"), MetricDataQuery(id="e", expression=expression)]
    shop.when(
        GetMetricData(metric_data_queries=asked, start_time=CommaTime.of(EPOCH), end_time=CommaTime.of(MINUTES[5]))
    ).refused("ValidationError")  # fmt: skip


@pytest.mark.parametrize(
    "text", ["ANOMALY_DETECTION_BAND(a)", "SELECT AVG(x) FROM N", "SEARCH('a OR b', 'Sum')"]
)
def test_what_is_not_here_says_so(shop: Scenario, text: str) -> None:
    """Our gaps are 501s that name them."""
    asked = [metric("a"), MetricDataQuery(id="e", expression=text)]
    shop.when(
        GetMetricData(metric_data_queries=asked, start_time=CommaTime.of(EPOCH), end_time=CommaTime.of(MINUTES[5]))
    ).refused("NotImplemented")  # fmt: skip


def test_depth_is_bounded() -> None:
    """A thousand parentheses are refused, a thousand terms are not."""
    with pytest.raises(Wrong):
        parsed("(" * 1000 + "1" + ")" * 1000)
    assert parsed("+".join(["1"] * 300))


def test_searches_find_series(shop: Scenario) -> None:
    """By namespace, dimensions, and words; each series is a result of its own, with its own label."""
    asked = MetricDataQuery(id="e", expression="SEARCH('{N} MetricName=\"a\"', 'Sum', 60)")
    total = MetricDataQuery(id="t", expression="SUM(SEARCH('{N}', 'Sum', 60))")
    given = ask(shop, asked, total, minutes=7)
    assert given == {"e": [1, 2, 4, 8], "t": [1, 12, 4, 18]}
    assert [result.label for result in shop.answer.metric_data_results] == ["a", "t"]


def test_labels_have_dynamic_parts(shop: Scenario) -> None:
    """Figures and properties stand in labels as they are asked for."""
    held = metric("a", shown=True)
    label = "${LABEL} max ${MAX} of ${DATAPOINT_COUNT} by ${PROP('Stat')} in ${PROP('Region')} ${NONE}"
    asked = MetricDataQuery(id="a", metric_stat=held.metric_stat, label=label)
    ask(shop, asked, minutes=7)
    (result,) = shop.answer.metric_data_results
    assert result.label == "a max 8 of 4 by Sum in us-east-1 ${NONE}"


def test_pages_end_after_so_many_values(shop: Scenario) -> None:
    """Three values a page: what is cut says so; the newest come first."""
    asked = [metric("a", shown=True), metric("b", shown=True)]

    def page(token: str | None) -> list[tuple[str, str, list[float]]]:
        more: dict[str, Any] = {"next_token": token} if token else {}
        shop.when(
            GetMetricData(
                metric_data_queries=asked, start_time=CommaTime.of(EPOCH), end_time=CommaTime.of(MINUTES[5]),
                max_datapoints=3, **more,
            )
        )  # fmt: skip
        return [(one.id, one.status_code, one.values) for one in shop.answer.metric_data_results]

    assert page(None) == [("a", "PartialData", [8, 4, 2])]
    assert page(shop.answer.next_token) == [("a", "Complete", [1]), ("b", "Complete", [10, 10])]
    assert not isinstance(shop.answer.next_token, str)
    shop.when(
        GetMetricData(
            metric_data_queries=asked, start_time=CommaTime.of(EPOCH), end_time=CommaTime.of(MINUTES[5]),
            next_token="what?",
        )
    ).refused("InvalidNextToken")  # fmt: skip
