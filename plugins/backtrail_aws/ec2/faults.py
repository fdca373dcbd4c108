"""Faults that whoever runs the log brings about: a zone that is down, a VPN tunnel that is.

Each is a record (`backtrail inject ec2 FailZone zone=us-east-1a`), so whoever folds the log sees the same. Instances
whose checks fail and capacity that is short are options (`ec2.impaired_instances`, `ec2.instance_capacity`).
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Params, Refusal, UnsetType, told
from backtrail_aws.ec2 import errors, regions
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.vpn_connections import VPN_CONNECTIONS


class FailZone(Params):
    """A zone goes down: its instances are impaired, none is launched there."""

    zone: str


class RecoverZone(Params):
    """A zone is up again."""

    zone: str


def _check(call: Call[FailZone] | Call[RecoverZone]) -> None:
    if regions.zone(call.region, call.params.zone) is None:
        raise no_zone(call.params.zone)


def no_zone(zone: str) -> Refusal:
    """A zone that the region does not have."""
    # evidence: guess
    return errors.invalid(f"Invalid availability zone: [{zone}]")


@service.inject
def fail_zone(state: Ec2, call: Call[FailZone]) -> None:
    """A zone of the region."""
    _check(call)


@service.project
def zone_failed(state: Ec2, event: Event[FailZone, None]) -> None:
    """The zone is down."""
    if event.params.zone not in state.watching.zones_down:
        state.watching.zones_down.append(event.params.zone)


@service.inject
def recover_zone(state: Ec2, call: Call[RecoverZone]) -> None:
    """A zone of the region."""
    _check(call)


@service.project
def zone_recovered(state: Ec2, event: Event[RecoverZone, None]) -> None:
    """The zone is up."""
    state.watching.zones_down = [one for one in state.watching.zones_down if one != event.params.zone]


class FailVpnTunnel(Params):
    """A tunnel of a VPN connection goes down: the one of that outside address, or both."""

    connection: str
    address: str | UnsetType = UNSET


class RecoverVpnTunnel(Params):
    """All tunnels of a VPN connection are up again."""

    connection: str


@service.inject
def fail_vpn_tunnel(state: Ec2, call: Call[FailVpnTunnel]) -> None:
    """A tunnel of a connection that is there."""
    connection = VPN_CONNECTIONS.find(state, call.params.connection)
    outside = [told(one.outside_ip_address, "") for one in connection.tunnels]
    if isinstance(call.params.address, str) and call.params.address not in outside:
        # evidence: guess: nothing that AWS answers, but who injects a fault is told what is wrong
        raise errors.invalid(
            f"{connection.id} has no tunnel {call.params.address}, but {' and '.join(outside)}"
        )


@service.project
def vpn_tunnel_failed(state: Ec2, event: Event[FailVpnTunnel, None]) -> None:
    """The tunnel is down."""
    connection = VPN_CONNECTIONS.known(state, event, event.params.connection)
    outside = [told(one.outside_ip_address, "") for one in connection.tunnels]
    named = [event.params.address] if isinstance(event.params.address, str) else outside
    connection.down = sorted({*connection.down, *named})


@service.inject
def recover_vpn_tunnel(state: Ec2, call: Call[RecoverVpnTunnel]) -> None:
    """A connection that is there."""
    VPN_CONNECTIONS.find(state, call.params.connection)


@service.project
def vpn_tunnel_recovered(state: Ec2, event: Event[RecoverVpnTunnel, None]) -> None:
    """The tunnels are up."""
    VPN_CONNECTIONS.known(state, event, event.params.connection).down = []
