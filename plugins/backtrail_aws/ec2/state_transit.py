"""Transit gateways: what is attached to them, and the tables that say where traffic goes."""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import UNSET, SortedMap, UnsetType
from backtrail_aws.ec2.held import Held


class TransitGateway(Held):
    """A transit gateway. `options` as answers name them; the default tables' ids are there once they are made."""

    description: str | UnsetType = UNSET
    asn: int | UnsetType = UNSET
    blocks: list[str] = []
    options: dict[str, str] = {}
    association_table: str | UnsetType = UNSET
    propagation_table: str | UnsetType = UNSET
    made: datetime | UnsetType = UNSET
    deleted: datetime | UnsetType = UNSET


class TransitAttachment(Held):
    """A VPC, a peer or a VPN at a transit gateway. `table` is the one that it is associated with.

    `peer` is the other side of a peering: gateway, account, region. `status` is the last that a call gave it.
    """

    gateway: str | UnsetType = UNSET
    kind: str = "vpc"
    resource: str | UnsetType = UNSET
    resource_owner: str | UnsetType = UNSET
    subnets: list[str] = []
    options: dict[str, str] = {}
    table: str | UnsetType = UNSET
    peer: tuple[str, str, str] | UnsetType = UNSET
    requester: bool = True
    status: str = "available"
    made: datetime | UnsetType = UNSET


class TransitTable(Held):
    """A route table of a transit gateway. `routes`: destination -> attachment, empty for a blackhole."""

    gateway: str | UnsetType = UNSET
    routes: dict[str, str] = {}
    propagating: list[str] = []
    made: datetime | UnsetType = UNSET


class Transit(msgspec.Struct, kw_only=True):
    """A region's transit gateways."""

    gateways: SortedMap[str, TransitGateway] = msgspec.field(default_factory=SortedMap[str, TransitGateway])
    attachments: SortedMap[str, TransitAttachment] = msgspec.field(
        default_factory=SortedMap[str, TransitAttachment]
    )
    tables: SortedMap[str, TransitTable] = msgspec.field(default_factory=SortedMap[str, TransitTable])
