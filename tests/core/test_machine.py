"""The contract, part by part, on a service that does not exist; laws 1-7 and 9."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

import backtrail
import backtrail.testing
from backtrail import Refusal
from backtrail.errors import PluginError
from backtrail.machine import Folded, Machine
from backtrail.plugins import Registry
from backtrail.testing import ACCOUNT, REGION, Scenario, machine_of

from . import frobnicator as plugin
from .frobnicator import (
    BreakWidget,
    CreateWidget,
    DeleteWidget,
    GetWidget,
    TakeWidget,
    Widgets,
)


@pytest.fixture
def widgets() -> Scenario:
    """An account with the service that does not exist."""
    return Scenario(plugin)


def state(scenario: Scenario) -> Widgets:
    found = scenario.machine.state(("frobnicator", ACCOUNT, REGION))
    assert isinstance(found, Widgets)
    return found


def foreign(name: str, params: Any, result: Any = None, **more: Any) -> bytes:
    """A record as somebody else wrote it."""
    record = {
        "eventVersion": "1.08", "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/eve"},
        "eventTime": "2023-07-10T11:54:39Z", "eventSource": "frobnicator.amazonaws.com", "eventName": name,
        "awsRegion": REGION, "requestParameters": params, "responseElements": result, "readOnly": False,
        "eventID": "ff709962-49b6-494d-8198-cdf0f7e8e666", "recipientAccountId": ACCOUNT, **more,
    }  # fmt: skip
    return json.dumps(record).encode()


def test_one_call_is_one_record(widgets: Scenario) -> None:
    """Law 1: every call, accepted, refused or failed, is exactly one record."""
    widgets.when(CreateWidget(name="a"))
    made = len(widgets.log)
    widgets.when(CreateWidget(name="a")).refused("WidgetExists")
    widgets.when(GetWidget(name="a"))

    own = [json.loads(entry.record)["eventName"] for entry in widgets.log]
    assert own[0] == "CreateWidget"
    assert own[made:] == ["CreateWidget", "GetWidget"]


def test_state_is_a_fold(widgets: Scenario) -> None:
    """Law 2: the log folded afresh gives an equal digest; so does every State put through its bytes."""
    widgets.given(CreateWidget(name="a", password="hunter2", colour="red"), TakeWidget(name="a"))
    widgets.given(CreateWidget(name="b"), DeleteWidget(name="a"))

    widgets.replays()


def test_the_record_and_the_parts_beside_it_are_the_only_channel(widgets: Scenario) -> None:
    """Law 3: what the record leaves out comes back from the note and the sealed part, and from nowhere else."""
    widgets.given(CreateWidget(name="a", password="hunter2", colour="red"))
    entry = widgets.log[0]

    whole = machine_of([entry], plugin).state(("frobnicator", ACCOUNT, REGION))
    bare = machine_of([msgspec.structs.replace(entry, note=None, sealed=None)], plugin)
    bare_state = bare.state(("frobnicator", ACCOUNT, REGION))

    assert isinstance(whole, Widgets) and isinstance(bare_state, Widgets)
    assert whole.widgets["a"].colour == "red"
    assert bare_state.widgets["a"].colour is backtrail.UNSET
    assert bare_state.widgets["a"].secret is backtrail.UNSET


def test_deciding_twice_decides_the_same(widgets: Scenario) -> None:
    """Law 4: identifiers derive from the record's id, whatever was decided before."""
    other = Scenario(plugin)
    widgets.given(CreateWidget(name="a"))
    other.when(GetWidget(name="nobody"))
    other.log.clear()
    other.now = backtrail.testing.EPOCH
    other.given(CreateWidget(name="a"))

    assert widgets.log[0].record == other.log[0].record


def test_secrets_derive_from_the_key_alone(widgets: Scenario) -> None:
    """Law 4: two logs with other keys make other secrets from equal records."""
    one, other = Machine(Registry([plugin]), b"1" * 32), Machine(Registry([plugin]), b"2" * 32)

    assert one.secret("event", "label", 20) != other.secret("event", "label", 20)


def test_nothing_is_told_of_an_old_record(widgets: Scenario) -> None:
    """Law 5: folding an old record carries out nothing."""
    widgets.given(CreateWidget(name="a"))
    count = len(widgets.log)

    fresh = machine_of(widgets.log, plugin)

    assert count == 3  # the widget, the bell, the announcement
    assert sum(counter.total() for counter in fresh.report().values()) == count


def test_a_failure_never_folds(widgets: Scenario) -> None:
    """Law 6: a failed record changes nothing, and is counted as one."""
    machine = Machine(Registry([plugin]))
    before = machine.state(("frobnicator", ACCOUNT, REGION))

    folded = machine.apply(foreign("CreateWidget", {"name": "a"}, errorCode="AccessDenied"))

    assert folded is Folded.FAILED
    assert before == Widgets()


def test_a_failure_is_evidence(widgets: Scenario) -> None:
    """Law 6: a foreign failure that proves something marks just that."""
    machine = Machine(Registry([plugin]))
    machine.apply(foreign("CreateWidget", {"name": "a"}))
    machine.apply(foreign("DeleteWidget", {"name": "a"}, errorCode="NoSuchWidget"))

    found = machine.state(("frobnicator", ACCOUNT, REGION))
    assert isinstance(found, Widgets) and "a" not in found.widgets


def test_what_was_never_seen_is_inferred() -> None:
    """Law 6: what a record refers to and nobody made stands in the state, marked."""
    machine = Machine(Registry([plugin]))

    assert machine.apply(foreign("TakeWidget", {"name": "old"})) is Folded.INFERRED
    found = machine.state(("frobnicator", ACCOUNT, REGION))
    assert isinstance(found, Widgets) and found.widgets["old"].id is backtrail.UNSET


def test_what_nobody_projects_is_opaque() -> None:
    """Law 6: a write that no plugin projects is counted as opaque, a read as read; nothing is skipped."""
    machine = Machine(Registry([plugin]))

    assert machine.apply(foreign("PaintWidget", {"name": "a"})) is Folded.OPAQUE
    assert machine.apply(foreign("DescribePaints", None, readOnly=True)) is Folded.READ
    assert machine.apply(b'{"eventTime": "yesterday"}') is Folded.UNREADABLE
    assert machine.apply(b"{half a rec") is Folded.UNREADABLE


def test_a_projector_that_raises_stops_nothing() -> None:
    """Law 6: a plugin's bug in a fold leaves the other records folded, and is kept for the report."""
    machine = Machine(Registry([plugin]))

    assert machine.apply(foreign("BreakWidget", {"in": "fold"})) is Folded.UNREADABLE
    assert machine.apply(foreign("CreateWidget", {"name": "a"})) is Folded.PROJECTED
    assert "ZeroDivisionError" in machine.folder.broken[0].error


def test_a_secret_is_never_in_a_record(widgets: Scenario) -> None:
    """Law 7: what is sealed stands neither in the record nor in the note."""
    widgets.given(CreateWidget(name="a", password="hunter2"))
    secret = state(widgets).widgets["a"].secret

    assert isinstance(secret, str)
    for entry in widgets.log:
        assert b"hunter2" not in entry.record + (entry.note or b"")
        assert secret.encode() not in entry.record + (entry.note or b"")


def test_a_gap_is_a_501_that_names_the_action(widgets: Scenario) -> None:
    """Law 9: an action that nobody decides is refused by name, and recorded."""

    class PaintWidget(backtrail.Params):
        name: str

    widgets.when(PaintWidget(name="a")).refused("NotImplemented", "frobnicator:PaintWidget")
    assert widgets.error is not None and widgets.error.status == 501
    assert widgets.record["errorCode"] == "NotImplemented"


def test_unknown_members_are_ignored() -> None:
    """A member that AWS adds tomorrow does not keep a record from folding."""
    machine = Machine(Registry([plugin]))

    folded = machine.apply(
        foreign("CreateWidget", {"name": "a", "newMember": {"x": 1}}, {"newToo": []}, newest=1)
    )

    assert folded is Folded.PROJECTED


def test_an_access_that_is_denied_is_recorded_without_its_parameters() -> None:
    """A plugin that authorizes refuses a call before it is decided; its parameters go to the note."""

    class Guard:
        @backtrail.hookimpl
        def authorize(self, call: Any, access: Any) -> str | None:
            return (
                f"not authorized to perform: {access.action}"
                if access.action.endswith("DeleteWidget")
                else None
            )

    guarded = Scenario(plugin, Guard())
    guarded.given(CreateWidget(name="a"))
    guarded.when(DeleteWidget(name="a")).refused("AccessDenied", "frobnicator:DeleteWidget")

    assert guarded.record["requestParameters"] is None
    assert json.loads(guarded.log[-1].note or b"{}")["wholeParams"] == {"name": "a"}


def test_a_refusal_in_a_batch_fails_its_own_entry(widgets: Scenario) -> None:
    """`call.each` gives a result or a refusal for each entry."""
    seen: list[Any] = []

    class Batch(backtrail.Params):
        numbers: list[int] = backtrail.field(name="numbers")

    batch = backtrail.Service("batch", backtrail.State)

    def decide(state: backtrail.State, call: backtrail.Call[Batch]) -> None:
        def half(number: int) -> int:
            if number % 2:
                raise Refusal("Odd", str(number))
            return number // 2

        seen.extend(call.each(call.params.numbers, half))

    decide.__annotations__["call"] = backtrail.Call[Batch]
    batch.handle(decide)

    class Plugin:
        @backtrail.hookimpl
        def register_services(self) -> list[backtrail.Service[Any]]:
            return [batch]

    Scenario(Plugin()).when(Batch(numbers=[2, 3, 4]))

    assert [one if isinstance(one, int) else one.code for one in seen] == [1, "Odd", 2]


def test_two_owners_of_a_service_are_refused() -> None:
    """A second plugin for a service must say that it replaces the first."""

    class Second:
        @backtrail.hookimpl
        def register_services(self) -> list[backtrail.Service[Any]]:
            return [backtrail.Service("frobnicator", backtrail.State)]

    with pytest.raises(PluginError, match="replaces=True"):
        Registry([plugin, Second()])


def test_a_plugin_may_extend_a_service() -> None:
    """`backtrail.extend` adds an action to a service that another plugin owns."""

    class PaintWidget(backtrail.Params):
        name: str = backtrail.field(name="name")

    more = backtrail.extend("frobnicator")

    def paint_widget(state: Any, call: backtrail.Call[PaintWidget]) -> None:
        raise Refusal("OutOfPaint")

    paint_widget.__annotations__["call"] = backtrail.Call[PaintWidget]
    more.handle(paint_widget)

    class More:
        @backtrail.hookimpl
        def register_services(self) -> list[backtrail.Service[Any]]:
            return [more]

    Scenario(plugin, More()).when(PaintWidget(name="a")).refused("OutOfPaint")


def test_holds_what_others_keep_in_use(widgets: Scenario) -> None:
    """`call.held` names what keeps a foreign resource in use."""
    widgets.given(CreateWidget(name="a"))

    assert widgets.machine.held("arn:aws:bell:::a") == ["arn:aws:frobnicator:::a"]
    assert widgets.machine.held("arn:aws:bell:::b") == []


def test_timers_fire_in_time_order(widgets: Scenario) -> None:
    """What is due fires by its due time, as a service event, whatever was made first."""
    widgets.given(CreateWidget(name="late", lasts_s=200), CreateWidget(name="soon", lasts_s=100))
    widgets.later(hours=1)

    expired = [json.loads(e.record) for e in widgets.log if b"WidgetExpired" in e.record]
    assert [record["serviceEventDetails"]["name"] for record in expired] == ["soon", "late"]
    assert {record["eventType"] for record in expired} == {"AwsServiceEvent"}
    widgets.replays()


def test_a_broken_handler_is_a_plugins_bug(widgets: Scenario) -> None:
    """The machine does not hide what a handler raises: isolating it is the engine's."""
    with pytest.raises(ZeroDivisionError):
        widgets.when(BreakWidget(in_="decide"))


def test_time_comes_from_the_record(widgets: Scenario) -> None:
    """A fold's time is exact for our own records and the second for others."""
    widgets.given(CreateWidget(name="a", lasts_s=1))
    first = state(widgets).widgets["a"].until

    machine = Machine(Registry([plugin]))
    machine.apply(foreign("CreateWidget", {"name": "a", "lastsSeconds": 1}))
    found = machine.state(("frobnicator", ACCOUNT, REGION))

    assert first == backtrail.testing.EPOCH + timedelta(seconds=2)
    assert isinstance(found, Widgets) and str(found.widgets["a"].until) == "2023-07-10 11:54:40+00:00"
