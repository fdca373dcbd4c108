"""Routes to network interfaces: of an instance that forwards, or of something that AWS manages.

https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-appliance-routing.html
"""

from __future__ import annotations

from collections.abc import Mapping

from backtrail import UNSET, UnsetType, told
from backtrail_aws.ec2 import errors, route_targets
from backtrail_aws.ec2.interfaces import INTERFACES
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_network import RouteTable


def _alive(state: Ec2, table: RouteTable, identifier: str) -> bool:
    """Whether an interface takes what a route sends it: it is attached, and its instance runs (API_Route: State)."""
    interface = state.addresses.interfaces.get(identifier)
    if interface is None or isinstance(interface.attachment, UnsetType):
        return False
    instance = state.compute.instances.get(told(interface.attachment.instance, ""))
    return instance is None or instance.state in ("pending", "running")


def _check(state: Ec2, table: RouteTable, identifier: str) -> None:
    interface = INTERFACES.find(state, identifier)
    if UNSET not in (interface.vpc, table.vpc) and interface.vpc != table.vpc:
        # evidence: page errors-overview.html; words: guess
        raise errors.invalid(
            f"route table {table.id} and interface {identifier} belong to different networks"
        )


def _more(state: Ec2, identifier: str) -> Mapping[str, str]:
    """The instance that an interface is attached to, and its owner (API_Route)."""
    interface = state.addresses.interfaces.get(identifier)
    if interface is None or isinstance(interface.attachment, UnsetType):
        return {}
    instance = state.compute.instances.get(told(interface.attachment.instance, ""))
    return {"instance_id": instance.id, "instance_owner_id": instance.owner} if instance is not None else {}


route_targets.declare("network_interface_id", prefix="eni", alive=_alive, check=_check, more=_more)
