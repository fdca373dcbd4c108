"""What holds for the plugin as a whole."""

from __future__ import annotations

import inspect

from backtrail import Refusal, model
from backtrail.generate import stale, unsealed
from backtrail_aws.sts import api, errors, service
from backtrail_aws.sts.trail import TRAIL


def test_every_operation_but_one_has_a_handler() -> None:
    """GetDelegatedAccessToken is our gap; what opens sessions has a projector."""
    assert set(model.load("sts").operations) - set(service.handlers) == {"GetDelegatedAccessToken"}
    opening = {name for name in service.handlers if name.startswith("Assume")}
    opening |= {"GetSessionToken", "GetFederationToken", "GetScopedCredentials"}
    assert {action for _, action in service.projectors} == opening


def test_the_generated_types_are_those_of_the_model() -> None:
    """`api.py` is what model and `trail.py` say; no secret stands open."""
    assert stale("backtrail_aws.sts") == []
    assert unsealed("sts", api.ACTIONS, TRAIL) == []


def test_refusals_have_codes_that_aws_has() -> None:
    """Each code is one of the model's or has a page, and each refusal its evidence."""
    shapes = model.load("sts").shapes.values()
    codes = {shape.error.code for shape in shapes if shape.exception and shape.error is not None}
    for name, make in inspect.getmembers(errors, inspect.isfunction):
        kinds = [str(parameter.annotation) for parameter in inspect.signature(make).parameters.values()]
        refusal = make(*(1 if kind == "int" else "x" for kind in kinds))
        assert isinstance(refusal, Refusal)
        assert refusal.code in codes | set(errors.CODES), name
        assert "evidence:" in inspect.getsource(make), name
