"""A service of a user's own: one file, `--plugin`, and boto3 calls it over a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError

from backtrail import wire
from backtrail.plugins import load
from backtrail_cli.own_models import describe
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import Options

PLUGIN = Path(__file__).parent.parent / "core" / "frobnicator.py"


@pytest.fixture
def frobnicator(tmp_path: Path) -> Iterator[Any]:
    """A boto3 client of the service, as its printed model describes it, and a server that loaded its file."""
    service = load(str(PLUGIN)).register_services()[0]
    folder = tmp_path / "models" / "frobnicator" / "2015-01-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(describe(service)))
    server = BackgroundServer(Options(port=0, plugins=[str(PLUGIN)])).start()
    core = botocore.session.Session()
    core.get_component("data_loader").search_paths.append(str(tmp_path / "models"))
    session = boto3.Session("test", "test", region_name="us-east-1", botocore_session=core)
    yield session.client("frobnicator", endpoint_url=server.endpoint)
    live, replayed = server.run(server.digests())
    server.stop()
    wire.disown("frobnicator")
    assert live == replayed


def test_boto3_calls_a_service_of_ones_own(frobnicator: Any) -> None:
    """Its actions answer, its refusals are errors with their codes, its effects run."""
    made = frobnicator.create_widget(name="a", password="hunter2", colour="red")

    assert made["widgetId"].startswith("w-") and made["secret"]
    assert frobnicator.get_widget(name="a")["colour"] == "red"
    assert frobnicator.polish_widget(name="a")["shine"] == "a shines"
    with pytest.raises(ClientError) as refused:
        frobnicator.delete_widget(name="b")
    assert refused.value.response["Error"]["Code"] == "NoSuchWidget"
    frobnicator.delete_widget(name="a")
