"""Customer gateways: https://docs.aws.amazon.com/vpn/latest/s2svpn/cgw-options.html"""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ec2 import api, errors, filters, limits, tags, uses
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_gateways import CustomerGateway

CUSTOMER_GATEWAYS = Kind(
    "customer-gateway", "cgw", CustomerGateway, lambda state: state.gateways.customer,
    code="InvalidCustomerGatewayID.NotFound", noun="customerGateway ID",
    malformed="InvalidCustomerGatewayId.Malformed", cloudformation="AWS::EC2::CustomerGateway",
    parameters=("customer_gateway_id", "customer_gateway_ids"), created_by=("CreateCustomerGateway",),
)  # fmt: skip

_ASN_DEFAULT = "65000"  # API_CreateCustomerGateway


@service.handle
def create_customer_gateway(
    state: Ec2, call: Call[api.CreateCustomerGateway]
) -> api.CreateCustomerGatewayResult:
    """A gateway at an address, or by certificate; one that is there already is the answer."""
    params = call.params
    tags.check_new(params.tag_specifications, "customer-gateway")
    if params.type != "ipsec.1":
        # evidence: guess
        raise errors.invalid(f"Value ({told(params.type, '')}) for parameter type is invalid.")
    address = told(params.ip_address, told(params.public_ip, ""))
    if not address and isinstance(params.certificate_arn, UnsetType):
        raise errors.missing("ipAddress")
    if address:
        _check_address(address)
    asn = _asn(params)
    there = next((one for one in _held(state) if one.ip == (address or UNSET) and one.asn == asn), None)
    if there is not None and address:
        return api.CreateCustomerGatewayResult(customer_gateway=shown(there))
    if len(list(_held(state))) >= call.quota("customer_gateways", limits.CUSTOMER_GATEWAYS_MAX):
        raise errors.limit("CustomerGatewayLimitExceeded", "customer gateways")
    gateway = CustomerGateway(
        id=call.new_id("cgw"), ip=address or UNSET, asn=asn, device=params.device_name,
        certificate=params.certificate_arn, tags=tags.given(params.tag_specifications, "customer-gateway"),
    )  # fmt: skip
    return api.CreateCustomerGatewayResult(customer_gateway=shown(gateway))


def _held(state: Ec2) -> list[CustomerGateway]:
    return [one for one in state.gateways.customer.values() if isinstance(one.deleted, UnsetType)]


def _asn(params: api.CreateCustomerGateway) -> str:
    number = told(params.bgp_asn_extended, told(params.bgp_asn, UNSET))
    return _ASN_DEFAULT if isinstance(number, UnsetType) else str(number)


def _check_address(text: str) -> None:
    try:
        address = ip_address(text)
    except ValueError as error:
        # evidence: guess
        raise errors.invalid(f"Value ({text}) for parameter ipAddress is invalid.") from error
    if isinstance(address, IPv4Address) and (
        address.is_loopback or address.is_multicast or address.is_unspecified
    ):
        # evidence: guess
        raise errors.invalid(f"Value ({text}) for parameter ipAddress is invalid. Invalid unicast address")


@service.project
def customer_gateway_created(
    state: Ec2, event: Event[api.CreateCustomerGateway, api.CreateCustomerGatewayResult]
) -> None:
    """The gateway is there."""
    made = told(event.result.customer_gateway, api.CustomerGateway())
    if isinstance(made.customer_gateway_id, UnsetType):
        return
    params = event.params
    gateway = CUSTOMER_GATEWAYS.known(state, event, made.customer_gateway_id)
    gateway.ip = told(params.ip_address, params.public_ip)
    gateway.asn, gateway.device, gateway.certificate = (
        _asn(params),
        params.device_name,
        params.certificate_arn,
    )
    gateway.tags |= tags.given(params.tag_specifications, "customer-gateway")


@service.handle
def delete_customer_gateway(state: Ec2, call: Call[api.DeleteCustomerGateway]) -> None:
    """Refuse while a connection has it; a deleted one is deleted."""
    gateway = CUSTOMER_GATEWAYS.find(state, call.params.customer_gateway_id)
    if uses.used(state, "customer-gateway", gateway.id):
        # evidence: https://github.com/terraform-aws-modules/terraform-aws-vpn-gateway/issues/69
        raise errors.incorrect_state("The customer gateway is in use.")


@service.project
def customer_gateway_deleted(state: Ec2, event: Event[api.DeleteCustomerGateway, None]) -> None:
    """The gateway is deleted, and still shown."""
    gateway = CUSTOMER_GATEWAYS.known(state, event, event.params.customer_gateway_id)
    if isinstance(gateway.deleted, UnsetType):
        gateway.deleted = event.time


@service.evidence
def customer_gateway_was_gone(state: Ec2, event: Event[api.DeleteCustomerGateway, None]) -> None:
    """A gateway that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidCustomerGatewayID.NotFound":
        state.gateways.customer.pop(event.params.customer_gateway_id, None)


def _status(gateway: CustomerGateway) -> str:
    return "available" if isinstance(gateway.deleted, UnsetType) else "deleted"


_FIELDS: filters.Fields[CustomerGateway] = {
    "bgp-asn": lambda gateway: gateway.asn,
    "customer-gateway-id": lambda gateway: gateway.id,
    "ip-address": lambda gateway: gateway.ip,
    "state": _status,
    "type": lambda gateway: "ipsec.1",
}
"""API_DescribeCustomerGateways: Filters."""


@service.read
def describe_customer_gateways(
    state: Ec2, call: Call[api.DescribeCustomerGateways]
) -> api.DescribeCustomerGatewaysResult:
    """Gateways, in the order of their ids."""
    page = filters.described(state, call, CUSTOMER_GATEWAYS, call.params.customer_gateway_ids, _FIELDS)
    return api.DescribeCustomerGatewaysResult(customer_gateways=[shown(one) for one in page.items])


def shown(gateway: CustomerGateway) -> api.CustomerGateway:
    """A gateway as answers show it."""
    return api.CustomerGateway(
        certificate_arn=gateway.certificate, device_name=gateway.device, tags=tags.shown(gateway.tags),
        customer_gateway_id=gateway.id, state=_status(gateway), type="ipsec.1", ip_address=gateway.ip,
        bgp_asn=gateway.asn,
    )  # fmt: skip
