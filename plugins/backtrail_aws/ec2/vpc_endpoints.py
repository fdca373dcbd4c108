"""VPC endpoints: https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import (
    api,
    errors,
    filters,
    interfaces,
    route_targets,
    security_groups,
    subnet_addresses,
    tags,
    uses,
)
from backtrail_aws.ec2.endpoint_checks import bad_parameter, check_dns, check_policy, check_service
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.route_tables import ROUTE_TABLES
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_addresses import Attachment, PrivateIp
from backtrail_aws.ec2.state_gateways import Endpoint
from backtrail_aws.ec2.state_network import Route, RouteTable
from backtrail_aws.ec2.subnets import SUBNETS
from backtrail_aws.ec2.vpcs import VPCS

ENDPOINTS = Kind(
    "vpc-endpoint", "vpce", Endpoint, lambda state: state.gateways.endpoints,
    code="InvalidVpcEndpointId.NotFound", noun="Vpc Endpoint Id", malformed="InvalidVpcEndpointId.Malformed",
    cloudformation="AWS::EC2::VPCEndpoint", parameters=("vpc_endpoint_id", "vpc_endpoint_ids"),
    created_by=("CreateVpcEndpoint",), parent=lambda endpoint: told(endpoint.vpc, None),
)  # fmt: skip

FULL_ACCESS = (
    '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
)
"""vpc-endpoints-access.html: the default endpoint policy; its form: the CLI's examples of describe-vpc-endpoints."""


# create


@service.handle(token="client_token")
def create_vpc_endpoint(state: Ec2, call: Call[api.CreateVpcEndpoint]) -> api.CreateVpcEndpointResult:
    """Routes to a service in route tables, or interfaces in subnets."""
    params = call.params
    tags.check_new(params.tag_specifications, "vpc-endpoint")
    vpc = VPCS.find(state, params.vpc_id)
    kind = told(params.vpc_endpoint_type, "Gateway")
    name = told(params.service_name, "")
    if not name:
        raise errors.missing("ServiceName")
    check_service(state, call, name, kind)
    if isinstance(params.policy_document, str):
        check_policy(params.policy_document)
    endpoint = Endpoint(
        id=call.new_id("vpce"), vpc=vpc.id, kind=kind, service=name, made=call.time, status="pending",
        tags=tags.given(params.tag_specifications, "vpc-endpoint"),
        policy=told(params.policy_document, FULL_ACCESS), ip_type=told(params.ip_address_type, "ipv4"),
    )  # fmt: skip
    endpoint.arn = ENDPOINTS.arn(call, endpoint.id)
    if kind == "Gateway":
        endpoint.status, endpoint.private_dns, endpoint.ip_type = "available", False, UNSET
        if told(params.subnet_ids, []) or told(params.security_group_ids, []):
            raise no_subnets()
        endpoint.tables = [one.id for one in ROUTE_TABLES.find_all(state, told(params.route_table_ids, []))]
        _check_tables(state, endpoint)
    else:
        if told(params.route_table_ids, []):
            # evidence: https://github.com/ansible-collections/amazon.aws/issues/576 (the words)
            raise bad_parameter("Route table IDs are only supported for Gateway type VPC Endpoint.")
        endpoint.private_dns = told(
            params.private_dns_enabled, kind == "Interface" and name.startswith("com.amazonaws.")
        )
        check_dns(state, endpoint, kind)
        endpoint.groups = _groups(state, endpoint, told(params.security_group_ids, []))
        endpoint.interfaces = _planned(state, call, endpoint, told(params.subnet_ids, []))
    return api.CreateVpcEndpointResult(
        client_token=params.client_token, vpc_endpoint=shown(state, endpoint, call.region)
    )


def _check_tables(state: Ec2, endpoint: Endpoint) -> None:
    for table in endpoint.tables:
        held = state.network.route_tables[table]
        if held.vpc != endpoint.vpc and not isinstance(held.vpc, UnsetType):
            # evidence: guess
            raise errors.invalid(f"Route table {table} does not belong to the VPC {endpoint.vpc}")
        for other in state.gateways.endpoints.values():
            if other.id != endpoint.id and other.service == endpoint.service and table in other.tables:
                # evidence: https://github.com/eksctl-io/eksctl/issues/2473
                raise Refusal(
                    "RouteAlreadyExists",
                    f"route table {table} already has a route with destination-prefix-list-id {prefix_list(endpoint)}",
                )


def _groups(state: Ec2, endpoint: Endpoint, named: Sequence[str]) -> list[str]:
    if endpoint.kind == "GatewayLoadBalancer":
        return []
    vpc = told(endpoint.vpc, "")
    return [one.id for one in security_groups.chosen(state, vpc, list(named) or UNSET)]


def no_subnets() -> Refusal:
    """A gateway endpoint has no interfaces."""
    # evidence: https://github.com/nanlabs/terraform-aws-starter/issues/18
    return bad_parameter(
        "Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints."
    )


def _planned(state: Ec2, call: Call[Any], endpoint: Endpoint, subnets: Sequence[str]) -> dict[str, str]:
    """Subnet -> its interface's id. One subnet a zone."""
    found = SUBNETS.find_all(state, subnets)
    there = [state.network.subnets[one] for one in endpoint.interfaces if one in state.network.subnets]
    zones = [one.zone for one in (*found, *there) if isinstance(one.zone, str)]
    if len(set(zones)) < len(zones):
        # evidence: page errors-overview.html (DuplicateSubnetsInSameZone); words: guess
        raise Refusal(
            "DuplicateSubnetsInSameZone",
            f"Found another VPC endpoint subnet in the availability zone of {found[-1].id}",
        )
    return {one.id: call.new_id("eni", one.id) for one in found}


# fold


@service.project
def vpc_endpoint_created(
    state: Ec2, event: Event[api.CreateVpcEndpoint, api.CreateVpcEndpointResult]
) -> None:
    """The endpoint is there, with its routes or its interfaces."""
    made = told(event.result.vpc_endpoint, api.VpcEndpoint())
    if isinstance(made.vpc_endpoint_id, UnsetType):
        return
    params = event.params
    VPCS.known(state, event, params.vpc_id)
    endpoint = ENDPOINTS.known(state, event, made.vpc_endpoint_id)
    endpoint.vpc, endpoint.service, endpoint.made = params.vpc_id, params.service_name, event.time
    endpoint.kind = told(made.vpc_endpoint_type, told(params.vpc_endpoint_type, "Gateway"))
    endpoint.policy = told(made.policy_document, told(params.policy_document, FULL_ACCESS))
    endpoint.private_dns, endpoint.ip_type = made.private_dns_enabled, made.ip_address_type
    endpoint.tags = tags.given(params.tag_specifications, "vpc-endpoint")
    endpoint.groups = [told(one.group_id, "") for one in told(made.groups, [])]
    _add_tables(state, event, endpoint, told(made.route_table_ids, told(params.route_table_ids, [])))
    subnets = told(made.subnet_ids, told(params.subnet_ids, []))
    _add_interfaces(state, event, endpoint, subnets)


def prefix_list(endpoint: Endpoint) -> str:
    """The prefix list that a gateway endpoint's routes lead to."""
    return "pl-63a5400a" if told(endpoint.service, "").endswith(".s3") else "pl-02cd2c6b"


def _add_tables(state: Ec2, event: Event[Any, Any], endpoint: Endpoint, tables: Sequence[str]) -> None:
    for one in tables:
        table = ROUTE_TABLES.known(state, event, one)
        to = prefix_list(endpoint)
        table.routes[to] = Route(to=to, via="gateway_id", target=endpoint.id)
    endpoint.tables = [*endpoint.tables, *(one for one in tables if one not in endpoint.tables)]


def _remove_tables(state: Ec2, endpoint: Endpoint, tables: Sequence[str]) -> None:
    for one in tables:
        table = state.network.route_tables.get(one)
        route = table.routes.get(prefix_list(endpoint)) if table is not None else None
        if table is not None and route is not None and route.target == endpoint.id:
            table.routes.pop(prefix_list(endpoint))
    endpoint.tables = [one for one in endpoint.tables if one not in tables]


def _add_interfaces(state: Ec2, event: Event[Any, Any], endpoint: Endpoint, subnets: Sequence[str]) -> None:
    """An interface in each subnet, at its first free address."""
    for one in subnets:
        subnet = SUBNETS.known(state, event, one)
        identifier = event.new_id("eni", one)
        address = subnet_addresses.first_free(state, subnet)
        endpoint.interfaces[one] = identifier
        kind = "vpc_endpoint" if endpoint.kind == "Interface" else "gateway_load_balancer_endpoint"
        interface = interfaces.INTERFACES.make(
            id=identifier, subnet=one, vpc=endpoint.vpc, zone=subnet.zone, zone_id=subnet.zone_id, kind=kind,
            description=f"VPC Endpoint Interface {endpoint.id}", managed=True, check=True, groups=list(endpoint.groups),
            mac=interfaces.mac(event.new_id("hex8", f"mac{one}")),
            private_ips=[PrivateIp(address=address, primary=True)] if address else [],
            attachment=Attachment(
                id=event.new_id("ela-attach", one), owner="amazon-aws", device_index=1, since=event.time
            ),
        )  # fmt: skip
        interfaces.put(state, event, interface)


# modify


@service.handle
def modify_vpc_endpoint(state: Ec2, call: Call[api.ModifyVpcEndpoint]) -> api.ModifyVpcEndpointResult:
    """Tables, subnets, groups and the policy, each where the endpoint's type has them."""
    params = call.params
    endpoint = ENDPOINTS.find(state, params.vpc_endpoint_id)
    if isinstance(params.policy_document, str):
        check_policy(params.policy_document)
    gateway = endpoint.kind == "Gateway"
    if gateway and (told(params.add_subnet_ids, []) or told(params.add_security_group_ids, [])):
        raise no_subnets()
    if not gateway and told(params.add_route_table_ids, []):
        # evidence: https://github.com/ansible-collections/amazon.aws/issues/576 (the words)
        raise bad_parameter("Route table IDs are only supported for Gateway type VPC Endpoint.")
    ROUTE_TABLES.find_all(state, told(params.add_route_table_ids, []))
    _planned(state, call, endpoint, told(params.add_subnet_ids, []))
    if told(params.add_security_group_ids, []):
        _groups(state, endpoint, told(params.add_security_group_ids, []))
    return api.ModifyVpcEndpointResult(return_=True)


@service.project
def vpc_endpoint_modified(
    state: Ec2, event: Event[api.ModifyVpcEndpoint, api.ModifyVpcEndpointResult]
) -> None:
    """What was given is changed."""
    params = event.params
    endpoint = ENDPOINTS.known(state, event, params.vpc_endpoint_id)
    if params.reset_policy is True:
        endpoint.policy = FULL_ACCESS
    endpoint.policy = told(params.policy_document, endpoint.policy)
    endpoint.private_dns = told(params.private_dns_enabled, endpoint.private_dns)
    endpoint.ip_type = told(params.ip_address_type, endpoint.ip_type)
    gone = told(params.remove_security_group_ids, [])
    endpoint.groups = [one for one in endpoint.groups if one not in gone]
    endpoint.groups += [one for one in told(params.add_security_group_ids, []) if one not in endpoint.groups]
    _remove_tables(state, endpoint, told(params.remove_route_table_ids, []))
    _add_tables(state, event, endpoint, told(params.add_route_table_ids, []))
    for one in told(params.remove_subnet_ids, []):
        interfaces.drop(state, endpoint.interfaces.pop(one, ""))
    for identifier in endpoint.interfaces.values():
        interface = state.addresses.interfaces.get(identifier)
        if interface is not None:
            interface.groups = list(endpoint.groups)
    _add_interfaces(state, event, endpoint, told(params.add_subnet_ids, []))


# delete


@service.handle
def delete_vpc_endpoints(state: Ec2, call: Call[api.DeleteVpcEndpoints]) -> api.DeleteVpcEndpointsResult:
    """Those that are not there are unsuccessful."""
    lost = [one for one in call.params.vpc_endpoint_ids if one not in state.gateways.endpoints]
    return api.DeleteVpcEndpointsResult(unsuccessful=[_unsuccessful(one) for one in lost])


def _unsuccessful(identifier: str) -> api.UnsuccessfulItem:
    # evidence: page errors-overview.html (InvalidVpcEndpoint.NotFound); words: guess
    error = api.UnsuccessfulItemError(
        code="InvalidVpcEndpoint.NotFound", message=f"The Vpc Endpoint Id '{identifier}' does not exist"
    )
    return api.UnsuccessfulItem(error=error, resource_id=identifier)


@service.project
def vpc_endpoints_deleted(
    state: Ec2, event: Event[api.DeleteVpcEndpoints, api.DeleteVpcEndpointsResult]
) -> None:
    """The endpoints are gone, with their routes and interfaces."""
    for identifier in event.params.vpc_endpoint_ids:
        endpoint = state.gateways.endpoints.pop(identifier, None)
        if endpoint is not None:
            _remove_tables(state, endpoint, list(endpoint.tables))
            for interface in endpoint.interfaces.values():
                interfaces.drop(state, interface)


# describe


_FIELDS: filters.Fields[Endpoint] = {
    "ip-address-type": lambda one: one.ip_type,
    "service-name": lambda one: one.service,
    "service-region": lambda one: one.arn.split(":")[3] if one.arn else None,
    "vpc-id": lambda one: one.vpc,
    "vpc-endpoint-id": lambda one: one.id,
    "vpc-endpoint-state": lambda one: "available",
    "vpc-endpoint-type": lambda one: one.kind,
}
"""API_DescribeVpcEndpoints: Filters."""


@service.read
def describe_vpc_endpoints(
    state: Ec2, call: Call[api.DescribeVpcEndpoints]
) -> api.DescribeVpcEndpointsResult:
    """Endpoints, in the order of their ids."""
    page = filters.described(state, call, ENDPOINTS, call.params.vpc_endpoint_ids, _FIELDS, bounds=(1, 1000))
    return api.DescribeVpcEndpointsResult(
        vpc_endpoints=[shown(state, one, call.region) for one in page.items], next_token=page.next or UNSET
    )


def shown(state: Ec2, endpoint: Endpoint, region: str) -> api.VpcEndpoint:
    """An endpoint as answers show it."""
    names = state.network.security_groups
    return api.VpcEndpoint(
        vpc_endpoint_id=endpoint.id, vpc_endpoint_type=endpoint.kind, vpc_id=endpoint.vpc,
        service_name=endpoint.service, state=endpoint.status, policy_document=endpoint.policy,
        route_table_ids=endpoint.tables, subnet_ids=endpoint.subnets,
        groups=[
            api.SecurityGroupIdentifier(group_id=one, group_name=names[one].name if one in names else UNSET)
            for one in endpoint.groups
        ],
        ip_address_type=endpoint.ip_type,
        dns_options=UNSET if endpoint.kind == "Gateway" else api.DnsOptions(dns_record_ip_type="ipv4"),
        private_dns_enabled=endpoint.private_dns, requester_managed=False,
        network_interface_ids=list(endpoint.interfaces.values()), dns_entries=_dns(endpoint, region),
        creation_timestamp=UNSET if isinstance(endpoint.made, UnsetType) else IsoMillisZ.of(endpoint.made),
        tags=tags.shown(endpoint.tags), owner_id=endpoint.owner, service_region=region,
    )  # fmt: skip


def _dns(endpoint: Endpoint, region: str) -> list[api.DnsEntry]:
    """The names of an interface endpoint: vpc/latest/privatelink/privatelink-access-aws-services.html"""
    if endpoint.kind != "Interface":
        return []
    short = ".".join(reversed(told(endpoint.service, "").split(".")[3:])) or "vpce-svc"
    name = f"{endpoint.id}-{endpoint.id[-8:]}.{short}.{region}.vpce.amazonaws.com"
    found = [api.DnsEntry(dns_name=name, hosted_zone_id="Z7HUB22UULQXV")]
    if endpoint.private_dns is True:
        found.append(api.DnsEntry(dns_name=f"{short}.{region}.amazonaws.com", hosted_zone_id="ZONEIDPENDING"))
    return found


@uses.of("vpc")
def in_vpc(state: Ec2, vpc: str) -> bool:
    """Whether a VPC has endpoints with interfaces; gateway endpoints go with it."""
    return any(one.vpc == vpc and one.kind != "Gateway" for one in state.gateways.endpoints.values())


def _alive(state: Ec2, table: RouteTable, identifier: str) -> bool:
    return identifier in state.gateways.endpoints


def _check(state: Ec2, table: RouteTable, identifier: str) -> None:
    ENDPOINTS.find(state, identifier)


route_targets.declare("vpc_endpoint_id", prefix="vpce", alive=_alive, check=_check)
route_targets.declare("gateway_id", prefix="vpce", alive=_alive, check=_check)
