"""Reading quotas: what AWS gives everybody, and what an account has of its own."""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Quota
from backtrail_aws.service_quotas import catalogue, changes, errors
from backtrail_aws.service_quotas.api import (
    GetAWSDefaultServiceQuota,
    GetAWSDefaultServiceQuotaResult,
    GetServiceQuota,
    GetServiceQuotaResult,
    ListAWSDefaultServiceQuotas,
    ListAWSDefaultServiceQuotasResult,
    ListServiceQuotas,
    ListServiceQuotasResult,
    ListServices,
    ListServicesResult,
    QuotaPeriod,
    ServiceQuota,
)
from backtrail_aws.service_quotas.listing import paged
from backtrail_aws.service_quotas.state import Quotas, service


@service.read
def list_services(state: Quotas, call: Call[ListServices]) -> ListServicesResult:
    """The services whose quotas are listed."""
    named = {str(one.service_code): one for one in catalogue.services(call)}
    found, more = paged(named, call.params.next_token, call.params.max_results)
    return ListServicesResult(services=found, next_token=more)


@service.read
def list_service_quotas(state: Quotas, call: Call[ListServiceQuotas]) -> ListServiceQuotasResult:
    """An account's quotas of a service. None is set for single resources."""
    params = call.params
    wanted = {
        code: one
        for code, one in catalogue.quotas(call, params.service_code).items()
        if params.quota_code in (UNSET, code) and params.quota_applied_at_level != "RESOURCE"
    }
    found, more = paged(wanted, params.next_token, params.max_results)
    return ListServiceQuotasResult(quotas=[shown(state, call, one) for one in found], next_token=more)


@service.read
def get_service_quota(state: Quotas, call: Call[GetServiceQuota]) -> GetServiceQuotaResult:
    """An account's value of a quota."""
    quota = catalogue.quota(call, call.params.service_code, call.params.quota_code)
    if call.params.context_id is not UNSET:
        raise errors.no_such_context()
    return GetServiceQuotaResult(quota=shown(state, call, quota))


@service.read
def list_aws_default_service_quotas(
    state: Quotas, call: Call[ListAWSDefaultServiceQuotas]
) -> ListAWSDefaultServiceQuotasResult:
    """What AWS gives everybody of a service."""
    every = catalogue.quotas(call, call.params.service_code)
    found, more = paged(every, call.params.next_token, call.params.max_results)
    return ListAWSDefaultServiceQuotasResult(quotas=[default(call, one) for one in found], next_token=more)


@service.read
def get_aws_default_service_quota(
    state: Quotas, call: Call[GetAWSDefaultServiceQuota]
) -> GetAWSDefaultServiceQuotaResult:
    """What AWS gives everybody."""
    quota = catalogue.quota(call, call.params.service_code, call.params.quota_code)
    return GetAWSDefaultServiceQuotaResult(quota=default(call, quota))


@service.grants
def granted(state: Quotas, call: Call[Any], quota: Quota) -> float | None:
    """What an account was granted of a quota at the time of a call; None for the default."""
    return changes.value(state, call, catalogue.key_of(quota, call.region))


def shown(state: Quotas, call: Call[Any], quota: Quota) -> ServiceQuota:
    """A quota as the account has it."""
    return _shown(call, quota, changes.current(state, call, quota), call.account)


def default(call: Call[Any], quota: Quota) -> ServiceQuota:
    """A quota as AWS gives it to everybody: its ARN names no account."""
    return _shown(call, quota, quota.default, "")


def _shown(call: Call[Any], quota: Quota, value: float, account: str) -> ServiceQuota:
    return ServiceQuota(
        service_code=quota.owner,
        service_name=catalogue.name_of(quota.owner),
        quota_arn=catalogue.arn_of(call, quota, account),
        quota_code=quota.code,
        quota_name=quota.title,
        value=float(value),
        unit=quota.unit,
        adjustable=quota.adjustable,
        global_quota=quota.everywhere,
        period=QuotaPeriod(period_value=1, period_unit=quota.period) if quota.period else UNSET,
        quota_applied_at_level="ACCOUNT",
        description=quota.what or UNSET,
    )
