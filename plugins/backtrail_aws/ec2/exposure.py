"""Snapshots and images that are shared, and instances with a public address whose security groups let the world in.

Routes and network ACLs are `backtrail reach`'s to follow; here is what the groups say.
"""

from __future__ import annotations

from collections.abc import Iterator

from backtrail import UNSET, told
from backtrail.exposing import EVERYBODY, Exposure
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_addresses import Interface
from backtrail_aws.ec2.state_network import Rule

WORLD = ("0.0.0.0/0", "::/0")
OPENING = ("AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules")
SHARING = ("ModifySnapshotAttribute", "ModifyImageAttribute")


@service.exposes
def open_to_outside(state: Ec2, account: str, region: str) -> Iterator[Exposure]:
    """What of a region's machines and disks is open."""
    yield from _snapshots(state, account, region)
    yield from _images(state, account, region)
    yield from _instances(state, account, region)


def _snapshots(state: Ec2, account: str, region: str) -> Iterator[Exposure]:
    for one in state.storage.snapshots.values():
        whom = [EVERYBODY] * one.public + [user for user in one.users if user != account]
        for to in whom:
            yield Exposure(
                resource=f"arn:aws:ec2:{region}::snapshot/{one.id}", names=(one.id,), through="sharing", to=to,
                what="make volumes of it", actions=SHARING[:1],
            )  # fmt: skip


def _images(state: Ec2, account: str, region: str) -> Iterator[Exposure]:
    for one in state.images.images.values():
        if one.account != account:
            continue
        for given in one.permissions:
            to = (
                EVERYBODY
                if given.group == "all"
                else told(given.user_id, "") or told(given.organization_arn, "")
            )
            if to and to != account:
                yield Exposure(
                    resource=f"arn:aws:ec2:{region}::image/{one.id}", names=(one.id,), through="sharing", to=to,
                    what="launch it", actions=SHARING[1:],
                )  # fmt: skip


def _instances(state: Ec2, account: str, region: str) -> Iterator[Exposure]:
    """Running machines by their interfaces; those whose interfaces no record told, by what they were launched with."""
    met: set[str] = set()
    for interface in state.addresses.interfaces.values():
        attached = interface.attachment
        instance = told(attached.instance, "") if attached is not UNSET else ""
        public = _public(interface)
        if instance and public and _runs(state, instance):
            met.add(instance)
            yield from _rules(
                state, f"arn:aws:ec2:{region}:{account}:instance/{instance}", public, interface.groups
            )
    for machine in state.compute.instances.values():
        if machine.public and machine.id not in met and _runs(state, machine.id):
            arn = f"arn:aws:ec2:{region}:{account}:instance/{machine.id}"
            yield from _rules(state, arn, "a public address", machine.groups)


def _runs(state: Ec2, instance: str) -> bool:
    found = state.compute.instances.get(instance)
    return found is not None and found.state in ("pending", "running")


def _public(interface: Interface) -> str:
    for one in interface.private_ips:
        if one.public is not UNSET:
            return one.public.ip
    return interface.ipv6[0] if interface.ipv6 else ""


def _rules(state: Ec2, arn: str, address: str, groups: list[str]) -> Iterator[Exposure]:
    for name in groups:
        group = state.network.security_groups.get(name)
        for identifier in group.ingress.values() if group is not None else ():
            rule = state.network.rules.get(identifier)
            if rule is not None and (rule.cidr in WORLD or rule.ipv6_cidr in WORLD):
                yield Exposure(
                    resource=arn, names=(name, rule.id), through=f"{name} and {address}", to=EVERYBODY,
                    what=_ports(rule), actions=OPENING,
                )  # fmt: skip


def _ports(rule: Rule) -> str:
    if rule.protocol == "-1":
        return "all traffic"
    first, last = told(rule.from_port, -1), told(rule.to_port, -1)
    ports = "all" if first == -1 else str(first) if first == last else f"{first}-{last}"
    return f"{rule.protocol}/{ports}"
