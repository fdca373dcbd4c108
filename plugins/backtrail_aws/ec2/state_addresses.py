"""What has an address: network interfaces and elastic IPs; prefix lists and flow logs."""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import UNSET, SortedMap, UnsetType
from backtrail_aws.ec2.held import Held


class Mapped(msgspec.Struct, kw_only=True):
    """A public address that leads to a private one: an elastic IP (`allocation`), or one of Amazon's."""

    ip: str
    allocation: str | UnsetType = UNSET
    association: str | UnsetType = UNSET


class PrivateIp(msgspec.Struct, kw_only=True):
    """A private IPv4 address of an interface, and the public one that leads there."""

    address: str
    primary: bool = False
    public: Mapped | UnsetType = UNSET


class Attachment(msgspec.Struct, kw_only=True):
    """What an interface is attached to: an instance, or a service's own thing (then without `instance`)."""

    id: str
    instance: str | UnsetType = UNSET
    owner: str = ""
    device_index: int = 0
    card: int = 0
    since: datetime | UnsetType = UNSET
    delete_on_termination: bool = False


class Interface(Held):
    """A network interface. `kind` is its InterfaceType; `requester` is who made it on the owner's behalf."""

    subnet: str | UnsetType = UNSET
    vpc: str | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    zone_id: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    groups: list[str] = []
    private_ips: list[PrivateIp] = []
    ipv6: list[str] = []
    primary_ipv6: bool = False
    ipv4_prefixes: list[str] = []
    ipv6_prefixes: list[str] = []
    mac: str | UnsetType = UNSET
    kind: str = "interface"
    requester: str | UnsetType = UNSET
    managed: bool = False
    check: bool | UnsetType = UNSET
    attachment: Attachment | UnsetType = UNSET

    @property
    def primary(self) -> PrivateIp | None:
        """Its first private address."""
        return next((one for one in self.private_ips if one.primary), None)


class ElasticIp(Held):
    """An allocated address, and what it is associated with: an interface and one of its private addresses."""

    ip: str | UnsetType = UNSET
    pool: str | UnsetType = UNSET
    border_group: str | UnsetType = UNSET
    association: str | UnsetType = UNSET
    interface: str | UnsetType = UNSET
    instance: str | UnsetType = UNSET
    private_ip: str | UnsetType = UNSET


class Addresses(msgspec.Struct, kw_only=True):
    """A region's interfaces and addresses, prefix lists and flow logs.

    `attachments` finds an interface by its attachment, `associations` an elastic IP by its association, `by_ip` one
    by its address, `of_instance` an instance's interfaces by device index.
    """

    interfaces: SortedMap[str, Interface] = msgspec.field(default_factory=SortedMap[str, Interface])
    attachments: dict[str, str] = {}
    of_instance: dict[str, dict[str, str]] = {}
    elastic_ips: SortedMap[str, ElasticIp] = msgspec.field(default_factory=SortedMap[str, ElasticIp])
    associations: dict[str, str] = {}
    by_ip: dict[str, str] = {}
