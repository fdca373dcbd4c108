"""Functions for the stories of Lambda: how their packages are made, and a role that they may have."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Client = Callable[..., Any]
ACCOUNT = "123456789012"
ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }
)
ALLOW = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)


def zipped(**files: str) -> bytes:
    """A package; `f__py` is the file `f.py`."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", ".").replace("_in_", "/"), text)
    return data.getvalue()


def role(client: Client, name: str = "runner") -> str:
    """A role that functions may have and that may do anything; its ARN."""
    iam = client("iam")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=ALLOW)
    return arn


class Functions:
    """Makes and invokes functions of one role."""

    def __init__(self, client: Client) -> None:
        self.client, self.lam, self.role = client, client("lambda"), role(client)

    def make(self, name: str, source: str, *, file: str = "f__py", **more: Any) -> dict[str, Any]:
        """A new function of Python, unless told otherwise."""
        given = {
            "Role": self.role,
            "Runtime": "python3.12",
            "Handler": "f.handler",
            "Code": {"ZipFile": zipped(**{file: source})},
        }
        made: dict[str, Any] = self.lam.create_function(FunctionName=name, **{**given, **more})
        return made

    def run(self, name: str, payload: object = None, **more: Any) -> tuple[Any, dict[str, Any]]:
        """What a function answers, and the answer that it came in."""
        if payload is not None:
            more["Payload"] = json.dumps(payload)
        answer = self.lam.invoke(FunctionName=name, **more)
        body = answer["Payload"].read()
        return json.loads(body) if body else None, answer

    def error(self, name: str, payload: object = None) -> str:
        """The type of the error that a function fails with."""
        failure, answer = self.run(name, payload)
        assert answer["FunctionError"] == "Unhandled" and answer["StatusCode"] == 200
        return str(failure["errorType"])


@contextmanager
def soon(seconds: float = 20) -> Iterator[Callable[[], bool]]:
    """Whether it is still too early to give up: `while waiting(): ...`"""
    end = time.monotonic() + seconds

    def waiting() -> bool:
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)
        return True

    yield waiting


def received(sqs: Any, url: str, count: int = 1) -> list[dict[str, Any]]:
    """So many messages of a queue, as they come."""
    found: list[dict[str, Any]] = []
    with soon() as waiting:
        while len(found) < count and waiting():
            answer = sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"]
            )
            found += answer.get("Messages", [])
    return found
