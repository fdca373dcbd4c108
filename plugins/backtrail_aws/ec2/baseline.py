"""What `aws ec2 describe-vpcs`, `describe-subnets`, `describe-security-groups` and `describe-instances` printed.

Each list may be one of a filter, so who is not in it is not gone for that.
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Event, UnsetType, told
from backtrail_aws.ec2 import api, founding, permissions, security_groups, subnets, tags
from backtrail_aws.ec2.assumed import default_network_is
from backtrail_aws.ec2.instances import INSTANCES
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import Block, SecurityGroup
from backtrail_aws.ec2.vpcs import VPCS


@service.observed
def vpcs_observed(state: Ec2, event: Event[api.DescribeVpcs, api.DescribeVpcsResult]) -> None:
    """There are these VPCs, with their blocks and tags."""
    for made in told(event.result.vpcs, []):
        if made.vpc_id is UNSET:
            continue
        if made.is_default is True:
            default_network_is(state, event, made.vpc_id, UNSET, UNSET)
        vpc = VPCS.known(state, event, made.vpc_id)
        blocks = [
            Block(id=one.association_id, cidr=one.cidr_block)
            for one in told(made.cidr_block_association_set, [])
            if isinstance(one.association_id, str) and isinstance(one.cidr_block, str)
        ]
        if not blocks and made.cidr_block is not UNSET:
            blocks = [Block(id="", cidr=made.cidr_block)]
        vpc.blocks = blocks or vpc.blocks
        vpc.is_default = told(made.is_default, vpc.is_default)
        vpc.tenancy = told(made.instance_tenancy, vpc.tenancy)
        vpc.dhcp_options = told(made.dhcp_options_id, vpc.dhcp_options)
        vpc.tags = tags.plain(told(made.tags, []))


@service.observed
def subnets_observed(state: Ec2, event: Event[api.DescribeSubnets, api.DescribeSubnetsResult]) -> None:
    """There are these subnets, each in its VPC and zone."""
    for made in told(event.result.subnets, []):
        if made.default_for_az is True and made.vpc_id is not UNSET:
            default_network_is(state, event, made.vpc_id, made.subnet_id, made.availability_zone)
        subnets.put(state, event, made, given=tags.plain(told(made.tags, [])))


@service.observed
def security_groups_observed(
    state: Ec2, event: Event[api.DescribeSecurityGroups, api.DescribeSecurityGroupsResult]
) -> None:
    """There are these groups, with these rules and no others."""
    for made in told(event.result.security_groups, []):
        if made.group_id is UNSET:
            continue
        group = security_groups.noticed(state, event, made.group_id, made.group_name, made.vpc_id)
        group.description = told(made.description, group.description)
        group.tags = tags.plain(told(made.tags, []))
        _rules(state, event, group, made.ip_permissions, egress=False)
        _rules(state, event, group, made.ip_permissions_egress, egress=True)
        group.rules_known = True


def _rules(
    state: Ec2,
    event: Event[Any, Any],
    group: SecurityGroup,
    listed: list[api.IpPermission] | UnsetType,
    *,
    egress: bool,
) -> None:
    """The list tells what is allowed, not under which ids: rules that are known keep theirs."""
    if listed is UNSET:
        return
    held = group.egress if egress else group.ingress
    there = {founding.rule_key(rule): rule for rule in permissions.rules(group.id, egress, listed)}
    for key in [key for key in held if key not in there]:
        state.network.rules.pop(held.pop(key), None)
    for key, rule in there.items():
        if key not in held:
            rule.id = event.new_id("sgr", f"{group.id} {egress} {key}")
            founding.put_rule(state.network, event, rule)


@service.observed
def instances_observed(state: Ec2, event: Event[api.DescribeInstances, api.DescribeInstancesResult]) -> None:
    """There are these instances, in these states, as far as the list tells what they were launched with."""
    for reservation in told(event.result.reservations, []):
        for made in told(reservation.instances, []):
            if made.instance_id is UNSET:
                continue
            instance = INSTANCES.known(state, event, made.instance_id)
            instance.reservation = told(reservation.reservation_id, instance.reservation)
            instance.image = told(made.image_id, instance.image)
            instance.type = told(made.instance_type, instance.type)
            instance.key = told(made.key_name, instance.key)
            instance.launched = told(made.launch_time, instance.launched)
            now = told(made.state, api.InstanceState()).name
            if now is not UNSET and now != instance.state:
                instance.state, instance.since = now, event.time
            instance.zone = told(told(made.placement, api.Placement()).availability_zone, instance.zone)
            instance.subnet = told(made.subnet_id, instance.subnet)
            instance.vpc = told(made.vpc_id, instance.vpc)
            instance.private_ip = told(made.private_ip_address, instance.private_ip)
            groups = [one.group_id for one in told(made.security_groups, []) if isinstance(one.group_id, str)]
            instance.groups = groups or instance.groups
            instance.tags = tags.plain(told(made.tags, []))
