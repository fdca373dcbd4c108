"""Requests find their service, action and protocol."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backtrail.wire import HttpRequest, Unroutable, route, route_head

from .other_side import SCOPE

RULES: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "rules" / "routes.json").read_text()
)


def named(cases: list[dict[str, Any]]) -> list[Any]:
    """Cases under their numbers."""
    return [pytest.param(case, id=case["id"]) for case in cases]


def request_of(case: dict[str, Any]) -> HttpRequest:
    """The request that a case describes."""
    headers = {"host": "localhost:4566", **case.get("headers", {})}
    if "signed" in case:
        headers["authorization"] = SCOPE.format(case["signed"])
    if "form" in case:
        headers["content-type"] = "application/x-www-form-urlencoded; charset=utf-8"
    return HttpRequest(
        method=case["method"],
        path=case["path"],
        query=case.get("query", ""),
        headers=headers,
        body=case.get("form", "").encode(),
    )


@pytest.mark.parametrize("case", named(RULES["cases"]))
def test_a_request_finds_its_action(case: dict[str, Any]) -> None:
    """Each numbered request is routed to the service, action and protocol of its rule."""
    found = route(request_of(case))
    assert [found.service, found.operation.name, found.protocol.name] == case["route"], case["rule"]


@pytest.mark.parametrize("case", named(RULES["unroutable"]))
def test_a_request_that_means_nothing_is_answered_as_aws_would(case: dict[str, Any]) -> None:
    """Each numbered request is refused with the code and status of its rule, in the protocol that it speaks."""
    with pytest.raises(Unroutable) as caught:
        route(request_of(case))
    answer = caught.value.answer("id-1")
    assert answer.status == case["status"], case["rule"]
    said = [str(answer.body), *(value for _, value in answer.headers)]
    assert any(case["code"] in text for text in said)
    assert "id-1" in [value for _, value in answer.headers]


def test_the_head_decides_unless_a_form_does() -> None:
    """What is routed by its head needs no body; a posted form does."""
    by_head = request_of({"method": "PUT", "path": "/b/k", "signed": "s3"})
    found = route_head(by_head)
    assert found is not None and found.streaming
    by_form = request_of({"method": "POST", "path": "/", "signed": "iam", "form": "Action=GetUser"})
    assert route_head(by_form) is None


def test_only_blobs_stream() -> None:
    """Objects, parts and Lambda payloads stream; XML, JSON and forms are read whole."""
    put = route(
        request_of({"method": "PUT", "path": "/b/k", "query": "partNumber=1&uploadId=u", "signed": "s3"})
    )
    tag = route(request_of({"method": "PUT", "path": "/b", "query": "tagging", "signed": "s3"}))
    assert put.streaming and not tag.streaming


def test_a_form_posted_to_s3_is_no_query_call() -> None:
    """A form for S3's endpoint is not taken for the query protocol."""
    case = {"method": "PUT", "path": "/b/k", "signed": "s3", "form": "Action=CreateUser&Version=2010-05-08"}
    assert route(request_of(case)).operation.name == "PutObject"


def test_an_object_may_be_named_like_a_parameter() -> None:
    """`Action=` in the query string of an object's URL is not an action."""
    case = {"method": "GET", "path": "/b/k", "query": "response-content-type=a&Action=x", "signed": "s3"}
    assert route(request_of(case)).operation.name == "GetObject"
