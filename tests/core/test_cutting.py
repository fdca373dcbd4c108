"""What a refused call keeps of large parameters: beginnings and a hash, and both folds see the same of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from backtrail import UNSET, Call, Event, Params, Refusal, Sealed, Service, State, UnsetType, hookimpl, told
from backtrail.cutting import LIMIT_BYTES
from backtrail.testing import Scenario


class Store(State):
    """What was tried."""

    tried: dict[str, int] = {}


class Keep(Params):
    """Keep a secret, and remarks on it."""

    name: str
    secret: Sealed[str] | UnsetType = UNSET
    remarks: list[str] = []
    seal: Sealed[bytes] | UnsetType = UNSET


class Nothing(Params):
    """No answer."""


stores = Service("stores", Store)


@stores.handle
def keep(state: Store, call: Call[Keep]) -> Nothing:
    """Never."""
    raise Refusal("Full", "There is no room.", status=400)


@stores.project
def kept(state: Store, event: Event[Keep, None]) -> None:
    """Never."""


@stores.evidence
def refused(state: Store, event: Event[Keep, None]) -> None:
    """How much of it could be seen."""
    state.tried[event.params.name] = len(told(event.params.secret, "")) + sum(map(len, event.params.remarks))


class Plugin:
    """The stores."""

    @hookimpl
    def register_services(self) -> list[Service[Store]]:
        """The service."""
        return [stores]


def beside(scenario: Scenario) -> tuple[dict[str, Any], dict[str, Any]]:
    """The note and the sealed part of the last record."""
    entry = scenario.log[-1]
    return json.loads(entry.note or b"{}"), json.loads(entry.sealed or b"{}")


def test_small_refusals_are_whole() -> None:
    """What is no burden stays as it was said."""
    scenario = Scenario(Plugin(), service="stores")
    scenario.when(Keep(name="a", secret="s" * 5000)).refused("Full")

    note, sealed = beside(scenario)
    assert "cut" not in note and sealed["params"]["secret"] == "s" * 5000
    scenario.replays()


@pytest.mark.parametrize(
    "params",
    [
        Keep(name="a", secret="s" * 5_000_000),
        Keep(name="a", secret="s", remarks=["r" * 5_000] * 100),
        Keep(name="a", secret="s" * 500_000, remarks=[str(number) for number in range(100_000)]),
        Keep(name="a", secret="", seal=bytes(3_000_000)),
    ],
)
def test_large_refusals_are_cut(params: Keep) -> None:
    """The parts keep at most a tenth of a megabyte, say what they were, and fold the same live and replayed."""
    scenario = Scenario(Plugin(), service="stores")
    scenario.when(params).refused("Full")
    entry = scenario.log[-1]

    assert len(entry.note or b"") + len(entry.sealed or b"") < LIMIT_BYTES + 1000
    assert len(entry.record) < LIMIT_BYTES + 3000
    note, sealed = beside(scenario)
    for said in (note["cut"].get("note"), sealed.get("cut")):
        assert said is None or (said["bytes"] > LIMIT_BYTES // 2 and len(said["sha256"]) == 64)
    assert ("sealed" in note["cut"]) == ("cut" in sealed)
    assert "sha256" not in note["cut"].get("sealed", {})
    scenario.replays()


def test_bytes_that_are_cut_can_still_be_read() -> None:
    """The beginning of base64 is base64."""
    scenario = Scenario(Plugin(), service="stores")
    scenario.when(Keep(name="a", secret="", seal=b"abc" * 1_000_000)).refused("Full")

    assert base64.b64decode(beside(scenario)[1]["params"]["seal"]).startswith(b"abcabc")


def test_what_nobody_serves_is_cut_as_well() -> None:
    """A 501 keeps what CloudTrail would hide, and no more of it than any refusal."""
    scenario = Scenario(Plugin(), service="stores")
    scenario.when(Keep(name="a", secret="s" * 1_000_000), service="dynamodb").refused("NotImplemented")

    assert len(scenario.log[-1].sealed or b"") < LIMIT_BYTES
