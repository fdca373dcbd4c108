"""A load balancer's nodes: a network interface in each of its subnets, made and kept by Elastic Load Balancing's role.

https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-service-linked-roles.html. Which interface is
whose is read from EC2's own records, by their description; so it is from a real account's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import UNSET, Command, Event, Params, UnsetType, field, told
from backtrail_aws.balancing import roles
from backtrail_aws.elbv2 import api
from backtrail_aws.elbv2.state import Balancer, LoadBalancers, service

_TYPES = {"network": "network_load_balancer", "gateway": "gateway_load_balancer"}


class CreateNetworkInterface(Params):
    """What EC2 is told, and what its records tell."""

    subnet_id: str = field(name="subnetId")
    description: str | UnsetType = UNSET
    private_ip_address: str | UnsetType = field(name="privateIpAddress", default=UNSET)
    groups: list[str] | UnsetType = UNSET
    interface_type: str | UnsetType = field(name="interfaceType", default=UNSET)


class Made(Params):
    """The interface that EC2 made."""

    network_interface_id: str | UnsetType = field(name="networkInterfaceId", default=UNSET)


class CreateNetworkInterfaceResult(Params):
    """What EC2 answered."""

    network_interface: Made | UnsetType = field(name="networkInterface", default=UNSET)


class DeleteNetworkInterface(Params):
    """What EC2 is told, and what its records tell."""

    network_interface_id: str = field(name="networkInterfaceId")


class ModifyNetworkInterfaceAttribute(Params):
    """What EC2 is told."""

    network_interface_id: str = field(name="networkInterfaceId")
    groups: list[str]


def description_of(arn: str) -> str:
    """How a load balancer's interfaces are described: `ELB app/name/0123456789abcdef`."""
    return f"ELB {arn.rpartition(':loadbalancer/')[2]}"


def role(event: Event[Any, Any]) -> str:
    """The ARN of the role that acts on interfaces."""
    return event.arn("iam", f"role{roles.PATH}{roles.ROLE}", region="")


def wanted(held: Balancer, event: Event[Any, Any]) -> Iterator[Command]:
    """What makes the interfaces as they should be: those that are lacking, and an end to those that are too many."""
    zones = told(held.shown.availability_zones, [])
    subnets = [one.subnet_id for one in zones if isinstance(one.subnet_id, str)]
    for subnet, interface in held.interfaces.items():
        if subnet not in subnets:
            yield Command("ec2", DeleteNetworkInterface(network_interface_id=interface), as_=role(event))
    for subnet in subnets:
        if subnet in held.interfaces:
            continue
        mapping = held.mappings.get(subnet, api.SubnetMapping())
        made = CreateNetworkInterface(
            subnet_id=subnet, description=description_of(held.arn), groups=held.shown.security_groups or UNSET,
            interface_type=_TYPES.get(held.kind, UNSET), private_ip_address=mapping.private_i_pv4_address,
        )  # fmt: skip
        yield Command("ec2", made, as_=role(event), source_arn=held.arn)


def regrouped(held: Balancer, event: Event[Any, Any]) -> Iterator[Command]:
    """What gives the interfaces the load balancer's security groups."""
    groups = told(held.shown.security_groups, [])
    for interface in held.interfaces.values() if groups else ():
        yield Command(
            "ec2",
            ModifyNetworkInterfaceAttribute(network_interface_id=interface, groups=groups),
            as_=role(event),
        )


@service.project_from("ec2")
def interface_created(
    state: LoadBalancers, event: Event[CreateNetworkInterface, CreateNetworkInterfaceResult]
) -> None:
    """EC2 made an interface that is a load balancer's, by its description."""
    described = told(event.params.description, "")
    if not described.startswith("ELB ") or "/" not in described:
        return
    held = state.balancers.get(event.arn("elasticloadbalancing", f"loadbalancer/{described[4:]}"))
    made = told(event.result.network_interface, Made()).network_interface_id
    if held is not None and isinstance(made, str):
        held.interfaces[event.params.subnet_id] = made


@service.project_from("ec2")
def interface_deleted(state: LoadBalancers, event: Event[DeleteNetworkInterface, None]) -> None:
    """EC2 deleted an interface."""
    gone = event.params.network_interface_id
    for held in state.balancers.values():
        for subnet in [key for key, value in held.interfaces.items() if value == gone]:
            del held.interfaces[subnet]
    for arn, left in list(state.ending.items()):
        state.ending[arn] = [one for one in left if one != gone]
        if not state.ending[arn]:
            del state.ending[arn]
