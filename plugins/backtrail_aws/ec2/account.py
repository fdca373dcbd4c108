"""Attributes of the account: API_DescribeAccountAttributes."""

from __future__ import annotations

from typing import Any

from backtrail import Call, told
from backtrail_aws.ec2 import api, default_network, errors, limits
from backtrail_aws.ec2.state import Ec2, service

MAX_INSTANCES = 20
"""Shown since ever, and no longer what decides: quotas of vCPUs do (ec2-on-demand-instances.html)."""
ELASTIC_IPS = 5


def _attributes(state: Ec2, call: Call[Any]) -> dict[str, list[str]]:
    default = default_network.vpc(state)
    addresses = str(call.quota("elastic_ips", ELASTIC_IPS))
    return {
        "default-vpc": [default.id if default is not None else "none"],
        "max-elastic-ips": [addresses],
        "max-instances": [str(call.quota("instances", MAX_INSTANCES))],
        "supported-platforms": ["VPC"],
        "vpc-max-elastic-ips": [addresses],
        "vpc-max-security-groups-per-interface": [
            str(call.quota("groups_per_interface", limits.GROUPS_PER_INTERFACE_MAX))
        ],
    }


@service.read
def describe_account_attributes(
    state: Ec2, call: Call[api.DescribeAccountAttributes]
) -> api.DescribeAccountAttributesResult:
    """All attributes, or those that are named."""
    attributes = _attributes(state, call)
    wanted = told(call.params.attribute_names, sorted(attributes))
    for name in wanted:
        if name not in attributes:
            # evidence: guess
            raise errors.invalid(f"Value ({name}) for parameter attributeName is invalid.")
    return api.DescribeAccountAttributesResult(
        account_attributes=[
            api.AccountAttribute(
                attribute_name=name,
                attribute_values=[api.AccountAttributeValue(attribute_value=one) for one in attributes[name]],
            )
            for name in wanted
        ]
    )
