"""What holds for the plugin as a whole."""

from __future__ import annotations

import inspect

from backtrail import Refusal, model
from backtrail.generate import stale, unsealed
from backtrail_aws.lambda_ import api, errors, service
from backtrail_aws.lambda_.trail import TRAIL

MISSING = ("Durable", "CapacityProvider", "ScalingConfig", "ResourcePolicy")
"""Families of actions that are not there."""


def test_every_operation_has_a_handler_and_every_change_a_projector() -> None:
    """All of the model's, less the families that are not there."""
    wanted = {name for name in model.load("lambda").operations if not any(one in name for one in MISSING)}
    public = {name for name, handler in service.handlers.items() if not handler.internal}
    assert public == wanted
    changing = {name for name, handler in service.handlers.items() if not handler.read_only}
    assert {action for owner, action in service.projectors if owner == "lambda"} == changing


def test_the_generated_types_are_those_of_the_model() -> None:
    """`api.py` is what model and `trail.py` say; no secret stands open."""
    assert stale("backtrail_aws.lambda_") == []
    assert unsealed("lambda", api.ACTIONS, TRAIL) == []


def test_refusals_have_codes_that_aws_has() -> None:
    """Each code is a shape of the model or has a page; each has its evidence."""
    shapes = {name for name, shape in model.load("lambda").shapes.items() if shape.exception}
    for name, make in inspect.getmembers(errors, inspect.isfunction):
        if make.__module__ != errors.__name__:
            continue
        given = [_argument(parameter) for parameter in inspect.signature(make).parameters.values()]
        refusal = make(*given)
        assert isinstance(refusal, Refusal)
        assert refusal.code in shapes | set(errors.CODES) | {"NotImplemented"}, name
        assert "evidence:" in inspect.getsource(make), name


def _argument(parameter: inspect.Parameter) -> object:
    kind = str(parameter.annotation)
    return 1 if kind == "int" else ["x"] if kind.startswith("list") else "x"
