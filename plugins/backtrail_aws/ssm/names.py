"""How requests name a parameter: by name, by ARN, with a version or a label behind a colon.

https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-versions.html
"""

from __future__ import annotations

import re
from typing import Any

from backtrail import Call
from backtrail_aws.ssm import errors, limits
from backtrail_aws.ssm.state import Parameter, Ssm, Version

_NAME = re.compile(r"/?[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*")
_ARN = re.compile(r"arn:[a-z-]+:ssm:[a-z0-9-]*:(\d{12}):parameter(/.+)")
_RESERVED = re.compile(r"/?(aws|amazon)", re.I)
_OURS = re.compile(r"/?ssm", re.I)


def check(name: str) -> None:
    """Refuse a name that no new parameter may have. Raises `Refusal`."""
    if _RESERVED.match(name):
        raise errors.reserved_name(name)
    if _NAME.fullmatch(name) is None or _OURS.match(name) or ("/" in name and not name.startswith("/")):
        raise errors.bad_name()
    if name.count("/") > limits.LEVELS_MAX:
        raise errors.too_deep()


def check_read(name: str) -> None:
    """Refuse a name that no parameter has, AWS's public ones among them. Raises `Refusal`."""
    if _ARN.fullmatch(name) is None and (
        _NAME.fullmatch(name) is None or ("/" in name and not name.startswith("/"))
    ):
        raise errors.bad_name()


def split(given: str) -> tuple[str, str]:
    """A name (or an ARN) and its selector, with the colon; "" where it has none."""
    start = given.find("parameter/") if given.startswith("arn:") else 0
    at = given.find(":", start)
    return (given, "") if at < 0 else (given[:at], given[at:])


def find(state: Ssm, name: str, account: str = "") -> Parameter | None:
    """The parameter of a name or an ARN; of another account's nothing is known."""
    found = state.parameters.get(name)
    arn = _ARN.fullmatch(name) if found is None else None
    if arn is None or (account and arn[1] != account):
        return found
    return state.parameters.get(arn[2]) or state.parameters.get(arn[2][1:])


def required(state: Ssm, name: str, account: str = "") -> Parameter:
    """The parameter of a name or an ARN. Raises `Refusal`."""
    check_read(name)
    found = find(state, name, account)
    if found is None:
        raise errors.no_parameter()
    return found


def selected(parameter: Parameter, selector: str) -> Version:
    """The version that a selector means. Raises `Refusal`."""
    if not selector:
        newest = parameter.current()
        if newest is None:
            raise errors.no_parameter()
        return newest
    wanted = selector[1:]
    for version in parameter.versions:
        if (str(version.number) == wanted) if wanted.isdigit() else (wanted in version.labels):
            return version
    raise errors.no_version(wanted, parameter.name)


def arn_of(call: Call[Any], name: str) -> str:
    """A parameter's ARN."""
    return call.arn("ssm", f"parameter/{name.removeprefix('/')}")
