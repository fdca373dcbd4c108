"""Spot interruptions: a notice first, then the end, or a stop, in the way that the request says.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html: two minutes lie between the
two, in which the instance reads `spot/instance-action` of its metadata. The end is a record of its own, as AWS's
`BidEvictedEvent` is (UserGuide/monitor-with-cloudtrail.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from backtrail import UNSET, Answer, Call, Command, Event, Params, UnsetType, field, told
from backtrail_aws.ec2 import instance_ends, spot_launches
from backtrail_aws.ec2.spot_launches import DUE_FORM, DUE_LENGTH, due_key
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_compute import Instance
from backtrail_aws.ec2.state_fleets import SpotRequest

NOTICE = service.option(
    "spot_interruption_notice_s",
    120,
    "Seconds between the notice of a spot interruption and the end.",
    least=0,
)
_MARKED = {"terminate": "marked-for-termination", "stop": "marked-for-stop", "hibernate": "marked-for-stop"}
"""spot-request-status.html"""


def notice(call: Call[Any]) -> timedelta:
    """How long before its end an instance is told."""
    return timedelta(seconds=call.option(NOTICE))


def mark(state: Ec2, request: SpotRequest, ends: datetime, now: datetime) -> None:
    """In a fold: an instance is told that it will be interrupted."""
    request.status, request.updated, request.ends = (
        _MARKED.get(request.behavior, "marked-for-stop"),
        now,
        ends,
    )
    state.fleets.due[due_key(ends, request.id)] = request.id


def next_due(state: Ec2) -> datetime | None:
    """When the next instance is to be interrupted."""
    first = state.fleets.due.first()
    return datetime.strptime(first[:DUE_LENGTH], DUE_FORM).replace(tzinfo=UTC) if first is not None else None


@service.timer(next_due)
def notice_ended(state: Ec2, now: datetime) -> Iterator[Command]:
    """The instances whose notice has run out."""
    until = due_key(now) + "\x01"
    for key in state.fleets.due:
        if key > until:
            return
        request = state.fleets.spot.get(state.fleets.due[key])
        instance = told(request.instance, "") if request is not None else ""
        yield Command("ec2", BidEvictedEvent(instance_id_set=[instance]))


class BidEvictedEvent(Params):
    """Spot instances are interrupted. AWS's own record names them in `serviceEventDetails`."""

    instance_id_set: list[str] | UnsetType = field(name="instanceIdSet", default=UNSET)


@service.handle(internal=True)
def evict_bids(state: Ec2, call: Call[BidEvictedEvent]) -> Answer[None]:
    """Nothing stands in the way."""
    return Answer(None)


@service.project
def bids_evicted(state: Ec2, event: Event[BidEvictedEvent, None]) -> None:
    """The instances end, or stop; AWS's own records do not say which: where no request is known, they end."""
    wanted = set(told(event.params.instance_id_set, []))
    for name in sorted(wanted):
        instance = state.compute.instances.get(name)
        if instance is not None:
            _interrupt(state, event, instance)


def _interrupt(state: Ec2, event: Event[BidEvictedEvent, None], instance: Instance) -> None:
    request = state.fleets.spot.get(told(instance.spot_request, ""))
    if request is not None:
        spot_launches.forget_end(state, request)
    if instance.state not in ("pending", "running"):
        return
    if request is None or request.behavior == "terminate":
        instance_ends.ended(
            state,
            event,
            instance,
            instance_ends.BY_PRICE,
            "Service initiated",
            "instance-terminated-by-price",
        )
        return
    instance_ends.stopped(state, event, instance, instance_ends.STOPPED_BY_PRICE, "Service initiated")
    request.status = "instance-stopped-by-price"


def action_of(state: Ec2, instance: Instance) -> tuple[str, str] | None:
    """What will happen to an instance, and when: what its metadata tells it; None where nothing will."""
    request = state.fleets.spot.get(told(instance.spot_request, ""))
    if request is None or isinstance(request.ends, UnsetType):
        return None
    action = request.behavior if request.behavior in ("stop", "hibernate") else "terminate"
    return action, f"{request.ends.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
