"""Composite alarms: rules, children, and what holds their actions back."""

from __future__ import annotations

import json

import pytest

from backtrail.testing import Scenario
from backtrail_aws.cloudwatch.api import (
    CompositeAlarm,
    DeleteAlarms,
    DescribeAlarms,
    PutCompositeAlarm,
    SetAlarmState,
)
from backtrail_aws.cloudwatch.composites import BadRule, rule_of

from .shop import TOPIC, alarm, scenario

ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm"


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("TRUE", True), ("FALSE", False), ("NOT FALSE", True), ("ALARM(a)", True), ("OK(a)", False),
        ("INSUFFICIENT_DATA(c)", True), ('ALARM("a") AND OK("b x")', True), ("ALARM(b x)", False),
        ("OK(a) OR OK(b x) AND NOT ALARM(c)", True), ("(OK(a) OR OK(b x)) AND ALARM(c)", False),
        (f"ALARM({ARN}:a)", True), ("NOT (ALARM(a) AND ALARM(c))", True), ("alarm(a) and not ok(a)", True),
    ],
)  # fmt: skip
def test_rules(rule: str, value: bool) -> None:
    """Of `a` in ALARM, `b x` in OK, and `c` without data."""
    states = {"a": "ALARM", "b x": "OK", "c": "INSUFFICIENT_DATA"}
    assert rule_of(rule)[0](states.__getitem__) is value


@pytest.mark.parametrize(
    "rule", ["", "AND", "ALARM(a", "ALARM(a) ALARM(b)", "NOT", "(TRUE", "TRUE)", "X(a)", "("]
)
def test_what_is_no_rule(rule: str) -> None:
    """Nothing that cannot be read to its end."""
    with pytest.raises(BadRule):
        rule_of(rule)


def made(*rules: tuple[str, str]) -> Scenario:
    """Two alarms, and composite ones by name and rule."""
    one = scenario()
    one.given(alarm("a"), alarm("b"))
    for name, rule in rules:
        one.given(PutCompositeAlarm(alarm_name=name, alarm_rule=rule, alarm_actions=[TOPIC]))
    return one


def turn(one: Scenario, name: str, value: str) -> None:
    """An alarm is in a state, for as long as nobody looks at it."""
    one.given(SetAlarmState(alarm_name=name, state_value=value, state_reason="testing"))


def seen(one: Scenario, name: str) -> CompositeAlarm:
    """A composite alarm as it is described."""
    one.when(DescribeAlarms(alarm_names=[name]))
    found: list[CompositeAlarm] = one.answer.composite_alarms
    return found[0]


def published(one: Scenario) -> int:
    """How many notices there were so far."""
    return sum(b'"eventName":"Publish"' in entry.record for entry in one.log)


def test_a_new_one_is_evaluated_at_once() -> None:
    """It is OK or ALARM by its rule, and says why."""
    one = made(("yes", "NOT OK(a)"), ("no", "OK(a)"))
    assert (seen(one, "yes").state_value, seen(one, "no").state_value) == ("ALARM", "OK")
    assert seen(one, "yes").state_reason == f"{ARN}:yes was created and its alarm rule evaluates to ALARM"
    one.given(PutCompositeAlarm(alarm_name="no", alarm_rule="NOT OK(a)"))
    assert seen(one, "no").state_reason == f"{ARN}:no was updated and its alarm rule evaluates to ALARM"
    one.replays()


def test_children_and_their_parents() -> None:
    """A change of a child changes its parents, and theirs; the reason names the child and the time."""
    one = made(("parent", "ALARM(a)"), ("grand", "ALARM(parent)"))
    turn(one, "a", "ALARM")
    assert (seen(one, "parent").state_value, seen(one, "grand").state_value) == ("ALARM", "ALARM")
    reason, data = seen(one, "grand").state_reason, seen(one, "parent").state_reason_data
    assert reason == f"{ARN}:parent transitioned to ALARM at Monday 01 January, 2024 00:00:05 UTC"
    assert isinstance(data, str)
    assert json.loads(data)["triggeringAlarms"][0]["arn"] == f"{ARN}:a"
    one.when(DescribeAlarms(children_of_alarm_name="grand"))
    assert [found.alarm_name for found in one.answer.composite_alarms] == ["parent"]
    one.when(DescribeAlarms(parents_of_alarm_name="a"))
    assert [found.alarm_name for found in one.answer.composite_alarms] == ["parent"]
    assert published(one) == 2
    one.replays()


def test_what_others_depend_on_is_not_deleted() -> None:
    """An alarm that a rule names stays, until the composite alarm goes with it or before it."""
    one = made(("parent", "ALARM(a)"))
    one.when(DeleteAlarms(alarm_names=["a"])).refused(
        "ValidationError", "Cannot delete a as there are composite alarm(s) depending on it."
    )
    one.given(DeleteAlarms(alarm_names=["parent"]), DeleteAlarms(alarm_names=["a"]))
    two = made(("p", "TRUE"), ("q", "TRUE"))
    two.when(DeleteAlarms(alarm_names=["p", "q"])).refused("ValidationError")
    one.replays()


def test_refusals() -> None:
    """Rules of nothing, of unknown alarms, of itself; names of the other kind; a suppressor without its periods."""
    one = made(("parent", "ALARM(a)"))
    for params in (
        PutCompositeAlarm(alarm_name="x", alarm_rule="what"),
        PutCompositeAlarm(alarm_name="x", alarm_rule="ALARM(none)"),
        PutCompositeAlarm(alarm_name="x", alarm_rule="ALARM(x)"),
        PutCompositeAlarm(alarm_name="a", alarm_rule="TRUE"),
        PutCompositeAlarm(alarm_name="x", alarm_rule="TRUE", actions_suppressor="a"),
        PutCompositeAlarm(
            alarm_name="x", alarm_rule="TRUE", actions_suppressor="none", actions_suppressor_wait_period=1,
            actions_suppressor_extension_period=1,
        ),
        PutCompositeAlarm(alarm_name="x", alarm_rule="TRUE", alarm_actions=["arn:aws:automate:us-east-1:ec2:stop"]),
        alarm("parent"),
    ):  # fmt: skip
        one.when(params).refused("ValidationError")
    one.replays()


def suppressed() -> Scenario:
    """`parent` follows `a`; `b` holds its actions back, with a minute's wait and two minutes' extension."""
    one = made()
    one.given(
        PutCompositeAlarm(
            alarm_name="parent", alarm_rule="ALARM(a)", alarm_actions=[TOPIC], actions_suppressor="b",
            actions_suppressor_wait_period=60, actions_suppressor_extension_period=120,
        )
    )  # fmt: skip
    return one


def test_actions_wait_for_their_suppressor() -> None:
    """While it may still come, nothing is done; when it did not come, everything is."""
    one = suppressed()
    turn(one, "a", "ALARM")
    assert seen(one, "parent").actions_suppressed_by == "WaitPeriod"
    assert published(one) == 0
    one.given(alarm("c"))
    one.later(seconds=40)
    assert published(one) == 0
    one.replays()


def test_actions_are_done_after_the_wait() -> None:
    """A minute later they are, for the alarm is still in its state."""
    one = suppressed()
    one.given(PutCompositeAlarm(alarm_name="a2", alarm_rule="TRUE"))
    one.given(
        PutCompositeAlarm(
            alarm_name="parent", alarm_rule="ALARM(a2)", alarm_actions=[TOPIC], actions_suppressor="b",
            actions_suppressor_wait_period=60, actions_suppressor_extension_period=120,
        )
    )  # fmt: skip
    assert (seen(one, "parent").state_value, published(one)) == ("ALARM", 0)
    one.later(seconds=61)
    assert published(one) == 1
    assert not isinstance(seen(one, "parent").actions_suppressed_by, str)
    one.replays()


def test_a_suppressor_holds_actions_back_and_lets_them_go() -> None:
    """In ALARM it holds them; when it goes, they wait out the extension, and then are done."""
    one = suppressed()
    one.given(PutCompositeAlarm(alarm_name="on", alarm_rule="ALARM(b)"))
    turn(one, "b", "ALARM")
    turn(one, "a", "ALARM")
    assert (seen(one, "parent").actions_suppressed_by, published(one)) == ("Alarm", 0)
    turn(one, "b", "OK")
    assert seen(one, "parent").actions_suppressed_by == "ExtensionPeriod"
    turn(one, "b", "ALARM")
    assert seen(one, "parent").actions_suppressed_by == "Alarm"
    one.replays()
