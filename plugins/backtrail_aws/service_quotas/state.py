"""What Service Quotas knows of one account: what it asked for, its tags, its template."""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import Scope, Service, SortedMap, State
from backtrail_aws.service_quotas.api import ServiceQuotaIncreaseRequestInTemplate
from backtrail_aws.service_quotas.trail import TRAIL

EVERYWHERE = ""
"""The region of a quota that is one for all regions."""


class Change(msgspec.Struct, kw_only=True):
    """A request for another value: of which quota, where (`EVERYWHERE`, or a region), and how it will end."""

    id: str
    service: str
    service_name: str
    code: str
    name: str
    region: str
    value: float
    unit: str
    arn: str
    requester: str
    made: datetime
    ends: str = "APPROVED"


class Quotas(State):
    """`changes` are in the order in which they were made; `of` has those of each quota (`region/service/code`)."""

    changes: SortedMap[str, Change] = msgspec.field(default_factory=SortedMap[str, Change])
    of: dict[str, list[str]] = {}
    keys: dict[str, str] = {}
    tags: dict[str, dict[str, str]] = {}
    template: SortedMap[str, ServiceQuotaIncreaseRequestInTemplate] = msgspec.field(
        default_factory=SortedMap[str, ServiceQuotaIncreaseRequestInTemplate]
    )
    associated: bool = False


service = Service("service-quotas", Quotas, scope=Scope.ACCOUNT, trail=TRAIL, validate=True)
