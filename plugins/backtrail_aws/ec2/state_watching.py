"""What looks at traffic: mirrors of it, and paths that are asked about."""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import UNSET, SortedMap, UnsetType
from backtrail_aws.ec2 import api
from backtrail_aws.ec2.held import Held


class MirrorTarget(Held):
    """Where mirrored traffic goes: an interface, a balancer, or an endpoint."""

    interface: str | UnsetType = UNSET
    balancer: str | UnsetType = UNSET
    endpoint: str | UnsetType = UNSET
    description: str | UnsetType = UNSET


class MirrorRule(msgspec.Struct, kw_only=True):
    """One rule of a filter."""

    id: str
    direction: str = "ingress"
    number: int = 0
    action: str = "accept"
    protocol: int | UnsetType = UNSET
    to: str = "0.0.0.0/0"
    source: str = "0.0.0.0/0"
    to_ports: tuple[int, int] | UnsetType = UNSET
    source_ports: tuple[int, int] | UnsetType = UNSET
    description: str | UnsetType = UNSET


class MirrorFilter(Held):
    """Which traffic is mirrored: rules by their ids, and Amazon's services that are."""

    description: str | UnsetType = UNSET
    rules: dict[str, MirrorRule] = {}
    services: list[str] = []


class MirrorSession(Held):
    """An interface whose traffic is mirrored."""

    interface: str | UnsetType = UNSET
    target: str | UnsetType = UNSET
    filter: str | UnsetType = UNSET
    number: int | UnsetType = UNSET
    length: int | UnsetType = UNSET
    network: int | UnsetType = UNSET
    description: str | UnsetType = UNSET


class InsightsPath(Held):
    """A path that is asked about."""

    source: str | UnsetType = UNSET
    destination: str | UnsetType = UNSET
    source_ip: str | UnsetType = UNSET
    destination_ip: str | UnsetType = UNSET
    protocol: str = "tcp"
    port: int | UnsetType = UNSET
    at_source: api.PathFilter | UnsetType = UNSET
    at_destination: api.PathFilter | UnsetType = UNSET
    made: datetime | UnsetType = UNSET


class InsightsAnalysis(Held):
    """An answer about a path: as it was given."""

    path: str | UnsetType = UNSET
    begun: datetime | UnsetType = UNSET
    found: bool | UnsetType = UNSET
    forward: list[api.PathComponent] = []
    back: list[api.PathComponent] = []
    explanations: list[api.Explanation] = []
    filter_in: list[str] = []
    filter_out: list[str] = []
    accounts: list[str] = []


class Watching(msgspec.Struct, kw_only=True):
    """A region's mirrors and paths. `mirror_rules` finds a rule's filter; `zones_down`: which a fault took."""

    mirror_targets: SortedMap[str, MirrorTarget] = msgspec.field(default_factory=SortedMap[str, MirrorTarget])
    mirror_filters: SortedMap[str, MirrorFilter] = msgspec.field(default_factory=SortedMap[str, MirrorFilter])
    mirror_rules: dict[str, str] = {}
    zones_down: list[str] = []
    mirror_sessions: SortedMap[str, MirrorSession] = msgspec.field(
        default_factory=SortedMap[str, MirrorSession]
    )
    paths: SortedMap[str, InsightsPath] = msgspec.field(default_factory=SortedMap[str, InsightsPath])
    analyses: SortedMap[str, InsightsAnalysis] = msgspec.field(
        default_factory=SortedMap[str, InsightsAnalysis]
    )
