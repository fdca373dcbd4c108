"""What VPC endpoints refuse."""

from __future__ import annotations

import json
from typing import Any

from backtrail import Call, Refusal, UnsetType, told
from backtrail_aws.ec2 import endpoint_catalog, errors
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_gateways import Endpoint

_TYPES = ("Interface", "Gateway", "GatewayLoadBalancer")


def check_service(state: Ec2, call: Call[Any], name: str, kind: str) -> None:
    """Refuse a service that there is not, or not by endpoints of this type."""
    if kind not in _TYPES:
        # evidence: page errors-overview.html (InvalidVpcEndpointType); words: guess
        raise Refusal("InvalidVpcEndpointType", f"Value ({kind}) for parameter VpcEndpointType is invalid.")
    known = endpoint_catalog.names(call.region)
    own = any(one.name == name for one in state.gateways.endpoint_services.values())
    if not own and name not in known and ".vpce.amazonaws.com" not in name and ".vpce-svc-" not in name:
        # evidence: https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/356
        raise Refusal("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")
    if name in known and kind not in known[name]:
        # evidence: guess
        raise errors.invalid(f"The Vpc Endpoint Service '{name}' does not support endpoints of type {kind}")


def check_policy(text: str) -> None:
    """Refuse a policy that is no JSON object with statements."""
    try:
        policy = json.loads(text)
    except ValueError:
        policy = None
    if not isinstance(policy, dict) or "Statement" not in policy:
        # evidence: page errors-overview.html (InvalidPolicyDocument); words: guess
        raise Refusal(
            "InvalidPolicyDocument", "The specified policy document is not a valid JSON policy document."
        )


def check_dns(state: Ec2, endpoint: Endpoint, kind: str) -> None:
    """Refuse private DNS where the VPC, the service or another endpoint stands against it."""
    vpc = state.network.vpcs[told(endpoint.vpc, "")]
    if endpoint.private_dns is not True:
        return
    if kind == "Interface" and (vpc.dns_support is False or vpc.dns_hostnames is False):
        # evidence: guess
        raise bad_parameter(
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for "
            f"{vpc.id}"
        )
    name = told(endpoint.service, "")
    offered = next((one for one in state.gateways.endpoint_services.values() if one.name == name), None)
    if offered is not None and isinstance(offered.private_dns, UnsetType):
        # evidence: https://github.com/vespa-engine/vespa/pull/33303
        raise bad_parameter(
            f"Private DNS can't be enabled because the service {name} does not provide a private DNS name."
        )
    for other in state.gateways.endpoints.values():
        if (other.vpc, other.service, other.private_dns) == (vpc.id, name, True) and other.id != endpoint.id:
            _, _, region, short = name.split(".", 3)
            # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/17535
            raise bad_parameter(
                f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                f"{short}.{region}.amazonaws.com in the VPC {vpc.id}"
            )


def bad_parameter(message: str) -> Refusal:
    """What endpoints say of parameters that do not fit."""
    # evidence: page errors-overview.html (InvalidParameter); words: each caller's
    return Refusal("InvalidParameter", message)
