"""Attributes of load balancers, target groups and listeners: what there are, and what each is by default.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html and its siblings
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from backtrail import Call, Event, UnsetType, told
from backtrail_aws.elbv2 import access_logs, api, errors, names
from backtrail_aws.elbv2.state import Balancer, Listener, LoadBalancers, TargetGroup, service

_LOGS = {"access_logs.s3.enabled": "false", "access_logs.s3.bucket": "", "access_logs.s3.prefix": ""}
OF_BALANCERS: dict[str, dict[str, str]] = {
    "application": {
        **_LOGS, "idle_timeout.timeout_seconds": "60", "deletion_protection.enabled": "false",
        "routing.http2.enabled": "true", "routing.http.drop_invalid_header_fields.enabled": "false",
        "routing.http.xff_client_port.enabled": "false", "routing.http.preserve_host_header.enabled": "false",
        "routing.http.xff_header_processing.mode": "append", "load_balancing.cross_zone.enabled": "true",
        "routing.http.desync_mitigation_mode": "defensive", "client_keep_alive.seconds": "3600",
        "waf.fail_open.enabled": "false", "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
        "zonal_shift.config.enabled": "false", "connection_logs.s3.enabled": "false",
        "connection_logs.s3.bucket": "", "connection_logs.s3.prefix": "", "ipv6.deny_all_igw_traffic": "false",
    },
    "network": {
        **_LOGS, "deletion_protection.enabled": "false", "load_balancing.cross_zone.enabled": "false",
        "dns_record.client_routing_policy": "any_availability_zone", "ipv6.deny_all_igw_traffic": "false",
        "zonal_shift.config.enabled": "false", "secondary_ips.auto_assigned.per_subnet": "0",
    },
    "gateway": {"load_balancing.cross_zone.enabled": "false", "deletion_protection.enabled": "false"},
}  # fmt: skip
_HEALTH = {
    f"target_group_health.{what}.minimum_healthy_targets.{unit}": value
    for what in ("dns_failover", "unhealthy_state_routing")
    for unit, value in (("count", "1"), ("percentage", "off"))
}
_CROSS = {"load_balancing.cross_zone.enabled": "use_load_balancer_configuration"}
_DELAY = {"deregistration_delay.timeout_seconds": "300"}
OF_GROUPS: dict[str, dict[str, str]] = {
    "application": {
        **_DELAY, "stickiness.enabled": "false", "stickiness.type": "lb_cookie", **_CROSS,
        "load_balancing.algorithm.type": "round_robin", "load_balancing.algorithm.anomaly_mitigation": "off",
        "slow_start.duration_seconds": "0", "stickiness.lb_cookie.duration_seconds": "86400",
        "stickiness.app_cookie.duration_seconds": "86400", "stickiness.app_cookie.cookie_name": "", **_HEALTH,
    },
    "lambda": {"lambda.multi_value_headers.enabled": "false", **_HEALTH},
    "network": {
        **_DELAY, "stickiness.enabled": "false", "stickiness.type": "source_ip", **_CROSS,
        "proxy_protocol_v2.enabled": "false", "preserve_client_ip.enabled": "true",
        "deregistration_delay.connection_termination.enabled": "false",
        "target_health_state.unhealthy.connection_termination.enabled": "true",
        "target_health_state.unhealthy.draining_interval_seconds": "0", **_HEALTH,
    },
    "gateway": {
        **_DELAY, "stickiness.enabled": "false", "stickiness.type": "source_ip_dest_ip",
        "target_failover.on_deregistration": "no_rebalance", "target_failover.on_unhealthy": "no_rebalance",
    },
}  # fmt: skip
_RESPONSE = "routing.http.response."
_HTTP = {
    f"{_RESPONSE}server.enabled": "true",
    **{
        f"{_RESPONSE}{header}.header_value": ""
        for header in (
            "strict_transport_security", "access_control_allow_origin", "access_control_allow_methods",
            "access_control_allow_headers", "access_control_allow_credentials", "access_control_expose_headers",
            "access_control_max_age", "content_security_policy", "x_content_type_options", "x_frame_options",
        )
    },
}  # fmt: skip
_HTTPS = {
    f"routing.http.request.x_amzn_{name}.header_name": ""
    for name in (
        "mtls_clientcert_serial_number", "mtls_clientcert_issuer", "mtls_clientcert_subject",
        "mtls_clientcert_validity", "mtls_clientcert_leaf", "mtls_clientcert", "tls_version", "tls_cipher_suite",
    )
}  # fmt: skip
OF_LISTENERS: dict[str, dict[str, str]] = {
    "HTTP": _HTTP, "HTTPS": {**_HTTPS, **_HTTP}, "TCP": {"tcp.idle_timeout.seconds": "350"},
    "GENEVE": {"tcp.idle_timeout.seconds": "350"},
}  # fmt: skip

_SECONDS = {
    "idle_timeout.timeout_seconds": (1, 4000), "client_keep_alive.seconds": (60, 604_800),
    "deregistration_delay.timeout_seconds": (0, 3600), "slow_start.duration_seconds": (0, 900),
    "stickiness.lb_cookie.duration_seconds": (1, 604_800), "stickiness.app_cookie.duration_seconds": (1, 604_800),
    "tcp.idle_timeout.seconds": (60, 6000), "target_health_state.unhealthy.draining_interval_seconds": (0, 360_000),
    "secondary_ips.auto_assigned.per_subnet": (0, 7),
}  # fmt: skip
_CHOICES = {
    "routing.http.xff_header_processing.mode": ("append", "preserve", "remove"),
    "routing.http.desync_mitigation_mode": ("monitor", "defensive", "strictest"),
    "dns_record.client_routing_policy": (
        "availability_zone_affinity", "partial_availability_zone_affinity", "any_availability_zone",
    ),
    "load_balancing.algorithm.type": ("round_robin", "least_outstanding_requests", "weighted_random"),
    "load_balancing.algorithm.anomaly_mitigation": ("on", "off"),
    "stickiness.type": ("lb_cookie", "app_cookie", "source_ip", "source_ip_dest_ip", "source_ip_dest_ip_proto"),
    "target_failover.on_deregistration": ("rebalance", "no_rebalance"),
    "target_failover.on_unhealthy": ("rebalance", "no_rebalance"),
}  # fmt: skip


class Attribute(Protocol):
    """A key and a value."""

    @property
    def key(self) -> str | UnsetType: ...
    @property
    def value(self) -> str | UnsetType: ...


def defaults_of_group(held: TargetGroup) -> Mapping[str, str]:
    """What a target group's attributes are where nobody set them."""
    if held.shown.target_type == "lambda":
        return OF_GROUPS["lambda"]
    protocol = told(held.shown.protocol, "HTTP")
    if protocol in ("HTTP", "HTTPS"):
        return OF_GROUPS["application"]
    if protocol == "GENEVE":
        return OF_GROUPS["gateway"]
    if held.shown.target_type == "ip" and protocol in ("TCP", "TLS"):
        return {**OF_GROUPS["network"], "preserve_client_ip.enabled": "false"}
    return OF_GROUPS["network"]


def of_balancer(held: Balancer) -> dict[str, str]:
    """All attributes of a load balancer."""
    return {**OF_BALANCERS[held.kind], **held.attributes}


def of_group(held: TargetGroup) -> dict[str, str]:
    """All attributes of a target group."""
    return {**defaults_of_group(held), **held.attributes}


def of_listener(held: Listener) -> dict[str, str]:
    """All attributes of a listener."""
    return {**OF_LISTENERS.get(told(held.shown.protocol, "HTTP"), {}), **held.attributes}


def _checked(given: Iterable[Attribute], known: Mapping[str, str], what: str) -> dict[str, str]:
    """The attributes that are given. Raises `Refusal` for one that there is not, or that cannot have its value."""
    made: dict[str, str] = {}
    for one in given:
        key, value = told(one.key, ""), told(one.value, "")
        if key not in known:
            # evidence: guess
            raise errors.invalid(f"{what} attribute key '{key}' is not recognized")
        if key in made:
            # evidence: guess
            raise errors.invalid(f"{what} attribute key '{key}' is specified more than once")
        if not _fits(key, value, known[key]):
            # evidence: guess
            raise errors.invalid(f"{what} attribute value '{value}' is not valid for the attribute '{key}'")
        made[key] = value
    return made


def _fits(key: str, value: str, default: str) -> bool:
    if key in _SECONDS:
        least, most = _SECONDS[key]
        return re.fullmatch(r"\d{1,7}", value) is not None and least <= int(value) <= most
    if key in _CHOICES:
        return value in _CHOICES[key]
    if key == "load_balancing.cross_zone.enabled" and default == _CROSS[key]:
        return value in ("true", "false", default)
    return default not in ("true", "false") or value in ("true", "false")


def _plain(given: Iterable[Attribute]) -> dict[str, str]:
    return {told(one.key, ""): told(one.value, "") for one in given}


# load balancers


@service.handle
def modify_load_balancer_attributes(
    state: LoadBalancers, call: Call[api.ModifyLoadBalancerAttributes]
) -> api.ModifyLoadBalancerAttributesResult:
    """Some attributes; a bucket for logs must let Elastic Load Balancing in."""
    held = names.balancer(state, call.params.load_balancer_arn)
    given = _checked(call.params.attributes, OF_BALANCERS[held.kind], "Load balancer")
    if held.kind == "application" and given.get("load_balancing.cross_zone.enabled") == "false":
        # evidence: page application-load-balancers.html (cross-zone is always on); words: guess
        raise errors.configuration(
            "Cross-zone load balancing cannot be disabled for Application Load Balancers"
        )
    after = {**of_balancer(held), **given}
    access_logs.check(call, after)
    return api.ModifyLoadBalancerAttributesResult(attributes=_of_balancer(after))


def _of_balancer(values: Mapping[str, str]) -> list[api.LoadBalancerAttribute]:
    return [api.LoadBalancerAttribute(key=key, value=value) for key, value in values.items()]


@service.project
def load_balancer_attributes_modified(
    state: LoadBalancers,
    event: Event[api.ModifyLoadBalancerAttributes, api.ModifyLoadBalancerAttributesResult],
) -> None:
    """The attributes are changed."""
    held = names.known_balancer(state, event, event.params.load_balancer_arn)
    held.attributes |= _plain(event.params.attributes)


@service.read
def describe_load_balancer_attributes(
    state: LoadBalancers, call: Call[api.DescribeLoadBalancerAttributes]
) -> api.DescribeLoadBalancerAttributesResult:
    """All attributes."""
    held = names.balancer(state, call.params.load_balancer_arn)
    return api.DescribeLoadBalancerAttributesResult(attributes=_of_balancer(of_balancer(held)))


# target groups


@service.handle
def modify_target_group_attributes(
    state: LoadBalancers, call: Call[api.ModifyTargetGroupAttributes]
) -> api.ModifyTargetGroupAttributesResult:
    """Some attributes."""
    held = names.group(state, call.params.target_group_arn)
    given = _checked(call.params.attributes, defaults_of_group(held), "Target group")
    return api.ModifyTargetGroupAttributesResult(attributes=_of_group({**of_group(held), **given}))


def _of_group(values: Mapping[str, str]) -> list[api.TargetGroupAttribute]:
    return [api.TargetGroupAttribute(key=key, value=value) for key, value in values.items()]


@service.project
def target_group_attributes_modified(
    state: LoadBalancers,
    event: Event[api.ModifyTargetGroupAttributes, api.ModifyTargetGroupAttributesResult],
) -> None:
    """The attributes are changed."""
    held = names.known_group(state, event, event.params.target_group_arn)
    held.attributes |= _plain(event.params.attributes)


@service.read
def describe_target_group_attributes(
    state: LoadBalancers, call: Call[api.DescribeTargetGroupAttributes]
) -> api.DescribeTargetGroupAttributesResult:
    """All attributes."""
    held = names.group(state, call.params.target_group_arn)
    return api.DescribeTargetGroupAttributesResult(attributes=_of_group(of_group(held)))


# listeners


@service.handle
def modify_listener_attributes(
    state: LoadBalancers, call: Call[api.ModifyListenerAttributes]
) -> api.ModifyListenerAttributesResult:
    """Some attributes."""
    held = names.listener(state, call.params.listener_arn)
    known = OF_LISTENERS.get(told(held.shown.protocol, "HTTP"), {})
    given = _checked(call.params.attributes, known, "Listener")
    return api.ModifyListenerAttributesResult(attributes=_of_listener({**of_listener(held), **given}))


def _of_listener(values: Mapping[str, str]) -> list[api.ListenerAttribute]:
    return [api.ListenerAttribute(key=key, value=value) for key, value in values.items()]


@service.project
def listener_attributes_modified(
    state: LoadBalancers, event: Event[api.ModifyListenerAttributes, api.ModifyListenerAttributesResult]
) -> None:
    """The attributes are changed."""
    held = names.known_listener(state, event, event.params.listener_arn)
    held.attributes |= _plain(event.params.attributes)


@service.read
def describe_listener_attributes(
    state: LoadBalancers, call: Call[api.DescribeListenerAttributes]
) -> api.DescribeListenerAttributesResult:
    """All attributes."""
    held = names.listener(state, call.params.listener_arn)
    return api.DescribeListenerAttributesResult(attributes=_of_listener(of_listener(held)))
