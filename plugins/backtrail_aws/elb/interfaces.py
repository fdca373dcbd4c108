"""A load balancer's nodes: a network interface in each of its subnets, made and kept by Elastic Load Balancing's role.

https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-service-linked-roles.html. Which interface is
whose is read from EC2's own records, by their description (`ELB name`); so it is from a real account's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import UNSET, Command, Event, Params, UnsetType, field, told
from backtrail_aws.balancing import roles
from backtrail_aws.elb.state import Balancer, ClassicLoadBalancers, service


class CreateNetworkInterface(Params):
    """What EC2 is told, and what its records tell."""

    subnet_id: str = field(name="subnetId")
    description: str | UnsetType = UNSET
    groups: list[str] | UnsetType = UNSET


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


def role(event: Event[Any, Any]) -> str:
    """The ARN of the role that acts on interfaces."""
    return event.arn("iam", f"role{roles.PATH}{roles.ROLE}", region="")


def wanted(held: Balancer, event: Event[Any, Any]) -> Iterator[Command]:
    """What makes the interfaces as they should be: those that are lacking, and an end to those that are too many."""
    for subnet, interface in held.interfaces.items():
        if subnet not in held.places:
            yield Command("ec2", DeleteNetworkInterface(network_interface_id=interface), as_=role(event))
    for subnet in held.places:
        if subnet not in held.interfaces:
            made = CreateNetworkInterface(
                subnet_id=subnet, description=f"ELB {held.name}", groups=held.groups or UNSET
            )
            yield Command("ec2", made, as_=role(event), source_arn=held.arn)


def ended(interfaces: list[str], event: Event[Any, Any]) -> Iterator[Command]:
    """What ends interfaces."""
    for interface in interfaces:
        yield Command("ec2", DeleteNetworkInterface(network_interface_id=interface), as_=role(event))


def regrouped(held: Balancer, event: Event[Any, Any]) -> Iterator[Command]:
    """What gives the interfaces the load balancer's security groups."""
    for interface in held.interfaces.values() if held.groups else ():
        yield Command(
            "ec2",
            ModifyNetworkInterfaceAttribute(network_interface_id=interface, groups=held.groups),
            as_=role(event),
        )


@service.project_from("ec2")
def classic_interface_created(
    state: ClassicLoadBalancers, event: Event[CreateNetworkInterface, CreateNetworkInterfaceResult]
) -> None:
    """EC2 made an interface that is a load balancer's, by its description."""
    described = told(event.params.description, "")
    held = state.balancers.get(described.removeprefix("ELB ")) if described.startswith("ELB ") else None
    made = told(event.result.network_interface, Made()).network_interface_id
    if held is not None and isinstance(made, str):
        held.interfaces[event.params.subnet_id] = made


@service.project_from("ec2")
def classic_interface_deleted(
    state: ClassicLoadBalancers, event: Event[DeleteNetworkInterface, None]
) -> None:
    """EC2 deleted an interface."""
    gone = event.params.network_interface_id
    for held in state.balancers.values():
        for subnet in [key for key, value in held.interfaces.items() if value == gone]:
            del held.interfaces[subnet]
    for name, left in list(state.ending.items()):
        state.ending[name] = [one for one in left if one != gone]
        if not state.ending[name]:
            del state.ending[name]
