"""What security group rules allow: from the API's permissions to rules, and back.

https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import msgspec

from backtrail import UNSET, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, cidrs, errors
from backtrail_aws.ec2.founding import rule_key
from backtrail_aws.ec2.state_network import Rule

NAMES: Final = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}
"""API_IpPermission: these protocols have names, all others are numbers."""
_WITH_PORTS: Final = ("tcp", "udp")
_ICMP: Final = ("icmp", "icmpv6")
_TEXT = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")


def flat(params: Flat) -> list[api.IpPermission]:
    """A request's permissions, whether it lists them or has one in members of its own."""
    if not isinstance(params.ip_permissions, UnsetType):
        return params.ip_permissions
    if isinstance(params.ip_protocol, UnsetType):
        return []
    pairs: list[api.UserIdGroupPair] | UnsetType = UNSET
    if not isinstance(params.source_security_group_name, UnsetType):
        pairs = [
            api.UserIdGroupPair(
                group_name=params.source_security_group_name, user_id=params.source_security_group_owner_id
            )
        ]
    ranges: list[api.IpRange] | UnsetType = UNSET
    if not isinstance(params.cidr_ip, UnsetType):
        ranges = [api.IpRange(cidr_ip=params.cidr_ip)]
    return [
        api.IpPermission(
            ip_protocol=params.ip_protocol, from_port=params.from_port, to_port=params.to_port,
            ip_ranges=ranges, user_id_group_pairs=pairs,
        )
    ]  # fmt: skip


if TYPE_CHECKING:
    Flat = (
        api.AuthorizeSecurityGroupIngress
        | api.AuthorizeSecurityGroupEgress
        | api.RevokeSecurityGroupIngress
        | api.RevokeSecurityGroupEgress
    )


def protocol(text: str) -> str:
    """A protocol as rules have it."""
    return NAMES.get(text.lower(), text.lower())


def rules(group: str, egress: bool, permissions: Iterable[api.IpPermission]) -> Iterator[Rule]:
    """One rule for each peer of each permission, without ids. What is malformed is kept as it is."""
    for one in permissions:
        name = protocol(told(one.ip_protocol, "-1"))
        ports = name in (*_WITH_PORTS, *_ICMP)
        bare = Rule(
            id="", group=group, egress=egress, protocol=name,
            from_port=one.from_port if ports else UNSET, to_port=one.to_port if ports else UNSET,
        )  # fmt: skip
        for peer in told(one.ip_ranges, []):
            yield _rule(bare, peer.description, cidr=_canonical(told(peer.cidr_ip, "")))
        for peer6 in told(one.ipv6_ranges, []):
            yield _rule(bare, peer6.description, ipv6_cidr=_canonical(told(peer6.cidr_ipv6, "")))
        for listed in told(one.prefix_list_ids, []):
            yield _rule(bare, listed.description, prefix_list=told(listed.prefix_list_id, ""))
        for pair in told(one.user_id_group_pairs, []):
            yield _rule(
                bare, pair.description, peer_group=told(pair.group_id, told(pair.group_name, "")),
                peer_owner=pair.user_id, peer_vpc=pair.vpc_id, peering=pair.vpc_peering_connection_id,
            )  # fmt: skip


def _rule(bare: Rule, description: str | UnsetType, **peer: str | UnsetType) -> Rule:
    return msgspec.structs.replace(bare, description=description or UNSET, **peer)


def _canonical(cidr: str) -> str:
    return str(cidrs.parsed(cidr) or cidr)


def check(rule: Rule) -> None:
    """Refuse a rule that no group can have. Raises `Refusal`."""
    _check_protocol(rule)
    if _mixed(rule):
        raise malformed_cidr(str(rule.cidr if isinstance(rule.cidr, str) else rule.ipv6_cidr))
    if isinstance(rule.description, str) and _TEXT.fullmatch(rule.description) is None:
        # evidence: https://github.com/aws-cloudformation/cfn-lint/issues/173
        raise errors.invalid(
            "Invalid rule description. Valid descriptions are strings less than 256 characters from the following "
            "set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
        )


def _mixed(rule: Rule) -> bool:
    """Whether a block is of the other family than its member says."""
    if isinstance(rule.cidr, str):
        return getattr(cidrs.parsed(rule.cidr), "version", 0) != 4
    return isinstance(rule.ipv6_cidr, str) and getattr(cidrs.parsed(rule.ipv6_cidr), "version", 0) != 6


def _check_protocol(rule: Rule) -> None:
    name = rule.protocol
    if name not in ("-1", *_WITH_PORTS, *_ICMP) and not (name.isdecimal() and int(name) <= 255):
        # evidence: guess
        raise errors.invalid(f"Invalid value '{name}' for IP protocol. Unknown protocol.")
    if name not in (*_WITH_PORTS, "icmp"):
        return
    if isinstance(rule.from_port, UnsetType) or isinstance(rule.to_port, UnsetType):
        which = "ICMP" if name == "icmp" else "TCP/UDP"
        words = f"Invalid value 'Must specify both from and to ports with {which}.' for portRange."
        # evidence: https://github.com/chef-boneyard/chef-provisioning-aws/issues/183,
        # https://github.com/awsdocs/aws-cloudformation-user-guide/pull/217 (ICMP)
        raise errors.invalid(words)
    if name == "icmp":
        return
    for port in (rule.from_port, rule.to_port):
        if not 0 <= port <= 65_535:
            # evidence: https://github.com/boto/boto3/issues/336
            raise Refusal("InvalidPermission.Malformed", f"TCP/UDP port ({port}) out of range")
    if rule.from_port > rule.to_port:
        # evidence: guess
        raise errors.invalid("Invalid TCP/UDP port range.")


def check_text(parameter: str, text: str, what: str, several: str) -> None:
    """Refuse a group's name or description that has other characters than it may. Raises `Refusal`."""
    if not text.isascii():
        # evidence: https://github.com/hashicorp/terraform-provider-aws/pull/43854
        raise errors.invalid(
            f"Value ({text}) for parameter {parameter} is invalid. Character sets beyond ASCII are not supported."
        )
    if _TEXT.fullmatch(text) is None:
        # evidence: https://github.com/cds-snc/notification-terraform/pull/561 (a description)
        raise errors.invalid(
            f"Invalid {what}. Valid {several} are strings less than 256 characters from the following set:  "
            "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
        )


def malformed_cidr(cidr: str) -> Refusal:
    """A peer that is no block."""
    # evidence: guess
    return errors.invalid(f"CIDR block {cidr} is malformed")


def duplicate(rule: Rule) -> Refusal:
    """A rule that the group has already."""
    # evidence: https://github.com/terraform-aws-modules/terraform-aws-security-group/issues/351,
    # https://github.com/lucidsoftware/cumulus/issues/101 (all), https://github.com/ansible/ansible-modules-core/pull/3258
    return Refusal(
        "InvalidPermission.Duplicate",
        f'the specified rule "peer: {peer(rule)}, {_worded(rule)}, ALLOW" already exists',
    )


def peer(rule: Rule) -> str:
    """Whom a rule lets pass."""
    return next(
        one
        for one in (rule.cidr, rule.ipv6_cidr, rule.prefix_list, rule.peer_group, "")
        if isinstance(one, str)
    )


def _worded(rule: Rule) -> str:
    name = rule.protocol
    if name == "-1":
        return "ALL"
    if name in _WITH_PORTS:
        return f"{name.upper()}, from port: {rule.from_port}, to port: {rule.to_port}"
    if name in _ICMP:
        kind, code = ("ALL" if one in (-1, UNSET) else str(one) for one in (rule.from_port, rule.to_port))
        return f"{name.upper()}, type: {kind}, code: {code}"
    return f"protocol: {name}"


# back


def grouped(rules: Iterable[Rule]) -> list[api.IpPermission]:
    """Rules as groups show them: one permission for each protocol and range of ports."""
    held: dict[tuple[object, ...], list[Rule]] = {}
    for rule in rules:
        held.setdefault((rule.protocol, rule.from_port, rule.to_port), []).append(rule)
    return [_permission(several) for several in held.values()]


def _permission(several: list[Rule]) -> api.IpPermission:
    first = several[0]
    return api.IpPermission(
        ip_protocol=first.protocol, from_port=first.from_port, to_port=first.to_port,
        user_id_group_pairs=[
            api.UserIdGroupPair(
                description=one.description, user_id=one.peer_owner, group_id=one.peer_group,
                vpc_id=one.peer_vpc, vpc_peering_connection_id=one.peering,
            )
            for one in several if isinstance(one.peer_group, str)
        ],
        ip_ranges=[
            api.IpRange(description=one.description, cidr_ip=one.cidr)
            for one in several if isinstance(one.cidr, str)
        ],
        ipv6_ranges=[
            api.Ipv6Range(description=one.description, cidr_ipv6=one.ipv6_cidr)
            for one in several if isinstance(one.ipv6_cidr, str)
        ],
        prefix_list_ids=[
            api.PrefixListId(description=one.description, prefix_list_id=one.prefix_list)
            for one in several if isinstance(one.prefix_list, str)
        ],
    )  # fmt: skip


__all__ = [
    "check", "check_text", "duplicate", "flat", "grouped", "malformed_cidr", "peer", "protocol", "rule_key", "rules",
]  # fmt: skip
