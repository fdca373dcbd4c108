"""AWS's evaluation logic, read out loud: slow, and sharing no code with what it is held against.

Everything is interpreted from the parsed JSON at each request, in the order in which AWS's pages tell it:
reference_policies_evaluation-logic_policy-eval-denyallow.html (the steps),
reference_policies_evaluation-logic-cross-account.html, reference_policies_elements_condition_operators.html,
reference_policies_condition-single-vs-multi-valued-context-keys.html, reference_policies_variables.html and
reference_policies_elements_principal.html, all under https://docs.aws.amazon.com/IAM/latest/UserGuide/.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any, TypedDict

Json = Any


class Caller(TypedDict, total=False):
    """The principal of a request, as the cases have it."""

    who: str
    arn: str
    account: str
    id: str
    issuer: str
    issuer_id: str
    service: str
    provider: str
    canonical: str


class Asked(TypedDict, total=False):
    """A request, as the cases have it."""

    principal: Caller
    action: str
    resource: str
    account: str
    context: dict[str, Json]


class Bearing(TypedDict, total=False):
    """The policies that bear on a request, as the cases have them."""

    identity: list[Json]
    boundary: list[Json]
    session: list[list[Json]]
    resource: Json
    scps: list[list[Json]]
    rcps: list[list[Json]]
    endpoint: Json
    takes_policies: bool
    must_allow: bool
    granted: bool


class Bad(Exception):
    """A policy that cannot be evaluated."""


def decide(asked: Asked, bearing: Bearing) -> tuple[str, str | None]:
    """`allowed`, `explicitDeny` or `implicitDeny`, and the kind of policies that denied."""
    scps, rcps = bearing.get("scps", []), bearing.get("rcps", [])
    identity, boundary = bearing.get("identity", []), bearing.get("boundary", [])
    session = bearing.get("session", [])
    resource, endpoint = bearing.get("resource"), bearing.get("endpoint")
    if any("Deny" in effects(policy, asked) for level in scps for policy in level):
        return "explicitDeny", "scp"
    if any("Deny" in principal_effects(policy, asked, boundary) for level in rcps for policy in level):
        return "explicitDeny", "rcp"
    if endpoint is not None and "Deny" in principal_effects(endpoint, asked, boundary):
        return "explicitDeny", "endpoint"
    if any("Deny" in effects(policy, asked) for policy in identity):
        return "explicitDeny", "identity"
    if resource is not None and "Deny" in principal_effects(resource, asked, boundary):
        return "explicitDeny", "resource"
    if any("Deny" in effects(policy, asked) for policy in boundary):
        return "explicitDeny", "boundary"
    if any("Deny" in effects(policy, asked) for group in session for policy in group):
        return "explicitDeny", "session"
    for level in scps:
        if not any("Allow" in effects(policy, asked) for policy in level):
            return "implicitDeny", "scp"
    for level in rcps:
        if not any("Allow" in principal_effects(policy, asked, boundary) for policy in level):
            return "implicitDeny", "rcp"
    if endpoint is not None and "Allow" not in principal_effects(endpoint, asked, boundary):
        return "implicitDeny", "endpoint"
    return _after_denies(asked, bearing)


def _after_denies(asked: Asked, bearing: Bearing) -> tuple[str, str | None]:
    principal = asked["principal"]
    who = principal["who"]
    resource = bearing.get("resource")
    allowing = (
        []
        if resource is None
        else principal_effects(resource, asked, bearing.get("boundary", [])).get("Allow", [])
    )
    if bearing.get("granted"):
        allowing = [*allowing, "account"]
    if who in ("service", "anonymous", "outsider"):
        if allowing or (who == "service" and not bearing.get("takes_policies", True)):
            return "allowed", None
        return "implicitDeny", "resource"
    same = (asked.get("account") or principal["account"]) == principal["account"]
    identity_allows = who == "root" or any(
        "Allow" in effects(policy, asked) for policy in bearing.get("identity", [])
    )
    if not same:
        own = _limits(asked, bearing, identity_allows)
        if own is not None:
            return own
        return ("allowed", None) if allowing else ("implicitDeny", "resource")
    if bearing.get("must_allow") and not allowing:
        return "implicitDeny", "resource"
    if "caller" in allowing:
        return "allowed", None
    own = _limits(asked, bearing, identity_allows or "role" in allowing)
    return own if own is not None else ("allowed", None)


def _limits(asked: Asked, bearing: Bearing, identity_allows: bool) -> tuple[str, str] | None:
    if not identity_allows:
        return "implicitDeny", "identity"
    boundary = bearing.get("boundary", [])
    if boundary and not any("Allow" in effects(policy, asked) for policy in boundary):
        return "implicitDeny", "boundary"
    session = bearing.get("session", [])
    for group in session:
        if not any("Allow" in effects(policy, asked) for policy in group):
            return "implicitDeny", "session"
    if asked["principal"]["who"] == "federated" and not session:
        return "implicitDeny", "session"
    return None


# one policy


def effects(policy: Json, asked: Asked) -> set[str]:
    """The effects of the statements (without principals) that apply."""
    return {
        statement["Effect"]
        for statement in listed(policy.get("Statement"))
        if "Principal" not in statement
        and "NotPrincipal" not in statement
        and applies(statement, asked, policy.get("Version", "2008-10-17") == "2012-10-17")
    }


def principal_effects(policy: Json, asked: Asked, boundary: Sequence[Json]) -> dict[str, list[str]]:
    """Effect -> how near (caller, role, account) the statements that apply come to the caller."""
    found: dict[str, list[str]] = {}
    for statement in listed(policy.get("Statement")):
        near = nearness(statement, asked["principal"], bool(boundary))
        if near and applies(statement, asked, policy.get("Version", "2008-10-17") == "2012-10-17"):
            found.setdefault(statement["Effect"], []).append(near)
    return found


def nearness(statement: Json, caller: Caller, bounded: bool) -> str:
    """`caller`, `role`, `account`, or nothing."""
    if "NotPrincipal" in statement:
        if bounded and statement["Effect"] == "Deny" and caller["who"] in ("user", "role"):
            return "caller"
        near = _near(statement["NotPrincipal"], caller)
        excepted = near in ("caller", "role") or (near == "account" and caller["who"] == "root")
        return "" if excepted else "caller"
    return _near(statement["Principal"], caller) if "Principal" in statement else ""


def _near(element: Json, caller: Caller) -> str:
    if element == "*":
        return "caller"
    aws = listed(element.get("AWS"))
    if "*" in aws:
        return "caller"
    if caller.get("service") and caller.get("service") in listed(element.get("Service")):
        return "caller"
    if caller.get("provider") and caller.get("provider") in listed(element.get("Federated")):
        return "caller"
    if any(
        name and name in aws and not name.endswith(":root") for name in (caller.get("arn"), caller.get("id"))
    ):
        return "caller"
    if any(name and name in aws for name in (caller.get("issuer"), caller.get("issuer_id"))):
        return "role"
    account = caller.get("account")
    for name in aws:
        if account and (name == account or re.fullmatch(rf"arn:aws[a-z-]*:iam::{account}:root", name)):
            return "account"
    return (
        "account"
        if caller.get("canonical") and caller["canonical"] in listed(element.get("CanonicalUser"))
        else ""
    )


def applies(statement: Json, asked: Asked, variables: bool) -> bool:
    """Whether action, resource and all conditions of a statement fit the request."""
    context = {key.lower(): value for key, value in asked.get("context", {}).items()}
    action = asked["action"].lower()
    if "Action" in statement:
        if not any(glob(pattern.lower(), action) for pattern in listed(statement["Action"])):
            return False
    elif any(glob(pattern.lower(), action) for pattern in listed(statement["NotAction"])):
        return False
    if "Resource" in statement:
        patterns = [filled(text, context, variables, wild=True) for text in listed(statement["Resource"])]
        if not any(pattern is not None and match(pattern, asked["resource"]) for pattern in patterns):
            return False
    elif "NotResource" in statement:
        patterns = [filled(text, context, variables, wild=True) for text in listed(statement["NotResource"])]
        if any(pattern is None or match(pattern, asked["resource"]) for pattern in patterns):
            return False
    return all(
        condition(operator, listed(values), context.get(key.lower()), context, variables)
        for operator, keys in (statement.get("Condition") or {}).items()
        for key, values in keys.items()
    )


def listed(value: Json) -> list[Json]:
    """One or several as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


# patterns: a list of letters, in which a wildcard is a number


def glob(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern with `*` and `?`."""
    return match([{"*": 0, "?": 1}.get(letter, letter) for letter in pattern], text)


def match(pattern: Sequence[str | int], text: str) -> bool:
    """The same, by a table of which beginning of the text fits which beginning of the pattern."""
    fits = [True] + [False] * len(text)
    for letter in pattern:
        if letter == 0:
            for index in range(1, len(text) + 1):
                fits[index] = fits[index] or fits[index - 1]
            continue
        fits = [False] + [before and letter in (1, here) for before, here in zip(fits, text, strict=False)]
    return fits[-1]


def filled(text: str, context: Mapping[str, Json], variables: bool, *, wild: bool) -> list[str | int] | None:
    """A text's letters, its variables replaced; None where one has no value."""
    letters: list[str | int] = []
    rest = text
    while rest:
        found = re.match(r"\$\{\s*(?:([*?$])|([^\s,{}'][^,{}']*?)\s*(?:,\s*'([^']*)'\s*)?)\s*\}", rest)
        if variables and found is not None:
            if found.group(1):
                letters.append(found.group(1))
            else:
                values = strings(context.get(found.group(2).lower()))
                value = values[0] if len(values) == 1 else found.group(3)
                if value is None:
                    return None
                letters += value
            rest = rest[found.end() :]
            continue
        letters.append({"*": 0, "?": 1}.get(rest[0], rest[0]) if wild else rest[0])
        rest = rest[1:]
    return letters


# conditions


def strings(value: Json) -> list[str]:
    """A key's values as texts; none for a key that is not there."""
    return [] if value is None else [string(one) for one in listed(value)]


def string(value: Json) -> str:
    """One value as a text."""
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def condition(
    operator: str, wanted: list[Json], given: Json, context: Mapping[str, Json], variables: bool
) -> bool:
    """Whether one operator holds for one key."""
    lowered = operator.lower()
    every, some = lowered.startswith("forallvalues:"), lowered.startswith("foranyvalue:")
    lowered = lowered.rpartition(":")[2]
    if lowered == "null":
        return ("false" if strings(given) else "true") in [string(one).lower() for one in wanted]
    if_exists = lowered.endswith("ifexists")
    name = lowered.removesuffix("ifexists")
    values = strings(given)
    texts = [string(one) for one in wanted]
    if every:
        return values in ([], [""]) or all(holds(name, texts, value, context, variables) for value in values)
    if some:
        if not values:
            return if_exists
        return values != [""] and any(holds(name, texts, value, context, variables) for value in values)
    if not values:
        return if_exists or holds(name, texts, None, context, variables)
    results = [holds(name, texts, value, context, variables) for value in values]
    return all(results) if "not" in name else any(results)


def holds(
    name: str, wanted: list[str], given: str | None, context: Mapping[str, Json], variables: bool
) -> bool:
    """Whether an operator holds for one value of the request (None: it has none)."""
    negated = "not" in name
    name = name.replace("not", "")
    takes_variables = variables and name.startswith(("string", "arn", "bool"))
    wild = name in ("stringlike", "arnlike", "arnequals")
    values = [filled(text, context, takes_variables, wild=wild) for text in wanted]
    if negated and None in values:
        return False
    if given is None:
        return negated
    matched = any(value is not None and compare(name, value, given) for value in values)
    return matched != negated


def compare(name: str, wanted: list[str | int], given: str) -> bool:
    """Whether one value of the request matches one of the policy."""
    if name == "stringlike":
        return match(wanted, given)
    if name in ("arnlike", "arnequals"):
        return arns(wanted, given)
    text = "".join(map(str, wanted))
    if name == "stringequals":
        return text == given
    if name in ("stringequalsignorecase", "bool"):
        return text.lower() == given.lower()
    if name == "binaryequals":
        return decoded(text) is not None and decoded(text) == decoded(given)
    if name == "ipaddress":
        return within(text, given)
    for head, read in (("numeric", number), ("date", date)):
        if name.startswith(head):
            left, right = read(given), read(text)
            return left is not None and right is not None and ORDER[name.removeprefix(head)](left, right)
    raise Bad(name)


ORDER = {
    "equals": lambda left, right: left == right,
    "lessthan": lambda left, right: left < right,
    "lessthanequals": lambda left, right: left <= right,
    "greaterthan": lambda left, right: left > right,
    "greaterthanequals": lambda left, right: left >= right,
}


def arns(pattern: list[str | int], given: str) -> bool:
    """The six parts of an ARN, one by one."""
    parts = given.split(":", 5)
    if len(parts) < 6:
        return False
    if pattern == [0]:
        return True
    pieces: list[list[str | int]] = [[]]
    for letter in pattern:
        if letter == ":" and len(pieces) < 6:
            pieces.append([])
        else:
            pieces[-1].append(letter)
    return len(pieces) == 6 and all(match(piece, part) for piece, part in zip(pieces, parts, strict=True))


def decoded(text: str) -> bytes | None:
    """What a base64 text stands for."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def within(text: str, given: str) -> bool:
    """Whether an address lies in a range."""
    try:
        wide, narrow = ipaddress.ip_network(text, strict=False), ipaddress.ip_network(given, strict=False)
    except ValueError:
        return False
    return wide.version == narrow.version and narrow.subnet_of(wide)  # type: ignore[arg-type]


def number(text: str) -> Fraction | None:
    """An integer or a decimal."""
    return Fraction(text) if re.fullmatch(r"[+-]?[0-9]{1,60}(\.[0-9]{1,60})?", text) else None


def date(text: str) -> Fraction | None:
    """A date of W3C's note, or seconds since 1970."""
    if re.fullmatch(r"[0-9]{1,3}|[0-9]{5,20}|[0-9]{1,20}\.[0-9]{1,9}", text):
        return Fraction(text)
    for form in ("%Y", "%Y-%m", "%Y-%m-%d"):
        if re.fullmatch(
            form.replace("%Y", r"\d{4}").replace("%m", r"\d\d").replace("%d", r"\d\d"), text, re.ASCII
        ):
            try:
                return Fraction(int(datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()))
            except ValueError:
                return None
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)?", text, re.ASCII)
    if found is None or (found.group(3) and not found.group(2)):
        return None
    whole, second, fraction, zone = found.groups()
    try:
        time = datetime.strptime(f"{whole}{second or ':00'}", "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    seconds = Fraction(round(time.timestamp()))
    if zone and zone != "Z":
        hours, minutes = zone[1:].split(":")
        seconds -= (int(hours) * 3600 + int(minutes) * 60) * (1 if zone[0] == "+" else -1)
    return seconds + (Fraction(f"0{fraction[:10]}") if fraction else 0)
