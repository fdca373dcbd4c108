"""The error codes of records, which are not the wire's.

EC2's have a side before them (`Client.InvalidVpcID.NotFound`); services of the query protocols write the name
of the exception where the wire has a shorter code (`NoSuchEntityException` for IAM's `NoSuchEntity`); a
denial is `AccessDenied` everywhere but in EC2. All measured.
"""

from __future__ import annotations

from functools import cache

from backtrail import model
from backtrail.errors import Refusal
from backtrail.trail.declare import Trail
from backtrail.trail.omission import truncated

_DENIALS = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"}
)
_THROTTLED = frozenset({"Throttling", "ThrottledException", "RequestThrottled"})
_SIDED = frozenset({"ec2"})
_OWN_CODES = frozenset({"ec2", "s3", "s3control"})

# EC2's server errors: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
_SERVER = frozenset(
    {
        "BandwidthLimitExceeded", "InsufficientAddressCapacity", "InsufficientCapacity",
        "InsufficientCapacityOnHost", "InsufficientInstanceCapacity", "InsufficientHostCapacity",
        "InsufficientReservedInstanceCapacity", "InsufficientVolumeCapacity", "InternalError",
        "InternalFailure",
        "RequestLimitExceeded.Server", "ServerInternal", "ServiceUnavailable", "Unavailable",
    }
)  # fmt: skip
# Codes that no model has a shape for.
_COMMON = {"ValidationError": "ValidationException"}

_PLAIN = Trail()


def record_error(service: str, error: Refusal, trail: Trail | None = None) -> tuple[str, str]:
    """The record's errorCode and errorMessage for a refusal, the message cut to CloudTrail's limit."""
    return record_code(service, error.code, trail, error.status), truncated(error.message)


def record_code(service: str, code: str, trail: Trail | None = None, status: int = 400) -> str:
    """The record's errorCode for a wire's code."""
    declared = (trail or _PLAIN).errors.get(code)
    if declared is not None:
        return declared
    if service in _SIDED:
        return f"Server.{code}" if code in _SERVER or status >= 500 else f"Client.{code}"
    if code in _DENIALS:
        return "AccessDenied"
    if service in _OWN_CODES:
        return code
    if code in _THROTTLED:
        return "ThrottlingException"
    return _shape_names(service).get(code) or _COMMON.get(code, code)


def wire_code(service: str, recorded: str, trail: Trail | None = None) -> str:
    """The wire's code for a record's errorCode, as far as it can be told."""
    for wire, written in (trail or _PLAIN).errors.items():
        if written == recorded:
            return wire
    if service in _SIDED:
        return recorded.removeprefix("Client.").removeprefix("Server.")
    for wire, written in _shape_names(service).items():
        if written == recorded:
            return wire
    return next((wire for wire, written in _COMMON.items() if written == recorded), recorded)


@cache
def _shape_names(service: str) -> dict[str, str]:
    """Wire codes that differ from the name of their exception, for services of the query protocol."""
    if service in _OWN_CODES:
        return {}
    try:
        shapes = model.load(service).shapes
    except model.UnknownService:
        return {}
    return {
        shape.error.code: name
        for name, shape in shapes.items()
        if shape.exception and shape.error is not None and shape.error.code and shape.error.code != name
    }
