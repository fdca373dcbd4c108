"""Policy documents, read once and compiled into what a request is held against.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html. Whether a document may be put where
it is was checked when it was put there; here only what cannot be evaluated is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import msgspec

from backtrail.policy import conditions, principals
from backtrail.policy.errors import BadPolicy
from backtrail.policy.patterns import Context, Matcher, Template, fill, marked, matcher, one_of, parse
from backtrail.policy.principals import Grant, Principal, Principals, Who
from backtrail.trail.jsons import is_list, is_object

Json = dict[str, object]
Covers = Callable[[str, Context], bool]
"""Whether a resource is one of a statement's."""

_VARIABLES_SINCE: Final = "2012-10-17"
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html"""
_ACTIONS_KEPT: Final = 512

_loads = msgspec.json.Decoder().decode


class Statement:
    """One statement of a document; `index` counts from 0. `named` says whether it has a (Not)Principal at all."""

    __slots__ = ("_acts", "_others", "_principals", "allows", "covers", "holds", "index", "sid")

    def __init__(self, found: Json, index: int, *, variables: bool) -> None:
        effect = found.get("Effect")
        if effect not in ("Allow", "Deny"):
            raise BadPolicy(f"statement {index}: an effect must be Allow or Deny")
        self.allows: Final = effect == "Allow"
        self.index: Final = index
        sid = found.get("Sid")
        self.sid: Final = sid if isinstance(sid, str) else ""
        self._acts = _acts(found)
        self.covers: Final = _covers(found, variables=variables)
        self.holds: Final = conditions.compiled(_conditions(found.get("Condition")), variables=variables)
        self._others = "NotPrincipal" in found
        element = found.get("NotPrincipal" if self._others else "Principal")
        self._principals: Principals | None = None if element is None else principals.parsed(element)

    @property
    def named(self) -> bool:
        """Whether the statement names principals, as those of resource policies do."""
        return self._principals is not None

    def about(self, action: str) -> bool:
        """Whether an action (in small letters) is one of the statement's."""
        return self._acts(action)

    def reaches(self, principal: Principal, *, bounded: bool) -> Grant:
        """How near the statement's principal comes to a caller. `bounded` callers have a permissions boundary.

        NotPrincipal in a Deny never excepts these:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
        """
        if self._principals is None:
            return Grant.NONE
        if not self._others:
            return self._principals.grant(principal)
        if bounded and not self.allows and principal.who in (Who.USER, Who.ROLE):
            return Grant.DIRECT
        return Grant.NONE if self._principals.excepts(principal) else Grant.DIRECT

    def applies(self, context: Context) -> bool:
        """Whether all conditions hold."""
        for holds in self.holds:  # noqa: SIM110 (a generator costs more than most conditions)
            if not holds(context):
                return False
        return True


class Document:
    """A policy's statements. Which of them are about an action is found once per action."""

    __slots__ = ("_about", "statements", "version")

    def __init__(self, document: Json) -> None:
        version = document.get("Version", "2008-10-17")
        self.version: Final = str(version)
        variables = version == _VARIABLES_SINCE
        self.statements: Final = tuple(
            Statement(_object(found), index, variables=variables)
            for index, found in enumerate(_list(document.get("Statement")))
        )
        self._about: dict[str, tuple[Statement, ...]] = {}

    def about(self, action: str) -> tuple[Statement, ...]:
        """The statements about an action."""
        found = self._about.get(action)
        if found is None:
            lowered = action.lower()
            found = tuple(statement for statement in self.statements if statement.about(lowered))
            if len(self._about) >= _ACTIONS_KEPT:
                self._about.clear()
            self._about[action] = found
        return found


@lru_cache(maxsize=4096)
def document(text: str) -> Document:
    """A policy from its text. Raises `BadPolicy`."""
    try:
        found: object = _loads(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise BadPolicy("a policy is no JSON") from error
    return Document(_object(found))


def _acts(found: Json) -> Matcher:
    """Names of actions are the same in capitals and small letters."""
    named = "Action" in found
    patterns = [text.lower() for text in _texts(found.get("Action" if named else "NotAction"))]
    match = one_of([matcher(marked(pattern)) for pattern in patterns])
    if named:
        return match
    if "NotAction" not in found:
        raise BadPolicy("a statement names no actions")
    return lambda action: not match(action)


def _covers(found: Json, *, variables: bool) -> Covers:
    """A statement without resources is about the resource that it is attached to (a role's trust policy)."""
    if "Resource" not in found and "NotResource" not in found:
        return lambda resource, context: True
    named = "Resource" in found
    parsed = [
        parse(text, wild=True, variables=variables)
        for text in _texts(found.get("Resource" if named else "NotResource"))
    ]
    fixed = [matcher(pattern) for pattern in parsed if isinstance(pattern, str)]
    templates = [pattern for pattern in parsed if not isinstance(pattern, str)]
    match = one_of(fixed)
    if not templates:
        return (
            (lambda resource, context: match(resource))
            if named
            else (lambda resource, context: not match(resource))
        )
    return _named(match, templates) if named else _not_named(match, templates)


def _named(match: Matcher, templates: list[Template]) -> Covers:
    """A variable without a value names nothing."""

    def covers(resource: str, context: Context) -> bool:
        if match(resource):
            return True
        filled = (fill(template, context) for template in templates)
        return any(matcher(pattern)(resource) for pattern in filled if pattern is not None)

    return covers


def _not_named(match: Matcher, templates: list[Template]) -> Covers:
    """A variable without a value makes the statement void."""

    def covers(resource: str, context: Context) -> bool:
        if match(resource):
            return False
        filled = [fill(template, context) for template in templates]
        return not any(pattern is None or matcher(pattern)(resource) for pattern in filled)

    return covers


def _conditions(found: object) -> dict[str, dict[str, list[str]]]:
    if found is None:
        return {}
    return {
        operator: {key: _values(values) for key, values in _object(keys).items()}
        for operator, keys in _object(found).items()
    }


def _values(found: object) -> list[str]:
    """A condition's values; numbers and booleans are texts as JSON writes them."""
    return [value if isinstance(value, str) else _scalar(value) for value in _list(found)]


def _scalar(value: object) -> str:
    if isinstance(value, bool | int | float):
        return msgspec.json.encode(value).decode()
    raise BadPolicy("a condition's value is neither text nor number nor boolean")


def _texts(found: object) -> list[str]:
    texts = [value for value in _list(found) if isinstance(value, str)]
    if len(texts) < len(_list(found)):
        raise BadPolicy("an action or a resource is no text")
    return texts


def _list(found: object) -> list[object]:
    if found is None:
        return []
    return list(found) if is_list(found) else [found]


def _object(found: object) -> Json:
    if not is_object(found):
        raise BadPolicy("where a policy needs an object there is none")
    return found
