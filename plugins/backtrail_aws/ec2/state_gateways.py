"""What joins networks with each other and with the world: gateways, peering, endpoints, transit, VPN."""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import UNSET, SortedMap, UnsetType
from backtrail_aws.ec2 import api
from backtrail_aws.ec2.held import Held
from backtrail_aws.ec2.state_transit import Transit


class NatAddress(msgspec.Struct, kw_only=True):
    """One address of a NAT gateway; `allocation` of a public one."""

    private_ip: str | UnsetType = UNSET
    interface: str | UnsetType = UNSET
    allocation: str | UnsetType = UNSET
    association: str | UnsetType = UNSET
    public_ip: str | UnsetType = UNSET
    zone: str | UnsetType = UNSET


class NatGateway(Held):
    """A NAT gateway. `deleted` is when it was; `failure` is a code and a message.

    A regional one has a route `table` of its own and no subnet; `automatic`: Amazon gives it its addresses.
    """

    vpc: str | UnsetType = UNSET
    subnet: str | UnsetType = UNSET
    public: bool | UnsetType = UNSET
    made: datetime | UnsetType = UNSET
    deleted: datetime | UnsetType = UNSET
    addresses: list[NatAddress] = []
    failure: tuple[str, str] | UnsetType = UNSET
    table: str | UnsetType = UNSET
    automatic: bool = False


class VpcGateway(Held):
    """A gateway that is of one VPC: egress-only, or a carrier's."""

    vpc: str | UnsetType = UNSET


class CustomerGateway(Held):
    """The other end of a VPN. `asn` is text: some are larger than others' integers."""

    ip: str | UnsetType = UNSET
    asn: str | UnsetType = UNSET
    device: str | UnsetType = UNSET
    certificate: str | UnsetType = UNSET
    deleted: datetime | UnsetType = UNSET


class VpnGateway(Held):
    """A virtual private gateway, and the VPC that it is attached to."""

    vpc: str | UnsetType = UNSET
    asn: int | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    deleted: datetime | UnsetType = UNSET


class VpnConnection(Held):
    """A VPN: two tunnels between a customer gateway and a VPN gateway, or a transit gateway.

    `routes` are the static ones. Of `tunnels`, `down` names those (by their outside addresses) that an injected fault
    took down.
    """

    customer: str | UnsetType = UNSET
    vpn: str | UnsetType = UNSET
    transit: str | UnsetType = UNSET
    attachment: str | UnsetType = UNSET
    static: bool = False
    accelerated: bool = False
    ip_version: str = "ipv4"
    local: str | UnsetType = UNSET
    remote: str | UnsetType = UNSET
    routes: list[str] = []
    tunnels: list[api.TunnelOption] = []
    down: list[str] = []
    made: datetime | UnsetType = UNSET
    deleted: datetime | UnsetType = UNSET


class PeerVpc(msgspec.Struct, kw_only=True):
    """One side of a peering, as both sides know it."""

    vpc: str | UnsetType = UNSET
    account: str | UnsetType = UNSET
    region: str | UnsetType = UNSET
    blocks: list[str] = []
    ipv6_blocks: list[str] = []


class Peering(Held):
    """A peering connection, in the State of each side. `status` is the last that a call gave it, `since` when.

    `ended_by` is the account that deleted it.
    """

    requester: PeerVpc = msgspec.field(default_factory=PeerVpc)
    accepter: PeerVpc = msgspec.field(default_factory=PeerVpc)
    status: str = "active"
    ended_by: str | UnsetType = UNSET
    since: datetime | UnsetType = UNSET
    expires: datetime | UnsetType = UNSET


class PrefixListVersion(msgspec.Struct, kw_only=True):
    """The blocks of one version of a prefix list, and their descriptions."""

    entries: dict[str, str] = {}


class PrefixList(Held):
    """A managed prefix list; `versions` by number, as text, the last one is in use."""

    name: str | UnsetType = UNSET
    family: str | UnsetType = UNSET
    most: int | UnsetType = UNSET
    version: int = 1
    versions: dict[str, PrefixListVersion] = {}
    last: str = "create-complete"

    @property
    def entries(self) -> dict[str, str]:
        """The blocks of the version in use."""
        held = self.versions.get(str(self.version))
        return held.entries if held is not None else {}


class FlowLog(Held):
    """A flow log: what it watches, and where it writes."""

    resource: str | UnsetType = UNSET
    traffic: str | UnsetType = UNSET
    destination_type: str = "cloud-watch-logs"
    destination: str | UnsetType = UNSET
    group: str | UnsetType = UNSET
    role: str | UnsetType = UNSET
    cross_role: str | UnsetType = UNSET
    format: str | UnsetType = UNSET
    interval: int = 600
    file_format: str | UnsetType = UNSET
    hive: bool | UnsetType = UNSET
    hourly: bool | UnsetType = UNSET
    made: datetime | UnsetType = UNSET


class Endpoint(Held):
    """A VPC endpoint: routes to a service (`Gateway`), or interfaces in subnets (the other types)."""

    vpc: str | UnsetType = UNSET
    kind: str = "Gateway"
    service: str | UnsetType = UNSET
    policy: str | UnsetType = UNSET
    tables: list[str] = []
    interfaces: dict[str, str] = {}
    groups: list[str] = []
    private_dns: bool | UnsetType = UNSET
    ip_type: str | UnsetType = UNSET
    status: str = "available"
    made: datetime | UnsetType = UNSET

    @property
    def subnets(self) -> list[str]:
        """The subnets that it has interfaces in."""
        return list(self.interfaces)


class EndpointService(Held):
    """A service of one's own that others make endpoints for. `allowed` by principal: the permission's id."""

    name: str | UnsetType = UNSET
    kind: str = "Interface"
    acceptance: bool | UnsetType = UNSET
    network_balancers: list[str] = []
    gateway_balancers: list[str] = []
    ip_types: list[str] = []
    regions: list[str] = []
    private_dns: str | UnsetType = UNSET
    allowed: dict[str, str] = {}


class Gateways(msgspec.Struct, kw_only=True):
    """A region's gateways and connections."""

    nat: SortedMap[str, NatGateway] = msgspec.field(default_factory=SortedMap[str, NatGateway])
    egress_only: SortedMap[str, VpcGateway] = msgspec.field(default_factory=SortedMap[str, VpcGateway])
    carrier: SortedMap[str, VpcGateway] = msgspec.field(default_factory=SortedMap[str, VpcGateway])
    customer: SortedMap[str, CustomerGateway] = msgspec.field(default_factory=SortedMap[str, CustomerGateway])
    vpn: SortedMap[str, VpnGateway] = msgspec.field(default_factory=SortedMap[str, VpnGateway])
    vpn_connections: SortedMap[str, VpnConnection] = msgspec.field(
        default_factory=SortedMap[str, VpnConnection]
    )
    peerings: SortedMap[str, Peering] = msgspec.field(default_factory=SortedMap[str, Peering])
    prefix_lists: SortedMap[str, PrefixList] = msgspec.field(default_factory=SortedMap[str, PrefixList])
    flow_logs: SortedMap[str, FlowLog] = msgspec.field(default_factory=SortedMap[str, FlowLog])
    endpoints: SortedMap[str, Endpoint] = msgspec.field(default_factory=SortedMap[str, Endpoint])
    endpoint_services: SortedMap[str, EndpointService] = msgspec.field(
        default_factory=SortedMap[str, EndpointService]
    )
    transit: Transit = msgspec.field(default_factory=Transit)
