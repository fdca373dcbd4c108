"""What an organization's accounts used of what its control policies let them, and the management of members' roots.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed-view-data-orgs.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import UNSET, Call, Event, Params, UnsetType, field, told
from backtrail.call import LastUse
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, errors, grants, uses
from backtrail_aws.iam.listing import ends, listed
from backtrail_aws.iam.state import Iam, Job, service

SESSIONS, CREDENTIALS = "RootSessions", "RootCredentialsManagement"


class ListAccounts(Params):
    """What Organizations is asked."""

    next_token: str | UnsetType = field(name="nextToken", default=UNSET)


class _Account(Params):
    id: str


class ListAccountsResult(Params):
    """What Organizations answers."""

    accounts: list[_Account]
    next_token: str | UnsetType = field(name="nextToken", default=UNSET)


@service.read
def generate_organizations_access_report(
    state: Iam, call: Call[api.GenerateOrganizationsAccessReport]
) -> api.GenerateOrganizationsAccessReportResult:
    """Begin a report on a root, a unit or an account of the organization that the caller manages."""
    _managed(call)
    if not list(_accounts(call, call.params.entity_path)):
        # evidence: model (ReportGenerationLimitExceeded is the only error); words: guess
        raise errors.invalid_input(f"Invalid entity path: {call.params.entity_path}")
    return api.GenerateOrganizationsAccessReportResult(job_id=call.new_id("uuid", "job"))


@service.project
def access_report_begun(
    state: Iam,
    event: Event[api.GenerateOrganizationsAccessReport, api.GenerateOrganizationsAccessReportResult],
) -> None:
    """There is this report."""
    job = told(event.result.job_id, event.new_id("uuid", "job"))
    state.jobs[job] = Job(about=event.params.entity_path, level="", begun=SpacedTime.of(event.time))


@service.read
def get_organizations_access_report(
    state: Iam, call: Call[api.GetOrganizationsAccessReport]
) -> api.GetOrganizationsAccessReportResult:
    """When each service that the control policies leave open was used last, and in which account."""
    job = state.jobs.get(call.params.job_id)
    if job is None or job.level:
        # evidence: model; words: guess
        raise errors.no_such_entity(f"Job {call.params.job_id} for account {call.account} is not found.")
    rows = {detail.service_namespace: detail for detail in _details(call, job.about)}
    unused = sum(one.last_authenticated_time is UNSET for one in rows.values())
    page = listed(rows, call.params)
    return api.GetOrganizationsAccessReportResult(
        job_status="COMPLETED",
        job_creation_date=job.begun,
        job_completion_date=job.begun,
        number_of_services_accessible=len(rows),
        number_of_services_not_accessed=unused,
        access_details=page.items,
        **ends(page),
    )


def _details(call: Call[Any], path: str) -> Iterator[api.AccessDetail]:
    used: dict[str, tuple[str, LastUse]] = {}
    entities: dict[str, int] = {}
    accounts = list(_accounts(call, path))
    for account in accounts:
        for prefix, actions in uses.by_service(call.accessed(account), call.time).items():
            last = max(actions.values(), key=lambda use: use.time)
            entities[prefix] = entities.get(prefix, 0) + 1
            if prefix not in used or last.time > used[prefix][1].time:
                used[prefix] = (f"{_path_of(call, account)}", last)
    for prefix in sorted(_open(call, accounts)):
        where, last_use = used.get(prefix, ("", None))
        yield api.AccessDetail(
            service_name=grants.services().get(prefix, prefix),
            service_namespace=prefix,
            region=UNSET if last_use is None else last_use.region,
            entity_path=where or UNSET,
            last_authenticated_time=UNSET if last_use is None else SpacedTime.of(last_use.time),
            total_authenticated_entities=entities.get(prefix, 0),
        )


def _open(call: Call[Any], accounts: list[str]) -> set[str]:
    """The services that an SCP allows at every level, in one account at least."""
    found: set[str] = set()
    for account in accounts:
        controls = call.controls(account)
        here = set(grants.services())
        for level in controls.scps if controls is not None else ():
            here &= {
                prefix
                for one in level
                if isinstance(one.document, str)
                for prefix in grants.opened(one.document)
            }
        found |= here
    return found


def _accounts(call: Call[Any], path: str) -> Iterator[str]:
    """The accounts in or under an entity's path."""
    token: str | UnsetType = UNSET
    while True:
        found = call.ask("organizations", ListAccounts(next_token=token), ListAccountsResult)
        if found is None:
            return
        for account in found.accounts:
            if f"{_path_of(call, account.id)}/".startswith(f"{path.rstrip('/')}/"):
                yield account.id
        if isinstance(found.next_token, UnsetType):
            return
        token = found.next_token


def _path_of(call: Call[Any], account: str) -> str:
    controls = call.controls(account)
    return f"{controls.path}{account}" if controls is not None else account


def _managed(call: Call[Any]) -> str:
    """The id of the organization that the caller manages. Raises `Refusal`."""
    controls = call.controls(call.account)
    if controls is None:
        raise errors.no_organization()
    if controls.manager != call.account:
        raise errors.not_the_manager()
    return controls.organization


# the roots of member accounts


@service.read
def list_organizations_features(
    state: Iam, call: Call[api.ListOrganizationsFeatures]
) -> api.ListOrganizationsFeaturesResult:
    """What is enabled of the management of members' roots."""
    return api.ListOrganizationsFeaturesResult(
        organization_id=_managed(call), enabled_features=sorted(state.root_features)
    )


@service.handle
def enable_organizations_root_sessions(
    state: Iam, call: Call[api.EnableOrganizationsRootSessions]
) -> api.EnableOrganizationsRootSessionsResult:
    """Let the management account open privileged sessions in members."""
    return api.EnableOrganizationsRootSessionsResult(
        organization_id=_managed(call), enabled_features=sorted({*state.root_features, SESSIONS})
    )


@service.project
def root_sessions_enabled(
    state: Iam,
    event: Event[api.EnableOrganizationsRootSessions, api.EnableOrganizationsRootSessionsResult],
) -> None:
    """Such sessions may be opened."""
    _set(state, SESSIONS, on=True)


@service.handle
def disable_organizations_root_sessions(
    state: Iam, call: Call[api.DisableOrganizationsRootSessions]
) -> api.DisableOrganizationsRootSessionsResult:
    """Let the management account open no such sessions any more."""
    return api.DisableOrganizationsRootSessionsResult(
        organization_id=_managed(call), enabled_features=sorted({*state.root_features} - {SESSIONS})
    )


@service.project
def root_sessions_disabled(
    state: Iam,
    event: Event[api.DisableOrganizationsRootSessions, api.DisableOrganizationsRootSessionsResult],
) -> None:
    """Such sessions may not be opened."""
    _set(state, SESSIONS, on=False)


@service.handle
def enable_organizations_root_credentials_management(
    state: Iam, call: Call[api.EnableOrganizationsRootCredentialsManagement]
) -> api.EnableOrganizationsRootCredentialsManagementResult:
    """Let the management account manage the credentials of members' roots."""
    return api.EnableOrganizationsRootCredentialsManagementResult(
        organization_id=_managed(call), enabled_features=sorted({*state.root_features, CREDENTIALS})
    )


@service.project
def root_credentials_enabled(
    state: Iam,
    event: Event[
        api.EnableOrganizationsRootCredentialsManagement,
        api.EnableOrganizationsRootCredentialsManagementResult,
    ],
) -> None:
    """It may manage them."""
    _set(state, CREDENTIALS, on=True)


@service.handle
def disable_organizations_root_credentials_management(
    state: Iam, call: Call[api.DisableOrganizationsRootCredentialsManagement]
) -> api.DisableOrganizationsRootCredentialsManagementResult:
    """Let the management account manage the credentials of members' roots no more."""
    return api.DisableOrganizationsRootCredentialsManagementResult(
        organization_id=_managed(call), enabled_features=sorted({*state.root_features} - {CREDENTIALS})
    )


@service.project
def root_credentials_disabled(
    state: Iam,
    event: Event[
        api.DisableOrganizationsRootCredentialsManagement,
        api.DisableOrganizationsRootCredentialsManagementResult,
    ],
) -> None:
    """It may not manage them."""
    _set(state, CREDENTIALS, on=False)


def _set(state: Iam, feature: str, *, on: bool) -> None:
    left = [one for one in state.root_features if one != feature]
    state.root_features = sorted([*left, feature]) if on else left
