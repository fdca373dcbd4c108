"""Real trails where they are there, and payload types made from the models."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from backtrail import model
from backtrail.generate import generate
from backtrail.trail.declare import Trail

_TRAILS = Path(__file__).parents[3] / "shared" / "trails"
REAL = (
    "classroom-2017",
    "custodian",
    "denied-calls",
    "incident-a",
    "production-a",
    "production-b",
    "techniques",
)

Record = dict[str, Any]
Made = Callable[..., ModuleType]


@cache
def _records() -> tuple[Record, ...]:
    decode = msgspec.json.Decoder(Record).decode
    return tuple(
        decode(line) for name in REAL for line in (_TRAILS / f"{name}.jsonl").read_bytes().splitlines()
    )


@pytest.fixture(scope="session")
def real_records() -> tuple[Record, ...]:
    """Every record of the real trails; skips where they are absent."""
    if not _TRAILS.is_dir():
        pytest.skip("the real trails are not here")
    return _records()


@pytest.fixture(scope="session")
def made() -> Iterator[Made]:
    """Makes a service's payload types: `made("iam", trail, ["CreateRole"])`; all actions by default."""
    names: list[str] = []

    def make(service: str, trail: Trail | None = None, actions: Iterable[str] = ()) -> ModuleType:
        wanted = list(actions) or list(model.load(service).operations)
        module = ModuleType(f"made_{service.replace('-', '_')}_{len(names)}")
        sys.modules[module.__name__] = module
        names.append(module.__name__)
        exec(generate(service, wanted, trail or Trail()), module.__dict__)
        return module

    yield make
    for name in names:
        del sys.modules[name]
