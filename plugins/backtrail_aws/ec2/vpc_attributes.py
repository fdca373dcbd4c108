"""What can be changed of a VPC: DNS, usage metrics, tenancy.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns-updating.html
"""

from __future__ import annotations

from backtrail import Call, Event, UnsetType, told
from backtrail_aws.ec2 import api, errors
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.vpcs import VPCS, bad_tenancy

_ATTRIBUTES = ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")


@service.handle
def modify_vpc_attribute(state: Ec2, call: Call[api.ModifyVpcAttribute]) -> None:
    """One attribute at a time."""
    params = call.params
    VPCS.find(state, params.vpc_id)
    given = [
        one
        for one in (
            params.enable_dns_support,
            params.enable_dns_hostnames,
            params.enable_network_address_usage_metrics,
        )
        if not isinstance(one, UnsetType)
    ]
    if not given:
        # evidence: guess
        raise errors.combination("No attributes specified.")
    if len(given) > 1:
        # evidence: page API_ModifyVpcAttribute (the rule); words: guess
        raise errors.combination("Fields for multiple attribute types specified.")


@service.project
def vpc_attribute_modified(state: Ec2, event: Event[api.ModifyVpcAttribute, None]) -> None:
    """The VPC has the value."""
    params = event.params
    vpc = VPCS.known(state, event, params.vpc_id)
    if not isinstance(params.enable_dns_support, UnsetType):
        vpc.dns_support = told(params.enable_dns_support.value, True)
    if not isinstance(params.enable_dns_hostnames, UnsetType):
        vpc.dns_hostnames = told(params.enable_dns_hostnames.value, True)
    if not isinstance(params.enable_network_address_usage_metrics, UnsetType):
        vpc.usage_metrics = told(params.enable_network_address_usage_metrics.value, True)


@service.read
def describe_vpc_attribute(
    state: Ec2, call: Call[api.DescribeVpcAttribute]
) -> api.DescribeVpcAttributeResult:
    """One attribute; what no record told is as AWS sets it out."""
    vpc = VPCS.find(state, call.params.vpc_id)
    attribute = told(call.params.attribute, "")
    if not attribute:
        raise errors.missing("attribute")
    if attribute not in _ATTRIBUTES:
        # evidence: guess
        raise errors.invalid(f"Value ({attribute}) for parameter attribute is invalid. Unknown attribute.")
    value = {
        "enableDnsSupport": told(vpc.dns_support, True),
        "enableDnsHostnames": told(vpc.dns_hostnames, vpc.is_default is True),
        "enableNetworkAddressUsageMetrics": told(vpc.usage_metrics, False),
    }[attribute]
    shown = api.AttributeBooleanValue(value=value)
    if attribute == "enableDnsSupport":
        return api.DescribeVpcAttributeResult(vpc_id=vpc.id, enable_dns_support=shown)
    if attribute == "enableDnsHostnames":
        return api.DescribeVpcAttributeResult(vpc_id=vpc.id, enable_dns_hostnames=shown)
    return api.DescribeVpcAttributeResult(vpc_id=vpc.id, enable_network_address_usage_metrics=shown)


@service.handle
def modify_vpc_tenancy(state: Ec2, call: Call[api.ModifyVpcTenancy]) -> api.ModifyVpcTenancyResult:
    """A VPC of dedicated tenancy can become one of default tenancy; there is no way back."""
    VPCS.find(state, call.params.vpc_id)
    if call.params.instance_tenancy != "default":
        raise bad_tenancy(call.params.instance_tenancy)
    return api.ModifyVpcTenancyResult(return_value=True)


@service.project
def vpc_tenancy_modified(state: Ec2, event: Event[api.ModifyVpcTenancy, None]) -> None:
    """The VPC has the tenancy."""
    VPCS.known(state, event, event.params.vpc_id).tenancy = event.params.instance_tenancy
