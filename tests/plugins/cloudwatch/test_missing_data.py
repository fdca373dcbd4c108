"""The tables of "Configuring how CloudWatch alarms treat missing data", line by line.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backtrail_aws.cloudwatch.api import PutMetricAlarm
from backtrail_aws.cloudwatch.judging import Reading, Terms, judge

TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
KEPT = "kept"
THREE_OF_THREE = [
    ("0-X-X", ("OK", "OK", "OK", "OK")),
    ("----0", ("OK", "OK", "OK", "OK")),
    ("-----", ("INSUFFICIENT_DATA", KEPT, "ALARM", "OK")),
    ("0XX-X", ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("--X--", ("ALARM", KEPT, "ALARM", "OK")),
    ("----X", (KEPT, KEPT, "ALARM", "OK")),
    ("---X-", (KEPT, KEPT, "ALARM", "OK")),
]
TWO_OF_THREE = [
    ("0-X-X", ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("00X0X", ("ALARM", "ALARM", "ALARM", "ALARM")),
    ("0-X--", ("OK", "OK", "ALARM", "OK")),
    ("----0", ("OK", "OK", "ALARM", "OK")),
    ("---X-", ("ALARM", KEPT, "ALARM", "OK")),
]
CASES = [
    (needed, data, treatment, wanted)
    for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for data, row in table
    for treatment, wanted in zip(TREATMENTS, row, strict=True)
]


@pytest.mark.parametrize(("needed", "data", "treatment", "wanted"), CASES)
def test_the_tables(needed: int, data: str, treatment: str, wanted: str) -> None:
    """The oldest of five periods first: `0` is within the threshold, `X` breaches it, `-` is missing."""
    terms = Terms(3, needed, 60, 5.0, "GreaterThanThreshold", treatment)
    read = [
        None if one == "-" else Reading(age * 60, 9.0 if one == "X" else 1.0, 1.0, one == "X")
        for age, one in reversed(list(enumerate(data)))
    ]

    verdict = judge(PutMetricAlarm(alarm_name="a"), terms, read, "none", datetime(2024, 1, 1, tzinfo=UTC))

    assert (verdict.state if verdict is not None else KEPT) == wanted


@pytest.mark.parametrize(
    ("data", "treatment", "state", "reason"),
    [
        (
            "0XX", "missing", "ALARM",
            "Threshold Crossed: 2 out of the last 3 datapoints [9.0 (01/01/70 00:02:00), 9.0 (01/01/70 00:01:00)] were "
            "greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition).",
        ),
        (
            "00X", "missing", "OK",
            "Threshold Crossed: 2 out of the last 3 datapoints [1.0 (01/01/70 00:01:00), 1.0 (01/01/70 00:00:00)] were "
            "not greater than the threshold (5.0) (minimum 2 datapoints for ALARM -> OK transition).",
        ),
        ("---", "missing", "INSUFFICIENT_DATA", "Insufficient Data: 3 datapoints were unknown."),
        (
            "---", "breaching", "ALARM",
            "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
            "[Breaching].",
        ),
        (
            "---", "notBreaching", "OK",
            "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
            "[NonBreaching].",
        ),
    ],
)  # fmt: skip
def test_the_words(data: str, treatment: str, state: str, reason: str) -> None:
    """The reason names the data that decided, the newest first, and how many it took."""
    terms = Terms(3, 2, 60, 5.0, "GreaterThanThreshold", treatment)
    read = [
        None if one == "-" else Reading(age * 60, 9.0 if one == "X" else 1.0, 1.0, one == "X")
        for age, one in reversed(list(enumerate(data)))
    ]
    verdict = judge(PutMetricAlarm(alarm_name="a"), terms, read, "none", datetime(2024, 1, 1, tzinfo=UTC))
    assert verdict is not None
    assert (verdict.state, verdict.reason) == (state, reason)
