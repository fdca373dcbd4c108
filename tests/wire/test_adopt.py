"""A service that only its user has is served like AWS's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from backtrail import model, names
from backtrail.wire import HttpRequest, adopt, route, served

from .other_side import SCOPE

METADATA = {
    "apiVersion": "2024-01-01",
    "endpointPrefix": "frobnicator",
    "serviceId": "Frobnicator",
    "protocol": "json",
    "protocols": ["json"],
    "jsonVersion": "1.1",
    "targetPrefix": "Frobnicator",
}
FROB = {
    "name": "Frob",
    "http": {"method": "PUT", "requestUri": "/frobs/{Name}"},
    "input": {"shape": "FrobRequest"},
}
NAME = {"shape": "Name", "location": "uri", "locationName": "Name"}
SHAPES = {"FrobRequest": {"type": "structure", "members": {"Name": NAME}}, "Name": {"type": "string"}}


@pytest.fixture
def frobnicator() -> Iterator[None]:
    """The tables as they were, afterwards."""
    yield
    names.table().pop("frobnicator", None)
    model._ADOPTED.clear()
    model.load.cache_clear()


def described(**metadata: Any) -> model.Model:
    """The service's model."""
    plain = {"metadata": METADATA | metadata, "operations": {"Frob": FROB}, "shapes": SHAPES}
    return msgspec.convert(plain, model.Model)


@pytest.mark.usefixtures("frobnicator")
def test_an_own_service_by_target() -> None:
    """Its target prefix finds it, and its source is its own."""
    adopt("frobnicator", described())
    request = HttpRequest(method="POST", path="/", headers={"x-amz-target": "Frobnicator.Frob"}, body=b"{}")
    found = route(request)
    assert (found.service, found.operation.name) == ("frobnicator", "Frob")
    assert names.service_of_source("frobnicator.amazonaws.com") == "frobnicator"


@pytest.mark.usefixtures("frobnicator")
def test_an_own_service_by_path() -> None:
    """Its signing name and paths find it, also after its model has changed."""
    adopt("frobnicator", described())
    assert served("frobnicator") == {"json"}
    adopt("frobnicator", described(protocol="rest-json", protocols=["rest-json"]))
    headers = {"authorization": SCOPE.format("frobnicator")}
    request = HttpRequest(method="PUT", path="/frobs/a", headers=headers)
    found = route(request)
    assert found.protocol.parse(found.operation, request) == {"name": "a"}
