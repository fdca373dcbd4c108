"""Documents read and listed.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DocumentKeyValuesFilter.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from backtrail import UNSET, BadToken, Call, Page, UnsetType, page, told
from backtrail_aws.ssm import amazon_documents, api, document_content, errors, limits, tags
from backtrail_aws.ssm.documents import chosen, described, required
from backtrail_aws.ssm.parameters import time
from backtrail_aws.ssm.state import Document, DocumentVersion, Ssm, service

V = TypeVar("V")


@service.read
def get_document(state: Ssm, call: Call[api.GetDocument]) -> api.GetDocumentResult:
    """The content of the default version, or of another one. YAML is not turned into JSON."""
    params = call.params
    document = required(state, call, params.name)
    version = chosen(document, params.document_version, params.version_name)
    return api.GetDocumentResult(
        name=document.name, created_date=time(version.made), display_name=version.display_name,
        version_name=version.name, document_version=version.number, status="Active", content=version.content,
        document_type=told(document.type, "Command"), document_format=told(version.format, "JSON"),
        requires=version.requires,
    )  # fmt: skip


@service.read
def describe_document(state: Ssm, call: Call[api.DescribeDocument]) -> api.DescribeDocumentResult:
    """All but the content."""
    params = call.params
    document = required(state, call, params.name)
    version = chosen(document, params.document_version, params.version_name)
    return api.DescribeDocumentResult(document=described(document, version))


@service.read
def list_document_versions(
    state: Ssm, call: Call[api.ListDocumentVersions]
) -> api.ListDocumentVersionsResult:
    """All versions, newest first."""
    document = required(state, call, call.params.name)
    versions = sorted(document.versions.values(), key=lambda one: -int(one.number))
    held = {f"{index:06d}": one for index, one in enumerate(versions)}
    found = paged(held, call.params.next_token, call.params.max_results, limits.DOCUMENT_PAGE)
    return api.ListDocumentVersionsResult(
        document_versions=[_version(document, one) for one in found.items], next_token=found.next or UNSET
    )


def _version(document: Document, one: DocumentVersion) -> api.DocumentVersionInfo:
    return api.DocumentVersionInfo(
        name=document.name, display_name=one.display_name, document_version=one.number, version_name=one.name,
        created_date=time(one.made), is_default_version=one.number == document.default,
        document_format=told(one.format, "JSON"), status="Active",
    )  # fmt: skip


def paged(
    held: Mapping[str, V], token: str | UnsetType, most: int | UnsetType, default: int,
    keep: Callable[[V], bool] | None = None,
) -> Page[V]:  # fmt: skip
    """A page of a list, with AWS's refusal of a bad token."""
    try:
        return page(held, told(token, "") or None, told(most, default), keep=keep)
    except BadToken as error:
        raise errors.bad_token() from error


# list


@service.read
def list_documents(state: Ssm, call: Call[api.ListDocuments]) -> api.ListDocumentsResult:
    """The account's documents and Amazon's, that all filters keep."""
    params = call.params
    filters = [(told(one.key, ""), told(one.values, [])) for one in told(params.filters, [])]
    filters += [(one.key, [one.value]) for one in told(params.document_filter_list, [])]
    held = {**amazon_documents.known(), **state.documents}
    tests = [_test(key, values, call.account) for key, values in filters]
    found = paged(
        held,
        params.next_token,
        params.max_results,
        limits.DOCUMENT_PAGE,
        lambda one: all(test(one) for test in tests),
    )
    return api.ListDocumentsResult(
        document_identifiers=[_identifier(one) for one in found.items], next_token=found.next or UNSET
    )


def _identifier(document: Document) -> api.DocumentIdentifier:
    version = chosen(document, UNSET)
    read = document_content.described(version.content, told(version.format, "JSON"))
    return api.DocumentIdentifier(
        name=document.name, created_date=time(version.made), display_name=version.display_name, owner=document.owner,
        version_name=version.name, platform_types=read.get("platform_types", UNSET), document_version=version.number,
        document_type=told(document.type, "Command"), schema_version=read.get("schema_version", UNSET),
        document_format=told(version.format, "JSON"), target_type=version.target_type, tags=tags.shown(document.tags),
        requires=version.requires,
    )  # fmt: skip


def _test(key: str, values: Sequence[str], account: str) -> Callable[[Document], bool]:
    lowered = [value.lower() for value in values]
    if key.lower() == "owner":
        return lambda one: any(_owned(one, value, account) for value in lowered)
    if key.startswith("tag:"):
        name = key.removeprefix("tag:")
        return lambda one: one.tags.get(name) in values
    reads: dict[str, Callable[[Document], Sequence[str]]] = {
        "DocumentType": lambda one: [told(one.type, "Command")],
        "PlatformTypes": lambda one: told(_identifier(one).platform_types, []),
        "TargetType": lambda one: [told(chosen(one, UNSET).target_type, "")],
    }
    if key in ("Name", "SearchKeyword"):
        return lambda one: any(one.name.lower().startswith(value) for value in lowered)
    if key not in reads:
        # evidence: model; words: guess
        raise errors.bad_filter(f"The filter key {key} is not valid.")
    read = reads[key]
    return lambda one: any(text.lower() in lowered for text in read(one))


def _owned(document: Document, value: str, account: str) -> bool:
    return {
        "self": document.owner == account,
        "private": document.owner == account and not document.shared,
        "amazon": document.owner == amazon_documents.OWNER,
        "public": document.owner == amazon_documents.OWNER or "all" in document.shared,
        "all": True,
    }.get(value, document.owner.lower() == value)
