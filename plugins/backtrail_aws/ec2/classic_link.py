"""ClassicLink of VPCs. EC2-Classic is gone since 2023, so that there is nothing to link; the switch still turns.

https://aws.amazon.com/blogs/aws/ec2-classic-is-retiring-heres-how-to-prepare/
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ec2 import api, errors, filters, tags
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import Vpc
from backtrail_aws.ec2.vpcs import VPCS


@service.handle
def enable_vpc_classic_link(
    state: Ec2, call: Call[api.EnableVpcClassicLink]
) -> api.EnableVpcClassicLinkResult:
    """The VPC must be there."""
    VPCS.find(state, call.params.vpc_id)
    return api.EnableVpcClassicLinkResult(return_=True)


@service.project
def vpc_classic_link_enabled(state: Ec2, event: Event[api.EnableVpcClassicLink, None]) -> None:
    """The VPC is enabled."""
    VPCS.known(state, event, event.params.vpc_id).classic = True


@service.handle
def disable_vpc_classic_link(
    state: Ec2, call: Call[api.DisableVpcClassicLink]
) -> api.DisableVpcClassicLinkResult:
    """The VPC must be there."""
    VPCS.find(state, call.params.vpc_id)
    return api.DisableVpcClassicLinkResult(return_=True)


@service.project
def vpc_classic_link_disabled(state: Ec2, event: Event[api.DisableVpcClassicLink, None]) -> None:
    """The VPC is enabled no longer."""
    VPCS.known(state, event, event.params.vpc_id).classic = False


@service.handle
def enable_vpc_classic_link_dns_support(
    state: Ec2, call: Call[api.EnableVpcClassicLinkDnsSupport]
) -> api.EnableVpcClassicLinkDnsSupportResult:
    """The VPC must be there."""
    VPCS.find(state, _named(call.params.vpc_id))
    return api.EnableVpcClassicLinkDnsSupportResult(return_=True)


@service.project
def vpc_classic_link_dns_support_enabled(
    state: Ec2, event: Event[api.EnableVpcClassicLinkDnsSupport, None]
) -> None:
    """The VPC resolves linked names."""
    if not isinstance(event.params.vpc_id, UnsetType):
        VPCS.known(state, event, event.params.vpc_id).classic_dns = True


@service.handle
def disable_vpc_classic_link_dns_support(
    state: Ec2, call: Call[api.DisableVpcClassicLinkDnsSupport]
) -> api.DisableVpcClassicLinkDnsSupportResult:
    """The VPC must be there."""
    VPCS.find(state, _named(call.params.vpc_id))
    return api.DisableVpcClassicLinkDnsSupportResult(return_=True)


@service.project
def vpc_classic_link_dns_support_disabled(
    state: Ec2, event: Event[api.DisableVpcClassicLinkDnsSupport, None]
) -> None:
    """The VPC resolves linked names no longer."""
    if not isinstance(event.params.vpc_id, UnsetType):
        VPCS.known(state, event, event.params.vpc_id).classic_dns = False


_FIELDS: filters.Fields[Vpc] = {
    "is-classic-link-enabled": lambda vpc: vpc.classic,
    "vpc-id": lambda vpc: vpc.id,
}
"""API_DescribeVpcClassicLink: Filters."""


@service.read
def describe_vpc_classic_link(
    state: Ec2, call: Call[api.DescribeVpcClassicLink]
) -> api.DescribeVpcClassicLinkResult:
    """Which VPCs are enabled."""
    page = filters.described(state, call, VPCS, call.params.vpc_ids, _FIELDS)
    return api.DescribeVpcClassicLinkResult(
        vpcs=[
            api.VpcClassicLink(classic_link_enabled=vpc.classic, tags=tags.shown(vpc.tags), vpc_id=vpc.id)
            for vpc in page.items
        ]
    )


@service.read
def describe_vpc_classic_link_dns_support(
    state: Ec2, call: Call[api.DescribeVpcClassicLinkDnsSupport]
) -> api.DescribeVpcClassicLinkDnsSupportResult:
    """Which VPCs resolve linked names."""
    named = told(call.params.vpc_ids, [])
    held = {one.id: one for one in VPCS.find_all(state, named)} if named else VPCS.all(state)
    page = filters.paged(call, held)
    return api.DescribeVpcClassicLinkDnsSupportResult(
        vpcs=[
            api.ClassicLinkDnsSupport(classic_link_dns_supported=vpc.classic_dns, vpc_id=vpc.id)
            for vpc in page.items
        ],
        next_token=page.next or UNSET,
    )


def _named(vpc: str | UnsetType) -> str:
    if isinstance(vpc, UnsetType):
        raise errors.missing("vpcId")
    return vpc
