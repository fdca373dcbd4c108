"""Security groups: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, default_network, errors, filters, founding, limits, permissions, tags, uses
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import Rule, SecurityGroup
from backtrail_aws.ec2.vpcs import VPCS


class _Groups(Kind[SecurityGroup]):
    """Groups word what is not there unlike others."""

    def find_all(self, state: Ec2, identifiers: Iterable[str]) -> list[SecurityGroup]:
        """The groups of some ids."""
        wanted = list(dict.fromkeys(identifiers))
        for one in wanted:
            if one not in state.network.security_groups:
                raise (
                    no_group(one)
                    if self.fits(one)
                    else errors.malformed("InvalidGroupId.Malformed", "sg", one)
                )
        return [state.network.security_groups[one] for one in wanted]


SECURITY_GROUPS = _Groups(
    "security-group", "sg", SecurityGroup, lambda state: state.network.security_groups,
    code="InvalidGroup.NotFound", noun="security group", malformed="InvalidGroupId.Malformed",
    cloudformation="AWS::EC2::SecurityGroup",
    parameters=("group_id", "group_ids", "security_group_ids", "groups"), created_by=("CreateSecurityGroup",),
    parent=lambda group: told(group.vpc, None),
)  # fmt: skip


# create


@service.handle
def create_security_group(state: Ec2, call: Call[api.CreateSecurityGroup]) -> api.CreateSecurityGroupResult:
    """A group that lets nothing in and everything out; in the default VPC where none is named."""
    params = call.params
    tags.check_new(params.tag_specifications, "security-group")
    _check_name(params.group_name)
    if not told(params.description, ""):
        raise errors.missing("GroupDescription")
    permissions.check_text(
        "GroupDescription", told(params.description, ""), "security group description", "descriptions"
    )
    vpc = _vpc(state, call.params.vpc_id)
    if founding.group_key(vpc, params.group_name) in state.network.group_names:
        raise exists(params.group_name, vpc)
    if len(state.network.security_groups) >= call.quota("security_groups", limits.SECURITY_GROUPS_MAX):
        raise errors.limit("SecurityGroupLimitExceeded", "security groups")
    made = call.new_id("sg")
    given = tags.given(params.tag_specifications, "security-group")
    return api.CreateSecurityGroupResult(
        group_id=made,
        security_group_arn=SECURITY_GROUPS.arn(call, made),
        tags=tags.shown(given) if given else UNSET,
    )


def _vpc(state: Ec2, named: str | UnsetType) -> str:
    return (
        default_network.required_vpc(state).id if isinstance(named, UnsetType) else VPCS.find(state, named).id
    )


def _check_name(name: str) -> None:
    if name == "default":
        # evidence: guess
        raise errors.invalid(f"Cannot use reserved security group name: {name}")
    if name.startswith("sg-"):
        # evidence: https://github.com/pulumi/pulumi-awsx/pull/477
        raise errors.invalid(
            f"Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."
        )
    permissions.check_text("GroupName", name, "security group name", "names")


@service.project
def security_group_created(
    state: Ec2, event: Event[api.CreateSecurityGroup, api.CreateSecurityGroupResult]
) -> None:
    """The group is there. The VPC of one that names none is the default one."""
    params = event.params
    if isinstance(event.result.group_id, UnsetType):
        return
    default = default_network.vpc(state)
    vpc = told(params.vpc_id, default.id if default is not None else "")
    held = VPCS.known(state, event, vpc) if vpc else None
    group = SecurityGroup(
        id=event.result.group_id, name=params.group_name, description=params.description, vpc=vpc or UNSET,
        tags=tags.given(params.tag_specifications, "security-group"),
    )  # fmt: skip
    founding.add_group(state.network, event, group, v6=bool(held and held.ipv6_blocks))


# delete


@service.handle
def delete_security_group(state: Ec2, call: Call[api.DeleteSecurityGroup]) -> api.DeleteSecurityGroupResult:
    """Refuse for a default group, and while an interface or another group's rule has it."""
    group = named(state, call.params)
    if group.name == "default":
        # evidence: guess
        raise Refusal(
            "CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
        )
    referenced = any(
        one.peer_group == group.id and one.group != group.id for one in state.network.rules.values()
    )
    if referenced or uses.used(state, "security-group", group.id):
        # evidence: https://github.com/lianghong/delete_vpc/issues/10
        raise errors.dependency(f"resource {group.id} has a dependent object")
    return api.DeleteSecurityGroupResult(return_=True, group_id=group.id)


@service.project
def security_group_deleted(state: Ec2, event: Event[api.DeleteSecurityGroup, None]) -> None:
    """The group is gone."""
    gone = found(state, event.params.group_id, event.params.group_name)
    if gone is not None:
        founding.remove_group(state.network, gone.id)


@service.evidence
def security_group_was_gone(state: Ec2, event: Event[api.DeleteSecurityGroup, None]) -> None:
    """A group that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidGroup.NotFound" and isinstance(event.params.group_id, str):
        founding.remove_group(state.network, event.params.group_id)


# who is meant


def found(state: Ec2, identifier: str | UnsetType, name: str | UnsetType = UNSET) -> SecurityGroup | None:
    """A group by id, or by name in the default VPC."""
    if isinstance(identifier, str):
        return state.network.security_groups.get(identifier)
    default = default_network.vpc(state)
    if default is None or isinstance(name, UnsetType):
        return None
    return state.network.security_groups.get(
        state.network.group_names.get(founding.group_key(default.id, name), "")
    )


def named(state: Ec2, params: Any) -> SecurityGroup:
    """The group that a request names by `group_id` or `group_name`. Raises `Refusal`."""
    if isinstance(params.group_id, str):
        return SECURITY_GROUPS.find(state, params.group_id)
    name: str | UnsetType = getattr(params, "group_name", UNSET)
    if isinstance(name, UnsetType):
        # evidence: guess
        raise errors.missing("groupName or groupId")
    held = found(state, UNSET, name)
    if held is None:
        raise no_group_named(name, _default(state))
    return held


def chosen(
    state: Ec2, vpc: str, ids: list[str] | UnsetType, names: list[str] | UnsetType = UNSET
) -> list[SecurityGroup]:
    """The groups of a new interface in a VPC: those that are named, else the VPC's default one. Raises `Refusal`."""
    groups = SECURITY_GROUPS.find_all(state, told(ids, []))
    for name in told(names, []):
        group = state.network.security_groups.get(
            state.network.group_names.get(founding.group_key(vpc, name), "")
        )
        if group is None:
            raise no_group_named(name, f"VPC '{vpc}'")
        groups.append(group)
    for group in groups:
        if group.vpc != vpc and not isinstance(group.vpc, UnsetType):
            # evidence: guess
            raise errors.invalid(
                f"You have specified two resources that belong to different networks: {group.id} and {vpc}."
            )
    held = state.network.vpcs.get(vpc)
    if not groups and held is not None:
        default = state.network.security_groups.get(str(held.default_group))
        groups = [default] if default is not None else []
    return groups


def check_count(call: Call[Any], count: int) -> None:
    """Refuse more groups than an interface may have."""
    if count > call.quota("groups_per_interface", limits.GROUPS_PER_INTERFACE_MAX):
        raise errors.limit("SecurityGroupsPerInterfaceLimitExceeded", "security groups on an interface")


def noticed(
    state: Ec2, event: Event[Any, Any], identifier: str, name: str | UnsetType, vpc: str | UnsetType
) -> SecurityGroup:
    """In a fold: a group that a record mentions. A VPC's default group whose id was only assumed takes this one."""
    network = state.network
    there = network.security_groups.get(identifier)
    if there is None and name == "default" and isinstance(vpc, str):
        held = network.vpcs.get(vpc)
        assumed = network.security_groups.get(str(held.default_group)) if held is not None else None
        if held is not None and assumed is not None:
            return _renamed(state, event, assumed, identifier)
    group = SECURITY_GROUPS.known(state, event, identifier)
    if there is None:
        group.rules_known = False
    if isinstance(group.name, UnsetType):
        group.name = name
    if isinstance(group.vpc, UnsetType):
        group.vpc = vpc
    if isinstance(group.name, str) and isinstance(group.vpc, str):
        network.group_names.setdefault(founding.group_key(group.vpc, group.name), group.id)
    return group


def _renamed(state: Ec2, event: Event[Any, Any], group: SecurityGroup, identifier: str) -> SecurityGroup:
    network = state.network
    del network.security_groups[group.id]
    for rule in network.rules.values():
        if rule.group == group.id:
            rule.group = identifier
        if rule.peer_group == group.id:
            rule.peer_group = identifier
    group.id, group.arn = identifier, SECURITY_GROUPS.arn(event, identifier)
    group.ingress = {founding.rule_key(network.rules[one]): one for one in group.ingress.values()}
    network.security_groups[identifier] = group
    network.group_names[founding.group_key(str(group.vpc), str(group.name))] = identifier
    network.vpcs[str(group.vpc)].default_group = identifier
    return group


# describe


def _fields(state: Ec2) -> filters.Fields[SecurityGroup]:
    """API_DescribeSecurityGroups: Filters."""
    rules = state.network.rules

    def each(egress: bool, look: Callable[[Rule], Any]) -> Callable[[SecurityGroup], filters.Value]:
        def values(group: SecurityGroup) -> filters.Value:
            held = [rules[one] for one in (group.egress if egress else group.ingress).values()]
            seen = [look(rule) for rule in held]
            return [one if isinstance(one, str) else str(one) for one in seen if one is not UNSET]

        return values

    def peer_name(rule: Rule) -> Any:
        peer = state.network.security_groups.get(str(rule.peer_group))
        return peer.name if peer is not None else UNSET

    found_fields: dict[str, Callable[[SecurityGroup], filters.Value]] = {
        "description": lambda group: group.description,
        "group-id": lambda group: group.id,
        "group-name": lambda group: group.name,
        "owner-id": lambda group: group.owner,
        "vpc-id": lambda group: group.vpc,
    }
    looks: dict[str, Callable[[Rule], Any]] = {
        "cidr": lambda rule: rule.cidr,
        "from-port": lambda rule: rule.from_port,
        "group-id": lambda rule: rule.peer_group,
        "group-name": peer_name,
        "ipv6-cidr": lambda rule: rule.ipv6_cidr,
        "prefix-list-id": lambda rule: rule.prefix_list,
        "protocol": lambda rule: rule.protocol,
        "to-port": lambda rule: rule.to_port,
        "user-id": lambda rule: rule.peer_owner,
    }
    for name, look in looks.items():
        found_fields[f"ip-permission.{name}"] = each(False, look)
        found_fields[f"egress.ip-permission.{name}"] = each(True, look)
    return found_fields


@service.read
def describe_security_groups(
    state: Ec2, call: Call[api.DescribeSecurityGroups]
) -> api.DescribeSecurityGroupsResult:
    """Groups, in the order of their ids; by name only those of the default VPC."""
    ids: list[str] = list(told(call.params.group_ids, []))
    for name in told(call.params.group_names, []):
        group = found(state, UNSET, name)
        if group is None:
            raise no_group_named(name, _default(state))
        ids.append(group.id)
    page = filters.described(state, call, SECURITY_GROUPS, ids or UNSET, _fields(state))
    return api.DescribeSecurityGroupsResult(
        security_groups=[shown(state, one) for one in page.items], next_token=page.next or UNSET
    )


def shown(state: Ec2, group: SecurityGroup) -> api.SecurityGroup:
    """A group as answers show it."""
    rules = state.network.rules
    return api.SecurityGroup(
        group_id=group.id, group_name=group.name, description=group.description, vpc_id=group.vpc,
        owner_id=group.owner, security_group_arn=group.arn, tags=tags.shown(group.tags),
        ip_permissions=permissions.grouped(rules[one] for one in group.ingress.values()),
        ip_permissions_egress=permissions.grouped(rules[one] for one in group.egress.values()),
    )  # fmt: skip


# refusals


def no_group(identifier: str) -> Refusal:
    """A group that is not there."""
    # evidence: guess
    return Refusal("InvalidGroup.NotFound", f"The security group '{identifier}' does not exist")


def no_group_named(name: str, where: str) -> Refusal:
    """A group that is not there, by its name."""
    # evidence: https://github.com/boto/boto3/issues/1697
    return Refusal("InvalidGroup.NotFound", f"The security group '{name}' does not exist in {where}")


def _default(state: Ec2) -> str:
    vpc = default_network.vpc(state)
    return f"default VPC '{vpc.id if vpc is not None else 'none'}'"


def exists(name: str, vpc: str) -> Refusal:
    """A name that another group of the VPC has."""
    # evidence: https://github.com/hashicorp/terraform/issues/15428
    return Refusal("InvalidGroup.Duplicate", f"The security group '{name}' already exists for VPC '{vpc}'")
