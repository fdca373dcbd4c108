"""Two small parts of the contract: who called (`@svc.callers`), and what a baseline teaches (`@svc.observed`)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from backtrail import UNSET, Call, Event, Params, Service, State, UnsetType, field, hookimpl
from backtrail.folded import Folded
from backtrail.gaps import Missing
from backtrail.machine import Machine
from backtrail.observing import NotUnderstood, payload, place_of, recognised, record
from backtrail.plugins import Registry
from backtrail.trail.times import IsoTime

ACCOUNT, REGION = "111122223333", "eu-west-1"
NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


class Gizmo(Params):
    gizmo_name: str = field(name="gizmoName")
    made: IsoTime | UnsetType = field(name="made", default=UNSET)
    rules: str | UnsetType = field(name="rules", default=UNSET)
    sizes: dict[str, int] | UnsetType = field(name="sizes", default=UNSET)


class ListGizmos(Params):
    pass


class ListGizmosResult(Params):
    gizmos: list[Gizmo] | UnsetType = field(name="gizmos", default=UNSET)
    next_token: str | UnsetType = field(name="nextToken", default=UNSET)


class DeleteCallers(Params):
    pass


class Gizmos(State):
    """What is known, and who was seen, and how often the service was told."""

    gizmos: dict[str, str] = {}
    callers: dict[str, str] = {}
    told: int = 0


class Plugin:
    """A service that keeps principals and takes baselines."""

    def __init__(self) -> None:
        self.service: Service[Gizmos] = Service("gizmo", Gizmos)

        @self.service.read
        def list_gizmos(state: Gizmos, call: Call[ListGizmos]) -> ListGizmosResult:
            return ListGizmosResult(gizmos=[Gizmo(gizmo_name=name) for name in state.gizmos])

        @self.service.observed
        def gizmos_observed(state: Gizmos, event: Event[ListGizmos, ListGizmosResult]) -> None:
            for gizmo in event.result.gizmos or []:
                state.gizmos[gizmo.gizmo_name] = str(gizmo.rules)

        @self.service.project
        def callers_deleted(state: Gizmos, event: Event[DeleteCallers, None]) -> None:
            state.callers.clear()

        @self.service.callers
        def caller_seen(state: Gizmos, event: Event[Any, Any]) -> None:
            state.told += 1
            if str(event.identity.arn) not in state.callers:
                state.callers[str(event.identity.arn)] = event.id
                event.implied.append(str(event.identity.arn))

    @hookimpl
    def register_services(self) -> list[Service[Any]]:
        """The one service."""
        return [self.service]


@pytest.fixture
def machine() -> Machine:
    """One with that service alone."""
    return Machine(Registry([Plugin()]))


def state(machine: Machine) -> Gizmos:
    """The one State."""
    found = machine.state(("gizmo", ACCOUNT, REGION))
    assert isinstance(found, Gizmos)
    return found


def call(number: int, name: str = "Look", source: str = "other", who: str = "eve", **more: Any) -> bytes:
    """A foreign record of anybody's, of any service."""
    identity = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/{who}", "accountId": ACCOUNT}
    made = {
        "eventVersion": "1.08", "userIdentity": identity, "eventTime": f"2024-01-01T00:00:{number:02}Z",
        "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": REGION, "requestParameters": {},
        "responseElements": None, "eventID": f"00000000-0000-4000-8000-{number:012}", "recipientAccountId": ACCOUNT,
    }  # fmt: skip
    return json.dumps(made | more).encode()


def test_a_caller_is_told_once_until_he_may_be_gone(machine: Machine) -> None:
    """A log of other services' records tells of each caller once; a record of the service's own begins it anew."""
    for number in range(5):
        machine.apply(call(number))
    assert (state(machine).told, list(state(machine).callers)) == (1, [f"arn:aws:iam::{ACCOUNT}:user/eve"])
    machine.apply(call(6, "DeleteCallers", "gizmo"))
    assert state(machine).callers == {}
    machine.apply(call(7))
    assert (state(machine).told, len(state(machine).callers)) == (2, 1)
    assert machine.folder.gaps.counts[Missing.CREATION] == 2


def test_a_failed_call_proves_its_caller_too(machine: Machine) -> None:
    """Whoever is denied is there."""
    assert machine.apply(call(1, errorCode="AccessDenied")) is Folded.FAILED
    assert len(state(machine).callers) == 1


def test_nobody_without_an_account_is_told_of(machine: Machine) -> None:
    """Services, and strangers without an ARN."""
    machine.apply(call(1, userIdentity={"type": "AWSService", "invokedBy": "x.amazonaws.com"}))
    machine.apply(call(2, userIdentity={"type": "AWSAccount", "accountId": ACCOUNT}))
    machine.apply(call(3, userIdentity=None))
    assert state(machine).told == 0


def test_an_answer_is_an_observation(machine: Machine) -> None:
    """It folds through `observed` alone; the same read without an answer stays a read; a refold is the same."""
    given = {"Gizmos": [{"GizmoName": "a", "Rules": {"Allow": ["x"]}, "Made": "2020-01-02T03:04:05+00:00"}]}
    observed = recognised(given, machine.registry)
    assert (observed.service, observed.action) == ("gizmo", "ListGizmos")
    event_id, entry = record(given, observed, NOON, ACCOUNT, REGION, "f.json", b"content")
    assert event_id == record(given, observed, NOON, ACCOUNT, REGION, "f.json", b"content")[0]
    assert machine.apply(entry.record, entry.note) is Folded.PROJECTED
    assert state(machine).gizmos == {"a": '{"Allow":["x"]}'}
    assert machine.apply(call(1, "ListGizmos", "gizmo", readOnly=True)) is Folded.READ
    assert machine.apply(entry.record) is Folded.READ  # as CloudTrail's files would have it, without its note


def test_what_does_not_fit_is_said(machine: Machine) -> None:
    """Members that no list has, lists that lack, values of the wrong kind."""
    answers: list[dict[str, Any]] = [{"Gadgets": []}, {}, {"NextToken": "x"}, {"Gizmos": [], "Other": 1}]
    for given in answers:
        with pytest.raises(NotUnderstood):
            recognised(given, machine.registry)
    for value in (
        [{"GizmoName": {"no": "text"}, "Sizes": {"a": "x"}}],
        [{"Rules": "without a name"}],
        [7],
        7,
    ):
        with pytest.raises(NotUnderstood):
            payload({"Gizmos": value}, ListGizmosResult)
    made = payload(
        {"Gizmos": [{"GizmoName": "a", "Sizes": {"Big One": 3}}], "NextToken": None}, ListGizmosResult
    )
    assert made == ListGizmosResult(gizmos=[Gizmo(gizmo_name="a", sizes={"Big One": 3})])


def test_a_place_is_what_most_of_an_answer_names() -> None:
    """Accounts of ARNs and owners, regions of ARNs and zones."""
    arns = [f"arn:aws:sqs:{region}:{ACCOUNT}:q" for region in ("eu-west-1", "eu-west-1", "us-east-1")]
    assert place_of({"Queues": [{"Arn": arn} for arn in arns]}) == (ACCOUNT, "eu-west-1")
    assert place_of({"OwnerId": ACCOUNT, "AvailabilityZone": "us-gov-west-1a"}) == (ACCOUNT, "us-gov-west-1")
    assert place_of({"Name": "x", "n": [1, None]}) == (None, None)
