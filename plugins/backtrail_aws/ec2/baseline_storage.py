"""What `aws ec2 describe-volumes`, `describe-snapshots`, `describe-addresses`, `describe-internet-gateways`,
`describe-route-tables` and `describe-key-pairs` printed."""

from __future__ import annotations

from backtrail import Event, listed, told
from backtrail_aws.ec2 import api
from backtrail_aws.ec2.state import Ec2, service


@service.observed
def volumes_observed(state: Ec2, event: Event[api.DescribeVolumes, api.DescribeVolumesResult]) -> None:
    """There are these volumes."""
    listed.fold(
        service, state, event, "CreateVolume", event.result.volumes,
        state.storage.volumes, lambda one: one.volume_id,
    )  # fmt: skip


@service.observed
def snapshots_observed(state: Ec2, event: Event[api.DescribeSnapshots, api.DescribeSnapshotsResult]) -> None:
    """There are these snapshots; those of other accounts are not this one's."""
    own = [
        one for one in told(event.result.snapshots, []) if told(one.owner_id, event.account) == event.account
    ]
    listed.fold(
        service, state, event, "CreateSnapshot", own,
        state.storage.snapshots, lambda one: one.snapshot_id,
    )  # fmt: skip


@service.observed
def addresses_observed(state: Ec2, event: Event[api.DescribeAddresses, api.DescribeAddressesResult]) -> None:
    """There are these addresses; what they lead to, the interfaces tell."""
    listed.fold(
        service, state, event, "AllocateAddress", event.result.addresses,
        state.addresses.elastic_ips, lambda one: one.allocation_id,
    )  # fmt: skip


@service.observed
def internet_gateways_observed(
    state: Ec2, event: Event[api.DescribeInternetGateways, api.DescribeInternetGatewaysResult]
) -> None:
    """There are these internet gateways."""
    listed.fold(
        service, state, event, "CreateInternetGateway", event.result.internet_gateways,
        state.network.internet_gateways, lambda one: one.internet_gateway_id,
    )  # fmt: skip


@service.observed
def route_tables_observed(
    state: Ec2, event: Event[api.DescribeRouteTables, api.DescribeRouteTablesResult]
) -> None:
    """There are these route tables."""
    listed.fold(
        service, state, event, "CreateRouteTable", event.result.route_tables,
        state.network.route_tables, lambda one: one.route_table_id,
    )  # fmt: skip
