"""Options: declared by services, set by records, read by decisions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backtrail import Call, Event, Params, Service, State, hookimpl, state_at
from backtrail.choosing import SetOption, given
from backtrail.life import Cycle, Phase
from backtrail.options import Option
from backtrail.testing import EPOCH, Scenario, machine_of


class Lamp(State):
    """A lamp."""

    lit: list[str] = []
    since: str = ""


class Light(Params):
    """Light the lamp."""


class Look(Params):
    """How it is lit."""


class Seen(Params):
    """How it looks."""

    colour: str
    state: str = ""


lamps = Service("lamps", Lamp)
COLOUR = lamps.option("colour", "white", "What colour a lamp is lit in.", choices=("white", "red"))
FAINT = lamps.option("faint", 0.0, "The chance that a lamp is faint.", least=0, most=1)
COUNT = lamps.option("count", 3, "How many lamps there are.", least=1)
BROKEN = lamps.option("broken", False, "Whether lamps are broken.")
CYCLE: Cycle = {"Warming": Phase(60, "Lit")}


@lamps.handle
def light(state: Lamp, call: Call[Light]) -> Seen:
    """By the options of its time."""
    faint = "faint " if call.chance() < call.option(FAINT) else ""
    return Seen(colour=f"{faint}{call.option(COLOUR)}")


@lamps.project
def lit(state: Lamp, event: Event[Light, Seen]) -> None:
    """It is lit."""
    state.lit.append(event.result.colour)
    state.since = event.time.isoformat()


@lamps.read
def look(state: Lamp, call: Call[Look]) -> Seen:
    """Warming, then lit."""
    since = EPOCH + timedelta(seconds=2)
    return Seen(colour="", state=state_at(CYCLE, "Warming", since, call.time, pace=call.pace(since)))


class Plugin:
    """The lamps."""

    @hookimpl
    def register_services(self) -> list[Service[Lamp]]:
        """The service."""
        return [lamps]


@pytest.fixture
def scenario() -> Scenario:
    """A machine with lamps."""
    return Scenario(Plugin(), service="lamps")


def test_an_option_has_its_default_until_it_is_set(scenario: Scenario) -> None:
    """A decision sees the value of its own time, and folding the log again gives the same."""
    scenario.given(Light()).turn("lamps.colour", "red").given(Light()).turn("lamps.colour", None).given(
        Light()
    )

    state = scenario.machine.state(("lamps", scenario.account, scenario.region))
    assert isinstance(state, Lamp) and state.lit == ["white", "red", "white"]
    scenario.replays()


def test_whoever_folds_the_log_has_the_options(scenario: Scenario) -> None:
    """The records alone give another machine the same options."""
    scenario.turn("lamps.faint", 1)

    other = machine_of(scenario.log, Plugin())
    assert other.option(FAINT) == 1.0
    scenario.given(Light())
    assert scenario.answer.colour == "faint white"


def test_setting_is_recorded_as_the_operators_act(scenario: Scenario) -> None:
    """The record is an event of Backtrail's own that names who set what."""
    record = scenario.turn("lamps.count", 5).record

    assert (record["eventType"], record["eventName"]) == ("AwsServiceEvent", "SetOption")
    assert record["serviceEventDetails"] == {"service": "lamps", "name": "count", "value": 5}
    assert record["userIdentity"]["type"] == "Root"


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("lamps.colour", "green", "white or red"),
        ("lamps.faint", 1.5, "a number from 0 to 1"),
        ("lamps.faint", "much", "a number from 0 to 1"),
        ("lamps.faint", True, "a number from 0 to 1"),
        ("lamps.faint", float("nan"), "a number from 0 to 1"),
        ("lamps.count", 0, "a whole number from 1 on"),
        ("lamps.count", 1.5, "a whole number from 1 on"),
        ("lamps.broken", 1, "true or false"),
    ],
)
def test_values_that_an_option_does_not_take_are_refused(
    scenario: Scenario, option: str, value: bool | float | str, words: str
) -> None:
    """The refusal says which values it takes, is recorded, and changes nothing."""
    scenario.turn(option, value).refused("InvalidOptionValue", words)

    assert scenario.machine.option(FAINT) == 0.0
    scenario.replays()


def test_what_nobody_declares_is_refused(scenario: Scenario) -> None:
    """The refusal names the options there are."""
    scenario.turn("lamps.size", 1).refused("NoSuchOption", "broken, colour, count, faint")
    scenario.turn("doors.size", 1).refused("NoSuchOption", "none")


def test_a_value_that_no_longer_fits_is_the_default() -> None:
    """Where an option takes other values than when it was set, it is as if nobody had set it."""
    scenario = Scenario(Plugin(), service="lamps").turn("lamps.colour", "red")
    narrower = Option("lamps", "colour", "white", "", choices=("white", "blue"))

    assert scenario.machine.option(narrower) == "white"


def test_chance_is_the_records() -> None:
    """The same record gives the same chance, another one another, each from 0 up to 1."""
    drawn = {
        Scenario(Plugin(), service="lamps").turn("lamps.faint", 0.5).given(Light()).answer.colour
        for _ in "ab"
    }

    assert len(drawn) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lamps.faint=0.5", SetOption(service="lamps", name="faint", value=0.5)),
        ("lamps.broken=on", SetOption(service="lamps", name="broken", value=True)),
        (" lamps.count = 7 ", SetOption(service="lamps", name="count", value=7)),
        ("lamps.colour=red", SetOption(service="lamps", name="colour", value="red")),
    ],
)
def test_options_are_read_from_text(text: str, expected: SetOption) -> None:
    """`SERVICE.NAME=VALUE`, as the command line has it."""
    assert given([text], {"lamps": lamps.options}) == [expected]


@pytest.mark.parametrize(
    "text", ["lamps.faint", "faint=1", "lamps.nothing=1", "lamps.faint=x", "doors.open=1"]
)
def test_what_is_no_option_is_an_error(text: str) -> None:
    """A text that stands for nothing raises, in words for whoever wrote it."""
    with pytest.raises(ValueError, match=r"option|faint"):
        given([text], {"lamps": lamps.options})


def test_states_pass_at_once_unless_told_otherwise(scenario: Scenario) -> None:
    """Instant: the next call sees the last state. As AWS: it sees it when AWS's documents say."""
    assert scenario.given(Light(), Look()).answer.state == "Warming"
    assert scenario.given(Look()).answer.state == "Lit"


def test_the_pace_of_aws_holds_for_what_begins_under_it(scenario: Scenario) -> None:
    """What was begun after the pace was chosen lasts as long as documented, and what was over stays over."""
    scenario.turn("backtrail.pace", "aws").given(Light(), Look())
    assert scenario.answer.state == "Warming"
    assert scenario.later(seconds=70).given(Look()).answer.state == "Lit"
    scenario.replays()

    late = Scenario(Plugin(), service="lamps").given(Light(), Light(), Look())
    late.turn("backtrail.pace", "aws")
    assert late.given(Look()).answer.state == "Lit"


def test_instant_ends_what_lasts(scenario: Scenario) -> None:
    """Whoever turns back to instant waits no longer."""
    scenario.turn("backtrail.pace", "aws").given(Light(), Look())
    assert scenario.answer.state == "Warming"
    assert scenario.turn("backtrail.pace", "instant").given(Look()).answer.state == "Lit"
    assert scenario.turn("backtrail.pace", "aws").given(Look()).answer.state == "Lit"
