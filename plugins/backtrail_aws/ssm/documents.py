"""Documents: made, changed, deleted, and which version is the default.

https://docs.aws.amazon.com/systems-manager/latest/userguide/documents.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ssm import amazon_documents, api, document_content, errors, limits, tags
from backtrail_aws.ssm.parameters import time
from backtrail_aws.ssm.state import Document, DocumentVersion, Ssm, service

LATEST, DEFAULT = "$LATEST", "$DEFAULT"


# finding


def find(state: Ssm, call: Call[Any], name: str) -> Document | None:
    """The document of a name; by ARN also one that another account shares; also Amazon's own."""
    found = state.documents.get(name)
    if found is not None:
        return found
    if not name.startswith("arn:"):
        return amazon_documents.known().get(name)
    parts = name.split(":", 5)
    if len(parts) < 6 or not parts[5].startswith("document/"):
        return None
    short, owner = parts[5].removeprefix("document/"), parts[4]
    if not owner:
        return amazon_documents.known().get(short)
    if owner == call.account:
        return state.documents.get(short)
    held = call.own(service, owner, call.region).documents.get(short)
    return held if held is not None and ("all" in held.shared or call.account in held.shared) else None


def required(state: Ssm, call: Call[Any], name: str) -> Document:
    """The same. Raises `Refusal`."""
    found = find(state, call, name)
    if found is None:
        raise errors.no_document(name)
    return found


def own(state: Ssm, name: str) -> Document:
    """A document that the account may change. Raises `Refusal`."""
    found = state.documents.get(name)
    if found is None:
        raise errors.no_document(name)
    return found


def chosen(document: Document, number: str | UnsetType, name: str | UnsetType = UNSET) -> DocumentVersion:
    """The version that a request means: the default one where it says nothing. Raises `Refusal`."""
    if isinstance(name, str):
        for version in document.versions.values():
            if version.name == name:
                return version
        raise errors.no_document_version()
    wanted = told(number, DEFAULT)
    wanted = {LATEST: document.latest(), DEFAULT: document.default}.get(wanted, wanted)
    found = document.versions.get(wanted)
    if found is None:
        if not document.versions and wanted == document.default:
            return DocumentVersion(number=wanted)  # an inferred one
        raise errors.no_document_version()
    return found


def described(
    document: Document, version: DocumentVersion, status: str = "Active"
) -> api.DocumentDescription:
    """A version as descriptions show it."""
    form = told(version.format, "JSON")
    read = document_content.described(version.content, form)
    return api.DocumentDescription(
        **read, name=document.name, display_name=version.display_name, version_name=version.name, owner=document.owner,
        created_date=time(version.made), status=status, document_version=version.number,
        document_type=told(document.type, "Command"), latest_version=document.latest(),
        default_version=document.default, document_format=form, target_type=version.target_type,
        tags=tags.shown(document.tags), requires=version.requires,
        attachments_information=[api.AttachmentInformation(name=one) for one in version.attachments] or UNSET,
    )  # fmt: skip


# create


@service.handle
def create_document(state: Ssm, call: Call[api.CreateDocument]) -> api.CreateDocumentResult:
    """A document with one version, which is the default."""
    params = call.params
    if params.name.lower().startswith(("aws-", "amazon", "amzn")):
        # evidence: page API_CreateDocument (the rule); words: guess
        raise errors.validation(
            f"Document name {params.name} is not valid: it begins with a reserved prefix."
        )
    if params.name in state.documents:
        raise errors.document_exists(params.name)
    if len(state.documents) >= call.quota("documents", limits.DOCUMENTS_MAX):
        # evidence: model; words: guess
        raise Refusal("DocumentLimitExceeded", "You can have at most 500 active SSM documents.")
    document_content.check(
        params.content, told(params.document_format, "JSON"), told(params.document_type, "Command")
    )
    tags.check(told(params.tags, []), {})
    made = _made(params, call.account, call.time)
    described_as = described(made, made.versions["1"], "Creating")
    return api.CreateDocumentResult(document_description=described_as)


def _made(params: api.CreateDocument, owner: str, at: datetime) -> Document:
    version = DocumentVersion(
        number="1", content=params.content, format=told(params.document_format, "JSON"), made=at,
        name=params.version_name, display_name=params.display_name, target_type=params.target_type,
        requires=params.requires, attachments=_attached(params.attachments),
    )  # fmt: skip
    return Document(
        name=params.name, arn="", owner=owner, type=told(params.document_type, "Command"), versions={"1": version},
        tags=tags.plain(told(params.tags, [])),
    )  # fmt: skip


def _attached(given: list[api.AttachmentsSource] | UnsetType) -> list[str]:
    return [told(one.name, "") for one in told(given, []) if told(one.name, "")]


@service.project
def document_created(state: Ssm, event: Event[api.CreateDocument, api.CreateDocumentResult]) -> None:
    """The document is there."""
    made = _made(event.params, event.account, event.time)
    made.arn = event.arn("ssm", f"document/{made.name}")
    state.documents[made.name] = made


# update


@service.handle
def update_document(state: Ssm, call: Call[api.UpdateDocument]) -> api.UpdateDocumentResult:
    """A further version, which is not the default."""
    params = call.params
    document = own(state, params.name)
    base = chosen(document, told(params.document_version, LATEST))
    if base.number != document.latest():
        # evidence: model; words: guess
        raise Refusal(
            "InvalidDocumentVersion", "The document version must be the latest version to be updated."
        )
    document_content.check(
        params.content,
        told(params.document_format, told(base.format, "JSON")),
        told(document.type, "Command"),
    )
    for version in document.versions.values():
        if version.content == params.content:
            # evidence: model; words: page API_UpdateDocument
            raise Refusal(
                "DuplicateDocumentContent",
                "The content of the association document matches another document. Change the content of the document "
                "and try again.",
            )
        if isinstance(params.version_name, str) and version.name == params.version_name:
            # evidence: model; words: page API_UpdateDocument
            raise Refusal(
                "DuplicateDocumentVersionName",
                "The version name has already been used in this document. Specify a different version name, and then "
                "try again.",
            )
    if len(document.versions) >= limits.DOCUMENT_VERSIONS_MAX:
        # evidence: model; words: page API_UpdateDocument
        raise Refusal("DocumentVersionLimitExceeded", "The document has too many versions.")
    made = _next(document, params, call.time)
    shown = described(document, made, "Updating")
    return api.UpdateDocumentResult(document_description=shown)


def _next(document: Document, params: api.UpdateDocument, at: datetime) -> DocumentVersion:
    latest = document.versions.get(document.latest())
    number = str(int(document.latest()) + 1) if latest is not None else "2"
    return DocumentVersion(
        number=number, content=params.content, made=at, name=params.version_name,
        format=told(params.document_format, latest.format if latest else UNSET), display_name=params.display_name,
        target_type=told(params.target_type, latest.target_type if latest else UNSET),
        requires=latest.requires if latest else UNSET, attachments=_attached(params.attachments),
    )  # fmt: skip


@service.project
def document_updated(state: Ssm, event: Event[api.UpdateDocument, api.UpdateDocumentResult]) -> None:
    """The document has one version more."""
    document = state.document(event, event.params.name)
    made = _next(document, event.params, event.time)
    told_of = told(event.result.document_description, api.DocumentDescription())
    number = told(told_of.document_version, made.number)
    if number.isdigit():
        made.number = number
    document.versions[made.number] = made


@service.handle
def update_document_default_version(
    state: Ssm, call: Call[api.UpdateDocumentDefaultVersion]
) -> api.UpdateDocumentDefaultVersionResult:
    """Another version is what a name alone means."""
    document = own(state, call.params.name)
    version = chosen(document, call.params.document_version)
    return api.UpdateDocumentDefaultVersionResult(
        description=api.DocumentDefaultVersionDescription(
            name=document.name, default_version=version.number, default_version_name=version.name
        )
    )


@service.project
def document_default_version_updated(
    state: Ssm, event: Event[api.UpdateDocumentDefaultVersion, api.UpdateDocumentDefaultVersionResult]
) -> None:
    """The default is another one."""
    document = state.document(event, event.params.name)
    wanted = event.params.document_version
    wanted = document.latest() if wanted == LATEST else wanted
    if wanted.isdigit():
        document.versions.setdefault(wanted, DocumentVersion(number=wanted))
        document.default = wanted


# delete


@service.handle
def delete_document(state: Ssm, call: Call[api.DeleteDocument]) -> None:
    """The document, or one version that is not the default; not while it is shared."""
    params = call.params
    document = own(state, params.name)
    if isinstance(params.document_version, str) or isinstance(params.version_name, str):
        version = chosen(document, params.document_version, params.version_name)
        if version.number == document.default:
            # evidence: model; words: guess
            raise Refusal("InvalidDocumentOperation", "Default version of the document can't be deleted.")
        return
    if document.shared:
        # evidence: model; words: page API_DeleteDocument
        raise Refusal(
            "InvalidDocumentOperation",
            "You attempted to delete a document while it is still shared. You must stop sharing the document before "
            "you can delete it.",
        )


@service.project
def document_deleted(state: Ssm, event: Event[api.DeleteDocument, None]) -> None:
    """The document, or the version, is gone."""
    params = event.params
    document = state.documents.get(params.name)
    if not (isinstance(params.document_version, str) or isinstance(params.version_name, str)):
        state.documents.pop(params.name, None)
    elif document is not None:
        for number, version in list(document.versions.items()):
            if params.document_version in (number, LATEST if number == document.latest() else number) or (
                isinstance(params.version_name, str) and version.name == params.version_name
            ):
                del document.versions[number]
