"""What a document's content says of it: schema, description, parameters, platforms.

https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-schemas-features.html

JSON is read whole; of YAML the schema and the description alone.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, cast

from backtrail import UNSET, Refusal, UnsetType, told
from backtrail_aws.ssm import api, errors, limits

_SCHEMAS: dict[str, tuple[str, ...]] = {
    "Command": ("1.2", "2.0", "2.2"),
    "Policy": ("2.0", "2.2"),
    "Automation": ("0.3",),
    "Session": ("1.0",),
    "Package": ("2.0",),
}
"""documents-schemas-features.html; types that are not here take any."""
_ALL = ["Windows", "Linux", "MacOS"]
_YAML = re.compile(r"""^(schemaVersion|description)\s*:\s*['"]?(.*?)['"]?\s*$""", re.M)


def check(content: str, form: str, kind: str) -> None:
    """Refuse a content that is no document of its type. Raises `Refusal`."""
    if len(content.encode()) > limits.DOCUMENT_BYTES:
        # evidence: model; words: guess
        raise Refusal("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB.")
    if form not in ("JSON", "YAML", "TEXT"):
        # evidence: guess
        raise errors.validation(f"{form} is not a valid document format.")
    if form == "TEXT" or kind.startswith("ApplicationConfiguration") or kind == "CloudFormation":
        return
    found = read(content, form)
    if found is None:
        # evidence: guess
        raise errors.bad_content(f"{form} not well-formed.")
    version = found.get("schemaVersion")
    if version is None:
        # evidence: guess
        raise errors.bad_content("The document must have a schemaVersion.")
    if kind in _SCHEMAS and str(version) not in _SCHEMAS[kind]:
        # evidence: issue gazoakley/terraform-aws-session-manager-settings#1
        raise Refusal(
            "InvalidDocumentSchemaVersion",
            f"{version} is not a valid schema version for {kind} document type",
        )


def read(content: str, form: str) -> dict[str, Any] | None:
    """The content's members; None where it is none."""
    if form == "YAML" and not content.lstrip().startswith("{"):
        return dict(_YAML.findall(content))
    try:
        found: Any = json.loads(content)
    except ValueError:
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def hash_of(content: str) -> str:
    """SHA-256, as descriptions have it."""
    return hashlib.sha256(content.encode()).hexdigest()


def described(content: str | UnsetType, form: str) -> dict[str, Any]:
    """The members of a description that come out of the content."""
    if isinstance(content, UnsetType):
        return {}
    found = read(content, form) or {}
    return {
        "hash": hash_of(content),
        "hash_type": "Sha256",
        "description": _text(found.get("description")),
        "schema_version": _text(found.get("schemaVersion")),
        "parameters": parameters(found) or UNSET,
        "platform_types": platforms(found),
    }


def _text(value: object) -> str | UnsetType:
    return UNSET if value is None or value == "" else str(value)


def parameters(found: dict[str, Any]) -> list[api.DocumentParameter]:
    """The document's parameters."""
    given: Any = found.get("parameters")
    members = cast("dict[str, Any]", given) if isinstance(given, dict) else {}
    described = {name: cast("dict[str, Any]", one) for name, one in members.items() if isinstance(one, dict)}
    return [
        api.DocumentParameter(
            name=name, type=_text(one.get("type")), description=_text(one.get("description")),
            default_value=_default(one.get("default")),
        )
        for name, one in described.items()
    ]  # fmt: skip


def _default(value: object) -> str | UnsetType:
    if value is None:
        return UNSET
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def platforms(found: dict[str, Any]) -> list[str]:
    """Where the steps can run: shell scripts not on Windows."""
    steps: Any = found.get("mainSteps")
    listed = cast("list[Any]", steps) if isinstance(steps, list) else []
    actions = {cast("dict[str, object]", one).get("action") for one in listed if isinstance(one, dict)}
    if actions == {"aws:runShellScript"}:
        return ["Linux", "MacOS"]
    return list(_ALL)


def unknown_parameters(content: str | UnsetType, form: str | UnsetType, given: list[str]) -> list[str]:
    """Those of a command's parameters that the document does not have; none where its content is not known."""
    if isinstance(content, UnsetType) or told(form, "JSON") != "JSON":
        return []
    found = read(content, "JSON")
    if found is None:
        return []
    names = {told(one.name, "") for one in parameters(found)}
    return [name for name in given if name not in names]
