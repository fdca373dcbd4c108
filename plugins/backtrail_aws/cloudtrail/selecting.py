"""Which records a trail gets, by its selectors: pure, over what a record shows.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from backtrail import told
from backtrail.trail.events import DATA
from backtrail_aws.cloudtrail import advanced
from backtrail_aws.cloudtrail.api import AdvancedEventSelector, AdvancedFieldSelector, EventSelector
from backtrail_aws.cloudtrail.records import SERVICE_EVENT, Shown

_GLOBAL: Final = frozenset(
    f"{name}.amazonaws.com" for name in ("iam", "sts", "cloudfront", "route53", "organizations")
)
"""Services without regions: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html"""
_RECURSIVE: Final = frozenset({("s3.amazonaws.com", "PutObject"), ("logs.amazonaws.com", "PutLogEvents")})
"""https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-recursive-logging.html"""
_PRINCIPAL: Final = "cloudtrail.amazonaws.com"
_OWN: Final = frozenset({_PRINCIPAL, "backtrail.amazonaws.com"})


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a trail is about, whatever its selectors: whose records, of which regions. `region` "" is all."""

    accounts: tuple[str, ...]
    region: str
    global_events: bool = True
    recursive: bool = True


def within(scope: Scope, shown: Shown) -> bool:
    """Whether a record is of the regions and the kinds that a trail is about."""
    if shown.kind == SERVICE_EVENT and shown.source in _OWN:
        return False  # how the log, and CloudTrail itself, get on: no trail of AWS's tells it
    if scope.region and shown.region != scope.region:
        return False
    if not scope.global_events and shown.source in _GLOBAL:
        return False
    recursive = shown.identity.invoked_by == _PRINCIPAL and (shown.source, shown.name) in _RECURSIVE
    return scope.recursive or not recursive


def selected(shown: Shown, basic: Sequence[EventSelector], fine: Sequence[AdvancedEventSelector]) -> bool:
    """Whether one of the selectors selects a record. Without any, every management event is."""
    if fine:
        return any(_fine(one, shown) for one in fine)
    if not basic:
        return shown.category != DATA
    return any(_basic(one, shown) for one in basic)


def _basic(selector: EventSelector, shown: Shown) -> bool:
    kind = told(selector.read_write_type, "All")
    if kind != "All" and shown.read_only is not (kind == "ReadOnly"):
        return False
    if shown.category != DATA:
        excluded = told(selector.exclude_management_event_sources, [])
        return told(selector.include_management_events, True) and shown.source not in excluded
    return any(
        _covers(told(one.type, ""), told(one.values, []), shown) for one in told(selector.data_resources, [])
    )


def _covers(kind: str, values: Sequence[str], shown: Shown) -> bool:
    """Whether a record is about a resource of this type that one of the values (or their beginnings) names."""
    if shown.kind == SERVICE_EVENT and not shown.resources:
        return _of_service(kind, shown)
    arns = _arns(kind, shown)
    return any(arn.startswith(value) for arn in arns for value in values)


def _of_service(kind: str, shown: Shown) -> bool:
    """What a service does by itself to its resources (an expiry) goes with the calls about them."""
    return kind.split("::")[1].lower() == shown.source.partition(".")[0]


def _arns(kind: str, shown: Shown) -> list[str]:
    """The ARNs of a record's resources of a type. A call about a whole bucket is about the objects in it."""
    found = [one.arn or one.arn_prefix for one in shown.resources if one.type == kind]
    if not found and kind == "AWS::S3::Object":
        found = [f"{one.arn}/" for one in shown.resources if one.type == "AWS::S3::Bucket"]
    return found


def _fine(selector: AdvancedEventSelector, shown: Shown) -> bool:
    fields = told(selector.field_selectors, [])
    kind = next((told(one.equals, [""])[0] for one in fields if one.field == advanced.TYPE), "")
    return all(_field(field, shown, kind) for field in fields)


def _field(field: AdvancedFieldSelector, shown: Shown, kind: str) -> bool:
    name = told(field.field, "")
    if name == advanced.TYPE:
        if shown.kind == SERVICE_EVENT and not shown.resources:
            return _of_service(kind, shown)
        return bool(_arns(kind, shown))
    values = _arns(kind, shown) if name == advanced.ARN else [_FIELDS[name](shown)] if name in _FIELDS else []
    given = advanced.operators(field)
    positive = {name: tests for name, tests in given.items() if not name.startswith("Not")}
    negative = {name.removeprefix("Not"): tests for name, tests in given.items() if name.startswith("Not")}
    return (not positive or _any(values, positive)) and not _any(values, negative)


def _any(values: Iterable[str], given: Mapping[str, list[str]]) -> bool:
    return any(
        _TESTS[name](value, test) for value in values for name, tests in given.items() for test in tests
    )


_TESTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "Equals": str.__eq__,
    "StartsWith": str.startswith,
    "EndsWith": str.endswith,
}
_FIELDS: Final[Mapping[str, Callable[[Shown], str]]] = {
    "eventCategory": lambda shown: shown.category,
    "readOnly": lambda shown: "true" if shown.read_only else "false",
    "eventSource": lambda shown: shown.source,
    "eventName": lambda shown: shown.name,
    "eventType": lambda shown: shown.kind,
    "errorCode": lambda shown: shown.error,
    "userIdentity.arn": lambda shown: shown.identity.arn,
    "sessionCredentialFromConsole": lambda shown: shown.console or "false",
}
