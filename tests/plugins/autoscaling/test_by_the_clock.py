"""What time brings: scheduled actions, lifecycle hooks that time out, instances that are too old."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from backtrail import UNSET
from backtrail.machine import Machine
from backtrail.plugins import Registry
from backtrail.trail.times import SpacedTime
from backtrail_aws.autoscaling import api
from backtrail_aws.autoscaling.schedules import next_run
from backtrail_aws.autoscaling.state import Scaling

from .scaling_scenario import NAME, Lab


def _at(text: str) -> SpacedTime:
    return SpacedTime.of(datetime.fromisoformat(text).replace(tzinfo=UTC))


def test_a_recurrence_runs_each_day() -> None:
    """At eight in the morning three, at six in the evening one, day by day."""
    lab = Lab().group(1)
    for name, hour, wanted in (("morning", 8, 3), ("evening", 18, 1)):
        lab.given(
            api.PutScheduledUpdateGroupAction(
                auto_scaling_group_name=NAME, scheduled_action_name=name, recurrence=f"0 {hour} * * *",
                desired_capacity=wanted,
            )
        )  # fmt: skip
    lab.later(hours=9)
    assert len(lab.ids) == 3
    assert "At 2024-01-01T08:00:00Z a scheduled action morning" in str(lab.activities[0].cause)
    lab.later(hours=10)
    assert len(lab.ids) == 1
    lab.later(hours=14)
    assert len(lab.ids) == 3
    (evening, morning) = lab.ask(api.DescribeScheduledActions()).scheduled_update_group_actions
    assert (evening.start_time.day, morning.start_time.day) == (2, 3)
    lab.given(api.DeleteScheduledAction(auto_scaling_group_name=NAME, scheduled_action_name="evening"))
    lab.later(hours=14)
    assert len(lab.ids) == 3
    lab.replays()


def test_an_action_that_runs_once() -> None:
    """A launch day: sizes change once, and the action is gone."""
    lab = Lab().group(1)
    lab.given(
        api.PutScheduledUpdateGroupAction(
            auto_scaling_group_name=NAME, scheduled_action_name="launch-day", start_time=_at("2024-01-02T00:00:00"),
            min_size=2, max_size=6, desired_capacity=4,
        )
    )  # fmt: skip
    lab.later(days=1, seconds=10)
    assert (lab.shown.min_size, lab.shown.max_size, len(lab.ids)) == (2, 6, 4)
    assert lab.ask(api.DescribeScheduledActions()).scheduled_update_group_actions == []
    lab.when(
        api.PutScheduledUpdateGroupAction(
            auto_scaling_group_name=NAME, scheduled_action_name="late", start_time=_at("2023-01-02T00:00:00"),
            min_size=2,
        )
    ).refused("ValidationError")  # fmt: skip
    lab.replays()


@pytest.mark.parametrize(
    ("shown", "after", "expected"),
    [
        ({"recurrence": "0 8 * * *", "time_zone": "Europe/Berlin"}, "2024-01-01T00:00:00", "2024-01-01T07:00:00"),
        ({"recurrence": "0 8 * * *", "time_zone": "Europe/Berlin"}, "2024-07-01T00:00:00", "2024-07-01T06:00:00"),
        ({"recurrence": "30 0 1 1,6,12 *"}, "2024-01-02T00:00:00", "2024-06-01T00:30:00"),
        ({"recurrence": "0 8 * * 1-5"}, "2024-01-05T09:00:00", "2024-01-08T08:00:00"),
        (
            {"recurrence": "0 8 * * *", "end_time": _at("2024-01-01T12:00:00")},
            "2024-01-01T09:00:00",
            None,
        ),
        (
            {"recurrence": "0 8 * * *", "start_time": _at("2024-02-01T00:00:00")},
            "2024-01-01T00:00:00",
            "2024-02-01T00:00:00",
        ),
        ({"recurrence": "nonsense"}, "2024-01-01T00:00:00", None),
        ({"recurrence": "0 8 * * *", "time_zone": "No/Where"}, "2024-01-01T00:00:00", None),
        ({"start_time": _at("2023-02-01T00:00:00")}, "2024-01-01T00:00:00", None),
    ],
)  # fmt: skip
def test_when_an_action_runs_next(shown: dict[str, object], after: str, expected: str | None) -> None:
    """Cron's five fields, in a time zone, between start and end."""
    found = next_run(api.ScheduledUpdateGroupAction(**shown), _at(after))  # type: ignore[arg-type]
    assert found == (_at(expected) if expected is not None else found)
    assert bool(found) is (expected is not None)


def test_a_time_zone_is_looked_up_once() -> None:
    """When it runs next stands beside the record: without that a fold knows it in UTC alone."""
    lab = Lab().group(1)
    for name, zone in (("berlin", "Europe/Berlin"), ("plain", "UTC")):
        lab.given(
            api.PutScheduledUpdateGroupAction(
                auto_scaling_group_name=NAME, scheduled_action_name=name, recurrence="0 8 * * *", time_zone=zone,
                desired_capacity=2,
            )
        )  # fmt: skip
    lab.replays()
    foreign = Machine(Registry(lab.plugins))
    for entry in lab.log:
        foreign.apply(entry.record, None, None)
    ((_, state),) = foreign.states_of("autoscaling")
    assert isinstance(state, Scaling)
    held = state.groups[NAME].schedules
    assert held["berlin"].next is UNSET
    assert held["plain"].next == _at("2024-01-01T08:00:00")


def test_batches() -> None:
    """One that is wrong fails alone; what is not there cannot be deleted."""
    lab = Lab().group(1)
    requests = [
        api.ScheduledUpdateGroupActionRequest(
            scheduled_action_name="good", recurrence="0 8 * * *", min_size=1
        ),
        api.ScheduledUpdateGroupActionRequest(scheduled_action_name="bad", recurrence="odd", min_size=1),
    ]
    answer = lab.ask(
        api.BatchPutScheduledUpdateGroupAction(
            auto_scaling_group_name=NAME, scheduled_update_group_actions=requests
        )
    )
    (failed,) = answer.failed_scheduled_update_group_actions
    assert (failed.scheduled_action_name, failed.error_code) == ("bad", "ValidationError")
    gone = lab.ask(
        api.BatchDeleteScheduledAction(auto_scaling_group_name=NAME, scheduled_action_names=["good", "bad"])
    )
    assert [one.scheduled_action_name for one in gone.failed_scheduled_actions] == ["bad"]
    lab.replays()


def _hook(transition: str, **more: object) -> api.PutLifecycleHook:
    return api.PutLifecycleHook(
        auto_scaling_group_name=NAME, lifecycle_hook_name="hook", lifecycle_transition=transition,
        heartbeat_timeout=600, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _done(instance: str, result: str = "CONTINUE") -> api.CompleteLifecycleAction:
    return api.CompleteLifecycleAction(
        auto_scaling_group_name=NAME,
        lifecycle_hook_name="hook",
        instance_id=instance,
        lifecycle_action_result=result,
    )


def test_a_launching_instance_waits_for_its_hook() -> None:
    """It is in service when somebody says so; a topic was told that it waits."""
    lab = Lab().group(0)
    topic = "arn:aws:sns:us-east-1:123456789012:hooks"
    lab.given(_hook("autoscaling:EC2_INSTANCE_LAUNCHING", notification_target_arn=topic))
    assert [one.service for one in lab.commands] == ["sns"]
    lab.given(api.SetDesiredCapacity(auto_scaling_group_name=NAME, desired_capacity=1))
    assert "EC2InstanceId" in next(one.params.message for one in lab.commands if one.service == "sns")  # type: ignore[attr-defined]
    assert list(lab.states.values()) == ["Pending:Wait"]
    (instance,) = lab.ids
    lab.given(
        api.RecordLifecycleActionHeartbeat(
            auto_scaling_group_name=NAME, lifecycle_hook_name="hook", instance_id=instance
        )
    )
    lab.given(_done(instance))
    assert list(lab.states.values()) == ["InService"]
    assert lab.activities[0].status_code == "Successful"
    lab.when(_done(instance)).refused("ValidationError", "No active Lifecycle Action found")
    lab.replays()


def test_a_hook_that_nobody_completes_gives_the_instance_up() -> None:
    """By default it is replaced when its time is over; a heartbeat gives it more."""
    lab = Lab().group(0)
    lab.given(_hook("autoscaling:EC2_INSTANCE_LAUNCHING"))
    lab.given(api.SetDesiredCapacity(auto_scaling_group_name=NAME, desired_capacity=1))
    (first,) = lab.ids
    beat = api.RecordLifecycleActionHeartbeat(
        auto_scaling_group_name=NAME, lifecycle_hook_name="hook", instance_id=first
    )
    lab.later(seconds=500).given(beat).later(seconds=500)
    assert lab.ids == [first]
    lab.later(seconds=200)
    assert lab.ids != [first] and list(lab.states.values()) == ["Pending:Wait"]
    assert "Cancelled" in [one.status_code for one in lab.activities]
    lab.given(api.DeleteLifecycleHook(auto_scaling_group_name=NAME, lifecycle_hook_name="hook"))
    assert list(lab.states.values()) == ["InService"]
    lab.replays()


def test_a_terminating_instance_waits_for_its_hook() -> None:
    """EC2 terminates it when the action is complete, or abandoned."""
    lab = Lab().group(0, 4, desired_capacity=1)
    lab.given(_hook("autoscaling:EC2_INSTANCE_TERMINATING"))
    (instance,) = lab.ids
    lab.given(api.SetDesiredCapacity(auto_scaling_group_name=NAME, desired_capacity=0))
    assert lab.states == {instance: "Terminating:Wait"}
    assert lab.run(instance).state.name == "running"
    lab.given(_done(instance, "ABANDON"))
    assert lab.states == {} and lab.run(instance).state.name == "terminated"
    lab.replays()


def test_the_oldest_instances_are_replaced() -> None:
    """After the maximum lifetime."""
    lab = Lab().group(1, max_instance_lifetime=86_400)
    (first,) = lab.ids
    lab.later(hours=23)
    assert lab.ids == [first]
    lab.later(hours=2)
    assert len(lab.ids) == 1 and first not in lab.ids
    assert "maximum instance lifetime" in str(lab.activities[1].cause)
    lab.replays()
