"""Acting out a story: each call is made, its answer compared, and what it keeps is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import boto3
from botocore import UNSIGNED, xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from .aws_cli import AwsCli
from .driving import Json, Step, Story, at, filled, mismatches

Answer = tuple[Json | None, str]
"""What was answered, or None and the code of the refusal."""


class Client(Protocol):
    """Who makes the calls of a story."""

    def act(self, service: str, action: str, params: Json, who: tuple[str, ...] | None) -> Answer:
        """Makes one call."""
        ...

    def shown(self, action: str, gives: Json) -> Json:
        """What of an answer this client lets one see."""
        ...


def act(story: Story, client: Client, see: Callable[[Step, Json], None] | None = None) -> None:
    """Makes every call of a story in its order. Raises `AssertionError` for an answer that is not as expected."""
    kept: dict[str, Any] = {}
    for number, step in enumerate(story.steps):
        who = None if step.who is None else tuple(kept[name] for name in step.who)
        answer, code = client.act(step.service(story), step.action, filled(step.params, kept), who)
        where = f"{story.name}, call {number}, {step.operation}"
        assert code == (step.code or ""), f"{where}: {code or 'accepted'}, not {step.code or 'accepted'}"
        if answer is None:
            continue
        for name, path in step.keeps.items():
            kept[name] = at(answer, path)
        if see is not None:
            see(step, answer)
            continue
        wrong = list(mismatches("", client.shown(step.action, step.gives), answer, kept))
        assert not wrong, f"{where}: " + "; ".join(wrong)


class Boto3:
    """boto3's clients. The answer's content is read; an event stream's records are joined."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._clients: dict[tuple[str, tuple[str, ...]], Any] = {}

    def act(self, service: str, action: str, params: Json, who: tuple[str, ...] | None) -> Answer:
        """Makes one call."""
        client = self._client(service, ("test", "test") if who is None else who)
        try:
            answer: Json = getattr(client, xform_name(action))(**params)
        except ClientError as refused:
            return None, refused.response["Error"]["Code"]
        answer.pop("ResponseMetadata", None)
        if "Body" in answer:
            answer["Body"] = answer["Body"].read()
        if "Payload" in answer:
            records = (event["Records"]["Payload"] for event in answer["Payload"] if "Records" in event)
            answer["Payload"] = b"".join(records)
        return answer, ""

    def shown(self, action: str, gives: Json) -> Json:
        """All of it."""
        return gives

    def _client(self, service: str, who: tuple[str, ...]) -> Any:
        found = self._clients.get((service, who))
        if found is None:
            unsigned: Mapping[str, Any] = {} if who else {"signature_version": UNSIGNED}
            key, secret, token = (*who, None, None, None)[:3]
            session = boto3.Session(key, secret, token, region_name="us-east-1")
            config = Config(retries={"max_attempts": 0}, **unsigned)
            found = session.client(service, endpoint_url=self.endpoint, config=config)
            self._clients[(service, who)] = found
        return found


class Cli:
    """The AWS CLI."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self.endpoint, self.folder = endpoint, folder
        self._clis: dict[tuple[str, ...], AwsCli] = {}

    def act(self, service: str, action: str, params: Json, who: tuple[str, ...] | None) -> Answer:
        """Runs one command."""
        key = ("test", "test") if who is None else who
        if key not in self._clis:
            self._clis[key] = AwsCli(self.endpoint, self.folder, key)
        output = self._clis[key].operation(service, action, params)
        if output.code != 0:
            code = output.error.partition("(")[2].partition(")")[0]
            return None, code or output.error
        answer: Json = output.answer
        return answer, ""

    def shown(self, action: str, gives: Json) -> Json:
        """All of it; but of a new MFA device, one of its two pictures of the seed goes into a file."""
        if action == "CreateVirtualMFADevice":
            device = {name: one for name, one in gives["VirtualMFADevice"].items() if name != "QRCodePNG"}
            return {"VirtualMFADevice": device}
        return gives
