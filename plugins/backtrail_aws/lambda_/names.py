"""What a call means by a function's name: a name, a part of an ARN, or all of it, with or without a qualifier.

https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestSyntax
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from backtrail import Call, Event, UnsetType
from backtrail.record import arn
from backtrail_aws.lambda_ import errors

LATEST = "$LATEST"
_FUNCTION = re.compile(
    r"(?:arn:[\w-]+:lambda:([\w-]+):(\d{12}):function:|(?:(\d{12}):)?(?:function:)?)([\w-]+)(?::(\$LATEST|[\w-]+))?"
)
_LAYER = re.compile(r"arn:[\w-]+:lambda:([\w-]+):(\d{12}):layer:([\w-]+)(?::(\d+))?")


class Named(msgspec.Struct, frozen=True):
    """A function, or one version or alias of it. Empty: not said."""

    name: str
    qualifier: str = ""
    account: str = ""
    region: str = ""


class LayerNamed(msgspec.Struct, frozen=True):
    """A layer, or one version of it (0: not said)."""

    name: str
    version: int = 0
    account: str = ""
    region: str = ""


@lru_cache(4096)
def function(text: str) -> Named:
    """The function that a text names; one that nobody has, for what is no name."""
    found = _FUNCTION.fullmatch(text)
    if found is None:
        return Named(text)
    region, account, partial, name, qualifier = found.groups()
    return Named(name, qualifier or "", account or partial or "", region or "")


@lru_cache(4096)
def layer(text: str) -> LayerNamed:
    """The layer that a name or an ARN means."""
    found = _LAYER.fullmatch(text)
    if found is None:
        return LayerNamed(text)
    region, account, name, version = found.groups()
    return LayerNamed(name, int(version or 0), account, region)


def by_function(subject: Call[Any] | Event[Any, Any]) -> tuple[str, str]:
    """The account and region of the function that a call or record names."""
    name: str | UnsetType = subject.params.function_name
    named = function(name) if isinstance(name, str) else Named("")
    return named.account or subject.account, subject.region


def by_layer(subject: Call[Any] | Event[Any, Any]) -> tuple[str, str]:
    """The account and region of the layer that a call or record names."""
    return layer(subject.params.layer_name).account or subject.account, subject.region


def by_arn(subject: Call[Any] | Event[Any, Any]) -> tuple[str, str]:
    """The account and region of the layer version that a call names by ARN."""
    named = layer(subject.params.arn)
    return named.account or subject.account, named.region or subject.region


def qualified(named: Named, qualifier: str | UnsetType) -> str:
    """The qualifier that a name and a parameter give together; empty for none. Raises `Refusal`."""
    if isinstance(qualifier, UnsetType) or not qualifier:
        return named.qualifier
    if named.qualifier and named.qualifier != qualifier:
        raise errors.two_qualifiers()
    return qualifier


def function_arn(account: str, region: str, name: str, qualifier: str = "") -> str:
    """A function's ARN, or that of a version or alias."""
    return arn("lambda", region, account, f"function:{name}" + (f":{qualifier}" if qualifier else ""))


def arn_of(subject: Call[Any] | Event[Any, Any], named: Named, qualifier: str = "") -> str:
    """The ARN of a function that a call or record names."""
    return function_arn(named.account or subject.account, subject.region, named.name, qualifier)


def layer_arn(account: str, region: str, name: str, version: int = 0) -> str:
    """A layer's ARN, or that of one version."""
    return arn("lambda", region, account, f"layer:{name}" + (f":{version}" if version else ""))
