"""What is wrong with a Classic Load Balancer or an instance of one, and which records made it so.

The book's rows DIAG-06 to DIAG-10, asked of the state by `backtrail diagnose`. It is no API of AWS's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import Call, told
from backtrail.troubles import Blame, Finding, TellTrouble, TellTroubleResult
from backtrail_aws.balancing import log_buckets, network
from backtrail_aws.elb import api, health, instances
from backtrail_aws.elb.state import Balancer, ClassicLoadBalancers, service

_GROUP_ACTIONS = [
    "CreateSecurityGroup", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress", "ModifySecurityGroupRules",
    "AuthorizeSecurityGroupIngress",
]  # fmt: skip
_ACL_ACTIONS = [
    "CreateNetworkAcl", "ReplaceNetworkAclAssociation", "CreateNetworkAclEntry", "ReplaceNetworkAclEntry",
    "DeleteNetworkAclEntry",
]  # fmt: skip


@service.read(internal=True)
def tell_trouble(state: ClassicLoadBalancers, call: Call[TellTrouble]) -> TellTroubleResult:
    """All that the rules find about a load balancer, or about an instance that is registered with one."""
    resource = call.params.resource
    short = resource.rpartition("/")[2]
    found: list[Finding] = []
    known = False
    for held in state.balancers.values():
        question = health.Question(call, held)
        named = resource in (held.arn, held.name)
        known = known or named
        for one in instances.registered(held):
            if named or one in (resource, short):
                found += _of_instance(question, one)
        if named:
            found += [*_spread(question), *_logs(call, held)]
    found += _refused(call.params)
    return TellTroubleResult(known=known, findings=sorted(found, key=lambda one: one.rule))


# DIAG-07, DIAG-09: an instance


def _of_instance(question: health.Question, instance: str) -> Iterator[Finding]:
    shown, held = question.of(instance), question.held
    if shown is None or shown.state == "InService":
        return
    found = network.instance(question.call, instance)
    zone = found.zone if found is not None else ""
    symptom = f"{instance} is OutOfService in {held.name}: {told(shown.description, '')}"
    if shown.description == health.ZONE:
        subnet = told(found.subnet_id, "") if found is not None else ""
        yield Finding(
            rule="DIAG-09", symptom=symptom, cause=f"it is in {zone}, which is not enabled for {held.name}",
            fix=f"AttachLoadBalancerToSubnets with a subnet of {zone}, such as {subnet}",
            blame=[
                Blame(
                    resource=held.name,
                    actions=[
                        "DetachLoadBalancerFromSubnets", "DisableAvailabilityZonesForLoadBalancer",
                        "CreateLoadBalancer",
                    ],
                )
            ],
        )  # fmt: skip
    elif shown.description == health.FAILED:
        yield _failed(question, instance, symptom, zone, found)


def _failed(
    question: health.Question, instance: str, symptom: str, zone: str, found: network.Instance | None
) -> Finding:
    held, port = question.held, question.port
    why = question.unreached(instance, zone)
    target = held.check.target if isinstance(held.check, api.HealthCheck) else f"TCP:{port}"
    configured = Blame(resource=held.name, actions=["ConfigureHealthCheck", "CreateLoadBalancer"])
    if why is None:
        return Finding(
            rule="DIAG-07", symptom=symptom, cause=f"nothing answers {target} as it should",
            fix=f"let it answer, or ConfigureHealthCheck of {held.name}",
            blame=[Blame(resource=held.name, actions=["FailInstance"]), configured],
        )  # fmt: skip
    if any(one.explanation_code == "SUBNET_ACL_RESTRICTION" for one in why.why):
        acls = [told(one.acl.id, "") for one in why.why if isinstance(one.acl, network.Component)]
        return Finding(
            rule="DIAG-07", symptom=symptom, fix=f"CreateNetworkAclEntry that allows tcp/{port} and its answers",
            cause=f"the network ACL {', '.join(acls)} stops the checks on port {port}",
            blame=[Blame(resource=one, actions=_ACL_ACTIONS) for one in acls],
        )  # fmt: skip
    ports = {one.shown.instance_port for one in held.listeners.values()}
    if port not in ports:
        return Finding(
            rule="DIAG-07", symptom=symptom, blame=[configured],
            cause=f"its checks go to port {port}, its traffic to {', '.join(map(str, sorted(ports)))}; nothing lets "
            f"port {port} in",
            fix=f"ConfigureHealthCheck of {held.name} with a port that listeners send to, or a rule for tcp/{port}",
        )  # fmt: skip
    groups = [told(one.group_id, "") for one in told(found.security_groups, [])] if found is not None else []
    return Finding(
        rule="DIAG-07", symptom=symptom,
        cause=f"no security group of {instance} lets the load balancer in on port {port}",
        fix=f"AuthorizeSecurityGroupIngress tcp/{port} from the load balancer's security group",
        blame=[Blame(resource=one, actions=_GROUP_ACTIONS) for one in groups],
    )  # fmt: skip


# DIAG-06: zones


def _spread(question: health.Question) -> Iterator[Finding]:
    held = question.held
    if held.cross_zone or len(held.enabled) < 2:
        return
    counts = dict.fromkeys(held.enabled, 0)
    for one in instances.registered(held):
        found, shown = network.instance(question.call, one), question.of(one)
        if found is not None and shown is not None and shown.state == "InService" and found.zone in counts:
            counts[found.zone] += 1
    if not any(counts.values()) or len(set(counts.values())) == 1:
        return
    told_of = ", ".join(f"{number} in {zone}" for zone, number in counts.items())
    yield Finding(
        rule="DIAG-06", symptom=f"{held.name} does not spread traffic evenly over its zones: {told_of}",
        cause="cross-zone load balancing is off, so each zone has the same share whatever instances it has",
        fix=f"ModifyLoadBalancerAttributes CrossZoneLoadBalancing.Enabled=true of {held.name}",
        blame=[
            Blame(resource=held.name, actions=["ModifyLoadBalancerAttributes"]),
            Blame(resource=held.name, actions=["CreateLoadBalancer"]),
        ],
    )  # fmt: skip


# DIAG-08, DIAG-10: logs


def _logs(call: Call[Any], held: Balancer) -> Iterator[Finding]:
    if all(one.shown.protocol not in ("HTTP", "HTTPS") for one in held.listeners.values()):
        return
    log = told(held.log, api.AccessLog(enabled=False))
    bucket = told(log.s3_bucket_name, "")
    if not log.enabled:
        yield Finding(
            rule="DIAG-08", symptom=f"instances of {held.name} see its addresses, not those of the clients",
            cause="access logs are off, and the load balancer connects to instances by itself",
            fix="read X-Forwarded-For; ModifyLoadBalancerAttributes AccessLog.Enabled=true keeps the addresses",
            blame=[
                Blame(resource=held.name, actions=["ModifyLoadBalancerAttributes"]),
                Blame(resource=held.name, actions=["CreateLoadBalancer"]),
            ],
        )  # fmt: skip
    elif not log_buckets.takes(call, bucket, told(log.s3_bucket_prefix, "")):
        yield Finding(
            rule="DIAG-10", symptom=f"the access logs of {held.name} do not get to {bucket}",
            cause=f"{bucket} is not there, or its policy does not let Elastic Load Balancing in",
            fix=f"PutBucketPolicy of {bucket} for the service that delivers logs",
            blame=[Blame(resource=bucket, actions=["DeleteBucket", "DeleteBucketPolicy", "PutBucketPolicy"])],
        )  # fmt: skip


# calls that failed


def _refused(params: TellTrouble) -> Iterator[Finding]:
    for one in params.failures:
        if one.action == "RegisterInstancesWithLoadBalancer" and one.error.startswith("Invalid"):
            yield Finding(
                rule="DIAG-09", symptom=f"{params.resource} cannot be registered", cause=one.message,
                fix="a load balancer of the instance's VPC", event=one.event,
            )  # fmt: skip
