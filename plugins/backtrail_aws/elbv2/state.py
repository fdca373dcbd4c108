"""What is known of one account's load balancers in one region, and the service that keeps it.

What answers show is kept as the answer's own type (`shown`); states, healths and who uses what are worked out when
somebody asks. UNSET is what no record told.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import UNSET, Service, SortedMap, State, UnsetType, field
from backtrail_aws.elbv2 import api, limits
from backtrail_aws.elbv2.errors import CODES
from backtrail_aws.elbv2.trail import TRAIL


class Held(msgspec.Struct, kw_only=True):
    """What all resources have: they are known by their ARNs."""

    arn: str
    tags: dict[str, str] = {}


class Balancer(Held, kw_only=True):
    """A load balancer. `born` is the record that made it; `interfaces` are its network interfaces, by subnet.

    `mappings` are the addresses that were asked for, by subnet; `capacity` is what was reserved, and when.
    """

    name: str
    shown: api.LoadBalancer = field(default_factory=api.LoadBalancer)
    born: str = ""
    made: datetime | UnsetType = UNSET
    attributes: dict[str, str] = {}
    interfaces: dict[str, str] = {}
    mappings: dict[str, api.SubnetMapping] = {}
    capacity: int | UnsetType = UNSET
    reserved: datetime | UnsetType = UNSET

    @property
    def kind(self) -> str:
        """`application`, `network` or `gateway`; the ARN tells where nobody said."""
        if isinstance(self.shown.type, str):
            return self.shown.type
        return KINDS.get(self.arn.rpartition(":loadbalancer/")[2].partition("/")[0], "application")


KINDS = {"app": "application", "net": "network", "gwy": "gateway"}
"""How ARNs name the types."""


class Target(msgspec.Struct, kw_only=True):
    """A target, registered `since`. `leaving` is when its deregistration began."""

    id: str
    port: int | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    since: datetime | UnsetType = UNSET
    leaving: datetime | UnsetType = UNSET


class Fault(msgspec.Struct, kw_only=True):
    """What the checks of a target meet, from a moment on: a code, or nothing at all; "" once it has recovered, then
    `before` is what they met until that moment."""

    answer: str
    since: datetime
    before: str = ""


class TargetGroup(Held, kw_only=True):
    """A target group: its targets by id and port, and the faults that were injected, by the target's id."""

    name: str
    shown: api.TargetGroup = field(default_factory=api.TargetGroup)
    attributes: dict[str, str] = {}
    targets: dict[str, Target] = {}
    faults: dict[str, Fault] = {}


class Listener(Held, kw_only=True):
    """A listener of a load balancer. `certificates` are those beside the default one."""

    balancer: str
    shown: api.Listener = field(default_factory=api.Listener)
    attributes: dict[str, str] = {}
    certificates: list[str] = []


class Rule(Held, kw_only=True):
    """A rule of a listener; the default one's actions are the listener's."""

    listener: str
    shown: api.Rule = field(default_factory=api.Rule)

    @property
    def is_default(self) -> bool:
        """Whether it is what happens where no other rule fits."""
        return self.shown.is_default is True


class LoadBalancers(State):
    """All of them by ARN; `ending` are the interfaces of load balancers that are gone."""

    balancers: SortedMap[str, Balancer] = field(default_factory=SortedMap[str, Balancer])
    groups: SortedMap[str, TargetGroup] = field(default_factory=SortedMap[str, TargetGroup])
    listeners: SortedMap[str, Listener] = field(default_factory=SortedMap[str, Listener])
    rules: SortedMap[str, Rule] = field(default_factory=SortedMap[str, Rule])
    ending: dict[str, list[str]] = {}


def _declare(service: Service[LoadBalancers]) -> Service[LoadBalancers]:
    def kind(name: str, attribute: str, parent: str = "") -> None:
        service.resource(
            f"AWS::ElasticLoadBalancingV2::{name}",
            lambda state: getattr(state, attribute),
            lambda one: one.arn,
            lambda one: one.tags,
            (lambda one: getattr(one, parent)) if parent else None,
        )

    kind("LoadBalancer", "balancers")
    kind("TargetGroup", "groups")
    kind("Listener", "listeners", "balancer")
    kind("ListenerRule", "rules", "listener")
    for code, name, default, title in limits.QUOTAS:
        service.quota(
            code, name, default, title, what=f"The maximum number of {title}", owner="elasticloadbalancing"
        )
    return service


service = _declare(
    Service("elbv2", LoadBalancers, trail=TRAIL, errors=CODES, principal="elasticloadbalancing.amazonaws.com")
)
