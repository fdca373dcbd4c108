"""What a diagnosis is made of."""

from __future__ import annotations

from typing import Any

from backtrail import Params
from backtrail_aws.ec2.route_tables import route_state
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_network import RouteTable

ANYWHERE, ANYWHERE_V6 = "0.0.0.0/0", "::/0"
SERVED = (22, 80, 443)
"""The ports that an instance is taken to serve, where none are named."""
ACL_ACTIONS = [
    "CreateNetworkAcl", "ReplaceNetworkAclAssociation", "CreateNetworkAclEntry", "ReplaceNetworkAclEntry",
    "DeleteNetworkAclEntry",
]  # fmt: skip
ROUTE_ACTIONS = [
    "CreateRouteTable", "AssociateRouteTable", "ReplaceRouteTableAssociation", "DisassociateRouteTable", "CreateRoute",
    "ReplaceRoute", "DeleteRoute",
]  # fmt: skip
GROUP_ACTIONS = [
    "CreateSecurityGroup", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress", "ModifySecurityGroupRules",
    "AuthorizeSecurityGroupIngress",
]  # fmt: skip

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


def is_public(state: Ec2, table: RouteTable | None) -> bool:
    """Whether a table leads to the internet: SUB-04, by its routes and by nothing else."""
    route = table.routes.get(ANYWHERE) if table is not None else None
    return (
        table is not None and route is not None and route.target.startswith("igw-")
        and route_state(state, table, route) == "active"
    )  # fmt: skip
