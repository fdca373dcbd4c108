"""Target groups: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html"""

from __future__ import annotations

import msgspec

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail_aws.balancing import network
from backtrail_aws.elbv2 import api, errors, health_checks, limits, names, pages, tags, uses
from backtrail_aws.elbv2.state import LoadBalancers, TargetGroup, service

PROTOCOLS = ("HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", "QUIC", "TCP_QUIC")
TYPES = ("instance", "ip", "lambda", "alb")


@service.handle
def create_target_group(
    state: LoadBalancers, call: Call[api.CreateTargetGroup]
) -> api.CreateTargetGroupResult:
    """A target group; again with equal settings, the one that there is."""
    params = call.params
    names.check(params.name, "target group")
    kind = told(params.target_type, "instance")
    if kind not in TYPES:
        # evidence: page API_CreateTargetGroup (TargetType); words: guess
        raise errors.invalid(f"'{kind}' is not a valid target type")
    given = tags.check(params.tags)
    _check_place(call, kind)
    made = health_checks.whole(_made(call, kind))
    health_checks.check(made)
    same = next((one for one in state.groups.values() if one.name == params.name), None)
    if same is not None:
        if _settings(same.shown) != _settings(made) or same.tags != given:
            raise errors.group_exists(params.name)
        return api.CreateTargetGroupResult(target_groups=[shown_of(state, same)])
    if len(state.groups) >= call.quota("target-groups", limits.TARGET_GROUPS_MAX):
        raise errors.too_many("TooManyTargetGroups", "target groups")
    return api.CreateTargetGroupResult(target_groups=[made])


def _settings(shown: api.TargetGroup) -> api.TargetGroup:
    return msgspec.structs.replace(shown, target_group_arn=UNSET, load_balancer_arns=UNSET)


def _check_place(call: Call[api.CreateTargetGroup], kind: str) -> None:
    """Refuse what a target group of a type cannot have: lambda has neither protocol, port nor VPC, all others do."""
    params = call.params
    if kind == "lambda":
        for name, value in (("Protocol", params.protocol), ("Port", params.port), ("VpcId", params.vpc_id)):
            if not isinstance(value, UnsetType):
                # evidence: page API_CreateTargetGroup; words: guess
                raise errors.invalid(
                    f"{name} cannot be specified for target groups with target type 'lambda'"
                )
        return
    if isinstance(params.protocol, UnsetType):
        # evidence: guess
        raise errors.invalid("A protocol must be specified")
    if params.protocol not in PROTOCOLS:
        # evidence: guess
        raise errors.invalid(f"'{params.protocol}' is not a valid protocol")
    if isinstance(params.port, UnsetType):
        # evidence: guess
        raise errors.invalid("A port must be specified")
    if not limits.PORTS[0] <= params.port <= limits.PORTS[1]:
        # evidence: model; words: guess
        raise errors.invalid(f"Port must be between {limits.PORTS[0]} and {limits.PORTS[1]}")
    if params.protocol == "GENEVE" and params.port != 6081:
        # evidence: page API_CreateTargetGroup (Port); words: guess
        raise errors.invalid("Port must be 6081 for target groups with the protocol GENEVE")
    if isinstance(params.vpc_id, UnsetType):
        # evidence: guess
        raise errors.invalid("A VPC ID must be specified")
    network.check_vpc(call, params.vpc_id, errors)


def _made(call: Call[api.CreateTargetGroup], kind: str) -> api.TargetGroup:
    params = call.params
    http = told(params.protocol, "") in ("HTTP", "HTTPS")
    return api.TargetGroup(
        target_group_arn=names.of_group(call, params.name), target_group_name=params.name, protocol=params.protocol,
        port=params.port, vpc_id=params.vpc_id, health_check_protocol=params.health_check_protocol,
        health_check_port=params.health_check_port, health_check_enabled=params.health_check_enabled,
        health_check_interval_seconds=params.health_check_interval_seconds,
        health_check_timeout_seconds=params.health_check_timeout_seconds,
        healthy_threshold_count=params.healthy_threshold_count,
        unhealthy_threshold_count=params.unhealthy_threshold_count, health_check_path=params.health_check_path,
        matcher=params.matcher, load_balancer_arns=[], target_type=kind,
        protocol_version=told(params.protocol_version, "HTTP1") if http else UNSET,
        ip_address_type=told(params.ip_address_type, "ipv4") if kind != "lambda" else UNSET,
        target_control_port=params.target_control_port,
    )  # fmt: skip


@service.project
def target_group_created(
    state: LoadBalancers, event: Event[api.CreateTargetGroup, api.CreateTargetGroupResult]
) -> None:
    """The target group is there; one that was there already is as it was."""
    params = event.params
    shown = (told(event.result.target_groups, []) or [api.TargetGroup()])[0]
    arn = told(shown.target_group_arn, names.of_group(event, params.name))
    held = state.groups.get(arn)
    if held is not None and isinstance(held.shown.target_group_name, str):
        return
    base = members.over(
        api.TargetGroup(target_type="instance"), params, api.TargetGroup(target_group_name=params.name)
    )
    made = members.changed(health_checks.whole(base), target_group_arn=arn)
    state.groups[arn] = TargetGroup(
        arn=arn, name=params.name, shown=members.over(made, shown), tags=tags.plain(params.tags),
        targets=held.targets if held is not None else {},
    )  # fmt: skip


@service.handle
def modify_target_group(
    state: LoadBalancers, call: Call[api.ModifyTargetGroup]
) -> api.ModifyTargetGroupResult:
    """Other health checks."""
    held = names.group(state, call.params.target_group_arn)
    made = _changed(held, call.params)
    health_checks.check(made)
    return api.ModifyTargetGroupResult(
        target_groups=[shown_of(state, msgspec.structs.replace(held, shown=made))]
    )


def _changed(held: TargetGroup, params: api.ModifyTargetGroup) -> api.TargetGroup:
    """A change of the checks' protocol to HTTP gives them a path and codes; to TCP, takes them away."""
    made = members.over(held.shown, params)
    if isinstance(params.health_check_protocol, str):
        if params.health_check_protocol not in ("HTTP", "HTTPS"):
            made = msgspec.structs.replace(made, health_check_path=UNSET, matcher=UNSET)
        made = health_checks.whole(made)
    return made


@service.project
def target_group_modified(
    state: LoadBalancers, event: Event[api.ModifyTargetGroup, api.ModifyTargetGroupResult]
) -> None:
    """The checks are changed."""
    held = names.known_group(state, event, event.params.target_group_arn)
    held.shown = _changed(held, event.params)


@service.handle
def delete_target_group(state: LoadBalancers, call: Call[api.DeleteTargetGroup]) -> None:
    """One that nobody forwards to; that it is not there is no error."""
    arn = call.params.target_group_arn
    if ":targetgroup/" not in arn:
        raise errors.bad_arn(arn, "target group")
    if uses.is_used(state, arn):
        raise errors.group_used(arn)


@service.project
def target_group_deleted(state: LoadBalancers, event: Event[api.DeleteTargetGroup, None]) -> None:
    """It is gone."""
    state.groups.pop(event.params.target_group_arn, None)


@service.read
def describe_target_groups(
    state: LoadBalancers, call: Call[api.DescribeTargetGroups]
) -> api.DescribeTargetGroupsResult:
    """Those of a load balancer, of some ARNs or names, or all."""
    params = call.params
    arns = pages.at_most(params.target_group_arns, "target groups")
    wanted = pages.at_most(params.names, "target groups")
    if sum(map(bool, (arns, wanted, told(params.load_balancer_arn, "")))) > 1:
        # evidence: guess
        raise errors.invalid(
            "Only one of target group ARNs, target group names and load balancer ARN can be specified"
        )
    if isinstance(params.load_balancer_arn, str):
        names.balancer(state, params.load_balancer_arn)
        used = uses.of_balancer(state, params.load_balancer_arn)
        listed, marker = pages.paged(params, state.groups, lambda one: one.arn in used)
    elif arns or wanted:
        listed, marker = _named(state, arns, wanted), UNSET
    else:
        listed, marker = pages.paged(params, state.groups)
    return api.DescribeTargetGroupsResult(
        target_groups=[shown_of(state, one) for one in listed], next_marker=marker
    )


def _named(state: LoadBalancers, arns: list[str], wanted: list[str]) -> list[TargetGroup]:
    found: list[TargetGroup] = []
    for arn in dict.fromkeys(arns):
        if ":targetgroup/" not in arn:
            raise errors.bad_arn(arn, "target group")
        if arn not in state.groups:
            raise errors.no_groups()
        found.append(state.groups[arn])
    by_name = {one.name: one for one in state.groups.values()}
    for name in dict.fromkeys(wanted):
        if name not in by_name:
            raise errors.no_groups()
        found.append(by_name[name])
    return found


def shown_of(state: LoadBalancers, held: TargetGroup) -> api.TargetGroup:
    """A target group as answers show it."""
    return members.changed(
        held.shown, target_group_arn=held.arn, target_group_name=held.name,
        load_balancer_arns=[one.arn for one in uses.balancers_of(state, held.arn)],
    )  # fmt: skip
