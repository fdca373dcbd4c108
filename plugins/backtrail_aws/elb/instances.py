"""Instances of a load balancer: registered, deregistered, and gone with themselves.

https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-deregister-register-instances.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backtrail import UNSET, Call, Event, Params, UnsetType, field, told
from backtrail_aws.balancing import network
from backtrail_aws.elb import api, errors, limits, names
from backtrail_aws.elb.state import Balancer, ClassicLoadBalancers, Registered, service


def registered(held: Balancer) -> list[str]:
    """The instances that are registered; those that are leaving are not."""
    return [name for name, one in held.instances.items() if isinstance(one.leaving, UnsetType)]


def ids_of(given: Sequence[api.Instance]) -> list[str]:
    """Their ids."""
    return [told(one.instance_id, "") for one in given]


def _shown(ids: Sequence[str]) -> list[api.Instance]:
    return [api.Instance(instance_id=one) for one in ids]


def _there(call: Call[Any], identifier: str) -> network.Instance | None:
    """An instance as EC2 knows it, None where that is not served. Raises `Refusal` for one that it does not know."""
    found = network.instance(call, identifier)
    if found is None and network.served(call):
        # evidence: guess
        raise errors.instance(f"Could not find EC2 instance {identifier}.")
    return found


@service.handle
def register_instances_with_load_balancer(
    state: ClassicLoadBalancers, call: Call[api.RegisterInstancesWithLoadBalancer]
) -> api.RegisterInstancesWithLoadBalancerResult:
    """Instances of the load balancer's VPC; one that is registered already is no error."""
    held = names.balancer(state, call.params.load_balancer_name)
    given = ids_of(call.params.instances)
    for one in given:
        found = _there(call, one)
        if found is None:
            continue
        if found.status in ("terminated", "shutting-down"):
            # evidence: guess
            raise errors.instance(f"Could not find EC2 instance {one}.")
        if isinstance(held.vpc, str) and isinstance(found.vpc_id, str) and found.vpc_id != held.vpc:
            # evidence: page quoting AWS ("EC2 instance i-x is not in the same VPC as ELB.")
            raise errors.instance(f"EC2 instance {one} is not in the same VPC as ELB.")
    after = list(dict.fromkeys([*registered(held), *given]))
    if len(after) > call.quota("classic-registered-instances", limits.REGISTERED_MAX):
        # evidence: page elb-limits.html; words: guess
        raise errors.instance("The maximum number of registered instances has been reached.")
    return api.RegisterInstancesWithLoadBalancerResult(instances=_shown(after))


@service.project
def instances_registered(
    state: ClassicLoadBalancers,
    event: Event[api.RegisterInstancesWithLoadBalancer, api.RegisterInstancesWithLoadBalancerResult],
) -> None:
    """The instances are there; the answer of a foreign record tells which others were."""
    held = names.inferred(state, event, event.params.load_balancer_name)
    for one in ids_of(event.params.instances):
        had = held.instances.get(one)
        if had is None or not isinstance(had.leaving, UnsetType):
            held.instances[one] = Registered(since=event.time)
    for one in ids_of(told(event.result.instances, [])):
        held.instances.setdefault(one, Registered())


@service.handle
def deregister_instances_from_load_balancer(
    state: ClassicLoadBalancers, call: Call[api.DeregisterInstancesFromLoadBalancer]
) -> api.DeregisterInstancesFromLoadBalancerResult:
    """Instances that are there; one that is not registered is no error."""
    held = names.balancer(state, call.params.load_balancer_name)
    gone = ids_of(call.params.instances)
    for one in gone:
        if one not in held.instances:
            _there(call, one)
    left = [one for one in registered(held) if one not in gone]
    return api.DeregisterInstancesFromLoadBalancerResult(instances=_shown(left))


@service.project
def instances_deregistered(
    state: ClassicLoadBalancers,
    event: Event[api.DeregisterInstancesFromLoadBalancer, api.DeregisterInstancesFromLoadBalancerResult],
) -> None:
    """The instances are gone, or leave while their connections drain."""
    held = names.inferred(state, event, event.params.load_balancer_name)
    for one in ids_of(event.params.instances):
        had = held.instances.get(one)
        if had is not None and not isinstance(held.draining, UnsetType):
            had.leaving = told(had.leaving, event.time)
        else:
            held.instances.pop(one, None)
            held.faults.pop(one, None)


class Ended(Params):
    """An instance as EC2's records name it."""

    instance_id: str = field(name="instanceId")


class Several(Params):
    """The form in which EC2's records have lists."""

    items: list[Ended]


class TerminateInstances(Params):
    """What EC2's records tell."""

    instances: Several | UnsetType = field(name="instancesSet", default=UNSET)

    def ids(self) -> list[str]:
        """Which."""
        return [one.instance_id for one in told(self.instances, Several(items=[])).items]


@service.project_from("ec2")
def registered_instances_ended(state: ClassicLoadBalancers, event: Event[TerminateInstances, None]) -> None:
    """Instances that are terminated are registered nowhere any more."""
    for held in state.balancers.values():
        for one in event.params.ids():
            held.instances.pop(one, None)
            held.faults.pop(one, None)
