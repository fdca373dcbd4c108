"""Endpoint services: AWS's, and those that one offers oneself behind load balancers.

https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, endpoint_catalog, errors, filters, regions, tags
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_gateways import EndpointService

ENDPOINT_SERVICES = Kind(
    "vpc-endpoint-service", "vpce-svc", EndpointService, lambda state: state.gateways.endpoint_services,
    code="InvalidVpcEndpointServiceId.NotFound", noun="VpcEndpointService Id",
    cloudformation="AWS::EC2::VPCEndpointService", parameters=("service_id", "service_ids"),
    created_by=("CreateVpcEndpointServiceConfiguration",),
)  # fmt: skip


# create


@service.handle(token="client_token")
def create_vpc_endpoint_service_configuration(
    state: Ec2, call: Call[api.CreateVpcEndpointServiceConfiguration]
) -> api.CreateVpcEndpointServiceConfigurationResult:
    """A service behind network or gateway load balancers."""
    params = call.params
    tags.check_new(params.tag_specifications, "vpc-endpoint-service")
    network, gateway = (
        told(params.network_load_balancer_arns, []),
        told(params.gateway_load_balancer_arns, []),
    )
    _check(network, gateway)
    made = EndpointService(
        id=call.new_id("vpce-svc"), kind="GatewayLoadBalancer" if gateway else "Interface",
        acceptance=told(params.acceptance_required, True), network_balancers=network, gateway_balancers=gateway,
        ip_types=told(params.supported_ip_address_types, ["ipv4"]), private_dns=params.private_dns_name,
        tags=tags.given(params.tag_specifications, "vpc-endpoint-service"),
    )  # fmt: skip
    made.arn, made.name = ENDPOINT_SERVICES.arn(call, made.id), _name(call.region, made.id)
    return api.CreateVpcEndpointServiceConfigurationResult(
        client_token=params.client_token, service_configuration=shown(made, call.region)
    )


def _name(region: str, identifier: str) -> str:
    return f"com.amazonaws.vpce.{region}.{identifier}"


def _check(network: list[str], gateway: list[str]) -> None:
    if bool(network) == bool(gateway):
        # evidence: page API_CreateVpcEndpointServiceConfiguration; words: guess
        raise errors.combination("Specify either NetworkLoadBalancerArns or GatewayLoadBalancerArns.")
    for arn, kind in [*((one, "net") for one in network), *((one, "gwy") for one in gateway)]:
        if f":loadbalancer/{kind}/" not in arn:
            # evidence: guess
            raise errors.invalid(f"Load balancer {arn} is not a valid load balancer for the endpoint service")


@service.project
def vpc_endpoint_service_configuration_created(
    state: Ec2,
    event: Event[api.CreateVpcEndpointServiceConfiguration, api.CreateVpcEndpointServiceConfigurationResult],
) -> None:
    """The service is there."""
    made = told(event.result.service_configuration, api.ServiceConfiguration())
    if isinstance(made.service_id, UnsetType):
        return
    params = event.params
    held = ENDPOINT_SERVICES.known(state, event, made.service_id)
    held.network_balancers = told(params.network_load_balancer_arns, [])
    held.gateway_balancers = told(params.gateway_load_balancer_arns, [])
    held.kind = "GatewayLoadBalancer" if held.gateway_balancers else "Interface"
    held.acceptance = told(params.acceptance_required, True)
    held.ip_types = told(params.supported_ip_address_types, ["ipv4"])
    held.private_dns, held.name = params.private_dns_name, _name(event.region, held.id)
    held.tags = tags.given(params.tag_specifications, "vpc-endpoint-service")


# modify and delete


@service.handle
def modify_vpc_endpoint_service_configuration(
    state: Ec2, call: Call[api.ModifyVpcEndpointServiceConfiguration]
) -> api.ModifyVpcEndpointServiceConfigurationResult:
    """Some load balancers must remain."""
    params = call.params
    held = ENDPOINT_SERVICES.find(state, params.service_id)
    _check(*_balancers(held, params))
    return api.ModifyVpcEndpointServiceConfigurationResult(return_=True)


def _balancers(
    held: EndpointService, params: api.ModifyVpcEndpointServiceConfiguration
) -> tuple[list[str], list[str]]:
    return (
        _changed(
            held.network_balancers,
            params.add_network_load_balancer_arns,
            params.remove_network_load_balancer_arns,
        ),
        _changed(
            held.gateway_balancers,
            params.add_gateway_load_balancer_arns,
            params.remove_gateway_load_balancer_arns,
        ),
    )


def _changed(held: list[str], add: list[str] | UnsetType, remove: list[str] | UnsetType) -> list[str]:
    gone = told(remove, [])
    kept = [one for one in held if one not in gone]
    return [*kept, *(one for one in told(add, []) if one not in kept)]


@service.project
def vpc_endpoint_service_configuration_modified(
    state: Ec2,
    event: Event[api.ModifyVpcEndpointServiceConfiguration, api.ModifyVpcEndpointServiceConfigurationResult],
) -> None:
    """What was given is changed."""
    params = event.params
    held = ENDPOINT_SERVICES.known(state, event, params.service_id)
    held.network_balancers, held.gateway_balancers = _balancers(held, params)
    held.acceptance = told(params.acceptance_required, held.acceptance)
    held.private_dns = (
        UNSET if params.remove_private_dns_name is True else told(params.private_dns_name, held.private_dns)
    )
    held.ip_types = _changed(
        held.ip_types, params.add_supported_ip_address_types, params.remove_supported_ip_address_types
    )


@service.handle
def delete_vpc_endpoint_service_configurations(
    state: Ec2, call: Call[api.DeleteVpcEndpointServiceConfigurations]
) -> api.DeleteVpcEndpointServiceConfigurationsResult:
    """Those that are not there, and those that endpoints lead to, are unsuccessful."""
    failed = [item for one in call.params.service_ids if (item := _undeletable(state, one)) is not None]
    return api.DeleteVpcEndpointServiceConfigurationsResult(unsuccessful=failed)


def _undeletable(state: Ec2, identifier: str) -> api.UnsuccessfulItem | None:
    held = state.gateways.endpoint_services.get(identifier)
    if held is None:
        # evidence: page errors-overview.html (InvalidVpcEndpointService.NotFound); words: guess
        code, message = (
            "InvalidVpcEndpointService.NotFound",
            f"The VpcEndpointService Id '{identifier}' does not exist",
        )
    elif any(one.service == held.name for one in state.gateways.endpoints.values()):
        # evidence: page errors-overview.html (ExistingVpcEndpointConnections); words: guess
        code, message = (
            "ExistingVpcEndpointConnections",
            f"Service {identifier} has existing active VPC Endpoint connections!",
        )
    else:
        return None
    return api.UnsuccessfulItem(
        error=api.UnsuccessfulItemError(code=code, message=message), resource_id=identifier
    )


@service.project
def vpc_endpoint_service_configurations_deleted(
    state: Ec2,
    event: Event[
        api.DeleteVpcEndpointServiceConfigurations, api.DeleteVpcEndpointServiceConfigurationsResult
    ],
) -> None:
    """The services are gone, but for those that were unsuccessful."""
    failed = {told(one.resource_id, "") for one in told(event.result.unsuccessful, [])}
    for identifier in event.params.service_ids:
        if identifier not in failed:
            state.gateways.endpoint_services.pop(identifier, None)


# describe


_FIELDS: filters.Fields[EndpointService] = {
    "service-id": lambda one: one.id,
    "service-name": lambda one: one.name,
    "service-state": lambda one: "Available",
    "supported-ip-address-types": lambda one: one.ip_types,
}
"""API_DescribeVpcEndpointServiceConfigurations: Filters."""


@service.read
def describe_vpc_endpoint_service_configurations(
    state: Ec2, call: Call[api.DescribeVpcEndpointServiceConfigurations]
) -> api.DescribeVpcEndpointServiceConfigurationsResult:
    """One's own services, in the order of their ids."""
    page = filters.described(state, call, ENDPOINT_SERVICES, call.params.service_ids, _FIELDS)
    return api.DescribeVpcEndpointServiceConfigurationsResult(
        service_configurations=[shown(one, call.region) for one in page.items], next_token=page.next or UNSET
    )


def shown(held: EndpointService, region: str) -> api.ServiceConfiguration:
    """A service as its owner sees it."""
    zones = regions.of(region).zones[:2]
    return api.ServiceConfiguration(
        service_type=[api.ServiceTypeDetail(service_type=held.kind)], service_id=held.id, service_name=held.name,
        service_state="Available", availability_zones=[one.name for one in zones],
        availability_zone_ids=[one.id for one in zones], acceptance_required=held.acceptance,
        manages_vpc_endpoints=False, network_load_balancer_arns=held.network_balancers or UNSET,
        gateway_load_balancer_arns=held.gateway_balancers or UNSET, supported_ip_address_types=held.ip_types,
        base_endpoint_dns_names=[f"{held.id}.{region}.vpce.amazonaws.com"], private_dns_name=held.private_dns,
        private_dns_name_configuration=_dns(held), tags=tags.shown(held.tags),
    )  # fmt: skip


def _dns(held: EndpointService) -> api.PrivateDnsNameConfiguration | UnsetType:
    if isinstance(held.private_dns, UnsetType):
        return UNSET
    return api.PrivateDnsNameConfiguration(
        state="pendingVerification",
        type="TXT",
        value=f"vpce:{held.id[-17:]}",
        name=f"_{held.id[-17:]}",
    )


@service.read
def describe_vpc_endpoint_services(
    state: Ec2, call: Call[api.DescribeVpcEndpointServices]
) -> api.DescribeVpcEndpointServicesResult:
    """AWS's services and one's own, by name."""
    details = _details(state, call)
    names = {told(one.service_name, "") for one in details}
    wanted = set(told(call.params.service_names, [])) or names
    if lost := sorted(wanted - names):
        # evidence: https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/356
        raise Refusal("InvalidServiceName", f"The Vpc Endpoint Service '{lost[0]}' does not exist")
    fields: filters.Fields[api.ServiceDetail] = {
        "owner": lambda one: one.owner,
        "service-name": lambda one: one.service_name,
        "service-region": lambda one: one.service_region,
        "service-type": lambda one: [told(kind.service_type, "") for kind in told(one.service_type, [])],
        "supported-ip-address-types": lambda one: one.supported_ip_address_types,
    }
    items = {
        f"{one.service_name}/{number}": one
        for number, one in enumerate(sorted(details, key=lambda one: told(one.service_name, "")))
        if one.service_name in wanted
    }
    page = filters.paged(call, items, filters.matching(call.params.filters, fields), bounds=(1, 1000))
    return api.DescribeVpcEndpointServicesResult(
        service_names=[told(one.service_name, "") for one in page.items], service_details=page.items,
        next_token=page.next or UNSET,
    )  # fmt: skip


def _details(state: Ec2, call: Call[Any]) -> list[api.ServiceDetail]:
    zones = regions.of(call.region).zones
    found = [
        api.ServiceDetail(
            service_name=name, service_id=f"vpce-svc-{_digits(name + kind)}", service_region=call.region,
            service_type=[api.ServiceTypeDetail(service_type=kind)],
            availability_zones=[one.name for one in zones], availability_zone_ids=[one.id for one in zones],
            owner="amazon", base_endpoint_dns_names=[_base(name, kind, call.region)],
            vpc_endpoint_policy_supported=True, acceptance_required=False, manages_vpc_endpoints=False, tags=[],
            supported_ip_address_types=["ipv4"],
        )
        for name, types in endpoint_catalog.names(call.region).items()
        for kind in types  # s3 twice: https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/579
    ]  # fmt: skip
    found += [
        api.ServiceDetail(
            service_name=one.name, service_id=one.id, service_region=call.region, owner=one.owner,
            service_type=[api.ServiceTypeDetail(service_type=one.kind)], acceptance_required=one.acceptance,
            availability_zones=[zone.name for zone in zones[:2]], vpc_endpoint_policy_supported=False,
            availability_zone_ids=[zone.id for zone in zones[:2]], manages_vpc_endpoints=False,
            base_endpoint_dns_names=[f"{one.id}.{call.region}.vpce.amazonaws.com"],
            private_dns_name=one.private_dns, tags=tags.shown(one.tags), supported_ip_address_types=one.ip_types,
        )
        for one in state.gateways.endpoint_services.values()
    ]  # fmt: skip
    return found


def _base(name: str, kind: str, region: str) -> str:
    """The same issue: a gateway's names are the service's own."""
    return f"{name.split('.', 3)[3]}.{region}.{'' if kind == 'Gateway' else 'vpce.'}amazonaws.com"


def _digits(name: str) -> str:
    """Seventeen hexadecimal digits out of a name."""
    return f"{sum(ord(char) << (number % 60) for number, char in enumerate(name)):017x}"[-17:]


# permissions


@service.handle
def modify_vpc_endpoint_service_permissions(
    state: Ec2, call: Call[api.ModifyVpcEndpointServicePermissions]
) -> api.ModifyVpcEndpointServicePermissionsResult:
    """Who may make endpoints for the service."""
    held = ENDPOINT_SERVICES.find(state, call.params.service_id)
    added = [one for one in told(call.params.add_allowed_principals, []) if one not in held.allowed]
    return api.ModifyVpcEndpointServicePermissionsResult(
        added_principals=[
            api.AddedPrincipal(
                principal_type=_type(one), principal=one, service_id=held.id,
                service_permission_id=call.new_id("vpce-svc-perm", one),
            )
            for one in added
        ],
        return_value=True,
    )  # fmt: skip


def _type(principal: str) -> str:
    """API_AllowedPrincipal: PrincipalType."""
    if principal == "*":
        return "All"
    for part, kind in ((":root", "Account"), (":user/", "User"), (":role/", "Role")):
        if part in principal:
            return kind
    return "Service" if principal.endswith(".amazonaws.com") else "Account"


@service.project
def vpc_endpoint_service_permissions_modified(
    state: Ec2,
    event: Event[api.ModifyVpcEndpointServicePermissions, api.ModifyVpcEndpointServicePermissionsResult],
) -> None:
    """Some more may, and some no longer."""
    held = ENDPOINT_SERVICES.known(state, event, event.params.service_id)
    for one in told(event.params.add_allowed_principals, []):
        held.allowed.setdefault(one, event.new_id("vpce-svc-perm", one))
    for one in told(event.params.remove_allowed_principals, []):
        held.allowed.pop(one, None)


@service.read
def describe_vpc_endpoint_service_permissions(
    state: Ec2, call: Call[api.DescribeVpcEndpointServicePermissions]
) -> api.DescribeVpcEndpointServicePermissionsResult:
    """Who may."""
    held = ENDPOINT_SERVICES.find(state, call.params.service_id)
    listed = {
        one: api.AllowedPrincipal(
            principal_type=_type(one), principal=one, service_permission_id=held.allowed[one], service_id=held.id
        )
        for one in sorted(held.allowed)
    }  # fmt: skip
    fields: filters.Fields[api.AllowedPrincipal] = {
        "principal": lambda one: one.principal,
        "principal-type": lambda one: one.principal_type,
    }
    page = filters.paged(call, listed, filters.matching(call.params.filters, fields))
    return api.DescribeVpcEndpointServicePermissionsResult(
        allowed_principals=page.items, next_token=page.next or UNSET
    )
