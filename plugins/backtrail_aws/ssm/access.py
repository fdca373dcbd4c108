"""Which action on which resource a call needs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from backtrail import Access, Call, ResourcePolicy, told
from backtrail.policy import Value
from backtrail_aws.ssm import amazon_documents, api, baselines, names, tags
from backtrail_aws.ssm.state import Ssm, service

_KINDS = {
    "Document": "document",
    "MaintenanceWindow": "maintenancewindow",
    "ManagedInstance": "managed-instance",
    "PatchBaseline": "patchbaseline",
    "OpsItem": "opsitem",
    "OpsMetadata": "opsmetadata",
    "Automation": "automation-execution",
    "Association": "association",
}
_FOR_OTHERS = [
    "ssm:DescribeDocument", "ssm:GetDocument", "ssm:ListDocumentVersions", "ssm:SendCommand", "ssm:StartSession",
]  # fmt: skip
"""documents-ssm-sharing.html: what an account may do with a document that is shared with it."""
_PARAMETERS = (
    "DeleteParameter", "GetParameter", "GetParameterHistory", "LabelParameterVersion", "PutParameter",
    "UnlabelParameterVersion",
)  # fmt: skip
_DOCUMENTS = (
    "CreateDocument", "DeleteDocument", "DescribeDocument", "DescribeDocumentPermission", "GetDocument",
    "ListDocumentVersions", "ModifyDocumentPermission", "UpdateDocument", "UpdateDocumentDefaultVersion",
)  # fmt: skip


@service.authorization
def needs(state: Ssm, call: Call[Any]) -> Iterator[Access]:
    """The action on all that the call names."""
    params = call.params
    resources = list(_resources(call, params))
    given: Any = getattr(params, "tags", None)
    context: dict[str, Value] = {}
    if isinstance(given, list):
        made = tags.plain(cast("list[api.Tag]", given))
        context["aws:TagKeys"] = list(made)
        context |= {f"aws:RequestTag/{key}": value for key, value in made.items()}
    if isinstance(params, api.PutParameter):
        context["ssm:Overwrite"] = "true" if params.overwrite is True else "false"
    if isinstance(params, api.GetParametersByPath):
        context["ssm:Recursive"] = "true" if params.recursive is True else "false"
    # As a real record's denial has it, which names no resource as all of the account's.
    shown = None if resources else call.arn("ssm", "*")
    yield Access(action=f"ssm:{call.action}", resources=resources or ["*"], context=context, shown=shown)


def _resources(call: Call[Any], params: Any) -> Iterator[str]:
    action = call.action
    if action in _PARAMETERS:
        yield _parameter(call, names.split(params.name)[0])
    elif isinstance(params, api.GetParameters | api.DeleteParameters):
        for name in params.names:
            yield _parameter(call, names.split(name)[0])
    elif isinstance(params, api.GetParametersByPath):
        yield _parameter(call, params.path)
    elif isinstance(params, api.DescribeParameters):
        yield call.arn("ssm", "*")
    elif action in _DOCUMENTS:
        yield _document(call, params.name)
    elif isinstance(params, api.SendCommand):
        yield _document(call, params.document_name)
        for instance in params.instance_ids or []:
            yield _instance(call, instance)
    elif isinstance(params, api.StartSession):
        # A real record's denial names the document, also where the request does not.
        yield _document(call, told(params.document_name, "SSM-SessionManagerRunShell"))
        yield _instance(call, params.target)
    elif isinstance(params, api.TerminateSession):
        yield call.arn("ssm", f"session/{params.session_id}")
    else:
        yield from _others(call, params)


def _others(call: Call[Any], params: Any) -> Iterator[str]:
    kind = getattr(params, "resource_type", None)
    identifier = getattr(params, "resource_id", None)
    if isinstance(identifier, str) and kind == "Parameter":
        yield _parameter(call, identifier)
    elif isinstance(identifier, str) and kind in _KINDS:
        yield call.arn("ssm", f"{_KINDS[kind]}/{identifier}")
    window, baseline = getattr(params, "window_id", None), getattr(params, "baseline_id", None)
    if isinstance(window, str):
        yield call.arn("ssm", f"maintenancewindow/{window}")
    if isinstance(baseline, str):
        yield baseline if baseline.startswith("arn:") else call.arn("ssm", f"patchbaseline/{baseline}")
    instance = getattr(params, "instance_id", None)
    if isinstance(instance, str) and call.action in ("PutInventory", "ListInventoryEntries"):
        yield _instance(call, instance)


def _parameter(call: Call[Any], name: str) -> str:
    if name.startswith("/aws/service/"):
        return f"arn:aws:ssm:{call.region}::parameter{name.rstrip('/')}"
    return name if name.startswith("arn:") else names.arn_of(call, name.rstrip("/"))


def _document(call: Call[Any], name: str) -> str:
    if name.startswith("arn:"):
        return name
    account = "" if amazon_documents.is_amazons(name) else None
    return (
        call.arn("ssm", f"document/{name}")
        if account is None
        else f"arn:aws:ssm:{call.region}::document/{name}"
    )


def _instance(call: Call[Any], identifier: str) -> str:
    if identifier.startswith("mi-"):
        return call.arn("ssm", f"managed-instance/{identifier}")
    return call.arn("ec2", f"instance/{identifier}")


@service.policies
def policies_of(state: Ssm, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
    """Whose a resource is, its tags, and with whom a document is shared. AWS's own baselines are everybody's."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[4]:
        return None
    if parts[4] == baselines.AWS:
        return ResourcePolicy(account=call.account)
    kind, _, identifier = parts[5].partition("/")
    known = {value: key for key, value in _KINDS.items()}
    held: dict[str, str] | None = None
    if kind == "parameter":
        found = names.find(state, arn)
        held = found.tags if found is not None else None
    elif kind in known:
        held = tags.find(state, known[kind], identifier)
    document = _shared(state, identifier) if kind == "document" else None
    return ResourcePolicy(account=parts[4], document=document, tags=held or {})


def _shared(state: Ssm, name: str) -> str | None:
    """A document's sharing, as a policy."""
    held = state.documents.get(name)
    if held is None or not held.shared:
        return None
    accounts = ["*" if account == "all" else account for account in held.shared]
    statement = {"Effect": "Allow", "Principal": {"AWS": accounts}, "Action": _FOR_OTHERS, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
