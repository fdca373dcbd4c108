"""What holds for every plugin, written once and run for each one that is registered."""

from __future__ import annotations

import ast
import json
import types
import typing
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec
import pytest

import backtrail
from backtrail import model, states
from backtrail.declared import Declared
from backtrail.generate import stale
from backtrail.machine import Folded, Machine
from backtrail.names import sharing, source_of
from backtrail.plugins import installed
from backtrail.service import Service
from backtrail.trail import codec, parts
from backtrail.trail.declare import Trail
from backtrail.trail.events import api_version, event_name
from backtrail_cli.server.running import registry

REGISTRY = registry()
SERVICES = sorted(REGISTRY.services)
HANDLERS = [(name, action) for name in SERVICES for action in sorted(REGISTRY.services[name].handlers)]
PROJECTORS = [
    (service, action, declared)
    for (service, action), several in sorted(REGISTRY.projectors.items())
    for declared in several
]
FOLDERS = {name: Path(str(import_module(module).__file__)).parent for name, module in installed()}
CHANGES_NOTHING = {
    "iam": {"GenerateCredentialReport", "GenerateServiceLastAccessedDetails"},
    "sqs": set[str](),
    "s3": set[str](),
    "sts": {"AssumeRoot"},
}
"""Actions that CloudTrail calls writes and that leave nothing behind which a later call could see."""


def own(name: str) -> Service[Any]:
    return REGISTRY.services[name]


@pytest.mark.parametrize(("service", "action"), HANDLERS)
def test_a_changing_action_has_a_projector(service: str, action: str) -> None:
    """What an action changes is folded from its record, so an action that may change state has a projector."""
    handler = own(service).handlers[action]
    if handler.read_only or action in CHANGES_NOTHING.get(service, set()):
        return
    assert (service, action) in REGISTRY.projectors, f"{handler} changes state that no record can give back"


@pytest.mark.parametrize(("service", "action"), HANDLERS)
def test_an_action_is_in_its_services_model(service: str, action: str) -> None:
    """Every action but an internal one is the API's, spelt as the API spells it."""
    handler = own(service).handlers[action]
    try:
        operations = model.load(service).operations
    except model.UnknownService:
        return
    assert handler.internal or action in operations or action in {"PostObject"}


@pytest.mark.parametrize(("service", "action"), HANDLERS)
def test_payload_types_resolve(service: str, action: str) -> None:
    """Every handler's types can be found, decoded and cut into record, note and sealed part."""
    handler = own(service).handlers[action]

    codec.decoder(handler.params)
    parts.compiled(handler.params)


@pytest.mark.parametrize("service", SERVICES)
def test_a_state_survives_its_bytes(service: str) -> None:
    """An empty State gives equal bytes after a round trip."""
    state = own(service).state()

    assert states.pack(states.unpack(states.pack(state), type(state))) == states.pack(state)


@pytest.mark.parametrize("service", [name for name in SERVICES if name in FOLDERS])
def test_generated_types_are_up_to_date(service: str) -> None:
    """`api.py` is what the generator makes of the model and of `trail.py`."""
    if (FOLDERS[service] / "api.py").exists():
        assert stale(dict(installed())[service]) == []


@pytest.mark.parametrize(
    ("service", "action", "declared"),
    PROJECTORS,
    ids=[f"{one}.{two}-{three.fn.__name__}" for one, two, three in PROJECTORS],
)
def test_a_fold_survives_what_a_foreign_record_lacks(service: str, action: str, declared: Declared) -> None:
    """A projector folds a record that has only required parameters, unknown members, no response, and no past."""
    machine = Machine(REGISTRY)
    owner = REGISTRY.handler(service, action)  # it is the owner's record, whoever else folds it
    least = filled((owner or declared).params)
    record = foreign(service, action, least, None)
    internal = is_internal(service, action)
    more = {**least, "someNewMember": {"a": [1]}}
    again = foreign(service, action, more, None if internal else {}, number=1)

    for data in (record, again, record):
        folded = machine.apply(data)
        assert not machine.folder.broken, machine.folder.broken
        assert folded in (Folded.PROJECTED, Folded.INFERRED), (data, machine.folder.unread)
    before = machine.digest()
    machine.reload()
    assert machine.digest() == before


@pytest.mark.parametrize("service", [name for name in SERVICES if name in FOLDERS])
def test_refusals_have_codes_that_aws_has(service: str) -> None:
    """Every code that a plugin refuses with is in its service's model or in its own table of documented codes."""
    known = {"NotImplemented", "InternalFailure", "InternalError"} | set(own(service).errors)
    for shape_name, shape in model.load(service).shapes.items():
        if shape.exception or shape.error is not None:
            known.add(shape_name)
            if shape.error is not None and shape.error.code:
                known.add(shape.error.code)

    unknown = {code for path in sorted(FOLDERS[service].glob("*.py")) for code in codes(path)} - known

    assert not unknown, f"neither in {service}'s model nor in Service(errors=...): {sorted(unknown)}"


def codes(path: Path) -> Iterator[str]:
    """The codes of `Refusal("Code", …)` in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
            continue
        if getattr(node.func, "id", getattr(node.func, "attr", "")) == "Refusal":
            yield str(node.args[0].value)


def foreign(service: str, action: str, params: Any, result: Any, number: int = 0) -> bytes:
    """A record of AWS's, with the least that it may hold."""
    record = {
        "eventVersion": "1.08", "userIdentity": {"type": "Root", "accountId": "123456789012"},
        "eventTime": f"2023-07-10T11:54:3{number}Z", "eventSource": source_of(service),
        "eventName": event_name(service, action, trail_of(service)),
        "awsRegion": "us-east-1", "requestParameters": params, "responseElements": result,
        "eventID": f"ff709962-49b6-494d-8198-cdf0f7e8e66{number}", "recipientAccountId": "123456789012",
    }  # fmt: skip
    if is_internal(service, action):
        record |= {"requestParameters": None, "serviceEventDetails": params, "eventType": "AwsServiceEvent"}
    version = api_version(service, action, trail_of(service))
    if version is not None and len(sharing(source_of(service))) > 1:  # nothing else tells elb from elbv2
        record |= {"apiVersion": version}
    return json.dumps(record).encode()


def is_internal(service: str, action: str) -> bool:
    handler = REGISTRY.handler(service, action)
    return handler is not None and handler.internal


def trail_of(service: str) -> Trail:
    owner = REGISTRY.services.get(service)
    return (owner.trail if owner is not None else None) or Trail()


def filled(kind: Any) -> Any:
    """The least JSON that a type takes: its required members."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = typing.get_type_hints(kind, include_extras=False)
        return {
            one.encode_name: filled(hints[one.name])
            for one in msgspec.structs.fields(kind)
            if one.required
        }  # fmt: skip
    origin = get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return filled(next(arm for arm in get_args(kind) if arm not in (type(None), backtrail.UnsetType)))
    if origin is list or kind is list:
        return [filled(get_args(kind)[0])] if get_args(kind) else []
    if origin is dict or kind is dict:
        return {}
    if isinstance(kind, type) and issubclass(kind, datetime):
        return "2023-07-10T11:54:39Z"
    return {int: 1, float: 1.0, bool: True, bytes: "eA=="}.get(kind, "x")
