"""The template of an organization: what is asked for in each account that it makes.

https://docs.aws.amazon.com/servicequotas/latest/userguide/organization-templates.html
It is kept and shown; accounts that are made afterwards do not ask by themselves.
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, Params, UnsetType, field
from backtrail_aws.service_quotas import catalogue, errors, limits
from backtrail_aws.service_quotas.api import (
    AssociateServiceQuotaTemplate,
    DeleteServiceQuotaIncreaseRequestFromTemplate,
    DisassociateServiceQuotaTemplate,
    GetAssociationForServiceQuotaTemplate,
    GetAssociationForServiceQuotaTemplateResult,
    GetServiceQuotaIncreaseRequestFromTemplate,
    GetServiceQuotaIncreaseRequestFromTemplateResult,
    ListServiceQuotaIncreaseRequestsInTemplate,
    ListServiceQuotaIncreaseRequestsInTemplateResult,
    PutServiceQuotaIncreaseRequestIntoTemplate,
    PutServiceQuotaIncreaseRequestIntoTemplateResult,
    ServiceQuotaIncreaseRequestInTemplate,
)
from backtrail_aws.service_quotas.listing import paged
from backtrail_aws.service_quotas.state import Quotas, service


class DescribeOrganization(Params):
    """AWS Organizations' question for the caller's organization."""


class Organization(Params):
    """What of its answer matters here."""

    master_account_id: str | UnsetType = field(name="masterAccountId", default=UNSET)


class Described(Params):
    """Its answer."""

    organization: Organization | UnsetType = UNSET


@service.handle
def associate_service_quota_template(state: Quotas, call: Call[AssociateServiceQuotaTemplate]) -> None:
    """The management account lets the organization use its template."""
    _check(call)


@service.project
def template_associated(state: Quotas, event: Event[AssociateServiceQuotaTemplate, None]) -> None:
    """The organization uses the template."""
    state.associated = True


@service.handle
def disassociate_service_quota_template(state: Quotas, call: Call[DisassociateServiceQuotaTemplate]) -> None:
    """The organization is to use its template no longer."""
    _check(call)
    if not state.associated:
        raise errors.template_not_in_use()


@service.project
def template_disassociated(state: Quotas, event: Event[DisassociateServiceQuotaTemplate, None]) -> None:
    """The organization does not use the template."""
    state.associated = False


@service.read
def get_association_for_service_quota_template(
    state: Quotas, call: Call[GetAssociationForServiceQuotaTemplate]
) -> GetAssociationForServiceQuotaTemplateResult:
    """Whether the organization uses its template."""
    _check(call)
    status = "ASSOCIATED" if state.associated else "DISASSOCIATED"
    return GetAssociationForServiceQuotaTemplateResult(service_quota_template_association_status=status)


@service.handle
def put_service_quota_increase_request_into_template(
    state: Quotas, call: Call[PutServiceQuotaIncreaseRequestIntoTemplate]
) -> PutServiceQuotaIncreaseRequestIntoTemplateResult:
    """The entry, in place of the one for the same quota and region."""
    _check(call)
    params = call.params
    quota = catalogue.quota(call, params.service_code, params.quota_code)
    if not quota.adjustable:
        raise errors.not_adjustable(quota.title)
    if _key(params) not in state.template and len(state.template) >= limits.TEMPLATE_MAX:
        raise errors.template_full(limits.TEMPLATE_MAX)
    entry = ServiceQuotaIncreaseRequestInTemplate(
        service_code=quota.owner, service_name=catalogue.name_of(quota.owner), quota_code=quota.code,
        quota_name=quota.title, desired_value=params.desired_value, aws_region=params.aws_region, unit=quota.unit,
        global_quota=quota.everywhere,
    )  # fmt: skip
    return PutServiceQuotaIncreaseRequestIntoTemplateResult(service_quota_increase_request_in_template=entry)


@service.project
def template_entry_put(
    state: Quotas,
    event: Event[
        PutServiceQuotaIncreaseRequestIntoTemplate, PutServiceQuotaIncreaseRequestIntoTemplateResult
    ],
) -> None:
    """The template has the entry."""
    params, entry = event.params, event.result.service_quota_increase_request_in_template
    if isinstance(entry, UnsetType):
        entry = ServiceQuotaIncreaseRequestInTemplate(
            service_code=params.service_code, quota_code=params.quota_code, aws_region=params.aws_region,
            desired_value=params.desired_value,
        )  # fmt: skip
    state.template[_key(params)] = entry


@service.handle
def delete_service_quota_increase_request_from_template(
    state: Quotas, call: Call[DeleteServiceQuotaIncreaseRequestFromTemplate]
) -> None:
    """Refuse an entry that is not there."""
    _check(call)
    if _key(call.params) not in state.template:
        raise errors.no_such_request()


@service.project
def template_entry_deleted(
    state: Quotas, event: Event[DeleteServiceQuotaIncreaseRequestFromTemplate, None]
) -> None:
    """The template has the entry no longer."""
    state.template.pop(_key(event.params), None)


@service.read
def get_service_quota_increase_request_from_template(
    state: Quotas, call: Call[GetServiceQuotaIncreaseRequestFromTemplate]
) -> GetServiceQuotaIncreaseRequestFromTemplateResult:
    """One entry."""
    _check(call)
    entry = state.template.get(_key(call.params))
    if entry is None:
        raise errors.no_such_request()
    return GetServiceQuotaIncreaseRequestFromTemplateResult(service_quota_increase_request_in_template=entry)


@service.read
def list_service_quota_increase_requests_in_template(
    state: Quotas, call: Call[ListServiceQuotaIncreaseRequestsInTemplate]
) -> ListServiceQuotaIncreaseRequestsInTemplateResult:
    """The entries, of one service or region or all."""
    _check(call)
    params = call.params
    wanted = {
        key: one
        for key, one in state.template.items()
        if params.service_code in (UNSET, one.service_code) and params.aws_region in (UNSET, one.aws_region)
    }
    found, more = paged(wanted, params.next_token, params.max_results)
    return ListServiceQuotaIncreaseRequestsInTemplateResult(
        service_quota_increase_request_in_template_list=found, next_token=more
    )


def _check(call: Call[Any]) -> None:
    """Templates are an organization's management account's, in one region. Raises `Refusal`."""
    if call.region != limits.TEMPLATE_REGION:
        raise errors.no_template_here()
    found = call.ask("organizations", DescribeOrganization(), Described)
    if found is None or isinstance(found.organization, UnsetType):
        raise errors.no_organization()
    if found.organization.master_account_id not in (UNSET, call.account):
        raise errors.not_management()


def _key(
    params: PutServiceQuotaIncreaseRequestIntoTemplate | DeleteServiceQuotaIncreaseRequestFromTemplate
    | GetServiceQuotaIncreaseRequestFromTemplate,
) -> str:  # fmt: skip
    return f"{params.aws_region}/{params.service_code}/{params.quota_code}"
