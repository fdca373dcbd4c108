"""Faults that whoever runs the log brings about: an instance whose health checks fail.

`backtrail inject elb FailInstance loadBalancerName=… instanceId=i-…`, and `RecoverInstance`. Nothing runs in instances,
so without a fault one that can be reached is taken to pass its checks.
"""

from __future__ import annotations

from backtrail import Call, Event, Params, field
from backtrail_aws.elb import errors, names
from backtrail_aws.elb.state import ClassicLoadBalancers, Fault, service


class FailInstance(Params):
    """The health checks of an instance fail."""

    load_balancer_name: str = field(name="loadBalancerName")
    instance_id: str = field(name="instanceId")


class RecoverInstance(Params):
    """The health checks of an instance succeed again."""

    load_balancer_name: str = field(name="loadBalancerName")
    instance_id: str = field(name="instanceId")


def _check(state: ClassicLoadBalancers, name: str, instance: str) -> None:
    if instance not in names.balancer(state, name).instances:
        # evidence: guess: nothing that AWS answers, but who injects a fault is told what is wrong
        raise errors.instance(f"{instance} is not registered with {name}")


@service.inject
def fail_instance(state: ClassicLoadBalancers, call: Call[FailInstance]) -> None:
    """An instance that is registered."""
    _check(state, call.params.load_balancer_name, call.params.instance_id)


@service.project
def instance_failed(state: ClassicLoadBalancers, event: Event[FailInstance, None]) -> None:
    """Its checks fail from now on."""
    held = names.inferred(state, event, event.params.load_balancer_name)
    held.faults[event.params.instance_id] = Fault(failing=True, since=event.time)


@service.inject
def recover_instance(state: ClassicLoadBalancers, call: Call[RecoverInstance]) -> None:
    """An instance that is registered."""
    _check(state, call.params.load_balancer_name, call.params.instance_id)


@service.project
def instance_recovered(state: ClassicLoadBalancers, event: Event[RecoverInstance, None]) -> None:
    """Its checks succeed from now on."""
    held = names.inferred(state, event, event.params.load_balancer_name)
    if event.params.instance_id in held.faults:
        held.faults[event.params.instance_id] = Fault(failing=False, since=event.time)
