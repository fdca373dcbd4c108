"""What a place holds before any record told of it, and calls that only ask whether they would succeed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backtrail import UNSET, Call, Event, Params, Service, State, UnsetType, field, hookimpl
from backtrail.testing import ACCOUNT, REGION, Scenario


class Gardens(State):
    """What grows in a place."""

    plants: dict[str, str] = {}


class Plant(Params):
    """Set a plant."""

    name: str
    dry_run: bool | UnsetType = field(name="dryRun", default=UNSET)


class Look(Params):
    """See what grows."""


class LookResult(Params):
    """What grows."""

    plants: list[str]


service = Service("gardens", Gardens, dry_run=True)


@service.begins
def begin(account: str, region: str) -> Gardens:
    """A tree stands everywhere."""
    return Gardens(plants={f"tree-{account}-{region}": "tree"})


@service.handle
def plant(state: Gardens, call: Call[Plant]) -> None:
    """Anything may be set."""


@service.project
def planted(state: Gardens, event: Event[Plant, None]) -> None:
    """It grows."""
    state.plants[event.params.name] = "plant"


@service.read
def look(state: Gardens, call: Call[Look]) -> LookResult:
    """All of it."""
    return LookResult(plants=list(state.plants))


class Plugin:
    """The service's plugin."""

    @hookimpl
    def register_services(self) -> Iterable[Service[Any]]:
        """The service."""
        return [service]


def test_a_place_begins_with_what_its_service_says() -> None:
    """Each place has its own beginning, which a fold builds upon."""
    gardens = Scenario(Plugin())
    gardens.given(Look())
    assert gardens.answer.plants == [f"tree-{ACCOUNT}-{REGION}"]
    gardens.given(Plant(name="rose"), Look())
    assert gardens.answer.plants == [f"tree-{ACCOUNT}-{REGION}", "rose"]
    gardens.when(Look(), region="eu-west-1")
    assert gardens.answer.plants == [f"tree-{ACCOUNT}-eu-west-1"]
    gardens.replays()


def test_a_beginning_is_no_news() -> None:
    """A state that no record changed is not counted, so that looking at a place leaves no trace."""
    gardens, other = Scenario(Plugin()), Scenario(Plugin())
    gardens.given(Look())
    gardens.machine.state(("gardens", ACCOUNT, "eu-west-1"))
    other.given(Look())
    assert gardens.machine.digest() == other.machine.digest()
    gardens.replays()


def test_a_dry_run_is_recorded_and_changes_nothing() -> None:
    """What would succeed is refused with status 412; the record says so, and nothing grows."""
    gardens = Scenario(Plugin())
    gardens.when(Plant(name="rose", dry_run=True))
    gardens.refused("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    assert gardens.error is not None
    assert gardens.error.status == 412
    assert gardens.record["errorCode"] == "DryRunOperation"
    gardens.given(Plant(name="tulip", dry_run=False), Look())
    assert gardens.answer.plants == [f"tree-{ACCOUNT}-{REGION}", "tulip"]
    gardens.replays()
