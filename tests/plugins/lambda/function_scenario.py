"""Short words for the tests of Lambda: functions that are told what to answer instead of being run."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import msgspec

import backtrail_aws.lambda_
from backtrail import UNSET, Effect, Outcome
from backtrail.blob import Blob
from backtrail.facts import Incoming
from backtrail.machine import Request
from backtrail.testing import ACCOUNT, REGION, Scenario
from backtrail.wire.binding import blob_of
from backtrail_aws.lambda_ import api, packages, runs
from backtrail_aws.lambda_.packages import Examining
from backtrail_aws.lambda_.runs import Ran, Run
from backtrail_aws.lambda_.state import Function, Functions

ROLE = f"arn:aws:iam::{ACCOUNT}:role/runner"
Answers = Callable[[Run], Ran | Outcome]


def arn(name: str = "f", qualifier: str = "") -> str:
    """A function's ARN."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}" + (f":{qualifier}" if qualifier else "")


def queue(name: str) -> str:
    """A queue's ARN."""
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def zipped(source: str = "def h(event, context): return event", name: str = "f.py") -> Blob:
    """A package with one file."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), source)
    return blob_of(data.getvalue())


def creation(name: str = "f", **more: Any) -> api.CreateFunction:
    """A call that makes a function of Python."""
    given: dict[str, Any] = {
        "function_name": name, "runtime": "python3.12", "role": ROLE, "handler": "f.h",
        "code": api.FunctionCode(zip_file=zipped()), **more,
    }  # fmt: skip
    return api.CreateFunction(**given)


def answer(value: object) -> Ran:
    """A run that answers."""
    return Ran(
        payload=json.dumps(value).encode(), output="hi\n", duration_ms=1.5, used_mb=30, stream="s/[$LATEST]1"
    )


def failure(kind: str = "ValueError", message: str = "no") -> Ran:
    """A run that fails."""
    payload = json.dumps({"errorType": kind, "errorMessage": message}).encode()
    return Ran(payload=payload, error="Unhandled", error_type=kind, duration_ms=1.5, used_mb=30, stream="s")


class Lambda(Scenario):
    """A scenario with Lambda (and more). `runs` has what was run; `answers` says what comes of it."""

    def __init__(self, *more: object, **given: Any) -> None:
        super().__init__(backtrail_aws.lambda_, *more, service="lambda", **given)
        self.runs: list[Run] = []
        self.answers: Answers = lambda run: answer(json.loads(run.payload))

    def function(self, name: str = "f", **more: Any) -> Lambda:
        """A new function."""
        self.given(creation(name, **more))
        return self

    def invoke(self, payload: object = None, name: str = "f", **more: Any) -> api.InvokeResult:
        """One invocation that is not refused; its answer."""
        body = UNSET if payload is None else json.dumps(payload).encode()
        self.given(api.Invoke(function_name=name, payload=body, **more))
        result: api.InvokeResult = self.answer
        return result

    def state(self) -> Functions:
        """What the account's home region holds."""
        state = self.machine.state(("lambda", self.account, self.region))
        assert isinstance(state, Functions)
        return state

    def held(self, name: str = "f") -> Function:
        """A function as the state has it."""
        return self.state().functions[name]

    def sent(self, service: str) -> list[Any]:
        """The parameters of the last call's commands to a service."""
        return [command.params for command in self.commands if command.service == service]

    def _outcome(self, incoming: Incoming, request: Request) -> Any:
        """Effects take place at once, and are made up."""
        outcome = super()._outcome(incoming, request)
        if not isinstance(outcome, Effect):
            return outcome
        if outcome.name == runs.EFFECT:
            self.runs.append(outcome.args)
            result: object = self.answers(outcome.args)
        else:
            assert outcome.name == packages.EFFECT
            result = self._examined(outcome.args)
        told = result if isinstance(result, Outcome) else Outcome(result=result)
        return super()._outcome(incoming, msgspec.structs.replace(request, outcome=told))

    def _examined(self, wanted: Examining) -> packages.Examined:
        data = b"".join(part.blob.data for part in wanted.parts if isinstance(part.blob.data, bytes))
        kept = msgspec.structs.replace(packages.handle(data), name="kept")
        return msgspec.structs.replace(packages.examine(data), content=kept)
