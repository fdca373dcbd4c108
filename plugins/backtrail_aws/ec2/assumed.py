"""The default VPC that every account is taken to have, once a record tells what it is really called.

A trail that AWS wrote tells the ids of the account's own default VPC and subnets where something was put into them that
named no network. Those that were assumed (`founding`) then take the told ids; what is in them stays.
"""

from __future__ import annotations

from typing import Any

from backtrail import Event, UnsetType
from backtrail_aws.ec2 import default_network, founding
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_network import Network, Subnet, Vpc


def default_network_is(
    state: Ec2, event: Event[Any, Any], vpc: str, subnet: str | UnsetType, zone: str | UnsetType
) -> None:
    """In a fold: something that named no network was put into this VPC, this subnet, in this zone."""
    assumed = _assumed(state, event)
    if assumed is not None and vpc not in state.network.vpcs:
        _rename_vpc(state.network, event, assumed, vpc)
    default = default_network.vpc(state)
    if (
        default is None
        or default.id != vpc
        or isinstance(subnet, UnsetType)
        or subnet in state.network.subnets
    ):
        return
    held = default_network.subnet(state, zone) if isinstance(zone, str) else None
    if held is not None:
        _rename_subnet(state.network, event, held, subnet)


def _assumed(state: Ec2, event: Event[Any, Any]) -> Vpc | None:
    """The default VPC, where nothing told its id yet."""
    return state.network.vpcs.get(founding.Beginning(event.account, event.region).new_id("vpc"))


def _rename_vpc(network: Network, event: Event[Any, Any], vpc: Vpc, identifier: str) -> None:
    old = vpc.id
    del network.vpcs[old]
    vpc.id, vpc.arn = identifier, event.arn("ec2", f"vpc/{identifier}")
    network.vpcs[identifier] = vpc
    for held in (network.subnets, network.route_tables, network.network_acls, network.internet_gateways):
        for one in held.values():
            if one.vpc == old:
                one.vpc = identifier
    for group in network.security_groups.values():
        if group.vpc == old:
            network.group_names.pop(founding.group_key(old, str(group.name)), None)
            group.vpc = identifier
            network.group_names[founding.group_key(identifier, str(group.name))] = group.id


def _rename_subnet(network: Network, event: Event[Any, Any], subnet: Subnet, identifier: str) -> None:
    old = subnet.id
    del network.subnets[old]
    subnet.id, subnet.arn = identifier, event.arn("ec2", f"subnet/{identifier}")
    network.subnets[identifier] = subnet
    association = network.acl_of.pop(old, None)
    acl = network.network_acls.get(network.acl_associations.get(association or "", ""))
    if association is not None and acl is not None:
        network.acl_of[identifier] = association
        acl.associations[association] = identifier
    served = network.table_of.pop(old, None)
    table = network.route_tables.get(network.table_associations.get(served or "", ""))
    if served is not None and table is not None:
        network.table_of[identifier] = served
        table.associations[served].subnet = identifier
