"""Asking for another value of a quota.

AWS looks at each request: it is PENDING, then a case, then granted or not. With the pace `instant` it is decided by the
next call. What AWS never gives is not granted. Unlike AWS, Backtrail also grants less than there is: so does a test
meet a limit that it could not reach otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Event, Quota, UnsetType, state_at, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.service_quotas import catalogue, errors, limits
from backtrail_aws.service_quotas.api import (
    GetRequestedServiceQuotaChange,
    GetRequestedServiceQuotaChangeResult,
    ListRequestedServiceQuotaChangeHistory,
    ListRequestedServiceQuotaChangeHistoryByQuota,
    ListRequestedServiceQuotaChangeHistoryByQuotaResult,
    ListRequestedServiceQuotaChangeHistoryResult,
    RequestedServiceQuotaChange,
    RequestServiceQuotaIncrease,
    RequestServiceQuotaIncreaseResult,
)
from backtrail_aws.service_quotas.listing import paged
from backtrail_aws.service_quotas.state import EVERYWHERE, Change, Quotas, service

_OPEN = ("PENDING", "CASE_OPENED")


class Verdict(msgspec.Struct, frozen=True):
    """Beside a request: the state in which it will end."""

    ends: str


@service.handle
def request_service_quota_increase(
    state: Quotas, call: Call[RequestServiceQuotaIncrease]
) -> Answer[RequestServiceQuotaIncreaseResult]:
    """The request, pending. Refused is what AWS refuses before it looks: the same value, a quota that is fixed."""
    params = call.params
    quota = catalogue.quota(call, params.service_code, params.quota_code)
    if params.context_id is not UNSET:
        raise errors.no_such_context()
    if any(_status(state.changes[one], call) in _OPEN for one in _all(state, call, quota)):
        raise errors.request_open()
    if params.desired_value == current(state, call, quota):
        raise errors.not_another_value()
    if not quota.adjustable and params.desired_value > quota.default:
        raise errors.not_adjustable(quota.title)
    ends = (
        limits.DECLINED if quota.most is not None and params.desired_value > quota.most else limits.APPROVED
    )
    change = RequestedServiceQuotaChange(
        id=call.new_id("hex32") + call.new_id("hex8"),
        service_code=quota.owner,
        service_name=catalogue.name_of(quota.owner),
        quota_code=quota.code,
        quota_name=quota.title,
        desired_value=params.desired_value,
        status="PENDING",
        created=SpacedTime.of(call.time),
        last_updated=SpacedTime.of(call.time),
        requester=msgspec.json.encode(_requester(call)).decode(),
        quota_arn=catalogue.arn_of(call, quota),
        global_quota=quota.everywhere,
        unit=quota.unit,
        quota_requested_at_level="ACCOUNT",
    )
    return Answer(RequestServiceQuotaIncreaseResult(requested_quota=change), note=Verdict(ends))


@service.project
def increase_requested(
    state: Quotas, event: Event[RequestServiceQuotaIncrease, RequestServiceQuotaIncreaseResult]
) -> None:
    """The request is there. Of AWS's own records nobody knows how it ended: it is taken to be granted."""
    params, answer = event.params, event.result.requested_quota
    made = answer if isinstance(answer, RequestedServiceQuotaChange) else RequestedServiceQuotaChange()
    verdict = event.note(Verdict)
    everywhere = told(made.global_quota, False)
    change = Change(
        id=told(made.id, "") or event.new_id("hex32") + event.new_id("hex8"),
        service=params.service_code,
        service_name=told(made.service_name, params.service_code),
        code=params.quota_code,
        name=told(made.quota_name, ""),
        region=EVERYWHERE if everywhere else event.region,
        value=float(params.desired_value),
        unit=told(made.unit, "None"),
        arn=told(made.quota_arn, ""),
        requester=told(made.requester, ""),
        made=event.time,
        ends=verdict.ends if verdict is not None else limits.APPROVED,
    )
    key = f"{len(state.keys):010x}"
    if change.id in state.keys:
        return
    state.keys[change.id] = key
    state.changes[key] = change
    state.of.setdefault(f"{change.region}/{change.service}/{change.code}", []).append(key)


@service.read
def get_requested_service_quota_change(
    state: Quotas, call: Call[GetRequestedServiceQuotaChange]
) -> GetRequestedServiceQuotaChangeResult:
    """A request as it stands."""
    key = state.keys.get(call.params.request_id)
    if key is None:
        raise errors.no_such_request()
    return GetRequestedServiceQuotaChangeResult(requested_quota=_shown(state.changes[key], call))


@service.read
def list_requested_service_quota_change_history(
    state: Quotas, call: Call[ListRequestedServiceQuotaChangeHistory]
) -> ListRequestedServiceQuotaChangeHistoryResult:
    """The requests of this region, the newest first."""
    params = call.params
    if isinstance(params.service_code, str):
        catalogue.quotas(call, params.service_code)
    found, more = _listed(state, call, lambda one: params.service_code in (UNSET, one.service))
    return ListRequestedServiceQuotaChangeHistoryResult(requested_quotas=found, next_token=more)


@service.read
def list_requested_service_quota_change_history_by_quota(
    state: Quotas, call: Call[ListRequestedServiceQuotaChangeHistoryByQuota]
) -> ListRequestedServiceQuotaChangeHistoryByQuotaResult:
    """The requests for one quota, the newest first."""
    params = call.params
    catalogue.quota(call, params.service_code, params.quota_code)
    found, more = _listed(
        state, call, lambda one: (one.service, one.code) == (params.service_code, params.quota_code)
    )
    return ListRequestedServiceQuotaChangeHistoryByQuotaResult(requested_quotas=found, next_token=more)


def value(state: Quotas, call: Call[Any], key: str) -> float | None:
    """What was granted last, at the time of a call; None where nothing was."""
    for one in reversed(state.of.get(key, ())):
        change = state.changes[one]
        if _status(change, call) == limits.APPROVED:
            return change.value
    return None


def current(state: Quotas, call: Call[Any], quota: Quota) -> float:
    """The account's value of a quota."""
    found = value(state, call, catalogue.key_of(quota, call.region))
    return quota.default if found is None else found


def _all(state: Quotas, call: Call[Any], quota: Quota) -> list[str]:
    return state.of.get(catalogue.key_of(quota, call.region), [])


def _status(change: Change, call: Call[Any]) -> str:
    cycle = limits.CYCLES.get(change.ends, limits.CYCLES[limits.APPROVED])
    return state_at(cycle, "PENDING", change.made, call.time, pace=call.pace(change.made))


def _listed(
    state: Quotas, call: Call[Any], wanted: Callable[[Change], bool]
) -> tuple[list[RequestedServiceQuotaChange], str | UnsetType]:
    params = call.params
    newest_first = {
        f"{len(state.changes) - int(key, 16):010x}": _shown(one, call)
        for key, one in state.changes.items()
        if wanted(one) and one.region in (EVERYWHERE, call.region)
    }
    kept = {
        key: one
        for key, one in newest_first.items()
        if params.status in (UNSET, one.status) and params.quota_requested_at_level != "RESOURCE"
    }
    return paged(kept, params.next_token, params.max_results)


def _shown(change: Change, call: Call[Any]) -> RequestedServiceQuotaChange:
    made = SpacedTime.of(change.made)
    return RequestedServiceQuotaChange(
        id=change.id,
        service_code=change.service,
        service_name=change.service_name,
        quota_code=change.code,
        quota_name=change.name,
        desired_value=change.value,
        status=_status(change, call),
        created=made,
        last_updated=made,
        requester=change.requester,
        quota_arn=change.arn,
        global_quota=change.region == EVERYWHERE,
        unit=change.unit,
        quota_requested_at_level="ACCOUNT",
    )


def _requester(call: Call[Any]) -> dict[str, str]:
    identity = call.caller.identity
    return {"accountId": call.account, "callerArn": told(identity.arn, "")}
