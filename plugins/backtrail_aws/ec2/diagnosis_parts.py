"""What a diagnosis is made of."""

from __future__ import annotations

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


def is_public(state: Ec2, table: RouteTable | None) -> bool:
    """Whether a table leads to the internet: SUB-04, by its routes and by nothing else."""
    route = table.routes.get(ANYWHERE) if table is not None else None
    return (
        table is not None and route is not None and route.target.startswith("igw-")
        and route_state(state, table, route) == "active"
    )  # fmt: skip
