"""The protocols' public rules as numbered cases: small models, bytes on one side, members on the other."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backtrail.model import Model
from backtrail.wire import HttpRequest, Protocol
from backtrail.wire.ec2 import Ec2Protocol
from backtrail.wire.json import JsonProtocol
from backtrail.wire.query import QueryProtocol
from backtrail.wire.rest_json import RestJsonProtocol
from backtrail.wire.rest_xml import RestXmlProtocol

RULES = Path(__file__).parent / "rules"
PROTOCOLS = ("query", "ec2", "json", "rest-json", "rest-xml")
MAKERS: dict[str, Callable[[str, Model], Protocol]] = {
    "query": QueryProtocol,
    "ec2": Ec2Protocol,
    "json": lambda service, model: JsonProtocol(service, model, "1.1"),
    "rest-json": RestJsonProtocol,
    "rest-xml": RestXmlProtocol,
}


@cache
def suite(protocol: str) -> dict[str, Any]:
    """A protocol's cases and their model."""
    loaded: dict[str, Any] = json.loads((RULES / f"{protocol}.json").read_text())
    return loaded


@cache
def served(protocol: str) -> Protocol:
    """The protocol, over the model of its cases."""
    return MAKERS[protocol]("svc", msgspec.convert(suite(protocol)["model"], Model))


def cases(kind: str) -> list[Any]:
    """All cases of a kind, under their numbers."""
    return [
        pytest.param(protocol, case, id=case["id"])
        for protocol in PROTOCOLS
        for case in suite(protocol)[kind]
    ]


def value(written: Any) -> Any:
    """A case's value: times, bytes and odd floats are tagged, JSON having none."""
    if isinstance(written, list):
        return [value(item) for item in written]
    if not isinstance(written, dict):
        return written
    if "$time" in written:
        return datetime.fromisoformat(written["$time"])
    if "$bytes" in written:
        return written["$bytes"].encode()
    if "$base64" in written:
        return b64decode(written["$base64"])
    if "$float" in written:
        return float(written["$float"].replace("Infinity", "inf"))
    return {key: value(item) for key, item in written.items()}


@pytest.mark.parametrize(("protocol", "case"), cases("requests"))
def test_a_request_is_read_by_the_rule(protocol: str, case: dict[str, Any]) -> None:
    """The bytes of each numbered request are the parameters that its rule says."""
    ours = served(protocol)
    request = HttpRequest(
        method="POST",
        path=case.get("path", "/"),
        query=case.get("query", ""),
        headers=case.get("headers", {}),
        body=case.get("body", "").encode(),
    )
    read = ours.parse(ours.model.operations[case["operation"]], request)
    assert repr(tidy(read)) == repr(tidy(value(case["params"]))), case["rule"]


@pytest.mark.parametrize(("protocol", "case"), cases("answers"))
def test_an_answer_is_written_by_the_rule(protocol: str, case: dict[str, Any]) -> None:
    """The result of each numbered answer is the bytes that its rule says."""
    ours = served(protocol)
    answer = ours.answer(ours.model.operations[case["operation"]], value(case["result"]), "id")
    assert isinstance(answer.body, bytes)
    if "inside" in case:
        assert f"<DoResult>{case['inside']}</DoResult>" in answer.body.decode(), case["rule"]
    else:
        assert answer.body.decode() == case["body"], case["rule"]
    assert answer.status == case.get("status", 200)
    assert set(case.get("headers", {}).items()) <= set(answer.headers)


def test_no_number_is_given_twice() -> None:
    """Each case has a number of its own."""
    numbers = [
        case["id"]
        for protocol in PROTOCOLS
        for kind in ("requests", "answers")
        for case in suite(protocol)[kind]
    ]
    assert len(numbers) == len(set(numbers))


def tidy(params: Any) -> Any:
    """Maps in one order, so that their text can be compared (NaN equals nothing)."""
    if isinstance(params, dict):
        return {key: tidy(params[key]) for key in sorted(params)}
    return [tidy(item) for item in params] if isinstance(params, list) else params
