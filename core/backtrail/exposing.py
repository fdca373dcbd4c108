"""What of an account can be reached or used from outside of it: by everybody, by other accounts, by whoever signs in.

A service declares with `@service.exposes` what of its State is open; `open_to` reads a resource's policy for it. It
tells what a policy lets in, not what another one keeps out again: a condition that narrows is told with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar, cast
from urllib.parse import unquote

import msgspec

from backtrail.payload import UnsetType

F = TypeVar("F", bound=Callable[..., Any])

EVERYBODY: Final = "everybody"


class Exposure(msgspec.Struct, frozen=True, kw_only=True):
    """One way in from outside.

    `resource` is its ARN, `names` what records call it by, `through` what opens it (a policy, a list, a rule), `to`
    whom, `what` to do what. `narrowed` is a condition that lets in fewer, `blocked` what keeps all of them out for now.
    `actions` are the API's names of the calls that may have made it so.
    """

    resource: str
    names: tuple[str, ...]
    through: str
    to: str
    what: str
    actions: tuple[str, ...]
    narrowed: str = ""
    blocked: str = ""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What one statement of a policy lets somebody outside do."""

    to: str
    what: str
    narrowed: str = ""
    sid: str = ""


class Exposing:
    """A service that may declare what of it is open."""

    exposing: Callable[[Any, str, str], Iterable[Exposure]] | None = None

    def exposes(self, fn: F) -> F:
        """Declare what can be reached or used from outside: fn(state, account, region) yields `Exposure`."""
        self.exposing = fn
        return fn


Json = Mapping[str, Any]

_ACCOUNT: Final = re.compile(r"(?:arn:aws[a-z-]*:(?:iam|sts)::)?(\d{12})(?::.*)?")
_IDENTITIES: Final = frozenset(
    {"aws:principalaccount", "aws:sourceaccount", "aws:sourceowner", "kms:calleraccount"}
)
_ARNS: Final = frozenset({"aws:principalarn", "aws:sourcearn"})
_EQUALS: Final = frozenset(
    {"stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike", "numericequals"}
)
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""


def open_to(document: str | UnsetType | None, account: str) -> Iterator[Opening]:
    """Whom outside of an account a resource's policy lets in. A policy that cannot be read lets nobody in."""
    for statement in _statements(document):
        if str(statement.get("Effect")) != "Allow":
            continue
        conditions = dict(_conditions(statement.get("Condition")))
        if any(_is_own(key, values, account) for key, values in conditions.items()):
            continue
        what = _listed(statement.get("Action")) or f"all but {_listed(statement.get('NotAction'))}"
        for to in _outsiders(statement, account):
            yield Opening(to=to, what=what, narrowed=_spoken(conditions), sid=str(statement.get("Sid") or ""))


def _statements(document: str | UnsetType | None) -> list[Json]:
    if not isinstance(document, str) or not document:
        return []
    text = unquote(document) if document.startswith("%7B") else document
    try:
        whole = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return []
    found = cast("Json", whole).get("Statement") if isinstance(whole, dict) else None
    given = cast("list[Any]", found if isinstance(found, list) else [found])
    return [cast("Json", one) for one in given if isinstance(one, dict)]


def _outsiders(statement: Json, account: str) -> Iterator[str]:
    excepted = statement.get("NotPrincipal")
    if excepted is not None:
        yield f"{EVERYBODY} but {_listed([*_names(excepted)])}"
        return
    principal = statement.get("Principal")
    if principal == "*":
        yield EVERYBODY
        return
    if not isinstance(principal, dict):
        return
    for kind, names in cast("dict[str, Any]", principal).items():
        for name in _texts(names):
            found = _outsider(kind, name, account)
            if found is not None:
                yield found


def _outsider(kind: str, name: str, account: str) -> str | None:
    """Somebody outside whom a principal is; None for the account's own, AWS's services, and ids of who is gone."""
    if kind == "AWS":
        if name == "*":
            return EVERYBODY
        named = _ACCOUNT.fullmatch(name)
        return name if named is not None and named[1] != account else None
    if kind == "Federated":
        return f"who signs in at {name.partition('provider/')[2] or name}"
    return f"canonical user {name}" if kind == "CanonicalUser" else None


def _names(principal: Any) -> Iterator[str]:
    if isinstance(principal, dict):
        for names in cast("dict[str, Any]", principal).values():
            yield from _texts(names)
    else:
        yield from _texts(principal)


def _texts(value: Any) -> list[str]:
    given = cast("list[Any]", value if isinstance(value, list) else [value])
    return [str(one) for one in given if one is not None]


def _listed(value: Any) -> str:
    return ", ".join(_texts(value))


def _conditions(given: Any) -> Iterator[tuple[str, tuple[str, list[str]]]]:
    """Each condition key with its operator and values."""
    if not isinstance(given, dict):
        return
    for operator, keys in cast("dict[str, Any]", given).items():
        if isinstance(keys, dict):
            for key, values in cast("dict[str, Any]", keys).items():
                yield key, (operator, _texts(values))


def _is_own(key: str, condition: tuple[str, list[str]], account: str) -> bool:
    """Whether a condition lets in the account's own alone."""
    operator, values = condition
    plain = operator.lower().partition(":")[2] or operator.lower()
    if plain not in _EQUALS or not values:  # with `IfExists` also whoever has no such key
        return False
    if key.lower() in _IDENTITIES:
        return all(value == account for value in values)
    return key.lower() in _ARNS and all(value.split(":")[4:5] == [account] for value in values)


def _spoken(conditions: Mapping[str, tuple[str, list[str]]]) -> str:
    return " and ".join(
        f"{key} {operator} {_listed(values)}" for key, (operator, values) in conditions.items()
    )


def by_policy(
    document: str | UnsetType | None, account: str, *, resource: str, names: tuple[str, ...], through: str,
    actions: tuple[str, ...], blocked: str = "",
) -> Iterator[Exposure]:  # fmt: skip
    """The exposures of a resource by its policy."""
    for one in open_to(document, account):
        said = f"{through}, statement {one.sid}" if one.sid else through
        everybody = one.to.startswith(EVERYBODY)
        yield Exposure(
            resource=resource, names=names, through=said, to=one.to, what=one.what, actions=actions,
            narrowed=one.narrowed, blocked=blocked if everybody else "",
        )  # fmt: skip


__all__ = ["EVERYBODY", "Exposing", "Exposure", "Opening", "by_policy", "open_to"]
