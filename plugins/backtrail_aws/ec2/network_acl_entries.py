"""The rules of network ACLs: https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html"""

from __future__ import annotations

from typing import Final

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, cidrs, errors, founding, limits
from backtrail_aws.ec2.network_acls import NETWORK_ACLS
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import AclEntry, NetworkAcl

PROTOCOLS: Final = {"all": "-1", "icmp": "1", "tcp": "6", "udp": "17", "icmpv6": "58"}
"""Names that may stand for a number."""
_ACTIONS: Final = ("allow", "deny")

Params = api.CreateNetworkAclEntry | api.ReplaceNetworkAclEntry


@service.handle
def create_network_acl_entry(state: Ec2, call: Call[api.CreateNetworkAclEntry]) -> None:
    """A rule whose number is free."""
    acl = NETWORK_ACLS.find(state, call.params.network_acl_id)
    entry = _checked(call.params)
    if founding.entry_key(entry.number, entry.egress) in acl.entries:
        # evidence: https://github.com/ansible-collections/amazon.aws/issues/2592
        raise Refusal(
            "NetworkAclEntryAlreadyExists",
            f"The network acl entry identified by {entry.number} already exists.",
        )
    most = call.quota("network_acl_entries", limits.NETWORK_ACL_ENTRIES_MAX)
    if _made(acl, entry.egress) >= most:
        raise errors.limit("NetworkAclEntryLimitExceeded", "entries for the network ACL")


def _made(acl: NetworkAcl, egress: bool) -> int:
    """How many rules somebody made, one way."""
    return sum(one.egress == egress and one.number < limits.ACL_LAST_RULE for one in acl.entries.values())


@service.project
def network_acl_entry_created(state: Ec2, event: Event[api.CreateNetworkAclEntry, None]) -> None:
    """The list has the rule."""
    acl = NETWORK_ACLS.known(state, event, event.params.network_acl_id)
    founding.put_entry(acl, _entry(event.params))


@service.handle
def replace_network_acl_entry(state: Ec2, call: Call[api.ReplaceNetworkAclEntry]) -> None:
    """Another rule of a number that is taken."""
    acl = NETWORK_ACLS.find(state, call.params.network_acl_id)
    entry = _checked(call.params)
    if founding.entry_key(entry.number, entry.egress) not in acl.entries:
        raise no_entry(entry.number)


@service.project
def network_acl_entry_replaced(state: Ec2, event: Event[api.ReplaceNetworkAclEntry, None]) -> None:
    """The list has the rule."""
    acl = NETWORK_ACLS.known(state, event, event.params.network_acl_id)
    founding.put_entry(acl, _entry(event.params))


@service.handle
def delete_network_acl_entry(state: Ec2, call: Call[api.DeleteNetworkAclEntry]) -> None:
    """A rule that somebody made."""
    acl = NETWORK_ACLS.find(state, call.params.network_acl_id)
    number = call.params.rule_number
    _check_number(number)
    if founding.entry_key(number, told(call.params.egress, False)) not in acl.entries:
        raise no_entry(number)


@service.project
def network_acl_entry_deleted(state: Ec2, event: Event[api.DeleteNetworkAclEntry, None]) -> None:
    """The rule is gone."""
    acl = NETWORK_ACLS.known(state, event, event.params.network_acl_id)
    acl.entries.pop(founding.entry_key(event.params.rule_number, told(event.params.egress, False)), None)


def _entry(params: Params) -> AclEntry:
    """A rule as parameters tell it."""
    ports: tuple[int, int] | UnsetType = UNSET
    if not isinstance(params.port_range, UnsetType):
        ports = (told(params.port_range.from_, 0), told(params.port_range.to, 65_535))
    icmp: tuple[int, int] | UnsetType = UNSET
    if not isinstance(params.icmp_type_code, UnsetType):
        icmp = (told(params.icmp_type_code.type, -1), told(params.icmp_type_code.code, -1))
    protocol = params.protocol.lower()
    return AclEntry(
        number=params.rule_number, egress=told(params.egress, False), protocol=PROTOCOLS.get(protocol, protocol),
        action=params.rule_action, cidr=_canonical(params.cidr_block), ipv6_cidr=_canonical(params.ipv6_cidr_block),
        ports=ports, icmp=icmp,
    )  # fmt: skip


def _canonical(cidr: str | UnsetType) -> str | UnsetType:
    return UNSET if isinstance(cidr, UnsetType) else str(cidrs.parsed(cidr) or cidr)


def _checked(params: Params) -> AclEntry:
    """The same, of a rule that may be. Raises `Refusal`."""
    entry = _entry(params)
    _check_number(entry.number)
    if not (entry.protocol == "-1" or (entry.protocol.isdecimal() and int(entry.protocol) <= 255)):
        # evidence: guess
        raise errors.invalid(f"Invalid value '{params.protocol}' for protocol. Unknown protocol.")
    if entry.action not in _ACTIONS:
        # evidence: guess
        raise errors.invalid(f"Invalid value '{entry.action}' for ruleAction. Must be allow or deny.")
    if isinstance(params.cidr_block, UnsetType) == isinstance(params.ipv6_cidr_block, UnsetType):
        raise errors.missing("cidrBlock")
    if not isinstance(params.cidr_block, UnsetType):
        cidrs.v4(params.cidr_block)
    if not isinstance(params.ipv6_cidr_block, UnsetType):
        cidrs.v6(params.ipv6_cidr_block)
    _check_ports(entry)
    return entry


def _check_number(number: int) -> None:
    least, most = limits.ACL_RULE_NUMBERS
    if not least <= number <= most:
        # evidence: page API_CreateNetworkAclEntry (the rule); words: guess
        raise errors.invalid(f"Invalid value '{number}' for ruleNumber. Must be between {least} and {most}.")


def _check_ports(entry: AclEntry) -> None:
    if entry.protocol in ("6", "17") and isinstance(entry.ports, UnsetType):
        raise errors.missing("portRange")
    if entry.protocol in ("1", "58") and isinstance(entry.icmp, UnsetType):
        raise errors.missing("icmpTypeCode")
    if isinstance(entry.ports, UnsetType):
        return
    first, last = entry.ports
    if not 0 <= first <= last <= 65_535:
        # evidence: guess
        raise errors.invalid(f"Invalid value for portRange. The range {first}-{last} is no range of ports.")


def no_entry(number: int) -> Refusal:
    """The list has no such rule."""
    # evidence: page errors-overview.html; words: guess
    return Refusal(
        "InvalidNetworkAclEntry.NotFound", f"The network acl entry identified by {number} does not exist."
    )
