"""What is wrong with a load balancer, a target group or a target, and which records made it so.

The book's rows DIAG-06 to DIAG-10, asked of the state by `backtrail diagnose`. It is no API of AWS's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from backtrail import Call, told
from backtrail.troubles import Blame, Finding, TellTrouble, TellTroubleResult
from backtrail_aws.balancing import log_buckets, network
from backtrail_aws.elbv2 import api, attributes, health, health_checks, targets, uses
from backtrail_aws.elbv2.state import Balancer, LoadBalancers, Target, TargetGroup, service

_GROUP_ACTIONS = [
    "CreateSecurityGroup", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress", "ModifySecurityGroupRules",
    "AuthorizeSecurityGroupIngress",
]  # fmt: skip
_ACL_ACTIONS = [
    "CreateNetworkAcl", "ReplaceNetworkAclAssociation", "CreateNetworkAclEntry", "ReplaceNetworkAclEntry",
    "DeleteNetworkAclEntry",
]  # fmt: skip


@service.read(internal=True)
def tell_trouble(state: LoadBalancers, call: Call[TellTrouble]) -> TellTroubleResult:
    """All that the rules find about a load balancer, a target group, or an instance that is a target."""
    resource = call.params.resource
    balancers = [one for one in state.balancers.values() if resource in (one.arn, one.name)]
    groups = [one for one in state.groups.values() if resource in (one.arn, one.name)]
    short = resource.rpartition("/")[2]
    used = {arn for one in balancers for arn in uses.of_balancer(state, one.arn)}
    found: list[Finding] = []
    for group in state.groups.values():
        question = health.Question(state, call, group)
        whole = group in groups or group.arn in used
        for target in targets.live(group, call):
            if whole or target.id in (resource, short):
                found += _of_target(question, target)
    for one in balancers:
        found += [*_spread(state, call, one), *_logs(call, one)]
    found += _refused(call.params)
    unique = {msgspec.json.encode(one): one for one in found}
    return TellTroubleResult(
        known=bool(balancers or groups), findings=sorted(unique.values(), key=lambda one: one.rule)
    )


# DIAG-07, DIAG-09: a target


def _of_target(question: health.Question, target: Target) -> Iterator[Finding]:
    shown, group = question.of(target), question.group
    if shown is health.DISABLED_ZONE:
        yield from _zone(question, target)
    elif shown.state == "unhealthy":
        symptom = f"{target.id} is unhealthy in {group.name}: {shown.reason}"
        stopped = question.unreached(target)
        if stopped is None:
            yield _answer(question, target, symptom, told(shown.description, ""))
        else:
            yield _unreached(question, target, symptom, stopped[1])


def _zone(question: health.Question, target: Target) -> Iterator[Finding]:
    found = network.instance(question.call, target.id)
    zone = found.zone if found is not None else ""
    subnet = told(found.subnet_id, "") if found is not None else ""
    for held in question.balancers:
        yield Finding(
            rule="DIAG-09", symptom=f"{target.id} gets no traffic from {held.name}: Target.NotInUse",
            cause=f"it is in {zone}, which is not enabled for {held.name}",
            fix=f"SetSubnets with a subnet of {zone}, such as {subnet}",
            blame=[Blame(resource=held.arn, actions=["SetSubnets", "CreateLoadBalancer"])],
        )  # fmt: skip


def _unreached(question: health.Question, target: Target, symptom: str, why: network.Reach | None) -> Finding:
    port, group = question.port(target), question.group
    codes = {told(one.explanation_code, "") for one in (why.why if why is not None else [])}
    traffic = told(target.port, told(group.shown.port, 80))
    blame = [Blame(resource=group.arn, actions=["ModifyTargetGroup", "CreateTargetGroup"])]
    if "SUBNET_ACL_RESTRICTION" in codes:
        rule = _named(why, "acl")
        return Finding(
            rule="DIAG-07", symptom=symptom, fix=f"CreateNetworkAclEntry that allows tcp/{port} and its answers",
            cause=f"the network ACL {rule} stops the checks on port {port}",
            blame=[Blame(resource=rule, actions=_ACL_ACTIONS)],
        )  # fmt: skip
    if port != traffic:
        return Finding(
            rule="DIAG-07", symptom=symptom, blame=blame,
            cause=f"its checks go to port {port}, its traffic to {traffic}; nothing lets port {port} in",
            fix=f"ModifyTargetGroup HealthCheckPort={health_checks.TRAFFIC_PORT}, or a rule for tcp/{port}",
        )  # fmt: skip
    named = _security_groups(question.call, target)
    return Finding(
        rule="DIAG-07", symptom=symptom,
        cause=f"no security group of {target.id} lets the load balancer in on port {port}",
        fix=f"AuthorizeSecurityGroupIngress tcp/{port} from the load balancer's security group",
        blame=[Blame(resource=one, actions=_GROUP_ACTIONS) for one in named]
        or [Blame(resource=target.id, actions=["RunInstances"])],
    )  # fmt: skip


def _named(why: network.Reach | None, kind: str) -> str:
    for one in why.why if why is not None else []:
        if kind == "acl" and isinstance(one.acl, network.Component):
            return told(one.acl.id, "")
    return ""


def _security_groups(call: Call[Any], target: Target) -> list[str]:
    found = network.instance(call, target.id)
    groups = told(found.security_groups, []) if found is not None else []
    return [told(one.group_id, "") for one in groups]


def _answer(question: health.Question, target: Target, symptom: str, text: str) -> Finding:
    group = question.group
    codes = told(told(group.shown.matcher, api.Matcher()).http_code, "")
    fault = group.faults.get(target.id)
    blame = [Blame(resource=group.arn, actions=["ModifyTargetGroup", "CreateTargetGroup"])]
    if fault is not None:
        blame.insert(0, Blame(resource=group.arn, actions=["FailTarget"]))
    return Finding(
        rule="DIAG-07", symptom=symptom,
        cause=f"{text or 'its checks fail'}; {group.name} takes {codes or 'a connection'} for healthy",
        fix=f"let {told(group.shown.health_check_path, 'the port')} answer, or ModifyTargetGroup Matcher", blame=blame,
    )  # fmt: skip


# DIAG-06: zones


def _spread(state: LoadBalancers, call: Call[Any], held: Balancer) -> Iterator[Finding]:
    enabled = {told(one.zone_name, "") for one in told(held.shown.availability_zones, [])}
    for arn in sorted(uses.of_balancer(state, held.arn)):
        group = state.groups.get(arn)
        if group is None or health.crosses(held, group):
            continue
        found = _uneven(health.Question(state, call, group), enabled)
        if found:
            yield Finding(
                rule="DIAG-06", symptom=f"{held.name} does not spread traffic evenly over its zones: {found}",
                cause="cross-zone load balancing is off, so each zone has the same share whatever targets it has",
                fix=f"ModifyLoadBalancerAttributes load_balancing.cross_zone.enabled=true of {held.name}",
                blame=_crossing(held, group),
            )  # fmt: skip


def _crossing(held: Balancer, group: TargetGroup) -> list[Blame]:
    own = attributes.of_group(group).get("load_balancing.cross_zone.enabled") == "false"
    of_group = [Blame(resource=group.arn, actions=["ModifyTargetGroupAttributes"])] if own else []
    return [
        *of_group,
        Blame(resource=held.arn, actions=["ModifyLoadBalancerAttributes"]),
        Blame(resource=held.arn, actions=["CreateLoadBalancer"]),
    ]


def _uneven(question: health.Question, enabled: set[str]) -> str:
    """How many healthy targets each zone has, where that is not the same; "" where it is, or there are none."""
    counts = dict.fromkeys(sorted(enabled - {""}), 0)
    for target in targets.live(question.group, question.call):
        found = network.instance(question.call, target.id)
        if found is not None and found.zone in counts and question.of(target).state == "healthy":
            counts[found.zone] += 1
    if len(counts) < 2 or not any(counts.values()) or len(set(counts.values())) == 1:
        return ""
    return ", ".join(f"{number} in {zone}" for zone, number in counts.items())


# DIAG-08, DIAG-10: logs


def _logs(call: Call[Any], held: Balancer) -> Iterator[Finding]:
    if held.kind != "application":
        return
    values = attributes.of_balancer(held)
    bucket = values.get("access_logs.s3.bucket", "")
    if values.get("access_logs.s3.enabled") != "true":
        blame = [
            Blame(resource=held.arn, actions=["ModifyLoadBalancerAttributes"]),
            Blame(resource=held.arn, actions=["CreateLoadBalancer"]),
        ]
        yield Finding(
            rule="DIAG-08", symptom=f"targets of {held.name} see its addresses, not those of the clients",
            cause="access logs are off, and the load balancer connects to targets by itself", blame=blame,
            fix="read X-Forwarded-For; ModifyLoadBalancerAttributes access_logs.s3.enabled=true keeps the addresses",
        )  # fmt: skip
    elif not log_buckets.takes(call, bucket, values.get("access_logs.s3.prefix", "")):
        yield Finding(
            rule="DIAG-10", symptom=f"the access logs of {held.name} do not get to {bucket}",
            cause=f"{bucket} is not there, or its policy does not let Elastic Load Balancing in",
            fix=f"PutBucketPolicy of {bucket} for the service that delivers logs",
            blame=[Blame(resource=bucket, actions=["DeleteBucket", "DeleteBucketPolicy", "PutBucketPolicy"])],
        )  # fmt: skip


# calls that failed


def _refused(params: TellTrouble) -> Iterator[Finding]:
    for one in params.failures:
        if one.action == "RegisterTargets" and one.error.startswith("InvalidTarget"):
            yield Finding(
                rule="DIAG-09", symptom=f"{params.resource} cannot be registered", cause=one.message,
                fix="a target group of the instance's VPC, and an instance that is running", event=one.event,
            )  # fmt: skip
