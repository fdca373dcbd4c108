"""Our records, beside real ones: each real call of the served services is decided again, as of its moment.

What may differ: identifiers, times, hosts, tlsDetails, and members that the caller left out.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backtrail import ids
from backtrail.call import Caller
from backtrail.errors import NotImplementedAction, NotInTrail, Refusal
from backtrail.facts import Facts, Incoming
from backtrail.fold import route
from backtrail.machine import Machine, Request
from backtrail.order import fold_key
from backtrail.record import decode_identity, parse_time
from backtrail.trail.forms import HttpFacts
from backtrail.writing import Writer
from backtrail_cli.server.running import registry

FILES = ["incident-a", "techniques", "production-a", "production-b", "denied-calls"]
SERVED = {"s3", "sqs", "sts", "iam"}
NOT_OURS = {"eventVersion", "tlsDetails", "eventID", "requestID", "eventTime", "sessionCredentialFromConsole"}
"""Members whose presence or value is the era's, the connection's, or chance's."""


@pytest.mark.parametrize("file", FILES)
def test_our_records_look_like_the_real_ones(trails: Path, file: str) -> None:
    """Where a real call is decided again and ends as it did, our record has the same members and value forms."""
    compared: Counter[str] = Counter()
    different: dict[str, str] = {}
    for name, real, ours in decided_again(trails / f"{file}.jsonl"):
        if (real.get("errorCode") is None) != (ours.get("errorCode") is None):
            continue
        compared[name] += 1
        found = list(differences("", real, ours))
        if found:
            different.setdefault(f"{name} {real['eventID']}", "; ".join(found[:6]))

    assert not different, "\n".join(f"{key}: {text}" for key, text in sorted(different.items())[:4000])
    assert compared.total() > 0


def decided_again(path: Path) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every call of a served service, with the record that we write for it in the state that it met."""
    machine = Machine(registry())
    writer = Writer(machine)
    lines = sorted(path.read_bytes().splitlines(), key=fold_key_of)
    for number, line in enumerate(lines):
        real = json.loads(line)
        service, action = route(real.get("eventSource", ""), real.get("eventName", ""), real.get("apiVersion"))
        handler = machine.registry.handler(service, action)
        if service in SERVED and handler is not None and real.get("eventType") == "AwsApiCall":
            ours = decide(machine, writer, real, service, action, number)
            if ours is not None:
                yield f"{service}:{action}", real, ours
        machine.apply(line)


def fold_key_of(line: bytes) -> Any:
    return fold_key(json.loads(line))


def decide(
    machine: Machine, writer: Writer, real: dict[str, Any], service: str, action: str, number: int
) -> dict[str, Any] | None:
    """The record that we write for a real call; None where its parameters are not told."""
    handler = machine.registry.services[service].handlers[action]
    if real.get("requestParameters") is None and msgspec.structs.fields(handler.params) and required(handler.params):
        return None
    raw = json.dumps(real.get("requestParameters") or {}).encode()
    params = machine.folder.form(service).params_in(action, raw, handler.params)
    identity = decode_identity(json.dumps(real["userIdentity"]).encode())
    incoming = Incoming(
        service=service, action=action, params=params, account=real["recipientAccountId"], region=real["awsRegion"],
        caller=Caller(identity=identity, account=str(identity.account_id or real["recipientAccountId"])),
        facts=facts(real),
    )  # fmt: skip
    time = parse_time(real["eventTime"])
    request = Request(
        service=service, action=action, params=params, account=incoming.account, region=incoming.region, time=time,
        event_id=ids.event_id(time, number), request_id="REQUEST", caller=incoming.caller, waited=True,
    )  # fmt: skip
    try:
        outcome: Any = machine.decide(request)
    except Refusal as refusal:
        outcome = refusal
    except (NotImplementedAction, NotInTrail):
        return None
    written: dict[str, Any] = json.loads(writer.write(incoming, request, outcome).entry.record)
    return written


def required(kind: Any) -> bool:
    return any(one.required for one in msgspec.structs.fields(kind))


def facts(real: dict[str, Any]) -> Facts:
    """Where the real call came from, as far as its record tells."""
    params = real.get("requestParameters") or {}
    extra = real.get("additionalEventData") or {}
    flags = {name: value for name, value in params.items() if value == ""}
    http = HttpFacts(
        host=str(params.get("Host", "")), query=flags, signature=str(extra.get("SignatureVersion", "SigV4")),
        cipher=str(extra.get("CipherSuite", "")), host_id="HOSTID",
    )  # fmt: skip
    agent = str(real.get("userAgent", ""))
    return Facts(
        source_ip=str(real.get("sourceIPAddress", "")), user_agent=agent.removeprefix("[").removesuffix("]"), http=http,
        authentication=str(extra.get("AuthenticationMethod", "AuthHeader")),
    )  # fmt: skip


SHAPES = [
    (re.compile(r"arn:[\w-]+:\w[\w-]*:[\w-]*:(\d{12}|aws)?:.*", re.S), "arn"),
    (re.compile(r"A[A-Z]{3}[A-Z0-9]{12,17}(:.*)?"), "id"),
    (re.compile(r"[A-Z][a-z]{2} \d{1,2}, \d{4},? .*"), "worded time"),
    (re.compile(r"\d{4}-\d\d-\d\dT.*"), "iso time"),
    (re.compile(r"[{\[].*", re.S), "json"),
    (re.compile(r"%7B.*", re.S), "encoded json"),
]


def form(value: Any) -> str:
    """What a value looks like, whatever it says."""
    if isinstance(value, str):
        return next((name for pattern, name in SHAPES if pattern.fullmatch(value)), "text")
    return type(value).__name__


def differences(path: str, real: Any, ours: Any) -> Iterator[str]:
    """Members that only one of two records has, and values of another form."""
    if isinstance(real, dict) and isinstance(ours, dict):
        for key in sorted({*real, *ours} - (NOT_OURS if not path else set())):
            where = f"{path}.{key}" if path else key
            if key not in ours:
                yield f"{where} is missing"
            elif key not in real:
                yield f"{where} is not in the real one"
            else:
                yield from differences(where, real[key], ours[key])
    elif isinstance(real, list) and isinstance(ours, list):
        if real and ours:
            yield from differences(f"{path}[]", real[0], ours[0])
    elif form(real) != form(ours):
        yield f"{path} is {form(ours)} {str(ours)[:60]!r}, really {form(real)} {str(real)[:60]!r}"
