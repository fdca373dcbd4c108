"""What a diagnosis is made of."""

from __future__ import annotations

from typing import Any

from backtrail import Params

ENDINGS = {
    "igw": ["DetachInternetGateway", "DeleteInternetGateway"], "nat": ["DeleteNatGateway"],
    "pcx": ["DeleteVpcPeeringConnection"], "eni": ["DeleteNetworkInterface"],
    "i": ["TerminateInstances", "StopInstances"], "vgw": ["DetachVpnGateway", "DeleteVpnGateway"],
    "tgw": ["DeleteTransitGatewayVpcAttachment", "DeleteTransitGateway"], "vpce": ["DeleteVpcEndpoints"],
}  # fmt: skip
"""What makes a route to something a blackhole."""


class Blame(Params):
    """Which records to look for: those of some actions that mention a resource; the last one is to blame."""

    resource: str
    actions: list[str]


class Finding(Params):
    """What a rule found: what one sees, why, what to do. `event` is the record itself where it is known already."""

    rule: str
    symptom: str
    cause: str
    fix: str
    blame: list[Blame] = []
    event: str = ""


class Failure(Params):
    """A call that failed: as its record tells it."""

    event: str
    action: str
    error: str
    message: str = ""
    region: str = ""
    params: dict[str, Any] = {}
