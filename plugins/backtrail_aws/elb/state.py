"""What is known of one account's Classic Load Balancers in one region, and the service that keeps it.

UNSET is what no record told. Healths are worked out when somebody asks.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import UNSET, Service, SortedMap, State, UnsetType, field
from backtrail_aws.elb import api, limits
from backtrail_aws.elb.errors import CODES
from backtrail_aws.elb.trail import TRAIL


class Registered(msgspec.Struct, kw_only=True):
    """An instance, registered `since`. `leaving` is when its deregistration began."""

    since: datetime | UnsetType = UNSET
    leaving: datetime | UnsetType = UNSET


class Fault(msgspec.Struct, kw_only=True):
    """Whether the checks of an instance fail, from a moment on; after it has recovered they do not."""

    failing: bool
    since: datetime


class Policy(msgspec.Struct, kw_only=True):
    """A policy: its type, and its attributes by name, in order."""

    type: str
    attributes: list[api.PolicyAttribute] = []


class Listener(msgspec.Struct, kw_only=True):
    """A listener, and the names of its policies."""

    shown: api.Listener
    policies: list[str] = []


class Balancer(msgspec.Struct, kw_only=True):
    """A load balancer. `born` is the record that made it; `interfaces` are its network interfaces, by subnet.

    `places` are its zones by subnet; `zones` those that were named without one. `backend` are the policies of
    instance ports.
    """

    name: str
    arn: str = ""
    born: str = ""
    made: datetime | UnsetType = UNSET
    dns: str | UnsetType = UNSET
    scheme: str = "internet-facing"
    vpc: str | UnsetType = UNSET
    places: dict[str, str] = {}
    zones: list[str] = []
    groups: list[str] = []
    listeners: dict[str, Listener] = {}
    policies: dict[str, Policy] = {}
    backend: dict[str, list[str]] = {}
    instances: dict[str, Registered] = {}
    check: api.HealthCheck | UnsetType = UNSET
    cross_zone: bool = False
    log: api.AccessLog | UnsetType = UNSET
    draining: int | UnsetType = UNSET
    idle: int = 60
    more: dict[str, str] = {}
    tags: dict[str, str] = {}
    interfaces: dict[str, str] = {}
    faults: dict[str, Fault] = {}

    @property
    def enabled(self) -> list[str]:
        """The zones that it is in, in order."""
        return sorted({*self.zones, *(zone for zone in self.places.values() if zone)})


class ClassicLoadBalancers(State):
    """All of them by name; `ending` are the interfaces of load balancers that are gone."""

    balancers: SortedMap[str, Balancer] = field(default_factory=SortedMap[str, Balancer])
    ending: dict[str, list[str]] = {}


def _declare(service: Service[ClassicLoadBalancers]) -> Service[ClassicLoadBalancers]:
    service.resource(
        "AWS::ElasticLoadBalancing::LoadBalancer",
        lambda state: state.balancers,
        lambda one: one.arn,
        lambda one: one.tags,
    )
    for code, name, default, title in limits.QUOTAS:
        service.quota(
            code, name, default, title, what=f"The maximum number of {title}", owner="elasticloadbalancing"
        )
    return service


service = _declare(
    Service(
        "elb", ClassicLoadBalancers, trail=TRAIL, errors=CODES, principal="elasticloadbalancing.amazonaws.com"
    )
)
