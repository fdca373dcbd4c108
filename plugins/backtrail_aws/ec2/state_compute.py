"""What computes: instances, templates, fleets, reservations, hosts, placement groups, key pairs."""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import UNSET, SortedMap, UnsetType
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api
from backtrail_aws.ec2.held import Held


class KeyPair(Held):
    """A key pair. `public` is the public half, as OpenSSH writes it; the private one is nowhere here."""

    name: str = ""
    fingerprint: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    created: IsoMillisZ | UnsetType = UNSET
    public: str | UnsetType = UNSET


class ProfileUse(msgspec.Struct, kw_only=True):
    """An instance has an instance profile. `association` is unknown of one that a foreign record launched."""

    arn: str
    id: str | UnsetType = UNSET
    association: str | UnsetType = UNSET
    since: datetime | UnsetType = UNSET


class Instance(Held):
    """An instance.

    `state` is the one that was entered `since`; time may have led on from there (`instances.state_of`). `reason` is
    the text of the last transition, `cause` its code and message. `public`: it gets a public address whenever it
    starts. `data`: how often the disks of its hosts were wiped (their epoch); `ran_s`: for how many seconds it ran, up
    to its last stop or end. `subnet`, `vpc`, `private_ip` and `groups` are what it
    was launched with, for those whose interfaces no record told.
    """

    reservation: str | UnsetType = UNSET
    image: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    key: str | UnsetType = UNSET
    index: int = 0
    launched: datetime | UnsetType = UNSET
    state: str = "running"
    since: datetime | UnsetType = UNSET
    reason: str = ""
    cause: tuple[str, str] | None = None
    zone: str | UnsetType = UNSET
    zone_id: str | UnsetType = UNSET
    placement: api.Placement = msgspec.field(default_factory=api.Placement)
    subnet: str | UnsetType = UNSET
    vpc: str | UnsetType = UNSET
    private_ip: str | UnsetType = UNSET
    groups: list[str] = []
    public: bool = False
    root_name: str | UnsetType = UNSET
    root_type: str | UnsetType = UNSET
    architecture: str | UnsetType = UNSET
    virtualization: str | UnsetType = UNSET
    platform: str | UnsetType = UNSET
    details: str | UnsetType = UNSET
    usage: str | UnsetType = UNSET
    boot_mode: str | UnsetType = UNSET
    booted: str | UnsetType = UNSET
    kernel: str | UnsetType = UNSET
    ramdisk: str | UnsetType = UNSET
    products: list[api.ProductCode] = []
    ena: bool | UnsetType = UNSET
    sriov: str | UnsetType = UNSET
    ebs_optimized: bool | UnsetType = UNSET
    monitored: bool | UnsetType = UNSET
    check: bool | UnsetType = UNSET
    profile: ProfileUse | None = None
    client_token: str | UnsetType = UNSET
    lifecycle: str | UnsetType = UNSET
    spot_request: str | UnsetType = UNSET
    keeps: bool | UnsetType = UNSET
    keeps_running: bool | UnsetType = UNSET
    shutdown: str | UnsetType = UNSET
    user_data: str | UnsetType = UNSET
    credits: str | UnsetType = UNSET
    cpu: api.CpuOptions | UnsetType = UNSET
    metadata: api.InstanceMetadataOptionsResponse | UnsetType = UNSET
    enclave: bool | UnsetType = UNSET
    hibernates: bool | UnsetType = UNSET
    recovery: str | UnsetType = UNSET
    names: api.PrivateDnsNameOptionsResponse | UnsetType = UNSET
    capacity: api.CapacityReservationSpecificationResponse | UnsetType = UNSET
    data: int = 0
    ran_s: float = 0.0


class TemplateVersion(msgspec.Struct, kw_only=True):
    """One version of a launch template."""

    number: int
    data: api.RequestLaunchTemplateData
    description: str | UnsetType = UNSET
    created: datetime | UnsetType = UNSET
    creator: str | UnsetType = UNSET


class Template(Held):
    """A launch template. `latest` never goes down, whichever versions are deleted."""

    name: str | UnsetType = UNSET
    created: datetime | UnsetType = UNSET
    creator: str | UnsetType = UNSET
    default: int = 1
    latest: int = 1
    versions: dict[str, TemplateVersion] = {}

    def numbers(self) -> list[int]:
        """The numbers of its versions, in order."""
        return sorted(map(int, self.versions))


class PlacementGroup(Held):
    """A placement group. `rack`: how often all of its members were started anew together, on another rack."""

    name: str | UnsetType = UNSET
    strategy: str | UnsetType = UNSET
    partitions: int | UnsetType = UNSET
    spread: str | UnsetType = UNSET
    rack: int = 0


class Compute(msgspec.Struct, kw_only=True):
    """A region's instances, and what they are made with.

    `key_names`: the key pairs' ids by their names. `devices`: an instance's volumes by device name. `ended`: when the
    terminated ones that are still shown were terminated. `profiles`: instances by the association of their profile.
    `template_names`: the launch templates' ids by their names.
    """

    key_pairs: SortedMap[str, KeyPair] = msgspec.field(default_factory=SortedMap[str, KeyPair])
    key_names: dict[str, str] = {}
    instances: SortedMap[str, Instance] = msgspec.field(default_factory=SortedMap[str, Instance])
    devices: dict[str, dict[str, str]] = {}
    ended: dict[str, datetime] = {}
    profiles: dict[str, str] = {}
    templates: SortedMap[str, Template] = msgspec.field(default_factory=SortedMap[str, Template])
    template_names: dict[str, str] = {}
    placement_groups: SortedMap[str, PlacementGroup] = msgspec.field(
        default_factory=SortedMap[str, PlacementGroup]
    )
