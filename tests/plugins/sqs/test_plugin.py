"""What holds for the plugin as a whole."""

from __future__ import annotations

import random

from backtrail import SortedMap, model
from backtrail.generate import stale, unsealed
from backtrail_aws.sqs import api, service
from backtrail_aws.sqs.trail import TRAIL


def test_every_operation_has_a_handler_and_every_change_a_projector() -> None:
    """All 23 operations of the model are there."""
    operations = set(model.load("sqs").operations)
    internal = {"ExpireMessages", "MoveMessages", "TellTrouble"}
    assert set(service.handlers) == operations | internal
    changing = {name for name, handler in service.handlers.items() if not handler.read_only} | {
        "ReceiveMessage"
    }
    assert {action for _, action in service.projectors} == changing


def test_the_generated_types_are_those_of_the_model() -> None:
    """`api.py` is what model and `trail.py` say; no secret stands open."""
    assert stale("backtrail_aws.sqs") == []
    assert unsealed("sqs", api.ACTIONS, TRAIL) == []


def test_refusals_have_codes_that_aws_has() -> None:
    """Each code is a shape of the model or has a page."""
    import inspect

    from backtrail import Refusal
    from backtrail_aws.sqs import errors

    shapes = {name for name, shape in model.load("sqs").shapes.items() if shape.exception}
    for name, make in inspect.getmembers(errors, inspect.isfunction):
        if name == "wire_code" or make.__module__ != errors.__name__:
            continue
        given = [_argument(parameter) for parameter in inspect.signature(make).parameters.values()]
        refusal = make(*given)
        assert isinstance(refusal, Refusal)
        assert refusal.code in shapes | set(errors.CODES), name
        assert "evidence:" in inspect.getsource(make), name


def test_ranks_count_the_keys_below() -> None:
    """`SortedMap.rank` is what counting by hand gives, at any size."""
    chance = random.Random(1)
    keys = SortedMap[int, int]()
    for _ in range(3000):
        keys[chance.randrange(100_000)] = 0
    for _ in range(1000):
        keys.pop(chance.choice(list(keys)), None)
    for probe in [0, 100_001, *(chance.randrange(100_000) for _ in range(200))]:
        assert keys.rank(probe) == sum(key < probe for key in keys)


def _argument(parameter: object) -> object:
    kind = str(getattr(parameter, "annotation", ""))
    return 1 if "int" in kind else False if "bool" in kind else "x"
