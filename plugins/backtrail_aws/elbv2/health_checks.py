"""How a target group's health checks are: what is left out, and what cannot be.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec

from backtrail import UNSET, UnsetType, told
from backtrail_aws.elbv2 import api, errors, limits

TRAFFIC_PORT = "traffic-port"


class _Defaults(NamedTuple):
    protocol: str
    interval: int
    timeout: int
    healthy: int = 5
    unhealthy: int = 2


def _defaults(group: api.TargetGroup) -> _Defaults:
    protocol = told(group.protocol, "HTTP")
    if group.target_type == "lambda":
        return _Defaults("", 35, 30)
    if group.target_type == "alb":
        return _Defaults("HTTP", 30, 6)
    if protocol in ("HTTP", "HTTPS"):
        return _Defaults("HTTP", 30, 5)
    if protocol == "GENEVE":
        return _Defaults("TCP", 10, 5)
    return _Defaults("TCP", 30, 6 if told(group.health_check_protocol, "TCP") == "HTTP" else 10)


def whole(group: api.TargetGroup) -> api.TargetGroup:
    """A target group with all that its checks have by default."""
    had = _defaults(group)
    protocol: Any = told(group.health_check_protocol, had.protocol or UNSET)
    http = protocol in ("HTTP", "HTTPS") or group.target_type == "lambda"
    grpc = group.protocol_version == "GRPC"
    port: Any = (
        UNSET if group.target_type == "lambda" else "80" if group.protocol == "GENEVE" else TRAFFIC_PORT
    )
    path = "/AWS.ALB/healthcheck" if grpc else "/"
    codes = "200-399" if group.protocol not in ("HTTP", "HTTPS", UNSET) else "200"
    matcher = api.Matcher(grpc_code="12") if grpc else api.Matcher(http_code=codes)
    given: dict[str, Any] = {
        "health_check_protocol": protocol, "health_check_port": told(group.health_check_port, port),
        "health_check_enabled": told(group.health_check_enabled, group.target_type != "lambda"),
        "health_check_interval_seconds": told(group.health_check_interval_seconds, had.interval),
        "health_check_timeout_seconds": told(group.health_check_timeout_seconds, had.timeout),
        "healthy_threshold_count": told(group.healthy_threshold_count, had.healthy),
        "unhealthy_threshold_count": told(group.unhealthy_threshold_count, had.unhealthy),
        "health_check_path": told(group.health_check_path, path if http else UNSET),
        "matcher": told(group.matcher, matcher if http else UNSET),
    }  # fmt: skip
    return msgspec.structs.replace(group, **given)


def check(group: api.TargetGroup) -> None:
    """Refuse health checks that cannot be. Raises `Refusal`."""
    for name, value, bounds in (
        ("interval", group.health_check_interval_seconds, limits.INTERVAL_S),
        ("timeout", group.health_check_timeout_seconds, limits.TIMEOUT_S),
        ("healthy threshold count", group.healthy_threshold_count, limits.THRESHOLD),
        ("unhealthy threshold count", group.unhealthy_threshold_count, limits.THRESHOLD),
    ):
        if isinstance(value, int) and not bounds[0] <= value <= bounds[1]:
            # evidence: page API_CreateTargetGroup; words: guess
            raise errors.invalid(f"Health check {name} must be between {bounds[0]} and {bounds[1]}")
    interval, timeout = (
        told(group.health_check_interval_seconds, 30),
        told(group.health_check_timeout_seconds, 5),
    )
    if timeout >= interval and group.protocol in ("HTTP", "HTTPS", UNSET):
        # evidence: guess
        raise errors.invalid("Health check interval must be greater than the timeout.")
    if timeout > interval:
        # evidence: page API_CreateTargetGroup; words: guess
        raise errors.invalid("Health check interval must be greater than or equal to the timeout.")
    _check_what(group)


def _check_what(group: api.TargetGroup) -> None:
    port = told(group.health_check_port, TRAFFIC_PORT)
    if port != TRAFFIC_PORT and (
        re.fullmatch(r"\d{1,5}", port) is None or not limits.PORTS[0] <= int(port) <= limits.PORTS[1]
    ):
        # evidence: guess
        raise errors.invalid(
            f"Health check port '{port}' must be '{TRAFFIC_PORT}' or in the range '1-65535', inclusive"
        )
    protocol = told(group.health_check_protocol, "HTTP")
    wanted = ("HTTP", "HTTPS") if group.protocol in ("HTTP", "HTTPS") else ("HTTP", "HTTPS", "TCP")
    if protocol not in wanted:
        # evidence: page API_CreateTargetGroup (HealthCheckProtocol); words: guess
        raise errors.invalid(f"Health check protocol '{protocol}' is not supported for this target group")
    if not isinstance(group.health_check_path, UnsetType) and not group.health_check_path.startswith("/"):
        # evidence: guess
        raise errors.invalid(f"Health check path '{group.health_check_path}' must begin with a '/' character")
    codes = told(told(group.matcher, api.Matcher()).http_code, "200")
    if parsed(codes) is None:
        # evidence: guess
        raise errors.invalid(f"Health check matcher HTTP code '{codes}' must be within '200-499' inclusive")


def parsed(codes: str) -> list[tuple[int, int]] | None:
    """Ranges of codes: `200,202` or `200-299`; None for what is none."""
    found: list[tuple[int, int]] = []
    for part in codes.split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdigit() or not (last or first).isdigit():
            return None
        low, high = int(first), int(last or first)
        if not 0 <= low <= high <= 599:
            return None
        found.append((low, high))
    return found


def accepts(matcher: api.Matcher | UnsetType, code: int) -> bool:
    """Whether a code is one of those that healthy targets answer."""
    codes = told(told(matcher, api.Matcher()).http_code, "200")
    return any(low <= code <= high for low, high in parsed(codes) or [])
