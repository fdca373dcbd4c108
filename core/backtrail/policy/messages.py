"""Encoded authorization messages: why a call was denied, in a form that only the account's own log can read.

https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html. What AWS encrypts with a key of
its own is encrypted with the log's here: the key stream and the seal derive from it and from the record's id.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from backtrail.payload import UnsetType
from backtrail.policy.context import Value, values
from backtrail.policy.evaluation import Outcome
from backtrail.policy.words import Denial
from backtrail.record import Identity

Secret = Callable[[str, str, int], bytes]
"""Secret bytes of the log: of a seed, a label and a length."""

_STREAM, _SEAL = "authorization message", "authorization message seal"
_TAG: Final = 16
_NONCE: Final = 36
_MOST: Final = 1 << 20


def encode(secret: Secret, nonce: str, text: str) -> str:
    """A text that `decode` reads again with the same log's key. `nonce` is the record's id."""
    packed = zlib.compress(text.encode(), 9)
    hidden = _mixed(secret, nonce, packed)
    whole = nonce.encode() + _tag(secret, nonce, hidden) + hidden
    return base64.urlsafe_b64encode(whole).decode().rstrip("=")


def decode(secret: Secret, encoded: str) -> str | None:
    """The text of an encoded message; None for what this log never encoded."""
    try:
        whole = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        nonce = whole[:_NONCE].decode("ascii")
    except (ValueError, binascii.Error):
        return None
    tag, hidden = whole[_NONCE : _NONCE + _TAG], whole[_NONCE + _TAG :]
    if len(nonce) < _NONCE or not hmac.compare_digest(tag, _tag(secret, nonce, hidden)):
        return None
    return zlib.decompressobj().decompress(_mixed(secret, nonce, hidden), _MOST).decode()


def _mixed(secret: Secret, nonce: str, data: bytes) -> bytes:
    stream = secret(nonce, _STREAM, len(data))
    return bytes(one ^ other for one, other in zip(data, stream, strict=True))


def _tag(secret: Secret, nonce: str, hidden: bytes) -> bytes:
    return secret(f"{nonce}{hashlib.sha256(hidden).hexdigest()}", _SEAL, _TAG)


def explained(denial: Denial, identity: Identity, resource: str, conditions: Mapping[str, Value]) -> str:
    """Why a call was denied, as the decoded message says it."""
    explicit = denial.decision.outcome is Outcome.EXPLICIT_DENY
    matched: list[dict[str, Any]] = [
        {
            "statementId": match.sid,
            "effect": "ALLOW" if match.allows else "DENY",
            "principals": {"items": [{"value": _text(identity.principal_id)}]},
            "principalGroups": {"items": []},
            "actions": {"items": [{"value": denial.action}]},
            "resources": {"items": [{"value": resource}]},
            "conditions": {"items": []},
        }
        for match in (denial.decision.matches if explicit else ())
    ]
    keys = [
        {"key": key, "values": {"items": [{"value": one} for one in values(value) or ()]}}
        for key, value in conditions.items()
    ]
    principal = {
        "id": _text(identity.principal_id),
        "name": _text(identity.user_name) or denial.principal.rpartition("/")[2],
        "arn": denial.principal,
    }
    told: dict[str, Any] = {
        "allowed": False,
        "explicitDeny": explicit,
        "matchedStatements": {"items": matched},
        "failures": {"items": []},
        "context": {
            "principal": principal,
            "action": denial.action,
            "resource": resource,
            "conditions": {"items": keys},
        },
    }
    return json.dumps(told, separators=(",", ":"))


def _text(value: str | UnsetType | None) -> str:
    return value if isinstance(value, str) else ""
