"""Addresses of a subnet that are set aside.

https://docs.aws.amazon.com/vpc/latest/userguide/subnet-cidr-reservation.html
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ec2 import api, cidrs, errors, filters, tags
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import Reservation
from backtrail_aws.ec2.subnets import SUBNETS, bad_range, holds

RESERVATIONS = Kind(
    "subnet-cidr-reservation", "scr", Reservation, lambda state: state.network.reservations,
    code="InvalidSubnetCidrReservationID.NotFound", noun="subnet CIDR reservation ID",
    parameters=("subnet_cidr_reservation_id",), created_by=("CreateSubnetCidrReservation",),
)  # fmt: skip

_KINDS = ("prefix", "explicit")


@service.handle
def create_subnet_cidr_reservation(
    state: Ec2, call: Call[api.CreateSubnetCidrReservation]
) -> api.CreateSubnetCidrReservationResult:
    """A reservation of a block in the subnet that no other reservation has."""
    params = call.params
    tags.check_new(params.tag_specifications, "subnet-cidr-reservation")
    subnet = SUBNETS.find(state, params.subnet_id)
    block = cidrs.parsed(params.cidr)
    if block is None:
        raise cidrs.bad(params.cidr, "cidr")
    if params.reservation_type not in _KINDS:
        # evidence: guess
        raise errors.invalid(f"Value ({params.reservation_type}) for parameter reservationType is invalid.")
    if not isinstance(subnet.cidr, UnsetType) and not holds(subnet, str(block)):
        raise bad_range(params.cidr)
    if cidrs.overlap(str(block), [one.cidr for one in _of(state, subnet.id)]):
        # evidence: page subnet-cidr-reservation.html (the rule); words: guess
        raise errors.invalid(f"The CIDR '{params.cidr}' conflicts with another CIDR reservation.")
    made = Reservation(
        id=call.new_id("scr"), subnet=subnet.id, cidr=str(block), kind=params.reservation_type,
        description=params.description, tags=tags.given(params.tag_specifications, "subnet-cidr-reservation"),
    )  # fmt: skip
    made.arn = RESERVATIONS.arn(call, made.id)
    return api.CreateSubnetCidrReservationResult(subnet_cidr_reservation=_shown(made))


@service.project
def subnet_cidr_reservation_created(
    state: Ec2, event: Event[api.CreateSubnetCidrReservation, api.CreateSubnetCidrReservationResult]
) -> None:
    """The addresses are set aside."""
    made = told(event.result.subnet_cidr_reservation, api.SubnetCidrReservation())
    if isinstance(made.subnet_cidr_reservation_id, UnsetType):
        return
    SUBNETS.known(state, event, event.params.subnet_id)
    reservation = Reservation(
        id=made.subnet_cidr_reservation_id, subnet=event.params.subnet_id,
        cidr=told(made.cidr, event.params.cidr), kind=event.params.reservation_type,
        description=event.params.description,
        tags=tags.given(event.params.tag_specifications, "subnet-cidr-reservation"),
    )  # fmt: skip
    reservation.arn = RESERVATIONS.arn(event, reservation.id)
    state.network.reservations[reservation.id] = reservation


@service.handle
def delete_subnet_cidr_reservation(
    state: Ec2, call: Call[api.DeleteSubnetCidrReservation]
) -> api.DeleteSubnetCidrReservationResult:
    """The reservation that goes."""
    gone = RESERVATIONS.find(state, call.params.subnet_cidr_reservation_id)
    return api.DeleteSubnetCidrReservationResult(deleted_subnet_cidr_reservation=_shown(gone))


@service.project
def subnet_cidr_reservation_deleted(state: Ec2, event: Event[api.DeleteSubnetCidrReservation, None]) -> None:
    """The addresses are anybody's again."""
    state.network.reservations.pop(event.params.subnet_cidr_reservation_id, None)


_FIELDS: filters.Fields[Reservation] = {
    "reservationType": lambda one: one.kind,
    "subnet-id": lambda one: one.subnet,
}
"""API_GetSubnetCidrReservations: Filters."""


@service.read
def get_subnet_cidr_reservations(
    state: Ec2, call: Call[api.GetSubnetCidrReservations]
) -> api.GetSubnetCidrReservationsResult:
    """A subnet's reservations, those of IPv4 and of IPv6 apart."""
    subnet = SUBNETS.find(state, call.params.subnet_id)
    held = {one.id: one for one in _of(state, subnet.id)}
    page = filters.paged(call, held, filters.tagged(call.params.filters, _FIELDS))
    shown = [(_shown(one), ":" in one.cidr) for one in page.items]
    return api.GetSubnetCidrReservationsResult(
        subnet_ipv4_cidr_reservations=[one for one, v6 in shown if not v6],
        subnet_ipv6_cidr_reservations=[one for one, v6 in shown if v6],
        next_token=page.next or UNSET,
    )


def _of(state: Ec2, subnet: str) -> list[Reservation]:
    return [one for one in state.network.reservations.values() if one.subnet == subnet]


def _shown(one: Reservation) -> api.SubnetCidrReservation:
    return api.SubnetCidrReservation(
        subnet_cidr_reservation_id=one.id, subnet_id=one.subnet, cidr=one.cidr, reservation_type=one.kind,
        owner_id=one.owner, description=one.description, tags=tags.shown(one.tags),
    )  # fmt: skip
