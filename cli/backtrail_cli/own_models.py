"""A botocore model of a service that was declared by hand, so that boto3 can call it.

The service speaks JSON 1.1: `X-Amz-Target: <Target>.<Action>`. Members are named as the record names them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from backtrail.blob import Blob
from backtrail.payload import UnsetType
from backtrail.service import Service

API_VERSION = "2015-01-01"
"""Of all hand-declared services: botocore asks for some date, and the log's records name none."""

_SCALARS: dict[object, str] = {
    str: "string",
    int: "long",
    float: "double",
    bool: "boolean",
    bytes: "blob",
    Blob: "blob",
}


class NotDescribable(TypeError):
    """A member's type that botocore's models have no word for."""


def describe(service: Service[Any]) -> dict[str, Any]:
    """The content of `service-2.json`: deterministic. Raises `NotDescribable`."""
    shapes = _Shapes()
    operations: dict[str, Any] = {}
    for action, declared in sorted(service.handlers.items()):
        if declared.internal:
            continue
        operation: dict[str, Any] = {"name": action, "http": {"method": "POST", "requestUri": "/"}}
        operation["input"] = {"shape": shapes.structure(declared.params, f"{action}Request")}
        result = _result(declared.returns)
        if result is not None:
            operation["output"] = {"shape": shapes.structure(result, f"{action}Response")}
        operations[action] = operation
    return {
        "version": "2.0",
        "metadata": _metadata(service.name),
        "operations": operations,
        "shapes": dict(sorted(shapes.made.items())),
    }


def _metadata(name: str) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "endpointPrefix": name,
        "jsonVersion": "1.1",
        "protocol": "json",
        "protocols": ["json"],
        "serviceFullName": name,
        "serviceId": name,
        "signatureVersion": "v4",
        "signingName": name,
        "targetPrefix": target_prefix(name),
        "uid": f"{name}-{API_VERSION}",
    }


def target_prefix(name: str) -> str:
    """What stands before the action in `X-Amz-Target`: `frobnicator` -> `Frobnicator_20150101`."""
    return f"{''.join(part.capitalize() for part in name.split('-'))}_{API_VERSION.replace('-', '')}"


def _result(returns: Any) -> Any:
    """The Struct that a handler answers: also inside `Answer[...]`, or one of a union with `Wait` and `Effect`."""
    for kind in _alternatives(returns):
        inner = get_args(kind)[0] if get_origin(kind) is not None and get_args(kind) else kind
        for one in (kind, inner):
            if _is_struct(one) and one.__module__.split(".")[:2] != ["backtrail", "call"]:
                return one
    return None


def _alternatives(kind: Any) -> tuple[Any, ...]:
    return (
        get_args(kind)
        if "Union" in type(kind).__name__ or (get_origin(kind) is None and get_args(kind))
        else (kind,)
    )


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct) and not issubclass(kind, Blob)


class _Shapes:
    """The shapes that are reached, each named after its Python type."""

    def __init__(self) -> None:
        self.made: dict[str, dict[str, Any]] = {}

    def structure(self, kind: Any, name: str) -> str:
        if name in self.made:
            return name
        shape = self.made[name] = {"type": "structure", "members": {}}
        hints = get_type_hints(kind, include_extras=True)
        required: list[str] = []
        for field in msgspec.structs.fields(kind):
            given, may_be_absent = _bare(hints[field.name])
            shape["members"][field.encode_name] = {"shape": self.of(given, f"{name}.{field.encode_name}")}
            if field.required and not may_be_absent:
                required.append(field.encode_name)
        if required:
            shape["required"] = required
        return name

    def of(self, kind: Any, where: str) -> str:
        """The name of the shape of any type."""
        if _is_struct(kind):
            return self.structure(kind, kind.__name__)
        if isinstance(kind, type) and issubclass(kind, datetime):
            return self._put("Timestamp", {"type": "timestamp"})
        if kind in _SCALARS:
            word = _SCALARS[kind]
            return self._put(word.capitalize(), {"type": word})
        arguments = [_bare(one)[0] for one in get_args(kind)]
        if get_origin(kind) is list:
            inner = self.of(arguments[0], where)
            return self._put(f"{inner}List", {"type": "list", "member": {"shape": inner}})
        if get_origin(kind) is dict:
            key, value = self.of(arguments[0], where), self.of(arguments[1], where)
            return self._put(f"{value}Map", {"type": "map", "key": {"shape": key}, "value": {"shape": value}})
        raise NotDescribable(
            f"{where} is a {kind}: a model knows texts, numbers, bytes, times, lists, maps and Structs"
        )

    def _put(self, name: str, shape: dict[str, Any]) -> str:
        self.made.setdefault(name, shape)
        return name


def _bare(kind: Any) -> tuple[Any, bool]:
    """A member's type without markers (`Sealed[...]`), UNSET and None; and whether it may be absent."""
    absent = False
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
            continue
        alternatives = [one for one in get_args(kind) if one not in (UnsetType, type(None))]
        if "Union" in type(kind).__name__ and len(alternatives) == 1:
            absent = True
            kind = alternatives[0]
            continue
        return kind, absent
