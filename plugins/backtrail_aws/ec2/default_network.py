"""Where things go that name no network: the default VPC and its subnets.

https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html
"""

from __future__ import annotations

from backtrail import Refusal
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_network import Subnet, Vpc


def vpc(state: Ec2) -> Vpc | None:
    """The region's default VPC, None where it was deleted."""
    return next((one for one in state.network.vpcs.values() if one.is_default is True), None)


def required_vpc(state: Ec2) -> Vpc:
    """The same; refuses where there is none."""
    found = vpc(state)
    if found is None:
        raise no_default_vpc()
    return found


def subnet(state: Ec2, zone: str | None = None) -> Subnet | None:
    """The default subnet of a zone; of any zone the first. None where there is none."""
    found = [
        one
        for one in state.network.subnets.values()
        if one.default_for_zone is True and zone in (None, one.zone)
    ]
    return min(found, key=lambda one: str(one.zone), default=None)


def no_default_vpc() -> Refusal:
    """The region has no default VPC, and the call names no network."""
    # evidence: https://github.com/hashicorp/terraform/issues/14488
    return Refusal("VPCIdNotSpecified", "No default VPC for this user")
