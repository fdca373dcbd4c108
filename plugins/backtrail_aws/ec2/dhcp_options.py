"""DHCP options: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_DHCP_Options.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ec2 import api, errors, filters, tags
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import DhcpOptions
from backtrail_aws.ec2.vpcs import VPCS

DHCP_OPTIONS = Kind(
    "dhcp-options", "dopt", DhcpOptions, lambda state: state.network.dhcp_options,
    code="InvalidDhcpOptionID.NotFound", noun="dhcpOption ID", cloudformation="AWS::EC2::DHCPOptions",
    parameters=("dhcp_options_id", "dhcp_options_ids"), created_by=("CreateDhcpOptions",),
)  # fmt: skip

_OPTIONS = (
    "domain-name-servers", "domain-name", "ntp-servers", "netbios-name-servers", "netbios-node-type",
    "ipv6-address-preferred-lease-time",
)  # fmt: skip
_SERVERS_MAX = 4  # API_CreateDhcpOptions
_NODE_TYPES = ("1", "2", "4", "8")


@service.handle
def create_dhcp_options(state: Ec2, call: Call[api.CreateDhcpOptions]) -> api.CreateDhcpOptionsResult:
    """Options that DHCP has, each with its values."""
    params = call.params
    tags.check_new(params.tag_specifications, "dhcp-options")
    if not params.dhcp_configurations:
        raise errors.missing("dhcpConfiguration")
    given = _configurations(params.dhcp_configurations)
    for name, values in given.items():
        _check(name, values)
    options = DhcpOptions(
        id=call.new_id("dopt"), configurations=given, tags=tags.given(params.tag_specifications, "dhcp-options")
    )  # fmt: skip
    options.arn = DHCP_OPTIONS.arn(call, options.id)
    return api.CreateDhcpOptionsResult(dhcp_options=shown(options))


def _configurations(given: list[api.NewDhcpConfiguration]) -> dict[str, list[str]]:
    """Values of one option that stand in one text, too: `10.0.0.1,10.0.0.2`."""
    found: dict[str, list[str]] = {}
    for one in given:
        values = [part for value in told(one.values, []) for part in value.split(",")]
        found.setdefault(told(one.key, ""), []).extend(values)
    return found


def _check(name: str, values: list[str]) -> None:
    if name not in _OPTIONS:
        # evidence: guess
        raise errors.invalid(f"Value ({name}) for parameter dhcp-option is invalid. Unknown DHCP option")
    if not values:
        # evidence: guess
        raise errors.invalid(f"Value () for parameter value is invalid. The DHCP option {name} has no value")
    if name.endswith("-servers") and len(values) > _SERVERS_MAX:
        # evidence: page API_CreateDhcpOptions (the rule); words: guess
        raise errors.invalid(f"Too many values for {name}: at most {_SERVERS_MAX} are allowed")
    if name == "netbios-node-type" and values[0] not in _NODE_TYPES:
        # evidence: page API_CreateDhcpOptions (the values); words: guess
        raise errors.invalid(f"Value ({values[0]}) for parameter value is invalid. Invalid NetBIOS node type")


@service.project
def dhcp_options_created(
    state: Ec2, event: Event[api.CreateDhcpOptions, api.CreateDhcpOptionsResult]
) -> None:
    """The options are there."""
    made = told(event.result.dhcp_options, api.DhcpOptions())
    if isinstance(made.dhcp_options_id, UnsetType):
        return
    options = DHCP_OPTIONS.known(state, event, made.dhcp_options_id)
    options.configurations = _configurations(event.params.dhcp_configurations)
    options.tags = tags.given(event.params.tag_specifications, "dhcp-options")


@service.handle
def associate_dhcp_options(state: Ec2, call: Call[api.AssociateDhcpOptions]) -> None:
    """Options with a VPC; `default` is none at all."""
    VPCS.find(state, call.params.vpc_id)
    if call.params.dhcp_options_id != "default":
        DHCP_OPTIONS.find(state, call.params.dhcp_options_id)


@service.project
def dhcp_options_associated(state: Ec2, event: Event[api.AssociateDhcpOptions, None]) -> None:
    """The VPC has the options."""
    if event.params.dhcp_options_id != "default":
        DHCP_OPTIONS.known(state, event, event.params.dhcp_options_id)
    VPCS.known(state, event, event.params.vpc_id).dhcp_options = event.params.dhcp_options_id


@service.handle
def delete_dhcp_options(state: Ec2, call: Call[api.DeleteDhcpOptions]) -> None:
    """Refuse while a VPC has them."""
    options = DHCP_OPTIONS.find(state, call.params.dhcp_options_id)
    if any(vpc.dhcp_options == options.id for vpc in state.network.vpcs.values()):
        raise errors.in_use("dhcpOptions", options.id)


@service.project
def dhcp_options_deleted(state: Ec2, event: Event[api.DeleteDhcpOptions, None]) -> None:
    """The options are gone."""
    state.network.dhcp_options.pop(event.params.dhcp_options_id, None)


@service.evidence
def dhcp_options_were_gone(state: Ec2, event: Event[api.DeleteDhcpOptions, None]) -> None:
    """Options that could not be deleted because they are not there are not there."""
    if event.error == "Client.InvalidDhcpOptionID.NotFound":
        state.network.dhcp_options.pop(event.params.dhcp_options_id, None)


_FIELDS: filters.Fields[DhcpOptions] = {
    "dhcp-options-id": lambda options: options.id,
    "key": lambda options: options.configurations,
    "owner-id": lambda options: options.owner,
    "value": lambda options: [value for values in options.configurations.values() for value in values],
}
"""API_DescribeDhcpOptions: Filters."""


@service.read
def describe_dhcp_options(state: Ec2, call: Call[api.DescribeDhcpOptions]) -> api.DescribeDhcpOptionsResult:
    """Options, in the order of their ids."""
    page = filters.described(state, call, DHCP_OPTIONS, call.params.dhcp_options_ids, _FIELDS)
    return api.DescribeDhcpOptionsResult(
        dhcp_options=[shown(one) for one in page.items], next_token=page.next or UNSET
    )


def shown(options: DhcpOptions) -> api.DhcpOptions:
    """Options as answers show them."""
    return api.DhcpOptions(
        owner_id=options.owner, tags=tags.shown(options.tags), dhcp_options_id=options.id,
        dhcp_configurations=[
            api.DhcpConfiguration(key=name, values=[api.AttributeValue(value=one) for one in values])
            for name, values in sorted(options.configurations.items())
        ],
    )  # fmt: skip
