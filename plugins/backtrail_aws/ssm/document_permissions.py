"""With whom documents are shared.

https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-ssm-sharing.html
"""

from __future__ import annotations

import re

from backtrail import UNSET, Call, Event, Refusal, told
from backtrail_aws.ssm import api, errors, limits
from backtrail_aws.ssm.document_reading import paged
from backtrail_aws.ssm.documents import own
from backtrail_aws.ssm.state import Ssm, service

_ACCOUNT = re.compile(r"all|\d{12}", re.I)


def _check_type(kind: str) -> None:
    if kind != "Share":
        # evidence: model; words: page API_ModifyDocumentPermission
        raise Refusal(
            "InvalidPermissionType", "The permission type is not supported. Share is the only supported type."
        )


@service.handle
def modify_document_permission(state: Ssm, call: Call[api.ModifyDocumentPermission]) -> None:
    """Accounts, or all, are given a document or lose it."""
    params = call.params
    _check_type(params.permission_type)
    document = own(state, params.name)
    added, removed = told(params.account_ids_to_add, []), told(params.account_ids_to_remove, [])
    for account in (*added, *removed):
        if _ACCOUNT.fullmatch(account) is None:
            # evidence: guess
            raise errors.validation(f"Account ID {account} is not valid: it must be 'all' or 12 digits.")
    if len({name.lower() for name in added}) > 1 and "all" in {name.lower() for name in added}:
        # evidence: model; words: guess
        raise Refusal("DocumentPermissionLimit", "Accounts can either be all or a group of AWS accounts")
    if len({*document.shared, *added} - set(removed)) > limits.SHARED_MAX:
        # evidence: model; words: page API_ModifyDocumentPermission
        raise Refusal(
            "DocumentPermissionLimit",
            "The document can't be shared with more AWS accounts. You can specify a maximum of 20 accounts per API "
            "operation to share a private document.",
        )


@service.project
def document_permission_modified(state: Ssm, event: Event[api.ModifyDocumentPermission, None]) -> None:
    """The document is shared with those."""
    params = event.params
    document = state.document(event, params.name)
    for account in told(params.account_ids_to_add, []):
        document.shared[_canonical(account)] = told(params.shared_document_version, "$DEFAULT")
    for account in told(params.account_ids_to_remove, []):
        document.shared.pop(_canonical(account), None)


def _canonical(account: str) -> str:
    return "all" if account.lower() == "all" else account


@service.read
def describe_document_permission(
    state: Ssm, call: Call[api.DescribeDocumentPermission]
) -> api.DescribeDocumentPermissionResult:
    """The accounts that a document is shared with."""
    params = call.params
    _check_type(params.permission_type)
    document = own(state, params.name)
    held = {
        account: api.AccountSharingInfo(account_id=account, shared_document_version=version)
        for account, version in document.shared.items()
    }
    found = paged(held, params.next_token, params.max_results, limits.SHARED_PAGE)
    return api.DescribeDocumentPermissionResult(
        account_ids=[told(one.account_id, "") for one in found.items], account_sharing_info_list=found.items,
        next_token=found.next or UNSET,
    )  # fmt: skip
