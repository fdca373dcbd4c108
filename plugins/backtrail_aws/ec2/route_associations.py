"""Which route table serves which subnet or gateway.

https://docs.aws.amazon.com/vpc/latest/userguide/WorkWithRouteTables.html
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, errors, founding
from backtrail_aws.ec2.route_tables import ROUTE_TABLES
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import RouteTable, TableAssociation
from backtrail_aws.ec2.subnets import SUBNETS


@service.handle
def associate_route_table(state: Ec2, call: Call[api.AssociateRouteTable]) -> api.AssociateRouteTableResult:
    """A subnet or a gateway has one table; the one that it has already is no error."""
    params = call.params
    table = ROUTE_TABLES.find(state, params.route_table_id)
    served = told(params.subnet_id, told(params.gateway_id, ""))
    if not served:
        raise errors.missing("subnetId")
    if not isinstance(params.subnet_id, UnsetType):
        subnet = SUBNETS.find(state, params.subnet_id)
        if subnet.vpc != table.vpc and UNSET not in (subnet.vpc, table.vpc):
            # evidence: https://github.com/smoketurner/serverless-vpc-plugin/issues/147 (gateways); words: guess
            raise errors.invalid(
                f"route table {table.id} and subnet {subnet.id} belong to different networks"
            )
    else:
        _check_gateway(state, table, served)
    held = state.network.table_of.get(served)
    if held is not None and held in table.associations:
        return api.AssociateRouteTableResult(association_id=held, association_state=_associated())
    if held is not None:
        # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/38960
        raise Refusal(
            "Resource.AlreadyAssociated",
            f"the specified association for route table {table.id} conflicts with an existing association",
        )
    return api.AssociateRouteTableResult(
        association_id=call.new_id("rtbassoc"), association_state=_associated()
    )


def _associated() -> api.RouteTableAssociationState:
    return api.RouteTableAssociationState(state="associated")


def _check_gateway(state: Ec2, table: RouteTable, gateway: str) -> None:
    held = state.network.internet_gateways.get(gateway)
    if gateway.startswith("igw-") and held is None:
        raise no_gateway(gateway)
    if held is not None and held.vpc != table.vpc and not isinstance(table.vpc, UnsetType):
        # evidence: https://github.com/smoketurner/serverless-vpc-plugin/issues/147
        raise errors.invalid(
            f"route table {table.id} and network gateway {gateway} belong to different networks"
        )


def no_gateway(gateway: str) -> Refusal:
    """A gateway that is not there."""
    # evidence: https://github.com/devopsacademyau/academy/pull/906
    return Refusal("InvalidGatewayID.NotFound", f"The gateway ID '{gateway}' does not exist")


@service.project
def route_table_associated(
    state: Ec2, event: Event[api.AssociateRouteTable, api.AssociateRouteTableResult]
) -> None:
    """The table serves the subnet or the gateway."""
    params = event.params
    table = ROUTE_TABLES.known(state, event, params.route_table_id)
    if isinstance(params.subnet_id, str):
        subnet = SUBNETS.known(state, event, params.subnet_id)
        if isinstance(subnet.vpc, UnsetType):
            subnet.vpc = table.vpc
        if isinstance(table.vpc, UnsetType):
            table.vpc = subnet.vpc
    if isinstance(event.result.association_id, str):
        serve(
            state, table,
            TableAssociation(id=event.result.association_id, subnet=params.subnet_id, gateway=params.gateway_id),
        )  # fmt: skip


def serve(state: Ec2, table: RouteTable, association: TableAssociation) -> None:
    """In a fold: a table serves a subnet or a gateway, which leaves the table that it had."""
    network = state.network
    for served in (association.subnet, association.gateway):
        if isinstance(served, str):
            founding.leave_table(network, served)
            network.table_of[served] = association.id
    table.associations[association.id] = association
    network.table_associations[association.id] = table.id


@service.handle
def disassociate_route_table(state: Ec2, call: Call[api.DisassociateRouteTable]) -> None:
    """The subnet goes back to the main table; the main association stays."""
    _, association = _found(state, call.params.association_id)
    if association.main:
        # evidence: https://github.com/ansible/ansible/issues/25521
        raise errors.invalid(f"cannot disassociate the main route table association {association.id}")


@service.project
def route_table_disassociated(state: Ec2, event: Event[api.DisassociateRouteTable, None]) -> None:
    """The association is gone."""
    _drop(state, event.params.association_id)


def _drop(state: Ec2, identifier: str) -> TableAssociation | None:
    network = state.network
    table = network.route_tables.get(network.table_associations.pop(identifier, ""))
    association = table.associations.pop(identifier, None) if table is not None else None
    for served in (association.subnet, association.gateway) if association is not None else ():
        if isinstance(served, str) and network.table_of.get(served) == identifier:
            del network.table_of[served]
    return association


@service.handle
def replace_route_table_association(
    state: Ec2, call: Call[api.ReplaceRouteTableAssociation]
) -> api.ReplaceRouteTableAssociationResult:
    """Another table serves the subnet, or becomes the main one."""
    table, _ = _found(state, call.params.association_id)
    other = ROUTE_TABLES.find(state, call.params.route_table_id)
    if other.vpc != table.vpc and UNSET not in (other.vpc, table.vpc):
        # evidence: guess
        raise errors.invalid(
            f"route table {other.id} and route table {table.id} belong to different networks"
        )
    return api.ReplaceRouteTableAssociationResult(
        new_association_id=call.new_id("rtbassoc"), association_state=_associated()
    )


@service.project
def route_table_association_replaced(
    state: Ec2, event: Event[api.ReplaceRouteTableAssociation, api.ReplaceRouteTableAssociationResult]
) -> None:
    """The other table serves what the old one did. Of an association that nobody knows, nobody knows whom."""
    table = ROUTE_TABLES.known(state, event, event.params.route_table_id)
    old = _drop(state, event.params.association_id)
    new = event.result.new_association_id
    if old is None or isinstance(new, UnsetType):
        return
    serve(state, table, TableAssociation(id=new, subnet=old.subnet, gateway=old.gateway, main=old.main))
    vpc = state.network.vpcs.get(str(table.vpc))
    if old.main and vpc is not None:
        vpc.main_table = table.id


def _found(state: Ec2, identifier: str) -> tuple[RouteTable, TableAssociation]:
    table = state.network.route_tables.get(state.network.table_associations.get(identifier, ""))
    if table is None:
        # evidence: page errors-overview.html (InvalidAssociationID.NotFound); words: guess
        raise errors.not_found("InvalidAssociationID.NotFound", "association ID", [identifier])
    return table, table.associations[identifier]


def table_for(state: Ec2, subnet: str) -> RouteTable | None:
    """The table that routes a subnet's traffic: its own, else its VPC's main one; None where no record told."""
    network = state.network
    association = network.table_of.get(subnet)
    if association is not None:
        return network.route_tables.get(network.table_associations.get(association, ""))
    held = network.subnets.get(subnet)
    vpc: Any = network.vpcs.get(str(held.vpc)) if held is not None else None
    return network.route_tables.get(str(vpc.main_table)) if vpc is not None else None
