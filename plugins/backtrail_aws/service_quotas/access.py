"""Which action on which quota a call needs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_servicequotas.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import Access, Call
from backtrail_aws.service_quotas.api import (
    PutServiceQuotaIncreaseRequestIntoTemplate,
    RequestServiceQuotaIncrease,
)
from backtrail_aws.service_quotas.state import Quotas, service


@service.authorization
def needs(state: Quotas, call: Call[Any]) -> Iterator[Access]:
    """What a call asks for is the action on the quota that it would change; else on everything."""
    params = call.params
    resource = "*"
    context = {}
    if isinstance(params, RequestServiceQuotaIncrease | PutServiceQuotaIncreaseRequestIntoTemplate):
        resource = call.arn("servicequotas", f"{params.service_code}/{params.quota_code}")
        context = {"servicequotas:service": params.service_code}
    yield Access(action=f"servicequotas:{call.action}", resources=[resource], context=context)
