"""VPC peering: https://docs.aws.amazon.com/vpc/latest/peering/

A connection stands in the State of both sides: the requester's and the accepter's account and region.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, cidrs, errors, filters, route_targets, tags, uses
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.peering_answers import message, shown
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_gateways import Peering, PeerVpc
from backtrail_aws.ec2.state_network import RouteTable, Vpc
from backtrail_aws.ec2.vpcs import VPCS

PEERINGS = Kind(
    "vpc-peering-connection", "pcx", Peering, lambda state: state.gateways.peerings,
    code="InvalidVpcPeeringConnectionID.NotFound", noun="vpcPeeringConnection ID",
    malformed="InvalidVpcPeeringConnectionId.Malformed", cloudformation="AWS::EC2::VPCPeeringConnection",
    parameters=("vpc_peering_connection_id", "vpc_peering_connection_ids"),
    created_by=("CreateVpcPeeringConnection",),
)  # fmt: skip

_EXPIRES_AFTER = timedelta(days=7)  # vpc/latest/peering/vpc-peering-basics.html: pending-acceptance
_SHOWN_FOR = timedelta(hours=2)  # the same: deleted, rejected, expired


SAME_REGION = service.option(
    "peering_same_region_only", False, "Whether peerings between regions fail, as they did until 2017."
)

# both sides


def _sides(
    call: Call[api.CreateVpcPeeringConnection] | Event[api.CreateVpcPeeringConnection, Any],
) -> list[tuple[str, str]]:
    """Both sides of a request: account and region."""
    params = call.params
    own = (call.account, call.region)
    peer = (told(params.peer_owner_id, call.account), told(params.peer_region, call.region))
    return [own] if own == peer else [own, peer]


class Asked(msgspec.Struct, frozen=True):
    """Beside the record of a request: whether it fails, which its answer does not show yet, and whether it was asked
    before (`again`)."""

    failed: bool = False
    again: bool = False


class Sides(msgspec.Struct, frozen=True):
    """Beside a record whose answer shows neither side: account and region of both."""

    sides: list[tuple[str, str]] = []


def _noted(peering: Peering) -> Sides:
    found = [(told(one.account, ""), told(one.region, "")) for one in (peering.requester, peering.accepter)]
    return Sides(sides=[one for one in found if all(one)])


def _sides_noted(event: Event[Any, Any]) -> list[tuple[str, str]]:
    """Both sides, as the note tells them; without one, that of whoever acted."""
    note = event.note(Sides)
    return list(dict.fromkeys([(event.account, event.region), *(note.sides if note is not None else [])]))


def _sides_shown(event: Event[Any, Any]) -> list[tuple[str, str]]:
    """Both sides of a connection that an answer shows."""
    made: api.VpcPeeringConnection = told(
        getattr(event.result, "vpc_peering_connection", UNSET), api.VpcPeeringConnection()
    )
    infos = [
        one for one in (made.requester_vpc_info, made.accepter_vpc_info) if not isinstance(one, UnsetType)
    ]
    found = [(told(one.owner_id, event.account), told(one.region, event.region)) for one in infos]
    return list(dict.fromkeys([(event.account, event.region), *found]))


# request


@service.handle
def create_vpc_peering_connection(
    state: Ec2, call: Call[api.CreateVpcPeeringConnection]
) -> Answer[api.CreateVpcPeeringConnectionResult]:
    """A request to the owner of another VPC; where the blocks of both overlap it fails, later."""
    params = call.params
    tags.check_new(params.tag_specifications, "vpc-peering-connection")
    vpc = VPCS.find(state, params.vpc_id)
    if isinstance(params.peer_vpc_id, UnsetType):
        raise errors.missing("peerVpcId")
    account, region = told(params.peer_owner_id, call.account), told(params.peer_region, call.region)
    if params.peer_vpc_id == vpc.id:
        # evidence: guess
        raise errors.invalid("The vpc and peer vpc cannot be the same.")
    if (account, region) == (call.account, call.region):
        VPCS.find(state, params.peer_vpc_id)
    there = _between(state, vpc.id, params.peer_vpc_id, call)
    if there is not None and there.requester.vpc == vpc.id and status(there, call) == "pending-acceptance":
        return Answer(
            api.CreateVpcPeeringConnectionResult(vpc_peering_connection=shown(there, "pending-acceptance")),
            note=Asked(again=True),
        )
    if there is not None:
        # evidence: page errors-overview.html (VpcPeeringConnectionAlreadyExists); words: guess
        raise Refusal(
            "VpcPeeringConnectionAlreadyExists", f"A VPC peering connection '{there.id}' already exists."
        )
    peering = Peering(
        id=call.new_id("pcx"), requester=_side(vpc, call.account, call.region),
        accepter=PeerVpc(vpc=params.peer_vpc_id, account=account, region=region),
        status="initiating-request", since=call.time, expires=call.time + _EXPIRES_AFTER,
        tags=tags.given(params.tag_specifications, "vpc-peering-connection"),
    )  # fmt: skip
    result = api.CreateVpcPeeringConnectionResult(vpc_peering_connection=shown(peering, "initiating-request"))
    peer = call.own(service, account, region).network.vpcs.get(params.peer_vpc_id)
    theirs = [one.cidr for one in peer.blocks] if peer is not None else []
    apart = bool(call.option(SAME_REGION)) and region != call.region
    return Answer(result, note=Asked(failed=apart or _overlap(theirs, peering.requester.blocks)))


def _between(state: Ec2, one: str, other: str, call: Call[Any]) -> Peering | None:
    """A connection of two VPCs that is asked for or stands."""
    for peering in state.gateways.peerings.values():
        ends = {peering.requester.vpc, peering.accepter.vpc}
        if ends == {one, other} and status(peering, call) in ("pending-acceptance", "active"):
            return peering
    return None


def _side(vpc: Vpc, account: str, region: str) -> PeerVpc:
    return PeerVpc(
        vpc=vpc.id, account=account, region=region, blocks=[one.cidr for one in vpc.blocks],
        ipv6_blocks=[one.cidr for one in vpc.ipv6_blocks],
    )  # fmt: skip


@service.project(at=_sides)
def vpc_peering_connection_created(
    state: Ec2, event: Event[api.CreateVpcPeeringConnection, api.CreateVpcPeeringConnectionResult]
) -> None:
    """Both sides know of the request; where the blocks of both overlap, in one account and region, it failed."""
    made = told(event.result.vpc_peering_connection, api.VpcPeeringConnection())
    if isinstance(made.vpc_peering_connection_id, UnsetType):
        return
    params, note = event.params, event.note(Asked)
    if note is not None and note.again:
        return
    peering = PEERINGS.known(state, event, made.vpc_peering_connection_id)
    peering.requester = _of_shown(made.requester_vpc_info, event, params.vpc_id)
    peering.accepter = _of_shown(made.accepter_vpc_info, event, told(params.peer_vpc_id, ""))
    peering.accepter.account = told(params.peer_owner_id, event.account)
    peering.accepter.region = told(params.peer_region, event.region)
    if params.vpc_id not in state.network.vpcs and told(params.peer_vpc_id, "") in state.network.vpcs:
        side = peering.accepter  # this State is the accepter's: its own ARN has its account and region
        peering.arn = event.arn(
            "ec2",
            f"{PEERINGS.arn_name}/{peering.id}",
            region=told(side.region, None),
            account=told(side.account, None),
        )
    peering.status, peering.since, peering.expires = (
        "pending-acceptance",
        event.time,
        event.time + _EXPIRES_AFTER,
    )
    peering.tags = tags.given(params.tag_specifications, "vpc-peering-connection")
    peer = state.network.vpcs.get(told(peering.accepter.vpc, ""))
    theirs = [one.cidr for one in peer.blocks] if peer is not None else []
    if (note is not None and note.failed) or _overlap(theirs, peering.requester.blocks):
        peering.status = "failed"


def _of_shown(info: api.VpcPeeringConnectionVpcInfo | UnsetType, event: Event[Any, Any], vpc: str) -> PeerVpc:
    if isinstance(info, UnsetType):
        return PeerVpc(vpc=vpc or UNSET, account=event.account, region=event.region)
    blocks = [told(one.cidr_block, "") for one in told(info.cidr_block_set, [])]
    if not blocks and isinstance(info.cidr_block, str):
        blocks = [info.cidr_block]
    return PeerVpc(
        vpc=told(info.vpc_id, vpc or UNSET), account=told(info.owner_id, event.account),
        region=told(info.region, event.region), blocks=blocks,
        ipv6_blocks=[told(one.ipv6_cidr_block, "") for one in told(info.ipv6_cidr_block_set, [])],
    )  # fmt: skip


# answer


@service.handle
def accept_vpc_peering_connection(
    state: Ec2, call: Call[api.AcceptVpcPeeringConnection]
) -> api.AcceptVpcPeeringConnectionResult:
    """The owner of the accepter's VPC accepts a request that is pending."""
    peering = _answerable(state, call, call.params.vpc_peering_connection_id, "accept")
    vpc = VPCS.get(state, told(peering.accepter.vpc, ""))
    if vpc is None:
        # evidence: guess
        raise errors.incorrect_state(f"The VPC '{peering.accepter.vpc}' does not exist")
    accepter = _side(vpc, call.account, call.region)
    if _overlap(accepter.blocks, peering.requester.blocks):
        # evidence: page errors-overview.html (OverlappingCIDR…); words: guess
        raise errors.incorrect_state(
            "The VPC peering connection has overlapping CIDR blocks and cannot be accepted."
        )
    answered = msgspec.structs.replace(peering, accepter=accepter)
    return api.AcceptVpcPeeringConnectionResult(vpc_peering_connection=shown(answered, "provisioning"))


@service.project(at=_sides_shown)
def vpc_peering_connection_accepted(
    state: Ec2, event: Event[api.AcceptVpcPeeringConnection, api.AcceptVpcPeeringConnectionResult]
) -> None:
    """The connection is active, on both sides."""
    peering = PEERINGS.known(state, event, event.params.vpc_peering_connection_id)
    made = told(event.result.vpc_peering_connection, api.VpcPeeringConnection())
    if not isinstance(made.accepter_vpc_info, UnsetType):
        peering.accepter = _of_shown(made.accepter_vpc_info, event, "")
    if not isinstance(made.requester_vpc_info, UnsetType):
        peering.requester = _of_shown(made.requester_vpc_info, event, "")
    peering.status, peering.since, peering.expires = "active", event.time, UNSET


@service.handle
def reject_vpc_peering_connection(
    state: Ec2, call: Call[api.RejectVpcPeeringConnection]
) -> Answer[api.RejectVpcPeeringConnectionResult]:
    """The owner of the accepter's VPC refuses a request that is pending."""
    peering = _answerable(state, call, call.params.vpc_peering_connection_id, "reject")
    return Answer(api.RejectVpcPeeringConnectionResult(return_=True), note=_noted(peering))


@service.project(at=_sides_noted)
def vpc_peering_connection_rejected(
    state: Ec2, event: Event[api.RejectVpcPeeringConnection, api.RejectVpcPeeringConnectionResult]
) -> None:
    """The request is rejected, on both sides."""
    peering = PEERINGS.known(state, event, event.params.vpc_peering_connection_id)
    peering.status, peering.since, peering.expires = "rejected", event.time, UNSET


def _answerable(state: Ec2, call: Call[Any], identifier: str, verb: str) -> Peering:
    peering = PEERINGS.find(state, identifier)
    here = (peering.accepter.account, peering.accepter.region)
    if here != (call.account, call.region) and not isinstance(peering.accepter.account, UnsetType):
        # evidence: guess
        raise errors.not_permitted(f"User {call.account} cannot {verb} peering {identifier}")
    now = status(peering, call)
    if now != "pending-acceptance":
        # evidence: https://github.com/hashicorp/terraform/issues/7465 (from rejected to deleting)
        raise Refusal(
            "InvalidStateTransition",
            f"Invalid state transition for {identifier}, attempted to transition from {now} to "
            + ("provisioning" if verb == "accept" else "rejected"),
        )
    return peering


def _overlap(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    return any(cidrs.overlap(one, theirs) for one in ours)


# delete


@service.handle
def delete_vpc_peering_connection(
    state: Ec2, call: Call[api.DeleteVpcPeeringConnection]
) -> Answer[api.DeleteVpcPeeringConnectionResult]:
    """Either side ends a connection; the requester takes back a request."""
    peering = PEERINGS.find(state, call.params.vpc_peering_connection_id)
    now = status(peering, call)
    if now in ("rejected", "expired", "failed", "deleted"):
        # evidence: https://github.com/hashicorp/terraform/issues/7465
        raise Refusal(
            "InvalidStateTransition",
            f"Invalid state transition for {peering.id}, attempted to transition from {now} to deleting",
        )
    return Answer(api.DeleteVpcPeeringConnectionResult(return_=True), note=_noted(peering))


@service.project(at=_sides_noted)
def vpc_peering_connection_deleted(
    state: Ec2, event: Event[api.DeleteVpcPeeringConnection, api.DeleteVpcPeeringConnectionResult]
) -> None:
    """The connection is deleted, on both sides; routes to it are blackholes."""
    peering = PEERINGS.known(state, event, event.params.vpc_peering_connection_id)
    peering.status, peering.since, peering.expires = "deleted", event.time, UNSET
    peering.ended_by = event.account


@service.evidence
def vpc_peering_connection_was_gone(state: Ec2, event: Event[api.DeleteVpcPeeringConnection, None]) -> None:
    """A connection that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidVpcPeeringConnectionID.NotFound":
        state.gateways.peerings.pop(event.params.vpc_peering_connection_id, None)


# describe


def status(peering: Peering, call: Call[Any]) -> str:
    """A connection's status as of a call: a request expires by itself."""
    if not isinstance(peering.expires, UnsetType) and call.time >= peering.expires:
        return "expired"
    return peering.status


def _is_forgotten(peering: Peering, call: Call[Any]) -> bool:
    if status(peering, call) in ("active", "pending-acceptance"):
        return False
    ended = told(peering.expires, peering.since)
    return not isinstance(ended, UnsetType) and call.time > ended + _SHOWN_FOR


def _fields(call: Call[Any]) -> filters.Fields[Peering]:
    """API_DescribeVpcPeeringConnections: Filters."""
    return {
        "accepter-vpc-info.cidr-block": lambda one: one.accepter.blocks,
        "accepter-vpc-info.owner-id": lambda one: one.accepter.account,
        "accepter-vpc-info.vpc-id": lambda one: one.accepter.vpc,
        "expiration-time": lambda one: (
            None if isinstance(one.expires, UnsetType) else one.expires.isoformat()
        ),
        "requester-vpc-info.cidr-block": lambda one: one.requester.blocks,
        "requester-vpc-info.owner-id": lambda one: one.requester.account,
        "requester-vpc-info.vpc-id": lambda one: one.requester.vpc,
        "status-code": lambda one: status(one, call),
        "status-message": lambda one: message(one, status(one, call)),
        "vpc-peering-connection-id": lambda one: one.id,
    }


@service.read
def describe_vpc_peering_connections(
    state: Ec2, call: Call[api.DescribeVpcPeeringConnections]
) -> api.DescribeVpcPeeringConnectionsResult:
    """Connections, in the order of their ids; those that ended for a while."""
    ids = call.params.vpc_peering_connection_ids
    page = filters.described(state, call, PEERINGS, ids, _fields(call))
    return api.DescribeVpcPeeringConnectionsResult(
        vpc_peering_connections=[
            shown(one, status(one, call)) for one in page.items if not _is_forgotten(one, call)
        ],
        next_token=page.next or UNSET,
    )


# as the target of routes


@uses.of("vpc")
def of_vpc(state: Ec2, vpc: str) -> bool:
    """Whether an active connection has a VPC; deleting the VPC would not delete it."""
    return any(
        one.status == "active" and vpc in (one.requester.vpc, one.accepter.vpc)
        for one in state.gateways.peerings.values()
    )


def _alive(state: Ec2, table: RouteTable, identifier: str) -> bool:
    held = state.gateways.peerings.get(identifier)
    return held is not None and held.status == "active"


def _check(state: Ec2, table: RouteTable, identifier: str) -> None:
    peering = PEERINGS.find(state, identifier)
    ends = (peering.requester.vpc, peering.accepter.vpc)
    if isinstance(table.vpc, str) and all(isinstance(one, str) for one in ends) and table.vpc not in ends:
        # evidence: guess
        raise errors.invalid(
            f"route table {table.id} and vpc peering connection {identifier} belong to different networks"
        )
    if peering.status in ("deleted", "rejected", "failed"):
        # evidence: guess
        raise errors.incorrect_state(f"VpcPeeringConnection {identifier} is not active")


route_targets.declare("vpc_peering_connection_id", prefix="pcx", alive=_alive, check=_check)
