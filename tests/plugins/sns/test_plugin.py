"""What holds for the plugin as a whole."""

from __future__ import annotations

import inspect

import pytest

from backtrail import Refusal, model
from backtrail.generate import stale, unsealed
from backtrail_aws.sns import api, effects, errors, service
from backtrail_aws.sns.trail import TRAIL

INTERNAL = {
    "DeliverHttp", "DeliverMessage", "ExpireConfirmation", "FailDelivery", "RetryDelivery", "TellTrouble"
}  # fmt: skip


def test_every_operation_has_a_handler_and_every_change_a_projector() -> None:
    """All 42 operations of the model are there."""
    assert set(service.handlers) == set(model.load("sns").operations) | INTERNAL
    changing = {name for name, handler in service.handlers.items() if not handler.read_only}
    assert {action for _, action in service.projectors} == changing


def test_the_generated_types_are_those_of_the_model() -> None:
    """`api.py` is what model and `trail.py` say; no secret stands open."""
    assert stale("backtrail_aws.sns") == []
    assert unsealed("sns", api.ACTIONS, TRAIL) == []


def test_refusals_have_codes_that_aws_has() -> None:
    """Each code is one of the model or has a page, and each says where its words come from."""
    known = set(errors.CODES)
    for name, shape in model.load("sns").shapes.items():
        if shape.exception:
            known.add(shape.error.code if shape.error is not None and shape.error.code else name)
    for name, make in inspect.getmembers(errors, inspect.isfunction):
        if make.__module__ != errors.__name__:
            continue
        refusal = make(*("x" for _ in inspect.signature(make).parameters))
        assert isinstance(refusal, Refusal)
        assert refusal.code in known, name
        assert "evidence:" in inspect.getsource(make), name


@pytest.mark.parametrize(
    ("host", "named", "expected"),
    [
        ("localhost", "", True),
        ("127.0.0.9", "", True),
        ("::1", "", True),
        ("example.com", "", False),
        ("10.0.0.1", "", False),
        ("169.254.169.254", "", False),
        ("", "", False),
        ("example.com", "other.com, Example.com", True),
        ("a.example.com", "example.com", False),
        ("example.com", "*", True),
    ],
)
def test_only_allowed_hosts_are_posted_to(
    host: str, named: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This machine always, others by name."""
    monkeypatch.setenv(effects.ALLOWED_HOSTS, named)
    assert effects.allowed(host) is expected
