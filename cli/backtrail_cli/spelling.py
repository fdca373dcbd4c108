"""Calls as commands of the AWS CLI, to be read before they are run."""

from __future__ import annotations

import json
import shlex
from typing import Any, cast

import msgspec

from backtrail import model
from backtrail.plugins import Registry
from backtrail.trail import codec
from backtrail.trail.casing import snake
from backtrail_cli.screen import clean

_COMMANDS = {"s3": "s3api"}


def command(registry: Registry, service: str, action: str, params: dict[str, Any]) -> str:
    """`aws iam delete-user --user-name ann`; parameters by the record's names come out by the API's."""
    handler = registry.handler(service, action)
    loaded = model.load(service)
    shape = loaded.operations[action].input
    told = [f"aws {_COMMANDS.get(service, service)} {_kebab(action)}"]
    if handler is not None and shape is not None:
        given = codec.convert(params, handler.params)
        for name, member in loaded.shapes[shape.shape].members.items():
            value = getattr(given, snake(name), msgspec.UNSET)
            if value is not msgspec.UNSET:
                told.append(_option(name, _spelled(value, member.shape, loaded)))
    return " ".join(told)


def _option(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"--{'' if value else 'no-'}{_kebab(name)}"
    if isinstance(value, list):
        texts = [one for one in cast("list[Any]", value) if isinstance(one, str)]
        if len(texts) == len(cast("list[Any]", value)):
            return f"--{_kebab(name)} {' '.join(map(quoted, texts))}"
    text = value if isinstance(value, str) else json.dumps(value)
    return f"--{_kebab(name)} {quoted(text)}"


def quoted(text: str) -> str:
    """A text as a word for the shell, on one line and without anything that hides: a document by its JSON, others by
    their bytes."""
    if clean(text) == text:
        return shlex.quote(text)
    try:
        return shlex.quote(json.dumps(json.loads(text)))
    except ValueError:
        octal = "".join(f"\\{byte:03o}" for byte in text.encode("utf-8", "surrogatepass"))
        return f"\"$(printf '{octal}')\""


def _kebab(name: str) -> str:
    return snake(name).rstrip("_").replace("_", "-")


def _spelled(value: Any, shape: str, loaded: model.Model) -> Any:
    """A value with its members by the API's names."""
    found = loaded.shapes[shape]
    if isinstance(value, msgspec.Struct):
        held = (
            (name, member, getattr(value, snake(name), msgspec.UNSET))
            for name, member in found.members.items()
        )
        return {
            name: _spelled(one, member.shape, loaded)
            for name, member, one in held
            if one is not msgspec.UNSET
        }
    if isinstance(value, list) and found.member is not None:
        return [_spelled(one, found.member.shape, loaded) for one in cast("list[Any]", value)]
    if isinstance(value, dict) and found.value is not None:
        items = cast("dict[str, Any]", value).items()
        return {key: _spelled(one, found.value.shape, loaded) for key, one in items}
    return value if isinstance(value, str | int | float | bool) else codec.builtins(cast("Any", value))
