"""Bucket policies as documents: read once, and held against a bucket's rules before they are kept.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import msgspec

from backtrail.trail.jsons import is_list, is_object

Json = dict[str, object]

_loads = msgspec.json.Decoder().decode
_ORDER: Final = ("Version", "Id", "Statement")
_STATEMENT_ORDER: Final = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One statement, its one-element lists and its lists made alike. Names of actions are in lower case.

    `others` is set where the principal is a NotPrincipal; `aws`, `services`, `canonical` and `federated` are its parts.
    """

    allow: bool
    others: bool = False
    aws: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    canonical: frozenset[str] = frozenset()
    federated: frozenset[str] = frozenset()
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    conditions: dict[str, dict[str, tuple[str, ...]]] = {}

    def covers(self, action: str, resource: str) -> bool:
        """Whether the statement is about an action on a resource."""
        action = action.lower()
        if self.actions:
            acts = any(matches(pattern, action) for pattern in self.actions)
        else:
            acts = not any(matches(pattern, action) for pattern in self.not_actions)
        if not acts:
            return False
        if self.resources:
            return any(matches(pattern, resource) for pattern in self.resources)
        return not any(matches(pattern, resource) for pattern in self.not_resources)


@lru_cache(maxsize=256)
def statements(policy: str) -> tuple[Statement, ...]:
    """The statements of a policy that a bucket has; none where a recorded one cannot be read."""
    try:
        document: object = _loads(policy)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()
    if not is_object(document):
        return ()
    return tuple(statement_of(found) for found in parts(document.get("Statement")) if is_object(found))


def statement_of(found: Json) -> Statement:
    """A statement as it stands in a document."""
    others = "NotPrincipal" in found
    principal = found.get("NotPrincipal" if others else "Principal")
    kinds: Json = principal if is_object(principal) else {"AWS": principal}
    return Statement(
        allow=found.get("Effect") == "Allow",
        others=others,
        aws=frozenset(texts(kinds.get("AWS"))),
        services=frozenset(texts(kinds.get("Service"))),
        canonical=frozenset(texts(kinds.get("CanonicalUser"))),
        federated=frozenset(texts(kinds.get("Federated"))),
        actions=tuple(text.lower() for text in texts(found.get("Action"))),
        not_actions=tuple(text.lower() for text in texts(found.get("NotAction"))),
        resources=texts(found.get("Resource")),
        not_resources=texts(found.get("NotResource")),
        conditions=_conditions(found.get("Condition")),
    )


def _conditions(found: object) -> dict[str, dict[str, tuple[str, ...]]]:
    if not is_object(found):
        return {}
    return {
        operator: {key: texts(values) for key, values in keys.items()}
        for operator, keys in found.items()
        if is_object(keys)
    }


def parts(value: object) -> list[object]:
    """One or several, as a list."""
    if value is None:
        return []
    return list(value) if is_list(value) else [value]


def texts(value: object) -> tuple[str, ...]:
    """One or several texts; numbers and booleans as JSON writes them."""
    return tuple(_text(part) for part in parts(value))


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern with `*` and `?`."""
    if pattern == "*" or pattern == text:
        return True
    return ("*" in pattern or "?" in pattern) and _pattern(pattern).fullmatch(text) is not None


def written(policy: str) -> str:
    """A policy as S3 gives it back: without spaces, its elements in S3's own order. What is no policy stays."""
    try:
        document: object = _loads(policy)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return policy
    if not is_object(document):
        return policy
    ordered = _ordered(document, _ORDER)
    found = document.get("Statement")
    if is_list(found):
        ordered["Statement"] = [_ordered(one, _STATEMENT_ORDER) if is_object(one) else one for one in found]
    elif is_object(found):
        ordered["Statement"] = _ordered(found, _STATEMENT_ORDER)
    return msgspec.json.encode(ordered).decode()


def _ordered(found: Json, names: tuple[str, ...]) -> Json:
    first = {name: found[name] for name in names if name in found}
    return {**first, **found}
